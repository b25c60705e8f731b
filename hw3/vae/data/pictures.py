"""From a picture file to pixels: the centre square, scaled, the same for a training set and a photograph of yours."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from hw3.errors import UserError
from hw3.vae.data.faces import Bytes

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
CELEBA = (178, 218)  # pixels of an aligned picture
CELEBA_CROP = 148 / 178  # its centre square of 148: hair and chin are in it, little else


def pixels(content: bytes, size: int, crop: float = 1.0, channels: int = 3) -> Bytes:
    """(size, size, channels) uint8 of an encoded picture.

    The centre square, with `crop` times the shorter side, is scaled with Pillow's bilinear filter, which averages where
    it shrinks. A picture that lies on its side by its EXIF entry is turned first.

    Raises:
        OSError: it isn't a picture, or not a whole one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content)) as opened:
                opened.load()
                picture = ImageOps.exif_transpose(opened).convert("RGB" if channels == 3 else "L")
        except UnidentifiedImageError as error:
            raise OSError("not a picture") from error
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise OSError("too large") from error
        except (SyntaxError, ValueError, TypeError, IndexError, EOFError) as error:  # Pillow's, on damaged files
            raise OSError(f"damaged: {error}") from error
    # Cut first: resize(box=...) lets the filter read beyond the box.
    scaled = picture.crop(centre(picture.size, crop)).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(scaled, np.uint8).reshape(size, size, channels)


def centre(of: tuple[int, int], crop: float) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of the centre square with `crop` times the shorter side.

    >>> centre((178, 218), CELEBA_CROP)
    (15, 35, 163, 183)
    """
    width, height = of
    side = max(1, round(crop * min(width, height)))
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def photograph(path: Path, size: int, crop: float = 1.0, channels: int = 3) -> Bytes:
    """(size, size, channels) uint8 of a picture of yours, cut like the training set's (`Faces.crop`)."""
    content = path.read_bytes()
    try:
        return pixels(content, size, crop, channels)
    except OSError as error:
        raise UserError(f"{path} can't be read as a picture ({error}): give a JPEG or PNG file") from error
