"""Drawing a cartoon person: python-avatars composes the vector graphic, resvg makes pixels of it.

The art is Avataaars by Pablo Stanley, "free for personal and commercial use"; it comes with python-avatars and no part
of it is copied here.
"""

from __future__ import annotations

import importlib.metadata
import io

import numpy as np
import python_avatars as avataaars
import resvg_py
from PIL import Image

from hw3.vae.data.avatars.person import GENERATOR, Person
from hw3.vae.data.faces import Bytes

_CANVAS = 'width="264px" height="280px" viewBox="0 0 264 280"'


def draw(person: Person, size: int = 64, channels: int = 3) -> Bytes:
    """(size, size, channels) uint8: the person's face, in colour or (1 channel) in grey.

    Every choice is passed: python-avatars picks a missing one at random when it is imported.
    """
    a = avataaars
    graphic: str = a.Avatar(
        style=a.AvatarStyle.TRANSPARENT,
        background_color=a.BackgroundColor.DEFAULT,  # not drawn: the style is transparent
        top=a.HatType[person.top] if person.hat else a.HairType[person.top],
        hat_color=person.fabric,
        eyebrows=a.EyebrowType[person.brows],
        eyes=a.EyeType[person.eyes],
        nose=a.NoseType.DEFAULT,
        mouth=a.MouthType[person.mouth],
        facial_hair=a.FacialHairType[person.facial_hair],
        skin_color=person.skin,
        hair_color=person.hair_colour,
        facial_hair_color=person.hair_colour,
        accessory=a.AccessoryType[person.frame],
        clothing=a.ClothingType.NONE,  # below the box
        clothing_color=a.ClothingColor.WHITE,
        shirt_graphic=a.ClothingGraphic.NONE,
    ).render()
    if graphic.count(_CANVAS) != 1:
        raise RuntimeError(f"python-avatars {versions()[0]} draws on another canvas than {_CANVAS}")
    left, top, side = person.box
    seen = f'width="{size}" height="{size}" viewBox="{left:.3f} {top:.3f} {side:.3f} {side:.3f}"'
    png = resvg_py.svg_to_bytes(
        svg_string=graphic.replace(_CANVAS, seen), background=person.background, skip_system_fonts=True
    )
    with Image.open(io.BytesIO(bytes(png))) as picture:
        return np.asarray(picture.convert("RGB" if channels == 3 else "L")).reshape(size, size, channels)


def versions() -> tuple[str, str, int]:
    """What the pixels depend on: python-avatars, resvg-py, the generator. The cache's key has them."""
    return (
        importlib.metadata.version("python-avatars"),
        importlib.metadata.version("resvg-py"),
        GENERATOR,
    )
