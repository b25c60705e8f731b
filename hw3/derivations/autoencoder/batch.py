r"""A batch: N samples as the columns of X, and the mean of their losses."""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import X_ALL, Autoencoder
from hw3.derivations.autoencoder.gradients import bias_claims, cotangent_claims, tied_claim
from hw3.derivations.autoencoder.untied import tying_claim, untied, untied_claims
from hw3.derivations.claims import Claim


def batch_claims() -> tuple[Claim, ...]:
    net, loose = Autoencoder(X_ALL), untied(X_ALL)
    of, over = "batch-", ", over a batch"
    return (
        *cotangent_claims(net, of),
        *bias_claims(net, of, over),
        tied_claim(net, of, over),
        *untied_claims(loose, of, over),
        tying_claim(net, loose, of, over),
    )
