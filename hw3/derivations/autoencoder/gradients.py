r"""From the loss back to the weights, one layer at a time: Jacobians, named cotangents, gradients."""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import DECODER, ENCODER, Autoencoder, B, Backward, C, sum_of_squares
from hw3.derivations.claims import Claim, Line
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import apply, derivative, diag, norm, product, square, transpose

_REASONS = {
    "x_hat": r"the derivative of a sum of squares",
    "y": r"the decoder's function acts entry by entry: times $\hat{a}'(y)$, entry by entry",
    "h": r"$y$ is linear in $h$: the cotangent goes back through the transpose of the decoder's matrix",
    "z": r"the encoder's function acts entry by entry: times $a'(z)$, entry by entry",
}


def loss_claim(net: Autoencoder) -> Claim:
    apart = net.x - net.x_hat
    return Claim(
        "loss",
        "The loss is a sum of squares",
        square(norm(apart)),
        sum_of_squares(apart),
        where=net.layers[:-1],
        lines=(Line(sum_of_squares(apart), "the definition of the norm"),),
        note="Written so, it has its derivative also where the reconstruction is perfect and the norm has none.",
    )


def jacobian_claims(net: Autoencoder) -> tuple[Claim, ...]:
    """d\\hat x/dh and dh/db, for generic functions."""
    slope, inner = apply(DECODER.name, net.y, 1), apply(ENCODER.name, net.z, 1)
    through = product(derivative(net.x_hat, net.y), derivative(net.y, net.h))
    out, into = product(diag(slope), transpose(net.w)), diag(inner)
    return (
        Claim(
            "jacobian-decoder",
            r"The Jacobian of the reconstruction in $h$",
            derivative(net.x_hat, net.h),
            out,
            where=net.layers[:-1],
            lines=(
                Line(through, r"the chain rule, through $y = W^\top h + c$"),
                Line(
                    out, r"$\hat{a}$ acts entry by entry, so its Jacobian is diagonal; that of $y$ in $h$ is $W^\top$"
                ),
            ),
        ),
        Claim(
            "jacobian-encoder",
            r"The Jacobian of $h$ in $b$",
            derivative(net.h, B),
            into,
            where=net.layers[:2],
            lines=(
                Line(
                    product(derivative(net.h, net.z), derivative(net.z, B)),
                    r"the chain rule, through $z = W x + b$",
                ),
                Line(into, r"$a$ acts entry by entry; the Jacobian of $z$ in $b$ is the identity"),
            ),
        ),
    )


def cotangent_claims(net: Autoencoder, prefix: str = "") -> tuple[Claim, ...]:
    """dL/d\\hat x, dL/dy, dL/dh, dL/dz: each by the one before, which then stands as a name."""
    back = Backward(net)
    found = []
    known: tuple[Expr, ...] = ()
    before: Expr | None = None
    for what, (layer, cotangent) in zip(_REASONS, back.cotangents, strict=True):
        lines = [Line(cotangent.args[0], _REASONS[what])]
        if before is not None and net.batch is None:
            # The chain rule as a product of a transposed Jacobian and the cotangent before.
            rule = product(transpose(derivative(before, layer)), known[-1])
            lines.insert(0, Line(rule, f"the chain rule, with the cotangent ${known[-1].data[0]}$ from before"))
        found.append(
            Claim(
                f"{prefix}cotangent-{what.replace('_', '-')}",
                f"The cotangent ${cotangent.data[0]}$: the gradient of the loss in ${layer.data[0]}$",
                derivative(net.loss, layer),
                cotangent.args[0],
                where=(*net.layers, *known),
                lines=tuple(lines),
            )
        )
        known, before = (*known, cotangent), layer
    return tuple(found)


def gradient_claim(
    net: Autoencoder, name: str, title: str, wrt: Expr, rhs: Expr, reason: str, chain: Line | None = None
) -> Claim:
    """dL/d(wrt) = rhs, with the cotangents spelt out beside it."""
    back = Backward(net)
    known = tuple(cotangent for _, cotangent in back.cotangents)
    lines = (Line(rhs, reason),) if chain is None else (chain, Line(rhs, reason))
    return Claim(name, title, derivative(net.loss, wrt), rhs, where=(*net.layers, *known), lines=lines)


def bias_claims(net: Autoencoder, prefix: str = "", suffix: str = "") -> tuple[Claim, Claim]:
    back = Backward(net)
    one = net.batch is None
    rule = "the chain rule, with the cotangent of the layer that the bias is added to"
    chains = [
        Line(product(transpose(derivative(layer, bias)), cotangent), rule) if one else None
        for layer, bias, cotangent in ((net.z, B, back.d_z), (net.y, C, back.d_y))
    ]
    why = "the bias is added as it is" if one else "the bias is added to every column: the sum over the samples"
    return (
        gradient_claim(net, f"{prefix}gradient-b", f"The gradient in $b${suffix}", B, back.by_b, why, chains[0]),
        gradient_claim(net, f"{prefix}gradient-c", f"The gradient in $c${suffix}", C, back.by_c, why, chains[1]),
    )


def tied_claim(net: Autoencoder, prefix: str = "", suffix: str = "") -> Claim:
    return gradient_claim(
        net,
        f"{prefix}gradient-w",
        f"The gradient in the tied weights $W${suffix}",
        net.w,
        Backward(net).by_w,
        r"$W$ occurs twice: in the encoder, by $z = W x + b$, and transposed in the decoder, by $y = W^\top h + c$"
        if net.batch is None
        else r"$W$ occurs twice: in the encoder, and transposed in the decoder; a product with a transpose sums over "
        "the samples",
    )
