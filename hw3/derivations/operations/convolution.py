"""Convolution of images, and its two adjoints.

    (W * x)[b, o, y, z]   = sum_{c,u,v} W[o, c, u, v] x[b, c, s y + d u - p, s z + d v - p]

for a stride s, a dilation d and a padding p with zeros (what machine learning calls a convolution is a
correlation: the kernel is not flipped). Each meaning has the window as a factor of its own, the 0/1 tensor
[i = s y + d u - p], so the adjoints are the same products summed over other indices. The batch axis may be
left out.

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 9.5; V. Dumoulin, F. Visin, A
guide to convolution arithmetic for deep learning (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import PRODUCT, TIGHT, Printer
from hw3.derivations.language.sizes import ONE, Shape, Size, show_shape

NONE = Size.of(0)
At = tuple[int | None, ...]  # an index for each axis, None for a literal 1


@dataclass(frozen=True)
class Geometry:
    """Stride, dilation and padding of a convolution, the same along both axes of the image."""

    stride: Size = ONE
    dilation: Size = ONE
    padding: Size = NONE

    def __post_init__(self) -> None:
        least_of = ("stride", self.stride, 1), ("dilation", self.dilation, 1), ("padding", self.padding, 0)
        for word, n, least in least_of:
            if n.is_literal and n.literal < least:
                raise ShapeError(f"a {word} of {n}: it is {least} or more")

    def window(self, i: int | None, y: int | None, u: int | None) -> Poly:
        """[i = stride y + dilation u - padding]."""
        terms = [(i, ONE), (y, -self.stride), (u, -self.dilation)]
        return P.affine([(k, c) for k, c in terms if k is not None], self.padding)

    def output(self, n: Size, k: Size) -> Size | None:
        """How many windows of width k fit on n, if the stride is 1."""
        return n + 2 * self.padding - self.dilation * (k - 1) if self.stride is ONE else None

    def check(self, n: Size, k: Size, out: Size) -> None:
        """Whether `out` windows of width k fit on n and no more: as far as the sizes tell.

        Raises:
            ShapeError: they do not.
        """
        fits = self.output(n, k)
        if out.is_literal and out.literal < 1:
            raise ShapeError(f"a window of {k} does not fit on {n} ({self})")
        if fits is not None and fits is not out:
            raise ShapeError(f"a window of {k} fits {fits} times on {n}, not {out} times")
        room = n + 2 * self.padding - self.dilation * (k - 1) - 1 - self.stride * (out - 1)
        if room.is_literal and (room.literal < 0 or (self.stride.is_literal and room.literal >= self.stride.literal)):
            raise ShapeError(f"{out} is not how often a window of {k} fits on {n} ({self})")

    def __str__(self) -> str:
        parts = [("s", self.stride, ONE), ("d", self.dilation, ONE), ("p", self.padding, NONE)]
        return ",".join(f"{name}={value}" for name, value, usual in parts if value is not usual)


def spread(shape: Shape, at: tuple[int, ...]) -> At:
    """The indices `at` of the axes that are not literal ones, with None for those that are."""
    rest = iter(at)
    return tuple(None if n is ONE else next(rest) for n in shape)


def read(m: Meaning, node: Expr, at: At) -> Poly:
    """The entry of the node at an index for each axis."""
    return m(node, tuple(i for i in at if i is not None))


def fresh(m: Meaning, *sizes: Size) -> At:
    """A fresh index for each size, None for a literal 1."""
    return tuple(None if n is ONE else m.fresh(n) for n in sizes)


def summed(poly: Poly, *at: int | None) -> Poly:
    return poly.summed(*(i for i in at if i is not None))


def _image(what: str, shape: Shape) -> tuple[Shape, Size, Size, Size]:
    """An image's batch (none or one size), channels, height and width."""
    if len(shape) not in (3, 4):
        raise ShapeError(
            f"{what} is {show_shape(shape)}: an image has channels, height and width, and may have a batch"
        )
    return shape[:-3], shape[-3], shape[-2], shape[-1]


def _kernel(shape: Shape) -> tuple[Size, Size, Size, Size]:
    if len(shape) != 4:
        raise ShapeError(f"a kernel of {show_shape(shape)}: it has output and input channels, height and width")
    o, c, kh, kw = shape
    return o, c, kh, kw


def _entry(m: Meaning, node: Expr, g: Geometry, x: tuple[Expr | None, At], w: tuple[Expr | None, At], d: At) -> Poly:
    """The product of the windows with those of image, kernel and output that are given, unsummed."""
    (image, xi), (kernel, wi) = x, w
    product = g.window(xi[-2], d[-2], wi[-2]) * g.window(xi[-1], d[-1], wi[-1])
    for part, at in ((image, xi), (kernel, wi)):
        if part is not None:
            product = product * read(m, part, at)
    return product


class Convolution(Operation):
    """W * x; args x, W; data (geometry, output height, output width)."""

    name = "conv"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        batch, c, h, w = _image("the input of a convolution", args[0].shape)
        o, channels, kh, kw = _kernel(args[1].shape)
        geometry, out_h, out_w = data
        if channels is not c:
            raise ShapeError(f"an image of {c} channels meets a kernel for {channels}")
        geometry.check(h, kh, out_h)
        geometry.check(w, kw, out_w)
        return (*batch, o, out_h, out_w)

    def borders(self, node: Expr) -> tuple[Size, ...]:
        return (node.data[0].padding,)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        x, w = node.args
        *b, o, y, z = spread(node.shape, at)
        c, i, j = fresh(m, *x.shape[-3:])
        u, v = fresh(m, *w.shape[-2:])
        entry = _entry(m, node, node.data[0], (x, (*b, c, i, j)), (w, (o, c, u, v)), (y, z))
        return summed(entry, c, i, j, u, v)

    def show(self, node: Expr, p: Printer) -> str:
        x, w = node.args
        star = r" \ast " if p.latex else " ∗ "
        return p(w, PRODUCT + 1) + _low(star, node.data[0], p) + p(x, PRODUCT + 1)


class ConvolutionInput(Operation):
    """The adjoint of x -> W * x: args the cotangent and W; data (geometry, input height, input width).

    [b, c, i, j] = sum_{o,y,z,u,v} delta[b, o, y, z] W[o, c, u, v] [i = s y + d u - p] [j = s z + d v - p].
    """

    name = "conv_input"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        batch, o, out_h, out_w = _image("the cotangent of a convolution", args[0].shape)
        outputs, c, kh, kw = _kernel(args[1].shape)
        if outputs is not o:
            raise ShapeError(f"a cotangent of {o} channels meets a kernel with {outputs}")
        geometry, h, w = data
        geometry.check(h, kh, out_h)
        geometry.check(w, kw, out_w)
        return (*batch, c, *data[1:])

    def borders(self, node: Expr) -> tuple[Size, ...]:
        return (node.data[0].padding,)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        delta, w = node.args
        *b, c, i, j = spread(node.shape, at)
        o, y, z = fresh(m, *delta.shape[-3:])
        u, v = fresh(m, *w.shape[-2:])
        entry = _entry(m, node, node.data[0], (None, (c, i, j)), (w, (o, c, u, v)), (y, z))
        return summed(entry * read(m, delta, (*b, o, y, z)), o, y, z, u, v)

    def show(self, node: Expr, p: Printer) -> str:
        delta, w = node.args
        star = r" \ast^{\top} " if p.latex else " ∗ᵀ "
        return p(w, PRODUCT + 1) + _low(star, node.data[0], p) + p(delta, PRODUCT + 1)


class ConvolutionKernel(Operation):
    """The adjoint of W -> W * x: args the cotangent and x; data (geometry, kernel height, kernel width).

    [o, c, u, v] = sum_{b,y,z,i,j} delta[b, o, y, z] x[b, c, i, j] [i = s y + d u - p] [j = s z + d v - p].
    """

    name = "conv_kernel"
    tightness = PRODUCT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        batch, o, out_h, out_w = _image("the cotangent of a convolution", args[0].shape)
        others, c, h, w = _image("the input of a convolution", args[1].shape)
        if batch != others:
            raise ShapeError("a cotangent and an input of different batches")
        geometry, kh, kw = data
        geometry.check(h, kh, out_h)
        geometry.check(w, kw, out_w)
        return (o, c, *data[1:])

    def borders(self, node: Expr) -> tuple[Size, ...]:
        return (node.data[0].padding,)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        delta, x = node.args
        o, c, u, v = spread(node.shape, at)
        b = fresh(m, *x.shape[:-3])
        i, j = fresh(m, *x.shape[-2:])
        y, z = fresh(m, *delta.shape[-2:])
        entry = _entry(m, node, node.data[0], (x, (*b, c, i, j)), (None, (o, c, u, v)), (y, z))
        return summed(entry * read(m, delta, (*b, o, y, z)), *b, i, j, y, z)

    def show(self, node: Expr, p: Printer) -> str:
        delta, x = node.args
        star = r" \star " if p.latex else " ⋆ "
        return p(delta, PRODUCT + 1) + _low(star, node.data[0], p) + p(x, PRODUCT + 1)


def _low(sign: str, geometry: Geometry, p: Printer) -> str:
    """The sign of a convolution with what is unusual of its geometry below it."""
    parts = [part.split("=") for part in str(geometry).split(",") if part]
    told = ",".join(name if name == value else f"{name}={value}" for name, value in parts)  # s,p, or s=2,p=1
    if not told:
        return sign
    return f" {p.sub(sign.strip(), told)} "


class Reindex(Operation):
    """An array moved along its last two axes: out[j] = sum_i a[i] [j = scale i + shift] along each.

    data is (word, scale, shifts, sizes): flipping (scale -1, shift n - 1), dilating (scale s), padding (shift
    p) and cropping (shift -p) are of this form.
    """

    name = "reindex"
    tightness = TIGHT

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if len(args[0].shape) < 2:
            raise ShapeError(f"{data[0]} of {show_shape(args[0].shape)}: it takes an array with two last axes")
        if data[1] is NONE or any(n.is_literal and n.literal < 1 for n in data[3]):
            raise ShapeError(f"{data[0]} of {show_shape(args[0].shape)} leaves no {show_shape(data[3])}")
        return (*args[0].shape[:-2], *data[3])

    def borders(self, node: Expr) -> tuple[Size, ...]:
        return tuple(node.data[2])

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        (a,), (_, scale, shifts, _) = node.args, node.data
        *rest, y, z = spread(node.shape, at)
        i, j = fresh(m, *a.shape[-2:])
        product = read(m, a, (*rest, i, j))
        for new, old, shift in ((y, i, shifts[0]), (z, j, shifts[1])):
            terms = [(new, ONE), (old, -scale)]
            product = product * P.affine([(k, c) for k, c in terms if k is not None], -shift)
        return summed(product, i, j)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(p.word(node.data[0]), p(node.args[0]))


CONV, CONV_INPUT, CONV_KERNEL, REINDEX = Convolution(), ConvolutionInput(), ConvolutionKernel(), Reindex()


def geometry(stride: Size | int | str = 1, dilation: Size | int | str = 1, padding: Size | int | str = 0) -> Geometry:
    return Geometry(Size.of(stride), Size.of(dilation), Size.of(padding))


def conv(
    x: Expr, w: Expr, g: Geometry | None = None, out: tuple[Size | int | str, Size | int | str] | None = None
) -> Expr:
    """W * x. With a stride other than 1 the output's height and width must be given."""
    g = g or Geometry()
    if out is None:
        fitted = tuple(g.output(n, k) for n, k in zip(x.shape[-2:], w.shape[-2:], strict=True))
        if None in fitted:
            raise ShapeError("a convolution with a stride needs its output's height and width")
        out = fitted  # type: ignore[assignment]
    assert out is not None
    return make(CONV, (x, w), (g, Size.of(out[0]), Size.of(out[1])))


def conv_input(delta: Expr, w: Expr, size: Shape, g: Geometry | None = None) -> Expr:
    """The adjoint of x -> W * x at the cotangent delta, for an input of this height and width."""
    return make(CONV_INPUT, (delta, w), (g or Geometry(), *size))


def conv_kernel(delta: Expr, x: Expr, size: Shape, g: Geometry | None = None) -> Expr:
    """The adjoint of W -> W * x at the cotangent delta, for a kernel of this height and width."""
    return make(CONV_KERNEL, (delta, x), (g or Geometry(), *size))


def flip(a: Expr) -> Expr:
    """a with its last two axes reversed."""
    h, w = a.shape[-2:]
    return make(REINDEX, (a,), ("flip", Size.of(-1), (h - 1, w - 1), (h, w)))


def dilate(a: Expr, stride: Size | int | str) -> Expr:
    """a with stride - 1 zeros between its entries along the last two axes."""
    s = Size.of(stride)
    h, w = a.shape[-2:]
    zero = Size.of(0)
    return make(REINDEX, (a,), ("dilate", s, (zero, zero), (s * (h - 1) + 1, s * (w - 1) + 1)))


def pad(a: Expr, padding: Size | int | str) -> Expr:
    """a with a border of zeros about its last two axes."""
    p = Size.of(padding)
    h, w = a.shape[-2:]
    return make(REINDEX, (a,), ("pad", ONE, (p, p), (h + 2 * p, w + 2 * p)))


def crop(a: Expr, padding: Size | int | str, size: Shape) -> Expr:
    """The part of a of this height and width that begins `padding` entries in; zeros where a ends before."""
    p = Size.of(padding)
    return make(REINDEX, (a,), ("crop", ONE, (-p, -p), size))
