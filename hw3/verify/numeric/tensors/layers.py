"""Fully connected layers and their adjoints, broadcasting, sums over axes, softmax, on tensors."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric.tensors.rules import Frame, batch_of, rule


def _flat(a: Tensor, node: Expr, features: int, frame: Frame) -> Tensor:
    """The last axes as one."""
    shape = frame.extent(node.shape)
    own = shape[: len(shape) - features]
    return a.reshape(*batch_of(a, node), *own, prod(shape[len(shape) - features :]))


@rule("dense")
def _dense(node: Expr, frame: Frame, w: Tensor, h: Tensor) -> Tensor:
    kernel = _flat(w, node.args[0], node.data, frame)
    features = _flat(h, node.args[1], node.data, frame)
    if len(node.args[1].shape) == node.data:
        return (kernel @ features.unsqueeze(-1)).squeeze(-1)
    return features @ kernel.mT


@rule("dense_input")
def _dense_input(node: Expr, frame: Frame, delta: Tensor, w: Tensor) -> Tensor:
    kernel = _flat(w, node.args[1], len(node.args[1].shape) - 1, frame)
    if len(node.args[0].shape) == 1:
        done = (kernel.mT @ delta.unsqueeze(-1)).squeeze(-1)
        return done.reshape(*done.shape[:-1], *frame.extent(node.shape))
    done = delta @ kernel
    return done.reshape(*done.shape[:-2], *frame.extent(node.shape))


@rule("dense_kernel")
def _dense_kernel(node: Expr, frame: Frame, delta: Tensor, h: Tensor) -> Tensor:
    rank = len(node.args[0].shape)
    features = _flat(h, node.args[1], len(node.args[1].shape) - rank + 1, frame)
    done = delta.unsqueeze(-1) * features.unsqueeze(-2) if rank == 1 else delta.mT @ features
    return done.reshape(*done.shape[:-2], *frame.extent(node.shape))


@rule("broadcast")
def _broadcast(node: Expr, frame: Frame, b: Tensor) -> Tensor:
    (_, axis), own = node.data, frame.extent(node.shape)
    batch = batch_of(b, node.args[0])
    column = b.reshape(*batch, *(n if k == axis else 1 for k, n in enumerate(own)))
    return column.expand(*batch, *own)


@rule("sum_axes")
def _sum_axes(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    rank = len(node.args[0].shape)
    gone = tuple(k - rank for k in range(rank) if k != node.data)
    total = a.sum(gone) if gone else a
    return total.reshape((*batch_of(a, node.args[0]), *frame.extent(node.shape)))


@rule("softmax")
def _softmax(node: Expr, frame: Frame, z: Tensor) -> Tensor:
    return torch.softmax(z, -1)


@rule("logsumexp")
def _logsumexp(node: Expr, frame: Frame, z: Tensor) -> Tensor:
    return torch.logsumexp(z, -1)
