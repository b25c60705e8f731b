"""Whatever is written, a document comes of it: in linear time, in bounded memory, with places that are right."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.derivations.latex.documents import Document, Formula, Text, cue, read_text, words

BITS = [
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "{", "}", "\\begin{align}", "\\end{align}", "\\begin{aligned}",
    "\\end{aligned}", "\\begin{cases}", "\\end{cases}", "&", "\\\\", "=", "+", "x", "1", "^", "_", "\\label{a}",
    "\\tag{1}", "\\text{if}", "\\text{", "\\left(", "\\right)", "\\left|", "\\right.", "\\overset{a}{=}", "\\boxed{",
    "\\underbrace{", "\\phantom{", "\\newcommand{\\a}[1]{", "#1", "\\a", "\\def\\b{", "\\b", "\n", "\n\n", " ", ". ",
    "Then", "# ", "- ", "> ", "```", "`", "**Proof:** ", "\\section{", "\\begin{theorem}", "\\end{theorem}", "%",
    "\\verb|", "\\input{a}", "\\intertext{", "\\footnote{", "[a](b)", "<b>", "\\", "\0", "\1", "\u200b", "\\quad",
    "\\item", "---\n", "\\cr", "(", ")", "\\middle|", "\\color{red}", "\\right", "\\end{", "*", "−", "\\[2pt]",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(BITS), st.text(max_size=4)), max_size=40).map("".join)


def check(document: Document) -> None:
    size = len(document.source)
    for problem in document.problems:
        assert 0 <= problem.place <= size
        assert document.line_of(problem.place)[1] >= 1
    at = 0
    for sentence in document.body.sentences():
        assert sentence.pieces
        for k, piece in enumerate(sentence.pieces):
            assert at <= piece.place <= piece.end <= size  # in order, apart
            at = piece.end
            if isinstance(piece, Text):
                assert piece.text == piece.text.strip() != ""
                words(piece)
                continue
            assert isinstance(piece, Formula)
            assert piece.latex == document.source[piece.place : piece.end]
            assert cue(sentence, k) == "" or isinstance(sentence.pieces[k - 1], Text)
            for row in piece.rows:
                assert row.tokens
                assert piece.place <= row.place <= row.end <= piece.end
                assert row.latex == document.source[row.place : row.end]
                assert all(piece.place <= t.place <= t.end <= piece.end for t in row.tokens)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(texts, st.sampled_from(["markdown", "tex"]))
def test_any_text_is_a_document(text, kind):
    check(read_text(text, kind=kind))


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, derandomize=True)
@given(texts, st.sampled_from(["markdown", "tex"]))
def test_any_text_is_a_document_at_length(text, kind):
    check(read_text(text, kind=kind))


HARD = {
    "braces": "{" * 9_999_999,
    "braces in a formula": "$$" + "{" * 2_000_000 + "$$",
    "dollars": "$" * 500_000,
    "formulas": "$x$ " * 50_000,
    "environments": "\\begin{align}" * 40_000,
    "nested cases": "$$" + "\\begin{cases}" * 4000 + "$$",
    "nested aligned": "$$" + "\\begin{aligned}" * 1900 + "\\end{aligned}" * 1900 + "$$",
    "theorems": "\\begin{theorem}" * 40_000,
    "rows": "$$" + "+\\\\" * 15_000 + "$$",
    "open rows": "$$" + "(\\\\" * 15_000 + "$$",
    "boxes": "$$" + "\\boxed{" * 7000 + "}" * 7000 + "$$",
    "macros": "\\newcommand{\\a}{" * 40_000,
    "titles": "\\section{" * 60_000,
    "notes": "\\footnote{" * 60_000,
    "dots": "." * 1_000_000,
    "ticks": "` `` ``` " * 60_000,
    "links": "[a](" * 150_000,
    "quotes": "> $$\n> a\n> $$\n" * 10_000,
    "sentences": "a. " * 500_000,
}


@pytest.mark.parametrize("kind", ["markdown", "tex"])
@pytest.mark.parametrize("name", HARD)
def test_hard_texts_take_seconds(name, kind):
    start = time.process_time()
    document = read_text(HARD[name], kind=kind)
    assert time.process_time() - start < 30
    assert sum(len(s.pieces) for s in document.body.sentences()) <= 200_002
    assert len(document.problems) <= 201


def test_a_text_that_is_too_long_is_not_read():
    document = read_text("x" * 10_000_001)
    assert document.source == ""
    assert "at most 10,000,000" in document.problems[0].message
