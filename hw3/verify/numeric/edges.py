"""Where a step or a sign jumps: a claim that holds on both sides of the jump may not hold on it.

    sign(t^2) = 1,   1[t > 0] = 1[t >= 0]    hold for every t but 0

No draw meets a jump, for there an expression with a kink is left undefined. Here step(0) = 0 and sign(0) = 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.numeric.conditions import Fact, satisfied
from hw3.verify.numeric.domain import Value
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, free_indices, leaves
from hw3.verify.numeric.evaluate import Evaluation
from hw3.verify.numeric.kinks import is_function

_JUMPING = ("step", "sign")
_NEVER_ZERO = {"positive", "nonzero", "fraction", "sign", "invertible", "positive_definite"}


def broken(lhs: Expr, rhs: Expr, draws: Sequence[Draw], given: Sequence[Fact]) -> str | None:
    """What the two sides are at a jump where they differ, in words; None if none was found.

    A derivative at a jump is none, so that of a claim about one nothing is said.
    """
    jumps = [n for n in dict.fromkeys((*walk(lhs), *walk(rhs))) if is_function(n, _JUMPING)]
    if not jumps or any(n.operation.name in ("derivative", "expectation", "kl") for e in (lhs, rhs) for n in walk(e)):
        return None
    indices = free_indices(lhs, rhs)
    for draw in sorted(draws, key=lambda d: sum(d.sizes.values()))[:2]:
        for name, at in _on_jumps(jumps, draw):
            if not all(satisfied(f, at) for f in given if f.kind != "nonnegative"):
                continue
            try:
                left, right = (_OnTheJump(at, indices).result(e) for e in (lhs, rhs))
            except (Invalid, NotEvaluable):
                continue
            apart = (left.value - right.value).abs()
            if bool((apart > 1e-9 * (1 + left.magnitude + right.magnitude)).any()):
                place = np.unravel_index(int(apart.argmax()), apart.shape) if apart.ndim else ()
                return f"at {name} the sides are {float(left.value[place]):.6g} and {float(right.value[place]):.6g}"
    return None


def _on_jumps(jumps: Sequence[Expr], draw: Draw) -> Iterator[tuple[str, Draw]]:
    """Draws at which a name that a jump depends on is 0, or equal to another one."""
    for node in leaves(jumps, "symbol"):
        value = draw.values.get(node)
        if value is None:
            continue
        if not _NEVER_ZERO & set(node.data[2]):
            yield f"{node} = 0", replace(draw, values={**draw.values, node: np.zeros_like(value)})
        for other in leaves(jumps, "symbol"):
            if other is not node and other.shape == node.shape and set(other.data[2]) == set(node.data[2]):
                yield f"{node} = {other}", replace(draw, values={**draw.values, node: draw.values[other]})


class _OnTheJump(Evaluation):
    """An evaluation in which a step and a sign are 0 at 0."""

    def _evaluated(self, node: Expr) -> Value:
        if not is_function(node, _JUMPING):
            return super()._evaluated(node)
        argument = self(node.args[0])
        jumped = argument.value.sign() if node.data[0] == "sign" else (argument.value > 0).to(torch.float64)
        return Value(jumped, jumped.abs())
