"""Mistakes in the gradients and in the theorem on PCA are refuted; rewritings that change nothing are proved."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hw3.derivations.autoencoder import best, pca
from hw3.derivations.autoencoder.forms import (
    DECODER,
    ENCODER,
    RELU,
    SIGMOID,
    TANH,
    W_STAR,
    X_ALL,
    X_ONE,
    Autoencoder,
    B,
    Backward,
    C,
    W,
    ones_like,
    sum_of_squares,
)
from hw3.derivations.autoencoder.untied import untied
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    add,
    apply,
    derivative,
    diag,
    dot,
    hadamard,
    index,
    matrix,
    norm,
    number,
    ones,
    product,
    quotient,
    size,
    square,
    sum_over,
    trace,
    transpose,
    vector,
)
from hw3.verify.judge import Settings, judge

NET, ALL = Autoencoder(), Autoencoder(X_ALL)
BACK, MEAN = Backward(NET), Backward(ALL)
# With n = m a transposed factor still fits, so that only values can tell.
SQUARE = Autoencoder(w=matrix("W", "n", "n"), b=vector("b", "n"))
SIDE = Backward(SQUARE)
LOOSE, APART = untied(X_ONE), Backward(untied(X_ONE))
X, XH = X_ONE, NET.x_hat
N = size("N")
TIED = (Fact("equation", W_STAR, transpose(W)),)

INNER, OUTER = apply(ENCODER.name, NET.z, 1), apply(DECODER.name, NET.y, 1)


def d(wrt: Expr, net: Autoencoder = NET) -> Expr:
    return derivative(net.loss, wrt)


def weights(d_z: Expr, d_y: Expr, net: Autoencoder = NET) -> Expr:
    """The tied gradient from two cotangents."""
    return product(d_z, transpose(net.x)) + product(net.h, transpose(d_y))


def backward(d_y: Expr, inner: Expr = INNER) -> Expr:
    """The cotangent of z from that of y."""
    return hadamard(product(W, d_y), inner)


TWICE = 2 * (XH - X)
TINY = number(Fraction(1, 10**6))

MISTAKES: dict[str, tuple[Expr, Expr]] = {
    # the output
    "x - x_hat": (d(XH), 2 * (X - XH)),
    "missing 2": (d(XH), XH - X),
    "a square kept": (d(XH), 2 * (XH - X) + product(norm(XH - X), XH - X)),
    # the decoder's cotangent
    "a hat for its slope": (d(C), hadamard(TWICE, apply(DECODER.name, NET.y))),
    "the decoder's slope forgotten": (d(C), TWICE),
    "the decoder's slope at x hat": (d(C), hadamard(TWICE, apply(DECODER.name, XH, 1))),
    "the decoder's slope without c": (d(C), hadamard(TWICE, apply(DECODER.name, product(transpose(W), NET.h), 1))),
    "the encoder's function in the decoder": (d(C), hadamard(TWICE, apply(ENCODER.name, NET.y, 1))),
    "the second derivative": (d(C), hadamard(TWICE, apply(DECODER.name, NET.y, 2))),
    "the slope at x": (d(C), hadamard(TWICE, apply(DECODER.name, X, 1))),
    # back through the matrix
    "W^T for W": (derivative(SQUARE.loss, SQUARE.h), product(transpose(SQUARE.w), SIDE.d_y)),
    "the matrix forgotten": (derivative(SQUARE.loss, SQUARE.h), SIDE.d_y),
    # the encoder's cotangent
    "the encoder's slope forgotten": (d(B), BACK.d_h),
    "a for its slope": (d(B), backward(BACK.d_y, NET.h)),
    "the encoder's slope at h": (d(B), backward(BACK.d_y, apply(ENCODER.name, NET.h, 1))),
    "the encoder's slope without b": (d(B), backward(BACK.d_y, apply(ENCODER.name, product(W, X), 1))),
    "the decoder's slope forgotten in b": (d(B), backward(TWICE)),
    "missing 2 in b": (d(B), product(HALF, BACK.d_z)),
    "y - y hat in b": (d(B), -BACK.d_z),
    # the weights
    "dropped encoder": (d(W), product(NET.h, transpose(BACK.d_y))),
    "dropped decoder": (d(W), BACK.by_encoder),
    "the difference of the two": (d(W), BACK.by_encoder - product(NET.h, transpose(BACK.d_y))),
    "missing 2 in the weights": (d(W), product(HALF, BACK.by_w)),
    "missing transpose": (
        d(SQUARE.w, SQUARE),
        product(SIDE.d_z, transpose(X)) + product(SIDE.d_y, transpose(SQUARE.h)),
    ),
    "both transposed": (d(SQUARE.w, SQUARE), transpose(SIDE.by_w)),
    "the encoder's product in the other order": (
        d(SQUARE.w, SQUARE),
        product(X, transpose(SIDE.d_z)) + product(SQUARE.h, transpose(SIDE.d_y)),
    ),
    "x hat for x": (d(W), product(BACK.d_z, transpose(XH)) + product(NET.h, transpose(BACK.d_y))),
    "z for h": (d(W), BACK.by_encoder + product(NET.z, transpose(BACK.d_y))),
    "delta x hat for delta y": (d(W), BACK.by_encoder + product(NET.h, transpose(BACK.d_x_hat))),
    "delta h for delta z": (d(W), product(BACK.d_h, transpose(X)) + product(NET.h, transpose(BACK.d_y))),
    "an entry off by a millionth": (d(W), BACK.by_w + product(TINY, ones("m", "n"))),
    "off by a millionth of h x^T": (d(W), BACK.by_w + product(TINY, NET.h, transpose(X))),
    # Jacobians
    "a Jacobian transposed": (
        derivative(SQUARE.x_hat, SQUARE.h),
        product(SQUARE.w, diag(_outer := apply(DECODER.name, SQUARE.y, 1))),
    ),
    "a Jacobian without its transpose": (derivative(SQUARE.x_hat, SQUARE.h), product(diag(_outer), SQUARE.w)),
    "a Jacobian's slope on the other side": (
        derivative(SQUARE.x_hat, SQUARE.h),
        product(transpose(SQUARE.w), diag(_outer)),
    ),
    "the Jacobian of h in b, with a": (derivative(NET.h, B), diag(NET.h)),
    # untied
    "untied: z for h": (derivative(LOOSE.loss, W_STAR), product(APART.d_y, transpose(LOOSE.z))),
    "untied: the tied gradient": (derivative(LOOSE.loss, W), APART.by_encoder + product(LOOSE.h, transpose(APART.d_y))),
    "untied: W for the decoder's transpose": (
        derivative(LOOSE.loss, W),
        product(hadamard(product(W, APART.d_y), apply(ENCODER.name, LOOSE.z, 1)), transpose(X)),
    ),
    # a batch
    "1/N forgotten": (d(W, ALL), product(N, MEAN.by_w)),
    "1/N twice": (d(W, ALL), quotient(MEAN.by_w, N)),
    "1/n for 1/N": (d(W, ALL), quotient(product(N, MEAN.by_w), size("n"))),
    "the bias's mean for its sum": (d(B, ALL), quotient(MEAN.by_b, N)),
    "a sum over the wrong cotangent": (d(B, ALL), product(MEAN.d_h, ones("N"))),
    # known functions
    "sigmoid: 1 + a": (
        derivative(Autoencoder(encode=SIGMOID, decode=SIGMOID).loss, C),
        hadamard(2 * ((s := Autoencoder(encode=SIGMOID, decode=SIGMOID)).x_hat - X), s.x_hat, ones_like(X) + s.x_hat),
    ),
    "sigmoid: a (1 - a) at y": (derivative(s.loss, C), hadamard(2 * (s.x_hat - X), s.y, ones_like(X) - s.y)),
    "tanh: 1 - a": (
        derivative((t := Autoencoder(encode=TANH, decode=TANH)).loss, C),
        hadamard(2 * (t.x_hat - X), ones_like(X) - t.x_hat),
    ),
    "ReLU: a for its slope": (
        derivative((r := Autoencoder(encode=RELU, decode=RELU)).loss, C),
        hadamard(2 * (r.x_hat - X), r.x_hat),
    ),
    "ReLU: the encoder's step in the decoder": (
        derivative(r.loss, C),
        hadamard(2 * (r.x_hat - X), apply("step", X)),
    ),
}

GIVEN_MISTAKES: dict[str, tuple[Expr, Expr, tuple[Fact, ...]]] = {
    "the tied gradient without the transpose's part": (d(W), derivative(LOOSE.loss, W), TIED),
    "twice the encoder's part": (d(W), product(number(2), derivative(LOOSE.loss, W)), TIED),
    "PCA: the loss is what is kept": (
        pca.reconstruction_error(W),
        trace(pca.D),
        (pca.ORTHONORMAL, pca.INVARIANT),
    ),
    "PCA: the loss without orthonormal rows": (
        pca.reconstruction_error(W),
        trace(pca.COVARIANCE) - pca.captured(W),
        (),
    ),
    "PCA: the loss is the sum of the other eigenvalues": (
        pca.reconstruction_error(W),
        sum_over(index("i", "m"), pca.KEPT[index("i", "m")]),
        pca.SPECTRUM,
    ),
    "PCA: a gradient with a term lost": (
        derivative(quotient(sum_of_squares(X_ALL - product(transpose(W), W, X_ALL)), N), W),
        2 * (W @ W.T @ W @ pca.COVARIANCE) - 4 * (W @ pca.COVARIANCE),
        (),
    ),
    "PCA: the gradient vanishes at any orthonormal rows": (
        derivative(quotient(sum_of_squares(X_ALL - product(transpose(W), W, X_ALL)), N), W),
        number(0) * W,
        (pca.ORTHONORMAL,),
    ),
    "PCA: any orthonormal rows span an eigenspace": (
        product(W, pca.COVARIANCE),
        product(W, pca.COVARIANCE, transpose(W), W),
        (pca.ORTHONORMAL,),
    ),
}

HARMLESS: dict[str, tuple[Expr, Expr]] = {
    "the loss multiplied out": (NET.loss, add(dot(X, X), -product(number(2), transpose(X), XH), dot(XH, XH))),
    "the other sign twice": (d(XH), -2 * (X - XH)),
    "the loss the other way round": (d(W), derivative(sum_of_squares(XH - X), W)),
    "the parts in the other order": (d(W), product(NET.h, transpose(BACK.d_y)) + BACK.by_encoder),
    "the decoder's part transposed": (d(W), BACK.by_encoder + transpose(BACK.by_decoder)),
    "the whole transposed twice": (d(W), transpose(transpose(BACK.by_encoder) + BACK.by_decoder)),
    "a diagonal matrix for a product entry by entry": (d(C), product(diag(OUTER), TWICE)),
    "factors in another order": (d(C), hadamard(OUTER, TWICE)),
    "two taken out": (d(C), 2 * hadamard(XH - X, OUTER)),
    "everything written out in b": (
        d(B),
        2 * product(diag(INNER), W, diag(OUTER), apply(DECODER.name, W.T @ apply(ENCODER.name, W @ X + B) + C) - X),
    ),
    "weights from two cotangents": (d(W), weights(BACK.d_z, BACK.d_y)),
    "a sum over the samples": (
        d(B, ALL),
        transpose(product(transpose(ones("N")), transpose(MEAN.d_z))),
    ),
    "1/N taken out": (
        d(W, ALL),
        quotient(
            product(hadamard(W @ (N * MEAN.d_y), apply(ENCODER.name, ALL.z, 1)), X_ALL.T) + ALL.h @ (N * MEAN.d_y).T, N
        ),
    ),
    "the norm for the trace": (ALL.loss, quotient(square(norm(X_ALL - ALL.x_hat)), N)),
    "sigmoid: a - a^2": (derivative(s.loss, C), hadamard(2 * (s.x_hat - X), s.x_hat - hadamard(s.x_hat, s.x_hat))),
    "tanh: (1 - a)(1 + a)": (
        derivative(t.loss, C),
        hadamard(2 * (t.x_hat - X), ones_like(X) - t.x_hat, ones_like(X) + t.x_hat),
    ),
    "ReLU: the step by another name": (
        derivative(r.loss, C),
        hadamard(2 * (r.x_hat - X), apply("step", Autoencoder(encode=RELU, decode=RELU).y)),
    ),
}

GIVEN_HARMLESS: dict[str, tuple[Expr, Expr, tuple[Fact, ...]]] = {
    "the tied gradient, the decoder's part first": (
        d(W),
        transpose(derivative(LOOSE.loss, W_STAR)) + derivative(LOOSE.loss, W),
        TIED,
    ),
    "PCA: the loss in D, cyclic": (
        pca.reconstruction_error(W),
        trace(pca.COVARIANCE) - trace(product(transpose(W), pca.D, W)),
        (pca.ORTHONORMAL, pca.INVARIANT),
    ),
    "PCA: W^T W is a projection": (W.T @ W @ W.T @ W, W.T @ W, (pca.ORTHONORMAL,)),
}

SETTINGS = Settings(dims=(2,), samples=16_384)


@pytest.mark.parametrize("name", [*MISTAKES, *GIVEN_MISTAKES])
def test_a_mistake_is_refuted(name: str) -> None:
    lhs, rhs, given = (*MISTAKES[name], ()) if name in MISTAKES else GIVEN_MISTAKES[name]
    verdict = judge(Claim(name, name, lhs, rhs, given=given), SETTINGS)
    assert not verdict.proof.proved
    assert verdict.verdict == "refuted", verdict.reason
    assert "left" in verdict.reason


@pytest.mark.parametrize("name", [*HARMLESS, *GIVEN_HARMLESS])
def test_a_rewriting_is_proved(name: str) -> None:
    lhs, rhs, given = (*HARMLESS[name], ()) if name in HARMLESS else GIVEN_HARMLESS[name]
    verdict = judge(Claim(name, name, lhs, rhs, given=given), SETTINGS)
    assert verdict.verdict in ("proved", "confirmed"), verdict.reason


def test_trailing_eigenvectors_are_not_best() -> None:
    """With the order the other way round the difference of the losses is not a sum of what is not negative."""
    wrong = tuple(Fact("nonnegative", -f.lhs) for f in best.LEADING)
    claim = best.best_claims()[0]
    swapped = Claim(
        "trailing", "", claim.lhs, claim.rhs, ">=", claim.lines, (*pca.SPECTRUM, best.ROWS, *wrong), terms=claim.terms
    )
    verdict = judge(swapped, SETTINGS)
    assert not verdict.proof.proved
    assert verdict.verdict in ("refuted", "undecided"), verdict.reason


def test_there_are_enough() -> None:
    assert len(MISTAKES) + len(GIVEN_MISTAKES) >= 50
    assert len(HARMLESS) + len(GIVEN_HARMLESS) >= 20
