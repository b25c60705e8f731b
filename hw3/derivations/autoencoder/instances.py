r"""The functions in use: sigmoid, tanh, ReLU and the identity, whose slopes are known."""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import (
    IDENTITY,
    RELU,
    SIGMOID,
    TANH,
    X_ONE,
    Activation,
    Autoencoder,
    B,
    Backward,
    C,
    W,
)
from hw3.derivations.autoencoder.gradients import gradient_claim
from hw3.derivations.claims import Claim

_SLOPES = {
    SIGMOID: ("sigmoids", r"the gradient for any function, with $a' = a (1 - a)$, entry by entry"),
    TANH: (r"$\tanh$", r"the gradient for any function, with $a' = 1 - a^2$, entry by entry"),
    RELU: ("ReLU", r"the gradient for any function; the slope of $\max(t, 0)$ is a step, where $t$ is not 0"),
    IDENTITY: ("the identity", r"the gradient for any function, with the slope 1"),
}


def instance_claims() -> tuple[Claim, ...]:
    """The three gradients for each function, in encoder and decoder alike."""
    return tuple(claim for f in _SLOPES for claim in _claims(f))


def _claims(f: Activation) -> tuple[Claim, ...]:
    net = Autoencoder(X_ONE, encode=f, decode=f)
    back = Backward(net)
    name, reason = _SLOPES[f]
    parameters = {"w": (W, back.by_w), "b": (B, back.by_b), "c": (C, back.by_c)}
    return tuple(
        gradient_claim(net, f"{f.name}-gradient-{p}", f"With {name}: the gradient in ${wrt.data[0]}$", wrt, rhs, reason)
        for p, (wrt, rhs) in parameters.items()
    )
