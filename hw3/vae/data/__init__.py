"""Faces to train on: the embedded cartoon faces, CelebA in every layout, or any folder with a table of attributes."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hw3.vae.data.faces import SPLITS, Faces
    from hw3.vae.data.loading import cache_folder, load

__all__ = ["SPLITS", "Faces", "cache_folder", "load"]

_HOMES = {"SPLITS": "faces", "Faces": "faces", "cache_folder": "loading", "load": "loading"}


def __getattr__(name: str) -> Any:
    """Imports what is asked for now: the command line's help passes through here and needs no NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
