r"""The law that new latents are drawn from: N(0, I), or a rectified flow fitted to the training set's latents.

    dy/dt = v(y, t, a),  y(0) ~ N(0, I),  z = m + s y(1)        v minimises E ||v(y_t, t, a) - (y_1 - y_0)||^2
                                                                y_t = (1 - t) y_0 + t y_1

The posterior of a well-trained autoencoder does not fill N(0, I): most of what that law gives lies where no
face was, and decodes to ghosts. The flow learns where the faces are (X. Liu, C. Gong, Q. Liu, Flow Straight
and Fast, 2022); m and s standardise the latents. It is told the attributes a of each face, and a new face has
those of some training picture: which attributes go together is then known and need not be learnt. Because it is told
them, it also edits: back along it as what a face shows, and forward as what it is to show.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from hw3.vae.config import Config

FREQUENCIES = 16
SPREAD = 1.06  # of the noise that sampling starts from: a flow that was fitted in few steps contracts too much
KNOWN = 4096  # rows of attributes that are kept to sample from


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
    """A rectified flow: a velocity field, and the mean and deviation of the latents that it was fitted to.

    Arguments:
        attributes: how many attributes each face has; 0 for a flow that is told none.
        width, blocks: of the network.
    """

    deviation: Tensor
    known: Tensor  # (KNOWN, attributes), 1 or 0: attributes of training pictures

    def __init__(self, latent_dim: int, attributes: int = 0, width: int = 1024, blocks: int = 3) -> None:
        super().__init__(latent_dim)
        self.register_buffer("deviation", torch.ones(latent_dim))
        self.register_buffer("known", torch.zeros(KNOWN, attributes, dtype=torch.uint8))
        self.first = nn.Linear(latent_dim + 2 * FREQUENCIES + attributes, width)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.last = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, latent_dim))

    def velocity(self, y: Tensor, t: Tensor, shown: Tensor) -> Tensor:
        """v(y, t, a) for y (n, latent_dim), t (n,) or (), and a (n, attributes) of ones and zeros."""
        told = torch.cat([y, _waves(t.expand(len(y))), 2 * shown.to(y.dtype) - 1], 1)
        return self.last(self.blocks(self.first(told))).float()

    @torch.no_grad()
    def sample(self, n: int, seed: int, shown: Tensor | None = None, steps: int = 30, spread: float = SPREAD) -> Tensor:
        """n latents by Heun's method, of faces that show `shown` (n, attributes), or what training pictures do."""
        y = spread * self.noise(n, seed)
        if shown is None:
            g = torch.Generator().manual_seed(seed)
            shown = self.known[torch.randint(KNOWN, (n,), generator=g).to(self.known.device)]
        return self.centre + self.deviation * self._carried(y, shown, 0.0, 1.0, steps)

    @torch.no_grad()
    def transported(self, z: Tensor, shown: Tensor, wanted: Tensor, start: float = 0.6, steps: int = 8) -> Tensor:
        """Latents z (n, latent_dim) of faces that show `shown`, as those of faces that show `wanted` (n, attributes):
        back along the flow of the ones to the time `start`, and forward along that of the others.

        From 0 all that goes with the attributes changes, from 1 nothing does. `start` was chosen on validation
        pictures: from .3 backgrounds changed twice as much, and from .7 a beard was left in one of twenty.
        """
        y = self._carried((z - self.centre) / self.deviation, shown, 1.0, start, steps)
        return self.centre + self.deviation * self._carried(y, wanted, start, 1.0, steps)

    def _carried(self, y: Tensor, shown: Tensor, start: float, end: float, steps: int) -> Tensor:
        """y at the time `end` of what it is at the time `start`, by Heun's method."""
        h = (end - start) / steps
        for k in range(steps):
            t = torch.tensor(start + k * h, device=y.device)
            first = self.velocity(y, t, shown)
            second = self.velocity(y + h * first, t + h, shown)
            y = y + 0.5 * h * (first + second)
        return y


def make_prior(config: Config, attributes: int = 0) -> Prior:
    """The prior that a run's configuration asks for, before it is fitted."""
    wanted = config.prior == "flow"
    return Flow(config.latent_dim, attributes, config.flow_width) if wanted else Prior(config.latent_dim)


def _waves(t: Tensor) -> Tensor:
    """cos and sin of t (n,) at FREQUENCIES frequencies from 1/2 to 32 turns in unit time: (n, 2 FREQUENCIES)."""
    frequencies = torch.logspace(-1, 5, FREQUENCIES, base=2.0, device=t.device) * 2 * math.pi
    angles = t[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], 1)
