"""The small data sets that several tests share, and a cache of their own."""

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("hw3_test_layouts", Path(__file__).with_name("layouts.py"))
_layouts = sys.modules["hw3_test_layouts"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_layouts)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HW3_CACHE", str(tmp_path / "cache"))
