"""Which picture a row of the table speaks of: found by the file's name, never by the order."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

from hw3.errors import UserError


def join(pictures: list[str], rows: list[str], where: str) -> list[tuple[str, int]]:
    """(picture, row) for every picture that has a row, in order of the picture's name.

    A row's "a/b.jpg" is the picture whose path ends so; else the one called b.jpg; else the one called b with any
    suffix (copies as .png keep the table with .jpg).
    """
    by_name, by_stem = defaultdict(list), defaultdict(list)
    for picture in pictures:
        by_name[PurePosixPath(picture).name].append(picture)
        by_stem[PurePosixPath(picture).stem].append(picture)
    found: dict[str, int] = {}
    for row, said in enumerate(rows):
        path = PurePosixPath(said.replace("\\", "/"))
        called = by_name.get(path.name) or by_stem.get(path.stem) or by_stem.get(path.name) or []
        if len(called) > 1:
            called = _one_of(called, path, where)
        for picture in called:
            if picture in found:
                raise UserError(f"{where} has two rows for {picture}: keep one")
            found[picture] = row
    return sorted(found.items())


def _one_of(called: list[str], path: PurePosixPath, where: str) -> list[str]:
    """The one that is meant where several folders have a picture of that name: by its path, or CelebA's aligned one."""
    for fits in (
        [c for c in called if f"/{c}".endswith(f"/{path}")],
        [c for c in called if any(part.startswith("img_align_celeba") for part in PurePosixPath(c).parts)],
    ):
        if len(fits) == 1:
            return fits
    raise UserError(
        f"{where} speaks of {path}, and there are {len(called)} of that name: {', '.join(sorted(called)[:3])}: "
        "name the folder that has the right ones, or write the folder into the table"
    )
