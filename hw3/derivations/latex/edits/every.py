"""Edits of a formula: each a new tree that differs by one slip of the pen, with the place of the slip and its name.

A sign, a factor, a transpose, an order, an inverse, a term, a bracket, a name, an index, a product for another. What
they cost says how small they are; who looks for what was meant tries the smallest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits.edit import Change, Edit, Words
from hw3.derivations.latex.edits.order import bars, brackets, ordered, products
from hw3.derivations.latex.edits.parts import functions, in_script, more_factors, named, summed, terms
from hw3.derivations.latex.edits.scripts import inverted, powers, symmetrised, toggled, transposed
from hw3.derivations.latex.edits.signs import numbers, scaled, signs
from hw3.derivations.latex.positions import Position, is_derivative, positions, seen
from hw3.derivations.latex.spelling import same
from hw3.derivations.latex.vocabulary import WORDS

RULES = (signs, numbers, scaled, transposed, symmetrised, inverted, powers, ordered, products, brackets, bars, terms,
         named, functions, summed, more_factors)  # fmt: skip


def edits(tree: s.Node, words: Words | None = None) -> list[Edit]:
    """The edits of a tree, the smallest first."""
    words = words if words is not None else Words()
    found: list[Edit] = []
    for at in positions(tree):
        if at.slot == "script":
            changes = in_script(at.node, words)
        else:
            changes = _changes(at, words)
        found.extend(
            Edit(partial(at.put, new), at.node, seen(new, at.slot), told, cost, tree) for new, told, cost in changes
        )
    found.extend(_everywhere(tree, words))
    return sorted(found, key=lambda e: e.cost)


def _changes(at: Position, words: Words) -> Iterator[Change]:
    node = at.node
    if isinstance(node, s.Empty | s.Words) or is_derivative(node):
        return
    for rule in RULES:
        yield from rule(node, at.slot, words)


def _everywhere(tree: s.Node, words: Words) -> Iterator[Edit]:
    """A transpose, an inverse, a square that is lost wherever the same thing stands."""
    groups: list[list[Position]] = []
    for at in positions(tree):
        if (at.slot in ("factor", "group", "term", "whole") and isinstance(at.node, s.Name | s.Script | s.Fence)) or (
            at.slot == "base" and isinstance(at.node, s.Name) and at.node.text not in WORDS
        ):
            for group in groups:
                if same(group[0].node, at.node):
                    group.append(at)
                    break
            else:
                groups.append([at])
    for group in groups:
        group = [at for at in group if at.slot != "base"]
        if not 2 <= len(group) <= 4:
            continue
        for what, told in (("transposed", "the transposes"), ("inverted", "the inverses"), ("squared", "the squares")):
            new = toggled(group[0].node, what, words)
            if new is not None:
                yield Edit(partial(substituted, tree, group[0].node, new), tree, None, told, 2.9, tree)
    names = [g[0].node for g in groups if isinstance(g[0].node, s.Name) or s.key(g[0].node) is not None]
    for i, one in enumerate(names[:6]):
        for other in names[i + 1 : 6]:
            if s.key(one) not in words.functions and s.key(other) not in words.functions:
                yield Edit(partial(exchanged, tree, one, other), tree, None, "two names", 3.0, tree)


def exchanged(tree: s.Node, one: s.Node, other: s.Node) -> s.Node:
    """The tree with two names in each other's places."""
    return rebuilt(tree, lambda n: other if same(n, one) else one if same(n, other) else None)


def rebuilt(node: s.Node, change: Callable[[s.Node], s.Node | None]) -> s.Node:
    """The tree with another part where `change` gives one."""
    new = change(node)
    if new is not None:
        return new
    told: dict[str, object] = {}
    for name in s.contents(type(node)):
        value = getattr(node, name)
        if isinstance(value, s.Node):
            told[name] = rebuilt(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], s.Node):
            told[name] = tuple(rebuilt(v, change) for v in value)
        elif isinstance(value, tuple) and value and isinstance(value[0], tuple):
            told[name] = tuple(tuple(rebuilt(v, change) for v in row) for row in value)
    return replace(node, **told) if told else node  # type: ignore[arg-type]


def substituted(tree: s.Node, old: s.Node, new: s.Node) -> s.Node:
    """The tree with `new` wherever `old` stands."""
    while True:
        for at in positions(tree):
            if at.slot in ("factor", "group", "term", "whole") and same(at.node, old):
                tree = at.put(new)
                break
        else:
            return tree


PAIRED = ("a transpose", "the order", "the sign", "a factor 2", "a factor 1/2")  # slips that come in twos


def pairs(first: Iterable[Edit], words: Words) -> Iterator[Edit]:
    """Two small edits, one after the other: a transpose and an order first."""
    small = sorted((e for e in first if e.told in PAIRED and e.cost < 2.5), key=lambda e: PAIRED.index(e.told))
    for one in small:
        for two in edits(one.tree, words):
            if two.told in PAIRED and two.cost < 2.5 and PAIRED.index(two.told) >= PAIRED.index(one.told):
                told = one.told if one.told == two.told else f"{one.told} and {two.told}"
                # The second speaks of places in a tree that nobody wrote.
                yield Edit(two.make, one.whole, None, told, one.cost + two.cost, one.whole)
