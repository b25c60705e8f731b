r"""Sums over indices as products of arrays, where they are: \sum_{ij} x_i A_{ij} y_j is x^T A y.

Every scalar under the sums is read as an array over at most two of the indices; a sum joins two arrays at the
index that they share. What has no such form stays a sum, and is differentiated as one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from hw3.derivations.gradients.naming import active_nodes
from hw3.derivations.gradients.simplify import elementwise, inner, is_ones, minus, ones, plus, times, turned
from hw3.derivations.language.expression import Expr, Fresh, instantiate, make, walk
from hw3.derivations.operations import apply, diag, diagonal, index, number, size, sum_axes


class _NoForm(Exception):
    """The sum has no form without indices."""


@dataclass(frozen=True)
class _Over:
    """A scalar as an array over indices: none, one (a column) or two (a matrix: rows, then columns)."""

    array: Expr
    on: tuple[Expr, ...] = ()

    def turned(self) -> _Over:
        return _Over(turned(self.array), self.on[::-1])

    def along(self, on: tuple[Expr, ...]) -> Expr:
        """The array over these indices, the same along those that it has not."""
        if self.on == on:
            return self.array
        if self.on == on[::-1]:
            return turned(self.array)
        if not on or set(self.on) - set(on):
            raise _NoForm
        if not self.on:
            sizes = tuple(i.data[1] for i in on)
            return times(self.array, ones(sizes))
        column, other = self.array, on[1 - on.index(self.on[0])]
        row = turned(ones((other.data[1],)))
        return times(column, row) if on[0] is self.on[0] else turned(times(column, row))


def without_indices(root: Expr, wrt: tuple[Expr, ...]) -> Expr:
    """The expression with the sums that depend on the variables as products of arrays, as far as they are."""
    active = active_nodes(root, wrt)
    if not any(n.operation.name == "sum" for n in active):
        return root
    new: dict[Expr, Expr] = {}
    for node in walk(root):
        if node not in active or node in wrt:
            new[node] = node
            continue
        args = tuple(new[a] for a in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        new[node] = node if same else make(node.operation, args, node.data)
        if node.operation.name == "sum" and not node.loose and not node.shape:
            with suppress(_NoForm):
                new[node] = _read(new[node], ()).array
    return new[root]


def _read(e: Expr, indices: tuple[Expr, ...]) -> _Over:
    """The scalar as an array over those of the indices that it depends on."""
    name = e.operation.name
    if name == "sum":
        if e.shape:
            raise _NoForm
        i = index(Fresh(e.data[0]), e.data[1])
        return _summed(instantiate(e.args[0], i), i, (*indices, i))
    if not any(i in indices for i in walk(e)) and not any(n.operation.name == "sum" and not n.shape for n in walk(e)):
        if e.shape:
            raise _NoForm
        return _Over(e)
    if e.shape:
        raise _NoForm
    if name == "entry":
        return _entry(e, indices)
    if name in ("abbreviation", "trace", "transpose"):
        return _read(e.args[0], indices)
    if name in ("product", "hadamard"):
        return _together([_read(a, indices) for a in e.args])
    if name == "add":
        parts = [_read(a, indices) for a in e.args]
        on = _union(parts)
        return _Over(plus(*(p.along(on) for p in parts)), on)
    if name == "negative":
        part = _read(e.args[0], indices)
        return _Over(minus(part.array), part.on)
    if name == "quotient":
        return _together([_read(e.args[0], indices), _applied("reciprocal", _read(e.args[1], indices))])
    if name == "apply":
        part = _read(e.args[0], indices)
        return _Over(apply(e.data[0], part.array, e.data[1]), part.on)
    if name == "power":
        return _powered(_read(e.args[0], indices), e)
    raise _NoForm


def _entry(e: Expr, indices: tuple[Expr, ...]) -> _Over:
    array, *at = e.args
    if any(i in indices for i in walk(array)) or len(at) > 2 or not all(i in indices for i in at):
        raise _NoForm
    if len(at) == 2:
        return _Over(array, tuple(at)) if at[0] is not at[1] else _Over(diagonal(array), (at[0],))
    return _Over(array if len(array.shape) == 1 else turned(array), tuple(at))


def _applied(name: str, part: _Over) -> _Over:
    return _Over(apply(name, part.array) if part.on else number(1) / part.array, part.on)


def _powered(part: _Over, e: Expr) -> _Over:
    if not part.on:
        return _Over(make(e.operation, (part.array,), e.data))
    if e.data == 2:
        return _Over(elementwise(part.array, part.array), part.on)
    if e.data == -1:
        return _applied("reciprocal", part)
    if e.data == 1:
        return part
    raise _NoForm


def _union(parts: list[_Over]) -> tuple[Expr, ...]:
    widest = max((p.on for p in parts), key=len)
    on = dict.fromkeys((*widest, *(i for p in parts for i in p.on)))
    if len(on) > 2:
        raise _NoForm
    return tuple(on)


def _together(parts: list[_Over]) -> _Over:
    on = _union(parts)
    scalars = [p.array for p in parts if not p.on]
    arrays = [p.along(on) for p in parts if p.on]
    return _Over(times(*scalars, elementwise(*arrays)) if arrays else times(*scalars), on)


def _summed(body: Expr, j: Expr, indices: tuple[Expr, ...]) -> _Over:
    """The sum over j, of each term on its own; factors without j come out."""
    if body.operation.name == "add":
        parts = [_summed(a, j, indices) for a in body.args]
        on = _union(parts)
        return _Over(plus(*(p.along(on) for p in parts)), on)
    if body.operation.name == "negative":
        part = _summed(body.args[0], j, indices)
        return _Over(minus(part.array), part.on)
    factors = [_read(f, indices) for f in _factors(body)]
    inside = [f for f in factors if j in f.on]
    outside = [f for f in factors if j not in f.on]
    if not inside:
        return _together([*outside, _Over(size(j.data[1]))])
    return _together([*outside, _joined(inside, j)])


def _factors(e: Expr) -> list[Expr]:
    name = e.operation.name
    if name in ("product", "hadamard") and not any(a.shape for a in e.args):
        return [f for a in e.args for f in _factors(a)]
    if name == "power" and e.data == 2 and not e.shape:
        return [*_factors(e.args[0]), *_factors(e.args[0])]
    return [e]


def _joined(inside: list[_Over], j: Expr) -> _Over:
    """The sum over j of a product of arrays that all have j."""
    columns = [f.array for f in inside if f.on == (j,)]
    others = list(dict.fromkeys(i for f in inside for i in f.on if i is not j))
    if not others:
        return _Over(_total(elementwise(*columns)) if len(columns) == 1 else _dot(columns))
    if len(others) > 2:
        raise _NoForm
    sides = [elementwise(*(f.along((i, j)) for f in inside if i in f.on)) for i in others]
    if len(others) == 1:
        weights = elementwise(*columns) if columns else ones_like_column(sides[0])
        return _Over(times(sides[0], weights), (others[0],))
    middle = [diag(elementwise(*columns))] if columns else []
    return _Over(times(sides[0], *middle, turned(sides[1])), (others[0], others[1]))


def _dot(columns: list[Expr]) -> Expr:
    return inner(columns[0], elementwise(*columns[1:]))


def _total(column: Expr) -> Expr:
    """The sum of the entries."""
    if column.operation.name == "hadamard":
        return _dot(list(column.args))
    if column.operation.name == "product" and len(column.args) == 2 and is_ones(column.args[1]):
        return sum_axes(column.args[0])
    return sum_axes(column)


def ones_like_column(matrix: Expr) -> Expr:
    """A column of ones, as long as the rows of the matrix."""
    return ones(matrix.shape[1:])
