"""Expressions that between them use every operation, each with the same in numpy, written independently."""

from collections.abc import Callable
from typing import Any

import hw3_test_windows_by_loops as loops
import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats

from hw3.derivations.language.expression import Expr, Operation
from hw3.derivations.language.sizes import Size, shape_of
from hw3.derivations.operations import (
    HALF,
    PI,
    abbreviation,
    add,
    apply,
    array,
    array_of,
    avgpool,
    avgunpool,
    block,
    blockdiag,
    broadcast,
    cholesky,
    coincide,
    conv,
    conv_input,
    conv_kernel,
    crop,
    delta,
    dense,
    dense_input,
    dense_kernel,
    derivative,
    det,
    diag,
    diagonal,
    dilate,
    eigenvalues,
    entry,
    exp,
    expectation,
    expm1mx,
    flip,
    geometry,
    hadamard,
    hstack,
    identity,
    index,
    index_value,
    inverse,
    kl,
    kron,
    less,
    log,
    log_density,
    logdet,
    logsumexp,
    matrix,
    matrix_exponential,
    matrix_sqrt,
    max2,
    maximum_of,
    maxpool,
    maxunpool,
    min2,
    minimum_of,
    norm,
    normal,
    number,
    ones,
    pad,
    place,
    position,
    power,
    product,
    product_over,
    relu,
    sample,
    scalar,
    shifted_entry,
    sigmoid,
    size,
    softmax,
    sqrt,
    stack,
    sum_axes,
    sum_over,
    symbol,
    tanh,
    trace,
    transpose,
    vec,
    vector,
    vstack,
    window,
    xmlog1p,
    zeros,
)

A, B, W = matrix("A", "n", "n"), matrix("B", "n", "n"), matrix("W", "m", "n")
S, T = matrix("S", "n", "n", "positive_definite"), matrix("T", "n", "n", "positive_definite")
x, y, b, p = vector("x", "n"), vector("y", "n"), vector("b", "m"), vector("p", "n", "positive")
s, v, u = scalar("s"), scalar("v", "positive"), scalar("u")
D = matrix("D", 2, 2)
X3 = symbol("X", shape_of("n", "m", 2))
i, j, h = index("i", "n"), index("j", "n"), index("h", "m")
j0 = position(1, "n")

# Images (N, c, n, l) and kernels (o, c, k, j) under a stride, a dilation and a padding; m x q windows fit.
G, OUT, IMAGE, KERNEL = geometry("st", "di", "pa"), ("M", "q"), ("n", "l"), ("k", "j")
I4, I3, K4 = array("I4", "N", "c", *IMAGE), array("I3", "c", *IMAGE), array("K4", "o", "c", *KERNEL)
W3 = array("W3", 1, "c", 2, 2)
U4, U3 = array("U4", "N", "o", *OUT), array("U3", "o", *OUT)
I2, P2, V4 = matrix("I2", *IMAGE), matrix("P2", *OUT), array("V4", "N", "c", *OUT)
ONE3, ONE4, ROW3 = array("ONE3", 1, *IMAGE), array("ONE4", "o", 1, *KERNEL), array("ROW3", "c", 1, 6)
D2, D3, H2, H3 = matrix("D2", "o", "n"), array("D3", "o", *IMAGE), matrix("H2", "N", "n"), array("H3", "N", *IMAGE)
E1, E2 = vector("E1", "o"), matrix("E2", "N", "o")
WIN = window("k", "st")

X2, W2, g = vector("x2", Size.symbol("n") + 2), vector("w2", 2), index("g", "n")
g1, e2 = index("g", Size.symbol("n") + 1), index("e", 2)
HELD = array_of(g1, sum_over(e2, W2[e2] * shifted_entry(X2, place([(g1, 1), (e2, 1)], -1))))


def sizes(*names: str) -> tuple[Size, ...]:
    return tuple(map(Size.of, names))


def sdp(e: dict[str, Any]) -> tuple[int, int, int]:
    return e["st"], e["di"], e["pa"]


def at(e: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(e[name] for name in names)


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
    (relu(A), lambda e: np.maximum(e["A"], 0)),
    (apply("step", A), lambda e: np.heaviside(e["A"], 0.5)),
    (conv(I4, K4, G, OUT), lambda e: loops.conv(e["I4"], e["K4"], *sdp(e), at(e, *OUT))),
    (conv(I3, K4, G, OUT), lambda e: loops.conv(e["I3"], e["K4"], *sdp(e), at(e, *OUT))),
    (conv(ONE3, ONE4, G, OUT), lambda e: loops.conv(e["ONE3"], e["ONE4"], *sdp(e), at(e, *OUT))),
    (conv(ROW3, array("POINT", 2, "c", 1, 3), geometry(2, 1, 0), (1, 2)),
     lambda e: loops.conv(e["ROW3"], e["POINT"], 2, 1, 0, (1, 2))),
    (conv(I3, W3, geometry(1, 1, 1)),
     lambda e: loops.conv(e["I3"], e["W3"], 1, 1, 1, (e["n"] + 1, e["l"] + 1))),
    (conv_input(U4, K4, sizes(*IMAGE), G), lambda e: loops.conv_input(e["U4"], e["K4"], *sdp(e), at(e, *IMAGE))),
    (conv_input(U3, K4, sizes(*IMAGE), G), lambda e: loops.conv_input(e["U3"], e["K4"], *sdp(e), at(e, *IMAGE))),
    (conv_kernel(U4, I4, sizes(*KERNEL), G), lambda e: loops.conv_kernel(e["U4"], e["I4"], *sdp(e), at(e, *KERNEL))),
    (conv_kernel(U3, I3, sizes(*KERNEL), G), lambda e: loops.conv_kernel(e["U3"], e["I3"], *sdp(e), at(e, *KERNEL))),
    (flip(I3), lambda e: e["I3"][:, ::-1, ::-1]),
    (dilate(A, "t"), lambda e: loops.reindex(e["A"], e["t"], (0, 0), [e["t"] * (n - 1) + 1 for n in e["A"].shape])),
    (pad(I3, "pa"), lambda e: np.pad(e["I3"], [(0, 0), (e["pa"], e["pa"]), (e["pa"], e["pa"])])),
    (crop(I3, "pa", sizes("t", "r")), lambda e: loops.reindex(e["I3"], 1, (-e["pa"], -e["pa"]), at(e, "t", "r"))),
    (dilate(flip(pad(ROW3, 1)), 3), lambda e: loops.reindex(np.pad(e["ROW3"], [(0, 0), (1, 1), (1, 1)])[..., ::-1],
                                                            3, (0, 0), (7, 22))),
    (maxpool(I4, WIN, sizes(*OUT)), lambda e: loops.maxpool(e["I4"], e["k"], e["st"], at(e, *OUT))),
    (maxpool(I2, window(1, 2), sizes(*OUT)), lambda e: loops.maxpool(e["I2"], 1, 2, at(e, *OUT))),
    (maxunpool(V4, I4, WIN), lambda e: loops.maxunpool(e["V4"], e["I4"], e["k"], e["st"])),
    (maxunpool(P2, I2, window(2, 1)), lambda e: loops.maxunpool(e["P2"], e["I2"], 2, 1)),
    (avgpool(I4, WIN, sizes(*OUT)), lambda e: loops.avgpool(e["I4"], e["k"], e["st"], at(e, *OUT))),
    (avgunpool(P2, WIN, sizes(*IMAGE)), lambda e: loops.avgunpool(e["P2"], e["k"], e["st"], at(e, *IMAGE))),
    (dense(D2, x), lambda e: e["D2"] @ e["x"]),
    (dense(D2, H2), lambda e: e["H2"] @ e["D2"].T),
    (dense(D3, H3), lambda e: loops.dense(e["D3"], e["H3"])),
    (dense(D3, I2), lambda e: loops.dense(e["D3"], e["I2"])),
    (dense_input(E2, D3), lambda e: loops.dense_input(e["E2"], e["D3"])),
    (dense_input(E1, D3), lambda e: loops.dense_input(e["E1"], e["D3"])),
    (dense_kernel(E2, H3), lambda e: loops.dense_kernel(e["E2"], e["H3"])),
    (dense_kernel(E1, I2), lambda e: loops.dense_kernel(e["E1"], e["I2"])),
    (broadcast(E1, U4.shape, 1), lambda e: loops.broadcast(e["E1"], at(e, "N", "o", *OUT), 1)),
    (broadcast(s, ONE3.shape, 0), lambda e: np.full((1, e["n"], e["l"]), e["s"])),
    (sum_axes(U4), lambda e: e["U4"].sum()),
    (sum_axes(U4, 1), lambda e: e["U4"].sum((0, 2, 3))),
    (sum_axes(ONE3, 0), lambda e: e["ONE3"].sum()),
    (softmax(x), lambda e: loops.softmax(e["x"])),
    (softmax(I3), lambda e: loops.softmax(e["I3"])),
    (logsumexp(x), lambda e: loops.logsumexp(e["x"])),
    (logsumexp(A), lambda e: loops.logsumexp(e["A"])),
    # Index axes on the left of one argument, of the other, and of both.
    (sum_over(i, conv(x[i] * I3, K4, G, OUT)),
     lambda e: loops.conv(e["x"].sum() * e["I3"], e["K4"], *sdp(e), at(e, *OUT))),
    (sum_over(i, conv(I3, exp(x[i] * K4), G, OUT)),
     lambda e: sum(loops.conv(e["I3"], np.exp(t * e["K4"]), *sdp(e), at(e, *OUT)) for t in e["x"])),
    (sum_over(i, conv(exp(x[i] * I4), exp(y[i] * K4), G, OUT)),
     lambda e: sum(loops.conv(np.exp(t * e["I4"]), np.exp(z * e["K4"]), *sdp(e), at(e, *OUT))
                   for t, z in zip(e["x"], e["y"], strict=True))),
    (sum_over(i, sum_over(j, x[i] * conv_input(exp(y[j] * U4), exp(x[i] * K4), sizes(*IMAGE), G))),
     lambda e: sum(t * loops.conv_input(np.exp(z * e["U4"]), np.exp(t * e["K4"]), *sdp(e), at(e, *IMAGE))
                   for t in e["x"] for z in e["y"])),
    (sum_over(i, sum_over(j, y[j] * conv_kernel(exp(x[i] * U3), exp(y[j] * I3), sizes(*KERNEL), G))),
     lambda e: sum(z * loops.conv_kernel(np.exp(t * e["U3"]), np.exp(z * e["I3"]), *sdp(e), at(e, *KERNEL))
                   for t in e["x"] for z in e["y"])),
    (sum_over(i, sum_over(j, maxunpool(exp(x[i] * V4), y[j] * I4, WIN))),
     lambda e: sum(loops.maxunpool(np.exp(t * e["V4"]), z * e["I4"], e["k"], e["st"]) for t in e["x"] for z in e["y"])),
    (sum_over(i, maxpool(x[i] * I2, WIN, sizes(*OUT))),
     lambda e: sum(loops.maxpool(t * e["I2"], e["k"], e["st"], at(e, *OUT)) for t in e["x"])),
    (sum_over(i, avgunpool(exp(x[i] * P2), WIN, sizes(*IMAGE)) + pad(crop(x[i] * I2, 1, sizes(*IMAGE)), 0)),
     lambda e: sum(loops.avgunpool(np.exp(t * e["P2"]), e["k"], e["st"], at(e, *IMAGE))
                   + loops.reindex(t * e["I2"], 1, (-1, -1), at(e, *IMAGE)) for t in e["x"])),
    (sum_over(i, sum_over(j, dense(exp(x[i] * D3), exp(y[j] * H3)))),
     lambda e: sum(loops.dense(np.exp(t * e["D3"]), np.exp(z * e["H3"])) for t in e["x"] for z in e["y"])),
    (sum_over(i, sum_over(j, dense(exp(x[i] * D3), exp(y[j] * I2)))),
     lambda e: sum(loops.dense(np.exp(t * e["D3"]), np.exp(z * e["I2"])) for t in e["x"] for z in e["y"])),
    (sum_over(i, sum_over(j, dense_input(exp(x[i] * E1), exp(y[j] * D3)))),
     lambda e: sum(loops.dense_input(np.exp(t * e["E1"]), np.exp(z * e["D3"])) for t in e["x"] for z in e["y"])),
    (sum_over(i, sum_over(j, dense_kernel(exp(x[i] * E2), exp(y[j] * H3)))),
     lambda e: sum(loops.dense_kernel(np.exp(t * e["E2"]), np.exp(z * e["H3"])) for t in e["x"] for z in e["y"])),
    (sum_over(i, softmax(x[i] * A) + broadcast(logsumexp(x[i] * A), A.shape, 0) + sum_axes(exp(x[i] * U3)) * A),
     lambda e: sum(loops.softmax(t * e["A"]) + loops.logsumexp(t * e["A"])[:, None] + np.exp(t * e["U3"]).sum() * e["A"]
                   for t in e["x"])),
    # Places, blocks and comprehensions; the same under index axes on either argument.
    (sample(W, position(1, "m")), lambda e: e["W"][1]),
    (sample(I3, position(0, "c")), lambda e: e["I3"][0]),
    (sum_over(h, sample(W, h) * sample(b, h)), lambda e: e["W"].T @ e["b"]),
    (sum_over(i, sum_over(h, sample(x[i] * W, h))), lambda e: e["x"].sum() * e["W"].sum(0)),
    (sum_over(h, sum_over(i, coincide([h, i], [1, -2], 1) * b[h] * x[i])),
     lambda e: sum(t * e["b"][2 * k - 1] for k, t in enumerate(e["x"]) if 0 <= 2 * k - 1 < e["m"])),
    (sum_over(i, delta(i, j0) * x[i]), lambda e: e["x"][1]),
    (HELD, lambda e: np.correlate(e["x2"], e["w2"], "valid")),
    (sum_over(i, sum_over(g, x[i] * shifted_entry(x[i] * X2, place([(g, 1)], 1)))),
     lambda e: (e["x"] ** 2).sum() * e["x2"][1:-1].sum()),
    (sum_over(i, sum_over(j, less(i, j) * x[i] * y[j] + less(i, j, strict=False) * A[i, j])),
     lambda e: np.triu(np.outer(e["x"], e["y"]), 1).sum() + np.triu(e["A"]).sum()),
    (sum_over(i, index_value(i) * x[i]), lambda e: (np.arange(1, e["n"] + 1) * e["x"]).sum()),
    (array_of(i, array_of(h, x[i] * b[h])), lambda e: np.outer(e["x"], e["b"])),
    (array_of(h, I2), lambda e: np.broadcast_to(e["I2"], (e["m"], *e["I2"].shape))),
    (array_of(index("one", 1), x.T), lambda e: e["x"].reshape(1, 1, -1)),
    (sum_over(i, x[i] * array_of(h, exp(x[i] * b[h]))), lambda e: np.exp(np.outer(e["b"], e["x"])) @ e["x"]),
    (array_of(h, sum_over(i, W[h, i] * array_of(j, exp(x[j] * b[h])))),
     lambda e: e["W"].sum(1)[:, None] * np.exp(np.outer(e["b"], e["x"]))),
    (product_over(i, x[i] + s), lambda e: np.prod(e["x"] + e["s"])),
    (product_over(i, s), lambda e: e["s"] ** e["n"]),
    (sum_over(h, b[h] * product_over(i, W[h, i])), lambda e: e["b"] @ np.prod(e["W"], 1)),
    (kron(A, W), lambda e: np.kron(e["A"], e["W"])),
    (kron(x, b.T), lambda e: np.outer(e["x"], e["b"])),
    (vec(W), lambda e: e["W"].reshape(-1, order="F")),
    (sum_over(i, sum_over(j, kron(exp(x[i] * A), exp(y[j] * W)))),
     lambda e: np.kron(sum(np.exp(t * e["A"]) for t in e["x"]), sum(np.exp(t * e["W"]) for t in e["y"]))),
    (block([[A, x], [b.T @ W, s]]), lambda e: np.block([[e["A"], e["x"][:, None]], [e["b"] @ e["W"], e["s"]]])),
    (vstack(W, B), lambda e: np.concatenate([e["W"], e["B"]])),
    (sum_over(i, hstack(x[i] * A, exp(x[i] * y))),
     lambda e: np.concatenate([e["x"].sum() * e["A"], np.exp(np.outer(e["y"], e["x"])).sum(1, keepdims=True)], 1)),
    (max2(A, B), lambda e: np.where(e["A"] > e["B"], e["A"], e["B"])),
    (min2(A, B), lambda e: np.where(e["A"] > e["B"], e["B"], e["A"])),
    (maximum_of(A @ x), lambda e: (e["A"] @ e["x"]).max()),
    (minimum_of(A), lambda e: e["A"].min()),
    (sum_over(i, max2(x[i] * y, x) * maximum_of(x[i] * y)),
     lambda e: sum(np.maximum(t * e["y"], e["x"]) * (t * e["y"]).max() for t in e["x"])),
    (matrix_exponential(A), lambda e: scipy.linalg.expm(e["A"])),
    (matrix_sqrt(S), lambda e: scipy.linalg.sqrtm(e["S"])),
    (apply("abs", x), lambda e: np.abs(e["x"])),
    (apply("sign", x), lambda e: np.sign(e["x"])),
    (apply("sinh", x), lambda e: np.sinh(e["x"])),
    (apply("cosh", x), lambda e: np.cosh(e["x"])),
    (apply("tan", x), lambda e: np.tan(e["x"])),
    (apply("arctan", x), lambda e: np.arctan(e["x"])),
    (apply("softplus", 9 * x), lambda e: np.log1p(np.exp(9 * e["x"]))),
    (apply("erf", x), lambda e: scipy.special.erf(e["x"])),
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
    (derivative(sum_axes(sigmoid(conv(I3, W3, geometry(1, 1, 1)))), W3),
     lambda e: jacobian(lambda t: scipy.special.expit(
         loops.conv(e["I3"], t, 1, 1, 1, (e["n"] + 1, e["l"] + 1))).sum(), e["W3"])),
    (derivative(sum_axes(hadamard(maxpool(I2, WIN, sizes(*OUT)), P2)), I2),
     lambda e: jacobian(lambda t: (loops.maxpool(t, e["k"], e["st"], at(e, *OUT)) * e["P2"]).sum(), e["I2"])),
    (derivative(softmax(x), x), lambda e: jacobian(loops.softmax, e["x"])),
    (derivative(derivative(logsumexp(x), x), x), lambda e: jacobian(loops.softmax, e["x"])),
    (derivative(derivative(sum_axes(sigmoid(conv(s * I3, s * K4, G, OUT))), s), s),
     lambda e: jacobian(lambda r: jacobian(lambda t: scipy.special.expit(
         loops.conv(t * e["I3"], t * e["K4"], *sdp(e), at(e, *OUT))).sum(), r), e["s"])),
    (derivative(HELD, W2), lambda e: np.stack([e["x2"][:-1], e["x2"][1:]], 1)),
    (derivative(HELD, X2), lambda e: jacobian(lambda t: np.correlate(t, e["w2"], "valid"), e["x2"])),
    (derivative(derivative(product_over(i, x[i]), x), x),
     lambda e: jacobian(lambda r: jacobian(np.prod, r), e["x"])),
    (derivative(array_of(i, apply("f", A[i, j0] * x[i])), x),
     lambda e: np.diag(jacobian(lambda t: e["f"](e["A"][:, 1] * t).sum(), e["x"]))),
    (derivative(sum_over(h, sample(W, h).T @ A @ sample(W, h)), W),
     lambda e: jacobian(lambda t: np.trace(t @ e["A"] @ t.T), e["W"])),
    (derivative(vec(A @ A), A), lambda e: jacobian(lambda t: (t @ t).reshape(-1, order="F"), e["A"])),
    (derivative(norm(kron(W, x))**2 * block([[s, s], [s, 1 + s]]), W),
     lambda e: jacobian(lambda t: np.linalg.norm(np.kron(t, e["x"])) ** 2 * np.array([[e["s"], e["s"]],
                        [e["s"], 1 + e["s"]]]), e["W"])),
    (derivative(maximum_of(A @ x) * max2(x, y), x),
     lambda e: jacobian(lambda t: (e["A"] @ t).max() * np.maximum(t, e["y"]), e["x"])),
    (derivative(trace(B @ matrix_exponential(A)), A),
     lambda e: jacobian(lambda t: np.trace(e["B"] @ scipy.linalg.expm(t)), e["A"])),
    (derivative(apply("softplus", x) + apply("arctan", x) + apply("abs", x) + apply("tan", x) + apply("erf", x), x),
     lambda e: jacobian(lambda t: np.log1p(np.exp(t)) + np.arctan(t) + abs(t) + np.tan(t) + scipy.special.erf(t),
                        e["x"])),
    (derivative(eigenvalues(s * S), s), lambda e: np.linalg.eigvalsh(e["S"])[:: 1 if e["s"] > 0 else -1]),
]  # fmt: skip


def operations() -> set[str]:
    """The names of all operations that there are."""

    def below(kind: type[Operation]) -> list[type[Operation]]:
        return [s for k in kind.__subclasses__() for s in (k, *below(k))]

    return {kind.name for kind in below(Operation) if kind.__module__.startswith("hw3.")}
