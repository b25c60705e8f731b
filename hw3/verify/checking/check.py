"""A document checked: every link judged, in document order, with what was trusted and what was set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from hw3.derivations.latex.declarations import names_in
from hw3.derivations.latex.documents import read_document, read_text
from hw3.derivations.latex.documents.pieces import Document
from hw3.derivations.latex.reading import LAYOUTS, Link, SetAside, Trouble, Trusted, read
from hw3.derivations.latex.scope import Scope
from hw3.verify.checking.elaborated import differentiates
from hw3.verify.checking.links import Judged, judge_link
from hw3.verify.judge import Settings
from hw3.verify.verdicts import VERDICTS

SETTINGS = Settings(dims=(), samples=0, witnesses=False)


@dataclass
class Checked:
    """What was found in a document."""

    document: Document
    judged: list[Judged] = field(default_factory=list)
    trusted: list[Trusted] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    problems: list[Trouble] = field(default_factory=list)
    scope: Scope | None = None

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(j.verdict for j in self.judged)
        return {name: counted.get(name, 0) for name in VERDICTS}

    def source(self, place: int, end: int) -> str:
        """What was written from place to end."""
        return " ".join(self.document.source[place:end].split())

    def json(self) -> dict[str, Any]:
        """The entry of a file in the report of `hw3 check --json`."""
        return {
            "path": self.document.path,
            "claims": [self._claim(j) for j in self.judged],
            "trusted": [{"line": self.line(t.place), "latex": self.source(t.place, t.end)} for t in self.trusted],
            "set_aside": [
                {"line": self.line(t.place), "latex": self.source(t.place, t.end), "why": t.why} for t in self.set_aside
            ],
            "problems": [{"line": self.line(p.place), "message": p.message} for p in self.problems],
        }

    def line(self, place: int) -> int:
        return self.document.line_of(place)[1]

    def _claim(self, j: Judged) -> dict[str, Any]:
        _, line, column = self.document.line_of(j.link.place)
        return {
            "line": line,
            "column": column,
            "label": j.link.label,
            "link": j.link.number,
            "latex": self.source(j.link.place, j.link.end),
            "read_as": j.read_as,
            "verdict": j.verdict,
            "reason": j.reason,
            "conditions": list(j.conditions),
            "counterexample": j.counterexample,
            "did_you_mean": j.did_you_mean,
            "trials": j.trials,
            "worst_error": j.worst_error,
            "seconds": round(j.seconds, 4),
        }


def check_file(path: Path, outer: Scope | None = None, settings: Settings = SETTINGS) -> Checked:
    return check_document(read_document(path), outer, settings)


def check_text(text: str, kind: Literal["markdown", "tex"] = "markdown", settings: Settings = SETTINGS) -> Checked:
    return check_document(read_text(text, kind=kind), None, settings)


def check_document(document: Document, outer: Scope | None = None, settings: Settings = SETTINGS) -> Checked:
    """Reads a document and judges its links."""
    found = read(document, outer)
    checked = Checked(document, scope=found.scopes[0] if found.scopes else None)
    for entry in found.entries:
        match entry:
            case Link():
                judged = judge_link(entry, settings, source=document.source)
                if judged.verdict == "undecided" and entry.sets:
                    # What follows from an equation that is set holds under it alone.
                    entry.scope.doubt(names_in(entry.left) | names_in(entry.right), entry.end)
                    checked.set_aside.append(SetAside(entry.place, entry.end, "an equation that is set"))
                else:
                    checked.judged.append(judged)
            case Trusted():
                checked.trusted.append(entry)
            case SetAside():
                checked.set_aside.append(entry)
            case Trouble():
                checked.problems.append(entry)
    _read_in_two_ways(checked)
    _in_another_layout(checked, settings)
    _declared_elsewhere(checked, found.scopes)
    return checked


_UNDECLARED = re.compile(r"(?:^|but )(\S+) is not declared$")


def _declared_elsewhere(checked: Checked, scopes: Sequence[Scope]) -> None:
    """Says of a name that is not declared where it is: what a section declares is for that section."""
    for k, judged in enumerate(checked.judged):
        missing = _UNDECLARED.search(judged.reason) if judged.verdict == "undecided" else None
        if missing is None:
            continue
        places = [b.place for scope in scopes for n, b in scope.names.items() if n == missing[1] and b.place > 0]
        if places:
            told = f"{judged.reason} in this section; it is in another one, at line {checked.line(min(places))}"
            checked.judged[k] = replace(judged, reason=told)


def _read_in_two_ways(checked: Checked) -> None:
    """x^2 that is entry by entry to one side of a chain and x^T x to the other is neither."""
    known: dict[int, int] = {}
    for k, judged in enumerate(checked.judged):
        for place, way in judged.squares:
            if judged.verdict in ("proved", "confirmed") and known.setdefault(place, way) != way:
                told = "a square of a vector in it is read in another way in the line before"
                checked.judged[k] = replace(judged, verdict="undecided", reason=told)


def _in_another_layout(checked: Checked, settings: Settings) -> None:
    """Where two or more gradients are refuted that all hold in another layout, that is meant: they are undecided."""
    wrong = [k for k, j in enumerate(checked.judged) if j.verdict == "refuted" and differentiates(j.link)]
    if len(wrong) < 2:
        return
    for layout in LAYOUTS:
        links = [replace(checked.judged[k].link, layout=layout) for k in wrong]
        if any(link.layout == checked.judged[k].link.layout for link, k in zip(links, wrong, strict=True)):
            continue
        if all(judge_link(link, settings, suggest=False).verdict in ("proved", "confirmed") for link in links):
            for k in wrong:
                told = f"it holds in the layout {layout!r}: say so in the front matter (layout: {layout})"
                checked.judged[k] = replace(
                    checked.judged[k], verdict="undecided", reason=told, counterexample=None, did_you_mean=None
                )
            return


def report(checked: Sequence[Checked]) -> dict[str, Any]:
    """The report of `hw3 check --json`."""
    counts: Counter[str] = Counter()
    for c in checked:
        counts.update(c.counts)
    return {
        "version": 1,
        "files": [c.json() for c in checked],
        "counts": {name: counts.get(name, 0) for name in VERDICTS},
    }
