"""Counterexamples: a draw whose difference stands at 50 digits, as simple as a short search finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import mpmath
import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.verify.geometry import fitted, windows
from hw3.verify.numeric.conditions import Fact, satisfied
from hw3.verify.numeric.draw import Array, Draw, Invalid, NotEvaluable, leaves
from hw3.verify.numeric.draws import assignment, fits, positive_sizes, told_of
from hw3.verify.numeric.precise import dear, differ
from hw3.verify.numeric.smooth import simple

Relation = Literal["=", ">=", "<="]
Found = tuple[Draw, float, tuple[int, ...]]  # what was added at the entry that differs most
Place = Callable[[Expr, Expr, Draw, Relation], Found | None]
TRIES = 60


@dataclass(frozen=True)
class Counterexample:
    """A draw, the two sides there (20 digits), and the entry that the numbers are of, if there are several.

    `str` prints it so that a person can type it in.
    """

    draw: Draw
    lhs: str
    rhs: str
    entry: tuple[int, ...] = ()

    def __str__(self) -> str:
        where = f" in entry ({', '.join(str(k + 1) for k in self.entry)})" if self.entry else ""
        drawn = str(self.draw)
        return f"{drawn + ': ' if drawn else ''}left {self.lhs}, right {self.rhs}{where}"


def certain(given: Sequence[Fact]) -> float:
    """What a difference must be of the magnitude that was added. An equation that is given holds at a draw up to
    rounding only, and at 50 digits its rounding is seen: what is that small speaks against nothing."""
    return 1e-9 if any(f.rhs is not None for f in given) else 1e-20


def stands(lhs: Expr, rhs: Expr, found: Found, relation: Relation, least: float = 1e-20) -> Counterexample | None:
    """The counterexample that a draw is at 50 digits, or None if it is none there.

    Where the derivatives in it are dear, only the entry at which it was found to differ most is judged.

    Raises:
        Invalid, NotEvaluable: it can't be judged at 50 digits.
    """
    draw, magnitude, entry = found
    against = {"=": abs, ">=": lambda d: -d, "<=": lambda d: d}[relation]
    if lhs.shape and (dear(lhs, draw) or dear(rhs, draw)):
        one, other, apart = (d[()] for d in differ(lhs, rhs, draw, magnitude, least, entry))
        return Counterexample(draw, _shown(one), _shown(other), entry) if against(apart) > 0 else None
    left, right, difference = differ(lhs, rhs, draw, magnitude, least)
    entries = [(against(difference[at]), at) for at in np.ndindex(difference.shape)]
    size, at = max(entries, key=lambda e: e[0])
    return Counterexample(draw, _shown(left[at]), _shown(right[at]), at) if size > 0 else None


def _shown(value: Any) -> str:
    text = str(mpmath.nstr(value, 20, strip_zeros=True))  # of a number of any context, and of a plain one
    return text.removesuffix(".0") if abs(value) > 1e-25 else "0"


def simplest(
    lhs: Expr, rhs: Expr, draw: Draw, given: Sequence[Fact], relation: Relation, place: Place
) -> Counterexample | None:
    """A counterexample with small sizes and small values, else one of the draw's size with short values."""
    for candidate in _candidates(lhs, rhs, draw, given):
        found = place(lhs, rhs, candidate, relation)
        if found is None:
            continue
        try:
            standing = stands(lhs, rhs, found, relation, certain(given))
        except (Invalid, NotEvaluable):
            continue
        if standing is not None:
            return standing
    return None


def _candidates(lhs: Expr, rhs: Expr, draw: Draw, given: Sequence[Fact]) -> Iterator[Draw]:
    g = np.random.default_rng([draw.seed, 1])
    told = told_of([lhs, rhs], given)
    used, occurring, laid = {*leaves(told, "symbol")}, positive_sizes(told), windows(told)
    for attempt in range(TRIES):
        sizes: dict[str, int] | None = _sizes(draw, attempt, g)
        if laid and attempt % 4 != 3:
            sizes = fitted(laid, sizes or {}, lambda n: int(g.integers(n)), 1, 6 + attempt // 4)
        if sizes is None:
            continue
        entries = small if attempt < TRIES // 2 else halves
        if any(s.value(sizes) <= 0 for s in occurring):
            continue
        candidate = assignment([lhs, rhs], given, sizes, g, simple, entries, attempt // 4)
        if candidate is not None:
            yield candidate
    short = replace(draw, values={n: v.round(2) for n, v in draw.values.items() if n in used})
    if all(fits(v, set(n.data[2])) for n, v in short.values.items()) and all(satisfied(f, short) for f in given):
        yield short


def _sizes(draw: Draw, attempt: int, g: np.random.Generator) -> dict[str, int]:
    names = sorted(draw.sizes)
    if attempt % 4 == 3:
        return dict(draw.sizes)
    if attempt < 5:
        return dict.fromkeys(names, (2, 2, 1, 2, 2)[attempt])
    return {n: int(g.integers(1, 4 + attempt // 20)) for n in names}


def small(g: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Entries from -1, 0, 1, 2; not all of an array's are 0, which is often assumed in words."""
    found = np.asarray(g.choice([1.0, 2.0, -1.0, 0.0, 1.0], shape))
    if shape and not found.any():
        found.flat[0] = 1.0
    return found


def halves(g: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Entries from -2, -1, -1/2, 1/2, 1, 2, 3."""
    return np.asarray(g.choice([1.0, 2.0, -1.0, 0.5, 3.0, -2.0, -0.5], shape))
