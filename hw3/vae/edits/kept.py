"""The directions of a run, kept in its folder: an edit needs neither the data set nor the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from hw3.vae.config import load_json
from hw3.vae.data.faces import Faces
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import Direction, Directions, fit
from hw3.vae.weights import read_tensors, write_json, write_tensors

FILE = "directions.safetensors"
ENOUGH = 12_000  # pictures: the error of a direction is then a percent of its length


class Folder(Coder, Protocol):
    """A coder with a folder, as `hw3.vae.runs.Run` is."""

    @property
    def folder(self) -> Path: ...


def fitted(run: Coder, faces: Faces) -> Directions:
    """The directions of a run, from the training split."""
    rows = faces.of("train")
    if len(rows) > ENOUGH:  # spread over all of them: a sorted data set has its kinds in one place
        rows = np.sort(np.random.default_rng(0).choice(rows, ENOUGH, replace=False))
    return fit(run.encode(faces.images[rows]), faces, rows)


_TENSORS = ("least_squares", "mean_difference", "base", "by_face")


def save(directions: Directions, folder: Path, crop: float) -> None:
    """Writes directions.safetensors and directions.json; `crop` is how the training pictures were cut."""
    tensors = {name: getattr(directions, name) for name in ("guess", "offset", "means")}
    told = {}
    for name, direction in directions.by_name.items():
        tensors |= {f"{name}.{kind}": getattr(direction, kind) for kind in _TENSORS}
        told[name] = {"companions": list(direction.companions), "strengths": dict(direction.strengths)}
    sha256 = write_tensors(folder / FILE, tensors)
    write_json(folder / "directions.json", {"sha256": sha256, "crop": crop, "directions": told})


def read(folder: Path) -> tuple[Directions, float]:
    """The directions of the run in `folder`, and how its training pictures were cut."""
    told = load_json(folder / "directions.json")
    tensors = read_tensors(folder / FILE, told["sha256"])
    found = {}
    for name, about in told["directions"].items():
        least_squares, mean_difference, base, by_face = (tensors[f"{name}.{kind}"] for kind in _TENSORS)
        found[name] = Direction(
            name, least_squares, mean_difference, base, by_face, tuple(about["companions"]), about["strengths"]
        )
    return Directions(found, tensors["guess"], tensors["offset"], tensors["means"]), float(told["crop"])


def are_kept(folder: Path) -> bool:
    return (folder / FILE).exists() and (folder / "directions.json").exists()
