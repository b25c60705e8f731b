"""Convolution, pooling, and their adjoints on tensors.

An adjoint is not the transpose of its operation's own code: the adjoint of a convolution in the input is
torch's transposed convolution, cropped; the one in the kernel is a product with the unfolded input; what a
pooling chose is read from torch's indices. An axis of batches to the left of an argument broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from hw3.derivations.language.expression import Expr
from hw3.verify.geometry import check_windows
from hw3.verify.numeric.draw import Invalid
from hw3.verify.numeric.tensors.rules import Frame, batch_of, rule

Convolve = Callable[..., Tensor]


def _numbers(node: Expr, frame: Frame) -> tuple[int, int, int]:
    """Stride, dilation and padding, of windows that fit."""
    check_windows(node, frame.sizes)
    g = node.data[0]
    return frame.size(g.stride), frame.size(g.dilation), frame.size(g.padding)


def _convolved(convolve: Convolve, x: Tensor, w: Tensor, rank: int, **geometry: int) -> Tensor:
    """Images with `rank` axes of their own by kernels with 4; where the kernels have batches of their own, each
    element of the batch is a group of channels."""
    if w.ndim == 4:
        images = x.reshape(-1, *x.shape[-3:])
        done = convolve(images, w, **geometry)
        return done.reshape(*x.shape[:-3], *done.shape[-3:])
    batch = torch.broadcast_shapes(x.shape[: x.ndim - rank], w.shape[:-4])
    own = x.shape[x.ndim - rank :]
    images = x.expand(*batch, *own).reshape(batch.numel(), -1, *own[-3:]).transpose(0, 1).flatten(1, 2)
    kernels = w.expand(*batch, *w.shape[-4:]).reshape(-1, *w.shape[-3:])
    done = convolve(images, kernels, groups=batch.numel(), **geometry)
    apart = done.reshape(len(done), batch.numel(), -1, *done.shape[-2:]).transpose(0, 1)
    return apart.reshape(*batch, *own[:-3], *apart.shape[-3:])


def _placed(a: Tensor, first: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """The part of this size that begins at `first`, with zeros where a has ended or not begun."""
    border: list[int] = []
    for dim, start, length in ((-1, first[1], size[1]), (-2, first[0], size[0])):
        low = min(max(start, 0), a.shape[dim])
        high = min(max(start + length, low), a.shape[dim])
        a = a.narrow(dim, low, high - low)
        before = min(max(-start, 0), length)
        border += [before, length - before - (high - low)]
    return F.pad(a, border) if any(border) else a


@rule("conv")
def _conv(node: Expr, frame: Frame, x: Tensor, w: Tensor) -> Tensor:
    stride, dilation, padding = _numbers(node, frame)
    return _convolved(F.conv2d, x, w, len(node.shape), stride=stride, dilation=dilation, padding=padding)


@rule("conv_input")
def _conv_input(node: Expr, frame: Frame, delta: Tensor, w: Tensor) -> Tensor:
    stride, dilation, padding = _numbers(node, frame)
    full = _convolved(F.conv_transpose2d, delta, w, len(node.shape), stride=stride, dilation=dilation)
    h, wide = frame.extent(node.shape[-2:])
    return _placed(full, (padding, padding), (h, wide))


@rule("conv_kernel")
def _conv_kernel(node: Expr, frame: Frame, delta: Tensor, x: Tensor) -> Tensor:
    stride, dilation, padding = _numbers(node, frame)
    own = frame.extent(node.shape)
    batch = torch.broadcast_shapes(batch_of(delta, node.args[0]), batch_of(x, node.args[1]))
    columns = F.unfold(x.reshape(-1, *x.shape[-3:]), own[-2:], dilation, padding, stride)
    columns = columns.reshape(*batch_of(x, node.args[1]), -1, *columns.shape[-2:])  # ..., image, entry, window
    cotangents = delta.reshape(*batch_of(delta, node.args[0]), -1, delta.shape[-3], columns.shape[-1])
    products = torch.einsum("...nol,...nkl->...ok", cotangents, columns)
    return products.reshape(*batch, *own)


# --- pooling --------------------------------------------------------------------------------------------


def _window(node: Expr, frame: Frame) -> tuple[int, int]:
    check_windows(node, frame.sizes)
    return frame.size(node.data[0].width), frame.size(node.data[0].stride)


def _images(a: Tensor) -> Tensor:
    """Images of one channel in one batch."""
    return a.reshape(-1, 1, *a.shape[-2:])


def _cut(a: Tensor, size: tuple[int, ...]) -> Tensor:
    return a[..., : size[-2], : size[-1]]


@rule("maxpool")
def _maxpool(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    width, stride = _window(node, frame)
    size = frame.extent(node.shape)
    return _cut(F.max_pool2d(_images(a), width, stride), size).reshape(*a.shape[:-2], *size[-2:])


@rule("maxunpool")
def _maxunpool(node: Expr, frame: Frame, delta: Tensor, a: Tensor) -> Tensor:
    """At a tie torch chooses one entry; the calculus supposes that there is none."""
    width, stride = _window(node, frame)
    own = frame.extent(node.shape)
    batch = torch.broadcast_shapes(batch_of(delta, node.args[0]), batch_of(a, node.args[1]))
    small = frame.extent(node.args[0].shape)
    _, chosen = F.max_pool2d(_images(a.detach()), width, stride, return_indices=True)
    chosen = _cut(chosen, small).reshape(*batch_of(a, node.args[1]), *small).expand(*batch, *small)
    cotangents = delta.expand(*batch, *small).reshape(-1, small[-2] * small[-1])
    zeros = delta.new_zeros(len(cotangents), own[-2] * own[-1])
    return zeros.scatter_add(1, chosen.reshape(cotangents.shape), cotangents).reshape(*batch, *own)


def choice_margin(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    """How far the greatest entry of each window is above the next one: infinite for windows of one entry."""
    width, stride = _window(node, frame)
    pooled = node if node.operation.name == "maxpool" else node.args[0]
    size = frame.extent(pooled.shape)
    windows = a.unfold(-2, width, stride).unfold(-2, width, stride).flatten(-2)
    windows = windows[..., : size[-2], : size[-1], :]
    if width == 1:
        return torch.full(windows.shape[:-1], torch.inf, dtype=a.dtype)
    greatest = windows.topk(2, -1).values
    return greatest[..., 0] - greatest[..., 1]


@rule("avgpool")
def _avgpool(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    width, stride = _window(node, frame)
    size = frame.extent(node.shape)
    return _cut(F.avg_pool2d(_images(a), width, stride), size).reshape(*a.shape[:-2], *size[-2:])


@rule("avgunpool")
def _avgunpool(node: Expr, frame: Frame, delta: Tensor) -> Tensor:
    width, stride = _window(node, frame)
    h, w = frame.extent(node.shape[-2:])
    mean = torch.full((1, 1, width, width), 1 / width**2, dtype=delta.dtype, device=delta.device)
    full = F.conv_transpose2d(_images(delta), mean, stride=stride)
    return _placed(full, (0, 0), (h, w)).reshape(*delta.shape[:-2], h, w)


# --- moving ---------------------------------------------------------------------------------------------


@rule("reindex")
def _reindex(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    """Turned round if the scale is negative, spread out by it, and shifted."""
    scale, (down, right), (h, w) = frame.size(node.data[1]), frame.extent(node.data[2]), frame.extent(node.data[3])
    if scale == 0:
        raise Invalid("an array whose entries are moved to one place")
    if scale < 0:
        down, right = (shift + scale * (n - 1) for shift, n in zip((down, right), a.shape[-2:], strict=True))
        a = a.flip((-2, -1))
    for dim in (-2, -1) if abs(scale) > 1 else ():
        a = _spread(a.transpose(dim, -1), abs(scale)).transpose(dim, -1)
    return _placed(a, (-down, -right), (h, w))


def _spread(a: Tensor, scale: int) -> Tensor:
    """With zeros between the entries of the last axis."""
    return F.pad(a.unsqueeze(-1), (0, scale - 1)).flatten(-2)[..., : a.shape[-1] * scale - scale + 1]
