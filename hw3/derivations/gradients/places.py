r"""Adjoints of samples, shifted entries, blocks, stacked columns, Kronecker products and the greater of two.

What reads an array at a place has an adjoint that writes there: the array that is d at the place and 0
elsewhere, written as an array of Kronecker deltas. A sum of such arrays over the place is an array again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hw3.derivations.gradients.adjoints import Context, NoAdjoint, adjoint
from hw3.derivations.gradients.simplify import elementwise, is_zero, minus, ones_like, over, plus, times, zero
from hw3.derivations.language.expression import Expr, Fresh, instantiate, walk
from hw3.derivations.language.sizes import ONE, Shape, Size, axes
from hw3.derivations.operations import (
    HALF,
    apply,
    array_of,
    coincide,
    delta,
    index,
    number,
    place,
    sample,
    shifted_entry,
    sum_over,
)
from hw3.derivations.operations.blocks import as_matrix, in_rows
from hw3.derivations.operations.comprehensions import ARRAY_OF
from hw3.derivations.operations.positions import NONE, Place


def filled(shape: Shape, entry: Callable[[list[Expr | None]], Expr], names: str = "ijkl") -> Expr:
    """The array of a shape whose entries are given by an index for each axis, None for a literal 1.

    Raises:
        NoAdjoint: no nested arrays have the shape.
    """
    own = [index(Fresh(names[k % len(names)]), n) for k, n in enumerate(shape)]
    made = entry([None if n is ONE else i for i, n in zip(own, shape, strict=True)])
    for i in reversed(own):
        made = array_of(i, made)
    if made.shape != shape:
        raise NoAdjoint("an array with an axis of one entry at its end")
    return made


def at_place(d: Expr, *places: tuple[Sequence[tuple[Expr | None, Size]], Size]) -> Expr:
    """The entry of d at places, each with its terms and its constant counted from 0; literal axes have none."""
    found: list[Place] = []
    for (terms, constant), n in zip(places, d.shape if len(d.shape) == len(places) else (), strict=True):
        if n is not ONE:
            there = [(i, c) for i, c in terms if i is not None]
            found.append(place(there, constant + 1 - sum((c for _, c in there), NONE)))
    return shifted_entry(d, *found) if found else d


def part_at(d: Expr, i: Expr, scalar: bool) -> Expr:
    """The part of d at i; of an array that is given by its parts, what gives it."""
    inside = d
    while inside.operation.name == "abbreviation":
        inside = inside.args[0]
    if inside.operation is ARRAY_OF and d is inside:
        return instantiate(d.args[0], i)
    if not d.shape:
        return d
    return d[i] if scalar and len(axes(d.shape)) == 1 and d.shape[0] is not ONE else sample(d, i)


def gathered(i: Expr, c: Expr) -> Expr | None:
    """The sum over i of an array that is d_i at the place i and 0 elsewhere: the array of the d_i."""
    if c.operation.name == "quotient":
        above = _at_entries(i, c.args[0])
        return None if above is None else array_of(i, over(above, c.args[1]))
    if c.operation.name in ("product", "derivative"):
        above = _at_entries(i, c)
        return None if above is None else array_of(i, above)
    if c.operation is not ARRAY_OF or c.data[1] is not i.data[1]:
        return None
    row = index(Fresh(i.data[0].hint if isinstance(i.data[0], Fresh) else i.data[0]), c.data[1])
    body = instantiate(c.args[0], row)
    here = delta(row, i)
    if body.operation.name != "product" or here not in body.args or len(body.args) < 2:
        return None
    rest = times(*(a for a in body.args if a is not here))
    return array_of(i, rest) if row not in walk(rest) else None


def _at_entries(i: Expr, c: Expr) -> Expr | None:
    """d_i, of d_i times the column that is 1 at its entry i and 0 elsewhere: the derivative of that entry."""
    *rest, unit = c.args if c.operation.name == "product" else (c,)
    if unit.operation.name != "derivative":
        return None
    body = unit.args[1]
    if body.operation.name != "entry" or body.args[1:] != (i,) or body.args[0].operation.name != "bound":
        return None
    if unit.shape != (i.data[1],) or any(r.shape for r in rest):
        return None
    return times(*rest) if rest else number(1)


@adjoint("sample")
def _sample(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    array, i = node.args
    row = index(Fresh("l"), array.shape[0])
    made = array_of(row, times(delta(row, i), d))
    if made.shape != array.shape:
        raise NoAdjoint("an array with an axis of one entry at its end")
    return made, "the cotangent at that position, and 0 elsewhere"


@adjoint("shifted_entry")
def _shifted_entry(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    array, *indices = node.args
    forms = iter(node.data)

    def entry(own: list[Expr | None]) -> Expr:
        factors = []
        for i in own:
            if i is not None:
                coefficients, constant = next(forms)
                factors.append(coincide([i, *indices], [ONE, *(-q for q in coefficients)], -constant))
        return times(*factors, d)

    return filled(array.shape, entry, "lpqr"), "the cotangent at that entry, and 0 elsewhere"


@adjoint("vec")
def _vec(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    a = node.args[0]
    why = "the cotangent cut into columns"
    if d.operation is node.operation and d.args[0].shape == a.shape:
        return d.args[0], why
    if not a.shape or is_zero(d):
        return (d if not a.shape else zero(a.shape)), why
    rows, _ = as_matrix(a.shape, "vec")

    def entry(own: list[Expr | None]) -> Expr:
        i, j = (*own, None)[:2]
        return at_place(d, ([(i, ONE), (j, rows)], NONE))

    return filled(a.shape, entry), why


@adjoint("kron")
def _kron(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    """sum_kl d[k + p i, l + q j] B_kl for A, and the same summed over i and j for B."""
    why = "the blocks of the cotangent, each times the other factor, summed"
    one, other = node.args[k], c.called(node.args[1 - k])
    (p, q), sizes = as_matrix(node.args[1].shape, "kron"), as_matrix(other.shape, "kron")
    if not one.shape and not other.shape:
        return times(d, other), why
    if is_zero(d):
        return zero(one.shape), why
    summed = [None if n is ONE else index(Fresh(name), n) for name, n in zip("rs", sizes, strict=True)]

    def entry(own: list[Expr | None]) -> Expr:
        here = (*own, None, None)[:2]
        (i, j), (low, right) = (here, summed) if k == 0 else (summed, here)
        places = ([(low, ONE), (i, p)], NONE), ([(right, ONE), (j, q)], NONE)
        read = at_place(d, *places[: len(d.shape)]) if d.shape else d
        there = [s for s in summed if s is not None]
        made = times(read, other[tuple(there)] if there else other)
        for s in reversed(there):
            made = sum_over(s, made)
        return made

    return filled(one.shape, entry) if one.shape else entry([]), why


@adjoint("block")
def _block(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    """The part of the cotangent where the block stands."""
    why = "the part of the cotangent that belongs to it"
    if d.operation is node.operation and d.data == node.data and [a.shape for a in d.args] == [
        a.shape for a in node.args
    ]:  # fmt: skip
        return d.args[k], why
    block = node.args[k]
    if is_zero(d):
        return zero(block.shape), why
    seen, down = 0, NONE
    for row in in_rows(node.args, node.data):
        if k < seen + len(row):
            right = sum((as_matrix(a.shape, "block")[1] for a in row[: k - seen]), NONE)
            break
        seen, down = seen + len(row), down + as_matrix(row[0].shape, "block")[0]

    def entry(own: list[Expr | None]) -> Expr:
        i, j = (*own, None, None)[:2]
        places = ([(i, ONE)], down), ([(j, ONE)], right)
        return at_place(d, *places[: len(d.shape)]) if d.shape else d

    return (filled(block.shape, entry) if block.shape else entry([])), why


@adjoint("extremum")
def _extremum(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    a, b = (c.called(x) for x in node.args)
    apart = plus(a, minus(b)) if (k == 0) == (node.data == "max") else plus(b, minus(a))
    chosen = times(HALF, plus(ones_like(d), apply("sign", apart)))
    return elementwise(d, chosen), f"the cotangent where it is the {'greater' if node.data == 'max' else 'less'}"
