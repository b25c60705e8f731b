"""What edits need of a trained network: pictures to latents and back. `hw3.vae.runs.Run` is one."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from hw3.vae.data.faces import Bytes


class Coder(Protocol):
    """Codes pictures."""

    def encode(self, images: Bytes) -> Tensor:
        """The means of the latents, (n, d) float32, of pictures (n, s, s, c) uint8."""
        ...

    def decode(self, z: Tensor) -> Tensor:
        """Pictures (n, s, s, c) float32 in [0, 1] of latents (n, d)."""
        ...
