"""Substitution and differentiation of index polynomials.

The product and the power rule here, the rules of the atoms in `_derivative` (see `atoms` for the list). This
is the forward derivative, by one entry: the kernel knows no other.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import REBUILDERS, function, inverse, matrix_of, power
from hw3.derivations.calculus.heads import depends, heads
from hw3.derivations.calculus.polynomial import HEADS, UNITY, ZERO, Poly, described, opened


class NotDifferentiable(ValueError):
    """The calculus has no derivative for this; the claim stays unproved."""


class NoMeaning(NotDifferentiable):
    """The calculus has no index polynomial for this, which has values all the same; the claim stays unproved."""


def substituted(poly: Poly, symbol: int, value: Callable[[tuple[int, ...]], Poly]) -> Poly:
    """The polynomial with the entries of the head `symbol` replaced by `value(indices)`, in atoms too."""

    def change(inner: Poly) -> Poly:
        return substituted(inner, symbol, value)

    if symbol not in heads(poly):
        return poly
    total = ZERO
    for (factors, sizes), c in poly.terms.items():
        freed = {d: P.fresh_index(n) for d, n in enumerate(sizes)}
        product = P.rational(c)
        for h, e, at in factors:
            at = tuple(freed.get(i, i) for i in at)
            if h == symbol:
                product = product * power(value(at), Fraction(e))
            elif depends(h, symbol):
                if HEADS[h].kind == "expectation":
                    raise NotDifferentiable("a substitution inside an expectation that could not be computed")
                product = product * REBUILDERS[HEADS[h].kind](h, at, e, change)
            else:
                product = product * P.factor(h, at, e)
        total = total + (product.summed(*freed.values()) if freed else product)
    return total


def differentiate(poly: Poly, symbol: int, wrt: tuple[int, ...]) -> Poly:
    """The derivative of the polynomial by the entry of `symbol` at the free indices `wrt`."""
    if symbol not in heads(poly):
        return ZERO
    total = ZERO
    for (factors, sizes), c in poly.terms.items():
        if not any(depends(h, symbol) for h, _, _ in factors):
            continue
        freed = {d: P.fresh_index(n) for d, n in enumerate(sizes)}
        placed = [(h, e, tuple(freed.get(i, i) for i in at)) for h, e, at in factors]
        for k, (h, e, at) in enumerate(placed):
            if not depends(h, symbol):
                continue
            inner = _derivative(h, at, symbol, wrt)
            rest = P.rational(c * Fraction(e))
            for j, (g, f, bt) in enumerate(placed):
                rest = rest * P.factor(g, bt, f - 1 if j == k else f)
            product = inner * rest
            total = total + (product.summed(*freed.values()) if freed else product)
    return total


def _derivative(h: int, at: tuple[int, ...], symbol: int, wrt: tuple[int, ...]) -> Poly:
    """The derivative of one factor to the first power."""
    head = HEADS[h]
    if h == symbol:
        result = UNITY
        for i, j in zip(at, wrt, strict=True):
            result = result * P.delta(i, j, P.SIZES[described(j).size])
        return result
    if head.kind in ("base", "exp", "log", "function"):
        number = head.payload[2] if head.kind == "function" else head.payload
        inner = opened(number, at)
        return _outer(h, at, inner) * differentiate(inner, symbol, wrt)
    if head.kind == "selection":
        return ZERO
    if head.kind in ("inverse", "det", "logdet"):
        rest = at[2:] if head.kind == "inverse" else at
        matrix, row, col = matrix_of(h, rest)
        change = differentiate(matrix, symbol, wrt)
        if head.kind == "inverse":
            left = inverse(matrix, row, col, at[0], row)
            right = inverse(matrix, row, col, col, at[1])
            return -(left * change * right).summed(row, col)
        trace = (inverse(matrix, row, col, col, row) * change).summed(row, col)
        return trace if head.kind == "logdet" else P.factor(h, at) * trace
    raise NotDifferentiable(f"no derivative is taken through {'an' if head.kind[0] == 'e' else 'a'} {head.kind}")


# Derivatives of named functions with a rule of their own: name -> argument -> polynomial.
KNOWN_DERIVATIVES: dict[Any, Callable[[Poly], Poly]] = {}


def _outer(h: int, at: tuple[int, ...], inner: Poly) -> Poly:
    """The derivative of a scalar atom by its argument."""
    head = HEADS[h]
    if head.kind == "base":  # the power rule is applied by the caller: this is d s / d s
        return UNITY
    if head.kind == "exp":
        return P.factor(h, at)
    if head.kind == "log":
        return power(inner, Fraction(-1))
    name, order, _ = head.payload
    if name in KNOWN_DERIVATIVES:
        return KNOWN_DERIVATIVES[name](inner)
    return function(name, order + 1, inner)
