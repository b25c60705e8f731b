"""Pages as they are printed, and printed lines changed by one slip each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from hw3.derivations.claims import Claim, prove_claim
from hw3.derivations.latex.reading import Link
from hw3.verify.checking.check import SETTINGS
from hw3.verify.checking.elaborated import Elaborated, readings
from hw3.verify.checking.links import judge_link
from hw3.verify.numeric.compare import compare
from hw3.verify.numeric.draws import draws
from hw3.verify.reports import pages
from hw3.verify.reports.read_back import HOLDS, claim_links, section
from hw3.verify.verdicts import Report, Verdict


def claims(target: str) -> list[Claim]:
    """The claims of a target that are expected to be proved."""
    return [c for c in import_module(f"hw3.derivations.{target}").claims() if c.expected == "proved"]


@cache
def report(target: str) -> Report:
    """Those claims with their proofs; no witness is asked."""
    return Report(target, tuple(Verdict(c, "proved", "", prove_claim(c)) for c in claims(target)))


@cache
def page(target: str) -> str:
    return pages.markdown(report(target), target)


# --- slips --------------------------------------------------------------------------------------------

_SUBSTITUTIONS = {
    "sign": (r"(?<=[ }])[-+](?= )", lambda m: "-" if m[0] == "+" else "+"),
    "first sign": r"(?<=^)-(?=\\|[A-Za-z(])",
    "half": r"\\frac\{1\}\{2\} ",
    "factor": r"(?<![\w^_{])[24] (?=[\\(A-Za-z])",
    "transpose": r"\^\{\\top\}",
    "transposed inverse": (r"\^\{-\\top\}", lambda m: "^{-1}"),
    "inverse": r"\^\{-1\}",
    "inverse of a transpose": (r"\^\{-\\top\}", lambda m: r"^{\top}"),
    "subscript": (r"_([01])(?![\d^])", lambda m: "_1" if m[1] == "0" else "_0"),
    "two indices": (r"_\{([a-z])([a-z])\}", lambda m: f"_{{{m[2]}{m[1]}}}"),
    "index": (r"_\{[ij]\}(?!\^)", lambda m: "_{1}"),
    "layer": (r"(\\[dD]elta)_([yzhYZH])", lambda m: f"{m[1]}_{dict(zip('yzhYZH', 'zyyZYY', strict=True))[m[2]]}"),
    "derivative": r"'(?=\()",
    "square": r"\^\{2\}",
    "product": (r" \\odot ", lambda m: " + "),
    "transposed": (r"(?<![\\A-Za-z_{\d^])([A-Z])(?= [A-Za-z\\(])(?![_^'])", lambda m: rf"{m[1]}^{{\top}}"),
}


def slips(text: str) -> Iterator[tuple[str, str]]:
    """The text with one slip: what kind, and what is then written."""
    for kind, rule in _SUBSTITUTIONS.items():
        pattern, new = rule if isinstance(rule, tuple) else (rule, lambda m: "")
        for m in re.finditer(pattern, text):
            yield kind, text[: m.start()] + new(m) + text[m.end() :]
    for m in re.finditer(r"(?<=[ }])[-+](?= )", text):
        yield "term", text[: m.start()] + text[_end_of_term(text, m.end()) :]


def _end_of_term(text: str, at: int) -> int:
    """Where the term ends that begins at a place: at a sign, or at the bracket that closes about it."""
    depth = 0
    for k in range(at, len(text)):
        if text[k] in "([{":
            depth += 1
        elif text[k] in ")]}":
            depth -= 1
            if depth < 0:
                word = re.search(r"\\(?:right|Bigr)$|\\$", text[:k])
                return word.start() if word else k
        elif depth == 0 and text[k] in "+-" and text[k + 1 : k + 2] == " ":
            return k
    return len(text)


@dataclass(frozen=True)
class Slip:
    """A printed line with a slip in its right side: `text` is the section that has it."""

    target: str
    claim: str
    part: str
    number: int
    place: int
    kind: str
    written: str
    text: str

    def __str__(self) -> str:
        return f"{self.target}/{self.claim} {self.part} {self.number} ({self.kind}): {self.written}"


@cache
def all_slips(target: str) -> tuple[Slip, ...]:
    """Every slip in every line of a page that is read and printed as an equation; each line once."""
    found: dict[tuple[str, str], Slip] = {}
    for verdict in report(target).verdicts:
        name = verdict.claim.name
        text = section(page(target), name)
        for part, number, link in claim_links(text):
            if link.op != "=" or part == "result":  # the result is the first line's left side and the last one
                continue
            start, end = link.right.place, link.right.end
            left = text[link.left.place : link.left.end]
            for kind, written in slips(text[start:end]):
                changed = text[:start] + written + text[end:]
                slip = Slip(target, name, part, number, start, kind, f"{left} = {written}", changed)
                found.setdefault((f"{left} = {text[start:end]}", written), slip)
    return tuple(found.values())


def _at(text: str, place: int) -> Link | None:
    """The link whose right side begins at a place."""
    return next((link for _, _, link in claim_links(text) if link.right.place == place), None)


def outcome(slip: Slip) -> str:
    """What becomes of a slip: "caught"; "equivalent", if its right side has the same value; else what is wrong."""
    link = _at(slip.text, slip.place)
    if link is None or judge_link(link, SETTINGS, suggest=False).verdict not in HOLDS:
        return "caught"
    before = _at(section(page(slip.target), slip.claim), slip.place)
    assert before is not None
    one, other = readings(before)[0], readings(link)[0]
    assert isinstance(one, Elaborated)
    assert isinstance(other, Elaborated)
    if one.rhs is other.rhs:
        return f"the slip makes no difference to what is read: {slip}"
    found = draws([one.rhs, other.rhs, one.lhs], one.given, seed=1)
    same = compare(one.rhs, other.rhs, found, one.given)
    return "equivalent" if same.verdict == "agrees" else f"holds, though {same.verdict} ({same.reason}): {slip}"
