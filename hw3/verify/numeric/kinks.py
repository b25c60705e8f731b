"""Kinks: |u|, sign u, relu u, step u at u = 0, max(a, b) at a = b, and the root of a square, (u^2)^(1/2), at u = 0.

To one side of a kink an expression is another formula: a claim that was drawn to one side alone was judged for
half of what it says. A kink is kept as the node that has it, with how its argument is read off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.printing import unicode
from hw3.verify.numeric.bounds import bounds, difference, one_signed

if TYPE_CHECKING:
    from hw3.verify.numeric.conditions import Fact

POSITIVE, NEGATIVE, BOTH = 1, 2, 3
_BENT = ("abs", "sign", "relu", "step")
_THROUGH = ("product", "hadamard", "quotient", "power", "abbreviation", "negative")


@lru_cache(maxsize=1024)
def kinks(expr: Expr) -> frozenset[Expr]:
    """The nodes of an expression that have a kink.

    >>> from hw3.derivations.operations import scalar, sqrt
    >>> kinks(sqrt(scalar("x") ** 2))
    frozenset({x²})
    """
    found: set[Expr] = set()
    for node in walk(expr):
        if node.operation.name == "extremum" or is_function(node, _BENT):
            found.add(node)
        elif is_root(node):
            found |= set(_squares(node.args[0]))
    return frozenset(found)


def is_function(node: Expr, names: Sequence[str]) -> bool:
    return node.operation.name == "apply" and node.data[0] in names


def is_root(node: Expr) -> bool:
    """Whether a node is a power that is no whole one."""
    power = node.operation.name == "power" and not node.shape and node.data.denominator != 1
    return power or is_function(node, ("sqrt",))


def _squares(node: Expr) -> Iterator[Expr]:
    """The squares that a root is taken of: even powers among the factors, and two factors that are one."""
    name = node.operation.name
    even = name == "power" and not node.shape and node.data % 2 == 0
    twice = name in ("product", "hadamard") and len(node.args) == 2 and node.args[0] is node.args[1]
    if even or (twice and not node.shape):
        yield node
    if name in _THROUGH:
        for a in node.args:
            yield from _squares(a)


def unseen(expressions: Sequence[Expr], seen: Mapping[Expr, int], given: Sequence[Fact]) -> list[Expr]:
    """The kinks of which only one side was seen, or none, and whose arguments are not one-signed as declared."""
    every = dict.fromkeys(k for e in expressions for k in sorted(kinks(e), key=unicode))
    return [k for k in every if seen.get(k, 0) != BOTH and not _one_sided(k, given)]


def _one_sided(kink: Expr, given: Sequence[Fact]) -> bool:
    if kink.operation.name != "extremum":
        return one_signed(bounds(kink.args[0], given))
    a, b = kink.args
    found = difference(bounds(a, given), bounds(b, given))
    return one_signed(found) or one_signed(bounds(a - b, given))


def shown(kink: Expr) -> str:
    """The kink for people; what is bound in it has no name of its own."""
    return unicode(kink) if not kink.loose else "a function of what is bound"
