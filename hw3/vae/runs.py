"""A run that was trained: its folder, its network, and what can be done with it.

    run = Run.load("runs/vae")
    z = run.encode(images)                      (n, s, s, c) uint8 -> (n, latent_dim)
    again = run.decode(z)                       (n, latent_dim) -> (n, s, s, c) in [0, 1]
    new = run.sample(64, seed=0)                (64, s, s, c) in [0, 1]

The folder holds config.json (what was asked for), run.json (what it ran on, and the formula's proof),
log.jsonl and tensorboard/ (how it went), weights.safetensors, figures/ and metrics.json.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from hw3.errors import UserError
from hw3.vae.config import Config, load_json, read_config
from hw3.vae.model import VAE
from hw3.vae.pictures import to_tensor
from hw3.vae.prior import Prior, make_prior
from hw3.vae.weights import load_into, read_tensors

CHUNK = 256  # pictures at a time, which fits small memories


@dataclass(frozen=True, eq=False)
class Run:
    """A trained network and its prior, in evaluation mode, on one device."""

    folder: Path
    config: Config
    network: VAE
    prior: Prior
    device: torch.device

    @classmethod
    def load(cls, folder: Path | str, device: str = "cpu") -> Run:
        """The run in a folder that hw3 run-vae wrote.

        Raises:
            UserError: the folder holds no finished run, or a file in it is damaged.
        """
        folder = Path(folder)
        config = read_config(load_json(folder / "config.json"), folder / "config.json")
        file = folder / "weights.safetensors"
        if not file.exists():
            raise UserError(f"{folder} holds no finished training: go on with hw3 run-vae --out {folder} --resume")
        tensors = read_tensors(file, load_json(folder / "weights.json")["sha256"])
        known = tensors.get("prior.known")
        network, prior = VAE(config), make_prior(config, 0 if known is None else known.shape[1])
        load_into(network, _under(tensors, "network."), file)
        load_into(prior, _under(tensors, "prior."), file)
        place = torch.device(device)
        return cls(folder, config, network.to(place).eval(), prior.to(place).eval(), place)

    @torch.no_grad()
    def encode(self, images: npt.NDArray[np.uint8] | Tensor) -> Tensor:
        """The posterior means of pictures (n, s, s, c) uint8: (n, latent_dim) float32."""
        parts = [self.network.encode(self._tensor(images[k : k + CHUNK]))[0] for k in range(0, len(images), CHUNK)]
        return torch.cat(parts) if parts else torch.empty(0, self.config.latent_dim, device=self.device)

    @torch.no_grad()
    def encode_law(self, images: npt.NDArray[np.uint8] | Tensor) -> tuple[Tensor, Tensor]:
        """The posterior means and log-variances of pictures (n, s, s, c) uint8, each (n, latent_dim) float32."""
        parts = [self.network.encode(self._tensor(images[k : k + CHUNK])) for k in range(0, len(images), CHUNK)]
        return torch.cat([m for m, _ in parts]), torch.cat([v for _, v in parts])

    @torch.no_grad()
    def decode(self, z: Tensor) -> Tensor:
        """The pictures of latents (n, latent_dim): (n, s, s, c) float32 in [0, 1]."""
        shape = (0, self.config.image_size, self.config.image_size, self.config.channels)
        parts = [self.network.decode(part.to(self.device)).clamp(0, 1) for part in z.float().split(CHUNK)]
        return torch.cat(parts).permute(0, 2, 3, 1).contiguous() if len(z) else torch.empty(shape, device=self.device)

    def sample_latents(self, n: int, seed: int) -> Tensor:
        """n latents drawn from the run's prior, (n, latent_dim); the same for the same seed."""
        return self.prior.sample(n, seed)

    def sample(self, n: int, seed: int) -> Tensor:
        """n new pictures, (n, s, s, c) float32 in [0, 1]; the same for the same seed."""
        return self.decode(self.sample_latents(n, seed))

    @cached_property
    def record(self) -> dict[str, Any]:
        """What the run ran on, and the proof of its formula: run.json."""
        return dict(load_json(self.folder / "run.json"))

    @cached_property
    def timing(self) -> dict[str, float]:
        """The seconds that each stage of the training took."""
        return dict(load_json(self.folder / "weights.json").get("seconds", {}))

    def _tensor(self, images: npt.NDArray[np.uint8] | Tensor) -> Tensor:
        return to_tensor(images, self.config, self.device)


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
