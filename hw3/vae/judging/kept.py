"""The judge that is kept for a data set, so that it is trained once and every run meets the same one."""

from __future__ import annotations

from pathlib import Path

import torch
from filelock import FileLock

from hw3.errors import UserError
from hw3.vae.config import load_json
from hw3.vae.data.faces import Faces
from hw3.vae.data.loading import cache_folder
from hw3.vae.judging.judge import Judge, Network, train
from hw3.vae.weights import load_into, read_tensors, write_json, write_tensors

VERSION = 1  # raise it when the judge's network or its training changes


def judge_of(faces: Faces, device: torch.device | str = "cpu", cache: Path | None = None) -> Judge:
    """The judge of this data set: from the cache, or trained now (a minute on two cores) and kept there."""
    folder = (cache or cache_folder()) / "judges"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{faces.fingerprint[:32]}-{VERSION}.safetensors"
    with FileLock(f"{file}.lock"):
        if (kept := _read(file, faces, device)) is not None:
            return kept
        judge = train(faces, device)
        tensors = {name: value.contiguous() for name, value in judge.network.state_dict().items()}
        write_json(file.with_suffix(".json"), {"sha256": write_tensors(file, tensors), "names": list(faces.names)})
        return judge


def _read(file: Path, faces: Faces, device: torch.device | str) -> Judge | None:
    """None if there is none, or a damaged one, which is trained anew."""
    if not (file.exists() and file.with_suffix(".json").exists()):
        return None
    network = Network(len(faces.names))
    try:
        load_into(network, read_tensors(file, load_json(file.with_suffix(".json"))["sha256"]), file)
    except (UserError, KeyError):
        return None
    place = torch.device(device)
    network = network.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Judge(faces.names, network.eval(), place)
