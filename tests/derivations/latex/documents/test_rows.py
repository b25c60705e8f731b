"""Rows: what is one statement, what is two, and what of a display is not mathematics at all."""

import pytest

from hw3.derivations.latex.documents import read_text


def rows(latex: str) -> list[str]:
    document = read_text(latex)
    assert document.problems == ()
    return [" ".join(t.text for t in row.tokens) for formula in document.formulas() for row in formula.rows]


def labels(latex: str) -> list[str]:
    return [row.label for formula in read_text(latex).formulas() for row in formula.rows]


ALIGNED = ["align", "align*", "eqnarray", "flalign", "gather", "equation", "displaymath"]


@pytest.mark.parametrize("name", ALIGNED)
def test_every_display_environment_splits_at_its_row_breaks(name):
    assert rows(rf"\begin{{{name}}} a &= b, \\ c &= d \; . \end{{{name}}}") == ["a & = b", "c & = d"]


@pytest.mark.parametrize("inner", ["split", "aligned", "gathered"])
@pytest.mark.parametrize("outer", [("$$", "$$"), (r"\begin{equation}", r"\end{equation}"), (r"\[", r"\]")])
def test_an_inner_environment_that_is_all_splits_too(inner, outer):
    latex = rf"{outer[0]} \begin{{{inner}}} a &= b \\ &= c \end{{{inner}}} . {outer[1]}"
    assert rows(latex) == ["a & = b", "& = c"]


def test_alignat_takes_its_number():
    assert rows(r"\begin{alignat}{2} a &= b \\ c &= d \end{alignat}") == ["a & = b", "c & = d"]


def test_multline_is_one_row():
    assert rows(r"\begin{multline} a = b \\ + c \\ - d \end{multline}") == ["a = b + c - d"]


ONE_ROW = {
    r"a &= b \\ &\quad + c": "a & = b + c",
    r"a &= b \\ &- c": "a & = b - c",
    r"a = b + \\ c": "a = b + c",
    r"a = b + \\ + c": "a = b + c",
    r"a = \\ b": "a = b",
    r"a = f( b \\ c )": "a = f ( b c )",
    r"a = \left[ b \\ \right. \left. c \right]": r"a = [ b \right. \left. c ]",
    r"a &= b \\ &\phantom{{}=} c": "a & = b c",
    r"a &= b \\ & c d": "a & = b c d",
    r"a = b (c \\ d - k": "a = b ( c d - k",
    r"a &= b \\ &{} + c": "a & = b + c",
    r"a &= b && \text{(by 1)} \\ & + c": "a & = b + c & & (by 1)",
    r"a &= b \\ & + c && \text{(by 1)}": "a & = b + c & & (by 1)",
}


@pytest.mark.parametrize("written", ONE_ROW)
def test_a_row_that_goes_on(written):
    assert rows(rf"$$\begin{{aligned}} {written} \end{{aligned}}$$") == [ONE_ROW[written]]


TWO_ROWS = {
    r"a = b \\ c = d": ["a = b", "c = d"],
    r"a = b \\ -c = d": ["a = b", "- c = d"],
    r"a &= b \\ &= - c": ["a & = b", "& = - c"],
    r"a = \\ = b": ["a", "= b"],
    r"x \in [0, 1) \\ y \in (0, 1]": [r"x \in [ 0 , 1 )", r"y \in ( 0 , 1 ]"],
    r"a = b \\[2pt] [c] = d": ["a = b", "[ c ] = d"],
    r"a = b \\* c = d": ["a = b", "c = d"],
    r"a = b \newline c = d": ["a = b", "c = d"],
    r"a = b \\\\ c = d": ["a = b", "c = d"],
    r"&a = b \\ &-c = d": ["& a = b", "& - c = d"],
    r"a &= b, \\ & c": ["a & = b", "& c"],
}


@pytest.mark.parametrize("written", TWO_ROWS)
def test_rows_of_their_own(written):
    assert rows(f"$$ {written} $$") == TWO_ROWS[written]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a = b \quad c = d", "a = b , c = d"),
        (r"a = b, \quad c = d", "a = b , c = d"),
        (r"a = b \quad \text{and} \quad c = d", "a = b and c = d"),
        (r"a \sim b \quad \Rightarrow \quad c = d", r"a \sim b \Rightarrow c = d"),
        (r"a \quad = b", "a = b"),
        (r"a = b \quad c", "a = b c"),
        (r"\begin{aligned} a &= b & c &= d \end{aligned}", "a & = b , c & = d"),
        (r"\begin{eqnarray} a & = & b \end{eqnarray}", "a & = & b"),
    ],
)
def test_space_or_a_column_keeps_two_statements_apart(written, meant):
    assert rows(f"$$ {written} $$") == [meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a \overset{(a)}{=} b", "a = b"),
        (r"a \stackrel{\eqref{eq:x}}{\le} b", r"a \le b"),
        (r"a =^{(a)} b", "a = b"),
        (r"a \sim_{iid} b", r"a \overset{iid}{\sim} b"),
        (r"a \succ_K b", r"a \succ _ K b"),
        (r"V^\perp_k", r"V ^ \perp _ k"),
        (r"a \overset{\text{def}}{=} b", r"a \coloneqq b"),
        (r"a \overset{!}{=} b", r"a \overset{!}{=} b"),
        (r"a \overset{d}{=} b", r"a \overset{d}{=} b"),
        (r"\overset{\circ}{x}", r"\overset { \circ } { x }"),
        (r"\underbrace{a}_{b} c", "a c"),
        (r"\underbrace{a + b}_{c}^{d} + e", "a + b + e"),
        (r"2 \underbrace{a + b}_{c}", r"2 \underbrace { a + b } _ { c }"),
        (r"\boxed{a = b}", "a = b"),
        (r"2 \boxed{a + b}", "2 { a + b }"),
        (r"\textcolor{red}{a} \color{blue} b", "a b"),
        (r"\left| a \right| \left\| b \right\|", r"\lvert a \rvert \lVert b \rVert"),
        (r"\left< a, b \right>", r"\langle a , b \rangle"),
        (r"\left. a \right|_{x=0}", r"\left. a | _ { x = 0 }"),
        (r"\left( a \middle| b \right)", r"( a \middle| b )"),
        (r"\left.5\right)", r"\left. 5 )"),
        (r"a \hspace{1cm} b \phantom{c} d \, e \bigl( f \bigr)", "a b d e ( f )"),
        (r"a \mskip 3mu b", r"a \mskip 3 m u b"),
        (r"\begin{array}{c|c} a & b \end{array}", r"\begin{array} a & b \end{array}"),
        (r"\begin{cases} a \\ b \end{cases} .", r"\begin{cases} a \\ b \end{cases}"),
        (r"\sum_{\substack{a \\ b}} c", r"\sum _ { \substack { a \\ b } } c"),
        (r"x\_1 \mathrm{h\_out} \text{log\_p}", r"x _ 1 \mathrm { h \_ o u t } log_p"),
        (r"a \text{, }", "a"),
        (r"a \quad \blacksquare", "a"),
        ("a % b\n c", "a c"),
        ("a\u200b b", "a b"),
        (r"\alpha*\beta", r"\alpha * \beta"),
    ],
)
def test_what_is_meant(written, meant):
    assert rows(f"$$ {written} $$") == [meant]


def test_labels_number_rows_or_the_whole():
    assert labels(r"\begin{align} a &= b \label{x} \\ &= c \tag{S1} \label{y} \\ &= d \end{align}") == ["x", "S1", ""]
    assert labels(r"$$ \label{eq:x} \begin{split} a &= b \\ &= c \end{split} $$") == ["eq:x", "eq:x"]


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        (r"$$ \label{a} \begin{split} a \end{split} $$", "split"),
        (r"\begin{equation} \begin{aligned} a \end{aligned} \end{equation}", "equation"),
        (r"$$ \begin{cases} a \end{cases} $$", "cases"),
        (r"$$ \begin{bmatrix} a \end{bmatrix} = b $$", ""),
        (r"\begin{align*} a \end{align*}", "align"),
        ("$a$", ""),
    ],
)
def test_the_outermost_environment(latex, name):
    assert [f.environment for f in read_text(latex).formulas()] == [name]


def test_a_row_knows_its_source():
    source = "\\begin{align*}\n  a &= b \\nonumber \\\\\n  &\\quad + c \\label{x} \\; . \\\\[1ex] d &= e \\end{align*}"
    found = [row for f in read_text(source).formulas() for row in f.rows]
    assert [row.latex for row in found] == ["a &= b \\nonumber \\\\\n  &\\quad + c", "d &= e"]
    assert all(source[row.place : row.end] == row.latex for row in found)
