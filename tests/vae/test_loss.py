"""The loss against the evidence lower bound written out, and its KL term in float32."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal

from hw3.vae.loss import ROUNDING, bits_per_dimension, elbo, loss_terms
from hw3.vae.model import Coded

ENTRIES = 3 * 8 * 8


def coded(seed: int = 0) -> tuple[Coded, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    x = torch.rand(5, 3, 8, 8, generator=g, dtype=torch.float64)
    again = (x + 0.1 * torch.randn(x.shape, generator=g, dtype=x.dtype)).requires_grad_()
    mean, log_variance = (torch.randn(5, 4, generator=g, dtype=x.dtype).requires_grad_() for _ in range(2))
    return Coded(again, mean, log_variance), x


def bound(code: Coded, x: torch.Tensor) -> torch.Tensor:
    """The mean evidence lower bound with the noise that maximises it, by torch.distributions."""
    deviation = (code.reconstruction - x).square().mean().sqrt()
    likelihood = Normal(code.reconstruction, deviation).log_prob(x).sum((1, 2, 3)).mean()
    posterior = Normal(code.mean, (0.5 * code.log_variance).exp())
    return likelihood - torch.distributions.kl_divergence(posterior, Normal(0.0, 1.0)).sum(1).mean()


@pytest.mark.parametrize("seed", range(5))
def test_it_is_minus_the_bound_up_to_a_constant(seed: int) -> None:
    code, x = coded(seed)
    constant = 0.5 * ENTRIES * (math.log(2 * math.pi) + 1)
    assert loss_terms(code, x).loss.item() == pytest.approx(-bound(code, x).item() - constant, rel=1e-4)
    mine = torch.autograd.grad(loss_terms(code, x).loss, code)
    theirs = torch.autograd.grad(-bound(code, x), code)
    for a, b in zip(mine, theirs, strict=True):
        assert (a - b).norm() <= 2 * ROUNDING / 0.008 * b.norm() + 1e-12  # the rounding is not in the bound


def test_the_figures_that_are_shown() -> None:
    code, x = coded()
    terms = loss_terms(code, x)
    shown = elbo(terms.mse.item(), terms.kl.item(), ENTRIES)
    assert shown == pytest.approx(bound(code, x).item(), rel=1e-3)
    # Spreading a byte over [k, k+1]/256 costs 8 bits an entry less than the density says.
    assert bits_per_dimension(terms.mse.item(), terms.kl.item(), ENTRIES) == pytest.approx(
        8 - shown / ENTRIES / math.log(2)
    )


def test_beta_weighs_the_kl_term() -> None:
    code, x = coded()
    once, thrice = loss_terms(code, x, 1.0), loss_terms(code, x, 3.0)
    assert (thrice.loss - once.loss).item() == pytest.approx(2 * once.kl.item())


def test_a_perfect_reconstruction_has_a_finite_loss_and_gradient() -> None:
    code, x = coded()
    perfect = Coded(x.clone().requires_grad_(), code.mean, code.log_variance)
    loss = loss_terms(perfect, x).loss
    loss.backward()
    assert loss.isfinite()
    assert perfect.reconstruction.grad is not None
    assert perfect.reconstruction.grad.isfinite().all()


@pytest.mark.parametrize("scale", [1e-7, 1e-5, 1e-3, 1e-1])
def test_the_kl_term_keeps_its_digits_near_zero_in_float32(scale: float) -> None:
    """A posterior that almost is the prior, as at the start of training, where the textbook form is noise."""
    g = torch.Generator().manual_seed(1)
    mean, log_variance = (scale * torch.randn(64, 32, generator=g) for _ in range(2))
    x = torch.rand(64, 1, 2, 2, generator=g)
    exact = [t.double().requires_grad_() for t in (mean, log_variance)]
    # The series of exp to the sixth order: exact to double precision at these sizes, and no cancellation.
    l = exact[1]
    phi = sum((l**k / math.factorial(k) for k in range(2, 12)), torch.zeros_like(l))
    true = 0.5 * (exact[0] ** 2 + phi).sum(1).mean()
    own = [t.clone().requires_grad_() for t in (mean, log_variance)]
    found = loss_terms(Coded(x, own[0], own[1]), x).kl
    assert abs(found.item() / true.item() - 1) < 2e-7
    for a, b in zip(torch.autograd.grad(found, own), torch.autograd.grad(true, exact), strict=True):
        assert ((a.double() - b).abs() <= 3e-7 * b.abs() + 1e-45).all()
