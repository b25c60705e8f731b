r"""Declarations: the closed list of forms that say what a name is.

    x \in \mathbb{R}^n, A, B \in \mathbb{R}^{m \times n}, x_1, \dots, x_N \in \mathbb{R}^d, V \in \mathbb{S}_{++}^n,
    y \in \{-1, 1\}, p \in (0, 1), i \in \{1, \dots, K\}, a : \mathbb{R} \to \mathbb{R}, X \sim N(\mu, \Sigma),
    \sigma > 0, \Sigma \succ 0, n > p, A = A^T, \sum_k p_k = 1, W W^T = I, \det D \ne 0, X \text{ invertible}

What is not of these forms is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hw3.derivations.language.sizes import Shape, Size, shape_of
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.assumed import is_assumed_form, ties
from hw3.derivations.latex.elaboration import Elaborator
from hw3.derivations.latex.elaboration.indices import size_of
from hw3.derivations.latex.elaboration.names import TRANSPOSES
from hw3.derivations.latex.scope import (
    Generic,
    IndexName,
    LawName,
    Poisoned,
    Scope,
    SizeName,
    Variable,
)
from hw3.derivations.latex.tokens import ReadingError

_REALS = {"\\mathbb{R}", "\\R", "\\mathbf{R}", "\\Re", "\\reals", "\\RR", "R"}
_DOTS = {"\\dots", "\\ldots", "\\cdots", "…", "\\dotsc"}
_ADJECTIVES = {
    "invertible": "invertible", "nonsingular": "invertible", "non-singular": "invertible", "regular": "invertible",
    "symmetric": "symmetric", "positive definite": "positive_definite", "positive-definite": "positive_definite",
    "symmetric positive definite": "positive_definite", "spd": "positive_definite", "positive": "positive",
    "symmetric and invertible": "symmetric invertible", "symmetric invertible": "symmetric invertible",
    "nonzero": "nonzero", "non-zero": "nonzero", "full rank": "", "has full column rank": "", "diagonalizable": "",
    "lower triangular": "lower_triangular", "upper triangular": "upper_triangular", "diagonal": "diagonal",
    "square": "", "constant": "", "fixed": "", "orthogonal": "orthogonal", "real": "",
}  # fmt: skip


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


class NotADeclaration(ReadingError):
    """It is of no form that declares."""


def declare(scope: Scope, node: s.Node) -> bool:
    """Takes what a formula declares into a scope; False if it is of no such form at all.

    Raises:
        ReadingError: it has such a form and is not read; its names are then poisoned.
    """
    items = node.items if isinstance(node, s.Sequence) else (node,)
    pending: list[s.Node] = []
    found = False
    for item in items:
        if s.key(item) is not None or s.key(item) in _DOTS or _is_listed(item):
            pending.append(item)
            continue
        if _one(scope, pending, item):
            found = True
            pending = []
        else:
            return found
    return found


def _is_listed(item: s.Node) -> bool:
    return isinstance(item, s.Words) and not item.text.strip(" ,")


def names_in(node: s.Node) -> set[str]:
    """Every name that occurs in a formula."""
    found: set[str] = set()
    for n in s.walk(node):
        key = s.key(n)
        if key is not None:
            found.add(key)
    return found


def poison(scope: Scope, node: s.Node, why: str) -> None:
    """Marks the names of an assumption that was seen and not understood: they refute nothing."""
    scope.suspect.update(names_in(node))
    del why


def _one(scope: Scope, pending: Sequence[s.Node], item: s.Node) -> bool:
    match item:
        case s.Relation(ops=(":", "~"), items=(name, _, stated)):
            _law_name(scope, name, item.items[1], stated)
            return True
        case s.Relation(ops=("∈", *rest)) if not rest or set(rest) <= {"∈"}:
            _members(scope, [*pending, item.items[0]], item.items[1], item)
            return True
        case s.Relation(ops=(":", "→") | (":", "→", "→")):
            _function(scope, [*pending, item.items[0]], item)
            return True
        case s.Relation(ops=("~",), items=(name, stated)):
            for n in _flat([*pending, name]):
                _follows(scope, n, stated, item)
            return True
        case s.Relation(ops=("≻" | "⪰",), items=(name, zero)) if _is_zero(zero):
            for n in [*pending, name]:
                _assume(scope, n, ("positive_definite",) if item.ops == ("≻",) else ("symmetric",), item)
                if item.ops == ("⪰",):
                    scope.suspect.add(s.key(n) or "")
            return True
        case s.Relation(ops=("<" | ">" | "≤" | "≥" | "≪" | "≫", *_)):
            return _ordered(scope, pending, item)
        case s.Relation(ops=("≠",), items=(name, zero)) if _is_zero(zero):
            return _nonzero(scope, name, item)
        case s.Relation(ops=("=",), items=(s.Juxt(items=(s.Name(text="rank"), s.Fence())), _)):
            return True  # full rank, or else nothing meets it: what is drawn has it
        case s.Relation(ops=("=",), items=(left, zero)) if _is_zero(zero) and _under_determinant(left) is not None:
            scope.singular.update(names_in(left))
            return False
        case s.Relation(ops=("=",), items=(left, right)):
            return _equation(scope, pending, left, right, item)
        case s.Relation(ops=("=", "=")) if not pending:  # Q^T Q = Q Q^T = I, 1^T p = 1^T q = 1
            last = item.items[-1]
            if all(constraint_form(n, last) for n in item.items[:-1]):
                for n in item.items[:-1]:
                    scope.constrain("equation", n, last, item)
                return True
            return False
        case s.Juxt(items=(*names, s.Words() as words)) if names and (kinds := _kinds(words)) is not None:
            whole = names[0] if len(names) == 1 else None
            if whole is None or s.key(whole) is None:
                return False
            for n in [*pending, whole]:
                _assume(scope, n, kinds, item)
            return True
        case s.Juxt(items=(name, s.Words())) if isinstance(scope.find(s.key(name) or ""), Variable):
            for n in [*pending, name]:
                scope.suspect.update(names_in(n))  # something is said of it that is not understood
            return False
        case _:
            return False


def _kinds(words: s.Words) -> tuple[str, ...] | None:
    """What words such as "is invertible" say of a name; None if they are not understood."""
    said = re.sub(r"^(?:(?:is|are|be|both|an?|matrix|matrices) )+", "", words.text.strip(" .,").lower())
    found = _ADJECTIVES.get(said)
    return None if found is None else tuple(found.split())


# --- membership ---------------------------------------------------------------------------------------


def _members(scope: Scope, names: list[s.Node], where: s.Node, node: s.Node) -> None:
    try:
        domain = set_of(scope, where)
    except ReadingError:
        for name in _flat(names):  # it may be wider than the reals: nothing is known of its members
            key = s.key(name) or ""
            scope.names[key] = Poisoned(key, name.place, why=f"the set that {key} is in is not read")
        raise
    for group in families(scope, names, node):
        if isinstance(group, tuple):
            base, count, by_sup = group
            del by_sup
            shape = (count, *domain.shape)
            known = {
                frozenset({Fraction(0), Fraction(1)}): ("binary",),
                frozenset({Fraction(-1), Fraction(1)}): ("sign",),
            }
            kinds = known.get(frozenset(domain.values), ()) if domain.values else domain.assumptions
            if domain.values and not kinds:
                raise ReadingError("a family over this set is not read", node.place)
            _bind(scope, base, Domain(shape, kinds, between=domain.between), node, family=True)
        else:
            _bind(scope, group, domain, node)


def _flat(names: Sequence[s.Node]) -> list[s.Node]:
    return [n for n in names if s.key(n) not in _DOTS and s.key(n) is not None]


Family = tuple[s.Node, Size, bool]


def families(scope: Scope, names: list[s.Node], node: s.Node) -> list[s.Node | Family]:
    r"""The names, where x_1, \dots, x_n is one family of n."""
    found: list[s.Node | Family] = []
    k = 0
    while k < len(names):
        if k + 1 < len(names) and s.key(names[k + 1]) in _DOTS:
            if k + 2 >= len(names):
                raise ReadingError("where does this list of names end?", names[k].place)
            found.append(_family(scope, names[k], names[k + 2], node))
            k += 3
        elif k + 2 < len(names) and s.key(names[k + 2]) in _DOTS and k + 3 < len(names):
            found.append(_family(scope, names[k], names[k + 3], node))  # x_1, x_2, ..., x_n
            k += 4
        else:
            if s.key(names[k]) is None:
                raise ReadingError("what is declared here is no name", names[k].place)
            found.append(names[k])
            k += 1
    return found


def _family(scope: Scope, first: s.Node, last: s.Node, node: s.Node) -> Family:
    if isinstance(first, s.Script) and isinstance(last, s.Script) and s.key(first.base) == s.key(last.base):
        by_sup = first.sub is None
        one, end = (first.sup, last.sup) if by_sup else (first.sub, last.sub)
        if by_sup and isinstance(one, s.Fence) and isinstance(end, s.Fence):
            one, end = one.body, end.body
        if s.label(one) == "1" and end is not None:
            return first.base, _size(scope, end), by_sup
    raise ReadingError("this list of names is not read as x_1, ..., x_n", node.place)


def _size(scope: Scope, node: s.Node) -> Size:
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
    base, sub, sup = (node.base, node.sub, node.sup) if isinstance(node, s.Script) else (node, None, None)
    key = s.key(base)
    if key in _REALS and (key != "R" or sup is not None or sub is None):
        if isinstance(sup, s.Name | s.Sum) and s.key(sup) in ("+", "++"):
            sub, sup = sup, None
        return Domain(_shape(scope, sup), _sign(sub))
    sphere = key in ("\\mathbb{S}", "S") and sub is None and isinstance(sup, s.Sum)  # S^{n-1}
    if key in ("\\mathbb{S}", "\\mathcal{S}", "S", "\\mathbf{S}", "\\Sym", "Sym") and sup is not None and not sphere:
        n = _size(scope, sup)
        kind = s.label(sub) or ""
        if kind in ("++", ">0", "+ +"):
            return Domain((n, n), ("positive_definite",))
        if kind == "":
            return Domain((n, n), ("symmetric",))
        if kind == "+":
            return Domain((n, n), ("symmetric",), guess="semidefinite")
    if key in ("\\Delta", "\\mathcal{P}") and (sup is not None or sub is not None):
        n = _size(scope, sup if sup is not None else sub)  # type: ignore[arg-type]
        plain = sup is not None and not isinstance(sup, s.Sum)  # Delta^K: K entries or K + 1?
        if sup is not None:
            n = n + 1
        return Domain((n,), ("positive",), simplex=True, guess="a simplex" if plain else "")
    if key in ("\\mathbb{N}", "\\N"):
        return Domain(size=True)
    if key == "\\mathbb{Z}":
        if _sign(sub):
            return Domain(size=True)
        return Domain(guess="an integer")
    if isinstance(base, s.Juxt) and len(base.items) == 2 and isinstance(base.items[1], s.Fence):
        word, bracket = s.key(base.items[0]), base.items[1]
        group = {"GL": ("invertible",), "Sym": ("symmetric",), "O": (), "SO": (), "SPD": ("positive_definite",)}
        if word in group:
            n = _size(scope, bracket.body.items[0] if isinstance(bracket.body, s.Sequence) else bracket.body)
            return Domain((n, n), group[word], orthogonal=word in ("O", "SO"))
    if isinstance(base, s.Script) or (isinstance(base, s.Juxt) and isinstance(base.items[0], s.Script)):
        head = base if isinstance(base, s.Script) else base.items[0]
        if isinstance(head, s.Script) and s.key(head.base) == "GL" and head.sub is not None:
            n = _size(scope, head.sub)
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


def _shape(scope: Scope, sup: s.Node | None) -> Shape:
    if sup is None:
        return ()
    if isinstance(sup, s.Product) and set(sup.ops) == {"×"}:
        sizes = [_size(scope, n) for n in sup.items]
        return shape_of(*sizes) if len(sizes) <= 2 else tuple(sizes)
    return shape_of(_size(scope, sup))


def _sign(sub: s.Node | None) -> tuple[str, ...]:
    if sub is None:
        return ()
    match sub:
        case s.Relation(items=(s.Empty(), zero), ops=(">",)) if _is_zero(zero):
            return ("positive",)
        case s.Relation(items=(s.Empty(), zero), ops=("≥",)) if _is_zero(zero):
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
        dots = [k for k, n in enumerate(items) if s.key(n) in _DOTS]
        if dots and len(items) >= 3 and s.label(items[0]) == "1":
            return Domain(index=_size(scope, items[-1]))
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
        return Domain(index=_size(scope, items[0]))
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


def _bind(scope: Scope, name: s.Node, domain: Domain, node: s.Node, family: bool = False) -> None:
    key = s.key(name)
    if key is None:
        raise ReadingError("what is declared here is no name", name.place)
    if domain.index is not None:
        scope.bind(IndexName(key, name.place, range=domain.index))
        return
    if domain.size:
        scope.bind(SizeName(key, name.place, size=Size.symbol(key)))
        return
    if isinstance(scope.names.get(key), SizeName) and not domain.shape:
        return  # n in R, said of a size
    assumptions = set(domain.assumptions) - {"nonnegative"}
    if "nonnegative" in domain.assumptions:
        scope.constrain("nonnegative", name, None, node)
    scope.bind(Variable(key, name.place, shape=domain.shape, assumptions=assumptions, family=family,
                        values=domain.values))  # fmt: skip
    if domain.between is not None:
        low, high = domain.between
        if s.label(low) != "0":
            scope.constrain("positive", s.Sum(node.place, node.end, ("", "-"), (name, low)), None, node)
        scope.constrain("positive", s.Sum(node.place, node.end, ("", "-"), (high, name)), None, node)
    if domain.simplex:
        total = s.Juxt(node.place, node.end, (s.Name(node.place, node.end, "\\mathbf{1}^T"), name))
        del total
        scope.constrain("simplex", name, None, node)
    if domain.orthogonal:
        scope.constrain("orthogonal", name, None, node)
    if domain.guess:
        scope.suspect.add(key)


# --- other forms --------------------------------------------------------------------------------------


def _function(scope: Scope, names: list[s.Node], node: s.Relation) -> None:
    source, target = node.items[1], node.items[2]
    for name in _flat(names):
        key = s.key(name)
        assert key is not None
        if s.key(source) in _REALS and s.key(target) in _REALS:
            scope.bind(Generic(key, name.place))
        elif isinstance(source, s.Script) and s.key(source.base) in _REALS:
            why = f"{key} is a function of a vector of which nothing is known: this is not read"
            scope.bind(Poisoned(key, name.place, why=why))
        else:
            scope.bind(Poisoned(key, name.place, why=f"what kind of function {key} is, is not read"))


def _law_name(scope: Scope, name: s.Node, variable: s.Node, stated: s.Node) -> None:
    key = s.key(name)
    if key is None:
        raise ReadingError("a law is given to a name", name.place)
    scope.bind(LawName(key, name.place, law=stated, scope=scope))
    scope.laws.append((variable, stated, scope))
    known = s.key(variable)
    if known is not None:
        scope.governed.setdefault(known, set()).add(key)


def _follows(scope: Scope, name: s.Node, stated: s.Node, node: s.Node) -> None:
    key = s.key(name)
    if key is None:
        raise ReadingError("what follows this law is no name", name.place)
    found = scope.find(key)
    if isinstance(found, Variable):
        own = scope.own(found)
        own.law, own.random = stated, True
    scope.laws.append((name, stated, scope))


def _assume(scope: Scope, name: s.Node, kinds: tuple[str, ...], node: s.Node) -> None:
    key = s.key(name)
    found = scope.find(key or "")
    if not isinstance(found, Variable):
        if key is not None:
            scope.later.append((key, kinds, node.place))
            return
        raise ReadingError(f"{key} is not declared", name.place)
    for kind in kinds:
        if kind == "orthogonal":
            scope.constrain("orthogonal", name, None, node)
        else:
            scope.own(found).assume(kind, scope.sentence)


def _under_determinant(node: s.Node) -> s.Node | None:
    """X of det X, det(X) and |X|."""
    match node:
        case s.Juxt(items=(s.Name(text="det"), inner)):
            return inner.body if isinstance(inner, s.Fence) else inner
        case s.Fence(open="|", body=inner):
            return inner
    return None


def _nonzero(scope: Scope, name: s.Node, node: s.Node) -> bool:
    if (matrix := _under_determinant(name)) is not None:
        _assume(scope, matrix, ("invertible",), node)
        return True
    key = s.key(name)
    found = scope.find(key or "")
    if isinstance(found, Variable) and not found.shape:
        scope.own(found).assume("nonzero", scope.sentence)
        return True
    if isinstance(found, Variable):
        return True  # a vector other than 0: generic ones are
    scope.constrain("nonzero", name, None, node)
    return True


def _ordered(scope: Scope, pending: Sequence[s.Node], node: s.Relation) -> bool:
    """sigma > 0, sigma_1, sigma_2 > 0, n > p, 0 < p < 1."""
    if any(isinstance(n, s.Empty) for n in node.items):
        return False
    names = [*pending, node.items[0]]
    op = node.ops[0]
    if len(node.ops) == 1 and _is_zero(node.items[1]) and (array := _array_of_entry(scope, node.items[0])) is not None:
        return _of_entries(scope, array, node)
    if len(node.ops) == 1 and op in (">", "≥") and _is_zero(node.items[1]) and all(s.key(n) for n in names):
        for group in families(scope, list(names), node):
            name = group[0] if isinstance(group, tuple) else group
            key = s.key(name) or ""
            found = scope.find(key)
            if isinstance(found, SizeName):
                continue
            sign = "positive" if op == ">" else "nonnegative"
            if isinstance(group, tuple):
                _bind(scope, name, Domain((group[1],), (sign,)), node, family=True)
            elif isinstance(found, Variable) and sign == "positive":
                scope.own(found).assume("positive", scope.sentence)
            elif isinstance(found, Variable):
                scope.constrain("nonnegative", name, None, node)
            else:
                _bind(scope, name, Domain((), (sign,)), node)
        return True
    for left, op, right in zip(node.items, node.ops, node.items[1:], strict=False):
        for n in (left, right):
            unknown = s.key(n)
            if unknown is not None and scope.find(unknown) is None:
                scope.later_scalars.append((unknown, n.place))
        a, b = (left, right) if op in (">", "≥", "≫") else (right, left)
        kind = "positive" if op in (">", "<") else "nonnegative"
        scope.constrain(kind, s.Sum(node.place, node.end, ("", "-"), (a, b)), None, node)
    return True


def _array_of_entry(scope: Scope, node: s.Node) -> Variable | None:
    """The declared array of which a name such as x_i or L_{ii} is an entry."""
    if not isinstance(node, s.Script) or node.sub is None or node.sup is not None or node.primes:
        return None
    found = scope.find(s.key(node.base) or "") if scope.find(s.key(node) or "") is None else None
    return found if isinstance(found, Variable) and found.shape else None


def _of_entries(scope: Scope, array: Variable, node: s.Relation) -> bool:
    """x_i > 0, for every i; L_{ii} > 0, on the diagonal."""
    sub = node.items[0].sub if isinstance(node.items[0], s.Script) else None
    letters = [s.key(n) for n in (sub.items if isinstance(sub, s.Juxt | s.Sequence) else (sub,)) if n is not None]
    free = all(k is not None and len(k) == 1 and not isinstance(scope.find(k), IndexName) for k in letters)
    if node.ops != (">",) or not free or len(letters) != len(array.shape):
        scope.suspect.add(array.key)
    elif len(set(letters)) == len(letters):
        scope.own(array).assume("positive", scope.sentence)
    elif len(array.shape) == 2 and array.shape[0] is array.shape[1]:
        scope.own(array).assume("positive_diagonal", scope.sentence)
    else:
        scope.suspect.add(array.key)
    return True


def _equation(scope: Scope, pending: Sequence[s.Node], left: s.Node, right: s.Node, node: s.Relation) -> bool:
    r"""i = 1, \dots, n (the start of it), A = A^T, and constraints."""
    if pending:
        return False
    if _is_symmetry(left, right):
        flipped = isinstance(left, s.Script) and left.sup is not None and s.key(left.sup) in TRANSPOSES
        _assume(scope, right if flipped else left, ("symmetric",), node)
        return True
    if isinstance(right, s.Sum) and _is_skew(left, right):
        turned = left if isinstance(left, s.Script) and s.key(left.sup or left) in TRANSPOSES else right.items[0]
        bare = right.items[0] if turned is left else left  # A^T = -A is A = -A^T
        scope.constrain("equation", bare, s.Sum(node.place, node.end, ("-",), (turned,)), node)
        return True
    if constraint_form(left, right) or is_assumed_form(left, right):
        scope.constrain("equation", left, right, node)
        return True
    if (tied := ties(scope, left, right)) is not None:
        scope.constrain("equation", left, right, node)
        scope.suspect.update(tied)  # whether a derivative by one moves the other is not said: nothing is refuted
        return True
    return False


def _is_symmetry(left: s.Node, right: s.Node) -> bool:
    for a, b in ((left, right), (right, left)):
        if not isinstance(b, s.Script):
            continue
        primed = b.sup is None and b.primes == 1
        if primed or (b.sup is not None and s.key(b.sup) in TRANSPOSES):
            primes = 0 if primed else b.primes
            bare = b.base if b.sub is None and not primes else s.Script(b.place, b.end, b.base, b.sub, None, primes)
            if s.key(a) is not None and s.key(a) == s.key(bare):
                return True
    return False


def entry_of_declared(scope: Scope, node: s.Node) -> str | None:
    """The declared array whose entry a left side such as x_1 is, or None."""
    if isinstance(node, s.Script) and isinstance(node.sub, s.Number) and scope.find(s.key(node) or "") is None:
        found = scope.find(s.key(node.base) or "")
        if isinstance(found, Variable) and found.shape:
            return found.key
    return None


def _is_skew(left: s.Node, right: s.Node) -> bool:
    """A = -A^T, A^T = -A."""
    if isinstance(right, s.Sum) and right.signs == ("-",):
        return _is_symmetry(left, right.items[0])
    return False


def constraint_form(left: s.Node, right: s.Node) -> bool:
    r"""Whether an equation is of a form that an assumption has: a sum that is 1, a norm that is 1, W W^T = I."""
    if s.label(right) == "1":
        head = left.items[0] if isinstance(left, s.Juxt) else left
        base = head.base if isinstance(head, s.Script) else head
        if isinstance(base, s.Name) and base.text == "\\sum":
            return True
        if isinstance(base, s.Fence) and base.open == "‖":
            return True
        if isinstance(base, s.Name) and base.text in ("1", "\\mathbf{1}"):
            return True
        if isinstance(left, s.Juxt) and len(left.items) == 2 and any(s.key(n) == "\\mathbf{1}" or (
            isinstance(n, s.Script) and s.key(n.base) == "\\mathbf{1}") for n in left.items):  # fmt: skip
            return True
    base = right.base if isinstance(right, s.Script) else right
    if s.key(base) in ("I", "\\mathbf{I}") and isinstance(left, s.Juxt) and len(left.items) == 2:
        keys = [s.key(n.base if isinstance(n, s.Script) and n.sup is not None else n) for n in left.items]
        return len(set(keys)) == 1 and keys[0] is not None
    return False


def _is_zero(node: s.Node) -> bool:
    return s.label(node) in ("0", "\\mathbf{0}")


def index_range(scope: Scope, items: Sequence[s.Node]) -> bool:
    r"""i = 1, \dots, n."""
    if len(items) != 3 or s.key(items[1]) not in _DOTS:
        return False
    first = items[0]
    if not (isinstance(first, s.Relation) and first.ops == ("=",) and s.label(first.items[1]) == "1"):
        return False
    key = s.key(first.items[0])
    if key is None:
        return False
    scope.bind(IndexName(key, first.place, range=_size(scope, items[2])))
    return True
