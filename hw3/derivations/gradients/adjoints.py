r"""Adjoints: for each operation, the cotangent of an argument from the cotangent of the result.

If L depends on y = A(x) and d = dL/dy, then dL/dx = A*(d), where <A dx, d> = <dx, A* d> for the derivative of A
at x. An adjoint is written in the language itself, for shapes of any rank:

    (node, d, k, sweep)  ->  the cotangent of the k-th argument, and what was done, in words

What is written here is trusted by nobody: the kernel differentiates forward, by entries, and compares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from hw3.derivations.gradients.simplify import (
    elementwise,
    inner,
    is_ones,
    minus,
    ones_like,
    over,
    parted,
    plus,
    runs,
    times,
    turned,
    zero,
)
from hw3.derivations.language.expression import Expr, abstract, make
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import diag, diagonal, identity, number, power, square, symbol, zeros
from hw3.derivations.operations.derivative import DERIVATIVE, derivative

Adjoint = Callable[[Expr, Expr, int, "Context"], tuple[Expr, str]]
ADJOINTS: dict[str, Adjoint] = {}
# Operations that no cotangent goes through, with the reason.
WITHOUT: dict[str, str] = {
    "cholesky": "a Cholesky factor sees the symmetric part of its matrix only, so it has no derivative by a free matrix",
    "eigenvalues": "eigenvalues are sorted, and have no derivative where two of them meet",
    "normal": "a law is not a number: cotangents go to the mean and the covariance of what uses it",
}
# Leaves, and what the sweep itself opens.
LEAVES = ("number", "symbol", "size", "constant", "identity", "filled", "index", "position", "bound")
BINDERS = ("sum", "expectation", "derivative")


class NoAdjoint(ValueError):
    """There is no cotangent, or none that can be written; the message says why."""


@dataclass(frozen=True)
class Context:
    """How values are called, and what is known of them."""

    names: dict[Expr, Expr] = field(default_factory=dict)  # a value to the abbreviation that it has
    known: dict[Expr, Expr] = field(default_factory=dict)  # equations that are given, from left to right

    def called(self, value: Expr) -> Expr:
        return self.names.get(value, value)

    def replaced(self, e: Expr) -> Expr:
        """The right side of an equation that is given, where e is the left side."""
        if not self.known:
            return e
        found = self.known.get(e)
        if found is None and e.shape and (other := self.known.get(turned(e))) is not None:
            found = turned(other)
        return e if found is None else found


def adjoint(*names: str) -> Callable[[Adjoint], Adjoint]:
    """Registers the adjoint of operations."""

    def register(function: Adjoint) -> Adjoint:
        ADJOINTS.update(dict.fromkeys(names, function))
        return function

    return register


def operands(node: Expr) -> tuple[Expr, ...]:
    """What a cotangent goes to: the arguments, for a law its mean and covariance."""
    return tuple(o for a in node.args for o in (a.args if a.operation.name == "normal" else (a,)))


# --- sums, products, powers -----------------------------------------------------------------------------


@adjoint("add", "abbreviation")
def _same(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return d, ""


@adjoint("negative")
def _negative(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return minus(d), ""


@adjoint("product")
def _product(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    factors = [c.called(a) for a in node.args]
    closed, left = runs(factors)
    run = next(r for r in (*closed, left) if k in r)
    others = [times(*(factors[i] for i in r)) for r in closed if r is not run]
    rest = times(*(factors[i] for i in left)) if left and run is not left else None
    into = times(*others, d) if rest is None else times(*others, inner(d, rest))
    before = [turned(factors[i]) for i in run if i < k]
    after = [turned(factors[i]) for i in run if i > k]
    if not before and not after:
        return into, "times the other factors" if len(factors) > 1 else ""
    if into.shape:
        made = times(*reversed(before), into, *reversed(after))
    else:
        made = times(into, *reversed(before), *reversed(after))
    return made, "the other factors of the product go over, transposed"


@adjoint("hadamard")
def _hadamard(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    others = [c.called(a) for i, a in enumerate(node.args) if i != k]
    return elementwise(d, *others), "times the other factor, entry by entry"


@adjoint("quotient")
def _quotient(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    a, s = (c.called(arg) for arg in node.args)
    if k == 0:
        return over(d, s), ""
    return minus(over(inner(d, a), square(s))), r"$(1/s)' = -1/s^2$"


@adjoint("power")
def _power(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    base, q = c.called(node.args[0]), node.data
    if node.shape:
        terms = []
        for before in range(int(q)):
            sides = [turned(_powered(base, Fraction(n))) for n in (before, int(q) - 1 - before)]
            terms.append(times(sides[0], d, sides[1]))
        return (plus(*terms) if terms else zero(node.shape)), "the product rule: each factor in turn"
    why = "the derivative of a square" if q == 2 else "the power rule"
    return (times(number(q), d, _powered(base, q - 1)) if q else number(0)), why


def _powered(base: Expr, q: Fraction) -> Expr:
    if q == 1:
        return base
    if q == 0:
        return identity(base.shape[0]) if base.shape else number(1)
    return power(base, q)


# --- matrices -------------------------------------------------------------------------------------------


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
    back = turned(_inverted(c.called(node.args[0])))
    return times(d, c.called(node), back), r"$d \det A = \det A \operatorname{tr}(A^{-1} dA)$"


@adjoint("logdet")
def _logdet(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    back = turned(_inverted(c.called(node.args[0])))
    return times(d, back), r"$d \log |A| = \operatorname{tr}(A^{-1} dA)$"


def _inverted(a: Expr) -> Expr:
    from hw3.derivations.operations import inverse

    return inverse(a)


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
        inside = make_ones(core.shape[:1])
    elif core.operation.name == "product" and len(core.args) == 2 and len(core.args[0].shape) == 1:
        inside = elementwise(core.args[0], turned(core.args[1]))
    else:
        inside = diagonal(core)
    return times(part.scale, inside)


def make_ones(shape: tuple[Size, ...]) -> Expr:
    from hw3.derivations.operations.leaves import FILLED

    return make(FILLED, (), (1, shape)) if shape else number(1)


@adjoint("diagonal")
def _diagonal(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return diag(d), "the cotangent on the diagonal"


@adjoint("norm")
def _norm(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    a = c.called(node.args[0])
    return over(times(d, a), c.called(node)), r"$d \|a\| = a^\top da / \|a\|$"


def _placing(node: Expr, k: int) -> Expr:
    """The 0/1 matrix that puts part k of a stack into the whole: the derivative of the stack by that part."""
    from hw3.derivations.operations import stack

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
        cut = make_ones(node.args[k].shape)
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


# --- arrays ---------------------------------------------------------------------------------------------


@adjoint("sum_axes")
def _sum_axes(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    from hw3.derivations.operations import broadcast

    a = node.args[0]
    if node.data is None:
        return times(d, ones_like(a)), "every entry is added"
    return broadcast(d, a.shape, node.data), "every entry is added"


@adjoint("broadcast")
def _broadcast(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return summed(d, node.data[1]), "it is added in many places: the sum over them"


def summed(d: Expr, axis: int) -> Expr:
    """The sum over all axes but one, which scalars leave."""
    from hw3.derivations.operations import sum_axes

    part = parted(d)
    if part.core is None or not part.coefficient:
        return sum_axes(d, axis)
    return times(part.scale, sum_axes(part.core, axis))


def spread(column: Expr, shape: tuple[Size, ...]) -> Expr:
    """The column along the first axis of a matrix."""
    from hw3.derivations.operations import broadcast

    part = parted(column)
    if part.core is None or not part.coefficient:
        return broadcast(column, shape, 0)
    core = make_ones(shape) if is_ones(part.core) else broadcast(part.core, shape, 0)
    return times(part.scale, core)


def row_sums(a: Expr, c: Context) -> Expr:
    """The sums over the last axis: a number of a column, a column of a matrix; what is given of them is used."""
    part = parted(a)
    if part.core is None or not part.coefficient:
        return zero(a.shape[:-1])
    n = a.shape[-1]
    one = make_ones((n,))
    if len(a.shape) == 1:
        options = (times(turned(one), part.core), times(turned(part.core), one))
    else:
        options = (times(part.core, one),)
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
    from hw3.derivations.operations import softmax

    _at_most_rows(node, "a log-sum-exp")
    return along_rows(d, softmax(c.called(node.args[0]))), "the derivative of log-sum-exp is the softmax"
