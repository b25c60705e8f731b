r"""Adjoints of operations on matrices: inverse, trace, determinants, diagonals, blocks, norms, entries."""

from __future__ import annotations

from hw3.derivations.gradients.adjoints import Context, NoAdjoint, adjoint
from hw3.derivations.gradients.simplify import (
    elementwise,
    is_ones,
    minus,
    ones,
    over,
    parted,
    plus,
    times,
    turned,
    zero,
)
from hw3.derivations.language.expression import Expr, abstract, make
from hw3.derivations.operations import diag, diagonal, identity, inverse, stack, symbol, zeros
from hw3.derivations.operations.derivative import DERIVATIVE, derivative


@adjoint("transpose")
def _transpose(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return turned(d), "transposed back" if node.shape else ""


@adjoint("inverse")
def _inverse(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    back = turned(c.called(node))
    return minus(times(back, d, back)), r"$d(A^{-1}) = -A^{-1} dA A^{-1}$"


@adjoint("trace")
def _trace(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    shape = node.args[0].shape
    return times(d, identity(shape[0])) if shape else d, "the identity, times the cotangent of the trace"


@adjoint("det")
def _det(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    back = turned(inverse(c.called(node.args[0])))
    return times(d, c.called(node), back), r"$d \det A = \det A \operatorname{tr}(A^{-1} dA)$"


@adjoint("logdet")
def _logdet(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    back = turned(inverse(c.called(node.args[0])))
    return times(d, back), r"$d \log |A| = \operatorname{tr}(A^{-1} dA)$"


@adjoint("diag")
def _diag(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return diagonal_of(d), "the diagonal of the cotangent"


def diagonal_of(d: Expr) -> Expr:
    """The diagonal, where it is read off: of diag(v), of a multiple of I, of x y^T."""
    part = parted(d)
    core = part.core
    if core is None or not part.coefficient:
        return zero(d.shape[:1])
    if core.operation.name == "diag":
        inside = core.args[0]
    elif core.operation.name == "identity":
        inside = ones(core.shape[:1])
    elif core.operation.name == "product" and (at := _row_after_column(core)):
        inside = elementwise(times(*core.args[:at]), turned(times(*core.args[at:])))
    else:
        inside = diagonal(core.args[0] if core.operation.name == "transpose" else core)
    return times(part.scale, inside)


def _row_after_column(e: Expr) -> int:
    """Where a product goes on with a row after a column: it is an outer product there; 0 if nowhere."""
    return next((k for k in range(1, len(e.args)) if len(e.args[k - 1].shape) == 1), 0)


@adjoint("diagonal")
def _diagonal(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return diag(d), "the cotangent on the diagonal"


@adjoint("norm")
def _norm(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    a = c.called(node.args[0])
    return over(times(d, a), c.called(node)), r"$d \|a\| = a^\top da / \|a\|$"


def _placing(node: Expr, k: int) -> Expr:
    """The 0/1 matrix that puts part k of a stack into the whole: the derivative of the stack by that part."""
    sizes = [a.shape[0] for a in node.args]
    part = symbol("v", (sizes[k],))
    whole = stack(*(part if i == k else zeros(n) for i, n in enumerate(sizes)))
    return derivative(whole, part, zeros(sizes[k]))


@adjoint("stack")
def _stack(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return _part(node, d, k), "the entries of the cotangent that belong to it"


def _part(node: Expr, d: Expr, k: int) -> Expr:
    """Part k of d, cut like the stack."""
    if d.operation.name == "add":
        return plus(*(_part(node, t, k) for t in d.args))
    part = parted(d)
    core = part.core
    if core is None or not part.coefficient:
        return zero(node.args[k].shape)
    value = core.args[0] if core.operation.name == "abbreviation" else core
    if value.operation is node.operation and [a.shape for a in value.args] == [a.shape for a in node.args]:
        cut = value.args[k]
    elif is_ones(core):
        cut = ones(node.args[k].shape)
    else:
        cut = times(turned(_placing(node, k)), core)
    return times(part.scale, cut)


@adjoint("blockdiag")
def _blockdiag(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    place = _placing(node, k)
    return times(turned(place), d, place), "the block of the cotangent that belongs to it"


@adjoint("entry")
def _entry(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    """d times the array that is 1 at the entry and 0 elsewhere, which is the derivative of the entry."""
    if k:
        raise NoAdjoint("an index has no cotangent")
    array = node.args[0]
    if not array.shape:
        return d, ""
    v = symbol("v", array.shape)
    at = make(node.operation, (v, *node.args[1:]), node.data)
    one = make(DERIVATIVE, (zero(array.shape), abstract(at, v)), "v")
    return times(d, one), "the cotangent at that entry, and 0 elsewhere"
