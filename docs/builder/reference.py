"""The reference."""

from __future__ import annotations

from pathlib import Path


def page(root: Path) -> str:
    return "# Reference\n"
