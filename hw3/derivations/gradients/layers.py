r"""Adjoints of what acts on images and features: convolution and its own adjoints, pooling, dense layers.

Each of these is linear in each argument, so the adjoint in one is another of them. What max pooling chose is
constant near an array without ties.
"""

from __future__ import annotations

from hw3.derivations.calculus.atoms import Window
from hw3.derivations.gradients.adjoints import Context, NoAdjoint, adjoint
from hw3.derivations.gradients.simplify import times, zero
from hw3.derivations.language.expression import Expr, Fresh, ShapeError, make
from hw3.derivations.language.sizes import ONE, Shape, Size
from hw3.derivations.operations import (
    avgpool,
    avgunpool,
    conv,
    conv_input,
    conv_kernel,
    dense,
    dense_input,
    dense_kernel,
    derivative,
    maxpool,
    maxunpool,
    number,
    symbol,
)
from hw3.derivations.operations.convolution import REINDEX

NONE = Size.of(0)
_INPUT = "the adjoint of the convolution in its input"
_KERNEL = "the adjoint of the convolution in its kernel: a correlation of input and cotangent"


def _pair(shape: Shape) -> tuple[Size, Size]:
    """Height and width."""
    return shape[-2], shape[-1]


@adjoint("conv")
def _conv(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    (x, w), g = map(c.called, node.args), node.data[0]
    if k == 0:
        return conv_input(d, w, x.shape[-2:], g), _INPUT
    return conv_kernel(d, x, w.shape[-2:], g), _KERNEL


@adjoint("conv_input")
def _conv_input(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    (delta, w), g = map(c.called, node.args), node.data[0]
    if k == 0:
        return conv(d, w, g, _pair(delta.shape)), "its adjoint is the convolution"
    return conv_kernel(delta, d, w.shape[-2:], g), _KERNEL


@adjoint("conv_kernel")
def _conv_kernel(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    (delta, x), g = map(c.called, node.args), node.data[0]
    if k == 0:
        return conv(x, d, g, _pair(delta.shape)), "its adjoint is the convolution"
    return conv_input(delta, d, x.shape[-2:], g), _INPUT


@adjoint("dense")
def _dense(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    w, h = map(c.called, node.args)
    batch = "" if len(d.shape) == 1 else ": a sum over the batch"
    return (dense_kernel(d, h), f"the adjoint in the weights{batch}") if k == 0 else (dense_input(d, w), _LAYER)


_LAYER = "the adjoint of the layer: its weights, transposed"


@adjoint("dense_input")
def _dense_input(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    delta, w = map(c.called, node.args)
    return (dense(w, d), "its adjoint is the layer") if k == 0 else (dense_kernel(delta, d), "linear in the weights")


@adjoint("dense_kernel")
def _dense_kernel(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    delta, h = map(c.called, node.args)
    return (dense(d, h), "its adjoint is the layer") if k == 0 else (dense_input(delta, d), _LAYER)


@adjoint("maxpool")
def _maxpool(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return maxunpool(d, c.called(node.args[0]), node.data[0]), "to the greatest entry of each window"


@adjoint("maxunpool")
def _maxunpool(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    if k == 1:
        return zero(node.args[1].shape), "which entry is the greatest does not change"
    # What the pooling of a chose, of d: the language writes it as the change of the pooling when a moves along d.
    t = symbol(Fresh("t"))
    moved = c.called(node.args[1]) + times(t, d)
    pooled = maxpool(moved, node.data[0], node.args[0].shape[-2:])
    return derivative(pooled, t, number(0)), "its adjoint picks the entries that the pooling chose"


@adjoint("avgpool")
def _avgpool(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    return avgunpool(d, node.data[0], node.args[0].shape[-2:]), "spread evenly over each window"


@adjoint("avgunpool")
def _avgunpool(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    try:
        return avgpool(d, node.data[0], node.args[0].shape[-2:]), "its adjoint is the pooling"
    except ShapeError as error:
        raise NoAdjoint(f"the windows of an unpooling do not fit on its result: {error}") from error


@adjoint("reindex")
def _reindex(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    """From out[j] = a[i] where j = scale i + shift: a[i] takes the cotangent at j."""
    _, scale, shifts, _ = node.data
    size = node.args[0].shape[-2:]
    if scale is ONE:
        word = "crop" if all(s.is_literal is False or s.literal >= 0 for s in shifts) else "pad"
        return make(REINDEX, (d,), (word, ONE, tuple(-s for s in shifts), size)), "moved back"
    if scale is Size.of(-1):
        return make(REINDEX, (d,), ("flip", scale, shifts, size)), "turned round again"
    reach = tuple(scale * (n - 1) + 1 for n in size)
    moved = d
    if shifts != (NONE, NONE) or d.shape[-2:] != reach:
        moved = make(REINDEX, (d,), ("crop", ONE, tuple(-s for s in shifts), reach))
    return avgpool(moved, Window(ONE, scale), size), "every entry that was put apart"
