"""The tables of the calculus: what indices and heads are, as numbers; and what one question may cost.

The tables intern what they hold, so equal things have equal numbers, and monomials compare as tuples of
numbers. Indices are integers: 0, 1, ... are summed, negative ones are free and stand in a table here.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
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
        self.terms, self.leaves, self.deadline = terms, leaves, time.thread_time() + seconds

    def spend(self, leaves: int) -> None:
        self.terms -= 1
        self.leaves -= leaves
        late = (leaves > 64 or self.terms % 64 == 0) and time.thread_time() > self.deadline
        if self.terms < 0 or self.leaves < 0 or late:
            raise BudgetError("the expansion is too long")

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


def slot(k: int, size: int) -> int:
    """The k-th formal index of a closed polynomial."""
    return -1 - _FREE.number(FreeIndex(("slot", k), size))


def described(index: int) -> FreeIndex:
    return _FREE[-1 - index]


def head_number(kind: str, payload: Hashable, sizes: Sequence[int] = (), symmetries: tuple = ()) -> int:
    return HEADS.number(Head(kind, payload, tuple(sizes), symmetries or (tuple(range(len(sizes))),)))
