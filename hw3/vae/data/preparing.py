"""Decoding a data set once, into one array of uint8 that training maps."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from hw3.errors import UserError
from hw3.vae.data import store
from hw3.vae.data.building import build
from hw3.vae.data.celeba.containers import Container
from hw3.vae.data.celeba.finding import Found, find
from hw3.vae.data.celeba.parquet import Parquet
from hw3.vae.data.faces import Bools, Faces
from hw3.vae.data.pictures import CELEBA, CELEBA_CROP, pixels
from hw3.vae.data.store import Chunk, Plan


@dataclass(frozen=True)
class Decoding:
    """Decodes, cuts and scales the pictures that were found."""

    container: Container | Parquet
    pictures: list[str]
    attributes: Bools
    plan: Plan

    def make(self, rows: range) -> Chunk:
        plan = self.plan
        images = np.zeros((len(rows), plan.size, plan.size, plan.channels), np.uint8)
        unread = []
        for k, row in enumerate(rows):
            try:
                images[k] = pixels(self.container.read(self.pictures[row]), plan.size, plan.crop, plan.channels)
            except OSError as error:
                unread.append((row, self.pictures[row], str(error)))
        return Chunk(images, self.attributes[rows.start : rows.stop], unread)


def prepare(
    path: Path,
    out: Path,
    *,
    size: int = 64,
    channels: int = 3,
    crop: float | None = None,
    jobs: int | None = None,
    named_by_source: bool = False,
) -> tuple[Path, Faces]:
    """The data set at `path`, decoded: the folder it is in now, and its faces.

    The folder is `out`; with `named_by_source`, one below it with a name that changes when the source does.

    Arguments:
        crop: the centre square's share of the shorter side. Not given, it is 148/178 where the first picture is
            178 x 218 as CelebA's aligned ones are (the box 15, 35, 163, 183), else 1.
        jobs: processes; all cores if not given.

    Raises:
        UserError: there is no data set, or a damaged one; more than 1% of the pictures can't be read; the disk is full.
    """
    found = find(path)
    share = _crop_for(found) if crop is None else crop
    told = [
        str(path.absolute()),
        found.container.state(found.pictures),
        hashlib.sha256(np.packbits(found.attributes).tobytes() + found.split.tobytes()).hexdigest(),
        repr((found.names, size, channels, share)),
    ]
    key = hashlib.sha256("\n".join(told).encode(errors="surrogateescape")).hexdigest()
    folder = out / key[:16] if named_by_source else _safe(out)
    plan = Plan(len(found.pictures), size, channels, found.names, str(path.absolute()), share, key)
    work = Decoding(found.container, found.pictures, found.attributes, plan)
    more = {"notes": list(found.notes)}
    return folder, build(folder, work, found.split, what=f"decoding {plan.count:,} pictures", more=more, jobs=jobs)


def _crop_for(found: Found) -> float:
    for name in found.pictures[:20]:  # the first that can be read
        try:
            with Image.open(io.BytesIO(found.container.read(name))) as picture:
                return CELEBA_CROP if picture.size == CELEBA else 1.0
        except OSError:
            continue
    return 1.0


def _safe(out: Path) -> Path:
    """Nothing of anybody's is written over: the folder is new, or empty, or was begun or prepared by hw3."""
    ours = (store.META, store.JOURNAL)
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not any((out / name).is_file() for name in ours))):
        raise UserError(f"{out} is there already and isn't a prepared data set: name a new folder")
    return out
