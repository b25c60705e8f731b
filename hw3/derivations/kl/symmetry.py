r"""The divergence is not symmetric: where its two directions agree, and where they do not."""

from __future__ import annotations

from fractions import Fraction

from hw3.derivations.calculus.inequalities import Term
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.kl.forms import MU0, MU1, P0, P1, S0, S1, closed_form
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import HALF, add, kl, normal, number, product, quotient, scalar, square


def symmetry_claim() -> Claim:
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


def one_dimension_claims() -> tuple[Claim, Claim]:
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
                    r"both closed forms: times $\sigma_0^2 - \sigma_1^2$, two terms that are not negative",
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


def witness_claim() -> Claim:
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
