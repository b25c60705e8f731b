r"""Derivatives in their spellings: \partial L/\partial W, d/dx, \nabla_x, \nabla^2, by an entry, at a point.

Differentiation is total through definitions; by a defined name the graph is cut there. The gradient of a scalar has
the shape of the variable; of a vector by a vector it is the Jacobian, rows = outputs, which is a convention.
"""

from __future__ import annotations

from dataclasses import dataclass

from hw3.derivations.language.expression import Expr, Fresh, abstract, instantiate, substitute, walk
from hw3.derivations.language.sizes import axes
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator, literal_value
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict
from hw3.derivations.latex.elaboration.functions import is_function, require_no_function_value
from hw3.derivations.latex.elaboration.indices import At, is_index, subscript
from hw3.derivations.latex.elaboration.names import is_transpose, resolve
from hw3.derivations.latex.elaboration.products import Groups, groups_of, read, with_script
from hw3.derivations.latex.scope import Definition, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    array_of,
    derivative,
    index,
    position,
    sample,
    shifted_entry,
    sqrt,
    symbol,
    transpose,
)
from hw3.derivations.operations.positions import Place, place

_DS = ("\\partial", "d", "\\d", "\\dd", "\\mathrm{d}", "\\delta")


def _is_d(node: s.Node | None) -> bool:
    return isinstance(node, s.Name) and node.text in ("\\partial", "d", "\\d", "\\dd", "∂") and node.font in ("", "rm")


@dataclass(frozen=True)
class Wrt:
    """What a derivative is by: a leaf (or named expression), the entry of it, whether it is written transposed."""

    leaf: Expr
    where: tuple[At, ...]
    transposed: bool
    squared: bool  # by sigma^2, where sigma is the name
    node: s.Node


# --- fractions ----------------------------------------------------------------------------------------


def _numerator(node: s.Node) -> tuple[int, Groups] | None:
    """The order of a derivative's numerator and what it differentiates."""
    what = groups_of(node)
    if not what.groups[0]:
        return None
    head = what.groups[0][0]
    if _is_d(head):
        return 1, what.after(1)
    power = isinstance(head, s.Script) and _is_d(head.base) and head.sub is None and not head.primes and head.sup
    if isinstance(power, s.Number) and power.text.isdigit():
        return int(power.text), what.after(1)
    return None


def _denominator(node: s.Node) -> list[tuple[s.Node, int]] | None:
    r"""The variables of a denominator with their orders: \partial x \partial y, \partial x^2."""
    items = list(node.items) if isinstance(node, s.Juxt) else [node]
    found: list[tuple[s.Node, int]] = []
    while items:
        if not _is_d(items[0]) or len(items) < 2:
            return None
        rest = items[1:]
        take = 1
        while take < len(rest) and not _is_d(rest[take]):
            take += 1
        variable = rest[0] if take == 1 else s.Juxt(rest[0].place, rest[take - 1].end, tuple(rest[:take]))
        order = 1
        found.append((variable, order))
        items = rest[take:]
    return found or None


def variables_of(node: s.Node) -> set[str | None]:
    """The variables that an operator such as d/dx differentiates by; none for other nodes."""
    if not isinstance(node, s.Fraction):
        return set()
    above, below = _numerator(node.above), _denominator(node.below)
    if above is None or below is None or not above[1].empty:
        return set()
    return {s.key(v) for v, _ in below}


def is_operator(e: Elaborator, node: s.Fraction) -> bool:
    above = _numerator(node.above)
    return above is not None and above[1].empty and _denominator(node.below) is not None


def operator_fraction(e: Elaborator, node: s.Node, rest: Groups) -> Expr:
    assert isinstance(node, s.Fraction)
    above, below = _numerator(node.above), _denominator(node.below)
    assert above is not None
    assert below is not None
    if rest.empty:
        raise ReadingError("a derivative of nothing", node.place)
    return _by(e, lambda: read(e, rest), above[0], below, node)


def derivative_fraction(e: Elaborator, node: s.Fraction) -> Expr | None:
    """A closed fraction that is a derivative, or None."""
    above, below = _numerator(node.above), _denominator(node.below)
    if above is None or below is None or above[1].empty:
        return None
    order, body = above
    return _by(e, lambda: read(e, body), order, below, node)


def _by(e: Elaborator, body: object, order: int, below: list[tuple[s.Node, int]], node: s.Node) -> Expr:
    if order == 2 and len(below) == 1 and isinstance(below[0][0], s.Script):
        variable = below[0][0]
        if s.label(variable.sup) == "2":  # d^2 f / dx^2
            bare = _without_sup(variable)
            below = [(bare, 1), (bare, 1)]
    if len(below) != order:
        raise ReadingError(f"a derivative of order {order} by {len(below)} variables", node.place)
    value = body()  # type: ignore[operator]
    variables = [wrt(e, v) for v, _ in reversed(below)]
    if order == 2 and sum(v.transposed for v in variables) == 1:  # d^2 f / dx dx^T is the Hessian
        variables = [Wrt(v.leaf, v.where, False, v.squared, v.node) for v in variables]
    for v in variables:
        value = differentiate(e, value, v, node)
    return value


def _without_sup(node: s.Script) -> s.Node:
    if node.sub is None and not node.primes:
        return node.base
    return s.Script(node.place, node.end, node.base, node.sub, None, node.primes)


def wrt(e: Elaborator, node: s.Node) -> Wrt:
    """What is differentiated by."""
    transposed = squared = False
    if isinstance(node, s.Script):
        head, sub, sup, primes = resolve(e, node)
        if primes:
            raise ReadingError("a prime on what is differentiated by", node.place)
        if sup is not None and is_transpose(e, sup):
            transposed, sup = True, None
        elif sup is not None and s.label(sup) == "2":
            squared, sup = True, None
        if sup is not None:
            raise ReadingError("what is differentiated by here is not read", node.place)
        if sub is not None and not is_index(e, sub):
            raise ReadingError(f"{s.key(node) or 'this'} is not declared, and is differentiated by", node.place)
        leaf = _leaf(e, head, node)
        where = tuple(subscript(e, sub, len(axes(leaf.shape)))) if sub is not None else ()
        return Wrt(leaf, where, transposed, squared, node)
    return Wrt(_leaf(e, node, node), (), False, False, node)


def _leaf(e: Elaborator, node: s.Node, whole: s.Node) -> Expr:
    key = s.key(node)
    if key is not None:
        value = e.named(key, whole)
        if value is None:
            from hw3.derivations.latex.elaboration.elaborator import undeclared

            raise undeclared(key, whole)
        if value.operation.name in ("symbol", "abbreviation"):
            return value
        raise ReadingError(f"{key} is not a variable: nothing is differentiated by it", whole.place)
    return e(node.body if isinstance(node, s.Fence) else node)


def differentiate(e: Elaborator, body: Expr, v: Wrt, node: s.Node) -> Expr:
    """d body / d v, where v must be reached."""
    body, leaf = e.holes.settle(body), e.holes.settle(v.leaf)
    if v.squared:
        if leaf.shape:
            raise ReadingError("a derivative by the square of an array is not read", node.place)
        if leaf.operation.name != "symbol" or "positive" not in leaf.data[2]:
            e.guess(f"a derivative by the square of {leaf}, which may be negative")
        variance = symbol(Fresh("v"), (), "positive")
        return _reached(e, substitute(body, leaf, sqrt(variance)), variance, node, leaf * leaf)
    if leaf.operation.name not in ("symbol", "abbreviation"):
        # By an expression: where it stands in the body it is a variable of its own.
        point = symbol(Fresh("u"), leaf.shape)
        return _oriented(e, _reached(e, _replaced(body, leaf, point), point, node, leaf), body, leaf, v)
    found = _reached(e, body, leaf, node)
    if v.where:
        return _at(e, found, body, leaf, v, node)
    return _oriented(e, found, body, leaf, v)


def _replaced(body: Expr, old: Expr, new: Expr) -> Expr:
    """The body with a subexpression in it replaced."""
    return instantiate(abstract(body, old), new) if any(n is old for n in walk(body)) else body


def _reached(e: Elaborator, body: Expr, leaf: Expr, node: s.Node, at: Expr | None = None) -> Expr:
    if not any(n is leaf for n in walk(body)):
        raise ReadingError(f"nothing here depends on {leaf}, which is differentiated by", node.place)
    return derivative(body, leaf, at) if at is not None else derivative(body, leaf)


def _oriented(e: Elaborator, found: Expr, body: Expr, leaf: Expr, v: Wrt) -> Expr:
    if axes(body.shape) and axes(leaf.shape):
        e.layout = True
        if len(axes(body.shape)) == 1 and len(axes(leaf.shape)) == 1:
            # dy / dx^T is the Jacobian in every layout
            return transpose(found) if e.reading.layout == "denominator" and not v.transposed else found
    elif v.transposed:
        return transpose(found)
    elif e.reading.layout == "rows" and len(leaf.shape) in (1, 2) and not axes(body.shape):
        e.layout = True
        return transpose(found)
    return found


def _at(e: Elaborator, found: Expr, body: Expr, leaf: Expr, v: Wrt, node: s.Node) -> Expr:
    """The part of a derivative that belongs to one entry (or one member of a family) of the variable."""
    outputs, inputs = axes(body.shape), axes(leaf.shape)
    if len(v.where) not in (len(inputs), 1):
        raise ShapeConflict("a derivative by an entry with too few or too many indices", node.place)
    places: list[Expr | Place] = []
    for w, n in zip(v.where, inputs, strict=False):
        i = w.plain
        if i is not None:
            i = e.holes.settle(i)
            size = i.data[1]
            if not e.holes.unify(size, n):
                raise ShapeConflict(f"an index from 1 to {size} on an axis from 1 to {n}", node.place)
            places.append(e.holes.settle(i))
        elif not w.terms and w.constant.is_literal:
            places.append(position(w.constant.literal - 1, n))
        else:
            places.append(place([(e.holes.settle(i), c) for i, c in w.terms], e.holes.size(w.constant)))
    found = e.holes.settle(found)
    if len(v.where) == len(inputs):
        own = [index(Fresh(h), n) for h, n in zip("pqr", outputs, strict=False)]
        value = shifted_entry(found, *own, *places)
        for i in reversed(own):
            value = array_of(i, value)
        return value
    if outputs:
        raise ReadingError("the Jacobian by a member of a family is not read", node.place)
    if isinstance(places[0], Place):
        raise ReadingError("a derivative by a member at a computed place is not read", node.place)
    return sample(found, places[0])


# --- nabla --------------------------------------------------------------------------------------------


def nabla(e: Elaborator, node: s.Node, rest: Groups) -> Expr:
    r"""\nabla_x f, \nabla f(x), \nabla^2_w L: what follows, until it depends on the variable."""
    sub = node.sub if isinstance(node, s.Script) else None
    sup = node.sup if isinstance(node, s.Script) else None
    order = 1
    if sup is not None:
        if s.label(sup) != "2":
            raise ReadingError("this power of nabla is not read", node.place)
        order = 2
    if isinstance(node, s.Script) and node.primes:
        raise ReadingError("a prime on nabla", node.place)
    if rest.empty or not rest.groups[0]:
        raise ReadingError("a gradient of nothing", node.place)
    if sub is None:
        return _implicit(e, rest, order, node)
    if order == 2 and isinstance(sub, s.Juxt) and len({s.key(n) for n in sub.items}) == 1:
        sub = sub.items[0]
    v = wrt(e, sub)
    if v.where and not _is_family_wrt(e, sub):
        raise ReadingError("nabla by an entry is not read", node.place)
    body, after = _operand(e, rest, v.leaf, node)
    value = differentiate(e, body, v, node)
    if order == 2:
        value = differentiate(e, value, v, node)
        e.layout = False if len(axes(v.leaf.shape)) == 1 and not axes(body.shape) else e.layout
    return _continued(e, value, after)


def _is_family_wrt(e: Elaborator, sub: s.Node) -> bool:
    found = e.find(s.key(sub.base) or "") if isinstance(sub, s.Script) else None
    return isinstance(found, Variable) and found.family


def _operand(e: Elaborator, rest: Groups, leaf: Expr, node: s.Node) -> tuple[Expr, Groups | None]:
    """The shortest beginning of what follows that depends on the variable and is a scalar, and what is then left."""
    first = rest.groups[0]
    for k in range(1, len(first) + 1):
        if k < len(first) and is_function(e, first[k - 1]) and _is_bracket(first[k]):
            continue  # f(x) is not torn apart
        part = Groups((first[:k],), (), rest.node)
        try:
            value = read(e, part)
        except ReadingError:
            if k == len(first):
                raise
            continue
        settled = e.holes.settle(leaf)
        if any(n is settled for n in walk(value)) and not axes(value.shape):
            left = rest.after(k)
            if not left.groups[0] and not left.ops:
                return value, None
            if left.groups[0]:
                try:
                    whole = read(e, rest)
                except ReadingError:
                    return value, left
                after = read(e, Groups((left.groups[0],), (), rest.node)) if left.groups[0] else None
                both = after is not None and any(n is settled for n in walk(after)) and not axes(whole.shape)
                if both and e.choose("operand of nabla", node, 2) == 0:
                    return whole, None
                return value, left
            return value, left
    return read(e, rest), None


def _is_bracket(node: s.Node) -> bool:
    base = node.base if isinstance(node, s.Script) else node
    return isinstance(base, s.Fence) and base.open in ("(", "[", "{")


def _continued(e: Elaborator, value: Expr, after: Groups | None) -> Expr:
    from hw3.derivations.latex.elaboration.products import combine

    if after is None:
        return value
    if after.groups[0]:
        return e.multiply([value, read(e, after)], after.node)
    rest = Groups(after.groups[1:], after.ops[1:], after.node)
    return combine(e, after.ops[0], value, read(e, rest), after.node)


def _implicit(e: Elaborator, rest: Groups, order: int, node: s.Node) -> Expr:
    r"""\nabla f(x), \nabla f: by the argument of the function."""
    head = rest.groups[0][0]
    key = s.key(head)
    functions = e.scope.functions(key) if key is not None else []
    if len(functions) == 1 and len(functions[0].params) == 1:
        definition: Definition = functions[0]
        e.lookup(definition.key)
        known = e.definition(definition, node)
        parameter, body = e.holes.settle(known.arguments[0]), e.holes.settle(known.value)
        point, k = parameter, 1
        script: s.Script | None = None
        if len(rest.groups[0]) > 1 and isinstance(rest.groups[0][1], s.Fence | s.Script):
            after = rest.groups[0][1]
            bracket = after.base if isinstance(after, s.Script) else after
            if isinstance(bracket, s.Fence) and bracket.open in ("(", "["):
                point, k = e(bracket.body), 2
                script = after if isinstance(after, s.Script) else None
        if not e.holes.unify_shapes(parameter.shape, point.shape):
            raise ReadingError(f"{key} is taken at another shape than it is defined for", node.place)
        value = body
        for _ in range(order - 1):
            value = derivative(value, parameter)
        value = derivative(value, parameter, e.holes.settle(point))
        if script is not None:
            value = with_script(e, value, script)
        left = rest.after(k)
        return _continued(e, value, None if left.empty else left)
    if isinstance(head, s.Name) and head.text == "\\nabla" and order == 1:  # nabla nabla f
        return _implicit(e, rest.after(1), 2, node)
    return _by_the_one(e, rest, order, node)


def _by_the_one(e: Elaborator, rest: Groups, order: int, node: s.Node) -> Expr:
    """The gradient of something with one variable in it, by that."""
    if len(rest.groups[0]) > 1 and isinstance(rest.groups[0][1], s.Fence):
        require_no_function_value(e, rest.groups[0][0])  # \nabla (f g)(x)
    for k in range(1, len(rest.groups[0]) + 1):
        try:
            body = read(e, Groups((rest.groups[0][:k],), (), rest.node))
        except ReadingError:
            continue
        own = {n for n in walk(body) if n.operation.name == "symbol" and axes(n.shape)}
        if len(own) == 1 and not axes(body.shape):
            leaf = own.pop()
            value = derivative(body, leaf)
            for _ in range(order - 1):
                value = derivative(value, leaf)
            left = rest.after(k)
            return _continued(e, value, None if left.empty else left)
    raise Ambiguous("a gradient by what? write \\nabla_x", node.place)


def subscripted(e: Elaborator, node: s.Node, rest: Groups) -> Expr:
    r"""\partial_x f."""
    assert isinstance(node, s.Script)
    if node.sup is not None or node.primes or node.sub is None:
        raise ReadingError("this derivative is not read", node.place)
    v = wrt(e, node.sub)
    body, after = _operand(e, rest, v.leaf, node)
    return _continued(e, differentiate(e, body, v, node), after)


# --- at a point ---------------------------------------------------------------------------------------


def at_point(e: Elaborator, node: s.At) -> Expr:
    """body |_{x = a}: the body with a in the place of x."""
    if node.above is not None:
        raise ReadingError("a difference between limits is not read", node.place)
    condition = node.condition
    if not (isinstance(condition, s.Relation) and condition.ops == ("=",)):
        raise ReadingError("at which point? write |_{x = a}", condition.place)
    variable, value = condition.items
    key = s.key(variable)
    if key is None:
        raise ReadingError("the point of an evaluation is given to a variable", condition.place)
    point = e(value)
    with e.binding():
        if not e.known(key):  # a variable of its own: d/dt f(t) at t = 0
            e.local[key] = symbol(Fresh(key), point.shape)
        leaf = e.named(key, variable)
        body = e(node.body)
    if leaf is None or leaf.operation.name != "symbol":
        raise ReadingError("the point of an evaluation is given to a variable", condition.place)
    body, leaf = e.holes.settle(body), e.holes.settle(leaf)
    if literal_value(point) is not None and leaf.shape:
        point = e.spread(point, leaf.shape, node)
    if not e.holes.unify_shapes(leaf.shape, point.shape):
        raise ShapeConflict("the point has another shape than the variable", condition.place)
    return substitute(body, leaf, e.holes.settle(point))
