r"""Paths between two latents.

    linear:     z(t) = (1 - t) a + t b
    spherical:  z(t) = (sin((1 - t) w) a + sin(t w) b) / sin w,     cos w = a.b / (|a| |b|)

Latents of a Gaussian prior lie near a sphere: the straight line cuts through its inside, where pictures are flat and
grey; the arc stays out (T. White, Sampling Generative Networks, 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor

PARALLEL = 1e-4  # rad; below it, and near pi, where no arc is singled out, the line is taken


def linear(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """(steps, ..., d): the straight way from a to b, both (..., d), ends included."""
    t = _times(a, steps)
    return (1 - t) * a + t * b


def spherical(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """(steps, ..., d): the way along the arc from a to b, both (..., d), ends included.

    >>> spherical(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 3)[1]
    tensor([0.7071, 0.7071])
    """
    t = _times(a, steps).double()
    x, y = a.double(), b.double()
    cosine = (x * y).sum(-1, keepdim=True) / (x.norm(dim=-1, keepdim=True) * y.norm(dim=-1, keepdim=True))
    angle = torch.acos(cosine.clamp(-1, 1))
    arc = (torch.sin((1 - t) * angle) * x + torch.sin(t * angle) * y) / torch.sin(angle)
    straight = ~((angle > PARALLEL) & (angle < torch.pi - PARALLEL))  # true for nan too: one of them is 0
    return torch.where(straight, (1 - t) * x + t * y, arc).to(a.dtype)


def _times(a: Tensor, steps: int) -> Tensor:
    t = torch.linspace(0, 1, steps, dtype=torch.float64, device=a.device).to(a.dtype)
    return t.view(-1, *[1] * a.ndim)


PATHS = {"spherical": spherical, "linear": linear}
