"""Convolution, average pooling, their adjoints, and layers, on arrays of residues.

Windows are unfolded to the rows of a matrix, so that a convolution is a product of matrices; the adjoints
fold the rows back, adding up what meets. Which entry of a window is the greatest residues can't tell.
"""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.verify.geometry import check_windows
from hw3.verify.residues.arithmetic import Array, Jet, as_array
from hw3.verify.residues.values import OPERATIONS, Abstains, Env, Evaluation, operation


def _orderless(e: Evaluation, node: Expr, env: Env) -> Jet:
    raise Abstains("the greatest of several numbers")


OPERATIONS["maxpool"] = OPERATIONS["maxunpool"] = _orderless
Axis = tuple[int, int, int, int, int]  # windows, their width, stride, dilation, padding


def _axes(e: Evaluation, node: Expr, many: tuple[int, ...], width: tuple[int, ...]) -> tuple[Axis, Axis]:
    check_windows(node, e.sizes)
    g = node.data[0]
    s, d, p = (n.value(e.sizes) for n in (g.stride, g.dilation, g.padding))
    first, second = ((m, k, s, d, p) for m, k in zip(many, width, strict=True))
    return first, second


def _pool_axes(e: Evaluation, node: Expr, many: tuple[int, ...]) -> tuple[Axis, Axis]:
    check_windows(node, e.sizes)
    k, s = (n.value(e.sizes) for n in (node.data[0].width, node.data[0].stride))
    first, second = ((m, k, s, 1, 0) for m in many)
    return first, second


def _slices(axes: tuple[Axis, Axis], u: int, v: int) -> tuple[slice, slice]:
    """Where the entry (u, v) of every window lies on the padded image."""
    return tuple(slice(d * w, d * w + s * (m - 1) + 1, s) for (m, _, s, d, _), w in zip(axes, (u, v), strict=True))  # type: ignore[return-value]


def _unfolded(axes: tuple[Axis, Axis], a: Array) -> Array:
    """(..., rows, columns) as (..., u, v, y, z), all windows side by side."""
    (m, k, _, _, p), (q, j, _, _, r) = axes
    h, w = a.shape[-2:]
    padded = np.zeros((*a.shape[:-2], h + 2 * p, w + 2 * r), dtype=object)
    padded[..., p : p + h, r : r + w] = a
    result = np.empty((*a.shape[:-2], k, j, m, q), dtype=object)
    for u, v in np.ndindex(k, j):
        result[..., u, v, :, :] = padded[(..., *_slices(axes, u, v))]
    return result


def _folded(axes: tuple[Axis, Axis], size: tuple[int, ...], a: Array) -> Array:
    """(..., u, v, y, z) added up where the windows lie on (..., rows, columns)."""
    (_, k, _, _, p), (_, j, _, _, r) = axes
    h, w = size[-2:]
    padded = np.zeros((*a.shape[:-4], h + 2 * p, w + 2 * r), dtype=object)
    for u, v in np.ndindex(k, j):
        padded[(..., *_slices(axes, u, v))] += a[..., u, v, :, :]
    return padded[..., p : p + h, r : r + w]


def _batched(rank: int, a: Array) -> Array:
    return a.reshape(-1, *a.shape[a.ndim - rank :])


@operation("conv")
def _conv(e: Evaluation, node: Expr, env: Env) -> Jet:
    x, w = (e(a, env) for a in node.args)
    shape = e.shape(node.shape)
    axes = _axes(e, node, shape[-2:], w.real.shape[-2:])

    def convolve(a: Array, kernel: Array) -> Array:
        columns = _unfolded(axes, _batched(3, a))
        return np.tensordot(columns, kernel, ((1, 2, 3), (1, 2, 3))).transpose(0, 3, 1, 2).reshape(shape)

    return e.ring.product(x, w, convolve)


@operation("conv_input")
def _conv_input(e: Evaluation, node: Expr, env: Env) -> Jet:
    delta, w = (e(a, env) for a in node.args)
    shape = e.shape(node.shape)
    axes = _axes(e, node, delta.real.shape[-2:], w.real.shape[-2:])

    def back(d: Array, kernel: Array) -> Array:
        columns = np.tensordot(_batched(3, d), kernel, ((1,), (0,)))  # image, y, z, channel, u, v
        return _folded(axes, shape, columns.transpose(0, 3, 4, 5, 1, 2)).reshape(shape)

    return e.ring.product(delta, w, back)


@operation("conv_kernel")
def _conv_kernel(e: Evaluation, node: Expr, env: Env) -> Jet:
    delta, x = (e(a, env) for a in node.args)
    axes = _axes(e, node, delta.real.shape[-2:], e.shape(node.shape)[-2:])

    def correlate(d: Array, a: Array) -> Array:
        return np.tensordot(_batched(3, d), _unfolded(axes, _batched(3, a)), ((0, 2, 3), (0, 4, 5)))

    return e.ring.product(delta, x, correlate)


@operation("avgpool")
def _avgpool(e: Evaluation, node: Expr, env: Env) -> Jet:
    axes = _pool_axes(e, node, e.shape(node.shape)[-2:])
    total = e(node.args[0], env).each(lambda a: _unfolded(axes, a).sum((-4, -3)))
    return e.ring.scaled(total, e.ring.fraction(1, axes[0][1] ** 2))


@operation("avgunpool")
def _avgunpool(e: Evaluation, node: Expr, env: Env) -> Jet:
    delta, shape = e(node.args[0], env), e.shape(node.shape)
    axes = _pool_axes(e, node, delta.real.shape[-2:])
    k = axes[0][1]

    def spread(d: Array) -> Array:
        windows = np.broadcast_to(d[..., None, None, :, :], (*d.shape[:-2], k, k, *d.shape[-2:]))
        return _folded(axes, shape, windows)

    return e.ring.scaled(delta.each(spread), e.ring.fraction(1, k**2))


@operation("reindex")
def _reindex(e: Evaluation, node: Expr, env: Env) -> Jet:
    _, scale, shifts, _ = node.data
    shape = e.shape(node.shape)

    def moved(a: Array) -> Array:
        rows, columns = (
            _matrix(e, new, old, scale, s) for new, old, s in zip(shape[-2:], a.shape[-2:], shifts, strict=True)
        )
        return np.matmul(np.matmul(rows, a), columns.T)

    return e(node.args[0], env).each(moved)


def _matrix(e: Evaluation, new: int, old: int, scale: Size, shift: Size) -> Array:
    result = np.zeros((new, old), dtype=object)
    for i in range(old):
        at = scale.value(e.sizes) * i + shift.value(e.sizes)
        if 0 <= at < new:
            result[at, i] = 1
    return result


# --- layers ---------------------------------------------------------------------------------------------


def _flattened(last: int, a: Array) -> Array:
    """A matrix: the last axes as columns, those before as rows."""
    return a.reshape(prod(a.shape[: a.ndim - last]), -1)


@operation("dense")
def _dense(e: Evaluation, node: Expr, env: Env) -> Jet:
    w, h = (e(a, env).each(partial(_flattened, node.data)) for a in node.args)
    return e.ring.matmul(h, w.each(np.transpose)).each(lambda a: a.reshape(e.shape(node.shape)))


@operation("dense_input")
def _dense_input(e: Evaluation, node: Expr, env: Env) -> Jet:
    delta, w = (e(a, env) for a in node.args)
    left, right = delta.each(partial(_flattened, 1)), w.each(partial(_flattened, w.real.ndim - 1))
    return e.ring.matmul(left, right).each(lambda a: a.reshape(e.shape(node.shape)))


@operation("dense_kernel")
def _dense_kernel(e: Evaluation, node: Expr, env: Env) -> Jet:
    delta, h = (e(a, env) for a in node.args)
    rank = delta.real.ndim
    left, right = delta.each(partial(_flattened, 1)), h.each(partial(_flattened, h.real.ndim - rank + 1))
    return e.ring.matmul(left.each(np.transpose), right).each(lambda a: a.reshape(e.shape(node.shape)))


@operation("broadcast")
def _broadcast(e: Evaluation, node: Expr, env: Env) -> Jet:
    (_, axis), shape = node.data, e.shape(node.shape)

    def spread(b: Array) -> Array:
        return np.broadcast_to(b.reshape([n if k == axis else 1 for k, n in enumerate(shape)]), shape)

    return e(node.args[0], env).each(spread)


@operation("sum_axes")
def _sum_axes(e: Evaluation, node: Expr, env: Env) -> Jet:
    def total(a: Array) -> Array:
        gone = tuple(k for k in range(a.ndim) if k != node.data)
        return as_array(a.sum(gone)).reshape(e.shape(node.shape))

    return e(node.args[0], env).each(total)


def _exponentials(e: Evaluation, node: Expr, env: Env) -> tuple[Jet, Jet]:
    """e^z and its sum over the last axis, which is kept."""
    y = e.applied("exp", 0, e(node.args[0], env))
    return y, y.each(lambda a: as_array(a.sum(-1, keepdims=True) % e.p))


@operation("softmax")
def _softmax(e: Evaluation, node: Expr, env: Env) -> Jet:
    y, total = _exponentials(e, node, env)
    return e.ring.product(y, e.ring.inverted(total))


@operation("logsumexp")
def _logsumexp(e: Evaluation, node: Expr, env: Env) -> Jet:
    _, total = _exponentials(e, node, env)
    return e.logarithm(total).each(lambda a: a.reshape(e.shape(node.shape)))
