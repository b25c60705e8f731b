"""An evaluator of expressions that shares nothing with the calculus, and small expressions by the thousand.

Values are residues modulo a random 127-bit prime, so that equality is equality; or floats, for what has no
exact value (exp, log, roots). Derivatives come from dual numbers, Gaussian expectations from the three-point
Gauss-Hermite rule (exact to degree 5; the square root of 3 is there modulo the prime), inverses and
determinants from elimination. Functions are random tables, and so is log |det| up to the sign of det.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

import hw3.derivations.operations as o
from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.sizes import axes


class NoValue(ValueError):
    """The expression has no value at this draw, or none that this arithmetic knows."""


class Dual:
    """a + b eps_level; a number of a lower level is a constant to it."""

    __slots__ = ("a", "b", "level")

    def __init__(self, level: int, a: Any, b: Any) -> None:
        self.level, self.a, self.b = level, a, b

    def _parts(self, other: Any) -> tuple[Any, Any]:
        return (other.a, other.b) if isinstance(other, Dual) and other.level == self.level else (other, 0)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):  # an array adds entry by entry
            return NotImplemented
        if isinstance(other, Dual) and other.level > self.level:
            return other + self
        a, b = self._parts(other)
        return Dual(self.level, self.a + a, self.b + b)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(self.level, -self.a, -self.b)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        if isinstance(other, Dual) and other.level > self.level:
            return other * self
        a, b = self._parts(other)
        return Dual(self.level, self.a * a, self.a * b + self.b * a)

    __rmul__ = __mul__

    def __mod__(self, p: int) -> Dual:
        return Dual(self.level, self.a % p, self.b % p)


def plain(value: Any) -> Any:
    """A number without its infinitesimal parts."""
    while isinstance(value, Dual):
        value = value.a
    return value


INEXACT = {"exp", "log", "expm1mx", "xmlog1p", "sqrt"}


def exactable(node: Expr) -> bool:
    """Whether residues know the value: no exponentials, logarithms or roots."""
    return not any(
        n.operation.name in ("norm", "cholesky", "eigenvalues")
        or (n.operation.name == "apply" and n.data[0] in INEXACT)
        or (n.operation.name == "power" and n.data.denominator != 1)
        for n in walk(node)
    )


def random_prime(rng: random.Random, bits: int = 127) -> int:
    """A random prime that is 11 modulo 12, so that 3 is a square (Miller-Rabin, 30 rounds)."""
    while True:
        p = 12 * rng.getrandbits(bits - 4) + 11
        d, r = p - 1, 0
        while d % 2 == 0:
            d, r = d // 2, r + 1

        def witness(a: int, p: int = p, d: int = d, r: int = r) -> bool:
            x = pow(a, d, p)
            if x in (1, p - 1):
                return False
            return all((x := x * x % p) != p - 1 for _ in range(r - 1))

        if all(p % q for q in (5, 7, 13, 17, 19, 23)) and not any(witness(rng.randrange(2, p - 1)) for _ in range(30)):
            return p


class Draw:
    """Values for all symbols at given sizes; `exact` modulo a prime, else in float64."""

    def __init__(self, sizes: dict[str, int], seed: int, exact: bool = True) -> None:
        self.rng = random.Random(f"{sorted(sizes.items())} {seed} {exact}")
        self.sizes = sizes
        self.p = random_prime(self.rng) if exact else None
        self.root3 = pow(3, (self.p + 1) // 4, self.p) if self.p else math.sqrt(3)
        self._symbols: dict[Any, np.ndarray] = {}
        self._roots: dict[Any, np.ndarray] = {}
        self._tables: dict[Any, Any] = {}
        self._memo: dict[Expr, np.ndarray] = {}
        self.level = 0

    # --- numbers ------------------------------------------------------------------------------------

    def fresh(self) -> Any:
        if self.p:
            return self.rng.randrange(2, self.p)
        return self.rng.choice((-1, 1)) * self.rng.uniform(0.3, 1.2)

    def reduced(self, value: Any) -> Any:
        return value % self.p if self.p else value

    def rational(self, q: Fraction) -> Any:
        return q.numerator * pow(q.denominator, -1, self.p) % self.p if self.p else float(q)

    def inverse(self, value: Any) -> Any:
        if isinstance(value, Dual):
            i = self.inverse(value.a)
            return self.reduced(Dual(value.level, i, -(value.b * i * i)))
        if not value:
            raise NoValue("a division by zero")
        return pow(int(value), -1, self.p) if self.p else 1 / value

    def table(self, name: Any, key: Any) -> Any:
        if (name, key) not in self._tables:
            self._tables[name, key] = self.fresh()
        return self._tables[name, key]

    # --- functions ----------------------------------------------------------------------------------

    def function(self, name: str, order: int, t: Any) -> Any:
        if isinstance(t, Dual):
            return self.reduced(Dual(t.level, self.function(name, order, t.a), self.slope(name, order, t.a) * t.b))
        if name == "reciprocal":
            return self.inverse(t)
        if self.p:
            return self.table((name, order), t)
        t = float(t)
        try:
            if name in KNOWN:
                return KNOWN[name](t)
        except (ValueError, OverflowError) as error:
            raise NoValue(str(error)) from error
        k = sum(map(ord, name)) % 7 + 2  # a generic function: neither odd nor monotone
        wave = (0.3 * k) ** order * math.sin(0.3 * k * t + 0.4 + order * math.pi / 2)
        return wave + (0.2 * t * t, 0.4 * t, 0.4, 0)[min(order, 3)]

    def slope(self, name: str, order: int, t: Any) -> Any:
        f = self.function
        match name:
            case "exp":
                return f("exp", 0, t)
            case "log":
                return self.inverse(t)
            case "expm1mx":
                return f("exp", 0, t) - 1
            case "xmlog1p":
                return 1 - self.inverse(1 + t)
            case "sqrt":
                return self.inverse(2 * f("sqrt", 0, t))
            case "reciprocal":
                return -(self.inverse(t) * self.inverse(t))
            case "sigmoid":
                y = f("sigmoid", 0, t)
                return y - y * y
            case "tanh":
                y = f("tanh", 0, t)
                return 1 - y * y
            case "sin":
                return f("cos", 0, t)
            case "cos":
                return -f("sin", 0, t)
        return f(name, order + 1, t)

    def powered(self, base: Any, q: Fraction) -> Any:
        if q.denominator == 1:
            result, by = 1, base if q >= 0 else self.inverse(base)
            for _ in range(abs(int(q))):
                result = self.reduced(result * by)
            return result
        if self.p:
            raise NoValue("a root")
        if isinstance(base, Dual):
            return Dual(base.level, self.powered(base.a, q), float(q) * self.powered(base.a, q - 1) * base.b)
        if base < 0 or (base == 0 and q < 0):
            raise NoValue("a root of a negative number")
        return base ** float(q)

    # --- matrices -----------------------------------------------------------------------------------

    def eliminated(self, a: np.ndarray) -> tuple[Any, np.ndarray]:
        """(the determinant, the inverse)."""
        n = len(a)
        work = np.concatenate([a, np.identity(n, dtype=int).astype(object)], axis=1)
        det: Any = 1
        for k in range(n):
            rows = [r for r in range(k, n) if plain(work[r, k])]
            if not rows:
                raise NoValue("a singular matrix")
            best = rows[0] if self.p else max(rows, key=lambda r: abs(plain(work[r, k])))
            if best != k:
                work[[k, best]] = work[[best, k]]
                det = -det
            det = self.reduced(det * work[k, k])
            work[k] = self.reduced(work[k] * self.inverse(work[k, k]))
            for r in range(n):
                if r != k:
                    work[r] = self.reduced(work[r] - work[r, k] * work[k])
        return det, work[:, n:]

    def determinant(self, a: np.ndarray) -> Any:
        """det by elimination; of a singular matrix of dual numbers by expansion."""
        n = len(a)
        try:
            return self.eliminated(a)[0]
        except NoValue:
            if not any(isinstance(x, Dual) for x in a.reshape(-1)):
                return 0
        total: Any = 0
        for perm in itertools.permutations(range(n)):
            sign = (-1) ** sum(perm[i] > perm[j] for i in range(n) for j in range(i + 1, n))
            term: Any = sign
            for i, j in enumerate(perm):
                term = self.reduced(term * a[i, j])
            total = self.reduced(total + term)
        return total

    def logdet(self, d: Any) -> Any:
        if isinstance(d, Dual):
            return self.reduced(Dual(d.level, self.logdet(d.a), d.b * self.inverse(d.a)))
        if not d:
            raise NoValue("log 0")
        if not self.p:
            return math.log(abs(d))
        key = min(d, self.p - d)
        return 0 if key == 1 else self.table("logdet", key)

    # --- expressions --------------------------------------------------------------------------------

    def shape(self, node: Expr) -> tuple[int, ...]:
        return tuple(n.value(self.sizes) for n in axes(node.shape))

    def __call__(self, node: Expr, bound: tuple[np.ndarray, ...] = ()) -> np.ndarray:
        """The value: an array with an axis for each that is not a literal one."""
        if node.loose:
            return self._value(node, bound)
        if node not in self._memo:
            self._memo[node] = self._value(node, ())
        return self._memo[node]

    def _value(self, node: Expr, bound: tuple[np.ndarray, ...]) -> np.ndarray:
        value = getattr(self, f"_{node.operation.name}")(node, bound)
        result = np.empty(self.shape(node), dtype=object)
        result[...] = value
        return self.reduced(result) if result.shape else np.array(self.reduced(result[()]), dtype=object)

    def _full(self, node: Expr, bound: tuple) -> np.ndarray:
        """As a matrix: columns with one column, rows with one row."""
        shape = tuple(n.value(self.sizes) for n in node.shape)
        return self(node, bound).reshape((*shape, 1) if len(shape) == 1 else shape)

    def _number(self, node: Expr, bound: tuple) -> Any:
        return self.rational(node.data)

    def _symbol(self, node: Expr, bound: tuple) -> Any:
        if node not in self._symbols:
            _, _, assumed = node.data
            shape = self.shape(node)
            value = np.array([self.fresh() for _ in range(math.prod(shape))], dtype=object).reshape(shape)
            if "positive" in assumed:
                self._roots[node] = value
                value = value * value
            if "positive_definite" in assumed:
                root = np.tril(np.array(value, dtype=object), -1) + np.diag(np.diag(value) ** 2)
                if not self.p:
                    root = root + 0.5 * np.identity(len(root))
                self._roots[node] = root = root.astype(object)
                value = root.dot(root.T)
            elif "symmetric" in assumed:
                value = value + value.T
            elif "invertible" in assumed and not self.p:
                value = value + 3 * np.identity(len(value))
            self._symbols[node] = value
        return self._symbols[node]

    def _bound(self, node: Expr, bound: tuple) -> Any:
        return bound[-1 - node.data[0]]

    def _size(self, node: Expr, bound: tuple) -> Any:
        return node.data.value(self.sizes)

    def _constant(self, node: Expr, bound: tuple) -> Any:
        return self.table("constant", node.data) if self.p else math.pi

    def _identity(self, node: Expr, bound: tuple) -> Any:
        return np.identity(node.data.value(self.sizes), dtype=int).astype(object)

    def _filled(self, node: Expr, bound: tuple) -> Any:
        return node.data[0]

    def _abbreviation(self, node: Expr, bound: tuple) -> Any:
        return self(node.args[0], bound)

    def _position(self, node: Expr, bound: tuple) -> Any:
        return node.data[0]

    def _index(self, node: Expr, bound: tuple) -> Any:
        return self._tables.setdefault(node, self.rng.randrange(node.data[1].value(self.sizes)))

    def _add(self, node: Expr, bound: tuple) -> Any:
        return sum((self(a, bound) for a in node.args[1:]), self(node.args[0], bound))

    def _negative(self, node: Expr, bound: tuple) -> Any:
        return -self(node.args[0], bound)

    def _product(self, node: Expr, bound: tuple) -> Any:
        scale: Any = 1
        done = None
        for arg in node.args:
            if not arg.shape:
                scale = self.reduced(scale * self(arg, bound)[()])
            elif done is None:
                done = self._full(arg, bound)
            else:
                right = self._full(arg, bound)
                if done.shape == (1, 1) and right.shape[0] != 1:  # a scalar such as x^T y, then a matrix
                    done, scale = right, self.reduced(scale * done[0, 0])
                else:
                    done = self.reduced(done.dot(right))
        if done is None:
            return scale
        return (done * scale).reshape(self.shape(node))

    def _hadamard(self, node: Expr, bound: tuple) -> Any:
        result = self(node.args[0], bound)
        for arg in node.args[1:]:
            result = self.reduced(result * self(arg, bound))
        return result

    def _quotient(self, node: Expr, bound: tuple) -> Any:
        return self(node.args[0], bound) * self.inverse(self(node.args[1], bound)[()])

    def _power(self, node: Expr, bound: tuple) -> Any:
        if not node.shape:
            return self.powered(self(node.args[0], bound)[()], node.data)
        base = self(node.args[0], bound)
        result = np.identity(len(base), dtype=int).astype(object)
        for _ in range(int(node.data)):
            result = self.reduced(result.dot(base))
        return result

    def _apply(self, node: Expr, bound: tuple) -> Any:
        name, order = node.data
        argument = self(node.args[0], bound)
        values = [self.function(name, order, t) for t in argument.reshape(-1)]
        result = np.empty(len(values), dtype=object)
        result[:] = values
        return result.reshape(argument.shape)

    def _transpose(self, node: Expr, bound: tuple) -> Any:
        return self(node.args[0], bound).T

    def _inverse(self, node: Expr, bound: tuple) -> Any:
        return self.eliminated(self(node.args[0], bound))[1]

    def _trace(self, node: Expr, bound: tuple) -> Any:
        a = self(node.args[0], bound)
        return sum(a[i, i] for i in range(len(a))) if a.shape else a

    def _det(self, node: Expr, bound: tuple) -> Any:
        return self.determinant(self(node.args[0], bound))

    def _logdet(self, node: Expr, bound: tuple) -> Any:
        return self.logdet(self.determinant(self(node.args[0], bound)))

    def _diag(self, node: Expr, bound: tuple) -> Any:
        v = self(node.args[0], bound)
        result = np.zeros((len(v), len(v)), dtype=int).astype(object)
        for i, x in enumerate(v):
            result[i, i] = x
        return result

    def _diagonal(self, node: Expr, bound: tuple) -> Any:
        return self(node.args[0], bound).diagonal()

    def _norm(self, node: Expr, bound: tuple) -> Any:
        return self.powered(sum(x * x for x in self(node.args[0], bound).reshape(-1)), Fraction(1, 2))

    def _stack(self, node: Expr, bound: tuple) -> Any:
        return np.concatenate([self(a, bound) for a in node.args])

    def _blockdiag(self, node: Expr, bound: tuple) -> Any:
        blocks = [self(a, bound) for a in node.args]
        n = sum(map(len, blocks))
        result = np.zeros((n, n), dtype=int).astype(object)
        at = 0
        for b in blocks:
            result[at : at + len(b), at : at + len(b)] = b
            at += len(b)
        return result

    def _cholesky(self, node: Expr, bound: tuple) -> Any:
        try:
            return np.linalg.cholesky(self(node.args[0], bound).astype(float)).astype(object)
        except (np.linalg.LinAlgError, TypeError) as error:
            raise NoValue(str(error)) from error

    def _eigenvalues(self, node: Expr, bound: tuple) -> Any:
        a = self(node.args[0], bound)
        if not (a == a.T).all():
            raise NoValue("not symmetric")
        return np.linalg.eigvalsh(a.astype(float)).astype(object)

    def _entry(self, node: Expr, bound: tuple) -> Any:
        array, *indices = node.args
        return self(array, bound)[tuple(int(self(i, bound)[()]) for i in indices)]

    def _sum(self, node: Expr, bound: tuple) -> Any:
        n = node.data[1].value(self.sizes)
        return sum(self(node.args[0], (*bound, np.array(i, dtype=object))) for i in range(n))

    def _derivative(self, node: Expr, bound: tuple) -> Any:
        point, body = self(node.args[0], bound), node.args[1]
        self.level += 1
        columns = []
        for k in range(point.size):
            moved = np.empty(point.size, dtype=object)
            moved[:] = [Dual(self.level, x, int(j == k)) for j, x in enumerate(point.reshape(-1))]
            value = self(body, (*bound, moved.reshape(point.shape))).reshape(-1)
            column = np.empty(value.size, dtype=object)
            column[:] = [x.b if isinstance(x, Dual) and x.level == self.level else 0 for x in value]
            columns.append(column)
        self.level -= 1
        return np.stack(columns, axis=1).reshape(self.shape(node))

    # --- Gaussian laws ------------------------------------------------------------------------------

    def _root(self, covariance: Expr) -> np.ndarray:
        """L with L L^T the covariance (a number for a variance)."""
        self(covariance)
        if covariance in self._roots:
            return self._roots[covariance]
        if covariance.operation.name == "identity":
            return self(covariance)
        if covariance.operation.name == "diag" and covariance.args[0] in self._roots:
            return np.diag(self._roots[covariance.args[0]])
        raise NoValue("a covariance without a root")

    def expected(self, law: Expr, bound: tuple, body: Callable[[np.ndarray], Any]) -> Any:
        mean, root = self(law.args[0], bound), self._root(law.args[1])
        total: Any = 0
        third, sixth = self.rational(Fraction(2, 3)), self.rational(Fraction(1, 6))
        for nodes in itertools.product((0, 1, -1), repeat=mean.size):
            weight: Any = 1
            for z in nodes:
                weight = self.reduced(weight * (sixth if z else third))
            z = np.array([self.root3 * z for z in nodes], dtype=object)
            step = root.dot(z) if root.shape else root * z[0]
            total = self.reduced(total + weight * body(self.reduced(mean + step)))
        return total

    def _expectation(self, node: Expr, bound: tuple) -> Any:
        return self.expected(node.args[0], bound, lambda x: self(node.args[1], (*bound, x)))

    def density(self, law: Expr, bound: tuple, x: np.ndarray) -> Any:
        d = self.reduced(x - self(law.args[0], bound)).reshape(-1)
        covariance = self(law.args[1], bound)
        k = d.size
        spread = covariance.reshape(k, k)
        det, inverse = self.eliminated(spread)
        log_two_pi = self.table("log two pi", 0) if self.p else math.log(2 * math.pi)
        if self.p and not covariance.shape:
            log_det = self.table("log", det)
        else:
            log_det = self.logdet(det)
        total = self.reduced(d.dot(inverse).dot(d)) + log_det + k * log_two_pi
        return self.reduced(total * self.rational(Fraction(-1, 2)))

    def _logdensity(self, node: Expr, bound: tuple) -> Any:
        return self.density(node.args[0], bound, self(node.args[1], bound))

    def _kl(self, node: Expr, bound: tuple) -> Any:
        p, q = node.args
        return self.expected(p, bound, lambda x: self.density(p, bound, x) - self.density(q, bound, x))


KNOWN: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "expm1mx": lambda t: math.expm1(t) - t,
    "xmlog1p": lambda t: t - math.log1p(t),
    "sigmoid": lambda t: 1 / (1 + math.exp(-t)),
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "sqrt": math.sqrt,
}


def fingerprint(draw: Draw, node: Expr) -> tuple | None:
    """All entries of the value at a draw; None where there is none."""
    try:
        return tuple(draw(node).reshape(-1))
    except (NoValue, OverflowError):
        return None


def agree(a: tuple | None, b: tuple | None, exact: bool) -> bool:
    """Whether two values are equal, or one of them is none."""
    if a is None or b is None:
        return True
    if exact:
        return a == b
    pairs = zip(a, b, strict=True)
    return all(x == y or abs(x - y) <= 1e-7 * (1 + abs(x) + abs(y)) or x != x or y != y for x, y in pairs)


# --- small expressions ------------------------------------------------------------------------------


def leaves() -> dict[str, Expr]:
    return {
        "A": o.matrix("A", "n", "n"),
        "S": o.matrix("S", "n", "n", "symmetric"),
        "I": o.identity("n"),
        "B": o.matrix("B", "m", "n"),
        "x": o.vector("x", "n"),
        "y": o.vector("y", "n"),
        "1": o.ones("n"),
        "0": o.zeros("n"),
        "s": o.scalar("s"),
        "p": o.scalar("p", "positive"),
        "two": o.number(2),
        "n": o.size("n"),
        "E": o.ones("n", "n"),
    }


def _square(e: Expr) -> bool:
    return len(e.shape) == 2 and e.shape[0] is e.shape[1]


def _sum_of(e: Expr, f: Callable[[Expr], Expr] = lambda t: t) -> Expr:
    i, j = o.index("i", e.shape[0]), o.index("j", e.shape[-1])
    return o.sum_over(i, f(e[i])) if len(axes(e.shape)) == 1 else o.sum_over(i, o.sum_over(j, f(e[i, j])))


def _diagonal_sum(e: Expr) -> Expr:
    i = o.index("i", e.shape[0])
    return o.sum_over(i, e[i, i])


Unary = tuple[Callable[[Expr], bool], Callable[[Expr], Expr]]
UNARY: dict[str, Unary] = {
    "transpose": (lambda e: bool(e.shape), o.transpose),
    "negative": (lambda e: True, o.negative),
    "trace": (_square, o.trace),
    "diag": (lambda e: len(e.shape) == 1, o.diag),
    "diagonal": (_square, o.diagonal),
    "inverse": (_square, o.inverse),
    "det": (_square, o.det),
    "logdet": (_square, o.logdet),
    "square": (lambda e: not e.shape or _square(e), o.square),
    "reciprocal": (lambda e: not e.shape, lambda e: o.power(e, -1)),
    "root": (lambda e: not e.shape, o.sqrt),
    "norm2": (lambda e: bool(e.shape) and e.shape[-1:] != (), lambda e: o.square(o.norm(e))),
    "f": (lambda e: True, lambda e: o.apply("f", e)),
    "exp": (lambda e: not e.shape, o.exp),
    "log": (lambda e: not e.shape, o.log),
    "xmlog1p": (lambda e: not e.shape, o.xmlog1p),
    "expm1mx": (lambda e: not e.shape, o.expm1mx),
    "sum": (lambda e: len(e.shape) in (1, 2), _sum_of),
    "sum of squares": (lambda e: len(e.shape) in (1, 2), lambda e: _sum_of(e, o.square)),
    "diagonal sum": (_square, _diagonal_sum),
}
DIFFERENTIATED = ("x", "A", "S", "s")


def _same_vectors(a: Expr, b: Expr) -> bool:
    return len(a.shape) == 1 and len(b.shape) == 1


BINARY: dict[str, tuple[Callable[[Expr, Expr], bool], Callable[[Expr, Expr], Expr]]] = {
    "product": (lambda a, b: True, o.product),
    "add": (lambda a, b: a.shape == b.shape, o.add),
    "subtract": (lambda a, b: a.shape == b.shape, lambda a, b: a - b),
    "hadamard": (lambda a, b: bool(a.shape) and a.shape == b.shape, o.hadamard),
    "quotient": (lambda a, b: not b.shape, o.quotient),
    "stack": (_same_vectors, o.stack),
    "blockdiag": (lambda a, b: _square(a) and _square(b), o.blockdiag),
}


def _applied(table: dict, *args: Expr) -> Iterator[Expr]:
    for fits, build in table.values():
        if fits(*args):
            try:
                yield build(*args)
            except ValueError:  # the shapes do not fit: no product
                continue


def _laws(leaf: dict[str, Expr]) -> list[Expr]:
    definite = o.matrix("P", "n", "n", "positive_definite")
    return [o.normal(leaf["y"], definite), o.normal(leaf["0"], leaf["I"])]


def _analysed(e: Expr, leaf: dict[str, Expr]) -> Iterator[Expr]:
    """Derivatives and expectations of an expression."""
    inside = set(walk(e))
    for name in DIFFERENTIATED:
        v = leaf.get(name)
        if v in inside and len(axes(e.shape)) + len(axes(v.shape)) <= 2:
            yield o.derivative(e, v)
    if leaf.get("x") in inside and "y" in leaf and len(axes(e.shape)) < 3:
        for law in _laws(leaf):
            yield o.expectation(leaf["x"], law, e)


def expressions(leaf: dict[str, Expr], operations: int = 2, analysed: int = 0) -> list[Expr]:
    """All expressions with at most so many operations on these leaves, in a fixed order, each once.

    With `analysed`, every so-manieth derivative and expectation of the largest ones, too.
    """
    levels: list[dict[Expr, None]] = [dict.fromkeys(leaf.values())]
    seen = set(levels[0])
    for k in range(1, operations + 1):
        new: dict[Expr, None] = {}
        for e in levels[k - 1]:
            for made in itertools.chain(_applied(UNARY, e), _analysed(e, leaf)):
                new.setdefault(made)
        for i in range(k):
            for a, b in itertools.product(levels[i], levels[k - 1 - i]):
                for made in _applied(BINARY, a, b):
                    new.setdefault(made)
        fresh = {e: None for e in new if e not in seen}
        seen.update(fresh)
        levels.append(fresh)
    result = [e for level in levels for e in level]
    if analysed:
        last = [d for e in levels[-1] for d in _analysed(e, leaf) if len(axes(d.shape)) < 2]
        result = list(dict.fromkeys(result + last[::analysed]))
    if "x" in leaf and "y" in leaf:
        y, p, q = leaf["y"], *_laws(leaf)
        result += [o.kl(p, q), o.kl(q, p), o.kl(p, p), o.log_density(p, leaf["x"]), o.log_density(q, y)]
        result += [o.log_density(p, leaf["x"]) - o.log_density(q, leaf["x"])]
    return result


def open_leaves() -> dict[str, Expr]:
    """Leaves with free indices and literal positions in them."""
    a, s, x = o.matrix("A", "n", "n"), o.matrix("S", "n", "n", "symmetric"), o.vector("x", "n")
    i, j, first, second = o.index("i", "n"), o.index("j", "n"), o.position(0, "n"), o.position(1, "n")
    return {
        "x_1": x[first],
        "x_2": x[second],
        "x_i": x[i],
        "x_j": x[j],
        "A_ij": a[i, j],
        "A_ji": a[j, i],
        "A_12": a[first, second],
        "S_ij": s[i, j],
        "I_ij": o.identity("n")[i, j],
        "I_i1": o.identity("n")[i, first],
        "x_i A + x_j A^T": x[i] * a + x[j] * a.T,
        "x_1 A + x_2 A^T": x[first] * a + x[second] * a.T,
        "s": o.scalar("s"),
        "y": o.vector("y", "n"),
    }


# --- classes and what is wrong with them ------------------------------------------------------------

EXACT_SIZES = ({"n": 2, "m": 3}, {"n": 4, "m": 3})
FLOAT_SIZES = ({"n": 3, "m": 2}, {"n": 2, "m": 4}, {"n": 2, "m": 3})
Classes = dict[Any, list[Expr]]


def draws(seed: int = 0, exact: bool = True, sizes: tuple[dict[str, int], ...] = ()) -> list[Draw]:
    chosen = sizes or (EXACT_SIZES if exact else FLOAT_SIZES)
    return [Draw(n, seed + k, exact) for k, n in enumerate(chosen)]


def grouped(nodes: list[Expr], key: Callable[[Expr], Any]) -> Classes:
    """The expressions that have a key, by key and shape."""
    classes: Classes = {}
    for e in nodes:
        try:
            classes.setdefault((key(e), e.shape), []).append(e)
        except (ValueError, ZeroDivisionError, RuntimeError):  # undefined, not differentiable, over budget
            continue
    return classes


def wrong_merges(classes: Classes, exact: list[Draw], inexact: list[Draw]) -> list[tuple[Expr, Expr]]:
    """Pairs in one class whose values differ at a draw."""
    wrong: dict[tuple[Expr, Expr], None] = {}
    for members in classes.values():
        if len(members) == 1:
            continue
        by_residues = all(map(exactable, members))
        for draw in exact if by_residues else inexact:
            first: tuple[Expr, tuple] | None = None
            for e in members:
                value = fingerprint(draw, e)
                if first is None and value is not None:
                    first = e, value
                elif first is not None and not agree(first[1], value, by_residues):
                    wrong.setdefault((first[0], e))
    return list(wrong)


def missed_merges(classes: Classes, exact: list[Draw]) -> list[list[Expr]]:
    """Sets of expressions, one of each class, whose values agree at every draw."""
    equal: dict[Any, list[Expr]] = {}
    for (_, shape), members in classes.items():
        e = next(filter(exactable, members), None)
        if e is None:
            continue
        values = tuple(fingerprint(draw, e) for draw in exact)
        if None not in values:
            equal.setdefault((values, shape), []).append(e)
    return [group for group in equal.values() if len(group) > 1]
