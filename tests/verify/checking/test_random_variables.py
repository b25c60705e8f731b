"""Random variables of which no law is known: what holds for every law, and what needs independence or more."""

from __future__ import annotations

import pytest

from hw3.verify.checking import check as checking
from hw3.verify.checking.check import check_text
from hw3.verify.checking.links import judge_link

HOLDS = ("proved", "confirmed")
TWO = "Let $X$ and $Y$ be random variables and $a, b \\in \\mathbb{R}$. "
APART = "Let $X, Y$ be independent random variables. "
VECTORS = r"Let $X, Y$ be random vectors in $\mathbb{R}^n$, and $A, B \in \mathbb{R}^{m \times n}$. "
SAMPLE = r"Let $X_1, \dots, X_n$ be i.i.d. random variables with $E[X_i] = \mu$ and $\mathrm{Var}(X_i) = \sigma^2$. "
MEAN = r"Define $\bar X = \frac{1}{n} \sum_{i=1}^n X_i$. "


@pytest.fixture(autouse=True)
def _without_suggestions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "judge_link", lambda link, settings, **_: judge_link(link, settings, suggest=False))


def verdict(before: str, claim: str) -> str:
    return check_text(f"{before}Then ${claim}$.\n").judged[-1].verdict


EACH = (
    r"Let $X_1, \dots, X_n$ be independent random variables, $a \in \mathbb{R}^n$ and $s \in \mathbb{R}_{>0}^n$ with "
    r"$\mathrm{Var}(X_i) = s_i$ and $E[X_i] = a_i$. "
)

TRUE = [
    (EACH, r"\mathrm{Var}\left(\sum_{i=1}^n X_i\right) = \sum_{i=1}^n s_i"),
    (EACH, r"E[X_1] = a_1"),
    (EACH, r"E\left[\left(\sum_{i=1}^n X_i\right)^2\right] = \sum_{i=1}^n s_i + \left(\sum_{i=1}^n a_i\right)^2"),
    (
        r"Let $X_1, \dots, X_n$ be independent random variables with $\mathrm{Var}(X_i) = \sigma_i^2$. ",
        r"\mathrm{Var}\left(\sum_{i=1}^n X_i\right) = \sum_{i=1}^n \sigma_i^2",
    ),
    (TWO, r"\mathrm{Var}(aX + bY) = a^2 \mathrm{Var}(X) + b^2 \mathrm{Var}(Y) + 2ab \, \mathrm{Cov}(X, Y)"),
    (TWO, r"E[aX + bY] = a E[X] + b E[Y]"),
    (TWO, r"\mathrm{Cov}(X, Y) = E[XY] - E[X] E[Y]"),
    (APART, r"E[XY] = E[X] E[Y]"),
    (APART, r"\mathrm{Cov}(X, Y) = 0"),
    (APART, r"\mathrm{Var}(XY) = E[X^2] E[Y^2] - E[X]^2 E[Y]^2"),
    ("Let $X$ and $Y$ be random variables. Let $X$ be independent of $Y$. ", r"E[XY] = E[X] E[Y]"),
    ("Let $X, Y$ be i.i.d. random variables. ", r"E[(X - Y)^2] = 2 \mathrm{Var}(X)"),
    (VECTORS, r"\mathrm{Cov}(AX, BY) = A \, \mathrm{Cov}(X, Y) B^T"),
    (VECTORS, r"\mathrm{Cov}(X + Y) = \mathrm{Cov}(X) + \mathrm{Cov}(X, Y) + \mathrm{Cov}(Y, X) + \mathrm{Cov}(Y)"),
    (
        r"Let $X$ be a random vector in $\mathbb{R}^n$ with $E[X] = \mu$ and $\mathrm{Cov}(X) = \Sigma$. "
        r"Let $A \in \mathbb{R}^{n \times n}$. ",
        r"E[X^T A X] = \operatorname{tr}(A \Sigma) + \mu^T A \mu",
    ),
    ("Let $X$ be a random variable with $E[X] = 0$. ", r"\mathrm{Var}(X) = E[X^2]"),
    (r"Let $X \text{ be a random vector in } \mathbb{R}^n$. ", r"\mathrm{Cov}(X) = E[XX^T] - E[X]E[X]^T"),
    (SAMPLE + MEAN, r"E[\bar X] = \mu"),
    (SAMPLE + MEAN, r"\mathrm{Var}(\bar X) = \frac{\sigma^2}{n}"),
    (SAMPLE + MEAN, r"E\left[\sum_{i=1}^n (X_i - \bar X)^2\right] = (n - 1) \sigma^2"),
    (
        r"Let $X_1, \dots, X_n$ be independent random variables with $\mathrm{Var}(X_i) = \sigma^2$. ",
        r"\mathrm{Var}\left(\sum_{i=1}^n X_i\right) = n \sigma^2",
    ),
]

FALSE = [
    (EACH, r"E[X_1] = a_2"),
    (EACH, r"\mathrm{Var}\left(\sum_{i=1}^n X_i\right) = n s_1"),
    (TWO, r"\mathrm{Var}(X + Y) = \mathrm{Var}(X) + \mathrm{Var}(Y)"),
    (TWO, r"E[XY] = E[X] E[Y]"),
    (TWO, r"\mathrm{Var}(aX) = a \mathrm{Var}(X)"),
    (APART, r"E[XY] = 0"),
    (APART, r"\mathrm{Var}(X - Y) = \mathrm{Var}(X) - \mathrm{Var}(Y)"),
    (APART, r"E[(X - Y)^2] = 2 \mathrm{Var}(X)"),
    (APART, r"\mathrm{Var}(XY) = \mathrm{Var}(X) \mathrm{Var}(Y)"),
    (VECTORS, r"\mathrm{Cov}(X, Y) = \mathrm{Cov}(Y, X)"),
    (VECTORS, r"\mathrm{Cov}(AX) = A \, \mathrm{Cov}(X) A"),
    ("Let $X$ be a random variable with $E[X] = 1$. ", r"\mathrm{Var}(X) = E[X^2]"),
    (SAMPLE + MEAN, r"\mathrm{Var}(\bar X) = \sigma^2"),
    (SAMPLE + MEAN, r"E\left[\sum_{i=1}^n (X_i - \bar X)^2\right] = n \sigma^2"),
]

NOT_REFUTED = [
    (r"Let $X \in \mathbb{R}_{>0}$ be a random variable. ", "E[|X|] = E[X]"),
    ("Let $X$ be a random variable with $X > 0$. ", "E[|X|] = E[X]"),
    (r"Let $X \in [0, 1]$ be a random variable. ", "E[|X|] = E[X]"),
    (r"Let $X \in [0, \infty)$ be a random variable. ", "E[|X|] = E[X]"),
    (r"Let $X$ be a random vector in $\mathbb{R}^n$ with $\|X\| = 1$. ", "E[X^T X] = 1"),
    ("Let $X > 0$ be a random variable with $E[X] = 1$. ", "E[|X|] = 1"),
    (r"Let $X_1, \dots, X_n > 0$ be i.i.d. random variables. ", r"E[|X_1|] = E[X_1]"),
]

NOT_SAID = [
    ("Let $X$ and $Y$ be random variables that are not independent. ", r"E[XY] = E[X] E[Y]"),
    ("Let $X$, $Y$ and $Z$ be pairwise independent random variables. ", r"E[XYZ] = E[X] E[Y] E[Z]"),
    (r"Let $X_1, \dots, X_n$ be random variables with $\mathrm{Var}(X_i) = 1$. ", r"\mathrm{Var}(\sum_i X_i) = n"),
    (SAMPLE + MEAN, r"E[(\bar X - \mu)^4] = \frac{3 \sigma^4}{n^2}"),
    (r"Let $X \sim \mathcal{N}(0, 1)$ and $Y$ be a random variable. ", r"E[XY] = 0"),
    (r"Let $X \sim \mathcal{N}(0, 1)$ and $Y \sim \mathcal{N}(0, 1)$. ", r"E[XY] = 0"),
]


@pytest.mark.parametrize(("before", "claim"), TRUE)
def test_what_holds_for_every_law_is_proved(before: str, claim: str) -> None:
    assert verdict(before, claim) in HOLDS


@pytest.mark.parametrize(("before", "claim"), FALSE)
def test_what_some_law_breaks_is_refuted(before: str, claim: str) -> None:
    assert verdict(before, claim) == "refuted"


@pytest.mark.parametrize(("before", "claim"), NOT_REFUTED)
def test_what_its_values_make_true_is_not_refuted(before: str, claim: str) -> None:
    assert verdict(before, claim) != "refuted"


@pytest.mark.parametrize(("before", "claim"), NOT_SAID)
def test_what_is_not_said_decides_nothing(before: str, claim: str) -> None:
    found = check_text(f"{before}Then ${claim}$.\n").judged
    assert found[-1].verdict in ("undecided", "refuted")
    assert not {j.verdict for j in found} & set(HOLDS)
