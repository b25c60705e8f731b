r"""The loss: the negative evidence lower bound of a Gaussian decoder whose noise is the best one.

    -log p(x | z) = D/2 log(2 pi sigma^2) + ||x - xhat||^2 / (2 sigma^2)      least at sigma^2 = MSE
    loss = D/2 log MSE + beta KL                                              nats a picture, up to a constant

With the best sigma there is no weight to be tuned between the two terms (O. Rybkin, K. Daniilidis, S. Levine,
Simple and Effective VAE Training with Calibrated Decoders, 2021). The mean is over the pictures of all
processes before the logarithm: the mean of logarithms would be another loss for each number of processes.

The KL term is the proved expression, compiled by `hw3.verify.divergence`; it is written nowhere else.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor

from hw3.vae.model import Coded
from hw3.vae.processes import mean_over_processes
from hw3.verify.divergence import kl_standard

ROUNDING = 1 / (12 * 255**2)  # the variance of rounding to bytes: no decoder can be nearer to the truth


class Terms(NamedTuple):
    """The loss and its parts, for a batch."""

    loss: Tensor  # (), what is minimised
    mse: Tensor  # (), mean squared error of a pixel's channel, of all processes
    kl: Tensor  # (), nats a picture, of this process


def loss_terms(coded: Coded, x: Tensor, beta: float = 1.0) -> Terms:
    """The loss of coded pictures against the pictures x (n, c, s, s)."""
    mse = mean_over_processes((coded.reconstruction - x).square().mean())
    kl = kl_standard(coded.mean, coded.log_variance).mean()
    entries = x[0].numel()
    return Terms(0.5 * entries * (mse + ROUNDING).log() + beta * kl, mse, kl)


def elbo(mse: float, kl: float, entries: int) -> float:
    """The evidence lower bound in nats a picture, at the best noise: what the progress line shows.

    `entries` are a picture's numbers, D. It is a density's: it grows without bound as the error falls.

    >>> round(elbo(0.0025, 450.0, 12288))
    18922
    """
    return -0.5 * entries * (math.log(2 * math.pi * (mse + ROUNDING)) + 1) - kl


def bits_per_dimension(mse: float, kl: float, entries: int) -> float:
    """Bits that a pixel's channel takes at 256 levels, by the bound; -ELBO / (D log 2) + 8.

    >>> round(bits_per_dimension(0.0025, 450.0, 12288), 2)
    5.78
    """
    return -elbo(mse, kl, entries) / (entries * math.log(2)) + 8
