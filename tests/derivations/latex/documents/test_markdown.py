"""Markdown: what is mathematics, what is code, what divides a page."""

import pytest

from hw3.derivations.latex.documents import Block, Formula, Text, read_text


def formulas(text: str) -> list[str]:
    return [f.latex.strip() for f in read_text(text).formulas()]


def prose(text: str) -> list[str]:
    return [p.text for s in read_text(text).body.sentences() for p in s.pieces if isinstance(p, Text)]


def shape(block: Block) -> object:
    return [(c.kind, c.title, shape(c)) if isinstance(c, Block) else len(c.pieces) for c in block.children]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Let $x$ be", ["x"]),
        ("It costs $5 and $6 here", []),
        ("It costs $5, and $x$ holds", ["x"]),
        (r"It costs \$5, a \$ sign", []),
        ("Let $ x = 1 $ hold", ["x = 1"]),
        ("From $a$$b$", ["a", "b"]),
        (r"Let \(x\) and \[y\] hold", ["x", "y"]),
        (r"Let \\(x\\) and \\[y\\] hold", ["x", "y"]),
        ("Inline $$x$$ too", ["x"]),
        ("```math\nx = 1\n```", ["x = 1"]),
        ("```{math}\nx = 1\n```\nand $y$", ["x = 1", "y"]),
        ("```python\nx = '$a$'\n```\n$y$", ["y"]),
        ("~~~\n$a$\n~~~\n$y$", ["y"]),
        ("the code `$a$` and ``b ` $c$`` but $y$", ["y"]),
        ("GitHub's $`x_1`$ too", ["`x_1`"]),
        ("<!-- $a$ -->$y$", ["y"]),
        ("<pre>$a$</pre>$y$", ["y"]),
        ("\\begin{align}\na &= b\n\\end{align}", ["\\begin{align}\na &= b\n\\end{align}"]),
        (r"$$ a \text{ if $x$ holds} $$", [r"a \text{ if $x$ holds}"]),
        (r"$a \text{ if $x$ holds}$", [r"a \text{ if $x$ holds}"]),
        ("$a\n\nb$", []),
        ("$$\na\n\nb\n$$", ["a\n\nb"]),
        ("$$ $$ and $x$", ["x"]),
        ("[the mean of $X$](/a) and $y$", ["X", "y"]),
    ],
)
def test_what_is_a_formula(text, found):
    assert formulas(text) == found


def test_dollars_that_do_not_close_take_no_prose_with_them():
    document = read_text("Let $$ x = 1\n\nhere is a lot of prose, and then\n\n$$ y = 2 $$\n")
    assert [f.latex for f in document.formulas()] == [" y = 2 "]
    assert ["not closed" in p.message for p in document.problems] == [True]


def test_a_quoted_display_loses_its_quote_signs():
    [formula] = read_text("> So\n> $$\n> a > b\n> \\\\ c = d\n> $$\n").formulas()
    assert [" ".join(t.text for t in r.tokens) for r in formula.rows] == ["a > b", "c = d"]
    [formula] = read_text("$$\na\n> b\n$$").formulas()
    assert [t.text for t in formula.rows[0].tokens] == ["a", ">", "b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the [expectation](/D/mean) of **bold** and *it*", "the expectation of bold and it"),
        ("a [link][1], ![picture](x.png) <b>b</b> <https://x.org> word", "a link, b word"),
        (r"From \eqref{eq:x}, a \textbf{b}", "From, a b"),
        ("snake_case and _emphasis_ 2 * 3", "snake_case and emphasis 2 * 3"),
        ("a &amp; b {#sec:x} [^1] c", "a & b c"),
        ("a\nb   c", "a b c"),
    ],
)
def test_prose_loses_its_markup(text, found):
    assert prose(text) == [found]


def test_blocks():
    text = (
        "Intro.\n\n# One\n\nA.\n\n## Two $x$\n\n**Theorem (Stein):** B.\n\n**Proof:** C. D.\n\n*Lemma 2.*\nE.\n\n"
        "Proof. F. $\\square$\n\nG.\n\n# Three\n\nH\n=\n\nI.\n\n### Proof of it\n\nJ."
    )
    assert shape(read_text(text).body) == [
        1,
        ("section", "One", [1, ("section", "Two $x$", [
            ("theorem", "Theorem (Stein)", [1]), ("proof", "Proof", [1, 1]), ("theorem", "Lemma 2", [1]),
            ("proof", "Proof", [1]), 1])]),
        ("section", "Three", []),
        ("section", "H", [1, ("proof", "Proof of it", [1])]),
    ]  # fmt: skip


def test_lists_are_named_by_what_introduces_them():
    text = "Here it is, where\n\n- $x$ is a vector\n- $A$ is a matrix.\n\nThen C.\n\n1. D\n2. E\n"
    lists = [c for c in read_text(text).body.children if isinstance(c, Block)]
    assert [(c.kind, c.title, len(c.children)) for c in lists] == [
        ("list", "Here it is, where", 2),
        ("list", "", 2),
    ]


def test_a_sentence_holds_its_displays():
    text = "Then\n\n$$a = b$$\n\nwhere $c$ is d, i.e. e.\n\n$$f = g .$$\n\nSo it is\n$$h$$\nBut j"
    found = [["F" if isinstance(p, Formula) else p.text for p in s.pieces] for s in read_text(text).body.sentences()]
    assert found == [["Then", "F", "where", "F", "is d, i.e. e."], ["F"], ["So it is", "F"], ["But j"]]


@pytest.mark.parametrize("short", ["i.e.", "e.g.", "w.r.t.", "Eq.", "cf.", "i.i.d.", "resp."])
def test_abbreviations_end_no_sentence(short):
    assert len(list(read_text(f"We see {short} Gaussian things. Next.").body.sentences())) == 2


def test_front_matter_is_read_and_is_no_prose():
    document = read_text('---\ntitle: "A: b" # c\nhw3: {layout: numerator, seed: 3}\nx:\n  y: z\n---\nText\n')
    assert document.front == {"title": "A: b", "hw3.layout": "numerator", "hw3.seed": "3", "x.y": "z"}
    assert [p.text for s in document.body.sentences() for p in s.pieces] == ["Text"]
