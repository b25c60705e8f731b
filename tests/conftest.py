"""What every test relies on: the same draws on every machine, and one thread for each worker."""

import importlib.util
import os
import sys
from pathlib import Path

# Two workers on two cores: torch and BLAS would start two threads in each. Set before either is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
# A figure is a file here: no window, on no machine.
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

# Under --import-mode=importlib a test can't import its neighbours: what several folders share is loaded here.
_spec = importlib.util.spec_from_file_location(
    "hw3_test_windows_by_loops", Path(__file__).with_name("windows_by_loops.py")
)
_loops = sys.modules["hw3_test_windows_by_loops"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_loops)

# The same examples on every run; and no deadline, for a first import of torch takes seconds.
settings.register_profile("hw3", derandomize=True, deadline=None, database=None)
settings.load_profile("hw3")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="run the tests that take minutes, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow: takes minutes; run with --run-slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)
