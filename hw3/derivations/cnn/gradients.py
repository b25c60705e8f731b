"""The gradients of the network, derived layer by layer from the loss back to the image.

Each cotangent is an equation of its own, delta = dL/dz, and stands as a name in the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hw3.derivations.claims import Claim, Line
from hw3.derivations.cnn.forms import Network, ones_like
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    conv_input,
    conv_kernel,
    dense_input,
    dense_kernel,
    derivative,
    hadamard,
    maxunpool,
    size,
    sum_axes,
)


@dataclass(frozen=True)
class Backward:
    """The cotangents and gradients of a network, each in terms of those before."""

    net: Network

    @cached_property
    def d3(self) -> Expr:
        """dL/dz_3 = (yhat - y) / N."""
        return abbreviation(r"\delta_3", (self.net.prediction - self.net.y) / size(Size.of(self.net.batch)))

    @cached_property
    def e2(self) -> Expr:
        """dL/dh_2 = W_3^T delta_3."""
        return abbreviation(r"\epsilon_2", dense_input(self.d3, self.net.w3))

    @cached_property
    def d2(self) -> Expr:
        """dL/dz_2 = unpool(dL/dh_2) o a_2 o (1 - a_2)."""
        return abbreviation(r"\delta_2", _through_sigmoid(self.e2, self.net.a2, self.net))

    @cached_property
    def e1(self) -> Expr:
        """dL/dh_1, the adjoint of the second convolution."""
        h1 = self.net.h1
        return abbreviation(r"\epsilon_1", conv_input(self.d2, self.net.w2, h1.shape[-2:], self.net.geometry))

    @cached_property
    def d1(self) -> Expr:
        """dL/dz_1 = unpool(dL/dh_1) o a_1 o (1 - a_1)."""
        return abbreviation(r"\delta_1", _through_sigmoid(self.e1, self.net.a1, self.net))

    @property
    def cotangents(self) -> tuple[tuple[Expr, Expr], ...]:
        """The layers with their cotangents, from the last to the first."""
        n = self.net
        return (n.z3, self.d3), (n.h2, self.e2), (n.z2, self.d2), (n.h1, self.e1), (n.z1, self.d1)

    @cached_property
    def gradients(self) -> dict[Expr, Expr]:
        """The gradient in each parameter, and in the image."""
        n = self.net
        kernel = n.w1.shape[-2:]
        return {
            n.w3: dense_kernel(self.d3, n.h2),
            n.b3: sum_axes(self.d3, 1),
            n.w2: conv_kernel(self.d2, n.h1, kernel, n.geometry),
            n.b2: sum_axes(self.d2, 1),
            n.w1: conv_kernel(self.d1, n.x, kernel, n.geometry),
            n.b1: sum_axes(self.d1, 1),
            n.x: conv_input(self.d1, n.w1, n.x.shape[-2:], n.geometry),
        }


def _through_sigmoid(cotangent: Expr, a: Expr, net: Network) -> Expr:
    return hadamard(maxunpool(cotangent, a, net.window), a, ones_like(a) - a)


_REASONS = {
    "z_3": r"softmax and cross-entropy together: $\hat{y} - y$, divided by the batch; each row of $y$ adds to one",
    "h_2": r"the adjoint of the layer $h_2 \mapsto W_3 h_2$",
    "z_2": r"the adjoint of pooling, then $a' = a (1 - a)$ entry by entry",
    "h_1": r"the adjoint of the convolution in its input",
    "z_1": r"the adjoint of pooling, then $a' = a (1 - a)$ entry by entry",
    "W_3": r"the adjoint of $W_3 \mapsto W_3 h_2$: a sum over the batch",
    "B_3": r"$B_3$ is added to every row: the sum over the batch",
    "W_2": r"the adjoint of the convolution in its kernel: a correlation of input and cotangent",
    "B_2": r"$B_2$ is added at every pixel: the sum over batch and space",
    "W_1": r"the adjoint of the convolution in its kernel: a correlation of input and cotangent",
    "B_1": r"$B_1$ is added at every pixel: the sum over batch and space",
    "x": r"the adjoint of the convolution in its input",
}


def gradient_claims(net: Network) -> tuple[Claim, ...]:
    """dL/d(layer) for every layer, then dL/d(parameter) and the image's, in the order of a backward pass."""
    back = Backward(net)
    known: list[Expr] = []
    found = []
    for layer, cotangent in back.cotangents:
        found.append(_claim(net, layer, cotangent.args[0], tuple(known), cotangent))
        known.append(cotangent)
    for wrt, gradient in back.gradients.items():
        found.append(_claim(net, wrt, gradient, tuple(known)))
    return tuple(found)


def _claim(net: Network, wrt: Expr, rhs: Expr, known: tuple[Expr, ...], name: Expr | None = None) -> Claim:
    what = wrt.data[0]
    called = f", called ${name.data[0]}$" if name is not None else ""
    return Claim(
        f"gradient-{what.replace('_', '').lower()}",
        f"The gradient in ${what}${called}",
        derivative(net.loss, wrt),
        rhs,
        given=net.given,
        where=(*net.layers, *known),
        lines=(Line(rhs, _REASONS[what]),),
    )
