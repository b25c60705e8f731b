"""Cutting and scaling: a photograph of one's own is treated as the training set was."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hw3.errors import UserError
from hw3.vae.data.pictures import CELEBA_CROP, centre, photograph, pixels


def encode(picture: Image.Image, **more: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", **more)
    return file.getvalue()


@pytest.mark.parametrize("size", [(178, 218), (218, 178), (64, 64), (3, 500), (1, 1), (1000, 999)])
@pytest.mark.parametrize("crop", [1.0, CELEBA_CROP, 0.3])
def test_the_box_is_a_square_in_the_centre(size: tuple[int, int], crop: float) -> None:
    left, top, right, bottom = centre(size, crop)
    assert right - left == bottom - top == max(1, round(crop * min(size)))
    assert min(left, top) >= 0
    assert right <= size[0]
    assert bottom <= size[1]
    assert abs(left - (size[0] - right)) <= 1
    assert abs(top - (size[1] - bottom)) <= 1


def test_shrinking_averages() -> None:
    """A fine checkerboard becomes grey; a filter that picks pixels would keep black and white."""
    board = Image.fromarray((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8))
    small = pixels(encode(board), 16)
    assert small.shape == (16, 16, 3)
    assert np.abs(small.astype(int) - 127).max() <= 2


def test_a_picture_that_lies_on_its_side_is_turned(tmp_path: Path) -> None:
    upright = Image.new("RGB", (40, 40), "black")
    upright.paste((255, 255, 255), (0, 0, 40, 10))  # white above
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees to see it upright
    path = tmp_path / "photo.jpg"
    upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)
    seen = photograph(path, 8, 1.0)
    assert seen[0].min() > 200
    assert seen[4:].max() < 50


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_kind_of_picture_is_read(mode: str, tmp_path: Path) -> None:
    form = "TIFF" if mode == "CMYK" else "PNG"
    file = io.BytesIO()
    Image.new(mode, (20, 20)).save(file, form)
    assert pixels(file.getvalue(), 8).shape == (8, 8, 3)
    assert pixels(file.getvalue(), 8, channels=1).shape == (8, 8, 1)


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("no picture")
    with pytest.raises(UserError, match=r"notes\.jpg can't be read as a picture \(not a picture\): give a JPEG or PNG"):
        photograph(path, 8)
