"""Transposes, traces, inverses, determinants, blocks, factors and entries at many digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE, axes
from hw3.verify.numeric.digits.rules import Digits, Frame, entries, rule
from hw3.verify.numeric.draw import Invalid, NotSymmetric


@rule("transpose")
def _transpose(node: Expr, frame: Frame, a: Digits) -> Digits:
    return a.reshape(frame.extent((*node.args[0].shape, ONE)[:2])).T.reshape(frame.extent(node.shape))


@rule("trace")
def _trace(node: Expr, frame: Frame, a: Digits) -> Digits:
    return frame.array(sum(a.diagonal()[1:], a[0, 0])) if a.ndim else a


@rule("inverse")
def _inverse(node: Expr, frame: Frame, a: Digits) -> Digits:
    return inverse(frame, a)


def inverse(frame: Frame, a: Digits) -> Digits:
    """A^-1 by elimination."""
    try:
        return frame.unmatrix(frame.mp.inverse(frame.matrix(a)))
    except ZeroDivisionError as error:
        raise Invalid("the inverse of a singular matrix") from error


@rule("det")
def _det(node: Expr, frame: Frame, a: Digits) -> Digits:
    return frame.array(frame.mp.mpf(frame.mp.det(frame.matrix(a))))  # of a singular matrix mpmath's is the int 0


@rule("logdet")
def _logdet(node: Expr, frame: Frame, a: Digits) -> Digits:
    return frame.array(logdet(frame, a))


def logdet(frame: Frame, a: Digits) -> Any:
    """log |det A|."""
    d = frame.mp.det(frame.matrix(a))
    if d == 0:
        raise Invalid("the log determinant of a singular matrix")
    return frame.mp.log(abs(d))


@rule("diag")
def _diag(node: Expr, frame: Frame, v: Digits) -> Digits:
    result = frame.full((len(v), len(v)), 0)
    for i, entry in enumerate(v):
        result[i, i] = entry
    return result


@rule("diagonal")
def _diagonal(node: Expr, frame: Frame, a: Digits) -> Digits:
    return a.diagonal().copy()


@rule("norm")
def _norm(node: Expr, frame: Frame, a: Digits) -> Digits:
    return frame.array(frame.mp.sqrt(sum((x * x for x in entries(a)), frame.mp.mpf(0))))


@rule("stack")
def _stack(node: Expr, frame: Frame, *columns: Digits) -> Digits:
    return np.concatenate(columns)


@rule("blockdiag")
def _blockdiag(node: Expr, frame: Frame, *blocks: Digits) -> Digits:
    n = sum(len(b) for b in blocks)
    result, at = frame.full((n, n), 0), 0
    for block in blocks:
        result[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return result


def symmetric(frame: Frame, s: Digits, tolerance: float = 1e-30) -> None:
    """Raises NotSymmetric unless S is its transpose up to rounding."""
    size = max(abs(x) for x in entries(s))
    if any(abs(x) > size * tolerance for x in entries(s - s.T)):
        raise NotSymmetric("a matrix that must be symmetric is not")


@rule("cholesky")
def _cholesky(node: Expr, frame: Frame, s: Digits) -> Digits:
    return cholesky(frame, s)


def cholesky(frame: Frame, s: Digits) -> Digits:
    """The lower triangular factor with a positive diagonal."""
    symmetric(frame, s)
    try:
        return frame.unmatrix(frame.mp.cholesky(frame.matrix((s + s.T) / 2)))
    except ValueError as error:
        raise Invalid("the Cholesky factor of a matrix that is not positive definite") from error


@rule("eigenvalues")
def _eigenvalues(node: Expr, frame: Frame, s: Digits) -> Digits:
    symmetric(frame, s)
    found = frame.mp.eigsy(frame.matrix((s + s.T) / 2), eigvals_only=True)
    return frame.array(sorted(found))


@rule("entry")
def _entry(node: Expr, frame: Frame, array: Digits, *indices: int) -> Digits:
    return frame.array(array.reshape(frame.extent(axes(node.args[0].shape)))[indices])
