"""What an expression is at given numbers, by numpy: written from the definitions, knowing no calculus.

Arrays have the expression's shape, with axes of length 1 where it has literal ones. Everything is analytic,
so a derivative is the imaginary part of f(x + i h d) / h with h = 1e-30; within one, a central difference.
"""

import itertools
import zlib
from math import prod

import hw3_test_windows_by_loops as loops
import numpy as np
import scipy.linalg
import scipy.special

from hw3.derivations.language.expression import walk
from hw3.derivations.language.sizes import ONE, shape_of

TINY, STEP = 1e-30, 0.01


class OutOfRange(ArithmeticError):
    """The draw is no good: something is undefined there, or too large to be compared."""


# --- functions ------------------------------------------------------------------------------------------


def _generic(name, order, x):
    """A smooth function that is neither odd, even nor monotone, another one for each name; or a derivative."""
    a, b, c = (1 + (zlib.crc32(f"{name}{k}".encode()) % 97) / 97 for k in range(3))
    square = (x * x, 2 * x, 2 + 0 * x, 0 * x)[min(order, 3)]
    return a**order * np.sin(a * x + b + order * np.pi / 2) + 0.2 * c * square + 0.3**order * np.exp(0.3 * x)


KNOWN = {
    "exp": np.exp,
    "log": lambda x: np.log(_positive(x)),
    "expm1mx": lambda x: np.exp(x) - 1 - x,
    "xmlog1p": lambda x: x - np.log(_positive(1 + x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "relu": lambda x: x * _sided(x),
    "step": lambda x: _sided(x) + 0 * x,
    "reciprocal": lambda x: 1 / x,
    "sqrt": lambda x: np.sqrt(_positive(x)),
    "abs": lambda x: x * (2 * _sided(x) - 1),
    "sign": lambda x: 2 * _sided(x) - 1 + 0 * x,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tan": lambda x: np.sin(x) / _away(np.cos(x)),
    "arctan": lambda x: np.arctan(x),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "erf": scipy.special.erf,
}


def function(name, order, x):
    return KNOWN[name](x) if name in KNOWN else _generic(name, order, x)


def _positive(x):
    if np.any(np.real(x) <= 1e-9):
        raise OutOfRange("a number that must be positive")
    return x


def _away(x):
    if np.any(np.abs(x) <= 1e-3):
        raise OutOfRange("a number that must not be 0")
    return x


def _sided(x):
    """1 where x > 0, 0 where x < 0."""
    if np.any(np.abs(np.real(x)) <= 1e-9):
        raise OutOfRange("the kink of a ramp")
    return (np.real(x) > 0).astype(float)


# --- matrices -------------------------------------------------------------------------------------------


def inverse(a):
    if np.linalg.cond(a.real) > 1e5:
        raise OutOfRange("a matrix that is nearly singular")
    return np.linalg.inv(a)


def logdet(a):
    """log |det a|, continued analytically from the real matrices."""
    inverse(a)
    sign, absolute = np.linalg.slogdet(a)
    if not np.iscomplexobj(a):
        return absolute
    return absolute + 1j * (sign * np.sign(sign.real)).imag


def cholesky(s):
    """The Cholesky factor by its recursion, which is analytic in the lower triangle."""
    n = s.shape[0]
    low = np.zeros_like(s)
    for i, j in itertools.product(range(n), range(n)):
        if j <= i:
            rest = s[i, j] - np.sum(low[i, :j] * low[j, :j])
            low[i, j] = np.sqrt(_positive(rest)) if i == j else rest / low[j, j]
    return low


# --- the tree -------------------------------------------------------------------------------------------


class Numbers:
    """One draw: sizes by name, arrays by symbol, positions of free indices."""

    def __init__(self, sizes, rng, where=None):
        self.sizes, self.rng, self.where = sizes, rng, where or {}
        self.symbols = {}
        self.scale = 1.0  # the largest number met

    def shape(self, shape):
        return tuple(s.value(self.sizes) for s in shape)

    def symbol(self, node):
        if node not in self.symbols:
            shape, rng = self.shape(node.shape), self.rng
            value = rng.uniform(0.3, 1.4, shape) * rng.choice([-1.0, 1.0], shape)
            if "positive" in node.data[2]:
                value = np.abs(value) + 0.2
            elif "positive_definite" in node.data[2]:
                value = value @ value.T / 2 + np.diag(rng.uniform(0.5, 1.5, shape[0]))
            elif "symmetric" in node.data[2]:
                value = value + value.T
            elif "invertible" in node.data[2]:
                value = value + 2 * np.eye(shape[0])
            self.symbols[node] = value
        return self.symbols[node]

    def __call__(self, node, env=()):
        with np.errstate(all="ignore"):
            value = np.asarray(getattr(self, f"_{node.operation.name}")(node, *node.args, env=env))
        assert value.shape == self.shape(node.shape), (node, value.shape, node.shape)
        largest = float(np.max(np.abs(value), initial=0))
        if not largest < 1e4:
            raise OutOfRange("a number that is too large")
        self.scale = max(self.scale, largest)
        return value

    def slope(self, f, x, direction):
        """The derivative of f at x along a direction."""
        if np.iscomplexobj(x):
            around = [f(x + k * STEP * direction) for k in (-3, -2, -1, 1, 2, 3)]
            return sum(c * v for c, v in zip((-1, 9, -45, 45, -9, 1), around, strict=True)) / (60 * STEP)
        return np.imag(f(x + 1j * TINY * direction)) / TINY

    def _number(self, node, env):
        return float(node.data)

    def _symbol(self, node, env):
        return self.symbol(node)

    def _size(self, node, env):
        return float(node.data.value(self.sizes))

    def _constant(self, node, env):
        return np.pi

    def _identity(self, node, env):
        return np.eye(node.data.value(self.sizes)).reshape(self.shape(node.shape))

    def _filled(self, node, env):
        return np.full(self.shape(node.shape), float(node.data[0]))

    def _bound(self, node, env):
        return env[node.data[0]]

    def _abbreviation(self, node, value, env):
        return self(value, env)

    def _add(self, node, *terms, env):
        return sum(self(t, env) for t in terms)

    def _negative(self, node, a, env):
        return -self(a, env)

    def _product(self, node, *factors, env):
        done, shape = self(factors[0], env), factors[0].shape
        for f in factors[1:]:
            value = self(f, env)
            if not shape or not f.shape:
                done, shape = done * value, shape or f.shape
            else:
                left, right = (v.reshape((*v.shape, 1)[:2]) for v in (done, value))
                shape = shape_of((*shape, ONE)[0], (*f.shape, ONE)[1])
                done = (left @ right).reshape(self.shape(shape))
        return done

    def _hadamard(self, node, *factors, env):
        return prod((self(f, env) for f in factors), start=1.0)

    def _quotient(self, node, a, b, env):
        return self(a, env) / self(b, env)

    def _power(self, node, a, env):
        value, q = self(a, env), node.data
        if value.ndim:
            return np.linalg.matrix_power(value, int(q))
        return value ** int(q) if q.denominator == 1 else _positive(value) ** float(q)

    def _apply(self, node, x, env):
        return function(*node.data, self(x, env))

    def _transpose(self, node, a, env):
        return self(a, env).T.reshape(self.shape(node.shape))

    def _inverse(self, node, a, env):
        return inverse(self(a, env))

    def _trace(self, node, a, env):
        value = self(a, env)
        return np.trace(value) if value.ndim else value

    def _det(self, node, a, env):
        return np.linalg.det(self(a, env))

    def _logdet(self, node, a, env):
        return logdet(self(a, env))

    def _diag(self, node, v, env):
        return np.diag(self(v, env))

    def _diagonal(self, node, a, env):
        return np.diagonal(self(a, env))

    def _norm(self, node, a, env):
        value = self(a, env)
        return np.sqrt(_positive(np.sum(value * value)))

    def _stack(self, node, *columns, env):
        return np.concatenate([self(c, env) for c in columns])

    def _blockdiag(self, node, *blocks, env):
        values = [self(b, env) for b in blocks]
        whole = np.zeros(self.shape(node.shape), dtype=np.result_type(*values))
        at = 0
        for v in values:
            whole[at : at + len(v), at : at + len(v)] = v
            at += len(v)
        return whole

    def _cholesky(self, node, s, env):
        return cholesky(self(s, env))

    def _eigenvalues(self, node, s, env):
        value = self(s, env)
        if np.iscomplexobj(value) and np.any(value.imag):
            raise OutOfRange("eigenvalues are not differentiated")
        return np.linalg.eigvalsh(value.real)

    def position(self, node, env):
        if node.operation.name == "position":
            return node.data[0]
        return env[node.data[0]] if node.operation.name == "bound" else self.where[node]

    def _entry(self, node, array, *indices, env):
        given = iter([self.position(i, env) for i in indices])
        return self(array, env)[tuple(0 if n is ONE else next(given) for n in array.shape)]

    def _sum(self, node, body, env):
        return sum(self(body, (i, *env)) for i in range(node.data[1].value(self.sizes)))

    def _product_over(self, node, body, env):
        return prod((self(body, (i, *env)) for i in range(node.data[1].value(self.sizes))), start=1.0)

    def _array_of(self, node, body, env):
        parts = [self(body, (i, *env)) for i in range(node.data[1].value(self.sizes))]
        return np.stack(parts).reshape(self.shape(node.shape))

    def _sample(self, node, array, i, env):
        return self(array, env)[self.position(i, env)].reshape(self.shape(node.shape))

    def _affine(self, form, indices, env):
        coefficients, constant = form
        terms = [c.value(self.sizes) * self.position(i, env) for c, i in zip(coefficients, indices, strict=True)]
        return sum(terms) + constant.value(self.sizes)

    def _coincide(self, node, *indices, env):
        return float(self._affine(node.data, indices, env) == 0)

    def _shifted_entry(self, node, array, *indices, env):
        at = iter([self._affine(form, indices, env) for form in node.data])
        places = tuple(0 if n is ONE else next(at) for n in array.shape)
        if any(not 0 <= k < n for k, n in zip(places, self.shape(array.shape), strict=True)):
            raise OutOfRange("an entry beyond the array")
        return self(array, env)[places]

    def _less(self, node, i, j, env):
        i, j = self.position(i, env), self.position(j, env)
        return float(i < j or (i == j and not node.data))

    def _index_value(self, node, i, env):
        return 1.0 + self.position(i, env)

    # --- blocks and extremes ----------------------------------------------------------------------------

    def matrix(self, node, env):
        return self(node, env).reshape(self.shape((*node.shape, ONE, ONE)[:2]))

    def _vec(self, node, a, env):
        a = self.matrix(a, env)
        return np.array([a[i, j] for j in range(a.shape[1]) for i in range(a.shape[0])]).reshape(self.shape(node.shape))

    def _kron(self, node, a, b, env):
        return np.kron(self.matrix(a, env), self.matrix(b, env)).reshape(self.shape(node.shape))

    def _block(self, node, *blocks, env):
        rest = iter(blocks)
        rows = [[self.matrix(next(rest), env) for _ in range(count)] for count in node.data]
        return np.concatenate([np.concatenate(row, 1) for row in rows], 0).reshape(self.shape(node.shape))

    def _extremum(self, node, a, b, env):
        a, b = self(a, env), self(b, env)
        above = _sided(a - b)
        return a * above + b * (1 - above) if node.data == "max" else b * above + a * (1 - above)

    def _maximum_of(self, node, a, env):
        entries = self(a, env).reshape(-1)
        order = np.argsort(np.real(entries))
        if len(order) > 1 and np.min(np.diff(np.real(entries)[order])) <= 1e-9:
            raise OutOfRange("two entries that tie")
        return entries[order[-1 if node.data == "max" else 0]]

    def _matrix_exponential(self, node, a, env):
        return scipy.linalg.expm(self(a, env))

    def _matrix_sqrt(self, node, s, env):
        value = self(s, env)
        cholesky(value)
        return scipy.linalg.sqrtm(value)

    # --- derivatives ------------------------------------------------------------------------------------

    def _derivative(self, node, point, body, env):
        x = self(point, env)
        nested = any(np.iscomplexobj(v) for v in env)
        x = x.astype(complex) if nested else x
        slopes = []
        for i in np.ndindex(x.shape):
            unit = np.zeros(x.shape)
            unit[i] = 1
            slopes.append(self.slope(lambda v: self(body, (v, *env)), x, unit))
        return np.stack(slopes, axis=-1).reshape(self.shape(node.shape))

    # --- windows and layers -----------------------------------------------------------------------------

    def _geometry(self, node):
        g = node.data[0]
        return tuple(n.value(self.sizes) for n in (g.stride, g.dilation, g.padding))

    def _conv(self, node, x, w, env):
        return loops.conv(self(x, env), self(w, env), *self._geometry(node), self.shape(node.data[1:]))

    def _conv_input(self, node, delta, w, env):
        return loops.conv_input(self(delta, env), self(w, env), *self._geometry(node), self.shape(node.data[1:]))

    def _conv_kernel(self, node, delta, x, env):
        return loops.conv_kernel(self(delta, env), self(x, env), *self._geometry(node), self.shape(node.data[1:]))

    def _window(self, node):
        return tuple(n.value(self.sizes) for n in (node.data[0].width, node.data[0].stride))

    def _chosen(self, node, a, env):
        value = self(a, env)
        if loops.margin(value, *self._window(node), self.shape(node.data[1:])) < 1e-9:
            raise OutOfRange("a tie in a window")
        return value

    def _maxpool(self, node, a, env):
        return loops.maxpool(self._chosen(node, a, env), *self._window(node), self.shape(node.data[1:]))

    def _maxunpool(self, node, delta, a, env):
        return loops.maxunpool(self(delta, env), self._chosen(node, a, env), *self._window(node))

    def _avgpool(self, node, a, env):
        return loops.avgpool(self(a, env), *self._window(node), self.shape(node.data[1:]))

    def _avgunpool(self, node, delta, env):
        return loops.avgunpool(self(delta, env), *self._window(node), self.shape(node.data[1:]))

    def _reindex(self, node, a, env):
        _, scale, shifts, sizes = node.data
        return loops.reindex(self(a, env), scale.value(self.sizes), self.shape(shifts), self.shape(sizes))

    def _dense(self, node, w, h, env):
        return loops.dense(self(w, env), self(h, env))

    def _dense_input(self, node, delta, w, env):
        return loops.dense_input(self(delta, env), self(w, env))

    def _dense_kernel(self, node, delta, h, env):
        return loops.dense_kernel(self(delta, env), self(h, env))

    def _broadcast(self, node, b, env):
        return loops.broadcast(self(b, env), self.shape(node.data[0]), node.data[1])

    def _sum_axes(self, node, a, env):
        return loops.sum_axes(self(a, env), node.data).reshape(self.shape(node.shape))

    def _softmax(self, node, z, env):
        return loops.softmax(self(z, env))

    def _logsumexp(self, node, z, env):
        value = np.exp(self(z, env)).sum(-1)
        if np.any(np.real(value) <= 1e-9):  # along an imaginary direction, of a difference within a difference
            raise OutOfRange("a logarithm")
        return np.log(value)

    # --- laws -------------------------------------------------------------------------------------------

    def log_density(self, x, mean, covariance):
        d = x - mean
        if not x.ndim:
            return -(d * d / covariance + np.log(2 * np.pi * _positive(covariance))) / 2
        square = d @ inverse(covariance) @ d
        return -(square + logdet(covariance) + len(x) * np.log(2 * np.pi)) / 2

    def mean_of(self, f, mean, covariance, nodes=5):
        """E f(x) over N(mean, covariance) by Gauss and Hermite, exact for degrees below 2 nodes."""
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        weights = weights / np.sqrt(2 * np.pi)
        factor = cholesky(covariance) if mean.ndim else np.sqrt(_positive(covariance))
        total = 0
        for chosen in itertools.product(range(nodes), repeat=mean.size):
            z = points[list(chosen)]
            x = mean + (factor @ z if mean.ndim else factor * z[0])
            total = total + np.prod(weights[list(chosen)]) * f(x)
        return total

    def _law(self, law, env):
        return self(law.args[0], env), self(law.args[1], env)

    def _logdensity(self, node, law, x, env):
        return self.log_density(self(x, env), *self._law(law, env))

    def _expectation(self, node, law, body, env):
        return self.mean_of(lambda x: self(body, (x, *env)), *self._law(law, env), nodes=5)

    def _kl(self, node, p, q, env):
        p, q = self._law(p, env), self._law(q, env)
        return self.mean_of(lambda x: self.log_density(x, *p) - self.log_density(x, *q), *p, nodes=3)


def free_symbols(node):
    """The symbols of an expression, in a fixed order."""
    found = {n: None for n in walk(node) if n.operation.name == "symbol"}
    return sorted(found, key=lambda n: (str(n.data[0]), str(n.shape)))


def free_indices(node):
    found = {n: None for n in walk(node) if n.operation.name == "index"}
    return sorted(found, key=lambda n: str(n.data[0]))


__all__ = ["Numbers", "OutOfRange", "free_indices", "free_symbols", "function"]
