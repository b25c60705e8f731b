"""A link read as two expressions, with what is assumed of the names in it: one reading, or each of several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product as combinations

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.expression import BOUND, Expr, ShapeError, substitute, walk
from hw3.derivations.language.sizes import Shape, Size, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration import Elaborator, ShapeConflict, Undeclared
from hw3.derivations.latex.elaboration.definitions import is_transposed
from hw3.derivations.latex.elaboration.elaborator import Choice, Reading, literal_value
from hw3.derivations.latex.holes import has_holes, sizes_in
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.roles import is_gradient
from hw3.derivations.latex.scope import Constraint, Scope, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import identity, number, ones, product, transpose

MOST_READINGS = 6
SECOND = {"square of a vector"}  # what is read in another way only where the first does not hold


@dataclass(frozen=True)
class Elaborated:
    """lhs and rhs of one shape, what is given, and what the reading leans on.

    `guesses` are conventions that nobody stated: with one, nothing is refuted.
    """

    lhs: Expr
    rhs: Expr
    given: tuple[Fact, ...] = ()
    guesses: tuple[str, ...] = ()
    layout: bool = False
    told: tuple[str, ...] = ()  # conditions in words
    choices: tuple[tuple[Choice, int], ...] = ()
    values: tuple[tuple[Expr, tuple[Fraction, ...]], ...] = ()  # symbols that range over finite sets
    squares: tuple[tuple[int, int], ...] = ()  # the squares of vectors in it: where they stand, and how they are read
    silent: tuple[Fact, ...] = ()  # of what is given, what the reading itself brings
    singular: tuple[str, ...] = ()  # the matrices in it that are said to have no inverse


@dataclass(frozen=True)
class Conflict:
    """A reading whose shapes do not fit; `certain` if all of them were declared."""

    message: str
    certain: bool
    guesses: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = field(default=())


def readings(link: Link) -> list[Elaborated | Conflict]:
    """Every reading of a link, one for each way to take its ambiguous places.

    Raises:
        ReadingError: it is not read, in one of them.
    """
    found: list[Elaborated | Conflict] = []
    failed: ReadingError | None = None
    seen: set[tuple[tuple[Choice, int], ...]] = set()
    waiting: list[dict[Choice, int]] = [{}]
    while waiting and len(found) < MOST_READINGS:
        choices = waiting.pop(0)
        reading = Reading(choices)
        try:
            reading = with_defaults(link, choices)
            found.append(elaborate(link, reading))
        except ReadingError as error:
            failed = failed or error
        for key, options in reading.asked.items():
            for k in range(1, options):
                if key in choices:
                    continue
                other = {**choices, key: k}
                name = tuple(sorted(other.items()))
                if name not in seen:
                    seen.add(name)
                    waiting.append(other)
    if not found and failed is not None:
        raise failed
    # What does not type is no reading where another does.
    return [r for r in found if isinstance(r, Elaborated)] or found


MOST_DEFAULTS = 24


def with_defaults(link: Link, choices: dict[Choice, int]) -> Reading:
    """A reading in which the names that nobody declared are taken for what lets the link type.

    Capitals are matrices, bold letters vectors, other letters scalars or, where they are transposed, vectors.

    Raises:
        Undeclared: none of that types.
    """
    first: Undeclared | None = None
    waiting: list[dict[str, Variable]] = [{}]
    tried = 0
    while waiting and tried < MOST_DEFAULTS:
        defaults = waiting.pop(0)
        tried += 1
        reading = Reading(choices, link.place, defaults=defaults, layout=link.layout)
        e = Elaborator(link.scope, reading)
        try:
            _sides(e, link)
        except Undeclared as error:
            first = first or error
            if error.key not in defaults and may_be_default(error.key, link):
                waiting[:0] = [{**defaults, error.key: v} for v in _defaults(error.key, link)]
            continue
        except ReadingError:
            if not defaults:
                return Reading(choices, link.place, layout=link.layout)  # it will be said again
            continue
        return Reading(choices, link.place, defaults=defaults, layout=link.layout)
    assert first is not None
    raise first


_LETTER = re.compile(
    r"(?:\\(?:hat|bar|tilde|vec|mathbf)\{)?(?:[A-Za-z]|\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa"
    r"|lambda|mu|nu|xi|rho|sigma|tau|phi|varphi|chi|psi|omega|Delta|Theta|Lambda|Xi|Sigma|Phi|Psi|Omega|ell))\}?"
    r"(?:_\{[^{}]*\})?(?:\^\{[^{}]*\})?"
)


def may_be_default(key: str, link: Link) -> bool:
    """Whether an undeclared name may be taken for a number or an array: a letter, and not before a bracket."""
    if not _LETTER.fullmatch(key) or key in ("d", "E", "P", "\\delta"):
        return False
    called, plain = 0, 0
    for side in (link.left, link.right):
        for n in s.walk(side):
            if s.key(n) == key:
                plain += 1
            if isinstance(n, s.Juxt):
                for head, after in zip(n.items, n.items[1:], strict=False):
                    bracket = after.base if isinstance(after, s.Script) else after
                    if s.key(head) == key and isinstance(bracket, s.Fence) and bracket.open in ("(", "["):
                        called += 1
    return called == 0 or plain > called  # A(x + y) = Ax + Ay: what also stands without a bracket is no function


def is_default(name: str) -> bool:
    """Whether a hole belongs to a name that nobody declared."""
    return name.startswith("?") and "#" in name


def _defaults(key: str, link: Link) -> list[Variable]:
    """What an undeclared name may be."""
    base = key.removeprefix("\\hat{").removeprefix("\\bar{").removeprefix("\\tilde{")
    letter = base.removeprefix("\\mathbf{")
    capital = letter[:1].isupper() or (letter[:1] == "\\" and letter[1:2].isupper())
    transposed = is_transposed(key, link.left, link.right)
    n, m = Size.symbol(f"?{key}#1"), Size.symbol(f"?{key}#2")
    vector = Variable(key, link.place, "default", shape=(n,))
    if letter != base:
        return [Variable(key, link.place, "default", shape=(n, m))] if capital else [vector]
    kinds = {k for name, said, _ in link.scope.all_later() if name == key for k in said}
    if kinds & {"positive_definite", "symmetric", "invertible"}:
        return [Variable(key, link.place, "law", shape=(n, n), assumptions=kinds - {"orthogonal"})]
    if capital:
        return [Variable(key, link.place, "default", shape=(n, m))]
    return [vector] if transposed else [Variable(key, link.place, "default"), vector]


def elaborate(link: Link, reading: Reading) -> Elaborated | Conflict:
    """One reading of a link."""
    e = Elaborator(link.scope, reading)
    try:
        left, right = _sides(e, link)
    except ShapeConflict as error:
        open_sizes = any("?" in str(n) for z in error.shapes for n in z)
        certain = not e.guesses and not e.soft and not open_sizes
        # Of sizes that something is said of, such as m = n, no conflict is certain.
        shapes = [*error.shapes, *(b.shape for b in e.used.values() if isinstance(b, Variable))]
        sizes = {name for z in shapes for n in z for name in n.names}
        certain = certain and not any(link.scope.is_suspect(name, link.place) for name in sizes)
        # A conflict within a definition is the definition's: of arrays of three axes it is certain even so.
        here = error.place is not None and link.left.place <= error.place <= max(link.end, link.right.end)
        certain = certain and (here or any(len(z) > 2 for z in error.shapes))
        certain = certain and (
            not e.layout or reading.layout != "numerator" or _in_no_layout(link, reading, error.shapes)
        )
        certain = certain and all(b.certainty in ("declared", "law") for b in e.used.values())
        return Conflict(str(error), certain, tuple(e.guesses), error.shapes)
    left, right = e.holes.settle(left), e.holes.settle(right)
    for name in [n for side in (left, right) for z in sizes_in(side) for n in z.names if is_default(n)]:
        e.holes.unify(Size.symbol(name), Size.symbol(name.strip("?").replace("#", "_")))
    left, right = e.holes.settle(left), e.holes.settle(right)
    _one_length_of_ones(e, left, right)
    left, right = e.holes.settle(left), e.holes.settle(right)
    if has_holes(left) or has_holes(right) or any(has_holes(e.holes.settle(i)) for i in e.free.values()):
        raise ReadingError("a size or the range of an index in it is not known: say what it runs over", link.place)
    silent = tuple(Fact(*f) for f in reading.facts)
    given = (*_given(e, link.scope, (left, right)), *silent)
    for n in e.free:
        if link.scope.is_suspect(n, link.place):
            e.guess(f"something is said of {n} that is not read")
    for n in {n for side in (left, right) for z in sizes_in(side) for n in z.names}:
        if link.scope.is_suspect(n, link.place):
            e.guess(f"something is said of the size {n} that is not read")
    _each_is_one(link, left, right)
    symbols = _symbols(left, right, *(x for f in given for x in (f.lhs, f.rhs) if x is not None))
    finite = tuple(
        (x, b.values)
        for x in sorted(symbols, key=str)
        if isinstance(b := link.scope.find(str(x.data[0])), Variable) and b.values
    )
    return Elaborated(
        left,
        right,
        given,
        tuple(e.guesses),
        e.layout,
        tuple(reading.told),
        tuple(sorted(reading.choices.items())),
        finite,
        tuple((key[1], reading.choices.get(key, 0)) for key in sorted(reading.asked) if key[0] in SECOND),
        silent,
        tuple(sorted(k for k in e.used if link.scope.is_singular(k))),
    )


def _one_length_of_ones(e: Elaborator, *sides: Expr) -> None:
    """Gives a vector of ones whose length nothing fixes that of the others: 1 1^T 1 1^T."""
    lengths = {n.shape[0] for side in sides for n in walk(side) if n.operation.name == "filled" and len(n.shape) == 1}
    known = [size for size in lengths if "?" not in str(size)]
    for size in lengths.difference(known) if len(known) == 1 else ():
        e.holes.unify(size, known[0])


def _each_is_one(link: Link, *sides: Expr) -> None:
    """Sees to it that a name is one thing in a link: what is declared anew may be another in an older definition.

    Raises:
        ReadingError: one is not.
    """
    known: dict[str, Expr] = {}
    for x in sorted(_symbols(*sides), key=str):
        name = str(x.data[0])
        if known.setdefault(name, x) is not x:
            raise ReadingError(f"{name} is not the same here as in a definition that is used", link.place)


def _in_no_layout(link: Link, reading: Reading, shapes: tuple[Shape, ...]) -> bool:
    """Whether a link that has several derivatives in a product types in no other layout either.

    A Jacobian alone is held to its rows being the outputs: its transpose is wrong, and told so.
    """
    if not _multiplies_derivatives(link.left) and not _multiplies_derivatives(link.right):
        return True
    if _is_chain(link.left) or _is_chain(link.right):
        return False  # dL/dz dz/dW: a chain rule, written formally
    for layout in ("numerator", "denominator", "rows"):
        if layout == reading.layout:
            continue
        other = Reading(reading.choices, link.place, defaults=reading.defaults, layout=layout)
        try:
            _sides(Elaborator(link.scope, other), link)
        except ShapeConflict:
            continue
        except ReadingError:
            return False
        return False
    return True


def differentiates(link: Link) -> bool:
    """Whether a link speaks of a derivative."""
    return any(is_gradient(n) for side in (link.left, link.right) for n in s.walk(side))


def _is_chain(node: s.Node) -> bool:
    """Whether a side is a product of derivatives alone."""
    if not isinstance(node, s.Juxt | s.Product):
        return False
    parts = [p for item in node.items for p in (item.items if isinstance(item, s.Juxt) else (item,))]
    return len(parts) > 1 and all(map(is_gradient, parts))


def _multiplies_derivatives(node: s.Node) -> bool:
    """Whether there is a product with two derivatives in it: a chain rule."""
    for n in s.walk(node):
        if isinstance(n, s.Juxt | s.Product):
            parts = [p for item in n.items for p in (item.items if isinstance(item, s.Juxt) else (item,))]
            if sum(is_gradient(p) for p in parts) >= 2:
                return True
    return False


def _sides(e: Elaborator, link: Link) -> tuple[Expr, Expr]:
    try:
        left, right = e(link.left), e(link.right)
        left, right = e.holes.settle(left), e.holes.settle(right)
    except ShapeError as error:  # a hole that was filled later does not fit
        raise ShapeConflict(str(error), link.place) from error
    if left.operation.name == "normal" or right.operation.name == "normal":
        raise ReadingError("a law is not compared", link.place)
    for a, b in ((left, right), (right, left)):
        if literal_value(a) == 0 and b.shape:
            zero = e.spread(a, b.shape, link.right)
            return (zero, b) if a is left else (b, zero)
    if left.shape != right.shape and not e.holes.unify_shapes(left.shape, right.shape):
        raise ShapeConflict(different_sides(left.shape, right.shape), link.place, (left.shape, right.shape))
    return e.holes.settle(left), e.holes.settle(right)


def different_sides(left: Shape, right: Shape) -> str:
    """Why two sides are never equal, in words."""
    told = f"the two sides are {_words(left)} and {_words(right)}"
    if len(left) == 2 and left == right[::-1]:
        told += ": this is the transpose"
    return told


def _words(shape: Shape) -> str:
    if not shape:
        return "a scalar"
    if len(shape) == 1:
        return f"a column of {shape[0]}"
    if len(shape) == 2 and str(shape[0]) == "1":
        return f"a row of {shape[1]}"
    return show_shape(shape)


# --- what is given ------------------------------------------------------------------------------------


def _symbols(*expressions: Expr) -> set[Expr]:
    return {n for e in expressions for n in walk(e) if n.operation.name == "symbol" and isinstance(n.data[0], str)}


def _given(e: Elaborator, scope: Scope, sides: tuple[Expr, ...]) -> Iterator[Fact]:
    """The assumptions of the scope that speak of what the link speaks of."""
    names = {str(x.data[0]) for x in _symbols(*sides)}
    sizes = {n for side in sides for z in sizes_in(side) for n in z.names}
    found: list[tuple[Fact, set[str], set[str]]] = []
    for constraint in scope.all_constraints():
        if constraint.place > e.reading.place:
            if names & {s.key(n) for n in s.walk(constraint.left)}:
                e.guess("more is assumed later")
            continue
        inner = Elaborator(scope, e.reading)
        try:
            fact = _fact(inner, constraint)
        except (ReadingError, ShapeError, ValueError):
            if set(inner.used) & names:
                e.guess("something is assumed that is not read")
            continue
        parts = [x for x in (fact.lhs, fact.rhs) if x is not None]
        own = {str(x.data[0]) for x in _symbols(*parts)}
        theirs = {n for x in parts for z in sizes_in(x) for n in z.names}
        found.append((fact, own, theirs))
    kept = [f for f, own, theirs in found if not own and theirs & sizes]
    while near := [(f, own) for f, own, _ in found if own & names and f not in kept]:
        for fact, own in near:  # and what is assumed of the names that these speak of: W C = D W, W W^T = I
            kept.append(fact)
            names |= own
    yield from (f for f, _, _ in found if f in kept)


def _fact(e: Elaborator, constraint: Constraint) -> Fact:
    left = e(constraint.left)
    if constraint.kind in ("simplex", "orthogonal") and not left.shape:
        raise ReadingError("a number is assumed to be an array", constraint.place)
    if constraint.kind == "simplex":
        return Fact("equation", product(transpose(ones(left.shape[0])), left), number(1))
    if constraint.kind == "orthogonal":
        return Fact("equation", product(transpose(left), left), identity(left.shape[0]))
    if constraint.kind != "equation":
        return Fact(constraint.kind, left)
    assert constraint.right is not None
    right = e(constraint.right)
    left, right = e.alike([left, right], constraint.left)
    return Fact("equation", *_in_arrays(left, right))


def _in_arrays(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """sum_k p_k = 1 as 1^T p = 1; sum_k Y_{ik} = 1 for every i as Y 1 = 1; sum_{ij} P_{ij} = 1 as 1^T P 1 = 1."""
    inner, depth = left, 0
    while inner.operation.name == "sum":
        inner, depth = inner.args[0], depth + 1
    if not depth or inner.operation.name != "entry" or inner.args[0].loose:
        return left, right
    array, *at = inner.args
    bound = [i.operation is BOUND for i in at]
    if len(array.shape) == len(at) == 2 and depth == 1 and bound == [False, True] and literal_value(right) == 1:
        return product(array, ones(array.shape[1])), ones(array.shape[0])
    if sum(bound) != depth or not all(bound):
        return left, right
    if len(at) == len(array.shape) == 1:
        return product(transpose(ones(array.shape[0])), array), right
    if len(at) == 1:  # a row
        return product(array, ones(array.shape[1])), right
    return product(transpose(ones(array.shape[0])), product(array, ones(array.shape[1]))), right


def cases(read: Elaborated) -> Iterator[Elaborated]:
    """The reading at each of the values that its finite variables have."""
    if not read.values:
        yield read
        return
    for chosen in combinations(*(values for _, values in read.values)):
        lhs, rhs, given = read.lhs, read.rhs, read.given
        for (symbol, _), value in zip(read.values, chosen, strict=True):
            lhs, rhs = (_put(x, symbol, value) for x in (lhs, rhs))
            given = tuple(
                Fact(f.kind, _put(f.lhs, symbol, value), None if f.rhs is None else _put(f.rhs, symbol, value))
                for f in given
            )
        yield replace(read, lhs=lhs, rhs=rhs, given=given, values=())


def _put(body: Expr, symbol: Expr, value: Fraction) -> Expr:
    if symbol.shape:
        raise ReadingError("a vector over a finite set is not read", None)
    return substitute(body, symbol, number(value))
