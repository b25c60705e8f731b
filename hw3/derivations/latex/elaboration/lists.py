r"""Lists: (a, b, c), and with dots (x_1^2, \dots, x_n^2), the array of x_i^2 for i = 1, ..., n; and sums with dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from hw3.derivations.language.expression import Expr, Fresh, index_size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.latex.vocabulary import DOTS
from hw3.derivations.operations import array_of, block, index, sum_over, transpose

_INDEX = "\\mathrm{list index}"  # a name that nobody can write


def listed(e: Elaborator, node: s.Sequence, of_vectors: bool = False) -> Expr:
    """The column of a list of numbers; if it may be one `of_vectors` x_1, ..., x_n, the matrix of these columns.

    Raises:
        ReadingError: it is none.
    """
    if set(node.seps) - {","}:
        raise ReadingError("a list in brackets is not read as a number", node.place)
    dots = [k for k, item in enumerate(node.items) if s.key(item) in DOTS]
    if dots:
        return _dotted(e, node, dots, of_vectors)
    values = [e(item) for item in node.items]
    if any(v.shape or index_size(v) is not None for v in values):
        raise ReadingError("a list in brackets is read of numbers", node.place)
    return block([[v] for v in values])


def _dotted(e: Elaborator, node: s.Sequence, dots: Sequence[int], of_vectors: bool) -> Expr:
    k = dots[0]
    if len(dots) != 1 or k != len(node.items) - 2 or k not in (1, 2) or (k == 2 and not is_next(*node.items[:2])):
        raise ReadingError("this list is not read as that of x_1, ..., x_n", node.place)
    i, value = member(e, node.items[0], node.items[-1], node)
    if of_vectors and len(value.shape) == 1:
        return transpose(array_of(i, value))
    if value.shape:
        raise ReadingError("a list in brackets is read of numbers", node.place)
    return array_of(i, value)


def summed(e: Elaborator, node: s.Sum) -> Expr | None:
    r"""x_1^2 + \dots + x_n^2 as the sum of x_i^2 over i; None if there are no dots in it."""
    dots = [k for k, item in enumerate(node.items) if s.key(item) in DOTS]
    if not dots:
        return None
    k, count = dots[0], len(node.items)
    if len(dots) != 1 or k != count - 2 or k not in (1, 2) or set(node.signs[1:]) != {"+"} or node.signs[0] == "-":
        raise ReadingError("this sum is not read as x_1 + ... + x_n", node.items[k].place)
    if k == 2 and not is_next(*node.items[:2]):
        raise ReadingError("this sum is not read as x_1 + ... + x_n", node.items[k].place)
    return sum_over(*member(e, node.items[0], node.items[-1], node))


def is_next(first: s.Node, second: s.Node) -> bool:
    """Whether of two members the first has the index 1 and the second 2."""
    ends: list[s.Node] = []
    return _generalised(first, second, ends) is not None and {s.label(end) for end in ends} == {"2"}


def member(e: Elaborator, first: s.Node, last: s.Node, node: s.Node) -> tuple[Expr, Expr]:
    """The index i and the member x_i of x_1, ..., x_n.

    Raises:
        ReadingError: the first and the last are not alike.
    """
    from hw3.derivations.latex.elaboration.indices import size_of

    ends: list[s.Node] = []
    tree = _generalised(first, last, ends)
    if tree is None or not ends or any(size_of(e, end) is not size_of(e, ends[0]) for end in ends):
        raise ReadingError("what is meant by these dots is not read: x_1, ..., x_n is", node.place)
    i = index(Fresh("i"), size_of(e, ends[0]))
    with e.binding():
        e.local[_INDEX] = i
        return i, e.holes.settle(e(tree))


def _generalised(first: s.Node, last: s.Node, ends: list[s.Node]) -> s.Node | None:
    """The member of which the first has 1 as its index and the last another one; None if they differ elsewhere."""
    if s.same(first, last):
        return first
    if (
        isinstance(first, s.Script)
        and isinstance(last, s.Script)
        and s.label(first.sub) == "1"
        and last.sub is not None
    ):
        rest = _generalised(replace(first, sub=None), replace(last, sub=None, place=first.place), ends)
        if rest is None:
            return None
        ends.append(last.sub)
        index_ = s.Name(first.place, first.end, _INDEX)
        if isinstance(rest, s.Script):
            return replace(rest, sub=index_)
        return s.Script(first.place, first.end, rest, index_, None, 0)
    if type(first) is not type(last):
        return None
    changed: dict[str, object] = {}
    for name in s.contents(type(first)):
        a, b = getattr(first, name), getattr(last, name)
        if isinstance(a, s.Node) and isinstance(b, s.Node):
            changed[name] = _generalised(a, b, ends)
        elif (
            isinstance(a, tuple)
            and isinstance(b, tuple)
            and len(a) == len(b)
            and all(isinstance(x, s.Node) for x in (*a, *b))
        ):
            changed[name] = tuple(_generalised(x, y, ends) for x, y in zip(a, b, strict=True))
        elif a != b:
            return None
    if any(v is None or (isinstance(v, tuple) and None in v) for v in changed.values()):
        return None
    return replace(first, **changed)  # type: ignore[arg-type]


def _are_nodes(value: object) -> TypeGuard[tuple[s.Node, ...]]:
    return isinstance(value, tuple) and all(isinstance(x, s.Node) for x in value)
