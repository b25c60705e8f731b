"""The first pass over a document: what is declared, scope by scope; relations are kept for the second."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import declare, index_range, names_in
from hw3.derivations.latex.documents.pieces import Block, Document, Formula, Row, Sentence, Text
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.plain import is_believed
from hw3.derivations.latex.prose import declared_in_prose
from hw3.derivations.latex.randomness import declared_in_words, is_moment
from hw3.derivations.latex.reading.entries import Read, Relation
from hw3.derivations.latex.reading.renewing import again, freed, goes_on, release, words_of
from hw3.derivations.latex.roles import (
    Cue,
    begins_example,
    cue,
    definable,
    is_a_case,
    is_conditional,
    is_negated,
    is_placed,
    releases,
    renames,
    restricts_unnamed,
)
from hw3.derivations.latex.scope import Poisoned, Scope, Variable
from hw3.derivations.latex.tokens import ReadingError, Token
from hw3.derivations.latex.vocabulary import DOTS


class Collector:
    """Takes what the blocks of a document declare, and keeps their relations."""

    def __init__(self, document: Document, found: Read) -> None:
        self.document, self.found = document, found
        self.relations: list[Relation] = []
        self.defined: dict[str, s.Node] = {}  # what sentences have defined so far, for `again`
        self.words = ""  # of the sentence that is read now
        self.breaks: set[int] = set()  # before which relations a chain is interrupted

    # --- the first pass: declarations -----------------------------------------------------------------

    def collect(self, block: Block, scope: Scope) -> Scope:
        """Takes what a block declares; gives the scope that holds behind it."""
        self.found.scopes.append(scope)
        theorem = scope
        if block.kind in ("section", "theorem", "proof"):
            self.breaks.add(len(self.relations))
        general: Scope | None = None  # while an example is read: what holds without it
        for child in block.children:
            if general is not None and not (isinstance(child, Sentence) and goes_on(self.document.source, child)):
                scope = theorem = general
                general = None
            if isinstance(child, Sentence):
                anew = freed(child, scope, self.defined)
                if begins_example(words_of(child)):
                    general = general or scope
                    scope = theorem = self.inner(scope, "example")
                elif releases(words_of(child)):
                    scope = theorem = self.inner(scope, "later")
                    release(scope, child.pieces[0].place)
                elif again(child, scope, self.defined) or anew:  # what is declared anew is another thing from here on
                    scope = theorem = self.inner(scope, "later")
                for binding in anew:
                    scope.bind(binding)
                self.sentence(child, scope)
            elif child.kind == "theorem":
                theorem = Scope(scope, "theorem")
                self.collect(child, theorem)
            elif child.kind == "proof":
                self.collect(child, Scope(theorem, "proof"))
            elif child.kind in ("item", "example"):
                self.collect(child, Scope(scope, "item"))
            elif child.kind == "section" and child.level > 0:
                self.collect(child, Scope(scope, "section"))
            else:
                scope = theorem = self.collect(child, scope)
        if block.kind in ("section", "theorem", "proof"):
            self.breaks.add(len(self.relations))
        return scope

    def inner(self, scope: Scope, kind: str) -> Scope:
        found = Scope(scope, kind)
        self.found.scopes.append(found)
        return found

    def sentence(self, sentence: Sentence, scope: Scope) -> None:
        words = self.words = words_of(sentence)
        negated, believed = is_negated(words), is_believed(words)
        # Not a reason to set a line aside; but of what is not named nothing is known, and so nothing is refuted.
        unnamed = restricts_unnamed(" ".join(p.text if isinstance(p, Text) else "□" for p in sentence.pieces))
        unnamed = unnamed or _has_a_note(self.document.source, sentence)
        outside = scope
        scope.sentence = sentence.pieces[0].place if sentence.pieces else 0
        parsed: list[tuple[Formula, list[tuple[Row, s.Node, tuple[str, ...]]], Cue]] = []
        before, stale = "", False
        after = {
            id(p): q.text if isinstance(q, Text) else ""
            for p, q in zip(sentence.pieces, [*sentence.pieces[1:], None], strict=True)
        }
        for piece in sentence.pieces:
            if isinstance(piece, Text):
                before = piece.text if stale else f"{before} {piece.text}"
                stale = False
                continue
            rows = []
            for row in piece.rows:
                tree = self.parsed(row, scope)
                if tree is not None:
                    rows.append((row, *tree))
                elif any(t.text != "&" for t in row.tokens):
                    rows.append((row, s.Empty(row.place, row.end), ()))
            said = cue(before)
            if piece.display and before.rstrip(" ,:").endswith(("such that", "so that")):
                said = "concluding"
            parsed.append((piece, rows, said))
            stale |= piece.display  # of the next display too, unless words come between
        rest, text = {}, ""
        for piece in reversed(sentence.pieces):
            rest[id(piece)] = text
            text = f"{piece.text} {text}" if isinstance(piece, Text) else text
        if renames(words):
            scope.notation.append((scope.sentence, words.strip()))
        claims = any(isinstance(n, s.Relation) and "=" in n.ops for _, rows, _ in parsed for _, n, _ in rows)
        if is_conditional(words) and (claims or is_a_case(words)):  # what is assumed in it holds in it
            scope = Scope(outside, "sentence")
            scope.sentence = outside.sentence
            self.found.scopes.append(scope)
        for take, name in declared_in_prose(sentence, _inline(parsed)):
            try:
                take(scope, name)
            except ReadingError as error:
                self.found.trouble(error, name.place)
        parts = {
            id(formula)
            for (formula, _, _), (_, behind_it, _) in itertools.pairwise(parsed)
            if behind_it and is_a_part(behind_it[0][1])
        }
        for formula, rows, said in parsed:
            for row, node, own_notes in rows:
                notes = (*own_notes, "its sentence says more than is read") if unnamed else own_notes
                if re.search(r"\b[Cc]ases?\b", words):  # what the case assumes may hold for the next sentences too
                    outside.doubt(names_in(node), scope.sentence)
                behind = after[id(formula)]
                placed = is_placed(words) or negated or (id(formula) in parts and not behind.strip(" ,("))
                if behind.strip(" ,(") in ("", "for", "on", "where", "whenever", "if", "when") and id(formula) in parts:
                    behind = "if"  # for a part of what it could be defined for
                self.row(
                    node,
                    Relation(
                        node,
                        scope,
                        row,
                        formula,
                        said,
                        notes,
                        scope.sentence,
                        placed,
                        negated,
                        behind,
                        rest[id(formula)],
                        believed,
                    ),
                )

    def parsed(self, row: Row, scope: Scope) -> tuple[s.Node, tuple[str, ...]] | None:
        tokens = [t for t in row.tokens if t.text != "&" or _inside(row.tokens, t)]
        if not tokens:
            return None
        notes = ("its tag says more than is read",) if _CONDITION.search(row.label) else ()
        try:
            return parse(tokens), notes
        except ReadingError as error:
            unclosed: list[Token] = []
            try:
                node = parse(tokens, unclosed)
            except ReadingError:
                self.found.trouble(error, row.place)
                self.unread(tokens, scope)
                return None
            opened = unclosed[0]
            if opened.text == "{" or not isinstance(node, s.Relation | s.Sequence | s.Implication):
                self.found.trouble(error, row.place)
                self.unread(tokens, scope)
                return None
            return node, (f"the bracket '{opened.text}' is not closed; it is read as closed at the end",)

    def unread(self, tokens: Sequence[Token], scope: Scope) -> None:
        """The name that a row would have defined, had it been read, is not known; of those in an assumption something
        is said that is not read."""
        if re.match(r"\W*(?:[Ll]et|[Aa]ssum\w+|[Ss]uppose|[Gg]iven|[Ii]f|[Ff]or|[Ww]ith|[Ww]here)\b", self.words):
            scope.suspect.update(t.text for t in tokens if isinstance(scope.find(t.text), Variable))
        equal = next((k for k, t in enumerate(tokens) if t.text in ("=", ":=", "\\coloneqq", "\\triangleq")), None)
        if not equal:
            return
        try:
            left = definable(parse(tokens[:equal]), lambda key: scope.knows(key))
        except ReadingError:
            return
        if left is not None and scope.find(left.key) is None:
            key = f"{left.key}/{len(left.params)}" if left.params else left.key
            why = f"what defines {left.key} is not read"
            for name in {key, left.key}:
                scope.names[name] = Poisoned(name, left.place, why=why)

    def row(self, node: s.Node, relation: Relation) -> None:
        """Takes what a row declares; what it claims is kept for later."""
        scope = relation.scope
        if isinstance(node, s.Empty):  # not read
            self.interrupt(relation)
            return
        if isinstance(node, s.Fence) and isinstance(node.body, s.Relation):
            node = node.body
        if any(isinstance(n, s.Name) and n.text in ("\\exists", "\\forall", "\\nexists") for n in s.walk(node)):
            self.found.aside(node, node, "a statement for some, or for all")
            if relation.cue in ("declaring", "conditional", "where"):
                scope.suspect.update(names_in(node))
            self.interrupt(relation)
            return
        if isinstance(node, s.Implication):
            self.implication(node, relation)
            return
        items = node.items if isinstance(node, s.Sequence) else (node,)
        if index_range(scope, items):
            return
        if isinstance(node, s.Sequence) and (split := _conditions(node)) is not None:
            self.conditioned(node, split, relation)
            return
        rest: list[s.Node] = []
        pending: list[s.Node] = []
        for item in items:
            if not isinstance(item, s.Relation | s.Juxt):
                pending.append(item)
                continue
            part = item if not pending else s.Sequence(pending[0].place, item.end, (*pending, item), ())
            try:
                if self.speaks_of_random(item, pending, relation):
                    pending = []
                    continue
            except ReadingError as error:
                scope.suspect.update(names_in(part))
                self.found.trouble(error, item.place)
            pending = []
            if isinstance(item, s.Relation) and not self.declares(item, relation):
                rest.append(item)
                continue
            scope.of_every = len(items) == 1 and _is_of_every(self.words, relation.rest)
            try:
                if not declare(scope, part):
                    rest.append(item)
            except ReadingError as error:
                scope.suspect.update(names_in(part))
                self.found.trouble(error, item.place)
        assuming = relation.cue in ("declaring", "conditional")
        if (
            assuming
            and isinstance(node, s.Sequence)
            and ((pending and len(pending) < len(items)) or _share_bounds(items))
        ):
            self.several(node, scope)  # x = 1, 2, 3; 0 < x, y < 1
        for item in (*rest, *pending):
            if assuming and isinstance(item, s.Juxt | s.Fence):  # \neg (x < 0): something is assumed that is not read
                scope.suspect.update(names_in(item))
        for item in rest:
            if isinstance(item, s.Relation) or relation.formula.display:
                self.relations.append(replace(relation, node=item, column=_column(relation.row, item)))
        if pending and not rest and relation.formula.display and len(items) == len(pending) == 1:
            self.relations.append(replace(relation, node=pending[0]))  # a chain's first member, in a row of its own

    def several(self, node: s.Sequence, scope: Scope) -> None:
        """Of a list whose members do not stand alone nothing is known, and nothing is defined."""
        scope.suspect.update(names_in(node))
        for item in node.items:
            key = s.key(item.items[0]) if isinstance(item, s.Relation) and item.ops[0] == "=" else None
            if key is not None and not scope.knows(key):
                scope.names[key] = Poisoned(key, item.place, why=f"{key} is said to be several things")

    def speaks_of_random(self, item: s.Relation | s.Juxt, pending: Sequence[s.Node], relation: Relation) -> bool:
        """Takes what a formula says of random variables."""
        if isinstance(item, s.Juxt):
            return declared_in_words(relation.scope, pending, item)
        if item.ops != ("=",) or pending or not self.declares(item, relation):
            return False
        return is_moment(relation.scope, *item.items)

    def conditioned(self, node: s.Sequence, split: int, relation: Relation) -> None:
        """|x| = x if x > 0: what stands behind holds for what stands before, in this row alone."""
        inner = Scope(relation.scope, "row")
        inner.sentence = relation.scope.sentence
        self.found.scopes.append(inner)
        for item in node.items[split:]:
            try:
                known = declare(inner, item)
            except ReadingError:
                known = False
            if not known:
                inner.suspect.update(names_in(item))
        for item in node.items[:split]:
            if isinstance(item, s.Relation):
                self.relations.append(replace(relation, node=item, scope=inner, cue="concluding"))

    def declares(self, item: s.Relation, relation: Relation) -> bool:
        """Whether a relation can be a declaration where it stands: an equation only as an assumption."""
        assumes = relation.cue in ("declaring", "conditional", "defining", "where")
        equation = "=" in item.ops or "≡" in item.ops or ":=" in item.ops
        if equation and len(item.ops) > 1 and set(item.ops) != {"="}:
            return False
        if not equation and relation.negated and item.ops[0] != "∈":
            relation.scope.suspect.update(names_in(item))
            return False
        if equation or item.ops[0] in ("≤", "≥", "<", ">", "≠"):
            if assumes and not relation.believed and not (equation and relation.cue in ("defining", "where")):
                relation.scope.suspect.update(names_in(item))
                if not equation:
                    relation.scope.unsign(names_in(item))  # it may say the opposite
                return False
            return assumes
        return True

    def implication(self, node: s.Implication, relation: Relation) -> None:
        """X ~ N(mu, Sigma) => claim: what comes before holds for what comes behind."""
        head = node.items[0]
        if isinstance(head, s.Empty):
            for item in node.items[1:]:
                self.row(item, relation)
            return
        inner = Scope(relation.scope, "implication")
        try:
            if node.ops[0] == "⇒" and declare(inner, head):
                self.found.scopes.append(inner)
                for item in node.items[1:]:
                    self.row(item, Relation(item, inner, relation.row, relation.formula, "concluding", relation.notes))
                return
        except ReadingError as error:
            self.found.trouble(error, node.place)
            return
        self.found.aside(node, node, "an implication")
        self.interrupt(relation)

    def interrupt(self, relation: Relation) -> None:
        """What stands above a row that is not read, or is no equation, is not what the row below continues."""
        if relation.formula.display:
            self.breaks.add(len(self.relations))


_CONDITION = re.compile(r"[<>≤≥≠∈]|\\(?:geq?|leq?|neq?|in|succ)\b|^\W*(?:if|when|for)\b")
_NOTE = re.compile(r"\\footnote(?:text|mark)?\b\s*\{[^}]{0,400}[$\\]|\[\^[\w-]+\]")


def _has_a_note(source: str, sentence: Sentence) -> bool:
    """Whether a formula in a footnote belongs to a sentence: it may be a condition, and footnotes are not read."""
    if not any(isinstance(p, Formula) for p in sentence.pieces):
        return False
    behind = sentence.pieces[-1].end
    found = _NOTE.search(source, sentence.pieces[0].place)
    return found is not None and not source[behind : max(behind, found.start())].strip(" \t,.;:)$")


_FOR_SOME = re.compile(r"\b(?:some|fixed|fix|such|except|other|one of|least|index)\b", re.IGNORECASE)


def _is_of_every(words: str, behind: str) -> bool:
    """Whether what a sentence says of an entry x_i is said of every one: no word says of which."""
    which = re.match(r"\W*(?:for|where|with|if|when)\b(?! (?:all|every|each)\b)", behind)
    return which is None and not _FOR_SOME.search(words)


def _share_bounds(items: Sequence[s.Node]) -> bool:
    """0 < x, y < 1: of two names between two bounds."""
    orders = ("<", ">", "≤", "≥")
    return any(
        isinstance(a, s.Relation)
        and isinstance(b, s.Relation)
        and a.ops[-1] in orders
        and b.ops[0] in orders
        and s.key(a.items[-1]) is not None
        and s.key(a.items[0]) is None
        and s.key(b.items[0]) is not None
        for a, b in itertools.pairwise(n for n in items if s.key(n) not in DOTS)
    )


def _column(row: Row, node: s.Node) -> int | None:
    """In which column of an alignment a part of a row stands, or None if the row has none: two & a column.

    Where an & keeps statements apart, a comma stands in its place.
    """
    marks = [t for t in row.tokens if t.text == "&" and not _inside(row.tokens, t)]
    marks += [t for t in row.tokens if t.text == "," and row.latex[t.place - row.place :][:1] == "&"]
    return sum(t.place <= node.place for t in marks) // 2 if marks else None


_ASSUMING = ("if", "for", "when", "where", "with", "such that", "s.t.", "for all", "so that")


def _conditions(node: s.Sequence) -> int | None:
    """Where the conditions of a row begin: behind a word, or where an equation is followed by an order."""
    for k, sep in enumerate(node.seps):
        if sep in _ASSUMING:
            return k + 1
    first = node.items[0]
    if isinstance(first, s.Relation) and "=" in first.ops:
        for k, item in enumerate(node.items[1:], 1):
            if isinstance(item, s.Relation) and item.ops[0] in ("<", ">", "≤", "≥", "≠", "∈"):
                return k
    return None


def _inline(
    parsed: Sequence[tuple[Formula, list[tuple[Row, s.Node, tuple[str, ...]]], Cue]],
) -> dict[int, s.Node]:
    """The trees of the formulas that are one row and are read."""
    return {id(f): r[0][1] for f, r, _ in parsed if len(r) == 1 and not isinstance(r[0][1], s.Empty)}


def is_a_part(node: s.Node) -> bool:
    """Whether a condition leaves something out: t > 0, i other than j, i = 2, ..., n, t in an interval."""
    items = node.items if isinstance(node, s.Sequence) else (node,)
    first = items[0]
    if not isinstance(first, s.Relation):
        return False
    if len(items) == 3 and first.ops == ("=",):
        return s.label(first.items[1]) != "1"
    if first.ops[0] == "∈":
        return isinstance(first.items[1], s.Fence) and first.items[1].open in ("(", "[")
    return first.ops[0] in ("<", ">", "≤", "≥", "≠")


def _inside(tokens: Sequence[Token], token: Token) -> bool:
    """Whether an & belongs to an environment inside the row."""
    depth = 0
    for t in tokens:
        if t is token:
            return depth > 0
        if t.text.startswith("\\begin"):
            depth += 1
        elif t.text.startswith("\\end"):
            depth -= 1
    return False
