"""What names stand for, scope within scope.

A binding says how certain it is. What was declared or defined may refute a line; what is known by a default, a guess
or on trust may not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Shape, Size
from hw3.derivations.latex import surface as s
from hw3.derivations.operations.leaves import symbol

# Words that are understood of some names: of sizes, of numbers, of symmetric matrices, of what a law has.
WHOLE = frozenset({"integer", "integers", "natural"})
LABELS = frozenset({"label", "labels"})
SYMMETRIC = frozenset({"covariance", "covariances", "gram", "kernel", "hessian"})
OF_LAWS = frozenset((
    "mean", "means", "variance", "variances", "covariance", "covariances", "precision", "distribution",
    "distributions", "density", "densities", "law", "laws", "normal", "gaussian", "gaussians", "deviation",
    "standard", "distributed", "normally", "multivariate", "univariate", "random", "independent",
    "identically", "iid", "moments", "follow",
))  # fmt: skip
OF_SOME = WHOLE | LABELS | SYMMETRIC | OF_LAWS

Certainty = Literal["declared", "law", "trusted", "default"]


@dataclass
class Binding:
    """What a name stands for: `place` is where it was said."""

    key: str
    place: int
    certainty: Certainty = "declared"


@dataclass
class Variable(Binding):
    """A number or an array. Of a family x_1, ..., x_n the first axis counts the members.

    `values` are those of a finite set; `law` is the node of a law it follows.
    """

    shape: Shape = ()
    assumptions: set[str] = field(default_factory=set)
    family: bool = False
    values: tuple[Fraction, ...] = ()
    law: s.Node | None = None
    random: bool = False
    mean: s.Node | None = None  # of what is random and has no law
    variance: s.Node | None = None
    member: str = ""  # the i of E[X_i] = ..., by which these speak of a family's members
    since: dict[str, int] = field(default_factory=dict)  # the sentences from which on assumptions hold
    origin: Variable | None = field(default=None, repr=False)  # the variable of an outer scope that it is

    def copies(self, other: Variable) -> bool:
        """Whether it is another variable, of which more is assumed in an inner scope."""
        origin = self.origin
        while origin is not None and origin is not other:
            origin = origin.origin
        return origin is other

    def assume(self, kind: str, sentence: int) -> None:
        """Adds an assumption, which holds from a sentence on."""
        if kind not in self.assumptions:
            self.assumptions.add(kind)
            self.since[kind] = sentence

    def later(self, place: int) -> bool:
        """Whether more is assumed of it behind a place."""
        return any(since > place for kind, since in self.since.items() if kind in self.assumptions)

    def symbol(self, place: int | None = None) -> Expr:
        """The variable with what is assumed of it where it is read."""
        kept = {k for k in self.assumptions if place is None or self.since.get(k, 0) <= place}
        if "positive_definite" in kept:
            kept.discard("invertible")
        return symbol(self.key, self.shape, *sorted(kept))


@dataclass
class Generic(Binding):
    """A function R -> R of which nothing is known, applied entry by entry."""


@dataclass
class Definition(Binding):
    """name(params) = body, or name_{indices} = body; elaborated where it was written."""

    params: tuple[s.Node, ...] = ()
    indices: tuple[s.Node, ...] = ()
    body: s.Node = field(default_factory=lambda: s.Empty(0, 0))
    scope: Scope | None = None
    declared: Shape | None = None
    since: int = 0  # where its sentence begins
    before: Variable | None = None  # what the name was declared as, which it is in what stands before


@dataclass
class SizeName(Binding):
    """A dimension."""

    size: Size = field(default_factory=lambda: Size.of(1))


@dataclass
class IndexName(Binding):
    """An index, with the range it was declared to have."""

    range: Size = field(default_factory=lambda: Size.of(1))


@dataclass
class LawName(Binding):
    """P in `P: X ~ N(mu, Sigma)`, or p in p(x) = N(x; mu, Sigma)."""

    law: s.Node = field(default_factory=lambda: s.Empty(0, 0))
    scope: Scope | None = None


@dataclass
class Poisoned(Binding):
    """A name of which something was said that was not understood: it refutes nothing, and nothing with it is read."""

    why: str = ""


@dataclass
class Constraint:
    """Something assumed: an equation (`kind` "="), an order, a sign; read in its scope."""

    kind: str
    left: s.Node
    right: s.Node | None
    place: int


class Scope:
    """Names and assumptions, inside an outer scope."""

    def __init__(self, outer: Scope | None = None, kind: str = "document") -> None:
        self.outer, self.kind = outer, kind
        self.sentence = 0  # where the sentence begins that is read now
        self.of_every = False  # whether what is said now of an entry x_i is said of every one
        self.names: dict[str, Binding] = {}
        self.constraints: list[Constraint] = []
        self.singular: set[str] = set()  # the matrices that are said to have no inverse
        self.laws: list[tuple[s.Node | None, s.Node, Scope]] = []  # what follows which law
        self.later: list[tuple[str, tuple[str, ...], int]] = []  # said of names that are not declared yet
        self.later_scalars: list[tuple[str, int]] = []
        self.governed: dict[str, set[str]] = {}  # the laws P, Q that a random variable X may have
        self.vectors: list[str] = []  # random vectors whose dimension is not stated
        self.independent: list[frozenset[str]] = []  # random variables that are independent, all of a set together
        self.identical: list[frozenset[str]] = []  # and those of one law
        self.moments: list[tuple[s.Node, s.Node]] = []  # the mean and the covariance of the random variable here
        self.suspect_from: dict[str, int] = {}
        self.suspect: set[str] = set()  # names of which something was said that was not understood
        self.unread: dict[str, str] = {}  # the first word that was not understood of a name
        self.said: dict[str, set[str]] = {}  # words that are understood of some names only: a mean, an integer
        self.doubted: list[int] = []  # from where on more is said of what is not named
        self.notation: list[
            tuple[int, str]
        ] = []  # sentences that give a notation another meaning, and where they begin
        self.released: int | None = None  # up to where orders and equations that were assumed hold no more

    def constrain(self, kind: str, left: s.Node, right: s.Node | None, node: s.Node) -> None:
        """Adds something that is assumed."""
        self.constraints.append(Constraint(kind, left, right, self.sentence))

    def own(self, variable: Variable) -> Variable:
        """The variable as one of this scope: what is assumed of it here does not reach outside."""
        if self.names.get(variable.key) is not variable:
            kinds, since = set(variable.assumptions), dict(variable.since)
            own = replace(variable, assumptions=kinds, since=since, origin=variable)
            self.names[variable.key] = own
            return own
        return variable

    def laws_of(self, key: str) -> set[str]:
        """The names of the laws that a variable may have."""
        outer = self.outer.laws_of(key) if self.outer is not None else set()
        return outer | self.governed.get(key, set())

    def unsign(self, keys: Collection[str]) -> None:
        """Takes from names what was assumed of their signs."""
        for key in keys:
            found = self.find(key)
            if isinstance(found, Variable) and found.assumptions & {"positive", "nonnegative"}:
                self.own(found).assumptions -= {"positive", "nonnegative"}

    def doubt(self, keys: set[str], place: int) -> None:
        """Makes names suspect from a place on: an equation was set or assumed there that is none of all values."""
        home = self.outer if self.kind in ("sentence", "row", "item") and self.outer is not None else self
        for key in keys:
            home.suspect_from[key] = min(place, home.suspect_from.get(key, place))

    def is_suspect(self, key: str, place: int = 1 << 60) -> bool:
        """Whether something was said of a name, up to a place, that was not understood."""
        scope: Scope | None = self
        said: set[str] = set()
        while scope is not None:
            if key in scope.suspect or scope.suspect_from.get(key, place + 1) <= place:
                return True
            if any(start <= place for start in scope.doubted):
                return True
            said |= scope.said.get(key, set())
            scope = scope.outer
        return any(not self._fits(word, key) for word in said)

    def unread_of(self, key: str) -> str:
        """The first word said of a name that is not understood, or ""."""
        here = self.unread.get(key, "")
        if not here:
            here = next((w for w in sorted(self.said.get(key, ())) if not self._fits(w, key)), "")
        return here or ("" if self.outer is None else self.outer.unread_of(key))

    def _fits(self, word: str, key: str) -> bool:
        """Whether a word says of a name no more than is known of it."""
        found = self.find(key)
        known = found.assumptions if isinstance(found, Variable) else set()
        if word in WHOLE:
            return isinstance(found, SizeName | IndexName)
        if word in LABELS:
            return isinstance(found, Variable) and (not found.shape or bool(found.values))
        if word in SYMMETRIC and known & {"symmetric", "positive_definite"}:
            return True
        if word not in OF_LAWS:
            return False
        if isinstance(found, Definition | LawName) or (found is not None and found.certainty == "law"):
            return True
        return (isinstance(found, Variable) and (found.random or found.law is not None)) or self._in_a_law(key)

    def _in_a_law(self, key: str) -> bool:
        """Whether a name is a parameter of a law that is stated."""
        if any(s.key(n) == key for _, stated, _ in self.laws for n in s.walk(stated)):
            return True
        return self.outer is not None and self.outer._in_a_law(key)

    def together(self, keys: Collection[str], kind: Literal["independent", "identical"] = "independent") -> bool:
        """Whether random variables are said to be independent of each other, or of one law."""
        every = self.all_independent() if kind == "independent" else self.all_identical()
        return any(found.issuperset(keys) for found in every)

    def all_independent(self) -> Iterator[frozenset[str]]:
        yield from self.independent
        if self.outer is not None:
            yield from self.outer.all_independent()

    def all_identical(self) -> Iterator[frozenset[str]]:
        yield from self.identical
        if self.outer is not None:
            yield from self.outer.all_identical()

    def renamed(self, place: int) -> str:
        """The sentence that gives a notation another meaning up to a place, or ""."""
        here = next((text for start, text in self.notation if start <= place), "")
        return here or ("" if self.outer is None else self.outer.renamed(place))

    def is_singular(self, key: str) -> bool:
        """Whether a matrix is said to have no inverse."""
        return key in self.singular or (self.outer is not None and self.outer.is_singular(key))

    def functions(self, key: str) -> list[Definition]:
        """The functions of this name, by the number of their arguments; the innermost scope that has any."""
        scope: Scope | None = self
        while scope is not None:
            here = [b for n, b in scope.names.items() if n.startswith(key + "/") and isinstance(b, Definition)]
            if here:
                return here
            scope = scope.outer
        return []

    def find(self, key: str) -> Binding | None:
        """The binding of a name, the innermost first."""
        scope: Scope | None = self
        while scope is not None:
            if key in scope.names:
                return scope.names[key]
            scope = scope.outer
        return None

    def knows(self, key: str | None) -> bool:
        """Whether a name, or a function of that name, is bound."""
        return key is not None and (self.find(key) is not None or bool(self.functions(key)))

    def all_constraints(self) -> Iterator[Constraint]:
        scope: Scope | None = self
        released = -1
        while scope is not None:
            yield from (c for c in scope.constraints if c.place > released)
            released = max(released, -1 if scope.released is None else scope.released)
            scope = scope.outer

    def all_later(self) -> Iterator[tuple[str, tuple[str, ...], int]]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.later
            scope = scope.outer

    def all_names(self) -> dict[str, Binding]:
        inherited = self.outer.all_names() if self.outer is not None else {}
        return {**inherited, **self.names}

    def bind(self, binding: Binding) -> None:
        """Binds a name here. What is known twice, and differently, is known no more.

        A sentence, or an item, keeps to itself what it assumes of known names; a new name is for what follows too.
        """
        inner = self.kind in ("sentence", "item")
        if inner and self.outer is not None and self.outer.find(binding.key) is None:
            self.outer.bind(binding)
            return
        old = self.names.get(binding.key)
        if old is not None and not isinstance(old, Poisoned) and not _agree(old, binding):
            why = f"{binding.key} is said to be two things here"
            self.names[binding.key] = Poisoned(binding.key, binding.place, why=why)
        else:
            self.names[binding.key] = _merged(old, binding)


def _agree(old: Binding, new: Binding) -> bool:
    if old.certainty == "default" or (isinstance(old, Variable) and isinstance(new, Definition)):
        return True  # an equation for a symbol that was merely declared defines it
    if isinstance(old, Variable) and isinstance(new, Variable):
        return old.shape == new.shape and old.family == new.family
    if isinstance(old, SizeName) and isinstance(new, SizeName):
        return old.size is new.size
    if isinstance(old, IndexName) and isinstance(new, IndexName):
        return old.range is new.range
    if isinstance(old, Definition) and isinstance(new, Definition):
        return s.same(old.body, new.body) and len(old.params) == len(new.params) and old.indices == new.indices
    return isinstance(old, Generic) and isinstance(new, Generic)


def _merged(old: Binding | None, new: Binding) -> Binding:
    if isinstance(old, Variable) and isinstance(new, Variable) and old.shape == new.shape:
        new.assumptions |= old.assumptions
        new.since = {**old.since, **new.since}
        new.values = new.values or old.values
        new.law = new.law or old.law
        new.random |= old.random
        new.mean, new.variance = new.mean or old.mean, new.variance or old.variance
        new.member = new.member or old.member
    if isinstance(old, Variable) and isinstance(new, Definition):
        new.declared, new.before = old.shape, old
    return new
