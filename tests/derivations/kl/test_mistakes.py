"""Mistakes in the closed form and in single steps are refuted; rewritings that change nothing are proved."""

from __future__ import annotations

import pytest

from hw3.derivations.claims import Claim
from hw3.derivations.kl.forms import LOGVAR, MU, MU0, MU1, P0, P1, S0, S1, STANDARD, VARIANCE, I, K, closed_form
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    PI,
    abbreviation,
    add,
    derivative,
    det,
    diag,
    dot,
    exp,
    expectation,
    expm1mx,
    identity,
    inverse,
    kl,
    log,
    log_density,
    logdet,
    norm,
    normal,
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
    zeros,
)
from hw3.verify.judge import Settings, judge

D = MU1 - MU0
K_ = size(K)
INV0, INV1 = inverse(S0), inverse(S1)
TRACE, QUADRATIC = trace(INV1 @ S0), product(transpose(D), INV1, D)
LOGS = add(logdet(S1), -logdet(S0))
X = vector("x", K)


def half(*terms: Expr) -> Expr:
    return product(HALF, add(*terms))


MISTAKES: dict[str, tuple[Expr, Expr]] = {
    "missing 1/2": (kl(P0, P1), add(TRACE, QUADRATIC, -K_, LOGS)),
    "missing k": (kl(P0, P1), half(TRACE, QUADRATIC, LOGS)),
    "wrong sign of k": (kl(P0, P1), half(TRACE, QUADRATIC, K_, LOGS)),
    "one for k": (kl(P0, P1), half(TRACE, QUADRATIC, -number(1), LOGS)),
    "k squared": (kl(P0, P1), half(TRACE, QUADRATIC, -square(K_), LOGS)),
    "swapped covariances in the trace": (kl(P0, P1), half(trace(INV0 @ S1), QUADRATIC, -K_, LOGS)),
    "S1 for its inverse in the trace": (kl(P0, P1), half(trace(S1 @ S0), QUADRATIC, -K_, LOGS)),
    "S0 inverted too": (kl(P0, P1), half(trace(INV1 @ INV0), QUADRATIC, -K_, LOGS)),
    "a product of traces": (kl(P0, P1), half(trace(INV1) * trace(S0), QUADRATIC, -K_, LOGS)),
    "S1 for its inverse in the quadratic form": (
        kl(P0, P1),
        half(TRACE, product(transpose(D), S1, D), -K_, LOGS),
    ),
    "S0 in the quadratic form": (kl(P0, P1), half(TRACE, product(transpose(D), INV0, D), -K_, LOGS)),
    "no matrix in the quadratic form": (kl(P0, P1), half(TRACE, square(norm(D)), -K_, LOGS)),
    "dropped mean term": (kl(P0, P1), half(TRACE, -K_, LOGS)),
    "wrong sign of the mean term": (kl(P0, P1), half(TRACE, -QUADRATIC, -K_, LOGS)),
    "sum of the means": (
        kl(P0, P1),
        half(TRACE, product(transpose(MU1 + MU0), INV1, MU1 + MU0), -K_, LOGS),
    ),
    "difference of squares": (
        kl(P0, P1),
        half(TRACE, product(transpose(MU1), INV1, MU1), -product(transpose(MU0), INV1, MU0), -K_, LOGS),
    ),
    "inverted log determinants": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, -LOGS)),
    "dropped log determinants": (kl(P0, P1), half(TRACE, QUADRATIC, -K_)),
    "sum of log determinants": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, logdet(S1), logdet(S0))),
    "log determinants outside the half": (kl(P0, P1), add(half(TRACE, QUADRATIC, -K_), LOGS)),
    "determinants without log": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, det(S1), -det(S0))),
    "ratio of log determinants": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, quotient(logdet(S1), logdet(S0)))),
    "the reverse divergence": (kl(P0, P1), closed_form(MU1, S1, MU0, S0)),
    "a factor of the trace": (kl(P0, P1), half(2 * TRACE, QUADRATIC, -K_, LOGS)),
    "a trace without its half": (kl(P0, P1), add(TRACE, half(QUADRATIC, -K_, LOGS))),
    # single steps
    "a quadratic form's mean without the mean": (
        expectation(X, P0, product(transpose(X - MU1), INV1, X - MU1)),
        TRACE,
    ),
    "a quadratic form's mean without the trace": (
        expectation(X, P0, product(transpose(X - MU1), INV1, X - MU1)),
        QUADRATIC,
    ),
    "one for the trace of the identity": (expectation(X, P0, product(transpose(X - MU0), INV0, X - MU0)), number(1)),
    "the wrong law": (expectation(X, P1, product(transpose(X - MU0), INV0, X - MU0)), K_),
    "an entropy without k/2": (
        -expectation(X, P0, log_density(P0, X)),
        half(logdet(S0), K_ * log(2 * PI)),
    ),
    "a density without its determinant": (
        log_density(P0, X),
        -half(product(transpose(X - MU0), INV0, X - MU0), K_ * log(2 * PI)),
    ),
    "a density with one log 2 pi": (
        log_density(P0, X),
        -half(product(transpose(X - MU0), INV0, X - MU0), logdet(S0), log(2 * PI)),
    ),
    "a second moment without the mean": (expectation(X, P0, X @ X.T), S0),
    "variances not logged": (
        kl(normal(MU, diag(VARIANCE)), STANDARD),
        product(HALF, sum_over(I, add(square(MU[I]), VARIANCE[I], -number(1), -VARIANCE[I]))),
    ),
    "a log-variance with the other sign": (
        kl(normal(MU, diag(exp(LOGVAR))), STANDARD),
        product(HALF, sum_over(I, add(square(MU[I]), exp(LOGVAR[I]), -number(1), LOGVAR[I]))),
    ),
    "a gradient of a covariance with the other sign": (
        derivative(abbreviation("D", closed_form(MU0, S0, MU1, S1)), S0),
        half(INV0, -INV1),
    ),
    "a gradient in the wrong mean": (
        derivative(abbreviation("D", closed_form(MU0, S0, MU1, S1)), MU0),
        product(INV1, D),
    ),
    "a gradient without its half": (
        derivative(abbreviation("D", closed_form(MU0, S0, MU1, S1)), S0),
        INV1 - INV0,
    ),
}

HARMLESS: dict[str, tuple[Expr, Expr]] = {
    "the means the other way round": (
        kl(P0, P1),
        half(TRACE, product(transpose(MU0 - MU1), INV1, MU0 - MU1), -K_, LOGS),
    ),
    "a cyclic trace": (kl(P0, P1), half(trace(S0 @ INV1), QUADRATIC, -K_, LOGS)),
    "a transposed trace": (kl(P0, P1), half(trace(transpose(INV1 @ S0)), QUADRATIC, -K_, LOGS)),
    "the log of a ratio": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, log(det(S1) / det(S0)))),
    "the ratio's log split": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, log(det(S1)), -log(det(S0)))),
    "minus the inverse ratio": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, -log(det(S0) / det(S1)))),
    "the trace of the quadratic form": (kl(P0, P1), half(TRACE, trace(product(INV1, D, transpose(D))), -K_, LOGS)),
    "one trace for two": (kl(P0, P1), half(trace(INV1 @ (S0 + D @ D.T)), -K_, LOGS)),
    "the half inside": (kl(P0, P1), add(HALF * TRACE, HALF * QUADRATIC, -(HALF * K_), HALF * LOGS)),
    "divided by two": (kl(P0, P1), quotient(add(TRACE, QUADRATIC, -K_, LOGS), number(2))),
    "k as a trace": (kl(P0, P1), half(TRACE, QUADRATIC, -trace(identity(K)), LOGS)),
    "k as the trace of a product": (kl(P0, P1), half(TRACE, QUADRATIC, -trace(S0 @ INV0), LOGS)),
    "k taken into the trace": (kl(P0, P1), half(trace(INV1 @ S0 - identity(K)), QUADRATIC, LOGS)),
    "the log determinant of the inverse": (kl(P0, P1), half(TRACE, QUADRATIC, -K_, -logdet(INV1), -logdet(S0))),
    "terms in another order": (kl(P0, P1), half(LOGS, -K_, QUADRATIC, TRACE)),
    "a transposed inverse": (kl(P0, P1), half(trace(INV1.T @ S0), QUADRATIC, -K_, LOGS)),
    "the inverse of a transpose": (kl(P0, P1), half(trace(inverse(S1.T) @ S0), QUADRATIC, -K_, LOGS)),
    "the quadratic form multiplied out": (
        kl(P0, P1),
        half(TRACE, dot(MU1, INV1 @ MU1), -2 * dot(MU0, INV1 @ MU1), dot(MU0, INV1 @ MU0), -K_, LOGS),
    ),
    "cross-entropy less entropy": (
        kl(P0, P1),
        add(-expectation(X, P0, log_density(P1, X)), expectation(X, P0, log_density(P0, X))),
    ),
    "an expectation of two terms": (kl(P0, P1), expectation(X, P0, log_density(P0, X) - log_density(P1, X))),
    "a difference of squares in the diagonal case": (
        kl(normal(MU, diag(VARIANCE)), STANDARD),
        product(HALF, sum_over(I, add(VARIANCE[I], square(MU[I]), -log(VARIANCE[I]), -number(1)))),
    ),
    "minus one half of the negative": (
        kl(normal(MU, diag(exp(LOGVAR))), STANDARD),
        -product(HALF, sum_over(I, add(number(1), LOGVAR[I], -square(MU[I]), -exp(LOGVAR[I])))),
    ),
    "ones instead of a sum": (
        kl(normal(zeros(K), diag(exp(LOGVAR))), STANDARD),
        HALF * dot(ones(K), expm1mx(LOGVAR)),
    ),
}

SETTINGS = Settings(dims=(2,), samples=16_384)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refuted(name: str) -> None:
    lhs, rhs = MISTAKES[name]
    verdict = judge(Claim(name, name, lhs, rhs), SETTINGS)
    assert not verdict.proof.proved
    assert verdict.verdict == "refuted", verdict.reason
    assert "left" in verdict.reason
    assert "right" in verdict.reason


@pytest.mark.parametrize("name", HARMLESS)
def test_a_rewriting_is_proved(name: str) -> None:
    lhs, rhs = HARMLESS[name]
    verdict = judge(Claim(name, name, lhs, rhs), SETTINGS)
    assert verdict.verdict == "proved", verdict.reason


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 24
    assert len(HARMLESS) >= 20
