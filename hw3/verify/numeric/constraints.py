"""Given equations that a random draw never meets, met by construction.

S = expression (S a symbol that is not in it)   S takes the expression's value
W^T W = I, W W^T = I                            the factor Q of W = Q R
A = -A^T                                        (A - A^T) / 2
1^T p = 1, p^T 1 = 1 for a row p^T              p / sum p
P 1 = 1                                         each row of P moved by as much as it lacks; by division if P > 0
1^T P 1 = 1                                     P / sum P
X 1 = 0                                         X less the mean of its columns
x^T x = 1, ||x|| = 1, ||x||^2 = 1               x / ||x||
A C = M A                                       see `spectra`
a + b s >= 0 for a scalar s, at every entry     s between the bounds that these set
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.numeric.conditions import Fact
from hw3.verify.numeric.draw import Array, Draw, Invalid, NotEvaluable, leaves
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.spectra import on_eigenspaces


def constrained(draw: Draw, given: Sequence[Fact]) -> Draw | None:
    """The draw with values moved onto the given equations of these forms; None where that is impossible."""
    placed = on_eigenspaces(draw, given)
    if placed is None:
        return None
    draw = placed
    for fact in given:
        if fact.rhs is None:
            continue
        for left, right in ((fact.lhs, fact.rhs), (fact.rhs, fact.lhs)):
            moved = _moved(left, right, draw.values)
            try:
                if moved is None and _defines(left, right):
                    moved = left, evaluate(right, draw).value.numpy().copy()
            except (Invalid, NotEvaluable):
                return None
            if moved is not None:
                draw = replace(draw, values={**draw.values, moved[0]: moved[1]})
                break
    return _between(draw, given)


def _between(draw: Draw, given: Sequence[Fact]) -> Draw:
    """The draw with a scalar that signs are given of moved to between its bounds, if it is not there."""
    signed = [f.lhs for f in given if f.rhs is None and f.kind in ("positive", "nonnegative")]
    for s in leaves(signed, "symbol"):
        if s.shape or any(n is s for f in given if f.rhs is not None for e in (f.lhs, f.rhs) for n in walk(e)):
            continue
        lower, upper = -np.inf, np.inf
        for e in signed:
            try:
                at0, at1 = (
                    evaluate(e, replace(draw, values={**draw.values, s: np.array(v)})).value for v in (0.0, 1.0)
                )
            except (Invalid, NotEvaluable):
                continue
            start, slope = at0.numpy().reshape(-1), (at1 - at0).numpy().reshape(-1)
            lower = max([lower, *(-start[slope > 0] / slope[slope > 0])])
            upper = min([upper, *(-start[slope < 0] / slope[slope < 0])])
        if np.isfinite(lower) and np.isfinite(upper) and not lower < draw.values[s] < upper:
            draw = replace(draw, values={**draw.values, s: np.array((lower + upper) / 2)})
    return draw


def _defines(left: Expr, right: Expr) -> bool:
    return left.operation.name == "symbol" and all(n is not left for n in walk(right))


def _is(node: Expr, name: str) -> bool:
    return node.operation.name == name


def _ones(node: Expr) -> bool:
    return _is(node, "filled") and node.data[0] == 1 and len(node.shape) == 1


def _moved(left: Expr, right: Expr, values: Mapping[Expr, Array]) -> tuple[Expr, Array] | None:
    if left in values and _is(right, "negative") and _is(right.args[0], "transpose") and right.args[0].args[0] is left:
        return left, (values[left] - values[left].T) / 2
    if _is(right, "identity") and _is(left, "product") and len(left.args) == 2:
        a, b = left.args
        if _is(a, "transpose") and a.args[0] is b and b in values:
            return b, _orthonormal(values[b])
        if _is(b, "transpose") and b.args[0] is a and a in values:
            return a, _orthonormal(values[a].T).T
    if _is(right, "filled") and not right.data[0] and _is(left, "product") and len(left.args) == 2:
        a, b = left.args
        if a in values and values[a].ndim == 2 and _is(b, "filled") and b.data[0]:
            return a, values[a] - values[a].mean(1, keepdims=True)
    if _is(left, "product") and len(left.args) == 2 and _ones(left.args[1]) and _ones(right):
        p = left.args[0]
        if p not in values:
            return None
        if (values[p] > 0).all():
            return p, values[p] / values[p].sum(1, keepdims=True)
        return p, values[p] + (1 - values[p].sum(1, keepdims=True)) / values[p].shape[1]
    if not (_is(right, "number") and right.data == 1):
        return None
    if _is(left, "product") and len(left.args) == 2 and _ones(left.args[1]) and left.args[0] in values:
        row = left.args[0]
        return (row, values[row] / values[row].sum()) if values[row].sum() else None
    if _is(left, "power") and left.data == 2:
        left = left.args[0]
        return _unit(left.args[0], values) if _is(left, "norm") else None
    if _is(left, "norm"):
        return _unit(left.args[0], values)
    if _is(left, "product") and len(left.args) == 2 and _is(left.args[0], "transpose"):
        inner, x = left.args[0].args[0], left.args[1]
        if _ones(inner) and _is(x, "product") and len(x.args) == 2 and _ones(x.args[1]) and x.args[0] in values:
            p = x.args[0]  # a joint distribution
            return (p, values[p] / values[p].sum()) if values[p].sum() else None
        if inner is x:
            return _unit(x, values)
        if _ones(inner) and x in values and "binary" in x.data[2]:  # one 1, where the draw's first is
            return x, np.eye(len(values[x]))[int(values[x].argmax())]
        if _ones(inner) and x in values and values[x].sum():
            return x, values[x] / values[x].sum()
    return None


def _unit(x: Expr, values: Mapping[Expr, Array]) -> tuple[Expr, Array] | None:
    return (x, np.asarray(values[x] / np.linalg.norm(values[x]))) if x in values else None


def _orthonormal(value: Array) -> Array:
    q, r = np.linalg.qr(value)
    return q * np.sign(np.diag(r)) if q.shape == value.shape else value
