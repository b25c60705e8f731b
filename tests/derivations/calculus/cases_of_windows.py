"""Convolution, pooling, moving and layers, each with what it is by loops: for the tests of meaning."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import hw3_test_windows_by_loops as loops
import numpy as np

import hw3.derivations.operations as o
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size

# Windows that fit and some that hang over; batches and channels of one; images that are not square.
SIZES = (
    {"N": 2, "c": 2, "o": 3, "n": 5, "l": 4, "k": 2, "j": 3, "m": 2, "q": 1, "s": 2, "d": 1, "p": 0},
    {"N": 1, "c": 1, "o": 2, "n": 4, "l": 6, "k": 3, "j": 2, "m": 4, "q": 7, "s": 1, "d": 1, "p": 1},
    {"N": 3, "c": 3, "o": 1, "n": 6, "l": 6, "k": 2, "j": 2, "m": 2, "q": 2, "s": 3, "d": 2, "p": 0},
    {"N": 2, "c": 1, "o": 2, "n": 4, "l": 5, "k": 2, "j": 3, "m": 3, "q": 3, "s": 2, "d": 2, "p": 2},
    {"N": 1, "c": 2, "o": 1, "n": 3, "l": 3, "k": 2, "j": 2, "m": 4, "q": 5, "s": 2, "d": 3, "p": 1},
)
G = o.geometry("s", "d", "p")
OUT, IMAGE, KERNEL = (tuple(map(Size.of, pair)) for pair in (("m", "q"), ("n", "l"), ("k", "j")))
WIN, APART = o.window("k", "s"), o.window("k")

X, X3 = o.array("X", "N", "c", "n", "l"), o.array("X3", "c", "n", "l")
W = o.array("W", "o", "c", "k", "j")
U, U3 = o.array("U", "N", "o", "m", "q"), o.array("U3", "o", "m", "q")
V = o.array("V", "N", "c", "m", "q")  # a cotangent of a pooling
ONE, ONEW = o.array("ONE", 1, "n", "l"), o.array("ONEW", "o", 1, "k", "j")
POINT, FLAT = o.array("POINT", "o", "c", 1, 1), o.array("FLAT", "c", 1, "l")
FIVE, THREE = o.array("FIVE", 2, 5, 4), o.array("THREE", 2, 2, 3, 2)
A, B = o.matrix("A", "n", "l"), o.matrix("B", "m", "q")
D2, D3 = o.matrix("D2", "o", "n"), o.array("D3", "o", "n", "l")
H1, H2, H3 = o.vector("H1", "n"), o.matrix("H2", "N", "n"), o.array("H3", "N", "n", "l")
E1, E2 = o.vector("E1", "o"), o.matrix("E2", "N", "o")
ROW, s = o.matrix("ROW", 1, "n"), o.scalar("t")
i, a = o.index("i", "n"), o.index("a", "N")
SYMBOLS = (X, X3, W, U, U3, V, ONE, ONEW, POINT, FLAT, FIVE, THREE, A, B, D2, D3, H1, H2, H3, E1, E2, ROW, s)


def _sdp(v: SimpleNamespace) -> tuple[int, int, int]:
    return v.s, v.d, v.p


def _relu(x: Any) -> Any:
    return x * (x > 0)


def _total(x: Expr) -> Expr:
    return o.sum_axes(x)


def _softmax_jacobian(z: Any) -> Any:
    p = loops.softmax(z)
    return np.diag(p) - np.outer(p, p)


Case = tuple[Expr, Callable[[SimpleNamespace], Any]]
CASES: dict[str, Case] = {
    # convolution
    "conv": (o.conv(X, W, G, OUT), lambda v: loops.conv(v.X, v.W, *_sdp(v), (v.m, v.q))),
    "conv without a batch": (o.conv(X3, W, G, OUT), lambda v: loops.conv(v.X3, v.W, *_sdp(v), (v.m, v.q))),
    "conv of one channel": (o.conv(ONE, ONEW, G, OUT), lambda v: loops.conv(v.ONE, v.ONEW, *_sdp(v), (v.m, v.q))),
    "conv by one point": (o.conv(X3, POINT, G, OUT), lambda v: loops.conv(v.X3, v.POINT, *_sdp(v), (v.m, v.q))),
    "conv of one row": (
        o.conv(FLAT, W, G, ("m", "q")),
        lambda v: loops.conv(v.FLAT, v.W, *_sdp(v), (v.m, v.q)),
    ),
    "conv, literal": (
        o.conv(FIVE, THREE, o.geometry(2, 1, 1), (3, 3)),
        lambda v: loops.conv(v.FIVE, v.THREE, 2, 1, 1, (3, 3)),
    ),
    "conv to one pixel": (
        o.conv(FIVE, THREE, o.geometry(3, 1, 0), (1, 1)),
        lambda v: loops.conv(v.FIVE, v.THREE, 3, 1, 0, (1, 1)),
    ),
    "conv, twice": (
        o.conv(o.apply("f", o.conv(ONE, ONEW, G, OUT)), o.array("POINT2", 1, "o", 1, 1)),
        lambda v: np.einsum(
            "uo,oyz->uyz", v.POINT2[..., 0, 0], v.f("f", 0, loops.conv(v.ONE, v.ONEW, *_sdp(v), (v.m, v.q)))
        ),
    ),
    "conv_input": (o.conv_input(U, W, IMAGE, G), lambda v: loops.conv_input(v.U, v.W, *_sdp(v), (v.n, v.l))),
    "conv_input without a batch": (
        o.conv_input(U3, W, IMAGE, G),
        lambda v: loops.conv_input(v.U3, v.W, *_sdp(v), (v.n, v.l)),
    ),
    "conv_input, literal": (
        o.conv_input(o.array("TWO", 2, 3, 3), THREE, (Size.of(5), Size.of(4)), o.geometry(2, 1, 1)),
        lambda v: loops.conv_input(v.TWO, v.THREE, 2, 1, 1, (5, 4)),
    ),
    "conv_kernel": (o.conv_kernel(U, X, KERNEL, G), lambda v: loops.conv_kernel(v.U, v.X, *_sdp(v), (v.k, v.j))),
    "conv_kernel without a batch": (
        o.conv_kernel(U3, X3, KERNEL, G),
        lambda v: loops.conv_kernel(v.U3, v.X3, *_sdp(v), (v.k, v.j)),
    ),
    "conv_kernel of one channel": (
        o.conv_kernel(U3, ONE, KERNEL, G),
        lambda v: loops.conv_kernel(v.U3, v.ONE, *_sdp(v), (v.k, v.j)),
    ),
    # moving
    "flip": (o.flip(X), lambda v: v.X[:, :, ::-1, ::-1]),
    "flip of a row": (o.flip(ROW), lambda v: v.ROW[:, ::-1]),
    "dilate": (
        o.dilate(A, "s"),
        lambda v: loops.reindex(v.A, v.s, (0, 0), (v.s * (v.n - 1) + 1, v.s * (v.l - 1) + 1)),
    ),
    "dilate a row": (o.dilate(ROW, "s"), lambda v: loops.reindex(v.ROW, v.s, (0, 0), (1, v.s * (v.n - 1) + 1))),
    "pad": (o.pad(X3, "p"), lambda v: np.pad(v.X3, [(0, 0), (v.p, v.p), (v.p, v.p)])),
    "pad a row": (o.pad(ROW, 2), lambda v: np.pad(v.ROW, 2)),
    "crop": (o.crop(X, "p", OUT), lambda v: loops.reindex(v.X, 1, (-v.p, -v.p), (v.m, v.q))),
    "crop to one": (o.crop(FIVE, 1, (Size.of(1), Size.of(2))), lambda v: v.FIVE[:, 1:2, 1:3]),
    "crop what was padded": (o.crop(o.pad(A, "p"), "p", IMAGE), lambda v: v.A),
    "flip what was flipped": (o.flip(o.flip(A)), lambda v: v.A),
    "pad, flip, dilate": (
        o.dilate(o.flip(o.pad(A, "p")), "s"),
        lambda v: loops.reindex(
            np.pad(v.A, v.p)[::-1, ::-1],
            v.s,
            (0, 0),
            (v.s * (v.n + 2 * v.p - 1) + 1, v.s * (v.l + 2 * v.p - 1) + 1),
        ),
    ),
    # pooling
    "maxpool": (o.maxpool(X, WIN, OUT), lambda v: loops.maxpool(v.X, v.k, v.s, (v.m, v.q))),
    "maxpool, windows apart": (o.maxpool(A, APART, OUT), lambda v: loops.maxpool(v.A, v.k, v.k, (v.m, v.q))),
    "maxpool, literal": (
        o.maxpool(FIVE, o.window(2), (Size.of(2), Size.of(2))),
        lambda v: loops.maxpool(v.FIVE, 2, 2, (2, 2)),
    ),
    "maxpool of a function": (
        o.maxpool(o.apply("f", s * X3), WIN, OUT),
        lambda v: loops.maxpool(v.f("f", 0, v.t * v.X3), v.k, v.s, (v.m, v.q)),
    ),
    "maxpool by an index": (
        o.sum_over(i, H1[i] * o.maxpool(H1[i] * A, WIN, OUT)),
        lambda v: sum(h * loops.maxpool(h * v.A, v.k, v.s, (v.m, v.q)) for h in v.H1),
    ),
    "maxpool of a symmetric matrix": (
        o.maxpool(A @ A.T, WIN, OUT),
        lambda v: loops.maxpool(v.A @ v.A.T, v.k, v.s, (v.m, v.q)),
    ),
    "maxpool, an entry": (
        o.maxpool(A, WIN, OUT)[o.position(0, "m"), o.position(0, "q")],
        lambda v: loops.maxpool(v.A, v.k, v.s, (v.m, v.q))[0, 0],
    ),
    "maxunpool": (o.maxunpool(V, X, WIN), lambda v: loops.maxunpool(v.V, v.X, v.k, v.s)),
    "maxunpool of what was pooled": (
        o.maxunpool(o.maxpool(A, APART, OUT), A, APART),
        lambda v: loops.maxunpool(loops.maxpool(v.A, v.k, v.k, (v.m, v.q)), v.A, v.k, v.k),
    ),
    "avgpool": (o.avgpool(X, WIN, OUT), lambda v: loops.avgpool(v.X, v.k, v.s, (v.m, v.q))),
    "avgpool, literal": (
        o.avgpool(FIVE, o.window(3, 1), (Size.of(3), Size.of(2))),
        lambda v: loops.avgpool(v.FIVE, 3, 1, (3, 2)),
    ),
    "avgpool to one": (
        o.avgpool(FIVE, o.window(4), (Size.of(1), Size.of(1))),
        lambda v: v.FIVE[:, :4].mean((1, 2), keepdims=True),
    ),
    "avgunpool": (o.avgunpool(B, WIN, IMAGE), lambda v: loops.avgunpool(v.B, v.k, v.s, (v.n, v.l))),
    # layers
    "dense": (o.dense(D2, H1), lambda v: v.D2 @ v.H1),
    "dense, a batch": (o.dense(D2, H2), lambda v: v.H2 @ v.D2.T),
    "dense, two axes": (o.dense(D3, H3), lambda v: np.einsum("onl,bnl->bo", v.D3, v.H3)),
    "dense, two axes, no batch": (o.dense(D3, A), lambda v: np.einsum("onl,nl->o", v.D3, v.A)),
    "dense_input": (o.dense_input(E2, D3), lambda v: np.einsum("bo,onl->bnl", v.E2, v.D3)),
    "dense_input without a batch": (o.dense_input(E1, D3), lambda v: np.einsum("o,onl->nl", v.E1, v.D3)),
    "dense_kernel": (o.dense_kernel(E2, H3), lambda v: np.einsum("bo,bnl->onl", v.E2, v.H3)),
    "dense_kernel without a batch": (o.dense_kernel(E1, A), lambda v: np.einsum("o,nl->onl", v.E1, v.A)),
    "broadcast": (o.broadcast(E1, U.shape, 1), lambda v: v.E1[None, :, None, None] + np.zeros(v.U.shape)),
    "broadcast along the last axis": (o.broadcast(E1, E2.shape, 1), lambda v: v.E1 + 0 * v.E2),
    "broadcast of a scalar": (o.broadcast(s, ONE.shape, 0), lambda v: v.t + 0 * v.ONE),
    "sum_axes": (o.sum_axes(X), lambda v: v.X.sum()),
    "sum_axes but one": (o.sum_axes(U, 1), lambda v: v.U.sum((0, 2, 3))),
    "sum_axes but the last": (o.sum_axes(U, 3), lambda v: v.U.sum((0, 1, 2))),
    "sum_axes but one of one": (o.sum_axes(ONE, 0), lambda v: v.ONE.sum()),
    "sum_axes of what was spread": (o.sum_axes(o.broadcast(E1, U.shape, 1), 1), lambda v: v.N * v.m * v.q * v.E1),
    # softmax
    "softmax": (o.softmax(H1), lambda v: loops.softmax(v.H1)),
    "softmax of rows": (o.softmax(H2), lambda v: loops.softmax(v.H2)),
    "softmax of one row": (o.softmax(ROW), lambda v: loops.softmax(v.ROW)),
    "softmax of what is the same": (o.softmax(o.ones("n")), lambda v: np.full(v.n, 1 / v.n)),
    "logsumexp": (o.logsumexp(H1), lambda v: loops.logsumexp(v.H1)),
    "logsumexp of rows": (o.logsumexp(H2), lambda v: loops.logsumexp(v.H2)),
    # ramps and steps
    "relu": (o.relu(X3), lambda v: _relu(v.X3)),
    "step": (o.apply("step", A), lambda v: (v.A > 0).astype(float)),
    # derivatives
    "derivative of conv by its input": (
        o.derivative(_total(o.hadamard(o.conv(X3, W, G, OUT), U3)), X3),
        lambda v: loops.conv_input(v.U3, v.W, *_sdp(v), (v.n, v.l)),
    ),
    "derivative of conv by its kernel": (
        o.derivative(_total(o.hadamard(o.conv(X3, W, G, OUT), U3)), W),
        lambda v: loops.conv_kernel(v.U3, v.X3, *_sdp(v), (v.k, v.j)),
    ),
    "derivative of a padded array": (
        o.derivative(o.pad(ROW, 1), ROW),
        lambda v: np.eye(v.n + 2, v.n, k=-1) * (np.arange(3) == 1)[:, None, None],
    ),
    "derivative of maxpool": (
        o.derivative(_total(o.hadamard(o.maxpool(A, WIN, OUT), B)), A),
        lambda v: loops.maxunpool(v.B, v.A, v.k, v.s),
    ),
    "derivative of maxpool at another point": (
        o.derivative(_total(o.hadamard(o.maxpool(A, WIN, OUT), B)), A, at=s * A),
        lambda v: loops.maxunpool(v.B, v.t * v.A, v.k, v.s),
    ),
    "derivative of softmax": (o.derivative(o.softmax(H1), H1), lambda v: _softmax_jacobian(v.H1)),
    "derivative of logsumexp": (o.derivative(o.logsumexp(H1), H1), lambda v: loops.softmax(v.H1)),
    "derivative of relu": (o.derivative(_total(o.relu(A)), A), lambda v: (v.A > 0).astype(float)),
    "derivative of relu, twice": (
        o.derivative(o.derivative(o.relu(s * s * s), s), s),
        lambda v: 6 * v.t * (v.t > 0),
    ),
    "derivative of a step": (o.derivative(o.apply("step", s), s), lambda v: 0.0),
}  # fmt: skip
SYMBOLS += tuple(o.array(name, *shape) for name, shape in (("POINT2", (1, "o", 1, 1)), ("TWO", (2, 3, 3))))
