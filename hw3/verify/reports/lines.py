"""Two documents side by side, line by line: what was written, and what holds in its place.

Their lines are matched by their labels; a label may name a reading behind a comma ("S7, x for h"). What a page says
of a line is what `hw3 check` says of it.

usage: python -m hw3.verify.reports.lines WRITTEN CORRECTED TITLE > page.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from hw3.derivations.latex.spelling import copied, spell
from hw3.verify.checking.check import Checked, check_file
from hw3.verify.checking.links import Judged

_SIGNS = {"≤": r"\le", "≥": r"\ge"}


def page(written: Checked, corrected: Checked, title: str) -> str:
    """A Markdown page: each line of `written` with its verdict, and the line of `corrected` with the same label."""
    parts = [f"# {title}\n", _summary(written)]
    holds = {j.link.label: j for j in corrected.judged if j.link.label}
    told: set[str] = set()
    for label, lines in _by_label(written):
        tag = label.split(",")[0]
        reading = label.partition(", ")[2]
        if tag not in told:
            parts.append(f"## {tag}\n")
        parts.append(f"Read with {_reading(reading)}:\n" if reading else "As it was written:\n")
        parts.extend(_line(written, j) for j in lines)
        right = holds.get(tag)
        if right is not None and tag not in told and any(j.verdict not in ("proved", "confirmed") for j in lines):
            parts.append(f"What holds, {right.verdict}:\n\n$$\n{equation(corrected, right)}\n$$\n")
        told.add(tag)
    return "\n".join(parts)


def _reading(reading: str) -> str:
    return {
        "x for h": "the image $x$ in the place of $h_{1,out}$",
        "determinant": "determinants under the roots, and an inverse for the division",
    }.get(reading, reading)


def _summary(written: Checked) -> str:
    counts = ", ".join(f"{n} {name}" for name, n in written.counts.items() if n)
    return (
        "Every line of the homework as its author wrote it, the verdict of `hw3 check examples/homework.md` on each of "
        "its equalities, and the line that holds, judged in the same way (`examples/homework-corrected.md`).\n\n"
        f"In all: {counts}.\n"
    )


def _by_label(checked: Checked) -> Iterator[tuple[str, list[Judged]]]:
    found: dict[str, list[Judged]] = {}
    for j in checked.judged:
        if j.link.label:
            found.setdefault(j.link.label, []).append(j)
    yield from found.items()


def _line(checked: Checked, j: Judged) -> str:
    reason = f": {j.reason.removesuffix('.')}" if j.reason else ""
    return f"$$\n{equation(checked, j)}\n$$\n\n**{j.verdict.capitalize()}**{reason}.\n"


def equation(checked: Checked, j: Judged) -> str:
    """One link in its author's spelling."""
    copy = copied(checked.document.source, j.link.left)
    left = spell(j.link.left, copy)
    right = spell(j.link.right, copied(checked.document.source, j.link.right))
    return f"{left} {_SIGNS.get(j.link.op, j.link.op)} {right}"


def main() -> int:
    import torch

    torch.set_num_threads(1)
    written, corrected, title = sys.argv[1:]
    print(page(check_file(Path(written)), check_file(Path(corrected)), title), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
