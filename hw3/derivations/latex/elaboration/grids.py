"""Matrices written out, and definitions by cases."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator, literal_value, rule
from hw3.derivations.latex.scope import Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.latex.vocabulary import DOTS
from hw3.derivations.operations import (
    apply,
    block,
    coincide,
    det,
    identity,
    norm,
    number,
    ones,
    product,
    transpose,
    zeros,
)

_MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array", "vmatrix", "Vmatrix"}


@rule(s.Grid)
def grid(e: Elaborator, node: s.Grid) -> Expr:
    if node.kind in ("cases", "dcases", "rcases"):
        return _cases(e, node)
    if node.kind not in _MATRICES:
        raise ReadingError(f"the environment {node.kind} is not read inside a formula", node.place)
    if not node.rows or len({len(r) for r in node.rows}) != 1:
        raise ReadingError("the rows of this matrix have different lengths", node.place)
    value = _family(e, node) or _blocks(e, node)
    return det(value) if node.kind == "vmatrix" else norm(value) if node.kind == "Vmatrix" else value


def _family(e: Elaborator, node: s.Grid) -> Expr | None:
    r"""[x_1 \cdots x_n], the columns of a family; x_1^T over ... over x_n^T, its rows."""
    across = len(node.rows) == 1
    cells = list(node.rows[0] if across else [r[0] for r in node.rows])
    if not across and len(node.rows[0]) != 1:
        return None
    if across and len(cells) == 1 and isinstance(cells[0], s.Juxt | s.Sequence):
        cells = list(cells[0].items)
    dots = [k for k, c in enumerate(cells) if s.key(c) in DOTS]
    if len(dots) != 1 or dots[0] in (0, len(cells) - 1):
        return None
    transposed = [False] * len(cells)
    bare: list[s.Node] = []
    for k, c in enumerate(cells):
        if isinstance(c, s.Script) and c.sup is not None and s.key(c.sup) in ("T", "\\top", "\\intercal"):
            transposed[k] = True
            c = s.Script(c.place, c.end, c.base, c.sub, None, c.primes)
        bare.append(c)
    names = [c for k, c in enumerate(bare) if k != dots[0]]
    flipped = {transposed[k] for k in range(len(cells)) if k != dots[0]}
    if len(flipped) != 1 or not all(isinstance(c, s.Script) for c in names):
        return None
    base = {s.key(c.base) for c in names if isinstance(c, s.Script)}
    if len(base) != 1:
        return None
    key = base.pop()
    found = e.lookup(key)
    if not isinstance(found, Variable) or not found.family:
        return None
    first, last = names[0], names[-1]
    assert isinstance(first, s.Script)
    assert isinstance(last, s.Script)
    from hw3.derivations.latex.elaboration.indices import size_of

    if s.label(first.sub) != "1" or last.sub is None or size_of(e, last.sub) is not found.shape[0]:
        return None
    members = e.variable(found)  # its rows are the members
    if len(found.shape) == 1:
        return transpose(members) if across else members
    if flipped.pop():
        return None if across else members
    return transpose(members) if across else None


def is_zero_column(node: s.Node) -> bool:
    """Whether a matrix is a column of zeros, each of which may stand for as many as are needed."""
    return isinstance(node, s.Grid) and all(len(row) == 1 and s.label(row[0]) == "0" for row in node.rows)


def _blocks(e: Elaborator, node: s.Grid) -> Expr:
    if any(s.key(c) in DOTS for row in node.rows for c in row):
        raise ReadingError("a matrix with dots in it is read of a family x_1, ..., x_n alone", node.place)
    values: list[list[Expr]] = [[e(c) for c in row] for row in node.rows]
    if len(values) == 1 and len(values[0]) == 1:
        return values[0][0]
    rows, columns = len(values), len(values[0])
    heights = [next((v.shape for v in row if len(v.shape) in (1, 2)), None) for row in values]
    widths = [
        next((values[i][j].shape for i in range(rows) if len(values[i][j].shape) == 2), None) for j in range(columns)
    ]
    columnar = all(len(v.shape) <= 1 for row in values for v in row)
    for i in range(rows):
        for j in range(columns):
            v = values[i][j]
            literal = literal_value(v)
            height, width = heights[i], widths[j]
            if v.shape or literal is None or height is None:
                continue
            if columnar:
                values[i][j] = e.spread(v, height, node)
            elif literal == 0 and width is not None:
                values[i][j] = zeros(height[0], width[1])
            elif literal == 1 and width is not None and height[0] is width[1]:
                values[i][j] = identity(height[0])
    bare = [v for row in values for v in row if not v.shape and literal_value(v) == 0]
    if bare and (is_zero_column(node) or any(v.shape for row in values for v in row)):
        e.soft["a 0 in a block is read as one number"] = None
    for row in values:
        for v in row[1:]:
            if v.shape and row[0].shape:
                e.holes.unify(row[0].shape[0], v.shape[0])
    for j in range(columns):
        for i in range(1, rows):
            a, b = values[0][j], values[i][j]
            if len(a.shape) == len(b.shape) == 2:
                e.holes.unify(a.shape[1], b.shape[1])
    return block([[e.holes.settle(v) for v in row] for row in values])


def _cases(e: Elaborator, node: s.Grid) -> Expr:
    """Values by cases, as a sum of each with the 0/1 number of its condition."""
    parts: list[tuple[Expr, Expr | None]] = []
    for row in node.rows:
        value_node, condition = (row[0], row[1]) if len(row) == 2 else (row[0], None)
        if len(row) > 2:
            raise ReadingError("a case has a value and a condition", node.place)
        if condition is None and isinstance(value_node, s.Sequence) and len(value_node.items) == 2:
            value_node, condition = value_node.items
        parts.append((e(value_node), None if condition is None else _indicator(e, condition)))
    values = e.alike([v for v, _ in parts], node, "cases")
    if parts[-1][1] is not None and not _complementary([row[-1] for row in node.rows]):
        raise ReadingError("cases that may not cover everything: end with otherwise", node.place)
    total: Expr | None = None
    rest: Expr = number(1)  # 1 where no case before applies
    for k, (value, (_, indicator)) in enumerate(zip(values, parts, strict=True)):
        if indicator is None and k < len(parts) - 1:
            raise ReadingError("only the last case is without a condition", node.place)
        weight = (
            rest if indicator is None or (k == len(parts) - 1 and k) else product(rest, indicator) if k else indicator
        )
        term = product(weight, value)
        total = term if total is None else total + term
        if indicator is not None:
            rest = number(1) - indicator if k == 0 else product(rest, number(1) - indicator)
    assert total is not None
    return total


_OPPOSITE = {"<": "≥>", ">": "≤<", "≤": ">", "≥": "<", "=": "≠", "≠": "="}  # x < 0 and x > 0 leave out the edge alone


def _complementary(conditions: list[s.Node]) -> bool:
    """Whether two conditions are each other's opposite: x > 0 and x <= 0."""
    if len(conditions) != 2:
        return False
    one, other = (_relation_in(c) for c in conditions)
    return (
        one is not None
        and other is not None
        and len(one.ops) == len(other.ops) == 1
        and other.ops[0] in _OPPOSITE.get(one.ops[0], "")
        and all(s.same(_unworded(a), _unworded(b)) for a, b in zip(one.items, other.items, strict=True))
    )


def _relation_in(node: s.Node) -> s.Relation | None:
    if isinstance(node, s.Sequence):
        node = node.items[-1]
    return node if isinstance(node, s.Relation) else None


def _unworded(node: s.Node) -> s.Node:
    if isinstance(node, s.Juxt) and isinstance(node.items[0], s.Words):
        return node.items[1] if len(node.items) == 2 else s.Juxt(node.place, node.end, node.items[1:])
    return node


def _is_conditional(node: s.Node) -> bool:
    """Whether words only say that a condition follows: "if", "for", and not "unless"."""
    return isinstance(node, s.Words) and node.text.strip(" ,.").lower() in (
        "", "if", "for", "when", "where", "whenever", "and", "and if", "provided", "provided that", "such that", "on",
    )  # fmt: skip


def _indicator(e: Elaborator, node: s.Node) -> Expr | None:
    """The 0/1 number of a condition; None for "otherwise"."""
    if isinstance(node, s.Words | s.Empty):
        word = node.text.strip(" ,.").lower() if isinstance(node, s.Words) else ""
        if word in ("otherwise", "else", ""):
            return None
    if isinstance(node, s.Sequence) and isinstance(node.items[0], s.Empty) and len(node.items) == 2:
        node = node.items[1]
    if isinstance(node, s.Sequence) and all(sep in ("and", ",") for sep in node.seps):
        parts = [_indicator(e, n) for n in node.items]
        if all(p is not None for p in parts):
            return product(*(p for p in parts if p is not None))
    if isinstance(node, s.Juxt) and _is_conditional(node.items[0]):
        node = node.items[1] if len(node.items) == 2 else s.Juxt(node.place, node.end, node.items[1:])
    if isinstance(node, s.Relation):
        left = node.items[0]
        if isinstance(left, s.Juxt) and _is_conditional(left.items[0]):
            left = left.items[1] if len(left.items) == 2 else s.Juxt(left.place, left.end, left.items[1:])
        found = indicator(e, s.Relation(node.place, node.end, (left, *node.items[1:]), node.ops, node.places))
        if not found.shape:
            return found
    raise ReadingError("this condition of a case is not read", node.place)


def indicator(e: Elaborator, node: s.Relation) -> Expr:
    """The 0/1 number (or array) of a condition: i = j, x > 0, a < x < b.

    step(0) is 0: a <= b is 1 - step(a - b).
    """
    from hw3.derivations.latex.elaboration.indices import is_index

    total: Expr | None = None
    for left, op, right in zip(node.items, node.ops, node.items[1:], strict=False):
        if op in ("=", "≠") and is_index(e, left) and is_index(e, right):
            same = _same_index(e, left, right)
            part = same if op == "=" else number(1) - same
        elif op in ("<", ">", "≤", "≥") and not (_indexed(e, left) or _indexed(e, right)):
            a, b = e.alike([e(left), e(right)], node, "a comparison")
            above = a - b if op in (">", "≤") else b - a
            part = apply("step", above) if op in ("<", ">") else _one(above) - apply("step", above)
        else:
            raise ReadingError("this condition is not read", node.place)
        total = part if total is None else e.elementwise([total, part], node)
    assert total is not None
    return total


def _one(like: Expr) -> Expr:
    return ones(*like.shape) if like.shape else number(1)


def _indexed(e: Elaborator, node: s.Node) -> bool:
    """Whether a side speaks of an index as a number."""
    from hw3.derivations.latex.elaboration.indices import is_index

    return is_index(e, node) and not isinstance(node, s.Number)


def _same_index(e: Elaborator, left: s.Node, right: s.Node) -> Expr:
    """[i = j] for two subscripts."""
    from hw3.derivations.language.expression import index_size
    from hw3.derivations.latex.elaboration.indices import subscript

    (a,), (b,) = subscript(e, left, 1), subscript(e, right, 1)
    terms: dict[Expr, Size] = {}
    for at, sign in ((a, 1), (b, -1)):
        for i, c in at.terms:
            terms[i] = terms.get(i, Size.of(0)) + sign * c
    if a.plain is not None and b.plain is not None:
        m, n = index_size(a.plain), index_size(b.plain)
        assert m is not None
        assert n is not None
        e.holes.unify(m, n)
        i, j = e.holes.settle(a.plain), e.holes.settle(b.plain)
        return number(1) if i is j else coincide((i, j), (1, -1))
    # Counted from 1 as written, from 0 in `coincide`.
    kept = [(e.holes.settle(i), c) for i, c in terms.items() if c is not Size.of(0)]
    constant = a.constant - b.constant + sum((c for _, c in kept), Size.of(0))
    return coincide([i for i, _ in kept], [c for _, c in kept], constant)
