"""Sums, products, quotients and powers, elementwise products among them."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import ATOM, PRODUCT, SUM, TIGHT, Printer
from hw3.derivations.language.sizes import ONE, Shape, shape_of, show_shape
from hw3.derivations.operations.leaves import NUMBER, number


class Add(Operation):
    """a + b + ..., all of one shape."""

    name = "add"
    tightness = SUM

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        for other in args[1:]:
            if other.shape != args[0].shape:
                raise ShapeError(
                    f"a sum of {show_shape(args[0].shape)} and {show_shape(other.shape)}: its terms must have one shape"
                )
        return args[0].shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        total = P.ZERO
        for arg in node.args:
            total = total + m(arg, at)
        return total

    def show(self, node: Expr, p: Printer) -> str:
        text = p(node.args[0], SUM)
        for arg in node.args[1:]:
            if arg.operation is NEGATIVE:
                text += " - " + p(arg.args[0], SUM + 1)
            elif arg.operation is NUMBER and arg.data < 0:
                text += " - " + p(number(-arg.data))
            else:
                text += " + " + p(arg, SUM + 1 if arg.operation is ADD else SUM)
        return text


class Negative(Operation):
    """-a."""

    name = "negative"
    tightness = SUM

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return args[0].shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return -m(node.args[0], at)

    def show(self, node: Expr, p: Printer) -> str:
        return "-" + p(node.args[0], SUM + 1)


def _product_shape(left: Shape, right: Shape) -> Shape:
    if not left or not right:
        return left or right
    if len(left) > 2 or len(right) > 2:
        raise ShapeError(f"no matrix product of {show_shape(left)} and {show_shape(right)}")
    (m, n), (p, q) = (*left, ONE)[:2], (*right, ONE)[:2]
    if n is not p:
        raise ShapeError(f"no product of {show_shape(left)} and {show_shape(right)}: {n} columns meet {p} rows")
    return shape_of(m, q)


class Product(Operation):
    """a b ...: scalars multiply, matrices are multiplied from the left; x^T y is a scalar, x y^T a matrix."""

    name = "product"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        shape = args[0].shape
        for other in args[1:]:
            shape = _product_shape(shape, other.shape)
        return shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        done = P.UNITY
        shape: Shape = ()
        rows: list[int] = []  # the free indices of `done`: its row, its column, as far as it has them
        for arg in node.args:
            poly, own = m.generic(arg)
            if not shape or not arg.shape:
                done, rows = done * poly, rows or list(own)
            else:
                column = len(shape) == 2  # a column has no column index to sum over: x y^T
                joined = column and shape[1] is not ONE
                if joined:
                    poly = poly.renamed({own[0]: rows[-1]})
                    done = (done * poly).summed(rows[-1])
                    rows = rows[:-1] + list(own[1:])
                else:
                    done, rows = done * poly, rows + list(own)
            shape = _product_shape(shape, arg.shape)
        return done.renamed(dict(zip(rows, at, strict=True)))

    def show(self, node: Expr, p: Printer) -> str:
        shown = []
        for k, arg in enumerate(node.args):
            # A sum sign or an expectation takes all that follows it, so it may stand bare at the end only.
            last = k == len(node.args) - 1
            shown.append(p(arg, PRODUCT if k == 0 else PRODUCT + 1) if p.tightness(arg) != 15 or not last else p(arg))
        text = shown[0]
        for left, right in itertools.pairwise(shown):
            text += (
                (r" \cdot " if p.latex else " · ") + right if left[-1].isdigit() and right[0].isdigit() else " " + right
            )
        return text


class Hadamard(Operation):
    """a o b: the elementwise product of two of one shape."""

    name = "hadamard"
    tightness = PRODUCT - 1

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        for other in args[1:]:
            if other.shape != args[0].shape:
                raise ShapeError(
                    f"an elementwise product of {show_shape(args[0].shape)} and {show_shape(other.shape)}: "
                    "both must have one shape"
                )
        return args[0].shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        total = P.UNITY
        for arg in node.args:
            total = total * m(arg, at)
        return total

    def show(self, node: Expr, p: Printer) -> str:
        return (r" \odot " if p.latex else " ⊙ ").join(p(a, PRODUCT) for a in node.args)


class Quotient(Operation):
    """a / s for a scalar s."""

    name = "quotient"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if args[1].shape:
            raise ShapeError(f"a division by {show_shape(args[1].shape)}: only scalars divide")
        return args[0].shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("nonzero", node.args[1]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return m(node.args[0], at) * atoms.power(m(node.args[1]), Fraction(-1))

    def tightness(self, node: Expr, p: Printer) -> int:
        return ATOM if p.latex else PRODUCT

    def show(self, node: Expr, p: Printer) -> str:
        if p.latex:
            return rf"\frac{{{p(node.args[0])}}}{{{p(node.args[1])}}}"
        return f"{p(node.args[0], PRODUCT)}/{p(node.args[1], PRODUCT + 1)}"


class Power(Operation):
    """s^q for a scalar s and a rational q; A^q for a square matrix and a natural q; data is q."""

    name = "power"
    tightness = TIGHT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        shape = args[0].shape
        if not shape:
            return ()
        if len(shape) != 2 or shape[0] is not shape[1]:
            raise ShapeError(f"a power of {show_shape(shape)}: only scalars and square matrices have powers")
        if data.denominator != 1 or data < 0:
            raise ShapeError(f"the power {data} of a matrix: only 0, 1, 2, ... are known; A^-1 is an inverse")
        return shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        if node.data.denominator == 1:
            return (("nonzero", node.args[0]),) if node.data < 0 else ()
        return (("positive" if node.data < 0 else "nonnegative", node.args[0]),)

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("positive", node.args[0]),) if node.data.denominator != 1 else ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        base = node.args[0]
        if not base.shape:
            return atoms.power(m(base), node.data)
        result = P.delta(at[0], at[1], base.shape[0])
        for _ in range(int(node.data)):
            k, j = m.fresh(base.shape[0]), at[1]
            result = (result.renamed({j: k}) * m(base, (k, j))).summed(k)
        return result

    def show(self, node: Expr, p: Printer) -> str:
        if node.data == Fraction(1, 2):
            return rf"\sqrt{{{p(node.args[0])}}}" if p.latex else f"√{p(node.args[0], ATOM)}"
        exponent = str(node.data) if not p.latex else p(number(node.data))
        base = p(node.args[0], TIGHT + 1)
        if node.args[0].operation.name == "entry" and len(node.args[0].args) > 2:
            base = p.parenthesised(base)  # A_{ij}^2 could be an entry of A^2
        return p.sup(base, exponent)


ADD, NEGATIVE, PRODUCT_, HADAMARD = Add(), Negative(), Product(), Hadamard()
QUOTIENT, POWER = Quotient(), Power()


def _some(what: str, parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
    if not parts:
        raise ShapeError(f"a {what} of nothing")
    return parts


def add(*terms: Expr) -> Expr:
    return make(ADD, _some("sum", terms))


def negative(a: Expr) -> Expr:
    return make(NEGATIVE, (a,))


def product(*factors: Expr) -> Expr:
    """a b c ... as written; Python's `a * b * c` and `a @ b @ c` are flattened, so they print alike."""
    flat: list[Expr] = []
    for k, f in enumerate(factors):
        flat.extend(f.args if k == 0 and f.operation is PRODUCT_ else (f,))
    return make(PRODUCT_, _some("product", tuple(flat)))


def hadamard(*factors: Expr) -> Expr:
    return make(HADAMARD, _some("product", factors))


def quotient(a: Expr, b: Expr) -> Expr:
    return make(QUOTIENT, (a, b))


def power(base: Expr, exponent: int | Fraction | str) -> Expr:
    return make(POWER, (base,), Fraction(exponent))


def square(a: Expr) -> Expr:
    return power(a, 2)


def sqrt(a: Expr) -> Expr:
    return power(a, Fraction(1, 2))


def flattened_add(a: Expr, b: Expr) -> Expr:
    """a + b, where a sum on the left is continued: what Python's operators mean."""
    return make(ADD, (*a.args, b) if a.operation is ADD else (a, b))
