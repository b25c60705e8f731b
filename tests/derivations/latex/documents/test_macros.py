"""Macros: what they stand for, and that they can't stand for too much."""

import pytest

from hw3.derivations.latex.documents import read_text


def tokens(text: str) -> str:
    document = read_text(text)
    assert document.problems == ()
    return " | ".join(" ".join(t.text for t in r.tokens) for f in document.formulas() for r in f.rows)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"\newcommand{\R}{\mathbb{R}} $x \in \R^n$", r"x \in \mathbb { R } ^ n"),
        (r"\newcommand\R{\mathbb R} $\R$", r"\mathbb R"),
        (r"\def\R{\mathbb R} $\R$", r"\mathbb R"),
        (r"\def\pair#1#2{(#1,#2)} $\pair{a}b$", "( a , b )"),
        (r"\newcommand{\n}[2][2]{#2_{#1}} $\n{x} = \n[1]{y}$", "x _ { 2 } = y _ { 1 }"),
        (r"\newcommand{\p}[1]{#12} $\p{x}$", "x 2"),
        (r"\DeclareMathOperator{\tr}{tr} $\tr A$", r"\operatorname { t r } A"),
        (r"\DeclareMathOperator*{\am}{arg\,max} $\am A$", r"\operatorname* { a r g m a x } A"),
        (r"\DeclarePairedDelimiter{\norm}{\lVert}{\rVert} $\norm{x}$", r"\lVert x \rVert"),
        (r"\let\eps=\varepsilon $\eps$", r"\varepsilon"),
        (r"\newcommand{\a}{1} $\a$ \renewcommand{\a}{2} $\a$", "1 | 2"),
        (r"\newcommand{\a}{1} \providecommand{\a}{2} $\a$", "1"),
        (r"$\a$ \newcommand{\a}{1}", "1"),
        (r"$$ \newcommand{\a}{1} \a $$", "1"),
        (r"\newcommand{\a}{\b} \newcommand{\b}{c} $\a$", "c"),
        (r"\newcommand{\be}{\begin{align}} \newcommand{\ee}{\end{align}} \be a \\ = b \ee", "a | = b"),
        (r"\newcommand{\if}[1]{\text{if #1}} $\if{x}$", "if x"),
    ],
)
def test_expansion(text, found):
    assert tokens(text) == found


def test_what_a_macro_stands_for_stands_where_it_is_called():
    source = r"\newcommand{\sq}[1]{(#1)^2} $a + \sq{b}$"
    [row] = next(read_text(source).formulas()).rows
    call = source.index(r"\sq{b}")
    assert {(t.place, t.end) for t in row.tokens[2:] if t.text != "b"} == {(call, call + 6)}
    assert row.latex == r"a + \sq{b}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (r"\def\a{\a\a} $\a$", "deep"),
        ("".join(rf"\def\x{chr(97 + i)}{{\x{chr(98 + i)}\x{chr(98 + i)}}}" for i in range(20)) + r"$\xa$", "more than"),
        (r"\newcommand{\q}[1]{#1#1} $" + r"\q{" * 5000 + "}" * 5000 + "$", "more than"),
        (r"\newcommand{\q}[2]{#1#2} $\q{a}$", "fewer"),
        (r"\newcommand{\q}[1]{#2} $\q{a}$", "argument"),
        (r"\newcommand{\q}{\ifx a b \fi} $x$", "program"),
        (r"\def\q#1.{b} $x$", "delimited"),
        (r"\newcommand{\q}{ $x$", "not closed"),
    ],
)
def test_a_macro_that_is_not_read_costs_one_sentence(text, why):
    document = read_text(text)
    assert [why in p.message for p in document.problems] == [True]


def test_a_bomb_in_every_formula_is_one_budget():
    document = read_text(r"\def\a{" + "x" * 1000 + "}" + r"$\a$ " * 2000)
    assert sum(len(r.tokens) for f in document.formulas() for r in f.rows) <= 500_000
    assert len(document.problems) == 1
