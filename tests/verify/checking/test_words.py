"""Words that are not understood decide nothing: no line passes by them, and none is refuted without them.

A document says something in words and ends in a line. FALSE lines hold only by what the words deny, quote or change;
TRUE lines hold only by what the words say. Of the former none is passed, of the latter none is refuted.
"""

from __future__ import annotations

import pytest

from hw3.derivations.latex.plain import is_believed, strange
from hw3.verify.checking import check as checking
from hw3.verify.checking.check import check_text
from hw3.verify.checking.links import judge_link

REAL = r"Let $x \in \mathbb{R}$. "
SQUARE = r"Let $A \in \mathbb{R}^{n \times n}$. "
VECTOR = r"Let $x \in \mathbb{R}^n$. "
ABS, SYMMETRIC = r"Then $|x| = 2x - x$.", r"Then $A = A^T$."


@pytest.fixture(autouse=True)
def _without_suggestions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "judge_link", lambda link, settings, **_: judge_link(link, settings, suggest=False))


DENIED = [
    REAL + said + ABS
    for said in (
        "Do not assume $x > 0$. ", "We no longer assume $x > 0$. ", "Some authors assume $x > 0$; we do not. ",
        "It is tempting to assume $x > 0$. ", "Assume, to the contrary, $x > 0$. ", "It is rare that $x$ is positive. ",
        "$x$ is positive or negative. ", "$x$ is positive in Section 4. ", "For positive $x$ all is simple. ",
        "\n\n- Let $x > 0$. Then $|x| = x$.\n- ", "\n\n1. Assume $x > 0$. Then $|x| = x$.\n2. In general, ",
        r"\begin{example} Let $x > 0$. Then $|x| = x$. \end{example} ", "Suppose first that $x > 0$. Otherwise, ",
        "Suppose that $x > 0$. Then $|x| = x$. Dropping the assumption, ",
        "Suppose that $x > 0$. Then $|x| = x$. Conversely, if $x < 0$, ",
    )
] + [
    SQUARE + said + SYMMETRIC
    for said in (
        "It is false that $A$ is symmetric. ", "We drop the assumption that $A$ is symmetric. ",
        "Few matrices $A$ are symmetric. ", "A matrix $A$ is symmetric by chance only. ", "$A$ is symmetric or skew. ",
        "The Hessian of $A$ is symmetric. ", "Unlike symmetric $A$, this one is plain. ",
        "$A$ is symmetric about its antidiagonal. ",
    )
]  # fmt: skip

ALTERED = [
    VECTOR + r"Define $y_i = x_i$, $i = 2, \dots, n$, and $y_1 = 0$. Then $\sum_{i=1}^n y_i = \sum_{i=1}^n x_i$.",
    VECTOR + r"Define $y_i = x_i$. Except $y_1 = 0$. Then $\sum_{i=1}^n y_i = \sum_{i=1}^n x_i$.",
    REAL + "Define $f(x) = x$ as long as $x > 0$, and $f(x) = 0$ else. Then $f(x) = x$.",
    REAL + "Define $f(x) = x^2$, clipped to $[0, 1]$. Then $f(2) = 4$.",
    REAL + "Define $f(x) = x^2$ modulo $3$. Then $f(2) = 4$.",
    SQUARE + r"Define $B = A$ with the diagonal removed. Then $\operatorname{tr} B = \operatorname{tr} A$.",
    VECTOR + r"Define $s = \sum_i x_i$ where the first term is left out. Then $s = \sum_i x_i$.",
    "All logarithms are to base 2. Let $x > 0$. Then $\\frac{d}{dx} \\log x = 1/x$.",
    VECTOR + r"In what follows, $\|\cdot\|$ is the 1-norm. Then $\|x\|^2 = x^T x$.",
    VECTOR + r"Let $\|x\|$ denote the largest entry. Then $\|x\|^2 = x^T x$.",
    SQUARE + "$|A|$ is the matrix of absolute values. Then $|A| = \\det A$.",
    SQUARE + "We write $A^T$ for the $T$-th power of $A$. Then $(A^T)^T = A$.",
    VECTOR + r"Then $x \odot x = x^2 = \|x\|^2$.",
    REAL + r"Then $$ |x| = \begin{cases} x & \text{unless } x \ge 0 \\ -x & \text{otherwise} \end{cases} $$",
]

SAID = [
    f"Let $A \\in \\mathbb{{R}}^{{n \\times n}}$ be {word}. Then ${line}$."
    for word, line in (
        ("an involution", "A^2 = I"), ("its own inverse", "A A = I"), ("a projector", "A^2 = A"),
        ("a hat matrix", "A A = A"), ("a Gram matrix", "A = A^T"), ("a covariance matrix", "A = A^T"),
        ("an isometry", "A^T A = I"), ("a graph Laplacian", r"A \mathbf{1} = 0"),
        ("traceless", r"\operatorname{tr} A = 0"), ("unimodular", r"\det A = 1"),
        ("the matrix of all ones", "A^2 = n A"),
        ("lower triangular with ones on the diagonal", r"\det A = 1"),
        ("a Markov matrix", r"A \mathbf{1} = \mathbf{1}"),
    )
] + [
    f"Let $x \\in \\mathbb{{R}}^n$ {word}. Then ${line}$."
    for word, line in (
        ("have length one", "x^T x = 1"), ("have norm $1$", "x^T x = 1"), ("be one hot", r"\sum_i x_i = 1"),
        ("be a one-of-K vector", r"\sum_i x_i = 1"), ("be a softmax output", r"\sum_i x_i = 1"),
        ("be a 0/1 vector", r"x \odot x = x"), ("have all entries equal to $1$", r"x = \mathbf{1}"),
    )
] + [
    r"Let $x \in \mathbb{R}$ be at least 1. Then $|x - 1| = x - 1$.",
    r"Let $a : \mathbb{R} \to \mathbb{R}$ be the exponential and $x \in \mathbb{R}$. Then $a'(x) = a(x)$.",
    r"Let $a : \mathbb{R} \to \mathbb{R}$ be symmetric and $x \in \mathbb{R}$. Then $a(-x) = a(x)$.",
    r"Let $a : \mathbb{R} \to \mathbb{R}$ be additive and $x \in \mathbb{R}$. Then $a(2x) = 2 a(x)$.",
    r"Let $x_1, \dots, x_N \in \mathbb{R}^d$ have mean $\mu \in \mathbb{R}^d$. Then $\sum_n (x_n - \mu) = 0$.",
    r"Let $X$ be a random variable with mean zero. Then $E[X] = 0$.",
    r"Let $X$ be a deterministic random variable. Then $E[X^2] = E[X]^2$.",
    r"Let $x, y \in \mathbb{R}^n$. These vectors are orthogonal. Then $x^T y = 0$.",
    r"Let $z, y \in \mathbb{R}^n$, where $y$ encodes the class. Define $p = \operatorname{softmax}(z)$ and "
    r"$L = -y^T \log p$. Then $\nabla_z L = p - y$.",
    r"Let $D \in \mathbb{R}^{n \times n}$ with $D_{ij} = 0$ for $i \ne j$. Then $D = D^T$.",
    r"Let $x \in S^{n-1}$. Then $x^T x = 1$.",
    r"Let $T \in \mathbb{R}^{n \times n}$ and $x \in \mathbb{R}^n$. Then $x^T T x = x^T T^T x$.",
    REAL + r"Then $1\frac12 x = \frac32 x$ and $10\,000 x = 10^4 x$ and $1e3 x = 1000 x$.",
    REAL + "We have $|x| = x$, $x \\ge 0$.",
    REAL + r"Then $$ |x| \overset{x > 0}{=} x $$",
    REAL + "For nonnegative numbers $|x| = x$.",
    REAL + "Is $x^2 = x$?",
    REAL + "We want $x^2 = 4$.",
    REAL + "It is a mistake to write $x + x = x^2$.",
    r"Let $x, t \in \mathbb{R}$. Define $y = x t$ and $f(x, y) = x y^2$. Then $\frac{\partial f}{\partial x} = y^2$.",
    SQUARE + r"For a symmetric matrix, $\nabla_x (x^T A x) = 2 A x$ for $x \in \mathbb{R}^n$.",
    "All logarithms are to base 2. Then $\\log 8 = 3$.",
    "Vectors are rows. Let $x \\in \\mathbb{R}^n$. Then $x x^T = \\|x\\|^2$.",
]  # fmt: skip

PLAIN = [
    r"Let $x \in \mathbb{R}^n$ be the input and $W \in \mathbb{R}^{m \times n}$ the weights of the layer.",
    r"For simplicity, let $t > 0$ be the learning rate.",
    r"Let $A$ and $B$ be symmetric matrices, where $A, B \in \mathbb{R}^{n \times n}$ are given.",
]


@pytest.mark.parametrize("text", [*DENIED, *ALTERED])
def test_no_false_line_passes(text: str) -> None:
    last = text.rindex("Then")
    said = [j.verdict for j in check_text(f"{text}\n").judged if j.link.place > last]
    assert said[-1:] != ["proved"]
    assert said[-1:] != ["confirmed"]


@pytest.mark.parametrize("text", SAID)
def test_no_true_line_is_refuted(text: str) -> None:
    assert "refuted" not in {j.verdict for j in check_text(f"{text}\n").judged}


REFUTABLE = [
    SQUARE + r"For a symmetric matrix $A$ we have $\nabla_x (x^T A x) = A x$ for $x \in \mathbb{R}^n$.",
    VECTOR + r"Define $p = \operatorname{softmax}(x)$, the normalized exponential. Then $\sum_i p_i = 2$.",
    VECTOR + r"This implies $x^T x = 2 x^T x$.",
    VECTOR + r"The terms add up to a sum. Then $x^T x = 2 x^T x$.",
]


@pytest.mark.parametrize("text", REFUTABLE)
def test_words_that_restrict_nothing_do_not_save_a_false_line(text: str) -> None:
    assert check_text(f"{text}\n").judged[-1].verdict == "refuted"


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_cost_nothing(text: str) -> None:
    words = "".join(part for k, part in enumerate(text.split("$")) if k % 2 == 0)
    assert is_believed(words), strange(words)
    claim = r"Let $u \in \mathbb{R}^k$. Then $u^T u = 2 u^T u$."
    assert check_text(f"{text} {claim}\n").judged[-1].verdict == "refuted"


def test_what_is_assumed_in_plain_words_is_believed() -> None:
    found = check_text(SQUARE + "Throughout, assume that $A$ is symmetric. " + SYMMETRIC + "\n").judged
    assert found[-1].verdict == "proved"


STACKED = r"Let $x_1, \dots, x_N \in \mathbb{R}^d$. "
ROWS = r"Then $X^T X = \sum_{n=1}^N x_n x_n^T$."


@pytest.mark.parametrize(
    "document",
    [
        REAL + "Then $|x| = x$,[^2] as claimed.\n\n[^2]: This needs $x \\ge 0$.",
        REAL + "Then\n\n$$\n|x| = x \\tag{$x > 0$}\n$$",
        REAL + "Then\n\n$$\n|x| = x \\tag{if positive}\n$$",
        STACKED + r"Stack them as rows of $X \in \mathbb{R}^{N \times d}$. " + ROWS,
        STACKED + r"Let $X \in \mathbb{R}^{N \times d}$ be the matrix whose rows are $x_1, \dots, x_N$. " + ROWS,
        STACKED + r"Let $X \in \mathbb{R}^{N \times d}$ and let $x_n$ denote its $n$-th row. " + ROWS,
        r"Let $x \in \mathbb{R}^n$. Define $f(x) = \|x\|^2$ and $g(x) = x^T \mathbf{1}$. "
        r"Then $\nabla (f g)(x) = g(x) \nabla f(x) + f(x) \nabla g(x)$.",
        REAL + "Then $1,000 x = 10^3 x$.",
    ],
)
def test_true_lines_whose_conditions_stand_elsewhere_are_not_refuted(document: str) -> None:
    assert all(j.verdict != "refuted" for j in check_text(document + "\n").judged)


def test_a_footnote_in_a_tex_file_may_be_a_condition() -> None:
    text = (
        "\\documentclass{article}\n\\begin{document}\nLet $x \\in \\mathbb{R}$. "
        "Then $|x| = x$.\\footnote{For $x \\ge 0$.}\n\\end{document}\n"
    )
    assert [j.verdict for j in check_text(text, kind="tex").judged] == ["undecided"]
    assert [j.verdict for j in check_text(text.replace("For $x \\ge 0$.", "Sic."), kind="tex").judged] == ["refuted"]


def test_sizes_that_are_said_to_be_equal_are_one() -> None:
    before = r"Let $A \in \mathbb{R}^{m \times n}$ with $m = n$. "
    assert [j.verdict for j in check_text(before + r"Then $\det(A^T) = \det(A)$.").judged] == ["proved"]
    assert [j.verdict for j in check_text(before + r"Then $A^T = A$.").judged] == ["refuted"]


ONE_HOT = (
    r"Let $z \in \mathbb{R}^K$ and let $y \in \mathbb{R}^K$ be a one-hot vector. "
    r"Define $p = \operatorname{softmax}(z)$ and $L = -\sum_{k=1}^K y_k \log p_k$. "
)


def test_one_hot_vectors() -> None:
    claims = (r"\nabla_z L = p - y", "y^T y = 1", r"\nabla_z L = y - p", "y^T y = 2")
    found = check_text(ONE_HOT + "Then\n\n" + "\n\n".join(f"$$\n{c}\n$$" for c in claims) + "\n").judged
    assert {j.verdict for j in found[:2]} <= {"proved", "confirmed"}
    assert [j.verdict for j in found[2:]] == ["refuted", "refuted"]


@pytest.mark.parametrize("said", ["be not a one-hot vector", "be almost one-hot", "be far from a one-hot vector"])
def test_what_is_not_quite_one_hot_is_not_believed(said: str) -> None:
    found = check_text(rf"Let $y \in \mathbb{{R}}^K$ {said}. Then $y^T y = 1$." + "\n").judged
    assert [j.verdict for j in found] == ["undecided"]


def test_a_name_of_another_section_is_said_to_be_there() -> None:
    text = (
        "# One\n\nLet $x, y \\in \\mathbb{R}^n$. Then $x^T y = y^T x$.\n\n"
        "# Two\n\nLet $x \\in \\mathbb{R}^n$. Then\n\n$$\ny^T x = -x^T y\n$$\n"
    )
    last = check_text(text).judged[-1]
    assert last.verdict == "undecided"
    assert last.reason.endswith("but y is not declared in this section; it is in another one, at line 3")
