"""Layers, broadcasting, sums over axes, convolution and pooling as code."""

from __future__ import annotations

from string import ascii_lowercase

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE, Size
from hw3.errors import UserError
from hw3.verify.source.arithmetic import column
from hw3.verify.source.code import ATOM, MATMUL, POWER, Code, is_row
from hw3.verify.source.writer import Writer, rule


@rule("broadcast")
def _broadcast(w: Writer, node: Expr) -> Code:
    spread = column(w, node)
    if w.library == "torch":
        return Code(f"{spread.at(ATOM)}.expand{w.extent(node.shape)}")
    return Code(f"np.broadcast_to({spread.text}, {w.extent(node.shape)})")


@rule("sum_axes")
def _sum_axes(w: Writer, node: Expr) -> Code:
    (a,) = node.args
    inner = w(a)
    if node.data is None or is_row(a.shape):
        return Code(f"{inner.at(ATOM)}.sum()") if node.data in (None, 0) else inner
    gone = [k for k in range(len(a.shape)) if k != node.data]
    if not gone:
        return inner
    return Code(f"{inner.at(ATOM)}.sum({gone[0] if len(gone) == 1 else tuple(gone)})")


def _letters(features: int) -> str:
    return "".join(c for c in ascii_lowercase if c not in "bo")[:features]


def _einsum(w: Writer, pattern: str, a: Expr, b: Expr) -> Code:
    return Code(f'{w.np}.einsum("{pattern}", {w(a).text}, {w(b).text})')


@rule("dense")
def _dense(w: Writer, node: Expr) -> Code:
    weights, h = node.args
    f, b = _letters(node.data), "b" if len(h.shape) > node.data else ""
    if node.data == 1:
        if b:
            return Code(f"{w(h).at(POWER)} @ {w(weights).at(ATOM)}.T", MATMUL)
        return Code(f"{w(weights).at(POWER)} @ {w(h).at(POWER)}", MATMUL)
    return _einsum(w, f"{b}{f},o{f}->{b}o", h, weights)


@rule("dense_input")
def _dense_input(w: Writer, node: Expr) -> Code:
    delta, weights = node.args
    f, b = _letters(len(weights.shape) - 1), "b" if len(delta.shape) > 1 else ""
    if len(f) == 1:
        return Code(f"{w(delta).at(POWER)} @ {w(weights).at(POWER)}", MATMUL)
    return _einsum(w, f"{b}o,o{f}->{b}{f}", delta, weights)


@rule("dense_kernel")
def _dense_kernel(w: Writer, node: Expr) -> Code:
    delta, h = node.args
    f, b = _letters(len(node.shape) - 1), "b" if len(delta.shape) > 1 else ""
    if len(f) == 1 and b:
        return Code(f"{w(delta).at(ATOM)}.T @ {w(h).at(POWER)}", MATMUL)
    return _einsum(w, f"{b}o,{b}{f}->o{f}", delta, h)


def _geometry(w: Writer, node: Expr) -> str:
    g = node.data[0]
    parts = [("stride", g.stride, 1), ("padding", g.padding, 0), ("dilation", g.dilation, 1)]
    return "".join(f", {name}={w.size(n).text}" for name, n, usual in parts if n is not Size.of(usual))


def _batched(w: Writer, node: Expr) -> str:
    """An image as a batch of one, if it has no batch axis."""
    code = w(node)
    return code.text if len(node.shape) == 4 else f"{code.at(ATOM)}[None]"


@rule("conv")
def _conv(w: Writer, node: Expr) -> Code:
    x, kernel = node.args
    return Code(f"{w.layer('conv2d')}({w(x).text}, {w(kernel).text}{_geometry(w, node)})")


@rule("conv_input")
def _conv_input(w: Writer, node: Expr) -> Code:
    delta, kernel = node.args
    w.adjoint("conv2d_input")
    shape = node.shape if len(node.shape) == 4 else (ONE, *node.shape)
    call = f"conv2d_input({w.extent(shape)}, {w(kernel).text}, {_batched(w, delta)}{_geometry(w, node)})"
    return Code(call if len(node.shape) == 4 else f"{call}[0]")


@rule("conv_kernel")
def _conv_kernel(w: Writer, node: Expr) -> Code:
    delta, x = node.args
    w.adjoint("conv2d_weight")
    inside = f"{_batched(w, x)}, {w.extent(node.shape)}, {_batched(w, delta)}{_geometry(w, node)}"
    return Code(f"conv2d_weight({inside})")


def _window(w: Writer, node: Expr) -> str:
    window = node.data[0]
    return f"{w.size(window.width).text}, {w.size(window.stride).text}"


@rule("maxpool", "avgpool")
def _pool(w: Writer, node: Expr) -> Code:
    name = {"maxpool": "max_pool2d", "avgpool": "avg_pool2d"}[node.operation.name]
    (a,) = node.args
    if len(a.shape) in (3, 4):
        return Code(f"{w.layer(name)}({w(a).text}, {_window(w, node)})")
    if len(a.shape) == 2:
        return Code(f"{w.layer(name)}({w(a).at(ATOM)}[None], {_window(w, node)})[0]")
    raise UserError("pooling of more than four axes is not written as code")


@rule("maxunpool")
def _maxunpool(w: Writer, node: Expr) -> Code:
    delta, a = node.args
    return Code(f"{w.helper('unpool')}({w(delta).text}, {w(a).text}, {_window(w, node)})")


@rule("avgunpool")
def _avgunpool(w: Writer, node: Expr) -> Code:
    size = w.extent(node.shape[-2:])
    return Code(f"{w.helper('avgunpool')}({w(node.args[0]).text}, {_window(w, node)}, {size})")


@rule("reindex")
def _reindex(w: Writer, node: Expr) -> Code:
    word, scale, shifts, sizes = node.data
    (a,) = node.args
    inner = w(a)
    if word == "flip":
        return Code(
            f"torch.flip({inner.text}, (-2, -1))" if w.library == "torch" else f"{inner.at(ATOM)}[..., ::-1, ::-1]"
        )
    if word == "dilate":
        return Code(f"{w.helper('dilate')}({inner.text}, {w.size(scale).text}, {w.extent(sizes)})")
    around = []
    for shift, new, old in reversed(list(zip(shifts, sizes, a.shape[-2:], strict=True))):
        around += [w.size(shift).text, w.size(new - shift - old).text]
    return Code(f"{w.layer('pad')}({inner.text}, ({', '.join(around)}))")
