"""Chains that are interrupted: a row that continues what is not read states nothing of what stands further up."""

from __future__ import annotations

import pytest

from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.reading import Link, SetAside, read

LET = "Let $a, b \\in \\mathbb{R}$. Then\n\n$$ a + b = b + a $$\n\n"


@pytest.mark.parametrize(
    "between",
    [
        "$$\n\\begin{aligned}\n& \\exists\\, a \\ne b :\\; a^2 \\\\\n& = b^2\n\\end{aligned}\n$$",
        "$$\n\\begin{aligned}\n& a = 0 \\Longrightarrow a^2 = 0 \\\\\n& = b^2\n\\end{aligned}\n$$",
        "$$\n\\begin{aligned}\n& \\le \\left( a^2 ^ \\\\\n& = b^2\n\\end{aligned}\n$$",
        "## Another\n\nHere\n\n$$ = b^2 $$",
    ],
)
def test_what_is_not_read_is_not_skipped(between: str) -> None:
    entries = read(read_text(LET + between, kind="markdown")).entries
    assert len([e for e in entries if isinstance(e, Link)]) == 1
    assert any(isinstance(e, SetAside) and e.why == "it continues nothing" for e in entries)


def test_words_between_do_not_interrupt() -> None:
    text = LET + "and, since $a + b$ is a sum,\n\n$$ = a + b. $$"
    links = [e for e in read(read_text(text, kind="markdown")).entries if isinstance(e, Link)]
    assert [link.number for link in links] == [1, 2]
