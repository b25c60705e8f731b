"""Index polynomials: the normal form in which the kernel compares meanings.

A polynomial is a sum of monomials with rational coefficients. A monomial is a product of factors, each a
*head* (a symbol, a size, an inverse, f of something ...) at some indices to some power, with some of the
indices summed: sum_{a,b} S_ab x_a x_b has the factors S at (0, 1), x at (0,) and x at (1,).

Indices are integers: 0, 1, ... are summed (dummies, numbered by the canonical form), negative ones are free.
Heads and sizes are integers too (see `tables`).

Soundness rests on few facts: renaming summed indices injectively changes nothing; summing over an index
that a Kronecker delta ties to another is a substitution; a sum of 1 over an index is its size. Which of the
equal names is the canonical one only decides how often equal things are seen to be equal.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor

from hw3.derivations.calculus.affine import affine_factor
from hw3.derivations.calculus.canonical import canonical, least, orbit
from hw3.derivations.calculus.contraction import contract
from hw3.derivations.calculus.tables import (
    CLOSED,
    HEADS,
    SIZES,
    Budget,
    BudgetError,
    Closed,
    Factor,
    FreeIndex,
    Head,
    Monomial,
    Power,
    described,
    free_index,
    fresh_index,
    head_number,
    slot,
    spend,
)
from hw3.derivations.language.sizes import Size

__all__ = [
    "CLOSED",
    "HEADS",
    "SIZES",
    "UNITY",
    "ZERO",
    "Budget",
    "BudgetError",
    "Factor",
    "FreeIndex",
    "Head",
    "Monomial",
    "Poly",
    "Power",
    "closed",
    "delta",
    "described",
    "factor",
    "free_index",
    "fresh_index",
    "head_number",
    "opened",
    "rational",
    "size_poly",
    "slot",
]

LARGEST_POWER = 1000
# Kinds of atoms, each with what builds a factor (head, power, indices) anew when its indices have met or its
# power has become a whole number. Filled by hw3.derivations.calculus.atoms.
REBUILD: dict[str, Callable[[int, Power, tuple[int, ...]], Poly]] = {}


class Poly:
    """An immutable index polynomial: a map from canonical monomials to non-zero rational coefficients."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Monomial, Fraction]) -> None:
        self.terms = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    @property
    def is_zero(self) -> bool:
        return not self.terms

    @property
    def rational(self) -> Fraction | None:
        """The value, if it is a rational number."""
        if not self.terms:
            return Fraction(0)
        if len(self.terms) == 1 and (value := self.terms.get(UNIT)) is not None:
            return value
        return None

    def __add__(self, other: Poly) -> Poly:
        small, large = (self, other) if len(self.terms) < len(other.terms) else (other, self)
        terms = dict(large.terms)
        for monomial, c in small.terms.items():
            total = terms.get(monomial, 0) + c
            if total:
                terms[monomial] = total
            else:
                del terms[monomial]
        return Poly(terms)

    def __neg__(self) -> Poly:
        return Poly({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Poly) -> Poly:
        return self + -other

    def scaled(self, by: Fraction | int) -> Poly:
        if isinstance(by, float):
            raise TypeError("index polynomials have exact coefficients")
        return Poly({m: c * by for m, c in self.terms.items()}) if by else ZERO

    def __mul__(self, other: Poly) -> Poly:
        if (r := self.rational) is not None:
            return other.scaled(r)
        if (r := other.rational) is not None:
            return self.scaled(r)
        total = _Sum()
        for (left, left_sizes), c in self.terms.items():
            for (right, right_sizes), d in other.terms.items():
                shift = len(left_sizes)
                moved = ((h, e, tuple(i + shift if i >= 0 else i for i in at)) for h, e, at in right)
                total.add(_normal([*left, *moved], dict(enumerate(left_sizes + right_sizes))), c * d)
        return total.poly()

    def __pow__(self, exponent: int) -> Poly:
        r = self.rational
        if r is not None:
            if exponent * (r.numerator.bit_length() + r.denominator.bit_length()) > 32 * LARGEST_POWER:
                raise BudgetError(f"the power {exponent} is too large to expand")
            return rational(r**exponent)
        if len(self.terms) == 1:
            ((factors, sizes), c) = next(iter(self.terms.items()))
            if not sizes:
                return _normal([(h, e * exponent, at) for h, e, at in factors], {}).scaled(c**exponent)
        result = UNITY
        for _ in range(exponent):
            result = result * self
        return result

    def free(self) -> list[int]:
        """The free indices that occur, each once, in a fixed order."""
        seen = {i: None for factors, _ in self.terms for _, _, at in factors for i in at if i < 0}
        return sorted(seen, reverse=True)

    def renamed(self, mapping: Mapping[int, int]) -> Poly:
        """With free indices replaced by free indices, simultaneously."""
        if all(a == b for a, b in mapping.items()):
            return self
        if any(described(a).size != described(b).size for a, b in mapping.items()):
            raise ValueError("an index was put in the place of one of another size")
        total = _Sum()
        for (factors, sizes), c in self.terms.items():
            moved = [(h, e, tuple(mapping.get(i, i) for i in at)) for h, e, at in factors]
            total.add(_normal(moved, dict(enumerate(sizes))), c)
        return total.poly()

    def summed(self, *indices: int) -> Poly:
        """Summed over the given free indices, each over its whole range."""
        total = _Sum()
        for (factors, sizes), c in self.terms.items():
            all_sizes, dummy = dict(enumerate(sizes)), {}
            for i in indices:
                dummy[i] = len(all_sizes)
                all_sizes[dummy[i]] = described(i).size
            moved = [(h, e, tuple(dummy.get(i, i) for i in at)) for h, e, at in factors]
            total.add(_normal(moved, all_sizes), c)
        return total.poly()

    def factors(self) -> Iterator[Factor]:
        for factors, _ in self.terms:
            yield from factors

    def key(self) -> tuple[tuple[Monomial, Fraction], ...]:
        return tuple(sorted(self.terms.items()))


class _Sum:
    """Collects terms of a sum."""

    def __init__(self) -> None:
        self.terms: dict[Monomial, Fraction] = {}

    def add(self, poly: Poly, scale: Fraction) -> None:
        terms = self.terms
        for m, c in poly.terms.items():
            terms[m] = terms.get(m, 0) + c * scale

    def poly(self) -> Poly:
        return Poly({m: c for m, c in self.terms.items() if c})


UNIT: Monomial = ((), ())
ZERO = Poly({})
UNITY = Poly({UNIT: Fraction(1)})


def rational(value: Fraction | int) -> Poly:
    return Poly({UNIT: Fraction(value)}) if value else ZERO


def factor(head: int, at: Sequence[int] = (), power: Power = 1) -> Poly:
    """The polynomial of one factor at free indices."""
    return _normal([(head, power, tuple(at))], {})


def delta(i: int, j: int, size: Size) -> Poly:
    """The Kronecker delta of two free indices of this size."""
    n = SIZES.number(size)
    if described(i).size != n or described(j).size != n:
        raise ValueError("a Kronecker delta needs two indices of its size")
    return factor(head_number("delta", n, (n, n), ((0, 1), (1, 0))), (i, j))


def affine(terms: Sequence[tuple[int, Size]], constant: Size) -> Poly:
    """The 0/1 tensor [sum of coefficient * index + constant = 0] at free indices, counted from 0."""
    made = affine_factor(terms, constant, {})
    if isinstance(made, bool):
        return UNITY if made else ZERO
    return _normal([made], {})


def size_poly(size: Size) -> Poly:
    """A size as a scalar: a polynomial in the heads of its names."""
    total = _Sum()
    for powers, c in size.terms:
        named: list[Factor] = [(head_number("size", name), power, ()) for name, power in powers]
        total.add(_normal(named, {}), Fraction(c))
    return total.poly()


# --- the normal form of a monomial ------------------------------------------------------------------


def _normal(factors: list[Factor], sizes: dict[int, int]) -> Poly:
    """The canonical polynomial of a product of factors, summed over the dummies in `sizes`."""
    spend(len(factors) + 1)
    reduced = contract(factors, sizes)
    if reduced is None:
        return ZERO
    merged: dict[tuple[int, tuple[int, ...]], Power] = {}
    for h, e, at in reduced:
        key = (h, least(h, at))
        merged[key] = merged.get(key, 0) + e
    coefficient, kept, rebuild = Fraction(1), [], False
    exponentials = 0
    for (h, at), e in merged.items():
        head = HEADS[h]
        if isinstance(e, Fraction) and e.denominator == 1:
            e = int(e)
        if e == 0:
            continue
        if head.kind in ("delta", "block", "affine", "order", "selection"):
            if e < 0:
                raise ZeroDivisionError("a 0/1 tensor has no inverse entry by entry")
            e = 1  # its entries are 0 and 1
        elif head.kind == "prime" and not 0 < e < 1:
            whole = floor(e)
            if abs(whole) > LARGEST_POWER:
                raise BudgetError(f"the power {whole} is too large to expand")
            coefficient *= Fraction(head.payload) ** whole
            e -= whole
            if e == 0:
                continue
        elif head.kind in REBUILD and _must_rebuild(head, e, at):
            rebuild = True
        exponentials += head.kind == "exp"
        kept.append((h, e, at))
    if rebuild or exponentials > 1:
        return _rebuilt(kept, sizes).scaled(coefficient)
    used = {i for _, _, at in kept for i in at}
    for dummy in [d for d in sizes if d not in used]:
        size = SIZES[sizes.pop(dummy)]
        if len(size.terms) > 1:  # a size such as n - k + 1 is a sum, and multiplies out
            return (_normal(kept, sizes) * size_poly(size)).scaled(coefficient)
        for powers, c in size.terms:
            coefficient *= c
            kept.extend((head_number("size", name), power, ()) for name, power in powers)
        if not size.terms:
            return ZERO
        return _normal(kept, sizes).scaled(coefficient)
    return Poly({canonical(kept, sizes): coefficient})


def _must_rebuild(head: Head, power: Power, at: tuple[int, ...]) -> bool:
    if head.kind == "exp" and power != 1:
        return True
    if head.kind == "base" and (power >= 1 or (isinstance(power, int) and _is_product(head.payload))):
        return True
    free_of_roles = at[ROLES.get(head.kind, 0) :]
    return len(set(free_of_roles)) < len(free_of_roles)


def _is_product(number: int) -> bool:
    """Whether a closed polynomial is a product of factors alone, whose whole powers are products too."""
    terms = CLOSED[number][0]
    return len(terms) == 1 and not terms[0][0][1] and terms[0][1] == 1


ROLES = {
    "inverse": 2,
    "cholesky": 2,
    "eigenvalue": 1,
    "selection": 4,
}  # atoms whose first indices are places of a result


def _rebuilt(factors: Sequence[Factor], sizes: dict[int, int]) -> Poly:
    """The product with each simplifying factor built anew; dummies are free while that happens."""
    freed = {dummy: fresh_index(n) for dummy, n in sizes.items()}
    plain: list[Factor] = []
    parts: list[Poly] = []
    exponentials: list[tuple[int, Power, tuple[int, ...]]] = []
    for h, e, at in factors:
        at = tuple(freed.get(i, i) for i in at)
        head = HEADS[h]
        if head.kind == "exp":
            exponentials.append((h, e, at))
        elif head.kind in REBUILD and _must_rebuild(head, e, at):
            parts.append(REBUILD[head.kind](h, e, at))
        else:
            plain.append((h, e, at))
    result = _normal(plain, {})
    if exponentials:
        exponent = ZERO
        for h, e, at in exponentials:
            exponent = exponent + opened(HEADS[h].payload, at).scaled(Fraction(e))
        parts.append(EXPONENTIAL[0](exponent))
    for part in parts:
        result = result * part
    return result.summed(*freed.values()) if freed else result


EXPONENTIAL: list[Callable[[Poly], Poly]] = []  # exp of a polynomial; filled by atoms


# --- closing a polynomial into the name of an atom --------------------------------------------------


def closed(poly: Poly, roles: Sequence[int] = ()) -> tuple[int, tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """The polynomial as the name of an atom: (number, the free indices in slot order, symmetries).

    `roles` (a matrix's row and column) come first and in their order; the others are ordered canonically.
    """
    others = [i for i in poly.free() if i not in roles]
    best: Closed | None = None
    orders: list[tuple[int, ...]] = []
    for order in _orders(poly, others):
        full = (*roles, *order)
        names = {i: slot(k, described(i).size) for k, i in enumerate(full)}
        # The sizes belong to the name: a matrix of ones says nothing else of its size.
        key = poly.renamed(names).key(), tuple(described(i).size for i in full)
        if best is None or key < best:
            best, orders = key, [full]
        elif key == best:
            orders.append(full)
    assert best is not None
    first = orders[0]
    symmetries = tuple(tuple(first.index(i) for i in order) for order in orders)
    return CLOSED.number(best), first, symmetries


def opened(number: int, at: Sequence[int]) -> Poly:
    """The closed polynomial with this number at the given free indices."""
    poly = Poly(dict(CLOSED[number][0]))
    mapping = {}
    for i in poly.free():
        name = described(i).name
        if isinstance(name, tuple) and name[0] == "slot":
            mapping[i] = at[name[1]]
    return poly.renamed(mapping)


def _orders(poly: Poly, free: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """The orders of the free indices among which the canonical one is found."""
    if len(free) < 2:
        return [tuple(free)]
    signature: dict[int, tuple] = {}
    for i in free:
        seen = []
        for (factors, sizes), c in poly.terms.items():
            places = sorted((h, e, p) for h, e, at in factors for p, x in enumerate(at) if x == i)
            # Positions are compared up to the head's symmetry, so that S_ij and S_ji look alike.
            places = sorted((h, e, orbit(h, p)) for h, e, p in places)
            seen.append((tuple(places), len(factors), len(sizes), c))
        signature[i] = (described(i).size, described(i).position or 0, tuple(sorted(seen)))
    groups: dict[tuple, list[int]] = {}
    for i in free:
        groups.setdefault(signature[i], []).append(i)
    cells = [groups[s] for s in sorted(groups)]
    total = 1
    for cell in cells:
        for n in range(2, len(cell) + 1):
            total *= n
    if total > 720:
        raise BudgetError("an expression with too many interchangeable indices")
    return (
        tuple(itertools.chain.from_iterable(choice))
        for choice in itertools.product(*(itertools.permutations(cell) for cell in cells))
    )
