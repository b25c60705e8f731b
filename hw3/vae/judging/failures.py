"""The edits that went wrong most, for whoever wants to see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hw3.vae.data.faces import Faces
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.directions import Directions
from hw3.vae.edits.figures import failure_sheet, stacked
from hw3.vae.judging.edited import EDITS, lacking
from hw3.vae.judging.judge import Judge
from hw3.vae.judging.scores import odds

SHOWN = 8


def failure_figure(
    run: Coder, faces: Faces, directions: Directions, judge: Judge, folder: Path, shown: int = SHOWN
) -> list[Path]:
    """Writes failures.png: for each edit, test pictures where it didn't take, then those where most else changed."""
    sheets = []
    for name in EDITS:
        rows = lacking(faces, "test", name)
        if name not in directions.by_name or not len(rows):
            continue
        z = run.encode(faces.images[rows])
        before, after = judge.looks(run.decode(z)), judge.looks(run.decode(directions.edit(z, name)))
        took = odds(judge.names, after, name) > 0
        free = {"No_Beard" if name == "Beard" else name, *directions.of(name).companions}
        others = [j for j, other in enumerate(judge.names) if other not in free]
        changed = (before.said != after.said)[:, others].sum(1)
        worst = np.argsort(-(changed + 100 * ~took), kind="stable")[:shown]
        worst = worst[(changed[worst] > 0) | ~took[worst]]
        if len(worst):
            sheets.append(failure_sheet(run, faces, directions, name, rows[worst], took[worst].tolist()))
    if not sheets:
        return []
    stacked(sheets).save(folder / "failures.png")
    return [folder / "failures.png"]
