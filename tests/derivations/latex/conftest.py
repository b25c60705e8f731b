"""The generator of formulas, for the tests of the reader: loaded by its path, as tests can't import neighbours."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

NAME = "hw3_test_generated"
if NAME not in sys.modules:
    _spec = importlib.util.spec_from_file_location(NAME, Path(__file__).with_name("generated.py"))
    _module = sys.modules[NAME] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def generated() -> ModuleType:
    """Random surface trees, and the LaTeX that they are."""
    return sys.modules[NAME]
