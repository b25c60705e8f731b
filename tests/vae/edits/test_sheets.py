"""Sheets show the pictures that they are given, where their labels say."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from hw3.vae.edits.sheets import GAP, MARGIN, Row, animation, as_bytes, sheet


def flat(*colours: tuple[int, int, int]) -> np.ndarray:
    return np.stack([np.broadcast_to(np.array(c, np.uint8), (8, 8, 3)) for c in colours])


def test_every_picture_is_on_the_sheet_in_its_row_and_column() -> None:
    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    made = np.asarray(
        sheet([Row("first", flat(red, green)), Row("second row", flat(blue))], "Title", ["a", "b"], scale=4)
    )
    places = {}
    for colour in (red, green, blue):
        y, x = np.nonzero((made == colour).all(-1))
        assert len(y) == 32 * 32
        places[colour] = y.min(), x.min()
    assert places[red][0] == places[green][0] == places[blue][0] - 32 - GAP
    assert places[red][1] == places[blue][1] == places[green][1] - 32 - GAP
    assert (made[: places[red][0], :, :].min(-1) < 100).any()  # the title
    assert (made[:, MARGIN : places[red][1]].min(-1) < 100).any()  # the labels


def test_a_title_wider_than_its_pictures_is_whole() -> None:
    made = np.asarray(sheet([Row("", flat((0, 0, 0)))], "A title that is much wider than one small picture", scale=1))
    assert (made[:, -MARGIN:] == 255).all()


def test_floats_and_grey_are_shown_as_bytes() -> None:
    assert as_bytes(torch.tensor([0.0, 0.5, 2.0]).view(3, 1, 1, 1)).tolist() == [[[[v] * 3]] for v in (0, 128, 255)]
    assert as_bytes(np.array([[[[7]]]], np.uint8)).tolist() == [[[[7, 7, 7]]]]


def test_an_animation_goes_there_and_back(tmp_path: Path) -> None:
    frames = flat((0, 0, 0), (100, 0, 0), (200, 0, 0), (255, 255, 255))
    animation(frames, tmp_path / "a.gif", milliseconds=50, scale=2)
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 6
        assert gif.size == (16, 16)
        assert gif.info["loop"] == 0
        shown = []
        for k in range(6):
            gif.seek(k)
            shown.append(gif.convert("RGB").getpixel((8, 8)))
    assert [s[0] for s in shown] == [0, 100, 200, 255, 200, 100]
