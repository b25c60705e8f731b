"""Meaning: the entries of an expression as index polynomials.

`Meaning()(node, at)` is the entry of the node at the free indices `at`, one for each axis that is not a
literal 1. Every operation says what it means (`Operation.meaning`); this module walks, opens binders with
fresh variables, and records under which conditions what it has read is defined.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.heads import heads
from hw3.derivations.calculus.polynomial import HEADS, Poly, closed, described
from hw3.derivations.language.expression import Expr, Fresh, index_size, instantiate
from hw3.derivations.language.sizes import Shape, Size, axes

EVERY = 0
Key = tuple[int, tuple[int, ...]]  # a closed polynomial, and what its slots are put at (an index, or EVERY)
Condition = tuple[str, tuple[Hashable, tuple[int, ...]]]  # what is asked, and of what


def place_of(i: int) -> int:
    """A free index that stands for one value, or EVERY."""
    name = described(i).name
    free = isinstance(name, tuple) and (
        name[0] == "position" or (name[0] == "index" and not isinstance(name[1], Fresh))
    )
    return i if free else EVERY


@dataclass
class Meaning:
    """Reads expressions.

    `obligations` is what must hold for all that was read to be defined, `smooth` what must hold besides for
    it to be differentiated: each condition with the expression that it is asked of.
    """

    obligations: dict[Condition, Expr] = field(default_factory=dict)
    smooth: dict[Condition, Expr] = field(default_factory=dict)
    _templates: dict[Expr, Poly] = field(default_factory=dict)

    def __call__(self, node: Expr, at: tuple[int, ...] = ()) -> Poly:
        """The entry of `node` at the free indices `at`."""
        sizes = axes(node.shape)
        if len(at) != len(sizes):
            raise ValueError(f"{len(at)} indices for {len(sizes)} axes")
        template = self._templates.get(node)
        names = tuple(P.free_index(("axis", k), n) for k, n in enumerate(sizes))
        if template is None:
            template = self._templates[node] = node.operation.meaning(node, names, self)
            for kind, argument in node.operation.obligations(node):
                self.obligations.setdefault(self.condition(kind, argument), argument)
            for kind, argument in node.operation.smooth_where(node):
                self.smooth.setdefault(self.condition(kind, argument), argument)
        return template.renamed(dict(zip(names, at, strict=True)))

    def fresh(self, size: Size) -> int:
        return P.fresh_index(size)

    def generic(self, node: Expr) -> tuple[Poly, tuple[int, ...]]:
        """The entry at fresh indices, and those."""
        at = tuple(P.fresh_index(n) for n in axes(node.shape))
        return self(node, at), at

    def key(self, node: Expr) -> Key:
        """The name of what the node means: equal keys, equal values.

        The node's own axes and the index of a sum that was opened range over all values (`EVERY`); a free
        index and a literal position stand for themselves, so that x_1 and x_2 have different keys.
        """
        poly, at = self.generic(node)
        number, order, symmetries = closed(poly, at)
        places = tuple(place_of(i) for i in order)
        return number, min(tuple(places[k] for k in p) for p in symmetries)

    def condition(self, kind: str, e: Expr) -> Condition:
        """The name of a condition: a property of what e means, but for ties.

        Which windows tie is told by the array and by the windows, and not by the value of the pooling: the
        zeros that come out of two poolings of zeros are equal, and their windows are not.
        """
        if kind != "untied":
            return kind, self.key(e)
        pooling = meant(e)
        number, places = self.key(pooling.args[0])
        return kind, ((pooling.data, number), places)

    def index(self, node: Expr) -> int:
        """The free index that an index-valued expression is."""
        from hw3.derivations.operations.leaves import INDEX, POSITION

        size = index_size(node)
        assert size is not None
        if node.operation is POSITION:
            return P.free_index(("position", node.data[0]), size, node.data[0])
        assert node.operation is INDEX
        return P.free_index(("index", node.data[0]), size)

    def opened(self, node: Expr) -> tuple[Expr, Expr]:
        """A binder's body with a fresh variable in it, and that variable.

        The variable has the shape of the bound one and no assumptions: under d/dS a symmetric S is a
        variable that may move off the symmetric matrices.
        """
        from hw3.derivations.operations.leaves import index, symbol

        kind = node.operation.variable(node.args, node.data)
        name = Fresh(node.data if isinstance(node.data, str) else str(node.data[0]))
        variable = index(name, kind) if isinstance(kind, Size) else symbol(name, kind)
        return instantiate(node.args[-1], variable), variable


def meant(node: Expr) -> Expr:
    """What a name stands for."""
    while node.operation.name == "abbreviation":
        node = node.args[0]
    return node


def symbol_head(node: Expr) -> int:
    """The head of a symbol's entries."""
    sizes = tuple(P.SIZES.number(n) for n in axes(node.shape))
    symmetric = {"symmetric", "positive_definite"} & set(node.data[2])
    return P.head_number("symbol", node, sizes, ((0, 1), (1, 0)) if symmetric else ())


def bound_head(shape: Shape, poly: Poly) -> int:
    """The head of a bound variable about `poly`: numbered by height, so that none inside is captured."""
    level = 0
    for h in heads(poly):
        if HEADS[h].kind == "bound":
            level = max(level, HEADS[h].payload[0] + 1)
    sizes = tuple(P.SIZES.number(n) for n in axes(shape))
    return P.head_number("bound", (level, sizes), sizes)
