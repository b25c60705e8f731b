r"""Equations that are assumed: the forms that an assumption has, beside symmetry and those with a 1 on the right.

    W^T W + V^T V = I, X \mathbf{1} = 0, Y \mathbf{1} = \mathbf{1}, A V = V D, W C = \operatorname{diag}(d) W

and U = V^T for two arrays that are declared, which are then tied.
"""

from __future__ import annotations

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.names import TRANSPOSES
from hw3.derivations.latex.scope import Scope, Variable

_ONES, _IDENTITIES = ("\\mathbf{1}", "\\mathbb{1}"), ("I", "\\mathbf{I}")


def is_assumed_form(left: s.Node, right: s.Node) -> bool:
    """Whether an equation says that parts add to the identity, that rows have a sum, or what spans an eigenspace."""
    return _is_resolution(left, right) or _sums_rows(left, right) or _is_eigenspace(left, right)


def ties(scope: Scope, left: s.Node, right: s.Node) -> tuple[str, str] | None:
    """The names in U = V^T, if both are declared; else None."""
    one, other = s.key(left), transposed(right)
    if one is None or other is None or one == other:
        return None
    return (one, other) if all(isinstance(scope.find(k), Variable) for k in (one, other)) else None


def transposed(node: s.Node) -> str | None:
    """The name under a transpose."""
    if not (isinstance(node, s.Script) and node.sup is not None and s.key(node.sup) in TRANSPOSES):
        return None
    return s.key(node.base if node.sub is None else s.Script(node.place, node.end, node.base, node.sub, None, 0))


def _base(node: s.Node) -> str | None:
    """The name without its scripts."""
    return s.key(node.base if isinstance(node, s.Script) else node)


def _is_resolution(left: s.Node, right: s.Node) -> bool:
    """W^T W + V^T V = I."""
    if not isinstance(left, s.Sum) or _base(right) not in _IDENTITIES:
        return False
    return set(left.signs) <= {"", "+"} and all(_is_square(n) for n in left.items)


def _is_square(node: s.Node) -> bool:
    """W^T W or W W^T."""
    if not isinstance(node, s.Juxt) or len(node.items) != 2:
        return False
    a, b = node.items
    return (transposed(a) or "") == s.key(b) or s.key(a) == (transposed(b) or "")


def _sums_rows(left: s.Node, right: s.Node) -> bool:
    r"""X \mathbf{1} = 0 or = \mathbf{1}."""
    if not isinstance(left, s.Juxt) or len(left.items) != 2 or s.key(left.items[0]) is None:
        return False
    return _base(left.items[1]) in _ONES and (s.label(right) in ("0", "\\mathbf{0}") or _base(right) in _ONES)


def _is_eigenspace(left: s.Node, right: s.Node) -> bool:
    r"""A V = V D or V A = D V, where D is a matrix of its own or a diagonal one; A u = \lambda u."""
    if not (isinstance(left, s.Juxt) and isinstance(right, s.Juxt) and len(left.items) == 2):
        return False
    a, b = (s.key(n) for n in left.items)
    first, last = right.items[0], right.items[-1]
    spans = _maps(b, a, first, right.items[1:]) or _maps(a, b, last, right.items[:-1])
    return spans or (len(right.items) == 2 and _maps(b, a, last, right.items[:1]))


def _maps(span: str | None, operator: str | None, same: s.Node, rest: tuple[s.Node, ...]) -> bool:
    if span is None or operator is None or span == operator or s.key(same) != span:
        return False
    if len(rest) == 1:
        return s.key(rest[0]) not in (None, span, operator)
    return len(rest) == 2 and s.key(rest[0]) in ("diag", "Diag") and isinstance(rest[1], s.Fence)


def is_symmetry(left: s.Node, right: s.Node) -> bool:
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


def is_skew(left: s.Node, right: s.Node) -> bool:
    """A = -A^T, A^T = -A."""
    if isinstance(right, s.Sum) and right.signs == ("-",):
        return is_symmetry(left, right.items[0])
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
