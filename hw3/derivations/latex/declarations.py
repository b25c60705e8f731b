r"""Declarations: the closed list of forms that say what a name is.

    x \in \mathbb{R}^n, A, B \in \mathbb{R}^{m \times n}, x_1, \dots, x_N \in \mathbb{R}^d, V \in \mathbb{S}_{++}^n,
    y \in \{-1, 1\}, p \in (0, 1), i \in \{1, \dots, K\}, a : \mathbb{R} \to \mathbb{R}, X \sim N(\mu, \Sigma),
    \sigma > 0, \Sigma \succ 0, n > p, A = A^T, \sum_k p_k = 1, W W^T = I, \det D \ne 0, X \text{ invertible}

What is not of these forms is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.assumed import constraint_form, is_assumed_form, is_skew, is_symmetry, ties
from hw3.derivations.latex.elaboration.names import TRANSPOSES
from hw3.derivations.latex.elaboration.probability_names import NORMAL
from hw3.derivations.latex.roles import is_zero
from hw3.derivations.latex.scope import (
    Generic,
    IndexName,
    LawName,
    Poisoned,
    Scope,
    SizeName,
    Variable,
)
from hw3.derivations.latex.sets import REALS, Domain, families, flat, kinds_of, set_of, size_named
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.latex.vocabulary import DOTS

_ADJECTIVES = {
    "invertible": "invertible", "nonsingular": "invertible", "non-singular": "invertible", "regular": "invertible",
    "symmetric": "symmetric", "positive definite": "positive_definite", "positive-definite": "positive_definite",
    "symmetric positive definite": "positive_definite", "spd": "positive_definite", "positive": "positive",
    "symmetric and invertible": "symmetric invertible", "symmetric invertible": "symmetric invertible",
    "nonzero": "nonzero", "non-zero": "nonzero", "full rank": "", "has full column rank": "", "diagonalizable": "",
    "lower triangular": "lower_triangular", "upper triangular": "upper_triangular", "diagonal": "diagonal",
    "square": "", "constant": "", "fixed": "", "orthogonal": "orthogonal", "real": "",
}  # fmt: skip


_OF_SQUARES = {"symmetric", "positive_definite", "invertible", "diagonal", "lower_triangular", "upper_triangular"}


def declare(scope: Scope, node: s.Node) -> bool:
    """Takes what a formula declares into a scope; False if it is of no such form at all.

    Raises:
        ReadingError: it has such a form and is not read; its names are then poisoned.
    """
    items = node.items if isinstance(node, s.Sequence) else (node,)
    pending: list[s.Node] = []
    found = False
    for item in items:
        if s.key(item) is not None or s.key(item) in DOTS or _is_listed(item):
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
        case s.Relation(ops=("~iid",), items=(name, stated)):
            _sample(scope, [*pending, name], stated, item)
            return True
        case s.Relation(ops=("~",), items=(name, stated)):
            if isinstance(scope.find(s.key(stated) or ""), Variable):  # A ~ B: similar, or equivalent
                scope.suspect.update(names_in(item))
                return True
            for n in flat([*pending, name]):
                _follows(scope, n, stated, item)
            return True
        case s.Relation(ops=("≻" | "⪰",), items=(name, zero)) if is_zero(zero):
            for n in [*pending, name]:
                if s.key(n) is None and item.ops == ("≻",):  # a block matrix
                    scope.constrain("positive_definite", n, None, item)
                    continue
                assume(scope, n, ("positive_definite",) if item.ops == ("≻",) else ("symmetric",), item)
                if item.ops == ("⪰",):
                    scope.suspect.add(s.key(n) or "")
            return True
        case s.Relation(ops=(op,), items=(s.Juxt(items=(s.Name(text="rank"), *_)), _)) if op != "=":
            _is_singular(scope, item)
            return True
        case s.Relation(ops=("<" | ">" | "≤" | "≥" | "≪" | "≫", *_)):
            return _ordered(scope, pending, item)
        case s.Relation(ops=("≠",), items=(name, zero)) if is_zero(zero):
            return _nonzero(scope, name, item)
        case s.Relation(ops=("≠",), items=(left, right)) if all(_is_scalar(scope, n) for n in (left, right)):
            scope.constrain("nonzero", s.Sum(item.place, item.end, ("", "-"), (left, right)), None, item)
            return True
        case s.Relation(ops=("=",), items=(s.Juxt(items=(s.Name(text="rank"), s.Fence() | s.Name())), _)):
            return _has_rank(scope, item)
        case s.Relation(ops=("=",), items=(left, zero)) if is_zero(zero) and _under_determinant(left) is not None:
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
                assume(scope, n, kinds, item)
            return True
        case s.Juxt(items=(name, s.Words())) if isinstance(scope.find(s.key(name) or ""), Variable):
            for n in [*pending, name]:
                scope.suspect.update(names_in(n))  # something is said of it that is not understood
            return False
        case _:
            return False


def _is_scalar(scope: Scope, node: s.Node) -> bool:
    found = scope.find(s.key(node) or "")
    return isinstance(found, Variable) and not found.shape


def _has_rank(scope: Scope, node: s.Relation) -> bool:
    """rank A = p: full rank where A has p rows or columns, which what is drawn has; else nothing is known of A."""
    head, rank = node.items
    assert isinstance(head, s.Juxt)
    inside = head.items[1].body if isinstance(head.items[1], s.Fence) else head.items[1]
    found, size = scope.find(s.key(inside) or ""), scope.find(s.key(rank) or "")
    full = isinstance(found, Variable) and isinstance(size, SizeName) and size.size in found.shape
    if not full:
        _is_singular(scope, node)
    return True


def _is_singular(scope: Scope, node: s.Node) -> None:
    """Of what has not full rank no inverse is taken, and nothing is refuted."""
    scope.singular.update(names_in(node))
    scope.suspect.update(names_in(node))


def _kinds(words: s.Words) -> tuple[str, ...] | None:
    """What words such as "is invertible" say of a name; None if they are not understood."""
    said = re.sub(r"^(?:(?:is|are|be|both|an?|matrix|matrices) )+", "", words.text.strip(" .,").lower())
    found = _ADJECTIVES.get(said)
    return None if found is None else tuple(found.split())


# --- membership ---------------------------------------------------------------------------------------


def _members(scope: Scope, names: list[s.Node], where: s.Node, node: s.Node) -> None:
    kinds: tuple[str, ...] | None = ()
    if isinstance(where, s.Juxt) and isinstance(where.items[-1], s.Words) and len(where.items) == 2:
        kinds = _kinds(where.items[-1])  # L \in R^{n x n} \text{ lower triangular}
        where = where.items[0] if kinds is not None else where
    try:
        domain = set_of(scope, where)
    except ReadingError:
        for name in flat(names):  # it may be wider than the reals: nothing is known of its members
            key = s.key(name) or ""
            scope.names[key] = Poisoned(key, name.place, why=f"the set that {key} is in is not read")
        raise
    for group in families(scope, names, node):
        if isinstance(group, tuple):
            base, count, by_sup = group
            del by_sup
            shape = (count, *domain.shape)
            each = kinds_of(domain.values) if domain.values else domain.assumptions
            if kinds or (domain.values and not each):
                raise ReadingError("a family over this set is not read", node.place)
            _bind(scope, base, Domain(shape, each, between=domain.between), node, family=True)
        else:
            _bind(scope, group, domain, node)
            if kinds:
                assume(scope, group, kinds, node)


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
    for name in flat(names):
        key = s.key(name)
        assert key is not None
        if s.key(source) in REALS and s.key(target) in REALS:
            scope.bind(Generic(key, name.place))
        elif isinstance(source, s.Script) and s.key(source.base) in REALS:
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


def _sample(scope: Scope, names: list[s.Node], stated: s.Node, node: s.Node) -> None:
    r"""X_1, \dots, X_n \overset{iid}{\sim} N(\mu, \sigma^2): independent, of one law, with its mean and variance."""
    groups = families(scope, names, node)
    if len(groups) != 1 or not isinstance(groups[0], tuple):
        raise ReadingError("a sample is read as X_1, ..., X_n", node.place)
    base, count, _ = groups[0]
    key = s.key(base)
    moments = _moments_of_normal(stated)
    if key is None or moments is None:
        scope.names[key or ""] = Poisoned(key or "", base.place, why=f"the law that {key} follows is not read")
        raise ReadingError("laws other than N(mu, sigma^2) are not read of a sample", stated.place)
    old = scope.find(key)
    if isinstance(old, Variable) and old.family:
        sample = scope.own(old)
    else:
        scope.bind(Variable(key, base.place, shape=(count,), family=True))
        sample = scope.own(scope.find(key))  # type: ignore[arg-type]
    if len(sample.shape) != 1 or sample.random or sample.law is not None:
        raise ReadingError("a sample is read of numbers", node.place)
    sample.random, sample.member = True, "i"
    sample.mean, sample.variance = moments
    scope.independent.append(frozenset({key}))
    scope.identical.append(frozenset({key}))
    for moment, kinds in zip(moments, ((), ("positive",)), strict=True):
        name = moment.base if isinstance(moment, s.Script) and s.label(moment.sup) == "2" else moment
        known = s.key(name)
        if known is not None and scope.find(known) is None and s.label(name) not in ("0", "1"):
            scope.bind(Variable(known, name.place, "law", assumptions=set(kinds)))


def _moments_of_normal(stated: s.Node) -> tuple[s.Node, s.Node] | None:
    """mu and sigma^2 of N(mu, sigma^2)."""
    match stated:
        case s.Juxt(items=(head, s.Fence(open="(", body=s.Sequence(items=(mean, variance), seps=(",",))))):
            return (mean, variance) if s.key(head) in NORMAL else None
    return None


def assume(scope: Scope, name: s.Node, kinds: tuple[str, ...], node: s.Node) -> None:
    key = s.key(name)
    found = scope.find(key or "")
    if not isinstance(found, Variable):
        if key is not None:
            scope.later.append((key, kinds, node.place))
            return
        raise ReadingError("what this is said of is no name", name.place)
    for kind in kinds:
        if kind == "orthogonal":
            scope.constrain("orthogonal", name, None, node)
        elif (fits := fitting(found, kind)) is None:
            scope.suspect.add(found.key)
        elif fits:
            scope.own(found).assume(fits, scope.sentence)


def fitting(variable: Variable, kind: str) -> str | None:
    """What an assumption says of a variable: of arrays "nonzero" says nothing (""), as generic ones are; of numbers and
    vectors x > 0 says that they are positive. None where it can't hold, unless sizes are equal that are not said to be.
    """
    shape = variable.shape
    if kind == "nonzero" and shape:
        return ""
    if kind == "positive_definite" and len(shape) < 2:
        return "positive"
    square = len(shape) == 2 and shape[0] is shape[1]
    return None if kind in _OF_SQUARES and not square else kind


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
        assume(scope, matrix, ("invertible",), node)
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
    if len(node.ops) == 1 and is_zero(node.items[1]) and (array := _array_of_entry(scope, node.items[0])) is not None:
        return _of_entries(scope, array, node)
    if len(node.ops) == 1 and op in (">", "≥") and is_zero(node.items[1]) and all(s.key(n) for n in names):
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
    if any(s.key(n) in DOTS for n in pending):  # x_1, \dots, x_n > 1: of entries, which is not read
        scope.suspect.update(*map(names_in, (*pending, node)))
        return True
    if pending:  # x, y > 1: each of them
        for name in flat(pending):
            _ordered(scope, (), replace(node, items=(name, *node.items[1:])))
    for left, op, right in zip(node.items, node.ops, node.items[1:], strict=False):
        for n in (left, right):
            unknown = s.key(n)
            power = (
                isinstance(n, s.Script) and n.sup is not None and (s.key(n.base) == "e" or scope.knows(s.key(n.base)))
            )
            if unknown is not None and scope.find(unknown) is None and not power:
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
    free = all(k in ("i", "j", "k", "l") and scope.find(k) is None for k in letters)
    if node.ops != (">",) or not free or not scope.of_every or len(letters) != len(array.shape):
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
    if _same_size(scope, left, right):
        return True
    if is_symmetry(left, right):
        flipped = isinstance(left, s.Script) and left.sup is not None and s.key(left.sup) in TRANSPOSES
        assume(scope, right if flipped else left, ("symmetric",), node)
        return True
    if isinstance(right, s.Sum) and is_skew(left, right):
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


def _same_size(scope: Scope, left: s.Node, right: s.Node) -> bool:
    """m = n of two sizes: what has the one has the other."""
    one, other = (scope.find(s.key(n) or "") for n in (left, right))
    if not (isinstance(one, SizeName) and isinstance(other, SizeName)) or one.size is other.size:
        return False
    for found in scope.all_names().values():
        shape = found.shape if isinstance(found, Variable) else ()
        if any(n is not other.size and set(n.names) & set(other.size.names) for n in shape):
            return False  # of m and m + 1, say
    for found in list(scope.all_names().values()):
        if isinstance(found, Variable) and other.size in found.shape:
            scope.own(found).shape = tuple(one.size if n is other.size else n for n in found.shape)
    scope.names[other.key] = replace(other, size=one.size)
    return True


def entry_of_declared(scope: Scope, node: s.Node) -> str | None:
    """The declared array whose entry a left side such as x_1 is, or None."""
    if isinstance(node, s.Script) and isinstance(node.sub, s.Number) and scope.find(s.key(node) or "") is None:
        found = scope.find(s.key(node.base) or "")
        if isinstance(found, Variable) and found.shape:
            return found.key
    return None


def index_range(scope: Scope, items: Sequence[s.Node]) -> bool:
    r"""i = 1, \dots, n."""
    if len(items) != 3 or s.key(items[1]) not in DOTS:
        return False
    first = items[0]
    if not (isinstance(first, s.Relation) and first.ops == ("=",) and s.label(first.items[1]) == "1"):
        return False
    key = s.key(first.items[0])
    if key is None:
        return False
    scope.bind(IndexName(key, first.place, range=size_named(scope, items[2])))
    return True
