"""Verdicts: what hw3 says of a claim, on which evidence, and what it is worth as an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hw3.derivations.calculus.conditions import WORDS
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Proof
from hw3.derivations.language.printing import latex as _latex
from hw3.derivations.language.printing import unicode, unicode_name

VERDICTS = ("proved", "confirmed", "refuted", "undecided")
MONTE_CARLO = ("n", "estimate", "standard_error", "z")


@dataclass(frozen=True)
class Evidence:
    """One witness: `kind` (proof, exact, modular, float, monte carlo), whether it holds (None: it says
    nothing), what it says in words, and its figures."""

    kind: str
    holds: bool | None
    says: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What is known of a claim: `verdict` is proved, confirmed, refuted or undecided, for `reason`.

    proved: the kernel accepts the proof, for all sizes, and some draw meets the conditions.
    confirmed: not proved, but the two sides agree at every one of enough trials.
    refuted: a counterexample, judged again at 50 digits or exactly.
    undecided: anything else.
    """

    claim: Claim
    verdict: str
    reason: str
    proof: Proof
    evidence: tuple[Evidence, ...] = ()
    conditions: tuple[str, ...] = ()
    worst_error: float | None = None
    monte_carlo: dict[str, Any] | None = None
    seconds: float = 0.0

    @property
    def as_expected(self) -> bool:
        """Whether it came out as the claim expects: holding, or refuted where it was stated to be."""
        return self.verdict == "refuted" if self.claim.expected == "refuted" else self.verdict in VERDICTS[:2]

    @property
    def contrary(self) -> bool:
        return not self.as_expected and self.verdict != "undecided"

    def json(self) -> dict[str, Any]:
        """The claim's entry in the report of `hw3 verify --json`."""
        return {
            "name": self.claim.name,
            "latex": statement(self.claim, latex=True),
            "verdict": self.verdict,
            "expected": self.claim.expected,
            "steps": [
                {
                    "latex": _latex(link.rhs),
                    "reason": link.reason,
                    "verdict": "proved" if link.proved else "undecided",
                    "axioms": list(link.rules),
                }
                for link in self.proof.links
            ],
            "axioms": [*self.proof.rules, *self.proof.bounds],
            "conditions": [*given(self.claim, latex=False), *self.conditions],
            "evidence": [
                *({"kind": "verdict", "holds": None, "says": self.reason} for _ in range(bool(self.reason))),
                *({"kind": e.kind, "holds": e.holds, "says": e.says, **e.figures} for e in self.evidence),
            ],
            "worst_error": self.worst_error,
            "monte_carlo": self.monte_carlo and {key: self.monte_carlo[key] for key in MONTE_CARLO},
            "seconds": round(self.seconds, 6),
        }


def statement(claim: Claim, latex: bool) -> str:
    """The claim as one formula, in LaTeX or in Unicode."""

    show = _latex if latex else unicode
    if claim.relation == "shape":
        return claim.written if latex else unicode_name(claim.written)
    lhs, rhs = show(claim.lhs), show(claim.rhs)
    if claim.relation == ">=":
        return f"{lhs} \\ge {rhs}" if latex else f"{lhs} ≥ {rhs}"
    if claim.relation == "=>":
        assert claim.hypothesis is not None
        assert claim.hypothesis.rhs is not None
        if_ = f"{show(claim.hypothesis.lhs)} = {show(claim.hypothesis.rhs)}"
        return f"{if_} \\;\\Longrightarrow\\; {lhs} = {rhs}" if latex else f"{if_}  ⟹  {lhs} = {rhs}"
    if claim.relation == "exists":
        assert claim.distinct is not None
        a, b = (show(e) for e in claim.distinct)
        some = f"\\exists\\, {a} \\ne {b} :\\; " if latex else f"for some {a} ≠ {b}: "
        return f"{some}{lhs} = {rhs}"
    return f"{lhs} = {rhs}"


_SIGNS = {"positive": (">", "0"), "nonnegative": (r"\ge", "0"), "nonzero": (r"\ne", "0")}


def given(claim: Claim, latex: bool) -> tuple[str, ...]:
    """What the claim is given, fact by fact, in LaTeX or in Unicode."""
    return tuple(_fact(f, latex) for f in claim.given)


def _fact(fact: Fact, latex: bool) -> str:
    show = _latex if latex else unicode
    if fact.rhs is not None:
        return f"{show(fact.lhs)} = {show(fact.rhs)}"
    if not latex:
        return WORDS[fact.kind].format(show(fact.lhs))
    if fact.kind in _SIGNS:
        return " ".join((show(fact.lhs), *_SIGNS[fact.kind]))
    before, after = (rf"\text{{{part}}}" if part else "" for part in WORDS[fact.kind].split("{}"))
    return before + show(fact.lhs) + after


@dataclass(frozen=True)
class Report:
    """The verdicts on a target's claims, and their sum."""

    target: str
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(v.verdict for v in self.verdicts)
        return {name: counted.get(name, 0) for name in VERDICTS}

    @property
    def exit_code(self) -> int:
        """0 if every claim came out as expected, 1 if one came out contrary, 3 if one is undecided."""
        return exit_code(self.verdicts)

    def json(self) -> dict[str, Any]:
        return {
            "version": 1,
            "target": self.target,
            "claims": [v.json() for v in self.verdicts],
            "counts": self.counts,
        }


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0: all as expected; 1: one contrary to it; 3: none contrary, but one undecided."""
    verdicts = tuple(verdicts)
    if any(v.contrary for v in verdicts):
        return 1
    return 0 if all(v.as_expected for v in verdicts) else 3
