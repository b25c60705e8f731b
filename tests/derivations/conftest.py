"""Helpers that the tests of derivations share, as fixtures: modules beside this file.

Under --import-mode=importlib a test can't import its neighbours, so they are loaded here.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _beside(name: str) -> ModuleType:
    full = f"hw3_test_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        module = sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[full]


_beside("numbers_of_expressions")  # numbers_of_polynomials imports it when it is collected for doctests


@pytest.fixture(scope="session")
def numbers() -> ModuleType:
    """Evaluation of expressions by numpy."""
    return _beside("numbers_of_expressions")


@pytest.fixture(scope="session")
def polynomials(numbers: ModuleType) -> ModuleType:
    """Evaluation of index polynomials by numpy."""
    return _beside("numbers_of_polynomials")


@pytest.fixture(scope="session")
def random_expressions() -> ModuleType:
    """Random well-typed expressions of all operations."""
    return _beside("random_expressions")
