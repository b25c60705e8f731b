r"""What leaves the divergence as it is, and what adds up: affine maps, independent blocks."""

from __future__ import annotations

from hw3.derivations.claims import Claim, Line
from hw3.derivations.kl.forms import MU0, MU1, P0, P1, S0, S1, K, closed_form
from hw3.derivations.operations import abbreviation, blockdiag, kl, matrix, normal, product, stack, transpose, vector


def affine_claim() -> Claim:
    a, b = matrix("A", K, K, "invertible"), vector("b", K)
    means = [abbreviation(rf"m_{j}", product(a, mean) + b) for j, mean in enumerate((MU0, MU1))]
    spreads = [abbreviation(rf"C_{j}", product(a, s, transpose(a))) for j, s in enumerate((S0, S1))]
    return Claim(
        "affine",
        r"An invertible affine map $x \mapsto A x + b$ changes nothing",
        kl(normal(means[0], spreads[0]), normal(means[1], spreads[1])),
        kl(P0, P1),
        where=(*means, *spreads),
        lines=(
            Line(
                closed_form(means[0], spreads[0], means[1], spreads[1]),
                r"the closed form of the mapped laws $\mathcal{N}(A \mu + b, A \Sigma A^\top)$",
            ),
            Line(
                closed_form(MU0, S0, MU1, S1),
                r"$A$ cancels in the trace and in the quadratic form, $\log |A|$ in the difference",
            ),
            Line(kl(P0, P1), "the closed form"),
        ),
    )


def additive_claim() -> Claim:
    l = "l"
    a0, a1 = vector(r"\alpha_0", K), vector(r"\alpha_1", K)
    b0, b1 = vector(r"\beta_0", l), vector(r"\beta_1", l)
    s0, s1 = (matrix(rf"A_{j}", K, K, "positive_definite") for j in (0, 1))
    t0, t1 = (matrix(rf"B_{j}", l, l, "positive_definite") for j in (0, 1))
    means = [abbreviation(rf"m_{j}", stack(*parts)) for j, parts in enumerate(((a0, b0), (a1, b1)))]
    spreads = [abbreviation(rf"C_{j}", blockdiag(*parts)) for j, parts in enumerate(((s0, t0), (s1, t1)))]
    joint = kl(normal(means[0], spreads[0]), normal(means[1], spreads[1]))
    parts = kl(normal(a0, s0), normal(a1, s1)) + kl(normal(b0, t0), normal(b1, t1))
    return Claim(
        "additive",
        "Over independent blocks the divergences add",
        joint,
        parts,
        where=(*means, *spreads),
        lines=(
            Line(
                closed_form(means[0], spreads[0], means[1], spreads[1]),
                "the closed form in $k + l$ dimensions",
            ),
            Line(
                closed_form(a0, s0, a1, s1) + closed_form(b0, t0, b1, t1),
                "the inverse of a block diagonal matrix has the inverse blocks; traces, quadratic forms and log "
                "determinants add",
            ),
            Line(parts, "the closed form, twice"),
        ),
    )
