"""Looking for pictures, attributes and splits in what people have: no layout is asked for, it is found by looking.

- the official folder: img_align_celeba/ or its zip, list_attr_celeba.txt and list_eval_partition.txt, in one folder,
  in Anno/, Eval/ and Img/, or as torchvision wants it (celeba/);
- Kaggle's: img_align_celeba/img_align_celeba/ and two .csv files, unpacked or in one zip;
- Hugging Face's parquet files;
- any folder of pictures with a .csv that has a column of file names.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from hw3.errors import UserError
from hw3.vae.data.celeba import tables
from hw3.vae.data.celeba.containers import Container, Folder, Zip, container
from hw3.vae.data.celeba.joining import join
from hw3.vae.data.celeba.parquet import Parquet, parquet
from hw3.vae.data.celeba.tables import Table
from hw3.vae.data.faces import Bools, Bytes
from hw3.vae.data.pictures import SUFFIXES

ALL = 202_599  # pictures of CelebA; 162,770 are for training, the next 19,867 for validation


@dataclass(frozen=True)
class Found:
    """A data set that was found: where its pictures are and what its tables say of each."""

    container: Container | Parquet
    pictures: list[str]
    names: tuple[str, ...]
    attributes: Bools  # (pictures, names)
    split: Bytes  # (pictures,)
    notes: tuple[str, ...]  # what a person should know


def find(path: Path) -> Found:
    """The data set at `path`, a folder, a zip or a parquet file."""
    if path.is_file() and path.suffix.lower() in (".csv", ".txt"):
        raise UserError(f"{path} is a table: name the folder that has it and the pictures")
    if path.is_file() and path.suffix.lower() == ".parquet":
        return _of_parquet(path, [path])
    place = container(path)
    files = place.names()
    pictures = [name for name in files if _suffix(name) in SUFFIXES]
    if not pictures and isinstance(place, Folder):
        if parquets := [path / name for name in files if _suffix(name) == ".parquet"]:
            return _of_parquet(path, parquets)
        packed, pictures = _zip_in(place, files)
    else:
        packed = place
    if not pictures:
        raise _nothing(place, files)
    looked = [(place, [name for name in files if _suffix(name) in (".csv", ".txt")])]
    if packed is not place:
        looked.append((packed, [name for name in packed.names() if _suffix(name) in (".csv", ".txt")]))
    if not any(names for _, names in looked):
        looked += _beside(path)
    table, joined, where = _table(looked, pictures, path)
    chosen = [picture for picture, _ in joined]
    values = table.values[[row for _, row in joined]]
    split, said = _split(looked, chosen)
    notes = [said]
    if lost := len(pictures) - len(chosen):
        notes.append(f"{lost:,} pictures have no row in {where} and are left out")
    if lost := len(table.files) - len(chosen):
        notes.append(f"{lost:,} rows of {where} have no picture")
    return Found(packed, chosen, table.names, values, split, tuple(notes))


def _of_parquet(path: Path, files: list[Path]) -> Found:
    source, table, split = parquet(path, sorted(files))
    names = table.files
    numbers, said = (_by_name(names), _BY_NAME) if split is None else ([split[n] for n in names], "the files' names")
    note = f"the split is by {said}"
    return Found(source, names, table.names, table.values, np.array(numbers, np.uint8), (note,))


def _zip_in(place: Folder, files: list[str]) -> tuple[Container, list[str]]:
    """The zip in the folder that has the pictures; CelebA's aligned ones if there are several."""
    zips = [name for name in files if _suffix(name) == ".zip"]
    aligned = [name for name in zips if PurePosixPath(name).name.startswith("img_align_celeba")]
    holding = []
    for name in aligned or zips:
        packed = container(place.path / name)
        inside = packed.names()
        if pictures := [n for n in inside if _suffix(n) in SUFFIXES]:
            holding.append((packed, pictures))
        elif any(_suffix(n) == ".zip" for n in inside):
            raise _nothing(packed, inside)
    if len(holding) > 1:
        several = ", ".join(packed.path.name for packed, _ in holding)
        raise UserError(f"{place.path} has several zips with pictures ({several}): name one of them")
    return holding[0] if holding else (place, [])


def _beside(path: Path) -> list[tuple[Container, list[str]]]:
    """Tables next to a folder or zip that has the pictures alone, or in the official Anno/ and Eval/ beside it."""
    near: list[tuple[Container, list[str]]] = []
    for above in list(path.absolute().parents)[:2]:
        for folder in (above, above / "Anno", above / "Eval"):
            if folder.is_dir():
                named = sorted(f.name for f in folder.glob("list_*_celeba.*")) + sorted(
                    f.name for f in folder.glob("list_eval_partition.*")
                )
                near.append((Folder(folder), named))
    return near


def _table(
    looked: list[tuple[Container, list[str]]], pictures: list[str], path: Path
) -> tuple[Table, list[tuple[str, int]], str]:
    """The table that names most of the pictures; CelebA's own before any other."""
    official = [(c, n) for c, names in looked for n in names if PurePosixPath(n).name.startswith("list_attr")]
    others = [(c, n) for c, names in looked for n in names if _suffix(n) == ".csv" and not _is_another(n)]
    best: tuple[Table, list[tuple[str, int]], str] | None = None
    trouble: UserError | None = None
    seen = False
    for place, name in official or others:
        where = f"{place.path / name}"
        try:
            table = tables.attributes(place.read(name), where)
        except UserError as error:
            trouble = trouble or error
            continue
        seen = True
        joined = join(pictures, table.files, where)
        if joined and (best is None or len(joined) > len(best[1])):
            best = table, joined, where
    if best is not None:
        return best
    if trouble is not None and (official or not seen):
        raise trouble
    if seen:
        raise UserError(
            f"none of the {len(pictures):,} pictures in {path} is named in its table: do they belong together?"
        )
    raise UserError(
        f"{path} has {len(pictures):,} pictures and no table of attributes: put list_attr_celeba.txt (or .csv) beside "
        "them, or a .csv with a column of file names and a column for each attribute"
    )


def _split(looked: list[tuple[Container, list[str]]], pictures: list[str]) -> tuple[Bytes, str]:
    """The split by CelebA's list where there is one; else CelebA's by number if all are there; else by name."""
    for place, names in looked:
        for name in names:
            if PurePosixPath(name).name.startswith("list_eval_partition"):
                where = f"{place.path / name}"
                listed = tables.splits(place.read(name), where)
                by_stem = {PurePosixPath(file).stem: number for file, number in listed.items()}
                try:
                    numbers = [by_stem[PurePosixPath(picture).stem] for picture in pictures]
                except KeyError as error:
                    raise UserError(f"{where} doesn't list {error.args[0]}: it is cut short, get it anew") from error
                return np.array(numbers, np.uint8), f"the split is by {where}"
    stems = [PurePosixPath(picture).stem for picture in pictures]
    if len(stems) == ALL and all(stem.isdigit() for stem in stems):
        numbers = [int(stem) for stem in stems]
        return np.searchsorted([162_770, 182_637], numbers).astype(np.uint8), "the split is CelebA's, by number"
    return np.array(_by_name(pictures), np.uint8), f"the split is by {_BY_NAME}"


_BY_NAME = "a hash of each name (80, 10 and 10%)"


def _by_name(pictures: list[str]) -> list[int]:
    """So that a picture stays in its split when others come or go, or the folder moves."""
    shares = [zlib.crc32(PurePosixPath(picture).name.encode(errors="surrogateescape")) / 2**32 for picture in pictures]
    return [0 if share < 0.8 else 1 if share < 0.9 else 2 for share in shares]


def _nothing(place: Container, files: list[str]) -> UserError:
    zips = [name for name in files if _suffix(name) == ".zip"]
    if zips and isinstance(place, Zip):
        return UserError(
            f"{place.path} holds another zip, {zips[0]}: unpack {place.path.name} once and name that folder"
        )
    if packed := [name for name in files if ".7z" in name]:
        return UserError(
            f"{place.path} has its pictures in {packed[0]}: unpack it with 7z, or get img_align_celeba.zip"
        )
    if listed := [name for name in files if PurePosixPath(name).name.startswith("list_attr")]:
        return UserError(
            f"{place.path} has the attributes ({listed[0]}) and no pictures: "
            "put img_align_celeba.zip, or the folder that it unpacks to, beside them"
        )
    return UserError(f"{place.path} has no pictures ({', '.join(SUFFIXES)}), no zip of them and no parquet files")


def _is_another(name: str) -> bool:
    stem = PurePosixPath(name).stem
    return stem.startswith(("list_eval", "list_bbox", "list_landmarks", "identity_CelebA"))


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
