"""Fully connected layers and their adjoints, broadcasting, sums over axes, softmax, at many digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric.digits.rules import Digits, Frame, rule


@rule("dense")
def _dense(node: Expr, frame: Frame, w: Digits, h: Digits) -> Digits:
    axes = tuple(range(1, w.ndim))
    return frame.array(np.tensordot(h, w, (tuple(range(h.ndim - len(axes), h.ndim)), axes)))


@rule("dense_input")
def _dense_input(node: Expr, frame: Frame, delta: Digits, w: Digits) -> Digits:
    return frame.array(np.tensordot(delta, w, ((delta.ndim - 1,), (0,))))


@rule("dense_kernel")
def _dense_kernel(node: Expr, frame: Frame, delta: Digits, h: Digits) -> Digits:
    if delta.ndim == 1:
        return frame.array(np.multiply.outer(delta, h))
    return frame.array(np.tensordot(delta, h, ((0,), (0,))))


@rule("broadcast")
def _broadcast(node: Expr, frame: Frame, b: Digits) -> Digits:
    (_, axis), own = node.data, frame.extent(node.shape)
    column = b.reshape([n if k == axis else 1 for k, n in enumerate(own)])
    return np.array(np.broadcast_to(column, own), dtype=object)


@rule("sum_axes")
def _sum_axes(node: Expr, frame: Frame, a: Digits) -> Digits:
    total: Any = a.sum(tuple(k for k in range(a.ndim) if k != node.data))
    return frame.array(total).reshape(frame.extent(node.shape))


def _exponentials(frame: Frame, z: Digits) -> Digits:
    return frame.array(np.frompyfunc(frame.mp.exp, 1, 1)(z))


@rule("softmax")
def _softmax(node: Expr, frame: Frame, z: Digits) -> Digits:
    e = _exponentials(frame, z)
    return frame.array(e / e.sum(-1, keepdims=True))


@rule("logsumexp")
def _logsumexp(node: Expr, frame: Frame, z: Digits) -> Digits:
    return frame.array(np.frompyfunc(frame.mp.log, 1, 1)(_exponentials(frame, z).sum(-1)))
