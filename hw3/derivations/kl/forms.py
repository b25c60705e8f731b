r"""The forms of the divergence, and the symbols that its claims are about.

The forms that ship (`stable_form`, `vae_form`) are right sides of claims, so what is computed is what was proved.
"""

from __future__ import annotations

from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    abbreviation,
    add,
    cholesky,
    eigenvalues,
    expm1mx,
    hadamard,
    identity,
    index,
    inverse,
    logdet,
    matrix,
    norm,
    normal,
    ones,
    product,
    size,
    square,
    sum_over,
    trace,
    transpose,
    vector,
    xmlog1p,
    zeros,
)

K = "k"
MU0, MU1 = vector(r"\mu_0", K), vector(r"\mu_1", K)
S0 = matrix(r"\Sigma_0", K, K, "positive_definite")
S1 = matrix(r"\Sigma_1", K, K, "positive_definite")
P0, P1 = normal(MU0, S0), normal(MU1, S1)
I = index("i", K)
MU, LOGVAR = vector(r"\mu", K), vector(r"\ell", K)
VARIANCE = vector(r"\sigma^2", K, "positive")
STANDARD = normal(zeros(K), identity(K))


def closed_form(mu0: Expr, s0: Expr, mu1: Expr, s1: Expr) -> Expr:
    """1/2 (tr(S1^-1 S0) + (mu1 - mu0)^T S1^-1 (mu1 - mu0) - k + log |S1| - log |S0|)."""
    d = mu1 - mu0
    k = size(mu0.shape[0])
    quadratic = product(transpose(d), inverse(s1), d)
    return product(HALF, add(trace(product(inverse(s1), s0)), quadratic, -k, logdet(s1), -logdet(s0)))


def whitened(s0: Expr, s1: Expr) -> tuple[Expr, Expr]:
    """L and E = L^-1 (S0 - S1) L^-T, with S1 = L L^T: the difference of the two as S1 sees it."""
    factor = abbreviation("L", cholesky(s1))
    return factor, abbreviation("E", product(inverse(factor), s0 - s1, transpose(inverse(factor))))


def stable_form() -> Expr:
    """1/2 (sum_i (e_i - log(1 + e_i)) + ||L^-1 (mu1 - mu0)||^2), e the eigenvalues of E.

    Nothing cancels: every term is >= 0, and each is small where the two laws are near.
    """
    factor, difference = whitened(S0, S1)
    return spectral_form(eigenvalues(difference), factor)


def spectral_form(e: Expr, factor: Expr) -> Expr:
    return product(HALF, add(sum_over(I, xmlog1p(e[I])), square(norm(product(inverse(factor), MU1 - MU0)))))


def vae_form() -> Expr:
    """1/2 1^T (mu o mu + (e^l - 1 - l)): the divergence from N(mu, diag(e^l)) to N(0, I), nothing cancelling."""
    return product(HALF, transpose(ones(K)), add(hadamard(MU, MU), expm1mx(LOGVAR)))
