"""Faces from wherever they are: the embedded ones, a prepared folder, CelebA as people have it, any labelled folder."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from hw3.errors import UserError
from hw3.vae.data import store
from hw3.vae.data.faces import Faces


def load(
    path: Path | None = None,
    *,
    size: int = 64,
    channels: int = 3,
    counts: tuple[int, int, int] | None = None,
    cache: Path | None = None,
    jobs: int | None = None,
) -> Faces:
    """The faces at `path`; what has to be drawn or decoded first is kept in the cache for the next time.

    Arguments:
        path: None for the cartoon faces, which are drawn on first use; a folder that `hw3 data prepare` wrote; CelebA
            in any layout; or a folder of pictures with a table of attributes.
        size: pixels along a side.
        channels: 3 for colour, 1 for grey.
        counts: how many cartoon faces to draw for training, validation and test.
        cache: the folder to keep what was made in, instead of `cache_folder()`.
        jobs: processes that draw or decode; all cores if not given.

    Raises:
        UserError: the path holds no data set, a damaged one, or one of another size.
    """
    from hw3.vae.data.avatars.drawn import COUNTS, avatars

    cache = cache or cache_folder()
    if path is None:
        return avatars(cache / "avatars", size=size, channels=channels, counts=counts or COUNTS, jobs=jobs)
    if store.is_prepared(path):
        return _as_wanted(store.read(path), size, channels, path)
    from hw3.vae.data.preparing import prepare

    return prepare(path, cache / "prepared", size=size, channels=channels, jobs=jobs, named_by_source=True)[1]


def cache_folder() -> Path:
    """Where drawn and decoded pictures are kept: the environment's HW3_CACHE, else the user's cache folder."""
    said = os.environ.get("HW3_CACHE")
    return Path(said) if said else Path(platformdirs.user_cache_path("hw3"))


def _as_wanted(faces: Faces, size: int, channels: int, path: Path) -> Faces:
    if faces.size != size:
        raise UserError(
            f"{path} holds pictures of {faces.size} x {faces.size} and {size} x {size} are wanted: "
            f"give --image-size {faces.size}, or prepare the original with --size {size}"
        )
    if faces.channels != channels:
        raise UserError(
            f"{path} holds pictures with {faces.channels} channels and {channels} are wanted: "
            f"give --channels {faces.channels}, or prepare the original with --channels {channels}"
        )
    return faces
