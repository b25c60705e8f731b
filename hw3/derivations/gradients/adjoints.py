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
    minus,
    over,
    plus,
    runs,
    times,
    turned,
    zero,
)
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import identity, number, power, square

Adjoint = Callable[[Expr, Expr, int, "Context"], tuple[Expr, str]]
ADJOINTS: dict[str, Adjoint] = {}
# Operations that no cotangent goes through, with the reason.
WITHOUT: dict[str, str] = {
    "cholesky": "a Cholesky factor sees one half of its matrix only, so it has no derivative by a free matrix",
    "eigenvalues": "eigenvalues are sorted, and have no derivative where two of them meet",
    "maximum_of": "where the greatest entry stands is not written down",
    "matrix_exponential": "the derivative of the exponential of a matrix is an integral",
    "matrix_sqrt": "the derivative of the square root of a matrix solves an equation of its own",
    "normal": "a law is not a number: cotangents go to the mean and the covariance of what uses it",
}
# Leaves, and what the sweep itself opens.
LEAVES = (
    "number", "symbol", "size", "constant", "identity", "filled", "index", "position", "bound", "coincide", "less",
    "index_value",
)  # fmt: skip
BINDERS = ("sum", "array_of", "product_over", "expectation", "derivative")


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
    return minus(over_square(inner(d, a), s)), r"$(1/s)' = -1/s^2$"


def over_square(a: Expr, s: Expr) -> Expr:
    """a / s^2; a sum keeps its reciprocal, s^-2, which the square of the sum, multiplied out, would lose."""
    inside = s
    while inside.operation.name == "abbreviation":
        inside = inside.args[0]
    return times(a, power(s, -2)) if inside.args else over(a, square(s))


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
