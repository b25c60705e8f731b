"""A small data set for the tests: discs of two sizes on plain grounds, in random colours."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hw3.vae import formula
from hw3.vae.config import Config
from hw3.vae.data.faces import Faces
from hw3.vae.folder import Asked, begin
from hw3.vae.running import train
from hw3.vae.runs import Run

SETTINGS: dict[str, Any] = {
    "epochs": 3,
    "batch_size": 16,
    "image_size": 16,
    "latent_dim": 6,
    "width": 4,
    "flow_steps": 40,
    "flow_width": 16,
    "checkpoint_every": 4,
    "log_every": 2,
    "threads": 1,
    "mirror": True,
}


def discs(n: int = 96, size: int = 16, channels: int = 3, seed: int = 0) -> Faces:
    """n pictures, two thirds of them for training; the attribute Large says how large the disc is."""
    g = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    large = g.random(n) < 0.5
    images = np.empty((n, size, size, channels), np.uint8)
    for k in range(n):
        radius = size * (0.42 if large[k] else 0.25)
        inside = (x - size / 2 - g.normal()) ** 2 + (y - size / 2 - g.normal()) ** 2 < radius**2
        disc, ground = g.integers(0, 256, (2, channels))
        images[k] = np.where(inside[..., None], disc, ground)
    split = np.repeat(np.array([0, 1, 2], np.uint8), [n - 2 * (n // 6), n // 6, n // 6])
    fingerprint = hashlib.sha256(images.tobytes()).hexdigest()
    return Faces(images, large[:, None], ("Large",), split, fingerprint, f"{n} discs")


def run(out: Path, faces: Faces | None = None, resume: bool = False, **settings: Any) -> Run:
    """A run on discs as the command does it, with settings over SETTINGS."""
    asked = Asked(out, device="cpu", resume=resume)
    chosen = faces or discs()
    config: Config = begin(asked, {**SETTINGS, **settings})
    trained = train(asked, config, lambda config: chosen, proof())
    assert trained is not None
    return trained[0]


@cache
def proof() -> dict[str, Any]:
    """The formula's record, judged once."""
    return formula.checked()


def digest(out: Path) -> str:
    """SHA-256 of a run's weights."""
    return hashlib.sha256((out / "weights.safetensors").read_bytes()).hexdigest()
