r"""Did you mean: for a line that is false, the smallest edit of what was written that makes it true.

Edits of the right side (then of the left) are read as the line is read, compared with the other side in float64 at
one draw and then at two more; what agrees is written as LaTeX, read again and judged like any claim. Only what is
proved or confirmed is offered.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

import torch

from hw3.derivations.language.expression import Expr, ShapeError, index_size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.edits import Edit, edits, nearby, pairs
from hw3.derivations.latex.edits.pieces import script_kind, without_sup
from hw3.derivations.latex.elaboration.elaborator import Defined, Elaborator, Reading
from hw3.derivations.latex.holes import has_holes
from hw3.derivations.latex.positions import bare, is_derivative, positions
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.scope import Variable
from hw3.derivations.latex.spelling import copied, read, same, spell
from hw3.derivations.latex.tokens import ReadingError
from hw3.verify.checking.elaborated import Conflict, Elaborated, cases, elaborate
from hw3.verify.judge import Settings
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, free_indices
from hw3.verify.numeric.draws import draws, positive_sizes
from hw3.verify.numeric.evaluate import Evaluated, Kept, evaluate

AGREE = 1e-9
ALONE = 0.15  # of the budget, for single slips
PAIRS = 0.06  # of the budget, for two slips in one line
MOST_JUDGED = 4  # candidates that agree in float64 and are not judged to hold


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
    # Time of this thread, so that what is found does not hang on what else the machine does. The last candidate is
    # judged in what remains.
    until = time.thread_time() + budget_s * ALONE
    words = nearby(link)
    search = _Search(link, settings, until, source)
    found = search.side(edits(link.right, words), right=True)
    if found is None and not _is_given(link.left):
        found = search.side(edits(link.left, words), right=False)
    if found is None:
        search.until = min(until, time.thread_time() + budget_s * PAIRS)
        found = search.side(pairs(edits(link.right, words), words), right=True)
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
        self.shared: list[Kept] = [{}, {}, {}]  # at each draw, what edits share
        self.judged = 0
        self.finite = False  # whether something ranges over a finite set, and is judged value by value
        self.seen: set[tuple[Expr, Expr]] = set()
        self.sides: dict[bool, Elaborated | None] = {}
        self.definitions: dict[int, Defined | None] = {}

    def side(self, several: Iterable[Edit], right: bool) -> Meant | None:
        """The first of the edits of a side that holds."""
        tree = self.link.right if right else self.link.left
        other = self.link.left if right else self.link.right
        for edit in several:
            if time.thread_time() > self.until or self.judged >= MOST_JUDGED:
                return None
            for part in self.compared(edit.tree, right):
                if part.lhs is not part.rhs and (part.lhs, part.rhs) not in self.seen:
                    self.seen.add((part.lhs, part.rhs))
                    if self.agrees(part) and not _trivial(edit, other, tree):
                        found = self.offered(edit, tree, right)
                        if found is not None:
                            return found
        return None

    def edited(self, tree: s.Node, right: bool) -> Link:
        return replace(self.link, right=tree) if right else replace(self.link, left=tree)

    def compared(self, tree: s.Node, right: bool) -> list[Elaborated]:
        """The kept side and an edited one. The kept side is read once, if the two teach each other nothing."""
        link = self.edited(tree, right)
        kept = self.kept_side(right)
        if kept is None:
            return self.read(link)
        reader = Elaborator(link.scope, Reading(definitions=dict(self.definitions)))
        try:
            value = reader(tree)
        except (ReadingError, ShapeError, ValueError, RecursionError):
            return []
        if has_holes(value) or any(has_holes(i) for i in reader.free.values()):
            return self.read(link)
        if reader.guesses or value.shape != kept.lhs.shape or value.operation.name == "normal":
            return []
        return [replace(kept, lhs=kept.lhs, rhs=value) if right else replace(kept, lhs=value, rhs=kept.lhs)]

    def kept_side(self, right: bool) -> Elaborated | None:
        """The side that is not edited, as an identity; None where it does not stand alone."""
        if right not in self.sides:
            node = self.link.left if right else self.link.right
            found = self.read(replace(self.link, left=node, right=node))
            given = dict.fromkeys(f for read in (found, self.read(self.link)) for part in read for f in part.given)
            alone = bool(found) and not self.finite and not found[0].choices
            self.sides[right] = replace(found[0], given=tuple(given)) if alone else None
        return self.sides[right]

    def read(self, link: Link) -> list[Elaborated]:
        """An edited link in its first reading, at one value of its finite variables; nothing if it has none."""
        reading = Reading(definitions=dict(self.definitions))
        try:
            found = elaborate(link, reading)
            if isinstance(found, Conflict) or found.guesses:
                return []
            self.finite = self.finite or bool(found.values)
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
            if time.thread_time() > self.until:
                return False
            apart = self.apart(read, k)
            if apart is not None and apart > AGREE:
                return False
            valid += apart is not None
        return valid > 0

    def symbols(self) -> list[Expr]:
        """What the scope declares, so that one draw serves every edit."""
        found = []
        for b in self.link.scope.all_names().values():
            if isinstance(b, Variable):
                with suppress(ShapeError):  # of what is assumed and cannot be
                    found.append(b.symbol())
        return found

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
                ranges = [n for i in indices if (n := index_size(i)) is not None]
                fits = all(size.value(draw.sizes) > 0 for size in (*positive_sizes([expr]), *ranges))
                self.known[expr, k] = evaluate(expr, draw, indices, self.shared[k]) if fits else None
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
    if " and " in edit.told:  # two slips that undo all but some transposes of numbers
        return same(_untransposed(edit.tree), _untransposed(other))
    # What was put in is what the other side has and this one had not: f(c x) for the f(c x) on the left.
    if not edit.told.startswith(("a factor", "a term", "the name", "the argument", "log", "exp")):
        return False
    own, others, before = (sorted(_leaves(n)) for n in (edit.tree, other, old))
    return own == others != before


def _untransposed(tree: s.Node) -> s.Node:
    for at in positions(tree):
        if isinstance(at.node, s.Script) and script_kind(at.node.sup) == "T":
            return _untransposed(at.put(bare(without_sup(at.node))))
    return tree


def _leaves(node: s.Node) -> Iterator[str]:
    return (s.key(n) or "" for n in s.walk(node) if isinstance(n, s.Name))
