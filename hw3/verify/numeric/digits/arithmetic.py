"""Leaves, sums, products, powers and functions at many digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE, shape_of
from hw3.verify.numeric.digits.rules import Digits, Frame, rule
from hw3.verify.numeric.draw import Invalid


@rule("number")
def _number(node: Expr, frame: Frame) -> Digits:
    return frame.array(frame.mp.mpf(node.data.numerator) / node.data.denominator)


@rule("size")
def _size(node: Expr, frame: Frame) -> Digits:
    return frame.array(frame.mp.mpf(node.data.value(frame.sizes)))


@rule("constant")
def _constant(node: Expr, frame: Frame) -> Digits:
    return frame.array({"pi": +frame.mp.pi}[node.data])


@rule("identity")
def _identity(node: Expr, frame: Frame) -> Digits:
    result = frame.full(frame.extent(node.shape), 0)
    n = node.data.value(frame.sizes)
    for i in range(n):
        result[(i, i) if node.shape else ()] = frame.mp.mpf(1)
    return result


@rule("filled")
def _filled(node: Expr, frame: Frame) -> Digits:
    return frame.full(frame.extent(node.shape), node.data[0])


@rule("abbreviation")
def _abbreviation(node: Expr, frame: Frame, a: Digits) -> Digits:
    return a


@rule("add")
def _add(node: Expr, frame: Frame, *terms: Digits) -> Digits:
    return frame.array(sum(terms[1:], terms[0]))


@rule("negative")
def _negative(node: Expr, frame: Frame, a: Digits) -> Digits:
    return frame.array(-a)


@rule("hadamard")
def _hadamard(node: Expr, frame: Frame, *factors: Digits) -> Digits:
    total = factors[0]
    for factor in factors[1:]:
        total = total * factor
    return frame.array(total)


@rule("product")
def _product(node: Expr, frame: Frame, *factors: Digits) -> Digits:
    done, shape = factors[0], node.args[0].shape
    for arg, factor in zip(node.args[1:], factors[1:], strict=True):
        if not shape or not arg.shape:
            done, shape = frame.array(done * factor), shape or arg.shape
            continue
        left, right = (*shape, ONE)[:2], (*arg.shape, ONE)[:2]
        rows = done.reshape(frame.extent(left)), factor.reshape(frame.extent(right))
        shape = shape_of(left[0], right[1])
        done = np.dot(*rows).reshape(frame.extent(shape))
    return done


@rule("quotient")
def _quotient(node: Expr, frame: Frame, a: Digits, s: Digits) -> Digits:
    if s[()] == 0:
        raise Invalid("a division by 0")
    return frame.array(a / s[()])


@rule("power")
def _power(node: Expr, frame: Frame, a: Digits) -> Digits:
    if node.shape:
        result = frame.unmatrix(frame.mp.eye(len(a)))
        for _ in range(int(node.data)):
            result = result @ a
        return result
    s, q = a[()], node.data
    if (s == 0 and q < 0) or (s <= 0 and q.denominator != 1):
        raise Invalid("a power of 0 or of a negative number")
    exponent = int(q) if q.denominator == 1 else frame.mp.mpf(q.numerator) / q.denominator
    return frame.array(s**exponent)


def _positive(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def guarded(x: Any) -> Any:
        if x <= 0:
            raise Invalid("a function of a number that must be positive")
        return f(x)

    return guarded


def _nonzero(x: Any) -> Any:
    if x == 0:
        raise Invalid("a division by 0")
    return x


def _reciprocal(x: Any) -> Any:
    return 1 / _nonzero(x)


def known(name: str, mp: Any) -> Callable[[Any], Any]:
    """The known function `name` of a number."""
    return {
        "exp": mp.exp,
        "log": _positive(mp.log),
        "expm1mx": lambda x: mp.exp(x) - 1 - x,
        "xmlog1p": lambda x: x - _positive(mp.log)(1 + x),
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "tanh": mp.tanh,
        "sin": mp.sin,
        "cos": mp.cos,
        "relu": lambda x: max(x, mp.mpf(0)),
        "step": lambda x: mp.mpf(int(x > 0)),
        "reciprocal": _reciprocal,
        "sqrt": _positive(mp.sqrt),
        "abs": abs,
        "sign": lambda x: mp.mpf(mp.sign(_nonzero(x))),
        "sinh": mp.sinh,
        "cosh": mp.cosh,
        "tan": lambda x: mp.sin(x) / _nonzero(mp.cos(x)),
        "arctan": mp.atan,
        "softplus": lambda x: mp.log(1 + mp.exp(x)),
        "erf": mp.erf,
    }[name]


@rule("apply")
def _apply(node: Expr, frame: Frame, x: Digits) -> Digits:
    name, order = node.data
    result = np.empty(x.shape, dtype=object)
    generic = frame.functions.get(name)
    f = known(name, frame.mp) if generic is None else None
    for at in np.ndindex(x.shape):
        if generic is not None:
            result[at] = generic.at_precisely(x[at], order, frame.mp)
        elif f is not None:
            result[at] = f(x[at])
    return result
