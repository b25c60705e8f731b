"""False claims about windows, none of which may be proved, and the true claims beside them.

Convolutions, moved arrays, poolings, softmax: what holds at one stride, padding or border and not at another;
ties of one window that are told of another; sizes that may be 0.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.inequalities import Term, check_nonnegative
from hw3.derivations.calculus.kernel import Certificate, Equation, Fact, NotProved, Use, check
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.search import NotFound, prove
from hw3.derivations.claims import Claim, Line, prove_claim
from hw3.derivations.cnn.lemmas import adjoint_claims
from hw3.derivations.language.expression import Expr, ShapeError
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    apply,
    array,
    avgpool,
    avgunpool,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    crop,
    derivative,
    dilate,
    exp,
    flip,
    geometry,
    hadamard,
    log,
    logsumexp,
    matrix,
    maxpool,
    maxunpool,
    number,
    ones,
    pad,
    position,
    relu,
    scalar,
    sigmoid,
    size,
    softmax,
    square,
    sum_axes,
    vector,
    window,
    zeros,
)

n, l, m, q, k, j, s, p, r = (Size.symbol(name) for name in "nlmqkjspr")
IMAGE, OUT, KERNEL, TWICE = (n, l), (m, q), (k, j), (2 * m, 2 * q)
X, W, U = array("X", "c", n, l), array("W", "o", "c", k, j), array("U", "o", m, q)
A, B, E = matrix("A", n, l), matrix("B", m, q), matrix("E", n, n)
S = matrix("S", n, n, "symmetric")
z, y, t, u = vector("z", n), vector("y", n, "positive"), scalar("t"), scalar("u")
G, H = geometry("s", "d", "p"), geometry(1, "d", "p")
WIN, TWO = window("k", "s"), window(2)
i0, i1 = (position(i, n + 2) for i in (0, 1))
k0, k1 = (position(i, l + 2) for i in (0, 1))
first, second = A[position(0, n), position(0, l)], A[position(1, n), position(1, l)]
quarter = number(Fraction(1, 4))


def inner(a: Expr, b: Expr) -> Expr:
    return sum_axes(hadamard(a, b))


def proved(lhs: Expr, rhs: Expr, *facts: Fact) -> tuple[str, ...] | None:
    """The conditions that a proof supposes; None if there is no proof."""
    try:
        return prove(Equation(lhs, rhs, facts), seconds=1.0).checked.conditions
    except NotFound:
        return None


FALSE: dict[str, tuple[Expr, Expr]] = {
    # Convolution.
    "an adjoint with another padding": (
        derivative(inner(conv(X, W, G, OUT), U), X), conv_input(U, W, IMAGE, geometry("s", "d", "r"))),
    "an adjoint with stride and dilation exchanged": (
        derivative(inner(conv(X, W, G, OUT), U), X), conv_input(U, W, IMAGE, geometry("d", "s", "p"))),
    "a kernel's adjoint without the padding": (
        derivative(inner(conv(X, W, G, OUT), U), W), conv_kernel(U, X, KERNEL, geometry("s", "d"))),
    "padding does nothing": (conv(X, W, G, OUT), conv(X, W, geometry("s", "d"), OUT)),
    "padding twice": (conv(pad(X, 2 * p), W, geometry("s", "d"), OUT), conv(X, W, G, OUT)),
    "a stride, turned round": (conv(flip(X), flip(W), G, OUT), flip(conv(X, W, G, OUT))),
    "a correlation is a convolution": (conv(X, flip(W), G, OUT), conv(X, W, G, OUT)),
    # Moving.
    "flip is the identity": (flip(A), A),
    "cropping undoes another padding": (crop(pad(A, p), r, IMAGE), A),
    "a border of ones": (pad(ones(n, l), p), ones(n + 2 * p, l + 2 * p)),
    "a function of a border": (apply("f", pad(A, p)), pad(apply("f", A), p)),
    "the sigmoid of a border": (sigmoid(pad(A, p)), pad(sigmoid(A), p)),
    "a sum of what is cut off": (sum_axes(crop(A, p, OUT)), sum_axes(A)),
    "a sum of the first entries": (sum_axes(crop(A, 0, OUT)), sum_axes(A)),
    "a border is not zero": (pad(A, 1)[i0, k0], first),
    "an entry next to the border is zero": (pad(A, 1)[i1, k1], number(0)),
    "an entry next to the border is the second": (pad(A, 1)[i1, k1], second),
    "a border of symbolic width is not empty": (
        pad(A, p)[position(0, n + 2 * p), position(0, l + 2 * p)], number(0)),
    "a symbolic stride is above 1": (
        dilate(A, s)[position(1, s * (n - 1) + 1), position(0, s * (l - 1) + 1)], number(0)),
    # Average pooling.
    "pooling undoes unpooling": (avgpool(avgunpool(B, TWO, TWICE), TWO, OUT), B),
    "windows of one, apart": (avgpool(A, window(1, s), OUT), crop(A, 0, OUT)),
    "the mean without the width": (avgpool(A, window(2, s), OUT), avgpool(A, window(3, s), OUT)),
    # Max pooling.
    "another window": (derivative(inner(maxpool(A, WIN, OUT), B), A), maxunpool(B, A, window("s", "k"))),
    "the greatest of two widths": (maxpool(A, window(2, s), OUT), maxpool(A, window(3, s), OUT)),
    "the greatest and the least": (maxpool(-A, WIN, OUT), -maxpool(A, WIN, OUT)),
    "the greatest of a multiple": (maxpool(t * A, WIN, OUT), t * maxpool(A, WIN, OUT)),
    "the greatest of squares": (hadamard(maxpool(A, WIN, OUT), maxpool(A, WIN, OUT)),
                                maxpool(hadamard(A, A), WIN, OUT)),
    "the greatest of a sum": (maxpool(E + S, WIN, (m, m)), maxpool(E, WIN, (m, m)) + maxpool(S, WIN, (m, m))),
    "unpooling undoes pooling": (maxunpool(maxpool(A, WIN, OUT), A, WIN), A),
    "pooling is average pooling": (maxpool(A, WIN, OUT), avgpool(A, WIN, OUT)),
    "unpooling at another array": (maxunpool(B, A, WIN), maxunpool(B, -A, WIN)),
    "unpooling over windows that overlap": (maxunpool(maxpool(A, window(3, 1), OUT), A, window(3, 1)),
                                            maxunpool(maxpool(A, window(3, 2), OUT), A, window(3, 2))),
    "the derivative of a pooling of squares": (
        derivative(inner(maxpool(hadamard(A, A), WIN, OUT), B), A), 2 * hadamard(A, maxunpool(B, A, WIN))),
    # Softmax, sums, spreading.
    "softmax of a multiple": (softmax(2 * z), softmax(z)),
    "log-sum-exp is homogeneous": (logsumexp(2 * z), 2 * logsumexp(z)),
    "the softmax of logs without the sum": (softmax(log(y)), y),
    "d softmax is diagonal": (derivative(sum_axes(hadamard(softmax(z), z)), z), softmax(z)),
    "a column along the other axis": (broadcast(z, (n, n), 0), broadcast(z, (n, n), 1)),
    "the sum of what was spread": (sum_axes(broadcast(z, (n, l), 0), 0), z),
    "the other axis is kept": (sum_axes(E, 0), sum_axes(E, 1)),
}  # fmt: skip

TRUE: dict[str, tuple[Expr, Expr]] = {
    "the adjoint in the input": (derivative(inner(conv(X, W, G, OUT), U), X), conv_input(U, W, IMAGE, G)),
    "the adjoint in the kernel": (derivative(inner(conv(X, W, G, OUT), U), W), conv_kernel(U, X, KERNEL, G)),
    "the adjoint as a full convolution": next((c.lhs, c.rhs) for c in adjoint_claims() if c.name == "convolution-full"),
    "padding before": (conv(pad(X, p), W, geometry("s", "d"), OUT), conv(X, W, G, OUT)),
    "a stride of 1, turned round": (conv(flip(X), flip(W), H), flip(conv(X, W, H))),
    "padding adds up": (pad(pad(A, p), r), pad(A, p + r)),
    "cropping undoes padding": (crop(pad(A, p), p, IMAGE), A),
    "turned round twice": (flip(flip(A)), A),
    "a border turned round": (flip(pad(A, p)), pad(flip(A), p)),
    "apart, turned round": (flip(dilate(A, s)), dilate(flip(A), s)),
    "apart twice": (dilate(dilate(A, s), "d"), dilate(A, s * Size.symbol("d"))),
    "the sum of what was put apart": (sum_axes(dilate(A, s)), sum_axes(A)),
    "the sum with a border": (sum_axes(pad(A, p)), sum_axes(A)),
    "squares with a border": (inner(pad(A, p), pad(A, p)), inner(A, A)),
    "windows side by side": (avgpool(ones(*TWICE), TWO, OUT), ones(m, q)),
    "the adjoint of means": (derivative(inner(avgpool(A, WIN, OUT), B), A), avgunpool(B, WIN, IMAGE)),
    "means of one": (avgpool(B, window(1), OUT), B),
    "the greatest of nothing": (maxpool(A - A, WIN, OUT), zeros(m, q)),
    "softmax of logs": (softmax(log(y)), y / sum_axes(y)),
    "d log-sum-exp": (derivative(logsumexp(z), z), softmax(z)),
    "softmax and log-sum-exp": (softmax(z), exp(z) * exp(-logsumexp(z))),
    "the sum of what was spread": (sum_axes(broadcast(z, (n, l), 0), 0), size(l) * z),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_claim_is_not_proved(name):
    lhs, rhs = FALSE[name]
    assert proved(lhs, rhs) is None
    assert proved(rhs, lhs) is None


# Windows that fit; with strides above the width, paddings of 0, sizes of 1.
SIZES = [
    {"N": 1, "n": 7, "l": 8, "m": 3, "q": 4, "k": 2, "j": 3, "s": 2, "d": 1, "p": 0, "r": 1, "c": 2, "o": 1},
    {"N": 2, "n": 7, "l": 6, "m": 2, "q": 2, "k": 2, "j": 2, "s": 3, "d": 2, "p": 1, "r": 2, "c": 1, "o": 2},
    {"N": 1, "n": 4, "l": 5, "m": 2, "q": 2, "k": 3, "j": 1, "s": 1, "d": 1, "p": 0, "r": 1, "c": 1, "o": 1},
    {"N": 2, "n": 6, "l": 7, "m": 1, "q": 2, "k": 1, "j": 2, "s": 4, "d": 2, "p": 2, "r": 0, "c": 1, "o": 1},
]


def differences(numbers, lhs, rhs):
    """At each of the sizes at which both sides have values, how far they are apart."""
    for seed, sizes in enumerate(SIZES):
        draw = numbers.Numbers(sizes, np.random.default_rng(seed))
        try:
            yield float(np.max(np.abs(draw(lhs) - draw(rhs)), initial=0)) / draw.scale
        except (numbers.OutOfRange, IndexError):
            continue


@pytest.mark.parametrize("name", FALSE)
def test_the_false_claims_are_false(numbers, name):
    assert max(differences(numbers, *FALSE[name])) > 1e-6


@pytest.mark.parametrize("name", TRUE)
def test_a_true_claim_is_proved(numbers, name):
    lhs, rhs = TRUE[name]
    assert proved(lhs, rhs) == ()
    assert max(differences(numbers, lhs, rhs), default=0.0) < 1e-8


# --- which windows do not tie ---------------------------------------------------------------------------


def test_each_pooling_that_is_differentiated_has_a_condition_of_its_own():
    wide, narrow = window(3, s), window(2, s)
    both = derivative(inner(maxpool(A, narrow, OUT), B), A) + maxunpool(B, A, wide)
    conditions = proved(both, maxunpool(B, A, narrow) + maxunpool(B, A, wide))
    assert conditions is not None
    assert len(conditions) == 2
    assert "maxpool_(2,s)(A)" in conditions[0] + conditions[1]
    assert "maxpool_(3,s)(A)" in conditions[0] + conditions[1]


def test_poolings_of_equal_values_do_not_share_their_ties():
    """The windows of one entry never tie; those of two entries of an array of zeros do."""
    nothing = zeros(n, l)
    lhs = derivative(inner(maxpool(A, TWO, OUT), B), A, at=nothing) + maxunpool(B, nothing, window(1))
    conditions = proved(lhs, maxunpool(B, nothing, TWO) + maxunpool(B, nothing, window(1)))
    assert conditions is not None
    assert len(conditions) == 2


@pytest.mark.parametrize("fact", [maxpool(A, window(3), OUT), maxpool(-A, TWO, OUT), maxpool(2 * A, TWO, OUT)])
def test_ties_of_another_pooling_are_not_told_by_a_fact(fact):
    lhs, rhs = derivative(inner(maxpool(A, TWO, OUT), B), A), maxunpool(B, A, TWO)
    assert proved(lhs, rhs, Fact("untied", fact)) == proved(lhs, rhs) != ()


def test_one_window_does_not_speak_for_all():
    """A fact about a single window is none about a pooling."""
    with pytest.raises(ShapeError, match="chooses nothing"):
        Fact("untied", maxpool(A, TWO, OUT)[position(0, m), position(0, q)])


@pytest.mark.parametrize("e", [A, zeros(n, l), maxunpool(B, A, TWO), 2 * maxpool(A, TWO, OUT)])
def test_only_of_a_pooling_is_it_said_that_nothing_ties(e):
    with pytest.raises(ShapeError, match="chooses nothing"):
        Fact("untied", e)
    assert Fact("untied", abbreviation("h", maxpool(A, TWO, OUT))).kind == "untied"


def test_ties_are_not_passed_on_by_equal_values():
    """max of A's pairs = max of E's triples, and these do not tie: nothing is known of the pairs."""
    pairs, triples = maxpool(A, TWO, OUT), maxpool(matrix("F", n, l), window(3), OUT)
    given = Fact("equation", pairs, triples), Fact("untied", triples)
    equal = prove(Equation(pairs, triples, given)).certificate
    claim = Equation(derivative(inner(pairs, B), A), maxunpool(B, A, TWO), given)
    assert check(claim, Certificate()).conditions
    with pytest.raises(NotProved, match="choose in other windows"):
        check(claim, Certificate(transferred=(("untied", pairs, triples, equal),)))


def test_the_conditions_of_an_indexed_pooling_are_those_of_its_index():
    i = position(0, n)
    one, all_ = maxpool(z[i] * A, WIN, OUT), maxpool(z[position(1, n)] * A, WIN, OUT)
    lhs = derivative(inner(one, B), A)
    rhs = z[i] * maxunpool(B, z[i] * A, WIN)
    assert proved(lhs, rhs) == proved(lhs, rhs, Fact("untied", all_)) != ()


# --- axes of one ----------------------------------------------------------------------------------------


def test_pooling_to_one_entry_has_a_meaning(numbers):
    a, u = array("a", 2, 4, 4), array("u", 2, 1, 1)
    lhs, rhs = derivative(inner(maxpool(a, window(4), (Size.of(1), Size.of(1))), u), a), maxunpool(u, a, window(4))
    assert proved(lhs, rhs) == ("no two entries tie in a window of maxpool₄(a)",)
    assert max(differences(numbers, lhs, rhs)) < 1e-8
    assert proved(rhs, maxunpool(u, a, window(4, 2))) is None, "windows are told by their stride"
    row = array("r", 1, 1, "n")
    pooled = maxpool(row, window(1), (Size.of(1), n))
    assert proved(sum_axes(pooled), sum_axes(row)) is None
    assert proved(pooled, pooled) == ()


def test_windows_that_do_not_fit_are_refused():
    three, five = (Size.of(3), Size.of(3)), (Size.of(5), Size.of(5))
    for build in (
        lambda: maxpool(matrix("a", 5, 5), TWO, three),
        lambda: avgpool(matrix("a", 5, 5), TWO, three),
        lambda: avgunpool(matrix("a", 3, 3), TWO, five),
        lambda: avgunpool(matrix("a", 3, 3), window(0), five),
        lambda: maxunpool(matrix("b", 3, 3), matrix("a", 5, 5), TWO),
        lambda: conv(array("x", 1, 5, 5), array("w", 1, 1, 2, 2), geometry(2), three),
        lambda: conv(array("x", 1, 5, 5), array("w", 1, 1, 6, 6)),
        lambda: pad(matrix("a", 3, 3), -2),
        lambda: dilate(matrix("a", 3, 3), 0),
    ):
        with pytest.raises(ShapeError):
            build()


# --- sizes that may be 0 --------------------------------------------------------------------------------

BORDER = sum_axes(pad(A, p))
WIDTH = size(p)


def test_a_padding_of_zero_cancels_nothing():
    """p (t - u)^2 = 0 says nothing at p = 0."""
    claim = Claim(
        "cancelled", "", BORDER + t, BORDER + u, "=>",
        lines=(Line(WIDTH * square(t - u), ""),),
        hypothesis=Fact("equation", WIDTH * square(t - u), number(0)),
        terms=(Term(WIDTH, "square", (t - u,)),),
    )  # fmt: skip
    assert not prove_claim(claim).proved
    there = Claim(**{**vars(claim), "lhs": t + sum_axes(vector("v", p)), "rhs": u + sum_axes(vector("v", p))})
    assert prove_claim(there).proved, "an axis of p entries says that p is not 0"


def test_a_cofactor_does_not_divide_by_a_padding():
    given = (Fact("equation", WIDTH * t, WIDTH * u),)
    certificate = Certificate((Use("given:0", (), Meaning()(number(1) / WIDTH)),))
    assert check(Equation(t, u, given), certificate).conditions == ()
    with pytest.raises(NotProved, match="neither the claim nor the rule"):
        check(Equation(BORDER + t, BORDER + u, given), certificate)
    with pytest.raises(NotProved):
        check(Equation(BORDER + t, BORDER + u, given), Certificate((Use("given:0", (), P.UNITY),), ((WIDTH, 1),)))


def test_a_padding_of_zero_has_no_sign():
    assert proved(BORDER * (WIDTH / WIDTH), BORDER) == ("p ≠ 0",)
    assert proved(sum_axes(A) * (WIDTH / WIDTH), sum_axes(A)) == ()
    with pytest.raises(NotProved, match="one sign"):
        check_nonnegative(
            WIDTH * square(BORDER), (Term(WIDTH, "square", (BORDER,)),), Certificate(), strictly=True
        )  # fmt: skip


def test_a_line_of_a_proof_knows_the_paddings_of_the_others():
    """The second line speaks of p and of no padding; p is the first one's."""
    lines = Line(sum_axes(A) * (WIDTH / WIDTH), ""), Line(sum_axes(A), "")
    found = prove_claim(Claim("lines", "", BORDER * (WIDTH / WIDTH), sum_axes(A), lines=lines))
    assert found.proved
    assert found.conditions == ("p ≠ 0",)


def test_ramps_at_a_border_are_not_smooth():
    """relu has a kink at the zeros of a border: what is said of it there is said to suppose that there are none."""
    lhs = derivative(sum_axes(relu(pad(A, 1))), A)
    conditions = proved(lhs, crop(apply("step", pad(A, 1)), 1, IMAGE))
    assert conditions is not None
    assert any("≠ 0" in c for c in conditions)
