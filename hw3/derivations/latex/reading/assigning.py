"""The second pass over a document: the roles of its relations, in order."""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import entry_of_declared, names_in
from hw3.derivations.latex.elaboration import Elaborator
from hw3.derivations.latex.elaboration.probability_names import OPERATORS
from hw3.derivations.latex.reading.entries import Link, Read, Relation, Trusted
from hw3.derivations.latex.roles import (
    Left,
    alters,
    definable,
    is_gradient,
    is_under_condition,
    is_zero,
)
from hw3.derivations.latex.scope import Definition, IndexName, Poisoned, Scope, Variable


class Assigner:
    """Gives each relation its role; a chain is interrupted before the relations that `breaks` counts."""

    def __init__(self, found: Read, relations: Sequence[Relation], breaks: set[int]) -> None:
        self.found, self.relations, self.breaks = found, relations, breaks

    def assign(self) -> None:
        # Of displays, by column: what is said between them does not interrupt a chain. A chain has its last member, and
        # how many links it has.
        chains: dict[int, tuple[s.Node, int]] = {}
        column = 0
        for k, relation in enumerate(self.relations):
            node = relation.node
            column = column if relation.column is None else relation.column
            if k in self.breaks:
                chains = {}
            if not isinstance(node, s.Relation):
                following = self.relations[k + 1].node if k + 1 < len(self.relations) else node
                if isinstance(following, s.Relation) and isinstance(following.items[0], s.Empty):
                    chains[column] = node, 0
                else:
                    self.found.aside(node, node, "it states nothing")
                continue
            last, count = None, 0
            if isinstance(node.items[0], s.Empty):
                last, count = chains.get(column, (None, 0))
                if last is None:
                    self.found.aside(node, node, "it continues nothing")
                    continue
            items = list(node.items) if last is None else [last, *node.items[1:]]
            if isinstance(items[-1], s.Empty):  # a = at the end: the next row goes on
                items.pop()
            count = self.chain(items, node, relation, count)
            if relation.formula.display or last is not None:
                chains[column] = items[-1], count

    def chain(self, items: Sequence[s.Node], node: s.Relation, relation: Relation, count: int) -> int:
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
            op = "=" if node.ops[k] == "≡" else node.ops[k]
            left, right = items[k], items[k + 1]
            why = self.no_identity(left, op, right, relation, last=k == len(items) - 2)
            if why:
                self.found.aside(left, right, why)
                continue
            count += 1
            sets = op == "=" and (relation.cue in ("setting", "given") or _is_optimum(items[: k + 1], right, scope))
            sets = sets or _is_update(left, right) or relation.placed
            assumed = relation.cue in ("declaring", "conditional") or (relation.cue == "where" and start == 0)
            if assumed and op == "=" and not undecided and (fresh or count == 1):
                self.found.aside(left, right, "it is assumed, and not of a form that is believed")
                scope.doubt(names_in(left) | names_in(right), right.end)
                if relation.cue == "declaring" or scope.kind == "sentence" or not relation.formula.display:
                    home = scope.outer if scope.kind == "sentence" and scope.outer is not None else scope
                    home.suspect.update(names_in(left) | names_in(right))
                continue
            if not undecided and (told := scope.renamed(left.place)):
                undecided = f"a notation is said to mean something of its own, which is not read: {told}"
            place = left.place if k == start or not fresh else items[k].place
            self.found.entries.append(
                Link(left, op, right, scope, place, right.end, count, _label(relation), relation.formula.display,
                     sets, relation.notes, undecided)
            )  # fmt: skip
            undecided = ""
        return count

    def no_identity(self, left: s.Node, op: str, right: s.Node, relation: Relation, last: bool) -> str:
        """Why a link is none that is judged, or "": of what it speaks then refutes nothing, where it restricts that."""
        scope = relation.scope
        names = names_in(left) | names_in(right)
        if op in _NO_IDENTITIES:
            if op not in ("≈", "∝", "~") or relation.cue in ("declaring", "conditional"):
                scope.suspect.update(names)
            return _NO_IDENTITIES[op]
        if op == "!":
            scope.doubt(names, right.end)
            return "a demand"
        if op not in ("=", "≤", "≥", "<", ">"):
            scope.suspect.update(names)
            return f"a relation {op}"
        if op != "=" and not relation.formula.display and relation.cue != "concluding":
            known = scope.outer if scope.kind == "sentence" and scope.outer is not None else scope
            known.suspect.update(names)
            return "said in passing: neither assumed nor judged"
        if relation.cue == "setting" and op == "=" and last and is_zero(right):
            scope.doubt(names, right.end)
            return "an equation that is set"
        return ""

    def defines(self, items: Sequence[s.Node], node: s.Relation, relation: Relation) -> tuple[int, str]:
        """Takes a definition: where the claims of the chain begin, and why the first is not judged, if it isn't."""
        scope, said = relation.scope, relation.cue
        left = definable(items[0], lambda key: scope.knows(key) and not isinstance(scope.find(key), IndexName))
        if left is not None and _is_a_state(left, items[0], items[1], scope):
            left = Left(s.key(items[0]) or left.key, (), (), left.place)
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
        if (defined := _entry_of_defined(scope, items[0])) is not None:
            why = f"{defined} is defined, and an entry of it again"
            scope.names[defined] = Poisoned(defined, left.place, why=why)
            return 0, why
        if (whole := entry_of_declared(scope, items[0])) is not None:
            scope.suspect.add(whole)
            return 0, f"an equation for an entry of {whole} is not believed"
        if isinstance(old, Variable) and old.family and not left.indices and not left.params:
            scope.suspect.add(left.key)
            return 0, f"{left.key} is a family here: what is it as a whole?"
        under = is_under_condition(relation.behind) or (
            scope.kind == "sentence" and bool(scope.constraints or scope.names) and said in ("defining", "declaring")
        )
        under = under or alters(relation.rest) or (relation.negated and said == "declaring")
        if under and (is_new or merely) and not _mentions(left, items[1], scope):
            for name in {key, left.key}:
                why = f"{left.key} is defined under a condition"
                scope.bind(Poisoned(name, left.place, why=why))
            if merely and scope.outer is not None:
                scope.outer.suspect.add(left.key)  # its entries are something in a part of their places
            return 0, "it is defined under a condition"
        if not is_new and not merely:
            if node.ops[0] == ":=":
                scope.suspect.add(left.key)
                return 0, f"{left.key} is defined already"
            return 0, ""
        if _mentions(left, items[1], scope):
            return 0, "" if not is_new else f"what is {left.key}?"
        if said == "declaring" and node.ops[0] == "=":
            defining = True
        if merely and not defining:
            if said == "concluding" or not relation.formula.display:
                scope.suspect.add(left.key)
                return 0, f"{left.key} is free here: what is it?"
            self.trust(items)
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
                self.trust(items)
                self.define(left, key, items[1], relation, "trusted")
                return 1, ""
            self.define(left, key, items[1], relation, "trusted")  # for what follows
            return 0, f"what is {left.key}? it is neither declared nor defined"
        self.trust(items)
        self.define(left, key, items[1], relation, "trusted")
        return 1, ""

    def trust(self, items: Sequence[s.Node]) -> None:
        self.found.entries.append(Trusted(items[0].place, items[1].end))

    def define(self, left: Left, key: str, body: s.Node, relation: Relation, certainty: str) -> None:
        scope = relation.scope
        name = left.key if left.indices else key
        if scope.kind == "sentence" and scope.outer is not None and isinstance(scope.outer.find(name), Variable):
            scope.outer.suspect.add(name)  # A_{ij} = 0 for all i, j: what it is here, it may be in what follows
        scope.bind(
            Definition(name, left.place, "declared" if certainty == "declared" else "trusted",
                       params=left.params, indices=left.indices, body=body, scope=scope, since=relation.sentence)
        )  # fmt: skip


_NO_IDENTITIES = {
    "≈": "an approximation",
    "∝": "a proportionality",
    "→": "a limit",
    "≅": "an isomorphy",
    ":": "a type",
    "~": "what law this has is not judged",
    "≠": "an inequality that holds for some",
}


def _is_optimum(before: Sequence[s.Node], right: s.Node, scope: Scope) -> bool:
    """Whether a derivative is set to 0, in a chain of which `before` are the members so far. One at a point that is
    defined, such as f'(x^*), is 0 or is not."""
    return is_zero(right) and any(is_gradient(n) and not _at_defined(n, scope) for n in before)


def _at_defined(gradient: s.Node, scope: Scope) -> bool:
    points = [n.body for n in s.walk(gradient) if isinstance(n, s.Fence) and n.open in ("(", "[")]
    found = [scope.find(s.key(p) or "") for p in points]
    return any(isinstance(b, Definition) and not b.params for b in found)


def _is_update(left: s.Node, right: s.Node) -> bool:
    """w = w - eta g: an assignment, not an identity."""
    key = s.key(left)
    return key is not None and isinstance(right, s.Sum) and key in {s.key(n) for n in s.walk(right)}


def _label(relation: Relation) -> str:
    """The row's label; one that numbers a whole display is every row's."""
    rows = relation.formula.rows
    if relation.row.label or relation.formula.environment in _NUMBERED:
        return relation.row.label
    return rows[-1].label if rows and not any(r.label for r in rows[:-1]) else ""


_NUMBERED = ("align", "alignat", "gather", "eqnarray", "flalign")


def _entry_of_defined(scope: Scope, node: s.Node) -> str | None:
    """The array that is defined by its entries of which a left side such as y_1 is another, or None."""
    if isinstance(node, s.Script) and isinstance(node.sub, s.Number) and node.sup is None:
        key = s.key(node.base)
        found = scope.find(key) if key is not None else None
        if isinstance(found, Definition) and found.indices:
            return key
    return None


def _mentions(left: Left, body: s.Node, scope: Scope) -> bool:
    """Whether a definition would speak of itself: mu = mu + 1. K_0, where it is declared, does not speak of K."""
    if left.params:
        return False

    def speaks(node: s.Node) -> bool:
        if s.key(node) == left.key:
            return True
        if isinstance(node, s.Script) and node.sub is not None and scope.find(s.key(node) or "") is not None:
            return False
        if isinstance(node, s.Script):
            # D_{KL} does not speak of D, nor W_Q of Q; x_i speaks of x.
            part = s.is_word(node.sub) or (isinstance(node.sub, s.Name) and not node.sub.text.islower())
            return (not part and speaks(node.base)) or (node.sup is not None and speaks(node.sup))
        return any(speaks(n) for n in node.parts())

    return speaks(body)


def _is_a_state(left: Left, written: s.Node, body: s.Node, scope: Scope) -> bool:
    """Whether h_t is one name, of a state at a time t that is one moment, and no family's member: where t occurs in
    what it is, it is within names that are declared, such as x_t and h_{t-1}."""
    if not left.indices or s.key(written) is None or scope.knows(left.key):
        return False
    letters = {s.key(i) for i in left.indices}
    if any(scope.knows(letter) for letter in letters):
        return False
    inside: list[s.Node] = []  # what stands in names that are declared
    outside: list[s.Node] = []
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, s.Script) and scope.knows(s.key(node)):
            inside += s.walk(node.sub) if node.sub is not None else []
            continue
        outside.append(node)
        waiting += node.parts()
    return not any(s.key(n) in letters for n in outside) and any(s.key(n) in letters for n in inside)


def _is_known_function(key: str, node: s.Node, scope: Scope) -> bool:
    """Whether name(...) is something that has a meaning of its own: E(X), Var(X), h(X), KL(..)."""
    from hw3.derivations.latex.elaboration.probability import known_operator

    assert isinstance(node, s.Juxt)
    return known_operator(Elaborator(scope), key, node.items[1])
