"""The accuracy of implementations of the divergence of two Gaussians against 50-digit arithmetic.

    python benchmarks/kl_accuracy.py [--markdown docs/kl-accuracy.md] [--quick]

For k = 1 to 100, condition numbers 1 to 1e12, float32 and float64, pairs that are near (KL about 1e-12 in
float64, 1e-6 in float32) and far apart. The truth is the divergence of the stored matrices, so that what is
measured is the formula and not the rounding of its input. Errors are relative; "-" is a failed factorisation
or a value that is not finite.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import mpmath
import numpy as np
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from hw3.verify.divergence import kl

Pair = tuple[Tensor, Tensor, Tensor, Tensor]


def textbook(mean0: Tensor, s0: Tensor, mean1: Tensor, s1: Tensor) -> Tensor:
    """1/2 (tr(S1^-1 S0) + d^T S1^-1 d - k + log det S1 / det S0), with inverses and determinants."""
    inverse, d = torch.linalg.inv(s1), mean1 - mean0
    trace = torch.trace(inverse @ s0)
    return 0.5 * (trace + d @ inverse @ d - len(d) + torch.log(torch.det(s1) / torch.det(s0)))


def torch_distributions(mean0: Tensor, s0: Tensor, mean1: Tensor, s1: Tensor) -> Tensor:
    p, q = (MultivariateNormal(m, s, validate_args=False) for m, s in ((mean0, s0), (mean1, s1)))
    return kl_divergence(p, q)


METHODS: dict[str, Callable[..., Tensor]] = {
    "hw3 (the proved stable form)": kl,
    "torch.distributions": torch_distributions,
    "textbook (inverse, determinant)": textbook,
}


def pairs(k: int, condition: float, dtype: torch.dtype, near: bool, seed: int) -> Pair:
    """Two Gaussians in k dimensions whose covariances have the condition number."""
    g = np.random.default_rng([seed, k, int(np.log10(condition)), near])
    q, _ = np.linalg.qr(g.standard_normal((k, k)))
    spectrum = np.logspace(0, -np.log10(condition), k) if k > 1 else np.ones(1)
    root = q * np.sqrt(spectrum)
    s1 = root @ root.T
    step = (1e-6 if dtype is torch.float64 else 1e-3) if near else 0.5
    noise = g.standard_normal((k, k))
    noise = (noise + noise.T) / np.sqrt(8 * k)
    s0 = root @ (np.eye(k) + step * noise + (0 if near else np.eye(k))) @ root.T
    mean1 = g.standard_normal(k)
    mean0 = mean1 + step * root @ g.standard_normal(k) / np.sqrt(k)
    s0, s1 = (s0 + s0.T) / 2, (s1 + s1.T) / 2
    return tuple(torch.tensor(a, dtype=dtype) for a in (mean0, s0, mean1, s1))  # type: ignore[return-value]


def truth(pair: Pair) -> mpmath.mpf | None:
    """The divergence of the stored numbers at 50 digits, by triangular factors; None if one isn't definite."""
    mean0, s0, mean1, s1 = (np.vectorize(mpmath.mpf)(a.double().numpy()) for a in pair)
    lower0, lower1 = cholesky(s0), cholesky(s1)
    if lower0 is None or lower1 is None:
        return None
    white = forward(lower1, lower0)
    d = forward(lower1, (mean1 - mean0)[:, None])
    k = len(mean0)
    logs = sum(mpmath.log(lower1[i, i]) - mpmath.log(lower0[i, i]) for i in range(k))
    return ((white**2).sum() + (d**2).sum() - k) / 2 + logs


def cholesky(s: np.ndarray) -> np.ndarray | None:
    lower = np.zeros_like(s)
    for j in range(len(s)):
        pivot = s[j, j] - (lower[j, :j] ** 2).sum()
        if pivot <= 0:
            return None
        lower[j, j] = mpmath.sqrt(pivot)
        lower[j + 1 :, j] = (s[j + 1 :, j] - lower[j + 1 :, :j] @ lower[j, :j]) / lower[j, j]
    return lower


def forward(lower: np.ndarray, right: np.ndarray) -> np.ndarray:
    x = right.copy()
    for i in range(len(lower)):
        x[i] = (x[i] - lower[i, :i] @ x[:i]) / lower[i, i]
    return x


def error(method: Callable[..., Tensor], pair: Pair, exact: mpmath.mpf) -> float:
    """The relative error of a method, infinite if it fails."""
    try:
        value = float(method(*pair))
    except (torch.linalg.LinAlgError, ValueError):
        return float("inf")
    return abs(float((mpmath.mpf(value) - exact) / exact)) if np.isfinite(value) else float("inf")


def rows(ks: tuple[int, ...], conditions: tuple[float, ...], seeds: int) -> Iterator[tuple[str, ...]]:
    """A row for each precision, distance and condition number: the worst over k and the seeds."""
    for dtype in (torch.float64, torch.float32):
        for near in (True, False):
            for condition in conditions:
                worst = dict.fromkeys(METHODS, 0.0)
                judged = 0
                for k in ks:
                    for seed in range(seeds):
                        pair = pairs(k, condition, dtype, near, seed)
                        exact = truth(pair)
                        if exact is None or exact <= 0:
                            continue  # rounding to this precision left no definite matrix
                        judged += 1
                        for name, method in METHODS.items():
                            worst[name] = max(worst[name], error(method, pair, exact))
                shown = [f"{w:.0e}" if np.isfinite(w) else "-" for w in worst.values()]
                kind = "near" if near else "far"
                yield (str(dtype).removeprefix("torch."), kind, f"{condition:.0e}", str(judged), *shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--quick", action="store_true", help="k up to 10 and one seed")
    arguments = parser.parse_args()
    mpmath.mp.dps = 50
    ks, seeds = ((1, 2, 10), 1) if arguments.quick else ((1, 2, 3, 10, 30, 100), 2)
    header = ("precision", "pairs", "condition", "judged", *METHODS)
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    for row in rows(ks, (1.0, 1e4, 1e8, 1e12), seeds):
        lines.append("| " + " | ".join(row) + " |")
        print(*row, sep="\t", flush=True)
    if arguments.markdown is not None:
        command = "python benchmarks/kl_accuracy.py" + (" --quick" if arguments.quick else "")
        about = f"`{command}`, {date.today()}, torch {torch.__version__}, Python {platform.python_version()}"
        arguments.markdown.parent.mkdir(parents=True, exist_ok=True)
        page = PAGE.format(table="\n".join(lines), about=about, k=", ".join(map(str, ks)))
        arguments.markdown.write_text(page, encoding="utf-8")


PAGE = """# The accuracy of the divergence

The largest relative error of three implementations of KL[N(μ₀, Σ₀) ‖ N(μ₁, Σ₁)] over k = {k}, against
50-digit arithmetic on the same stored numbers. An error of 1 means that no digit is right.

- "near": the two laws differ by about 1e-6 (float64) or 1e-3 (float32) of their spread, so that the divergence
  is about 1e-12 or 1e-6, and whatever does not cancel exactly drowns it.
- "far": they differ by about their spread.
- "condition": the condition number of both covariances before they are stored, for k > 1.
- "judged": the pairs whose stored covariances are positive definite.
- "-": for at least one of these pairs a factorisation failed, or the value is not finite.

{table}

Measured by {about}.

Where the laws almost agree, the textbook form and torch.distributions
subtract numbers of the size of k to get one of 1e-12; the stable form subtracts the covariances first, and nothing
afterwards. Far apart the three are alike as long as they give a value.

What is left grows with the condition number. To factorise a covariance in a precision ε is to change it by about ε of
its largest eigenvalue, which in the direction of its smallest is ε times the condition number: 1e-16 times 1e12 in
float64. hw3 computes float32 arguments in float64 and rounds the result, so its float32 rows are at the rounding of
the result; whether a covariance that is stored in float32 is still the one that was meant is another question, from
a condition number of 1e7 on.
"""


if __name__ == "__main__":
    main()
