"""Conditions: whether what a rule needs (an inverse, a sign, definiteness) is so.

A condition is *discharged* when it follows from declarations and from what the claim supposes by writing
it: a claim with A^-1 in it speaks of invertible A only. Nothing else discharges a condition; that it was
written down beside a proof does not.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hw3.derivations.calculus.heads import heads, positive
from hw3.derivations.calculus.meaning import EVERY, Condition, Meaning
from hw3.derivations.calculus.polynomial import described
from hw3.derivations.language.expression import Expr

WORDS = {
    "invertible": "{} is invertible",
    "positive": "{} > 0",
    "nonnegative": "{} ≥ 0",
    "nonzero": "{} ≠ 0",
    "positive_definite": "{} is positive definite",
    "symmetric": "{} is symmetric",
    "untied": "no two entries tie in a window of {}",
}


class Conditions:
    """Decides conditions from declarations, and from `supposed` ones, by sufficient rules.

    `vanishing` are heads of sizes that may be 0: no sign is known of what they stand in.
    """

    def __init__(self, meaning: Meaning, supposed: set[Condition], vanishing: frozenset[int] = frozenset()) -> None:
        self.meaning, self.supposed, self.vanishing = meaning, set(supposed), vanishing
        self._known: dict[tuple[str, Expr], bool] = {}

    def suppose(self, kind: str, e: Expr, everywhere: bool = False) -> None:
        """Adds a condition; `everywhere`: for all values of the user's indices in it."""
        _, (number, places) = self.meaning.condition(kind, e)
        if everywhere:
            places = tuple(p if p and described(p).position is not None else EVERY for p in places)
        self.supposed.add((kind, (number, places)))
        self._known.clear()

    def holds(self, kind: str, e: Expr) -> bool:
        """Whether the condition is certain; False means that it isn't known."""
        if e.operation.name == "abbreviation":
            return self.holds(kind, e.args[0])
        if (kind, e) not in self._known:
            known = self._supposed(kind, e) or (self._may_be_known(kind, e) and _RULES[kind](self, e))
            self._known[kind, e] = known
        return self._known[kind, e]

    def _supposed(self, kind: str, e: Expr) -> bool:
        if not self.supposed:
            return False
        _, (number, places) = self.meaning.condition(kind, e)
        # What is supposed of every index is supposed of each.
        return (kind, (number, places)) in self.supposed or (kind, (number, (EVERY,) * len(places))) in self.supposed

    def _may_be_known(self, kind: str, e: Expr) -> bool:
        return kind == "symmetric" or not self.vanishing or not heads(self.meaning.generic(e)[0]) & self.vanishing

    def all(self, kind: str, *expressions: Expr) -> bool:
        return all(self.holds(kind, e) for e in expressions)


def _assumed(e: Expr, *names: str) -> bool:
    return e.operation.name == "symbol" and bool(set(names) & set(e.data[2]))


def _parts(e: Expr) -> tuple[list[Expr], list[Expr]]:
    """A product's scalar factors and its others."""
    scalars = [a for a in e.args if not a.shape]
    return scalars, [a for a in e.args if a.shape]


def _is_transpose(c: Conditions, a: Expr, b: Expr) -> bool:
    (p, at), (q, bt) = c.meaning.generic(a), c.meaning.generic(b)
    return (
        len(at) == len(bt) and (p - q.renamed(dict(zip(bt, reversed(at), strict=True)))).is_zero
        if _fit(at, bt)
        else False
    )


def _fit(at: tuple[int, ...], bt: tuple[int, ...]) -> bool:
    return [described(i).size for i in at] == [described(i).size for i in reversed(bt)]


def _symmetric(c: Conditions, e: Expr) -> bool:
    if len(e.shape) != 2 or e.shape[0] is not e.shape[1]:
        return False
    poly, (i, j) = c.meaning.generic(e)
    return poly == poly.renamed({i: j, j: i})


def _definite(c: Conditions, e: Expr) -> bool:
    name = e.operation.name
    if _assumed(e, "positive_definite") or name == "identity":
        return True
    if name in ("inverse", "transpose", "blockdiag"):
        return c.all("positive_definite", *e.args)
    if name == "diag":
        return c.holds("positive", e.args[0])
    if name == "quotient":
        return c.holds("positive_definite", e.args[0]) and c.holds("positive", e.args[1])
    if name == "add":
        return all(_semidefinite(c, a) for a in e.args) and any(c.holds("positive_definite", a) for a in e.args)
    if name == "product":
        scalars, matrices = _parts(e)
        if not c.all("positive", *scalars):
            return False
        if len(matrices) == 1:
            return c.holds("positive_definite", matrices[0])
        if len(matrices) == 2:
            return c.holds("invertible", matrices[0]) and _is_transpose(c, *matrices)
        return (
            len(matrices) == 3
            and c.holds("positive_definite", matrices[1])
            and c.holds("invertible", matrices[0])
            and _is_transpose(c, matrices[0], matrices[2])
        )
    return False


def _semidefinite(c: Conditions, e: Expr) -> bool:
    if c.holds("positive_definite", e):
        return True
    if e.operation.name != "product":
        return False
    scalars, matrices = _parts(e)
    if not c.all("nonnegative", *scalars):
        return False
    if len(matrices) == 1:
        return _semidefinite(c, matrices[0])
    if len(matrices) == 2:
        return _is_transpose(c, *matrices)
    return len(matrices) == 3 and _semidefinite(c, matrices[1]) and _is_transpose(c, matrices[0], matrices[2])


def _invertible(c: Conditions, e: Expr) -> bool:
    name = e.operation.name
    if len(e.shape) != 2 or e.shape[0] is not e.shape[1]:
        return False
    if _assumed(e, "invertible", "positive_definite") or name in ("identity", "inverse", "cholesky"):
        return True  # an inverse and a Cholesky factor are invertible wherever they are defined
    if name in ("transpose", "blockdiag", "negative"):
        return c.all("invertible", *e.args)
    if name == "product":
        scalars, matrices = _parts(e)
        return c.all("nonzero", *scalars) and c.all("invertible", *matrices)
    if name == "quotient":
        return c.holds("invertible", e.args[0])
    return c.holds("positive_definite", e)


def _positive(c: Conditions, e: Expr) -> bool:
    name = e.operation.name
    if positive(c.meaning.generic(e)[0]):
        return True
    if name in ("det", "trace", "eigenvalues"):
        return c.holds("positive_definite", e.args[0])
    if name == "entry":
        return c.holds("positive", e.args[0])
    if name == "add":
        return c.all("nonnegative", *e.args) and any(c.holds("positive", a) for a in e.args)
    if name in ("product", "quotient", "hadamard"):
        return (not any(a.shape for a in e.args) and c.all("positive", *e.args)) or (
            name == "hadamard" and c.all("positive", *e.args)
        )
    if name == "power":
        return not e.shape and c.holds("positive", e.args[0])
    return False


def _nonnegative(c: Conditions, e: Expr) -> bool:
    name = e.operation.name
    if name == "norm" or (name == "power" and not e.shape and e.data.denominator == 1 and e.data % 2 == 0):
        return True
    if name == "apply" and e.data[0] in ("expm1mx", "xmlog1p"):
        return True  # e^x >= 1 + x, and x >= log(1 + x)
    if name in ("sum", "entry", "diag"):
        return c.holds("nonnegative", e.args[0]) if name != "sum" else _nonnegative_sum(c, e)
    if name in ("add", "product", "quotient", "hadamard") and all(not a.shape or name != "product" for a in e.args):
        return c.all("nonnegative", *e.args)
    if name == "trace":
        return _semidefinite(c, e.args[0])
    if name == "number":
        return e.data >= Fraction(0)
    if name == "product" and not e.shape:
        scalars, matrices = _parts(e)
        if c.all("nonnegative", *scalars) and len(matrices) in (2, 3) and _is_transpose(c, matrices[0], matrices[-1]):
            return len(matrices) == 2 or _semidefinite(c, matrices[1])
    return c.holds("positive", e)


def _nonnegative_sum(c: Conditions, e: Expr) -> bool:
    body, _ = c.meaning.opened(e)
    return c.holds("nonnegative", body)


def _nonzero(c: Conditions, e: Expr) -> bool:
    name = e.operation.name
    if _assumed(e, "nonzero"):
        return True
    if name == "det":
        return c.holds("invertible", e.args[0])
    if name in ("product", "quotient") and not any(a.shape for a in e.args):
        return c.all("nonzero", *e.args)
    if name == "negative" or (name == "power" and not e.shape):
        return c.holds("nonzero", e.args[0])
    if name == "number":
        return bool(e.data)
    return c.holds("positive", e)


_RULES: dict[str, Callable[[Conditions, Expr], bool]] = {
    "symmetric": _symmetric,
    "positive_definite": _definite,
    "invertible": _invertible,
    "positive": _positive,
    "nonnegative": _nonnegative,
    "nonzero": _nonzero,
    "untied": lambda c, e: False,  # known only where it is supposed
}
