"""Slips of a sign, of a number, of a factor that is a number or a size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits.edit import Change, Words
from hw3.derivations.latex.edits.pieces import is_number, takes_argument, told_number
from hw3.derivations.latex.positions import Slot, juxt


def signs(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The sign of a term, or of a whole."""
    if isinstance(node, s.Sum):
        if len(node.items) > 1 or node.signs == ("-",):
            yield negated(node), "the sign", 1.0 if node.signs[0] != "-" or len(node.items) == 1 else 1.15
        if len(node.items) > 1:
            for k, sign in enumerate(node.signs):
                if sign in ("", "+", "-"):
                    other = "-" if sign != "-" else "+" if k else ""
                    new = (*node.signs[:k], other, *node.signs[k + 1 :])
                    yield replace(node, signs=new), "the sign", 1.1 if k else 1.2
    elif slot == "whole" and not isinstance(node, s.Sequence | s.Relation):
        yield s.Sum(node.place, node.end, ("-",), (node,)), "the sign", 1.0


def negated(node: s.Sum) -> s.Node:
    """-(a - b) as b - a; the sign of every term, one without a minus first."""
    flipped = ["+" if sign == "-" else "-" for sign in node.signs]
    order = sorted(range(len(flipped)), key=lambda k: flipped[k] == "-")
    first = flipped[order[0]]
    if len(order) == 1 and first == "+":
        return node.items[0]
    told = ("-" if first == "-" else "", *(flipped[k] for k in order[1:]))
    return replace(node, signs=told, items=tuple(node.items[k] for k in order))


def numbers(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A number that is written, or left out."""
    if isinstance(node, s.Number) and node.text.isdigit() and len(node.text) < 6:
        n = int(node.text)
        for other in dict.fromkeys((2 * n, n // 2 if n % 2 == 0 else 0, n + 1, n - 1)):
            if other > 0 and other != n:
                yield replace(node, text=str(other)), "a number", 2.3
        for size in words.sizes if n == 1 else ():
            yield size, "a number", 2.4
    if isinstance(node, s.Juxt):
        for k, item in enumerate(node.items):
            if is_number(item) and (k == 0 or not takes_argument(node.items[k - 1], words)):
                yield juxt([*node.items[:k], *node.items[k + 1 :]], node), f"a factor {told_number(item)}", 1.9
    if isinstance(node, s.Fraction) and is_number(node.below) and not is_number(node.above):
        yield node.above, f"a factor {told_number(node.below)}", 2.0


def scaled(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A factor 2, 1/2, n, 1/n, 1/sqrt(n) on a term."""
    if slot not in ("whole", "term") or isinstance(node, s.Sequence | s.Relation | s.Number):
        return
    if isinstance(node, s.Sum) and (len(node.items) == 1 or slot != "whole"):
        return
    one, two = (s.Number(node.place, node.place, t) for t in "12")
    yield times(two, node), "a factor 2", 2.0
    yield times(_over(one, two), node), "a factor 1/2", 2.0
    for n in words.sizes:
        told = n.text if isinstance(n, s.Name) else "of the size"
        yield times(n, node), f"a factor {told}", 2.4
        yield times(_over(one, n), node), f"a factor 1/{told}", 2.4
        root = s.Root(node.place, node.place, n, None)
        yield times(_over(one, root), node), f"a factor 1/√{told}", 3.6


def _over(above: s.Node, below: s.Node) -> s.Node:
    return s.Fraction(above.place, above.place, above, below)


def times(factor: s.Node, node: s.Node) -> s.Node:
    if isinstance(node, s.Product) and not isinstance(node.items[0], s.Empty):
        return replace(node, items=(juxt([factor, node.items[0]], node), *node.items[1:]))
    if isinstance(factor, s.Number) and isinstance(node, s.Juxt) and is_number(node.items[0]):
        return s.Product(node.place, node.end, (factor, node), ("·",))
    return juxt([factor, node], node)
