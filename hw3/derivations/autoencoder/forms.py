r"""The autoencoder, layer by layer, with symbolic sizes; and the symbols that its claims are about.

    z = W x + b,        h = a(z)              the encoder, from n numbers to m
    y = W^* h + c,      \hat x = \hat a(y)    the decoder, back to n; W^* = W^T where the weights are tied
    L = ||x - \hat x||^2

Every layer is an abbreviation, so that it can be differentiated by: the graph is cut there. For a batch X, whose N
columns are samples, the biases are added to every column and the loss is the mean over the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from hw3.derivations.language.expression import Expr, make
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    apply,
    hadamard,
    matrix,
    ones,
    product,
    quotient,
    relu,
    sigmoid,
    size,
    tanh,
    trace,
    transpose,
    vector,
)
from hw3.derivations.operations.leaves import FILLED

SAMPLES = "N"
X_ONE, X_ALL = vector("x", "n"), matrix("X", "n", SAMPLES)
B, C = vector("b", "m"), vector("c", "n")
W, W_STAR = matrix("W", "m", "n"), matrix("W^*", "n", "m")


def ones_like(a: Expr) -> Expr:
    """An array of ones of the shape of a."""
    return make(FILLED, (), (1, a.shape))


@dataclass(frozen=True)
class Activation:
    """A function of every entry: its value, and its slope at z where its value is h (None: it is 1)."""

    name: str
    value: Callable[[Expr], Expr]
    slope: Callable[[Expr, Expr], Expr] | None

    def after(self, cotangent: Expr, z: Expr, h: Expr) -> Expr:
        """The cotangent of z from that of h: entry by entry, times the slope."""
        return cotangent if self.slope is None else hadamard(cotangent, self.slope(z, h))


def generic(name: str) -> Activation:
    """Any smooth function: nothing but its name is known of it."""
    return Activation(name, lambda z: apply(name, z), lambda z, h: apply(name, z, 1))


SIGMOID = Activation("sigmoid", sigmoid, lambda z, h: hadamard(h, ones_like(h) - h))
TANH = Activation("tanh", tanh, lambda z, h: ones_like(h) - hadamard(h, h))
RELU = Activation("relu", relu, lambda z, h: apply("step", z))
IDENTITY = Activation("identity", lambda z: z, None)
ENCODER, DECODER = generic("a"), generic(r"\hat{a}")


def sum_of_squares(a: Expr) -> Expr:
    """||a||^2, for a column a^T a, for a matrix tr(A^T A): written so that it has a derivative also at zero."""
    return product(transpose(a), a) if len(a.shape) == 1 else trace(product(transpose(a), a))


def over(a: Expr, samples: Size | str | None) -> Expr:
    return a if samples is None else quotient(a, size(samples))


@dataclass(frozen=True)
class Autoencoder:
    """The layers for an input x: a column, or a matrix whose columns are samples."""

    x: Expr = X_ONE
    w: Expr = W
    b: Expr = B
    decoder: Expr | None = None  # W^*; W^T if None
    encode: Activation = ENCODER
    decode: Activation = DECODER
    called: str = "L"

    @property
    def batch(self) -> Size | None:
        """The number of samples, if there are several."""
        return self.x.shape[1] if len(self.x.shape) == 2 else None

    @property
    def w_star(self) -> Expr:
        return transpose(self.w) if self.decoder is None else self.decoder

    def _named(self, name: str, value: Expr) -> Expr:
        """Layers of a batch have capital letters."""
        if self.batch is not None:
            name = r"\hat{X}" if name == r"\hat{x}" else name.upper()
        return abbreviation(name, value)

    def _added(self, a: Expr, bias: Expr) -> Expr:
        """The bias added to a column, or to every column."""
        return a + (bias if self.batch is None else product(bias, transpose(ones(self.batch))))

    @cached_property
    def z(self) -> Expr:
        return self._named("z", self._added(product(self.w, self.x), self.b))

    @cached_property
    def h(self) -> Expr:
        return self._named("h", self.encode.value(self.z))

    @cached_property
    def y(self) -> Expr:
        return self._named("y", self._added(product(self.w_star, self.h), C))

    @cached_property
    def x_hat(self) -> Expr:
        return self._named(r"\hat{x}", self.decode.value(self.y))

    @cached_property
    def loss(self) -> Expr:
        return abbreviation(self.called, over(sum_of_squares(self.x - self.x_hat), self.batch))

    @property
    def layers(self) -> tuple[Expr, ...]:
        """The layers from the input on."""
        return self.z, self.h, self.y, self.x_hat, self.loss


@dataclass(frozen=True)
class Backward:
    """The cotangents, each in terms of the one after it, and the gradients that they give."""

    net: Autoencoder

    def _named(self, name: str, value: Expr) -> Expr:
        """Those of a batch have capital letters, as its layers have."""
        if self.net.batch is not None:
            return abbreviation(rf"\Delta_{name.replace('x', 'X') if 'hat' in name else name.upper()}", value)
        return abbreviation(rf"\delta_{name}", value)

    @cached_property
    def d_x_hat(self) -> Expr:
        """dL/d\\hat x = 2 (\\hat x - x), over N."""
        n = self.net
        return self._named(r"{\hat{x}}", over(2 * (n.x_hat - n.x), n.batch))

    @cached_property
    def d_y(self) -> Expr:
        """dL/dy = dL/d\\hat x o \\hat a'(y)."""
        n = self.net
        return self._named("y", n.decode.after(self.d_x_hat, n.y, n.x_hat))

    @cached_property
    def d_h(self) -> Expr:
        """dL/dh = W^*^T dL/dy."""
        n = self.net
        back = n.w if n.decoder is None else transpose(n.decoder)
        return self._named("h", product(back, self.d_y))

    @cached_property
    def d_z(self) -> Expr:
        """dL/dz = dL/dh o a'(z)."""
        n = self.net
        return self._named("z", n.encode.after(self.d_h, n.z, n.h))

    def _sum(self, a: Expr) -> Expr:
        """The sum over the samples."""
        return a if self.net.batch is None else product(a, ones(self.net.batch))

    @property
    def by_b(self) -> Expr:
        return self._sum(self.d_z)

    @property
    def by_c(self) -> Expr:
        return self._sum(self.d_y)

    @property
    def by_encoder(self) -> Expr:
        """The part of the encoder's weights, delta_z x^T."""
        return product(self.d_z, transpose(self.net.x))

    @property
    def by_decoder(self) -> Expr:
        """The part of the decoder's, delta_y h^T."""
        return product(self.d_y, transpose(self.net.h))

    @property
    def by_w(self) -> Expr:
        """The gradient in tied weights: the encoder's part plus the transpose of the decoder's."""
        return self.by_encoder + product(self.net.h, transpose(self.d_y))

    @property
    def cotangents(self) -> tuple[tuple[Expr, Expr], ...]:
        """The layers with their cotangents, from the last to the first."""
        n = self.net
        return (n.x_hat, self.d_x_hat), (n.y, self.d_y), (n.h, self.d_h), (n.z, self.d_z)
