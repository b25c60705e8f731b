r"""What takes the rest of a product: sums, products over an index, integrals, derivatives, nabla."""

from __future__ import annotations

from collections.abc import Callable

from hw3.derivations.language.expression import Expr, Fresh, index_size, walk
from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.indices import size_of
from hw3.derivations.latex.elaboration.products import Groups, read
from hw3.derivations.latex.scope import IndexName, SizeName, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import add, delta, index, less, negative, number, product, product_over, sum_over

Operator = Callable[[Elaborator, s.Node, Groups], Expr]


def operator(e: Elaborator, node: s.Node) -> Operator | None:
    """The operator that a thing in a product is, if it is one."""
    from hw3.derivations.latex.elaboration import derivatives, integrals

    base = node.base if isinstance(node, s.Script) else node
    match base:
        case s.Name(text="\\sum" | "∑"):
            return _sum
        case s.Name(text="\\prod" | "∏"):
            return _product
        case s.Name(text="\\int" | "\\iint" | "\\intop"):
            return integrals.integral
        case s.Name(text="\\nabla"):
            return derivatives.nabla
        case s.Fraction() if derivatives.is_operator(e, base) and not isinstance(node, s.Script):
            return derivatives.operator_fraction
        case s.Name(text="\\partial") if isinstance(node, s.Script) and node.sub is not None:
            return derivatives.subscripted
    return None


def _sum(e: Elaborator, node: s.Node, rest: Groups) -> Expr:
    return over(e, node, rest, sum_over)


def _product(e: Elaborator, node: s.Node, rest: Groups) -> Expr:
    def multiplied(i: Expr, body: Expr) -> Expr:
        return product_over(i, body)

    return over(e, node, rest, multiplied)


def over(e: Elaborator, node: s.Node, rest: Groups, make: Callable[[Expr, Expr], Expr]) -> Expr:
    """A body summed over the indices that the script of a sum sign names."""
    if rest.empty:
        raise ReadingError("a sum of nothing", node.place)
    sub = node.sub if isinstance(node, s.Script) else None
    sup = node.sup if isinstance(node, s.Script) else None
    with e.binding():
        bound, masks = ranges(e, sub, sup, node)
        for key, i, offset in bound:
            e.local[key] = i
            e.offsets.pop(key, None)
            if offset is not None:
                e.offsets[key] = offset
        weights = [mask(e) for mask in masks]
        body = read(e, rest)
    body = e.holes.settle(body)
    if weights:
        chosen = product(*(e.holes.settle(w) for w in weights))
        body = product(chosen, body)
        if make is not sum_over:  # what a product leaves out is 1 in it
            body = add(body, add(number(1), negative(chosen)))
    for _, i, _ in reversed(bound):
        i = e.holes.settle(i)
        size = index_size(i)
        assert size is not None
        if any(n.startswith("?") for n in size.names):
            raise ReadingError("what does this sum range over? write its limits", node.place)
        body = make(i, e.holes.settle(body))
    return body


Bound = tuple[str, Expr, Size | None]
Mask = Callable[[Elaborator], Expr]


def ranges(e: Elaborator, sub: s.Node | None, sup: s.Node | None, node: s.Node) -> tuple[list[Bound], list[Mask]]:
    r"""The indices that a script binds, and the conditions on them: i = 1, i, (i, j), j \ne i, i < j."""
    if sub is None:
        raise ReadingError("a sum sign without an index", node.place)
    bound: list[Bound] = []
    masks: list[Mask] = []

    def bind(name: s.Node, size: Size | None = None, offset: Size | None = None) -> None:
        key = s.key(name)
        if key is None:
            raise ReadingError("a sum runs over a name", name.place)
        if size is None:
            found = e.find(key)
            size = found.range if isinstance(found, IndexName) else e.holes.fresh()
        bound.append((key, index(Fresh(key), size), offset))

    items = sub.items if isinstance(sub, s.Sequence) else (sub,)
    for item in items:
        match item:
            case s.Relation(items=(name, first), ops=("=",)) if sup is not None:
                start, last = _limit(e, first), _limit(e, sup)
                many = last - start + 1
                if many.is_literal and many.literal < 1:
                    raise ReadingError("a sum over nothing", node.place)
                bind(name, many, None if start is Size.of(1) else start - 1)
            case s.Relation(items=(name, other), ops=("≠",)):
                if s.key(name) not in [k for k, _, _ in bound]:
                    bind(name)
                if _is_open(e, other, bound) and e.choose("double sum", node, 2) == 1:
                    bind(other)
                masks.append(_differs(name, other))
            case s.Relation(items=(name, other), ops=("<" | ">" | "≤" | "≥",)):
                here = [k for k, _, _ in bound]
                if s.key(name) not in here:
                    bind(name)
                if _is_open(e, other, bound) and sup is None and e.choose("double sum", node, 2) == 0:
                    bind(other)
                masks.append(_ordered(name, other, item.ops[0]))
            case s.Relation(items=(name, where), ops=("∈",)):
                bind(name, _set_size(e, where))
            case s.Name() | s.Script() | s.Accent():
                bind(item, _limit(e, sup) if sup is not None else None)
            case s.Juxt() if all(isinstance(n, s.Name) for n in item.items):
                for n in item.items:
                    bind(n, _limit(e, sup) if sup is not None else None)
            case _:
                raise ReadingError("the index of this sum is not read", node.place)
    return bound, masks


def _is_open(e: Elaborator, other: s.Node, bound: list[Bound]) -> bool:
    """Whether the other index of a condition is bound nowhere, so that it may be summed over too."""
    key = s.key(other)
    if key is None or key in e.local or key in e.free or key in [k for k, _, _ in bound]:
        return False
    return not isinstance(e.find(key), SizeName | IndexName)


def occurs_free(node: s.Node, names: set[str | None]) -> bool:
    """Whether one of the names stands in a term outside of a sum that binds it."""
    if s.key(node) in names:
        return True
    if isinstance(node, s.Juxt):  # behind a sum that binds it, it is bound: 2 c \sum_i x_i
        bound = (k for k, item in enumerate(node.items) if _acts_by(item) & names)
        return any(occurs_free(item, names) for item in node.items[: next(bound, None)])
    if isinstance(node, s.Product) and reaches(node) & names:
        return False
    return any(occurs_free(part, names) for part in node.parts())


def reaches(item: s.Node) -> set[str | None]:
    """The names that a term's leading operator acts by: its variable or its index; none if it has no operator."""
    group = item.items[0] if isinstance(item, s.Product) else item
    return _acts_by(group.items[0]) if isinstance(group, s.Juxt) else set()


def _acts_by(head: s.Node) -> set[str | None]:
    from hw3.derivations.latex.elaboration.derivatives import variables_of

    base = head.base if isinstance(head, s.Script) else head
    if isinstance(head, s.Script) and isinstance(base, s.Name) and head.sub is not None:
        if base.text in ("\\sum", "\\prod"):
            sub = head.sub.items[0] if isinstance(head.sub, s.Relation | s.Sequence) else head.sub
            return {s.key(sub)}
        if base.text == "\\nabla":
            return {s.key(head.sub)}
    return variables_of(head)


def _limit(e: Elaborator, node: s.Node) -> Size:
    return size_of(e, node)


def _set_size(e: Elaborator, node: s.Node) -> Size:
    raise ReadingError("a sum over a set is not read: write its limits", node.place)


def _index_named(e: Elaborator, node: s.Node) -> Expr:
    key = s.key(node)
    if key is not None and key in e.local and index_size(e.local[key]) is not None:
        return e.local[key] if key not in e.offsets else _refuse(node)
    found = e.lookup(key)
    if isinstance(found, IndexName):
        return e.free_index(key or "", found.range)
    if found is None and key is not None:
        return e.free_index(key)
    return _refuse(node)


def _refuse(node: s.Node) -> Expr:
    raise ReadingError("the condition on this sum is not read", node.place)


def _same_range(e: Elaborator, name: s.Node, other: s.Node) -> tuple[Expr, Expr]:
    i, j = _index_named(e, name), _index_named(e, other)
    a, b = index_size(i), index_size(j)
    assert a is not None
    assert b is not None
    if not e.holes.unify(a, b):
        _refuse(name)
    return e.holes.settle(i), e.holes.settle(j)


def _differs(name: s.Node, other: s.Node) -> Mask:
    def mask(e: Elaborator) -> Expr:
        i, j = _same_range(e, name, other)
        return number(1) - delta(i, j)

    return mask


def _ordered(name: s.Node, other: s.Node, op: str) -> Mask:
    def mask(e: Elaborator) -> Expr:
        i, j = _same_range(e, name, other)
        return less(i, j, op == "<") if op in ("<", "≤") else less(j, i, op == ">")

    return mask


def free_symbols(e: Elaborator, body: Expr) -> list[Variable]:
    """The declared variables that occur in an expression."""
    found = {n.data[0] for n in walk(body) if n.operation.name == "symbol"}
    return [b for k, b in e.scope.all_names().items() if isinstance(b, Variable) and k in found]
