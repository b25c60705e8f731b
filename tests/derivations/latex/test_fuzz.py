"""Whatever is thrown at the reader, it says something: no crash, no hang, no unbounded memory.

Formulas from the grammar, and the same with slips, in documents with declarations and cues; each is read and every link
of it elaborated in all its readings. In the normal run 1,500 documents, with --run-slow 100,000.
"""

from __future__ import annotations

import time
from random import Random
from types import ModuleType

import pytest

from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.reading import Link, read
from hw3.derivations.latex.tokens import ReadingError
from hw3.verify.checking.elaborated import readings

DECLARED = (
    r"x, y \in \mathbb{R}^n", r"A \in \mathbb{R}^{n \times n}", r"a : \mathbb{R} \to \mathbb{R}", r"\sigma > 0",
    r"X \sim \mathcal{N}(\mu, \Sigma)", r"p \in \Delta^{K}", r"i = 1, \dots, n", r"u_1, \dots, u_N \in \mathbb{R}^d",
)  # fmt: skip
CUES = ("Let", "Define", "Then", "where", "Setting", "If", "We have", "", "Suppose that", "Hence", "with", "For")
NAMES = ("x", "y", "A", r"\sigma", "X", "p", "a", r"\mu", "u")


def document(generated: ModuleType, random: Random) -> str:
    parts = ["Let " + ", ".join(f"${d}$" for d in random.sample(DECLARED, 3)) + "."]
    for _ in range(random.randint(1, 3)):
        text = generated.latex(random, random.randint(1, 4))
        if random.random() < 0.5:
            text = generated.mangled(random, text) if random.random() < 0.5 else _slipped(text, random)
        if random.random() < 0.6:
            text = f"{random.choice(NAMES)} = {text}"
        parts.append(f"{random.choice(CUES)}\n\n$$\n{text}\n$$" if random.random() < 0.7 else f"Then ${text}$.")
    return "\n\n".join(parts) + "\n"


def _slipped(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    cut = min(len(text), at + random.randint(0, 3))
    return (
        text[:at]
        + random.choice(("", "{", "}", "_", "^", "=", "|", "\\", "(", "'", "&", r"\frac", r"\sum"))
        + text[cut:]
    )


def survive(text: str) -> float:
    """Reads a document and every link of it; gives the seconds that took."""
    start = time.perf_counter()
    found = read(read_text(text, kind="markdown"))
    for entry in found.entries:
        if isinstance(entry, Link) and not entry.undecided:
            try:
                readings(entry)
            except ReadingError:
                continue  # it says why
    return time.perf_counter() - start


def run(generated: ModuleType, count: int, seed: int) -> None:
    random = Random(seed)
    for k in range(count):
        text = document(generated, random)
        try:
            seconds = survive(text)
        except ReadingError:
            raise
        except Exception as error:
            raise AssertionError(f"document {k} of seed {seed} ends in {error!r}:\n{text}") from error
        assert seconds < 20, text


def test_documents_with_slips_are_read(generated: ModuleType) -> None:
    run(generated, 1_500, 0)


@pytest.mark.slow
def test_a_hundred_thousand_documents_are_read(generated: ModuleType) -> None:
    run(generated, 100_000, 1)


@pytest.mark.parametrize(
    "text",
    [
        "$$" + "{" * 5_000 + "$$",
        "$$" + "(" * 5_000 + "x" + ")" * 5_000 + " = 1$$",
        "$$" + r"\hat" * 3_000 + "x = x$$",
        "$$" + r"\frac{1}{" * 2_000 + "x" + "}" * 2_000 + " = 1$$",
        "$$" + "x^{" * 1_000 + "2" + "}" * 1_000 + " = 1$$",
        "$$" + " = ".join(["x"] * 3_000) + "$$",
        "$$" + r"\sqrt" * 2_000 + "{x} = 1$$",
        "$$" + r"\log " * 2_000 + "x = 1$$",
        "$$" + r"\sum_{i=1}^n " * 300 + "x = 1$$",
        "$$" + "-" * 5_000 + "x = x$$",
        "$$" + "|" * 2_001 + "x" + "|" * 2_000 + " = x$$",
        r"\newcommand{\a}{\b\b}\newcommand{\b}{\a\a} $$\a = 1$$",
        "$$x_{" + "9" * 6_000 + "} = " + "9" * 6_000 + "$$",
        r"Let $x \in \mathbb{R}^{n^{1.5}}$. Then $$x = x$$",
        r"$$\sqrt[0]{2} = 1$$",
        r"\input{/etc/passwd} $$x = 1$$",
    ],
)
def test_bombs_get_a_sentence(text: str) -> None:
    assert survive(text + "\n") < 20
