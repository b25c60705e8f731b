"""Claims, and proofs of claims as chains of lines that a person can read.

A claim states a relation; its lines lead from the left side to the right one, each with its reason. Every
link of the chain is an equation of its own that the kernel checks, so that what is read is what was proved.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Literal

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.inequalities import (
    Term,
    check_nonnegative,
    check_vanishing,
    consequences,
    total,
)
from hw3.derivations.calculus.kernel import (
    Certificate,
    Equation,
    Fact,
    NotProved,
    Scope,
    Transferred,
    Use,
    axis,
    check,
    place,
)
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import BudgetError
from hw3.derivations.calculus.search import SECONDS, NotFound, prove
from hw3.derivations.language.expression import Expr, abstract, instantiate
from hw3.derivations.language.sizes import axes
from hw3.derivations.operations import number, product

Relation = Literal["=", ">=", "=>", "exists", "shape"]
Hints = tuple[tuple[str, tuple[Expr, ...]], ...]
Literals = tuple[tuple[Expr, tuple | Fraction], ...]  # symbols with nested tuples of rational numbers


@dataclass(frozen=True)
class Line:
    """One line of a derivation: equal to the line before, for a reason.

    `replacing` is (a, b): the line before with a replaced by b, where a = b is a proof of its own.
    `hints` are instances of rules that the search would not think of.
    """

    value: Expr
    reason: str
    replacing: tuple[Expr, Expr] | None = None
    hints: Hints = ()


@dataclass(frozen=True)
class Claim:
    """A statement, what is expected of it, and how it is derived.

    Relations:
        "=":  lhs = rhs for all values that meet the assumptions.
        ">=": lhs >= rhs: the lines lead from lhs - rhs to a sum of `terms` of the closed list of bounds.
        "=>": if `hypothesis` (an equation) then lhs = rhs: the lines lead from its sides' difference, times
            `weight`, to a sum of `terms`, which are then all zero.
        "exists": lhs = rhs at the values `witness`, where the two sides of `distinct` differ.
        "shape": a line that is stated as text, `written`, because it has no expression: each of its `readings`,
            (what it is, how it is built), raises a ShapeError. lhs = rhs is the line that holds in its place.

    A claim that is stated in order to be refuted may bring its counterexample as `witness`. Titles, reasons
    and notes are text with LaTeX between dollar signs.
    `where` are abbreviations to be spelt out beside the statement. `transferred` are conditions that follow
    by an equality: (condition, argument, lines from the argument to what meets it).
    """

    name: str
    title: str
    lhs: Expr
    rhs: Expr
    relation: Relation = "="
    lines: tuple[Line, ...] = ()
    given: tuple[Fact, ...] = ()
    expected: Literal["proved", "refuted"] = "proved"
    where: tuple[Expr, ...] = ()
    terms: tuple[Term, ...] = ()
    hypothesis: Fact | None = None
    weight: Expr | None = None
    witness: Literals = ()
    distinct: tuple[Expr, Expr] | None = None
    transferred: tuple[tuple[str, Expr, tuple[Line, ...]], ...] = ()
    hints: Hints = ()
    note: str = ""
    written: str = ""
    readings: tuple[tuple[str, Callable[[], Expr]], ...] = ()

    def __post_init__(self) -> None:
        if self.relation not in ("=", ">=", "=>", "exists", "shape"):
            raise ValueError(f"no relation is called {self.relation!r}")
        if (self.hypothesis is not None) != (self.relation == "=>") or (
            self.weight is not None and not self.hypothesis
        ):
            raise ValueError("a hypothesis, and a weight, belong to an implication")
        if self.hypothesis is not None and self.hypothesis.rhs is None:
            raise ValueError("the hypothesis of an implication is an equation")
        if (self.distinct is not None) != (self.relation == "exists"):
            raise ValueError("what is distinct belongs to a claim of existence")

    def __str__(self) -> str:
        from hw3.derivations.statements import statement  # which needs this module

        return statement(self, latex=False)

    def _repr_latex_(self) -> str:
        from hw3.derivations.statements import statement

        return rf"$\displaystyle {statement(self, latex=True)}$"

    def stated(self) -> tuple[Expr, ...]:
        """The expressions that the claim is stated with."""
        facts = (*self.given, *((self.hypothesis,) if self.hypothesis is not None else ()))
        return (self.lhs, self.rhs, *(e for f in facts for e in (f.lhs, f.rhs) if e is not None))

    def start(self) -> Expr:
        """The first line of the derivation."""
        if self.hypothesis is None or self.hypothesis.rhs is None:
            return self.lhs
        zero = self.hypothesis.rhs is number(0)
        apart = self.hypothesis.lhs if zero else self.hypothesis.lhs - self.hypothesis.rhs
        return apart if self.weight is None else product(self.weight, apart)


@dataclass(frozen=True)
class Link:
    """One link of a chain as the kernel judged it: lhs = rhs for `reason`; `failure` is empty if proved."""

    lhs: Expr
    rhs: Expr
    reason: str
    certificate: Certificate | None = None
    conditions: tuple[str, ...] = ()
    failure: str = ""

    @property
    def proved(self) -> bool:
        return self.certificate is not None

    @property
    def rules(self) -> tuple[str, ...]:
        return rules_of(self.certificate) if self.certificate is not None else ()

    @property
    def told(self) -> str:
        """What it is proved by, in words."""
        given = ("what is given",) if self.certificate is not None and uses_given(self.certificate) else ()
        return "by " + (", ".join((*self.rules, *given)) or "expansion")


@dataclass(frozen=True)
class Proof:
    """A claim with its links; it is proved if all of them are, and the last step of its relation too."""

    claim: Claim
    links: tuple[Link, ...]
    failure: str = ""
    conditions: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def proved(self) -> bool:
        # A claim of existence is not proved by lines but by its witness.
        return self.claim.relation != "exists" and not self.failure and all(link.proved for link in self.links)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that the proof uses, each once."""
        return tuple(dict.fromkeys(r for link in self.links for r in link.rules))


def rules_of(certificate: Certificate) -> tuple[str, ...]:
    """The rules of a certificate and of the certificates inside it."""
    found: dict[str, None] = {}
    for use in certificate.uses:
        if use.rule != "congruence" and not use.rule.startswith("given:"):
            found[use.rule] = None
        if use.inside is not None:
            found.update(dict.fromkeys(rules_of(use.inside)))
    return tuple(found)


def uses_given(certificate: Certificate) -> bool:
    """Whether an equation that is given is used, in the certificate or inside it."""
    return any(u.rule.startswith("given:") or (u.inside is not None and uses_given(u.inside)) for u in certificate.uses)


def prove_claim(claim: Claim, seconds: float = SECONDS) -> Proof:
    """Finds and checks the proof of a claim; a claim of existence is judged by evaluation, not here. Each line is
    searched for so many seconds."""
    start = time.perf_counter()
    lines = claim.lines or ((Line(claim.rhs, "", hints=claim.hints),) if claim.relation in ("=", "shape") else ())
    links: list[Link] = []
    failure = ""
    concluded: tuple[str, ...] = ()
    try:
        # A line may not speak of sizes that the claim does not have: they need not exist.
        scope = Scope.of(*claim.stated())
        scope.require(*(line.value for line in lines), *([claim.weight] if claim.weight else []))
        transferred = _transferred(claim)
        before = claim.start()
        for line in lines:
            links.append(
                _with(transferred, prove_link(before, line, claim.given, seconds), claim.given, scope.vanishing)
            )
            before = line.value
        if claim.relation in ("=", "shape") and before is not claim.rhs:
            failure = "the last line is not the right side of the claim"
        broken = next((link for link in links if not link.proved), None)
        if broken is not None:
            failure = broken.failure + (f", in the line: {broken.reason or broken.rhs}" if len(lines) > 1 else "")
        if not failure:
            concluded = _conclude(claim, before, transferred)
    except (NotFound, NotProved, BudgetError) as error:
        failure = str(error)
    conditions = tuple(dict.fromkeys((*(c for link in links for c in link.conditions), *concluded)))
    bounds = tuple(dict.fromkeys(t.bound for t in claim.terms))
    return Proof(claim, tuple(links), failure, conditions, bounds, time.perf_counter() - start)


@cache
def prove_link(before: Expr, line: Line, given: tuple[Fact, ...] = (), seconds: float = SECONDS) -> Link:
    """The link from one line to the next, proved if a certificate is found that the kernel accepts."""
    equation = Equation(before, line.value, given)
    try:
        if line.replacing is None:
            found = prove(equation, line.hints, seconds=seconds)
            certificate, checked = found.certificate, found.checked
        else:
            certificate = _replacement(before, line, given)
            checked = check(equation, certificate)
    except (NotFound, NotProved) as error:
        return Link(before, line.value, line.reason, failure=str(error))
    return Link(before, line.value, line.reason, certificate, checked.conditions)


def _with(transferred: Transferred, link: Link, given: tuple[Fact, ...], vanishing: frozenset[int]) -> Link:
    """The link with the conditions that are left when the transferred ones are met, and that there are because
    sizes may be 0, which another line tells."""
    if link.certificate is None or not ((link.conditions and transferred) or vanishing):
        return link
    certificate = replace(link.certificate, transferred=transferred) if transferred else link.certificate
    conditions = check(Equation(link.lhs, link.rhs, given), certificate, vanishing=vanishing).conditions
    return replace(link, certificate=certificate, conditions=conditions)


def _replacement(before: Expr, line: Line, given: tuple[Fact, ...]) -> Certificate:
    """A certificate that puts equals for equals, and proves what is then left of the link."""
    assert line.replacing is not None
    a, b = line.replacing
    inside = prove(Equation(a, b, given), line.hints).certificate
    context = abstract(before, a)
    sizes = axes(before.shape)
    same = P.UNITY
    for k, n in enumerate(sizes):
        same = same * P.delta(place(k, sizes), axis(k, sizes), n)
    congruence = Use("congruence", (context, a, b), same, inside)
    rest = prove(Equation(instantiate(context, b), line.value, given), line.hints).certificate
    if rest.cleared:
        raise NotFound("a replacement that leaves fractions to clear: split it into two lines")
    return Certificate((congruence, *rest.uses))


def chain(start: Expr, lines: tuple[Line, ...], given: tuple[Fact, ...] = ()) -> Certificate:
    """One certificate for start = the last line, from those of the links.

    Raises:
        NotFound: a link is not proved.
    """
    uses: list[Use] = []
    for line in lines:
        link = prove_link(start, line, given)
        if link.certificate is None:
            raise NotFound(link.failure)
        if link.certificate.cleared:
            raise NotFound("a chain with fractions to clear cannot be joined")
        uses.extend(link.certificate.uses)
        start = line.value
    return Certificate(tuple(uses))


def _conclude(claim: Claim, last: Expr, transferred: Transferred) -> tuple[str, ...]:
    """The step from the last line to the claim's relation; gives what it supposes, in words."""
    if claim.relation == ">=":
        if claim.rhs is not number(0):
            raise NotProved("an inequality is proved against zero")
        certificate = prove(Equation(last, total(claim.terms), claim.given)).certificate
        vanishing = Scope.of(*claim.stated()).vanishing
        return check_nonnegative(last, claim.terms, certificate, claim.given, transferred, vanishing=vanishing)
    if claim.relation == "=>":
        assert claim.hypothesis is not None
        pivot = claim.start()
        weight = Meaning()(claim.weight) if claim.weight is not None else P.UNITY
        vanishes = Certificate((Use("given:0", (), weight),))
        decomposition = prove(Equation(last, total(claim.terms), claim.given)).certificate
        uses = (*chain(pivot, claim.lines, claim.given).uses, *decomposition.uses)
        whole = Certificate(uses, transferred=transferred)
        conclusion = Equation(claim.lhs, claim.rhs, claim.given)
        final = prove(
            Equation(claim.lhs, claim.rhs, (*claim.given, *consequences(claim.terms))), claim.hints
        ).certificate
        return check_vanishing(claim.hypothesis, pivot, vanishes, claim.terms, whole, conclusion, final, transferred)
    return ()


def _transferred(claim: Claim) -> Transferred:
    return tuple(
        (kind, argument, lines[-1].value, chain(argument, lines, claim.given))
        for kind, argument, lines in claim.transferred
    )
