r"""The network, layer by layer, with symbolic channels, kernels, stride, padding and batch.

    z_1 = W_1 * x + B_1,     a_1 = sigmoid(z_1),   h_1 = maxpool(a_1)
    z_2 = W_2 * h_1 + B_2,   a_2 = sigmoid(z_2),   h_2 = maxpool(a_2)
    z_3 = W_3 h_2 + B_3,     \hat y = softmax(z_3),   L = -(1/N) sum_{b,i} y_{bi} log \hat y_{bi}

A 28 x 28 image of one channel is the case n = 28, c_0 = 1. Every layer is an abbreviation, so that it can be
differentiated by: the graph is cut there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hw3.derivations.calculus.atoms import Window
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.expression import Expr, make
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    array,
    broadcast,
    conv,
    dense,
    geometry,
    hadamard,
    matrix,
    maxpool,
    ones,
    sigmoid,
    size,
    softmax,
    sum_axes,
    vector,
    window,
)
from hw3.derivations.operations.convolution import Geometry
from hw3.derivations.operations.functions import log
from hw3.derivations.operations.leaves import FILLED


def ones_like(a: Expr) -> Expr:
    """An array of ones of the shape of a."""
    return make(FILLED, (), (1, a.shape))


@dataclass(frozen=True)
class Network:
    """The network for given sizes; each may be a name or a number.

    Attributes:
        batch, channels, height, width: of the input x; channels are (c_0, c_1, c_2).
        kernel: height and width of both kernels; `stride` and `padding` of both convolutions.
        first, second: height and width of z_1 and z_2; `pooled_first`, `pooled_second` those of h_1 and h_2.
        classes: how many.
    """

    batch: Size | int | str = "N"
    channels: tuple[Size | int | str, Size | int | str, Size | int | str] = ("c_0", "c_1", "c_2")
    height: Size | int | str = "n"
    width: Size | int | str = "n"
    kernel: Size | int | str = "k"
    stride: Size | int | str = "s"
    padding: Size | int | str = "p"
    first: tuple[Size | int | str, Size | int | str] = ("m_1", "m_1")
    pooled_first: tuple[Size | int | str, Size | int | str] = ("q_1", "q_1")
    second: tuple[Size | int | str, Size | int | str] = ("m_2", "m_2")
    pooled_second: tuple[Size | int | str, Size | int | str] = ("q_2", "q_2")
    classes: Size | int | str = "K"

    @property
    def geometry(self) -> Geometry:
        return geometry(self.stride, 1, self.padding)

    @property
    def window(self) -> Window:
        return window(2)

    @cached_property
    def x(self) -> Expr:
        return array("x", self.batch, self.channels[0], self.height, self.width)

    @cached_property
    def y(self) -> Expr:
        """The labels, one row for each image, adding to one."""
        return matrix("y", self.batch, self.classes)

    @cached_property
    def w1(self) -> Expr:
        return array("W_1", self.channels[1], self.channels[0], self.kernel, self.kernel)

    @cached_property
    def b1(self) -> Expr:
        return vector("B_1", self.channels[1])

    @cached_property
    def w2(self) -> Expr:
        return array("W_2", self.channels[2], self.channels[1], self.kernel, self.kernel)

    @cached_property
    def b2(self) -> Expr:
        return vector("B_2", self.channels[2])

    @cached_property
    def w3(self) -> Expr:
        return array("W_3", self.classes, self.channels[2], *self.pooled_second)

    @cached_property
    def b3(self) -> Expr:
        return vector("B_3", self.classes)

    @cached_property
    def z1(self) -> Expr:
        return abbreviation("z_1", _convolved(self.x, self.w1, self.b1, self.geometry, self.first))

    @cached_property
    def a1(self) -> Expr:
        return abbreviation("a_1", sigmoid(self.z1))

    @cached_property
    def h1(self) -> Expr:
        return abbreviation("h_1", maxpool(self.a1, self.window, _sizes(self.pooled_first)))

    @cached_property
    def z2(self) -> Expr:
        return abbreviation("z_2", _convolved(self.h1, self.w2, self.b2, self.geometry, self.second))

    @cached_property
    def a2(self) -> Expr:
        return abbreviation("a_2", sigmoid(self.z2))

    @cached_property
    def h2(self) -> Expr:
        return abbreviation("h_2", maxpool(self.a2, self.window, _sizes(self.pooled_second)))

    @cached_property
    def z3(self) -> Expr:
        scores = dense(self.w3, self.h2)
        return abbreviation("z_3", scores + broadcast(self.b3, scores.shape, 1))

    @cached_property
    def prediction(self) -> Expr:
        return abbreviation(r"\hat{y}", softmax(self.z3))

    @cached_property
    def loss(self) -> Expr:
        return abbreviation("L", -sum_axes(hadamard(self.y, log(self.prediction))) / size(Size.of(self.batch)))

    @cached_property
    def given(self) -> tuple[Fact, ...]:
        """Each row of y adds to one."""
        return (Fact("equation", self.y @ ones(self.classes), ones(self.batch)),)

    @property
    def parameters(self) -> tuple[Expr, ...]:
        return self.w1, self.b1, self.w2, self.b2, self.w3, self.b3

    @property
    def layers(self) -> tuple[Expr, ...]:
        """The layers from the input on, each an abbreviation."""
        return self.z1, self.a1, self.h1, self.z2, self.a2, self.h2, self.z3, self.prediction, self.loss


def _sizes(sizes: tuple[Size | int | str, Size | int | str]) -> tuple[Size, Size]:
    return Size.of(sizes[0]), Size.of(sizes[1])


def _convolved(x: Expr, w: Expr, b: Expr, g: Geometry, out: tuple[Size | int | str, Size | int | str]) -> Expr:
    z = conv(x, w, g, out)
    return z + broadcast(b, z.shape, 1)
