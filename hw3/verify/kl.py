"""`hw3 verify kl`: the claims on the divergence of two Gaussians, judged; or the user's own two Gaussians."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from hw3.derivations.kl import claims
from hw3.derivations.kl.definition import closed_form_claim, reverse_claim
from hw3.errors import UserError
from hw3.verify import monte_carlo
from hw3.verify.divergence import kl
from hw3.verify.entry import callable_module
from hw3.verify.gaussians import load_gaussian
from hw3.verify.judge import Settings, drawn_pair, judge
from hw3.verify.monte_carlo import Gaussian
from hw3.verify.verdicts import Evidence, Report, Verdict

TITLE = "The Kullback-Leibler divergence of two Gaussians"


def verify(settings: Settings, progress: Callable[[str], None] = lambda title: None) -> Report:
    """Judges every claim of `hw3.derivations.kl`."""
    start = time.perf_counter()
    verdicts = []
    for claim in claims():
        progress(claim.title)
        verdicts.append(judge(claim, settings))
    return Report("kl", tuple(verdicts), time.perf_counter() - start)


def count() -> int:
    """How many claims `verify` judges."""
    return len(claims())


def plot(file: Path, settings: Settings, pair: tuple[Gaussian, Gaussian] | None) -> float:
    """Plots the Monte Carlo error against n, for the pair or for one that is drawn; returns the slope."""
    from hw3.verify.reports.plots import plot_convergence

    p, q = pair or drawn_pair(closed_form_claim(), settings.dims[0], settings.seed)
    value = float(kl(p.mean, p.covariance, q.mean, q.covariance))
    return plot_convergence(p, q, value, settings.samples, settings.seed, file, settings.device)


def load_pair(
    mean0: Path | None, cov0: Path | None, mean1: Path | None, cov1: Path | None
) -> tuple[Gaussian, Gaussian]:
    """The user's two Gaussians.

    Raises:
        UserError: one of the four files is not given, or not usable.
    """
    if mean0 is None or cov0 is None or mean1 is None or cov1 is None:
        raise UserError("two Gaussians need four files: give --mean0, --cov0, --mean1 and --cov1")
    p, q = load_gaussian(mean0, cov0), load_gaussian(mean1, cov1)
    if p.k != q.k:
        raise UserError(f"{mean0} has dimension {p.k} and {mean1} has {q.k}: a divergence needs two of one dimension")
    return p, q


def verify_pair(p: Gaussian, q: Gaussian, settings: Settings) -> Report:
    """Both directions of the divergence of two given Gaussians, by the proved form and by samples."""
    start = time.perf_counter()
    directions = ((closed_form_claim(), p, q), (reverse_claim(), q, p))
    verdicts = tuple(
        _at(judge(claim, replace(settings, samples=monte_carlo.LEAST_SAMPLES)), a, b, settings)
        for claim, a, b in directions
    )
    return Report("kl", verdicts, time.perf_counter() - start)


def _at(verdict: Verdict, p: Gaussian, q: Gaussian, settings: Settings) -> Verdict:
    value = float(kl(p.mean, p.covariance, q.mean, q.covariance))
    if not math.isfinite(value):
        raise UserError("the divergence of these two Gaussians is too large for float64: scale the data")
    estimate = monte_carlo.estimate(p, q, value, settings.samples, settings.seed, settings.device)
    found = Evidence("value", True, f"{value:.12g} nats by the stable form", {"value": value})
    says = f"{estimate.estimate:.6g} ± {estimate.standard_error:.1e} by {estimate.n:,} samples, z = {estimate.z:.1f}"
    holds = {"holds": True, "fails": False}.get(estimate.outcome)
    sampled = Evidence("Monte Carlo", holds, says, estimate.json())
    kept = tuple(e for e in verdict.evidence if e.kind == "proof")
    if estimate.outcome == "fails" and verdict.verdict == "proved":
        reason = "Samples and the proved form disagree at these numbers: this is a bug in hw3, please report it."
        verdict = replace(verdict, verdict="undecided", reason=reason)
    else:
        verdict = replace(verdict, reason=f"Here it is {value:.12g} nats.")
    return replace(verdict, evidence=(*kept, found, sampled), monte_carlo=estimate.json())


def check_device(device: str) -> str:
    """The device, if torch can compute on it.

    Raises:
        UserError: it can't.
    """
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"torch cannot compute on {device!r} here: use --device cpu") from error
    return device


callable_module(__name__)
