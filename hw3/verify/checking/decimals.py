"""Printed decimals: 0.0589 means 0.0589 up to half a unit of its last digit."""

from __future__ import annotations

from decimal import Decimal

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.latex import surface as s


def printed(node: s.Node) -> Decimal | None:
    """The decimal that a side just is, if it is one."""
    match node:
        case s.Number() if "." in node.text:
            return Decimal(node.text)
        case s.Sum(signs=("-",), items=(s.Number() as number,)) if "." in number.text:
            return -Decimal(number.text)
    return None


def is_closed(value: Expr) -> bool:
    """Whether it speaks of no variable."""
    return not any(n.operation.name in ("symbol", "size", "index") for n in walk(value))


def within(value: float, decimal: Decimal) -> bool:
    """Whether a value rounds to a printed decimal.

    >>> within(0.058891, Decimal("0.0589")), within(0.05883, Decimal("0.0589"))
    (True, False)
    """
    unit = Decimal(1).scaleb(int(decimal.as_tuple().exponent))
    return abs(Decimal(value) - decimal) <= unit / 2 + unit * Decimal("1e-9")
