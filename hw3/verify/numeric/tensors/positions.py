"""Samples, entries at shifted places, and the 0/1 numbers of indices, on tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size, axes
from hw3.verify.numeric.draw import Invalid
from hw3.verify.numeric.tensors.rules import Frame, batch_of, rule


def _picked(array: Tensor, batch: tuple[int, ...], own: tuple[int, ...], places: tuple[Tensor, ...]) -> Tensor:
    """The entries at these places along the first of its own axes, batch axes against batch axes."""
    grids: list[Any] = [
        torch.arange(n, device=array.device).reshape(n, *[1] * (len(batch) - k - 1)) for k, n in enumerate(batch)
    ]
    return array.reshape(batch + own)[tuple(grids) + places]


@rule("sample")
def _sample(node: Expr, frame: Frame, array: Tensor, i: Tensor) -> Tensor:
    of = node.args[0]
    taken = _picked(array, batch_of(array, of), frame.extent(of.shape), (i,))
    batch = taken.shape[: taken.ndim - len(of.shape) + 1]
    return taken.reshape(*batch, *frame.extent(node.shape))


def _affine(frame: Frame, form: tuple[tuple[Size, ...], Size], indices: tuple[Tensor, ...]) -> Tensor:
    coefficients, constant = form
    total = torch.tensor(frame.size(constant), device=frame.device)
    for c, i in zip(coefficients, indices, strict=True):
        total = total + frame.size(c) * i
    return total


@rule("coincide")
def _coincide(node: Expr, frame: Frame, *indices: Tensor) -> Tensor:
    return (_affine(frame, node.data, indices) == 0).to(frame.dtype)


@rule("shifted_entry")
def _shifted_entry(node: Expr, frame: Frame, array: Tensor, *indices: Tensor) -> Tensor:
    of = node.args[0]
    own, batch = frame.extent(axes(of.shape)), batch_of(array, of)
    places = tuple(_affine(frame, form, indices) for form in node.data)
    for at, n in zip(places, own, strict=True):
        if bool(((at < 0) | (at >= n)).any()):
            raise Invalid("an entry beyond the array")
    return _picked(array, batch, own, places) if own else array.reshape(batch)


@rule("less")
def _less(node: Expr, frame: Frame, i: Tensor, j: Tensor) -> Tensor:
    return (i < j if node.data else i <= j).to(frame.dtype)


@rule("index_value")
def _index_value(node: Expr, frame: Frame, i: Tensor) -> Tensor:
    return (i + 1).to(frame.dtype)
