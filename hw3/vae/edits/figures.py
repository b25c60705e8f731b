"""The figures of a run's edits: originals above what was made of them, strengths, and paths between two faces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hw3.vae.data.faces import Bytes, Faces, Indices
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import Directions
from hw3.vae.edits.interpolation import PATHS
from hw3.vae.edits.sheets import Row, animation, sheet

COLUMNS = 10
TOLD = {"Beard": "a beard", "Smiling": "a smile", "Eyeglasses": "glasses"}


def edit_sheet(
    run: Coder, images: Bytes, directions: Directions, attribute: str, strength: float, true: Bytes | None = None
) -> Image.Image:
    """Originals, their reconstructions, and the edit; below, what is true where it is known."""
    z = run.encode(images)
    edited = run.decode(directions.edit(z, attribute, strength))
    what = ("with " if strength >= 0 else "without ") + TOLD.get(attribute, attribute)
    rows = [Row("original", images), Row("reconstruction", run.decode(z)), Row(what, edited)]
    if true is not None:
        rows.append(Row("drawn so", true))
    return sheet(rows, f"{attribute}, strength {strength:+g}")


def strength_sheet(run: Coder, images: Bytes, directions: Directions, attribute: str, steps: int = 7) -> Image.Image:
    """A row for each picture, from half the usual strength backwards to two and a half times it."""
    z, usual = run.encode(images), directions.strength(attribute)
    strengths = np.linspace(-usual / 2, 2.5 * usual, steps)
    columns = torch.stack([run.decode(directions.edit(z, attribute, float(s))) for s in strengths], 1)
    return sheet([Row("", row) for row in columns], f"{attribute} by strength", [f"{s:+.3g}" for s in strengths])


def path_sheet(run: Coder, pairs: Sequence[tuple[Bytes, Bytes]], steps: int = 10) -> Image.Image:
    """Both ways between each pair, between the originals."""
    rows = []
    for first, last in pairs:
        frames = path_frames(run, first, last, steps)
        rows += [Row(name, np.concatenate([first[None] / 255, f, last[None] / 255])) for name, f in frames.items()]
    times = ["original", *(f"{t:.2f}" for t in np.linspace(0, 1, steps)), "original"]
    return sheet(rows, f"From one face to another in {steps} steps", times)


def path_frames(run: Coder, first: Bytes, last: Bytes, steps: int) -> dict[str, np.ndarray]:
    """For each kind of path, (steps, s, s, c) float32 in [0, 1], from the picture (s, s, c) to the other."""
    a, b = run.encode(np.stack([first, last]))
    return {name: _array(run.decode(path(a, b, steps))) for name, path in PATHS.items()}


def edit_figures(run: Coder, faces: Faces, directions: Directions, folder: Path) -> list[Path]:
    """Writes the figures of edits and paths into `folder`; gives their paths. The pictures are the first of the test
    split that an edit is for, not chosen ones."""
    from hw3.vae.judging.edited import EDITS, counterfactuals, lacking

    folder.mkdir(parents=True, exist_ok=True)
    written = []

    def keep(name: str, picture: Image.Image) -> None:
        picture.save(folder / name)
        written.append(folder / name)

    sweeps = []
    for name in EDITS:
        if name not in directions.by_name:
            continue
        usual, rows = directions.strength(name), lacking(faces, "test", name)[:COLUMNS]
        if len(rows):
            true = counterfactuals(faces, rows, name, True)
            keep(f"edit-{name.lower()}.png", edit_sheet(run, _of(faces, rows), directions, name, usual, true))
            sweeps.append(strength_sheet(run, _of(faces, rows[:3]), directions, name))
        worn = lacking(faces, "test", name, present=True)[:COLUMNS]
        if len(worn):
            true, off = counterfactuals(faces, worn, name, False), directions.strength(name, False)
            keep(f"remove-{name.lower()}.png", edit_sheet(run, _of(faces, worn), directions, name, off, true))
    if sweeps:
        keep("strengths.png", stacked(sweeps))
    test = faces.of("test")
    if len(test) >= 6:
        pairs = [(faces.images[test[2 * k]], faces.images[test[2 * k + 1]]) for k in range(3)]
        keep("interpolation.png", path_sheet(run, pairs))
        frames = path_frames(run, *pairs[0], 30)["spherical"]
        animation(frames, folder / "interpolation.gif")
        written.append(folder / "interpolation.gif")
    return written


def failure_sheet(
    run: Coder, faces: Faces, directions: Directions, attribute: str, rows: Indices, took: Sequence[bool]
) -> Image.Image:
    """Edits that went wrong, as the judge sees them."""
    images = _of(faces, rows)
    z = run.encode(images)
    before, after = run.decode(z), run.decode(directions.edit(z, attribute))
    told = ["it changed more" if t else "it didn't take" for t in took]
    made = [Row("original", images), Row("reconstruction", before), Row(f"with {TOLD[attribute]}", after)]
    return sheet(made, f"{attribute}: what went wrong most", told)


def stacked(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures under one another."""
    together = Image.new("RGB", (max(p.width for p in pictures), sum(p.height for p in pictures)), "white")
    top = 0
    for picture in pictures:
        together.paste(picture, (0, top))
        top += picture.height
    return together


def _of(faces: Faces, rows: Indices) -> Bytes:
    return faces.images[rows]


def _array(pictures: Tensor) -> np.ndarray:
    return pictures.detach().cpu().numpy()
