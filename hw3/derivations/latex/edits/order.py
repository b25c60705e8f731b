"""Slips of order, of the product that is meant, of where a bracket stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits.edit import Change, Words
from hw3.derivations.latex.edits.pieces import (
    head_of,
    is_number,
    script_kind,
    spliced,
    takes_all,
    takes_argument,
    units,
    with_sup,
    without_sup,
)
from hw3.derivations.latex.edits.scripts import toggled
from hw3.derivations.latex.positions import Slot, factors, in_brackets, juxt, seen
from hw3.derivations.latex.spelling import same


def ordered(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The order of two factors, of two arguments; two bases exchanged under their scripts."""
    if isinstance(node, s.Juxt):
        parts = units(node.items, words)
        for i in range(len(parts)):
            for j in range(i + 1, len(parts)):
                if any(len(parts[k]) == 1 and is_number(parts[k][0]) for k in (i, j)):
                    continue
                swapped = [*parts[:i], parts[j], *parts[i + 1 : j], parts[i], *parts[j + 1 :]]
                yield juxt([n for p in swapped for n in p], node), "the order", 2.1 if j == i + 1 else 2.6
                if len(parts[i]) == len(parts[j]) == 1:
                    a, b = _exchanged(parts[i][0], parts[j][0])
                    swapped = [*parts[:i], (a,), *parts[i + 1 : j], (b,), *parts[j + 1 :]]
                    if not (same(a, parts[j][0]) and same(b, parts[i][0])):
                        yield juxt([n for p in swapped for n in p], node), "the order", 2.2
    if isinstance(node, s.Product) and len(node.items) == 2 and node.ops[0] in ("·", "×", "⊗", "/", "*"):
        yield replace(node, items=node.items[::-1]), "the order", 2.3
    if isinstance(node, s.Sequence) and len(node.items) == 2:
        yield replace(node, items=node.items[::-1]), "the order", 2.3


def _exchanged(a: s.Node, b: s.Node) -> tuple[s.Node, s.Node]:
    """Two factors whose bases change places and whose superscripts stay."""
    kinds = [script_kind(n.sup) if isinstance(n, s.Script) else "" for n in (a, b)]
    if "?" in kinds or kinds[0] == kinds[1]:
        return b, a
    plain = [without_sup(n) for n in (a, b)]
    sups = [n.sup if isinstance(n, s.Script) else None for n in (a, b)]
    return with_sup(plain[1], sups[0]), with_sup(plain[0], sups[1])


def products(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    r"""A matrix product for one entry by entry, and back; a product for a sum."""
    if isinstance(node, s.Juxt):
        parts = units(node.items, words)
        for k in range(1, len(parts)):
            left, right = (juxt([n for p in ps for n in p], node) for ps in (parts[:k], parts[k:]))
            if not takes_all(parts[k - 1][0]):
                yield s.Product(node.place, node.end, (left, right), ("⊙",)), "the product", 3.0
                yield s.Sum(node.place, node.end, ("", "+"), (left, right)), "a sum for a product", 3.8
                last = parts[k - 1][0]
                if script_kind(last.sup if isinstance(last, s.Script) else None) == "T":
                    plain = juxt([*factors(left)[:-1], without_sup(last)], node)
                    yield s.Product(node.place, node.end, (plain, right), ("⊙",)), "the product", 3.1
    if isinstance(node, s.Product) and not isinstance(node.items[0], s.Empty):
        for k, op in enumerate(node.ops):
            pair = [seen(n, "factor") for n in node.items[k : k + 2]]
            whole = juxt(pair, node)
            rest = (*node.items[:k], whole, *node.items[k + 2 :])
            ops = (*node.ops[:k], *node.ops[k + 1 :])
            yield (replace(node, items=rest, ops=ops) if ops else whole), "the product", 3.0
            if op == "⊙" and (turned := toggled(node.items[k], "transposed", words)) is not None:
                dot = juxt([turned, pair[1]], node)
                yield (replace(node, items=(*node.items[:k], dot, *rest[k + 1 :]), ops=ops) if ops else dot,
                       "the product", 3.2)  # fmt: skip
            if op != "⊙":
                yield replace(node, ops=(*node.ops[:k], "⊙", *node.ops[k + 1 :])), "the product", 3.1
    if isinstance(node, s.Sum):
        for k in range(1, len(node.items)):
            if node.signs[k] == "+":
                whole = juxt([seen(n, "factor") for n in node.items[k - 1 : k + 1]], node)
                yield spliced(node, k - 1, k + 1, (node.signs[k - 1],), (whole,)), "a product for a sum", 3.2


def brackets(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """a(b + c) for ab + c, and back."""
    if isinstance(node, s.Sum):
        for k in range(len(node.items) - 1):
            item = node.items[k]
            parts = units(factors(item), words)
            inner_sign = node.signs[k + 1]
            for j in range(1, len(parts)):
                head = [n for p in parts[:j] for n in p]
                tail = juxt([n for p in parts[j:] for n in p], item)
                inner = s.Sum(item.place, node.items[k + 1].end, ("", inner_sign), (tail, node.items[k + 1]))
                whole = juxt([*head, in_brackets(inner)], item)
                yield spliced(node, k, k + 2, (node.signs[k],), (whole,)), "a bracket", 3.0
    if isinstance(node, s.Juxt) and isinstance(node.items[-1], s.Fence):
        inside = node.items[-1].body
        if isinstance(inside, s.Sum) and len(inside.items) > 1 and not takes_argument(node.items[-2], words):
            first = juxt([*node.items[:-1], inside.items[0]], node)
            yield replace(inside, items=(first, *inside.items[1:])), "a bracket", 3.0


def bars(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """c|A| for |cA|, and back: a determinant's factor."""
    if isinstance(node, s.Juxt) and isinstance(node.items[-1], s.Fence) and len(node.items) > 1:
        fence = node.items[-1]
        opened = fence.open == "|" or (len(node.items) > 2 and s.key(head_of(node.items[-2])) == "det")
        head = 1 if fence.open == "|" else 2
        if opened and len(node.items) > head and not isinstance(fence.body, s.Sequence | s.Relation):
            inner = juxt([*node.items[:-head], *factors(seen(fence.body, "factor"))], node)
            yield juxt([*node.items[len(node.items) - head : -1], replace(fence, body=inner)], node), "a bracket", 3.0
    if isinstance(node, s.Fence) and node.open == "|" and isinstance(node.body, s.Juxt):
        rest = replace(node, body=juxt(node.body.items[1:], node.body))
        yield juxt([node.body.items[0], rest], node), "a bracket", 3.0
