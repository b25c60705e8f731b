r"""An edit of a formula: a new tree that differs by one slip of the pen, with the place of the slip and its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.spelling import same


@dataclass(frozen=True)
class Edit:
    """`tree` is `whole` with `new` in the place of `old`: `mark` is where the slip stands in the source, `told` what it
    is, `cost` how small. The tree is made when it is asked for: of most edits nobody asks."""

    make: Callable[[], s.Node]
    old: s.Node
    part: s.Node | None  # what stands in the place of `old`; None where that is the whole tree
    told: str
    cost: float
    whole: s.Node  # the tree as it was

    @cached_property
    def tree(self) -> s.Node:
        """The formula with the slip in it."""
        return self.make()

    @property
    def new(self) -> s.Node:
        """What stands in the place of `old`."""
        return self.tree if self.part is None else self.part

    @property
    def mark(self) -> tuple[int, int]:
        """Where the slip stands: of things in a row, those that differ."""
        return _differing(self.old, self.new)


def _differing(old: s.Node, new: s.Node) -> tuple[int, int]:
    whole = old.place, old.end
    if not isinstance(old, s.Sum | s.Juxt | s.Product | s.Sequence) or type(old) is not type(new):
        if isinstance(old, s.Fence) and isinstance(new, s.Fence) and old.open == new.open:
            return _differing(old.body, new.body)
        return whole
    one, other = _row(old), _row(new)
    start = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if not same(a, b)), None)
    if start is None or len(one) < len(other):
        return whole
    back = zip(one[:start:-1], other[:start:-1], strict=False)
    end = len(one) - next((k for k, (a, b) in enumerate(back) if not same(a, b)), len(one) - start - 1)
    if end - start == len(old.items):
        return whole
    first = old.items[start].place
    if isinstance(old, s.Sum):
        first = old.items[start - 1].end if start else old.place
    return first, old.items[end - 1].end


def _row(node: s.Node) -> list[tuple[object, ...]]:
    """The things in a row, each with the sign before it."""
    match node:
        case s.Sum():
            return list(zip((sign or "+" for sign in node.signs), node.items, strict=True))
        case s.Product():
            return list(zip(("", *node.ops), node.items, strict=True))
        case s.Sequence():
            return list(zip(("", *node.seps), node.items, strict=True))
        case s.Juxt():
            return [("", n) for n in node.items]
    return []


@dataclass(frozen=True)
class Words:
    """What an edit may write: names, function values, scalar factors and sizes that occur nearby; which names are
    functions of one array; how a transpose is spelt."""

    names: tuple[s.Node, ...] = ()
    applied: tuple[s.Node, ...] = ()
    scalars: tuple[s.Node, ...] = ()
    sizes: tuple[s.Node, ...] = ()
    indices: tuple[s.Node, ...] = ()
    functions: frozenset[str] = frozenset()
    top: s.Node = field(default_factory=lambda: s.Name(0, 0, "\\top"))


# What an edit makes of one part: the part, in words, its cost.
Change = tuple[s.Node, str, float]
