"""Between which bounds every entry of an expression lies, for all values that its symbols are declared to take.

Interval arithmetic on the tree, for signs above all: an argument that is never negative has no kink at 0 that
a draw could miss. It is sound and knows little: what it does not know lies between minus and plus infinity.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

from hw3.derivations.language.expression import BOUND, Expr, walk
from hw3.derivations.language.sizes import Size, axes

if TYPE_CHECKING:
    from hw3.verify.numeric.conditions import Fact

Bounds = tuple[float, float]
ALL, ABOVE, UNIT, WAVE = (-inf, inf), (0.0, inf), (0.0, 1.0), (-1.0, 1.0)
OFF = math.ulp(0.0)  # the least number above 0: what is positive is not 0
_SIGNS = ("positive", "nonnegative")
_KINDS = {"positive": (OFF, inf), "nonnegative": ABOVE, "fraction": UNIT, "binary": UNIT, "sign": WAVE}
_FUNCTIONS = {
    "exp": (OFF, inf), "expm1mx": ABOVE, "xmlog1p": ABOVE, "sigmoid": (OFF, 1.0), "tanh": WAVE, "sin": WAVE,
    "cos": WAVE, "relu": ABOVE, "step": UNIT, "sqrt": ABOVE, "abs": ABOVE, "sign": WAVE, "cosh": (1.0, inf),
    "arctan": (-2.0, 2.0), "softplus": (OFF, inf), "erf": WAVE,
}  # fmt: skip


def bounds(expr: Expr, given: Sequence[Fact] = ()) -> Bounds:
    """The bounds of every entry; a sign that is given of a part holds of it.

    >>> from hw3.derivations.operations import exp, scalar
    >>> bounds(1 + exp(scalar("x")))
    (1.0, inf)
    """
    positive = {_terms(f.lhs) for f in given if f.rhs is None and f.kind in _SIGNS}
    known: dict[Expr, Bounds] = {}
    for node in walk(expr):
        low, high = _ruled(node, [known[a] for a in node.args])
        if math.isnan(low) or math.isnan(high):
            low, high = ALL
        terms = _terms(node) if positive else frozenset()
        if terms in positive:
            low = max(low, 0.0)
        if frozenset((term, -count) for term, count in terms) in positive:
            high = min(high, 0.0)
        known[node] = low, high
    return known[expr]


def _terms(expr: Expr) -> frozenset[tuple[Expr, int]]:
    """What an expression adds, each term with how often: x - y and -y + x are one."""
    found: Counter[Expr] = Counter()
    stack = [(expr, 1)]
    while stack:
        node, sign = stack.pop()
        if node.operation.name == "add":
            stack += [(a, sign) for a in node.args]
        elif node.operation.name == "negative":
            stack.append((node.args[0], -sign))
        else:
            found[node] += sign
    return frozenset((term, count) for term, count in found.items() if count)


def difference(a: Bounds, b: Bounds) -> Bounds:
    """The bounds of a - b."""
    return a[0] - b[1], a[1] - b[0]


def one_signed(found: Bounds) -> bool:
    return found[0] >= 0 or found[1] <= 0


def _ruled(node: Expr, of: list[Bounds]) -> Bounds:
    if node.operation is BOUND:
        return ALL
    rule = _RULES.get(node.operation.name)
    return rule(node, of) if rule is not None else ALL


def _times(a: Bounds, b: Bounds) -> Bounds:
    ends = [0.0 if 0.0 in (x, y) else x * y for x in a for y in b]
    return min(ends), max(ends)


def _number(node: Expr, of: list[Bounds]) -> Bounds:
    value = float(node.data)
    return value, value


def _size(node: Expr, of: list[Bounds]) -> Bounds:
    size: Size = node.data
    if size.is_literal:
        return float(size.literal), float(size.literal)
    return (1.0, inf) if len(size.names) == 1 and size == Size.symbol(size.names[0]) else ALL


def _symbol(node: Expr, of: list[Bounds]) -> Bounds:
    found = [_KINDS[k] for k in node.data[2] if k in _KINDS]
    return max((b[0] for b in found), default=-inf), min((b[1] for b in found), default=inf)


def _add(node: Expr, of: list[Bounds]) -> Bounds:
    return sum(b[0] for b in of), sum(b[1] for b in of)


def _negative(node: Expr, of: list[Bounds]) -> Bounds:
    return -of[0][1], -of[0][0]


def _same(node: Expr, of: list[Bounds]) -> Bounds:
    return of[0]


def _hadamard(node: Expr, of: list[Bounds]) -> Bounds:
    if len(node.args) == 2 and node.args[0] is node.args[1]:
        return ABOVE
    total = of[0]
    for b in of[1:]:
        total = _times(total, b)
    return total


def _product(node: Expr, of: list[Bounds]) -> Bounds:
    if sum(bool(axes(a.shape)) for a in node.args) < 2:
        return _hadamard(node, of)
    if all(b[0] >= 0 for b in of):
        return ABOVE
    first, *middle, last = node.args
    square = not node.shape and first.operation.name == "transpose" and first.args[0] is last
    definite = all("positive_definite" in (m.data[2] if m.operation.name == "symbol" else ()) for m in middle)
    return ABOVE if square and len(middle) < 2 and definite else ALL


def _quotient(node: Expr, of: list[Bounds]) -> Bounds:
    above, below = of
    if not one_signed(below):
        return ALL
    return _times(above, ABOVE if below[0] >= 0 else (-inf, 0.0))


def _power(node: Expr, of: list[Bounds]) -> Bounds:
    q: Fraction = node.data
    if node.shape:
        return ABOVE if q >= 0 and of[0][0] >= 0 else ALL
    if q.denominator != 1 or q % 2 == 0 or of[0][0] >= 0:
        return ABOVE
    return (-inf, 0.0) if of[0][1] <= 0 else ALL


def _total(node: Expr, of: list[Bounds]) -> Bounds:
    """A sum of many: its sign, if they have one."""
    low, high = of[0]
    return (0.0 if low >= 0 else -inf), (0.0 if high <= 0 else inf)


def _multiplied(node: Expr, of: list[Bounds]) -> Bounds:
    return ABOVE if of[0][0] >= 0 else ALL


def _apply(node: Expr, of: list[Bounds]) -> Bounds:
    name, _ = node.data
    low, high = of[0]
    if name == "log":
        return (math.log(low) if low > 0 else -inf), (math.log(high) if 0 < high < inf else inf)
    if name == "reciprocal":
        return ABOVE if low >= 0 else ALL
    return _FUNCTIONS.get(name, ALL)


def _extremum(node: Expr, of: list[Bounds]) -> Bounds:
    choose = max if node.data == "max" else min
    return choose(of[0][0], of[1][0]), choose(of[0][1], of[1][1])


def _joined(node: Expr, of: list[Bounds]) -> Bounds:
    return min(b[0] for b in of), max(b[1] for b in of)


def _diag(node: Expr, of: list[Bounds]) -> Bounds:
    return min(of[0][0], 0.0), max(of[0][1], 0.0)


def _definite(node: Expr, of: list[Bounds]) -> Bounds:
    a = node.args[0]
    definite = a.operation.name == "symbol" and "positive_definite" in a.data[2]
    return ABOVE if definite else _total(node, of) if node.operation.name == "trace" else ALL


_RULES: dict[str, Callable[[Expr, list[Bounds]], Bounds]] = {
    "number": _number,
    "size": _size,
    "constant": lambda node, of: (3.0, 4.0),  # pi
    "symbol": _symbol,
    "filled": lambda node, of: (float(node.data[0]), float(node.data[0])),
    **dict.fromkeys(("identity", "coincide", "less", "softmax"), lambda node, of: UNIT),
    "add": _add,
    "negative": _negative,
    "product": _product,
    "hadamard": _hadamard,
    "quotient": _quotient,
    "power": _power,
    **dict.fromkeys(("transpose", "diagonal", "entry", "sample", "vec", "abbreviation", "maximum_of"), _same),
    **dict.fromkeys(("maxpool", "array_of"), _same),
    **dict.fromkeys(("sum", "sum_axes"), _total),
    "product_over": _multiplied,
    "expectation": lambda node, of: of[1],
    "index_value": lambda node, of: (1.0, inf),
    "apply": _apply,
    "extremum": _extremum,
    "stack": _joined,
    "diag": _diag,
    **dict.fromkeys(("norm", "kl"), lambda node, of: ABOVE),
    **dict.fromkeys(("trace", "det", "eigenvalues"), _definite),
}
