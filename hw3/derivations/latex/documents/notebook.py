"""Jupyter notebooks: their Markdown cells, one after the other."""

from __future__ import annotations

import json

from hw3.derivations.latex.documents.pieces import Segment
from hw3.derivations.latex.documents.tex import lines
from hw3.derivations.latex.tokens import ReadingError


def cells(text: str, name: str) -> tuple[str, tuple[Segment, ...]]:
    """The text of a notebook's Markdown cells, and which cell (from 1) each part stands in.

    Raises:
        ReadingError: it is no notebook.
    """
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadingError(f"this is not a notebook: {str(error)[:100]}") from None
    found = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(found, list):
        raise ReadingError("this notebook has no cells (it needs format 4)")
    parts, segments, length = list[str](), list[Segment](), 0
    for number, cell in enumerate(found, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(s for s in source if isinstance(s, str))
        if not isinstance(source, str):
            continue
        said = lines(source).encode("utf-8", "replace").decode()  # half a surrogate pair can't be printed
        segments.append(Segment(length, f"{name}, cell {number}"))
        parts.append(said + "\n\n")
        length += len(parts[-1])
    return "".join(parts), tuple(segments)
