"""Evaluation of an expression as it is written, at 50 digits, with mpmath: the judge of last resort.

Derivatives are central differences with a step of 1e-20 (or 1e-27) at enough digits that rounding is as
small as the step's square; expectations of polynomials are exact quadrature, others of a scalar are the
trapezoid rule, which converges faster than any power for what is analytic. `differ` evaluates twice, at
different digits and steps: a difference that is noise changes between the two, one that is real does not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from math import prod
from typing import Any

import mpmath
import numpy as np

from hw3.derivations.language.expression import Expr, children, walk
from hw3.derivations.language.sizes import ONE, Shape, Size, axes
from hw3.verify.numeric.absorbed import not_absorbed
from hw3.verify.numeric.cost import cost
from hw3.verify.numeric.degrees import degree
from hw3.verify.numeric.digits import RULES, Digits, Frame, matrices
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, NotSymmetric, innermost
from hw3.verify.numeric.jumps import without_jumps
from hw3.verify.numeric.separable import is_separable

STEPS = (20, 27)  # the digits of the step of a difference, in the two evaluations
LARGEST = 4_000  # evaluations of an integrand
DEAR = 100_000  # numbers that differences compute
NUMBERS = 1_000_000  # at some microseconds each
Entry = tuple[int, ...]


@cache
def nesting(node: Expr) -> int:
    """How deeply derivatives stand within derivatives."""
    inner = max((nesting(a) for a, _ in children(node)), default=0)
    return inner + (node.operation.name == "derivative")


def evaluate_precisely(
    expr: Expr, draw: Draw, step: int = STEPS[0], entry: Entry | None = None, watched: bool = False
) -> Digits:
    """The value as an array of mpmath numbers, of which some 2 * step digits hold; or one entry of it alone.
    Where it is `watched`, a term that is lost beside another one is an error.

    Raises:
        Invalid: the draw is outside the domain.
        NotEvaluable: no value could be trusted.
    """
    without_jumps(expr)
    if cost([expr], draw.sizes, entry is not None).numbers > NUMBERS:
        raise NotEvaluable("it takes too many numbers to be computed at 50 digits")
    mp = _context(step * (nesting(expr) + 2) + 20)
    evaluation = _Evaluation(draw, mp, step, watched)
    return evaluation(expr) if entry is None else evaluation.frame.array(evaluation.entry(expr, entry))


@lru_cache(maxsize=32)
def _context(digits: int) -> Any:
    mp = mpmath.MPContext()
    mp.dps = digits
    return mp


def dear(expr: Expr, draw: Draw) -> bool:
    """Whether all entries of the derivatives in an expression take long."""
    cost = 0
    for node in walk(expr):
        if node.operation.name == "derivative":
            point, body = node.args
            cost += prod(draw.extent(point.shape)) * sum(prod(draw.extent(n.shape)) for n in walk(body))
    return cost > DEAR


def differ(
    lhs: Expr, rhs: Expr, draw: Draw, magnitude: float = 0.0, least: float = 1e-20, entry: Entry | None = None
) -> tuple[Digits, Digits, Digits]:
    """Left, right, and left - right with every entry 0 that is not certain to be another number; or these for one
    entry alone.

    An entry is certain when it is above `least` of the magnitude that was added (or of the sides, and 1e-12 of the
    magnitude) and is the same number, to ten digits, in two evaluations of different precision.
    """
    results = [tuple(evaluate_precisely(e, draw, step, entry) for e in (lhs, rhs)) for step in STEPS]
    (left, right), (left2, right2) = results
    difference = np.array(left - right, dtype=object)
    for at in np.ndindex(difference.shape):
        first, second = difference[at], left2[at] - right2[at]
        sides = max(abs(left[at]), abs(right[at]))
        added: Any = max(sides, magnitude)
        noise = min(least * added, max(1e-12 * added, least * sides))
        if abs(first) <= noise or abs(first - second) > 1e-10 * abs(first):
            difference[at] = first * 0
    return left, right, difference


class _Evaluation:
    def __init__(self, draw: Draw, mp: Any, step: int, watched: bool) -> None:
        self.draw, self.mp, self.step, self.watched = draw, mp, step, watched
        self.frame = Frame(draw.sizes, draw.functions, mp)
        self._bound: list[Any] = []
        self._known: list[dict[Expr, Any]] = [{}]  # what is known within each binding

    def __call__(self, node: Expr) -> Any:
        known = self._known[innermost(node, len(self._bound))]
        if node not in known:
            known[node] = self._evaluated(node)
        return known[node]

    def _evaluated(self, node: Expr) -> Any:
        name = node.operation.name
        if name in SPECIAL:
            return SPECIAL[name](self, node)
        if name not in RULES:
            raise NotEvaluable(f"{name} has no value of its own")
        arguments = [self(a) for a in node.args]
        if self.watched:
            not_absorbed(node, arguments, self.mp)
        return RULES[name](node, self.frame, *arguments)

    def entry(self, node: Expr, at: Entry) -> Any:
        """One entry of the node; of a derivative no other is computed."""
        match node.operation.name:
            case "abbreviation":
                return self.entry(node.args[0], at)
            case "negative":
                return -self.entry(node.args[0], at)
            case "add":
                return sum((self.entry(a, at) for a in node.args), self.mp.mpf(0))
            case "quotient":
                above = self.frame.array(self.entry(node.args[0], at))
                return RULES["quotient"](node, self.frame, above, self(node.args[1]))[()]
            case "derivative":
                return self._slope(node, at)
        return self(node)[at]

    def _slope(self, node: Expr, at: Entry) -> Any:
        """One entry of a derivative, by a central difference."""
        point, body = node.args
        outer, inner = body.shape, point.shape
        if outer and inner:
            count = len(axes(outer))
            of, place = _spread(at[:count], outer), _spread(at[count:], inner)
        else:
            of, place = (at, ()) if outer else ((), at)
        value: Digits = self(point)
        h = self.mp.mpf(10) ** -self.step
        ends = []
        try:
            for sign in (1, -1):
                moved = value.copy()
                moved[place] = value[place] + sign * h
                with self.binding(moved):
                    ends.append(self.entry(body, of))
        except NotSymmetric as error:
            raise NotEvaluable("a derivative through a matrix that must stay symmetric") from error
        return (ends[0] - ends[1]) / (2 * h)

    @contextmanager
    def binding(self, value: Any) -> Iterator[None]:
        """Within it, the innermost bound variable has this value; what depended on the last is forgotten."""
        self._bound.append(value)
        self._known.append({})
        try:
            yield
        finally:
            self._bound.pop()
            self._known.pop()

    # --- leaves -----------------------------------------------------------------------------------------

    def symbol(self, node: Expr) -> Digits:
        if node not in self.draw.values:
            raise NotEvaluable(f"{node} has no value")
        value = np.asarray(self.draw.values[node])
        result = np.empty(value.shape, dtype=object)
        for at in np.ndindex(value.shape):
            result[at] = self.mp.mpf(float(value[at]))
        return result

    def index(self, node: Expr) -> int:
        if node not in self.draw.values:
            raise NotEvaluable(f"the index {node} is free")
        return int(self.draw.values[node])

    def position(self, node: Expr) -> int:
        return int(node.data[0])

    def bound(self, node: Expr) -> Any:
        return self._bound[-1 - node.data[0]]

    # --- what binds ---------------------------------------------------------------------------------------

    def _total(self, terms: Iterator[Digits], shape: tuple[int, ...]) -> Digits:
        total = self.frame.full(shape, 0)
        for term in terms:
            total = self.frame.array(total + term)
        return total

    def sum(self, node: Expr) -> Digits:
        n: Size = node.data[1]
        terms = (self._inside(node.args[0], i) for i in range(n.value(self.draw.sizes)))
        return self._total(terms, self.frame.extent(node.shape))

    def array_of(self, node: Expr) -> Digits:
        n: Size = node.data[1]
        parts = [self._inside(node.args[0], i) for i in range(n.value(self.draw.sizes))]
        return np.stack([np.asarray(part, dtype=object) for part in parts]).reshape(self.frame.extent(node.shape))

    def product_over(self, node: Expr) -> Digits:
        n: Size = node.data[1]
        total = self.frame.full((), 1)
        for i in range(n.value(self.draw.sizes)):
            total = self.frame.array(total * self._inside(node.args[0], i))
        return total

    def _inside(self, body: Expr, value: Any) -> Digits:
        with self.binding(value):
            result: Digits = self(body)
            return result

    def derivative(self, node: Expr) -> Digits:
        point, body = node.args
        at: Digits = self(point)
        h = self.mp.mpf(10) ** -self.step
        columns = []
        try:
            for place in np.ndindex(at.shape):
                ends = []
                for sign in (1, -1):
                    moved = at.copy()
                    moved[place] = at[place] + sign * h
                    ends.append(self._inside(body, moved))
                columns.append(np.asarray((ends[0] - ends[1]) / (2 * h), dtype=object).reshape(-1))
        except NotSymmetric as error:
            raise NotEvaluable("a derivative through a matrix that must stay symmetric") from error
        return np.stack(columns, axis=-1).reshape(self.frame.extent(node.shape))

    def _law(self, law: Expr) -> tuple[Digits, Digits]:
        mean, covariance = (self(a) for a in law.args)
        if not law.shape:
            if covariance[()] <= 0:
                raise Invalid("a variance that is not positive")
        else:
            matrices.symmetric(self.frame, covariance, 1e-12)  # a difference may move it by its step
            matrices.cholesky(self.frame, (covariance + covariance.T) / 2)
        return mean, covariance

    def _density(self, law: Expr, x: Digits) -> Digits:
        mean, s = self._law(law)
        d, mp = np.atleast_1d(x - mean), self.mp
        s = s.reshape(len(d), len(d))
        form = d @ matrices.inverse(self.frame, s) @ d
        return self.frame.array(-(form + matrices.logdet(self.frame, s) + len(d) * mp.log(2 * mp.pi)) / 2)

    def logdensity(self, node: Expr) -> Digits:
        return self._density(node.args[0], self(node.args[1]))

    def _spread(self, law: Expr, d: int | None, separable: bool = False) -> Iterator[tuple[Digits, Any]]:
        """The points of a rule for the law, each with its weight; of what is separable all coordinates move as one."""
        mean, covariance = self._law(law)
        k = self.frame.extent(law.shape)[0] if law.shape else 1
        factor = matrices.cholesky(self.frame, covariance.reshape(k, k))
        for z, weight in _rule(self.mp, 1 if separable else k, d, self.step):
            yield mean + (factor @ np.broadcast_to(z, k)).reshape(mean.shape), weight

    def expectation(self, node: Expr) -> Digits:
        law, body = node.args
        points = self._spread(law, degree(body), is_separable(law, body))
        terms = (self._inside(body, np.asarray(x)) * w for x, w in points)
        return self._total(terms, self.frame.extent(node.shape))

    def kl(self, node: Expr) -> Digits:
        p, q = node.args
        points = self._spread(p, 2)
        return self._total((w * (self._density(p, x) - self._density(q, x)) for x, w in points), ())


def _spread(at: Entry, shape: Shape) -> Entry:
    """An index for each axis, from those of the axes that are not literal ones."""
    rest = iter(at)
    return tuple(0 if n is ONE else next(rest) for n in shape)


def _rule(mp: Any, k: int, d: int | None, step: int) -> Iterator[tuple[Digits, Any]]:
    """Points and weights for a standard normal law in k dimensions: as in `quadrature`, at many digits."""
    if d is not None and d <= 3:
        for i, sign in itertools.product(range(k), (1, -1)):
            z = np.array([mp.mpf(0)] * k, dtype=object)
            z[i] = sign * mp.sqrt(k)
            yield z, mp.mpf(1) / (2 * k)
        return
    axis = _trapezoid(mp, step) if d is None else _hermite(mp, d // 2 + 1)
    if len(axis) ** k > LARGEST:
        raise NotEvaluable(f"an expectation in {k} dimensions takes too many nodes at 50 digits")
    for chosen in itertools.product(axis, repeat=k):
        yield np.array([z for z, _ in chosen], dtype=object), mp.fprod(w for _, w in chosen)


@lru_cache(maxsize=32)
def _trapezoid(mp: Any, step: int) -> list[tuple[Any, Any]]:
    """Equal steps over the normal density: the error is exp(-2 pi^2 / h^2) for what is entire."""
    h = mp.mpf(4) / step
    count = int(20 / h)
    return [(h * j, h * mp.npdf(h * j)) for j in range(-count, count + 1)]


@lru_cache(maxsize=32)
def _hermite(mp: Any, order: int) -> list[tuple[Any, Any]]:
    """Gauss-Hermite nodes, the roots of He_n, with the weights (n-1)! / (n He_{n-1}^2)."""
    previous, current = [mp.mpf(0)], [mp.mpf(1)]  # coefficients, from the highest
    for n in range(order):
        shifted, last = [*current, mp.mpf(0)], [mp.mpf(0)] * (len(current) + 1 - len(previous)) + previous
        previous, current = current, [a - n * b for a, b in zip(shifted, last, strict=True)]
    roots = mp.polyroots(current, maxsteps=200, extraprec=2 * mp.prec) if order > 1 else [mp.mpf(0)]
    scale = mp.factorial(order - 1) / order
    return [(mp.re(z), scale / mp.polyval(previous, mp.re(z)) ** 2) for z in roots]


SPECIAL: dict[str, Callable[[_Evaluation, Expr], Any]] = {
    "symbol": _Evaluation.symbol,
    "index": _Evaluation.index,
    "position": _Evaluation.position,
    "bound": _Evaluation.bound,
    "sum": _Evaluation.sum,
    "array_of": _Evaluation.array_of,
    "product_over": _Evaluation.product_over,
    "derivative": _Evaluation.derivative,
    "logdensity": _Evaluation.logdensity,
    "expectation": _Evaluation.expectation,
    "kl": _Evaluation.kl,
}
