"""Sizes: integer polynomials in named dimensions, such as n, n - k + 1 or m n.

A size is what a dimension of a shape is made of. Two sizes are equal exactly when they are equal as
polynomials, so `n + k - k` is `n`, and `n` is never `m`: a statement about symbolic sizes is a statement
about all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

Powers = tuple[tuple[str, int], ...]  # n^2 m as (("m", 1), ("n", 2))


class Size:
    """An integer polynomial in dimension names, interned: equal sizes are the same object.

    >>> n, k = Size.symbol("n"), Size.symbol("k")
    >>> n - k + 1 + k == n + 1
    True
    >>> str(2 * n * k - 1)
    '2kn - 1'
    """

    __slots__ = ("__weakref__", "terms")
    terms: tuple[tuple[Powers, int], ...]
    _known: ClassVar[dict[tuple[tuple[Powers, int], ...], Size]] = {}

    def __new__(cls, terms: Mapping[Powers, int]) -> Size:
        key = tuple(sorted((p, c) for p, c in terms.items() if c))
        found = cls._known.get(key)
        if found is None:
            found = super().__new__(cls)
            found.terms = key
            cls._known[key] = found
        return found

    def __reduce__(self) -> tuple[type[Size], tuple[dict[Powers, int]]]:
        return Size, (dict(self.terms),)

    @classmethod
    def symbol(cls, name: str) -> Size:
        return cls({((name, 1),): 1})

    @classmethod
    def of(cls, value: Size | int | str) -> Size:
        """The size that an int (a literal), a str (a name) or a size stands for."""
        if isinstance(value, Size):
            return value
        if isinstance(value, str):
            return cls.symbol(value)
        if type(value) is not int:
            raise TypeError(f"a size is a whole number or a name, not {value!r}")
        return cls({(): value})

    @property
    def is_surely_positive(self) -> bool:
        """Whether it is at least 1 for all values at least 1 of its names (sufficient)."""
        return bool(self.terms) and all(c > 0 for _, c in self.terms)

    @property
    def is_literal(self) -> bool:
        return not self.terms or (len(self.terms) == 1 and self.terms[0][0] == ())

    @property
    def literal(self) -> int:
        """The value of a literal size.

        Raises:
            ValueError: the size has a name in it.
        """
        if not self.is_literal:
            raise ValueError(f"the size {self} is symbolic and has no value of its own")
        return self.terms[0][1] if self.terms else 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for powers, _ in self.terms for name, _ in powers}))

    def value(self, sizes: Mapping[str, int]) -> int:
        """The size at given values of its names."""
        total = 0
        for powers, coefficient in self.terms:
            for name, power in powers:
                coefficient *= sizes[name] ** power
            total += coefficient
        return total

    def __add__(self, other: Size | int) -> Size:
        terms = dict(self.terms)
        for powers, coefficient in Size.of(other).terms:
            terms[powers] = terms.get(powers, 0) + coefficient
        return Size(terms)

    __radd__ = __add__

    def __neg__(self) -> Size:
        return Size({powers: -c for powers, c in self.terms})

    def __sub__(self, other: Size | int) -> Size:
        return self + -Size.of(other)

    def __rsub__(self, other: Size | int) -> Size:
        return Size.of(other) - self

    def __mul__(self, other: Size | int) -> Size:
        terms: dict[Powers, int] = {}
        for p, c in self.terms:
            for q, d in Size.of(other).terms:
                merged = dict(p)
                for name, power in q:
                    merged[name] = merged.get(name, 0) + power
                key = tuple(sorted(merged.items()))
                terms[key] = terms.get(key, 0) + c * d
        return Size(terms)

    __rmul__ = __mul__

    def _ordered(self) -> Iterator[tuple[Powers, int]]:
        # Highest degree first, constants last: n - k + 1 rather than 1 - k + n; positive before negative.
        return iter(sorted(self.terms, key=lambda t: (-sum(p for _, p in t[0]), t[1] < 0, t[0])))

    def __str__(self) -> str:
        text = ""
        for powers, c in self._ordered():
            body = "".join(name if p == 1 else f"{name}^{p}" for name, p in powers)
            digits = "" if abs(c) == 1 and body else str(abs(c))
            sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
            text += sign + digits + body
        return text or "0"

    __repr__ = __str__


ONE = Size.of(1)
Shape = tuple[Size, ...]  # () a scalar, (n,) a column, (1, n) a row, (m, n) a matrix, further axes for tensors


def shape_of(*sizes: Size | int | str) -> Shape:
    """The shape with the given sizes, where a literal 1 makes no axis of its own at the end.

    >>> shape_of("n", 1), shape_of(1, "n"), shape_of(1, 1)
    ((n,), (1, n), ())
    """
    shape = tuple(Size.of(s) for s in sizes)
    if shape and all(s is ONE for s in shape):
        return ()
    if len(shape) == 2 and shape[1] is ONE:
        return shape[:1]
    return shape


def axes(shape: Shape) -> Shape:
    """The sizes that carry an index: all but literal ones."""
    return tuple(s for s in shape if s is not ONE)


def show_shape(shape: Shape) -> str:
    """A shape in words: "scalar", "n", "1 x n", "m x n"."""
    return " x ".join(map(str, shape)) if shape else "scalar"
