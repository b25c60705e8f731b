"""Matrices: transpose, inverse, trace, determinants, diagonals, blocks, norms, factors."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import TIGHT, Printer
from hw3.derivations.language.sizes import ONE, Shape, Size, axes, shape_of, show_shape


def _square(what: str, shape: Shape) -> Size:
    if len(shape) != 2 or shape[0] is not shape[1]:
        raise ShapeError(f"the {what} of {show_shape(shape)}: only square matrices have one")
    return shape[0]


def _is_definite(a: Expr, m: Meaning) -> bool:
    """Whether a matrix is positive definite by declaration alone."""
    from hw3.derivations.calculus.conditions import Conditions

    return Conditions(m, set()).holds("positive_definite", a)


class Transpose(Operation):
    """A^T; of a column the row, of a scalar itself."""

    name = "transpose"
    tightness = TIGHT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        shape = args[0].shape
        if len(shape) > 2:
            raise ShapeError(f"the transpose of {show_shape(shape)}: only matrices and vectors have one")
        return shape_of(*reversed((*shape, ONE)[:2])) if shape else ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return m(node.args[0], at[::-1])

    def show(self, node: Expr, p: Printer) -> str:
        inner, sign = node.args[0], ""
        if inner.operation is INVERSE:
            inner, sign = inner.args[0], "-"
        return p.sup(p(inner, TIGHT + 1), sign + (r"\top" if p.latex else "T"))


class Inverse(Operation):
    """A^-1."""

    name = "inverse"
    tightness = TIGHT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _square("inverse", args[0].shape)
        return args[0].shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("invertible", node.args[0]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly, (row, col) = m.generic(node.args[0])
        return atoms.inverse(poly, row, col, *at)

    def show(self, node: Expr, p: Printer) -> str:
        return p.sup(p(node.args[0], TIGHT + 1), "-1")


class Trace(Operation):
    """tr A, the sum of the diagonal."""

    name = "trace"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if args[0].shape:
            _square("trace", args[0].shape)
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        if not node.args[0].shape:
            return m(node.args[0])
        i = m.fresh(node.args[0].shape[0])
        return m(node.args[0], (i, i)).summed(i)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("tr"), p(node.args[0]))


class Determinant(Operation):
    """det A."""

    name = "det"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _square("determinant", args[0].shape)
        return ()

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("invertible", node.args[0]),)  # d det M = det(M) tr(M^-1 dM)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly, (row, col) = m.generic(node.args[0])
        return atoms.det(poly, row, col, _is_definite(node.args[0], m))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("det"), p(node.args[0]))


class LogDeterminant(Operation):
    """log |A|, the logarithm of the absolute value of the determinant."""

    name = "logdet"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _square("determinant", args[0].shape)
        return ()

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("invertible", node.args[0]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly, (row, col) = m.generic(node.args[0])
        return atoms.logdet(poly, row, col)

    def show(self, node: Expr, p: Printer) -> str:
        inner = p(node.args[0])
        return rf"\log \left|{inner}\right|" if p.latex else f"log |{inner}|"


class Diag(Operation):
    """diag(v), the square matrix with v on its diagonal."""

    name = "diag"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if len(args[0].shape) != 1:
            raise ShapeError(f"diag of {show_shape(args[0].shape)}: diag takes a column to a matrix")
        return args[0].shape * 2

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return m(node.args[0], at[:1]) * P.delta(at[0], at[1], node.shape[0])

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("diag"), p(node.args[0]))


class Diagonal(Operation):
    """The diagonal of a square matrix, as a column."""

    name = "diagonal"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return (_square("diagonal", args[0].shape),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return m(node.args[0], at * 2)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("diag"), p(node.args[0]))


class Norm(Operation):
    """||a||, the square root of the sum of squares: of a vector, or of a matrix (Frobenius)."""

    name = "norm"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return ()

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("positive", node),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly, own = m.generic(node.args[0])
        return atoms.power((poly * poly).summed(*own), Fraction(1, 2))

    def show(self, node: Expr, p: Printer) -> str:
        inner = p(node.args[0])
        text = rf"\left\lVert {inner} \right\rVert" if p.latex else f"‖{inner}‖"
        return p.sub(text, "F") if len(axes(node.args[0].shape)) > 1 else text


def _injection(sizes: tuple[Size, ...], which: int, i: int, a: int) -> Poly:
    """The 0/1 tensor [i = offset + a] that puts block `which` of a partition into the whole."""
    parts = tuple(P.SIZES.number(n) for n in sizes)
    whole = P.SIZES.number(sum(sizes[1:], sizes[0]))
    head = P.head_number("block", (parts, which), (whole, parts[which]))
    return P.factor(head, (i, a))


class Stack(Operation):
    """Columns one above the other."""

    name = "stack"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        for arg in args:
            if len(arg.shape) != 1:
                raise ShapeError(f"a stack with {show_shape(arg.shape)} in it: only columns are stacked")
        if not args:
            raise ShapeError("a stack of nothing")
        return shape_of(sum((a.shape[0] for a in args[1:]), args[0].shape[0]))

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        total = P.ZERO
        sizes = tuple(a.shape[0] for a in node.args)
        for which, arg in enumerate(node.args):
            poly, (a,) = m.generic(arg)
            total = total + (_injection(sizes, which, at[0], a) * poly).summed(a)
        return total

    def show(self, node: Expr, p: Printer) -> str:
        if p.latex:
            return r"\begin{bmatrix} " + r" \\ ".join(p(a) for a in node.args) + r" \end{bmatrix}"
        return "[" + "; ".join(p(a) for a in node.args) + "]"


class BlockDiag(Operation):
    """Square matrices along the diagonal of a matrix that is 0 elsewhere."""

    name = "blockdiag"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if not args:
            raise ShapeError("a block diagonal matrix of nothing")
        n = [_square("place on a diagonal", a.shape) for a in args]
        whole = sum(n[1:], n[0])
        return shape_of(whole, whole)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        total = P.ZERO
        sizes = tuple(a.shape[0] for a in node.args)
        for which, arg in enumerate(node.args):
            poly, (a, b) = m.generic(arg)
            inside = _injection(sizes, which, at[0], a) * poly * _injection(sizes, which, at[1], b)
            total = total + inside.summed(a, b)
        return total

    def show(self, node: Expr, p: Printer) -> str:
        if not p.latex:
            return p.call("blockdiag", *(p(a) for a in node.args))
        n = len(node.args)
        rows = (" & ".join(p(a) if j == i else "0" for j in range(n)) for i, a in enumerate(node.args))
        return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


class Cholesky(Operation):
    """chol(S): the lower triangular L with a positive diagonal and L L^T = S, for S positive definite."""

    name = "cholesky"
    word: ClassVar[str] = "chol"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _square("Cholesky factor", args[0].shape)
        return args[0].shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("positive_definite", node.args[0]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly, (row, col) = m.generic(node.args[0])
        return atoms.cholesky(poly, row, col, *at)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("chol"), p(node.args[0]))


class Eigenvalues(Operation):
    """lambda(S): the eigenvalues of a symmetric matrix in ascending order, as a column."""

    name = "eigenvalues"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return (_square("spectrum", args[0].shape),)

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("symmetric", node.args[0]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly, (row, col) = m.generic(node.args[0])
        return atoms.eigenvalue(poly, row, col, at[0], _is_definite(node.args[0], m))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(r"\lambda" if p.latex else "λ", p(node.args[0]))


TRANSPOSE, INVERSE, TRACE, DET, LOGDET = Transpose(), Inverse(), Trace(), Determinant(), LogDeterminant()
DIAG, DIAGONAL, NORM, STACK, BLOCKDIAG = Diag(), Diagonal(), Norm(), Stack(), BlockDiag()
CHOLESKY, EIGENVALUES = Cholesky(), Eigenvalues()


def transpose(a: Expr) -> Expr:
    return make(TRANSPOSE, (a,))


def inverse(a: Expr) -> Expr:
    return make(INVERSE, (a,))


def trace(a: Expr) -> Expr:
    return make(TRACE, (a,))


def det(a: Expr) -> Expr:
    return make(DET, (a,))


def logdet(a: Expr) -> Expr:
    return make(LOGDET, (a,))


def diag(v: Expr) -> Expr:
    return make(DIAG, (v,))


def diagonal(a: Expr) -> Expr:
    return make(DIAGONAL, (a,))


def norm(a: Expr) -> Expr:
    return make(NORM, (a,))


def stack(*columns: Expr) -> Expr:
    return make(STACK, columns)


def blockdiag(*blocks: Expr) -> Expr:
    return make(BLOCKDIAG, blocks)


def cholesky(s: Expr) -> Expr:
    return make(CHOLESKY, (s,))


def eigenvalues(s: Expr) -> Expr:
    return make(EIGENVALUES, (s,))
