"""The elaborator: from what stands in a formula to what it means.

One elaborator reads one relation of a document. It records which names it used and how certain they are, the
conventions that it leaned on, and the places where it had a choice; those who judge read once for each choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

from hw3.derivations.language.expression import Expr, ShapeError, make, walk
from hw3.derivations.language.sizes import ONE, Shape, Size, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict, Undeclared
from hw3.derivations.latex.holes import Holes
from hw3.derivations.latex.scope import (
    Binding,
    Definition,
    Generic,
    IndexName,
    LawName,
    Poisoned,
    Scope,
    SizeName,
    Variable,
)
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import abbreviation, hadamard, negative, number, ones, product, size, zeros
from hw3.derivations.operations.arithmetic import ADD

MOST_STEPS = 20_000  # nodes elaborated for one relation


Choice = tuple[str, int]  # what there is to choose, and the place


@dataclass
class Defined:
    """What a definition was read as: its value, its parameters, and the reader, who knows what it leaned on."""

    value: Expr
    arguments: tuple[Expr, ...]
    reader: Elaborator


@dataclass
class Reading:
    """One reading of one relation: `choices` says which way to take at a place, the first where it doesn't say.

    A relation never teaches another what a size is, so holes and the values of definitions live as long as this.
    """

    choices: dict[Choice, int] = field(default_factory=dict)
    place: int = 1 << 60  # of the link that is read: what is assumed behind it does not hold there
    asked: dict[Choice, int] = field(default_factory=dict)
    holes: Holes = field(default_factory=Holes)
    defaults: dict[str, Variable] = field(default_factory=dict)  # what undeclared names are taken for
    layout: str = "numerator"  # or "denominator" (Jacobians transposed), or "rows" (gradients of scalars are rows)
    told: dict[str, None] = field(default_factory=dict)  # conditions, in words
    facts: list[tuple[str, Expr, Expr | None]] = field(default_factory=list)  # what generic laws bring
    definitions: dict[int, Defined | None] = field(default_factory=dict)  # by identity; None while it is read


class Elaborator:
    """Reads the formulas of one scope."""

    def __init__(self, scope: Scope, reading: Reading | None = None, used_in: Scope | None = None) -> None:
        self.scope = scope
        self.used_in = used_in  # where a definition is used that is read here
        self.reading = reading if reading is not None else Reading()
        self.holes = self.reading.holes
        self.local: dict[str, Expr] = {}  # bound variables, indices, parameters
        self.free: dict[str, Expr] = {}  # free indices, universally quantified
        self.offsets: dict[str, Size] = {}  # of indices that do not count from 1
        self.used: dict[str, Binding] = {}
        self.guesses: dict[str, None] = {}  # conventions that nobody stated
        self.parameters: set[Expr] = set()  # of the function whose definition is read
        self.soft: dict[str, None] = {}  # conventions that no error of type is laid to
        self.layout = False  # whether a Jacobian's shape is leaned on
        self.steps = 0
        self.deep = 0  # functions that stand without brackets within one another

    # --- values ---------------------------------------------------------------------------------------

    def __call__(self, node: s.Node) -> Expr:
        """The expression that a node stands for.

        Raises:
            ReadingError: it is not read.
        """
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise ReadingError("this formula is too long to be read", node.place)
        rule = _RULES.get(type(node))
        if rule is None:
            raise ReadingError(f"{_kind(node)} is not expected here", node.place)
        try:
            return self.holes.settle(rule(self, node))
        except ShapeError as error:
            raise ShapeConflict(str(error), node.place) from error

    def choose(self, what: str, node: s.Node, options: int) -> int:
        """Which of the readings of a place is taken now."""
        key = (what, node.place)
        self.reading.asked[key] = options
        return self.reading.choices.get(key, 0)

    def guess(self, told: str) -> None:
        """Leans on a convention that is not stated: what is read so refutes nothing."""
        self.guesses[told] = None

    @contextmanager
    def binding(self, **_: object) -> Iterator[None]:
        """Keeps the bound names of the inside to itself."""
        before, offsets = dict(self.local), dict(self.offsets)
        try:
            yield
        finally:
            self.local, self.offsets = before, offsets

    def within(self, scope: Scope | None) -> Elaborator:
        """What reads a definition of a scope, as it is used here."""
        return Elaborator(scope or self.scope, self.reading, self.used_in or self.scope)

    # --- names ----------------------------------------------------------------------------------------

    def find(self, key: str) -> Binding | None:
        """The binding of a name. In a definition, its variables are with what is assumed of them where it is used."""
        found = self.scope.find(key)
        if self.used_in is not None and isinstance(found, Variable):
            there = self.used_in.find(key)
            if isinstance(there, Variable) and there.copies(found):
                return there
        return found

    def lookup(self, key: str | None) -> Binding | Expr | None:
        """What a name stands for here: a bound variable, or a binding."""
        if key is None:
            return None
        if key in self.local:
            return self.local[key]
        found = self.find(key) or self.reading.defaults.get(key)
        if isinstance(found, Poisoned):
            raise ReadingError(found.why, found.place)
        if found is not None:
            self.used[key] = found
            if found.certainty == "trusted":
                self.guess(f"the definition of {key} is taken on trust")
            elif self.scope.is_suspect(key, self.reading.place):
                word = self.scope.unread_of(key)
                if word:
                    self.guess(f"what is said of {key} is not read: '{word}'")
                else:
                    self.guess(f"something is assumed of {key} that is not read")
            elif found.certainty == "default":
                self.guess(f"{key} is not declared")
        return found

    def known(self, key: str | None) -> bool:
        return key is not None and (
            key in self.local
            or self.find(key) is not None
            or bool(self.scope.functions(key))
            or key in self.reading.defaults
        )

    def named(self, key: str, node: s.Node) -> Expr | None:
        """The value of a name, if it is one that has a value."""
        found = self.lookup(key)
        match found:
            case None:
                return self.constant_function(key, node) or self.value_of_random(key)
            case Expr():
                return found
            case Variable():
                return self.variable(found)
            case SizeName():
                return size(found.size)
            case Definition():
                if found.before is not None and found.since > self.reading.place:
                    self.guess(f"{key} is defined later")
                    return self.variable(found.before)
                return self.defined(found, node)
            case IndexName():
                return self.free_index(key, found.range)
            case Generic():
                raise ReadingError(f"{key} is a function, and stands here without an argument", node.place)
            case LawName():
                raise ReadingError(f"{key} is a law, and no number", node.place)
        return None

    def variable(self, found: Variable) -> Expr:
        """A variable with what is assumed of it up to the place that is read."""
        if found.later(self.reading.place):
            self.guess(f"more is assumed of {found.key} later")
        return found.symbol(self.reading.place)

    def value_of_random(self, key: str) -> Expr | None:
        """x, where X is a random variable and x is not declared: a value of it."""
        if len(key) == 1 and key.islower():
            found = self.find(key.upper())
            if isinstance(found, Variable) and (found.random or self.scope.laws_of(key.upper())):
                self.used[found.key] = found
                self.guess(f"{key} is read as a value of {found.key}")
                return self.variable(found)
        return None

    def constant_function(self, key: str, node: s.Node) -> Expr | None:
        """f for f(x), where f(x) = ... is defined for one list of arguments."""
        functions = self.scope.functions(key)
        if not functions:
            return None
        if len(functions) > 1:
            raise Ambiguous(f"{key} is defined for different numbers of arguments", node.place)
        self.lookup(functions[0].key)
        return self.defined(functions[0], node)

    def defined(self, definition: Definition, node: s.Node) -> Expr:
        """The value of a definition, under its name."""
        value = self.holes.settle(self.definition(definition, node).value)
        return value if value.operation.name == "normal" else abbreviation(definition.key.split("/")[0], value)

    def definition(self, definition: Definition, node: s.Node) -> Defined:
        """What a definition was read as; this reader leans on what it leans on."""
        from hw3.derivations.latex.elaboration.definitions import define

        known = self.reading.definitions
        if id(definition) not in known:
            known[id(definition)] = None
            try:
                known[id(definition)] = define(self, definition, node)
            except ReadingError:
                del known[id(definition)]
                raise
        found = known[id(definition)]
        if found is None:
            raise ReadingError(f"the definition of {definition.key.split('/')[0]} goes round in a circle", node.place)
        self.used.update(found.reader.used)
        self.guesses.update(found.reader.guesses)
        self.layout |= found.reader.layout
        return found

    def free_index(self, key: str, n: Size | None = None) -> Expr:
        """A free index: the same wherever it occurs in the relation."""
        from hw3.derivations.operations import index

        if key not in self.free:
            self.free[key] = index(key, n if n is not None else self.holes.fresh())
        self.free[key] = self.holes.settle(self.free[key])
        return self.free[key]

    # --- one shape ------------------------------------------------------------------------------------

    def alike(self, values: list[Expr], node: s.Node, what: str = "a sum") -> list[Expr]:
        """The values in one shape: literal numbers are spread over arrays, holes are filled.

        Raises:
            ShapeConflict: they have different shapes.
        """
        from hw3.derivations.latex.elaboration.images import spread_bias

        values = [self.holes.settle(v) for v in values]
        if what == "a sum":
            values = spread_bias(values)
        arrays = [v for v in values if v.shape]
        if not arrays:
            return values
        for other in arrays[1:]:
            if not self.holes.unify_shapes(arrays[0].shape, other.shape):
                one, two = show_shape(arrays[0].shape), show_shape(other.shape)
                raise ShapeConflict(f"{what} of {one} and {two}", node.place, (arrays[0].shape, other.shape))
        shape = self.holes.shape(arrays[0].shape)
        return [self.spread(self.holes.settle(v), shape, node, what) for v in values]

    def spread(self, value: Expr, shape: Shape, node: s.Node, what: str = "a sum") -> Expr:
        """A literal number as an array that is it everywhere."""
        if value.shape == shape:
            return value
        literal = literal_value(value)
        if value.shape or literal is None:
            told = f"{what} of {show_shape(value.shape)} and {show_shape(shape)}"
            raise ShapeConflict(told, node.place, (value.shape, shape))
        if literal == 0:
            return zeros(*shape) if len(shape) <= 2 else make(zeros(1).operation, (), (0, shape))
        filled = ones(*shape)
        return filled if literal == 1 else negative(filled) if literal == -1 else product(number(literal), filled)

    def multiply(self, factors: list[Expr], node: s.Node) -> Expr:
        """The matrix product of the factors, from the left; else by the brackets that let it type."""
        factors = [self.holes.settle(f) for f in factors]
        if len(factors) == 1:
            return factors[0]
        done = self._layers(factors, node) if any(len(f.shape) > 2 for f in factors) else self._folded(factors)
        if done is None:
            done = self._bracketed(factors, node)
        return done

    def _layers(self, factors: list[Expr], node: s.Node) -> Expr | None:
        """The product where arrays of more than two axes are among the factors, or None."""
        from hw3.derivations.latex.elaboration.images import layer

        total = factors[0]
        for f in factors[1:]:
            arrays = total.shape and f.shape and max(len(total.shape), len(f.shape)) > 2
            found = layer(self, total, f, node) if arrays else self._folded([total, f])
            if found is None:
                return None
            total = found
        return total

    def _folded(self, factors: list[Expr]) -> Expr | None:
        shape = factors[0].shape
        for f in factors[1:]:
            f = self.holes.settle(f)
            joined = self._joined(self.holes.shape(shape), f.shape)
            if joined is None:
                return None
            shape = joined
        return product(*(self.holes.settle(f) for f in factors))

    def _joined(self, left: Shape, right: Shape) -> Shape | None:
        """The shape of a product, or None if there is none."""
        from hw3.derivations.language.sizes import shape_of

        if not left or not right:
            return left or right
        if len(left) > 2 or len(right) > 2:
            return None
        (m, n), (p, q) = (*left, ONE)[:2], (*right, ONE)[:2]
        if n is not p and (n is ONE or p is ONE or not self.holes.unify(n, p)):
            return None
        return shape_of(self.holes.size(m), self.holes.size(q))

    def _bracketed(self, factors: list[Expr], node: s.Node) -> Expr:
        """The product by another bracketing, of which there must be one: A x^T x is A (x^T x)."""
        n = len(factors)
        if n <= 8:
            typed: dict[tuple[int, int], Expr] = {(k, k + 1): f for k, f in enumerate(factors)}
            for width in range(2, n + 1):
                for i in range(n - width + 1):
                    for k in range(i + width - 1, i, -1):
                        a, b = typed.get((i, k)), typed.get((k, i + width))
                        if a is None or b is None:
                            continue
                        if self._joined(a.shape, b.shape) is not None:
                            typed[i, i + width] = product(self.holes.settle(a), self.holes.settle(b))
                            break
            if (0, n) in typed:
                return typed[0, n]
        shape = factors[0].shape
        for k, f in enumerate(factors[1:], 1):
            joined = self._joined(shape, f.shape)
            if joined is None:
                left, right = show_shape(shape), show_shape(f.shape)
                raise ShapeConflict(f"no product of {left} and {right}", node.place, (shape, f.shape))
            shape, _ = joined, k
        raise ShapeConflict("a product that does not type", node.place)

    def elementwise(self, factors: list[Expr], node: s.Node) -> Expr:
        """The elementwise product; a scalar scales."""
        factors = [self.holes.settle(f) for f in factors]
        scalars = [f for f in factors if not f.shape]
        arrays = self.alike([f for f in factors if f.shape], node, "an elementwise product")
        if not arrays:
            return product(*scalars)
        whole = hadamard(*arrays) if len(arrays) > 1 else arrays[0]
        return product(*scalars, whole) if scalars else whole


def literal_value(value: Expr) -> Fraction | None:
    """The number that a literal is, or None."""
    name = value.operation.name
    if name == "number":
        return value.data
    if name == "negative":
        inner = literal_value(value.args[0])
        return None if inner is None else -inner
    if name == "quotient":
        a, b = (literal_value(x) for x in value.args)
        return None if a is None or not b else a / b
    return None


def occurs(leaf: Expr, body: Expr) -> bool:
    return any(n is leaf for n in walk(body))


def _kind(node: s.Node) -> str:
    return {
        s.Empty: "nothing",
        s.Words: "text",
        s.Sequence: "a list",
        s.Relation: "a relation",
        s.Implication: "an implication",
    }.get(type(node), type(node).__name__.lower())


N = TypeVar("N", bound=s.Node)
_RULES: dict[type, Callable[[Elaborator, Any], Expr]] = {}


def rule(kind: type[s.Node]) -> Callable[[Callable[[Elaborator, N], Expr]], Callable[[Elaborator, N], Expr]]:
    """Registers how a kind of node is elaborated."""

    def register(f: Callable[[Elaborator, N], Expr]) -> Callable[[Elaborator, N], Expr]:
        _RULES[kind] = f
        return f

    return register


@rule(s.Number)
def number_of(e: Elaborator, node: s.Number) -> Expr:
    if len(node.text) > 200:
        raise ReadingError("a number of more than 200 digits is not read", node.place)
    if len(node.text.partition(".")[2]) > 2:
        e.guess(f"{node.text} is read as exact")
    return number(Fraction(node.text))


def _reaching(e: Elaborator, node: s.Sum) -> s.Sum:
    r"""The sum, where an operator in it may reach further: d/dx x^2 + x, \sum_i x_i + y_i.

    It may if what follows speaks of its variable or its index; then both readings are taken.
    """
    from hw3.derivations.latex.elaboration.operators import occurs_free, reaches

    for k, item in enumerate(node.items[:-1]):
        names = reaches(item)
        behind = node.items[k + 1 :]
        if names and any(occurs_free(b, names) for b in behind) and e.choose("reach", item, 2) == 1:
            rest = s.Sum(item.place, node.end, ("", *node.signs[k + 1 :]), (_without_head(item), *behind))
            whole = s.Juxt(item.place, node.end, (_head_of(item), s.Fence(item.place, node.end, "(", ")", rest)))
            return s.Sum(node.place, node.end, node.signs[: k + 1], (*node.items[:k], whole))
    return node


def _head_of(item: s.Node) -> s.Node:
    return (
        item.items[0] if isinstance(item, s.Juxt) else _head_of(item.items[0]) if isinstance(item, s.Product) else item
    )


def _without_head(item: s.Node) -> s.Node:
    if isinstance(item, s.Product):
        return s.Product(item.place, item.end, (_without_head(item.items[0]), *item.items[1:]), item.ops)
    assert isinstance(item, s.Juxt)
    return item.items[1] if len(item.items) == 2 else s.Juxt(item.items[1].place, item.end, item.items[1:])


@rule(s.Sum)
def sum_of(e: Elaborator, node: s.Sum) -> Expr:
    from hw3.derivations.latex.elaboration.lists import summed

    if (found := summed(e, node)) is not None:
        return found
    node = _reaching(e, node)
    values = []
    for sign, item in zip(node.signs, node.items, strict=True):
        if sign not in ("", "+", "-"):
            raise Ambiguous(f"{sign} says two things at once", item.place)
        value = e(item)
        values.append(negative(value) if sign == "-" else value)
    values = e.alike(values, node)
    return values[0] if len(values) == 1 else make(ADD, tuple(values))


def undeclared(key: str, node: s.Node) -> Undeclared:
    return Undeclared(key, node.place)
