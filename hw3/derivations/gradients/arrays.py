r"""Adjoints of sums over axes, broadcasting, softmax and log-sum-exp.

A softmax y of z has dy = y o dz - (y^T dz) y; of a matrix it is taken along each row.
"""

from __future__ import annotations

from hw3.derivations.gradients.adjoints import Context, NoAdjoint, adjoint
from hw3.derivations.gradients.simplify import (
    elementwise,
    inner,
    is_ones,
    minus,
    ones,
    ones_like,
    parted,
    plus,
    times,
    turned,
    zero,
)
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import broadcast, softmax, sum_axes


@adjoint("sum_axes")
def _sum_axes(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    a = node.args[0]
    if node.data is None:
        return times(d, ones_like(a)), "every entry is added"
    return broadcast(d, a.shape, node.data), "every entry is added"


@adjoint("broadcast")
def _broadcast(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return summed(d, node.data[1]), "it is added in many places: the sum over them"


def summed(d: Expr, axis: int) -> Expr:
    """The sum over all axes but one, which scalars leave."""
    part = parted(d)
    if part.core is None or not part.coefficient:
        return sum_axes(d, axis)
    return times(part.scale, sum_axes(part.core, axis))


def spread(column: Expr, shape: tuple[Size, ...]) -> Expr:
    """The column along the first axis of a matrix."""
    part = parted(column)
    if part.core is None or not part.coefficient:
        return broadcast(column, shape, 0)
    core = ones(shape) if is_ones(part.core) else broadcast(part.core, shape, 0)
    return times(part.scale, core)


def row_sums(a: Expr, c: Context) -> Expr:
    """The sums over the last axis: a number of a column, a column of a matrix; what is given of them is used."""
    part = parted(a)
    if part.core is None or not part.coefficient:
        return zero(a.shape[:-1])
    n = a.shape[-1]
    one = ones((n,))
    if len(a.shape) == 1:
        options = [times(turned(one), part.core), times(turned(part.core), one)]
    else:
        options = [times(part.core, one)]
    core = next((c.replaced(o) for o in options if c.replaced(o) is not o), options[0])
    return times(part.scale, core)


def along_rows(column: Expr, a: Expr) -> Expr:
    """Each entry of the column times the row of a that it belongs to."""
    return times(column, a) if not column.shape else elementwise(spread(column, a.shape), a)


def _at_most_rows(node: Expr, what: str) -> None:
    if len(node.args[0].shape) > 2:
        raise NoAdjoint(f"{what} of more than two axes: its cotangent needs a sum over the last axis alone")


@adjoint("softmax")
def _softmax(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    _at_most_rows(node, "a softmax")
    y = c.called(node)
    if len(y.shape) == 1:
        mean = inner(d, y)
        return plus(elementwise(y, d), minus(times(mean, y))), r"$dy = y \odot dz - (y^\top dz) y$ for $y$ the softmax"
    mean = row_sums(elementwise(d, y), c)
    return plus(elementwise(y, d), minus(along_rows(mean, y))), "the softmax of every row"


def log_softmax(z_shape: Expr, y: Expr, d: Expr, c: Context) -> tuple[Expr, str]:
    """Through the logarithm of a softmax y at once: d - (sum of d) y."""
    if len(y.shape) > 2:
        raise NoAdjoint("a softmax of more than two axes: its cotangent needs a sum over the last axis alone")
    total = row_sums(d, c)
    return plus(d, minus(along_rows(total, y))), r"$d \log y_i = dz_i - y^\top dz$ for $y$ the softmax of $z$"


@adjoint("logsumexp")
def _logsumexp(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    _at_most_rows(node, "a log-sum-exp")
    return along_rows(d, softmax(c.called(node.args[0]))), "the derivative of log-sum-exp is the softmax"
