"""The divergence as it ships: the proved forms, compiled to torch.

    kl(mu0, S0, mu1, S1)        = 1/2 (sum_i (e_i - log(1 + e_i)) + ||L^-1 (mu1 - mu0)||^2)
    kl_standard(mu, logvar)     = 1/2 1^T (mu o mu + (e^l - 1 - l))

There is no second copy of either formula: both are right sides of claims in `hw3.derivations.kl`.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from hw3.derivations.kl.forms import LOGVAR, MU, MU0, MU1, S0, S1, stable_form, vae_form
from hw3.derivations.language.expression import Expr
from hw3.verify.compiled import Compiled, compile_torch


@cache
def _stable() -> Compiled:
    return compile_torch(stable_form(), (MU0, S0, MU1, S1))


@cache
def _standard() -> Compiled:
    return compile_torch(vae_form(), (MU, LOGVAR))


def standard_form() -> Expr:
    """The expression that `kl_standard` computes, for whoever wants to see its proof first."""
    return _standard().expression


def kl(mean0: Tensor, covariance0: Tensor, mean1: Tensor, covariance1: Tensor) -> Tensor:
    """KL[N(mean0, covariance0) || N(mean1, covariance1)] in nats.

    Args:
        mean0, mean1: (..., k).
        covariance0, covariance1: (..., k, k), symmetric positive definite.

    Returns:
        (...), of the arguments' dtype. Narrow dtypes are computed in float64, where the device has it: a
        factorisation in float32 loses a digit for each power of ten of the condition number.
    """
    arguments = (mean0, covariance0, mean1, covariance1)
    if mean0.dtype is torch.float64 or mean0.device.type == "mps":
        return _stable()(*arguments)
    return _stable()(*(t.double() for t in arguments)).to(mean0.dtype)


def kl_standard(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL[N(mean, diag(exp(log_variance))) || N(0, I)] in nats; both (..., k), the result (...)."""
    return _standard()(mean, log_variance)
