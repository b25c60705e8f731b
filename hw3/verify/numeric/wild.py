"""Draws far out: values up to a thousand times as large or as small, and sizes in the tens and hundreds.

What has a kink at 30, or a term that only shows at large values, looks to the usual draws like what it is on
one side. Values are scaled where a symbol's assumptions let them be; sizes grow as far as that is cheap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.verify.geometry import windows
from hw3.verify.numeric.conditions import Fact, satisfied
from hw3.verify.numeric.constraints import constrained
from hw3.verify.numeric.cost import cost
from hw3.verify.numeric.draw import Array, Draw, NotEvaluable, leaves
from hw3.verify.numeric.draws import assignment, fits, generic_entries, positive_sizes, told_of
from hw3.verify.numeric.smooth import generic

SCALES = (10.0, 100.0, 1000.0, 0.01, 0.001)
SIZES = (12, 25, 50, 110, 400, 1000)
CHEAP = 2_000_000  # entries of the largest array
_SCALABLE = {"positive", "nonnegative", "nonzero"}


def scaled(draws: Sequence[Draw], expressions: Sequence[Expr], given: Sequence[Fact]) -> Iterator[Draw]:
    """The draws with other values: all above 0, all below, and some scaled and some not, as far as they may be."""
    symbols = [s for s in leaves(told_of(expressions, given), "symbol") if set(s.data[2]) <= _SCALABLE]
    for number, scale in enumerate(SCALES):
        for kind in range(4):
            base = draws[(4 * number + kind) % len(draws)]
            g = np.random.default_rng([base.seed, 3, number, kind])
            values = dict(base.values)
            for s in symbols:
                if s in values and (kind < 2 or g.integers(2)):
                    values[s] = _moved(values[s], scale, kind)
            yield from _kept(replace(base, values=values), given)


def _moved(value: Array, scale: float, kind: int) -> Array:
    value = value * scale
    return np.abs(value) if kind == 0 else -np.abs(value) if kind == 1 else value


def _kept(draw: Draw, given: Sequence[Fact]) -> Iterator[Draw]:
    """The draw, if it still meets what is assumed and given; what can't be below 0 is put above."""
    values = {
        s: np.abs(v) if {"positive", "nonnegative"} & set(s.data[2]) and s.operation.name == "symbol" else v
        for s, v in draw.values.items()
    }
    moved = constrained(replace(draw, values=values), given)
    if moved is None or not all(fits(v, set(s.data[2])) for s, v in moved.values.items()):
        return
    if all(satisfied(f, moved) for f in given):
        yield moved


def grown(draws: Sequence[Draw], expressions: Sequence[Expr], given: Sequence[Fact]) -> Iterator[Draw]:
    """Draws of larger sizes, all of them and each alone."""
    told = told_of(expressions, given)
    names = sorted(draws[0].sizes)
    if not names or windows(told):
        return
    occurring = positive_sizes(told)
    for number, size in enumerate(SIZES):
        for chosen in dict.fromkeys([tuple(names), *((n,) for n in names)]):
            sizes = {**draws[number % len(draws)].sizes, **dict.fromkeys(chosen, size)}
            if cost(told, sizes).largest > CHEAP or cost(told, sizes).numbers > 100 * CHEAP:
                continue
            if any(s.value(sizes) <= 0 for s in occurring):
                continue
            g = np.random.default_rng([draws[0].seed, 4, number])
            try:
                draw = assignment(expressions, given, sizes, g, generic, generic_entries)
            except NotEvaluable:
                continue
            if draw is not None:
                yield draw
