r"""Adjoints of functions that act entry by entry: the cotangent times the slope, which is written in the value.

sigmoid' = y (1 - y),   tanh' = 1 - y^2,   exp' = y,   relu' = step,   a generic f' stays f'
"""

from __future__ import annotations

from collections.abc import Callable

from hw3.derivations.gradients.adjoints import Context, NoAdjoint, adjoint
from hw3.derivations.gradients.simplify import elementwise, minus, ones_like, over, times, zero
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import HALF, PI, apply, number, power, sqrt
from hw3.derivations.operations.functions import FUNCTIONS

# d times the slope at z, where the value is y.
Slope = Callable[[Expr, Expr, Expr], Expr]


def _square(y: Expr) -> Expr:
    return elementwise(y, y) if y.shape else power(y, 2)


def _reciprocal(d: Expr, z: Expr) -> Expr:
    return elementwise(d, apply("reciprocal", z)) if z.shape else over(d, z)


def _one_less(z: Expr) -> Expr:
    """1 - 1/(1 + z)."""
    return ones_like(z) - _reciprocal(ones_like(z), ones_like(z) + z)


SLOPES: dict[str, tuple[Slope, str]] = {
    "exp": (lambda d, z, y: elementwise(d, y), r"$\exp' = \exp$"),
    "log": (lambda d, z, y: _reciprocal(d, z), r"$\log' t = 1/t$"),
    "expm1mx": (lambda d, z, y: elementwise(d, apply("exp", z) - ones_like(z)), r"$(e^t - 1 - t)' = e^t - 1$"),
    "xmlog1p": (lambda d, z, y: elementwise(d, _one_less(z)), r"$(t - \log(1 + t))' = 1 - 1/(1 + t)$"),
    "sigmoid": (lambda d, z, y: elementwise(d, y, ones_like(y) - y), r"$\sigma' = \sigma (1 - \sigma)$"),
    "tanh": (lambda d, z, y: elementwise(d, ones_like(y) - _square(y)), r"$\tanh' = 1 - \tanh^2$"),
    "sin": (lambda d, z, y: elementwise(d, apply("cos", z)), r"$\sin' = \cos$"),
    "cos": (lambda d, z, y: minus(elementwise(d, apply("sin", z))), r"$\cos' = -\sin$"),
    "relu": (lambda d, z, y: elementwise(d, apply("step", z)), r"$\operatorname{relu}' = \operatorname{step}$"),
    "step": (lambda d, z, y: zero(z.shape), "a step is constant but for its jump"),
    "reciprocal": (lambda d, z, y: minus(elementwise(d, _square(y))), r"$(1/t)' = -1/t^2$"),
    "abs": (lambda d, z, y: elementwise(d, apply("sign", z)), r"$|t|' = \operatorname{sign} t$"),
    "sign": (lambda d, z, y: zero(z.shape), "a sign is constant but for its jump"),
    "sinh": (lambda d, z, y: elementwise(d, apply("cosh", z)), r"$\sinh' = \cosh$"),
    "cosh": (lambda d, z, y: elementwise(d, apply("sinh", z)), r"$\cosh' = \sinh$"),
    "tan": (lambda d, z, y: elementwise(d, ones_like(y) + _square(y)), r"$\tan' = 1 + \tan^2$"),
    "arctan": (lambda d, z, y: _reciprocal(d, ones_like(z) + _square(z)), r"$\arctan' t = 1/(1 + t^2)$"),
    "softplus": (lambda d, z, y: elementwise(d, apply("sigmoid", z)), "the slope of softplus is the sigmoid"),
    "erf": (
        lambda d, z, y: times(number(2) / sqrt(PI), elementwise(d, apply("exp", minus(_square(z))))),
        r"$\operatorname{erf}' t = 2 e^{-t^2} / \sqrt{\pi}$",
    ),
    "sqrt": (lambda d, z, y: times(HALF, _reciprocal(d, y)), r"$\sqrt{t}' = 1/(2\sqrt{t})$"),
}
# Functions whose slope is written in their value rather than in their argument.
IN_THE_VALUE = ("exp", "sigmoid", "tanh", "tan", "reciprocal", "sqrt")


@adjoint("apply")
def _apply(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    name, order = node.data
    z, y = c.called(node.args[0]), c.called(node)
    if name not in FUNCTIONS:
        primes = "'" * (order + 1) if order < 3 else f"^{{({order + 1})}}"
        # Its argument may be long: the rule is told for any.
        return elementwise(d, apply(name, z, order + 1)), f"entry by entry, times ${name}{primes}$"
    if name not in SLOPES:
        raise NoAdjoint(f"the derivative of {name} is not known")
    slope, told = SLOPES[name]
    return slope(d, z, y), f"entry by entry, {told}" if z.shape else told
