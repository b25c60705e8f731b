"""Convolution, pooling, and their adjoints at many digits, by loops over windows.

An adjoint hands out what its operation collects: each output's cotangent goes to the entries that the output
was made of.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.verify.geometry import check_windows
from hw3.verify.numeric.digits.rules import Digits, Frame, rule
from hw3.verify.numeric.draw import Invalid


def _touching(
    node: Expr, frame: Frame, image: tuple[int, ...], kernel: tuple[int, ...], out: tuple[int, ...]
) -> Iterator:
    """(y, z, u, v, i, j): the output at (y, z) has the kernel's entry (u, v) on the image's entry (i, j)."""
    check_windows(node, frame.sizes)
    g = node.data[0]
    s, d, p = (n.value(frame.sizes) for n in (g.stride, g.dilation, g.padding))
    for y, z, u, v in np.ndindex(*out, *kernel):
        i, j = s * y + d * u - p, s * z + d * v - p
        if 0 <= i < image[0] and 0 <= j < image[1]:
            yield y, z, u, v, i, j


def _batched(a: Digits) -> Digits:
    return a.reshape(-1, *a.shape[-3:])


@rule("conv")
def _conv(node: Expr, frame: Frame, x: Digits, w: Digits) -> Digits:
    images = _batched(x)
    result = frame.full((len(images), *frame.extent(node.shape[-3:])), 0)
    for y, z, u, v, i, j in _touching(node, frame, x.shape[-2:], w.shape[-2:], result.shape[-2:]):
        result[:, :, y, z] += np.dot(images[:, :, i, j], w[:, :, u, v].T)
    return result.reshape(frame.extent(node.shape))


@rule("conv_input")
def _conv_input(node: Expr, frame: Frame, delta: Digits, w: Digits) -> Digits:
    cotangents = _batched(delta)
    result = frame.full((len(cotangents), *frame.extent(node.shape[-3:])), 0)
    for y, z, u, v, i, j in _touching(node, frame, result.shape[-2:], w.shape[-2:], delta.shape[-2:]):
        result[:, :, i, j] += np.dot(cotangents[:, :, y, z], w[:, :, u, v])
    return result.reshape(frame.extent(node.shape))


@rule("conv_kernel")
def _conv_kernel(node: Expr, frame: Frame, delta: Digits, x: Digits) -> Digits:
    cotangents, images = _batched(delta), _batched(x)
    result = frame.full(frame.extent(node.shape), 0)
    for y, z, u, v, i, j in _touching(node, frame, x.shape[-2:], result.shape[-2:], delta.shape[-2:]):
        result[:, :, u, v] += np.dot(cotangents[:, :, y, z].T, images[:, :, i, j])
    return result


# --- pooling --------------------------------------------------------------------------------------------


def _pooled(node: Expr, frame: Frame, out: tuple[int, ...]) -> Iterator[tuple[int, int, slice, slice]]:
    """(y, z, rows, columns) for each window."""
    check_windows(node, frame.sizes)
    width, stride = (n.value(frame.sizes) for n in (node.data[0].width, node.data[0].stride))
    for y, z in np.ndindex(*out[-2:]):
        yield y, z, slice(stride * y, stride * y + width), slice(stride * z, stride * z + width)


@rule("maxpool")
def _maxpool(node: Expr, frame: Frame, a: Digits) -> Digits:
    result = frame.full(frame.extent(node.shape), 0)
    for y, z, rows, columns in _pooled(node, frame, result.shape):
        for at in np.ndindex(a.shape[:-2]):
            result[(*at, y, z)] = max(a[(*at, rows, columns)].reshape(-1))
    return result


@rule("maxunpool")
def _maxunpool(node: Expr, frame: Frame, delta: Digits, a: Digits) -> Digits:
    result = frame.full(a.shape, 0)
    for y, z, rows, columns in _pooled(node, frame, delta.shape):
        for at in np.ndindex(a.shape[:-2]):
            window = a[(*at, rows, columns)]
            greatest = max(window.reshape(-1))
            places = [p for p in np.ndindex(window.shape) if window[p] == greatest]
            if len(places) > 1:
                raise Invalid("two entries of a window that must not tie do")
            result[(*at, rows, columns)][places[0]] += delta[(*at, y, z)]
    return result


@rule("avgpool")
def _avgpool(node: Expr, frame: Frame, a: Digits) -> Digits:
    result = frame.full(frame.extent(node.shape), 0)
    area = node.data[0].width.value(frame.sizes) ** 2
    for y, z, rows, columns in _pooled(node, frame, result.shape):
        result[..., y, z] = a[..., rows, columns].sum((-2, -1)) / frame.mp.mpf(area)
    return result


@rule("avgunpool")
def _avgunpool(node: Expr, frame: Frame, delta: Digits) -> Digits:
    result = frame.full(frame.extent(node.shape), 0)
    area = node.data[0].width.value(frame.sizes) ** 2
    for y, z, rows, columns in _pooled(node, frame, delta.shape):
        result[..., rows, columns] += delta[..., y, z, None, None] / frame.mp.mpf(area)
    return result


@rule("reindex")
def _reindex(node: Expr, frame: Frame, a: Digits) -> Digits:
    _, scale, shifts, _ = node.data
    c = scale.value(frame.sizes)
    if c == 0:
        raise Invalid("an array whose entries are moved to one place")
    result = frame.full(frame.extent(node.shape), 0)
    first, second = (n.value(frame.sizes) for n in shifts)
    for i, j in np.ndindex(*a.shape[-2:]):
        y, z = c * i + first, c * j + second
        if 0 <= y < result.shape[-2] and 0 <= z < result.shape[-1]:
            result[..., y, z] = a[..., i, j]
    return result
