r"""The Frechet distance of two samples of features, each taken for Gaussian.

    d^2 = ||m_0 - m_1||^2 + tr(S_0 + S_1 - 2 (S_0^(1/2) S_1 S_0^(1/2))^(1/2))

With features of our own classifier; its numbers compare with one another, and with no published FID.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def frechet_distance(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """d^2 of features x (n, d) and y (m, d), at least two of each. 0 for the same sample.

    It is biased upwards by sampling: compare only at equal n.

    >>> draw = np.random.default_rng(0)
    >>> round(frechet_distance(draw.normal(0, 1, (100_000, 1)), draw.normal(3, 2, (100_000, 1))), 1)  # 3^2 + (2 - 1)^2
    10.0
    """
    (m0, s0), (m1, s1) = _moments(x), _moments(y)
    values, vectors = np.linalg.eigh(s0)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    middle = np.sqrt(np.clip(np.linalg.eigvalsh(root @ s1 @ root), 0, None)).sum()
    return float(max(np.square(m0 - m1).sum() + np.trace(s0) + np.trace(s1) - 2 * middle, 0.0))


def _moments(x: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"features are (n, d) with n at least 2, not {x.shape}")
    mean = x.mean(0)
    return mean, (x - mean).T @ (x - mean) / (len(x) - 1)
