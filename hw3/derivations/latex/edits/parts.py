"""Slips of what stands there: a term, a factor, a name, an index, a function and its argument."""

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
from hw3.derivations.latex.edits.signs import times
from hw3.derivations.latex.positions import Slot, factors, in_brackets, is_derivative, juxt, seen
from hw3.derivations.latex.spelling import same
from hw3.derivations.latex.vocabulary import WORDS


def terms(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A term too many; one that was lost is a name or function value that occurs nearby."""
    if isinstance(node, s.Sum) and len(node.items) > 1:
        for k in range(len(node.items)):
            yield spliced(node, k, k + 1, (), ()), "a term", 2.9
    if slot == "whole" and isinstance(node, s.Sum | s.Juxt | s.Name | s.Script | s.Product):
        one = s.Number(node.place, node.place, "1")
        old = node if isinstance(node, s.Sum) else s.Sum(node.place, node.end, ("",), (node,))
        for sign in "+-":
            for lost in (one, *words.names):
                yield replace(old, signs=(*old.signs, sign), items=(*old.items, lost)), "a term", 4.5


def named(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """Another name that occurs nearby; another index."""
    if slot == "base" or (key := s.key(without_sup(node))) is None or key in words.functions:
        return
    if isinstance(node, s.Name) and (node.text in WORDS or node.font == "op"):
        return
    if all(s.key(other) != key for other in words.names):
        return  # a bound name
    sup = node.sup if isinstance(node, s.Script) and script_kind(node.sup) != "?" else None
    for other in words.names:
        if s.key(other) != key:
            yield with_sup(other, sup), "the name", 3.0


def in_script(node: s.Node, words: Words) -> Iterator[Change]:
    """Inside of a subscript or superscript: an index, a sign."""
    if isinstance(node, s.Sum) and len(node.items) > 1:
        for k in range(1, len(node.items)):
            sign = "-" if node.signs[k] == "+" else "+"
            yield replace(node, signs=(*node.signs[:k], sign, *node.signs[k + 1 :])), "the sign of an index", 2.5
    if isinstance(node, s.Name) and any(same(node, i) for i in words.indices):
        for other in words.indices:
            if not same(node, other):
                yield other, "the index", 2.4


def functions(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The point at which a function is taken, its prime; a log, an exp lost or added; the trace for the determinant."""
    if isinstance(node, s.Juxt):
        for k in range(len(node.items) - 1):
            head, argument = node.items[k], node.items[k + 1]
            if not takes_argument(head, words) or is_derivative(head) or takes_all(head):
                continue
            before, after = node.items[:k], node.items[k + 2 :]
            key = s.key(head_of(head))
            if key in words.functions:
                primes = head.primes if isinstance(head, s.Script) else 0
                yield juxt([*before, _primed(head, 1 - min(primes, 1)), argument, *after], node), "a prime", 2.5
            if isinstance(argument, s.Fence):
                for value in words.applied:
                    other = factors(value)[-1]
                    if not same(other, argument):
                        yield juxt([*before, head, other, *after], node), "the argument", 3.1
            yield juxt([*before, argument, *after], node), "a function too many", 3.3
            name = head_of(head)
            if isinstance(name, s.Name) and name.text in ("tr", "Tr", "det", "trace"):
                word = "tr" if name.text == "det" else "det"
                other_word = replace(name, text=word, font="op")
                yield juxt([*before, other_word, argument, *after], node), "trace or determinant", 3.2
    if slot in ("whole", "term") and not isinstance(node, s.Number | s.Sum | s.Sequence | s.Relation):
        inside = node if isinstance(node, s.Fence) else in_brackets(node)
        if not (isinstance(inside.body, s.Sequence | s.Relation)):
            for word in ("log", "exp"):
                yield s.Juxt(node.place, node.end, (s.Name(node.place, node.place, word, "op"), inside)), word, 3.4


def _primed(node: s.Node, primes: int) -> s.Node:
    if isinstance(node, s.Script):
        rest = replace(node, primes=primes)
        return node.base if not primes and rest.sub is None and rest.sup is None else rest
    return s.Script(node.place, node.end, node, None, None, primes)


def summed(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The sum of a vector's entries for the vector."""
    if slot == "whole" and not isinstance(node, s.Sum | s.Sequence | s.Relation | s.Number):
        ones = s.Script(node.place, node.place, s.Name(node.place, node.place, "1", "bf"), None, words.top, 0)
        yield juxt([ones, node], node), "a sum", 3.6


def more_factors(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A factor too many, or one that was lost."""
    if isinstance(node, s.Juxt):
        parts = units(node.items, words)
        for k, part in enumerate(parts):
            if len(parts) > 1 and not (len(part) == 1 and is_number(part[0])):
                yield juxt([n for p in [*parts[:k], *parts[k + 1 :]] for n in p], node), "a factor", 3.2
    if isinstance(node, s.Product) and not isinstance(node.items[0], s.Empty) and "/" not in node.ops:
        for k in range(len(node.items)):
            items = (*node.items[:k], *node.items[k + 1 :])
            ops = (*node.ops[: max(0, k - 1)], *node.ops[max(1, k) :]) if k else node.ops[1:]
            yield (items[0] if not ops else replace(node, items=items, ops=ops)), "a factor", 3.2
    if slot in ("whole", "term") and not isinstance(node, s.Sequence | s.Relation):
        for value in (*words.scalars, *words.names, *words.applied):
            cost = 3.5 if value in words.scalars or value in words.names else 4.0
            yield times(value, node), "a factor", cost
            if not isinstance(node, s.Product):
                yield juxt([node, value], node), "a factor", cost + 0.1
            whole = seen(node, "group")
            yield s.Product(node.place, node.end, (whole, seen(value, "group")), ("⊙",)), "a factor", cost + 0.2
    if isinstance(node, s.Juxt) and slot in ("whole", "term"):
        for k in range(1, len(node.items)):
            for value in words.applied:
                left = juxt(node.items[:k], node)
                inner = s.Product(node.place, node.end, (left, seen(value, "group")), ("⊙",))
                yield juxt([in_brackets(inner), *node.items[k:]], node), "a factor", 4.3
