"""Samples, shifted entries, comprehensions, blocks and extremes, each with what it is by loops."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.special

import hw3.derivations.operations as o
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size

# k is at most n, for windows of k on n; sizes of 1 are among them.
SIZES = (
    {"N": 2, "m": 3, "n": 4, "k": 2, "d": 1},
    {"N": 3, "m": 2, "n": 5, "k": 5, "d": 2},
    {"N": 1, "m": 1, "n": 3, "k": 1, "d": 3},
    {"N": 4, "m": 2, "n": 1, "k": 1, "d": 2},
    {"N": 2, "m": 2, "n": 2, "k": 2, "d": 0},
)
n, k, m, d = map(Size.symbol, "nkmd")
X, C, B = o.matrix("X", "N", "n"), o.matrix("C", "n", "n"), o.matrix("B", "k", "m")
A, D, E = o.matrix("A", "m", "n"), o.matrix("D", "m", "k"), o.matrix("E", "N", "k")
T, ROW, L = o.array("T", "N", "n", "m"), o.matrix("ROW", 1, "n"), o.vector("L", n + d)
x, y, w, z = o.vector("x", "n"), o.vector("y", "n"), o.vector("w", "k"), o.vector("z", "m")
p = o.vector("p", "n", "positive")
s, t = o.scalar("s"), o.scalar("t")
Y2 = o.vector("Y2", 2 * n)
SYMBOLS = (X, C, B, A, D, E, T, ROW, L, x, y, w, z, p, s, t, Y2)
i, j, a, b = o.index("i", "n"), o.index("j", "n"), o.index("a", "N"), o.index("b", "m")
u, v = o.index("u", n - k + 1), o.index("v", "k")
WHERE = {i: 0, j: -1, a: -1, b: 0}  # -1: the last position
WINDOW = o.place([(u, 1), (v, 1)], -1)
HELD = o.array_of(u, o.sum_over(v, w[v] * o.shifted_entry(x, WINDOW)))
I2 = o.index("e", 2)


def _windows(v: SimpleNamespace) -> Any:
    return np.array([[v.x[y + u] for u in range(v.k)] for y in range(v.n - v.k + 1)])


def _every(v: SimpleNamespace, f: Callable[[int, int], float]) -> Any:
    return np.array([[float(f(r, q)) for q in range(v.n)] for r in range(v.n)])


CASES: dict[str, tuple[Expr, Callable[[SimpleNamespace], Any]]] = {
    "sample": (o.sample(X, a), lambda v: v.X[-1]),
    "sample of an array": (o.sample(T, a), lambda v: v.T[-1]),
    "sample of a column": (o.sample(x, i), lambda v: v.x[0]),
    "sample of a row": (o.sample(ROW, o.position(0, 1)), lambda v: v.ROW[0]),
    "sample at a position": (o.sample(C, o.position(0, n)), lambda v: v.C[0]),
    "samples, squared": (o.sum_over(a, o.sample(X, a) @ o.sample(X, a).T), lambda v: v.X.T @ v.X),
    "coincide": (o.coincide([i, b], [1, -1], 0), lambda v: 1.0),
    "coincide, summed": (
        o.sum_over(i, o.sum_over(b, o.coincide([i, b], [2, -1], -d) * x[i] * z[b])),
        lambda v: sum(v.x[r] * v.z[2 * r - v.d] for r in range(v.n) if 0 <= 2 * r - v.d < v.m),
    ),
    "coincide at positions": (o.coincide([o.position(1, 3), o.position(2, 4)], [2, -1]), lambda v: 1.0),
    "delta": (o.array_of(i, o.array_of(j, o.delta(i, j))), lambda v: np.eye(v.n)),
    "delta, summed": (o.sum_over(j, o.delta(i, j) * y[j]), lambda v: v.y[0]),
    "shifted_entry": (
        o.array_of(u, o.array_of(v, o.shifted_entry(x, WINDOW))),
        _windows,
    ),
    "shifted_entry by a size": (o.array_of(i, o.shifted_entry(L, o.place([(i, 1)], d))), lambda v: v.L[v.d :]),
    "shifted_entry, two of them": (
        o.array_of(i, o.shifted_entry(Y2, o.place([(i, 2)])) - o.shifted_entry(Y2, o.place([(i, 2)], -1))),
        lambda v: v.Y2[1::2] - v.Y2[::2],
    ),
    "shifted_entry, backwards": (o.array_of(i, o.shifted_entry(x, o.place([(i, -1)], n + 1))), lambda v: v.x[::-1]),
    "shifted_entry of a matrix": (o.array_of(b, o.shifted_entry(A, b, j)), lambda v: v.A[:, -1]),
    "shifted_entry at a position": (o.shifted_entry(x, o.place([(o.position(0, 3), 1)])), lambda v: v.x[0]),
    "shifted_entry at the end": (o.shifted_entry(x, o.place([], n)), lambda v: v.x[-1]),
    "array_of": (HELD, lambda v: _windows(v) @ v.w),
    "array_of, differentiated": (o.derivative(HELD, w), _windows),
    "array_of, squared and differentiated": (
        o.derivative(HELD.T @ HELD, w),
        lambda v: 2 * _windows(v).T @ _windows(v) @ v.w,
    ),
    "array_of columns": (o.array_of(a, o.sample(X, a)), lambda v: v.X),
    "array_of rows": (o.array_of(a, o.sample(X, a).T), lambda v: v.X[:, None, :]),
    "array_of matrices": (o.array_of(a, s * o.sample(T, a)), lambda v: v.s * v.T),
    "array_of what doesn't depend": (o.array_of(a, x), lambda v: np.tile(v.x, (v.N, 1))),
    "array_of one": (o.array_of(o.index("e", 1), x), lambda v: v.x[None, :]),
    "array_of one number": (o.array_of(o.index("e", 1), s), lambda v: v.s),
    "array_of, nested": (
        o.array_of(i, o.array_of(b, x[i] * z[b] + A[b, i])),
        lambda v: np.outer(v.x, v.z) + v.A.T,
    ),
    "array_of, of a function": (
        o.array_of(i, o.apply("f", o.sum_over(j, C[i, j] * x[j]))),
        lambda v: v.f("f", 0, v.C @ v.x),
    ),
    "array_of, its entry": (o.array_of(i, o.sum_over(j, C[j, i]))[j], lambda v: v.C.sum(0)[-1]),
    "less": (o.array_of(i, o.array_of(j, o.less(i, j))), lambda v: _every(v, lambda r, q: r < q)),
    "less or equal": (o.array_of(i, o.array_of(j, o.less(i, j, False))), lambda v: _every(v, lambda r, q: r <= q)),
    "less, of one": (o.less(i, i) + o.less(i, i, False) + o.less(a, a), lambda v: 1.0),
    "less, at positions": (o.less(o.position(0, 3), o.position(2, 3)), lambda v: 1.0),
    "less, squared": (
        o.sum_over(i, o.square(o.sum_over(j, o.less(j, i, False) * x[j]))),
        lambda v: (np.cumsum(v.x) ** 2).sum(),
    ),
    "index_value": (o.array_of(i, o.index_value(i)), lambda v: np.arange(1.0, v.n + 1)),
    "index_value, in a sum": (o.sum_over(i, x[i] / o.index_value(i)), lambda v: (v.x / np.arange(1, v.n + 1)).sum()),
    "index_value, free": (o.index_value(i) + o.index_value(o.position(2, 4)), lambda v: 4.0),
    "product_over": (o.product_over(i, p[i]), lambda v: np.prod(v.p)),
    "product_over exponentials": (o.product_over(i, o.exp(x[i])), lambda v: np.exp(v.x.sum())),
    "product_over, its logarithm": (o.log(o.product_over(i, p[i])), lambda v: np.log(v.p).sum()),
    "product_over two": (o.product_over(I2, s + o.index_value(I2)), lambda v: (v.s + 1) * (v.s + 2)),
    "vec": (o.vec(A), lambda v: v.A.T.reshape(-1)),
    "vec of a row": (o.vec(ROW), lambda v: v.ROW[0]),
    "vec of a scalar": (o.vec(s), lambda v: v.s),
    "vec, its square": (o.vec(A).T @ o.vec(A), lambda v: (v.A**2).sum()),
    "vec of a product": (o.vec(A @ C), lambda v: (v.A @ v.C).T.reshape(-1)),
    "kron": (o.kron(A, B), lambda v: np.kron(v.A, v.B)),
    "kron of columns": (o.kron(x, z), lambda v: np.kron(v.x, v.z)),
    "kron with a row": (o.kron(ROW, B), lambda v: np.kron(v.ROW, v.B)),
    "kron, multiplied": (o.kron(A, D) @ o.kron(x, w), lambda v: np.kron(v.A @ v.x, v.D @ v.w)),
    "kron, applied to vec": (
        o.kron(B, A) @ o.vec(A.T),
        lambda v: (v.A @ v.A.T @ v.B.T).T.reshape(-1),
    ),
    "kron, its trace": (o.trace(o.kron(C, C)), lambda v: np.trace(v.C) ** 2),
    "kron of three": (o.kron(o.kron(x, z), w), lambda v: np.kron(v.x, np.kron(v.z, v.w))),
    "kron, differentiated": (
        o.derivative(o.vec(z @ x.T), x),
        lambda v: np.kron(np.eye(v.n), v.z[:, None]),
    ),
    "block": (
        o.block([[A, D], [X, E]]),
        lambda v: np.block([[v.A, v.D], [v.X, v.E]]),
    ),
    "block with a border": (
        o.block([[C, x], [y.T, s]]),
        lambda v: np.block([[v.C, v.x[:, None]], [v.y[None, :], np.array([[v.s]])]]),
    ),
    "block, columns side by side": (o.hstack(x, y), lambda v: np.stack([v.x, v.y], 1)),
    "block, one above the other": (o.vstack(x.T, C), lambda v: np.vstack([v.x[None], v.C])),
    "block of one": (o.block([[A]]), lambda v: v.A),
    "block of numbers": (o.block([[s, t]]), lambda v: np.array([[v.s, v.t]])),
    "block, applied": (
        o.block([[A, D], [X, E]]) @ o.stack(x, w),
        lambda v: np.concatenate([v.A @ v.x + v.D @ v.w, v.X @ v.x + v.E @ v.w]),
    ),
    "block, rows of other widths": (
        o.block([[C, x, C], [x, C, C]]),
        lambda v: np.block([[v.C, v.x[:, None], v.C], [v.x[:, None], v.C, v.C]]),
    ),
    "block with one below": (o.vstack(x, o.number(1)).T @ o.vstack(y, s), lambda v: v.x @ v.y + v.s),
    "max": (o.max2(x, y), lambda v: np.maximum(v.x, v.y)),
    "min of sums": (o.min2(x + y, x - y), lambda v: np.minimum(v.x + v.y, v.x - v.y)),
    "max, differentiated": (o.derivative(o.max2(x, y), x), lambda v: np.diag((v.x > v.y).astype(float))),
    "max, of one number": (o.maximum_of(s * s), lambda v: v.s**2),
    "apply, abs": (o.absolute(x - y), lambda v: np.abs(v.x - v.y)),
    "apply, abs, differentiated": (o.derivative(o.absolute(s), s), lambda v: np.sign(v.s)),
    "apply, sign": (o.sign(x), lambda v: np.sign(v.x)),
    "apply, sign, differentiated": (o.derivative(o.sign(s) * t, s), lambda v: 0.0),
    "apply, sign, squared": (o.square(o.sign(s)), lambda v: 1.0),
    "apply, sinh": (o.apply("sinh", x), lambda v: np.sinh(v.x)),
    "apply, cosh": (o.apply("cosh", x), lambda v: np.cosh(v.x)),
    "apply, tan": (o.apply("tan", x), lambda v: np.tan(v.x)),
    "apply, tan, differentiated": (o.derivative(o.apply("tan", s), s), lambda v: 1 / np.cos(v.s) ** 2),
    "apply, arctan": (o.apply("arctan", x), lambda v: np.arctan(v.x)),
    "apply, arctan, differentiated": (
        o.derivative(o.apply("arctan", s * t), s),
        lambda v: v.t / (1 + (v.s * v.t) ** 2),
    ),
    "apply, softplus": (o.softplus(x), lambda v: np.log(1 + np.exp(v.x))),
    "apply, softplus, differentiated": (o.derivative(o.softplus(s), s), lambda v: 1 / (1 + np.exp(-v.s))),
    "apply, erf": (o.apply("erf", x), lambda v: scipy.special.erf(v.x)),
    "apply, erf, differentiated": (
        o.derivative(o.apply("erf", s), s),
        lambda v: 2 / np.sqrt(np.pi) * np.exp(-(v.s**2)),
    ),
}  # fmt: skip
