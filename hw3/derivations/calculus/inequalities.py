"""Inequalities: e >= 0 as a sum of weighted terms that are each >= 0, and what e = 0 then says.

    e = sum of w_k N_k,   w_k >= 0,   N_k >= 0 by a rule of the closed list below.

The equality is proved by the kernel like any other. Where all weights are positive and e = 0, every N_k is
0, and each rule says what that means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hw3.derivations.calculus.conditions import WORDS, Conditions
from hw3.derivations.calculus.kernel import (
    Certificate,
    Equation,
    Fact,
    NotProved,
    Scope,
    Transferred,
    check,
    transfer,
)
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.rules import require_shapes
from hw3.derivations.language.expression import Expr, Fresh
from hw3.derivations.operations import (
    add,
    eigenvalues,
    identity,
    index,
    log,
    matrix,
    norm,
    number,
    product,
    quotient,
    scalar,
    square,
    sum_over,
    vector,
    xmlog1p,
    zeros,
)


@dataclass(frozen=True)
class Bound:
    """`value` of the parameters is >= 0 where `needs` holds, and 0 only where the two sides of `zero` agree.

    `example` are the parameters that it is stated with, `tried` those that its test draws (the same, if None).
    """

    name: str
    title: str
    reference: str
    value: Callable[..., Expr]
    zero: Callable[..., tuple[Expr, Expr]]
    needs: Callable[..., tuple[tuple[str, Expr], ...]]
    example: Callable[[], tuple[Expr, ...]]
    tried: Callable[[], tuple[Expr, ...]] | None = None


def _spectral_phi(s: Expr) -> Expr:
    i = index(Fresh("i"), s.shape[0])
    return sum_over(i, xmlog1p(eigenvalues(s)[i]))


BOUNDS: dict[str, Bound] = {
    b.name: b
    for b in (
        Bound(
            "square",
            "A square is not negative, and zero only at zero.",
            "definition",
            square,
            lambda x: (x, number(0)),
            lambda x: (),
            lambda: (scalar("x"),),
        ),
        Bound(
            "squared-norm",
            "A squared norm is not negative, and zero only for the zero vector.",
            "definition",
            lambda v: square(norm(v)),
            lambda v: (v, zeros(*v.shape)),
            lambda v: (),
            lambda: (vector("v", "n"),),
        ),
        Bound(
            "spectral-phi",
            "x - log(1 + x) is not negative for x > -1, and zero only at 0; so is its sum over a spectrum.",
            "log is concave and below its tangent at 1; Boyd and Vandenberghe, Convex Optimization, 3.1.3",
            _spectral_phi,
            lambda s: (s, zeros(*s.shape)),
            lambda s: (
                ("symmetric", s),
                ("positive", add(number(1), eigenvalues(s)[index(Fresh("i"), s.shape[0])])),
            ),
            lambda: (matrix("S", "n", "n", "symmetric"),),
            # Few symmetric matrices have a spectrum above -1; these have, and they are all that have.
            lambda: (matrix("P", "n", "n", "positive_definite") - identity("n"),),
        ),
        Bound(
            "log-gap",
            "(a - b)(a/b - b/a - 2 log(a/b)) is not negative for a, b > 0, and zero only at a = b.",
            "t - 1/t - 2 log t is 0 at t = 1 and has the derivative (1 - 1/t)^2",
            lambda a, b: product(a - b, add(quotient(a, b), -quotient(b, a), -product(number(2), log(quotient(a, b))))),
            lambda a, b: (a, b),
            lambda a, b: (("positive", a), ("positive", b)),
            lambda: (scalar("a", "positive"), scalar("b", "positive")),
        ),
    )
}


@dataclass(frozen=True)
class Term:
    """A weighted bound of the closed list."""

    weight: Expr
    bound: str
    parameters: tuple[Expr, ...]

    def value(self) -> Expr:
        return product(self.weight, BOUNDS[self.bound].value(*self.parameters))


def total(terms: tuple[Term, ...]) -> Expr:
    """The sum of the weighted terms."""
    return add(*(t.value() for t in terms)) if terms else number(0)


def check_nonnegative(
    e: Expr,
    terms: tuple[Term, ...],
    certificate: Certificate,
    given: tuple[Fact, ...] = (),
    transferred: Transferred = (),
    strictly: bool = False,
    vanishing: frozenset[int] = frozenset(),
) -> tuple[str, ...]:
    """Checks that e = sum of the terms and that each term is >= 0 (with `strictly`, its weight > 0); gives the
    conditions that e supposes, in words.

    `transferred` are conditions that the bounds need and that hold of something equal; `vanishing` are heads
    of sizes that may be 0, though e does not tell.

    Raises:
        NotProved: with the reason.
    """
    if e.shape or any(t.weight.shape for t in terms):
        raise NotProved("only scalars are compared, and weighed by scalars")
    scope = Scope.of(e, *(side for f in given for side in (f.lhs, f.rhs) if side is not None))
    scope.require(*(part for t in terms for part in (t.weight, *t.parameters)))
    meaning = Meaning()
    meaning.generic(e)
    supposed = set(meaning.obligations) | {meaning.condition(f.kind, f.lhs) for f in given if f.rhs is None}
    vanishing |= scope.vanishing
    conditions = Conditions(Meaning(), supposed, vanishing)
    transfer(conditions, transferred, given)
    stated = Meaning()
    for term in terms:
        bound = BOUNDS[term.bound]
        require_shapes(bound.name, bound.example(), term.parameters)
        stated(term.value())
        if not conditions.holds("positive" if strictly else "nonnegative", term.weight):
            raise NotProved(f"the weight of {bound.name} is not known to be of one sign")
        for kind, argument in bound.needs(*term.parameters):
            if not conditions.holds(kind, argument):
                raise NotProved(f"{bound.name} is used where its conditions are not known to hold")
    for (kind, _), argument in stated.obligations.items():
        if not conditions.holds(kind, argument):
            raise NotProved(f"the terms are defined only where {WORDS[kind].format(argument)}")
    found = replace(certificate, transferred=transferred)
    return check(Equation(e, total(terms), given), found, vanishing=vanishing).conditions


def check_vanishing(
    hypothesis: Fact,
    e: Expr,
    vanishes: Certificate,
    terms: tuple[Term, ...],
    decomposition: Certificate,
    conclusion: Equation,
    final: Certificate,
    transferred: Transferred = (),
) -> tuple[str, ...]:
    """Checks that the hypothesis (an equation) implies the conclusion: it makes e zero, e is a sum of terms
    with positive weights, so each is zero, and what that says proves the conclusion. Gives the conditions that
    hypothesis and conclusion suppose, in words.

    Raises:
        NotProved: with the reason.
    """
    told, pivot = Meaning(), Meaning()
    told.generic(hypothesis.lhs)
    told.generic(hypothesis.rhs if hypothesis.rhs is not None else hypothesis.lhs)
    pivot(e)
    facts = (hypothesis, *conclusion.given)
    stated = (e, conclusion.lhs, conclusion.rhs, *(side for f in facts for side in (f.lhs, f.rhs) if side is not None))
    vanishing = Scope.of(*stated).vanishing
    conditions = Conditions(Meaning(), set(told.obligations), vanishing)
    for fact in conclusion.given:
        if fact.rhs is None:
            conditions.suppose(fact.kind, fact.lhs)
    transfer(conditions, transferred, conclusion.given)
    for (kind, _), argument in pivot.obligations.items():
        if not conditions.holds(kind, argument):
            raise NotProved(f"what vanishes is defined only where {WORDS[kind].format(argument)}")
    found = replace(vanishes, transferred=transferred)
    first = check(Equation(e, number(0), facts), found, vanishing=vanishing)
    second = check_nonnegative(e, terms, decomposition, conclusion.given, transferred, True, vanishing)
    concluded = Equation(conclusion.lhs, conclusion.rhs, (*conclusion.given, *consequences(terms)))
    third = check(concluded, final, vanishing=vanishing)
    return tuple(dict.fromkeys((*first.conditions, *second, *third.conditions)))


def consequences(terms: tuple[Term, ...]) -> tuple[Fact, ...]:
    """What it says that every term is zero, as equations."""
    return tuple(Fact("equation", *BOUNDS[t.bound].zero(*t.parameters)) for t in terms)
