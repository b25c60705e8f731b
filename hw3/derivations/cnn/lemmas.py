"""The lemmas of backpropagation: softmax and cross-entropy, and the adjoint of each linear layer.

An adjoint is what <A v, u> = <v, A* u> says, written as the derivative of the left side in v.
"""

from __future__ import annotations

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    array,
    avgpool,
    avgunpool,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    crop,
    derivative,
    diag,
    dilate,
    dot,
    flip,
    geometry,
    hadamard,
    maxpool,
    maxunpool,
    number,
    ones,
    pad,
    product,
    softmax,
    sum_axes,
    transpose,
    vector,
    window,
)
from hw3.derivations.operations.functions import log

G = geometry("s", "d", "p")
X, W = array("x", "N", "c", "n", "l"), array("W", "o", "c", "k", "j")
U = array("u", "N", "o", "m", "q")  # a cotangent
POOLED = Size.of("m"), Size.of("q")


def _inner(a: Expr, b: Expr) -> Expr:
    """<a, b>, the sum of the products of their entries."""
    return sum_axes(hadamard(a, b))


def softmax_claims() -> tuple[Claim, ...]:
    z, y = vector("z", "K"), vector("y", "K")
    prediction = abbreviation(r"\hat{y}", softmax(z))
    loss = -dot(y, log(prediction))
    general = product(transpose(ones("K")), y, prediction) - y
    return (
        Claim(
            "softmax-jacobian",
            "The Jacobian of softmax",
            derivative(softmax(z), z),
            diag(softmax(z)) - softmax(z) @ softmax(z).T,
            lines=(
                Line(
                    diag(softmax(z)) - softmax(z) @ softmax(z).T,
                    r"the quotient rule for $e^{z_i} / \sum_j e^{z_j}$, entry by entry",
                ),
            ),
        ),
        Claim(
            "softmax-cross-entropy",
            "Softmax and cross-entropy, for labels that add to one",
            derivative(loss, z),
            prediction - y,
            given=(Fact("equation", dot(ones("K"), y), number(1)),),
            where=(prediction,),
            lines=(
                Line(general, r"$-\sum_i y_i (z_i - \log \sum_j e^{z_j})$, differentiated"),
                Line(prediction - y, r"$\mathbf{1}^\top y = 1$"),
            ),
        ),
        Claim(
            "softmax-cross-entropy-any-labels",
            "Softmax and cross-entropy, for labels of any sum",
            derivative(loss, z),
            general,
            where=(prediction,),
            lines=(Line(general, r"$-\sum_i y_i (z_i - \log \sum_j e^{z_j})$, differentiated"),),
        ),
    )


def adjoint_claims() -> tuple[Claim, ...]:
    image, kernel = X.shape[-2:], W.shape[-2:]
    out = conv(X, W, G, POOLED)
    a = array("a", "N", "c", "n", "l")
    u = array("u", "N", "c", "m", "q")
    b = vector("b", "o")
    pooling = window("k", "s")
    single, one = array("u", "N", 1, "m", "q"), array("W", 1, 1, "k", "j")
    full = conv(_padded(dilate(single, "s"), one), flip(one))
    window_g = geometry("s", 1, "p")
    return (
        _lemma(
            "convolution-input",
            "The adjoint of a convolution in its input",
            derivative(_inner(out, U), X),
            conv_input(U, W, image, G),
            "the same products of kernel and cotangent, summed over what the input is not",
        ),
        _lemma(
            "convolution-kernel",
            "The adjoint of a convolution in its kernel",
            derivative(_inner(out, U), W),
            conv_kernel(U, X, kernel, G),
            "the same products of input and cotangent, summed over batch and space",
        ),
        _lemma(
            "convolution-full",
            "It is a full convolution: dilate by the stride, pad, flip the kernel, crop by the padding",
            conv_input(single, one, image, window_g),
            crop(full, "p", image),
            r"the windows $[i = s y + u - p]$ of both sides, for one channel in and out",
        ),
        _lemma(
            "bias",
            "A bias that is added at every pixel",
            derivative(_inner(out + broadcast(b, out.shape, 1), U), b),
            sum_axes(U, 1),
            "the sum over batch and space",
        ),
        _lemma(
            "max-pooling",
            "The adjoint of max pooling, where no two entries of a window tie",
            derivative(_inner(maxpool(a, pooling, POOLED), u), a),
            maxunpool(u, a, pooling),
            "which entry is chosen does not change near an array without ties",
        ),
        _lemma(
            "average-pooling",
            "The adjoint of average pooling",
            derivative(_inner(avgpool(a, pooling, POOLED), u), a),
            avgunpool(u, pooling, a.shape[-2:]),
            "the same windows, summed over the outputs",
        ),
    )


def _padded(a: Expr, kernel: Expr) -> Expr:
    """a with a border as wide as a kernel that hangs over by all but one entry."""
    from hw3.derivations.language.expression import make
    from hw3.derivations.language.sizes import ONE
    from hw3.derivations.operations.convolution import REINDEX

    shifts = tuple(k - 1 for k in kernel.shape[-2:])
    sizes = tuple(n + 2 * s for n, s in zip(a.shape[-2:], shifts, strict=True))
    return make(REINDEX, (a,), ("pad", ONE, shifts, sizes))


def _lemma(name: str, title: str, lhs: Expr, rhs: Expr, reason: str) -> Claim:
    return Claim(name, title, lhs, rhs, lines=(Line(rhs, reason),))


__all__ = ["adjoint_claims", "pad", "softmax_claims"]
