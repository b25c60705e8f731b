"""All that `hw3 run-vae` does: the formula, the data, the training, the figures, the edits and the metrics."""

from __future__ import annotations

import errno
import time
from pathlib import Path
from typing import Any

from hw3.errors import UserError
from hw3.vae import formula
from hw3.vae.config import Config, load_json
from hw3.vae.data.faces import Faces
from hw3.vae.data.loading import load
from hw3.vae.display import say, table
from hw3.vae.figures import training_figures
from hw3.vae.folder import Asked, begin, remembered
from hw3.vae.judging.evaluation import evaluate, summary
from hw3.vae.running import train
from hw3.vae.runs import Run
from hw3.vae.weights import write_json


def run(asked: Asked, given: dict[str, Any]) -> None:
    """Does a run, or what is left of it, and prints what came out.

    Raises:
        UserError: whatever a user can mend, a full disk too; what was saved before is whole.
        Interrupted: Ctrl-C; the state was saved.
    """
    try:
        _run(asked, given)
    except OSError as error:  # of the log, a figure; the state is written more carefully, and speaks for itself
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(f"the disk that holds {asked.out} is full: make room and go on with --resume") from error


def _run(asked: Asked, given: dict[str, Any]) -> None:
    proof = formula.checked()
    say(f"the KL term {proof['text']} is {proof['verdict']}; checked in {proof['judged']['seconds']:.2f} s")
    config = begin(asked, given)
    asked = remembered(asked)

    def faces_of(config: Config) -> Faces:
        return load(asked.data, size=config.image_size, channels=config.channels)

    trained = train(asked, config, faces_of, proof)
    if trained is None:  # not the main process of several
        return
    finished, faces = trained
    found = measured(asked.out) or _measure(finished, faces)
    times = [(f"seconds: {name}", f"{value:,.0f}") for name, value in found["seconds"].items()]
    table(str(asked.out), [*summary(found), *times])
    for file in _figures(asked.out, found):
        print(file)


def _measure(finished: Run, faces: Faces) -> dict[str, Any]:
    """Draws every figure and takes every number; metrics.json comes last, when all else is there."""
    start = time.perf_counter()
    figures = [str(file) for file in training_figures(finished, faces)]
    found = evaluate(finished, faces, say)
    found["figures"] = [*figures, *found.get("figures", [])]
    found["seconds"] = {**finished.timing, "measuring": round(time.perf_counter() - start, 1)}
    found["weights"] = _weights(finished.folder)
    write_json(finished.folder / "metrics.json", found)
    return found


def measured(out: Path) -> dict[str, Any] | None:
    """What was measured of these very weights before, if its figures are still there: --resume then only shows it."""
    if not (out / "metrics.json").exists():
        return None
    found: dict[str, Any] = load_json(out / "metrics.json")
    whole = found.get("weights") == _weights(out) and all(file.exists() for file in _figures(out, found))
    return found if whole else None


def _figures(out: Path, found: dict[str, Any]) -> list[Path]:
    # By name alone: the run may have been moved, or named from another folder.
    return [out / "figures" / Path(file).name for file in found["figures"]]


def _weights(out: Path) -> str:
    return str(load_json(out / "weights.json")["sha256"])
