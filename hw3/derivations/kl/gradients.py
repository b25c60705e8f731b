r"""Gradients of the closed form and of the autoencoder's term."""

from __future__ import annotations

from hw3.derivations.claims import Claim, Line
from hw3.derivations.kl.forms import LOGVAR, MU, MU0, MU1, S0, S1, K, closed_form, vae_form
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import HALF, abbreviation, add, derivative, exp, inverse, ones, product, transpose


def gradient_claims() -> tuple[Claim, ...]:
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
