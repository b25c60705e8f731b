r"""The law that new latents are drawn from: N(0, I), or a rectified flow fitted to the training set's latents.

    dy/dt = v(y, t),  y(0) ~ N(0, I),  z = m + s y(1)           v minimises E ||v(y_t, t) - (y_1 - y_0)||^2
                                                                y_t = (1 - t) y_0 + t y_1

The posterior of a well-trained autoencoder does not fill N(0, I): most of what that law gives lies where no
face was, and decodes to ghosts. The flow learns where the faces are (X. Liu, C. Gong, Q. Liu, Flow Straight
and Fast, 2022); m and s standardise the latents.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from hw3.vae.config import Config

FREQUENCIES = 16


class Prior(nn.Module):
    """N(0, I), and the interface of every prior."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.register_buffer("centre", torch.zeros(latent_dim))

    centre: Tensor

    def noise(self, n: int, seed: int) -> Tensor:
        """(n, latent_dim) standard normal numbers; drawn on the processor, so that every device has the same."""
        g = torch.Generator().manual_seed(seed)
        return torch.randn(n, self.latent_dim, generator=g).to(self.centre.device)

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Tensor:
        """n latents, (n, latent_dim)."""
        return self.noise(n, seed)


class Block(nn.Module):
    """h + W2 silu(W1 normalised(h) + b1) + b2, which starts as h."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        for parameter in self.layers[-1].parameters():
            nn.init.zeros_(parameter)

    def forward(self, h: Tensor) -> Tensor:
        return h + self.layers(h)


class Flow(Prior):
    """A rectified flow: a velocity field, and the mean and deviation of the latents that it was fitted to."""

    deviation: Tensor

    def __init__(self, latent_dim: int, width: int = 1024, blocks: int = 3) -> None:
        super().__init__(latent_dim)
        self.register_buffer("deviation", torch.ones(latent_dim))
        self.first = nn.Linear(latent_dim + 2 * FREQUENCIES, width)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.last = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, latent_dim))

    def velocity(self, y: Tensor, t: Tensor) -> Tensor:
        """v(y, t) for y (n, latent_dim) and t (n,) or ()."""
        return self.last(self.blocks(self.first(torch.cat([y, _waves(t.expand(len(y)))], 1)))).float()

    @torch.no_grad()
    def sample(self, n: int, seed: int, steps: int = 30, spread: float = 1.06) -> Tensor:
        """n latents by Heun's method; the noise is spread a little, for a fitted flow contracts too much."""
        y = spread * self.noise(n, seed)
        h = 1 / steps
        for k in range(steps):
            t = torch.tensor(k * h, device=y.device)
            first = self.velocity(y, t)
            second = self.velocity(y + h * first, t + h)
            y = y + 0.5 * h * (first + second)
        return self.centre + self.deviation * y


def make_prior(config: Config) -> Prior:
    """The prior that a run's configuration asks for, before it is fitted."""
    return Flow(config.latent_dim, config.flow_width) if config.prior == "flow" else Prior(config.latent_dim)


def _waves(t: Tensor) -> Tensor:
    """cos and sin of t (n,) at FREQUENCIES frequencies from 1/2 to 32 turns in unit time: (n, 2 FREQUENCIES)."""
    frequencies = torch.logspace(-1, 5, FREQUENCIES, base=2.0, device=t.device) * 2 * math.pi
    angles = t[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], 1)
