"""A data set of faces: pictures, what each one shows, and which are for training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from hw3.errors import UserError

Bytes: TypeAlias = npt.NDArray[np.uint8]
Bools: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.intp]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Faces:
    """Pictures of faces with their attributes and their split.

    Arguments:
        images: (n, s, s, c) uint8, in memory or memory-mapped (read-only).
        attributes: (n, a) bool; column j says whether `names[j]` is seen in the picture.
        names: the a names, CelebA's where it has one.
        split: (n,) uint8; 0 training, 1 validation, 2 test (CelebA's own numbers); 255 a picture that could not be
            read, which is black and in none of them.
        fingerprint: 64 hexadecimal digits; two data sets that differ in a pixel or a label differ in it.
        source: what the data set is, for people.
        crop: the side of the centre square that a picture is cut to, as a share of its shorter side.
        people: (n,) int64 where the pictures are drawn (see `hw3.vae.data.avatars.sample`), so that they can be drawn
            again with one part changed; None for photographs.
    """

    images: Bytes
    attributes: Bools
    names: tuple[str, ...]
    split: Bytes
    fingerprint: str
    source: str
    crop: float = 1.0
    people: npt.NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        n = len(self.images)
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise ValueError(f"images are (n, s, s, c) uint8, not {self.images.shape} {self.images.dtype}")
        if self.attributes.shape != (n, len(self.names)) or self.split.shape != (n,):
            raise ValueError(f"{n} images, attributes {self.attributes.shape} {self.names}, split {self.split.shape}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> int:
        """Pixels along a side."""
        return int(self.images.shape[1])

    @property
    def channels(self) -> int:
        """3 for colour, 1 for grey."""
        return int(self.images.shape[3])

    def of(self, split: str) -> Indices:
        """The sorted indices of the pictures in "train", "validation" or "test"."""
        return np.flatnonzero(self.split == SPLITS.index(split))

    def column(self, name: str) -> int:
        """The column of an attribute; upper and lower case, spaces and underscores don't matter."""
        wanted = _plain(name)
        for j, known in enumerate(self.names):
            if _plain(known) == wanted:
                return j
        raise UserError(f"this data set has no attribute {name!r}: it has {', '.join(self.names)}")

    def shows(self, name: str) -> Bools:
        """(n,) bool: whether the attribute is seen; "Beard" means not No_Beard where only that is labelled.

        >>> faces = Faces(np.zeros((2, 4, 4, 3), np.uint8), np.array([[True], [False]]), ("No_Beard",),
        ...               np.zeros(2, np.uint8), "0" * 64, "two black squares")
        >>> faces.shows("Beard").tolist()
        [False, True]
        """
        if _plain(name) == "beard" and "Beard" not in self.names and "No_Beard" in self.names:
            return ~self.attributes[:, self.column("No_Beard")]
        return self.attributes[:, self.column(name)]


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
