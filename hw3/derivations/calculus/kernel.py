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
from hw3.derivations.calculus.atoms import power
from hw3.derivations.calculus.cofactors import held_by, is_held, parts
from hw3.derivations.calculus.conditions import WORDS, Conditions
from hw3.derivations.calculus.genuine import genuine_head
from hw3.derivations.calculus.meaning import Condition, Meaning, meant
from hw3.derivations.calculus.polynomial import HEADS, Budget, Poly
from hw3.derivations.calculus.rules import RULES
from hw3.derivations.language.expression import Expr, Fresh, ShapeError, instantiate, walk
from hw3.derivations.language.sizes import Size, axes, show_shape


class NotProved(ValueError):
    """The certificate does not prove the claim; the message says why."""


@dataclass(frozen=True)
class Fact:
    """What a claim is given: a condition on an expression, or an equation."""

    kind: str
    lhs: Expr
    rhs: Expr | None = None

    def __post_init__(self) -> None:
        if self.rhs is not None and self.lhs.shape != self.rhs.shape:
            raise ShapeError("the two sides of an equation that is given must have one shape")
        if self.rhs is None and self.kind not in WORDS:
            raise ValueError(f"no condition is called {self.kind!r}: choose from {', '.join(WORDS)}")
        if any(e is not None and e.loose for e in (self.lhs, self.rhs)):
            raise ShapeError("what is given must stand alone")
        square = len(self.lhs.shape) == 2 and self.lhs.shape[0] is self.lhs.shape[1]
        if self.kind in ("invertible", "positive_definite", "symmetric") and not square:
            raise ShapeError(f"{self.lhs} is {show_shape(self.lhs.shape)}: only square matrices are {self.kind}")
        if self.kind == "untied" and meant(self.lhs).operation.name != "maxpool":
            raise ShapeError(f"{self.lhs} chooses nothing: only of a max pooling is it said that no entries tie")


@dataclass(frozen=True)
class Equation:
    """lhs = rhs for all values of the symbols, and all sizes, that meet the facts given."""

    lhs: Expr
    rhs: Expr
    given: tuple[Fact, ...] = ()

    def __post_init__(self) -> None:
        if self.lhs.shape != self.rhs.shape:
            raise ShapeError("the two sides of an equation must have one shape")
        for side in (self.lhs, self.rhs):
            if side.loose or side.operation.name in ("index", "position", "normal"):
                raise ShapeError(f"{side} is no side of an equation: it must be a number or an array, and stand alone")


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
    """What the kernel found: the conditions that the claim supposes, in words and as they are."""

    conditions: tuple[str, ...] = ()
    supposed: dict[Condition, Expr] = field(default_factory=dict)


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


def check(
    equation: Equation,
    certificate: Certificate,
    _proving: tuple[str, ...] = (),
    vanishing: frozenset[int] = frozenset(),
) -> Checked:
    """Checks the certificate. `vanishing` are heads of sizes that may be 0, though the equation does not tell.

    Raises:
        NotProved: it does not prove the equation; with the reason.
    """
    try:
        with Budget():
            return _check(equation, certificate, _proving, vanishing)
    except NotProved:
        raise
    except Exception as error:
        # Whatever a certificate made of anything can cause, it is not a proof.
        raise NotProved(str(error) or type(error).__name__) from error


def _check(equation: Equation, certificate: Certificate, proving: tuple[str, ...], above: frozenset[int]) -> Checked:
    claim = Meaning()
    left_over = difference(claim, equation)
    stated = [equation.lhs, equation.rhs, *(e for f in equation.given for e in (f.lhs, f.rhs) if e is not None)]
    scope = Scope.of(*stated)
    vanishing = above | scope.vanishing
    conditions = Conditions(Meaning(), set(claim.obligations), vanishing)
    for fact in equation.given:
        if fact.rhs is None:
            conditions.suppose(fact.kind, fact.lhs)
    transfer(conditions, certificate.transferred, equation.given, proving)
    if any(isinstance(i.data[0], Fresh) for i in scope.indices):
        raise NotProved("an index without a name")
    scope.require(*(p for use in certificate.uses for p in use.parameters), *(d for d, _ in certificate.cleared))
    # A condition is transferred for every value of the indices in it, so they need not be the claim's.
    scope.require(*(e for _, a, b, _ in certificate.transferred for e in (a, b)), own_indices=True)
    names = _symbols(equation.lhs, equation.rhs, *(e for f in equation.given for e in (f.lhs, f.rhs) if e is not None))
    # A cofactor may hold what the claim and the rules' instances hold, and nothing whose existence is new.
    held = held_by(claim, equation.lhs, vanishing) | held_by(claim, equation.rhs, vanishing)
    instance = Meaning()
    for denominator, exponent in certificate.cleared:
        _discharge(conditions, "nonzero", denominator)
        left_over = left_over * _multiplier(instance(denominator), exponent)
    for use in certificate.uses:
        if not _symbols(*use.parameters) <= names:
            raise NotProved(f"the rule {use.rule} is used at a name that the claim does not have")
        lhs, rhs, needs = _instance(equation, use, conditions, proving)
        for kind, argument in needs:
            _discharge(conditions, kind, argument)
        held |= held_by(instance, lhs, vanishing) | held_by(instance, rhs, vanishing)
        cofactor = _validated(use.cofactor, scope)
        if not all(is_held(part, held, vanishing) for part in parts(cofactor, True, vanishing)):
            raise NotProved(f"a cofactor of {use.rule} holds what neither the claim nor the rule has")
        left_over = left_over - contribution(instance, lhs, rhs, cofactor)
    for (kind, _), argument in instance.obligations.items():
        _discharge(conditions, kind, argument)
    if not left_over.is_zero:
        raise NotProved("the two sides and the rules leave a difference")
    declared = Conditions(Meaning(), set(), vanishing)
    transfer(declared, certificate.transferred, equation.given, proving)
    open_ = {c: e for c, e in claim.obligations.items() if not declared.holds(c[0], e)}
    return Checked(tuple(dict.fromkeys(WORDS[kind].format(e) for (kind, _), e in open_.items())), open_)


def transfer(
    conditions: Conditions, transferred: Transferred, given: tuple[Fact, ...], proving: tuple[str, ...] = ()
) -> None:
    """Adds the conditions that hold of an argument because they hold of something equal to it.

    What that equality supposes must hold already, or the argument would vouch for itself.
    """
    for kind, argument, other, proof in transferred:
        if kind == "untied":
            raise NotProved("poolings of equal values may choose in other windows")
        inner = check(Equation(argument, other, given), proof, proving, conditions.vanishing)
        for (inner_kind, _), supposed in inner.supposed.items():
            _discharge(conditions, inner_kind, supposed)
        _discharge(conditions, kind, other)
        # It was shown of any value of the user's indices that what is given does not speak of.
        free = (
            Scope.of(argument).indices & Scope.of(*(e for f in given for e in (f.lhs, f.rhs) if e is not None)).indices
        )
        conditions.suppose(kind, argument, everywhere=not free)


@dataclass
class Scope:
    """The sizes, positions and indices that a claim speaks of.

    A claim is about sizes at which all of them exist: an axis of n - k + 1 says that there is one, a second
    entry that there are two. A proof may not bring others. A padding may be 0, if no axis is as long.
    """

    sizes: set[Size] = field(default_factory=set)
    borders: set[Size] = field(default_factory=set)
    positions: set[Expr] = field(default_factory=set)
    indices: set[Expr] = field(default_factory=set)

    @classmethod
    def of(cls, *nodes: Expr) -> Scope:
        found = cls()
        for part in (n for node in nodes for n in walk(node)):
            found.sizes.update(part.shape)
            found.borders.update(part.operation.borders(part))
            name = part.operation.name
            if name in ("index", "position", "sum", "array_of", "product_over"):
                found.sizes.add(part.data[1])
            if name == "position":
                found.positions.add(part)
            if name == "index":
                found.indices.add(part)
        return found

    @property
    def vanishing(self) -> frozenset[int]:
        """The heads of names of sizes that may be 0: those of borders, but for the factors of an axis."""
        axes_of = {name for n in self.sizes if len(n.terms) == 1 for name in n.names}
        return frozenset(P.head_number("size", name) for n in self.borders for name in n.names if name not in axes_of)

    def exists(self, size: Size) -> bool:
        """Whether an axis of this size has an entry wherever the claim speaks."""
        zero = self.vanishing
        for_sure = any(not {P.head_number("size", name) for name, _ in powers} & zero for powers, _ in size.terms)
        return size in self.sizes or (size.is_surely_positive and for_sure)

    def require(self, *nodes: Expr, own_indices: bool = False) -> None:
        """Raises NotProved if the nodes speak of a size, position or index that is new and need not exist."""
        other = Scope.of(*nodes)
        for size in other.sizes - self.sizes:
            if not self.exists(size):
                raise NotProved(f"a size {size} that the claim does not speak of")
        for position in other.positions - self.positions:
            self.require_position(position.data[0], position.data[1])
        if other.indices - self.indices and not own_indices:
            raise NotProved("an index that the claim does not have")

    def require_position(self, k: int, size: Size) -> None:
        known = any(p.data[1] is size and p.data[0] >= k for p in self.positions)
        if k and not known and not (size.is_literal and k < size.literal):
            raise NotProved(f"the entry {k + 1} of {size}, of which the claim does not speak")


def _instance(
    equation: Equation, use: Use, conditions: Conditions, proving: tuple[str, ...]
) -> tuple[Expr, Expr, tuple[tuple[str, Expr], ...]]:
    """The two sides of a rule at a use's parameters, and the conditions that it needs."""
    if use.rule.startswith("given:"):
        fact = [f for f in equation.given if f.rhs is not None][int(use.rule.removeprefix("given:"))]
        assert fact.rhs is not None
        return fact.lhs, fact.rhs, ()
    if use.rule == "congruence":
        context, a, b = use.parameters
        if use.inside is None or a.loose or b.loose or context.loose > 1 or a.shape != b.shape:
            raise NotProved("a congruence without the proof that its sides are equal")
        inner = check(Equation(a, b, equation.given), use.inside, proving, conditions.vanishing)
        for (kind, _), supposed in inner.supposed.items():
            _discharge(conditions, kind, supposed)
        return instantiate(context, a), instantiate(context, b), ()
    rule = RULES[use.rule]
    if rule.is_lemma:
        _lemma_is_proved(use.rule, proving)
    (lhs, rhs), needs = rule.at(*use.parameters)
    return lhs, rhs, needs


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
    sizes = {n for parameter in rule.example() for n in parameter.shape}
    if len(set(rule.example())) < len(rule.example()) or any(str(n) not in n.names for n in sizes):
        raise NotProved(f"the lemma {name} is stated of less than all its parameters")
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


def _require_index(index: P.FreeIndex, scope: Scope) -> None:
    """Raises NotProved unless a cofactor may have the index: a place, an axis, or one of the claim's own."""
    kind, name = index.name
    if kind == "position":
        scope.require_position(name, P.SIZES[index.size])
    elif kind == "index":
        if not any(i.data == (name, P.SIZES[index.size]) for i in scope.indices):
            raise NotProved("an index that the claim does not have")
    elif kind not in ("place", "claim"):
        raise NotProved("an index that no cofactor has")


def _multiplier(denominator: Poly, exponent: int) -> Poly:
    """The denominator to a power, as the atom that its reciprocal is: what cancels it."""
    terms = list(power(denominator, Fraction(-1)).terms.items())
    if len(terms) != 1 or terms[0][0][1] or not isinstance(exponent, int) or not 1 <= exponent <= P.LARGEST_POWER:
        raise NotProved("a denominator that is cleared must be a single number, to a natural power")
    (((factors, _), c),) = terms
    result = P.rational((1 / c) ** exponent)
    for h, e, at in factors:
        result = result * P.factor(h, at, -e * exponent)
    return result


def _discharge(conditions: Conditions, kind: str, argument: Expr) -> None:
    if not conditions.holds(kind, argument):
        raise NotProved(f"it is not known that {WORDS[kind].format(argument)}")


def _symbols(*nodes: Expr) -> set[Expr]:
    return {n for node in nodes for n in walk(node) if n.operation.name == "symbol"}


def _validated(cofactor: Poly, scope: Scope) -> Poly:
    """The cofactor in normal form, if it is well made: exact coefficients, genuine heads, indices that fit."""
    total = P.ZERO
    for i in cofactor.free():
        _require_index(P.described(i), scope)
    for (factors, sizes), c in cofactor.terms.items():
        if not all(scope.exists(P.SIZES[n]) for n in sizes):
            raise NotProved("a cofactor with a sum over a size that the claim does not speak of")
        if not isinstance(c, Fraction) or set(range(len(sizes))) != {i for _, _, at in factors for i in at if i >= 0}:
            raise NotProved("a cofactor that is not a polynomial")
        freed = {d: P.fresh_index(n) for d, n in enumerate(sizes)}
        term = P.rational(c)
        for h, e, at in factors:
            at = tuple(freed.get(i, i) for i in at)
            fits = tuple(P.described(i).size for i in at) == HEADS[h].sizes
            if not fits or type(e) not in (int, Fraction) or not genuine_head(h):
                raise NotProved("a cofactor that is not a polynomial")
            term = term * P.factor(h, at, e)
        total = total + (term.summed(*freed.values()) if freed else term)
    return total
