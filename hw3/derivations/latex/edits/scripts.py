"""Slips of a superscript: a transpose, an inverse, a square, lost or added or moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits.edit import Change, Words
from hw3.derivations.latex.edits.pieces import is_number, script_kind
from hw3.derivations.latex.positions import Slot, bare, in_brackets, is_derivative, juxt, seen
from hw3.derivations.latex.vocabulary import WORDS


def with_kind(node: s.Node, kind: str, words: Words) -> s.Node:
    """The node with another superscript of these."""
    here = node.end
    sup: s.Node | None = {
        "T": words.top,
        "-1": s.Sum(here, here, ("-",), (s.Number(here, here, "1"),)),
        "-T": s.Sum(here, here, ("-",), (words.top,)),
        "2": s.Number(here, here, "2"),
        "": None,
    }[kind]
    if isinstance(node, s.Script):
        rest = replace(node, sup=sup)
        return node.base if rest.sub is None and sup is None and not rest.primes else rest
    return node if sup is None else s.Script(node.place, node.end, seen(node, "base"), None, sup, 0)


_TOGGLED = {
    "transposed": {"": "T", "T": "", "-1": "-T", "-T": "-1"},
    "inverted": {"": "-1", "-1": "", "T": "-T", "-T": "T"},
    "squared": {"": "2", "2": ""},
}


def toggled(node: s.Node, what: str, words: Words) -> s.Node | None:
    """The node transposed (inverted, squared), or that undone; None where its scripts do not allow it."""
    if isinstance(node, s.Number | s.Words | s.Empty | s.Sequence | s.Relation | s.Grid | s.At) or is_derivative(node):
        return None
    if isinstance(node, s.Fence) and isinstance(node.body, s.Sequence | s.Relation):
        return None
    if isinstance(node, s.Name) and (node.text in WORDS or node.text in words.functions):
        return None
    if isinstance(node, s.Fraction) and what == "inverted":
        return None
    if (
        what == "transposed"
        and isinstance(node, s.Script)
        and isinstance(node.sub, s.Juxt)
        and len(node.sub.items) == 2
    ):
        return None  # an entry A_{ij} is no matrix: nobody means A_{ij}^T
    kind = script_kind(node.sup) if isinstance(node, s.Script) else ""
    if isinstance(node, s.Script) and isinstance(node.base, s.Name) and node.base.text in ("\\sum", "\\prod", "\\int"):
        return None
    return with_kind(node, _TOGGLED[what][kind], words) if kind in _TOGGLED[what] else None


def symmetrised(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A + A^T for 2 A, b c^T + c b^T for 2 b c^T: what is right for symmetric matrices only."""
    if not isinstance(node, s.Juxt):
        return
    two = _even(node.items[0])
    head = 1 if two is not None else 0
    half = [s.Number(node.place, node.place, str(two // 2))] if two is not None and two > 2 else []
    for k in range(head, len(node.items)):
        for width in (1, 2) if two is not None else (2,):
            part = node.items[k : k + width]
            turned = [toggled(n, "transposed", words) for n in reversed(part)]
            if len(part) < width or None in turned or is_number(part[-1]):
                continue
            back = juxt([t for t in turned if t is not None], node)
            both = s.Sum(part[0].place, part[-1].end, ("", "+"), (juxt(part, node), back))
            rest = [*node.items[head:k], in_brackets(both), *node.items[k + width :]]
            yield juxt([*half, *rest], node), "the transposed term", 3.6


def _even(node: s.Node) -> int | None:
    return int(node.text) if isinstance(node, s.Number) and node.text in ("2", "4", "6", "8") else None


def is_atom(node: s.Node, slot: Slot) -> bool:
    return slot in ("factor", "group", "term", "whole") and not isinstance(node, s.Sum | s.Product | s.Juxt)


def transposed(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A transpose added, removed, or moved to another factor; a product transposed."""
    if is_atom(node, slot) and (new := toggled(node, "transposed", words)) is not None:
        yield new, "a transpose", 2.0
    if isinstance(node, s.Juxt) and 2 <= len(node.items) <= 6:
        kinds = [script_kind(i.sup) if isinstance(i, s.Script) else "" for i in node.items]
        for i, one in enumerate(node.items):
            for j, other in enumerate(node.items):
                if i != j and kinds[i] in ("T", "-T") and kinds[j] in ("", "-1"):
                    a, b = toggled(one, "transposed", words), toggled(other, "transposed", words)
                    if a is not None and b is not None:
                        items = [a if k == i else b if k == j else n for k, n in enumerate(node.items)]
                        yield juxt(items, node), "the place of the transpose", 2.8
        turned = [n if is_number(n) else toggled(n, "transposed", words) for n in node.items]
        if None not in turned:
            heads = [n for n in turned if n is not None and is_number(n)]
            rest = [n for n in turned if n is not None and not is_number(n)]
            yield juxt([*heads, *reversed(rest)], node), "the transpose", 2.5
    if slot == "whole" and isinstance(node, s.Juxt | s.Product | s.Sum):
        yield with_kind(in_brackets(node), "T", words), "a transpose", 2.6


def inverted(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """An inverse lost or added."""
    if is_atom(node, slot) and (new := toggled(node, "inverted", words)) is not None:
        yield new, "an inverse", 2.7
    if isinstance(node, s.Fraction):
        yield replace(node, above=node.below, below=node.above), "above and below the line", 2.6


def powers(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A square or a root, lost or added."""
    if is_atom(node, slot) and (new := toggled(node, "squared", words)) is not None:
        yield new, "a square", 2.5
    if isinstance(node, s.Root) and node.index is None:
        yield in_brackets(node.body) if isinstance(node.body, s.Sum) else node.body, "a root", 2.6
    elif is_atom(node, slot) and not isinstance(node, s.Number | s.Sequence | s.Relation):
        if isinstance(node, s.Name) and (node.text in WORDS or node.text in words.functions):
            return
        yield s.Root(node.place, node.end, bare(node), None), "a root", 3.4
