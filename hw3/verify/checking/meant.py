r"""Did you mean: for a line that is false, the smallest edit of what was written that makes it true.

Edits of the right side (then of the left) are read as the line is read, compared with the other side in float64 at
one draw and then at two more; what agrees is written as LaTeX, read again and judged like any claim. Only what is
proved or confirmed is offered.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import torch

from hw3.derivations.language.expression import Expr, ShapeError
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits import Edit, Words, edits, script_kind
from hw3.derivations.latex.elaboration.elaborator import Defined, Reading
from hw3.derivations.latex.holes import has_holes
from hw3.derivations.latex.positions import Position, factors, is_derivative, juxt, positions
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.scope import Definition, Generic, IndexName, Variable
from hw3.derivations.latex.spelling import copied, read, same, spell
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.latex.vocabulary import WORDS
from hw3.verify.checking.elaborated import Conflict, Elaborated, cases, elaborate
from hw3.verify.judge import Settings
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, free_indices
from hw3.verify.numeric.draws import draws, positive_sizes
from hw3.verify.numeric.evaluate import Evaluated, evaluate

AGREE = 1e-9
MOST_JUDGED = 4  # candidates that agree in float64 and are not judged to hold
MOST_WORDS = 12  # names and function values that an edit may write


@dataclass(frozen=True)
class Meant:
    """The line that was meant: `latex` is the corrected side, `link` the whole line, `mark` where the wrong part
    stands in the source, `told` what it is, `verdict` that of the corrected line."""

    latex: str
    link: str
    mark: tuple[int, int]
    told: str
    verdict: str


def meant(link: Link, settings: Settings, budget_s: float = 2.0, source: str | None = None) -> Meant | None:
    """The smallest edit that makes a false equation hold, or None if none is found in time.

    With `source`, which the places of the link count in, what is kept stays as the author spelt it.
    """
    if link.op != "=":
        return None
    until = time.perf_counter() + budget_s * 0.6  # the last candidate is judged in what remains
    words = _words(link)
    found = _Search(link, settings, until, source).side(words, right=True)
    if found is None and not _is_given(link.left):
        found = _Search(link, settings, until, source).side(words, right=False)
    return found


def _is_given(left: s.Node) -> bool:
    """Whether a left side only names what the line is about: a name, a derivative."""
    if isinstance(left, s.Juxt):
        return is_derivative(left.items[0])
    return is_derivative(left) or s.key(left) is not None


class _Search:
    """The search on one side of one link."""

    def __init__(self, link: Link, settings: Settings, until: float, source: str | None) -> None:
        self.link, self.settings, self.until, self.source = link, settings, until, source
        self.drawn: list[Draw] | None = None
        self.known: dict[tuple[Expr, int], Evaluated | None] = {}
        self.judged = 0
        self.definitions: dict[int, Defined | None] = {}

    def side(self, words: Words, right: bool) -> Meant | None:
        tree = self.link.right if right else self.link.left
        other = self.link.left if right else self.link.right
        seen: set[tuple[Expr, Expr]] = set()
        for edit in edits(tree, words):
            if time.perf_counter() > self.until or self.judged >= MOST_JUDGED:
                return None
            if _trivial(edit, other, tree):
                continue
            for part in self.read(self.edited(edit.tree, right)):
                if part.lhs is not part.rhs and (part.lhs, part.rhs) not in seen:
                    seen.add((part.lhs, part.rhs))
                    if self.agrees(part):
                        found = self.offered(edit, tree, right)
                        if found is not None:
                            return found
        return None

    def edited(self, tree: s.Node, right: bool) -> Link:
        return replace(self.link, right=tree) if right else replace(self.link, left=tree)

    def read(self, link: Link) -> list[Elaborated]:
        """An edited link in its first reading, at one value of its finite variables; nothing if it has none."""
        reading = Reading(definitions=dict(self.definitions))
        try:
            found = elaborate(link, reading)
            if isinstance(found, Conflict) or found.guesses:
                return []
            return list(islice(cases(found), 1))
        except (ReadingError, ShapeError, ValueError, RecursionError):
            return []
        finally:
            # What a definition was read as serves every edit, if nothing in it was left to find out.
            self.definitions.update(
                (k, d) for k, d in reading.definitions.items() if d is not None and not has_holes(d.value)
            )

    # --- numbers --------------------------------------------------------------------------------------

    def agrees(self, read: Elaborated) -> bool:
        """Whether the two sides agree at three draws, in float64."""
        if self.drawn is None:
            self.drawn = draws([read.lhs, read.rhs, *self.symbols()], read.given, self.settings.seed, 3)
        valid = 0
        for k in range(len(self.drawn)):
            apart = self.apart(read, k)
            if apart is not None and apart > AGREE:
                return False
            valid += apart is not None
        return valid > 0

    def symbols(self) -> list[Expr]:
        """What the scope declares, so that one draw serves every edit."""
        bound = self.link.scope.all_names().values()
        return [b.symbol() for b in bound if isinstance(b, Variable)]

    def apart(self, read: Elaborated, k: int) -> float | None:
        """How far apart the sides are at a draw, of what was added; None where they have no values."""
        assert self.drawn is not None
        indices = free_indices(read.lhs, read.rhs)
        left, right = (self.value(x, k, indices) for x in (read.lhs, read.rhs))
        if left is None or right is None:
            return None
        if left.value.shape != right.value.shape:
            return float("inf")
        size = left.magnitude + right.magnitude
        difference = (left.value - right.value).abs()
        result = torch.maximum(left.value.abs(), right.value.abs()).amax() if left.value.numel() else 0.0
        if float(result) == 0.0:
            return None
        return float((difference / size.clamp(min=1e-300)).amax())

    def value(self, expr: Expr, k: int, indices: tuple[Expr, ...]) -> Evaluated | None:
        assert self.drawn is not None
        if (expr, k) not in self.known:
            draw = self.drawn[k]
            try:
                fits = all(size.value(draw.sizes) > 0 for size in positive_sizes([expr]))
                self.known[expr, k] = evaluate(expr, draw, indices) if fits else None
            except (Invalid, NotEvaluable, KeyError):  # a size or a function that the draw does not have
                self.known[expr, k] = None
        return self.known[expr, k]

    # --- what is offered ------------------------------------------------------------------------------

    def offered(self, edit: Edit, tree: s.Node, right: bool) -> Meant | None:
        """The edit written, read again, and judged."""
        from hw3.verify.checking.links import judge_link

        for text in self.spelt(edit, tree):
            try:
                again = read(text)
            except ReadingError:
                continue
            if not same(again, edit.tree):
                continue
            self.judged += 1
            verdict = judge_link(self.edited(again, right), self.settings, False)
            if verdict.verdict not in ("proved", "confirmed"):
                return None
            kept = self.kept(self.link.left if right else self.link.right)
            line = f"{kept} = {text}" if right else f"{text} = {kept}"
            return Meant(text, line, self.marked(edit), edit.told, verdict.verdict)
        return None

    def marked(self, edit: Edit) -> tuple[int, int]:
        """Where the slip stands, without the space before it."""
        start, end = edit.mark
        if self.source is not None:
            while start < end - 1 and self.source[start].isspace():
                start += 1
            while self.source.count("{", start, end) > self.source.count("}", start, end) and self.source[end] == "}":
                end += 1  # a letter in a font ends before the brace
        return start, end

    def kept(self, node: s.Node) -> str:
        return spell(node, copied(self.source, node) if self.source is not None else None)

    def spelt(self, edit: Edit, tree: s.Node) -> Iterator[str]:
        """The edited side as LaTeX: the source with the edit in it, else written anew around what is kept."""
        if self.source is not None:
            copy = copied(self.source, tree)
            before, after = self.source[tree.place : edit.old.place], self.source[edit.old.end : tree.end]
            new = spell(edit.new, copy)
            if before[-1:].isalnum() and new[:1].isalpha():
                new = " " + new
            if after[:1].isalpha() and new[-1:].isalpha():
                new += " "
            yield " ".join(f"{before}{new}{after}".split())
            yield spell(edit.tree, copy)
        yield spell(edit.tree)


def _trivial(edit: Edit, other: s.Node, old: s.Node) -> bool:
    """Whether an edited side says nothing: it is, or copies, the other side."""
    if same(edit.tree, other):
        return True
    if not isinstance(other, s.Name | s.Number) and any(same(p.node, other) for p in positions(edit.tree)):
        return not any(same(p.node, other) for p in positions(old))
    # What was put in is what the other side has and this one had not: f(c x) for the f(c x) on the left.
    if not edit.told.startswith(("a factor", "a term", "the name", "the argument", "log", "exp")):
        return False
    own, others, before = (sorted(_leaves(n)) for n in (edit.tree, other, old))
    return own == others != before


def _leaves(node: s.Node) -> Iterator[str]:
    return (s.key(n) or "" for n in s.walk(node) if isinstance(n, s.Name))


# --- words --------------------------------------------------------------------------------------------


def _words(link: Link) -> Words:
    """What the edits of a link may write: what occurs in it and in the definitions that it uses."""
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
