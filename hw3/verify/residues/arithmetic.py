"""Arrays of truncated polynomials modulo a prime: exact numbers that carry exact derivatives.

A `Jet` is an array whose entries are polynomials in e1, e2, ... with every e_k^2 = 0 and coefficients modulo
p. One e_k follows one variable: the coefficient of e_k in f(x + e_k d) is the derivative of f along d, and
that of e1 e2 a second derivative. Beside its value a jet carries a bound on the degree that its entries have
as fractions of polynomials in what was drawn, from which the chance of an agreement by accident follows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import reduce
from math import factorial
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.object_]]


class Undefined(ArithmeticError):
    """A division by zero at this draw; another draw may have none."""


class Degree(NamedTuple):
    """Entries are fractions N / D with one D for all of them, N of degree <= `above`, D <= `below`."""

    above: int = 0
    below: int = 0

    def plus(self, other: Degree) -> Degree:
        above = max(self.above + other.below, other.above + self.below)
        return Degree(above, self.below + other.below)

    def times(self, other: Degree) -> Degree:
        return Degree(self.above + other.above, self.below + other.below)

    def to(self, power: int) -> Degree:
        return Degree(self.above * power, self.below * power)

    @property
    def inverted(self) -> Degree:
        return Degree(self.below, self.above)


NUMBER = Degree()


class Jet:
    """`parts[mask]` is the coefficient array of the product of the e_k whose bits are in the mask."""

    __slots__ = ("degree", "parts")

    def __init__(self, parts: dict[int, Array], degree: Degree) -> None:
        self.parts, self.degree = parts, degree

    @property
    def real(self) -> Array:
        return self.parts[0]

    @property
    def order(self) -> int:
        """How many of the e_k occur; the (order + 1)-th power of what is not real is 0."""
        return reduce(int.__or__, self.parts, 0).bit_count()

    def each(self, change: Callable[[Array], Array]) -> Jet:
        """The jet with every coefficient array rearranged (reshaped, transposed, picked from)."""
        return Jet({m: as_array(change(a)) for m, a in self.parts.items()}, self.degree)


def as_array(value: Any) -> Array:
    """An object array, also where numpy hands out a bare number."""
    if isinstance(value, np.ndarray):
        return value
    result = np.empty((), dtype=object)
    result[()] = value
    return result


def is_prime(n: int, rng: random.Random) -> bool:
    """Whether n is prime, by Miller and Rabin's test at 40 random bases (wrong with chance < 4^-40)."""
    if n < 4:
        return n in (2, 3)
    if any(n % q == 0 for q in (2, 3, 5, 7, 11, 13)):
        return n in (2, 3, 5, 7, 11, 13)
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(40):
        x = pow(rng.randrange(2, n - 1), odd, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(twos - 1)):
            return False
    return True


def random_prime(bits: int, rng: random.Random) -> int:
    """A random prime with exactly this many bits."""
    while True:
        n = rng.getrandbits(bits) | 1 << (bits - 1) | 1
        if is_prime(n, rng):
            return n


class Residues:
    """The arithmetic of jets modulo the prime p."""

    def __init__(self, p: int) -> None:
        self.p = p

    def constant(self, value: Any, degree: Degree = NUMBER) -> Jet:
        return Jet({0: as_array(np.asarray(value, dtype=object) % self.p)}, degree)

    def fraction(self, numerator: int, denominator: int) -> int:
        return numerator * self.reciprocal(denominator) % self.p

    def reciprocal(self, a: int) -> int:
        if a % self.p == 0:
            raise Undefined("a division by zero")
        return pow(a, -1, self.p)

    def add(self, a: Jet, b: Jet) -> Jet:
        parts = dict(a.parts)
        for m, v in b.parts.items():
            parts[m] = as_array((parts[m] + v) % self.p) if m in parts else v
        return Jet(parts, a.degree.plus(b.degree))

    def sum(self, jets: Sequence[Jet]) -> Jet:
        return reduce(self.add, jets)

    def scaled(self, a: Jet, by: int) -> Jet:
        return a.each(lambda v: v * by % self.p)

    def product(self, a: Jet, b: Jet, multiply: Callable[[Array, Array], Any] = np.multiply) -> Jet:
        """The elementwise product, or another one that is linear in both."""
        parts: dict[int, Array] = {}
        for m, v in a.parts.items():
            for k, w in b.parts.items():
                if not m & k:
                    term = as_array(multiply(v, w))
                    parts[m | k] = as_array((parts[m | k] + term if m | k in parts else term) % self.p)
        return Jet(parts, a.degree.times(b.degree))

    def matmul(self, a: Jet, b: Jet) -> Jet:
        return self.product(a, b, np.dot)

    def composed(self, a: Jet, derivative: Callable[[int], Array], degree: Degree) -> Jet:
        """f of every entry, given the arrays f(a), f'(a), f''(a), ... at the real part; Taylor's series."""
        rest = Jet({m: v for m, v in a.parts.items() if m}, a.degree)
        result = self.constant(derivative(0))
        power = self.constant(np.ones(a.real.shape, dtype=object))
        for k in range(1, a.order + 1):
            power = self.product(power, rest)
            scale = self.reciprocal(factorial(k))
            result = self.add(result, self.product(self.constant(derivative(k) * scale), power))
        return Jet(result.parts, degree.times(a.degree.to(a.order)))

    def inverted(self, a: Jet) -> Jet:
        """1 / a, entry by entry."""
        first = np.frompyfunc(self.reciprocal, 1, 1)(a.real)

        def derivative(k: int) -> Array:
            return as_array(first ** (k + 1) * (-1) ** k * factorial(k) % self.p)

        # Each entry has a denominator of its own now; the common one is their product.
        n, (above, below) = a.real.size, a.degree
        return self.composed(a, derivative, Degree(below + (n - 1) * above, n * above).to(a.order + 1))

    def inverse(self, a: Jet) -> Jet:
        """The inverse of a square matrix, (A + N)^-1 = A^-1 - A^-1 N A^-1 + ..."""
        n = a.real.shape[0]
        first, _ = self._eliminated(a.real)
        degree = Degree(a.degree.below + (n - 1) * a.degree.above, n * a.degree.above)
        inverse = self.constant(first, degree)
        step = Jet({m: -v % self.p for m, v in a.parts.items() if m}, a.degree)
        result, term = inverse, inverse
        for _ in range(a.order):
            term = self.matmul(self.matmul(term, step), inverse)
            result = self.add(result, term)
        return Jet(result.parts, degree.to(a.order + 1).times(a.degree.to(a.order)))

    def determinant(self, a: Jet) -> Jet:
        """The determinant: by elimination, or where derivatives follow without division by entries."""
        n = a.real.shape[0]
        if not a.order:
            try:
                value = self._eliminated(a.real)[1]
            except Undefined:
                value = 0
            return self.constant(value, a.degree.to(n))
        # Faddeev and LeVerrier: M_1 = A, c_k = -tr(M_k) / k, M_(k+1) = A (M_k + c_k I); det A = (-1)^n c_n.
        identity = self.constant(np.eye(n, dtype=int))
        m, c = a, a
        for k in range(1, n + 1):
            m = a if k == 1 else self.matmul(a, self.add(m, self.product(identity, c)))
            c = self.scaled(m.each(np.trace), -self.reciprocal(k))
        return Jet(self.scaled(c, (-1) ** n).parts, a.degree.to(n))

    def _eliminated(self, a: Array) -> tuple[Array, int]:
        """The inverse and the determinant of a matrix of numbers."""
        n, p, det = a.shape[0], self.p, 1
        work = np.concatenate([a, np.eye(n, dtype=int).astype(object)], axis=1)
        for k in range(n):
            pivot = next((i for i in range(k, n) if work[i, k]), None)
            if pivot is None:
                raise Undefined("the inverse of a singular matrix")
            if pivot != k:
                work[[k, pivot]], det = work[[pivot, k]], -det
            det = det * work[k, k] % p
            work[k] = work[k] * self.reciprocal(work[k, k]) % p
            for i in range(n):
                if i != k and work[i, k]:
                    work[i] = (work[i] - work[i, k] * work[k]) % p
        return work[:, n:], det % p
