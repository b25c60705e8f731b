"""What float64 can't see at the draws: small terms, and formulae that only hold on one side of a kink.

Agreement to ten digits says nothing of a term that is smaller. Before two sides are said to agree, the
cheapest draw is judged at 80 and at 120 digits, at which they must agree to 65 and to 105 of what was added;
quadrature as far as its orders agree, and values that meet a given equation, up to rounding, to 12. Constants
of rationals are compared exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.geometry import parameters
from hw3.verify.numeric.conditions import Fact
from hw3.verify.numeric.cost import cost
from hw3.verify.numeric.counterexample import Found
from hw3.verify.numeric.degrees import degree
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable
from hw3.verify.numeric.precise import STEPS, dear, evaluate_precisely

HIGH = (40, 60)  # the steps of differences: twice as many digits hold
TINY = 1e-15
SPARE = 15  # digits that are left for conditioning
CHEAP = 1_000_000  # numbers at many digits


def hidden(lhs: Expr, rhs: Expr, found: Sequence[Found], added: Sequence[Any], given: Sequence[Fact]) -> str | None:
    """Why the two sides, which agree in float64, can't be said to agree; None if they can.

    `found` are the valid draws, each with the entry that differs most; `added` what was added at each of its entries.
    """
    if _rational(lhs) and _rational(rhs):
        return None if _exact(lhs) == _exact(rhs) else "the two sides agree to ten digits, and are not equal"
    if any(_is_tiny(n) for e in (lhs, rhs) for n in walk(e)):
        return "a number in it is so small that what it changes may not be seen"
    reasons = []
    small = parameters((lhs, rhs))
    for k in sorted(range(len(found)), key=lambda k: _order(lhs, rhs, found[k][0], small)):
        draw, _, entry = found[k]
        try:
            return _apart(lhs, rhs, draw, entry, added[k], given)
        except (Invalid, NotEvaluable) as error:
            if _approximate(lhs, rhs) and isinstance(error, NotEvaluable):
                return None  # quadrature in several dimensions has no many digits
            reasons.append(str(error))
    return f"agreement in float64 could not be judged at 50 digits: {reasons[0]}"


def _is_tiny(node: Expr) -> bool:
    """Whether a node is a number below 1e-15, other than 0, or such a power of one."""
    if node.operation.name == "number":
        return 0 < abs(node.data) < TINY
    if node.operation.name != "power" or node.shape or node.args[0].operation.name != "number":
        return False
    base, q = abs(node.args[0].data), node.data
    return base not in (0, 1) and float(q) * math.log(base) < math.log(TINY)


def _order(lhs: Expr, rhs: Expr, draw: Draw, small: frozenset[str]) -> tuple[bool, bool, int]:
    numbers = cost([lhs, rhs], draw.sizes).numbers
    one = any(n < 2 for name, n in draw.sizes.items() if name not in small)
    return numbers > CHEAP, one, numbers


def _approximate(lhs: Expr, rhs: Expr) -> bool:
    laws = (n for e in (lhs, rhs) for n in walk(e) if n.operation.name == "expectation")
    return any(degree(n.args[1]) is None for n in laws)


def _apart(lhs: Expr, rhs: Expr, draw: Draw, entry: tuple[int, ...], added: Any, given: Sequence[Fact]) -> str | None:
    """How far the sides are apart at a draw; None if no further than they may be.

    Raises:
        Invalid, NotEvaluable: it can't be judged.
    """
    approximate = _approximate(lhs, rhs)
    steps = STEPS if approximate else HIGH
    one = entry if lhs.shape and (dear(lhs, draw) or dear(rhs, draw)) else None
    values = [[evaluate_precisely(e, draw, s, one, not approximate) for e in (lhs, rhs)] for s in steps]
    sizes = np.asarray(added[entry] if one is not None else added, dtype=float)
    change = [np.array(abs(a - b), dtype=object) for a, b in zip(*values, strict=True)]
    for (left, right), step in zip(values, steps, strict=True):
        digits = 12 if any(f.rhs is not None for f in given) else 2 * step - SPARE
        for at in np.ndindex(left.shape):
            size = max(abs(left[at]), abs(right[at]), float(sizes[at]))
            allowed = size * mpmath.mpf(10) ** -digits
            if approximate:
                allowed = max(allowed, 100 * (change[0][at] + change[1][at]))
            difference = abs(left[at] - right[at])
            if difference > allowed:
                relative = f"{float(difference / size):.1e}".replace("e-0", "e-")
                return (
                    f"the two sides agree in float64, and differ by {relative} of what was added at {2 * step} digits"
                )
    return None


# --- constants ----------------------------------------------------------------------------------------


def _rational(expr: Expr) -> bool:
    """Whether an expression is a rational number by arithmetic that is exact, and soon done."""
    kinds = {"number", "add", "negative", "product", "hadamard", "quotient", "power", "abbreviation"}
    whole = (n.data.denominator == 1 and abs(n.data) <= 1000 for n in walk(expr) if n.operation.name == "power")
    return not expr.shape and all(n.operation.name in kinds for n in walk(expr)) and all(whole)


def _exact(expr: Expr) -> Fraction:
    """The value of a rational constant; it was evaluated in float64 before, so that no division is by 0."""
    known: dict[Expr, Fraction] = {}
    for node in walk(expr):
        of = [known[a] for a in node.args]
        match node.operation.name:
            case "number":
                known[node] = Fraction(node.data)
            case "add":
                known[node] = sum(of, Fraction(0))
            case "negative":
                known[node] = -of[0]
            case "quotient":
                known[node] = of[0] / of[1]
            case "power":
                known[node] = of[0] ** int(node.data)
            case "abbreviation":
                known[node] = of[0]
            case _:
                known[node] = Fraction(1)
                for value in of:
                    known[node] *= value
    return known[expr]
