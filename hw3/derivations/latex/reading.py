"""A document read: its relations in their roles, link by link, each in its scope.

First all declarations of a scope are taken, then its equations in order: definitions define, the rest are claims.
Nothing is judged here, and nothing that a claim says is believed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import declare, entry_of_declared, index_range, names_in
from hw3.derivations.latex.documents.pieces import Block, Document, Formula, Row, Sentence, Text
from hw3.derivations.latex.elaboration import Elaborator
from hw3.derivations.latex.elaboration.probability import OPERATORS, shapes_of_law
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.prose import declared_in_prose
from hw3.derivations.latex.roles import (
    Cue,
    Left,
    cue,
    definable,
    is_a_case,
    is_conditional,
    is_gradient,
    is_negated,
    is_placed,
    is_under_condition,
    is_zero,
)
from hw3.derivations.latex.scope import Definition, IndexName, Poisoned, Scope, SizeName, Variable
from hw3.derivations.latex.tokens import ReadingError, Token


@dataclass(frozen=True)
class Link:
    """One link of a chain, a claim: `left op right` in its scope."""

    left: s.Node
    op: str
    right: s.Node
    scope: Scope
    place: int
    end: int
    number: int  # in its chain, from 1
    label: str
    display: bool
    sets: bool = False  # it may be an equation that the author sets, such as a gradient that is 0
    notes: tuple[str, ...] = ()
    undecided: str = ""  # why it is not judged
    layout: str = "numerator"  # how its document writes Jacobians and gradients


LAYOUTS = ("numerator", "denominator", "rows")


@dataclass(frozen=True)
class Trusted:
    """A definition that no word announces."""

    place: int
    end: int


@dataclass(frozen=True)
class SetAside:
    """A relation that is no identity, and why."""

    place: int
    end: int
    why: str


@dataclass(frozen=True)
class Trouble:
    """What can't be read."""

    place: int
    message: str


Entry = Link | Trusted | SetAside | Trouble


@dataclass
class Read:
    """The entries of a document in order, and its scopes."""

    document: Document
    entries: list[Entry] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)


@dataclass(frozen=True)
class _Relation:
    """A relation of the document that is not a declaration, with what was said before it."""

    node: s.Node
    scope: Scope
    row: Row
    formula: Formula
    cue: Cue
    notes: tuple[str, ...] = ()
    sentence: int = 0  # where its sentence begins
    placed: bool = False  # in a sentence that speaks of a place where it holds
    negated: bool = False  # in a sentence that denies
    behind: str = ""  # the text behind it


def read(document: Document, outer: Scope | None = None) -> Read:
    """Reads a document; `outer` has the declarations of a preamble."""
    found = Read(document)
    reader = _Reader(document, found)
    top = Scope(outer)
    reader.collect(document.body, top)
    reader.settle()
    reader.assign()
    found.entries.extend(Trouble(p.place, p.message) for p in document.problems)
    found.entries.sort(key=lambda x: x.place)
    layout = next((document.front[k] for k in ("hw3.layout", "layout") if k in document.front), "")
    if layout in LAYOUTS:
        found.entries = [replace(x, layout=layout) if isinstance(x, Link) else x for x in found.entries]
    elif layout and "hw3.layout" in document.front:
        told = f"the layout {layout!r} is not known: choose from {', '.join(LAYOUTS)}"
        found.entries.insert(0, Trouble(0, told))
    return found


class _Reader:
    def __init__(self, document: Document, found: Read) -> None:
        self.document, self.found = document, found
        self.relations: list[_Relation] = []
        self.defined: dict[str, s.Node] = {}  # what sentences have defined so far, for `again`
        self.breaks: set[int] = set()  # before which relations a chain is interrupted

    # --- the first pass: declarations -----------------------------------------------------------------

    def collect(self, block: Block, scope: Scope) -> Scope:
        """Takes what a block declares; gives the scope that holds behind it."""
        self.found.scopes.append(scope)
        theorem = scope
        if block.kind in ("section", "theorem", "proof"):
            self.breaks.add(len(self.relations))
        for child in block.children:
            if isinstance(child, Sentence):
                if self.again(child, scope):  # what is declared anew is another thing from here on
                    scope = theorem = Scope(scope, "later")
                    self.found.scopes.append(scope)
                self.sentence(child, scope)
            elif child.kind == "theorem":
                theorem = Scope(scope, "theorem")
                self.collect(child, theorem)
            elif child.kind == "proof":
                self.collect(child, Scope(theorem, "proof"))
            elif child.kind == "section" and child.level > 0:
                self.collect(child, Scope(scope, "section"))
            else:
                scope = theorem = self.collect(child, scope)
        if block.kind in ("section", "theorem", "proof"):
            self.breaks.add(len(self.relations))
        return scope

    def again(self, sentence: Sentence, scope: Scope) -> bool:
        """Whether a sentence declares or defines a name that was declared or defined before."""
        before, found = "", False
        for piece in sentence.pieces:
            if isinstance(piece, Text):
                before += " " + piece.text
                continue
            said = cue(before)
            for row in piece.rows if said in ("declaring", "defining", "where") else ():
                try:
                    node = parse([t for t in row.tokens if t.text != "&"])
                except ReadingError:
                    continue
                for item in node.items if isinstance(node, s.Sequence) else (node,):
                    if not isinstance(item, s.Relation):
                        continue
                    if item.ops[0] == "∈":
                        old = scope.find(s.key(item.items[0]) or "")
                        found |= isinstance(old, Variable) and old.certainty == "declared"
                    elif item.ops[0] in ("=", ":=", "≡"):
                        left = definable(item.items[0], lambda key: False)
                        if left is not None:
                            key = f"{left.key}/{len(left.params)}"
                            old_body = self.defined.get(key)
                            found |= old_body is not None and not s.same(old_body, item.items[1])
                            self.defined[key] = item.items[1]
        return found

    def sentence(self, sentence: Sentence, scope: Scope) -> None:
        words = " ".join(p.text for p in sentence.pieces if isinstance(p, Text))
        negated = is_negated(words)
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
        claims = any(isinstance(n, s.Relation) and "=" in n.ops for _, rows, _ in parsed for _, n, _ in rows)
        if is_conditional(words) and (claims or is_a_case(words)):  # what is assumed in it holds in it
            scope = Scope(outside, "sentence")
            scope.sentence = outside.sentence
            self.found.scopes.append(scope)
        for take, name in declared_in_prose(sentence, _inline(parsed)):
            try:
                take(scope, name)
            except ReadingError as error:
                self.trouble(error, name.place)
        parts = {
            id(formula)
            for (formula, _, _), (_, behind_it, _) in itertools.pairwise(parsed)
            if behind_it and is_a_part(behind_it[0][1])
        }
        for formula, rows, said in parsed:
            for row, node, notes in rows:
                if re.search(r"\b[Cc]ases?\b", words):  # what the case assumes may hold for the next sentences too
                    outside.doubt(names_in(node), scope.sentence)
                placed = is_placed(words) or negated
                behind = after[id(formula)]
                if behind.strip(" ,") in ("for", "on", "where", "whenever", "if", "when") and id(formula) in parts:
                    behind = "if"  # for a part of what it could be defined for
                self.row(
                    node, _Relation(node, scope, row, formula, said, notes, scope.sentence, placed, negated, behind)
                )

    def parsed(self, row: Row, scope: Scope) -> tuple[s.Node, tuple[str, ...]] | None:
        tokens = [t for t in row.tokens if t.text != "&" or _inside(row.tokens, t)]
        if not tokens:
            return None
        try:
            return parse(tokens), ()
        except ReadingError as error:
            unclosed: list[Token] = []
            try:
                node = parse(tokens, unclosed)
            except ReadingError:
                self.trouble(error, row.place)
                self.unread(tokens, scope)
                return None
            opened = unclosed[0]
            return node, (f"the bracket '{opened.text}' is not closed; it is read as closed at the end",)

    def unread(self, tokens: Sequence[Token], scope: Scope) -> None:
        """The name that a row would have defined, had it been read, is not known."""
        equal = next((k for k, t in enumerate(tokens) if t.text in ("=", ":=", "\\coloneqq", "\\triangleq")), None)
        if not equal:
            return
        try:
            left = definable(parse(tokens[:equal]), lambda key: _bound(scope, key))
        except ReadingError:
            return
        if left is not None and scope.find(left.key) is None:
            key = f"{left.key}/{len(left.params)}" if left.params else left.key
            why = f"what defines {left.key} is not read"
            for name in {key, left.key}:
                scope.names[name] = Poisoned(name, left.place, why=why)

    def trouble(self, error: ReadingError, place: int) -> None:
        self.found.entries.append(Trouble(place if error.place is None else error.place, str(error)))

    def row(self, node: s.Node, relation: _Relation) -> None:
        """Takes what a row declares; what it claims is kept for later."""
        scope = relation.scope
        if isinstance(node, s.Empty):  # not read
            self.interrupt(relation)
            return
        if isinstance(node, s.Fence) and isinstance(node.body, s.Relation):
            node = node.body
        if any(isinstance(n, s.Name) and n.text in ("\\exists", "\\forall", "\\nexists") for n in s.walk(node)):
            self.aside(node, "a statement for some, or for all")
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
            pending = []
            if isinstance(item, s.Relation) and not self.declares(item, relation):
                rest.append(item)
                continue
            try:
                if not declare(scope, part):
                    rest.append(item)
            except ReadingError as error:
                scope.suspect.update(names_in(part))
                self.trouble(error, item.place)
        for item in rest:
            if isinstance(item, s.Relation) or relation.formula.display:
                self.relations.append(replace(relation, node=item))
        if pending and not rest and relation.formula.display and len(items) == len(pending) == 1:
            self.relations.append(replace(relation, node=pending[0]))  # a chain's first member, in a row of its own

    def conditioned(self, node: s.Sequence, split: int, relation: _Relation) -> None:
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

    def declares(self, item: s.Relation, relation: _Relation) -> bool:
        """Whether a relation can be a declaration where it stands: an equation only as an assumption."""
        if "=" in item.ops or "≡" in item.ops or ":=" in item.ops:
            if len(item.ops) > 1 and set(item.ops) != {"="}:
                return False
            return relation.cue in ("declaring", "conditional", "defining", "where")
        if relation.negated and item.ops[0] != "∈":
            relation.scope.suspect.update(names_in(item))
            return False
        if item.ops[0] in ("≤", "≥", "<", ">", "≠"):
            return relation.cue in ("declaring", "conditional", "defining", "where")
        return True

    def implication(self, node: s.Implication, relation: _Relation) -> None:
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
                    self.row(item, _Relation(item, inner, relation.row, relation.formula, "concluding", relation.notes))
                return
        except ReadingError as error:
            self.trouble(error, node.place)
            return
        self.aside(node, "an implication")
        self.interrupt(relation)

    def interrupt(self, relation: _Relation) -> None:
        """What stands above a row that is not read, or is no equation, is not what the row below continues."""
        if relation.formula.display:
            self.breaks.add(len(self.relations))

    def aside(self, node: s.Node, why: str) -> None:
        self.found.entries.append(SetAside(node.place, node.end, why))

    # --- between: what is known by laws, and said before it was declared ------------------------------

    def settle(self) -> None:
        for scope in self.found.scopes:
            for key, kinds, _ in scope.later:
                found = scope.find(key)
                if isinstance(found, Variable):
                    found.assumptions.update(k for k in kinds if k != "orthogonal")
                elif not set(kinds) & {"positive_definite", "symmetric", "invertible"}:
                    scope.suspect.add(key)
            for key, place in scope.later_scalars:
                if scope.find(key) is None:
                    scope.bind(Variable(key, place, shape=()))
            self.dimensions(scope)
            for name, stated, within in scope.laws:
                try:
                    shapes_of_law(within, name, stated)
                except ReadingError as error:
                    self.trouble(error, stated.place)

            for mean, covariance in scope.moments:
                self.moments(scope, mean, covariance)

    def dimensions(self, scope: Scope) -> None:
        """Gives random vectors a dimension where none is stated: the first size-like name that nobody declared."""
        if not scope.vectors:
            return
        spoken = {s.key(n) for r in self.relations for n in s.walk(r.node)}
        for key in scope.vectors:
            if scope.find(key) is not None:
                continue
            free = (n for n in "nkdpDNm" if n in spoken and not _bound(scope, n))
            size = next(free, "n" if not _bound(scope, "n") else f"n_{{{key}}}")
            if scope.find(size) is None:
                scope.bind(SizeName(size, 0, "default", size=Size.symbol(size)))
            scope.bind(Variable(key, 0, "default", shape=(Size.symbol(size),), random=True))

    def moments(self, scope: Scope, mean: s.Node, covariance: s.Node) -> None:
        """Defines mu as E[X] and Sigma as Cov(X), X the one random variable without a law."""
        random = [b for b in scope.all_names().values() if isinstance(b, Variable) and b.random and b.law is None]
        if len(random) != 1:
            return
        x = s.Name(mean.place, mean.end, random[0].key)
        for node, word in ((mean, "E"), (covariance, "Cov")):
            key = s.key(node)
            if key is not None and not _bound(scope, key):
                call = (s.Name(x.place, x.end, word, "op"), s.Fence(x.place, x.end, "(", ")", x))
                body = s.Juxt(x.place, x.end, call)
                scope.bind(Definition(key, node.place, body=body, scope=scope))

    # --- the second pass: roles -----------------------------------------------------------------------

    def assign(self) -> None:
        last: s.Node | None = None  # of displays: what is said between them does not interrupt a chain
        count = 0
        for k, relation in enumerate(self.relations):
            node = relation.node
            if k in self.breaks:
                last, count = None, 0
            if not isinstance(node, s.Relation):
                following = self.relations[k + 1].node if k + 1 < len(self.relations) else node
                if isinstance(following, s.Relation) and isinstance(following.items[0], s.Empty):
                    last, count = node, 0
                else:
                    self.aside(node, "it states nothing")
                continue
            continues = isinstance(node.items[0], s.Empty)
            if continues and last is None:
                self.aside(node, "it continues nothing")
                continue
            items = [last, *node.items[1:]] if continues and last is not None else list(node.items)
            count = count if continues else 0
            if isinstance(items[-1], s.Empty):  # a = at the end: the next row goes on
                items.pop()
            count = self.chain(items, node, relation, count)
            if relation.formula.display or continues:
                last = items[-1] if items else None

    def chain(self, items: Sequence[s.Node], node: s.Relation, relation: _Relation, count: int) -> int:
        """The links of one relation; gives how many links its chain has so far."""
        scope = relation.scope
        start = 0
        fresh = count == 0 and not isinstance(node.items[0], s.Empty)
        undecided = ""
        if len(items) < 2:
            return count
        if fresh and node.ops and node.ops[0] in ("=", ":=", "≡"):
            start, undecided = self.defines(items, node, relation)
        for k in range(start, len(items) - 1):
            op = node.ops[k]
            count += 1
            left, right = items[k], items[k + 1]
            if op in ("≡",):
                op = "="
            if op not in ("=", "≤", "≥", "<", ">", "≠", "~"):
                told = {"≈": "an approximation", "∝": "a proportionality", "!": "a demand", "→": "a limit",
                        "≅": "an isomorphy", ":": "a type"}.get(op, f"a relation {op}")  # fmt: skip
                self.found.entries.append(SetAside(left.place, right.end, told))
                if op == "!":
                    scope.doubt(names_in(left) | names_in(right), right.end)
                elif op not in ("≈", "∝"):
                    scope.suspect.update(names_in(left) | names_in(right))
                count -= 1
                continue
            if op in ("≤", "≥", "<", ">") and not relation.formula.display and relation.cue != "concluding":
                known = scope.outer if scope.kind == "sentence" and scope.outer is not None else scope
                known.suspect.update(names_in(left) | names_in(right))
                self.found.entries.append(
                    SetAside(left.place, right.end, "said in passing: neither assumed nor judged")
                )
                count -= 1
                continue
            if op == "~":
                self.found.entries.append(SetAside(left.place, right.end, "what law this has is not judged"))
                count -= 1
                continue
            if op == "≠":
                scope.suspect.update(names_in(left) | names_in(right))
                self.found.entries.append(SetAside(left.place, right.end, "an inequality that holds for some"))
                count -= 1
                continue
            sets = is_zero(right) and op == "=" and (is_gradient(left) or any(is_gradient(n) for n in items[:k]))
            sets = (
                sets
                or (relation.cue in ("setting", "given") and op == "=")
                or _is_update(left, right)
                or relation.placed
            )
            if relation.cue == "setting" and op == "=" and k == len(items) - 2 and is_zero(right):
                scope.doubt(names_in(left) | names_in(right), right.end)
                self.found.entries.append(SetAside(left.place, right.end, "an equation that is set"))
                count -= 1
                continue
            assumed = relation.cue in ("declaring", "conditional") or (relation.cue == "where" and start == 0)
            if assumed and op == "=" and not undecided and (fresh or count == 1):
                undecided = "it is assumed, and not of a form that is believed"
                scope.doubt(names_in(left) | names_in(right), right.end)
                if relation.cue == "declaring" or scope.kind == "sentence" or not relation.formula.display:
                    scope.suspect.update(names_in(left) | names_in(right))
            place = left.place if k == start or not fresh else items[k].place
            self.found.entries.append(
                Link(left, op, right, scope, place, right.end, count, _label(relation), relation.formula.display,
                     sets, relation.notes, undecided)
            )  # fmt: skip
            undecided = ""
        return count

    def defines(self, items: Sequence[s.Node], node: s.Relation, relation: _Relation) -> tuple[int, str]:
        """Takes a definition: where the claims of the chain begin, and why the first is not judged, if it isn't."""
        scope, said = relation.scope, relation.cue
        left = definable(items[0], lambda key: _bound(scope, key) and not isinstance(scope.find(key), IndexName))
        if left is None:
            if node.ops[0] == ":=":
                return 0, "what it defines is not read"
            return 0, ""
        key = f"{left.key}/{len(left.params)}" if left.params else left.key
        old = scope.find(key) if not left.indices else scope.find(left.key)
        is_new = old is None and not (not left.params and scope.functions(left.key))
        anew = scope.kind == "later" and key not in scope.names and isinstance(old, Definition)
        is_new = is_new or (anew and said in ("declaring", "defining", "where"))
        if left.params and _is_known_function(left.key, items[0], scope):
            return 0, ""
        merely = isinstance(old, Variable) and not left.params
        defining = node.ops[0] == ":=" or said in ("defining", "where")
        if left.params and left.key in OPERATORS and not defining:
            return 0, ""  # E[X] = 1 defines nothing
        if left.key in ("e", "I", "\\pi", "\\mathbf{I}") and is_new and not defining:
            return 0, ""  # a constant, unless something else is said
        if (whole := entry_of_declared(scope, items[0])) is not None:
            scope.suspect.add(whole)
            return 0, f"an equation for an entry of {whole} is not believed"
        if isinstance(old, Variable) and old.family and not left.indices and not left.params:
            scope.suspect.add(left.key)
            return 0, f"{left.key} is a family here: what is it as a whole?"
        under = is_under_condition(relation.behind) or (
            scope.kind == "sentence" and bool(scope.constraints or scope.names) and said in ("defining", "declaring")
        )
        if under and (is_new or merely) and not _mentions(left, items[1]):
            for name in {key, left.key}:
                why = f"{left.key} is defined under a condition"
                scope.bind(Poisoned(name, left.place, why=why))
            return 0, "it is defined under a condition"
        if not is_new and not merely:
            if node.ops[0] == ":=":
                scope.suspect.add(left.key)
                return 0, f"{left.key} is defined already"
            return 0, ""
        if _mentions(left, items[1]):
            return 0, "" if not is_new else f"what is {left.key}?"
        if said == "declaring" and node.ops[0] == "=":
            defining = True
        if merely and not defining:
            if said == "concluding" or not relation.formula.display:
                scope.suspect.add(left.key)
                return 0, f"{left.key} is free here: what is it?"
            self.trust(items, node)
            self.define(left, key, items[1], relation, "trusted")
            return 1, ""
        if defining:
            self.define(left, key, items[1], relation, "declared")
            return 1, ""
        in_theorem = scope.kind == "theorem" and relation.formula.display
        alone = len(items) == 2 and len(relation.formula.rows) == 1
        if (said in ("concluding", "setting") and not in_theorem and alone) or not relation.formula.display:
            if said == "conditional":
                return 0, "it is a condition"
            if said not in ("concluding", "setting"):  # in the running text
                self.trust(items, node)
                self.define(left, key, items[1], relation, "trusted")
                return 1, ""
            self.define(left, key, items[1], relation, "trusted")  # for what follows
            return 0, f"what is {left.key}? it is neither declared nor defined"
        self.trust(items, node)
        self.define(left, key, items[1], relation, "trusted")
        return 1, ""

    def trust(self, items: Sequence[s.Node], node: s.Relation) -> None:
        self.found.entries.append(Trusted(items[0].place, items[1].end))
        del node

    def define(self, left: Left, key: str, body: s.Node, relation: _Relation, certainty: str) -> None:
        scope = relation.scope
        name = left.key if left.indices else key
        scope.bind(
            Definition(name, left.place, "declared" if certainty == "declared" else "trusted",
                       params=left.params, indices=left.indices, body=body, scope=scope, since=relation.sentence)
        )  # fmt: skip


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


def _is_update(left: s.Node, right: s.Node) -> bool:
    """w = w - eta g: an assignment, not an identity."""
    key = s.key(left)
    return key is not None and isinstance(right, s.Sum) and key in {s.key(n) for n in s.walk(right)}


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


def _label(relation: _Relation) -> str:
    """The row's label; one that numbers a whole display is every row's."""
    rows = relation.formula.rows
    if relation.row.label or relation.formula.environment in _NUMBERED:
        return relation.row.label
    return rows[-1].label if rows and not any(r.label for r in rows[:-1]) else ""


_NUMBERED = ("align", "alignat", "gather", "eqnarray", "flalign")


def _bound(scope: Scope, key: str | None) -> bool:
    return key is not None and (scope.find(key) is not None or bool(scope.functions(key)))


def _mentions(left: Left, body: s.Node) -> bool:
    """Whether a definition would speak of itself: mu = mu + 1."""
    if left.params:
        return False

    def speaks(node: s.Node) -> bool:
        if s.key(node) == left.key:
            return True
        if isinstance(node, s.Script):
            # D_{KL} does not speak of D, nor W_Q of Q; x_i speaks of x.
            part = s.is_word(node.sub) or (isinstance(node.sub, s.Name) and not node.sub.text.islower())
            return (not part and speaks(node.base)) or (node.sup is not None and speaks(node.sup))
        return any(speaks(n) for n in node.parts())

    return speaks(body)


def _is_known_function(key: str, node: s.Node, scope: Scope) -> bool:
    """Whether name(...) is something that has a meaning of its own: E(X), Var(X), h(X), KL(..)."""
    from hw3.derivations.latex.elaboration.probability import known_operator

    assert isinstance(node, s.Juxt)
    return known_operator(Elaborator(scope), key, node.items[1])


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
