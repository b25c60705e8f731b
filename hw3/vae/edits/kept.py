"""The directions of a run, kept in its folder: an edit needs neither the data set nor the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from hw3.errors import UserError
from hw3.vae.config import load_json
from hw3.vae.data.faces import Faces
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import Direction, Directions, fit, transporting
from hw3.vae.prior import Prior
from hw3.vae.weights import read_tensors, write_json, write_tensors

FILE = "directions.safetensors"
ENOUGH = 12_000  # pictures: the error of a direction is then a percent of its length


class Fitted(Coder, Protocol):
    """A coder with a prior, as `hw3.vae.runs.Run` is."""

    @property
    def prior(self) -> Prior: ...


def fitted(run: Fitted, faces: Faces) -> Directions:
    """The directions of a run, from the training split."""
    rows = faces.of("train")
    if len(rows) > ENOUGH:  # spread over all of them: a sorted data set has its kinds in one place
        rows = np.sort(np.random.default_rng(0).choice(rows, ENOUGH, replace=False))
    return fit(run.encode(faces.images[rows]), faces, rows, transporting(run.prior))


_TENSORS = ("least_squares", "mean_difference", "base", "by_face", "shows")


def save(directions: Directions, folder: Path, crop: float) -> None:
    """Writes directions.safetensors and directions.json; `crop` is how the training pictures were cut."""
    tensors = {name: getattr(directions, name) for name in ("guess", "offset", "means")}
    told = {}
    for name, direction in directions.by_name.items():
        tensors |= {f"{name}.{kind}": getattr(direction, kind) for kind in _TENSORS}
        told[name] = {
            "column": direction.column,
            "companions": list(direction.companions),
            "strengths": dict(direction.strengths),
            "best": dict(direction.best),
        }
    sha256 = write_tensors(folder / FILE, tensors)
    write_json(folder / "directions.json", {"sha256": sha256, "crop": crop, "directions": told})


def read(folder: Path, prior: Prior) -> tuple[Directions, float]:
    """The directions of the run in `folder`, which has this prior, and how its training pictures were cut.

    Raises:
        UserError: the files are damaged, or another version's.
    """
    told = load_json(folder / "directions.json")
    tensors = read_tensors(folder / FILE, told["sha256"])
    try:
        found = {name: _direction(name, about, tensors) for name, about in told["directions"].items()}
    except KeyError as error:
        raise UserError(
            f"{folder / 'directions.json'} has no {error}, it may be another version's: delete it, to fit them anew"
        ) from error
    guess, offset, means = (tensors[name] for name in ("guess", "offset", "means"))
    return Directions(found, guess, offset, means, transporting(prior)), float(told["crop"])


def _direction(name: str, about: dict[str, Any], tensors: dict[str, Tensor]) -> Direction:
    return Direction(
        name,
        **{kind: tensors[f"{name}.{kind}"] for kind in _TENSORS},
        column=about["column"],
        companions=tuple(about["companions"]),
        strengths=about["strengths"],
        best=about["best"],
    )


def are_kept(folder: Path) -> bool:
    return (folder / FILE).exists() and (folder / "directions.json").exists()
