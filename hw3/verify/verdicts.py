"""Verdicts: what hw3 says of a claim, on which evidence, and what it is worth as an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hw3.derivations.claims import Claim, Proof
from hw3.derivations.language.printing import latex as _latex
from hw3.derivations.statements import given as given
from hw3.derivations.statements import statement as statement

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

    def __str__(self) -> str:
        return f"{self.verdict}: {self.claim}" + (f"\n    {self.reason}" if self.reason else "")

    def _repr_latex_(self) -> str:
        from hw3.verify.reports import notebook

        return notebook.in_latex(statement(self.claim, latex=True), self.verdict)

    def _repr_html_(self) -> str:
        from hw3.verify.reports import notebook

        return notebook.table([notebook.row_of(self)])

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

    def __str__(self) -> str:
        return "\n".join(map(str, self.verdicts))

    def _repr_html_(self) -> str:
        from hw3.verify.reports import notebook

        counts = ", ".join(f"{n} {name}" for name, n in self.counts.items() if n)
        return notebook.table([notebook.row_of(v) for v in self.verdicts], f"{self.target}: {counts}")

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
