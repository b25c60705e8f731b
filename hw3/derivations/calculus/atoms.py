"""Atoms: the factors of index polynomials that are not entries of symbols.

An atom is named by the normal form of what it is made of, so that equal arguments give equal atoms and no
congruence rule is needed. Each kind says here how it is built, and how it is differentiated:

    base        s^q             d = q s^(q-1) ds
    exp         exp s           d = exp(s) ds
    log         log s           d = s^-1 ds
    function    f^(k)(s)        d = f^(k+1)(s) ds
    inverse     (M^-1)_ij       d = -(M^-1 dM M^-1)_ij
    det         det M           d = det(M) tr(M^-1 dM)
    logdet      log |det M|     d = tr(M^-1 dM)
    selection   which is greatest   d = 0, where no two entries tie
    cholesky    chol(S)_ij      not differentiated: it sees the symmetric part only
    eigenvalue  lambda_i(S)     not differentiated
    expectation E f(x)          not differentiated

What is simplified while building is listed in each builder with the reason why it holds wherever the atom
is defined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import gcd, lcm
from typing import Any

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.heads import mark_positive, positive_head
from hw3.derivations.calculus.polynomial import CLOSED, HEADS, UNITY, ZERO, Poly, Power, closed, described, opened
from hw3.derivations.language.sizes import Size


@dataclass(frozen=True)
class Window:
    """The windows of a pooling: their width and their stride along each axis, as sizes."""

    width: Size
    stride: Size


class Undefined(ValueError):
    """The expression has no value anywhere, such as 1/0."""


# --- scalars ----------------------------------------------------------------------------------------


def _factored(n: int) -> dict[int, int]:
    """A positive integer as powers of primes; a factor without small primes is left whole."""
    powers: dict[int, int] = {}
    p = 2
    while p * p <= n and p < 10_000:
        while n % p == 0:
            powers[p] = powers.get(p, 0) + 1
            n //= p
        p += 1
    if n > 1:
        powers[n] = powers.get(n, 0) + 1
    return powers


def _prime(p: int, power: Power = 1) -> Poly:
    return P.factor(P.head_number("prime", p), (), power)


def pi() -> Poly:
    return P.factor(P.head_number("constant", "pi"))


def _split(poly: Poly) -> tuple[Fraction, Poly]:
    """A non-zero polynomial as (c, p), c its content with the sign of p's first term: p has coprime
    integer coefficients and a positive first one, so that multiples share the name of one atom."""
    coefficients = [c for _, c in sorted(poly.terms.items())]
    numerator = gcd(*(abs(c.numerator) for c in coefficients))
    denominator = lcm(*(c.denominator for c in coefficients))
    content = Fraction(numerator, denominator) * (1 if coefficients[0] > 0 else -1)
    return content, poly.scaled(1 / content)


def power(poly: Poly, q: Fraction) -> Poly:
    """s^q. Integer powers distribute over products; other powers over positive factors only."""
    if q == 0:
        return UNITY
    if poly.is_zero:
        if q < 0:
            raise Undefined("a division by zero")
        return ZERO
    if abs(q) > P.LARGEST_POWER:
        raise P.BudgetError(f"the power {q} is too large to expand")
    if q.denominator == 1 and q > 0:
        return poly ** int(q)
    content, primitive = _split(poly)
    if content < 0 and q.denominator != 1:
        content, primitive = -content, -primitive
    scale = P.rational(1)
    for p, k in _factored(content.numerator if content > 0 else -content.numerator).items():
        scale = scale * _prime(p, k * q)
    for p, k in _factored(content.denominator).items():
        scale = scale * _prime(p, -k * q)
    if content < 0:
        scale = scale.scaled(-1 if int(q) % 2 else 1)
    if len(primitive.terms) == 1:
        ((factors, sizes), c) = next(iter(primitive.terms.items()))
        distributes = q.denominator == 1 or all(positive_head(h) for h, _, _ in factors)
        if not sizes and c == 1 and distributes:
            exponent: Power = int(q) if q.denominator == 1 else q
            result = scale
            for h, e, at in factors:
                result = result * P.factor(h, at, e * exponent)
            return result
    if primitive == UNITY:
        return scale
    number, at, symmetries = closed(primitive)
    head = P.head_number("base", number, _sizes(at), symmetries)
    return scale * P.factor(head, at, int(q) if q.denominator == 1 else q)


def exp(poly: Poly) -> Poly:
    """exp s. A term c log t of s comes out as t^c: log t is there only where t > 0."""
    outside, rest = UNITY, dict(poly.terms)
    for (factors, sizes), c in poly.terms.items():
        if not sizes and len(factors) == 1 and factors[0][1] == 1 and HEADS[factors[0][0]].kind == "log":
            h, _, at = factors[0]
            outside = outside * power(opened(HEADS[h].payload, at), c)
            del rest[(factors, sizes)]
    if not rest:
        return outside
    number, at, symmetries = closed(Poly(rest))
    return outside * P.factor(P.head_number("exp", number, _sizes(at), symmetries), at)


def log(poly: Poly) -> Poly:
    """log s. A product of positive numbers and positive factors is split; log exp t is t."""
    if poly.is_zero:
        raise Undefined("a logarithm of zero")
    content, primitive = _split(poly)
    if content < 0:
        content, primitive = -content, -primitive
    result = ZERO
    for sign, part in ((1, content.numerator), (-1, content.denominator)):
        for p, k in _factored(part).items():
            result = result + _log_atom(_constant("prime", p)).scaled(sign * k)
    if primitive == UNITY:
        return result
    if len(primitive.terms) == 1:
        ((factors, sizes), c) = next(iter(primitive.terms.items()))
        if not sizes and c == 1:
            unknown = [(h, e, at) for h, e, at in factors if not positive_head(h)]
            # With one factor of unknown sign left over, the product is positive only where that one is.
            if not unknown or (len(unknown) == 1 and unknown[0][1] == 1):
                for h, e, at in factors:
                    result = result + _log_factor(h, at).scaled(Fraction(e))
                return result
    return result + _log_atom(primitive)


def _constant(kind: str, payload: int | str) -> Poly:
    # A prime as a head of its own and not as a rational number: it is the name of an atom.
    return Poly({(((P.head_number(kind, payload), 1, ()),), ()): Fraction(1)})


def _log_factor(h: int, at: tuple[int, ...]) -> Poly:
    head = HEADS[h]
    if head.kind == "exp":
        return opened(head.payload, at)
    if head.kind == "base":
        return _log_atom(opened(head.payload, at))
    if head.kind == "prime":
        return _log_atom(_constant("prime", head.payload))
    return _log_atom(P.factor(h, at))


def _log_atom(poly: Poly) -> Poly:
    number, at, symmetries = closed(poly)
    return P.factor(P.head_number("log", number, _sizes(at), symmetries), at)


def function(name: Any, order: int, poly: Poly) -> Poly:
    """f^(k)(s) for a function that is known by its name alone, or by a derivative rule of its own."""
    number, at, symmetries = closed(poly)
    return P.factor(P.head_number("function", (name, order, number), _sizes(at), symmetries), at)


def _sizes(at: Sequence[int]) -> tuple[int, ...]:
    return tuple(described(i).size for i in at)


# --- matrices ---------------------------------------------------------------------------------------


Symmetries = tuple[tuple[int, ...], ...]


def _oriented(poly: Poly, row: int, col: int) -> tuple[int, tuple[int, ...], Symmetries, bool]:
    """The matrix up to transposition: (number, order, symmetries of the inverse, whether transposed).

    Where the matrix and its transpose have one name, the further indices may have changed their order: with
    M = a_i A + a_j A^T, M^T is M with i and j exchanged, and so is its inverse.
    """
    here, there = closed(poly, (row, col)), closed(poly, (col, row))
    if here[0] == there[0]:
        number, order, symmetries = here
        turn = (1, 0, *(order.index(i) for i in there[1][2:]))
        turned = tuple(tuple(turn[k] for k in p) for p in symmetries)
        return number, order, tuple(dict.fromkeys(symmetries + turned)), False
    # The transpose of a matrix names the same atom, read the other way round.
    return (*here, False) if CLOSED[here[0]] < CLOSED[there[0]] else (*there, True)


def inverse(poly: Poly, row: int, col: int, i: int, j: int) -> Poly:
    """(M^-1)_ij for M with entries `poly` at (row, col). (M^T)^-1 is (M^-1)^T; the inverse of a symmetric
    matrix is symmetric; of c M, with c a rational number, it is M^-1 / c."""
    if poly.is_zero:
        raise Undefined("the inverse of a zero matrix")
    content, primitive = _split(poly)
    number, order, symmetries, turned = _oriented(primitive, row, col)
    head = P.head_number("inverse", number, _sizes(order), symmetries)
    at = (j, i) if turned else (i, j)
    return P.factor(head, (*at, *order[2:])).scaled(1 / content)


def _matrix_scalar(kind: str, poly: Poly, row: int, col: int) -> Poly:
    number, order, symmetries, _ = _oriented(poly, row, col)
    rest = order[2:]
    inner = tuple(dict.fromkeys(tuple(k - 2 for k in p[2:]) for p in symmetries))
    return P.factor(P.head_number(kind, number, _sizes(rest), inner), rest)


def det(poly: Poly, row: int, col: int, definite: bool = False) -> Poly:
    """det M. det M^T is det M; it is positive if M is known to be definite."""
    result = _matrix_scalar("det", poly, row, col)
    if definite:
        for h, _, _ in result.factors():
            mark_positive(h)
    return result


def logdet(poly: Poly, row: int, col: int) -> Poly:
    """log |det M|. log |det M^T| is the same; of the identity it is 0."""
    if poly == P.delta(row, col, P.SIZES[described(row).size]):
        return ZERO
    return _matrix_scalar("logdet", poly, row, col)


def cholesky(poly: Poly, row: int, col: int, i: int, j: int) -> Poly:
    """L_ij for the lower triangular L with positive diagonal and L L^T = M, M positive definite."""
    number, order, symmetries = closed(poly, (row, col))
    return P.factor(P.head_number("cholesky", number, _sizes(order), symmetries), (i, j, *order[2:]))


def eigenvalue(poly: Poly, row: int, col: int, i: int, definite: bool = False) -> Poly:
    """The i-th eigenvalue, in ascending order, of a symmetric M; positive if M is known to be definite."""
    number, order, symmetries = closed(poly, (row, col))
    rest = order[2:]
    inner = tuple((0, *(k - 1 for k in p[2:])) for p in symmetries)
    head = P.head_number("eigenvalue", number, (described(row).size, *_sizes(rest)), inner)
    if definite:
        mark_positive(head)
    return P.factor(head, (i, *rest))


# --- choices ------------------------------------------------------------------------------------------


def selection(poly: Poly, place: Sequence[int], at: Sequence[int], window: Window) -> Poly:
    """S[at, place]: 1 where the entry at `place` is the greatest in the window that belongs to `at`, else 0.

    `poly` is the array at the indices `place`; windows of `window.width` begin at multiples of `window.stride`.
    It is defined where no two entries of a window tie, and constant near such arrays.
    """
    number, order, symmetries = closed(poly, place)
    rest = order[len(place) :]
    # Equal further indices may change places; the two axes of a window may not.
    shift = len(place)
    inner = tuple((*range(2 * shift), *(k + shift for k in p[shift:])) for p in symmetries)
    head = P.head_number("selection", (window, number), (*_sizes(at), *_sizes(order)), inner)
    return P.factor(head, (*at, *place, *rest))


# --- building anew ------------------------------------------------------------------------------------

Transform = Callable[[Poly], Poly]


def _rebuild_base(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    inner = change(opened(HEADS[h].payload, at))
    whole, part = divmod(Fraction(e), 1)
    if e > 0:  # s^(5/2) is s^2 s^(1/2)
        return power(inner, Fraction(whole)) * power(inner, part)
    return power(inner, Fraction(e))


def _rebuild_exp(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    return exp(change(opened(HEADS[h].payload, at)).scaled(Fraction(e)))


def _rebuild_log(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    return power(log(change(opened(HEADS[h].payload, at))), Fraction(e))


def _rebuild_function(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    name, order, number = HEADS[h].payload
    return power(function(name, order, change(opened(number, at))), Fraction(e))


def matrix_of(h: int, rest: Sequence[int]) -> tuple[Poly, int, int]:
    """The matrix that a head is named by, at a fresh row and column."""
    number = HEADS[h].payload
    n = CLOSED[number][1][0]
    row, col = P.fresh_index(n), P.fresh_index(n)
    return opened(number, (row, col, *rest)), row, col


def _rebuild_inverse(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    poly, row, col = matrix_of(h, at[2:])
    return power(inverse(change(poly), row, col, at[0], at[1]), Fraction(e))


def _rebuild_cholesky(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    poly, row, col = matrix_of(h, at[2:])
    return power(cholesky(change(poly), row, col, at[0], at[1]), Fraction(e))


def _rebuild_eigenvalue(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    poly, row, col = matrix_of(h, at[1:])
    return power(eigenvalue(change(poly), row, col, at[0]), Fraction(e))


def _rebuild_det(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    poly, row, col = matrix_of(h, at)
    return power(det(change(poly), row, col), Fraction(e))


def _rebuild_logdet(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    poly, row, col = matrix_of(h, at)
    return power(logdet(change(poly), row, col), Fraction(e))


def _rebuild_selection(h: int, at: tuple[int, ...], e: Power, change: Transform) -> Poly:
    window, number = HEADS[h].payload
    sizes = CLOSED[number][1]
    axes = len(HEADS[h].sizes) - len(sizes)
    places = [P.fresh_index(n) for n in sizes[:axes]]
    rest = at[2 * axes :]
    poly = change(opened(number, (*places, *rest)))
    made = selection(poly, places, [P.fresh_index(n) for n in HEADS[h].sizes[:axes]], window)
    ((factors, _), _) = next(iter(made.terms.items()))
    ((head, _, made_at),) = factors
    return power(P.factor(head, (*at[: 2 * axes], *made_at[2 * axes :])), Fraction(e))


Rebuilder = Callable[[int, tuple[int, ...], Power, Transform], Poly]
REBUILDERS: dict[str, Rebuilder] = {
    "base": _rebuild_base,
    "exp": _rebuild_exp,
    "log": _rebuild_log,
    "function": _rebuild_function,
    "inverse": _rebuild_inverse,
    "cholesky": _rebuild_cholesky,
    "eigenvalue": _rebuild_eigenvalue,
    "det": _rebuild_det,
    "logdet": _rebuild_logdet,
    "selection": _rebuild_selection,
}


def _same(poly: Poly) -> Poly:
    return poly


def _rebuild_as_is(rebuild: Rebuilder, h: int, e: Power, at: tuple[int, ...]) -> Poly:
    return rebuild(h, at, e, _same)


for _kind, _rebuilder in REBUILDERS.items():
    P.REBUILD[_kind] = partial(_rebuild_as_is, _rebuilder)
P.EXPONENTIAL.append(exp)
