"""TeX files: scopes, what is no text, and included files, which lie in the document's own folder."""

import json

import pytest

from hw3.derivations.latex.documents import Block, Text, read_document, read_text
from hw3.errors import UserError


def formulas(text: str) -> list[str]:
    return [f.latex for f in read_text(text, kind="tex").formulas()]


def prose(text: str) -> list[str]:
    return [p.text for s in read_text(text, kind="tex").body.sentences() for p in s.pieces if isinstance(p, Text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"\title{$a$}\begin{document}$b$\end{document}$c$", ["b"]),
        ("$a$ % $b$\n$c$ 5\\% $d$", ["a", "c", "d"]),
        (r"\verb|$a$| $b$ \begin{verbatim}$c$\end{verbatim}$d$", ["b", "d"]),
        (r"\begin{lstlisting}$a$\end{lstlisting}\[b\]", ["b"]),
        (r"a\footnote{See $b$.} $c$", ["c"]),
        ("$ a $ and $$ b $$ and \\( c \\)", [" a ", " b ", " c "]),
        (r"\begin{equation*} a \end{equation*}", [r"\begin{equation*} a \end{equation*}"]),
        (r"x \\[2pt] $b$", ["b"]),
    ],
)
def test_what_is_a_formula(text, found):
    assert formulas(text) == found


def test_prose_loses_its_commands():
    text = r"As \emph{we} said~in \cite{a}, ``the'' \textbf{mean} of Eq.~\eqref{b} is 5\% \ldots \textcolor{red}{so}."
    assert prose(text) == ["As we said in, the mean of Eq. is 5% so."]


def test_blocks():
    text = (
        r"\newtheorem{sz}{Lemma} \section{One\label{s:a}} A. \begin{theorem}[Stein] B. \end{theorem} "
        r"\begin{proof} C. \end{proof}"
        r"\subsection{Two} \begin{sz} D \end{sz} where \begin{itemize} \item E \item F \end{itemize} \section*{Three}"
    )

    def shape(block: Block) -> object:
        return [(c.kind, c.title, shape(c)) if isinstance(c, Block) else len(c.pieces) for c in block.children]

    assert shape(read_text(text, kind="tex").body) == [
        ("section", "One", [
            1, ("theorem", "Theorem (Stein)", [1]), ("proof", "Proof", [1]),
            ("section", "Two", [
                ("theorem", "Lemma", [1]), 1, ("list", "where", [("item", "", [1]), ("item", "", [1])]),
            ])]),
        ("section", "Three", []),
    ]  # fmt: skip


def test_intertext_is_text_between_two_formulas():
    [sentence] = read_text(r"\begin{align} a &= b \\ \intertext{where $x$ is odd} &= c \end{align}").body.sentences()
    said = [p.text if isinstance(p, Text) else " ".join(t.text for t in p.rows[0].tokens) for p in sentence.pieces]
    assert said == ["a & = b", "where", "x", "is odd", "& = c"]


def test_a_dollar_that_does_not_close_is_told():
    [problem] = read_text("a $x\n\nb", kind="tex").problems
    assert problem.place == 2
    assert "not closed in its paragraph" in problem.message


def test_included_files_stand_in_their_places(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.tex").write_text("$a$\n%\\input{no}\n x \\input{sub/part} $d$\n$e$")
    (tmp_path / "sub" / "part.tex").write_text("$b$\n  $c$ % end")
    document = read_document(tmp_path / "main.tex")
    assert document.problems == ()
    main = str(tmp_path / "main.tex")
    assert [(f.latex, *document.line_of(f.place)) for f in document.formulas()] == [
        ("a", main, 1, 2), ("b", "sub/part.tex", 1, 2), ("c", "sub/part.tex", 2, 4), ("d", main, 3, 22),
        ("e", main, 4, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../secret", "sub/../../secret", "~/x", "link", "linked/secret", "no", ""]
)
def test_nothing_outside_the_folder_is_included(tmp_path, name):
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.tex").write_text("$secret$")
    (inside / "link.tex").symlink_to(tmp_path / "secret.tex")
    (inside / "linked").symlink_to(tmp_path)
    (inside / "main.tex").write_text(f"$a$ \\input{{{name}}} $b$")
    document = read_document(inside / "main.tex")
    assert [f.latex for f in document.formulas()] == ["a", "b"]
    assert ["is not included" in p.message for p in document.problems] == [True]


def test_a_file_that_includes_itself_is_told(tmp_path):
    (tmp_path / "a.tex").write_text(r"$x$ \input{b}")
    (tmp_path / "b.tex").write_text(r"$y$ \input{a} \input{b}")
    document = read_document(tmp_path / "a.tex")
    assert [f.latex for f in document.formulas()] == ["x", "y"]
    assert ["includes itself" in p.message for p in document.problems] == [True, True]


def test_a_chain_of_files_has_a_limit(tmp_path):
    for k in range(30):
        (tmp_path / f"f{k}.tex").write_text(rf"${k}$ \input{{f{k + 1}}}")
    document = read_document(tmp_path / "f0.tex")
    assert len(list(document.formulas())) < 12
    assert ["deep" in p.message for p in document.problems] == [True]


def test_front_matter_in_comments():
    assert read_text("% ---\n% hw3:\n%   layout: numerator\n% ---\n$a$", kind="tex").front == {
        "hw3.layout": "numerator"
    }


def test_notebooks_markdown_cells(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["Let $a$ be\n", "b."]},
        {"cell_type": "code", "source": "'$no$'", "outputs": []},
        {"cell_type": "markdown", "source": "x\n\n $c$"},
    ]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    document = read_document(path)
    assert [(f.latex, *document.line_of(f.place)) for f in document.formulas()] == [
        ("a", f"{path}, cell 1", 1, 6),
        ("c", f"{path}, cell 3", 3, 3),
    ]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.ipynb", b"[" * 100_000, "not a notebook"),
        ("a.ipynb", b"{}", "no cells"),
        ("a.md", b"\xff\xfe$a$", "not UTF-8"),
        ("a.md", b"x" * 10_000_001, "at most 10,000,000"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)
    [problem] = read_document(tmp_path / name).problems
    assert why in problem.message


@pytest.mark.parametrize("name", ["no.md", "."])
def test_a_file_that_is_not_there_is_the_users_error(tmp_path, name):
    with pytest.raises(UserError):
        read_document(tmp_path / name)
