"""Entries and sums over indices."""

from __future__ import annotations

from typing import Any

from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, abstract, index_size, make
from hw3.derivations.language.printing import BIG, TIGHT, Printer, subscript
from hw3.derivations.language.sizes import Shape, Size, axes, show_shape


class Entry(Operation):
    """A_ij: args are the array and an index for each axis that is not a literal 1."""

    name = "entry"
    tightness = TIGHT + 1
    takes_indices = True

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        array, *indices = args
        sizes = axes(array.shape)
        if len(indices) != len(sizes):
            raise ShapeError(f"{len(indices)} indices on {show_shape(array.shape)}, which has {len(sizes)} axes")
        for i, n in zip(indices, sizes, strict=True):
            if index_size(i) is not n:
                raise ShapeError(f"an index from 1 to {index_size(i)} on an axis from 1 to {n}")
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        array, *indices = node.args
        return m(array, tuple(m.index(i) for i in indices))

    def show(self, node: Expr, p: Printer) -> str:
        array, *indices = node.args
        shown = [p(i) for i in indices]
        text = p(array, TIGHT + 1)
        low = ("" if all(len(s) == 1 for s in shown) else ",").join(shown)
        if p.latex and "_" in text:  # a second subscript on one base is a TeX error
            text = rf"\left({text}\right)"
        elif not p.latex and text[-1] in "₀₁₂₃₄₅₆₇₈₉":
            text = f"({text})"
        return p.sub(text, low)


class Sum(Operation):
    """The sum of a body over an index; data is (hint, size)."""

    name = "sum"
    binds = 1
    tightness = BIG

    def variable(self, args: tuple[Expr, ...], data: Any) -> Size:
        return data[1]

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return args[0].shape

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        body, i = m.opened(node)
        return m(body, at).summed(m.index(i))

    def show(self, node: Expr, p: Printer) -> str:
        hint, n = node.data
        with p.binding(p.fresh_name(hint, node.args[0])) as i:
            body = p(node.args[0], BIG)
            if p.latex:
                return rf"\sum_{{{i}=1}}^{{{n}}} {body}"
            return f"∑{subscript(i)} {body}"


ENTRY, SUM = Entry(), Sum()


def entry(array: Expr, *indices: Expr) -> Expr:
    return make(ENTRY, (array, *indices))


def sum_over(i: Expr, body: Expr) -> Expr:
    """The sum of `body` over the index `i` (made by `index`)."""
    if i.operation.name != "index":
        raise ShapeError(f"a sum over {i}: it runs over an index")
    name, n = i.data
    return make(SUM, (abstract(body, i),), (name if isinstance(name, str) else name.hint, n))
