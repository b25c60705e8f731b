"""Indices as numbers: samples, entries at shifted places, and the 0/1 numbers [i = j + k] and [i < j].

An affine form of indices is a place in an array: x_{i + j - 1}, the entry under a sliding window, or x_{2i}.
Forms are kept with indices counted from 0, as the calculus counts them, and printed with indices from 1, as
people do: i + j - 1 counted from 1 is i + j counted from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.differential import NoMeaning
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, index_size, make
from hw3.derivations.language.printing import ATOM, TIGHT, Printer
from hw3.derivations.language.sizes import ONE, Shape, Size, axes, shape_of, show_shape
from hw3.derivations.operations.indexed import entry
from hw3.derivations.operations.leaves import POSITION, position

NONE = Size.of(0)


def trimmed(shape: Shape) -> Shape:
    """The shape as the language writes it: up to two sizes without a literal 1 at the end."""
    return shape_of(*shape) if len(shape) <= 2 else shape


def _size_of(i: Expr, what: str) -> Size:
    size = index_size(i)
    if size is None:
        raise ShapeError(f"{i} in the place of an index of {what}")
    return size


def lowered(text: str, low: str, p: Printer) -> str:
    """The text with a subscript, in parentheses if it has one already."""
    if p.latex and "_" in text:  # a second subscript on one base is a TeX error
        text = rf"\left({text}\right)"
    elif not p.latex and text[-1:] in tuple("₀₁₂₃₄₅₆₇₈₉"):
        text = f"({text})"
    return p.sub(text, low)


class Sample(Operation):
    """x_i, the part of an array at one position of its first axis: [...] = a[i, ...]; args the array, the index."""

    name = "sample"
    tightness = TIGHT + 1
    takes_indices = True

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        array, i = args
        if not array.shape:
            raise ShapeError("a sample of a scalar: it has no axis to take one from")
        if index_size(array) is not None or _size_of(i, str(array)) is not array.shape[0]:
            raise ShapeError(f"an index from 1 to {index_size(i)} on an axis from 1 to {array.shape[0]}")
        return trimmed(array.shape[1:])

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        array, i = node.args
        return m(array, at if array.shape[0] is ONE else (m.index(i), *at))

    def show(self, node: Expr, p: Printer) -> str:
        return lowered(p(node.args[0], TIGHT + 1), p(node.args[1]), p)


# --- affine forms -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A place as it is written, indices and place counted from 1: the sum of c_k i_k, and a constant."""

    terms: tuple[tuple[Expr, Size], ...]
    constant: Size = NONE


def place(terms: Sequence[tuple[Expr, Size | int]], constant: Size | int = 0) -> Place:
    """c_1 i_1 + c_2 i_2 + ... + c as it is written, everything counted from 1.

    >>> from hw3.derivations.operations import index, shifted_entry, vector
    >>> i, j, x = index("i", Size.of("n") - Size.of("k") + 1), index("j", "k"), vector("x", "n")
    >>> shifted_entry(x, place([(i, 1), (j, 1)], -1))
    xᵢ₊ⱼ₋₁
    """
    return Place(tuple((i, Size.of(c)) for i, c in terms), Size.of(constant))


def show_affine(p: Printer, terms: Sequence[tuple[str, Size]], constant: Size) -> str:
    """The sum of c_k i_k and the constant, for indices that are printed already."""
    text = ""
    for name, c in terms:
        if c is NONE:
            continue
        below = str(c).startswith("-") and len(c.terms) == 1
        size = -c if below else c
        factor = "" if size is ONE else f"({size})" if len(size.terms) > 1 else str(size)
        if factor and name[:1].isdigit():
            factor += r" \cdot " if p.latex else "·"
        text += ((" - " if below else " + ") if text else ("-" if below else "")) + factor + name
    if constant is NONE and text:
        return text
    below = str(constant).startswith("-")
    if not text:
        return str(constant)
    return f"{text} - {-constant}" if below else f"{text} + {constant}"


class Coincide(Operation):
    """[sum_k c_k i_k + c = 0], 1 where the equation holds and 0 elsewhere, indices counted from 0; args the
    indices, data (their coefficients, the constant)."""

    name = "coincide"
    takes_indices = True
    tightness = ATOM

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        for i in args:
            _size_of(i, "an equation of indices")
        if len(args) != len(data[0]):
            raise ShapeError(f"{len(data[0])} coefficients for {len(args)} indices")
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        coefficients, constant = node.data
        pairs = zip(node.args, coefficients, strict=True)
        return P.affine([(m.index(i), c) for i, c in pairs if index_size(i) is not ONE], constant)

    def show(self, node: Expr, p: Printer) -> str:
        coefficients, constant = node.data
        names = [p(i) for i in node.args]
        if coefficients in ((ONE, -ONE), (-ONE, ONE)) and constant is NONE:
            low = ("" if all(len(s) == 1 for s in names) else ",").join(names)
            return p.sub(r"\delta" if p.latex else "δ", low)
        written = constant - sum(coefficients, NONE)
        left = [(n, c) for n, c in zip(names, coefficients, strict=True) if not _below(c)]
        right = [(n, -c) for n, c in zip(names, coefficients, strict=True) if _below(c)]
        sides = (
            show_affine(p, left, NONE if _below(written) else written),
            show_affine(p, right, -written if _below(written) else NONE),
        )
        equation = " = ".join(sides)
        return rf"\mathbb{{1}}\left[{equation}\right]" if p.latex else f"𝟙[{equation}]"


def _below(c: Size) -> bool:
    return str(c).startswith("-")


Form = tuple[tuple[Size, ...], Size]  # a coefficient for each of the indices, and the constant, counted from 0


class ShiftedEntry(Operation):
    """x_{i+j-1}, an entry at a place that is an affine form of indices; args the array and the indices, data a
    form for each axis that is not a literal 1: the indices' coefficients and a constant, counted from 0."""

    name = "shifted_entry"
    tightness = TIGHT + 1
    takes_indices = True

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        array, *indices = args
        sizes = axes(array.shape)
        if index_size(array) is not None or len(data) != len(sizes):
            raise ShapeError(f"{len(data)} places on {show_shape(array.shape)}, which has {len(sizes)} axes")
        for i in indices:
            _size_of(i, str(array))
        if any(len(coefficients) != len(indices) for coefficients, _ in data):
            raise ShapeError(f"a place on {array} without a coefficient for each index")
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        """The entry, where every place is certain to be on its axis: beyond it there is none, and not a 0."""
        array, *indices = node.args
        poly, own = m.generic(array)
        for axis, n, form in zip(own, axes(array.shape), node.data, strict=True):
            if not within(indices, form, n):
                raise NoMeaning(f"an entry of {array} at a place that may lie beyond its {n} entries")
            terms = [(m.index(i), -c) for i, c in zip(indices, form[0], strict=True) if index_size(i) is not ONE]
            poly = poly * P.affine([(axis, ONE), *terms], -form[1])
        return poly.summed(*own)

    def show(self, node: Expr, p: Printer) -> str:
        array, *indices = node.args
        names = [p(i) for i in indices]
        shown = []
        for coefficients, constant in node.data:
            written = constant - sum(coefficients, NONE) + 1
            shown.append(show_affine(p, list(zip(names, coefficients, strict=True)), written))
        return lowered(p(array, TIGHT + 1), ("" if all(len(s) == 1 for s in shown) else ",").join(shown), p)


def within(indices: Sequence[Expr], form: Form, n: Size) -> bool:
    """Whether a place is on an axis of n entries whatever the indices are, for all sizes (sufficient)."""
    ends = extremes(indices, form)
    there = [n, *(size for i in indices if (size := index_size(i)) is not None)]
    return ends is not None and all(_is_nonnegative(_at_least_one(s, there)) for s in (ends[0], n - 1 - ends[1]))


def extremes(indices: Sequence[Expr], form: Form) -> tuple[Size, Size] | None:
    """The least and the greatest value of a form; None where a coefficient may have either sign."""
    coefficients, constant = form
    low = high = constant
    for i, c in zip(indices, coefficients, strict=True):
        size = index_size(i)
        assert size is not None
        if i.operation is POSITION:
            low, high = low + c * i.data[0], high + c * i.data[0]
        elif _is_nonnegative(c):
            high = high + c * (size - 1)
        elif _is_nonnegative(-c):
            low = low + c * (size - 1)
        else:
            return None
    return low, high


def _at_least_one(size: Size, there: Sequence[Size]) -> Size:
    """The size with 1 + n for every name n that is the size of an axis, so that n is 0 or more."""
    moved = NONE
    for powers, c in size.terms:
        term = Size.of(c)
        for name, power in powers:
            factor = Size.symbol(name) + (1 if Size.symbol(name) in there else 0)
            for _ in range(power):
                term = term * factor
        moved = moved + term
    return moved


def _is_nonnegative(size: Size) -> bool:
    """Whether a size is >= 0 for all values >= 0 of its names (sufficient: no negative coefficient)."""
    return all(c >= 0 for _, c in size.terms)


def forms_of(node: Expr) -> tuple[Form, ...]:
    """The affine forms of indices that a node has among its data."""
    if node.operation.name == "coincide":
        return (node.data,)
    return node.data if node.operation.name == "shifted_entry" else ()


# --- order, and an index as a number ------------------------------------------------------------------------


def before(i: int, j: int, size: Size) -> Poly:
    """The 0/1 tensor [i < j] of two free indices of this size."""
    n = P.SIZES.number(size)
    if P.described(i).size != n or P.described(j).size != n:
        raise ValueError("an order of indices of another size")
    return P.factor(P.head_number("order", n, (n, n)), (i, j))


def counted(i: int, size: Size) -> Poly:
    """A free index of this size as a number, from 1."""
    n = P.SIZES.number(size)
    if P.described(i).size != n:
        raise ValueError("an index of another size")
    position = P.described(i).position
    return P.rational(position + 1) if position is not None else P.factor(P.head_number("place", n, (n,)), (i,))


class Less(Operation):
    """[i < j] or [i <= j], 1 where it holds and 0 elsewhere; data is whether it is strict."""

    name = "less"
    takes_indices = True

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if _size_of(args[0], "a comparison") is not _size_of(args[1], "a comparison"):
            raise ShapeError(f"an index of {index_size(args[0])} compared to one of {index_size(args[1])}")
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        n = index_size(node.args[0])
        assert n is not None
        if n is ONE:
            return P.ZERO if node.data else P.UNITY
        i, j = (m.index(k) for k in node.args)
        below = before(i, j, n)
        return below if node.data else below + P.delta(i, j, n)

    def show(self, node: Expr, p: Printer) -> str:
        sign = (r"\le" if p.latex else "≤") if not node.data else "<"
        relation = f"{p(node.args[0])} {sign} {p(node.args[1])}"
        return rf"\mathbb{{1}}\left[{relation}\right]" if p.latex else f"𝟙[{relation}]"


class IndexValue(Operation):
    """An index as a number, counted from 1."""

    name = "index_value"
    takes_indices = True

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        _size_of(args[0], "a number")
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        n = index_size(node.args[0])
        assert n is not None
        return P.UNITY if n is ONE else counted(m.index(node.args[0]), n)

    def show(self, node: Expr, p: Printer) -> str:
        return p(node.args[0])


SAMPLE, COINCIDE, SHIFTED_ENTRY, LESS, INDEX_VALUE = Sample(), Coincide(), ShiftedEntry(), Less(), IndexValue()


def sample(array: Expr, i: Expr) -> Expr:
    """The part of an array at the position i of its first axis: of the rows x_1, ..., x_N of X, the column x_i."""
    return make(SAMPLE, (array, i))


def coincide(indices: Sequence[Expr], coefficients: Sequence[Size | int], constant: Size | int = 0) -> Expr:
    """[sum_k c_k i_k + c = 0] for indices counted from 0."""
    return make(COINCIDE, tuple(indices), (tuple(map(Size.of, coefficients)), Size.of(constant)))


def delta(i: Expr, j: Expr) -> Expr:
    """The Kronecker delta, 1 where i = j and 0 elsewhere.

    >>> from hw3.derivations.operations import index
    >>> delta(index("i", "n"), index("j", "n"))
    δᵢⱼ
    """
    return coincide((i, j), (1, -1))


def shifted_entry(array: Expr, *places: Expr | Place) -> Expr:
    """The entry of an array at a place (an index, or a `place`) for each axis that is not a literal 1.

    It has a value only where every place is on its axis.
    """
    written = [q if isinstance(q, Place) else place([(q, 1)]) for q in places]
    if any(index_size(i) is None for q in written for i, _ in q.terms):
        raise ShapeError(f"what is no index in a place of {array}")
    indices = tuple(dict.fromkeys(i for q in written for i, _ in q.terms if i.operation is not POSITION))
    forms: list[Form] = []
    for q in written:
        coefficients = [sum((c for j, c in q.terms if j is i), NONE) for i in indices]
        literal = sum((c * (i.data[0] + 1) for i, c in q.terms if i.operation is POSITION), NONE)
        forms.append((tuple(coefficients), q.constant + literal + sum(coefficients, NONE) - 1))
    if not indices and all(c.is_literal and c.literal >= 0 for _, c in forms):
        sizes = axes(array.shape)
        return entry(array, *(position(c.literal, n) for (_, c), n in zip(forms, sizes, strict=True)))
    return make(SHIFTED_ENTRY, (array, *indices), tuple(forms))


def less(i: Expr, j: Expr, strict: bool = True) -> Expr:
    """[i < j], or [i <= j]."""
    return make(LESS, (i, j), strict)


def index_value(i: Expr) -> Expr:
    """The index as a number, from 1."""
    return make(INDEX_VALUE, (i,))
