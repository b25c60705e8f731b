r"""Products: things side by side, and joined by signs.

Juxtaposition binds tighter than \odot, \cdot and /. A sum, an integral and a derivative take the rest of the product;
a function takes its bracket, or without one what follows up to the next function, bracket or sign.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from hw3.derivations.language.expression import Expr, index_size
from hw3.derivations.language.sizes import ONE
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator, rule
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict
from hw3.derivations.latex.elaboration.names import divide, raised
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import apply, hadamard, kron, product, transpose


@dataclass(frozen=True)
class Groups:
    """What follows: groups of things side by side, and the signs between the groups."""

    groups: tuple[tuple[s.Node, ...], ...]
    ops: tuple[str, ...]
    node: s.Node

    @property
    def empty(self) -> bool:
        return not any(self.groups)

    def after(self, k: int) -> Groups:
        """What follows the first k things of the first group."""
        return Groups((self.groups[0][k:], *self.groups[1:]), self.ops, self.node)


def groups_of(node: s.Node) -> Groups:
    if isinstance(node, s.Product):
        return Groups(tuple(_side_by_side(n) for n in node.items), node.ops, node)
    return Groups((_side_by_side(node),), (), node)


def _side_by_side(node: s.Node) -> tuple[s.Node, ...]:
    return node.items if isinstance(node, s.Juxt) else () if isinstance(node, s.Empty) else (node,)


@rule(s.Juxt)
@rule(s.Product)
def product_of(e: Elaborator, node: s.Node) -> Expr:
    what = groups_of(node)
    for group in what.groups:
        _require_one_number(group)
    if not what.ops or not any(len(g) > 1 for g in what.groups[1:]):
        return read(e, what)
    try:
        return read(e, what)
    except ShapeConflict:
        flat = _from_the_left(e, what)
        if flat is None:
            raise
        return flat


def _require_one_number(group: Sequence[s.Node]) -> None:
    """Raises for 1 1/2, 10 000, 1e3: a mixed number, one with a space in it, or a product?"""
    for k, (one, other) in enumerate(itertools.pairwise(group)):
        if not isinstance(one, s.Number):
            continue
        ratio = isinstance(other, s.Fraction) and all(isinstance(n, s.Number) for n in (other.above, other.below))
        exponent = group[k + 2] if k + 2 < len(group) else None
        scientific = s.key(other) in ("e", "E") and other.place == one.end and isinstance(exponent, s.Number)
        if ratio or scientific or isinstance(other, s.Number):
            raise Ambiguous("two numbers beside each other: one number, or a product?", one.place)


def _from_the_left(e: Elaborator, what: Groups) -> Expr | None:
    """x . y z as (x . y) z, where a sign and a juxtaposition bind alike; None if there are functions in it."""
    from hw3.derivations.latex.elaboration import functions, operators

    total: Expr | None = None
    try:
        for k, group in enumerate(what.groups):
            for i, node in enumerate(group):
                if operators.operator(e, node) is not None or functions.is_function(e, node):
                    return None
                value = e(node)
                if total is None:
                    total = value
                elif i == 0:
                    total = combine(e, what.ops[k - 1], total, value, what.node)
                else:
                    total = e.multiply([total, value], what.node)
    except ReadingError:
        return None
    return total


def read(e: Elaborator, what: Groups) -> Expr:
    """The value of a product."""
    if what.empty:
        raise ReadingError("something is missing here", what.node.place)
    from hw3.derivations.latex.elaboration import images

    total: Expr | None = None
    k = 0
    while k < len(what.groups):
        rest = Groups(what.groups[k:], what.ops[k:], what.node)
        if not what.groups[k]:
            raise ReadingError("a product sign has nothing on one side", what.node.place)
        # a / b c: the slash takes what is beside it, or all that is joined to it.
        joined = total is not None and what.ops[k - 1] == "/" and len(what.groups[k]) > 1
        if total is not None and joined and e.choose("slash", what.groups[k][0], 2) == 1:
            total = divide(e, total, e(what.groups[k][0]), what.node)
            value, whole = _group(e, rest.after(1))
            total = e.multiply([total, value], what.node)
            if whole:
                break
            k += 1
            continue
        scripts, nodes = images.sign_scripts(what.groups[k])
        if scripts is not None and (total is None or what.ops[k - 1] not in ("*", "⋆") or not nodes):
            raise ReadingError("a script stands on nothing", scripts.place)
        value, whole = _group(e, rest if scripts is None else rest.after(1))
        if total is not None and _is_convolution(what.ops[k - 1], scripts, total, value):
            total = images.convolved(e, what.ops[k - 1], total, value, scripts, what.node)
        else:
            total = value if total is None else combine(e, what.ops[k - 1], total, value, what.node)
        if whole:
            break
        k += 1
    assert total is not None
    return total


def _group(e: Elaborator, what: Groups) -> tuple[Expr, bool]:
    """The value of the first group, and whether it took all that follows."""
    from hw3.derivations.latex.elaboration import functions, operators

    factors: list[Expr] = []
    nodes = what.groups[0]
    k = 0
    while k < len(nodes):
        taking = operators.operator(e, nodes[k])
        if taking is not None:
            factors.append(taking(e, nodes[k], what.after(k + 1)))
            return e.multiply(factors, what.node), True
        found = functions.application(e, nodes, k, what.after(k + 1))
        if found is not None:
            value, k = found
            factors.append(value)
            if k < 0:  # it took all
                return e.multiply(factors, what.node), True
            continue
        value = e(nodes[k])
        if index_size(value) is not None:
            raise ReadingError("an index stands here as a factor", nodes[k].place)
        factors.append(value)
        k += 1
    return e.multiply(factors, what.node), False


def _is_convolution(op: str, scripts: s.Script | None, a: Expr, b: Expr) -> bool:
    return op in ("*", "⋆") and (scripts is not None or min(len(a.shape), len(b.shape)) > 2)


def combine(e: Elaborator, op: str, a: Expr, b: Expr, node: s.Node) -> Expr:
    """Two factors and the sign between them."""
    a, b = e.holes.settle(a), e.holes.settle(b)
    match op:
        case "⊙" | "∘":
            return e.elementwise([a, b], node)
        case "/":
            return divide(e, a, b, node)
        case "⊘":
            a, b = e.alike([a, b], node, "an elementwise quotient")
            return hadamard(a, apply("reciprocal", b)) if b.shape else divide(e, a, b, node)
        case "⊗":
            return _tensor(e, a, b, node)
        case "·" | "×" | "*":
            return _dotted(e, op, a, b, node)
        case _:
            raise ReadingError(f"the sign {op} is not read", node.place)


def _tensor(e: Elaborator, a: Expr, b: Expr, node: s.Node) -> Expr:
    if not a.shape or not b.shape:
        return product(a, b)
    if len(a.shape) == len(b.shape) == 1 and e.choose("tensor", node, 2) == 1:
        return product(a, transpose(b))
    return kron(a, b)


def _dotted(e: Elaborator, op: str, a: Expr, b: Expr, node: s.Node) -> Expr:
    """A dot or a cross: a product where one is; between two columns the inner or the elementwise product."""
    if not a.shape or not b.shape:
        return product(a, b)
    columns = len(a.shape) == 1 and len(b.shape) == 1 and ONE not in (*a.shape, *b.shape)
    if columns and e.holes.unify_shapes(a.shape, b.shape):
        a, b = e.holes.settle(a), e.holes.settle(b)
        if op == "×":
            raise Ambiguous("a cross between two vectors: write a dot, \\odot, or x^T y", node.place)
        if op == "·" and e.choose("dot", node, 2) == 0:
            return product(transpose(a), b)
        if op == "*" and e.choose("star", node, 2) == 1:
            return product(transpose(a), b)
        return hadamard(a, b)
    try:
        return e.multiply([a, b], node)
    except ShapeConflict:
        if a.shape == b.shape:
            e.guess(f"{op} between arrays of one shape is taken entry by entry")
            return hadamard(a, b)
        raise


def with_script(e: Elaborator, value: Expr, node: s.Script) -> Expr:
    """The scripts that stand on the bracket of an application: f(x)_i, f(x)^2."""
    from hw3.derivations.language.sizes import axes
    from hw3.derivations.latex.elaboration.indices import at_place, subscript

    if node.primes:
        raise ReadingError("a prime behind a bracket is not read: put it on the function", node.place)
    if node.sub is not None:
        value = at_place(e, value, subscript(e, node.sub, len(axes(value.shape))), node)
    return raised(e, value, node.sup, node) if node.sup is not None else value


def sequence(node: s.Node) -> Sequence[s.Node]:
    """The items of a list of arguments."""
    return node.items if isinstance(node, s.Sequence) else (node,)
