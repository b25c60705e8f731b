r"""Edits of a formula: each a new tree that differs by one slip of the pen, with the place of the slip and its name.

A sign, a factor, a transpose, an order, an inverse, a term, a bracket, a name, an index, a product for another. What
they cost says how small they are; who looks for what was meant tries the smallest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.positions import (
    Position,
    Slot,
    bare,
    factors,
    in_brackets,
    is_derivative,
    juxt,
    positions,
    seen,
)
from hw3.derivations.latex.spelling import same
from hw3.derivations.latex.vocabulary import WORDS

TRANSPOSES = ("T", "\\top", "\\intercal", "\\transpose", "t")


@dataclass(frozen=True)
class Edit:
    """`tree` with `new` in the place of `old`: `mark` is where the slip stands in the source, `told` what it is."""

    tree: s.Node
    old: s.Node
    new: s.Node
    told: str
    cost: float

    @property
    def mark(self) -> tuple[int, int]:
        """Where the slip stands: of things in a row, those that differ."""
        return _differing(self.old, self.new)


def _differing(old: s.Node, new: s.Node) -> tuple[int, int]:
    whole = old.place, old.end
    if not isinstance(old, s.Sum | s.Juxt | s.Product | s.Sequence) or type(old) is not type(new):
        if isinstance(old, s.Fence) and isinstance(new, s.Fence) and old.open == new.open:
            return _differing(old.body, new.body)
        return whole
    one, other = _row(old), _row(new)
    start = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if not same(a, b)), None)
    if start is None or len(one) < len(other):
        return whole
    back = zip(one[:start:-1], other[:start:-1], strict=False)
    end = len(one) - next((k for k, (a, b) in enumerate(back) if not same(a, b)), len(one) - start - 1)
    if end - start == len(old.items):
        return whole
    first = old.items[start].place
    if isinstance(old, s.Sum):
        first = old.items[start - 1].end if start else old.place
    return first, old.items[end - 1].end


def _row(node: s.Node) -> list[tuple[object, ...]]:
    """The things in a row, each with the sign before it."""
    match node:
        case s.Sum():
            return list(zip((sign or "+" for sign in node.signs), node.items, strict=True))
        case s.Product():
            return list(zip(("", *node.ops), node.items, strict=True))
        case s.Sequence():
            return list(zip(("", *node.seps), node.items, strict=True))
        case s.Juxt():
            return [("", n) for n in node.items]
    return []


@dataclass(frozen=True)
class Words:
    """What an edit may write: names, function values, scalar factors and sizes that occur nearby; which names are
    functions of one array; how a transpose is spelt."""

    names: tuple[s.Node, ...] = ()
    applied: tuple[s.Node, ...] = ()
    scalars: tuple[s.Node, ...] = ()
    sizes: tuple[s.Node, ...] = ()
    indices: tuple[s.Node, ...] = ()
    functions: frozenset[str] = frozenset()
    top: s.Node = field(default_factory=lambda: s.Name(0, 0, "\\top"))


# What an edit makes of one part: the part, in words, its cost.
Change = tuple[s.Node, str, float]


def edits(tree: s.Node, words: Words = Words()) -> list[Edit]:
    """The edits of a tree, the smallest first."""
    found: list[Edit] = []
    for at in positions(tree):
        if at.slot == "script":
            changes = _in_script(at.node, words)
        else:
            changes = _changes(at, words)
        found.extend(Edit(at.put(new), at.node, seen(new, at.slot), told, cost) for new, told, cost in changes)
    found.extend(_everywhere(tree, words))
    return sorted(found, key=lambda e: e.cost)


def _changes(at: Position, words: Words) -> Iterator[Change]:
    node = at.node
    if isinstance(node, s.Empty | s.Words) or is_derivative(node):
        return
    for rule in (
        signs,
        numbers,
        scaled,
        transposed,
        symmetrised,
        inverted,
        powers,
        ordered,
        products,
        terms,
        brackets,
        functions,
    ):
        yield from rule(node, at.slot, words)
    yield from named(node, at.slot, words)
    yield from more_factors(node, at.slot, words)


# --- signs and numbers --------------------------------------------------------------------------------


def signs(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The sign of a term, or of a whole."""
    if isinstance(node, s.Sum):
        if len(node.items) > 1 or node.signs == ("-",):
            yield negated(node), "the sign", 1.0 if node.signs[0] != "-" or len(node.items) == 1 else 1.15
        if len(node.items) > 1:
            for k, sign in enumerate(node.signs):
                if sign in ("", "+", "-"):
                    other = "-" if sign != "-" else "+" if k else ""
                    new = (*node.signs[:k], other, *node.signs[k + 1 :])
                    yield replace(node, signs=new), "the sign", 1.1 if k else 1.2
    elif slot == "whole" and not isinstance(node, s.Sequence | s.Relation):
        yield s.Sum(node.place, node.end, ("-",), (node,)), "the sign", 1.0


def negated(node: s.Sum) -> s.Node:
    """-(a - b) as b - a; the sign of every term, one without a minus first."""
    flipped = ["+" if sign == "-" else "-" for sign in node.signs]
    order = sorted(range(len(flipped)), key=lambda k: flipped[k] == "-")
    first = flipped[order[0]]
    if len(order) == 1 and first == "+":
        return node.items[0]
    told = ("-" if first == "-" else "", *(flipped[k] for k in order[1:]))
    return replace(node, signs=told, items=tuple(node.items[k] for k in order))


def numbers(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A number that is written, or left out."""
    if isinstance(node, s.Number) and node.text.isdigit() and len(node.text) < 6:
        n = int(node.text)
        for other in dict.fromkeys((2 * n, n // 2 if n % 2 == 0 else 0, n + 1, n - 1)):
            if other > 0 and other != n:
                yield replace(node, text=str(other)), "a number", 2.3
    if isinstance(node, s.Juxt):
        for k, item in enumerate(node.items):
            if _is_number(item) and (k == 0 or not _takes_argument(node.items[k - 1], words)):
                yield juxt([*node.items[:k], *node.items[k + 1 :]], node), f"a factor {_told(item)}", 1.9
    if isinstance(node, s.Fraction) and _is_number(node.below) and not _is_number(node.above):
        yield node.above, f"a factor {_told(node.below)}", 2.0


def _is_number(node: s.Node) -> bool:
    return isinstance(node, s.Number) or (
        isinstance(node, s.Fraction) and isinstance(node.above, s.Number) and isinstance(node.below, s.Number)
    )


def _told(node: s.Node) -> str:
    if isinstance(node, s.Fraction) and isinstance(node.above, s.Number) and isinstance(node.below, s.Number):
        return f"{node.above.text}/{node.below.text}"
    return node.text if isinstance(node, s.Number | s.Name) else "here"


def scaled(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A factor 2, 1/2, n, 1/n, 1/sqrt(n) on a term."""
    if slot not in ("whole", "term") or isinstance(node, s.Sequence | s.Relation | s.Number):
        return
    if isinstance(node, s.Sum) and (len(node.items) == 1 or slot != "whole"):
        return
    one, two = (s.Number(node.place, node.place, t) for t in "12")
    yield _times(two, node), "a factor 2", 2.0
    yield _times(_over(one, two), node), "a factor 1/2", 2.0
    for n in words.sizes:
        told = n.text if isinstance(n, s.Name) else "of the size"
        yield _times(n, node), f"a factor {told}", 2.4
        yield _times(_over(one, n), node), f"a factor 1/{told}", 2.4
        root = s.Root(node.place, node.place, n, None)
        yield _times(_over(one, root), node), f"a factor 1/√{told}", 3.6


def _over(above: s.Node, below: s.Node) -> s.Node:
    return s.Fraction(above.place, above.place, above, below)


def _times(factor: s.Node, node: s.Node) -> s.Node:
    if isinstance(node, s.Product) and not isinstance(node.items[0], s.Empty):
        return replace(node, items=(juxt([factor, node.items[0]], node), *node.items[1:]))
    if isinstance(factor, s.Number) and isinstance(node, s.Juxt) and _is_number(node.items[0]):
        return s.Product(node.place, node.end, (factor, node), ("·",))
    return juxt([factor, node], node)


# --- scripts: transposes, inverses, powers ------------------------------------------------------------


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


def with_script(node: s.Node, kind: str, words: Words) -> s.Node:
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
    kind = script_kind(node.sup) if isinstance(node, s.Script) else ""
    if isinstance(node, s.Script) and isinstance(node.base, s.Name) and node.base.text in ("\\sum", "\\prod", "\\int"):
        return None
    return with_script(node, _TOGGLED[what][kind], words) if kind in _TOGGLED[what] else None


def symmetrised(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """b c^T + c b^T for 2 b c^T: what is right for symmetric matrices only."""
    if not isinstance(node, s.Juxt):
        return
    two = _even(node.items[0])
    head = 1 if two is not None else 0
    for k in range(head, len(node.items) - 1):
        one, other = node.items[k : k + 2]
        turned = [toggled(n, "transposed", words) for n in (other, one)]
        if None in turned or _is_number(other):
            continue
        back = juxt([t for t in turned if t is not None], node)
        both = s.Sum(one.place, other.end, ("", "+"), (juxt([one, other], node), back))
        rest = [*node.items[head:k], in_brackets(both), *node.items[k + 2 :]]
        half = [s.Number(node.place, node.place, str(two // 2))] if two is not None and two > 2 else []
        yield juxt([*half, *rest], node), "the transposed term", 3.6


def _even(node: s.Node) -> int | None:
    return int(node.text) if isinstance(node, s.Number) and node.text in ("2", "4", "6", "8") else None


def _atoms(node: s.Node, slot: Slot) -> bool:
    return slot in ("factor", "group", "term", "whole") and not isinstance(node, s.Sum | s.Product | s.Juxt)


def transposed(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A transpose added, removed, or moved to another factor; a product transposed."""
    if _atoms(node, slot) and (new := toggled(node, "transposed", words)) is not None:
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
        turned = [n if _is_number(n) else toggled(n, "transposed", words) for n in node.items]
        if None not in turned:
            heads = [n for n in turned if n is not None and _is_number(n)]
            rest = [n for n in turned if n is not None and not _is_number(n)]
            yield juxt([*heads, *reversed(rest)], node), "the transpose", 2.5
    if slot == "whole" and isinstance(node, s.Juxt | s.Product | s.Sum):
        yield with_script(in_brackets(node), "T", words), "a transpose", 2.6


def inverted(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """An inverse lost or added."""
    if _atoms(node, slot) and (new := toggled(node, "inverted", words)) is not None:
        yield new, "an inverse", 2.7
    if isinstance(node, s.Fraction):
        yield replace(node, above=node.below, below=node.above), "above and below the line", 2.6


def powers(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A square or a root, lost or added."""
    if _atoms(node, slot) and (new := toggled(node, "squared", words)) is not None:
        yield new, "a square", 2.5
    if isinstance(node, s.Root) and node.index is None:
        yield in_brackets(node.body) if isinstance(node.body, s.Sum) else node.body, "a root", 2.6
    elif _atoms(node, slot) and not isinstance(node, s.Number | s.Sequence | s.Relation):
        if isinstance(node, s.Name) and (node.text in WORDS or node.text in words.functions):
            return
        yield s.Root(node.place, node.end, bare(node), None), "a root", 3.4


# --- order, products, brackets ------------------------------------------------------------------------


def units(items: Sequence[s.Node], words: Words) -> list[tuple[s.Node, ...]]:
    """Factors side by side, a function with its argument as one."""
    found: list[tuple[s.Node, ...]] = []
    k = 0
    while k < len(items):
        n = 2 if _takes_argument(items[k], words) and k + 1 < len(items) else 1
        if n == 2 and isinstance(items[k], s.Name | s.Script) and _takes_all(items[k]):
            n = len(items) - k
        found.append(tuple(items[k : k + n]))
        k += n
    return found


def _head(node: s.Node) -> s.Node:
    return node.base if isinstance(node, s.Script) else node


def _takes_all(node: s.Node) -> bool:
    head = _head(node)
    return isinstance(head, s.Name) and head.text in ("\\sum", "\\prod", "\\int", "\\nabla")


def _takes_argument(node: s.Node, words: Words) -> bool:
    head = _head(node)
    if is_derivative(node) or _takes_all(node):
        return True
    if isinstance(head, s.Name) and (head.font == "op" or head.text in WORDS or (head.text == "E" and head.font)):
        return True
    key = s.key(head)
    return key is not None and key in words.functions


def ordered(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The order of two factors, of two arguments; two bases exchanged under their scripts."""
    if isinstance(node, s.Juxt):
        parts = units(node.items, words)
        for i in range(len(parts)):
            for j in range(i + 1, len(parts)):
                if any(len(parts[k]) == 1 and _is_number(parts[k][0]) for k in (i, j)):
                    continue
                swapped = [*parts[:i], parts[j], *parts[i + 1 : j], parts[i], *parts[j + 1 :]]
                yield juxt([n for p in swapped for n in p], node), "the order", 2.1 if j == i + 1 else 2.6
                if len(parts[i]) == len(parts[j]) == 1:
                    a, b = _exchanged(parts[i][0], parts[j][0])
                    swapped = [*parts[:i], (a,), *parts[i + 1 : j], (b,), *parts[j + 1 :]]
                    if not (same(a, parts[j][0]) and same(b, parts[i][0])):
                        yield juxt([n for p in swapped for n in p], node), "the order", 2.2
    if isinstance(node, s.Product) and len(node.items) == 2 and node.ops[0] in ("·", "×", "⊗", "/", "*"):
        yield replace(node, items=node.items[::-1]), "the order", 2.3
    if isinstance(node, s.Sequence) and len(node.items) == 2:
        yield replace(node, items=node.items[::-1]), "the order", 2.3


def _exchanged(a: s.Node, b: s.Node) -> tuple[s.Node, s.Node]:
    """Two factors whose bases change places and whose superscripts stay."""
    kinds = [script_kind(n.sup) if isinstance(n, s.Script) else "" for n in (a, b)]
    if "?" in kinds or kinds[0] == kinds[1]:
        return b, a
    plain = [_without_sup(n) for n in (a, b)]
    sups = [n.sup if isinstance(n, s.Script) else None for n in (a, b)]
    return _with_sup(plain[1], sups[0]), _with_sup(plain[0], sups[1])


def _without_sup(node: s.Node) -> s.Node:
    if not isinstance(node, s.Script):
        return node
    rest = replace(node, sup=None)
    return rest if rest.sub is not None or rest.primes else node.base


def _with_sup(node: s.Node, sup: s.Node | None) -> s.Node:
    if sup is None:
        return node
    if isinstance(node, s.Script):
        return replace(node, sup=sup)
    return s.Script(node.place, node.end, seen(node, "base"), None, sup, 0)


def products(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    r"""A matrix product for one entry by entry, and back; a product for a sum."""
    if isinstance(node, s.Juxt):
        parts = units(node.items, words)
        for k in range(1, len(parts)):
            left, right = (juxt([n for p in ps for n in p], node) for ps in (parts[:k], parts[k:]))
            if not _takes_all(parts[k - 1][0]):
                yield s.Product(node.place, node.end, (left, right), ("⊙",)), "the product", 3.0
                yield s.Sum(node.place, node.end, ("", "+"), (left, right)), "a sum for a product", 3.8
                last = parts[k - 1][0]
                if script_kind(last.sup if isinstance(last, s.Script) else None) == "T":
                    plain = juxt([*factors(left)[:-1], _without_sup(last)], node)
                    yield s.Product(node.place, node.end, (plain, right), ("⊙",)), "the product", 3.1
    if isinstance(node, s.Product) and not isinstance(node.items[0], s.Empty):
        for k, op in enumerate(node.ops):
            pair = [seen(n, "factor") for n in node.items[k : k + 2]]
            whole = juxt(pair, node)
            rest = (*node.items[:k], whole, *node.items[k + 2 :])
            ops = (*node.ops[:k], *node.ops[k + 1 :])
            yield (replace(node, items=rest, ops=ops) if ops else whole), "the product", 3.0
            if op == "⊙" and (turned := toggled(node.items[k], "transposed", words)) is not None:
                dot = juxt([turned, pair[1]], node)
                yield (replace(node, items=(*node.items[:k], dot, *rest[k + 1 :]), ops=ops) if ops else dot,
                       "the product", 3.2)  # fmt: skip
            if op != "⊙":
                yield replace(node, ops=(*node.ops[:k], "⊙", *node.ops[k + 1 :])), "the product", 3.1
    if isinstance(node, s.Sum):
        for k in range(1, len(node.items)):
            if node.signs[k] == "+":
                whole = juxt([seen(n, "factor") for n in node.items[k - 1 : k + 1]], node)
                yield _terms(node, k - 1, k + 1, (node.signs[k - 1],), (whole,)), "a product for a sum", 3.2


def _terms(node: s.Sum, start: int, end: int, signs: tuple[str, ...], items: tuple[s.Node, ...]) -> s.Node:
    """The sum with other terms from start to end."""
    told = (*node.signs[:start], *signs, *node.signs[end:])
    rest = (*node.items[:start], *items, *node.items[end:])
    if told and told[0] == "+":
        told = ("", *told[1:])
    return rest[0] if told == ("",) else replace(node, signs=told, items=rest)


def terms(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A term too many; one that was lost is a name or function value that occurs nearby."""
    if isinstance(node, s.Sum) and len(node.items) > 1:
        for k in range(len(node.items)):
            yield _terms(node, k, k + 1, (), ()), "a term", 2.9
    if slot == "whole" and isinstance(node, s.Sum | s.Juxt | s.Name | s.Script | s.Product):
        one = s.Number(node.place, node.place, "1")
        old = node if isinstance(node, s.Sum) else s.Sum(node.place, node.end, ("",), (node,))
        for sign in "+-":
            for lost in (one, *words.names):
                yield replace(old, signs=(*old.signs, sign), items=(*old.items, lost)), "a term", 4.5


def brackets(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """a(b + c) for ab + c, and back."""
    if isinstance(node, s.Sum):
        for k in range(len(node.items) - 1):
            item = node.items[k]
            parts = units(factors(item), words)
            inner_sign = node.signs[k + 1]
            for j in range(1, len(parts)):
                head = [n for p in parts[:j] for n in p]
                tail = juxt([n for p in parts[j:] for n in p], item)
                inner = s.Sum(item.place, node.items[k + 1].end, ("", inner_sign), (tail, node.items[k + 1]))
                whole = juxt([*head, in_brackets(inner)], item)
                yield _terms(node, k, k + 2, (node.signs[k],), (whole,)), "a bracket", 3.0
    if isinstance(node, s.Juxt) and isinstance(node.items[-1], s.Fence):
        inside = node.items[-1].body
        if isinstance(inside, s.Sum) and len(inside.items) > 1 and not _takes_argument(node.items[-2], words):
            first = juxt([*node.items[:-1], inside.items[0]], node)
            yield replace(inside, items=(first, *inside.items[1:])), "a bracket", 3.0


def bars(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """c|A| for |cA|, and back: a determinant's factor."""
    if isinstance(node, s.Juxt) and isinstance(node.items[-1], s.Fence) and len(node.items) > 1:
        fence = node.items[-1]
        opened = fence.open == "|" or (len(node.items) > 2 and s.key(_head(node.items[-2])) == "det")
        head = 1 if fence.open == "|" else 2
        if opened and len(node.items) > head and not isinstance(fence.body, s.Sequence | s.Relation):
            inner = juxt([*node.items[:-head], *factors(seen(fence.body, "factor"))], node)
            yield juxt([*node.items[len(node.items) - head : -1], replace(fence, body=inner)], node), "a bracket", 3.0
    if isinstance(node, s.Fence) and node.open == "|" and isinstance(node.body, s.Juxt):
        rest = replace(node, body=juxt(node.body.items[1:], node.body))
        yield juxt([node.body.items[0], rest], node), "a bracket", 3.0


# --- names and functions ------------------------------------------------------------------------------


def named(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """Another name that occurs nearby; another index."""
    if slot == "base" or (key := s.key(_without_sup(node))) is None or key in words.functions:
        return
    if isinstance(node, s.Name) and (node.text in WORDS or node.font == "op"):
        return
    sup = node.sup if isinstance(node, s.Script) and script_kind(node.sup) != "?" else None
    for other in words.names:
        if s.key(other) != key:
            yield _with_sup(other, sup), "the name", 3.0


def _in_script(node: s.Node, words: Words) -> Iterator[Change]:
    """Inside of a subscript or superscript: an index, a sign."""
    if isinstance(node, s.Sum) and len(node.items) > 1:
        for k in range(1, len(node.items)):
            other = "-" if node.signs[k] == "+" else "+"
            yield replace(node, signs=(*node.signs[:k], other, *node.signs[k + 1 :])), "the sign of an index", 2.5
    if isinstance(node, s.Name) and any(same(node, i) for i in words.indices):
        for other in words.indices:
            if not same(node, other):
                yield other, "the index", 2.4


def functions(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """The point at which a function is taken, its prime; a log, an exp lost or added; the trace for the determinant."""
    if isinstance(node, s.Juxt):
        for k in range(len(node.items) - 1):
            head, argument = node.items[k], node.items[k + 1]
            if not _takes_argument(head, words) or is_derivative(head) or _takes_all(head):
                continue
            before, after = node.items[:k], node.items[k + 2 :]
            key = s.key(_head(head))
            if key in words.functions:
                primes = head.primes if isinstance(head, s.Script) else 0
                yield juxt([*before, _primed(head, 1 - min(primes, 1)), argument, *after], node), "a prime", 2.5
            if isinstance(argument, s.Fence):
                for value in words.applied:
                    other = factors(value)[-1]
                    if not same(other, argument):
                        yield juxt([*before, head, other, *after], node), "the argument", 3.1
            yield juxt([*before, argument, *after], node), "a function too many", 3.3
            name = _head(head)
            if isinstance(name, s.Name) and name.text in ("tr", "Tr", "det", "trace"):
                word = "tr" if name.text == "det" else "det"
                new = replace(name, text=word, font="op")
                yield juxt([*before, new, argument, *after], node), "trace or determinant", 3.2
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


def more_factors(node: s.Node, slot: Slot, words: Words) -> Iterator[Change]:
    """A factor too many, or one that was lost."""
    if isinstance(node, s.Juxt):
        parts = units(node.items, words)
        for k, part in enumerate(parts):
            if len(parts) > 1 and not (len(part) == 1 and _is_number(part[0])):
                yield juxt([n for p in [*parts[:k], *parts[k + 1 :]] for n in p], node), "a factor", 3.2
    if isinstance(node, s.Product) and not isinstance(node.items[0], s.Empty) and "/" not in node.ops:
        for k in range(len(node.items)):
            items = (*node.items[:k], *node.items[k + 1 :])
            ops = (*node.ops[: max(0, k - 1)], *node.ops[max(1, k) :]) if k else node.ops[1:]
            yield (items[0] if not ops else replace(node, items=items, ops=ops)), "a factor", 3.2
    if slot in ("whole", "term") and not isinstance(node, s.Sum | s.Sequence | s.Relation):
        for value in (*words.scalars, *words.names, *words.applied):
            cost = 3.5 if value in words.scalars or value in words.names else 4.0
            yield _times(value, node), "a factor", cost
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


# --- one slip made throughout -------------------------------------------------------------------------


def _everywhere(tree: s.Node, words: Words) -> Iterator[Edit]:
    """A transpose, an inverse, a square that is lost wherever the same thing stands."""
    groups: list[list[Position]] = []
    for at in positions(tree):
        if (at.slot in ("factor", "group", "term", "whole") and isinstance(at.node, s.Name | s.Script | s.Fence)) or (
            at.slot == "base" and isinstance(at.node, s.Name) and at.node.text not in WORDS
        ):
            for group in groups:
                if same(group[0].node, at.node):
                    group.append(at)
                    break
            else:
                groups.append([at])
    for group in groups:
        group = [at for at in group if at.slot != "base"]
        if not 2 <= len(group) <= 4:
            continue
        for what, told in (("transposed", "the transposes"), ("inverted", "the inverses"), ("squared", "the squares")):
            new = toggled(group[0].node, what, words)
            if new is not None:
                yield Edit(
                    substituted(tree, group[0].node, new), tree, substituted(tree, group[0].node, new), told, 2.9
                )

    names = [g[0].node for g in groups if isinstance(g[0].node, s.Name) or s.key(g[0].node) is not None]
    for i, one in enumerate(names[:6]):
        for other in names[i + 1 : 6]:
            if s.key(one) not in words.functions and s.key(other) not in words.functions:
                new = exchanged(tree, one, other)
                yield Edit(new, tree, new, "two names", 3.0)


def exchanged(tree: s.Node, one: s.Node, other: s.Node) -> s.Node:
    """The tree with two names in each other's places."""
    return rebuilt(tree, lambda n: other if same(n, one) else one if same(n, other) else None)


def rebuilt(node: s.Node, change: Callable[[s.Node], s.Node | None]) -> s.Node:
    """The tree with another part where `change` gives one."""
    new = change(node)
    if new is not None:
        return new
    told: dict[str, object] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, s.Node):
            told[f.name] = rebuilt(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], s.Node):
            told[f.name] = tuple(rebuilt(v, change) for v in value)
        elif isinstance(value, tuple) and value and isinstance(value[0], tuple):
            told[f.name] = tuple(tuple(rebuilt(v, change) for v in row) for row in value)
    return replace(node, **told) if told else node  # type: ignore[arg-type]


def substituted(tree: s.Node, old: s.Node, new: s.Node) -> s.Node:
    """The tree with `new` wherever `old` stands."""
    while True:
        for at in positions(tree):
            if at.slot in ("factor", "group", "term", "whole") and same(at.node, old):
                tree = at.put(new)
                break
        else:
            return tree


def pairs(first: Iterable[Edit], words: Words) -> Iterator[Edit]:
    """Two edits, one after the other."""
    for one in first:
        for two in edits(one.tree, words):
            yield Edit(two.tree, one.old, one.new, f"{one.told} and {two.told}", one.cost + two.cost)
