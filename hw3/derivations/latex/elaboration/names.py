"""Names, scripts on them, fences, roots, fractions: what has a value by itself."""

from __future__ import annotations

from fractions import Fraction

from hw3.derivations.language.expression import Expr, Fresh, index_size, walk
from hw3.derivations.language.sizes import ONE, axes, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator, literal_value, rule, undeclared
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict
from hw3.derivations.latex.elaboration.expectations import angled
from hw3.derivations.latex.elaboration.indices import (
    At,
    at_place,
    is_array_name,
    is_index,
    member,
    on_axis,
    size_of,
    subscript,
)
from hw3.derivations.latex.elaboration.lists import listed
from hw3.derivations.latex.scope import Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    PI,
    apply,
    array_of,
    delta,
    det,
    exp,
    hadamard,
    identity,
    index,
    index_value,
    inverse,
    log,
    matrix_sqrt,
    norm,
    number,
    ones,
    position,
    power,
    product,
    product_over,
    quotient,
    sqrt,
    sum_axes,
    trace,
    transpose,
)

TRANSPOSES = ("T", "\\top", "\\intercal", "t", "\\mathsf{T}", "\\transpose", "\\tr", "tr")
_DASHES = {"*", "\\ast", "\\star", "\\dagger", "+", "-", "H", "\\circ"}


@rule(s.Name)
@rule(s.Accent)
def name(e: Elaborator, node: s.Node) -> Expr:
    key = s.key(node)
    if key is None:
        raise ReadingError("an accent over more than a name is not read", node.place)
    value = e.named(key, node)
    if value is None and not e.known(key) and e.known(f"{key}^{{2}}"):
        square = e.named(f"{key}^{{2}}", node)  # sigma, where sigma^2 is the name
        if square is not None and not square.shape:
            return sqrt(square)
    if value is not None:
        return as_number(e, value, key) if index_size(value) is not None else value
    constant = _constant(e, node, key)
    if constant is None:
        raise undeclared(key, node)
    return constant


def as_number(e: Elaborator, i: Expr, key: str) -> Expr:
    """An index as a number."""
    from hw3.derivations.operations import add, size

    offset = e.offsets.get(key)
    return index_value(i) if offset is None else add(index_value(i), size(offset))


def _constant(e: Elaborator, node: s.Node, key: str) -> Expr | None:
    """pi, e, I, 1: what is known without being said."""
    match key:
        case "\\pi" | "π":
            return PI
        case "e" | "\\e":
            return exp(number(1))
        case "\\mathbf{1}" | "\\mathbb{1}" | "\\bm{1}" | "\\one" | "\\ones":
            return ones(e.holes.fresh())
        case "\\mathbf{0}" | "\\mathbb{0}":
            return number(0)
        case "I" | "\\mathbf{I}" | "\\mathbb{I}" | "\\mathbb{1}" | "\\id":
            return identity(e.holes.fresh())
        case "\\half":
            return number("1/2")
        case _:
            return None


@rule(s.Script)
def script(e: Elaborator, node: s.Script) -> Expr:
    """A name with scripts, a subscript that is an index, a superscript that is a power, in that order."""
    if (found := normed(e, node)) is not None:
        return found
    if isinstance(node.base, s.Fence) and node.base.open == "⟨":
        value = angled(e, node.base, node.sub)
        return raised(e, value, node.sup, node) if node.sup is not None else value
    if isinstance(node.base, s.Fence) and isinstance(node.base.body, s.Sequence) and node.base.open in ("(", "["):
        if node.sub is None and not node.primes and node.sup is not None and is_transpose(e, node.sup):
            column = listed(e, node.base.body, of_vectors=True)  # (a, b)^T is a column
            return transpose(column) if len(column.shape) == 2 else column
        raise ReadingError("a list in brackets is not read as a number", node.place)
    if isinstance(node.base, s.Number) and node.base.text == "1" and node.sup is not None and is_transpose(e, node.sup):
        return transpose(ones(size_of(e, node.sub) if node.sub is not None else e.holes.fresh()))  # 1^T x
    head, sub, sup, primes = resolve(e, node)
    by_square = _of_square(e, head, sub, sup) if not primes else None
    if by_square is not None:
        return by_square
    if sub is not None and sup is not None and not primes and is_array_name(e, head) and is_index(e, sub):
        found = _entry_of_power(e, head, sub, sup, node)
        if found is not None:
            return found
    value = _head(e, head, sub, node)
    if primes:
        value = _primed(e, value, primes, node)
    return raised(e, value, sup, node) if sup is not None else value


def resolve(e: Elaborator, node: s.Script) -> tuple[s.Node, s.Node | None, s.Node | None, int]:
    """The part of a script that is a name, and the subscript, superscript and primes that act on it.

    The longest declared name wins: W_1 and sigma^2 may be names of their own.
    """
    if s.key(node.base) is not None or isinstance(node.base, s.Script):
        for sub_in, sup_in, primes_in in _SPLITS:
            sub, sup = node.sub if sub_in else None, node.sup if sup_in else None
            primes = node.primes if primes_in else 0
            if (sub_in and node.sub is None) or (sup_in and node.sup is None) or (primes_in and not node.primes):
                continue
            head = s.Script(node.place, node.end, node.base, sub, sup, primes)
            if e.known(s.key(head)):
                if sub is not None:
                    _not_running(e, sub, head)
                return (
                    head,
                    None if sub_in else node.sub,
                    None if sup_in else node.sup,
                    0 if primes_in else node.primes,
                )
    return node.base, node.sub, node.sup, node.primes


def _not_running(e: Elaborator, sub: s.Node, head: s.Node) -> None:
    """A name such as x_t is one thing: not where t runs."""
    for node in s.walk(sub):
        running = e.local.get(s.key(node) or "")
        if running is not None and index_size(running) is not None and s.key(head) not in e.local:
            raise ReadingError(f"{s.key(head)} is one name here, and {s.key(node)} runs over several", head.place)


_SPLITS = [(a, b, c) for c in (True, False) for a in (True, False) for b in (True, False) if a or b or c]


def _entry_of_power(e: Elaborator, head: s.Node, sub: s.Node, sup: s.Node, node: s.Script) -> Expr | None:
    """A^{-1}_{ij}, A^T_{ij}: the entry of the inverse, of the transpose; A^2_{ij} may be an entry's square; x_j^{(i)},
    an entry of a member of a family."""
    if not e.known(s.key(head)):
        return None
    value = name(e, head) if isinstance(head, s.Script) else e(head)
    if isinstance(sup, s.Fence) and sup.open == "(" and is_index(e, sup.body) and len(axes(value.shape)) > 1:
        part = member(e, value, subscript(e, sup.body, 1)[0], node)
        return at_place(e, part, subscript(e, sub, len(axes(part.shape))), node)
    where = subscript(e, sub, len(axes(value.shape)))
    if len(axes(value.shape)) != 2 or len(where) != 2:
        return None
    label = s.label(sup) or ""
    turned = is_transpose(e, sup) or label in ("-1", "-T", "-\\top")
    if not turned and not (isinstance(sup, s.Number) and value.shape[0] is value.shape[1]):
        return None
    if not turned and e.choose("power of an entry", node, 2) == 1:
        return None
    return at_place(e, raised(e, value, sup, node), where, node)


def _of_square(e: Elaborator, head: s.Node, sub: s.Node | None, sup: s.Node | None) -> Expr | None:
    r"""\sigma^4, or \sigma itself, where \sigma^2 is a name and \sigma is none."""
    if e.known(s.key(head)) or s.key(head) is None:
        return None
    two = s.Number(head.place, head.end, "2")
    square = s.key(s.Script(head.place, head.end, head, sub, two, 0))
    if not e.known(square) or not isinstance(sup, s.Number):
        return None
    value = e.named(square or "", head)
    q = Fraction(sup.text) / 2
    return power(value, q) if value is not None and not value.shape else None


def _head(e: Elaborator, head: s.Node, sub: s.Node | None, node: s.Script) -> Expr:
    if sub is None:
        return name(e, head) if isinstance(head, s.Script) and s.key(head) is not None else e(head)
    key = s.key(head)
    if key in ("\\delta", "δ") and not e.known(key):
        where = subscript(e, sub, 2)
        if len(where) == 2 and any(w.plain is not None for w in where):
            i, j = _both(e, where, node)
            a, b = index_size(i), index_size(j)
            assert a is not None
            assert b is not None
            if not e.holes.unify(a, b):
                raise ShapeConflict(f"delta of an index to {a} and one to {b}", node.place)
            return delta(e.holes.settle(i), e.holes.settle(j))
    if not e.known(key) and isinstance(head, s.Name) and not head.font and is_index(e, sub):
        bold = s.Name(head.place, head.end, head.text, s.BOLD)  # z_k, an entry of a bold z
        capital = s.Name(head.place, head.end, head.text.upper())  # a_{ij}, an entry of A
        if e.known(s.key(bold)):
            return _head(e, bold, sub, node)
        if len(head.text) == 1 and head.text.islower() and isinstance(e.find(capital.text), Variable):
            value = e(capital)
            where = subscript(e, sub, len(axes(value.shape)))
            if len(axes(value.shape)) == len(where) == 2:
                e.soft[f"{key} with two indices is an entry of {capital.text}"] = None
                return at_place(e, value, where, node)
    if key in ("e", "\\mathbf{e}") and not e.known(key) and is_index(e, sub):
        where = subscript(e, sub, 1)
        chosen = where[0].plain
        if chosen is None and not where[0].terms and where[0].constant.is_literal and where[0].constant.literal > 0:
            chosen = position(where[0].constant.literal - 1, e.holes.fresh())
        if chosen is not None:  # e_c, the c-th unit vector
            c = e.holes.settle(chosen)
            size = index_size(c)
            assert size is not None
            i = index(Fresh("i"), size)
            return array_of(i, delta(i, c))
    if key in ("\\mathbf{1}", "\\mathbb{1}", "\\mathbb{I}") and isinstance(sub, s.Relation) and not e.known(key):
        from hw3.derivations.latex.elaboration.grids import indicator

        return indicator(e, sub)
    if isinstance(sub, s.Sequence) and len(sub.items) == 2 and e.known(key) and any(map(_is_colon, sub.items)):
        return _line_of(e, head, sub, node)
    if not e.known(key):
        sized = _sized(e, head, sub)
        if sized is not None:
            return sized
        if key is not None and _constant(e, head, key) is None:
            whole = s.key(s.Script(node.place, node.end, head, sub, None, 0))
            raise undeclared(key if is_index(e, sub) and not isinstance(sub, s.Number) else whole or key, node)
    if not is_index(e, sub):
        raise undeclared(s.key(s.Script(node.place, node.end, head, sub, None, 0)) or str(key), node)
    if isinstance(sub, s.Number) and sub.text == "0":  # x_0 is a name, and no entry
        raise undeclared(s.key(s.Script(node.place, node.end, head, sub, None, 0)) or str(key), node)
    if not is_array_name(e, head):
        raise ReadingError(f"{key} has no entries", node.place)
    value = name(e, head) if isinstance(head, s.Script) else e(head)
    return at_place(e, value, subscript(e, sub, len(axes(value.shape))), node)


def _both(e: Elaborator, where: list[At], node: s.Node) -> tuple[Expr, Expr]:
    """The two indices of a delta, one of which may be a number: a position on the other one's axis."""
    ranges = [index_size(e.holes.settle(w.plain)) for w in where if w.plain is not None]
    assert ranges[0] is not None
    found = [on_axis(e, w, ranges[0], node) if w.plain is None else e.holes.settle(w.plain) for w in where]
    if found[0] is None or found[1] is None:
        raise ReadingError("a delta is read of two indices, or of one and a number", node.place)
    return found[0], found[1]


def _sized(e: Elaborator, head: s.Node, sub: s.Node) -> Expr | None:
    """I_n, 1_n, 0_n: a constant whose subscript is its size."""
    key = s.key(head)
    try:
        match key:
            case "I" | "\\mathbf{I}" | "\\mathbb{I}":
                return identity(size_of(e, sub))
            case "\\mathbf{1}" | "\\mathbb{1}":
                if isinstance(sub, s.Product) and sub.ops == ("×",):
                    return ones(size_of(e, sub.items[0]), size_of(e, sub.items[1]))
                return ones(size_of(e, sub))
            case "\\mathbf{0}" | "0":
                return number(0)
    except ReadingError:
        return None
    if isinstance(head, s.Number) and head.text == "0":
        return number(0)
    if isinstance(head, s.Number) and head.text == "1":
        return ones(size_of(e, sub))
    return None


def _is_colon(node: s.Node) -> bool:
    match node:
        case s.Relation(items=(s.Empty(), s.Empty()), ops=(":",)):
            return True
    return isinstance(node, s.Name) and node.text in ("\\cdot", "*", "\\bullet", ":")


def _line_of(e: Elaborator, head: s.Node, sub: s.Sequence, node: s.Node) -> Expr:
    """A_{i,:}, a row of a matrix, or A_{:,j}, a column of it."""
    value = e(head)
    if len(axes(value.shape)) != 2 or all(map(_is_colon, sub.items)):
        raise ReadingError("a row or a column is read of a matrix", node.place)
    if _is_colon(sub.items[1]):
        return transpose(at_place(e, value, subscript(e, sub.items[0], 1), node))
    return at_place(e, transpose(value), subscript(e, sub.items[1], 1), node)


def _primed(e: Elaborator, value: Expr, primes: int, node: s.Script) -> Expr:
    if primes == 1 and len(value.shape) >= 1 and len(value.shape) <= 2:
        e.soft["a prime on an array transposes it"] = None
        return transpose(value)
    raise ReadingError("a prime stands on what is no function", node.place)


def is_transpose(e: Elaborator, sup: s.Node) -> bool:
    key = s.key(sup)
    return key in TRANSPOSES and (key in ("\\top", "\\intercal", "\\mathsf{T}") or not e.known(key))


def raised(e: Elaborator, value: Expr, sup: s.Node, node: s.Node) -> Expr:
    """A value to a power, transposed, inverted, or the member of a family that a superscript in brackets names."""
    if is_transpose(e, sup):
        if not value.shape and s.key(sup) in ("T", "t", "tr") and not _is_made_of_arrays(value):
            raise Ambiguous(f"{s.key(sup)} on a scalar: a transpose, or a power?", node.place)
        return transpose(value)
    if isinstance(sup, s.Sum) and sup.signs == ("-",) and is_transpose(e, sup.items[0]):
        return transpose(_inverted(value, node))
    if isinstance(sup, s.Fence) and sup.open == "(" and is_index(e, sup.body):
        if value.operation.name == "symbol" and len(axes(value.shape)) >= 1:
            where = subscript(e, sup.body, 1)
            return member(e, value, where[0], node) if len(axes(value.shape)) > 1 else at_place(e, value, where, node)
        raise ReadingError("a superscript in brackets stands on what is no family", node.place)
    if s.key(sup) in _DASHES:
        raise undeclared(s.key(node) or f"the name with {s.key(sup)}", node)
    if isinstance(sup, s.Product) and isinstance(sup.items[0], s.Empty) and set(sup.ops) <= {"⊙", "∘"}:
        q = literal_value(e(sup.items[1]))
        if q is None or q.denominator != 1 or len(sup.items) != 2:
            raise ReadingError("this elementwise power is not read", node.place)
        return entrywise(value, int(q))
    with_base = value.operation.name == "apply" and value.data == ("exp", 0) and value.args[0] is number(1)
    exponent = e(sup)
    if with_base:  # e^x
        if len(exponent.shape) == 2:
            raise Ambiguous("e to a matrix: say whether entry by entry", node.place)
        return exp(exponent)
    literal = literal_value(exponent)
    if exponent.shape:
        if s.key(sup) in TRANSPOSES:
            raise Ambiguous(f"{s.key(sup)} is a name here: a transpose, or a power?", node.place)
        raise ShapeConflict(f"a power with the exponent {show_shape(exponent.shape)}", node.place)
    if value.operation.name == "norm" and literal == 2:
        return squared_norm(value.args[0])
    if not value.shape:
        if literal is not None:
            return power(value, literal)
        if exponent.operation.name == "size" and exponent.data.is_surely_positive and value.operation.name != "number":
            return product_over(index(Fresh("l"), exponent.data), value)  # det(A)^m, of either sign
        return exp(product(exponent, log(value)))
    if literal is None:
        raise ReadingError("an array to a power that is no number", node.place)
    if len(value.shape) == 2 and e.holes.unify(*value.shape):
        return _matrix_power(e.holes.settle(value), literal, node)
    if len(value.shape) == 1 and literal == 2:
        if e.choose("square of a vector", node, 2) == 1:
            return product(transpose(value), value)
        return hadamard(value, value)
    if len(value.shape) <= 2 and literal.denominator == 1 and ONE not in value.shape:
        e.guess("a power of an array is taken entry by entry")
        return entrywise(value, int(literal))
    raise ReadingError(f"the power {literal} of {show_shape(value.shape)}", node.place)


def squared_norm(v: Expr) -> Expr:
    """||v||^2 = v^T v, ||A||_F^2 = tr A^T A: smooth everywhere, where the norm itself has a kink at 0."""
    whole = product(transpose(v), v)
    return whole if len(v.shape) == 1 or not v.shape else trace(whole)


def entrywise(value: Expr, q: int) -> Expr:
    """Every entry to a whole power."""
    if not value.shape:
        return power(value, q)
    base = apply("reciprocal", value) if q < 0 else value
    if q == 0:
        raise ReadingError("the elementwise power 0 is not read", None)
    return base if abs(q) == 1 else hadamard(*[base] * abs(q))


def _is_made_of_arrays(value: Expr) -> bool:
    """Whether a scalar is made of arrays, as x^T y is: a T on it transposes."""
    return any(n.shape for n in walk(value))


def _matrix_power(value: Expr, q: Fraction, node: s.Node) -> Expr:
    if q == -1:
        return _inverted(value, node)
    if q.denominator == 1:
        return power(value, q) if q >= 0 else inverse(power(value, -q))
    if q == Fraction(1, 2):
        return matrix_sqrt(value)
    if q == Fraction(-1, 2):
        return inverse(matrix_sqrt(value))
    raise ReadingError(f"the power {q} of a matrix", node.place)


def _inverted(value: Expr, node: s.Node) -> Expr:
    if not value.shape:
        return power(value, -1)
    if len(value.shape) != 2:
        raise ShapeConflict(f"the inverse of {show_shape(value.shape)}", node.place, (value.shape,))
    return inverse(value)


@rule(s.Fraction)
def fraction(e: Elaborator, node: s.Fraction) -> Expr:
    from hw3.derivations.latex.elaboration.derivatives import derivative_fraction

    found = derivative_fraction(e, node)
    if found is not None:
        return found
    return divide(e, e(node.above), e(node.below), node)


def divide(e: Elaborator, above: Expr, below: Expr, node: s.Node) -> Expr:
    """above / below: by a scalar, or entry by entry."""
    a, b = literal_value(above), literal_value(below)
    if a is not None and b and a.denominator == 1 and b.denominator == 1:
        return number(a / b)
    if not below.shape:
        return quotient(above, below)
    if len(below.shape) == 2:
        raise ShapeConflict(f"a division by {show_shape(below.shape)}: a matrix divides nothing", node.place, ())
    e.guess("a division by a vector is taken entry by entry")
    if not above.shape:
        return product(above, apply("reciprocal", below))
    above, below = e.alike([above, below], node, "an elementwise quotient")
    return hadamard(above, apply("reciprocal", below))


@rule(s.Root)
def root(e: Elaborator, node: s.Root) -> Expr:
    body = e(node.body)
    if node.index is not None:
        q = literal_value(e(node.index))
        if not q or body.shape:
            raise ReadingError("this root is not read", node.place)
        return power(body, 1 / q)
    if len(body.shape) == 2:
        return matrix_sqrt(body)
    return apply("sqrt", body) if body.shape else sqrt(body)


@rule(s.Fence)
def fence(e: Elaborator, node: s.Fence) -> Expr:
    match node.open:
        case "(" | "[" | "{":
            if isinstance(node.body, s.Sequence):
                e.guess("a list in brackets is read as a column")
                return listed(e, node.body, of_vectors=True)
            return e(node.body)
        case "|":
            value = e(node.body)
            if not value.shape:
                return apply("abs", value)
            if len(value.shape) == 2 and e.holes.unify(*value.shape):
                return det(e.holes.settle(value))
            if len(value.shape) == 2:
                raise ShapeConflict(f"the determinant of {show_shape(value.shape)}", node.place, (value.shape,))
            e.guess("single bars about a vector are its norm")
            return norm(value)
        case "‖":
            value = e(node.body)
            if len(value.shape) == 2 and ONE not in value.shape:
                e.guess("the norm of a matrix is Frobenius'")
            return norm(value) if value.shape else apply("abs", value)
        case "⟨":
            return angled(e, node, None)
        case _:
            raise ReadingError("these brackets are not read", node.place)


def normed(e: Elaborator, node: s.Script) -> Expr | None:
    r"""\|x\|_p, \|x\|_p^2, or None for other scripts."""
    if not (isinstance(node.base, s.Fence) and node.base.open == "‖"):
        return None
    value = e(node.base.body)
    which = s.label(node.sub)
    if which is None:
        return None
    if not value.shape:
        if which not in ("", "1", "2", "F", "\\infty"):
            raise ReadingError("this norm of a scalar is not read", node.place)
        found = apply("abs", value)
        return raised(e, found, node.sup, node) if node.sup is not None else found
    columns = len([n for n in value.shape if n is not ONE])
    match which:
        case "":
            found = e(node.base)
        case "2" if columns == 1:
            found = norm(value)
        case "F" | "\\mathrm{F}" | "fro" | "\\text{F}":
            found = norm(value)
        case "1" if columns == 1:
            found = sum_axes(apply("abs", value))
        case "2" | "1":
            raise ReadingError("the operator norm of a matrix is not read", node.place)
        case "\\infty" if columns == 1:
            from hw3.derivations.operations import maximum_of

            found = maximum_of(apply("abs", value))
        case _:
            weight = e(node.sub) if node.sub is not None else None
            if weight is None or len(weight.shape) != 2 or columns != 1:
                raise ReadingError("this norm is not read", node.place)
            if node.sup is None or s.label(node.sup) != "2":
                return sqrt(e.multiply([transpose(value), weight, value], node))
            return e.multiply([transpose(value), weight, value], node)
    return raised(e, found, node.sup, node) if node.sup is not None else found


@rule(s.At)
def at(e: Elaborator, node: s.At) -> Expr:
    from hw3.derivations.latex.elaboration.derivatives import at_point

    return at_point(e, node)
