r"""Reading back what is printed: every line of a page that is printed as proved is read and judged like a person's.

A page's claim is a section: definitions after "Write", the derivation after "Then", the result after "Hence". What
cannot be read has a reason of the short list here; anything else that does not hold is a fault of the page, of the
reader or of the proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hw3.derivations.claims import Claim, prove_claim
from hw3.derivations.language.expression import walk
from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.reading import Link, read
from hw3.derivations.latex.tokens import ReadingError
from hw3.verify.checking.check import SETTINGS
from hw3.verify.checking.elaborated import Elaborated, readings
from hw3.verify.checking.links import judge_link
from hw3.verify.verdicts import Report, Verdict

HOLDS = ("proved", "confirmed")

UNREAD = {  # relations whose last step is not read, and why
    "=>": "an implication is no equation",
    ">=": "which bounds an inequality adds up is not printed",
    "exists": "a statement for some values is no equation",
}
UNPRINTED = {"reindex": "how far it moves"}  # operations that are printed without all that they are


@dataclass(frozen=True)
class Printed:
    """A line that is printed as proved, and what is made of it: `part` is "definition", "line" or "result".

    `verdict` is "" where the line is not found among what is read; `excused` says why it need not be read.
    """

    claim: str
    part: str
    number: int
    latex: str
    verdict: str
    reason: str
    excused: str = ""

    @property
    def holds(self) -> bool:
        return self.verdict in HOLDS

    @property
    def fault(self) -> bool:
        """Whether it ought to hold and does not; nothing excuses a line that is refuted."""
        return self.verdict == "refuted" or not (self.holds or self.excused)


def read_back(report: Report, page: str, thorough: bool = False) -> tuple[Printed, ...]:
    """What is printed as proved on the Markdown page of a report: by the kernel, else judged as `hw3 check` does.

    The witnesses have looked at the claims themselves; `thorough` asks them again of every line that is read.
    """
    return tuple(
        line for v in report.verdicts for line in read_claim(v, section(page, v.claim.name), thorough=thorough)
    )


def section(page: str, name: str) -> str:
    """The section of a claim.

    Raises:
        KeyError: there is none.
    """
    for part in re.split(r"^(?=## )", page, flags=re.MULTILINE):
        if part.startswith("## ") and f"{{#{name}}}" in part.splitlines()[0]:
            return part
    raise KeyError(name)


def read_claim(verdict: Verdict, text: str, thorough: bool = False) -> Iterator[Printed]:
    """The lines of one claim's section, each judged once."""
    claim = verdict.claim
    if verdict.verdict not in HOLDS:
        return
    links, known = claim_links(text), dict[tuple[str, str, str], tuple[str, str]]()
    expected = dict.fromkeys(("line", k) for k in range(1, len(verdict.proof.links) + 1 if _chained(text) else 1))
    if claim.relation == ">=":
        expected["line", len(expected) + 1] = None
    expected["result", 1] = None
    for part, number, link in links:
        expected.pop((part, number), None)
        key = (text[link.left.place : link.left.end], link.op, text[link.right.place : link.right.end])
        if key not in known:
            if not thorough and is_proved(link):
                known[key] = "proved", ""
            else:
                judged = judge_link(link, SETTINGS, suggest=False)
                known[key] = judged.verdict, judged.reason
        excused = excuse(claim, link.op)
        yield Printed(claim.name, part, number, " ".join(text[link.place : link.end].split()), *known[key], excused)
    for part, number in expected:
        yield Printed(claim.name, part, number, "", "", "it is not read", excuse(claim, missing=part))


def is_proved(link: Link) -> bool:
    """Whether the kernel proves an equation in every way in which it can be read."""
    if link.op != "=" or link.undecided:
        return False
    try:
        found = readings(link)
    except (ReadingError, RecursionError):
        return False
    return all(
        isinstance(r, Elaborated)
        and not r.values
        and prove_claim(Claim("link", "", r.lhs, r.rhs, given=r.given)).proved
        for r in found
    )


def claim_links(text: str) -> list[tuple[str, int, Link]]:
    """The links of a section that are in its displays: the part they are in, their number there, the link."""
    places = displays(text)
    found: list[tuple[str, int, Link]] = []
    for link in (e for e in read(read_text(text, kind="markdown")).entries if isinstance(e, Link)):
        part = next((part for part, start, end in places if start <= link.end <= end), None)
        if part is not None:  # each definition is a chain of its own: they are counted through
            number = link.number if part == "line" else sum(p == part for p, _, _ in found) + 1
            found.append((part, number, link))
    return found


_DISPLAY = re.compile(r"^(Write|Then|Hence)\n\n\$\$\n(.*?)\n\$\$$", re.MULTILINE | re.DOTALL)
_PARTS = {"Write": "definition", "Then": "line", "Hence": "result"}


def displays(text: str) -> list[tuple[str, int, int]]:
    """The displays of a section that state something: what they state, and where they begin and end."""
    found = [(_PARTS[m[1]], *m.span(2)) for m in _DISPLAY.finditer(text)]
    if not _chained(text):  # without a derivation the statement alone stands after "Then"
        found = [("result" if part == "line" else part, start, end) for part, start, end in found]
    return found


def _chained(text: str) -> bool:
    return "\nHence\n" in text


def excuse(claim: Claim, op: str = "=", missing: str = "") -> str:
    """Why a line of a claim need not be read; empty if it must be."""
    if claim.relation in UNREAD and (op == "≥" or missing):
        return UNREAD[claim.relation]
    for node in dict.fromkeys(n for e in (*claim.stated(), *claim.where) for n in walk(e)):
        if node.operation.name in UNPRINTED:
            return f"{node.operation.name} is printed without {UNPRINTED[node.operation.name]}"
    return ""


def complaint(lines: Sequence[Printed], name: str) -> str:
    """One sentence on the first line that should hold and does not; empty if there is none."""
    for line in lines:
        if line.fault:
            said = line.verdict or "not found"
            where = f"{line.part} {line.number} of {line.claim} in {name}"
            return f"what is printed is not what was proved: {where} is {said} ({line.reason}): {line.latex}"
    return ""


def summary(lines: Sequence[Printed], name: str) -> str:
    """How many lines of a page hold when they are read back, in words."""
    holding, excused = sum(line.holds for line in lines), sum(not line.holds and bool(line.excused) for line in lines)
    rest = f"; {excused} {'is' if excused == 1 else 'are'} not read" if excused else ""
    return f"read back {name}: {holding} of {len(lines)} lines hold{rest}"


__all__ = ["Printed", "complaint", "read_back", "read_claim", "summary"]
