r"""The form in which nothing cancels, and what it shows: the divergence is never negative, and zero only for equals."""

from __future__ import annotations

from dataclasses import replace

from hw3.derivations.calculus.inequalities import Term
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.kl.forms import MU0, MU1, P0, P1, S0, S1, I, K, closed_form, spectral_form, whitened
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    abbreviation,
    add,
    eigenvalues,
    identity,
    inverse,
    kl,
    log,
    logdet,
    norm,
    number,
    ones,
    product,
    size,
    square,
    sum_over,
    trace,
    transpose,
    xmlog1p,
)


def stable_claim() -> Claim:
    factor, difference = whitened(S0, S1)
    inner = abbreviation("P", product(inverse(factor), S0, transpose(inverse(factor))))
    d = MU1 - MU0
    split = product(factor, transpose(factor))
    squared = square(norm(product(inverse(factor), d)))
    shifted = inner - identity(K)
    lam = eigenvalues(inner)
    factored = closed_form(MU0, S0, MU1, split)
    return Claim(
        "stable-form",
        "The form that is computed, in which nothing cancels, equals the closed form",
        closed_form(MU0, S0, MU1, S1),
        spectral_form(eigenvalues(difference), factor),
        where=(factor, difference, inner),
        lines=(
            Line(factored, r"$\Sigma_1$ is its Cholesky factor $L$ times $L^\top$", replacing=(S1, split)),
            Line(
                product(HALF, add(trace(inner), -size(K), -logdet(inner), squared)),
                r"$P = L^{-1} \Sigma_0 L^{-\top}$: cyclic traces, and the log determinant of a product",
                hints=(("logdet-product", (inverse(factor), product(S0, transpose(inverse(factor))))),),
            ),
            Line(
                product(HALF, add(sum_over(I, add(lam[I], number(-1), -log(lam[I]))), squared)),
                "trace and log determinant are sums over the eigenvalues",
            ),
            Line(
                product(HALF, add(sum_over(I, xmlog1p(add(lam, -ones(K))[I])), squared)),
                r"$\lambda - 1 - \log \lambda$ is $x - \log(1 + x)$ at $x = \lambda - 1$",
            ),
            Line(
                spectral_form(eigenvalues(shifted), factor),
                r"the eigenvalues of $P - I$ are those of $P$ less one",
                replacing=(add(lam, -ones(K)), eigenvalues(shifted)),
                hints=(("spectrum-shift", (inner,)),),
            ),
            Line(
                spectral_form(eigenvalues(difference), factor),
                r"$P - I = L^{-1} (\Sigma_0 - \Sigma_1) L^{-\top}$, since $L^{-1} \Sigma_1 L^{-\top} = I$",
                replacing=(shifted, difference),
                hints=(("cholesky", (S1,)), ("inverse-left", (factor,)), ("inverse-right", (factor,))),
            ),
        ),
        transferred=_spectrum_is_positive(difference, inner),
    )


def _spectrum_is_positive(difference: Expr, inner: Expr) -> tuple[tuple[str, Expr, tuple[Line, ...]], ...]:
    """1 + e_i > 0: it is an eigenvalue of P, which is positive definite."""
    shifted = inner - identity(K)
    here, there = (number(1) + eigenvalues(m)[I] for m in (difference, shifted))
    last = Line(eigenvalues(inner)[I], "the eigenvalues of $P - I$", hints=(("spectrum-shift", (inner,)),))
    first = Line(there, "$E = P - I$", replacing=(difference, shifted), hints=(("cholesky", (S1,)),))
    return ("positive", here, (first, last)), ("positive", there, (last,))


def nonnegative_claims() -> tuple[Claim, ...]:
    factor, difference = whitened(S0, S1)
    stable = stable_claim()
    terms = (
        Term(HALF, "spectral-phi", (difference,)),
        Term(HALF, "squared-norm", (product(inverse(factor), MU1 - MU0),)),
    )
    lines = (
        Line(closed_form(MU0, S0, MU1, S1), "the closed form"),
        *stable.lines,
    )
    base = replace(stable, lhs=kl(P0, P1), lines=lines, terms=terms)
    hypothesis = Fact("equation", kl(P0, P1), number(0))
    note = (
        r"$x - \log(1 + x)$ is zero only at 0: every eigenvalue of $E$ is 0, and so is $E$; "
        r"the norm is zero only for $L^{-1}(\mu_1 - \mu_0) = 0$."
    )
    return (
        replace(
            base,
            name="nonnegative",
            title="The divergence is never negative",
            relation=">=",
            rhs=number(0),
            note="Both terms of the stable form are sums of numbers that are not negative.",
        ),
        replace(
            base,
            name="zero-means",
            title="If the divergence is zero, the means are equal",
            relation="=>",
            lhs=MU1,
            rhs=MU0,
            hypothesis=hypothesis,
            note=note,
        ),
        replace(
            base,
            name="zero-covariances",
            title="If the divergence is zero, the covariances are equal",
            relation="=>",
            lhs=S0,
            rhs=S1,
            hypothesis=hypothesis,
            note=note,
        ),
        Claim(
            "equal",
            "Of a Gaussian and itself the divergence is zero",
            kl(P0, P0),
            number(0),
            lines=(
                Line(closed_form(MU0, S0, MU0, S0), "the closed form"),
                Line(number(0), "the trace of the identity is $k$, and everything else cancels"),
            ),
        ),
    )
