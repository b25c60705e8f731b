r"""With the identity for both functions and centred data, the autoencoder is principal component analysis.

    L(W) = (1/N) ||X - W^T W X||^2,   C = (1/N) X X^T

W has orthonormal rows that span an eigenspace of C: W W^T = I and W C = D W. There the gradient vanishes, and the
loss is what the eigenspace leaves out.
"""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import IDENTITY, SAMPLES, X_ALL, Autoencoder, sum_of_squares
from hw3.derivations.autoencoder.forms import B as BIAS
from hw3.derivations.autoencoder.forms import C as OFFSET
from hw3.derivations.autoencoder.forms import W as WEIGHTS
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    add,
    derivative,
    diag,
    identity,
    index,
    matrix,
    norm,
    number,
    ones,
    product,
    quotient,
    size,
    square,
    sum_over,
    trace,
    transpose,
    vector,
    zeros,
)

X, W = X_ALL, WEIGHTS
REST = Size.of("n") - Size.of("m")
COVARIANCE = abbreviation("C", quotient(product(X, transpose(X)), size(SAMPLES)))
D = matrix("D", "m", "m", "symmetric")
V = matrix("V", REST, "n")
KEPT, LEFT_OUT = vector("d", "m"), vector("e", REST)

CENTRED = Fact("equation", product(X, ones(SAMPLES)), zeros("n"))
ORTHONORMAL = Fact("equation", product(W, transpose(W)), identity("m"))
INVARIANT = Fact("equation", product(W, COVARIANCE), product(D, W))
# An orthogonal matrix of eigenvectors, in two parts: W and V, with the eigenvalues d and e.
EIGENVECTORS = Fact("equation", product(W, COVARIANCE), product(diag(KEPT), W))
OTHERS = Fact("equation", product(V, COVARIANCE), product(diag(LEFT_OUT), V))
OTHERS_ORTHONORMAL = Fact("equation", product(V, transpose(V)), identity(REST))
COMPLETE = Fact("equation", add(product(transpose(W), W), product(transpose(V), V)), identity("n"))
SPECTRUM = (ORTHONORMAL, OTHERS_ORTHONORMAL, EIGENVECTORS, OTHERS, COMPLETE)


def reconstruction_error(w: Expr) -> Expr:
    """(1/N) ||X - W^T W X||^2."""
    return quotient(square(norm(X - product(transpose(w), w, X))), size(SAMPLES))


def captured(w: Expr) -> Expr:
    """tr(W C W^T), the variance along the rows of W."""
    return trace(product(w, COVARIANCE, transpose(w)))


def bias_claims() -> tuple[Claim, Claim]:
    """For centred data the biases may be zero: their gradients vanish there, whatever W is."""
    net = Autoencoder(X, encode=IDENTITY, decode=IDENTITY)
    apart = quotient(product(number(2), product(transpose(W), W, X) - X, ones(SAMPLES)), size(SAMPLES))

    def claim(name: str, bias: Expr, other: Expr, summed: Expr) -> Claim:
        zero = zeros(*bias.shape)
        return Claim(
            f"pca-bias-{name}",
            f"Linear, for centred data: at $b = c = 0$ the gradient in ${name}$ vanishes",
            derivative(net.loss, bias, zero),
            zero,
            given=(CENTRED, Fact("equation", other, zeros(*other.shape))),
            where=net.layers,
            lines=(
                Line(summed, r"without biases $\hat{X} - X$ is $W^\top W X - X$; the bias is added to every column"),
                Line(zero, r"$X \mathbf{1} = 0$: the samples add to zero"),
            ),
        )

    return claim("b", BIAS, OFFSET, product(W, apart)), claim("c", OFFSET, BIAS, apart)


def gradient_claims() -> tuple[Claim, Claim]:
    """The gradient for any W, and that it vanishes on eigenspaces."""
    apart = X - product(transpose(W), W, X)
    loss = abbreviation("L", quotient(sum_of_squares(apart), size(SAMPLES)))
    c, two, four = COVARIANCE, number(2), number(4)
    wt = transpose(W)
    general = add(product(two, W, wt, W, c), product(two, W, c, wt, W), -product(four, W, c))
    unit = add(product(two, W, c), product(two, W, c, wt, W), -product(four, W, c))
    inside = add(product(two, D, W), product(two, D, W, wt, W), -product(four, D, W))
    zero = zeros("m", "n")
    first = Line(general, r"$W$ occurs four times in the trace; $C$ is symmetric")
    return (
        Claim(
            "pca-gradient",
            "Linear, without biases: the gradient in terms of the covariance",
            derivative(loss, W),
            general,
            where=(loss, c),
            lines=(first,),
        ),
        Claim(
            "pca-stationary",
            "The gradient vanishes at orthonormal rows that span an eigenspace of the covariance",
            derivative(loss, W),
            zero,
            given=(ORTHONORMAL, INVARIANT),
            where=(loss, c),
            lines=(
                first,
                Line(unit, r"$W W^\top = I$"),
                Line(inside, r"$W C = D W$"),
                Line(zero, r"$W W^\top = I$ once more: $2 + 2 - 4 = 0$"),
            ),
        ),
    )


def loss_claims() -> tuple[Claim, Claim, Claim]:
    """The loss at orthonormal rows, at those of an eigenspace, and as a sum of eigenvalues."""
    lhs, c = reconstruction_error(W), COVARIANCE
    kept = captured(W)
    squares = add(trace(c), -product(number(2), kept), trace(product(W, transpose(W), W, c, transpose(W))))
    split = add(trace(c), -kept)
    j = index("j", REST)
    outside = trace(product(V, c, transpose(V)))
    sum_ = sum_over(j, LEFT_OUT[j])
    whole = add(trace(product(c, add(product(transpose(W), W), product(transpose(V), V)))), -kept)
    orthonormal = (
        Line(squares, "the square multiplied out, and traces are cyclic"),
        Line(split, r"$W W^\top = I$"),
    )
    return (
        Claim(
            "pca-loss-orthonormal",
            "With orthonormal rows, the loss is the variance less what the rows capture",
            lhs,
            split,
            given=(ORTHONORMAL,),
            where=(c,),
            lines=orthonormal,
        ),
        Claim(
            "pca-loss",
            "With rows that span an eigenspace, the loss is what the eigenspace leaves of the trace",
            lhs,
            add(trace(c), -trace(D)),
            given=(ORTHONORMAL, INVARIANT),
            where=(c,),
            lines=(
                *orthonormal,
                Line(add(trace(c), -trace(D)), r"$W C W^\top = D W W^\top = D$"),
            ),
        ),
        Claim(
            "pca-left-out",
            "The loss is the sum of the eigenvalues that are left out",
            lhs,
            sum_,
            given=SPECTRUM,
            where=(c,),
            lines=(
                *orthonormal,
                Line(whole, r"$W^\top W + V^\top V = I$, and $C = C I$"),
                Line(outside, r"what $W$ captures cancels"),
                Line(trace(product(diag(LEFT_OUT), V, transpose(V))), r"$V C = \operatorname{diag}(e) V$"),
                Line(sum_, r"$V V^\top = I$, and the trace of a diagonal matrix is the sum of its entries"),
            ),
            note="The rows of $W$ and $V$ are an orthonormal basis of eigenvectors, with eigenvalues $d$ and $e$.",
        ),
    )
