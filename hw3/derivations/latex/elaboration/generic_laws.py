"""Expectations over random variables of which no law is known: what holds for every law that they may have.

sum_a w_a f(x_a)      any finitely many values and weights, of all together that may depend on each other
N(m 1, v I)           for independent numbers of one mean and variance, where the first two moments decide: degree <= 2
"""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.language.expression import BOUND, Expr, Fresh, substitute
from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.scope import Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    array_of,
    diag,
    entry,
    expectation,
    index,
    normal,
    number,
    ones,
    product,
    sample,
    sum_over,
    symbol,
    transpose,
)


def over_atoms(e: Elaborator, variables: Sequence[Variable], value: Expr) -> Expr:
    """The expectation over random variables that take finitely many values together: sum_a w_a f(x_a, y_a).

    What holds for every law with finitely many values holds for all that have the moments in it.
    """
    keys = [_representative(e, b) for b in variables]
    name = "".join(keys)
    n = Size.symbol(f"N_{{{name}}}")
    weights = symbol(f"w_{{{name}}}", (n,), "positive")
    a, b = index(Fresh("a"), n), index(Fresh("b"), n)
    for key, variable in zip(keys, variables, strict=True):
        atoms = symbol(f"{key}^{{\\ast}}", (n, *variable.shape), *_of_values(e, variable))
        at, other = ((sample(atoms, i) if variable.shape else entry(atoms, i)) for i in (a, b))
        if variable.mean is not None:
            mean = e(variable.mean)
            mean = e.spread(mean, at.shape, variable.mean) if mean.shape != at.shape else mean
            at = at - sum_over(b, product(entry(weights, b), other)) + mean
        value = substitute(value, e.variable(variable), at)
        e.reading.told[f"{variable.key} takes finitely many values"] = None
    fact = ("equation", product(transpose(ones(n)), weights), number(1))
    if fact not in e.reading.facts:
        e.reading.facts.append(fact)
    return sum_over(a, product(entry(weights, a), value))


_OF_ENTRIES = {"positive", "fraction", "binary", "sign"}  # what is assumed of each entry is assumed of each value


def _of_values(e: Elaborator, variable: Variable) -> set[str]:
    """What is assumed of the values of a random variable; where more is, nothing is refuted."""
    known = variable.assumptions
    restricted = any(s.key(n) == variable.key for c in e.scope.all_constraints() for n in s.walk(c.left))
    if known - _OF_ENTRIES or restricted or variable.values or (variable.mean is not None and known):
        e.guess(f"not all that is assumed of {variable.key} is read of its values")
    return (known & _OF_ENTRIES) if variable.mean is None else set()


def _representative(e: Elaborator, variable: Variable) -> str:
    """The name whose law a random variable has: of those with one law, the first."""
    for found in e.scope.all_identical():
        if variable.key in found:
            return min(found)
    return variable.key


def over_family(e: Elaborator, variable: Variable, value: Expr, node: s.Node) -> Expr:
    """The expectation over independent numbers x_1, ..., x_n with one mean and one variance.

    Raises:
        ReadingError: they are not said to be so, or more than their first two moments matter.
    """
    if not e.scope.together([variable.key]):
        raise ReadingError(f"how the {variable.key}_i depend on each other is not known", node.place)
    if len(variable.shape) != 1:
        raise ReadingError(f"the {variable.key}_i are no numbers: their law is not known", node.place)
    n = variable.shape[0]
    one_law = e.scope.together([variable.key], "identical")
    mean = _stated(e, variable, variable.mean) or _any(f"E[{variable.key}]", n, one_law)
    variance = _stated(e, variable, variable.variance) or _any(f"Var[{variable.key}]", n, one_law, "positive")
    found = expectation(e.variable(variable), normal(mean, diag(variance)), value)
    if _degree(found.args[1], 0) > 2:
        raise ReadingError(f"of the law of the {variable.key}_i only mean and variance are known", node.place)
    e.reading.told[f"the {variable.key}_i have a mean and a variance"] = None
    return found


def _stated(e: Elaborator, variable: Variable, stated: s.Node | None) -> Expr | None:
    """The moments of the members of a family as they are stated: mu for all, mu_i for each."""
    if stated is None:
        return None
    i = index(Fresh(variable.member), variable.shape[0])
    with e.binding():
        e.local[variable.member] = i
        return array_of(i, e.holes.settle(e(stated)))


def _any(name: str, n: Size, one_law: bool, *assumptions: str) -> Expr:
    """Moments of which nothing is stated: one for all of one law, else any."""
    return product(symbol(name, (), *assumptions), ones(n)) if one_law else symbol(name, (n,), *assumptions)


_LINEAR = ("add", "negative", "transpose", "trace", "diag", "diagonal", "abbreviation", "entry", "sample", "sum_axes")


def _degree(node: Expr, depth: int) -> int:
    """The degree in the variable that the binder `depth` levels out binds; 3 where it may be more than 2."""
    if node.loose <= depth:
        return 0
    if node.operation is BOUND:
        return int(node.data[0] == depth)
    name = node.operation.name
    below = [_degree(a, depth + 1 if name in ("sum", "array_of") else depth) for a in node.args]
    if name in _LINEAR or name in ("sum", "array_of"):
        return max(below)
    if name in ("product", "hadamard"):
        return min(3, sum(below))
    if name == "quotient" and not below[1]:
        return below[0]
    if name == "power" and node.data.denominator == 1 and node.data >= 0 and not node.shape:
        return min(3, int(node.data) * below[0])
    return 3 if any(below) else 0
