"""The Frechet distance has the properties of one, and the values of the formula."""

import numpy as np
import pytest
from scipy import linalg

from hw3.vae.judging.frechet import frechet_distance


def samples(seed: int, n: int = 500, d: int = 6) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(n, d)) @ draw.normal(size=(d, d)) + draw.normal(size=d)


def test_it_is_the_formula_with_scipys_square_root() -> None:
    for seed in range(5):
        x, y = samples(seed), samples(seed + 100)
        s0, s1 = np.cov(x.T), np.cov(y.T)
        root = linalg.sqrtm(s0 @ s1)
        expected = np.square(x.mean(0) - y.mean(0)).sum() + np.trace(s0 + s1 - 2 * root.real)
        assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-8)


def test_it_is_0_at_itself_symmetric_and_blind_to_rotation() -> None:
    x, y = samples(0), samples(1)
    q = np.linalg.qr(samples(2, 6, 6))[0]
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x))
    assert frechet_distance(x @ q + 3, y @ q + 3) == pytest.approx(frechet_distance(x, y))
    assert frechet_distance(x, x + np.array([3.0, 4, 0, 0, 0, 0])) == pytest.approx(25)
    assert frechet_distance(2 * x, 2 * y) == pytest.approx(4 * frechet_distance(x, y))


def test_features_that_never_change_and_few_samples_are_no_trouble() -> None:
    x = samples(0, 4, 6)  # a singular covariance
    x[:, 2] = 1.0
    assert np.isfinite(frechet_distance(x, x[:3]))
    with pytest.raises(ValueError, match="n at least 2"):
        frechet_distance(x[:1], x)
