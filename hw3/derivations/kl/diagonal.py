r"""Diagonal covariances, and the standard normal: the term of a variational autoencoder."""

from __future__ import annotations

from hw3.derivations.claims import Claim, Line
from hw3.derivations.kl.forms import LOGVAR, MU, MU0, MU1, STANDARD, VARIANCE, I, K, closed_form, vae_form
from hw3.derivations.operations import (
    HALF,
    add,
    diag,
    exp,
    identity,
    kl,
    log,
    normal,
    number,
    product,
    quotient,
    square,
    sum_over,
    vector,
    zeros,
)


def diagonal_claims() -> tuple[Claim, ...]:
    v0, v1 = vector(r"\sigma_0^2", K, "positive"), vector(r"\sigma_1^2", K, "positive")
    each = add(
        quotient(v0[I], v1[I]),
        quotient(square(MU1[I] - MU0[I]), v1[I]),
        number(-1),
        log(quotient(v1[I], v0[I])),
    )
    in_variance = product(HALF, sum_over(I, add(square(MU[I]), VARIANCE[I], number(-1), -log(VARIANCE[I]))))
    in_logs = product(HALF, sum_over(I, add(square(MU[I]), exp(LOGVAR[I]), number(-1), -LOGVAR[I])))
    return (
        Claim(
            "diagonal",
            "Diagonal covariances: a sum over coordinates",
            kl(normal(MU0, diag(v0)), normal(MU1, diag(v1))),
            product(HALF, sum_over(I, each)),
            lines=(
                Line(closed_form(MU0, diag(v0), MU1, diag(v1)), "the closed form"),
                Line(
                    product(HALF, sum_over(I, each)),
                    "inverse, trace and determinant of a diagonal matrix, entry by entry",
                ),
            ),
        ),
        Claim(
            "standard-variance",
            "Against the standard normal, in the variances",
            kl(normal(MU, diag(VARIANCE)), STANDARD),
            in_variance,
            lines=(
                Line(closed_form(MU, diag(VARIANCE), zeros(K), identity(K)), "the closed form"),
                Line(in_variance, "the diagonal case at mean 0 and variance 1"),
            ),
        ),
        Claim(
            "standard-log-variance",
            r"Against the standard normal, in log-variances $\ell = \log \sigma^2$: the term of an autoencoder's loss",
            kl(normal(MU, diag(exp(LOGVAR))), STANDARD),
            vae_form(),
            lines=(
                Line(closed_form(MU, diag(exp(LOGVAR)), zeros(K), identity(K)), "the closed form"),
                Line(in_logs, r"the diagonal case at mean 0 and variance 1, with $\sigma^2 = e^{\ell}$"),
                Line(vae_form(), r"$\operatorname{expm1mx}(\ell)$ stands for $e^{\ell} - 1 - \ell$"),
            ),
        ),
    )
