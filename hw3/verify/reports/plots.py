"""Figures of the verification: the Monte Carlo error of a divergence against the number of samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hw3.errors import UserError
from hw3.verify.monte_carlo import Gaussian, convergence

REPEATS = 64  # as many as it takes for the slope to come out within a few hundredths


def plot_convergence(
    p: Gaussian, q: Gaussian, claimed: float, n: int, seed: int, file: Path, device: str = "cpu"
) -> float:
    """Plots |estimate - claimed| against n on two logarithmic axes, with the band that the standard error
    gives, and returns the fitted slope (-1/2 for a mean of independent samples).

    Raises:
        UserError: the file's ending is no format that matplotlib writes.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    repeats = [convergence(p, q, claimed, n, seed + r, device) for r in range(REPEATS)]
    counts = np.array(repeats[0]["n"])
    errors = np.array([r["error"] for r in repeats])
    spread = np.mean([r["standard_error"] for r in repeats], axis=0)
    rms = np.sqrt((errors**2).mean(0))
    slope = float(np.polyfit(np.log(counts), np.log(rms), 1)[0])
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    axes.fill_between(counts, 0.05 * spread, 2 * spread, color="#9ecae1", alpha=0.5, label="up to two standard errors")
    axes.loglog(counts, errors[0], color="#6b6b6b", lw=0.8, label="one run")
    axes.loglog(counts, rms, color="#08519c", lw=1.8, label=f"root mean square of {REPEATS} runs, slope {slope:.2f}")
    axes.set_xlabel("samples $n$")
    axes.set_ylabel("error of the estimate")
    axes.set_title(f"Monte Carlo against the closed form, $k = {p.k}$, KL = {claimed:.4g}")
    axes.legend(frameon=False)
    axes.grid(True, which="major", alpha=0.3)
    axes.set_ylim(bottom=float(spread[-1]) * 0.05)
    try:
        figure.savefig(file, dpi=160)
    except ValueError as error:
        raise UserError(f"{file} has no ending that matplotlib writes: use .png, .svg or .pdf") from error
    finally:
        plt.close(figure)
    return slope
