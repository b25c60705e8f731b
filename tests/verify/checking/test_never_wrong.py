"""No false line is passed and no true line is refuted: the ways in which that could happen, each with small documents.

A document ends in a line of which the truth is known. Of a false line neither "proved" nor "confirmed" is ever said, of
a true one never "refuted"; where the right verdict is reached it is asked for.
"""

from __future__ import annotations

import signal
from typing import Any

import pytest

from hw3.verify.checking import check as checking
from hw3.verify.checking.check import check_text
from hw3.verify.checking.links import judge_link

HOLDS = ("proved", "confirmed")
REAL = r"Let $s, t \in \mathbb{R}$. "
VECTORS = r"Let $u, v, w \in \mathbb{R}^n$. "
SQUARE = r"Let $M \in \mathbb{R}^{n \times n}$ and $u \in \mathbb{R}^n$. "
SOFTMAX = r"Let $z \in \mathbb{R}^K$ and $p = \operatorname{softmax}(z)$. "
LEAST = r"Let $X \in \mathbb{R}^{n \times k}$, $y \in \mathbb{R}^n$, $b \in \mathbb{R}^k$ and $c > 0$. "


@pytest.fixture(autouse=True)
def _without_suggestions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging is what is tested here; what was meant is tested in test_meant."""
    monkeypatch.setattr(checking, "judge_link", lambda link, settings, **_: judge_link(link, settings, suggest=False))


def line(before: str, claim: str, behind: str = ".", *, asked: str = "", display: bool = False) -> Any:
    """A document that says `claim` behind `before`; `asked` is the verdict it gets."""
    sign = "\n$$\n" if display else "$"
    start = len(before) + len(sign)
    text = f"{before}{sign}{claim}{sign}{'' if display else behind}\n"
    return pytest.param(text, start, start + len(claim), asked, id=claim[:60])


def verdicts(text: str, start: int, end: int) -> tuple[set[str], set[str]]:
    """The verdicts on what the document says from start to end, and those on what it says elsewhere."""
    inside: set[str] = set()
    outside: set[str] = set()
    for judged in check_text(text).judged:
        (inside if start <= judged.link.place <= end else outside).add(judged.verdict)
    return inside, outside


def is_never_passed(text: str, start: int, end: int, asked: str) -> None:
    said, _ = verdicts(text, start, end)
    assert not said & set(HOLDS), said
    assert not asked or said == {asked}


def is_never_refuted(text: str, start: int, end: int, asked: str) -> None:
    said, before = verdicts(text, start, end)
    assert "refuted" not in said | before
    if asked == "holds":
        assert said
        assert said <= set(HOLDS)
    elif asked:
        assert said == {asked}


# --- conditions: they hold where they are said, and not beyond -------------------------------------------

CONDITIONS_FALSE = [
    line(REAL + r"If $t > 0$, then $|t| = t$. Quite generally", r"\sqrt{t^2} = t", asked="refuted"),
    line(SQUARE + r"If $M$ is symmetric, then $M - M^T = 0$. Always", r"M^T = M", asked="refuted"),
    line(REAL, r"s - t = 0", ". From now on let $s = t$."),
    line(r"Let $t > 0$. Then $|t| = t$." + "\n\n" + r"Now let $t \in \mathbb{R}$ be arbitrary. Then", r"|t| = t"),
    line(REAL + r"Clearly $t \ge 0$. So", r"|t| = t"),
    line(SQUARE + r"Whether $M$ is symmetric or not,", r"M^T = M", asked="refuted"),
    line(r"Let $t$ be a real number that need not be positive. Then", r"|t| = t"),
    line(r"For a skew-symmetric matrix $M \in \mathbb{R}^{n \times n}$ we have", r"M - M^T = 0"),
    line(r"Let $M \in \mathbb{R}^{n \times n}$ be not necessarily symmetric. Then", r"M = M^T"),
    line(
        REAL + r"For all $t \in (0, \infty)$ we have $|t| = t$. Yet in general",
        r"|t| = t",
    ),
    line(
        REAL + r"For some $t > 0$ we find $|t| = t$. Then",
        r"|t| = t",
    ),
    line(
        REAL + "As an example, let $s = t$. Then $s - t = 0$.\n\nIn general we have",
        r"s - t = 0",
    ),
    line(
        SQUARE + "\n\n**Theorem.** Let $M$ be symmetric. Then $M - M^T = 0$.\n\nWithout that assumption,",
        r"M - M^T = 0",
    ),
]

CONDITIONS_TRUE = [
    line(REAL, r"|t| = t", " if $t > 0$.", asked="holds"),
    line(SQUARE + "If $M$ is symmetric, then", r"\nabla_u (u^T M u) = 2 M u", asked="holds"),
    line(REAL + "Then", r"|t| = t \quad \text{if } t > 0", display=True, asked="holds"),
    line(r"Let $P \in \mathbb{R}^{n \times n}$ with $PP = P$. Then", r"PPP = P"),
    line(r"Let $P, Q \in \mathbb{R}^{n \times n}$. If $PQ = QP$, then", r"(P - Q)^2 = P^2 - 2PQ + Q^2"),
    line(VECTORS + "Suppose $u^T v = 0$. Then", r"\|u - v\|^2 = \|u\|^2 + \|v\|^2"),
    line(r"Let $n = 1$ and $u \in \mathbb{R}^n$. Then", r"u^T u = u_1^2"),
    line(r"Let $t \in (-\infty, 0)$. Then", r"|t| = -t"),
    line(r"Let $P, Q \in \mathbb{R}^{n \times n}$. $P$ and $Q$ are symmetric. Then", r"(PQ)^T = QP", asked="holds"),
    line(r"Let $t$ be a positive constant. Then", r"|t| = t", asked="holds"),
    line(
        REAL + "Case 1: $t > 0$. Then $|t| = t$. Case 2: $t < 0$. Then",
        r"|t| = -t",
    ),
    line(REAL + "If $t > 0$, then $|t| = t$. Otherwise,", r"|t| = -t"),
    line(
        REAL + "For example, let $s = 2t$. Then $s - t = t$. If also $t > 0$, then",
        r"|s| = 2t",
        asked="holds",
    ),
    line(REAL, r"|t| = t", " unless $t < 0$."),
    line(REAL + "For positive $t$ it holds that", r"|t| = t"),
    line(SQUARE + "If $M$ is the identity, then", r"M u = u"),
]

# --- equations that are set, or given as reasons: what follows from them is not refuted -------------------

SET_TRUE = [
    line(REAL + "The root of $g(t) = t^2 - 2$ satisfies", r"t^2 = 2"),
    line(
        r"Let $P, Q \in \mathbb{R}^{n \times n}$. For commuting matrices,",
        r"(P + Q)^2 = P^2 + 2PQ + Q^2",
    ),
    line(LEAST + "The normal equations are", r"X^T X b = X^T y", display=True),
    line(LEAST + "We look for $b$ with", r"X b = y"),
    line(REAL + "We want to solve the equation", r"3 t = s"),
    line(REAL, r"t + 2 = s + 2", " if and only if $s = t$."),
    line(
        r"Let $M \in \mathbb{R}^{n \times n}$ and $u, b \in \mathbb{R}^n$. The system", r"M u = b", " has a solution."
    ),
    line(LEAST + "The normal equations are\n$$\nX^T X b = X^T y.\n$$\nHence", r"X^T (y - X b) = 0"),
    line(REAL + "Setting the derivative to zero gives $6t - s = 0$. Hence", r"6 t = s"),
    line(REAL + "On the unit circle we have $s^2 + t^2 = 1$. There", r"t^2 = 1 - s^2", display=True),
    line(SQUARE + "Under the hypothesis\n$$\nMM = M\n$$\nwe get", r"MMM = M", display=True),
    line(REAL + "We solve the system\n$$\ns + t = 5, \\qquad s - t = 1.\n$$\nIt follows that", r"2 s = 6"),
    line(REAL + "Suppose that $t + 1 = t$. Then", r"1 = 0", ", which is absurd."),
    line(REAL + "Since $s^2 + t^2 = 1$, it follows that", r"t^2 = 1 - s^2"),
    line(REAL + "From $s + t = 4$ it follows that", r"(s + t)^2 = 16"),
]

NEGATED_TRUE = [
    line(REAL + "To first order in $t$,", r"(s + t)^2 = s^2 + 2 s t"),
    line(
        r"Let $P, Q \in \mathbb{R}^{n \times n}$. Mind that",
        r"PQ \ne QP",
        " in general.",
    ),
    line(REAL + "If we had $t + 2 = t$, then", r"2 = 0"),
]

# --- definitions: what they say, under which condition, of what -------------------------------------------

DEFINED_FALSE = [
    line(
        REAL + "Let $s = 2t$. Then $s - t = t$. Now let $s$ be arbitrary. Then",
        r"s - t = t",
    ),
    line(r"Let $s, t \in \mathbb{R}$. Then $s^2 = t^2 + s$. Hence", r"s^2 - s = t^2 + 1"),
    line(r"Let $M \in \mathbb{R}^{n \times n}$. The inverse is $M^{-1} = M$. Hence", r"M^{-1} + M = 2 M"),
    line(r"Let $t \in \mathbb{R}$. The exponential is $e^t = 1 + t$. Hence", r"e^t - t = 1"),
    line(r"Let $t > 0$. We write $\log(t) = 3$. Hence", r"\log(2) = 3"),
    line(r"Let $s, t \in \mathbb{R}$. Define $f(t) = ts$ and $g(s) = f(s)$. Then", r"g(t) = t^2"),
    line(
        r"Define $f(t) = \begin{cases} 1 & t > 0 \\ 0 & \text{otherwise} \end{cases}$. Then",
        r"f(0) = 1",
    ),
    line(r"Let $t \in \mathbb{R}$. Define $f(t) = \lim_{k} t^k$. Then", r"f(2 + 3) = f(2) + f(3)"),
    line(REAL + "Define $f(t) = t$ if $t > 0$. Then", r"f(-2) = -2"),
    line(REAL + "For $t > 0$ define $f(t) = t$. Then", r"f(-2) = -2"),
    line(
        r"Let $A \in \mathbb{R}^{n \times n}$. Let $B_{ij} = A_{ij}$ for $i < j$ and $B_{ij} = 0$ otherwise. Then",
        r"B = A",
    ),
    line(
        REAL + "Define $f(t) = t$ for $t > 0$ and $f(t) = 1$ for $t < 0$. Then",
        r"f(-2) = -2",
    ),
    line(
        r"Let $M \in \mathbb{R}^{n \times n}$. Let $M_{ij} = 0$ for $i \ne j$. Then",
        r"\operatorname{tr}(M) = 0",
    ),
    line(
        r"Let $i \in \{1, \dots, n\}$. Define $y_i = 1$ if $i = 1$ and $y_i = 0$ otherwise. Then",
        r"\sum_{i=1}^n y_i = n",
    ),
    line(r"Let $M \in \mathbb{R}^{n \times n}$ be singular. Then", r"M M^{-1} = I", asked="undecided"),
    line(r"Let $M \in \mathbb{R}^{n \times n}$ be not invertible. Then", r"M M^{-1} = I", asked="undecided"),
    line(r"Let $M \in \mathbb{R}^{n \times n}$ with $\det M = 0$. Then", r"M M^{-1} = I", asked="undecided"),
]

DEFINED_TRUE = [
    line(REAL + "Define $f(t) = t^2$. Then $f(3) = 9$.\n\nNow let $f(t) = t^3$. Then", r"f(3) = 27", asked="holds"),
    line(REAL + "Define $f(t) = t^3$. Then", r"\frac{df}{dt}(2) = 12"),
    line(REAL + "Define $f(t) = t^2$ and $g(t) = t + 1$. Then", r"(f \circ g)(t) = (t + 1)^2"),
    line(REAL + "Define $f(t) = t^2$ and $g(t) = t + 1$. Then", r"(f + g)(t) = t^2 + t + 1"),
    line(r"Let $s \in \mathbb{R}$ and $q = s^2$. Then", r"E_{s \sim N(0, 1)}[q] = 1", asked="holds"),
    line(REAL + "Define $q = 2t$. If $t > 0$, then", r"|q| = 2t", asked="holds"),
    line(REAL + "Define $q = 2t$. For $t > 0$ we have", r"|q| = 2t", asked="holds"),
    line(REAL + "Define $f(s) = st$. If $t > 0$, then", r"|f(2)| = 2t", asked="holds"),
    line(SQUARE + "Define $q = u^T M u$. If $M$ is symmetric, then", r"\nabla_u q = 2 M u", asked="holds"),
    line(REAL + "Define $q = 2t$. Now let $t > 0$. Then", r"|q| = 2t"),
    line(REAL + r"Define $q = 2t$. Now let $t \in \mathbb{R}_{>0}$. Then", r"|q| = 2t"),
    line(REAL + "Define $s = t^2$. Redefine $s = t^3$. Then", r"s + 1 = t^3 + 1"),
    line(
        r"Let $W \in \mathbb{R}^{m \times n}$, $X \in \mathbb{R}^{n \times N}$, $b \in \mathbb{R}^m$. "
        r"Define $H = W X + b$. Then",
        r"H = H",
    ),
    line(
        r"Let $u \in \mathbb{R}^2$ and $u_1 = 5$, $u_2 = 12$. Then",
        r"\|u\| = 13",
    ),
    line(
        r"Let $u \in \mathbb{R}^n$, $v \in \mathbb{R}^m$. Define $g(u) = \sum_{i=1}^n u_i^2$. Then",
        r"g(v) = v^T v",
    ),
]

# --- names that nobody declared are no numbers ---------------------------------------------------------

UNDECLARED_FALSE = [
    line(REAL, r"f(s + t) = f(s) + f(t)", asked="undecided"),
    line(REAL, r"\arcsin(2 t) = 2 \arcsin(t)", asked="undecided"),
    line(REAL + "Let $f$ be a convex function. Then", r"f(st) = f(s) t"),
    line(r"Let $z \in \mathbb{C}$. Then", r"|z|^2 = z^2", asked="undecided"),
    line(r"Let $k \in \mathbb{Z}$. Then", r"|k| = k"),
    line(r"Let $r > 0$. Then", r"(2 + r)^T (2 + r)^T = (2 + r)^2", asked="undecided"),
]

# --- one way to read what can be read in two ------------------------------------------------------------

READ_TRUE = [
    line(VECTORS + "Then", r"\nabla_u (1/2 u^T u) = u"),
    line(VECTORS + "Then", r"\sum_{i=1}^n u_i + v_i = \sum_{i=1}^n (u_i + v_i)"),
    line(
        r"Let $M \in \mathbb{R}^{n \times n}$. Then", r"\sum_{i \ne j} M_{ij} = \sum_{i,j} M_{ij} - \operatorname{tr} M"
    ),
    line(VECTORS + "Then", r"\sum_{i=1}^n u_i = 1^T u"),
    line(r"Let $M \in \mathbb{R}^{n \times n}$ be invertible. Then", r"\sum_j M^{-1}_{ij} M_{jk} = \delta_{ik}"),
    line(r"Let $M \in \mathbb{R}^{m \times n}$, $u \in \mathbb{R}^m$. Then", r"(M^T u)_j = \sum_i M^T_{ji} u_i"),
    line(VECTORS + "For the iterates", r"u_{k+1} - u_k + v = v + u_{k+1} - u_k"),
    line(VECTORS + "Then", r"u^2 = u^T u"),
    line(SOFTMAX + "Then", r"\frac{\partial p_k}{\partial z_j} = -p_k p_j \quad \text{for } j \ne k", display=True),
    line(
        SOFTMAX + "Then",
        r"\frac{\partial p_k}{\partial z_j} = -p_k p_j",
        " for $j \\ne k$.",
    ),
    line(VECTORS + "Then", r"u \cdot v w = v \cdot u w"),
    line(
        VECTORS + "Then",
        r"u \odot v w^T = \operatorname{diag}(u) v w^T",
    ),
    line(r"Let $s, t > 0$. Then", r"\log s / t = \log s - \log t"),
    line(
        REAL + "Define $q = s t$ and $L = q + s$. Holding $q$ fixed,",
        r"\frac{\partial L}{\partial s} = 1",
    ),
    line(
        r"Let $u \in \mathbb{R}^n$, $W \in \mathbb{R}^{m \times n}$, $a : \mathbb{R} \to \mathbb{R}$. "
        r"Define $z = Wu$, $h = a(z)$, $L = \|h\|^2$. Then",
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial h} \frac{\partial h}{\partial z} "
        r"\frac{\partial z}{\partial W}",
    ),
    line(
        REAL + "Then",
        r"\begin{aligned} s^2 - t^2 &= (s - t)(s + t) & s t &= t s \\ & & &= t s \\ &= (s + t)(s - t) \end{aligned}",
        display=True,
        asked="holds",
    ),
    line(
        REAL + "Then",
        r"\begin{aligned} f &= (s - t)(s + t) & g &= s t \\ &= s^2 - t^2 & &= t s \end{aligned}",
        display=True,
    ),
]

READ_FALSE = [
    line(REAL, r"\max(s, t)^2 = \max(s, t)", asked="refuted"),
    line(REAL, r"\int_0^1 N(t; 0, 1) \, dt = 1", asked="undecided"),
    line(
        VECTORS + "Then",
        r"\sum_{i=2}^{n} \left(\left(\sum_{i=1}^n u_i\right) + i\right) = (n - 1) \sum_{i=1}^n u_i + \frac{n(n-1)}{2}",
        asked="refuted",
    ),
    line(SOFTMAX + "Then", r"\frac{\partial p_k}{\partial z_j} = -p_k p_j", asked="refuted"),
    line(SQUARE, r"(M \odot M)^{-1} = M^{-1} \odot M^{-1}", asked="refuted"),
    line(REAL, r"s + (t = t + s + 1"),
]

# --- numbers: digits, kinks, poles, jumps -----------------------------------------------------------------

NUMBERS_FALSE = [
    line("We have", r"e^{\pi\sqrt{163}} = 262537412640768744"),
    line("We have", r"1 + e^{-60} = 1"),
    line(REAL, r"t + 10^{-12} = t", asked="refuted"),
    line(REAL, r"\tanh(t + 90) = 1"),
    line(REAL, r"\sqrt{t^2 + 10^{-22}} = |t|"),
    line(REAL, r"|t - 200| = 200 - t", asked="refuted"),
    line(r"Let $u \in \mathbb{R}^n$. Then", r"\sum_{i=1}^n \max(i - 9, 0) = 0", asked="refuted"),
    line("We have", r"E_{t \sim N(0, 1)}[1/t] = 0"),
    line("We have", r"E_{t \sim N(0, 1)}[\cos(12 t)] = 0"),
    line(
        r"Let $\mu \in \mathbb{R}$. Then",
        r"\frac{\partial}{\partial \mu} E_{t \sim N(\mu, 1)}[\operatorname{sign}(t)] = 0",
    ),
    line(r"Let $t \ge 0$. Then", r"\operatorname{sign}(t) = 1"),
    line(REAL, r"\operatorname{sign}(t^2) = 1", asked="undecided"),
    line(REAL, r"\max(s, t) = s \mathbf{1}[s > t] + t \mathbf{1}[s < t]", asked="undecided"),
    line(REAL, r"\mathbf{1}[t > 0] = \mathbf{1}[t \ge 0]", asked="undecided"),
]

NUMBERS_TRUE = [
    line(r"Let $r > 0$. Then", r"r / 3 = 0.333 r"),
    line("We have", r"\ln 2 - 3/8 = 0.693 - 0.375"),
    line(REAL, r"\tanh(t + 20) = \frac{e^{2t + 40} - 1}{e^{2t + 40} + 1}", asked="holds"),
    line(REAL, r"\operatorname{ReLU}(t) = t \mathbf{1}[t \ge 0]", asked="holds"),
    line(REAL, r"\max(s, t) = s \mathbf{1}[s > t] + t \mathbf{1}[s \le t]", asked="holds"),
    line(REAL, r"\mathbf{1}[t \le 0] = 1 - \mathbf{1}[t > 0]", asked="holds"),
    line(REAL, r"\operatorname{ReLU}'(t) = \mathbf{1}[t \ge 0]", asked="holds"),
    line(r"Let $t \in [0, \infty)$. Then", r"t / t = 1 + \operatorname{sign}(t) - 1", asked="holds"),
    line(REAL, r"|\sin(t) + 1| = \sin(t) + 1"),
    line(r"Let $y_1, \dots, y_n \in \{-1, 1\}$. Then", r"\sum_{i=1}^n y_i^2 = n", asked="holds"),
    line(r"Let $a \in \mathbb{R}$. Then", r"\|a\|_2^2 = a^2", asked="holds"),
    line(
        r"Let $t \in \mathbb{R}$ and $L = t^3$. Then",
        r"\frac{\partial L}{\partial t^2} = \frac{3}{2} t",
    ),
]


@pytest.mark.parametrize(
    ("text", "start", "end", "asked"),
    [*CONDITIONS_FALSE, *DEFINED_FALSE, *UNDECLARED_FALSE, *READ_FALSE, *NUMBERS_FALSE],
)
def test_a_false_line_is_never_passed(text: str, start: int, end: int, asked: str) -> None:
    is_never_passed(text, start, end, asked)


@pytest.mark.parametrize(
    ("text", "start", "end", "asked"),
    [*CONDITIONS_TRUE, *SET_TRUE, *NEGATED_TRUE, *DEFINED_TRUE, *READ_TRUE, *NUMBERS_TRUE],
)
def test_a_true_line_is_never_refuted(text: str, start: int, end: int, asked: str) -> None:
    is_never_refuted(text, start, end, asked)


def test_names_that_double_again_and_again_are_judged_in_a_moment() -> None:
    def stop(*_: object) -> None:
        raise TimeoutError

    doubled = " ".join(f"Let $a_{{{k}}} = a_{{{k - 1}}} + a_{{{k - 1}}}$." for k in range(2, 26))
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(4)
    try:
        found = check_text(f"{REAL}Let $a_1 = t$. {doubled} Then $a_{{25}} = {2**24} t$ and $a_{{25}} = 2 t$.\n")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert found.judged[0].verdict in HOLDS
    assert found.judged[1].verdict not in HOLDS
