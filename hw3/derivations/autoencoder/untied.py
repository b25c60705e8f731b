r"""Untied weights, the decoder's W^* a matrix of its own; and what tying them does to the gradient."""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import W_STAR, Autoencoder, Backward, W
from hw3.derivations.autoencoder.gradients import gradient_claim
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import derivative, transpose

UNTIED_LOSS = r"\ell"


def untied(x: Expr) -> Autoencoder:
    """The network with a decoder of its own; its loss is called l."""
    return Autoencoder(x, decoder=W_STAR, called=UNTIED_LOSS)


def untied_claims(net: Autoencoder, prefix: str = "", suffix: str = "") -> tuple[Claim, Claim]:
    back = Backward(net)
    batch = net.batch is not None
    inputs, hidden = ("X", "H") if batch else ("x", "h")
    d_z, d_y = back.d_z.data[0], back.d_y.data[0]
    return (
        gradient_claim(
            net,
            f"{prefix}untied-encoder",
            f"Untied: the gradient in the encoder's $W${suffix}",
            W,
            back.by_encoder,
            rf"${net.z.data[0]}$ is linear in $W$: the cotangent ${d_z}$ times ${inputs}^\top$",
        ),
        gradient_claim(
            net,
            f"{prefix}untied-decoder",
            f"Untied: the gradient in the decoder's $W^*${suffix}",
            W_STAR,
            back.by_decoder,
            rf"${net.y.data[0]}$ is linear in $W^*$: the cotangent ${d_y}$ times ${hidden}^\top$",
        ),
    )


def tying_claim(tied: Autoencoder, loose: Autoencoder, prefix: str = "", suffix: str = "") -> Claim:
    """The theorem: dL/dW = dl/dW + (dl/dW^*)^T at W^* = W^T."""
    one, two = Backward(tied), Backward(loose)
    parts = two.by_encoder + transpose(two.by_decoder)
    sum_ = derivative(loose.loss, W) + transpose(derivative(loose.loss, W_STAR))
    where = (*tied.layers, *(d for _, d in one.cotangents))
    return Claim(
        f"{prefix}tying",
        rf"The tied gradient is the encoder's plus the transpose of the decoder's{suffix} ($\ell$ is the loss with "
        "a decoder $W^*$ of its own)",
        derivative(tied.loss, W),
        sum_,
        given=(Fact("equation", W_STAR, transpose(W)),),
        where=where,
        lines=(
            Line(one.by_w, "the gradient in the tied weights"),
            Line(
                parts,
                r"with $W^*$ in the place of $W^\top$ throughout, in the layers too; the second term is a transpose",
                replacing=(transpose(W), W_STAR),
            ),
            Line(sum_, "the two untied gradients"),
        ),
    )
