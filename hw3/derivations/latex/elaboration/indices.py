"""Subscripts: entries, members of families, places such as i + j - 1, the Kronecker delta."""

from __future__ import annotations

from dataclasses import dataclass

from hw3.derivations.language.expression import Expr, index_size
from hw3.derivations.language.sizes import Size, axes, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.errors import ShapeConflict
from hw3.derivations.latex.scope import Generic, IndexName, LawName, SizeName, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import entry, position, sample, shifted_entry
from hw3.derivations.operations.positions import Place, place

NONE, ONE = Size.of(0), Size.of(1)


@dataclass(frozen=True)
class At:
    """A subscript c_1 i_1 + ... + c, counted from 1."""

    terms: tuple[tuple[Expr, Size], ...]
    constant: Size
    node: s.Node

    @property
    def plain(self) -> Expr | None:
        """The index, if the subscript is just one."""
        if len(self.terms) == 1 and self.terms[0][1] is ONE and self.constant is NONE:
            return self.terms[0][0]
        return None


def is_index_letter(e: Elaborator, node: s.Node) -> bool:
    """Whether a name in a subscript is an index: bound as one, declared as one or as a size, or a free letter."""
    if not isinstance(node, s.Name) or node.font not in ("", "it"):
        return False
    key = s.key(node)
    if key in e.local:
        return index_size(e.local[key]) is not None
    found = e.find(key or "")
    if found is None:
        return len(node.text) == 1 and node.text.isalpha() and node.text.islower() and not e.scope.functions(node.text)
    return isinstance(found, IndexName | SizeName)


def is_index(e: Elaborator, node: s.Node | None) -> bool:
    """Whether a subscript can be read as indices."""
    match node:
        case s.Number():
            return "." not in node.text
        case s.Name():
            return is_index_letter(e, node)
        case s.Juxt() | s.Sequence() | s.Sum():
            if s.is_word(node):
                return all(s.key(n) in e.local for n in node.items)
            return all(is_index(e, n) for n in node.items)
        case s.Script():
            return s.key(node) in e.local or isinstance(e.find(s.key(node) or ""), IndexName | SizeName)
        case s.Fence(open="("):
            return is_index(e, node.body)
        case _:
            return False


def subscript(e: Elaborator, node: s.Node, rank: int) -> list[At]:
    """The places that a subscript names, for an array of `rank` axes."""
    if isinstance(node, s.Sequence):
        return [_one(e, n) for n in node.items]
    if isinstance(node, s.Juxt) and len(node.items) <= max(rank, 1) and len(node.items) > 1:
        return [_one(e, n) for n in node.items]
    if isinstance(node, s.Number) and rank > 1 and len(node.text) == rank:  # A_{12}
        return [At((), Size.of(int(d)), node) for d in node.text]
    return [_one(e, node)]


def _one(e: Elaborator, node: s.Node) -> At:
    terms: dict[Expr, Size] = {}
    constant = NONE

    def collect(n: s.Node, factor: Size) -> None:
        nonlocal constant
        match n:
            case s.Number():
                if not n.text.isdigit() or len(n.text) > 6:
                    raise ReadingError("this number in a subscript is not read", n.place)
                constant = constant + factor * int(n.text)
            case s.Sum():
                for sign, item in zip(n.signs, n.items, strict=True):
                    if sign not in ("", "+", "-"):
                        raise ReadingError(f"{sign} is not read in a subscript", n.place)
                    collect(item, -factor if sign == "-" else factor)
            case s.Juxt():
                for item in n.items[:-1]:
                    factor = factor * size_of(e, item)
                collect(n.items[-1], factor)
            case s.Fence():
                collect(n.body, factor)
            case s.Name() | s.Script():
                key = s.key(n)
                found = e.local.get(key or "") or e.lookup(key)
                if isinstance(found, SizeName):
                    constant = constant + factor * found.size
                elif isinstance(found, Expr) and index_size(found) is not None:
                    terms[found] = terms.get(found, NONE) + factor
                    constant = constant + factor * e.offsets.get(key or "", NONE)
                elif isinstance(found, IndexName) and key is not None:
                    i = e.free_index(key, found.range)
                    terms[i] = terms.get(i, NONE) + factor
                elif found is None and key is not None and is_index_letter(e, n):
                    i = e.free_index(key)
                    terms[i] = terms.get(i, NONE) + factor
                else:
                    raise ReadingError(f"{key} in a subscript is no index", n.place)
            case _:
                raise ReadingError("this subscript is not read", n.place)

    collect(node, ONE)
    kept = tuple((e.holes.settle(i), c) for i, c in terms.items() if c is not NONE)
    return At(kept, e.holes.size(constant), node)


def size_of(e: Elaborator, node: s.Node) -> Size:
    """A size: n, n - k + 1, 2n, mn, n^2.

    Raises:
        ReadingError: it is none.
    """
    match node:
        case s.Number() if node.text.isdigit() and int(node.text) < 10_000:
            return Size.of(int(node.text))
        case s.Sum():
            total = NONE
            for sign, item in zip(node.signs, node.items, strict=True):
                n = size_of(e, item)
                total = total - n if sign == "-" else total + n
            return total
        case s.Juxt() | s.Product():
            if isinstance(node, s.Product) and set(node.ops) - {"·", "×", "*"}:
                raise ReadingError("a size is made of names, numbers, +, - and products", node.place)
            product = ONE
            for item in node.items:
                product = product * size_of(e, item)
            return product
        case s.Fence(open="(" | "["):
            return size_of(e, node.body)
        case s.Script(sup=s.Number(text="2" | "3" | "4") as power, primes=0) if node.sub is None:
            base, whole = size_of(e, node.base), ONE
            for _ in range(int(power.text)):
                whole = whole * base
            return whole
        case s.Name() | s.Script() | s.Accent():
            found = e.lookup(s.key(node))
            if isinstance(found, SizeName):
                return found.size
            raise ReadingError(f"{s.key(node)} is not known to be a size", node.place)
        case _:
            raise ReadingError("this is not a size", node.place)


def at_place(e: Elaborator, array: Expr, where: list[At], node: s.Node) -> Expr:
    """The entry of an array at a place for each axis; with one place fewer, its part there."""
    array = e.holes.settle(array)
    sizes = axes(array.shape)
    if len(sizes) == len(where) == 1 and array.operation.name == "symbol" and not _is_bound(e, where[0]):
        e.soft["an entry of a vector may be meant as a member of a sequence"] = None
    if len(where) == 1 and len(sizes) == 2:
        return member(e, array, where[0], node)
    if len(where) != len(sizes):
        told = f"{len(where)} ind{'ex' if len(where) == 1 else 'ices'} on {show_shape(array.shape)}"
        raise ShapeConflict(told, node.place, (array.shape,))
    plain: list[Expr] = []
    for w, n in zip(where, sizes, strict=True):
        found = on_axis(e, w, n, node)
        if found is None:
            break
        plain.append(found)
    array = e.holes.settle(array)
    if len(plain) == len(sizes):
        return entry(array, *(e.holes.settle(i) for i in plain))
    places: list[Place] = [place([(e.holes.settle(i), c) for i, c in w.terms], e.holes.size(w.constant)) for w in where]
    return shifted_entry(array, *places)


def _is_bound(e: Elaborator, where: At) -> bool:
    """Whether a subscript is an index that a sum binds, or that was declared."""
    i = where.plain
    return i is not None and (i in e.local.values() or isinstance(e.find(str(i.data[0])), IndexName))


def member(e: Elaborator, array: Expr, where: At, node: s.Node) -> Expr:
    """x_i of a family: the part of an array at a position of its first axis."""
    n = array.shape[0]
    i = on_axis(e, where, n, node)
    if i is None:
        raise ReadingError("a member x_i of a family is read for an index i or a number", node.place)
    return sample(e.holes.settle(array), e.holes.settle(i))


def on_axis(e: Elaborator, where: At, n: Size, node: s.Node) -> Expr | None:
    """The index or position on an axis of n entries that a subscript just is, or None."""
    i = where.plain
    n = e.holes.size(n)
    if i is not None:
        i = e.holes.settle(i)
        size = index_size(i)
        assert size is not None
        # x_i for i to n - 1 where x has n entries: a part of them, or more than there are.
        return e.holes.settle(i) if e.holes.unify(size, n) else None
    if not where.terms and where.constant.is_literal:
        k = where.constant.literal
        if k < 1 or (n.is_literal and k > n.literal):
            raise ShapeConflict(f"the index {k} on an axis from 1 to {n}", node.place)
        return position(k - 1, n)
    return None


def is_array_name(e: Elaborator, node: s.Node) -> bool:
    """Whether a name can have a subscript that is an index."""
    key = s.key(node)
    if key is None:
        return isinstance(node, s.Fence | s.Grid | s.Script)
    if key in e.local:
        return bool(e.local[key].shape)
    found = e.find(key)
    return not (found is None and not e.scope.functions(key)) and not isinstance(found, Generic | LawName)


def is_family(e: Elaborator, node: s.Node) -> bool:
    found = e.find(s.key(node) or "")
    return isinstance(found, Variable) and found.family
