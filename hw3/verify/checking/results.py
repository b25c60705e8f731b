r"""`hw3.check`: a text or a file judged, as objects that Python and Jupyter show."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from io import StringIO
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from hw3.derivations.latex.documents import read_text
from hw3.errors import UserError
from hw3.verify.checking.check import SETTINGS, Checked, check_document
from hw3.verify.checking.files import SUFFIXES, Asked, exit_code, opened, outer_scope, seed_of
from hw3.verify.checking.files import Told as _Told
from hw3.verify.checking.suggestions import declarations
from hw3.verify.checking.told import page, print_page, summary, unicode_latex
from hw3.verify.reports import notebook

_TEX = ("\\documentclass", "\\begin{document}")


class Refuted(AssertionError):
    """A document has a line that is refuted; the message is the report."""


@dataclass(frozen=True)
class ClaimResult:
    """One link of a claim, with its verdict.

    `line` and `column` count from 1, as does `link` within its chain; `latex` is what was written, `read_as` how it was
    read; `conditions` are those under which it holds; `counterexample` and `did_you_mean` are None unless refuted;
    `trials` and `worst_error` are those of the float evidence.
    """

    line: int
    column: int
    label: str
    link: int
    latex: str
    read_as: str
    verdict: Literal["proved", "confirmed", "refuted", "undecided"]
    reason: str
    conditions: tuple[str, ...]
    counterexample: str | None
    did_you_mean: str | None
    trials: int
    worst_error: float | None
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether it is proved or confirmed."""
        return self.verdict in ("proved", "confirmed")

    def __str__(self) -> str:
        told = f"{self.line}:{self.column} {self.verdict}: {unicode_latex(self.latex)}"
        more = [self.reason] if self.reason else []
        if self.did_you_mean:
            more.append(f"did you mean {unicode_latex(self.did_you_mean)} ?")
        return "\n    ".join([told, *more])

    def _repr_latex_(self) -> str:
        return notebook.in_latex(notebook.aligned(self.latex), self.verdict)

    def _repr_html_(self) -> str:
        return notebook.table([self._row()])

    def _row(self) -> notebook.Row:
        says = [self.reason] if self.reason else []
        if self.conditions:
            says.append(f"given {'; '.join(self.conditions)}")
        meant = notebook.aligned(self.did_you_mean) if self.did_you_mean else ""
        return notebook.Row(
            f"{self.line}:{self.column}", self.verdict, notebook.aligned(self.latex), tuple(says), meant
        )


@dataclass(frozen=True)
class Aside:
    """What was not judged: `line`, what was written or what was wrong with it (`text`), and why."""

    line: int
    text: str
    why: str = ""


class CheckResult:
    """A document that was checked: the claims in their order, and what stands beside them.

    `print(found)` is the report of `hw3 check`; in a notebook it is a table. It is true if it `holds`, so that
    `assert hw3.check(path)` means what it says.
    """

    def __init__(self, checked: Checked, seconds: float = 0.0) -> None:
        self._checked, self._seconds = checked, seconds
        entry = checked.json()
        self.path: str = entry["path"]
        names = [f.name for f in fields(ClaimResult)]
        self.claims = tuple(
            ClaimResult(**{**{n: c[n] for n in names}, "conditions": tuple(c["conditions"])}) for c in entry["claims"]
        )
        self.trusted = tuple(Aside(t["line"], t["latex"], "taken on trust") for t in entry["trusted"])
        self.set_aside = tuple(Aside(t["line"], t["latex"], t["why"]) for t in entry["set_aside"])
        self.problems = tuple(Aside(p["line"], p["message"], "not read") for p in entry["problems"])

    @property
    def counts(self) -> dict[str, int]:
        """How many claims have each verdict."""
        return self._checked.counts

    @property
    def refuted(self) -> tuple[ClaimResult, ...]:
        return self._with("refuted")

    @property
    def undecided(self) -> tuple[ClaimResult, ...]:
        return self._with("undecided")

    @property
    def holds(self) -> bool:
        """Whether there are claims, each of them holds, and nothing was left unread."""
        return bool(self.claims) and not self.problems and all(c.holds for c in self.claims)

    @property
    def exit_code(self) -> int:
        """What `hw3 check` would exit with: 1 if a claim is refuted, 3 if one is undecided or unread, else 0."""
        return exit_code([_Told(self._checked.json(), self.counts)])

    def suggested(self) -> list[str]:
        """Declarations for the names that the document leaves undeclared, guessed from letters and use."""
        return declarations([j.link for j in self._checked.judged])

    def raise_for_refuted(self) -> CheckResult:
        """Itself, if no claim is refuted: for a test suite.

        Raises:
            Refuted: a claim is refuted. It is an AssertionError, and its message is the report.
        """
        if self.refuted:
            raise Refuted(str(self))
        return self

    def report(self, read_as: bool = False, suggest: bool = False, width: int = 80) -> str:
        """What `hw3 check` prints, with `--read-as` and `--suggest` if wanted."""
        told = page(self._checked, read_as, self.suggested() if suggest else ())
        out = StringIO()
        plain = Console(file=out, width=width, markup=False, highlight=False, emoji=False, color_system=None)
        print_page(plain, told)
        return out.getvalue() + summary(self.counts, [told], 0, self._seconds)

    def json(self) -> dict[str, Any]:
        """The file's entry in the report of `hw3 check --json`."""
        return self._checked.json()

    def _with(self, verdict: str) -> tuple[ClaimResult, ...]:
        return tuple(c for c in self.claims if c.verdict == verdict)

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self.counts.items() if n) or "no claims"
        return f"<{self.path.strip('<>')}: {counts}>"

    def _repr_html_(self) -> str:
        asides = [(a.line, a.why, a.text) for a in (*self.trusted, *self.set_aside, *self.problems)]
        return notebook.table([c._row() for c in self.claims], repr(self)[1:-1], asides)


def check(
    source: str | PathLike[str],
    kind: Literal["markdown", "tex"] | None,
    preamble: str | PathLike[str] | None,
    seed: int | None,
) -> CheckResult:
    """See `hw3.check`."""
    from time import perf_counter

    start = perf_counter()
    outer = outer_scope(fspath(preamble)) if preamble is not None else None
    path = _path(source)
    if path is not None:
        document = opened(path)
    else:
        text = fspath(source)
        document = read_text(text, kind=kind or ("tex" if any(mark in text for mark in _TEX) else "markdown"))
    settings = replace(SETTINGS, seed=seed_of(document, Asked(seed=seed)))
    checked = check_document(document, outer, settings)
    found = checked.judged or checked.trusted or checked.set_aside or checked.problems
    if path is None and not found and not any(document.formulas()):
        raise UserError("there is no formula in this text: write formulas between $ signs, or give a file's path")
    return CheckResult(checked, perf_counter() - start)


def _path(source: str | PathLike[str]) -> str | None:
    """The path that is meant, or None for a text."""
    if not isinstance(source, str):
        return fspath(source)
    one_line = "\n" not in source and "$" not in source and len(source) < 1000
    return source if one_line and Path(source).suffix.lower() in SUFFIXES else None
