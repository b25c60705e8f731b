"""What names are anew: declared or defined again, let be arbitrary, freed of what was assumed for a while."""

from __future__ import annotations

from collections.abc import Mapping

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import names_in
from hw3.derivations.latex.documents.pieces import Formula, Sentence, Text
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.roles import (
    cue,
    definable,
    ends_example,
    lets_be_arbitrary,
)
from hw3.derivations.latex.scope import Binding, Poisoned, Scope, Variable
from hw3.derivations.latex.tokens import ReadingError


def goes_on(source: str, sentence: Sentence) -> bool:
    """Whether a sentence goes on with the example before it: in its paragraph, and not about the general case."""
    before = source[: sentence.pieces[0].place]
    new_paragraph = "\n\n" in before[len(before.rstrip()) :].replace(" ", "").replace("\t", "")
    return not new_paragraph and not ends_example(words_of(sentence))


def freed(sentence: Sentence, scope: Scope, defined: Mapping[str, s.Node]) -> list[Binding]:
    """What the names are from here on that a sentence lets be arbitrary: no longer what they were set to."""
    found: list[Binding] = []
    for before, piece, behind in zip(sentence.pieces, sentence.pieces[1:], sentence.pieces[2:], strict=False):
        if not (isinstance(before, Text) and isinstance(piece, Formula) and isinstance(behind, Text)):
            continue
        if cue(before.text) != "declaring" or not lets_be_arbitrary(behind.text) or len(piece.rows) != 1:
            continue
        try:
            node = parse(piece.rows[0].tokens)
        except ReadingError:
            continue
        for key in filter(None, map(s.key, node.items if isinstance(node, s.Sequence) else (node,))):
            old = scope.find(key)
            if isinstance(old, Variable) and not old.random:
                found.append(Variable(key, piece.place, shape=old.shape, family=old.family))
            elif f"{key}/0" in defined:
                found.append(Poisoned(key, piece.place, why=f"{key} is arbitrary from here on: what is it?"))
    return found


def again(sentence: Sentence, scope: Scope, defined: dict[str, s.Node]) -> bool:
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
                        old_body = defined.get(key)
                        found |= old_body is not None and not s.same(old_body, item.items[1])
                        defined[key] = item.items[1]
    return found


def release(scope: Scope, place: int) -> None:
    """Takes from names what was assumed of them after they were declared; and they are suspect from here on."""
    for key, found in (scope.outer.all_names() if scope.outer is not None else {}).items():
        if not isinstance(found, Variable):
            continue
        later = {kind for kind, since in found.since.items() if since > found.place and kind in found.assumptions}
        if later:
            scope.own(found).assumptions -= later
            scope.suspect.add(key)
    scope.suspect.update(k for c in scope.all_constraints() for k in names_in(c.left))
    scope.released = place


def words_of(sentence: Sentence) -> str:
    """The prose of a sentence."""
    return " ".join(p.text for p in sentence.pieces if isinstance(p, Text))
