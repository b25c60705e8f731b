"""A run's folder before and while it is written: whose it is, with which settings, on which data."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import accelerate
import torch

import hw3
from hw3.errors import UserError
from hw3.vae.config import Config, load_json, read_config
from hw3.vae.data.faces import Faces


@dataclass(frozen=True)
class Asked:
    """What the command was asked for, beside the configuration."""

    out: Path
    data: Path | None = None
    device: str = "auto"
    resume: bool = False


def begin(asked: Asked, given: dict[str, Any]) -> Config:
    """The configuration of the run in `asked.out`: a new one of the `given` fields, or the one that goes on.

    Raises:
        UserError: there is a run already and it is not to go on, or it was begun with other settings.
    """
    file = asked.out / "config.json"
    if not file.exists():
        if asked.out.exists() and any(f.name != ".lock" for f in asked.out.iterdir()):
            raise UserError(f"{asked.out} is not empty and holds no run: give --out a new folder")
        return Config(**{"threads": _threads(), **given})
    if not asked.resume:
        raise UserError(f"{asked.out} holds a run already: go on with it by --resume, or give another --out")
    stored = read_config(load_json(file), file)
    for name, value in given.items():
        if getattr(stored, name) != value:
            option = "--" + name.replace("_", "-")
            raise UserError(
                f"the run in {asked.out} was begun with {option} {getattr(stored, name)}, not {value}: "
                f"leave {option} out, or begin a new run with another --out"
            )
    return stored


def record(asked: Asked, faces: Faces, proof: dict[str, Any], device: torch.device, processes: int) -> dict[str, Any]:
    """What the run computes with and from: run.json."""
    return {
        "formula": proof,
        "data": {
            "path": None if asked.data is None else str(asked.data.resolve()),
            "source": faces.source,
            "fingerprint": faces.fingerprint,
            "training": len(faces.of("train")),
        },
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "processes": processes,
        "versions": {
            "hw3": hw3.__version__,
            "torch": torch.__version__,
            "accelerate": accelerate.__version__,
            "python": platform.python_version(),
        },
    }


def require_same_data(out: Path, faces: Faces) -> None:
    file = out / "run.json"
    if not file.exists():
        return
    before = load_json(file)["data"]
    if before["fingerprint"] != faces.fingerprint:
        raise UserError(
            f"the run in {out} was begun with other pictures ({before['source']}) than these ({faces.source}): "
            f"give --data {before['path'] or 'nothing'}, or begin a new run with another --out"
        )


def _threads() -> int:
    """torch's share of the cores that this process may use."""
    if "OMP_NUM_THREADS" in os.environ:
        return max(1, int(os.environ["OMP_NUM_THREADS"]))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keeps a second hw3 out of a run's folder, where the system has locks; they end with their process."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with open(out / ".lock", "w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(f"another hw3 is training in {out}: wait for it, or give another --out") from error
        yield


def remembered(asked: Asked) -> Asked:
    """With the data set of the run that goes on, where none is named."""
    file = asked.out / "run.json"
    if asked.data is not None or not file.exists():
        return asked
    path = load_json(file)["data"]["path"]
    return replace(asked, data=Path(path) if path is not None else None)
