"""A draw: one assignment of sizes, values and functions at which expressions are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hw3.derivations.language.expression import BOUND, Expr, Fresh, children, walk
from hw3.derivations.language.printing import unicode_name
from hw3.derivations.language.sizes import Shape
from hw3.verify.numeric.smooth import Smooth

Array = NDArray[np.float64]


class NotEvaluable(ValueError):
    """The expression has no numeric value here that could be trusted; the message says why."""


class Invalid(ValueError):
    """The draw is outside the expression's domain, or too near its border: the trial does not count."""


class NotSymmetric(Invalid):
    """A matrix that must be symmetric is not."""


@dataclass(frozen=True, eq=False)
class Draw:
    """Sizes by name, values by symbol (float64 arrays of the symbol's shape, literal ones included; for an
    index its position from 0), functions by name, and the seed that gives them again."""

    sizes: Mapping[str, int]
    values: Mapping[Expr, Array]
    functions: Mapping[str, Smooth] = field(default_factory=dict)
    seed: int = 0

    def extent(self, shape: Shape) -> tuple[int, ...]:
        """The shape in numbers."""
        return tuple(s.value(self.sizes) for s in shape)

    def __str__(self) -> str:
        parts = [f"{name} = {n}" for name, n in sorted(self.sizes.items())]
        for node, value in self.values.items():
            shown = str(int(value) + 1) if node.operation.name == "index" else show_array(value)
            parts.append(f"{name_of(node)} = {shown}")
        parts += [f"{unicode_name(name)}(t) = {f}" for name, f in self.functions.items()]
        return ", ".join(parts)


def name_of(node: Expr) -> str:
    """A leaf's name for the terminal."""
    name = node.data[0]
    return name.hint if isinstance(name, Fresh) else unicode_name(str(name))


def show_array(value: Array) -> str:
    """A number, (1, 2) for a column, [[1, 2], [0, 1]] for a matrix."""
    if value.ndim == 0:
        return f"{float(value):.15g}"
    inside = ", ".join(show_array(np.asarray(v)) for v in value)
    return f"({inside})" if value.ndim == 1 else f"[{inside.replace('(', '[').replace(')', ']')}]"


def leaves(expressions: Iterable[Expr], kind: str) -> list[Expr]:
    """The distinct leaves of one kind (`symbol` or `index`), in the order in which they are met."""
    found = (n for e in expressions for n in walk(e) if n.operation.name == kind)
    return list(dict.fromkeys(found))


def free_indices(*expressions: Expr) -> tuple[Expr, ...]:
    """The indices that no sum binds."""
    return tuple(leaves(expressions, "index"))


@cache
def references(node: Expr) -> frozenset[int | Expr]:
    """What a node refers to outside itself: enclosing binders by depth, and free indices."""
    if node.operation is BOUND:
        return frozenset((node.data[0],))
    if node.operation.name == "index":
        return frozenset((node,))
    return frozenset(r for arg, inner in children(node) for r in _shifted(references(arg), inner))


def innermost(node: Expr, depth: int) -> int:
    """How many of the `depth` enclosing bindings a node's value outlives: it depends on none further in."""
    return depth - min((r for r in references(node) if isinstance(r, int)), default=depth)


def _shifted(found: frozenset[int | Expr], by: int) -> Iterator[int | Expr]:
    for r in found:
        if not isinstance(r, int):
            yield r
        elif r >= by:
            yield r - by
