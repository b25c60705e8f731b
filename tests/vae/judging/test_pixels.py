"""Errors, similarity and sharpness of pictures, against their definitions."""

import math

import numpy as np
import pytest
import torch

from hw3.vae.judging.pixels import halved, mean_squared_error, psnr, sharpness, ssim


def pictures(seed: int = 0, n: int = 3, size: int = 20, channels: int = 3) -> torch.Tensor:
    return torch.rand(n, size, size, channels, generator=torch.Generator().manual_seed(seed))


def test_ssim_is_its_definition_at_every_window() -> None:
    x, y = (pictures(seed, 1, 13, 1) for seed in (0, 1))
    y = 0.5 * x + 0.5 * y
    along = np.exp(-np.square(np.arange(-5, 6)) / 4.5)
    w = np.outer(along, along) / along.sum() ** 2
    values = []
    for i in range(3):
        for j in range(3):
            a, b = (t[0, i : i + 11, j : j + 11, 0].double().numpy() for t in (x, y))
            ma, mb = (w * a).sum(), (w * b).sum()
            va, vb, c = (w * (a - ma) ** 2).sum(), (w * (b - mb) ** 2).sum(), (w * (a - ma) * (b - mb)).sum()
            values.append((2 * ma * mb + 1e-4) * (2 * c + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4)))
    assert ssim(x, y).item() == pytest.approx(np.mean(values), rel=1e-9)


def test_ssim_is_1_at_itself_and_falls_with_noise() -> None:
    x = pictures()
    torch.testing.assert_close(ssim(x, x), torch.ones(3, dtype=torch.float64))
    noisy = [ssim(x, (x + s * pictures(5)).clamp(0, 1)).mean().item() for s in (0.1, 0.3, 0.9)]
    assert noisy == sorted(noisy, reverse=True)
    assert noisy[0] < 1


def test_errors() -> None:
    x = torch.zeros(2, 4, 4, 3)
    y = x.clone()
    y[1, 0, 0, 0] = 1.0
    assert mean_squared_error(x, y).tolist() == pytest.approx([0, 1 / 48])
    assert psnr(1e-3) == pytest.approx(30)
    assert psnr(0) == math.inf


def test_blur_takes_sharpness_away_and_a_plane_has_none() -> None:
    x = pictures(size=32)
    assert (sharpness(halved(x)) < 0.2 * sharpness(x)).all()
    ramp = torch.linspace(0, 1, 16).view(1, 16, 1, 1).expand(1, 16, 16, 3)
    assert sharpness(ramp).item() == pytest.approx(0, abs=1e-12)
    torch.testing.assert_close(sharpness(2 * x), 4 * sharpness(x))


def test_half_resolution_keeps_size_and_brightness() -> None:
    x = pictures(size=32)
    assert halved(x).shape == x.shape
    torch.testing.assert_close(halved(x).mean((1, 2)), x.mean((1, 2)), atol=0.02, rtol=0)
