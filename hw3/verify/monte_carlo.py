"""The Monte Carlo witness: a divergence as the mean of log ratios at samples.

    KL[p || q] = E over x ~ p of log p(x) - log q(x)  ~  (1/n) sum_i log p(x_i) - log q(x_i)

It is independent of every closed form, and it never refutes alone. The statistic is z = (mean - claimed) /
standard error; |z| > 6 counts against the claim. For n of 16,384 and more, and log ratios of two Gaussians
(a quadratic form of a Gaussian, with all moments), the chance of that for a true claim is nominally 2e-9;
the skewness of the mean makes it larger, and it is stated as below 1e-6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

FALSE_ALARM = 1e-6
LEAST_SAMPLES = 16_384
BLOCK = 1 << 16


@dataclass(frozen=True)
class Gaussian:
    """N(mean, covariance): `mean` (k,), `covariance` (k, k), float64."""

    mean: Tensor
    covariance: Tensor

    @property
    def k(self) -> int:
        return self.mean.shape[0]

    @cached_property
    def factor(self) -> Tensor:
        """The Cholesky factor, (k, k)."""
        return torch.linalg.cholesky(self.covariance)

    @cached_property
    def whitening(self) -> Tensor:
        """The factor's inverse, (k, k): it takes deviations to standard normal ones."""
        return torch.linalg.solve_triangular(self.factor, torch.eye(self.k).to(self.factor), upper=False)

    def log_density(self, x: Tensor) -> Tensor:
        """log N(x | mean, covariance) at the rows of x (n, k), up to -k/2 log 2 pi, which cancels in ratios."""
        white = (x - self.mean) @ self.whitening.T  # (n, k)
        return -0.5 * white.square().sum(1) - self.factor.diagonal().log().sum()


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo estimate against a claimed value.

    `outcome` is holds, fails (|z| > 6) or inconclusive (the standard error cannot see five percent).
    """

    n: int
    estimate: float
    standard_error: float
    claimed: float
    z: float
    outcome: str

    def json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "z": self.z,
            "claimed": self.claimed,
            "outcome": self.outcome,
            "false_alarm": FALSE_ALARM,
        }


def log_ratios(p: Gaussian, q: Gaussian, n: int, seed: int, device: str = "cpu") -> Tensor:
    """log p(x) - log q(x) at n samples x ~ p: (n,), float64, on the device where it was computed."""
    generator = torch.Generator(device="cpu").manual_seed(seed)
    p, q = (Gaussian(g.mean.to(device), g.covariance.to(device)) for g in (p, q))
    parts = []
    for start in range(0, n, BLOCK):
        # Drawn on the CPU, so that a seed means the same on every device.
        noise = torch.randn(min(BLOCK, n - start), p.k, generator=generator, dtype=torch.float64).to(device)
        x = p.mean + noise @ p.factor.T  # (block, k)
        parts.append(p.log_density(x) - q.log_density(x))
    return torch.cat(parts)


def estimate(p: Gaussian, q: Gaussian, claimed: float, n: int, seed: int, device: str = "cpu") -> Estimate:
    """The divergence by n samples, against the claimed value."""
    ratios = log_ratios(p, q, n, seed, device)
    mean = float(ratios.mean())
    error = float(ratios.std() / n**0.5)
    # Where all log ratios are equal (p = q, say) the spread is rounding, and so is the difference.
    scale = float(p.log_density(p.mean[None]).abs().max()) + p.k + abs(claimed)
    floor = 64 * torch.finfo(torch.float64).eps * scale
    z = (mean - claimed) / max(error, floor)
    if abs(z) > 6:
        outcome = "fails"
    elif error > floor and 6 * error > 0.05 * abs(claimed):
        outcome = "inconclusive"
    else:
        outcome = "holds"
    return Estimate(n, mean, error, claimed, z, outcome)


def convergence(
    p: Gaussian, q: Gaussian, claimed: float, n: int, seed: int, device: str = "cpu"
) -> dict[str, list[float]]:
    """The error of the running mean at growing n, with its standard error: the data of `--plot`."""
    ratios = log_ratios(p, q, n, seed, device).cpu()
    counts = torch.unique(torch.logspace(1, math.log10(n), 60, dtype=torch.float64).round().long().clamp(2, n))
    sums, squares = ratios.cumsum(0), ratios.square().cumsum(0)
    at = counts - 1
    means = sums[at] / counts
    variance = (squares[at] / counts - means.square()).clamp_min(0) * counts / (counts - 1)
    return {
        "n": counts.double().tolist(),
        "error": (means - claimed).abs().tolist(),
        "standard_error": (variance / counts).sqrt().tolist(),
    }
