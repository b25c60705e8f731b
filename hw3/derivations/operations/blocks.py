"""Matrices made of matrices: blocks, columns stacked into one, Kronecker products.

    vec(A)_{i + m j} = A_ij,    (A ⊗ B)_{k + p i, l + q j} = A_ij B_kl,    counted from 0, for an A of m rows
    and a B of p x q entries

so that each is the array times the 0/1 tensor [I = i + m j]. A column counts as a matrix of one column, a
scalar as one of one entry.

Source: J. R. Magnus, H. Neudecker, Matrix Differential Calculus (2019), chapter 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import PRODUCT, Printer
from hw3.derivations.language.sizes import ONE, Shape, Size, shape_of, show_shape
from hw3.derivations.operations.convolution import fresh, read, spread, summed
from hw3.derivations.operations.matrices import _injection

NONE = Size.of(0)
T = TypeVar("T")


def as_matrix(shape: Shape, what: str) -> tuple[Size, Size]:
    """Rows and columns."""
    if len(shape) > 2:
        raise ShapeError(f"{what} of {show_shape(shape)}: it is made of matrices")
    rows, columns = (*shape, ONE, ONE)[:2]
    return rows, columns


def _paired(whole: int | None, low: int | None, high: int | None, radix: Size) -> Poly:
    """[whole = low + radix high], for axes that are there."""
    terms = [(whole, ONE), (low, -ONE), (high, -radix)]
    return P.affine([(i, c) for i, c in terms if i is not None], NONE)


class Vec(Operation):
    """vec(A), the columns of A one above the other: [i + m j] = A[i, j], counted from 0."""

    name = "vec"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        m, n = as_matrix(args[0].shape, "vec")
        return shape_of(m * n)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        rows, columns = as_matrix(node.args[0].shape, "vec")
        i, j = fresh(m, rows, columns)
        (whole,) = at or (None,)
        return summed(_paired(whole, i, j, rows) * read(m, node.args[0], (i, j)), i, j)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("vec"), p(node.args[0]))


class Kronecker(Operation):
    """The Kronecker product of A and B: [k + p i, l + q j] = A[i, j] B[k, l], counted from 0, for B of p x q."""

    name = "kron"
    tightness = PRODUCT - 1

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        (m, n), (p, q) = (as_matrix(a.shape, "a Kronecker product") for a in args)
        return shape_of(m * p, n * q)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        a, b = node.args
        (rows, columns), (p, q) = (as_matrix(x.shape, "a Kronecker product") for x in node.args)
        i, j = fresh(m, rows, columns)
        k, l = fresh(m, p, q)
        row, column = spread((rows * p, columns * q), at)
        placed = _paired(row, k, i, p) * _paired(column, l, j, q)
        return summed(placed * read(m, a, (i, j)) * read(m, b, (k, l)), i, j, k, l)

    def show(self, node: Expr, p: Printer) -> str:
        sign = r" \otimes " if p.latex else " ⊗ "
        return p(node.args[0], PRODUCT) + sign + p(node.args[1], PRODUCT)


def in_rows(items: Sequence[T], counts: Sequence[int]) -> list[tuple[T, ...]]:
    """The items by rows of so many."""
    found, start = [], 0
    for count in counts:
        found.append(tuple(items[start : start + count]))
        start += count
    return found


def _height(row: tuple[Expr, ...]) -> Size:
    return as_matrix(row[0].shape, "a block matrix")[0]


class Block(Operation):
    """A matrix made of rows of blocks; args the blocks row by row, data how many there are in each row."""

    name = "block"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if not args or sum(data) != len(args) or not all(data):
            raise ShapeError("a block matrix of nothing")
        rows = in_rows(args, data)
        widths = []
        for row in rows:
            sizes = [as_matrix(a.shape, "a block matrix") for a in row]
            for (height, _), a in zip(sizes, row, strict=True):
                if height is not sizes[0][0]:
                    raise ShapeError(
                        f"blocks of {show_shape(row[0].shape)} and {show_shape(a.shape)} side by side: "
                        "the blocks of a row have one height"
                    )
            widths.append(sum((w for _, w in sizes), NONE))
        for width in widths:
            if width is not widths[0]:
                raise ShapeError(f"rows of blocks that are {widths[0]} and {width} wide")
        return shape_of(sum((_height(row) for row in rows), NONE), widths[0])

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        rows = in_rows(node.args, node.data)
        heights = tuple(_height(row) for row in rows)
        widths = tuple(as_matrix(a.shape, "a block matrix")[1] for a in rows[0])
        i, j = spread((sum(heights, NONE), sum(widths, NONE)), at)
        total = P.ZERO
        for r, row in enumerate(rows):
            widths = tuple(as_matrix(a.shape, "a block matrix")[1] for a in row)
            for c, a in enumerate(row):
                # An axis of one entry has no index of its own in the block, but a place in the whole.
                own = fresh(m, heights[r], widths[c])
                poly = read(m, a, own)
                for whole, parts, which, inside in ((i, heights, r, own[0]), (j, widths, c, own[1])):
                    if whole is None:
                        continue
                    within = P.fresh_index(parts[which]) if inside is None else inside
                    poly = (placed(parts, which, whole, within) * poly).summed(within)
                total = total + poly
        return total

    def show(self, node: Expr, p: Printer) -> str:
        rows = in_rows(node.args, node.data)
        if p.latex:
            text = r" \\ ".join(" & ".join(p(a) for a in row) for row in rows)
            return rf"\begin{{bmatrix}} {text} \end{{bmatrix}}"
        return "[" + "; ".join(", ".join(p(a) for a in row) for row in rows) + "]"


def placed(parts: tuple[Size, ...], which: int, i: int, a: int) -> Poly:
    """[i = offset + a] for part `which` of an axis; the identity if there is but one part."""
    return P.delta(i, a, parts[0]) if len(parts) == 1 else _injection(parts, which, i, a)


VEC, KRON, BLOCK = Vec(), Kronecker(), Block()


def vec(a: Expr) -> Expr:
    """The columns of a matrix, one above the other."""
    return make(VEC, (a,))


def kron(a: Expr, b: Expr) -> Expr:
    """The Kronecker product."""
    return make(KRON, (a, b))


def block(rows: Sequence[Sequence[Expr]]) -> Expr:
    """The matrix made of these rows of blocks (matrices, columns, rows, scalars).

    >>> from hw3.derivations.operations import matrix
    >>> A, B = matrix("A", "m", "m"), matrix("B", "m", "n")
    >>> block([[A, B]]), block([[A, B]]).shape
    ([A, B], (m, m + n))
    """
    return make(BLOCK, tuple(a for row in rows for a in row), tuple(len(row) for row in rows))


def hstack(*blocks: Expr) -> Expr:
    """Matrices side by side."""
    return block([blocks])


def vstack(*blocks: Expr) -> Expr:
    """Matrices one above the other."""
    return block([(b,) for b in blocks])
