r"""Verdicts for notebooks: tables in HTML whose formulas the notebook's own MathJax shows, and single formulas.

Colours are never alone: the verdict stands there in words. The HTML has no script and no style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from hw3.derivations.language.printing import unicode_text
from hw3.derivations.statements import given as facts
from hw3.derivations.statements import statement
from hw3.verify.verdicts import Verdict

# Each has a contrast above 4.5 on white and on a notebook's dark background (#111).
_COLOURS = {"proved": "#1a8a3a", "confirmed": "#1a8a3a", "refuted": "#e0393e", "undecided": "#a8730a"}
_LEFT = ' style="text-align:left;vertical-align:top"'


@dataclass(frozen=True)
class Row:
    """One verdict: where, which, the formula, what there is to say in words, and the formula that was meant."""

    where: str
    verdict: str
    latex: str
    says: tuple[str, ...] = ()
    meant: str = ""


def aligned(latex: str) -> str:
    r"""A formula that stands alone: one with alignment marks is put into `aligned`, and what ends a sentence goes.

    >>> aligned(r"a &= b,")
    '\\begin{aligned}a &= b\\end{aligned}'
    """
    latex = re.sub(r"(\\\\|[\s,.;])+$", "", latex)
    bare = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\\&", "", latex, flags=re.DOTALL)
    return rf"\begin{{aligned}}{latex}\end{{aligned}}" if "&" in bare or r"\\" in bare else latex


def in_latex(latex: str, verdict: str) -> str:
    """A formula with its verdict, as a notebook's LaTeX."""
    return rf"$\displaystyle {latex} \qquad \text{{({verdict})}}$"


def table(rows: Sequence[Row], title: str = "", asides: Iterable[tuple[int, str, str]] = ()) -> str:
    """Rows as an HTML table; `asides` (line, why, text) are listed below it."""
    head = f"<p><b>{escape(title)}</b></p>" if title else ""
    body = "".join(map(_row, rows))
    below = "".join(f"<li>line {line}, {escape(why)}: <code>{escape(text)}</code></li>" for line, why, text in asides)
    return head + (f"<table>{body}</table>" if body else "") + (f"<ul>{below}</ul>" if below else "")


def row_of(verdict: Verdict) -> Row:
    """The row of a verdict on a claim of hw3's own."""
    claim = verdict.claim
    given = "; ".join((*facts(claim, latex=False), *verdict.conditions))
    says = (
        unicode_text(claim.title),
        *([verdict.reason] if verdict.reason else []),
        *([f"given {given}"] if given else []),
    )
    return Row(claim.name, verdict.verdict, statement(claim, latex=True), says)


def _row(row: Row) -> str:
    verdict = f'<b style="color:{_COLOURS[row.verdict]}">{row.verdict}</b>'
    says = "<br>".join([*map(escape, row.says), *([f"did you mean ${escape(row.meant)}$ ?"] if row.meant else [])])
    cells = (escape(row.where), verdict, f"${escape(row.latex)}$", says)
    return "<tr>" + "".join(f"<td{_LEFT}>{cell}</td>" for cell in cells) + "</tr>"
