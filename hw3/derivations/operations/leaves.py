"""Leaves: numbers, symbols, sizes as scalars, the identity, ones, zeros, indices."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.meaning import Meaning, symbol_head
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Fresh, Operation, ShapeError, make
from hw3.derivations.language.printing import ATOM, PRODUCT, SUM, Printer
from hw3.derivations.language.sizes import Shape, Size, axes, shape_of, show_shape

_GLYPHS = {"1/2": "½", "1/4": "¼", "3/4": "¾"}
ASSUMPTIONS = {
    "positive": "every entry is > 0",
    "symmetric": "equal to its transpose",
    "positive_definite": "symmetric, and x' A x > 0 for every x other than 0",
    "invertible": "square, with an inverse",
    "nonzero": "a scalar other than 0",
    "fraction": "every entry is > 0 and < 1",
    "binary": "every entry is 0 or 1",
    "sign": "every entry is -1 or 1",
    "lower_triangular": "every entry above the diagonal is 0",
    "upper_triangular": "every entry below the diagonal is 0",
    "diagonal": "every entry off the diagonal is 0",
    "positive_diagonal": "every entry on the diagonal is > 0",
}

_OF_SQUARES = {"symmetric", "positive_definite", "invertible", "lower_triangular", "upper_triangular", "diagonal",
               "positive_diagonal"}  # fmt: skip


class Number(Operation):
    """A rational number; data is a Fraction."""

    name = "number"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return P.rational(node.data)

    def tightness(self, node: Expr, p: Printer) -> int:
        glyph = node.data.denominator == 1 or p.latex or str(node.data) in _GLYPHS
        return ATOM if node.data >= 0 and glyph else PRODUCT - 1

    def show(self, node: Expr, p: Printer) -> str:
        value: Fraction = node.data
        if value.denominator == 1:
            return str(value.numerator)
        if not p.latex:
            return _GLYPHS.get(str(value), str(value))
        sign = "-" if value < 0 else ""
        return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


class Symbol(Operation):
    """A variable: data is (name, shape, assumptions); the name a str, or Fresh for a bound one."""

    name = "symbol"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return data[1]

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return P.factor(symbol_head(node), at)

    def show(self, node: Expr, p: Printer) -> str:
        return p.name(node.data[0])


class SizeScalar(Operation):
    """A size as a number, such as the k of -k/2; data is the Size."""

    name = "size"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return P.size_poly(node.data)

    def tightness(self, node: Expr, p: Printer) -> int:
        text = str(node.data)
        if len(node.data.terms) > 1 or text.startswith("-"):
            return SUM
        return ATOM if text.isdigit() or text in node.data.names else PRODUCT

    def show(self, node: Expr, p: Printer) -> str:
        return str(node.data)


class Constant(Operation):
    """pi; data is its name."""

    name = "constant"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return atoms.pi()

    def show(self, node: Expr, p: Printer) -> str:
        return r"\pi" if p.latex else "π"


class Identity(Operation):
    """The identity matrix; data is its size."""

    name = "identity"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return shape_of(data, data)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return P.delta(at[0], at[1], node.data) if at else P.UNITY

    def show(self, node: Expr, p: Printer) -> str:
        return p.sub("I", str(node.data))


class Filled(Operation):
    """Ones or zeros of any shape; data is (0 or 1, shape)."""

    name = "filled"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return data[1]

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return P.UNITY if node.data[0] else P.ZERO

    def show(self, node: Expr, p: Printer) -> str:
        digit = rf"\mathbf{{{node.data[0]}}}" if p.latex else ("𝟏" if node.data[0] else "𝟎")
        if node.data[0] == 0 or len(node.shape) > 2:
            return digit  # beside an array of any rank, its shape is that array's
        return p.sub(digit, (r" \times " if p.latex else "×").join(map(str, axes(node.shape))))


class Index(Operation):
    """An index that ranges over a size: data is (name, size)."""

    name = "index"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def index_size(self, node: Expr) -> Size:
        return node.data[1]

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        raise ValueError("an index is not a number")

    def show(self, node: Expr, p: Printer) -> str:
        return p.name(node.data[0])


class Position(Operation):
    """A literal index: data is (0-based position, size); printed from 1."""

    name = "position"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def index_size(self, node: Expr) -> Size:
        return node.data[1]

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        raise ValueError("a position is not a number")

    def show(self, node: Expr, p: Printer) -> str:
        return str(node.data[0] + 1)


class Abbreviation(Operation):
    """A name for an expression: written as the name, it means the expression; data is the name."""

    name = "abbreviation"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return args[0].shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return m(node.args[0], at)

    def show(self, node: Expr, p: Printer) -> str:
        return p.name(node.data[0])


NUMBER, SYMBOL, SIZE, CONSTANT = Number(), Symbol(), SizeScalar(), Constant()
IDENTITY, FILLED, INDEX, POSITION, ABBREVIATION = Identity(), Filled(), Index(), Position(), Abbreviation()


def number(value: int | Fraction | str) -> Expr:
    """A rational number.

    >>> number("3/8")
    3/8
    """
    return make(NUMBER, (), Fraction(value))


def symbol(name: str | Fresh, shape: Shape = (), *assumptions: str) -> Expr:
    """A variable of a shape, with assumptions from `ASSUMPTIONS`."""
    unknown = set(assumptions) - set(ASSUMPTIONS)
    if unknown:
        raise ValueError(f"unknown assumption {sorted(unknown)[0]!r}: choose from {', '.join(ASSUMPTIONS)}")
    shape = shape_of(*shape) if len(shape) <= 2 else tuple(map(Size.of, shape))
    _require_positive(*shape)
    if shape and "nonzero" in assumptions:
        raise ShapeError(f"{name} is {show_shape(shape)}: only scalars are assumed to be nonzero")
    square = len(shape) == 2 and shape[0] is shape[1]
    if not square and (needs := _OF_SQUARES & set(assumptions)):
        raise ShapeError(f"{name} is {show_shape(shape)}: only square matrices are {sorted(needs)[0]}")
    return make(SYMBOL, (), (name, shape, tuple(sorted(set(assumptions)))))


def _require_positive(*sizes: Size) -> None:
    """Raises ShapeError for an axis without entries."""
    for n in sizes:
        if n.is_literal and n.literal < 1:
            raise ShapeError(f"an axis of {n} entries: there must be at least one")


def scalar(name: str, *assumptions: str) -> Expr:
    return symbol(name, (), *assumptions)


def vector(name: str, n: Size | int | str, *assumptions: str) -> Expr:
    """A column of n entries."""
    return symbol(name, shape_of(n), *assumptions)


def matrix(name: str, m: Size | int | str, n: Size | int | str, *assumptions: str) -> Expr:
    """An m x n matrix."""
    return symbol(name, shape_of(m, n), *assumptions)


def size(value: Size | str) -> Expr:
    """A size as a scalar."""
    return make(SIZE, (), Size.of(value))


def identity(n: Size | int | str) -> Expr:
    _require_positive(Size.of(n))
    return make(IDENTITY, (), Size.of(n))


def ones(*sizes: Size | int | str) -> Expr:
    _require_positive(*shape_of(*sizes))
    return make(FILLED, (), (1, shape_of(*sizes)))


def zeros(*sizes: Size | int | str) -> Expr:
    _require_positive(*shape_of(*sizes))
    return make(FILLED, (), (0, shape_of(*sizes)))


def index(name: str | Fresh, n: Size | int | str) -> Expr:
    """An index from 1 to n."""
    _require_positive(Size.of(n))
    return make(INDEX, (), (name, Size.of(n)))


def position(k: int, n: Size | int | str) -> Expr:
    """The k-th index (from 0) of n.

    Raises:
        ShapeError: k is not below a literal n.
    """
    size = Size.of(n)
    if k < 0 or (size.is_literal and k >= size.literal):
        raise ShapeError(f"the index {k + 1} of an axis from 1 to {size}")
    return make(POSITION, (), (k, size))


def abbreviation(name: str, value: Expr) -> Expr:
    """`value` under a name: the name is printed, the value is meant."""
    return make(ABBREVIATION, (value,), (name,))


PI = make(CONSTANT, (), "pi")
HALF = number("1/2")
