"""Arrays of any rank: fully connected layers, broadcasting, sums over axes, softmax.

A fully connected layer sums over all axes of the features, so that no array has to be reshaped:

    (W h)[b, o] = sum_f W[o, f] h[b, f],     f = (channel, row, column), say
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import PRODUCT, TIGHT, Printer
from hw3.derivations.language.sizes import ONE, Shape, Size, axes, show_shape
from hw3.derivations.operations.convolution import fresh, read, spread, summed


class Dense(Operation):
    """W h: args W (outputs, features) and h (batch, features) or (features); data the number of feature axes."""

    name = "dense"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        w, h = (a.shape for a in args)
        if len(w) != data + 1 or len(h) not in (data, data + 1) or w[1:] != h[len(h) - data :]:
            raise ShapeError(f"a layer of {show_shape(w)} meets features of {show_shape(h)}")
        return (*h[: len(h) - data], w[0])

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        w, h = node.args
        *b, o = spread(node.shape, at)
        f = fresh(m, *w.shape[1:])
        return summed(read(m, w, (o, *f)) * read(m, h, (*b, *f)), *f)

    def show(self, node: Expr, p: Printer) -> str:
        w, h = node.args
        if len(w.shape) == len(h.shape) == 2:  # as matrices: a row for each of the batch
            return p(h, PRODUCT) + " " + p.sup(p(w, TIGHT + 1), r"\top" if p.latex else "T")
        return p(w, PRODUCT) + " " + p(h, PRODUCT + 1)


class DenseInput(Operation):
    """The adjoint of h -> W h: args the cotangent (batch, outputs) and W; [b, f] = sum_o delta[b, o] W[o, f]."""

    name = "dense_input"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        delta, w = (a.shape for a in args)
        if delta[-1:] != w[:1]:
            raise ShapeError(f"a cotangent of {show_shape(delta)} meets a layer of {show_shape(w)}")
        return (*delta[:-1], *w[1:])

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        delta, w = node.args
        placed = spread(node.shape, at)
        b, f = placed[: len(delta.shape) - 1], placed[len(delta.shape) - 1 :]
        (o,) = fresh(m, w.shape[0])
        return summed(read(m, delta, (*b, o)) * read(m, w, (o, *f)), o)

    def show(self, node: Expr, p: Printer) -> str:
        delta, w = node.args
        if len(delta.shape) > 1:
            return p(delta, PRODUCT) + " " + p(w, PRODUCT + 1)
        return p.sup(p(w, TIGHT + 1), r"\top" if p.latex else "T") + " " + p(delta, PRODUCT + 1)


class DenseKernel(Operation):
    """The adjoint of W -> W h: args the cotangent (batch, outputs) and h; [o, f] = sum_b delta[b, o] h[b, f]."""

    name = "dense_kernel"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        delta, h = (a.shape for a in args)
        if delta[:-1] != h[: len(delta) - 1] or len(delta) not in (1, 2):
            raise ShapeError(f"a cotangent of {show_shape(delta)} meets features of {show_shape(h)}")
        return (delta[-1], *h[len(delta) - 1 :])

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        delta, h = node.args
        o, *f = spread(node.shape, at)
        b = fresh(m, *delta.shape[:-1])
        return summed(read(m, delta, (*b, o)) * read(m, h, (*b, *f)), *b)

    def show(self, node: Expr, p: Printer) -> str:
        delta, h = node.args
        if len(delta.shape) > 1:  # the batch is summed over
            return p.sup(p(delta, TIGHT + 1), r"\top" if p.latex else "T") + " " + p(h, PRODUCT + 1)
        return p(delta, PRODUCT) + (r" \otimes " if p.latex else " ⊗ ") + p(h, PRODUCT + 1)


class Broadcast(Operation):
    """A column spread over an array: [..., o, ...] = b[o]; data (shape, axis of o)."""

    name = "broadcast"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        shape, axis = data
        if not 0 <= axis < len(shape) or args[0].shape != ((shape[axis],) if shape[axis] is not ONE else ()):
            raise ShapeError(f"{show_shape(args[0].shape)} spread along axis {axis + 1} of {show_shape(shape)}")
        return shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        return read(m, node.args[0], (spread(node.shape, at)[node.data[1]],))

    def tightness(self, node: Expr, p: Printer) -> int:
        return PRODUCT if self._is_matrix(node) else p.tightness(node.args[0])

    def show(self, node: Expr, p: Printer) -> str:
        b = node.args[0]
        if not self._is_matrix(node):
            return b.operation.show(b, p)  # which axis it is spread along, its shape tells
        (m, n), axis = node.data
        one, top = (r"\mathbf{1}", r"\top") if p.latex else ("𝟏", "T")
        if axis == 1:
            return p.sub(one, p.name(str(m))) + " " + p.sup(p(b, TIGHT + 1), top)
        return p(b, PRODUCT) + " " + p.sup(p.sub(one, p.name(str(n))), top)

    def _is_matrix(self, node: Expr) -> bool:
        shape = node.data[0]
        return len(shape) == 2 and ONE not in shape


class SumAxes(Operation):
    """The sum over all axes but one, as a column, or over all, as a scalar; data the axis kept, or None."""

    name = "sum_axes"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if data is None:
            return ()
        if not 0 <= data < len(args[0].shape):
            raise ShapeError(f"an axis {data + 1} of {show_shape(args[0].shape)} is to be kept")
        return (args[0].shape[data],) if args[0].shape[data] is not ONE else ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        a = node.args[0]
        own = list(fresh(m, *a.shape))
        if node.data is not None and at:
            own[node.data] = at[0]
        poly = read(m, a, tuple(own))
        return summed(poly, *(i for k, i in enumerate(own) if k != node.data))

    def show(self, node: Expr, p: Printer) -> str:
        times = r" \times " if p.latex else "×"
        gone = times.join(p.name(str(n)) for k, n in enumerate(node.args[0].shape) if k != node.data and n is not ONE)
        word = p.word("sum") if node.data is None else p.sub(p.word("sum"), gone)
        return p.call(word, p(node.args[0]))


class Softmax(Operation):
    """softmax(z)_i = e^(z_i) / sum_j e^(z_j) along the last axis."""

    name = "softmax"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _last(args[0].shape)
        return args[0].shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        poly = m(node.args[0], at)
        j = m.fresh(axes(node.shape)[-1])
        total = atoms.exp(poly.renamed({at[-1]: j})).summed(j)
        return atoms.exp(poly) * atoms.power(total, Fraction(-1))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("softmax"), p(node.args[0]))


class LogSumExp(Operation):
    """log sum_j e^(z_j) along the last axis."""

    name = "logsumexp"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _last(args[0].shape)
        return args[0].shape[:-1]

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        j = m.fresh(axes(node.args[0].shape)[-1])
        return atoms.log(atoms.exp(m(node.args[0], (*at, j))).summed(j))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word("logsumexp"), p(node.args[0]))


def _last(shape: Shape) -> None:
    if not shape or shape[-1] is ONE:
        raise ShapeError(f"a softmax of {show_shape(shape)}: it is taken along a last axis of more than one entry")


DENSE, DENSE_INPUT, DENSE_KERNEL, BROADCAST = Dense(), DenseInput(), DenseKernel(), Broadcast()
SUM_AXES, SOFTMAX, LOGSUMEXP = SumAxes(), Softmax(), LogSumExp()


def dense(w: Expr, h: Expr) -> Expr:
    """W h, summed over all axes of the features."""
    return make(DENSE, (w, h), len(w.shape) - 1)


def dense_input(delta: Expr, w: Expr) -> Expr:
    """The adjoint of h -> W h at the cotangent delta."""
    return make(DENSE_INPUT, (delta, w))


def dense_kernel(delta: Expr, h: Expr) -> Expr:
    """The adjoint of W -> W h at the cotangent delta."""
    return make(DENSE_KERNEL, (delta, h))


def broadcast(b: Expr, shape: Shape, axis: int) -> Expr:
    """b along one axis of an array of this shape, the same along the others."""
    return make(BROADCAST, (b,), (shape, axis))


def sum_axes(a: Expr, keep: int | None = None) -> Expr:
    """The sum over all axes, or over all but one."""
    return make(SUM_AXES, (a,), keep)


def softmax(z: Expr) -> Expr:
    return make(SOFTMAX, (z,))


def logsumexp(z: Expr) -> Expr:
    return make(LOGSUMEXP, (z,))


def array(name: str, *sizes: Size | int | str) -> Expr:
    """A symbol of any rank."""
    from hw3.derivations.operations.leaves import symbol

    return symbol(name, tuple(Size.of(n) for n in sizes))
