r"""The sets that variables are declared to be in, and families x_1, \dots, x_n of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from hw3.derivations.language.sizes import Shape, Size, shape_of
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration import Elaborator
from hw3.derivations.latex.elaboration.indices import size_of
from hw3.derivations.latex.roles import is_zero
from hw3.derivations.latex.scope import (
    Scope,
    SizeName,
)
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.latex.vocabulary import DOTS

REALS = {"\\mathbb{R}", "\\R", "\\mathbf{R}", "\\Re", "\\reals", "\\RR", "R"}


@dataclass
class Domain:
    """What a set says of its members."""

    shape: Shape = ()
    assumptions: tuple[str, ...] = ()
    values: tuple[Fraction, ...] = ()
    index: Size | None = None
    size: bool = False
    between: tuple[s.Node, s.Node] | None = None
    simplex: bool = False
    orthogonal: bool = False
    guess: str = ""


def kinds_of(values: Sequence[Fraction]) -> tuple[str, ...]:
    """What is assumed of every entry that is one of these values: 0 and 1, -1 and 1; () of others."""
    known = {frozenset(map(Fraction, (0, 1))): ("binary",), frozenset(map(Fraction, (-1, 1))): ("sign",)}
    return known.get(frozenset(values), ())


def flat(names: Sequence[s.Node]) -> list[s.Node]:
    return [n for n in names if s.key(n) not in DOTS and s.key(n) is not None]


Family = tuple[s.Node, Size, bool]


def families(scope: Scope, names: list[s.Node], node: s.Node) -> list[s.Node | Family]:
    r"""The names, where x_1, \dots, x_n is one family of n."""
    found: list[s.Node | Family] = []
    k = 0
    while k < len(names):
        if k + 1 < len(names) and s.key(names[k + 1]) in DOTS:
            if k + 2 >= len(names):
                raise ReadingError("where does this list of names end?", names[k].place)
            found.append(_family(scope, names[k], names[k + 2], node))
            k += 3
        elif k + 3 < len(names) and s.key(names[k + 2]) in DOTS and _base(names[k]) == _base(names[k + 1]):
            found.append(_family(scope, names[k], names[k + 3], node))  # x_1, x_2, ..., x_n
            k += 4
        else:
            if s.key(names[k]) is None:
                raise ReadingError("what is declared here is no name", names[k].place)
            found.append(names[k])
            k += 1
    return found


def _base(node: s.Node) -> str | None:
    return s.key(node.base) if isinstance(node, s.Script) else None


def _family(scope: Scope, first: s.Node, last: s.Node, node: s.Node) -> Family:
    if isinstance(first, s.Script) and isinstance(last, s.Script) and s.key(first.base) == s.key(last.base):
        by_sup = first.sub is None
        one, end = (first.sup, last.sup) if by_sup else (first.sub, last.sub)
        if by_sup and isinstance(one, s.Fence) and isinstance(end, s.Fence):
            one, end = one.body, end.body
        if s.label(one) == "1" and end is not None:
            return first.base, size_named(scope, end), by_sup
    raise ReadingError("this list of names is not read as x_1, ..., x_n", node.place)


def size_named(scope: Scope, node: s.Node) -> Size:
    """A size, whose names become known as sizes."""
    for n in s.walk(node):
        key = s.key(n) if isinstance(n, s.Name | s.Script | s.Accent) else None
        if key in ("*", "\\ast", "+", "-", "\\times", "\\infty", "\\star", "\\dagger"):
            raise ReadingError("this size is not read", n.place)
        if key is not None and key.isascii() and scope.find(key) is None and not key.startswith("\\infty"):
            inner = isinstance(n, s.Name) or (isinstance(n, s.Script) and n.sup is None)
            if inner:
                scope.bind(SizeName(key, n.place, size=Size.symbol(key)))
                if isinstance(n, s.Script):
                    break
    return size_of(Elaborator(scope), node)


def set_of(scope: Scope, node: s.Node) -> Domain:
    """What a set says of its members.

    Raises:
        ReadingError: it is not known.
    """
    if isinstance(node, s.Product) and node.ops == ("∖",):
        return _without_zero(scope, node)
    base, sub, sup = (node.base, node.sub, node.sup) if isinstance(node, s.Script) else (node, None, None)
    key = s.key(base)
    if key in REALS and (key != "R" or sup is not None or sub is None):
        if isinstance(sup, s.Name | s.Sum) and s.key(sup) in ("+", "++"):
            sub, sup = sup, None
        return Domain(_shape(scope, sup), _sign(sub))
    sphere = key in ("\\mathbb{S}", "S") and sub is None and isinstance(sup, s.Sum)  # S^{n-1}
    if key in ("\\mathbb{S}", "\\mathcal{S}", "S", "\\mathbf{S}", "\\Sym", "Sym") and sup is not None and not sphere:
        n = size_named(scope, sup)
        kind = s.label(sub) or ""
        if kind in ("++", ">0", "+ +"):
            return Domain((n, n), ("positive_definite",))
        if kind == "":
            return Domain((n, n), ("symmetric",))
        if kind == "+":
            return Domain((n, n), ("symmetric",), guess="semidefinite")
    if key in ("\\Delta", "\\mathcal{P}") and (sup is not None or sub is not None):
        n = size_named(scope, sup if sup is not None else sub)  # type: ignore[arg-type]
        plain = sup is not None and not isinstance(sup, s.Sum)  # Delta^K: K entries or K + 1?
        if sup is not None:
            n = n + 1
        return Domain((n,), ("positive",), simplex=True, guess="a simplex" if plain else "")
    if key in ("\\mathbb{N}", "\\N"):
        if sub is not None and s.label(sub) not in ("+", "1", "*") and _sign(sub) != ("positive",):
            raise ReadingError("of these whole numbers not all are sizes", node.place)
        return Domain(size=True)
    if key == "\\mathbb{Z}":
        if _sign(sub) == ("positive",):
            return Domain(size=True)
        return Domain(guess="an integer")
    if isinstance(base, s.Juxt) and len(base.items) == 2 and isinstance(base.items[1], s.Fence):
        word, bracket = s.key(base.items[0]), base.items[1]
        group = {"GL": ("invertible",), "Sym": ("symmetric",), "O": (), "SO": (), "SPD": ("positive_definite",)}
        if word in group:
            n = size_named(scope, bracket.body.items[0] if isinstance(bracket.body, s.Sequence) else bracket.body)
            return Domain((n, n), group[word], orthogonal=word in ("O", "SO"))
    if isinstance(base, s.Script) or (isinstance(base, s.Juxt) and isinstance(base.items[0], s.Script)):
        head = base if isinstance(base, s.Script) else base.items[0]
        if isinstance(head, s.Script) and s.key(head.base) == "GL" and head.sub is not None:
            n = size_named(scope, head.sub)
            return Domain((n, n), ("invertible",))
    if isinstance(base, s.Fence):
        found = _fenced(scope, base)
        if found is not None:
            if sup is not None and found.values and not found.assumptions:
                raise ReadingError("vectors over this set are not read", node.place)
            if sup is not None:
                return Domain(_shape(scope, sup), found.assumptions, (), between=found.between)
            return Domain(found.shape, () if found.values else found.assumptions, found.values, found.index,
                          between=found.between)  # fmt: skip
    raise ReadingError("this set is not known", node.place)


def _without_zero(scope: Scope, node: s.Product) -> Domain:
    r"""\mathbb{R}^n \setminus \{0\}: generic arrays are not 0; a number is assumed not to be."""
    whole, left_out = set_of(scope, node.items[0]), node.items[1]
    if not (isinstance(left_out, s.Fence) and left_out.open == "{" and is_zero(left_out.body)):
        raise ReadingError("of what is left out of a set, only 0 is read", left_out.place)
    if whole.values or whole.index is not None or whole.size:
        raise ReadingError("this set is not known", node.place)
    return replace(whole, assumptions=whole.assumptions if whole.shape else (*whole.assumptions, "nonzero"))


def _shape(scope: Scope, sup: s.Node | None) -> Shape:
    if sup is None:
        return ()
    if isinstance(sup, s.Product) and set(sup.ops) == {"×"}:
        sizes = [size_named(scope, n) for n in sup.items]
        return shape_of(*sizes) if len(sizes) <= 2 else tuple(sizes)
    return shape_of(size_named(scope, sup))


def _sign(sub: s.Node | None) -> tuple[str, ...]:
    if sub is None:
        return ()
    match sub:
        case s.Relation(items=(s.Empty(), zero), ops=(">",)) if is_zero(zero):
            return ("positive",)
        case s.Relation(items=(s.Empty(), zero), ops=("≥",)) if is_zero(zero):
            return ("nonnegative",)
        case s.Name(text="++"):
            return ("positive",)
        case s.Name(text="+"):
            return ("nonnegative",)
    raise ReadingError("this part of the reals is not known", sub.place)


def _fenced(scope: Scope, node: s.Fence) -> Domain | None:
    body = node.body
    items = body.items if isinstance(body, s.Sequence) else (body,)
    if node.open == "{":
        dots = [k for k, n in enumerate(items) if s.key(n) in DOTS]
        if dots and len(items) >= 3 and s.label(items[0]) == "1":
            return Domain(index=size_named(scope, items[-1]))
        values = tuple(_number(n) for n in items)
        if set(values) == {Fraction(0), Fraction(1)} and len(values) == 2:
            return Domain(assumptions=("binary",), values=(Fraction(0), Fraction(1)))
        if set(values) == {Fraction(-1), Fraction(1)} and len(values) == 2:
            return Domain(assumptions=("sign",), values=(Fraction(-1), Fraction(1)))
        if None not in values and values:
            return Domain(values=tuple(v for v in values if v is not None))
        return None
    if node.open in ("(", "[") and len(items) == 2:
        low, high = _number(items[0]), s.label(items[1])
        if low == 0 and high == "\\infty":
            return Domain(assumptions=("positive",) if node.open == "(" else ("nonnegative",))
        if low == 0 and _number(items[1]) == 1:
            return Domain(assumptions=("positive", "fraction"), between=(items[0], items[1]))
        if low is not None and _number(items[1]) is not None:
            return Domain(between=(items[0], items[1]))
        if (s.label(items[0]) or "").endswith("\\infty") and high == "\\infty":
            return Domain()
    if node.open == "[" and len(items) == 1 and s.key(items[0]) is not None:
        return Domain(index=size_named(scope, items[0]))
    return None


def _number(node: s.Node) -> Fraction | None:
    match node:
        case s.Number():
            return Fraction(node.text)
        case s.Sum(items=(s.Number() as n,)):
            return -Fraction(n.text) if node.signs == ("-",) else Fraction(n.text)
        case s.Fraction(above=s.Number() as a, below=s.Number() as b) if Fraction(b.text):
            return Fraction(a.text) / Fraction(b.text)
    return None
