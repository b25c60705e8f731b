"""Block matrices, stacked columns, Kronecker products, extremes and matrix functions, at many digits."""

from __future__ import annotations

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE
from hw3.derivations.operations.blocks import in_rows
from hw3.verify.numeric.digits.matrices import symmetric
from hw3.verify.numeric.digits.rules import Digits, Frame, entries, rule
from hw3.verify.numeric.draw import Invalid


def _matrix(frame: Frame, a: Digits, node: Expr) -> Digits:
    return a.reshape(frame.extent((*node.shape, ONE, ONE)[:2]))


@rule("vec")
def _vec(node: Expr, frame: Frame, a: Digits) -> Digits:
    return _matrix(frame, a, node.args[0]).reshape(-1, order="F").reshape(frame.extent(node.shape))


@rule("kron")
def _kron(node: Expr, frame: Frame, a: Digits, b: Digits) -> Digits:
    left, right = _matrix(frame, a, node.args[0]), _matrix(frame, b, node.args[1])
    rows = [np.concatenate([frame.array(x * right) for x in row], 1) for row in left]
    return np.concatenate(rows, 0).reshape(frame.extent(node.shape))


@rule("block")
def _block(node: Expr, frame: Frame, *blocks: Digits) -> Digits:
    matrices = tuple(_matrix(frame, a, arg) for a, arg in zip(blocks, node.args, strict=True))
    rows = [np.concatenate(row, 1) for row in in_rows(matrices, node.data)]
    return np.concatenate(rows, 0).reshape(frame.extent(node.shape))


@rule("extremum")
def _extremum(node: Expr, frame: Frame, a: Digits, b: Digits) -> Digits:
    choose = max if node.data == "max" else min
    return frame.array([choose(x, y) for x, y in zip(entries(a), entries(b), strict=True)]).reshape(a.shape)


@rule("maximum_of")
def _maximum_of(node: Expr, frame: Frame, v: Digits) -> Digits:
    return frame.array((max if node.data == "max" else min)(entries(v)))


@rule("matrix_exponential")
def _matrix_exponential(node: Expr, frame: Frame, a: Digits) -> Digits:
    return frame.unmatrix(frame.mp.expm(frame.matrix(a)))


@rule("matrix_sqrt")
def _matrix_sqrt(node: Expr, frame: Frame, s: Digits) -> Digits:
    symmetric(frame, s)
    spectrum, vectors = frame.mp.eigsy(frame.matrix((s + s.T) / 2))
    if min(spectrum) <= 0:
        raise Invalid("the square root of a matrix that is not positive definite")
    basis = frame.unmatrix(vectors)
    roots = frame.array([frame.mp.sqrt(x) for x in spectrum])
    return frame.array((basis * roots) @ basis.T)
