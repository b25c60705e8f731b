"""Mistakes in the backward pass are refuted; rewritings that change nothing are proved."""

from __future__ import annotations

import pytest

from hw3.derivations.claims import Claim
from hw3.derivations.cnn import Backward, Network
from hw3.derivations.cnn.forms import ones_like
from hw3.derivations.cnn.lemmas import POOLED, G, U, W, X
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    add,
    array,
    avgpool,
    avgunpool,
    conv,
    conv_input,
    conv_kernel,
    dense_input,
    dense_kernel,
    derivative,
    diag,
    dot,
    flip,
    hadamard,
    logsumexp,
    maxpool,
    maxunpool,
    number,
    ones,
    product,
    size,
    softmax,
    sum_axes,
    vector,
    window,
)
from hw3.derivations.operations.functions import apply, exp, log
from hw3.verify.judge import Settings, judge

# A fixed geometry, so that a mistake has few draws to show itself in and each is cheap.
NET = Network(
    batch="N", channels=(2, 3, 2), height=14, width=14, kernel=3, stride=1, padding=0, first=(12, 12),
    pooled_first=(6, 6), second=(4, 4), pooled_second=(2, 2), classes="K",
)  # fmt: skip
BACK = Backward(NET)
N = size("N")
GRAD = BACK.gradients
KERNEL = NET.w1.shape[-2:]
z, y = vector("z", "K"), vector("y", "K")
P = softmax(z)
CE = -dot(y, log(P))
IMAGE = X.shape[-2:]
CONV = sum_axes(hadamard(conv(X, W, G, POOLED), U))
A, E = array("a", "N", "c", 6, 6), array("e", "N", "c", 3, 3)
WIN = window(2)
THREE = E.shape[-2:]


def d(wrt: Expr) -> Expr:
    return derivative(NET.loss, wrt)


def through(cotangent: Expr, slope: Expr, a: Expr) -> Expr:
    return hadamard(maxunpool(cotangent, a, WIN), slope)


MISTAKES: dict[str, tuple[Expr, Expr]] = {
    "y - yhat": (d(NET.z3), (NET.y - NET.prediction) / N),
    "1/N forgotten": (d(NET.z3), NET.prediction - NET.y),
    "labels left out": (d(NET.z3), NET.prediction / N),
    "twice": (d(NET.z3), 2 * (NET.prediction - NET.y) / N),
    "1/N forgotten in W3": (d(NET.w3), dense_kernel(NET.prediction - NET.y, NET.h2)),
    "a sign in W3": (d(NET.w3), -GRAD[NET.w3]),
    "features before pooling's choice in W3": (d(NET.w3), dense_kernel(BACK.d3, hadamard(NET.h2, NET.h2))),
    "B3 twice": (d(NET.b3), 2 * sum_axes(BACK.d3, 1)),
    "B3 averaged over the batch": (d(NET.b3), sum_axes(BACK.d3, 1) / N),
    "no adjoint of W3": (d(NET.h2), NET.h2),
    "the weights' sign in h2": (d(NET.h2), -BACK.e2),
    "sigma' forgotten in z2": (d(NET.z2), maxunpool(BACK.e2, NET.a2, WIN)),
    "sigma for sigma' in z2": (d(NET.z2), through(BACK.e2, NET.a2, NET.a2)),
    "1 + a for 1 - a in z2": (d(NET.z2), hadamard(maxunpool(BACK.e2, NET.a2, WIN), NET.a2, ones_like(NET.a2) + NET.a2)),
    "1 - a squared in z2": (
        d(NET.z2),
        hadamard(maxunpool(BACK.e2, NET.a2, WIN), NET.a2, ones_like(NET.a2) - hadamard(NET.a2, NET.a2)),
    ),
    "sigma' of a in z2": (
        d(NET.z2),
        through(BACK.e2, hadamard(apply("sigmoid", NET.a2), ones_like(NET.a2) - apply("sigmoid", NET.a2)), NET.a2),
    ),
    "average for max in z2": (
        d(NET.z2),
        hadamard(avgunpool(BACK.e2, WIN, NET.a2.shape[-2:]), NET.a2, ones_like(NET.a2) - NET.a2),
    ),
    "unpooled by the wrong array": (
        d(NET.z2),
        hadamard(maxunpool(BACK.e2, -NET.a2, WIN), NET.a2, ones_like(NET.a2) - NET.a2),
    ),
    "kernel flipped in W2": (d(NET.w2), flip(GRAD[NET.w2])),
    "a sign in W2": (d(NET.w2), -GRAD[NET.w2]),
    "input after sigma' in W2": (d(NET.w2), conv_kernel(BACK.d2, hadamard(NET.h1, NET.h1), KERNEL, NET.geometry)),
    "sigma' forgotten in W2": (
        d(NET.w2),
        conv_kernel(maxunpool(BACK.e2, NET.a2, WIN), NET.h1, KERNEL, NET.geometry),
    ),
    "B2 twice": (d(NET.b2), 2 * sum_axes(BACK.d2, 1)),
    "B2 averaged": (d(NET.b2), sum_axes(BACK.d2, 1) / N),
    "B2 before sigma'": (d(NET.b2), sum_axes(maxunpool(BACK.e2, NET.a2, WIN), 1)),
    "unflipped kernel in h1": (d(NET.h1), conv_input(BACK.d2, flip(NET.w2), NET.h1.shape[-2:], NET.geometry)),
    "a sign in h1": (d(NET.h1), -BACK.e1),
    "sigma' forgotten in z1": (d(NET.z1), maxunpool(BACK.e1, NET.a1, WIN)),
    "sigma for sigma' in z1": (d(NET.z1), through(BACK.e1, NET.a1, NET.a1)),
    "kernel flipped in W1": (d(NET.w1), flip(GRAD[NET.w1])),
    "1/N twice in W1": (d(NET.w1), GRAD[NET.w1] / N),
    "an entry off by a millionth in W1": (d(NET.w1), number("1000001/1000000") * GRAD[NET.w1]),
    "B1 twice": (d(NET.b1), 2 * sum_axes(BACK.d1, 1)),
    "unflipped kernel in x": (d(NET.x), conv_input(BACK.d1, flip(NET.w1), NET.x.shape[-2:], NET.geometry)),
    # the lemmas
    "Jacobian without p p^T": (derivative(P, z), diag(P)),
    "Jacobian with p o (1 - p)": (derivative(P, z), diag(hadamard(P, ones("K") - P))),
    "Jacobian with the other sign": (derivative(P, z), diag(P) + P @ P.T),
    "cross-entropy of unnormed labels": (derivative(CE, z), P - y),
    "cross-entropy without softmax": (derivative(CE, z), -y),
    "log-sum-exp's gradient": (derivative(logsumexp(z), z), exp(z)),
    "softmax of twice": (softmax(2 * z), softmax(z)),
    "input adjoint with a flipped kernel": (derivative(CONV, X), conv_input(U, flip(W), IMAGE, G)),
    "kernel adjoint of a flipped input": (derivative(CONV, W), conv_kernel(U, flip(X), W.shape[-2:], G)),
    "pooling's adjoint by averages": (
        derivative(sum_axes(hadamard(maxpool(A, WIN, THREE), E)), A),
        avgunpool(E, WIN, A.shape[-2:]),
    ),
    "average pooling without its quarter": (
        derivative(sum_axes(hadamard(avgpool(A, WIN, THREE), E)), A),
        4 * avgunpool(E, WIN, A.shape[-2:]),
    ),
}

HARMLESS: dict[str, tuple[Expr, Expr]] = {
    "1/N taken out": (d(NET.z3), product(1 / N, NET.prediction - NET.y)),
    "minus the negative": (d(NET.z3), -(NET.y - NET.prediction) / N),
    "a difference of quotients": (d(NET.z3), NET.prediction / N - NET.y / N),
    "W3's gradient in two parts": (
        d(NET.w3),
        dense_kernel(NET.prediction / N, NET.h2) - dense_kernel(NET.y / N, NET.h2),
    ),
    "B3's gradient from yhat - y": (d(NET.b3), sum_axes(NET.prediction - NET.y, 1) / N),
    "h2 with 1/N outside": (d(NET.h2), dense_input(NET.prediction - NET.y, NET.w3) / N),
    "factors in another order in z2": (
        d(NET.z2),
        hadamard(NET.a2, ones_like(NET.a2) - NET.a2, maxunpool(BACK.e2, NET.a2, WIN)),
    ),
    "a - a^2 in z2": (
        d(NET.z2),
        hadamard(maxunpool(BACK.e2, NET.a2, WIN), NET.a2 - hadamard(NET.a2, NET.a2)),
    ),
    "the layer written out in z2": (
        d(NET.z2),
        hadamard(
            maxunpool(BACK.e2, NET.a2, WIN), apply("sigmoid", NET.z2), ones_like(NET.a2) - apply("sigmoid", NET.z2)
        ),
    ),
    "both flipped and back in W2": (d(NET.w2), flip(flip(GRAD[NET.w2]))),
    "W2's cotangent negated twice": (d(NET.w2), -conv_kernel(-BACK.d2, NET.h1, KERNEL, NET.geometry)),
    "Jacobian entry by entry": (derivative(P, z), diag(P) - product(P, P.T)),
    "log-sum-exp's gradient": (derivative(logsumexp(z), z), softmax(z)),
    "cross-entropy by log-sum-exp": (CE, add(product(dot(ones("K"), y), logsumexp(z)), -dot(y, z))),
    "softmax moved by a constant": (softmax(z + vector("c", "K") - vector("c", "K")), softmax(z)),
    "twice half": (d(NET.b2), 2 * sum_axes(BACK.d2, 1) / 2),
}

SETTINGS = Settings(dims=(2,), samples=16_384)


def claim(name: str, lhs: Expr, rhs: Expr) -> Claim:
    given = NET.given if NET.loss in lhs.args or "L" in str(lhs) else ()
    return Claim(name, name, lhs, rhs, given=given)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refuted(name: str) -> None:
    verdict = judge(claim(name, *MISTAKES[name]), SETTINGS)
    assert not verdict.proof.proved
    assert verdict.verdict == "refuted", verdict.reason


@pytest.mark.parametrize("name", HARMLESS)
def test_a_rewriting_is_proved(name: str) -> None:
    verdict = judge(claim(name, *HARMLESS[name]), SETTINGS)
    assert verdict.verdict in ("proved", "confirmed"), verdict.reason


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 40
    assert len(HARMLESS) >= 15
