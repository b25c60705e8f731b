"""Exact evaluation at rational parameters, in SymPy's arithmetic: what a counterexample or a witness is.

    KL[N(0, 1) || N(0, 4)] = log 2 - 3/8, and in the other direction 3/2 - log 2

Every operation is applied as it is written, with exact numbers; expectations of quadratic integrands by the
2k-point cubature, which is exact for them. Derivatives, spectra and generic functions abstain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from hw3.derivations.calculus.conditions import WORDS
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.expression import Expr, instantiate
from hw3.derivations.operations import position, symbol

Value = Any  # a sympy number or Matrix (columns are k x 1)


class NotExact(ValueError):
    """The expression has no exact value here; the message says why."""


@dataclass
class Exact:
    """Evaluates expressions at exact values: sizes by name, symbols to nested tuples of Fractions."""

    sizes: Mapping[str, int]
    values: Mapping[Expr, Any]
    _known: dict[Expr, Value] = field(default_factory=dict)

    def __call__(self, node: Expr) -> Value:
        """The exact value of the expression.

        Raises:
            NotExact: it has none, or none that is computed here.
        """
        if node not in self._known:
            rule = _RULES.get(node.operation.name)
            if rule is None:
                raise NotExact(f"no exact evaluation of {node.operation.name}")
            self._known[node] = rule(self, node)
        return self._known[node]

    def size(self, n: Any) -> int:
        return int(n.value(self.sizes))


def exact_value(node: Expr, sizes: Mapping[str, int], values: Mapping[Expr, Any]) -> sympy.Expr:
    """The exact value of a scalar, logarithms expanded so that equal values look alike."""
    return sympy.expand(sympy.expand_log(sympy.simplify(Exact(sizes, values)(node)), force=True))


def require(given: Sequence[Fact], sizes: Mapping[str, int], values: Mapping[Expr, Any]) -> None:
    """Sees to it that exact values fit their symbols' shapes and assumptions, and meet the facts given.

    Raises:
        NotExact: one of them does not, or it cannot be told.
    """
    e = Exact(sizes, values)
    for node in values:
        wanted = tuple(e.size(n) for n in node.shape)
        value = e(node)
        found = value.shape if isinstance(value, sympy.MatrixBase) else ()
        if found != (wanted if len(wanted) != 1 else (*wanted, 1)):
            raise NotExact(f"the value of {node} does not fit its shape")
    facts = [(what, node) for node in values for what in node.data[2]]
    for kind, node in [*facts, *((f.kind, f.lhs) for f in given)]:
        test = _ASSUMPTIONS.get(kind)
        if test is None or not test(e(node)):
            raise NotExact(f"{WORDS[kind].format(node) if kind in WORDS else 'what is given'} is not met")


def _each(test: Callable[[Value], bool | None]) -> Callable[[Value], bool]:
    return lambda v: all(test(x) for x in (v if isinstance(v, sympy.MatrixBase) else [v]))


_ASSUMPTIONS: dict[str, Callable[[Value], bool | None]] = {
    "positive": _each(lambda x: x.is_positive),
    "nonnegative": _each(lambda x: x.is_nonnegative),
    "nonzero": _each(lambda x: x.is_nonzero),
    "symmetric": lambda v: v == v.T,
    "invertible": lambda v: v.det().is_nonzero,
    "positive_definite": lambda v: v == v.T and v.is_positive_definite,
    "lower_triangular": lambda v: v.is_lower,
    "upper_triangular": lambda v: v.is_upper,
    "diagonal": lambda v: v.is_diagonal(),
    "positive_diagonal": lambda v: all(x.is_positive for x in v.diagonal()),
}


def literal_sizes(values: Mapping[Expr, Any]) -> dict[str, int]:
    """The sizes that literal values give to the names in their symbols' shapes."""
    sizes: dict[str, int] = {}
    for node, value in values.items():
        for n in node.shape:
            if len(n.names) == 1 and not n.is_literal:
                sizes[n.names[0]] = len(value)
            value = value[0]
    return sizes


def _rational(value: Any) -> Value:
    if isinstance(value, tuple):
        rows = [r if isinstance(r, tuple) else (r,) for r in value]
        return sympy.Matrix([[_rational(x) for x in row] for row in rows])
    fraction = Fraction(value)
    return sympy.Rational(fraction.numerator, fraction.denominator)


def _symbol(e: Exact, node: Expr) -> Value:
    if node not in e.values:
        raise NotExact(f"no value for {node}")
    value = e.values[node]
    return value if isinstance(value, (sympy.MatrixBase, sympy.Expr)) else _rational(value)


def _filled(e: Exact, node: Expr) -> Value:
    sizes = [e.size(n) for n in node.shape]
    if not sizes:
        return sympy.Integer(node.data[0])
    rows, columns = (sizes[0], 1) if len(sizes) == 1 else sizes
    return sympy.ones(rows, columns) * node.data[0]


def _product(e: Exact, node: Expr) -> Value:
    result: Value = sympy.Integer(1)
    for arg in node.args:
        result = result * e(arg)
        if isinstance(result, sympy.MatrixBase) and result.shape == (1, 1) and not node.shape:
            result = result[0, 0]
    return result


def _sum_of(e: Exact, node: Expr) -> Value:
    total = e(node.args[0])
    for arg in node.args[1:]:
        total = total + e(arg)
    return total


def _hadamard(e: Exact, node: Expr) -> Value:
    result = e(node.args[0])
    for arg in node.args[1:]:
        value = e(arg)
        matrix = isinstance(result, sympy.MatrixBase)
        result = result.multiply_elementwise(value) if matrix else result * value
    return result


def _nonzero(value: Value) -> Value:
    if value == 0:
        raise NotExact("a division by zero")
    return value


def _positive(value: Value) -> Value:
    if not value.is_positive:
        raise NotExact(f"the logarithm of {value}")
    return value


def _power(e: Exact, node: Expr) -> Value:
    base, exponent = e(node.args[0]), _rational(node.data)
    if exponent < 0:
        _nonzero(base)
    return (base if exponent.is_integer else _root_of(base)) ** exponent


def _inverse(e: Exact, node: Expr) -> Value:
    matrix = e(node.args[0])
    _nonzero(matrix.det())
    return matrix.inv()


def _logdet(e: Exact, node: Expr) -> Value:
    return sympy.log(abs(_nonzero(e(node.args[0]).det())))


def _diagonal(e: Exact, node: Expr) -> Value:
    matrix = e(node.args[0])
    return sympy.Matrix([matrix[i, i] for i in range(matrix.rows)])


def _norm(e: Exact, node: Expr) -> Value:
    value = e(node.args[0])
    entries = list(value) if isinstance(value, sympy.MatrixBase) else [value]
    return sympy.sqrt(sum(x * x for x in entries))


def _root_of(value: Value) -> Value:
    if not value.is_nonnegative:
        raise NotExact(f"a root of {value}")
    return value


_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "exp": sympy.exp,
    "log": lambda x: sympy.log(_positive(x)),
    "expm1mx": lambda x: sympy.exp(x) - 1 - x,
    "xmlog1p": lambda x: x - sympy.log(_positive(1 + x)),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "tanh": sympy.tanh,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "reciprocal": lambda x: 1 / _nonzero(x),
    "sqrt": lambda x: sympy.sqrt(_root_of(x)),
    "abs": abs,
    "sign": lambda x: sympy.sign(_nonzero(x)),
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tan": lambda x: sympy.sin(x) / _nonzero(sympy.cos(x)),
    "arctan": sympy.atan,
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "erf": sympy.erf,
}


def _apply(e: Exact, node: Expr) -> Value:
    function = _FUNCTIONS.get(node.data[0])
    if function is None:
        raise NotExact(f"the function {node.data[0]} has no values of its own")
    value = e(node.args[0])
    return value.applyfunc(function) if isinstance(value, sympy.MatrixBase) else function(value)


def _entry(e: Exact, node: Expr) -> Value:
    array, *indices = node.args
    value = e(array)
    if not indices:
        return value
    at = [i.data[0] for i in indices]
    return value[at[0], 0] if value.shape[1] == 1 and len(at) == 1 else value[tuple(at) if len(at) > 1 else at[0]]


def _indexed_sum(e: Exact, node: Expr) -> Value:
    n = e.size(node.data[1])
    terms = [e(instantiate(node.args[0], position(k, node.data[1]))) for k in range(n)]
    return sum(terms[1:], terms[0])


def _log_density(e: Exact, node: Expr) -> Value:
    mean, covariance = (e(a) for a in node.args[0].args)
    d = e(node.args[1]) - mean
    if not node.args[1].shape:
        return -(d * d / covariance + sympy.log(covariance) + sympy.log(2 * sympy.pi)) / 2
    square = (d.T * covariance.inv() * d)[0, 0]
    return -(square + sympy.log(covariance.det()) + d.rows * sympy.log(2 * sympy.pi)) / 2


def _expectation(e: Exact, law: Expr, body: Callable[[Value], Value]) -> Value:
    """By the cubature with points mean +- sqrt(k) L e_i, exact up to degree three."""
    mean, covariance = (e(a) for a in law.args)
    if not law.shape:
        scale = sympy.sqrt(covariance)
        return (body(mean + scale) + body(mean - scale)) / 2
    factor, k = covariance.cholesky(), mean.rows
    total: Value = sympy.Integer(0)
    for i in range(k):
        step = sympy.sqrt(k) * factor[:, i]
        total += (body(mean + step) + body(mean - step)) / (2 * k)
    return total


def _kl(e: Exact, node: Expr) -> Value:
    from hw3.derivations.language.expression import Fresh
    from hw3.derivations.operations import log_density

    p, q = node.args
    x = symbol(Fresh("x"), p.shape)

    def log_ratio(value: Value) -> Value:
        at = Exact(e.sizes, {**e.values, x: value})
        return at(log_density(p, x)) - at(log_density(q, x))

    return _expectation(e, p, log_ratio)


_RULES: dict[str, Callable[[Exact, Expr], Value]] = {
    "number": lambda e, n: _rational(n.data),
    "symbol": _symbol,
    "size": lambda e, n: sympy.Integer(e.size(n.data)),
    "constant": lambda e, n: sympy.pi,
    "identity": lambda e, n: sympy.eye(e.size(n.data)),
    "filled": _filled,
    "abbreviation": lambda e, n: e(n.args[0]),
    "add": _sum_of,
    "negative": lambda e, n: -e(n.args[0]),
    "product": _product,
    "hadamard": _hadamard,
    "quotient": lambda e, n: e(n.args[0]) / _nonzero(e(n.args[1])),
    "power": _power,
    "transpose": lambda e, n: e(n.args[0]).T if n.args[0].shape else e(n.args[0]),
    "inverse": _inverse,
    "trace": lambda e, n: e(n.args[0]).trace() if n.args[0].shape else e(n.args[0]),
    "det": lambda e, n: e(n.args[0]).det(),
    "logdet": _logdet,
    "diag": lambda e, n: sympy.diag(*e(n.args[0])),
    "diagonal": _diagonal,
    "norm": _norm,
    "stack": lambda e, n: sympy.Matrix.vstack(*(e(a) for a in n.args)),
    "blockdiag": lambda e, n: sympy.diag(*(e(a) for a in n.args)),
    "cholesky": lambda e, n: e(n.args[0]).cholesky(),
    "apply": _apply,
    "entry": _entry,
    "sum": _indexed_sum,
    "logdensity": _log_density,
    "kl": _kl,
}
