"""The gallery's pictures: `python -m docs.builder.gallery out/vae` draws docs/figures/vae-*.png from a finished run.

They are the run's own figures with fewer faces and in 256 colours, so that the repository stays small. No picture is
chosen: each sheet has the first of the test split that an edit is for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from hw3.vae.data.faces import Faces
from hw3.vae.data.loading import load
from hw3.vae.edits import kept
from hw3.vae.edits.directions import Directions
from hw3.vae.edits.figures import TOLD, path_sheet, stacked, strength_sheet
from hw3.vae.edits.sheets import Row, sheet
from hw3.vae.judging.edited import EDITS, counterfactuals, lacking
from hw3.vae.judging.failures import failure_figure
from hw3.vae.judging.kept import judge_of
from hw3.vae.runs import Run

FIGURES = Path(__file__).parents[1] / "figures"
COLUMNS, PAIRS, FAILURES, COLOURS = 7, 2, 4, 256


def main() -> None:
    """Draws the pictures of the run that the command names."""
    parser = argparse.ArgumentParser(prog="python -m docs.builder.gallery", description=__doc__)
    parser.add_argument(
        "run", type=Path, help="the folder of a run on the embedded faces that is finished and measured"
    )
    parser.add_argument("--out", type=Path, default=FIGURES, help="where the pictures go")
    options = parser.parse_args()
    run, faces = Run.load(options.run), load()
    directions, _ = kept.read(options.run, run.prior)
    drawn: dict[str, Image.Image] = {
        name: Image.open(options.run / "figures" / f"{name}.png") for name in ("samples", "reconstructions", "loss")
    }
    lacking_each = {name: lacking(faces, "test", name) for name in EDITS}

    # The first men (for the beards) who lack all three, so that each edit is shown on the same people.
    all_three = set.intersection(*(set(lacked.tolist()) for lacked in lacking_each.values()))
    rows = np.array(sorted(all_three)[:COLUMNS])
    z, pictures = run.encode(faces.images[rows]), faces.images[rows]
    edited = [Row(f"with {TOLD[name]}", run.decode(directions.edit(z, name))) for name in EDITS]
    drawn["edits"] = sheet([Row("original", pictures), Row("reconstruction", run.decode(z)), *edited])
    # Only here are pictures drawn with that part changed: the yardstick.
    redrawn = {name: counterfactuals(faces, rows, name, True) for name in EDITS}
    drawn["drawn"] = sheet([Row(f"drawn with {TOLD[n]}", p) for n, p in redrawn.items() if p is not None])

    drawn["removals"] = stacked([_removal(run, faces, directions, name) for name in EDITS])
    sweeps = [strength_sheet(run, faces.images[lacking_each[name][:1]], directions, name) for name in EDITS]
    drawn["strengths"] = stacked(sweeps)
    test = faces.images[faces.of("test")[: 2 * PAIRS]]
    drawn["interpolation"] = path_sheet(run, list(zip(test[::2], test[1::2], strict=True)))
    (file,) = failure_figure(run, faces, directions, judge_of(faces), options.out, FAILURES)
    drawn["failures"] = Image.open(file)
    drawn["failures"].load()
    file.unlink()
    for name, picture in drawn.items():
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
        few.save(options.out / f"vae-{name}.png", optimize=True)
        print(options.out / f"vae-{name}.png")


def _removal(run: Run, faces: Faces, directions: Directions, name: str) -> Image.Image:
    """The first who have it: originals, the edit, and the same people drawn without."""
    rows = lacking(faces, "test", name, present=True)[:COLUMNS]
    bare = run.decode(directions.edit(run.encode(faces.images[rows]), name, directions.strength(name, False)))
    told = f"without {TOLD[name]}"
    true = counterfactuals(faces, rows, name, False)
    drawn = [Row(f"drawn {told}", true)] if true is not None else []
    return sheet([Row("original", faces.images[rows]), Row(told, bare), *drawn])


if __name__ == "__main__":
    main()
