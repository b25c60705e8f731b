"""CelebA as Hugging Face has it: parquet files with the pictures' bytes and their attributes in one table."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hw3.errors import UserError
from hw3.vae.data.celeba.tables import NAMES, SPLIT_VALUES, VALUES, Table, check_not_html

_IDENTITIES = ("celeb_id", "identity", "image_id", "id", "label")


@dataclass(frozen=True)
class Parquet:
    """The pictures of some parquet files; a picture's name is "file.parquet:row"."""

    path: Path  # of the folder, or of the one file
    files: tuple[Path, ...]
    column: str  # that has the pictures

    def names(self) -> list[str]:
        return [f"{k}:{row}" for k, path in enumerate(self.files) for row in range(_opened(path).metadata.num_rows)]

    def read(self, name: str) -> bytes:
        """The encoded picture, out of {bytes, path} or of plain bytes."""
        k, row = map(int, name.split(":"))
        group, first = _group_of(self.files[k], row)
        cell = _column(self.files[k], group, self.column)[row - first].as_py()
        content = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(content, bytes):
            raise OSError(f"row {row} of {self.files[k].name} holds no picture, only its path")
        return content

    def state(self, names: list[str]) -> str:
        about = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in self.files]
        return hashlib.sha256(repr(about).encode()).hexdigest()


def parquet(path: Path, files: list[Path]) -> tuple[Parquet, Table, dict[str, int] | None]:
    """The pictures, their attributes and their split.

    Attributes are columns of their own or the fields of one struct, as -1 or 0 and 1, true and false, or such words.
    The split is what the files are called: train, valid or validation, test; None if no name says so.
    """
    schema = _opened(files[0]).schema_arrow
    column = _picture_column(schema, files[0])
    holder, names = _attribute_columns(schema, files[0], column)
    source = Parquet(path, tuple(files), column)
    values, split = [], {}
    rows = iter(source.names())
    for file in files:
        if _opened(file).schema_arrow.names != schema.names:
            raise UserError(f"{file} has other columns than {files[0].name}: name the folder of one data set")
        part = _values(file, holder, names)
        values.append(part)
        where = _split_of(file, path)
        for _ in range(len(part)):
            row = next(rows)
            if where is not None:
                split[row] = where
    table = np.concatenate(values)
    return source, Table(tuple(names), source.names(), table), split if len(split) == len(table) else None


def _values(file: Path, holder: str | None, names: list[str]) -> np.ndarray:
    """(rows, names) bool."""
    read = _opened(file).read(columns=[holder] if holder else names)
    columns = []
    for name in names:
        cells = (read[holder].combine_chunks().field(name) if holder else read[name]).to_pylist()
        try:
            columns.append([VALUES[str(cell).strip().lower()] for cell in cells])
        except KeyError as error:
            raise UserError(f"{file}: {name} is {error.args[0]!r} in a row, neither -1 nor 1: get it anew") from error
    return np.array(columns, bool).reshape(len(names), -1).T


def _picture_column(schema: Any, file: Path) -> str:
    import pyarrow as pa

    for field in schema:
        struct = pa.types.is_struct(field.type) and {"bytes"} <= {part.name for part in field.type}
        if struct or pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            return str(field.name)
    raise UserError(
        f"{file} has no column of pictures (bytes, or a struct with bytes): it has {', '.join(schema.names)}"
    )


def _attribute_columns(schema: Any, file: Path, pictures: str) -> tuple[str | None, list[str]]:
    import pyarrow as pa

    for field in schema:
        if field.name != pictures and pa.types.is_struct(field.type):
            return str(field.name), [part.name for part in field.type]
    known = [name for name in schema.names if name in NAMES]
    if known:
        return None, known
    plain = [field.name for field in schema if pa.types.is_boolean(field.type) or pa.types.is_integer(field.type)]
    if plain := [name for name in plain if name not in _IDENTITIES]:
        return None, plain
    raise UserError(f"{file} has pictures and no attributes: it has the columns {', '.join(schema.names)}")


def _split_of(file: Path, root: Path) -> int | None:
    inside = file.relative_to(root).as_posix() if file != root else file.name
    for word in reversed(re.split(r"[^a-z]+", inside.lower())):
        if word in SPLIT_VALUES:
            return SPLIT_VALUES[word]
    return None


@functools.lru_cache(maxsize=64)
def _opened(path: Path) -> Any:
    try:
        from pyarrow import ArrowInvalid
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise UserError(f"{path} is a parquet file, which takes pyarrow to read: pip install 'hw3[celeba]'") from error
    with path.open("rb") as file:
        check_not_html(file.read(512), str(path))
    try:
        return ParquetFile(path, memory_map=True)
    except (ArrowInvalid, OSError) as error:
        raise UserError(f"{path} is not a whole parquet file ({error}): get it anew") from error


def _group_of(path: Path, row: int) -> tuple[int, int]:
    """(row group, its first row)."""
    for group, first, count in _groups(path):
        if row < first + count:
            return group, first
    raise IndexError(row)


@functools.lru_cache(maxsize=64)
def _groups(path: Path) -> tuple[tuple[int, int, int], ...]:
    return tuple(_counted(_opened(path).metadata))


def _counted(metadata: Any) -> Iterator[tuple[int, int, int]]:
    first = 0
    for group in range(metadata.num_row_groups):
        count = metadata.row_group(group).num_rows
        yield group, first, count
        first += count


# Rows are read one after another: the last group serves the next row too.
@functools.lru_cache(maxsize=1)
def _column(path: Path, group: int, column: str) -> Any:
    return _opened(path).read_row_group(group, columns=[column])[column]
