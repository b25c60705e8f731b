"""Tables of attributes and of splits: CelebA's text files, Kaggle's .csv, and any .csv with a column of file names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw3.errors import UserError
from hw3.vae.data.faces import Bools

# fmt: off
NAMES = (
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes",
    "Bald", "Bangs", "Big_Lips", "Big_Nose",
    "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair",
    "Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses",
    "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones",
    "Male", "Mouth_Slightly_Open", "Mustache", "Narrow_Eyes",
    "No_Beard", "Oval_Face", "Pale_Skin", "Pointy_Nose",
    "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling",
    "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat",
    "Wearing_Lipstick", "Wearing_Necklace", "Wearing_Necktie", "Young",
)
# fmt: on
FILE_COLUMNS = ("image_id", "filename", "file_name", "file", "image", "path", "name", "id")
VALUES = {"1": True, "+1": True, "1.0": True, "true": True, "yes": True, "t": True}
VALUES |= {"-1": False, "0": False, "0.0": False, "-1.0": False, "false": False, "no": False, "f": False}
SPLIT_VALUES = {"0": 0, "1": 1, "2": 2, "train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "test": 2}


@dataclass(frozen=True)
class Table:
    """Attributes by file: row i of `values` is of `files[i]`."""

    names: tuple[str, ...]
    files: list[str]
    values: Bools  # (files, names)


def attributes(content: bytes, where: str) -> Table:
    """Reads a table of attributes.

    Text by white space: a count (some copies lack it), the names, then "000001.jpg -1  1 ..." Comma, semicolon or tab
    separated: a line of names, one column of which has the files. Values are -1 or 0 and 1, or true and false; a column
    of a .csv that holds anything else (a name, a box) is no attribute and is left out.
    """
    lines = _lines(content, where)
    if (mark := _separator(lines)) is None:
        return _by_space(lines, where)
    head, *rows = list(csv.reader(lines, delimiter=mark))
    head = [cell.strip() for cell in head]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    for number, row in enumerate(rows, 2):
        _check_length(len(row), len(head), number, where)
    key = _file_column(head, rows)
    kept = [j for j in range(len(head)) if j != key and all(row[j].strip().lower() in VALUES for row in rows)]
    if not kept:
        raise UserError(_spoilt(head, rows, key, where))
    values = np.array([[VALUES[row[j].strip().lower()] for j in kept] for row in rows], bool)
    _check_celeba(head, [head[j] for j in kept], rows, where)
    return Table(tuple(head[j] for j in kept), [row[key].strip() for row in rows], values)


def splits(content: bytes, where: str) -> dict[str, int]:
    """Reads which picture is for training (0), validation (1) and test (2): a file and a number on each line."""
    lines = _lines(content, where)
    mark = _separator(lines)
    rows = [line.split() for line in lines] if mark is None else list(csv.reader(lines, delimiter=mark))
    found: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        value = row[-1].strip().lower() if len(row) >= 2 else ""
        if value in SPLIT_VALUES:
            found[row[0].strip()] = SPLIT_VALUES[value]
        elif number > 1:  # the first may be a head
            raise UserError(f"{where}, line {number}: {' '.join(row)!r} isn't a file and 0, 1 or 2: get the file anew")
    return found


def check_not_html(content: bytes, where: str) -> None:
    """A download page in a file's place is what most often goes wrong with CelebA."""
    if re.match(rb"\s*(<!doctype html|<html|<head|<\?xml[^>]*>\s*<!doctype html)", content[:512], re.IGNORECASE):
        raise UserError(
            f"{where} is a web page, not the file itself (Google Drive sends one when its quota is used up or when you "
            "have to log in): download it again in a browser, or get CelebA from Kaggle or Hugging Face"
        )


def _lines(content: bytes, where: str) -> list[str]:
    check_not_html(content, where)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{where} isn't text (byte {error.start} is not UTF-8): get the file anew") from error
    lines = [line for line in io.StringIO(text, newline=None).read().split("\n") if line.strip()]
    if not lines:
        raise UserError(f"{where} is empty: get the file anew")
    return lines


def _separator(lines: Sequence[str]) -> str | None:
    best = max(",;\t", key=lines[0].count)
    return best if best in lines[0] else None


def _by_space(lines: list[str], where: str) -> Table:
    promised = int(lines.pop(0)) if lines[0].strip().isdigit() else None
    if not lines:
        raise UserError(f"{where} has nothing but its count: get the file anew")
    names = lines[0].split()
    if names[0].lower() in FILE_COLUMNS:
        names = names[1:]
    files, values = [], []
    for number, line in enumerate(lines[1:], 2 if promised is None else 3):
        file, *cells = line.split()
        _check_length(len(cells) + 1, len(names) + 1, number, where)
        try:
            values.append([VALUES[cell.lower()] for cell in cells])
        except KeyError as error:
            raise UserError(f"{where}, line {number}: {error.args[0]!r} is neither -1 nor 1: get it anew") from error
        files.append(file)
    if promised is not None and promised != len(files):
        raise UserError(f"{where} promises {promised} pictures and lists {len(files)}: it is cut short, get it anew")
    if not files:
        raise UserError(f"{where} lists no picture: get the file anew")
    return Table(tuple(names), files, np.array(values, bool))


def _check_length(got: int, wanted: int, number: int, where: str) -> None:
    if got != wanted:
        raise UserError(f"{where}, line {number}: {got} columns where {wanted} are named: it is damaged, get it anew")


def _file_column(head: list[str], rows: list[list[str]]) -> int:
    for name in FILE_COLUMNS:
        for j, cell in enumerate(head):
            if cell.lower() == name and any(row[j].strip().lower() not in VALUES for row in rows[:100]):
                return j
    return 0


def _check_celeba(head: list[str], kept: list[str], rows: list[list[str]], where: str) -> None:
    """A column with one of CelebA's names is an attribute: a value in it that can't be read is damage, not a text."""
    for j, name in enumerate(head):
        if name in NAMES and name not in kept:
            _blame(j, name, rows, where)


def _spoilt(head: list[str], rows: list[list[str]], key: int, where: str) -> str:
    if not rows:
        return f"{where} lists no picture: get the file anew"
    for j, name in enumerate(head):
        if j != key and name in NAMES:
            _blame(j, name, rows, where)
    return f"{where} has no column of -1 and 1, 0 and 1, or true and false: name one for each attribute"


def _blame(j: int, name: str, rows: list[list[str]], where: str) -> None:
    for number, row in enumerate(rows, 2):
        if row[j].strip().lower() not in VALUES:
            raise UserError(f"{where}, line {number}: {name} is {row[j]!r}, neither -1 nor 1: mend it or get it anew")
