"""What a run is asked to do: every number that its weights depend on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from hw3.errors import UserError

PRIORS = ("normal", "flow")
PRECISIONS = ("bf16", "fp32")


@dataclass(frozen=True)
class Config:
    """The settings of a run, as its config.json holds them.

    Arguments:
        epochs, batch_size, learning_rate: `batch_size` is that of all processes together.
        beta: the weight of the KL term; 1 is the evidence lower bound.
        latent_dim: entries of a latent.
        image_size, channels: pixels along a side (16, 32, 64, 128 ...), and 3 for colour or 1 for grey; the
            data set's pictures are scaled and averaged to that.
        width: channels of the first convolution; each later one has twice as many.
        prior: "normal" samples from N(0, I), "flow" from a rectified flow that is fitted to the latents.
        flow_steps, flow_width: steps of the flow's training, and units of its layers.
        precision: "bf16" computes convolutions in bfloat16, "fp32" all in float32.
        mirror: whether every second epoch sees the pictures mirrored; for few pictures. Each change of side is
            paid for with a third of an epoch.
        compile: whether the network goes through torch.compile.
        seed: of everything that is drawn.
        checkpoint_every: steps between two checkpoints.
        log_every: steps between two lines of the log.
        threads: of torch on the processor; results depend on it in the last digit.
    """

    epochs: int = 8
    batch_size: int = 128
    learning_rate: float = 1e-3
    beta: float = 1.0
    latent_dim: int = 128
    image_size: int = 64
    channels: int = 3
    width: int = 32
    prior: str = "flow"
    flow_steps: int = 2400
    flow_width: int = 1024
    precision: str = "bf16"
    mirror: bool = False
    compile: bool = False
    seed: int = 0
    checkpoint_every: int = 100
    log_every: int = 10
    threads: int = 1

    def __post_init__(self) -> None:
        for name in (
            "epochs",
            "batch_size",
            "latent_dim",
            "width",
            "flow_width",
            "checkpoint_every",
            "log_every",
            "threads",
        ):
            _require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        _require(0 < self.learning_rate < float("inf"), "learning_rate", self.learning_rate, "positive")
        _require(0 <= self.beta < float("inf"), "beta", self.beta, "0 or more")
        size = self.image_size
        _require(size >= 16 and size & (size - 1) == 0, "image_size", size, "a power of 2 from 16 on")
        _require(self.channels in (1, 3), "channels", self.channels, "3 (colour) or 1 (grey)")
        _require(self.prior in PRIORS, "prior", self.prior, " or ".join(PRIORS))
        _require(self.precision in PRECISIONS, "precision", self.precision, " or ".join(PRECISIONS))
        _require(self.flow_steps >= 0, "flow_steps", self.flow_steps, "0 or more")

    def json(self) -> dict[str, Any]:
        return asdict(self)

    def differences(self, other: Config) -> list[str]:
        """The fields in which two configurations differ, in words."""
        mine, theirs = self.json(), other.json()
        return [f"{k} is {mine[k]} and was {theirs[k]}" for k in mine if mine[k] != theirs[k]]


def read_config(value: dict[str, Any], source: Path) -> Config:
    """The configuration in a config.json.

    Raises:
        UserError: it has other fields, or values that no run can have.
    """
    known = {f.name for f in fields(Config)}
    if unknown := sorted(value.keys() - known):
        raise UserError(f"{source} has the field {unknown[0]!r}, which this version of hw3 does not know")
    try:
        return Config(**value)
    except TypeError as error:
        raise UserError(f"{source} is no configuration of a run ({error}): was it edited?") from error


def load_json(file: Path) -> Any:
    """The value in a JSON file.

    Raises:
        UserError: the file is missing, or no JSON.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{file} is missing: {file.parent} is no folder that hw3 run-vae wrote") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is damaged ({error}): restore it, or begin a new run") from error


def _require(holds: bool, name: str, value: Any, wanted: str) -> None:
    if not holds:
        raise UserError(f"{name.replace('_', '-')} is {value}: it must be {wanted}")
