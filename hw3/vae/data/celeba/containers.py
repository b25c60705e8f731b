"""Where the files are: a folder or a zip that stays unopened. Both list names and read one; both can be pickled."""

from __future__ import annotations

import functools
import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hw3.errors import UserError
from hw3.vae.data.celeba.tables import check_not_html


class Container(Protocol):
    """Files by name; names have forward slashes."""

    @property
    def path(self) -> Path: ...

    def names(self) -> list[str]: ...

    def read(self, name: str) -> bytes: ...

    def state(self, names: list[str]) -> str:
        """Changes when one of these files does."""
        ...


@dataclass(frozen=True)
class Folder:
    path: Path

    def names(self) -> list[str]:
        """Every file below, in order of name; what macOS and Windows leave about is passed over."""
        found: list[str] = []
        for folder, below, files in os.walk(self.path):
            below[:] = sorted(name for name in below if not _is_litter(name))
            inside = Path(folder).relative_to(self.path)
            found += [(inside / name).as_posix() for name in sorted(files) if not _is_litter(name)]
        return found

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def state(self, names: list[str]) -> str:
        told = hashlib.sha256()
        for name in names:
            about = (self.path / name).stat()
            told.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode(errors="surrogateescape"))
        return told.hexdigest()


@dataclass(frozen=True)
class Zip:
    path: Path

    def names(self) -> list[str]:
        listed = _opened(self.path).namelist()
        return sorted(n for n in listed if not n.endswith("/") and not any(_is_litter(part) for part in n.split("/")))

    def read(self, name: str) -> bytes:
        """The file's bytes; OSError if they aren't what was packed (the CRC tells a single flipped bit)."""
        try:
            return _opened(self.path).read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise OSError(f"damaged in the zip: {error}") from error

    def state(self, names: list[str]) -> str:
        archive = _opened(self.path)
        told = hashlib.sha256()
        for name in names:
            told.update(f"{name} {archive.getinfo(name).CRC}\n".encode(errors="surrogateescape"))
        return told.hexdigest()


def container(path: Path) -> Container:
    """The folder or the zip at `path`, looked at closely enough to say what is wrong with it."""
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise UserError(f"there is nothing at {path}: check the path")
    with path.open("rb") as file:
        head = file.read(512)
    check_not_html(head, str(path))
    if not zipfile.is_zipfile(path):
        size = f"{path.stat().st_size:,} bytes"
        if head.startswith(b"PK"):
            raise UserError(f"{path} is a zip that is cut short ({size}): the download broke off, get it anew")
        raise UserError(f"{path} ({size}) is neither a folder, a zip nor a parquet file: name the data set's folder")
    return Zip(path)


# One open archive for each process: its directory of 200,000 names takes a second to read.
@functools.lru_cache(maxsize=2)
def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise UserError(f"{path} is damaged ({error}): get it anew") from error


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")
