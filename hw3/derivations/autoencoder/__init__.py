r"""The tied-weight autoencoder: its gradients, and the theorem that the best linear one is PCA.

    h = a(W x + b),   \hat x = \hat a(W^T h + c),   L = ||x - \hat x||^2
    dL/dW = delta_z x^T + h delta_y^T,   dL/db = delta_z,   dL/dc = delta_y
    delta_y = 2 (\hat x - x) o \hat a'(W^T h + c),   delta_z = W delta_y o a'(W x + b)

Sources: D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning representations by back-propagating errors (1986);
P. Baldi, K. Hornik, Neural networks and principal component analysis (1989).
"""

from __future__ import annotations

from functools import cache

from hw3.derivations.autoencoder.batch import batch_claims
from hw3.derivations.autoencoder.best import best_claims
from hw3.derivations.autoencoder.forms import X_ONE, Autoencoder
from hw3.derivations.autoencoder.gradients import (
    bias_claims,
    cotangent_claims,
    jacobian_claims,
    loss_claim,
    tied_claim,
)
from hw3.derivations.autoencoder.homework import homework_claims
from hw3.derivations.autoencoder.instances import instance_claims
from hw3.derivations.autoencoder.pca import bias_claims as pca_bias_claims
from hw3.derivations.autoencoder.pca import gradient_claims as pca_gradient_claims
from hw3.derivations.autoencoder.pca import loss_claims as pca_loss_claims
from hw3.derivations.autoencoder.untied import tying_claim, untied, untied_claims
from hw3.derivations.claims import Claim

__all__ = ["claims"]


@cache
def claims() -> tuple[Claim, ...]:
    """The claims of `hw3 verify autoencoder`, in the order in which they are told."""
    net, loose = Autoencoder(X_ONE), untied(X_ONE)
    output, *inner = cotangent_claims(net)
    return (
        loss_claim(net),
        output,
        *jacobian_claims(net),
        *inner,
        *bias_claims(net),
        tied_claim(net),
        *untied_claims(loose),
        tying_claim(net, loose),
        *batch_claims(),
        *instance_claims(),
        *pca_bias_claims(),
        *pca_gradient_claims(),
        *pca_loss_claims(),
        *best_claims(),
        *homework_claims(),
    )
