"""A run on a few cartoon faces, evaluated once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hw3.vae.data import load
from hw3.vae.data.faces import Faces
from hw3.vae.judging.evaluation import evaluate
from hw3.vae.runs import Run

COUNTS = (400, 120, 120)


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Faces]]:
    """The folder of a run on a few cartoon faces, and the faces; the cache is the session's."""
    import hw3_test_discs

    root = tmp_path_factory.mktemp("few")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HW3_CACHE", str(root / "cache"))
        patch.setattr("hw3.vae.data.avatars.drawn.COUNTS", COUNTS)
        faces = load(size=32, jobs=1)
        hw3_test_discs.run(
            root / "run",
            faces,
            image_size=32,
            latent_dim=48,
            width=8,
            epochs=2,
            batch_size=40,
            flow_steps=100,
            flow_width=64,
        )
        yield root / "run", faces


@pytest.fixture(scope="session")
def evaluated(few: tuple[Path, Faces]) -> dict[str, Any]:
    """What `evaluate` says of it, through JSON and back."""
    folder, faces = few
    told = evaluate(Run.load(folder), faces)
    found: dict[str, Any] = json.loads(json.dumps(told, allow_nan=False))
    return found
