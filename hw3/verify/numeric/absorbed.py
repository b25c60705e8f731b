"""Terms that are lost beside others at the digits that are computed with: 1 + e^-1000 is 1 at any fixed number.

What is lost is not rounding, which is never so small against what it is the rounding of; two sides that agree
after it agree about what was left. It is looked for in sums of two and more, and where a function saturates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric.digits import Digits
from hw3.verify.numeric.draw import NotEvaluable

# How far a function is from its limit at x, as the exponent of e.
_SATURATED = {
    "tanh": lambda x: 2 * abs(x),
    "sigmoid": lambda x: x,
    "erf": lambda x: x * x,
    "softplus": abs,
    "sinh": lambda x: 2 * abs(x),
    "cosh": lambda x: 2 * abs(x),
}


def not_absorbed(node: Expr, arguments: list[Any], mp: Any) -> None:
    """Sees to it that nothing is lost in the node.

    Raises:
        NotEvaluable: a term is smaller than the last digit of what it is added to, by five more.
    """
    lost = mp.mpf(10) ** -(mp.dps + 5)
    if node.operation.name == "add":
        terms = [_flat(a) for a in arguments]
        for at in range(max(len(t) for t in terms)):
            sizes = [abs(x) for t in terms if (x := t[at if len(t) > 1 else 0]) != 0]
            if sizes and min(sizes) < lost * max(sizes):
                raise NotEvaluable(f"a term is lost beside another one at {mp.dps} digits")
    elif node.operation.name == "apply" and node.data[0] in _SATURATED:
        near = _SATURATED[node.data[0]]
        if max(near(x) for x in _flat(arguments[0])) > (mp.dps + 5) * mp.ln10:
            raise NotEvaluable(f"{node.data[0]} is at its limit to {mp.dps} digits")


def _flat(a: Digits) -> list[Any]:
    return list(np.asarray(a, dtype=object).reshape(-1))
