"""The places of a formula where something may stand, and the formula with something else there.

Each part of a tree is met with what its place takes (a whole, a term, a group, a factor, a base); what is put there
and binds looser gets brackets that are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from hw3.derivations.latex import surface as s

Slot = Literal["whole", "term", "group", "factor", "base", "script"]
DERIVATIVES = ("\\partial", "d", "\\d", "\\dd", "∂", "\\nabla")

# What binds looser than a place allows.
LOOSE: dict[Slot, tuple[type[s.Node], ...]] = {
    "term": (s.Sum,),
    "group": (s.Sum, s.Product),
    "factor": (s.Sum, s.Product),
    "base": (s.Sum, s.Product, s.Juxt, s.Script, s.Fraction, s.At),
}

SIGNS = ("T", "t", "\\top", "\\intercal", "\\transpose", "H", "*", "+", "-", "\\ast", "\\star", "\\dagger", "\\circ",
         "\\prime", "\\perp")  # fmt: skip


@dataclass(frozen=True)
class Position:
    """A part of a tree, what its place takes, and the tree with another part there."""

    node: s.Node
    slot: Slot
    put: Callable[[s.Node], s.Node]


def positions(tree: s.Node) -> Iterator[Position]:
    """Every part of the tree that has a value, outermost first; inside of derivatives' signs there is none."""
    yield from _within(tree, "whole", lambda new: new)


def _within(node: s.Node, slot: Slot, put: Callable[[s.Node], s.Node]) -> Iterator[Position]:
    yield Position(node, slot, put)
    for at in _parts(node, put):
        yield replace(at, slot="script") if slot == "script" else at


def _parts(node: s.Node, put: Callable[[s.Node], s.Node]) -> Iterator[Position]:
    match node:
        case s.Sum():
            for k, item in enumerate(node.items):
                yield from _within(item, "term", _item(node, k, put))
        case s.Product() if not isinstance(node.items[0], s.Empty):
            for k, item in enumerate(node.items):
                yield from _within(item, "group", _item(node, k, put))
        case s.Juxt():
            for k, item in enumerate(node.items):
                yield from _within(item, "factor", _item(node, k, put))
        case s.Sequence() | s.Relation():
            for k, item in enumerate(node.items):
                yield from _within(item, "whole" if isinstance(node, s.Sequence) else "script", _item(node, k, put))
        case s.Script():
            yield from _within(node.base, "base", lambda n: put(replace(node, base=seen(n, "base"))))
            if node.sup is not None and not is_sign(node.sup):
                yield from _within(node.sup, "whole", lambda n: put(replace(node, sup=n)))
            if node.sub is not None:
                yield from _within(node.sub, "script", lambda n: put(replace(node, sub=n)))
        case s.Fraction() if not is_derivative(node):
            yield from _within(node.above, "whole", lambda n: put(replace(node, above=n)))
            yield from _within(node.below, "whole", lambda n: put(replace(node, below=n)))
        case s.Fence() | s.Root() | s.At():
            yield from _within(node.body, "whole", lambda n: put(replace(node, body=n)))
        case s.Grid():
            for i, row in enumerate(node.rows):
                for j, cell in enumerate(row):
                    yield from _within(cell, "whole", _cell(node, i, j, put))


def _item(
    node: s.Sum | s.Product | s.Juxt | s.Sequence | s.Relation, k: int, put: Callable[[s.Node], s.Node]
) -> Callable[[s.Node], s.Node]:
    def with_item(new: s.Node) -> s.Node:
        if isinstance(node, s.Juxt):
            return put(juxt([*node.items[:k], *factors(seen(new, "factor")), *node.items[k + 1 :]], node))
        slot: Slot = "term" if isinstance(node, s.Sum) else "group" if isinstance(node, s.Product) else "whole"
        return put(replace(node, items=(*node.items[:k], seen(new, slot), *node.items[k + 1 :])))

    return with_item


def _cell(node: s.Grid, i: int, j: int, put: Callable[[s.Node], s.Node]) -> Callable[[s.Node], s.Node]:
    def with_cell(new: s.Node) -> s.Node:
        row = (*node.rows[i][:j], new, *node.rows[i][j + 1 :])
        return put(replace(node, rows=(*node.rows[:i], row, *node.rows[i + 1 :])))

    return with_cell


def seen(node: s.Node, slot: Slot) -> s.Node:
    """The node in brackets, if it binds looser than its place allows."""
    return in_brackets(node) if isinstance(node, LOOSE.get(slot, ())) else node


def in_brackets(node: s.Node) -> s.Fence:
    return s.Fence(node.place, node.end, "(", ")", node)


def bare(node: s.Node) -> s.Node:
    """What stands in round brackets."""
    return node.body if isinstance(node, s.Fence) and node.open in "([" and not _listed(node.body) else node


def _listed(node: s.Node) -> bool:
    return isinstance(node, s.Sequence | s.Relation | s.Empty)


def factors(node: s.Node) -> tuple[s.Node, ...]:
    """What stands side by side."""
    return node.items if isinstance(node, s.Juxt) else (node,)


def juxt(items: list[s.Node] | tuple[s.Node, ...], like: s.Node) -> s.Node:
    """Things side by side; one of them alone is itself."""
    flat = tuple(f for i in items for f in factors(seen(i, "factor")))
    return flat[0] if len(flat) == 1 else s.Juxt(like.place, like.end, flat)


def is_sign(sup: s.Node) -> bool:
    """Whether a superscript is a sign or a number, such as T, -1 and 2, and no expression of its own."""
    inner = sup.items[0] if isinstance(sup, s.Sum) and len(sup.items) == 1 else sup
    return isinstance(inner, s.Number | s.Words | s.Fence) or (isinstance(inner, s.Name) and inner.text in SIGNS)


def is_derivative(node: s.Node) -> bool:
    r"""Whether a thing is \partial f/\partial x, d/dx or \nabla: what it is by stands in it, and is no factor."""
    if isinstance(node, s.Fraction):
        return is_derivative(factors(node.above)[0]) and is_derivative(factors(node.below)[0])
    if isinstance(node, s.Script):
        return is_derivative(node.base)
    return isinstance(node, s.Name) and node.text in DERIVATIVES and node.font in ("", "rm")
