"""What the tests of the autoencoder share: `hw3_test_discs`, a small data set and runs on it.

Under --import-mode=importlib a test can't import its neighbours, so they are loaded here.
"""

import importlib.util
import sys
from pathlib import Path

import pytest


def _beside(name: str) -> None:
    full = f"hw3_test_{name}"
    spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
    module = sys.modules[full] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


_beside("discs")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run on discs."""
    import hw3_test_discs

    out = tmp_path_factory.mktemp("runs") / "discs"
    hw3_test_discs.run(out)
    return out
