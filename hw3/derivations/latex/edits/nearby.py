"""What stands near a link: the names, function values and sizes that a slip may have put in the place of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits.edit import Words
from hw3.derivations.latex.edits.pieces import script_kind
from hw3.derivations.latex.positions import Position, factors, is_derivative, juxt, positions
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.scope import Definition, Generic, IndexName, Variable
from hw3.derivations.latex.spelling import read, same
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.latex.vocabulary import WORDS

MOST_WORDS = 12  # names and function values that an edit may write


def nearby(link: Link) -> Words:
    """The words for the edits of a link: what occurs in it and in the definitions that it uses."""
    bodies = [link.right, link.left, *_definitions(link)]
    scope = link.scope
    functions = {n.split("/")[0] for n, b in scope.all_names().items() if isinstance(b, Generic) or "/" in n}
    names: list[s.Node] = []
    applied: list[s.Node] = []
    scalars: list[s.Node] = []
    indices: list[s.Node] = []
    top: s.Node | None = None
    for body in bodies:
        for at in _positions(body):
            node = at.node
            if isinstance(node, s.Script) and script_kind(node.sup) == "T" and top is None:
                top = node.sup
            if at.slot == "script":
                if isinstance(node, s.Name) and _is_index(link, node):
                    _add(indices, node)
                continue
            bound = None if isinstance(node, s.Script) and script_kind(node.sup) == "?" else _value(link, node)
            if bound is not None and at.slot != "base":
                _add(names, bound)
            elif bound is not None:
                _add(names, node)
            if isinstance(node, s.Juxt):
                for head, argument in zip(node.items, node.items[1:], strict=False):
                    if isinstance(argument, s.Fence) and _is_function(head, functions):
                        _add(applied, s.Juxt(head.place, argument.end, (head, argument)))
                        if isinstance(head, s.Name) and isinstance(scope.find(head.text), Generic):
                            primed = s.Script(head.place, head.end, head, None, None, 1)
                            _add(applied, s.Juxt(head.place, argument.end, (primed, argument)))
            if isinstance(node, s.Fraction) and not is_derivative(node) and _of_sizes(link, node):
                _add(scalars, node)
    for definition in _used(link):
        if (given := _named(definition)) is not None:
            _add(names, given)
    constant = s.Name(0, 0, "e")
    if link.scope.find("e") is None and any(isinstance(n, s.Name) and n.text == "\\pi" for n in s.walk(link.right)):
        scalars.append(constant)  # of an entropy, log(2 pi e v)
    sizes = [n for n in _sizes(link) if not any(same(n, m) for m in indices)]
    words = Words(tuple(names[:MOST_WORDS]), tuple(applied[:MOST_WORDS]), tuple(scalars[:3]), tuple(sizes[:3]),
                  tuple(indices[:6]), frozenset(functions))  # fmt: skip
    return words if top is None else replace(words, top=top)


def _positions(tree: s.Node) -> Iterator[Position]:
    """Every part of a tree, those that are differentiated too."""
    for at in positions(tree):
        yield at
        if isinstance(at.node, s.Fraction) and is_derivative(at.node):
            for part in (at.node.above, at.node.below):
                rest = factors(part)[1:]
                if rest:
                    yield from positions(juxt(rest, part))


def _add(found: list[s.Node], node: s.Node) -> None:
    if not any(same(node, other) for other in found):
        found.append(node)


def _value(link: Link, node: s.Node) -> s.Node | None:
    """The name that a part is, superscripts aside, if it stands for a value here."""
    for candidate in (node, replace(node, sup=None) if isinstance(node, s.Script) else None):
        if candidate is None or (key := s.key(candidate)) is None:
            continue
        found = link.scope.find(key)
        if isinstance(found, Variable) or (isinstance(found, Definition) and not found.params and not found.indices):
            return (
                candidate if not isinstance(candidate, s.Script) or candidate.sub or candidate.sup else candidate.base
            )
    return None


def _is_function(head: s.Node, functions: set[str]) -> bool:
    base = head.base if isinstance(head, s.Script) else head
    return s.key(base) in functions or (isinstance(base, s.Name) and base.text in WORDS)


def _is_index(link: Link, node: s.Name) -> bool:
    found = link.scope.find(node.text)
    return isinstance(found, IndexName) or (found is None and node.text.isalpha() and len(node.text) == 1
                                            and node.text not in "TF")  # fmt: skip


def _sizes(link: Link) -> Iterator[s.Node]:
    """The sizes of what the link speaks of, as names."""
    found: dict[str, None] = {}
    for side in (link.left, link.right):
        for node in s.walk(side):
            named = link.scope.find(s.key(node) or "")
            if isinstance(named, Variable):
                found.update(dict.fromkeys(n for size in named.shape for n in sorted(size.names)))
    yield from (s.Name(0, 0, n) for n in found if not n.startswith("?"))


def _of_sizes(link: Link, node: s.Node) -> bool:
    """Whether a fraction is made of numbers and sizes only, and of one size at least."""
    sizes = {n.text for n in _sizes(link) if isinstance(n, s.Name)}
    told = [n for n in s.walk(node) if isinstance(n, s.Name)]
    return bool(told) and all(n.text in sizes for n in told)


def _used(link: Link) -> list[Definition]:
    """The definitions that a link leans on, those of its own names first."""
    found: dict[int, Definition] = {}
    waiting: list[s.Node] = [link.right, link.left]
    while waiting:
        for node in s.walk(waiting.pop(0)):
            key = s.key(node)
            if key is None:
                continue
            several: Sequence[object] = [link.scope.find(key), *link.scope.functions(key)]
            for b in several:
                if isinstance(b, Definition) and id(b) not in found:
                    found[id(b)] = b
                    waiting.append(b.body)
    return list(found.values())


def _definitions(link: Link) -> list[s.Node]:
    return [d.body for d in _used(link)]


def _named(definition: Definition) -> s.Node | None:
    """The name that a definition without parameters gives."""
    if definition.params or definition.indices:
        return None
    try:
        return factors(read(definition.key))[0]
    except ReadingError:
        return None
