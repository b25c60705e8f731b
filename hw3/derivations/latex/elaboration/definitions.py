"""Definitions: the value of a name, of a function, of an array by its entries."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr, Fresh, index_size
from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Defined, Elaborator
from hw3.derivations.latex.elaboration.names import TRANSPOSES
from hw3.derivations.latex.scope import Definition, IndexName, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import array_of, index, symbol


def define(e: Elaborator, definition: Definition, node: s.Node) -> Defined:
    """Elaborates a definition in its own scope.

    Raises:
        ReadingError: it is not read.
    """
    inner = e.within(definition.scope)
    arguments = tuple(_parameter(inner, p, definition.body) for p in definition.params)
    inner.parameters = set(arguments)
    _ask_what_is_held(inner, definition)
    value = _by_entries(inner, definition) if definition.indices else inner(definition.body)
    for key, i in inner.free.items():
        if not isinstance(inner.find(key), IndexName):
            raise ReadingError(f"{key} is on the right side of a definition alone", node.place)
        e.free.setdefault(key, i)
    return Defined(_as_declared(e, definition, value, node), arguments, inner)


def _ask_what_is_held(e: Elaborator, definition: Definition) -> None:
    """Leans on a derivative being total where an argument is defined by another one: f(x, y) where y = x t."""
    keys = [key for p in definition.params if (key := s.key(p)) is not None]
    for key, found in ((key, e.find(key)) for key in keys):
        if isinstance(found, Definition) and not found.indices and not found.params:
            named = {s.key(n) for n in s.walk(found.body)}
            if named & {other for other in keys if isinstance(e.find(other), Variable)}:
                e.guess(f"{key} is an argument here, and defined by another one: is it held fixed?")


def _as_declared(e: Elaborator, definition: Definition, value: Expr, node: s.Node) -> Expr:
    shape = definition.declared
    if shape is None or value.shape == shape:
        return value
    if value.shape and e.holes.unify_shapes(shape, value.shape):
        return e.holes.settle(value)
    if not value.shape:
        return e.spread(value, shape, node, "a definition")
    name = definition.key.split("/")[0]
    raise ReadingError(f"{name} is declared with another shape than its definition has", definition.place)


def _parameter(e: Elaborator, node: s.Node, body: s.Node) -> Expr:
    """A parameter: the variable of its name; else one of its own, a vector if it is transposed, or a scalar."""
    key = s.key(node)
    if key is None:
        raise ReadingError("a function's argument is a name in its definition", node.place)
    found = e.find(key)
    if isinstance(found, Variable) and found.family:
        e.lookup(key)
        value = symbol(Fresh(key), found.shape[1:])  # h(x) for the members of x_1, ..., x_n
    elif isinstance(found, Variable):
        e.lookup(key)
        value = e.variable(found)
    elif isinstance(found, Definition) and not found.indices:
        value = symbol(Fresh(key), e.defined(found, node).shape)
    else:
        vector = is_transposed(key, body) or key.startswith("\\mathbf{")
        value = symbol(Fresh(key), (e.holes.fresh(),) if vector else ())
    e.local[key] = value
    return value


def is_transposed(key: str, *bodies: s.Node) -> bool:
    """Whether a name stands under a transpose or in a norm, as arrays do."""
    for node in (n for body in bodies for n in s.walk(body)):
        if isinstance(node, s.Script) and node.sup is not None and s.key(node.sup) in TRANSPOSES:
            bare = s.Script(node.place, node.end, node.base, node.sub, None, 0)
            if key in {s.key(n) for n in s.walk(node.base)} or s.key(bare) == key:
                return True
        if isinstance(node, s.Fence) and node.open == "‖" and key in {s.key(n) for n in s.walk(node)}:
            return True
    return False


def _by_entries(e: Elaborator, definition: Definition) -> Expr:
    """x_i = body(i) as the array of all of them."""
    bound: list[tuple[str, Expr]] = []
    for node in definition.indices:
        key = s.key(node)
        if key is None:
            raise ReadingError("the index of a definition is a name", node.place)
        found = e.find(key)
        size = found.range if isinstance(found, IndexName) else e.holes.fresh()
        if definition.declared is not None and not isinstance(found, IndexName):
            size = definition.declared[len(bound)] if len(bound) < len(definition.declared) else size
        elif not isinstance(found, IndexName):
            size = _range_by_shifts(e, key, definition.body) or size
        e.local[key] = index(Fresh(key), size)
        bound.append((key, e.local[key]))
    value = e(definition.body)
    for _, i in reversed(bound):
        i = e.holes.settle(i)
        assert index_size(i) is not None
        value = array_of(i, e.holes.settle(value))
    return value


def _range_by_shifts(e: Elaborator, key: str, body: s.Node) -> Size | None:
    """The range of i where x_i and x_{i + 1} stand in a definition by entries: to n - 1, if x has n entries."""
    shifts: dict[str, list[int]] = {}
    for node in s.walk(body):
        if not isinstance(node, s.Script) or node.sub is None:
            continue
        found = e.find(s.key(node.base) or "")
        if not isinstance(found, Variable) or len(found.shape) != 1:
            continue
        if s.key(node.sub) == key:
            shifts.setdefault(found.key, []).append(0)
        elif isinstance(node.sub, s.Sum) and len(node.sub.items) == 2 and s.key(node.sub.items[0]) == key:
            sign, last = node.sub.signs[1], node.sub.items[1]
            if isinstance(last, s.Number) and last.text.isdigit() and sign in ("+", "-"):
                shifts.setdefault(found.key, []).append(int(last.text) * (1 if sign == "+" else -1))
    for name, steps in shifts.items():
        found = e.find(name)
        assert isinstance(found, Variable)
        if max(steps) > 0 and min(steps) >= 0:
            return found.shape[0] - max(steps)
    return None
