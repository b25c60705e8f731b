"""The value of an expression modulo a prime: draws, tables of functions, expectations."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import Any

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Shape
from hw3.verify.residues.arithmetic import Array, Degree, Jet, Residues, Undefined, as_array
from hw3.verify.residues.laws import possible_law

Env = tuple[Any, ...]  # the values of the bound variables, innermost first: jets, and ints for indices
Key = tuple[Any, ...]

STEPS = 100_000  # how many nodes are evaluated, those under a derivative once for each entry


class Abstains(ValueError):
    """Evaluation modulo a prime can't speak to this; the message says why."""


class Evaluation:
    """One draw of everything: the sizes, the prime, the symbols' entries and the functions' tables."""

    def __init__(self, sizes: dict[str, int], p: int, rng: random.Random) -> None:
        self.sizes, self.p, self.rng = sizes, p, rng
        self.ring = Residues(p)
        self._symbols: dict[Expr, Jet] = {}
        self._tables: dict[Key, dict[int, int]] = {}
        self._memo: dict[tuple[Expr, tuple[int, ...]], tuple[Jet, Env]] = {}
        self.where: dict[Expr, int] = {}
        self._steps = 0
        self._depth = 0  # how many of the e_k are in use
        self._argument_degree = 0
        self._difference_degree = 0

    def at(self, where: dict[Expr, int]) -> None:
        """Sets the free indices."""
        self.where = where
        self._memo.clear()

    def __call__(self, node: Expr, env: Env = ()) -> Jet:
        """The value of the node, an array of its shape."""
        seen = env[: node.loose]
        key = (node, tuple(map(id, seen)))
        known = self._memo.get(key)
        if known is None:
            self._steps += 1
            if self._steps > STEPS:
                raise Abstains("too much to evaluate")
            evaluate = OPERATIONS.get(node.operation.name)
            if evaluate is None:
                raise Abstains(f"{node.operation.name} isn't evaluated modulo a prime")
            known = self._memo[key] = evaluate(self, node, env), seen  # `seen` keeps the ids in use
        return known[0]

    # --- the chance of an accident --------------------------------------------------------------------

    def compared(self, left: Jet, right: Jet) -> None:
        """Counts a test of whether two values are equal."""
        self._difference_degree += left.degree.plus(right.degree).above

    def error(self, bits: int) -> float:
        """The bound that `agree` states."""
        counts = [len(table) for table in self._tables.values()]
        pairs = sum(n * (n + 1) // 2 for n in counts)  # also with the arguments of known value
        chance = Fraction(2 * (self._difference_degree + pairs * self._argument_degree) + 2**40 * bits)
        return float(min(Fraction(1), chance / 2 ** (bits - 1)))

    def possible_law(self) -> str | None:
        """Why a difference may come from a law of a function that its table doesn't obey."""
        met = {key[1]: list(table) for key, table in self._tables.items() if key[0] == "known"}
        return possible_law(met, self.p, tuple(self.sizes.values()))

    # --- drawing --------------------------------------------------------------------------------------

    def shape(self, shape: Shape) -> tuple[int, ...]:
        return tuple(size.value(self.sizes) for size in shape)

    def residue(self) -> int:
        return self.rng.randrange(self.p)

    def symbol(self, node: Expr) -> Jet:
        if node not in self._symbols:
            shape = self.shape(node.shape)
            array = np.empty(shape, dtype=object)
            for at in np.ndindex(shape):
                array[at] = self.residue()
            if {"symmetric", "positive_definite"} & set(node.data[2]):
                for i, j in itertools.combinations(range(shape[0]), 2):
                    array[j, i] = array[i, j]
            self._symbols[node] = Jet({0: array}, Degree(1, 0))
        return self._symbols[node]

    def looked_up(self, table: Key, arguments: Array, degree: Degree, values: dict[int, int]) -> Array:
        """The table's values at the arguments; `values` gives those that are the same for all draws."""
        known = self._tables.setdefault(table, {})
        self._argument_degree = max(self._argument_degree, 2 * (degree.above + degree.below))

        def look(a: int) -> int:
            if a in values:
                return values[a] % self.p
            if a not in known:
                known[a] = self.residue()
            return known[a]

        return as_array(np.frompyfunc(look, 1, 1)(arguments))

    # --- functions ------------------------------------------------------------------------------------

    def applied(self, name: str, order: int, x: Jet) -> Jet:
        """f^(order) of every entry."""
        ring, degree = self.ring, Degree(1, 0)

        def table(key: Key, values: dict[int, int] | None = None) -> Array:
            return self.looked_up(key, x.real, x.degree, values or {})

        if name == "expm1mx":
            return ring.sum([self.applied("exp", 0, x), ring.constant(-1), ring.scaled(x, -1)])
        if name == "xmlog1p":
            one = ring.add(ring.constant(1), x)
            return ring.add(x, ring.scaled(self.applied("log", 0, one), -1))
        if name == "reciprocal":
            return ring.inverted(x)
        if name == "sqrt":
            raise Abstains("a square root")
        if name in ("abs", "sign"):
            raise Abstains("an absolute value, which is a square root")
        if name in ("sinh", "cosh"):
            ends = self.applied("exp", 0, x), self.applied("exp", 0, ring.scaled(x, -1))
            other = ring.scaled(ends[1], 1 if name == "cosh" else -1)
            return ring.scaled(ring.add(ends[0], other), ring.fraction(1, 2))
        if name == "tan":
            return ring.product(self.applied("sin", 0, x), ring.inverted(self.applied("cos", 0, x)))
        if name == "softplus":
            return self.logarithm(ring.add(ring.constant(1), self.applied("exp", 0, x)))
        if name == "arctan":
            return self.arctangent(x)
        if name == "erf":
            if x.order:
                raise Abstains("the slope of erf, which has the square root of pi")
            return ring.constant(table(("known", "erf"), {0: 0}), degree)
        if name == "exp":
            y = table(("known", "exp"), {0: 1})
            return ring.composed(x, lambda k: y, degree)
        if name == "log":
            return self.logarithm(x)
        if name in ("sin", "cos"):
            sine, cosine = table(("known", "sin"), {0: 0}), table(("known", "cos"), {0: 1})
            cycle = [sine, cosine, -sine, -cosine]
            start = 0 if name == "sin" else 1
            return ring.composed(x, lambda k: cycle[(start + k) % 4], degree)
        if name in ("relu", "step"):
            orders = ("relu", "step")[("relu", "step").index(name) :]  # the slope of a ramp is a step, that of a step 0
            slopes = [table(("known", f)) for f in orders]
            return ring.composed(x, lambda k: slopes[k] if k < len(slopes) else as_array(x.real * 0), degree)
        if name in SLOPES:
            y = table(("known", name), {0: 0 if name == "tanh" else ring.fraction(1, 2)})
            return ring.composed(x, lambda k: _polynomial(_in_itself(SLOPES[name], k), y), degree.to(x.order + 1))
        return ring.composed(x, lambda k: table(("generic", name, order + k)), degree)

    def arctangent(self, x: Jet) -> Jet:
        """A table, and the derivatives P_k(x) / (1 + x^2)^k: P_1 = 1, P_(k+1) = (1 + x^2) P_k' - 2 k x P_k."""
        ring, real = self.ring, Jet({0: x.real}, x.degree)
        value = self.looked_up(("known", "arctan"), x.real, x.degree, {0: 0})
        if not x.order:
            return ring.constant(value, Degree(1, 0))
        first = ring.inverted(ring.add(ring.constant(1), ring.product(real, real)))

        def derivative(k: int) -> Array:
            if k == 0:
                return value
            above = [1]
            for j in range(1, k):
                slope = [n * c for n, c in enumerate(above)][1:]
                longer = [0] * (len(above) + 1)
                for n, c in enumerate(slope):
                    longer[n] += c
                    longer[n + 2] += c
                for n, c in enumerate(above):
                    longer[n + 1] -= 2 * j * c
                above = longer
            return as_array(_polynomial(above, x.real) * first.real**k % self.p)

        return ring.composed(x, derivative, Degree(1, 0).times(x.degree.to(x.order)).times(first.degree.to(x.order)))

    def logarithm(self, x: Jet) -> Jet:
        """log |x|: a table that doesn't see signs, and the derivatives of the logarithm.

        The sign may go, for where log x is defined it is log |x|.
        """
        ring = self.ring
        unsigned = as_array(np.frompyfunc(lambda a: min(a, -a % self.p), 1, 1)(x.real))
        if any(a == 0 for a in unsigned.flat):
            raise Undefined("a logarithm of 0")
        value = self.looked_up(("known", "log"), unsigned, x.degree.to(2), {1: 0})
        if not x.order:
            return ring.constant(value, Degree(1, 0))
        first = ring.inverted(Jet({0: x.real}, x.degree))

        def derivative(k: int) -> Array:
            if k == 0:
                return value
            return as_array(first.real**k * (-1) ** (k - 1) * factorial(k - 1) % self.p)

        return ring.composed(x, derivative, Degree(1, 0).times(first.degree.to(x.order)))

    # --- derivatives and expectations -----------------------------------------------------------------

    def direction(self) -> int:
        """The bit of an e_k that nothing uses; `released` gives it back."""
        self._depth += 1
        return 1 << (self._depth - 1)

    def released(self) -> None:
        self._depth -= 1

    def expectation(self, shape: Shape, mean: Jet, covariance: Jet, body: Callable[[Jet], Jet]) -> Jet:
        """E f(x) = f(m) + 1/2 sum_i (d e_i / dx) (d S e_i / dx) f at m, for f of degree at most 3.

        The degree is checked: fourth differences along a random line vanish for no others.
        """
        ring = self.ring
        line = np.empty(mean.real.shape, dtype=object)
        for i in np.ndindex(line.shape):
            line[i] = self.residue()
        differences = []
        for t, c in enumerate((1, -4, 6, -4, 1)):
            differences.append(ring.scaled(body(ring.add(mean, ring.constant(line * t, Degree(1, 0)))), c))
        fourth = ring.sum(differences)
        self.compared(fourth, ring.constant(0))
        if any(a for v in fourth.parts.values() for a in v.flat):
            raise Abstains("the expectation of what is no polynomial of degree 3 or less")
        if shape and any((v != v.T).any() for v in covariance.parts.values()):
            raise Abstains("an expectation whose covariance isn't symmetric")
        first, second = self.direction(), self.direction()
        result, half = body(mean), ring.fraction(1, 2)
        for i in np.ndindex(mean.real.shape):
            unit = np.zeros(mean.real.shape, dtype=object)
            unit[i] = 1
            column = covariance.each(lambda v: v[i] if v.ndim else v)  # noqa: B023 (called at once)
            x = {**mean.parts, first: unit}
            x |= {m | second: v for m, v in column.parts.items()}
            spread = body(Jet(x, at_least_one(mean.degree.plus(covariance.degree))))
            result = ring.add(result, ring.scaled(coefficient(spread, first | second), half))
        self.released()
        self.released()
        return result

    def log_density(self, shape: Shape, x: Jet, mean: Jet, covariance: Jet) -> Jet:
        ring = self.ring
        d = ring.add(x, ring.scaled(mean, -1))
        two_pi = ring.scaled(self.pi(), 2)
        if not shape:
            square = ring.product(ring.product(d, d), ring.inverted(covariance))
            total = ring.sum([square, self.logarithm(covariance), self.logarithm(two_pi)])
        else:
            square = ring.matmul(ring.matmul(d, ring.inverse(covariance)), d)
            size = ring.constant(self.shape(shape)[0])
            determinant = self.logarithm(ring.determinant(covariance))
            total = ring.sum([square, determinant, ring.product(size, self.logarithm(two_pi))])
        return ring.scaled(total, -ring.fraction(1, 2))

    def pi(self) -> Jet:
        """pi is as good as a random number: it satisfies no polynomial equation."""
        known = self._tables.setdefault(("pi",), {})
        return self.ring.constant(known.setdefault(0, self.residue()), Degree(1, 0))


def at_least_one(degree: Degree) -> Degree:
    """The degree of an array in which a 1 = D / D has been put."""
    return Degree(max(degree), degree.below)


def coefficient(jet: Jet, bits: int) -> Jet:
    parts = {m & ~bits: v for m, v in jet.parts.items() if m & bits == bits}
    parts.setdefault(0, np.zeros(jet.real.shape, dtype=object))
    return Jet(parts, jet.degree)


# Functions whose slope is a polynomial in themselves, by coefficients: s' = s - s^2, t' = 1 - t^2.
SLOPES: dict[str, tuple[int, ...]] = {"sigmoid": (0, 1, -1), "tanh": (1, 0, -1)}


def _in_itself(slope: tuple[int, ...], order: int) -> list[int]:
    """The order-th derivative of y as a polynomial in y, when y' is the polynomial `slope` in y."""
    result = [0, 1]
    for _ in range(order):
        product = [0] * (len(result) + len(slope))
        for k, c in enumerate(result[1:], 1):
            for j, d in enumerate(slope):
                product[k - 1 + j] += k * c * d
        result = product
    return result


def _polynomial(coefficients: list[int], y: Array) -> Array:
    total = as_array(y * 0)
    for c in reversed(coefficients):
        total = as_array(total * y + c)
    return total


Evaluate = Callable[[Evaluation, Expr, Env], Jet]
OPERATIONS: dict[str, Evaluate] = {}  # filled by hw3.verify.residues.operations


def operation(name: str) -> Callable[[Evaluate], Evaluate]:
    def register(evaluate: Evaluate) -> Evaluate:
        OPERATIONS[name] = evaluate
        return evaluate

    return register
