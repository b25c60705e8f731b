"""Functions of a scalar, applied entry by entry: exp, log, sigmoid, ..., and generic ones such as a, a'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.differential import KNOWN_DERIVATIVES
from hw3.derivations.calculus.heads import POSITIVE_FUNCTIONS
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, make
from hw3.derivations.language.printing import Printer
from hw3.derivations.language.sizes import Shape


@dataclass(frozen=True)
class Function:
    """A known function: how it is written, what it means, where it is defined, its derivative if it is an
    atom with a rule of its own (`derivative` takes the argument's polynomial)."""

    name: str
    latex: str
    unicode: str
    definition: str
    meaning: Callable[[Poly], Poly]
    needs: Callable[[Expr], tuple[str, Expr]] | None = None
    derivative: Callable[[Poly], Poly] | None = None
    positive: bool = False


def _atom(name: str) -> Callable[[Poly], Poly]:
    return lambda s: atoms.function(name, 0, s)


def _sigmoid_slope(s: Poly) -> Poly:
    y = atoms.function("sigmoid", 0, s)
    return y - y * y


def _tanh_slope(s: Poly) -> Poly:
    y = atoms.function("tanh", 0, s)
    return P.UNITY - y * y


def _absolute(s: Poly) -> Poly:
    return atoms.power(s * s, Fraction(1, 2))


def _one_plus(x: Expr) -> tuple[str, Expr]:
    from hw3.derivations.operations.arithmetic import add
    from hw3.derivations.operations.leaves import FILLED, number

    return "positive", add(make(FILLED, (), (1, x.shape)) if x.shape else number(1), x)


FUNCTIONS = {
    f.name: f
    for f in (
        Function("exp", r"\exp", "exp", "e^x", atoms.exp, positive=True),
        Function("log", r"\log", "log", "the natural logarithm", atoms.log, lambda x: ("positive", x)),
        Function(
            "expm1mx",
            r"\operatorname{expm1mx}",
            "expm1mx",
            "e^x - 1 - x, computed without cancellation",
            lambda s: atoms.exp(s) - P.UNITY - s,
        ),
        Function(
            "xmlog1p",
            r"\operatorname{xmlog1p}",
            "xmlog1p",
            "x - log(1 + x), computed without cancellation",
            lambda s: s - atoms.log(P.UNITY + s),
            _one_plus,
        ),
        Function(
            "sigmoid",
            r"\operatorname{sigmoid}",
            "sigmoid",
            "1 / (1 + e^-x)",
            _atom("sigmoid"),
            derivative=_sigmoid_slope,
            positive=True,
        ),
        Function("tanh", r"\tanh", "tanh", "(e^x - e^-x) / (e^x + e^-x)", _atom("tanh"), derivative=_tanh_slope),
        Function(
            "sin",
            r"\sin",
            "sin",
            "the sine",
            _atom("sin"),
            derivative=lambda s: atoms.function("cos", 0, s),
        ),
        Function(
            "cos",
            r"\cos",
            "cos",
            "the cosine",
            _atom("cos"),
            derivative=lambda s: -atoms.function("sin", 0, s),
        ),
        Function(
            "relu",
            r"\operatorname{relu}",
            "relu",
            "max(x, 0), differentiated where x is not 0",
            _atom("relu"),
            derivative=lambda s: atoms.function("step", 0, s),
        ),
        Function(
            "step",
            r"\operatorname{step}",
            "step",
            "1 for x > 0, 0 for x < 0; its derivative is 0 where x is not 0",
            _atom("step"),
            derivative=lambda s: P.ZERO,
        ),
        Function(
            "reciprocal",
            r"\operatorname{reciprocal}",
            "reciprocal",
            "1 / x",
            lambda s: atoms.power(s, Fraction(-1)),
            lambda x: ("nonzero", x),
        ),
        Function(
            "sqrt",
            r"\operatorname{sqrt}",
            "sqrt",
            "the square root",
            lambda s: atoms.power(s, Fraction(1, 2)),
            lambda x: ("nonnegative", x),
        ),
        Function("abs", r"\operatorname{abs}", "abs", "|x|, the square root of x^2", _absolute),
        Function(
            "sign",
            r"\operatorname{sign}",
            "sign",
            "x / |x|: 1 for x > 0, -1 for x < 0; its derivative is 0",
            lambda s: s * atoms.power(s * s, Fraction(-1, 2)),
            lambda x: ("nonzero", x),
        ),
        Function(
            "sinh",
            r"\sinh",
            "sinh",
            "(e^x - e^-x) / 2",
            lambda s: (atoms.exp(s) - atoms.exp(-s)).scaled(Fraction(1, 2)),
        ),
        Function(
            "cosh",
            r"\cosh",
            "cosh",
            "(e^x + e^-x) / 2",
            lambda s: (atoms.exp(s) + atoms.exp(-s)).scaled(Fraction(1, 2)),
        ),
        Function(
            "tan",
            r"\tan",
            "tan",
            "sin x / cos x",
            lambda s: atoms.function("sin", 0, s) * atoms.power(atoms.function("cos", 0, s), Fraction(-1)),
            lambda x: ("nonzero", apply("cos", x)),
        ),
        Function(
            "arctan",
            r"\arctan",
            "arctan",
            "the angle between -pi/2 and pi/2 whose tangent is x",
            _atom("arctan"),
            derivative=lambda s: atoms.power(P.UNITY + s * s, Fraction(-1)),
        ),
        Function(
            "softplus",
            r"\operatorname{softplus}",
            "softplus",
            "log(1 + e^x)",
            _atom("softplus"),
            derivative=lambda s: atoms.function("sigmoid", 0, s),
            positive=True,
        ),
        Function(
            "erf",
            r"\operatorname{erf}",
            "erf",
            "2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x",
            _atom("erf"),
            derivative=lambda s: (atoms.power(atoms.pi(), Fraction(-1, 2)) * atoms.exp(-(s * s))).scaled(2),
        ),
    )
}
for _f in FUNCTIONS.values():
    if _f.derivative is not None:
        KNOWN_DERIVATIVES[_f.name] = _f.derivative
    if _f.positive:
        POSITIVE_FUNCTIONS.add(_f.name)


class Apply(Operation):
    """f(x), entry by entry; data is (name, order): the order-th derivative of a known or a generic function.

    A generic function is any smooth function R -> R: nothing but its name is known of it.
    """

    name = "apply"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        name, order = data
        if type(order) is not int or order < 0:
            raise ShapeError(f"the derivative of order {order} of {name}")
        if name in FUNCTIONS and order:
            raise ShapeError(f"the derivative of {name} is written out, not primed")
        return args[0].shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        known = FUNCTIONS.get(node.data[0])
        return (known.needs(node.args[0]),) if known is not None and known.needs is not None else ()

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        condition = {"sqrt": "positive", "relu": "nonzero", "step": "nonzero", "abs": "nonzero"}.get(node.data[0])
        return ((condition, node.args[0]),) if condition is not None else ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        name, order = node.data
        argument = m(node.args[0], at)
        known = FUNCTIONS.get(name)
        return known.meaning(argument) if known is not None else atoms.function(("generic", name), order, argument)

    def show(self, node: Expr, p: Printer) -> str:
        name, order = node.data
        known = FUNCTIONS.get(name)
        if name == "abs":
            inner = p(node.args[0])
            return rf"\left|{inner}\right|" if p.latex else f"|{inner}|"
        if known is not None:
            return p.call(known.latex if p.latex else known.unicode, p(node.args[0]))
        primes = ("'" if p.latex else "′") * order if order < 4 else ""
        word = p.name(name) + primes if primes or not order else p.sup(p.name(name), f"({order})")
        return p.call(word, p(node.args[0]))


APPLY = Apply()


def apply(name: str, x: Expr, order: int = 0) -> Expr:
    """The function `name`, known (`FUNCTIONS`) or generic, of every entry of x."""
    return make(APPLY, (x,), (name, order))


def exp(x: Expr) -> Expr:
    return apply("exp", x)


def log(x: Expr) -> Expr:
    return apply("log", x)


def expm1mx(x: Expr) -> Expr:
    return apply("expm1mx", x)


def xmlog1p(x: Expr) -> Expr:
    return apply("xmlog1p", x)


def sigmoid(x: Expr) -> Expr:
    return apply("sigmoid", x)


def tanh(x: Expr) -> Expr:
    return apply("tanh", x)


def relu(x: Expr) -> Expr:
    return apply("relu", x)


def absolute(x: Expr) -> Expr:
    """|x| of every entry."""
    return apply("abs", x)


def sign(x: Expr) -> Expr:
    return apply("sign", x)


def softplus(x: Expr) -> Expr:
    return apply("softplus", x)
