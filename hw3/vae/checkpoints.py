"""Checkpoints: all that a run needs to go on, in files that are whole or absent.

A checkpoint is two files: STAGE-STEP.safetensors, and STAGE-STEP.json with its SHA-256, written after it. A
process that dies between the two leaves a file that nothing refers to; one that dies within one leaves a
partial file of another name. The last two checkpoints are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from hw3.errors import UserError
from hw3.vae.config import load_json
from hw3.vae.weights import load_into, read_tensors, write_json, write_tensors

STAGES = ("network", "prior")
KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """The state after `step` steps of a stage: `tensors` by name, and the `seconds` that each stage has taken."""

    stage: str
    step: int
    tensors: dict[str, Tensor]
    file: Path
    seconds: dict[str, float]


class Checkpoints:
    """The checkpoints of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkpoints"

    def save(self, stage: str, step: int, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
        """Writes a checkpoint, and then removes what is older than the one before it.

        Raises:
            UserError: the disk is full; the checkpoints before are untouched.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{STAGES.index(stage)}-{stage}-{step:08d}"
        sha256 = write_tensors(self.folder / f"{name}.safetensors", tensors)
        write_json(self.folder / f"{name}.json", {"stage": stage, "step": step, "sha256": sha256, **about})
        self._tidy()

    def latest(self, about: Mapping[str, Any]) -> Checkpoint | None:
        """The last checkpoint, or None if there is none.

        Raises:
            UserError: it is damaged, or it belongs to another run than `about` says.
        """
        names = self._names()
        if not names:
            return None
        file = self.folder / f"{names[-1]}.json"
        found = load_json(file)
        for key, value in about.items():
            if found.get(key) != value:
                raise UserError(f"{file} belongs to a run with another {key}: it cannot go on with this one")
        weights = file.with_suffix(".safetensors")
        tensors = read_tensors(weights, found["sha256"])
        return Checkpoint(found["stage"], found["step"], tensors, weights, found.get("seconds", {}))

    def _names(self) -> list[str]:
        """The checkpoints of which both files are there, the oldest first."""
        return sorted(f.stem for f in self.folder.glob("*.json") if f.with_suffix(".safetensors").exists())

    def _tidy(self) -> None:
        kept = set(self._names()[-KEPT:])
        for file in [*self.folder.glob("*.json"), *self.folder.glob("*.safetensors"), *self.folder.glob(".*.partial")]:
            if file.stem not in kept:
                file.unlink(missing_ok=True)


def tensors_of(prefix: str, module: nn.Module, optimizer: torch.optim.Adam | None = None) -> dict[str, Tensor]:
    """A module's parameters and buffers under a prefix, and with an optimiser its two moments of each gradient."""
    found = {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    if optimizer is not None:
        for name, parameter in module.named_parameters():
            for moment in ("exp_avg", "exp_avg_sq"):
                if moment in optimizer.state[parameter]:
                    found[f"adam.{prefix}.{name}.{moment}"] = optimizer.state[parameter][moment]
    return found


def restore(checkpoint: Checkpoint, prefix: str, module: nn.Module, optimizer: torch.optim.Adam | None = None) -> None:
    """The reverse of `tensors_of`, in place.

    Raises:
        UserError: the checkpoint is of another network.
    """
    own = {k.removeprefix(f"{prefix}."): v for k, v in checkpoint.tensors.items() if k.startswith(f"{prefix}.")}
    load_into(module, own, checkpoint.file)
    if optimizer is None:
        return
    for name, parameter in module.named_parameters():
        moments = {m: checkpoint.tensors.get(f"adam.{prefix}.{name}.{m}") for m in ("exp_avg", "exp_avg_sq")}
        if any(m is None for m in moments.values()):
            raise UserError(f"{checkpoint.file} has no optimiser's state of {name}: it belongs to another network")
        on_device = {m: torch.empty_like(parameter).copy_(v) for m, v in moments.items() if v is not None}
        step = torch.tensor(float(checkpoint.step), device=parameter.device if _fused(optimizer) else "cpu")
        optimizer.state[parameter] = {"step": step, **on_device}


def _fused(optimizer: torch.optim.Adam) -> bool:
    return bool(optimizer.defaults.get("fused"))
