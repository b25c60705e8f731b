"""Definitions: the value of a name, of a function, of an array by its entries."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr, Fresh, index_size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Defined, Elaborator
from hw3.derivations.latex.scope import Definition, IndexName, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import array_of, index, symbol


def define(e: Elaborator, definition: Definition, node: s.Node) -> Defined:
    """Elaborates a definition in its own scope.

    Raises:
        ReadingError: it is not read.
    """
    inner = Elaborator(definition.scope or e.scope, e.reading)
    arguments = tuple(_parameter(inner, p) for p in definition.params)
    value = _by_entries(inner, definition) if definition.indices else inner(definition.body)
    if inner.free:
        raise ReadingError(f"{next(iter(inner.free))} is on the right side of a definition alone", node.place)
    return Defined(_as_declared(e, definition, value, node), arguments, inner)


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


def _parameter(e: Elaborator, node: s.Node) -> Expr:
    """A parameter: the variable of its name, or a scalar of its own."""
    key = s.key(node)
    if key is None:
        raise ReadingError("a function's argument is a name in its definition", node.place)
    found = e.scope.find(key)
    if isinstance(found, Variable):
        e.lookup(key)
        value = found.symbol()
    else:
        value = symbol(Fresh(key))
    e.local[key] = value
    return value


def _by_entries(e: Elaborator, definition: Definition) -> Expr:
    """x_i = body(i) as the array of all of them."""
    bound: list[tuple[str, Expr]] = []
    for node in definition.indices:
        key = s.key(node)
        if key is None:
            raise ReadingError("the index of a definition is a name", node.place)
        found = e.scope.find(key)
        size = found.range if isinstance(found, IndexName) else e.holes.fresh()
        if definition.declared is not None and not isinstance(found, IndexName):
            size = definition.declared[len(bound)] if len(bound) < len(definition.declared) else size
        e.local[key] = index(Fresh(key), size)
        bound.append((key, e.local[key]))
    value = e(definition.body)
    for _, i in reversed(bound):
        i = e.holes.settle(i)
        assert index_size(i) is not None
        value = array_of(i, e.holes.settle(value))
    return value
