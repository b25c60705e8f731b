"""What is opened and not closed is said, wherever it stands: no line vanishes."""

from __future__ import annotations

import pytest

from hw3.verify.checking.check import check_text

LET = r"Let $x \in \mathbb{R}^n$. Then "
OPEN = "is opened here and not closed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"$\sqrt{x^\top x = 7$.", OPEN),
        (r"$\nabla_x \frac{1}{2 x^\top x = x$ and all is well.", OPEN),
        (r"$x^\top (x + x = 3$.", OPEN),
        (r"$$\sqrt{x^\top x = 7$$", OPEN),
        (r"$$x^\top (x + x = 3$$", OPEN),
        (r"$\|x = 3$.", OPEN),
        (r"$\left( x = 3$.", OPEN),
        (r"$\|x\|^2 = 7", "the '$' here is not closed in its paragraph"),
        (r"$\nabla_x \|x\|^2 = 3x.", "the '$' here is not closed in its paragraph"),
    ],
)
def test_it_is_said(text: str, said: str) -> None:
    found = check_text(f"{LET}{text}\n")
    assert len(found.problems) == 1
    assert said in found.problems[0].message
    assert not found.judged


def test_the_next_line_is_read() -> None:
    found = check_text(rf"{LET}$\sqrt{{x^\top x = 7$ and $x^\top x = \|x\|^2$." + "\n")
    assert [j.verdict for j in found.judged] == ["proved"]
    assert len(found.problems) == 1


def test_a_price_is_no_formula() -> None:
    assert not check_text(f"{LET}$x^T x = \\|x\\|^2$. It costs $5 or so.\n").problems
