"""Derivatives within an expression, written out, so that they can be differentiated again."""

from __future__ import annotations

from hw3.derivations.gradients.adjoints import Context, NoAdjoint
from hw3.derivations.gradients.linear import jacobian_of
from hw3.derivations.gradients.naming import active_nodes
from hw3.derivations.gradients.simplify import zero
from hw3.derivations.gradients.sweep import Backward, Words
from hw3.derivations.language.expression import Expr, Fresh, instantiate, make, substitute, walk
from hw3.derivations.operations import number, symbol


def expanded(root: Expr, wrt: tuple[Expr, ...]) -> Expr:
    """The expression with every derivative written out that depends on the variables.

    Raises:
        NoAdjoint: one has no matrix form, or stands within a sum.
    """
    active = active_nodes(root, wrt)
    if not any(n.operation.name == "derivative" for n in active):
        return root
    new: dict[Expr, Expr] = {}
    for node in walk(root):
        if node not in active or node in wrt:
            new[node] = node
            continue
        args = tuple(new[a] for a in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        new[node] = node if same else make(node.operation, args, node.data)
        if node.operation.name == "derivative":
            new[node] = _written_out(new[node])
    return new[root]


def _written_out(node: Expr) -> Expr:
    if node.loose:
        raise NoAdjoint("a derivative within a sum or an expectation: write it out first")
    point, body = node.args
    v = symbol(Fresh(node.data), point.shape)
    inside = instantiate(body, v)
    if body.shape:
        if len(body.shape) > 1 or len(point.shape) > 1:
            raise NoAdjoint("a derivative of more than two axes: write it out first")
        found = jacobian_of(inside, v, Context())
    else:
        found = gradient_of(inside, v)
    return substitute(found, v, point)


def gradient_of(e: Expr, v: Expr) -> Expr:
    """The gradient of a scalar, unnamed."""
    found: list[Expr] = []

    def reached(node: Expr, cotangent: Expr, words: Words) -> Expr | None:
        if node is v:
            found.append(cotangent)
        return None

    Backward(Context(), (v,), reached, frozenset((v,))).run(e, number(1))
    return found[0] if found else zero(v.shape)
