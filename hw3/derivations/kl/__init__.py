r"""The Kullback-Leibler divergence of two Gaussians, derived from its definition.

    KL[N(mu0, S0) || N(mu1, S1)] = 1/2 (tr(S1^-1 S0) + (mu1 - mu0)^T S1^-1 (mu1 - mu0) - k + log |S1| - log |S0|)

Each claim reads like the proof in a textbook: the lines lead from the left side to the right one.
Source: T. M. Cover, J. A. Thomas, Elements of Information Theory, chapter 8; K. P. Murphy, Probabilistic
Machine Learning: An Introduction, section 6.2.3.
"""

from __future__ import annotations

from functools import cache

from hw3.derivations.claims import Claim
from hw3.derivations.kl.definition import closed_form_claim, reverse_claim
from hw3.derivations.kl.diagonal import diagonal_claims
from hw3.derivations.kl.forms import closed_form, stable_form, vae_form
from hw3.derivations.kl.gradients import gradient_claims
from hw3.derivations.kl.invariance import additive_claim, affine_claim
from hw3.derivations.kl.stable import nonnegative_claims, stable_claim
from hw3.derivations.kl.symmetry import one_dimension_claims, symmetry_claim, witness_claim

__all__ = ["claims", "closed_form", "stable_form", "vae_form"]


@cache
def claims() -> tuple[Claim, ...]:
    """The claims of `hw3 verify kl`, in the order in which they are told."""
    only_if, if_ = one_dimension_claims()
    return (
        closed_form_claim(),
        reverse_claim(),
        symmetry_claim(),
        only_if,
        if_,
        witness_claim(),
        stable_claim(),
        *nonnegative_claims(),
        *diagonal_claims(),
        *gradient_claims(),
        affine_claim(),
        additive_claim(),
    )
