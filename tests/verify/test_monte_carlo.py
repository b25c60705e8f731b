"""The Monte Carlo witness: unbiased, blind to nothing that is wrong by a term, and the same for the same seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.verify.monte_carlo import FALSE_ALARM, Gaussian, convergence, estimate, log_ratios


def gaussian(k: int, seed: int) -> Gaussian:
    g = np.random.default_rng([seed, k])
    a = g.normal(size=(k, k))
    return Gaussian(torch.from_numpy(g.normal(size=k)), torch.from_numpy(a @ a.T / k + np.eye(k)))


def terms(p: Gaussian, q: Gaussian) -> dict[str, float]:
    """The closed form, term by term, by numpy."""
    s0, s1 = p.covariance.numpy(), q.covariance.numpy()
    d = (q.mean - p.mean).numpy()
    return {
        "trace": float(np.trace(np.linalg.solve(s1, s0))) / 2,
        "mean": float(d @ np.linalg.solve(s1, d)) / 2,
        "k": -p.k / 2,
        "logdet": float(np.linalg.slogdet(s1)[1] - np.linalg.slogdet(s0)[1]) / 2,
    }


@settings(max_examples=25)
@given(k=st.integers(1, 12), seed=st.integers(0, 10_000))
def test_the_estimate_is_within_six_standard_errors(k: int, seed: int) -> None:
    p, q = gaussian(k, seed), gaussian(k, seed + 1)
    value = sum(terms(p, q).values())
    found = estimate(p, q, value, 20_000, seed)
    assert abs(found.estimate - value) < 6 * found.standard_error
    assert found.outcome != "fails"
    assert found.z == pytest.approx((found.estimate - value) / found.standard_error)


def test_z_is_standard_normal() -> None:
    p, q = gaussian(3, 0), gaussian(3, 1)
    value = sum(terms(p, q).values())
    z = np.array([estimate(p, q, value, 16_384, seed).z for seed in range(80)])
    assert abs(z.mean()) < 4 / math.sqrt(80)
    assert 0.75 < z.std() < 1.3


@pytest.mark.parametrize("wrong", ["no half", "trace", "mean", "k", "logdet", "sign of logdet", "reverse"])
def test_a_wrong_closed_form_fails(wrong: str) -> None:
    p, q = gaussian(4, 5), gaussian(4, 6)
    right = terms(p, q)
    value = sum(right.values())
    claimed = {
        "no half": 2 * value,
        "sign of logdet": value - 2 * right["logdet"],
        "reverse": sum(terms(q, p).values()),
    }
    found = estimate(p, q, claimed.get(wrong, value - right.get(wrong, 0)), 100_000, 0)
    assert found.outcome == "fails"
    assert abs(found.z) > 6


def test_equal_laws_have_no_variance() -> None:
    p = gaussian(5, 2)
    found = estimate(p, p, 0.0, 20_000, 0)
    assert (found.outcome, found.z) == ("holds", 0.0)
    assert estimate(p, p, 1e-6, 20_000, 0).outcome == "fails"
    # The same law, rounded otherwise: the spread is rounding, and so is the difference.
    turned = Gaussian(p.mean + 1e-16, p.covariance * (1 + 1e-16))
    assert estimate(p, turned, 0.0, 20_000, 0).outcome == "holds"


def test_too_noisy_to_tell() -> None:
    p, q = gaussian(1, 0), Gaussian(gaussian(1, 0).mean + 1e-3, gaussian(1, 0).covariance)
    found = estimate(p, q, sum(terms(p, q).values()), 1000, 0)
    assert found.outcome == "inconclusive"


def test_the_seed_fixes_the_samples() -> None:
    p, q = gaussian(3, 1), gaussian(3, 2)
    assert torch.equal(log_ratios(p, q, 70_000, 5), log_ratios(p, q, 70_000, 5))
    assert not torch.equal(log_ratios(p, q, 1000, 5), log_ratios(p, q, 1000, 6))
    # A longer run begins with the shorter one: a block is a block.
    assert torch.equal(log_ratios(p, q, 140_000, 5)[: 1 << 16], log_ratios(p, q, 70_000, 5)[: 1 << 16])


def test_what_is_reported() -> None:
    p, q = gaussian(2, 1), gaussian(2, 2)
    told = estimate(p, q, 1.0, 16_384, 0).json()
    assert list(told) == ["n", "estimate", "standard_error", "z", "claimed", "outcome", "false_alarm"]
    assert (told["n"], told["claimed"], told["false_alarm"]) == (16_384, 1.0, FALSE_ALARM)


def test_the_error_falls_like_the_root_of_n() -> None:
    p, q = gaussian(3, 1), gaussian(3, 2)
    value = sum(terms(p, q).values())
    runs = [convergence(p, q, value, 40_000, seed) for seed in range(40)]
    n = np.array(runs[0]["n"])
    assert n[-1] == 40_000
    rms = np.sqrt(np.mean([np.square(r["error"]) for r in runs], axis=0))
    slope = np.polyfit(np.log(n), np.log(rms), 1)[0]
    assert -0.58 < slope < -0.42
    spread = np.mean([r["standard_error"] for r in runs], axis=0)
    assert np.all((rms / spread)[n > 1000] < 1.5)
    whole = estimate(p, q, value, 40_000, 3)
    assert runs[3]["error"][-1] == pytest.approx(abs(whole.estimate - value))
    assert runs[3]["standard_error"][-1] == pytest.approx(whole.standard_error)
