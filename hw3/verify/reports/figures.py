"""Figures in files: one pair of axes, drawn by a function, written in the format that the name says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw3.errors import UserError


def save_figure(file: Path, draw: Callable[[Any], None]) -> None:
    """Draws on fresh axes and writes the figure.

    Raises:
        UserError: the file's ending is no format that matplotlib writes.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    draw(axes)
    axes.grid(True, which="major", alpha=0.3)
    try:
        figure.savefig(file, dpi=160)
    except ValueError as error:
        raise UserError(f"{file} has no ending that matplotlib writes: use .png, .svg or .pdf") from error
    finally:
        plt.close(figure)
