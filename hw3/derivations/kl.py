r"""The Kullback-Leibler divergence of two Gaussians, derived from its definition.

    KL[N(mu0, S0) || N(mu1, S1)] = 1/2 (tr(S1^-1 S0) + (mu1 - mu0)^T S1^-1 (mu1 - mu0) - k + log |S1| - log |S0|)

Each claim below reads like the proof in a textbook: the lines lead from the left side to the right one.
The forms that ship (`stable_form`, `vae_form`) are right sides of claims here, so what is computed is what
was proved.

Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, chapter 8; K. P. Murphy, Probabilistic
Machine Learning: An Introduction, section 6.2.3.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from hw3.derivations.calculus.inequalities import Term
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    abbreviation,
    add,
    blockdiag,
    cholesky,
    derivative,
    diag,
    eigenvalues,
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
    product,
    quotient,
    scalar,
    size,
    square,
    stack,
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
    return _spectral(eigenvalues(difference), factor)


def _spectral(e: Expr, factor: Expr) -> Expr:
    return product(HALF, add(sum_over(I, xmlog1p(e[I])), square(norm(product(inverse(factor), MU1 - MU0)))))


def vae_form() -> Expr:
    """1/2 1^T (mu o mu + (e^l - 1 - l)): the divergence from N(mu, diag(e^l)) to N(0, I), nothing cancelling."""
    return product(HALF, transpose(ones(K)), add(hadamard(MU, MU), expm1mx(LOGVAR)))


def _ratio(x: Expr) -> Expr:
    return add(log_density(P0, x), -log_density(P1, x))


def _quadratic(x: Expr, mean: Expr, s: Expr) -> Expr:
    return product(transpose(x - mean), inverse(s), x - mean)


def _closed_form_claim() -> Claim:
    x = vector("x", K)
    first = product(HALF, _quadratic(x, MU1, S1))
    second = product(HALF, _quadratic(x, MU0, S0))
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
                r"$\operatorname{tr}(\Sigma_0^{-1} \Sigma_0)$ is the trace of the identity, $k$; the other term is zero",
            ),
            Line(closed_form(MU0, S0, MU1, S1), "one half taken out"),
        ),
    )


def _reverse_claim() -> Claim:
    return Claim(
        "reverse",
        "The reverse direction: the indices change places",
        kl(P1, P0),
        closed_form(MU1, S1, MU0, S0),
        lines=(Line(closed_form(MU1, S1, MU0, S0), "the closed form with 0 and 1 exchanged"),),
    )


def _symmetry_claim() -> Claim:
    return Claim(
        "symmetric",
        "The divergence is symmetric",
        kl(P0, P1),
        kl(P1, P0),
        expected="refuted",
        witness=(
            (MU0, (Fraction(0),)),
            (MU1, (Fraction(0),)),
            (S0, ((Fraction(1),),)),
            (S1, ((Fraction(4),),)),
        ),
        note=r"At equal means and variances 1 and 4 the two directions are $\log 2 - 3/8$ and $3/2 - \log 2$.",
    )


def _one_dimensional() -> tuple[Expr, Expr, Expr, Expr]:
    m0, m1 = scalar(r"\mu_0"), scalar(r"\mu_1")
    v0, v1 = scalar(r"\sigma_0^2", "positive"), scalar(r"\sigma_1^2", "positive")
    return m0, m1, v0, v1


def _one_dimension_claims() -> tuple[Claim, Claim]:
    m0, m1, v0, v1 = _one_dimensional()
    there, back = kl(normal(m0, v0), normal(m1, v1)), kl(normal(m1, v1), normal(m0, v0))
    gap = Term(HALF, "log-gap", (v0, v1))
    apart = Term(quotient(number(1), product(number(2), v0, v1)), "square", (product(m0 - m1, v0 - v1),))
    v = scalar(r"\sigma^2", "positive")
    return (
        Claim(
            "one-dimension-only-if",
            "In one dimension the directions agree only for equal variances, whatever the means",
            v0,
            v1,
            relation="=>",
            hypothesis=Fact("equation", there, back),
            weight=v0 - v1,
            terms=(gap, apart),
            lines=(
                Line(
                    add(gap.value(), apart.value()),
                    r"both closed forms; times $\sigma_0^2 - \sigma_1^2$ the difference is a sum of two terms that are not negative",
                ),
            ),
            note="The first term is zero only where the two variances are equal.",
        ),
        Claim(
            "one-dimension-if",
            "For equal variances the two directions agree",
            kl(normal(m0, v), normal(m1, v)),
            kl(normal(m1, v), normal(m0, v)),
            lines=(
                Line(quotient(square(m0 - m1), 2 * v), "the closed form at equal variances"),
                Line(kl(normal(m1, v), normal(m0, v)), "the same with the means exchanged"),
            ),
        ),
    )


def _witness_claim() -> Claim:
    quarter = Fraction(1, 4)
    one, zero = Fraction(1), Fraction(0)
    return Claim(
        "two-dimensions",
        "In two dimensions the directions agree for some unequal covariances",
        closed_form(MU0, S0, MU1, S1),
        closed_form(MU1, S1, MU0, S0),
        relation="exists",
        witness=(
            (MU0, (zero, zero)),
            (MU1, (zero, zero)),
            (S0, ((4 * one, zero), (zero, quarter))),
            (S1, ((one, zero), (zero, one))),
        ),
        distinct=(S0, S1),
        note=r"$\operatorname{diag}(4, 1/4)$ against the identity: the traces agree and both determinants are 1.",
    )


def _stable_claim() -> Claim:
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
        _spectral(eigenvalues(difference), factor),
        where=(factor, difference, inner),
        lines=(
            Line(factored, r"$\Sigma_1$ is its Cholesky factor $L$ times $L^\top$", replacing=(S1, split)),
            Line(
                product(HALF, add(trace(inner), -size(K), -logdet(inner), squared)),
                r"with $P = L^{-1} \Sigma_0 L^{-\top}$: cyclic traces, and the log determinant of a product",
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
                _spectral(eigenvalues(shifted), factor),
                r"the eigenvalues of $P - I$ are those of $P$ less one",
                replacing=(add(lam, -ones(K)), eigenvalues(shifted)),
                hints=(("spectrum-shift", (inner,)),),
            ),
            Line(
                _spectral(eigenvalues(difference), factor),
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


def _nonnegative_claims() -> tuple[Claim, ...]:
    factor, difference = whitened(S0, S1)
    stable = _stable_claim()
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


def _diagonal_claims() -> tuple[Claim, ...]:
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


def _gradient_claims() -> tuple[Claim, ...]:
    value = abbreviation("D", closed_form(MU0, S0, MU1, S1))
    d = MU1 - MU0
    inv0, inv1 = inverse(S0), inverse(S1)
    vae = abbreviation("D", vae_form())
    at = "the closed form, differentiated term by term"
    by_s1 = product(HALF, add(inv1, -product(inv1, S0, inv1), -product(inv1, d, transpose(d), inv1)))

    def claim(name: str, what: str, lhs: Expr, rhs: Expr, reason: str, where: Expr = value) -> Claim:
        return Claim(
            f"gradient-{name}",
            f"The gradient in {what}",
            lhs,
            rhs,
            lines=(Line(rhs, reason),),
            where=(where,),
        )

    return (
        claim("mean-0", r"$\mu_0$", derivative(value, MU0), -product(inv1, d), at),
        claim("mean-1", r"$\mu_1$", derivative(value, MU1), product(inv1, d), at),
        claim(
            "covariance-0",
            r"$\Sigma_0$",
            derivative(value, S0),
            product(HALF, inv1 - inv0),
            at + r"; the gradient of $\log |\Sigma|$ is $\Sigma^{-1}$",
        ),
        claim(
            "covariance-1",
            r"$\Sigma_1$",
            derivative(value, S1),
            by_s1,
            at + r"; that of $\operatorname{tr}(\Sigma^{-1} A)$ is $-\Sigma^{-1} A^\top \Sigma^{-1}$",
        ),
        claim(
            "mean",
            r"$\mu$, against the standard normal",
            derivative(vae, MU),
            MU,
            r"of $\mu^2/2$, entry by entry",
            vae,
        ),
        claim(
            "log-variance",
            r"$\ell = \log \sigma^2$, against the standard normal",
            derivative(vae, LOGVAR),
            product(HALF, exp(LOGVAR) - ones(K)),
            r"of $(e^{\ell} - 1 - \ell)/2$, entry by entry",
            vae,
        ),
    )


def _affine_claim() -> Claim:
    a, b = matrix("A", K, K, "invertible"), vector("b", K)
    moved = [normal(product(a, m) + b, product(a, s, transpose(a))) for m, s in ((MU0, S0), (MU1, S1))]
    mapped = [(law.args[0], law.args[1]) for law in moved]
    return Claim(
        "affine",
        r"An invertible affine map $x \mapsto A x + b$ changes nothing",
        kl(*moved),
        kl(P0, P1),
        lines=(
            Line(
                closed_form(*mapped[0], *mapped[1]),
                r"the closed form of the mapped laws $\mathcal{N}(A \mu + b, A \Sigma A^\top)$",
            ),
            Line(
                closed_form(MU0, S0, MU1, S1),
                r"$A$ cancels in the trace and in the quadratic form, $\log |A|$ in the difference",
            ),
            Line(kl(P0, P1), "the closed form"),
        ),
    )


def _additive_claim() -> Claim:
    l = "l"
    a0, a1 = vector(r"\alpha_0", K), vector(r"\alpha_1", K)
    b0, b1 = vector(r"\beta_0", l), vector(r"\beta_1", l)
    s0, s1 = (matrix(rf"A_{j}", K, K, "positive_definite") for j in (0, 1))
    t0, t1 = (matrix(rf"B_{j}", l, l, "positive_definite") for j in (0, 1))
    joint = kl(normal(stack(a0, b0), blockdiag(s0, t0)), normal(stack(a1, b1), blockdiag(s1, t1)))
    parts = kl(normal(a0, s0), normal(a1, s1)) + kl(normal(b0, t0), normal(b1, t1))
    return Claim(
        "additive",
        "Over independent blocks the divergences add",
        joint,
        parts,
        lines=(
            Line(
                closed_form(stack(a0, b0), blockdiag(s0, t0), stack(a1, b1), blockdiag(s1, t1)),
                "the closed form in $k + l$ dimensions",
            ),
            Line(
                closed_form(a0, s0, a1, s1) + closed_form(b0, t0, b1, t1),
                "the inverse of a block diagonal matrix has the inverse blocks; traces, quadratic forms and log "
                "determinants add",
            ),
            Line(parts, "the closed form, twice"),
        ),
    )


@cache
def claims() -> tuple[Claim, ...]:
    """The claims of `hw3 verify kl`, in the order in which they are told."""
    only_if, if_ = _one_dimension_claims()
    return (
        _closed_form_claim(),
        _reverse_claim(),
        _symmetry_claim(),
        only_if,
        if_,
        _witness_claim(),
        _stable_claim(),
        *_nonnegative_claims(),
        *_diagonal_claims(),
        *_gradient_claims(),
        _affine_claim(),
        _additive_claim(),
    )
