"""Figures of a run: new faces, faces coded and decoded, and how the loss fell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch import Tensor

from hw3.vae.data.faces import Faces
from hw3.vae.journal import read_journal
from hw3.vae.pictures import to_tensor
from hw3.vae.runs import Run

GAP = 2  # white pixels between two pictures
SEED = 0  # of the samples that are shown: the first ones, not chosen ones


def training_figures(run: Run, faces: Faces) -> list[Path]:
    """Writes samples.png, reconstructions.png and loss.png into the run's figures/; gives their paths."""
    folder = run.folder / "figures"
    folder.mkdir(exist_ok=True)
    save_grid(folder / "samples.png", np.asarray(run.sample(64, SEED).cpu()), 16)
    chosen = faces.of("test")[:16]
    images = faces.images[chosen] if len(chosen) else faces.images[:16]
    shown = np.asarray(to_tensor(images, run.config).permute(0, 2, 3, 1))
    again = np.asarray(run.decode(run.encode(images)).cpu())
    save_grid(folder / "reconstructions.png", np.concatenate([shown, again]), len(shown))
    _loss(folder / "loss.png", read_journal(run.folder / "log.jsonl"))
    return [folder / name for name in ("samples.png", "reconstructions.png", "loss.png")]


def grid(images: npt.NDArray[np.floating[Any]] | Tensor, columns: int) -> npt.NDArray[np.uint8]:
    """Pictures (n, s, s, c) in [0, 1], row by row, as one picture (height, width, 3) of bytes.

    >>> grid(np.zeros((3, 8, 8, 1)), 2).shape
    (18, 18, 3)
    """
    pictures = np.round(np.clip(np.asarray(images, np.float64), 0, 1) * 255).astype(np.uint8)
    n, s, _, channels = pictures.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (s + GAP) - GAP, columns * (s + GAP) - GAP, 3), 255, np.uint8)
    for k, picture in enumerate(pictures):
        top, left = (k // columns) * (s + GAP), (k % columns) * (s + GAP)
        sheet[top : top + s, left : left + s] = picture if channels == 3 else np.repeat(picture, 3, -1)
    return sheet


def save_grid(file: Path, images: npt.NDArray[np.floating[Any]] | Tensor, columns: int, scale: int = 1) -> None:
    """Writes a grid of pictures as PNG, each pixel `scale` times as large."""
    sheet = Image.fromarray(grid(images, columns))
    sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.NEAREST).save(file)


def _loss(file: Path, entries: Sequence[dict[str, Any]]) -> None:
    from hw3.verify.reports.figures import save_figure

    network = [e for e in entries if e["stage"] == "network"]
    epochs = [e["epoch"] for e in network]

    def draw(axes: Any) -> None:
        axes.semilogy(epochs, [e["mse"] for e in network], color="#08519c", lw=1)
        axes.set_xlabel("epoch")
        axes.set_ylabel("reconstruction: mean squared error", color="#08519c")
        beside = axes.twinx()
        beside.plot(epochs, [e["kl"] for e in network], color="#a63603", lw=1)
        beside.set_ylabel("KL, nats a picture", color="#a63603")
        axes.set_title("Training")

    save_figure(file, draw)
