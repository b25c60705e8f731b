"""Backpropagation through a convolutional network, derived layer by layer.

Image, (convolution, sigmoid, max pooling) twice, fully connected, softmax, cross-entropy: the gradients in
W_1, B_1, W_2, B_2, W_3, B_3 and in the image, for symbolic channels, kernels, stride, padding and batch.

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), sections 6.5 and 9.5.
"""

from __future__ import annotations

from functools import cache

from hw3.derivations.claims import Claim
from hw3.derivations.cnn.forms import Network
from hw3.derivations.cnn.gradients import Backward, gradient_claims
from hw3.derivations.cnn.lemmas import adjoint_claims, softmax_claims

__all__ = ["Backward", "Network", "claims"]


@cache
def claims() -> tuple[Claim, ...]:
    """The claims of `hw3 verify cnn`: the lemmas, then the backward pass."""
    return *softmax_claims(), *adjoint_claims(), *gradient_claims(Network())
