"""The network starts as the best linear autoencoder, at every size, and improves on it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hw3_test_discs import discs

from hw3.errors import UserError
from hw3.vae.config import Config
from hw3.vae.model import VAE
from hw3.vae.pca import PCA
from hw3.vae.pictures import to_tensor


def started(config: Config) -> tuple[VAE, torch.Tensor]:
    torch.manual_seed(0)
    x = to_tensor(discs(60, config.image_size, config.channels).images, config)
    network = VAE(config)
    network.start(x)
    return network.eval(), x


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (16, 3), (32, 3), (64, 3), (128, 1)])
def test_it_starts_as_pca_at_every_size(size: int, channels: int) -> None:
    config = Config(image_size=size, channels=channels, latent_dim=7, width=4)
    network, x = started(config)
    pooled = torch.nn.functional.avg_pool2d(x, size // network.pca.side).flatten(1).double().numpy()
    u, s, vt = np.linalg.svd(pooled - pooled.mean(0), full_matrices=False)
    best = pooled.mean(0) + (u[:, :7] * s[:7]) @ vt[:7]
    mean, log_variance = network.encode(x)
    coded = network(x, torch.zeros_like(mean))
    assert coded.reconstruction.shape == x.shape
    draft = network.pca.draft(coded.mean).flatten(1)
    np.testing.assert_allclose(draft.detach().numpy(), best, atol=2e-3)
    torch.testing.assert_close(coded.reconstruction, network.pca.enlarge(network.pca.draft(mean)))
    # White latents, and a posterior that is sure of what is large and not of what is small.
    np.testing.assert_allclose(np.cov(mean.detach().numpy().T, bias=True), np.eye(7), atol=0.02)
    assert (log_variance[0].diff() >= -1e-5).all()


def test_directions_that_the_pictures_lack_are_left_out() -> None:
    pca = PCA(12, 16, 3)
    pca.fit(torch.rand(5, 3, 16, 16))  # five pictures have four directions
    z = pca.encode(torch.rand(9, 3, 16, 16))
    assert z.isfinite().all()
    assert (z[:, 4:] == 0).all()
    assert (z[:, :4] != 0).all()
    pca.fit(torch.full((5, 3, 16, 16), 0.5))
    assert (pca.encode(torch.rand(2, 3, 16, 16)) == 0).all()


def test_the_draft_and_the_latent_both_reach_the_decoder() -> None:
    config = Config(image_size=32, latent_dim=5, width=4)
    network, _ = started(config)
    for parameter in network.decoder.last.parameters():
        torch.nn.init.normal_(parameter)
    z = torch.randn(2, 5)
    draft = network.pca.draft(z)
    plain = network.decoder(z, draft)
    assert not torch.equal(network.decoder(z, draft + 0.1), plain)
    assert not torch.equal(network.decoder(z + 0.1, draft), plain)


def test_log_variances_stay_where_float32_holds_them() -> None:
    network, x = started(Config(image_size=16, latent_dim=4, width=4))
    with torch.no_grad():
        network.encoder.head.bias[4:] = torch.tensor([-1e4, 1e4, 0.0, 0.0])
    _, log_variance = network.encode(x)
    assert log_variance.min() >= -12
    assert log_variance.max() <= 6


def test_bfloat16_is_near_float32() -> None:
    network, x = started(Config(image_size=32, latent_dim=6, width=8))
    for parameter in network.decoder.last.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    noise = torch.randn(len(x), 6)
    wide = network(x, noise)
    with torch.autocast("cpu", torch.bfloat16):
        narrow = network(x, noise)
    assert all(t.dtype is torch.float32 for t in narrow)
    assert (narrow.reconstruction - wide.reconstruction).abs().max() < 0.02


def test_it_is_placed_whole_on_a_device() -> None:
    """On a device without numbers: every tensor follows, and shapes are what they are elsewhere."""
    network = VAE(Config(image_size=32, latent_dim=6, width=4)).to("meta")
    coded = network(torch.empty(2, 3, 32, 32, device="meta"), torch.empty(2, 6, device="meta"))
    assert all(t.device.type == "meta" for t in coded)
    assert coded.reconstruction.shape == (2, 3, 32, 32)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("epochs", 0), ("image_size", 48), ("image_size", 8), ("channels", 4), ("learning_rate", 0.0), ("beta", -1.0)],
)
def test_settings_that_no_run_can_have(setting: str, value: float) -> None:
    with pytest.raises(UserError, match=f"{setting.replace('_', '-')} is {value}"):
        Config(**{setting: value})  # type: ignore[arg-type]
