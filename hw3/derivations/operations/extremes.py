"""Greater and less: max(a, b) and min(a, b) entry by entry, and the greatest entry of a vector."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus.differential import NoMeaning
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import Printer
from hw3.derivations.language.sizes import Shape, axes, show_shape
from hw3.derivations.operations.arithmetic import add, negative


class Extremum(Operation):
    """max(a, b) or min(a, b), entry by entry: (a + b +- |a - b|) / 2; data is "max" or "min"."""

    name = "extremum"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        a, b = args
        if a.shape != b.shape:
            raise ShapeError(f"the {data} of {show_shape(a.shape)} and {show_shape(b.shape)}: both must have one shape")
        return a.shape

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("nonzero", add(node.args[0], negative(node.args[1]))),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        a, b = (m(x, at) for x in node.args)
        apart = atoms.power((a - b) * (a - b), Fraction(1, 2))
        return (a + b + (apart if node.data == "max" else -apart)).scaled(Fraction(1, 2))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word(node.data), *(p(a) for a in node.args))


class Maximum(Operation):
    """The greatest entry of an array, or the least; data is "max" or "min"."""

    name = "maximum_of"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        if not axes(node.args[0].shape):
            return m(node.args[0])
        raise NoMeaning(f"the {data_word(node)} entry of an array")

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word(node.data), p(node.args[0]))


def data_word(node: Expr) -> str:
    return "greatest" if node.data == "max" else "least"


EXTREMUM, MAXIMUM = Extremum(), Maximum()


def max2(a: Expr, b: Expr) -> Expr:
    """The greater of two, entry by entry."""
    return make(EXTREMUM, (a, b), "max")


def min2(a: Expr, b: Expr) -> Expr:
    """The less of two, entry by entry."""
    return make(EXTREMUM, (a, b), "min")


def maximum_of(v: Expr) -> Expr:
    """The greatest entry."""
    return make(MAXIMUM, (v,), "max")


def minimum_of(v: Expr) -> Expr:
    """The least entry."""
    return make(MAXIMUM, (v,), "min")
