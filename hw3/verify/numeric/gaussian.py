"""Gaussian laws on tensors: the log density from its definition, and the spread of standard points.

    log N(x | m, S) = -1/2 (x - m)^T S^-1 (x - m) - 1/2 log |S| - k/2 log 2 pi
    x = m + L z with L the Cholesky factor of S (its root, for a scalar)

Means are (..., k), covariances (..., k, k), both with batch axes on the left; for a scalar law, (...) both.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from hw3.verify.numeric.domain import Value
from hw3.verify.numeric.magnitudes import logdet_magnitude


def log_density(law: tuple[Value, Value], x: Value, rank: int) -> Value:
    """The log density of the law (mean, covariance) at x; `rank` is 0 for a scalar and 1 for a column."""
    mean, covariance = law
    d, d_size = x.value - mean.value, x.magnitude + mean.magnitude
    s, s_size = covariance.value, covariance.magnitude
    log_two_pi = math.log(2 * math.pi)
    if rank == 0:
        value = -0.5 * (d * d / s + s.log() + log_two_pi)
        with torch.no_grad():
            share = s_size / s
            size = 0.5 * (d_size * d_size / s * share + s.log().abs() + share + log_two_pi)
        return Value(value, size)
    k = d.shape[-1]
    inverse, logdet = torch.linalg.inv(s), torch.linalg.slogdet(s)[1]
    value = -0.5 * (_form(d, inverse) + logdet + k * log_two_pi)
    with torch.no_grad():
        bound = inverse.abs() @ s_size @ inverse.abs()
        size = 0.5 * (_form(d_size, bound) + logdet_magnitude(inverse, logdet, s_size) + k * log_two_pi)
    return Value(value, size)


def _form(d: Tensor, matrix: Tensor) -> Tensor:
    """d^T M d."""
    return (d.unsqueeze(-2) @ matrix @ d.unsqueeze(-1)).squeeze(-1).squeeze(-1)


def spread(mean: Value, covariance: Value, points: Tensor, levels: int, rank: int) -> Value:
    """The standard points, (q, k), as points of the law on a new leftmost batch axis, after `levels` others."""
    z = points.reshape(len(points), *[1] * levels, *points.shape[1:])
    if rank == 0:
        move = covariance.value.sqrt() * z.squeeze(-1)
    else:
        move = (torch.linalg.cholesky(covariance.value) @ z.unsqueeze(-1)).squeeze(-1)
    return Value(mean.value + move, mean.magnitude + move.detach().abs())
