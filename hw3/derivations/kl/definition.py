r"""From the definition to the closed form, in both directions."""

from __future__ import annotations

from hw3.derivations.claims import Claim, Line
from hw3.derivations.kl.forms import MU0, MU1, P0, P1, S0, S1, K, closed_form
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    add,
    expectation,
    inverse,
    kl,
    log_density,
    logdet,
    product,
    size,
    trace,
    transpose,
    vector,
)


def _ratio(x: Expr) -> Expr:
    return add(log_density(P0, x), -log_density(P1, x))


def _half_quadratic(x: Expr, mean: Expr, s: Expr) -> Expr:
    return product(HALF, transpose(x - mean), inverse(s), x - mean)


def closed_form_claim() -> Claim:
    x = vector("x", K)
    first, second = _half_quadratic(x, MU1, S1), _half_quadratic(x, MU0, S0)
    logs = product(HALF, add(logdet(S1), -logdet(S0)))
    d = MU1 - MU0
    d0 = MU0 - MU0
    lemma1 = product(HALF, add(trace(product(inverse(S1), S0)), product(transpose(d), inverse(S1), d)))
    lemma0 = product(HALF, add(trace(product(inverse(S0), S0)), product(transpose(d0), inverse(S0), d0)))
    return Claim(
        "closed-form",
        "The divergence of two Gaussians in closed form",
        kl(P0, P1),
        closed_form(MU0, S0, MU1, S1),
        lines=(
            Line(expectation(x, P0, _ratio(x)), "the definition of the divergence"),
            Line(
                expectation(x, P0, add(first, -second, logs)),
                r"the logarithms of the two densities, whose constants $\frac{k}{2} \log 2\pi$ cancel",
            ),
            Line(
                add(expectation(x, P0, first), -expectation(x, P0, second), logs),
                "the expectation is linear, and of a constant it is the constant",
            ),
            Line(
                add(lemma1, -lemma0, logs),
                r"the mean of a quadratic form is the trace of its matrix with $\Sigma_0$, plus its value at $\mu_0$",
            ),
            Line(
                product(
                    HALF,
                    add(trace(product(inverse(S1), S0)), product(transpose(d), inverse(S1), d), -size(K)),
                )
                + logs,
                r"$\operatorname{tr}(\Sigma_0^{-1} \Sigma_0)$ is the trace of the identity, $k$; the rest is zero",
            ),
            Line(closed_form(MU0, S0, MU1, S1), "one half taken out"),
        ),
    )


def reverse_claim() -> Claim:
    return Claim(
        "reverse",
        "The reverse direction: the indices change places",
        kl(P1, P0),
        closed_form(MU1, S1, MU0, S0),
        lines=(Line(closed_form(MU1, S1, MU0, S0), "the closed form with 0 and 1 exchanged"),),
    )
