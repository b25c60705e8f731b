"""All that `hw3 run-vae` does: the formula, the data, the training, the figures, the edits and the metrics."""

from __future__ import annotations

import time
from typing import Any

from hw3.vae import formula
from hw3.vae.config import Config
from hw3.vae.data.faces import Faces
from hw3.vae.data.loading import load
from hw3.vae.display import say, table
from hw3.vae.figures import training_figures
from hw3.vae.folder import Asked, begin, remembered
from hw3.vae.running import train
from hw3.vae.weights import write_json


def run(asked: Asked, given: dict[str, Any]) -> None:
    """Does a run, or what is left of it.

    Raises:
        UserError: whatever a user can mend; what was saved before is whole.
        Interrupted: Ctrl-C; the state was saved.
    """
    start = time.perf_counter()
    proof = formula.checked()
    say(f"KL term: {proof['text']}, {proof['verdict']} and checked ({proof['judged']['seconds']:.2f} s)")
    config = begin(asked, given)
    asked = remembered(asked)

    def faces_of(config: Config) -> Faces:
        return load(asked.data, size=config.image_size, channels=config.channels)

    trained = train(asked, config, faces_of, proof)
    if trained is None:
        return
    finished, faces = trained
    figures = training_figures(finished, faces)
    metrics: dict[str, Any] = {"seconds": {"all": round(time.perf_counter() - start, 1)}}
    write_json(asked.out / "metrics.json", metrics)
    table(str(asked.out), [("figures", "")] + [(str(f), "") for f in figures])
