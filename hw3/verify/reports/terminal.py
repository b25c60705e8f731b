"""Reports in a terminal: one block for each claim, eighty columns wide, and their sum."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import unicode, unicode_text
from hw3.verify.trusted import Trusted
from hw3.verify.verdicts import Report, Verdict, given, statement

COLOURS = {"proved": "bold green", "confirmed": "green", "refuted": "bold red", "undecided": "bold yellow"}
_INDENT = 14


def console() -> Console:
    """The console of a report: at most 100 columns, markup and highlighting off, so formulae stay as they are."""
    plain = Console(markup=False, highlight=False, emoji=False)
    return Console(markup=False, highlight=False, emoji=False, width=min(plain.width, 100))


def print_report(report: Report, title: str, proofs: bool = False, to: Console | None = None) -> None:
    """Prints the report; with `proofs`, every line of every derivation too."""
    to = to or console()
    to.print(Text(title, style="bold"))
    to.print()
    spelt: dict[str, Expr] = {}
    for number, verdict in enumerate(report.verdicts, 1):
        _print_verdict(to, number, verdict, proofs, spelt)
    to.print(Text(summary(report), style="bold"))


def print_table(reports: Sequence[tuple[str, Report]], together: Report, to: Console | None = None) -> None:
    """Prints a line for each report, what came out otherwise than expected, and their sum."""
    to = to or console()
    for title, report in reports:
        to.print(Text(title, style="bold"))
        _indented(to, summary(report))
        for verdict in report.verdicts:
            if not verdict.as_expected:
                _indented(to, f"{verdict.verdict}: {verdict.claim.name}. {verdict.reason}")
    to.print()
    to.print(Text(summary(together), style="bold"))


def summary(report: Report) -> str:
    """The counts in one line, saying which came out otherwise than expected."""
    counts = ", ".join(f"{n} {name}" for name, n in report.counts.items() if n)
    surprises = [v.claim.name for v in report.verdicts if not v.as_expected]
    told = f"; not as expected: {', '.join(surprises)}" if surprises else ", all as expected"
    return f"{len(report.verdicts)} claims: {counts}{told} ({report.seconds:.1f} s)"


def _print_verdict(to: Console, number: int, verdict: Verdict, proofs: bool, spelt: dict[str, Expr]) -> None:
    first, *more = _lines(to, unicode_text(verdict.claim.title))
    head = Text(f"{number:2}  ")
    head.append(f"{verdict.verdict:<{_INDENT - 4}}", style=COLOURS[verdict.verdict])
    head.append(first, style="bold")
    to.print(head)
    for line in more:
        to.print(Text(" " * _INDENT + line, style="bold"))
    _indented(to, statement(verdict.claim, latex=False))
    if where := _where(verdict.claim.where, spelt):
        _indented(to, f"where {where}")
    if told := (*given(verdict.claim, latex=False), *verdict.conditions):
        _indented(to, "given " + "; ".join(told))
    if proofs and verdict.verdict != "refuted":
        for k, link in enumerate(verdict.proof.links, 1):
            _indented(to, f"({k}) = {unicode(link.rhs)}")
            _indented(to, f"    {unicode_text(link.reason)} [{link.told if link.proved else 'not proved'}]", "dim")
    if verdict.reason:
        _indented(to, verdict.reason)
    if verdict.claim.note and verdict.claim.expected == "refuted":
        _indented(to, unicode_text(verdict.claim.note))
    for evidence in verdict.evidence:
        if evidence.says != verdict.reason:
            _indented(to, f"{evidence.kind}: {evidence.says}", "dim")
    to.print()


FEW = 4  # names that are spelt out each time


def _where(names: Sequence[Expr], spelt: dict[str, Expr]) -> str:
    """The abbreviations spelt out; of many, those that no claim above has spelt out."""
    new = [w for w in names if len(names) <= FEW or spelt.get(w.data[0]) is not w]
    spelt.update({w.data[0]: w for w in names})
    told = [f"{unicode(w)} = {unicode(w.args[0])}" for w in new]
    return ", ".join([*told, *(["the rest as above"] if told and len(new) < len(names) else [])])


def _lines(to: Console, text: str) -> list[str]:
    return lines_of(text, to.width - _INDENT)


def lines_of(text: str, width: int) -> list[str]:
    """The text in lines: broken at spaces, rather outside brackets and before an operator, as formulae are."""
    lines = []
    while len(text) > width:
        spaces = [(_cost(text, at), -at) for at in range(1, width + 1) if text[at] == " "]
        late = [place for place in spaces if -place[1] > 0.6 * width]
        if not spaces:
            at = text.find(" ", width)
            if at < 0:
                break
        else:
            at = -min(late or spaces)[1]
        lines.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*lines, text]


def _cost(text: str, at: int) -> int:
    """How badly a line is broken at a space: in brackets, before or after what."""
    depth = sum((c in "([") - (c in ")]") for c in text[:at])
    following = text[at:].lstrip()[:2]
    ranks = {"⟹ ": 0, "= ": 1, "+ ": 2, "- ": 2}
    return 4 * max(depth, 0) + (0 if text[at - 1] in ",;:" else ranks.get(following, 3))


def _indented(to: Console, text: str, style: str = "") -> None:
    for line in _lines(to, text):
        to.print(Text(" " * _INDENT + line, style=style), soft_wrap=True)


def print_json(value: Any) -> None:
    """Prints a report as JSON, and nothing else on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def progress(count: int) -> Iterator[Callable[[str], None]]:
    """A progress line on standard error, if that is a terminal: call what it gives with each title."""
    to = Console(stderr=True, markup=False, highlight=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        console=to,
        transient=True,
        disable=not to.is_terminal,
    ) as bar:
        task = bar.add_task("", total=count)
        done = iter(range(count + 1))

        def step(title: str) -> None:
            bar.update(task, completed=next(done, count), description=unicode_text(title)[:48])

        yield step


_KINDS = {
    "meaning": "Meanings: what the entries of an expression are",
    "derivative": "Derivatives of atoms",
    "moment": "Gaussian moments, term by term",
    "axiom": "Axioms",
    "bound": "Bounds: what is never negative, and where it is zero",
    "lemma": "Lemmas: not trusted, proved from the axioms",
}


def print_trusted(base: tuple[Trusted, ...], to: Console | None = None) -> None:
    """Prints the trusted base, kind by kind, each part with its conditions and its own test's result."""
    to = to or console()
    for kind, title in _KINDS.items():
        entries = [t for t in base if t.kind == kind]
        to.print(Text(f"{title} ({len(entries)})", style="bold"))
        to.print()
        for entry in entries:
            head = Text("    ")
            head.append("passed  " if entry.passed else "FAILED  ", style="green" if entry.passed else "bold red")
            head.append(entry.name, style="bold")
            to.print(head)
            _indented(to, entry.statement)
            if entry.conditions:
                _indented(to, "given " + "; ".join(entry.conditions))
            told = " ".join(part for part in (entry.title, f"[{entry.reference}]" if entry.reference else "") if part)
            if told:
                _indented(to, told, "dim")
            _indented(to, entry.test, "dim")
        to.print()
    failed = sum(not t.passed for t in base)
    to.print(Text(f"{len(base)} parts, {failed or 'none'} failed their test", style="bold"))
