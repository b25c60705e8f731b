"""The divergence as it ships, against 60 digits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from hw3.verify.divergence import kl, kl_standard

mp = mpmath.MPContext()
mp.dps = 60


def reference(m0: Tensor, s0: Tensor, m1: Tensor, s1: Tensor) -> object:
    """The textbook form at 60 digits, at the numbers that the tensors hold."""
    a, b = (mp.matrix(m.double().tolist()) for m in (m0, m1))
    p, q = (mp.matrix(s.double().tolist()) for s in (s0, s1))
    d, inverse = b - a, q**-1
    trace = sum((inverse * p)[i, i] for i in range(p.rows))
    return (trace + (d.T * inverse * d)[0] - p.rows + mp.log(mp.det(q)) - mp.log(mp.det(p))) / 2


def definite(g: np.random.Generator, k: int) -> Tensor:
    a = g.normal(size=(k, k))
    return torch.from_numpy(a @ a.T + np.eye(k))


def pair(k: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    g = np.random.default_rng([k, seed])
    m0, m1 = (torch.from_numpy(g.normal(size=k)) for _ in range(2))
    return m0, definite(g, k), m1, definite(g, k)


def error(found: Tensor, true: object) -> float:
    return float(abs(mp.mpf(found.item()) - true) / true)


STORED = [
    # Made by mpmath at 60 digits from the closed form.
    (([0.0], [[1.0]], [0.0], [[4.0]]), 0.318147180559945309417232121458),
    (([0.0], [[4.0]], [0.0], [[1.0]]), 0.806852819440054690582767878542),
    (([0.0, 0.0], [[4.0, 0.0], [0.0, 0.25]], [0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]), 1.125),
    (([1.0, 2.0], [[1.0, 0.0], [0.0, 1.0]], [1.0, 5.0], [[1.0, 0.0], [0.0, 1.0]]), 4.5),
]


@pytest.mark.parametrize(("arguments", "value"), STORED, ids=str)
def test_stored_values(arguments: tuple, value: float) -> None:
    tensors = [torch.tensor(a, dtype=torch.float64) for a in arguments]
    assert kl(*tensors).item() == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("k", [1, 2, 3, 7, 20])
def test_against_sixty_digits(k: int) -> None:
    for seed in range(3):
        arguments = pair(k, seed)
        found = kl(*arguments)
        assert found.dtype == torch.float64
        assert error(found, reference(*arguments)) < 1e-13
        single = [a.float() for a in arguments]
        assert kl(*single).dtype == torch.float32
        # The rounded covariance may have lost its symmetry in no bit: both triangles are rounded alike.
        assert error(kl(*single), reference(*single)) < 2e-5


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-8])
def test_nothing_is_lost_where_the_two_are_near(distance: float) -> None:
    g = np.random.default_rng(1)
    m0, s0, _, _ = pair(4, 1)
    m1 = m0 + distance * torch.from_numpy(g.normal(size=4))
    s1 = s0 + distance * definite(g, 4)
    found = kl(m0, s0, m1, s1)
    assert found > 0
    assert error(found, reference(m0, s0, m1, s1)) < 1e-9 + 1e-15 / distance


def test_equal_laws_give_zero() -> None:
    m, s, _, _ = pair(5, 0)
    for dtype in (torch.float32, torch.float64):
        assert kl(m.to(dtype), s.to(dtype), m.to(dtype), s.to(dtype)).item() == 0.0


def test_batches_broadcast() -> None:
    pairs = [pair(3, seed) for seed in range(6)]
    m0, s0, m1, s1 = (torch.stack(parts) for parts in zip(*pairs, strict=True))
    each = torch.stack([kl(*p) for p in pairs])
    assert torch.allclose(kl(m0, s0, m1, s1), each, rtol=1e-14)
    grid = kl(m0.reshape(2, 3, 3), s0.reshape(2, 3, 3, 3), m1.reshape(2, 3, 3), s1.reshape(2, 3, 3, 3))
    assert grid.shape == (2, 3)
    assert torch.allclose(grid.reshape(-1), each, rtol=1e-14)
    one = kl(m0, s0, m1[0], s1[0])
    assert one.shape == (6,)
    assert torch.allclose(one, torch.stack([kl(p[0], p[1], *pairs[0][2:]) for p in pairs]), rtol=1e-14)


def test_gradients_are_the_ones_that_are_proved() -> None:
    arguments = [a.requires_grad_() for a in pair(4, 2)]
    by_m0, by_s0, by_m1, by_s1 = torch.autograd.grad(kl(*arguments), arguments)
    m0, s0, m1, s1 = (a.detach() for a in arguments)
    inv0, inv1, d = torch.linalg.inv(s0), torch.linalg.inv(s1), m1 - m0
    assert torch.allclose(by_m0, -inv1 @ d)
    assert torch.allclose(by_m1, inv1 @ d)
    # A factorisation reads one triangle: only the symmetric part of a gradient in a covariance is its own.
    assert torch.allclose((by_s0 + by_s0.T) / 2, (inv1 - inv0) / 2)
    wanted = (inv1 - inv1 @ s0 @ inv1 - torch.outer(inv1 @ d, inv1 @ d)) / 2
    assert torch.allclose((by_s1 + by_s1.T) / 2, wanted)


def standard(mean: Tensor, log_variance: Tensor) -> object:
    return sum(
        (mp.mpf(m) ** 2 + mp.exp(l) - 1 - mp.mpf(l)) / 2
        for m, l in zip(mean.double().tolist(), log_variance.double().tolist(), strict=True)
    )


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 2e-15), (torch.float32, 1e-6)], ids=str)
@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e-3, 1.0, 10.0])
def test_the_standard_form(dtype: torch.dtype, bound: float, size: float) -> None:
    g = np.random.default_rng(3)
    mean, log_variance = (torch.from_numpy(size * g.normal(size=8)).to(dtype) for _ in range(2))
    found = kl_standard(mean, log_variance)
    assert found.dtype == dtype
    assert error(found, standard(mean, log_variance)) < bound
    if dtype is torch.float64 and size >= 1e-3:
        whole = kl(mean, torch.diag(log_variance.exp()), torch.zeros(8).double(), torch.eye(8).double())
        assert found.item() == pytest.approx(whole.item(), rel=1e-9)


def test_the_standard_form_on_batches_and_its_gradients() -> None:
    g = torch.Generator().manual_seed(0)
    mean, log_variance = (torch.randn(5, 4, 8, generator=g, dtype=torch.float64).requires_grad_() for _ in range(2))
    found = kl_standard(mean, log_variance)
    assert found.shape == (5, 4)
    by_mean, by_log_variance = torch.autograd.grad(found.sum(), (mean, log_variance))
    assert torch.allclose(by_mean, mean)
    assert torch.allclose(by_log_variance, torch.expm1(log_variance) / 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_no_nan_where_the_value_can_be_represented(dtype: torch.dtype) -> None:
    top = 80.0 if dtype is torch.float32 else 700.0
    for log_variance in (-top, -1.0, -1e-30, 0.0, 1e-30, top):
        for mean in (0.0, 1e-30, 1e15):
            m = torch.tensor([mean], dtype=dtype, requires_grad=True)
            l = torch.tensor([log_variance], dtype=dtype, requires_grad=True)
            value = kl_standard(m, l)
            assert torch.isfinite(value)
            assert all(torch.isfinite(d).all() for d in torch.autograd.grad(value, (m, l)))
    one, zero = torch.eye(2, dtype=dtype), torch.zeros(2, dtype=dtype)
    for scale in (1e-6, 1e-3, 1e3, 1e6):
        for value in (kl(zero, scale * one, zero, one), kl(zero, one, zero, scale * one)):
            assert torch.isfinite(value)
            assert value > 0


def test_a_variance_below_the_last_digit_of_the_other() -> None:
    one, zero = torch.eye(2), torch.zeros(2)
    assert torch.isfinite(kl(zero, 1e-12 * one, zero, one))


def test_sizes_that_do_not_fit_are_named() -> None:
    m, s, _, _ = pair(3, 0)
    with pytest.raises(ValueError, match="not the last axes of"):
        kl(m, s[:2, :2], m, s)
