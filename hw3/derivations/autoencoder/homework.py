r"""The lines of the homework that this grew from, as they were written: refuted, each with the line that holds.

It lists the factors of the chain rule and multiplies them in the order in which they come. No such product types,
so each of its lines is also read as kindly as shapes allow: n = m, and products entry by entry.
"""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import DECODER, ENCODER, W_STAR, X_ONE, Autoencoder, B, Backward, C, W
from hw3.derivations.autoencoder.untied import untied
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    apply,
    derivative,
    entry,
    hadamard,
    index,
    matrix,
    product,
    transpose,
    vector,
)


def _slopes(net: Autoencoder, inside: Expr) -> tuple[Expr, Expr, Expr]:
    """a'(W x + b), \\hat a'(W^T inside + c), 2 (\\hat x - x)."""
    behind = apply(DECODER.name, product(transpose(net.w), inside) + C, 1)
    return apply(ENCODER.name, net.z, 1), behind, 2 * (net.x_hat - net.x)


def homework_claims() -> tuple[Claim, ...]:
    net = Autoencoder()
    square = Autoencoder(w=matrix("W", "n", "n"), b=vector("b", "n"))
    return (
        *_jacobians(net),
        *_weights(net, square),
        *_bias(net, square),
        *_sum(net, square),
    )


def _jacobians(net: Autoencoder) -> tuple[Claim, Claim]:
    i, j = index("i", "m"), index("j", "n")
    outer = product(apply(ENCODER.name, net.z, 1), transpose(net.x))
    through = product(derivative(net.x_hat, net.y), derivative(net.y, net.h))
    return (
        Claim(
            "homework-jacobian-sum",
            "The homework's Jacobian of the reconstruction, with a sum for the chain rule's product",
            derivative(net.x_hat, net.h),
            through,
            relation="shape",
            written=r"\frac{\partial \hat{x}}{\partial h} = \frac{\partial \hat{a}(w^* h + c)}{\partial (w^* h + c)} + "
            r"\frac{\partial (w^* h + c)}{\partial h}",
            readings=(("as written", lambda: derivative(net.x_hat, net.y) + derivative(net.y, net.h)),),
            expected="refuted",
            where=net.layers[:-1],
            note=r"Its next line, $\hat{a}'(w^* h + c) \times w^*$, is right as "
            r"$\operatorname{diag}(\hat{a}'(y)) W^\top$.",
        ),
        Claim(
            "homework-jacobian-weights",
            "The homework's derivative of $h$ in the weights",
            entry(derivative(net.h, W), i, i, j),
            entry(outer, i, j),
            relation="shape",
            written=r"\frac{\partial h}{\partial w} = a'(w x + b) \times x^\top",
            readings=(("as written", lambda: derivative(net.h, W) - outer),),
            expected="refuted",
            where=net.layers[:2],
            note=r"Of the derivative's $m \times m \times n$ entries these are the ones that are not zero: "
            r"$\partial h_i / \partial W_{ij} = a'(z)_i x_j$.",
        ),
    )


def _weights(net: Autoencoder, square: Autoencoder) -> tuple[Claim, Claim]:
    holds = Backward(net)
    kind = product(hadamard(*_slopes(square, square.h)), transpose(square.x))
    note = (
        r"What holds is $\partial L / \partial W = \delta_z x^\top + h \delta_y^\top$: the decoder's weights are $W$, "
        r"too, and $\delta_z = W \delta_y \odot a'(z)$ goes back through them."
    )
    return (
        Claim(
            "homework-weights",
            "The homework's gradient in the weights, a product of all factors",
            derivative(net.loss, W),
            holds.by_w,
            relation="shape",
            written=r"\frac{\partial L}{\partial w} = x^\top \times a'(w x + b) \times \hat{a}'(w^* \hat{x} + c) "
            r"\times 2 (\hat{x} - x)",
            readings=(
                ("as written", lambda: product(transpose(net.x), *_slopes(net, net.x_hat))),
                (r"with $h$ for $\hat{x}$ in the decoder", lambda: product(transpose(net.x), *_slopes(net, net.h))),
                ("the slopes entry by entry", lambda: hadamard(*_slopes(net, net.h))),
            ),
            expected="refuted",
            where=net.layers,
            note=note,
        ),
        Claim(
            "homework-weights-kindly",
            "The same, read kindly: $n = m$, products entry by entry, times $x^\\top$",
            derivative(square.loss, square.w),
            kind,
            expected="refuted",
            where=square.layers,
            note=note,
        ),
    )


def _bias(net: Autoencoder, square: Autoencoder) -> tuple[Claim, Claim]:
    note = r"What holds is $\partial L / \partial b = W (\hat{a}'(y) \odot 2 (\hat{x} - x)) \odot a'(z)$."
    return (
        Claim(
            "homework-bias",
            "The homework's gradient in $b$, a product of all factors",
            derivative(net.loss, B),
            Backward(net).by_b,
            relation="shape",
            written=r"\frac{\partial L}{\partial b} = a'(w x + b) \times \hat{a}'(w^* \hat{x} + c) "
            r"\times 2 (\hat{x} - x)",
            readings=(
                ("as written", lambda: product(*_slopes(net, net.x_hat))),
                (r"with $h$ for $\hat{x}$ in the decoder", lambda: product(*_slopes(net, net.h))),
                ("the slopes entry by entry", lambda: hadamard(*_slopes(net, net.h))),
            ),
            expected="refuted",
            where=net.layers,
            note=note,
        ),
        Claim(
            "homework-bias-kindly",
            "The same, read kindly: $n = m$, products entry by entry",
            derivative(square.loss, square.b),
            hadamard(*_slopes(square, square.h)),
            expected="refuted",
            where=square.layers,
            note=note + " The homework lost the $W$ that the cotangent goes back through.",
        ),
    )


def _sum(net: Autoencoder, square: Autoencoder) -> tuple[Claim, Claim]:
    loose = untied(X_ONE)

    def summed(of: Autoencoder, inside: Expr) -> Expr:
        inner, outer, apart = _slopes(of, inside)
        return product(transpose(of.x), inner) + product(outer, apart)

    def entrywise(of: Autoencoder) -> Expr:
        inner, outer, apart = _slopes(of, of.h)
        return derivative(of.loss, of.w) - (hadamard(of.x, inner) + hadamard(outer, apart))

    return (
        Claim(
            "homework-sum",
            "The homework's gradient in the weights as a sum of encoder and decoder",
            derivative(net.loss, W),
            Backward(net).by_w,
            relation="shape",
            written=r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial w^*} = x^\top \cdot a'(w x + b) + "
            r"\hat{a}'(w^* \hat{x} + c) \times 2 (\hat{x} - x)",
            readings=(
                ("as written", lambda: summed(net, net.x_hat)),
                (r"with $h$ for $\hat{x}$ in the decoder", lambda: summed(net, net.h)),
                ("with $n = m$ and products entry by entry", lambda: entrywise(square)),
            ),
            expected="refuted",
            where=net.layers,
            note=r"It is a sum of two parts, as the homework says: $\delta_z x^\top$ from the encoder and "
            r"$h \delta_y^\top$ from the decoder. Each part has all the factors on its way back.",
        ),
        Claim(
            "homework-sum-equal",
            r"Its first half, read kindly: the gradients in $w$ and in $w^*$ are transposes of each other",
            derivative(loose.loss, W),
            transpose(derivative(loose.loss, W_STAR)),
            given=(Fact("equation", W_STAR, transpose(W)),),
            expected="refuted",
            where=loose.layers,
            note=r"One is $\delta_z x^\top$, the other $\delta_y h^\top$; the tied gradient is their sum, the second "
            "transposed.",
        ),
    )
