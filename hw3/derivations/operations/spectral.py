"""Functions of a matrix: e^A by its power series, and the square root of a positive definite S."""

from __future__ import annotations

from typing import Any

from hw3.derivations.calculus.differential import NoMeaning
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import TIGHT, Printer
from hw3.derivations.language.sizes import Shape, show_shape


def _square(what: str, shape: Shape) -> Shape:
    if len(shape) != 2 or shape[0] is not shape[1]:
        raise ShapeError(f"the {what} of {show_shape(shape)}: only square matrices have one")
    return shape


class MatrixExponential(Operation):
    """e^A = I + A + A^2 / 2! + ... of a square matrix."""

    name = "matrix_exponential"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return _square("exponential", args[0].shape)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        raise NoMeaning("the exponential of a matrix")

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("exp"), p(node.args[0]))


class MatrixRoot(Operation):
    """S^(1/2), the positive definite R with R R = S, for S positive definite."""

    name = "matrix_sqrt"
    tightness = TIGHT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return _square("square root", args[0].shape)

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("positive_definite", node.args[0]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        raise NoMeaning("the square root of a matrix")

    def show(self, node: Expr, p: Printer) -> str:
        return p.sup(p(node.args[0], TIGHT + 1), "1/2")


MATRIX_EXPONENTIAL, MATRIX_SQRT = MatrixExponential(), MatrixRoot()


def matrix_exponential(a: Expr) -> Expr:
    """e^A."""
    return make(MATRIX_EXPONENTIAL, (a,))


def matrix_sqrt(s: Expr) -> Expr:
    """S^(1/2) for S positive definite."""
    return make(MATRIX_SQRT, (s,))
