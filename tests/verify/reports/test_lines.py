"""The homework, audited: the verdict of each of its lines, and of the line that holds in its place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from hw3.verify.checking.check import Checked, check_file
from hw3.verify.reports.lines import page

ROOT = Path(__file__).parents[3]
HOLDS = {"proved", "confirmed"}

# Worked out by hand: which of the homework's lines hold as they were written, link by link.
WRITTEN = {
    "S1": [True], "S2": [False], "S3": [False], "S4": [False], "S5": [True], "S6": [False], "S7": [False],
    "S7, x for h": [True], "S8": [True], "S9": [False, False], "S10": [False], "S11": [False], "S12": [False],
    "S13": [False, False], "S14": [True], "S15": [False], "S15, determinant": [True], "S16": [False],
    "S16, determinant": [False], "S17": [True], "S18": [False],
}  # fmt: skip


@cache
def checked(name: str) -> Checked:
    return check_file(ROOT / "examples" / name)


def by_label(document: Checked) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for j in document.judged:
        found.setdefault(j.link.label, []).append(j.verdict)
    return found


@pytest.mark.parametrize("label", WRITTEN)
def test_a_line_of_the_homework_gets_its_verdict(label: str) -> None:
    verdicts = by_label(checked("homework.md"))[label]
    assert [v in HOLDS for v in verdicts] == WRITTEN[label]
    assert all(v == "refuted" for v, holds in zip(verdicts, WRITTEN[label], strict=True) if not holds)


def test_no_line_is_left_out() -> None:
    assert set(by_label(checked("homework.md"))) == set(WRITTEN)
    assert not checked("homework.md").problems


def test_the_bracket_that_does_not_close_is_told() -> None:
    (line,) = [j for j in checked("homework.md").judged if j.link.label == "S14"]
    assert "not closed" in line.reason


@pytest.mark.parametrize("label", sorted({label.split(",")[0] for label in WRITTEN}))
def test_the_line_that_holds_is_judged_to_hold(label: str) -> None:
    assert set(by_label(checked("homework-corrected.md"))[label]) <= HOLDS


def test_the_page_is_the_one_in_the_docs() -> None:
    made = page(checked("homework.md"), checked("homework-corrected.md"), "The homework, line by line")
    kept = (ROOT / "docs" / "homework.md").read_text(encoding="utf-8")
    assert made == kept, "run: python -m hw3.verify.reports.lines (see the Makefile) and look at what changed"
