"""Expressions that between them use every operation, each with the same in numpy, written independently."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats

from hw3.derivations.language.expression import Expr, Operation
from hw3.derivations.language.sizes import shape_of
from hw3.derivations.operations import (
    HALF,
    PI,
    abbreviation,
    add,
    apply,
    blockdiag,
    cholesky,
    derivative,
    det,
    diag,
    diagonal,
    eigenvalues,
    entry,
    exp,
    expectation,
    expm1mx,
    hadamard,
    identity,
    index,
    inverse,
    kl,
    log,
    log_density,
    logdet,
    matrix,
    norm,
    normal,
    number,
    ones,
    position,
    power,
    product,
    scalar,
    sigmoid,
    size,
    sqrt,
    stack,
    sum_over,
    symbol,
    tanh,
    trace,
    transpose,
    vector,
    xmlog1p,
    zeros,
)

A, B, W = matrix("A", "n", "n"), matrix("B", "n", "n"), matrix("W", "m", "n")
S, T = matrix("S", "n", "n", "positive_definite"), matrix("T", "n", "n", "positive_definite")
x, y, b, p = vector("x", "n"), vector("y", "n"), vector("b", "m"), vector("p", "n", "positive")
s, v, u = scalar("s"), scalar("v", "positive"), scalar("u")
D = matrix("D", 2, 2)
X3 = symbol("X", shape_of("n", "m", 2))
i, j = index("i", "n"), index("j", "n")

Numpy = Callable[[dict[str, Any]], Any]


def density(z: Any, m: Any, c: Any) -> Any:
    return scipy.stats.multivariate_normal(m, c).logpdf(z)


def divergence(m: Any, c: Any, m1: Any, c1: Any) -> Any:
    inv = np.linalg.inv(c1)
    return 0.5 * (np.trace(inv @ c) + (m1 - m) @ inv @ (m1 - m) - len(m) + np.log(np.linalg.det(c1) / np.linalg.det(c)))


def jacobian(f: Callable[[Any], Any], at: Any) -> Any:
    """Central differences, with one step of extrapolation: good to about 1e-9."""

    def differences(h: float) -> Any:
        columns = []
        for k in np.ndindex(at.shape):
            step = np.zeros_like(at)
            step[k] = h
            columns.append((np.asarray(f(at + step)) - np.asarray(f(at - step))) / (2 * h))
        rows = np.stack(columns, -1)
        return rows.reshape(rows.shape[:-1] + at.shape)

    return (4 * differences(5e-4) - differences(1e-3)) / 3


def _moment(f: Callable[[Any], Any], e: dict[str, Any]) -> Any:
    z, w = np.polynomial.hermite_e.hermegauss(90)
    return (w / w.sum()) @ f(e["s"] + np.sqrt(e["v"]) * z)


SAMPLES: list[tuple[Expr, Numpy]] = [
    (A, lambda e: e["A"]),
    (number("-3/8"), lambda e: -3 / 8),
    (size(shape_of("n")[0] * 2 + 1), lambda e: 2 * e["n"] + 1),
    (PI, lambda e: np.pi),
    (identity("n"), lambda e: np.eye(e["n"])),
    (identity(1), lambda e: 1.0),
    (ones("m", "n"), lambda e: np.ones((e["m"], e["n"]))),
    (zeros("n"), lambda e: np.zeros(e["n"])),
    (abbreviation("z", x + y), lambda e: e["x"] + e["y"]),
    (add(A, B, -S), lambda e: e["A"] + e["B"] - e["S"]),
    (-x, lambda e: -e["x"]),
    (product(A, B, x), lambda e: e["A"] @ e["B"] @ e["x"]),
    (product(transpose(x), A, y), lambda e: e["x"] @ e["A"] @ e["y"]),
    (product(s, x, transpose(y), HALF), lambda e: e["s"] * np.outer(e["x"], e["y"]) / 2),
    (product(transpose(x), A), lambda e: (e["x"] @ e["A"])[None]),
    (product(transpose(b), W, x, s), lambda e: e["b"] @ e["W"] @ e["x"] * e["s"]),
    (hadamard(A, B, A), lambda e: e["A"] ** 2 * e["B"]),
    (A / v, lambda e: e["A"] / e["v"]),
    (power(s, 3), lambda e: e["s"] ** 3),
    (power(s, -2), lambda e: e["s"] ** -2),
    (power(v, "2/3"), lambda e: e["v"] ** (2 / 3)),
    (sqrt(v), lambda e: np.sqrt(e["v"])),
    (power(A, 3), lambda e: e["A"] @ e["A"] @ e["A"]),
    (power(A, 0), lambda e: np.eye(e["n"])),
    (transpose(W), lambda e: e["W"].T),
    (transpose(transpose(x)), lambda e: e["x"]),
    (transpose(s), lambda e: e["s"]),
    (inverse(A), lambda e: np.linalg.solve(e["A"], np.eye(e["n"]))),
    (trace(A), lambda e: np.einsum("ii", e["A"])),
    (trace(s), lambda e: e["s"]),
    (det(A), lambda e: np.prod(np.linalg.eigvals(e["A"])).real),
    (logdet(A), lambda e: np.log(np.abs(np.linalg.eigvals(e["A"]))).sum()),
    (diag(x), lambda e: np.diag(e["x"])),
    (diagonal(A), lambda e: np.einsum("ii->i", e["A"])),
    (norm(x), lambda e: np.sqrt((e["x"] ** 2).sum())),
    (norm(A), lambda e: np.sqrt(np.trace(e["A"].T @ e["A"]))),
    (norm(s), lambda e: abs(e["s"])),
    (stack(x, b, x), lambda e: np.concatenate([e["x"], e["b"], e["x"]])),
    (blockdiag(A, D), lambda e: scipy.linalg.block_diag(e["A"], e["D"])),
    (cholesky(S), lambda e: scipy.linalg.cholesky(e["S"], lower=True)),
    (eigenvalues(S), lambda e: np.sort(np.linalg.eigvals(e["S"]).real)),
    (entry(A, position(1, "n"), position(0, "n")), lambda e: e["A"][1, 0]),
    (sum_over(i, A[i, i] * x[i]), lambda e: np.einsum("ii,i", e["A"], e["x"])),
    (sum_over(i, x[i] * sum_over(j, A[j, i] * A)), lambda e: np.einsum("i,ji,kl->kl", e["x"], e["A"], e["A"])),
    (sum_over(i, s), lambda e: e["n"] * e["s"]),
    (sum_over(i, inverse(S + x[i] ** 2 * identity("n"))),
     lambda e: sum(np.linalg.inv(e["S"] + t**2 * np.eye(e["n"])) for t in e["x"])),
    (sum_over(i, entry(X3, i, position(0, "m"), position(1, 2))), lambda e: e["X"][:, 0, 1].sum()),
    (exp(x), lambda e: np.exp(e["x"])),
    (log(p), lambda e: np.log(e["p"])),
    (expm1mx(A), lambda e: np.exp(e["A"]) - 1 - e["A"]),
    (xmlog1p(p), lambda e: e["p"] - np.log(1 + e["p"])),
    (sigmoid(x), lambda e: scipy.special.expit(e["x"])),
    (tanh(x), lambda e: np.tanh(e["x"])),
    (apply("sin", x), lambda e: np.sin(e["x"])),
    (apply("cos", x), lambda e: np.cos(e["x"])),
    (apply("reciprocal", x), lambda e: 1 / e["x"]),
    (apply("sqrt", p), lambda e: np.sqrt(e["p"])),
    (apply("f", x), lambda e: e["f"](e["x"])),
    (log_density(normal(x, S), y), lambda e: density(e["y"], e["x"], e["S"])),
    (log_density(normal(s, v), u), lambda e: density(e["u"], e["s"], e["v"])),
    (kl(normal(x, S), normal(y, T)), lambda e: divergence(e["x"], e["S"], e["y"], e["T"])),
    (kl(normal(s, v), normal(u, v * v)),
     lambda e: divergence(e["s"][None], e["v"][None, None], e["u"][None], e["v"][None, None] ** 2)),
    (expectation(x, normal(y, S), x.T @ A @ x), lambda e: np.trace(e["A"] @ e["S"]) + e["y"] @ e["A"] @ e["y"]),
    (expectation(x, normal(y, S), x @ x.T), lambda e: e["S"] + np.outer(e["y"], e["y"])),
    (expectation(u, normal(s, v), u**4), lambda e: _moment(lambda t: t**4, e)),
    (expectation(u, normal(s, v), sigmoid(u)), lambda e: _moment(scipy.special.expit, e)),
    (expectation(u, normal(s, v), apply("f", u)), lambda e: _moment(e["f"], e)),
]  # fmt: skip

DERIVATIVES: list[tuple[Expr, Numpy]] = [
    (derivative(x.T @ A @ x, x), lambda e: jacobian(lambda t: t @ e["A"] @ t, e["x"])),
    (derivative(apply("f", W @ x + b), x), lambda e: jacobian(lambda t: e["f"](e["W"] @ t + e["b"]), e["x"])),
    (derivative(logdet(A), A), lambda e: jacobian(lambda t: np.linalg.slogdet(t)[1], e["A"])),
    (derivative(det(A) * s, A, at=A @ B), lambda e: jacobian(lambda t: np.linalg.det(t) * e["s"], e["A"] @ e["B"])),
    (derivative(inverse(A), A), lambda e: jacobian(np.linalg.inv, e["A"])),
    (derivative(x / norm(x), x), lambda e: jacobian(lambda t: t / np.sqrt(t @ t), e["x"])),
    (derivative(s**3 * x, s), lambda e: 3 * e["s"] ** 2 * e["x"]),
    (derivative(trace(A @ S), S), lambda e: jacobian(lambda t: np.trace(e["A"] @ t), e["S"])),
    (derivative(derivative(apply("f", x.T @ A @ x), x), x),
     lambda e: jacobian(lambda z: jacobian(lambda t: e["f"](t @ e["A"] @ t), z), e["x"])),
    (derivative(kl(normal(x, S), normal(y, T)), y),
     lambda e: jacobian(lambda t: divergence(e["x"], e["S"], t, e["T"]), e["y"])),
    (derivative(log_density(normal(x, S), y), S),
     lambda e: jacobian(lambda t: -0.5 * ((e["y"] - e["x"]) @ np.linalg.inv(t) @ (e["y"] - e["x"])
                                          + np.log(np.linalg.det(t))), e["S"])),
    (derivative(expectation(u, normal(s, v), apply("f", u)), v),
     lambda e: jacobian(lambda t: _moment(e["f"], {"s": e["s"], "v": t}), e["v"])),
    (sum_over(i, x[i] * derivative(apply("f", y * x[i]), y)[i, i]),
     lambda e: sum(t * jacobian(lambda z, t=t: e["f"](z * t), e["y"])[k, k] for k, t in enumerate(e["x"]))),
    (derivative(exp(cholesky(A @ A.T + identity("n"))), A),
     lambda e: jacobian(lambda t: np.exp(np.linalg.cholesky(t @ t.T + np.eye(e["n"]))), e["A"])),
    (derivative(eigenvalues(s * S), s), lambda e: np.linalg.eigvalsh(e["S"])[:: 1 if e["s"] > 0 else -1]),
]  # fmt: skip


def operations() -> set[str]:
    """The names of all operations that there are."""

    def below(kind: type[Operation]) -> list[type[Operation]]:
        return [s for k in kind.__subclasses__() for s in (k, *below(k))]

    return {kind.name for kind in below(Operation) if kind.__module__.startswith("hw3.")}
