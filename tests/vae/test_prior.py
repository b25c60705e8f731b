"""The rectified flow learns a law that N(0, I) is far from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hw3.errors import UserError
from hw3.vae.config import Config
from hw3.vae.fitting import Fitter
from hw3.vae.interrupts import Interrupts
from hw3.vae.prior import Flow, Prior, make_prior


def fitted(z: torch.Tensor, steps: int = 400, shown: torch.Tensor | None = None) -> Flow:
    shown = torch.zeros(len(z), 0) if shown is None else shown
    config = Config(latent_dim=z.shape[1], flow_steps=steps, flow_width=64, precision="fp32", learning_rate=1e-3)
    torch.manual_seed(0)
    flow = make_prior(config, shown.shape[1])
    assert isinstance(flow, Flow)
    fitter = Fitter(flow, config, torch.device("cpu"), Interrupts(), lambda *_: None, lambda _: None)
    return fitter.run(z, shown)


def test_it_finds_two_clusters_where_a_gaussian_finds_none() -> None:
    g = torch.Generator().manual_seed(0)
    side = (torch.rand(4000, 1, generator=g) < 0.3).float() * 2 - 1
    z = torch.cat([3 * side, 0.5 * side], 1) + 0.2 * torch.randn(4000, 2, generator=g) + torch.tensor([1.0, 5.0])
    samples = fitted(z).sample(4000, 1)
    near = ((samples[:, 0] - 1).abs() - 3).abs() < 1
    assert near.float().mean() > 0.9  # a Gaussian with the latents' moments has 53% there
    assert abs((samples[:, 0] > 1).float().mean() - 0.3) < 0.06
    together = ((samples[:, 0] > 1) == (samples[:, 1] > 5)).float().mean()
    assert together > 0.97


def test_it_carries_a_face_to_another_kind_and_keeps_what_is_its_own() -> None:
    """Two kinds whose means differ by (4, 0)."""
    g = torch.Generator().manual_seed(0)
    kind = (torch.rand(4000, 1, generator=g) < 0.5).float()
    own = torch.randn(4000, 1, generator=g)
    z = torch.cat([4 * kind + 0.3 * own, 5 + 2 * own], 1) + 0.1 * torch.randn(4000, 2, generator=g)
    flow = fitted(z, 600, kind)
    first, second = z[kind[:, 0] == 0], torch.ones(int((kind == 0).sum()), 1)
    carried = flow.transported(first, 0 * second, second, 0.0, 30)
    assert abs(carried[:, 0].mean() - 4) < 0.3
    assert torch.corrcoef(torch.stack([first[:, 1], carried[:, 1]]))[0, 1] > 0.95
    assert (carried[:, 1] - first[:, 1]).abs().mean() < 0.5
    back = flow.transported(carried, second, 0 * second, 0.0, 30)
    assert (back - first).norm(dim=1).mean() < 0.1
    assert (flow.transported(first, 0 * second, 0 * second) - first).norm(dim=1).mean() < 0.02
    torch.testing.assert_close(flow.transported(first, 0 * second, second, 1.0), first)  # no time, no way


def test_before_it_is_fitted_a_flow_is_nearly_the_normal_law() -> None:
    torch.manual_seed(0)
    assert Flow(4, 0, 32).sample(500, 0).std(0).sub(1).abs().max() < 1


def test_samples_are_functions_of_the_seed() -> None:
    prior = Prior(3)
    assert torch.equal(prior.sample(7, 2), prior.sample(7, 2))
    assert not torch.equal(prior.sample(7, 2), prior.sample(7, 3))
    z = prior.sample(20_000, 0)
    assert (z.mean(0).abs() < 0.04).all()
    assert ((z.std(0) - 1).abs() < 0.03).all()


def test_latents_that_are_no_numbers_are_said() -> None:
    with pytest.raises(UserError, match="the prior's loss is not a number at step 1"):
        fitted(torch.full((10, 2), float("nan")), 3)


def test_it_is_placed_whole_on_a_device() -> None:
    flow = Flow(3, 2, 8).to("meta")
    assert flow.velocity(
        torch.empty(5, 3, device="meta"), torch.empty(5, device="meta"), torch.empty(5, 2, device="meta")
    ).shape == (5, 3)


def test_a_dimension_that_never_varies_stays_where_it_is(tmp_path: Path) -> None:
    z = torch.randn(200, 3, generator=torch.Generator().manual_seed(1))
    z[:, 1] = 7.0
    samples = fitted(z, 50).sample(50, 0)
    assert (samples[:, 1] - 7).abs().max() < 0.01


def test_it_draws_what_it_is_told_to_show() -> None:
    g = torch.Generator().manual_seed(0)
    shown = (torch.rand(4000, 2, generator=g) < 0.3).byte()
    z = 3 * shown.float() + 0.3 * torch.randn(4000, 2, generator=g)
    flow = fitted(z, shown=shown)
    for told in ([0, 0], [0, 1], [1, 0], [1, 1]):
        samples = flow.sample(500, 0, torch.tensor(told).expand(500, 2))
        assert (samples.mean(0) - 3 * torch.tensor(told)).abs().max() < 0.3
    # Told nothing, it shows what the training pictures show, as often.
    assert ((flow.sample(4000, 1) > 1.5).float().mean(0) - 0.3).abs().max() < 0.05
    assert abs(flow.known.float().mean() - 0.3) < 0.02
