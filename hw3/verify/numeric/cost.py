"""What an evaluation takes at given sizes: the entries of the largest array, and how many numbers are computed.

A size that is written as a number, in the thousands, is not drawn smaller: what it takes is reckoned before
anything is allocated. Bound indices count as axes, as they do in `evaluate`; a bound array counts twice its
entries, which is what differences take, and so does the cubature of a law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import NamedTuple

from hw3.derivations.language.expression import BOUND, Expr, children, walk
from hw3.derivations.language.sizes import ONE, Shape, Size
from hw3.verify.numeric.draw import NotEvaluable

ARRAY = 20_000_000  # entries of an array in float64
NUMBERS = 5_000_000_000  # computed for one evaluation in float64
SMALL = 32  # sizes up to which nothing is reckoned
_DECOMPOSED = {"inverse": 20, "det": 10, "logdet": 20, "cholesky": 10, "eigenvalues": 40}
_DECOMPOSED |= {"matrix_sqrt": 60, "matrix_exponential": 60}
_LAYERS = ("conv", "conv_input", "conv_kernel")


class Cost(NamedTuple):
    """Entries of the largest array with the axes of bound indices; numbers that are computed, in all."""

    largest: int
    numbers: int


def cost(expressions: Sequence[Expr], sizes: Mapping[str, int], entry: bool = False) -> Cost:
    """What the expressions take at these sizes; with `entry`, where differences move one entry alone."""
    largest, numbers = 0, 0
    for expr in expressions:
        for node, indices, arrays in _bindings(expr):
            own = _extent(node.shape, sizes)
            batch = prod(max(0, n.value(sizes)) for n in indices)
            moved = prod(2 if entry else 2 * max(1, _extent(shape, sizes)) for shape in arrays)
            largest = max(largest, own * batch)
            numbers += batch * moved * (own + _work(node, sizes))
    return Cost(largest, numbers)


def affordable(expr: Expr, sizes: Mapping[str, int]) -> None:
    """Sees to it that float64 can evaluate the expression.

    Raises:
        NotEvaluable: it would take too much memory, or too long.
    """
    if max(_literal(expr), *sizes.values(), 0) <= SMALL:
        return
    needed = cost([expr], sizes)
    if needed.largest > ARRAY:
        raise NotEvaluable(f"an array of {needed.largest:,} numbers is too large to be evaluated")
    if needed.numbers > NUMBERS:
        raise NotEvaluable(f"it takes {needed.numbers:.0e} numbers, which are too many to be computed")


def _extent(shape: Shape, sizes: Mapping[str, int]) -> int:
    return prod(max(0, n.value(sizes)) for n in shape)


def _work(node: Expr, sizes: Mapping[str, int]) -> int:
    name = node.operation.name
    if name == "product":
        total, shape = 0, node.args[0].shape
        for arg in node.args[1:]:
            if shape and arg.shape:
                left, right = (*shape, ONE)[:2], (*arg.shape, ONE)[:2]
                total += _extent((*left, right[1]), sizes)
                shape = (left[0], right[1])
            else:
                shape = shape or arg.shape
                total += _extent(shape, sizes)
        return total
    if name in _DECOMPOSED and node.args[0].shape:
        return _DECOMPOSED[name] * node.args[0].shape[0].value(sizes) ** 3
    if name in _LAYERS:
        parts = sorted((_extent(e.shape, sizes) for e in (node, *node.args)), reverse=True)
        return int((parts[0] * parts[1] * parts[2]) ** 0.5)  # each index of the sum is on two of the three
    return 0


@lru_cache(maxsize=1024)
def _literal(expr: Expr) -> int:
    """The largest size that is written as a number."""
    shapes = (n.shape for n in walk(expr))
    bound = ((n.data[1],) for n in walk(expr) if n.operation.name in ("sum", "array_of", "product_over", "index"))
    return max((n.literal for shape in (*shapes, *bound) for n in shape if n.is_literal), default=0)


@lru_cache(maxsize=1024)
def _bindings(expr: Expr) -> tuple[tuple[Expr, tuple[Size, ...], tuple[Shape, ...]], ...]:
    """Every node with the sizes of the indices, and the shapes of the bound arrays, that its value depends on."""
    known: dict[Expr, frozenset[tuple[int, Size | Shape]]] = {}
    free: dict[Expr, frozenset[Expr]] = {}
    found = []
    for node in walk(expr):
        if node.operation is BOUND:
            known[node] = frozenset([(node.data[0], node.data[1])])
        else:
            pairs = ((depth - inner, kind) for a, inner in children(node) for depth, kind in known[a])
            known[node] = frozenset((depth, kind) for depth, kind in pairs if depth >= 0)
        own = [node] if node.operation.name == "index" else []
        free[node] = frozenset(own).union(*(free[a] for a in node.args))
        kinds = [kind for _, kind in known[node]]
        indices = (*(k for k in kinds if isinstance(k, Size)), *(i.data[1] for i in free[node]))
        found.append((node, indices, tuple(k for k in kinds if not isinstance(k, Size))))
    return tuple(found)
