"""Gaussian expectations of polynomials (Isserlis' theorem, physics: Wick's).

For x ~ N(mu, S):  E[x_i f(x)] = mu_i E[f(x)] + sum_j S_ij E[d f / d x_j], so a product of entries of x has
the sum over all ways to pair some of its entries (a pair i, j gives S_ij) and leave the others (i gives mu_i).

Source: L. Isserlis, Biometrika 12 (1918) 134-139; K. B. Petersen, M. S. Pedersen, The Matrix Cookbook,
section 8.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import REBUILDERS, power
from hw3.derivations.calculus.differential import NotDifferentiable, substituted
from hw3.derivations.calculus.heads import heads
from hw3.derivations.calculus.meaning import bound_head
from hw3.derivations.calculus.polynomial import HEADS, UNITY, ZERO, Poly, closed
from hw3.derivations.language.sizes import Shape

Mean = Callable[[tuple[int, ...]], Poly]
Covariance = Callable[[tuple[int, ...], tuple[int, ...]], Poly]


def moment(places: Sequence[tuple[int, ...]], mean: Mean, covariance: Covariance) -> Poly:
    """E of the product of the entries of x at `places`; what is left of them is computed once, however it was left."""
    known: dict[tuple[tuple[int, ...], ...], Poly] = {(): UNITY}

    def of(left: tuple[tuple[int, ...], ...]) -> Poly:
        if left not in known:
            first, rest = left[0], left[1:]
            total = mean(first) * of(rest)
            for other, count in Counter(rest).items():
                k = rest.index(other)
                total = total + P.rational(Fraction(count)) * covariance(first, other) * of(rest[:k] + rest[k + 1 :])
            known[left] = total
        return known[left]

    return of(tuple(sorted(places)))


def expectation(poly: Poly, x: int, shape: Shape, mean: Mean, covariance: Covariance, law: tuple[int, int]) -> Poly:
    """E over x ~ N(mean, covariance), term by term: what does not depend on x comes out, polynomials in x
    are paired up, and anything else stays as an atom named by the law and the integrand."""
    total = ZERO
    for (factors, sizes), c in poly.terms.items():
        freed = {d: P.fresh_index(n) for d, n in enumerate(sizes)}
        outside, places, inside, polynomial = P.rational(c), [], UNITY, True
        for h, e, at in factors:
            at = tuple(freed.get(i, i) for i in at)
            f = P.factor(h, at, e)
            if h == x:
                inside = inside * f
                if isinstance(e, int) and e > 0:
                    places.extend([at] * e)
                else:
                    polynomial = False
            elif x in heads(f):
                inside, polynomial = inside * f, False
            else:
                outside = outside * f
        inner = moment(places, mean, covariance) if polynomial else _atom(inside, x, shape, law)
        product = outside * inner
        total = total + (product.summed(*freed.values()) if freed else product)
    return total


def _atom(inside: Poly, x: int, shape: Shape, law: tuple[int, int]) -> Poly:
    variable = bound_head(shape, inside)
    named = substituted(inside, x, lambda at: P.factor(variable, at))
    number, at, symmetries = closed(named)
    sizes = tuple(P.described(i).size for i in at)
    return P.factor(P.head_number("expectation", ("normal", *law, number), sizes, symmetries), at)


def _rebuild(h: int, at: tuple[int, ...], e: P.Power, change: Callable[[Poly], Poly]) -> Poly:
    """An expectation whose indices have met: its integrand is simplified, its law is as it was."""
    kind, mean, covariance, number = HEADS[h].payload
    inner = P.opened(number, at)
    if (changed := change(inner)) != inner:
        raise NotDifferentiable("a substitution inside an expectation that could not be computed")
    again, order, symmetries = closed(changed)
    sizes = tuple(P.described(i).size for i in order)
    head = P.head_number("expectation", (kind, mean, covariance, again), sizes, symmetries)
    return power(P.factor(head, order), Fraction(e))


REBUILDERS["expectation"] = _rebuild
P.REBUILD["expectation"] = lambda h, e, at: _rebuild(h, at, e, lambda poly: poly)
