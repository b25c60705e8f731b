r"""The variational autoencoder: convolutions around a frozen linear autoencoder.

    q(z | x) = N(mu(x), diag(exp l(x)))         mu(x) = PCA(x) + CNN(x)
    p(x | z) = N(xhat(z), sigma^2 I)            xhat(z) = PCA^-1(z) + CNN(z, PCA^-1(z))

Both convolutional parts end in layers that start at zero, so that training starts at the best linear
autoencoder and not at a grey picture. The linear picture ("draft") is shown to the decoder's features too:
what is coarse is known there and need not be learnt again.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hw3.vae.config import Config
from hw3.vae.normalisation import BatchNorm
from hw3.vae.pca import PCA

LOWEST, HIGHEST = -12.0, 6.0  # log-variances: float32 holds what they give, and none that is reached is cut
DRAFT_AT = (8, 16)  # pixels along a side where the decoder's features meet the draft


class Coded(NamedTuple):
    """What the network makes of a batch: the pictures again, and the law of their latents."""

    reconstruction: Tensor  # (n, channels, s, s), float32
    mean: Tensor  # (n, latent_dim), float32
    log_variance: Tensor  # (n, latent_dim), float32


class Encoder(nn.Module):
    """Pictures (n, channels, s, s) -> features (n, 2 latent_dim), by halvings down to 4 x 4."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = _widths(config)
        layers: list[nn.Module] = []
        for before, after in zip((config.channels, *widths), widths, strict=False):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), BatchNorm(after), nn.SiLU()]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(16 * widths[-1], 2 * config.latent_dim)
        _start_at_zero(self.head)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(x).flatten(1))


class Decoder(nn.Module):
    """Latents (n, latent_dim) and their draft -> what the draft lacks (n, channels, s, s), by doublings."""

    def __init__(self, config: Config, side: int) -> None:
        super().__init__()
        widths = _widths(config)[::-1]
        self.first = nn.Linear(config.latent_dim, 16 * widths[0])
        self.stages = nn.ModuleList()
        for k, (before, after) in enumerate(pairwise(widths)):
            extra = _draft_channels(config.channels, side, 4 * 2**k)
            self.stages.append(
                nn.Sequential(
                    nn.ConvTranspose2d(before + extra, after, 4, 2, 1, bias=False), BatchNorm(after), nn.SiLU()
                )
            )
        self.last = nn.ConvTranspose2d(widths[-1], config.channels, 4, 2, 1)
        _start_at_zero(self.last)

    def forward(self, z: Tensor, draft: Tensor) -> Tensor:
        h = self.first(z).unflatten(1, (-1, 4, 4))
        seen = 4 * (draft - 0.5)
        for stage in self.stages:
            pixels = h.shape[-1]
            if _draft_channels(draft.shape[1], draft.shape[-1], pixels):
                h = torch.cat([h, F.pixel_unshuffle(seen, draft.shape[-1] // pixels).to(h.dtype)], 1)
            h = stage(h)
        return self.last(h)


class VAE(nn.Module):
    """The network of a run; see the module's formulae."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.pca = PCA(config.latent_dim, config.image_size, config.channels)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config, self.pca.side)

    @torch.no_grad()
    def start(self, x: Tensor, seed: int = 0) -> None:
        """Fits the linear part to the pictures x, and the posterior's width to what the linear part leaves.

        The posterior of a linear decoder with unit prior has variance n^2 / (s^2 + n^2) along a component of
        deviation s, where n^2 is the noise of a pixel.
        """
        self.pca.fit(x, seed)
        noise, signal = self.pca.residual, self.pca.deviation**2
        half = len(self.encoder.head.bias) // 2
        self.encoder.head.bias[half:] = torch.log(noise / (signal + noise)).clamp(LOWEST, HIGHEST)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log-variances of the latents of pictures (n, channels, s, s) in [0, 1], both float32."""
        mean, log_variance = self.encoder(x).float().chunk(2, 1)
        with _wide(x.device):
            return mean + self.pca.encode(x.float()), log_variance.clamp(LOWEST, HIGHEST)

    def decode(self, z: Tensor) -> Tensor:
        """Pictures (n, channels, s, s) of latents (n, latent_dim), float32; near [0, 1] and not cut to it."""
        with _wide(z.device):
            draft = self.pca.draft(z)
            coarse = self.pca.enlarge(draft)
        return coarse + self.decoder(z, draft).float()

    def forward(self, x: Tensor, noise: Tensor) -> Coded:
        """Codes pictures x (n, channels, s, s) with standard normal noise (n, latent_dim)."""
        mean, log_variance = self.encode(x)
        z = mean + torch.exp(0.5 * log_variance) * noise
        return Coded(self.decode(z), mean, log_variance)


def _wide(device: torch.device) -> AbstractContextManager[object]:
    """float32 even where the rest is computed in bfloat16: the linear part is exact, and costs little."""
    known = torch.amp.is_autocast_available(device.type)
    return torch.autocast(device.type, enabled=False) if known else nullcontext()


def _start_at_zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def _widths(config: Config) -> tuple[int, ...]:
    """The channels at each halving, from the picture down to 4 x 4; no more than 8 times the first."""
    return tuple(config.width * 2 ** min(k, 3) for k in range(int(math.log2(config.image_size // 4))))


def _draft_channels(channels: int, side: int, pixels: int) -> int:
    """How many channels the draft has when it is folded to `pixels` along a side; 0 where it isn't shown."""
    return channels * (side // pixels) ** 2 if pixels in DRAFT_AT and pixels < side else 0
