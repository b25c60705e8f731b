r"""States at a time (h_t, w_{t+1}), families by a range, samples by a tilde, eigenvectors, lists of vectors."""

from __future__ import annotations

import re

import pytest

from hw3.verify.checking.check import check_text


def verdicts(context: str, *claims: str) -> list[str]:
    """The verdicts on claims behind a context, each in a display of its own."""
    text = context + "\n\nThen\n\n" + "\n\n".join(f"$$\n{claim}\n$$" for claim in claims) + "\n"
    found = check_text(text)
    assert not found.problems, found.problems
    return [j.verdict for j in found.judged]


HOLDS = {"proved", "confirmed"}

STATES = r"""Let $h_{t-1}, b \in \mathbb{R}^n$, $x_t \in \mathbb{R}^d$, $W \in \mathbb{R}^{n \times n}$ and
$U \in \mathbb{R}^{n \times d}$. Define

$$
h_t = \tanh(W h_{t-1} + U x_t + b)
$$
"""


def test_a_state_at_a_time_is_one_name() -> None:
    right, wrong = verdicts(
        STATES,
        r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t \odot h_t) W",
        r"\frac{\partial h_t}{\partial h_{t-1}} = W \operatorname{diag}(1 - h_t \odot h_t)",
    )
    assert right in HOLDS
    assert wrong == "refuted"


@pytest.mark.parametrize(
    "claim", [r"\sum_{i=1}^n y_i = n y_1", r"\sum_{i=1}^n y_i = n y_i", r"\sum_{i=1}^n a_i = n a_i"]
)
def test_a_name_is_not_read_where_its_letter_runs(claim: str) -> None:
    """Sum_i a_i = n a_i was proved, of an a_i that was declared without a range."""
    context = "Let $a_i \\in \\mathbb{R}$ and $n \\in \\mathbb{N}$. Define\n\n$$\ny_i = a_i^2\n$$\n"
    assert verdicts(context, claim) == ["undecided"]


FAMILY = r"""Let $x_i \in \mathbb{R}^d$ and $y_i \in \{0, 1\}$ for $i = 1, \dots, N$, and let $w \in \mathbb{R}^d$.
Define $\sigma(t) = 1 / (1 + e^{-t})$ and $p_i = \sigma(w^\top x_i)$, and

$$
L = -\sum_{i=1}^N \left( y_i \log p_i + (1 - y_i) \log (1 - p_i) \right)
$$
"""


def test_members_that_are_declared_for_a_range_are_a_family() -> None:
    right, one, turned = verdicts(
        FAMILY,
        r"\nabla_w L = \sum_{i=1}^N (p_i - y_i) x_i",
        r"\nabla_w L = N (p_1 - y_1) x_1",
        r"\nabla_w L = \sum_{i=1}^N (y_i - p_i) x_i",
    )
    assert right in HOLDS
    assert [one, turned] == ["refuted", "refuted"]


@pytest.mark.parametrize("tilde", [r"\overset{\text{iid}}{\sim}", r"\stackrel{i.i.d.}{\sim}", r"\sim_{iid}"])
def test_a_sample_is_independent_with_the_moments_of_its_law(tilde: str) -> None:
    context = (
        rf"Let $X_1, \dots, X_n {tilde} \mathcal{{N}}(\mu, \sigma^2)$, $\sigma > 0$ and $n \ge 2$. "
        r"Define $\bar X = \frac1n \sum_{i=1}^n X_i$ and $S^2 = \frac{1}{n-1} \sum_{i=1}^n (X_i - \bar X)^2$."
    )
    found = verdicts(
        context,
        r"\operatorname{Var}(\bar X) = \sigma^2 / n",
        r"\mathbb{E}[S^2] = \sigma^2",
        r"\mathbb{E}[X_1 X_2] = \mu^2",
        r"\operatorname{Var}(\bar X) = \sigma^2",
        r"\mathbb{E}[X_1^2] = \mu^2",
        r"\mathbb{E}[X_1^4] = \mu^4",
    )
    assert set(found[:3]) <= HOLDS
    assert found[3:] == ["refuted", "refuted", "undecided"]  # of more moments nothing is read


def test_a_sample_of_another_law_is_not_read() -> None:
    found = check_text(
        r"Let $X_1, \dots, X_n \overset{iid}{\sim} \mathrm{Poisson}(\lambda)$. Then $\mathbb{E}[X_1] = \mu$."
    )
    assert [p.message for p in found.problems] == ["laws other than N(mu, sigma^2) are not read of a sample"]
    assert all(j.verdict == "undecided" for j in found.judged)


EIGEN = r"""Let $S \in \mathbb{R}^{n \times n}$ with $S = S^\top$, $u \in \mathbb{R}^n$, $\|u\| = 1$,
$\lambda \in \mathbb{R}$ and $S u = \lambda u$."""


def test_eigenvectors_are_drawn() -> None:
    found = verdicts(EIGEN, r"u^\top S u = \lambda", r"S^2 u = \lambda^2 u", r"u^\top S u = 2 \lambda", "S u = u")
    assert set(found[:2]) <= HOLDS
    assert found[2:] == ["refuted", "refuted"]


def test_an_eigenvector_of_any_matrix_is_on_its_right() -> None:
    context = (
        r"Let $A \in \mathbb{R}^{n \times n}$, $v \in \mathbb{R}^n$, $v \ne 0$, $\mu \in \mathbb{R}$ and $A v = \mu v$."
    )
    power, left, length = verdicts(context, r"A^3 v = \mu^3 v", r"A^\top v = \mu v", r"v^\top A v = \mu")
    assert power in HOLDS
    assert [left, length] == ["refuted", "refuted"]


def test_counterexamples_are_no_zero_vectors() -> None:
    """v = 0 was shown against a line about v other than 0."""
    context = (
        r"Let $A \in \mathbb{R}^{n \times n}$, $v \in \mathbb{R}^n$, $v \ne 0$, $\mu \in \mathbb{R}$ and $A v = \mu v$."
    )
    found = check_text(context + " Then\n\n$$\nv^\\top A v = \\mu\n$$\n")
    (judged,) = found.judged
    assert judged.verdict == "refuted"
    assert re.search(r"v = \([-0-9., ]*[1-9]", judged.reason)


LISTS = r"""Let $x_1, \dots, x_n \in \mathbb{R}^d$, $X = (x_1, \dots, x_n)^\top$, $Z = (x_1, \dots, x_n)$ and
$w \in \mathbb{R}^d$."""


def test_a_list_of_vectors_is_the_matrix_of_these_columns() -> None:
    found = verdicts(
        LISTS,
        r"X^\top X = \sum_{i=1}^n x_i x_i^\top",
        r"Z Z^\top = \sum_{i=1}^n x_i x_i^\top",
        r"(X w)_i = x_i^\top w",
        r"X X^\top = \sum_{i=1}^n x_i x_i^\top",
    )
    assert set(found[:3]) <= HOLDS
    assert found[3] == "refuted"


@pytest.mark.parametrize(
    ("context", "right", "wrong"),
    [
        (r"$x \in \mathbb{R}^n \setminus \{0\}$", r"\frac{x^\top x}{\|x\|^2} = 1", r"\frac{x^\top x}{\|x\|} = 1"),
        (r"$L \in \mathbb{R}^{n \times n} \text{ lower triangular}$", r"\det L = \prod_{i=1}^n L_{ii}",
         r"\det L = L_{11}"),
        (r"$x, \mu_1, \dots, \mu_K \in \mathbb{R}$", r"\sum_{k=1}^K (x - \mu_k) = K x - \sum_{k=1}^K \mu_k",
         r"\sum_{k=1}^K (x - \mu_k) = x - \sum_{k=1}^K \mu_k"),
        (r"$x \in \mathbb{R}^n$, $n \ge 2$", r"x^\top e_1 = x_1", r"x^\top e_2 = x_1"),
        (r"$s \in \mathbb{R}^N$", r"\sum_{j=1}^N \delta_{1j} s_j = s_1", r"\sum_{j=1}^N \delta_{2j} s_j = s_1"),
        (r"$A \in \mathbb{R}^{n \times p}$, $p < n$, $\operatorname{rank} A = p$",
         r"(A (A^\top A)^{-1} A^\top)^2 = A (A^\top A)^{-1} A^\top", r"A (A^\top A)^{-1} A^\top = I_n"),
    ],
)  # fmt: skip
def test_declarations_of_these_forms(context: str, right: str, wrong: str) -> None:
    one, other = verdicts(f"Let {context}.", right, wrong)
    assert one in HOLDS
    assert other == "refuted"


@pytest.mark.parametrize("left_out", [r"\setminus \{1\}", r"\setminus \mathbb{Q}"])
def test_of_what_is_left_out_of_a_set_only_zero_is_read(left_out: str) -> None:
    found = check_text(rf"Let $w \in \mathbb{{R}} {left_out}$. Then $w = 0$.")
    assert [p.message for p in found.problems] == ["of what is left out of a set, only 0 is read"]
    assert [j.verdict for j in found.judged] == ["undecided"]


def test_a_name_beside_one_with_a_number_is_another() -> None:
    context = (
        r"Let $K_0 \in \mathbb{S}_{++}^n$ and $\theta, \sigma > 0$. Define"
        "\n\n$$\nK = \\theta K_0 + \\sigma^2 I\n$$\n"
    )
    right, wrong = verdicts(
        context,
        r"\frac{\partial \log \det K}{\partial \theta} = \operatorname{tr}(K^{-1} K_0)",
        r"\frac{\partial \log \det K}{\partial \theta} = \operatorname{tr}(K^{-1} K)",
    )
    assert right in HOLDS
    assert wrong == "refuted"


GRAM = r"""Let $X \in \mathbb{R}^{n \times p}$, $n > p$, $\beta \in \mathbb{R}^p$, $\sigma > 0$ and
$y \sim \mathcal{N}(X \beta, \sigma^2 I_n)$. Define

$$
\hat\beta = (X^\top X)^{-1} X^\top y
$$
"""


def test_what_is_given_of_sizes_is_drawn() -> None:
    """No draw had more rows than columns, as the law wants few entries."""
    right, wrong = verdicts(
        GRAM,
        r"\operatorname{Cov}(\hat\beta) = \sigma^2 (X^\top X)^{-1}",
        r"\mathbb{E}[\|y - X \hat\beta\|^2] = n \sigma^2",
    )
    assert right in HOLDS
    assert wrong == "refuted"


def test_a_gradient_at_a_point_that_is_defined_is_a_claim() -> None:
    """It was taken for an equation that the author sets."""
    context = (
        "Let $X \\in \\mathbb{R}^{n \\times d}$, $y \\in \\mathbb{R}^n$ and $\\lambda > 0$. Define\n\n$$\n"
        "J(w) = \\|y - X w\\|^2 + \\lambda w^\\top w\n$$\n\nDefine\n\n$$\n"
        "w^\\star = (X^\\top X + 2 \\lambda I)^{-1} X^\\top y\n$$\n"
    )
    assert verdicts(context, r"\nabla J(w^\star) = 0") == ["refuted"]
    assert verdicts(context.replace("2 \\lambda", "\\lambda"), r"\nabla J(w^\star) = 0") == ["proved"]


BLOCKS = r"""Let $A \in \mathbb{S}_{++}^p$, $B \in \mathbb{R}^{p \times q}$, $D \in \mathbb{S}_{++}^q$,
$x \in \mathbb{R}^p$, $y \in \mathbb{R}^q$ and $\begin{bmatrix} A & B \\ B^\top & D \end{bmatrix} \succ 0$."""
JOINT = r"""\log \mathcal{N}\left( \begin{bmatrix} x \\ y \end{bmatrix} ; \begin{bmatrix} 0 \\ 0 \end{bmatrix},
\begin{bmatrix} A & B \\ B^\top & D \end{bmatrix} \right) - \log \mathcal{N}(y; 0, D)"""


def test_a_block_matrix_may_be_given_to_be_positive_definite() -> None:
    """A joint normal law is a marginal times a conditional."""
    right, wrong = verdicts(
        BLOCKS,
        rf"{JOINT} = \log \mathcal{{N}}\left( x; B D^{{-1}} y, A - B D^{{-1}} B^\top \right)",
        rf"{JOINT} = \log \mathcal{{N}}\left( x; B D^{{-1}} y, A + B D^{{-1}} B^\top \right)",
    )
    assert right in HOLDS
    assert wrong == "refuted"


REALS = r"Let $x, y, z \in \mathbb{R}$. "
VECTOR = r"Let $x \in \mathbb{R}^n$. "
SQUARES = r"Let $A, B \in \mathbb{R}^{n \times n}$ and $u, v \in \mathbb{R}^n$. "
PAIRS = (
    r"Let $S \in \mathbb{S}^n$, $u, v \in \mathbb{R}^n$, $\lambda, \mu \in \mathbb{R}$, $S u = \lambda u$ and "
    r"$S v = \mu v$. "
)
POSITIVE = r"Let $a \in \mathbb{R}_{>0}^n$. "


@pytest.mark.parametrize(
    "document",
    [
        *(
            VECTOR + said + r" Then $\sum_j |x_j| = \sum_j x_j$."
            for said in (
                "Let $x_i > 0$ for some $i$.", r"Let $x_i > 0$ for $i = 2, \dots, n$.", r"Let $x_i > 0$ for $i \ne 1$.",
                r"Let $x_i > 0, i \ne 1$.", "Let $x_i > 0$ for $i > 1$.", "Let $x_k > 0$ for a fixed $k$.",
                "Let $k$ be such that $x_k > 0$.", "Fix an index $i$ with $x_i > 0$.", "Let $x_n > 0$.",
                "Let $x_m > 0$.",
            )
        ),
        POSITIVE + r"Then $\prod_{j \ne i} a_j = 0$.",
        POSITIVE + r"Then $\prod_{i<j} a_i a_j = 0$.",
        *(
            PAIRS + f"Then ${claim}$." for claim in (r"u^\top v = 0", r"(u + v)^\top (u + v) = u^\top u + v^\top v")
        ),
        SQUARES + r"Let $\operatorname{rank}(A) = 1$ and $n \ge 2$. Then $A^{-1} A = I$.",
        SQUARES + r"Let $\operatorname{rank}(A) < n$. Then $A A^{-1} = I$.",
        SQUARES + "Let $A$ be nilpotent. Then $A A^{-1} = I$.",
        SQUARES + "Let $A$ have an eigenvalue $0$. Then $A A^{-1} = I$.",
        r"Let $k \in \mathbb{N}_0$. Then $\frac{k}{k} = 1$ and $\max(k, 1) = k$.",
        "Let $x = 1$ or $x = -1$. Then $x = 1$.",
        "Let $x = 1, 2, 3$. Then $x = 1$.",
        "Let $x$ be anything but $x = 1$. Then $x = 1$.",
        r"Let $y \in \mathbb{R}$. Let $x = y$ only if $y > 0$. Then $x = y$.",
    ],
)  # fmt: skip
def test_no_false_line_of_an_attack_passes(document: str) -> None:
    assert not {j.verdict for j in check_text(document + "\n").judged} & HOLDS


@pytest.mark.parametrize(
    "document",
    [
        *(
            REALS + said
            for said in (
                "Let $x, y > 1$. Then $|x - 1| = x - 1$.", "Let $x, y < 0$. Then $|x| = -x$.",
                "Let $0 < x, y < 1$. Then $|y| = y$.", r"Let $0 \le x, y \le 1$. Then $|1 - x| = 1 - x$.",
                "Let $x, y > z^2$. Then $|x| = x$.", "Assume $e^x > 1$. Then $|x| = x$.",
                r"Let $\neg (x < 0)$. Then $|x| = x$.", r"Let $x \in ]0, \infty[$. Then $|x| = x$.",
                r"Assume $x \succ 0$. Then $|x| = x$.",
            )
        ),
        r"Let $x_1, \dots, x_n \in \mathbb{R}$ with $x_1, \dots, x_n > 1$. Then $\sum_i |x_i| = \sum_i x_i$.",
        r"Let $x_1, \dots, x_n \in \mathbb{R}$ with $-1 < x_1, \dots, x_n < 1$. Then $|1 - x_2| = 1 - x_2$.",
        r"Let $m, n \in \mathbb{N}$ with $m, n \ge 2$. Then $\max(m, 2) = m$.",
        POSITIVE + r"Then $\prod_{j \ne i} a_j = \frac{1}{a_i} \prod_{j=1}^n a_j$.",
        r"Let $x \in \mathbb{R}^n$. Then $\frac{\partial}{\partial x_i} \prod_{j=1}^n x_j = \prod_{j \ne i} x_j$.",
        SQUARES + r"Let $\operatorname{rank}(A) = 1$. Then $A^2 = \operatorname{tr}(A) A$.",
        SQUARES + r"Let $\operatorname{rank} A = n - 1$. Then $\det A = 0$.",
        r"Let $u \in \mathbb{R}^n$ be nonzero. Then $2u = u + u$.",
        r"Let $u \in \mathbb{R}^n$, $u \succ 0$. Then $\sum_i |u_i| = \sum_i u_i$.",
        r"Let $n = m$ and $A \in \mathbb{R}^{m \times n}$. Then $\operatorname{tr} A = \operatorname{tr} A^\top$.",
        r"Let $A \in \mathbb{R}^{m \times n}$ and $x \in \mathbb{R}^n$. Let $m = 1$. Then $A x = x^\top A^\top$.",
        *(
            SQUARES + said + " Then $A B = I$."
            for said in (
                "Let the inverse of $A$ be $B$.", "Denote the inverse of $A$ by $B$.", "The inverse of $A$ is $B$.",
                "Denote by $B$ the inverse of $A$.", "Write $B$ for the inverse of $A$.",
                "We call $B$ the inverse of $A$.",
            )
        ),
        SQUARES + "The matrices $A$ and $B$ commute. Then $A B = B A$.",
        SQUARES + r"The entries of $u$ add up to $1$. Then $\sum_i u_i = 1$.",
        SQUARES + "Assume $A_{ij} = 0$ for all $i, j$. Then $A u = A v$.",
        SQUARES + r"Assume $A \sim B$. Then $\operatorname{tr} A = \operatorname{tr} B$.",
        SQUARES + r"Assume $\exists c : u = c v$. Then $(u^\top v)^2 = \|u\|^2 \|v\|^2$.",
    ],
)  # fmt: skip
def test_no_true_line_of_an_attack_is_refuted(document: str) -> None:
    assert all(j.verdict != "refuted" for j in check_text(document + "\n").judged)


@pytest.mark.parametrize(
    "document",
    [
        r"Let $x \in \mathbb{R}^n$. Then $\sum_{j=1}^n \delta_{ij} x_j = x_j$.",
        r"Let $A \in \mathbb{R}^{n \times n}$. Then $\sum_{j=1}^n A_{ij} \delta_{jk} = A_{ij}$.",
        r"Let $A \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $B \in \mathbb{R}^{p \times n}$."
        "\n\nAssume $A$ is symmetric (so $m = n$). Then $A = A^\\top$.",
    ],
)
def test_what_crashed_is_judged(document: str) -> None:
    assert check_text(document + "\n").judged
