"""A prepared data set on disk: a folder with images.npy, attributes.npy, split.npy and meta.json.

While it is built, the arrays have the suffix .partial and a journal says which chunks are in them, each with its hash.
A chunk is written to the disk before its line in the journal, the arrays get their names when all chunks are there, and
meta.json comes last: a folder with meta.json is whole, whenever the power failed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hw3.errors import UserError
from hw3.vae.data.faces import Bools, Bytes, Faces

FORMAT = 1
META, IMAGES, ATTRIBUTES, SPLIT, PEOPLE, JOURNAL = (
    "meta.json",
    "images.npy",
    "attributes.npy",
    "split.npy",
    "people.npy",
    "journal.jsonl",
)
CHUNK = 512  # pictures: a second or two of work, so that little is lost when it is interrupted
UNREAD = 255


@dataclass(frozen=True)
class Plan:
    """What is to be built: how many pictures of which size, and what they are."""

    count: int
    size: int
    channels: int
    names: tuple[str, ...]
    source: str
    crop: float = 1.0
    key: str = ""  # names the source's exact state: an interrupted build goes on only if it is the same

    @property
    def chunks(self) -> int:
        return -(-self.count // CHUNK)

    def rows(self, chunk: int) -> range:
        return range(chunk * CHUNK, min((chunk + 1) * CHUNK, self.count))


@dataclass(frozen=True)
class Chunk:
    """Some pictures with their attributes, and which could not be read: (row, file, reason)."""

    images: Bytes  # (rows, size, size, channels)
    attributes: Bools  # (rows, a)
    unread: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        both = np.ascontiguousarray(self.images).tobytes() + np.packbits(self.attributes, axis=1).tobytes()
        return hashlib.sha256(both).hexdigest()


class Writer:
    """Writes chunks in any order; `done` are those that an earlier, interrupted build left whole."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        with _disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
        header = {"format": FORMAT, **asdict(plan), "names": list(plan.names)}
        self._shapes = {
            IMAGES: ((plan.count, plan.size, plan.size, plan.channels), np.dtype(np.uint8)),
            ATTRIBUTES: ((plan.count, len(plan.names)), np.dtype(np.bool_)),
        }
        self._journal: dict[int, dict[str, Any]] = {}
        if self._left_behind() == header:
            self._journal = {line["chunk"]: line for line in self._lines() if self._is_whole(line)}
        else:
            self._start(header)
        self._rewrite_journal(header)
        self.done = frozenset(self._journal)

    def write(self, number: int, chunk: Chunk) -> None:
        """Puts a chunk in its place, on the disk, and then into the journal."""
        rows = self.plan.rows(number)
        with _disk(self.folder):
            for name, array in ((IMAGES, chunk.images), (ATTRIBUTES, chunk.attributes)):
                shape, dtype = self._shapes[name]
                if array.shape != (len(rows), *shape[1:]) or array.dtype != dtype:
                    raise ValueError(f"chunk {number}: {name} is {array.shape} {array.dtype}")
                with (self.folder / f"{name}.partial").open("r+b") as file:
                    file.seek(self._offset(name) + rows.start * dtype.itemsize * int(np.prod(shape[1:])))
                    file.write(np.ascontiguousarray(array).tobytes())
                    file.flush()
                    os.fsync(file.fileno())
            line = {"chunk": number, "sha256": chunk.digest, "unread": [list(bad) for bad in chunk.unread]}
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
                journal.write(json.dumps(line) + "\n")
                journal.flush()
                os.fsync(journal.fileno())
        self._journal[number] = line

    @property
    def unread(self) -> list[tuple[int, str, str]]:
        """(row, file, reason) of every picture so far that could not be read."""
        return [tuple(bad) for _, line in sorted(self._journal.items()) for bad in line["unread"]]

    def finish(self, split: Bytes, people: np.ndarray | None = None, more: Mapping[str, Any] | None = None) -> None:
        """Names the arrays, and last of all writes meta.json."""
        if missing := sorted(set(range(self.plan.chunks)) - set(self._journal)):
            raise ValueError(f"chunks {missing[:5]} are missing")
        split = split.copy()
        split[[row for row, _, _ in self.unread]] = UNREAD
        digests = [self._journal[k]["sha256"] for k in range(self.plan.chunks)]
        told = json.dumps([FORMAT, self.plan.size, self.plan.channels, list(self.plan.names), *digests])
        with _disk(self.folder):
            for name in (IMAGES, ATTRIBUTES):
                os.replace(self.folder / f"{name}.partial", self.folder / name)
            np.save(self.folder / SPLIT, split)
            if people is not None:
                np.save(self.folder / PEOPLE, people.astype(np.int64))
            meta = {
                "format": FORMAT,
                **asdict(self.plan),
                "fingerprint": hashlib.sha256(told.encode() + split.tobytes()).hexdigest(),
                "unread": [{"file": file, "reason": reason} for _, file, reason in self.unread],
                **(more or {}),
            }
            write_whole(self.folder / META, json.dumps(meta, indent=1).encode())
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def _left_behind(self) -> dict[str, Any] | None:
        lines = list(self._lines(every=True))
        there = all((self.folder / f"{name}.partial").exists() for name in self._shapes)
        return lines[0] if lines and there else None

    def _lines(self, every: bool = False) -> Iterator[dict[str, Any]]:
        try:
            text = (self.folder / JOURNAL).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        for line in text.splitlines():
            # The last line may have been cut off in the middle.
            with contextlib.suppress(ValueError):
                read = json.loads(line)
                if isinstance(read, dict) and (every or "chunk" in read):
                    yield read

    def _is_whole(self, line: dict[str, Any]) -> bool:
        rows = self.plan.rows(line["chunk"])
        images, attributes = (
            np.load(self.folder / f"{name}.partial", mmap_mode="r")[rows.start : rows.stop] for name in self._shapes
        )
        return Chunk(images, attributes).digest == line["sha256"]

    def _start(self, header: dict[str, Any]) -> None:
        for name in (META, JOURNAL, IMAGES, ATTRIBUTES, SPLIT, PEOPLE):
            (self.folder / name).unlink(missing_ok=True)
        with _disk(self.folder):
            for name, (shape, dtype) in self._shapes.items():
                with (self.folder / f"{name}.partial").open("wb") as file:
                    _write_header(file, shape, dtype)
                    file.truncate(file.tell() + dtype.itemsize * int(np.prod(shape)))

    def _rewrite_journal(self, header: dict[str, Any]) -> None:
        lines = [header, *(self._journal[k] for k in sorted(self._journal))]
        with _disk(self.folder):
            write_whole(self.folder / JOURNAL, "".join(json.dumps(line) + "\n" for line in lines).encode())

    def _offset(self, name: str) -> int:
        shape, dtype = self._shapes[name]
        total = (self.folder / f"{name}.partial").stat().st_size
        return total - dtype.itemsize * int(np.prod(shape))


def read(folder: Path) -> Faces:
    """The faces in a prepared folder; the pictures stay on the disk, mapped."""
    meta = read_meta(folder)
    if meta.get("format") != FORMAT:
        raise UserError(f"{folder} was prepared by another version of hw3: prepare it again")
    try:
        images = np.load(folder / IMAGES, mmap_mode="r")
        attributes = np.load(folder / ATTRIBUTES)
        split = np.load(folder / SPLIT)
        people = np.load(folder / PEOPLE) if (folder / PEOPLE).exists() else None
        return Faces(
            images, attributes, tuple(meta["names"]), split, meta["fingerprint"], meta["source"], meta["crop"], people
        )
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{folder} is damaged ({error}): delete it and prepare it again") from error


def read_meta(folder: Path) -> dict[str, Any]:
    """What meta.json of a prepared folder says."""
    try:
        meta: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / META} can't be read ({error}): delete {folder} and prepare it again") from error
    return meta


def is_prepared(folder: Path) -> bool:
    return (folder / META).is_file() and (folder / IMAGES).is_file()


def check_space(folder: Path, plan: Plan) -> None:
    """Raises if the disk can't hold what is planned."""
    needed = plan.count * (plan.size**2 * plan.channels + len(plan.names) + 1)
    there = folder
    while not there.exists():
        there = there.parent
    held = (
        sum(f.stat().st_blocks * 512 for f in folder.glob("*.partial")) if hasattr(os.stat(there), "st_blocks") else 0
    )
    free = shutil.disk_usage(there).free + held
    if free < 1.02 * needed + 2**20:
        raise UserError(
            f"{folder} needs {_megabytes(needed)} and its disk has {_megabytes(free)} left: "
            "free some, or name a folder on another disk (--out, or the environment's HW3_CACHE)"
        )


def write_whole(path: Path, content: bytes) -> None:
    """The file has its old content or all of the new one, never a part."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def _write_header(file: Any, shape: Sequence[int], dtype: np.dtype[Any]) -> None:
    said = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": tuple(shape)}
    np.lib.format.write_array_header_1_0(file, said)


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise UserError(
            f"cannot write to {folder} ({said}): free some space or name another folder; "
            "what is written already is kept, and the same command goes on from there"
        ) from error


def _megabytes(size: float) -> str:
    return f"{size / 2**20:,.0f} MB"
