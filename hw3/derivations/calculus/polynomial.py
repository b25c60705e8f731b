"""Index polynomials: the normal form in which the kernel compares meanings.

A polynomial is a sum of monomials with rational coefficients. A monomial is a product of factors, each a
*head* (a symbol, a size, an inverse, f of something ...) at some indices to some power, with some of the
indices summed: sum_{a,b} S_ab x_a x_b has the factors S at (0, 1), x at (0,) and x at (1,).

Indices are integers: 0, 1, ... are summed (dummies, numbered by the canonical form), negative ones are free
and stand in a table. Heads and sizes are integers into tables too. The tables intern what they hold, so
equal things have equal numbers, and monomials compare as tuples of numbers.

Soundness rests on few facts: renaming summed indices injectively changes nothing; summing over an index
that a Kronecker delta ties to another is a substitution; a sum of 1 over an index is its size. Which of the
equal names is the canonical one only decides how often equal things are seen to be equal.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any, Generic, TypeVar

from hw3.derivations.language.sizes import Size

Power = int | Fraction
Factor = tuple[int, Power, tuple[int, ...]]  # head, power, indices
Monomial = tuple[tuple[Factor, ...], tuple[int, ...]]  # factors in order, sizes of the summed indices
T = TypeVar("T", bound=Hashable)


class BudgetError(RuntimeError):
    """An expansion grew past its budget: nothing is wrong, but nothing is known either."""


class Budget:
    """What one question may cost, in monomials, factors and seconds; `with Budget(...):` bounds what is inside."""

    def __init__(self, terms: int = 100_000, leaves: int = 2_000_000, seconds: float = 10.0) -> None:
        self.terms, self.leaves, self.deadline = terms, leaves, time.perf_counter() + seconds

    def spend(self, leaves: int) -> None:
        self.terms -= 1
        self.leaves -= leaves
        if self.terms < 0 or self.leaves < 0:
            raise BudgetError("the expansion has too many terms")
        if self.terms % 64 == 0 and time.perf_counter() > self.deadline:
            raise BudgetError("the expansion takes too long")

    def __enter__(self) -> Budget:
        _budgets.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _budgets.remove(self)


_budgets: list[Budget] = []


def spend(leaves: int) -> None:
    """Charges one step, with this many factors in it, to every budget that is open."""
    for budget in _budgets:
        budget.spend(leaves)


class Table(Generic[T]):
    """Interns values as consecutive numbers from 0."""

    def __init__(self) -> None:
        self.values: list[T] = []
        self._numbers: dict[T, int] = {}

    def __getitem__(self, number: int) -> T:
        return self.values[number]

    def number(self, value: T) -> int:
        n = self._numbers.get(value)
        if n is None:
            n = self._numbers[value] = len(self.values)
            self.values.append(value)
        return n


@dataclass(frozen=True)
class FreeIndex:
    """An index that is not summed: a name that is its own, the number of its size, its 0-based position
    if it is a literal one."""

    name: Any  # hashable
    size: int
    position: int | None = None


@dataclass(frozen=True)
class Head:
    """What a factor is a power of: its kind, what it is made of, the sizes of its indices, and the
    permutations of its indices that leave it as it is (the identity first)."""

    kind: str
    payload: Any  # hashable
    sizes: tuple[int, ...] = ()
    symmetries: tuple[tuple[int, ...], ...] = ()


SIZES: Table[Size] = Table()
HEADS: Table[Head] = Table()
Closed = tuple[tuple[tuple[Monomial, Fraction], ...], tuple[int, ...]]  # terms, sizes of the slots
CLOSED: Table[Closed] = Table()  # polynomials that atoms are named by
_FREE: Table[FreeIndex] = Table()
_fresh = itertools.count()


def free_index(name: Hashable, size: Size, position: int | None = None) -> int:
    return -1 - _FREE.number(FreeIndex(name, SIZES.number(size), position))


def fresh_index(size: Size | int) -> int:
    """A free index that nothing else has; `size` as a size or as its number."""
    number = size if isinstance(size, int) else SIZES.number(size)
    return -1 - _FREE.number(FreeIndex(("fresh", next(_fresh)), number))


def described(index: int) -> FreeIndex:
    return _FREE[-1 - index]


def head_number(kind: str, payload: Hashable, sizes: Sequence[int] = (), symmetries: tuple = ()) -> int:
    return HEADS.number(Head(kind, payload, tuple(sizes), symmetries or (tuple(range(len(sizes))),)))


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
    reduced = _contract(factors, sizes)
    if reduced is None:
        return ZERO
    merged: dict[tuple[int, tuple[int, ...]], Power] = {}
    for h, e, at in reduced:
        key = (h, _least(h, at))
        merged[key] = merged.get(key, 0) + e
    coefficient, kept, rebuild = Fraction(1), [], False
    exponentials = 0
    for (h, at), e in merged.items():
        head = HEADS[h]
        if isinstance(e, Fraction) and e.denominator == 1:
            e = int(e)
        if e == 0:
            continue
        if head.kind in ("delta", "block"):
            e = 1
        elif head.kind == "prime" and not 0 < e < 1:
            whole = floor(e)
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
    return Poly({_canonical(kept, sizes): coefficient})


def _least(h: int, at: tuple[int, ...]) -> tuple[int, ...]:
    symmetries = HEADS[h].symmetries
    if len(symmetries) == 1:
        return at
    return min(tuple(at[k] for k in p) for p in symmetries)


def _contract(factors: Sequence[Factor], sizes: dict[int, int]) -> list[Factor] | None:
    """Without the deltas and block injections that a substitution removes; None if the product is 0."""
    work = list(factors)
    settled: set[int] = set()  # free indices that are left in one delta alone
    k = 0
    while k < len(work):
        h, e, at = work[k]
        kind = HEADS[h].kind
        if kind not in ("delta", "block"):
            k += 1
            continue
        if e <= 0:
            raise ZeroDivisionError("a 0/1 tensor has no inverse entry by entry")
        work[k] = (h, 1, at)  # its entries are 0 and 1
        step = _delta_step(work, k, sizes, settled) if kind == "delta" else _block_step(work, k, sizes)
        if step is None:
            return None
        k = k + 1 if step is work else 0
        work = step
    return work


def _delta_step(work: list[Factor], k: int, sizes: dict[int, int], settled: set[int]) -> list[Factor] | None:
    """One substitution by the delta at k; the same list if there is none to make."""
    i, j = work[k][2]
    if i == j:
        return work[:k] + work[k + 1 :]
    if i >= 0 or j >= 0:
        gone, kept = (i, j) if i >= 0 else (j, i)
        sizes.pop(gone)
        return _replaced(work[:k] + work[k + 1 :], gone, kept)
    # Both free: a literal position is kept, else the older index (the larger number).
    kept, gone = sorted((i, j), key=lambda x: (described(x).position is not None, x), reverse=True)
    if described(gone).position is not None:
        return None  # two different positions
    if gone in settled:
        return work
    settled.add(gone)
    rest = _replaced(work, gone, kept)
    rest[k] = (work[k][0], 1, (gone, kept))
    return rest


def _block_step(work: list[Factor], k: int, sizes: dict[int, int]) -> list[Factor] | None:
    """One simplification by the injection [i = offset + a] at k: each a has one i, each i one block and a."""
    h, _, (i, a) = work[k]
    for other, (g, _, at) in enumerate(work):
        if other == k or HEADS[g].kind != "block":
            continue
        if at[0] == i and HEADS[g].payload[0] == HEADS[h].payload[0]:
            if g != h:
                return None
            return _with_delta(work, other, at[1], a, HEADS[h].sizes[1])
        if g == h and at[1] == a:
            return _with_delta(work, other, at[0], i, HEADS[h].sizes[0])
    if i >= 0 and sum(x == i for _, _, at in work for x in at) == 1:
        sizes.pop(i)
        return work[:k] + work[k + 1 :]
    return work


def _with_delta(work: list[Factor], k: int, i: int, j: int, size: int) -> list[Factor]:
    changed = list(work)
    changed[k] = (head_number("delta", size, (size, size), ((0, 1), (1, 0))), 1, (i, j))
    return changed


def _replaced(factors: Sequence[Factor], gone: int, kept: int) -> list[Factor]:
    return [(h, e, tuple(kept if x == gone else x for x in at)) for h, e, at in factors]


def _must_rebuild(head: Head, power: Power, at: tuple[int, ...]) -> bool:
    if head.kind == "exp" and power != 1:
        return True
    if head.kind == "base" and power >= 1:
        return True
    free_of_roles = at[ROLES.get(head.kind, 0) :]
    return len(set(free_of_roles)) < len(free_of_roles)


ROLES = {"inverse": 2, "cholesky": 2, "eigenvalue": 1}  # atoms whose first indices are places of a result


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


# --- canonical names for summed indices -------------------------------------------------------------


def _canonical(factors: Sequence[Factor], sizes: dict[int, int]) -> Monomial:
    """The factors with their dummies numbered canonically, connected part by connected part: (x^T y)^5 has
    five equal parts, and telling them apart by trial would cost 5! labelings."""
    if not sizes:
        return tuple(sorted(factors)), ()
    if len(sizes) == 1:
        return _numbered(factors, list(sizes), sizes)
    loose, parts = _parts(factors)
    if len(parts) == 1:
        return _canonical_part(factors, sizes)
    named = sorted(_canonical_part(part, _sizes_in(part, sizes)) for part in parts)
    moved = list(loose)
    all_sizes: list[int] = []
    for part, part_sizes in named:
        shift = len(all_sizes)
        moved.extend((h, e, _least(h, tuple(i + shift if i >= 0 else i for i in at))) for h, e, at in part)
        all_sizes.extend(part_sizes)
    return tuple(sorted(moved)), tuple(all_sizes)


def _sizes_in(factors: Sequence[Factor], sizes: Mapping[int, int]) -> dict[int, int]:
    return {i: sizes[i] for _, _, at in factors for i in at if i >= 0}


def _parts(factors: Sequence[Factor]) -> tuple[list[Factor], list[list[Factor]]]:
    """The factors without dummies, and the others in parts that share no dummy."""
    loose: list[Factor] = []
    parts: list[tuple[set[int], list[Factor]]] = []
    for f in factors:
        dummies = {i for i in f[2] if i >= 0}
        if not dummies:
            loose.append(f)
            continue
        joined = [p for p in parts if p[0] & dummies]
        parts = [p for p in parts if not p[0] & dummies]
        merged = (dummies.union(*(p[0] for p in joined)), [g for p in joined for g in p[1]] + [f])
        parts.append(merged)
    return loose, [part for _, part in parts]


def _canonical_part(factors: Sequence[Factor], sizes: dict[int, int]) -> Monomial:
    dummies = list(sizes)
    if len(dummies) == 1:
        return _numbered(factors, dummies, sizes)
    occurrences: dict[int, list[tuple[int, int]]] = {d: [] for d in dummies}
    for k, (_, _, at) in enumerate(factors):
        for position, i in enumerate(at):
            if i >= 0:
                occurrences[i].append((k, position))
    colours = _ranked({d: (sizes[d],) for d in dummies})
    return min(_labelings(factors, sizes, occurrences, colours, [0]))


def _numbered(factors: Sequence[Factor], order: Sequence[int], sizes: Mapping[int, int]) -> Monomial:
    name = {d: k for k, d in enumerate(order)}
    renamed = [(h, e, _least(h, tuple(name.get(i, i) for i in at))) for h, e, at in factors]
    return tuple(sorted(renamed)), tuple(sizes[d] for d in order)


def _ranked(colours: Mapping[int, tuple]) -> dict[int, int]:
    rank = {c: k for k, c in enumerate(sorted(set(colours.values())))}
    return {d: rank[c] for d, c in colours.items()}


def _refined(
    factors: Sequence[Factor], occurrences: Mapping[int, list[tuple[int, int]]], colours: dict[int, int]
) -> dict[int, int]:
    """The coarsest colouring that neighbours in the network cannot tell apart."""
    while True:
        signatures = []
        for h, e, at in factors:
            seen = tuple(colours[i] if i >= 0 else i for i in at)
            signatures.append((h, e, _least(h, seen), seen))
        new: dict[int, tuple] = {}
        for d, places in occurrences.items():
            around = sorted((*signatures[k][:3], _orbit(signatures[k][0], position)) for k, position in places)
            new[d] = (colours[d], tuple(around))
        ranked = _ranked(new)
        if len(set(ranked.values())) == len(set(colours.values())):
            return ranked
        colours = ranked


def _orbit(h: int, position: int) -> int:
    return min(p.index(position) for p in HEADS[h].symmetries)


def _labelings(
    factors: Sequence[Factor],
    sizes: Mapping[int, int],
    occurrences: Mapping[int, list[tuple[int, int]]],
    colours: dict[int, int],
    count: list[int],
) -> Iterator[Monomial]:
    colours = _refined(factors, occurrences, colours)
    cells: dict[int, list[int]] = {}
    for d, c in colours.items():
        cells.setdefault(c, []).append(d)
    tied = [cell for _, cell in sorted(cells.items()) if len(cell) > 1]
    if not tied:
        yield _numbered(factors, sorted(colours, key=colours.__getitem__), sizes)
        return
    for chosen in tied[0]:
        spend(len(factors))
        count[0] += 1
        if count[0] > 2000:
            raise BudgetError("a product with too many interchangeable summed indices")
        split = {d: 2 * c + (0 if d == chosen else 1) for d, c in colours.items()}
        yield from _labelings(factors, sizes, occurrences, split, count)


# --- closing a polynomial into the name of an atom --------------------------------------------------


def slot(k: int, size: int) -> int:
    """The k-th formal index of a closed polynomial."""
    return -1 - _FREE.number(FreeIndex(("slot", k), size))


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
            places = sorted((h, e, _orbit(h, p)) for h, e, p in places)
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
