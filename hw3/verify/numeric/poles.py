"""Where an integrand may have a pole: divisions by what may be 0, as its bounds say."""

from __future__ import annotations

from functools import lru_cache

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.numeric.bounds import bounds


@lru_cache(maxsize=1024)
def may_have_poles(expr: Expr) -> bool:
    """Whether an expectation in the expression is of what may have a pole.

    >>> from hw3.derivations.operations import exp, expectation, normal, number, scalar
    >>> x = scalar("x")
    >>> law = normal(number(0), number(1))
    >>> may_have_poles(expectation(x, law, 1 / x)), may_have_poles(expectation(x, law, 1 / (1 + exp(x))))
    (True, False)
    """
    bodies = (e.args[1] for e in walk(expr) if e.operation.name == "expectation")
    return any(_pole(n) for body in bodies for n in walk(body) if n.loose)


def _pole(node: Expr) -> bool:
    name = node.operation.name
    if name in ("inverse", "logdet") or (name == "apply" and node.data[0] == "tan"):
        return True
    below = node.args[1] if name == "quotient" else node.args[0] if node.args else node
    if name == "quotient" or (name == "power" and node.data < 0) or (name == "apply" and node.data[0] == "reciprocal"):
        low, high = bounds(below)
        return not (low > 0 or high < 0)
    return False
