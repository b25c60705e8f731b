"""Whether a draw meets what is given: conditions and equations, judged on numbers."""

from __future__ import annotations

from typing import Protocol

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric.domain import CONDITIONS, Value, untied
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, free_indices
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.tensors import Frame


class Fact(Protocol):
    """A condition `kind` on lhs, or (with rhs) the equation lhs = rhs."""

    @property
    def kind(self) -> str: ...
    @property
    def lhs(self) -> Expr: ...
    @property
    def rhs(self) -> Expr | None: ...


def satisfied(fact: Fact, draw: Draw) -> bool:
    """Whether the draw meets the fact; what cannot be evaluated is not met.

    Raises:
        ValueError: the condition is of no known kind.
    """
    if fact.kind == "untied" and fact.rhs is None:
        return _untied(fact.lhs, draw)
    if fact.rhs is None and fact.kind not in CONDITIONS:
        raise ValueError(f"no condition is called {fact.kind!r}: choose from {', '.join(CONDITIONS)}")
    indices = free_indices(fact.lhs, *(() if fact.rhs is None else (fact.rhs,)))
    try:
        left = evaluate(fact.lhs, draw, indices)
        if fact.rhs is None:
            CONDITIONS[fact.kind](Value(left.value, left.magnitude))
            return True
        right = evaluate(fact.rhs, draw, indices)
    except (Invalid, NotEvaluable):
        return False
    bound = 1e-12 * (left.magnitude + right.magnitude)
    return bool(((left.value - right.value).abs() <= bound).all())


def _untied(pooling: Expr, draw: Draw) -> bool:
    """Whether no two entries tie for the greatest in a window of the pooling."""
    while pooling.operation.name == "abbreviation":
        pooling = pooling.args[0]
    if pooling.operation.name != "maxpool":
        raise ValueError(f"{pooling} chooses nothing: only of a max pooling is it said that no entries tie")
    array = pooling.args[0]
    try:
        found = evaluate(array, draw, free_indices(array))
        untied(pooling, Frame(draw.sizes, draw.functions), Value(found.value, found.magnitude))
    except (Invalid, NotEvaluable):
        return False
    return True
