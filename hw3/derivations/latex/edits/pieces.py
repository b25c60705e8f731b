"""The pieces of a formula that edits move: functions with their arguments, numbers, superscripts, terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits.edit import Words
from hw3.derivations.latex.positions import is_derivative, seen
from hw3.derivations.latex.vocabulary import WORDS

TRANSPOSES = ("T", "\\top", "\\intercal", "\\transpose", "t")


def units(items: Sequence[s.Node], words: Words) -> list[tuple[s.Node, ...]]:
    """Factors side by side, a function with its argument as one."""
    found: list[tuple[s.Node, ...]] = []
    k = 0
    while k < len(items):
        n = 2 if takes_argument(items[k], words) and k + 1 < len(items) else 1
        if n == 2 and isinstance(items[k], s.Name | s.Script) and takes_all(items[k]):
            n = len(items) - k
        found.append(tuple(items[k : k + n]))
        k += n
    return found


def head_of(node: s.Node) -> s.Node:
    return node.base if isinstance(node, s.Script) else node


def takes_all(node: s.Node) -> bool:
    head = head_of(node)
    return isinstance(head, s.Name) and head.text in ("\\sum", "\\prod", "\\int", "\\nabla")


def takes_argument(node: s.Node, words: Words) -> bool:
    head = head_of(node)
    if is_derivative(node) or takes_all(node):
        return True
    if isinstance(head, s.Name) and (head.font == "op" or head.text in WORDS or (head.text == "E" and head.font)):
        return True
    key = s.key(head)
    return key is not None and key in words.functions


def is_number(node: s.Node) -> bool:
    return isinstance(node, s.Number) or (
        isinstance(node, s.Fraction) and isinstance(node.above, s.Number) and isinstance(node.below, s.Number)
    )


def told_number(node: s.Node) -> str:
    if isinstance(node, s.Fraction) and isinstance(node.above, s.Number) and isinstance(node.below, s.Number):
        return f"{node.above.text}/{node.below.text}"
    return node.text if isinstance(node, s.Number | s.Name) else "here"


def script_kind(node: s.Node | None) -> str:
    """T, -1, -T, 2, "" for none, "?" for another superscript."""
    match node:
        case None:
            return ""
        case s.Name() if node.text in TRANSPOSES and node.font in ("", "rm", "sf", "op"):
            return "T"
        case s.Sum(signs=("-",), items=(s.Number(text="1"),)):
            return "-1"
        case s.Sum(signs=("-",), items=(s.Name() as t,)) if t.text in TRANSPOSES:
            return "-T"
        case s.Number(text="2"):
            return "2"
        case _:
            return "?"


def without_sup(node: s.Node) -> s.Node:
    if not isinstance(node, s.Script):
        return node
    rest = replace(node, sup=None)
    return rest if rest.sub is not None or rest.primes else node.base


def with_sup(node: s.Node, sup: s.Node | None) -> s.Node:
    if sup is None:
        return node
    if isinstance(node, s.Script):
        return replace(node, sup=sup)
    return s.Script(node.place, node.end, seen(node, "base"), None, sup, 0)


def spliced(node: s.Sum, start: int, end: int, signs: tuple[str, ...], items: tuple[s.Node, ...]) -> s.Node:
    """The sum with other terms from start to end."""
    told = (*node.signs[:start], *signs, *node.signs[end:])
    rest = (*node.items[:start], *items, *node.items[end:])
    if told and told[0] == "+":
        told = ("", *told[1:])
    return rest[0] if told == ("",) else replace(node, signs=told, items=rest)
