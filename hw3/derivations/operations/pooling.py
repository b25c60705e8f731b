"""Pooling of images, and its adjoints.

Max pooling chooses: S[y, z, i, j] is 1 where the entry (i, j) is the greatest of the window (y, z), and

    pool(a)[y, z] = sum_{i,j} S[y, z, i, j] a[i, j],      its adjoint  unpool(delta)[i, j] = sum_{y,z} S delta[y, z]

Near an array without ties S is constant, so its derivative is 0 there; at ties the derivative isn't defined
(torch's max_pool2d then sends the cotangent to one of them). Average pooling is linear.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import Window
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import Printer
from hw3.derivations.language.sizes import ONE, Shape, Size, show_shape
from hw3.derivations.operations.convolution import At, fresh, read, spread, summed

FIRST = P.free_index(("position", 0), ONE, 0)  # the only index of an axis of literal size 1


def _pooled(shape: Shape, data: Any) -> Shape:
    window, out_h, out_w = data
    if len(shape) < 2:
        raise ShapeError(f"pooling of {show_shape(shape)}: it takes an array with two last axes")
    for n in (window.width, window.stride):
        if n.is_literal and n.literal < 1:
            raise ShapeError(f"windows of width {window.width} with stride {window.stride}")
    for n, out in zip(shape[-2:], (out_h, out_w), strict=True):
        room = n - window.stride * (out - 1) - window.width
        if (room.is_literal and room.literal < 0) or (out.is_literal and out.literal < 1):
            raise ShapeError(f"{out} windows of {window.width} do not fit on {n}")
    return (*shape[:-2], out_h, out_w)


def _low(word: str, window: Window, p: Printer) -> str:
    """The word with its windows below it: their width, and their stride where they do not stand side by side."""
    stride = "s" if str(window.stride) == "s" else f"s={window.stride}"
    told = [str(window.width), *([stride] if window.stride is not window.width else [])]
    return p.sub(p.word(word), ",".join(told))


def _choice(m: Meaning, a: Expr, at: At, place: At, window: Window) -> Poly:
    """S at the indices of the output and of the array; both end with the two axes that are pooled."""
    own = [m.fresh(n) for n in a.shape[-2:]]
    poly = read(m, a, (*at[:-2], *(None if n is ONE else i for n, i in zip(a.shape[-2:], own, strict=True))))
    made = atoms.selection(poly, own, [FIRST if i is None else i for i in at[-2:]], window)
    return made.renamed({o: FIRST if i is None else i for o, i in zip(own, place[-2:], strict=True)})


class MaxPool(Operation):
    """The greatest entry of each window; args a; data (window, output height, output width)."""

    name = "maxpool"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return _pooled(args[0].shape, data)

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("untied", node),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        a = node.args[0]
        spread_at = spread(node.shape, at)
        i, j = fresh(m, *a.shape[-2:])
        chosen = _choice(m, a, spread_at, (*spread_at[:-2], i, j), node.data[0])
        return summed(chosen * read(m, a, (*spread_at[:-2], i, j)), i, j)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(_low("maxpool", node.data[0], p), p(node.args[0]))


class MaxUnpool(Operation):
    """The adjoint of max pooling at a: args the cotangent and a; data as of the pooling."""

    name = "maxunpool"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if args[0].shape != _pooled(args[1].shape, data):
            raise ShapeError(
                f"a cotangent of {show_shape(args[0].shape)} for the pooling of {show_shape(args[1].shape)}"
            )
        return args[1].shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        # Asked of the pooling and not of the array: what does not tie in one window may tie in another.
        return (("untied", make(MAXPOOL, (node.args[1],), node.data)),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        delta, a = node.args
        place = spread(node.shape, at)
        y, z = fresh(m, *delta.shape[-2:])
        chosen = _choice(m, a, (*place[:-2], y, z), place, node.data[0])
        return summed(chosen * read(m, delta, (*place[:-2], y, z)), y, z)

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(_low("unpool", node.data[0], p), f"{p(node.args[0])}; {p(node.args[1])}")


def _window(window: Window, i: int | None, y: int | None, u: int | None) -> Poly:
    terms = [(i, ONE), (y, -window.stride), (u, -ONE)]
    return P.affine([(k, c) for k, c in terms if k is not None], Size.of(0))


class AveragePool(Operation):
    """The mean of each window; args a; data (window, output height, output width)."""

    name = "avgpool"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return _pooled(args[0].shape, data)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        a, window = node.args[0], node.data[0]
        *rest, y, z = spread(node.shape, at)
        i, j = fresh(m, *a.shape[-2:])
        return _averaged(read(m, a, (*rest, i, j)), m, window, (i, j), (y, z), (i, j))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(_low("avgpool", node.data[0], p), p(node.args[0]))


class AverageUnpool(Operation):
    """The adjoint of average pooling: args the cotangent; data (window, input height, input width)."""

    name = "avgunpool"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        window, *size = data
        shape = (*args[0].shape[:-2], *size)
        _pooled(shape, (window, *args[0].shape[-2:]))
        return shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        delta, window = node.args[0], node.data[0]
        *rest, i, j = spread(node.shape, at)
        y, z = fresh(m, *delta.shape[-2:])
        return _averaged(read(m, delta, (*rest, y, z)), m, window, (i, j), (y, z), (y, z))

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(_low("avgunpool", node.data[0], p), p(node.args[0]))


def _averaged(poly: Poly, m: Meaning, window: Window, inner: At, outer: At, over: At) -> Poly:
    u, v = fresh(m, window.width, window.width)
    product = poly * _window(window, inner[0], outer[0], u) * _window(window, inner[1], outer[1], v)
    return summed(product, *over, u, v) * atoms.power(P.size_poly(window.width), Fraction(-2))


MAXPOOL, MAXUNPOOL, AVGPOOL, AVGUNPOOL = MaxPool(), MaxUnpool(), AveragePool(), AverageUnpool()


def window(width: Size | int | str, stride: Size | int | str | None = None) -> Window:
    """Windows of a width, one beside the other unless a stride is given."""
    return Window(Size.of(width), Size.of(width if stride is None else stride))


def maxpool(a: Expr, w: Window, out: Shape) -> Expr:
    return make(MAXPOOL, (a,), (w, *out))


def maxunpool(delta: Expr, a: Expr, w: Window) -> Expr:
    return make(MAXUNPOOL, (delta, a), (w, *delta.shape[-2:]))


def avgpool(a: Expr, w: Window, out: Shape) -> Expr:
    return make(AVGPOOL, (a,), (w, *out))


def avgunpool(delta: Expr, w: Window, size: Shape) -> Expr:
    return make(AVGUNPOOL, (delta,), (w, *size))
