"""All that `hw3 run-vae` does: the formula, the data, the training, the figures, the edits and the metrics."""

from __future__ import annotations

import errno
import time
from typing import Any

from hw3.errors import UserError
from hw3.vae import formula
from hw3.vae.config import Config
from hw3.vae.data.faces import Faces
from hw3.vae.data.loading import load
from hw3.vae.display import say, table
from hw3.vae.figures import training_figures
from hw3.vae.folder import Asked, begin, remembered
from hw3.vae.judging.evaluation import evaluate, summary
from hw3.vae.running import train
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
    start = time.perf_counter()
    figures = [str(file) for file in training_figures(finished, faces)]
    found = evaluate(finished, faces, say)
    found["figures"] = [*figures, *found.get("figures", [])]
    found["seconds"] = {**finished.timing, "measuring": round(time.perf_counter() - start, 1)}
    write_json(asked.out / "metrics.json", found)
    times = [(f"seconds: {name}", f"{value:,.0f}") for name, value in found["seconds"].items()]
    table(str(asked.out), [*summary(found), *times])
    for file in found["figures"]:
        print(file)
