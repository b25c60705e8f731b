"""Block matrices, stacked columns, Kronecker products, extremes and matrix functions, on tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE
from hw3.derivations.operations.blocks import in_rows
from hw3.verify.numeric.tensors.rules import Frame, batch_of, rule


def _matrix(frame: Frame, a: Tensor, node: Expr) -> Tensor:
    """The node's tensor as one of matrices."""
    return a.reshape(*batch_of(a, node), *frame.extent((*node.shape, ONE, ONE)[:2]))


def _shaped(frame: Frame, a: Tensor, node: Expr) -> Tensor:
    """A tensor of matrices in the node's shape."""
    return a.reshape(*a.shape[:-2], *frame.extent(node.shape))


@rule("vec")
def _vec(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    columns = _matrix(frame, a, node.args[0]).mT
    return columns.reshape(*columns.shape[:-2], *frame.extent(node.shape))


@rule("kron")
def _kron(node: Expr, frame: Frame, a: Tensor, b: Tensor) -> Tensor:
    left, right = (_matrix(frame, x, arg) for x, arg in zip((a, b), node.args, strict=True))
    products = left[..., :, None, :, None] * right[..., None, :, None, :]
    rows, columns = left.shape[-2] * right.shape[-2], left.shape[-1] * right.shape[-1]
    return _shaped(frame, products.reshape(*products.shape[:-4], rows, columns), node)


@rule("block")
def _block(node: Expr, frame: Frame, *blocks: Tensor) -> Tensor:
    matrices = [_matrix(frame, a, arg) for a, arg in zip(blocks, node.args, strict=True)]
    batch = torch.broadcast_shapes(*(a.shape[:-2] for a in matrices))
    whole = tuple(a.expand(*batch, *a.shape[-2:]) for a in matrices)
    rows = [torch.cat(row, -1) for row in in_rows(whole, node.data)]
    return _shaped(frame, torch.cat(rows, -2), node)


@rule("extremum")
def _extremum(node: Expr, frame: Frame, a: Tensor, b: Tensor) -> Tensor:
    return torch.maximum(a, b) if node.data == "max" else torch.minimum(a, b)


@rule("maximum_of")
def _maximum_of(node: Expr, frame: Frame, v: Tensor) -> Tensor:
    rank = len(node.args[0].shape)
    if not rank:
        return v
    own = tuple(range(-rank, 0))
    return v.amax(own) if node.data == "max" else v.amin(own)


@rule("matrix_exponential")
def _matrix_exponential(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return torch.linalg.matrix_exp(a)


@rule("matrix_sqrt")
def _matrix_sqrt(node: Expr, frame: Frame, s: Tensor) -> Tensor:
    spectrum, vectors = torch.linalg.eigh((s + s.mT) / 2)
    return (vectors * spectrum.sqrt().unsqueeze(-2)) @ vectors.mT
