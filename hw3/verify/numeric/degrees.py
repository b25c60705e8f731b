"""The degree of an expression as a polynomial in a bound variable, read off the tree.

It decides which quadrature is exact: an upper bound on the total degree, or None where the expression is
not seen to be a polynomial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hw3.derivations.language.expression import BOUND, Expr
from hw3.verify.numeric.draw import references


def degree(node: Expr, depth: int = 0) -> int | None:
    """The degree in the variable that the binder `depth` levels out binds.

    >>> from hw3.derivations.operations import expectation, normal, vector, matrix, identity
    >>> x, A = vector("x", "n"), matrix("A", "n", "n")
    >>> degree(expectation(x, normal(x, A), x.T @ A @ x).args[1])
    2
    """
    if depth not in references(node):
        return 0
    if node.operation is BOUND:
        return 1
    rule = _RULES.get(node.operation.name)
    return rule(node, depth) if rule is not None else None


Degrees = Iterable[int | None]


def _largest(degrees: Degrees) -> int | None:
    found = list(degrees)
    return None if None in found else max(d for d in found if d is not None)


def _total(degrees: Degrees) -> int | None:
    found = list(degrees)
    return None if None in found else sum(d for d in found if d is not None)


def _linear(node: Expr, depth: int) -> int | None:
    return _largest(degree(a, depth) for a in node.args)


def _product(node: Expr, depth: int) -> int | None:
    return _total(degree(a, depth) for a in node.args)


def _array(node: Expr, depth: int) -> int | None:
    return degree(node.args[0], depth)


def _quotient(node: Expr, depth: int) -> int | None:
    return degree(node.args[0], depth) if degree(node.args[1], depth) == 0 else None


def _power(node: Expr, depth: int) -> int | None:
    base, q = node.args[0], node.data
    if q.denominator != 1 or q < 0:
        return None
    if base.operation.name == "norm" and q % 2 == 0:
        base = base.args[0]  # an even power of a norm is a polynomial
    d = degree(base, depth)
    return None if d is None else int(q) * d


def _sum(node: Expr, depth: int) -> int | None:
    return degree(node.args[0], depth + 1)


def _repeated(node: Expr, depth: int) -> int | None:
    n, d = node.data[1], degree(node.args[0], depth + 1)
    return n.literal * d if n.is_literal and d is not None else None


def _det(node: Expr, depth: int) -> int | None:
    n, d = node.args[0].shape[0], degree(node.args[0], depth)
    return n.literal * d if n.is_literal and d is not None else None


def _log_density(node: Expr, depth: int) -> int | None:
    (mean, covariance), x = node.args[0].args, node.args[1]
    if depth in references(covariance):
        return None
    d = _largest((degree(mean, depth), degree(x, depth)))
    return None if d is None else 2 * d


def _expectation(node: Expr, depth: int) -> int | None:
    return None if depth in references(node.args[0]) else degree(node.args[1], depth + 1)


def _derivative(node: Expr, depth: int) -> int | None:
    """d body(v, x) / dv at v = point(x): what x has in the body, and what v has of it through the point."""
    point, body = node.args
    held = degree(body, depth + 1)
    if depth not in references(point):
        return held
    moved, inner = degree(body, 0), degree(point, depth)
    if held is None or moved is None or inner is None:
        return None
    return held + max(moved - 1, 0) * inner


def _unpooled(node: Expr, depth: int) -> int | None:
    """Of what is put where an array has its greatest entries: the array must not depend on the variable."""
    return None if depth in references(node.args[1]) else degree(node.args[0], depth)


_RULES: dict[str, Callable[[Expr, int], int | None]] = {
    **dict.fromkeys(
        ("add", "negative", "transpose", "trace", "diag", "diagonal", "stack", "blockdiag", "abbreviation"), _linear
    ),
    **dict.fromkeys(("reindex", "avgpool", "avgunpool", "broadcast", "sum_axes", "vec", "block"), _linear),
    **dict.fromkeys(("conv", "conv_input", "conv_kernel", "dense", "dense_input", "dense_kernel", "kron"), _product),
    "maxunpool": _unpooled,
    "product": _product,
    "hadamard": _product,
    **dict.fromkeys(("entry", "sample", "shifted_entry"), _array),
    "quotient": _quotient,
    "power": _power,
    **dict.fromkeys(("sum", "array_of"), _sum),
    "product_over": _repeated,
    "det": _det,
    "logdensity": _log_density,
    "expectation": _expectation,
    "derivative": _derivative,
}
