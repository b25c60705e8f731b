r"""The leading eigenvectors are best: no tied linear autoencoder has a smaller loss.

Any m x n matrix is R Q with orthonormal rows Q (its RQ decomposition, m <= n). With W the eigenvectors of the
eigenvalues d_i >= kappa, and V those of the e_j <= kappa, the two losses differ by terms that are not negative:

    L(R Q) - L(W) = (1/N) ||(I - R^T R) Q X||^2
                    + sum_i (d_i - kappa) ||(I - Q^T Q) w_i||^2 + sum_j (kappa - e_j) ||Q v_j||^2

Source: K. Fan, On a theorem of Weyl concerning eigenvalues of linear transformations I (1949), for the trace.
"""

from __future__ import annotations

from hw3.derivations.autoencoder.forms import SAMPLES
from hw3.derivations.autoencoder.pca import (
    COVARIANCE,
    KEPT,
    LEFT_OUT,
    REST,
    SPECTRUM,
    V,
    W,
    X,
    captured,
    reconstruction_error,
)
from hw3.derivations.calculus.inequalities import Term
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Line
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    abbreviation,
    add,
    diag,
    identity,
    index,
    matrix,
    norm,
    number,
    ones,
    product,
    quotient,
    scalar,
    size,
    square,
    sum_over,
    trace,
    transpose,
)

Q, R = matrix("Q", "m", "n"), matrix("R", "m", "m")
KAPPA = scalar(r"\kappa")
ROWS = Fact("equation", product(Q, transpose(Q)), identity("m"))
LEADING = (
    Fact("nonnegative", KEPT - product(KAPPA, ones("m"))),
    Fact("nonnegative", product(KAPPA, ones(REST)) - LEFT_OUT),
)
GIVEN = (*SPECTRUM, ROWS, *LEADING)

OUTSIDE = abbreviation("M", product(identity("n") - product(transpose(Q), Q), transpose(W)))
INSIDE = abbreviation("P", product(Q, transpose(V)))
OVERLAP = abbreviation("O", product(Q, transpose(W)))
I, J, K, L = index("i", "m"), index("j", REST), index("k", "n"), index("l", "m")


def _column(a: Expr, row: Expr, at: Expr) -> Expr:
    """The sum of squares of a column."""
    return sum_over(row, square(a[row, at]))


def _gap() -> tuple[Expr, Expr]:
    """The two sums that are not negative."""
    kept = sum_over(I, product(KEPT[I] - KAPPA, _column(OUTSIDE, K, I)))
    lost = sum_over(J, product(KAPPA - LEFT_OUT[J], _column(INSIDE, L, J)))
    return kept, lost


def _lines() -> tuple[Line, ...]:
    """From tr(W C W^T) - tr(Q C Q^T) to the two sums."""
    full = add(product(transpose(W), W), product(transpose(V), V))
    spectral = add(product(transpose(W), diag(KEPT), W), product(transpose(V), diag(LEFT_OUT), V))
    d = trace(diag(KEPT))
    missing = number(1) - _column(OVERLAP, L, I)
    return (
        Line(
            d - captured(Q),
            r"$W C W^\top = \operatorname{diag}(d) W W^\top = \operatorname{diag}(d)$",
        ),
        Line(
            d - trace(product(Q, COVARIANCE, full, transpose(Q))),
            r"$W^\top W + V^\top V = I$",
        ),
        Line(
            d - trace(product(Q, spectral, transpose(Q))),
            r"$C W^\top = W^\top \operatorname{diag}(d)$ and $C V^\top = V^\top \operatorname{diag}(e)$, for $C$ is "
            "symmetric",
        ),
        Line(
            sum_over(I, product(KEPT[I], missing)) - sum_over(J, product(LEFT_OUT[J], _column(INSIDE, L, J))),
            r"entry by entry: $O = Q W^\top$ and $P = Q V^\top$",
        ),
        Line(
            sum_over(I, product(KEPT[I] - KAPPA, missing))
            + sum_over(J, product(KAPPA - LEFT_OUT[J], _column(INSIDE, L, J))),
            r"$\|O\|^2 + \|P\|^2 = \operatorname{tr}(Q Q^\top) = m$, so that $\kappa$ adds nothing",
        ),
        Line(
            add(*_gap()),
            r"the columns of $W^\top$ have length 1, and $I - Q^\top Q$ is a projection: "
            r"$1 - \|Q w_i\|^2 = \|(I - Q^\top Q) w_i\|^2$",
        ),
    )


def _not_negative(*weights: Expr) -> tuple[Term, ...]:
    """Terms that are not negative because they are sums of products of what is not."""
    return tuple(Term(w, "square", (number(1),)) for w in weights)


def best_claims() -> tuple[Claim, Claim]:
    u = abbreviation("U", product(R, Q))
    within = quotient(square(norm(product(identity("m") - product(transpose(R), R), Q, X))), size(SAMPLES))
    trace_ = captured(W) - captured(Q)
    return (
        Claim(
            "pca-captured-most",
            "No orthonormal rows capture more of the variance than the leading eigenvectors",
            trace_,
            number(0),
            relation=">=",
            given=GIVEN,
            where=(COVARIANCE, OVERLAP, INSIDE, OUTSIDE),
            lines=_lines(),
            terms=_not_negative(*_gap()),
            note=r"Each term is a sum of squares times $d_i - \kappa$ or $\kappa - e_j$, which are not negative.",
        ),
        Claim(
            "pca-best",
            "The leading eigenvectors are best: no tied linear autoencoder has a smaller loss",
            reconstruction_error(u) - reconstruction_error(W),
            number(0),
            relation=">=",
            given=GIVEN,
            where=(u, COVARIANCE, OVERLAP, INSIDE, OUTSIDE),
            lines=(
                Line(
                    add(within, trace(COVARIANCE), -captured(Q)) - (trace(COVARIANCE) - captured(W)),
                    r"$Q Q^\top = I$ splits the error of $R Q$: what lies outside the rows of $Q$, and what $R$ does "
                    "within them",
                ),
                Line(add(within, trace_), "the variance cancels"),
                *(Line(add(within, line.value), line.reason, hints=line.hints) for line in _lines()),
            ),
            terms=_not_negative(within, *_gap()),
            note=r"Any $m \times n$ matrix is $R Q$ with orthonormal rows $Q$, so this is about all weights; at $W$ "
            "the loss is the sum of the smallest eigenvalues, those that are left out.",
        ),
    )
