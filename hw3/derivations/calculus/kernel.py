"""The kernel: whether a certificate proves a claim. Small, alone, and all that must be trusted.

A claim lhs = rhs is proved by a certificate when

    factor * (lhs - rhs)  -  sum over uses of  cofactor * (rule.lhs - rule.rhs)

expands to zero as an index polynomial, every rule that is used has its conditions discharged, and the
factor can be cancelled. It does not matter where the certificate comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import NotDifferentiable, Undefined, positive_head, power
from hw3.derivations.calculus.conditions import WORDS, Conditions
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import HEADS, BudgetError, Poly
from hw3.derivations.calculus.rules import RULES
from hw3.derivations.language.expression import Expr, instantiate, walk
from hw3.derivations.language.sizes import Size, axes


class NotProved(ValueError):
    """The certificate does not prove the claim; the message says why."""


@dataclass(frozen=True)
class Fact:
    """What a claim is given: a condition on an expression, or an equation."""

    kind: str
    lhs: Expr
    rhs: Expr | None = None


@dataclass(frozen=True)
class Equation:
    """lhs = rhs for all values of the symbols, and all sizes, that meet the facts given."""

    lhs: Expr
    rhs: Expr
    given: tuple[Fact, ...] = ()

    def __post_init__(self) -> None:
        if self.lhs.shape != self.rhs.shape:
            raise ValueError("the two sides of an equation must have one shape")


@dataclass(frozen=True)
class Use:
    """A rule (or the given fact `given:K`) at parameters, times a cofactor.

    The cofactor is a polynomial whose free indices are `place(k)`, the axes of the rule's sides, which are
    summed over, and `axis(k)`, those of the claim. The rule `congruence` has parameters (context, a, b):
    context[a] = context[b] for the body `context` of a binder, `inside` being the proof that a = b.
    """

    rule: str
    parameters: tuple[Expr, ...]
    cofactor: Poly
    inside: Certificate | None = None


@dataclass(frozen=True)
class Certificate:
    """A linear combination of rules.

    `cleared` are denominators, each with the power of it that both sides were multiplied by. `transferred`
    are conditions of the claim that follow from another expression's: (condition, argument, an expression
    of the same value that meets it, the proof that they are equal).
    """

    uses: tuple[Use, ...] = ()
    cleared: tuple[tuple[Expr, int], ...] = ()
    transferred: Transferred = ()

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(u.rule for u in self.uses))


Transferred = tuple[tuple[str, Expr, Expr, Certificate], ...]


@dataclass
class Checked:
    """What the kernel found: the conditions that the claim supposes, in words."""

    conditions: tuple[str, ...] = ()
    supposed: dict[tuple[str, int], Expr] = field(default_factory=dict)


def place(k: int, sizes: tuple[Size, ...]) -> int:
    """The k-th axis of a rule's sides, in a cofactor."""
    return P.free_index(("place", k), sizes[k])


def axis(k: int, sizes: tuple[Size, ...]) -> int:
    """The k-th axis of the claim, in a cofactor."""
    return P.free_index(("claim", k), sizes[k])


def difference(meaning: Meaning, equation: Equation) -> Poly:
    """lhs - rhs at the claim's axes."""
    sizes = axes(equation.lhs.shape)
    at = tuple(axis(k, sizes) for k in range(len(sizes)))
    return meaning(equation.lhs, at) - meaning(equation.rhs, at)


def contribution(meaning: Meaning, lhs: Expr, rhs: Expr, cofactor: Poly) -> Poly:
    """cofactor * (lhs - rhs), summed over the places."""
    sizes = axes(lhs.shape)
    at = tuple(place(k, sizes) for k in range(len(sizes)))
    return (cofactor * (meaning(lhs, at) - meaning(rhs, at))).summed(*at)


def check(equation: Equation, certificate: Certificate, _proving: tuple[str, ...] = ()) -> Checked:
    """Checks the certificate.

    Raises:
        NotProved: it does not prove the equation; with the reason.
    """
    try:
        return _check(equation, certificate, _proving)
    except (BudgetError, NotDifferentiable, Undefined, ZeroDivisionError) as error:
        raise NotProved(str(error)) from error


def _check(equation: Equation, certificate: Certificate, proving: tuple[str, ...]) -> Checked:
    claim = Meaning()
    total = difference(claim, equation)
    supposed = dict(claim.obligations)
    given = [f for f in equation.given if f.rhs is None]
    for fact in given:
        supposed.setdefault((fact.kind, claim.key(fact.lhs)), fact.lhs)
    conditions = Conditions(Meaning(), set(supposed))
    transfer(conditions, certificate.transferred, equation.given, proving)
    names = _symbols(equation.lhs) | _symbols(equation.rhs)
    for fact in equation.given:
        names |= _symbols(fact.lhs) | (_symbols(fact.rhs) if fact.rhs is not None else set())
    # A cofactor may hold what the claim and the rules' instances hold, and nothing whose existence is new.
    allowed = _held(claim, equation.lhs) | _held(claim, equation.rhs)
    instance = Meaning()
    for denominator, exponent in certificate.cleared:
        _discharge(conditions, "nonzero", denominator)
        total = total * _multiplier(instance(denominator), exponent)
    for use in certificate.uses:
        lhs, rhs, needs = _instance(equation, use, proving)
        for kind, argument in needs:
            _discharge(conditions, kind, argument)
        if not all(_symbols(p) <= names for p in use.parameters):
            raise NotProved(f"the rule {use.rule} is used at a name that the claim does not have")
        term = contribution(instance, lhs, rhs, use.cofactor)
        allowed |= _held(instance, lhs) | _held(instance, rhs)
        if not _holds(use.cofactor) <= allowed:
            raise NotProved(f"a cofactor of {use.rule} holds what neither the claim nor the rule has")
        total = total - term
    for (kind, key), argument in instance.obligations.items():
        if (kind, key) not in supposed:
            _discharge(conditions, kind, argument)
    if not total.is_zero:
        raise NotProved("the two sides and the rules leave a difference")
    declared = Conditions(Meaning(), set())
    transfer(declared, certificate.transferred, equation.given, proving)
    open_ = {c: e for c, e in claim.obligations.items() if not declared.holds(c[0], e)}
    return Checked(tuple(dict.fromkeys(WORDS[kind].format(e) for (kind, _), e in open_.items())), open_)


def transfer(
    conditions: Conditions, transferred: Transferred, given: tuple[Fact, ...], proving: tuple[str, ...] = ()
) -> None:
    """Adds the conditions that hold of an argument because they hold of something equal to it."""
    for kind, argument, other, proof in transferred:
        check(Equation(argument, other, given), proof, proving)
        _discharge(conditions, kind, other)
        conditions.supposed.add((kind, conditions.meaning.key(argument)))


def _instance(
    equation: Equation, use: Use, proving: tuple[str, ...]
) -> tuple[Expr, Expr, tuple[tuple[str, Expr], ...]]:
    if use.rule.startswith("given:"):
        facts = [f for f in equation.given if f.rhs is not None]
        fact = facts[int(use.rule.removeprefix("given:"))]
        assert fact.rhs is not None
        return fact.lhs, fact.rhs, ()
    if use.rule == "congruence":
        context, a, b = use.parameters
        if use.inside is None or a.loose or b.loose:
            raise NotProved("a congruence without the proof that its sides are equal")
        check(Equation(a, b, equation.given), use.inside, proving)
        return instantiate(context, a), instantiate(context, b), ()
    rule = RULES[use.rule]
    if rule.is_lemma:
        _lemma_is_proved(use.rule, proving)
    lhs, rhs = rule.sides(*use.parameters)
    return lhs, rhs, rule.needs(*use.parameters)


_proved_lemmas: set[str] = set()


def _lemma_is_proved(name: str, proving: tuple[str, ...]) -> None:
    """Checks a lemma's own certificate, once; a lemma may not lean on itself."""
    if name in _proved_lemmas:
        return
    if name in proving:
        raise NotProved(f"the lemma {name} would lean on itself")
    from hw3.derivations.calculus.search import lemma_certificate

    rule = RULES[name]
    needs = {(kind, e) for kind, e in rule.needs(*rule.example())}
    for parameter in rule.example():
        # The proof is about any parameter that meets the conditions only if the example is nothing more.
        if parameter.operation.name != "symbol" or any((a, parameter) not in needs for a in parameter.data[2]):
            raise NotProved(f"the lemma {name} is stated of less than all its parameters")
    check(lemma_equation(name), lemma_certificate(name), (*proving, name))
    _proved_lemmas.add(name)


def lemma_equation(name: str) -> Equation:
    """A rule's statement at its example: symbols of symbolic sizes with the rule's own conditions."""
    rule = RULES[name]
    parameters = rule.example()
    lhs, rhs = rule.sides(*parameters)
    return Equation(lhs, rhs, tuple(Fact(kind, e) for kind, e in rule.needs(*parameters)))


def _multiplier(denominator: Poly, exponent: int) -> Poly:
    """The denominator to a power, as the atom that its reciprocal is: what cancels it."""
    ((factors, sizes), c) = next(iter(power(denominator, Fraction(-1)).terms.items()))
    if sizes:
        raise NotProved("a denominator that is cleared must be a single number")
    result = P.rational((1 / c) ** exponent)
    for h, e, at in factors:
        result = result * P.factor(h, at, -e * exponent)
    return result


def _discharge(conditions: Conditions, kind: str, argument: Expr) -> None:
    if not conditions.holds(kind, argument):
        raise NotProved(f"it is not known that {WORDS[kind].format(argument)}")


def _symbols(node: Expr) -> set[Expr]:
    return {n for n in walk(node) if n.operation.name == "symbol"}


def _holds(poly: Poly) -> set[tuple[int, bool]]:
    """The heads in a polynomial, each with whether it is there to a power that is not defined everywhere.

    Zero-one tensors, sizes and numbers are there for all.
    """
    held = set()
    for h, e, _ in poly.factors():
        if HEADS[h].kind not in ("delta", "block", "size", "prime", "constant"):
            held.add((h, not (isinstance(e, int) and e > 0) and not positive_head(h)))
    return held


def _held(meaning: Meaning, node: Expr) -> set[tuple[int, bool]]:
    """What everything that the node is made of holds, cancelled terms too."""
    held: set[tuple[int, bool]] = set()
    for part in walk(node):
        if not part.loose and part.operation.name not in ("normal", "index", "position"):
            held |= _holds(meaning.generic(part)[0])
    # What is there to a negative power is there to a positive one.
    return held | {(h, False) for h, _ in held}
