"""Sheets of pictures with labels: rows and columns of faces, titled, drawn with Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from hw3.vae.data.faces import Bytes

Pictures = npt.NDArray[Any] | Tensor  # (n, s, s, c), bytes or floats in [0, 1]
GAP, TEXT, MARGIN = 4, 15, 10
TARGET = 96  # pixels that a face is enlarged to, at least


@dataclass(frozen=True)
class Row:
    """A row of pictures and what stands to its left."""

    label: str
    pictures: Pictures


def as_bytes(pictures: Pictures) -> Bytes:
    """(n, s, s, 3) uint8."""
    array = pictures.detach().cpu().numpy() if isinstance(pictures, Tensor) else np.asarray(pictures)
    if array.dtype != np.uint8:
        array = np.round(np.clip(array.astype(np.float64), 0, 1) * 255).astype(np.uint8)
    return np.repeat(array, 3, axis=-1) if array.shape[-1] == 1 else array


def sheet(rows: Sequence[Row], title: str = "", columns: Sequence[str] = (), scale: int | None = None) -> Image.Image:
    """The rows under one another; labels to the left, `columns` above, the title on top.

    Pictures are enlarged by a whole number, with soft edges, so that nothing is seen that isn't there.
    """
    faces = [as_bytes(row.pictures) for row in rows]
    size = max((f.shape[1] for f in faces), default=0)
    scale = scale or max(1, -(-TARGET // size))
    cell = size * scale
    widest = max(map(len, faces))
    left = MARGIN + max((_width(row.label) for row in rows), default=0) + (GAP if any(r.label for r in rows) else 0)
    top = MARGIN + (2 * TEXT if title else 0) + (TEXT + GAP if columns else 0)
    wide = max(left + widest * (cell + GAP) + MARGIN, 2 * MARGIN + _width(title, bold=True))
    picture = Image.new("RGB", (wide, top + len(rows) * (cell + GAP) + MARGIN), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((MARGIN, MARGIN - 2), title, "black", _font(bold=True))
    for k, label in enumerate(columns):
        pen.text((left + k * (cell + GAP) + cell // 2, top - GAP), label, "#444444", _font(), anchor="mb")
    for r, (row, of) in enumerate(zip(rows, faces, strict=True)):
        y = top + r * (cell + GAP)
        pen.text((left - GAP, y + cell // 2), row.label, "black", _font(), anchor="rm")
        for k, face in enumerate(of):
            enlarged = Image.fromarray(face).resize((cell, cell), Image.Resampling.BICUBIC)
            picture.paste(enlarged, (left + k * (cell + GAP), y))
    return picture


def animation(frames: Pictures, file: Path, milliseconds: int = 90, scale: int = 4) -> None:
    """A GIF of pictures, there and back, without end."""
    large = [
        Image.fromarray(f).resize((f.shape[1] * scale, f.shape[0] * scale), Image.Resampling.BICUBIC)
        for f in as_bytes(frames)
    ]
    there_and_back = large + large[-2:0:-1]
    # One palette for all frames, or colours flicker.
    palette = _stacked(large).quantize(256, Image.Quantize.MEDIANCUT)
    reduced = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in there_and_back]
    durations = [milliseconds] * len(reduced)
    for end in {0, len(large) - 1}:
        durations[end] = 6 * milliseconds
    reduced[0].save(file, save_all=True, append_images=reduced[1:], duration=durations, loop=0, optimize=False)


def _stacked(frames: Sequence[Image.Image]) -> Image.Image:
    return Image.fromarray(np.concatenate([np.asarray(frame) for frame in frames]))


def _width(text: str, bold: bool = False) -> int:
    return int(_font(bold).getlength(text)) + 1


@cache
def _font(bold: bool = False) -> ImageFont.FreeTypeFont:
    import matplotlib  # its font comes with it, on every system

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), TEXT - 1)
