"""Edits and paths of a run's own data or of photographs, from files to files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.errors import UserError
from hw3.vae.config import load_json
from hw3.vae.data.faces import Bytes, Faces
from hw3.vae.data.loading import load
from hw3.vae.data.pictures import photograph
from hw3.vae.edits import kept
from hw3.vae.edits.directions import METHODS, Directions
from hw3.vae.edits.figures import COLUMNS, TOLD, path_frames
from hw3.vae.edits.interpolation import PATHS
from hw3.vae.edits.sheets import Row, animation, sheet
from hw3.vae.runs import Run


@dataclass(frozen=True)
class Edited:
    """The file that was written and what is in it."""

    file: Path
    told: str


def edit_pictures(
    folder: Path,
    files: list[Path],
    attribute: str,
    strength: float | None = None,
    remove: bool = False,
    method: str | None = None,
    out: Path | None = None,
    device: str = "cpu",
) -> Edited:
    """Writes originals above what an edit makes of them.

    Raises:
        UserError: no run, no such attribute or method, a file that is no picture.
    """
    if method is not None and method not in METHODS:
        raise UserError(f"--method is {method}: it must be {', '.join(METHODS)}")
    run = Run.load(folder, device)
    directions, crop = directions_of(run)
    direction = directions.of(attribute)
    amount = directions.strength(attribute, not remove, method)
    if strength is not None:
        amount = -strength if remove else strength
    images = _photographs(run, files, crop) if files else _first_without(run, direction.attribute, remove)
    z = run.encode(images)
    named = TOLD.get(direction.attribute, direction.attribute)
    rows = [
        Row("original", images),
        Row("reconstruction", run.decode(z)),
        Row(
            f"{'without' if amount < 0 else 'with'} {named}", run.decode(directions.edit(z, attribute, amount, method))
        ),
    ]
    verb = "remove" if remove else "edit"
    file = _target(out, run.folder / "figures" / f"{verb}-{direction.attribute.lower()}-yours.png", (".png",))
    sheet(rows, f"{direction.attribute}, strength {amount:+g}", [f.stem[:14] for f in files]).save(file)
    return Edited(file, f"{len(images)} faces {'without' if amount < 0 else 'with'} {named}, strength {amount:+g}")


def interpolate_pictures(
    folder: Path, first: str, last: str, steps: int, path: str, out: Path | None = None, device: str = "cpu"
) -> Path:
    """Writes a strip of pictures from one face to another, or an animation where the file is a .gif."""
    if path not in PATHS:
        raise UserError(f"--path is {path}: it must be {' or '.join(PATHS)}")
    run = Run.load(folder, device)
    crop = directions_of(run)[1] if kept.are_kept(folder) else 1.0
    a, b = (_picture(run, said, crop) for said in (first, last))
    frames = path_frames(run, a, b, steps)[path]
    file = _target(out, run.folder / "figures" / "interpolation-yours.png", (".png", ".gif"))
    if file.suffix == ".gif":
        animation(frames, file)
        return file
    shown = np.concatenate([a[None] / 255, frames, b[None] / 255])
    times = ["original", *(f"{t:.2f}" for t in np.linspace(0, 1, steps)), "original"]
    sheet([Row("", shown)], f"{_name(first)} to {_name(last)}, {path}", times).save(file)
    return file


def directions_of(run: Run) -> tuple[Directions, float]:
    """The directions that were kept; fitted now, with usual strengths, if the run ended before they were."""
    if not kept.are_kept(run.folder):
        faces = data_of(run)
        kept.save(kept.fitted(run, faces), run.folder, faces.crop)
    return kept.read(run.folder, run.prior)


def data_of(run: Run) -> Faces:
    """The data set that the run was trained on."""
    said = load_json(run.folder / "run.json")["data"]
    faces = load(
        None if said["path"] is None else Path(said["path"]), size=run.config.image_size, channels=run.config.channels
    )
    if faces.fingerprint != said["fingerprint"]:
        raise UserError(
            f"the pictures that {run.folder} was trained on ({said['source']}) have changed since: "
            "name photographs instead, or train anew"
        )
    return faces


def _first_without(run: Run, attribute: str, remove: bool) -> Bytes:
    from hw3.vae.judging.edited import lacking

    faces = data_of(run)
    rows = lacking(faces, "test", attribute, present=remove)[:COLUMNS]
    if not len(rows):
        raise UserError(f"no test picture is {'with' if remove else 'without'} {attribute}: name photographs")
    return faces.images[rows]


def _photographs(run: Run, files: list[Path], crop: float) -> Bytes:
    return np.stack([photograph(f, run.config.image_size, crop, run.config.channels) for f in files])


def _picture(run: Run, said: str, crop: float) -> Bytes:
    if not said.isdigit() or Path(said).exists():
        return photograph(Path(said), run.config.image_size, crop, run.config.channels)
    faces = data_of(run)
    test = faces.of("test")
    if int(said) >= len(test):
        raise UserError(f"there is no test picture {said}: they go from 0 to {len(test) - 1}")
    return np.asarray(faces.images[test[int(said)]])


def _name(said: str) -> str:
    return f"test picture {said}" if said.isdigit() else Path(said).stem


def _target(out: Path | None, usual: Path, endings: tuple[str, ...]) -> Path:
    file = out or usual
    if file.suffix.lower() not in endings:
        raise UserError(f"{file} can't be written: name a file that ends in {' or '.join(endings)}")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
