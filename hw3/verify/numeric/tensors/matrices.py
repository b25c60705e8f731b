"""Transposes, traces, inverses, determinants, blocks, factors and entries of tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import axes
from hw3.verify.numeric.tensors.rules import Frame, batch_of, rule


@rule("transpose")
def _transpose(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    before, after = len(node.args[0].shape), len(node.shape)
    if before == 2:
        return a.mT if after == 2 else a.mT.squeeze(-1)
    return a.unsqueeze(-2) if before == 1 else a


@rule("inverse")
def _inverse(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return torch.linalg.inv(a)


@rule("trace")
def _trace(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return a.diagonal(dim1=-2, dim2=-1).sum(-1) if node.args[0].shape else a


@rule("det")
def _det(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return torch.linalg.det(a)


@rule("logdet")
def _logdet(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return torch.linalg.slogdet(a)[1]


@rule("diag")
def _diag(node: Expr, frame: Frame, v: Tensor) -> Tensor:
    return torch.diag_embed(v)


@rule("diagonal")
def _diagonal(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return a.diagonal(dim1=-2, dim2=-1)


@rule("norm")
def _norm(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    rank = len(node.args[0].shape)
    return torch.linalg.vector_norm(a, dim=tuple(range(-rank, 0))) if rank else a.abs()


@rule("stack")
def _stack(node: Expr, frame: Frame, *columns: Tensor) -> Tensor:
    batch = torch.broadcast_shapes(*(c.shape[:-1] for c in columns))
    return torch.cat([c.expand(*batch, c.shape[-1]) for c in columns], -1)


@rule("blockdiag")
def _blockdiag(node: Expr, frame: Frame, *blocks: Tensor) -> Tensor:
    batch = torch.broadcast_shapes(*(b.shape[:-2] for b in blocks))
    total = sum(b.shape[-1] for b in blocks)
    rows, before = [], 0
    for block in blocks:
        n = block.shape[-1]
        padding = (before, total - before - n)
        rows.append(torch.nn.functional.pad(block.expand(*batch, n, n), padding))
        before += n
    return torch.cat(rows, -2)


@rule("cholesky")
def _cholesky(node: Expr, frame: Frame, s: Tensor) -> Tensor:
    return torch.linalg.cholesky(s)


@rule("eigenvalues")
def _eigenvalues(node: Expr, frame: Frame, s: Tensor) -> Tensor:
    return torch.linalg.eigvalsh((s + s.mT) / 2)


@rule("entry")
def _entry(node: Expr, frame: Frame, array: Tensor, *indices: Tensor) -> Tensor:
    own = frame.extent(axes(node.args[0].shape))
    batch = batch_of(array, node.args[0])
    if not own:
        return array.reshape(batch)
    grids: list[Any] = [
        torch.arange(n, device=array.device).reshape(n, *[1] * (len(batch) - k - 1)) for k, n in enumerate(batch)
    ]
    return array.reshape(batch + own)[tuple(grids) + indices]
