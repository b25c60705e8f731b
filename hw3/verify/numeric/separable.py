r"""Expectations that are sums of one-dimensional ones.

    E[1^T f(m + s * z)] = sum_i E[f(m_i + s_i z_i)],   z ~ N(0, I)

Where every term of the integrand depends on one coordinate of x, and the coordinates are independent, no more than the
law of each coordinate matters: all may be moved by one and the same standard normal number, and a rule in one dimension
does for any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hw3.derivations.language.expression import BOUND, Expr
from hw3.verify.numeric.draw import references


def is_separable(law: Expr, body: Expr) -> bool:
    """Whether every term of the body of an expectation depends on one coordinate of its variable alone, and these are
    independent.

    >>> from hw3.derivations.operations import expectation, identity, normal, ones, vector, apply
    >>> x, m = vector("x", "n"), vector("m", "n")
    >>> is_separable(*expectation(x, normal(m, identity("n")), ones("n").T @ apply("f", x)).args)
    True
    >>> is_separable(*expectation(x, normal(m, identity("n")), apply("f", m.T @ x)).args)
    False
    """
    return len(law.shape) == 1 and _is_diagonal(law.args[1]) and _kind(body, 0) is not None


def _is_diagonal(matrix: Expr) -> bool:
    name, args = matrix.operation.name, matrix.args
    if name in ("identity", "diag"):
        return True
    if name in ("add", "negative", "transpose", "inverse", "abbreviation"):
        return all(map(_is_diagonal, args))
    if name == "hadamard":
        return any(map(_is_diagonal, args))
    if name == "product":
        return all(_is_diagonal(a) for a in args if a.shape)
    return name == "quotient" and _is_diagonal(args[0]) and not args[1].shape


@dataclass(frozen=True)
class _Kind:
    """How a part depends on the variable x: not at all; as an array whose i-th entry depends on x_i alone; on the one
    coordinate x_i of the index `at`; as an array whose entries are sums of what depends on one coordinate each."""

    name: str
    at: Expr | None = None


_CONSTANT, _ENTRYWISE, _SUMS = _Kind("constant"), _Kind("entrywise"), _Kind("sums")


def _kind(node: Expr, depth: int) -> _Kind | None:
    """The kind of a part, for the variable that the binder `depth` levels out binds; None if it is of none."""
    if depth not in references(node):
        return _CONSTANT
    if node.operation is BOUND:
        return _ENTRYWISE
    rule = _RULES.get(node.operation.name)
    return rule(node, depth) if rule is not None else None


def _kinds(node: Expr, depth: int) -> list[_Kind] | None:
    found = [_kind(a, depth) for a in node.args]
    return None if None in found else [k for k in found if k is not None]


def _together(node: Expr, found: list[_Kind]) -> _Kind | None:
    """What depends on x as all of its parts do: entry by entry, or on one coordinate."""
    moving = {k for k in found if k is not _CONSTANT}
    if len(moving) != 1:
        return None
    kind = moving.pop()
    if kind is _ENTRYWISE:
        return kind if all(a.shape in (node.shape, ()) for a in node.args) else None
    return kind if kind.at is not None and not node.shape else None


def _any(node: Expr, depth: int) -> _Kind | None:
    """Whatever function it is, of one coordinate."""
    found = _kinds(node, depth)
    return _together(node, found) if found else None


def _added(node: Expr, depth: int) -> _Kind | None:
    found = _kinds(node, depth)
    return (_together(node, found) or _SUMS) if found else None


def _multiplied(node: Expr, depth: int) -> _Kind | None:
    """A product: of one coordinate, or with a single factor that is not constant."""
    found = _kinds(node, depth)
    if not found:
        return None
    one = sum(k is not _CONSTANT for k in found) == 1
    matrices = sum(bool(a.shape) for a in node.args) > 1 and node.operation.name == "product"
    return (None if matrices else _together(node, found)) or (_SUMS if one else None)


def _divided(node: Expr, depth: int) -> _Kind | None:
    found = _kinds(node, depth)
    if not found:
        return None
    return _together(node, found) or (_SUMS if found[1] is _CONSTANT else None)


def _linear(node: Expr, depth: int) -> _Kind | None:
    return _SUMS if _kinds(node, depth) else None


def _powered(node: Expr, depth: int) -> _Kind | None:
    return _any(node, depth) if not node.shape else None


def _picked(node: Expr, depth: int) -> _Kind | None:
    """An entry of an array, at indices that do not depend on x."""
    if any(depth in references(i) for i in node.args[1:]):
        return None
    kind = _kind(node.args[0], depth)
    return _Kind("coordinate", node.args[1]) if kind is _ENTRYWISE else kind and _SUMS


def _summed(node: Expr, depth: int) -> _Kind | None:
    return _SUMS if _kind(node.args[0], depth + 1) is not None else None


def _same(node: Expr, depth: int) -> _Kind | None:
    return _kind(node.args[0], depth)


_RULES: dict[str, Callable[[Expr, int], _Kind | None]] = {
    "apply": _any,
    "power": _powered,
    "abbreviation": _same,
    "negative": _added,
    "add": _added,
    "hadamard": _multiplied,
    "product": _multiplied,
    "quotient": _divided,
    "entry": _picked,
    **dict.fromkeys(("transpose", "trace", "diag", "diagonal", "sum_axes", "stack", "vec"), _linear),
    **dict.fromkeys(("sum", "array_of"), _summed),
}
