"""The data set of cartoon faces: drawn once, then kept in the user's cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.vae.data.avatars.parts import NAMES
from hw3.vae.data.avatars.person import labels, sample
from hw3.vae.data.building import build
from hw3.vae.data.faces import Faces
from hw3.vae.data.store import Chunk, Plan

COUNTS = (24_000, 1_500, 2_000)  # training, validation, test
SPLIT_STEP = 10_000_000  # the three splits' people have indices this far apart: a longer one leaves the others as is


@dataclass(frozen=True)
class Drawing:
    """Draws the people of the three splits, one after another."""

    size: int
    channels: int
    counts: tuple[int, int, int]
    versions: tuple[str, str, int]

    @property
    def plan(self) -> Plan:
        avatars, resvg, generator = self.versions
        source = f"cartoon faces (python-avatars {avatars}, resvg-py {resvg}, generator {generator})"
        return Plan(sum(self.counts), self.size, self.channels, NAMES, source, key=self.key)

    @property
    def key(self) -> str:
        avatars, resvg, generator = self.versions
        counts = "-".join(map(str, self.counts))
        return f"avatars-{self.size}px-{self.channels}ch-{counts}-avatars{avatars}-resvg{resvg}-generator{generator}"

    def people(self) -> np.ndarray:
        """(n,) int64: the index that each picture's person is sampled from."""
        return np.concatenate([s * SPLIT_STEP + np.arange(n) for s, n in enumerate(self.counts)])

    def make(self, rows: range) -> Chunk:
        from hw3.vae.data.avatars.drawing import draw

        drawn = [sample(int(index)) for index in self.people()[rows.start : rows.stop]]
        images = np.stack([draw(person, self.size, self.channels) for person in drawn])
        return Chunk(images, np.stack([labels(person) for person in drawn]))


def avatars(
    cache: Path,
    *,
    size: int = 64,
    channels: int = 3,
    counts: tuple[int, int, int] = COUNTS,
    jobs: int | None = None,
) -> Faces:
    """The cartoon faces, from the cache or drawn now (about 5 ms a picture and core)."""
    from hw3.vae.data.avatars.drawing import versions

    drawing = Drawing(size, channels, counts, versions())
    split = np.repeat(np.arange(3, dtype=np.uint8), counts)
    what = f"drawing {sum(counts):,} faces, once"
    return build(cache / drawing.key, drawing, split, what=what, people=drawing.people(), jobs=jobs)
