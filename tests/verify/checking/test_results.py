"""`hw3.check` and `hw3.derive` of LaTeX: what Python gets, what notebooks show, and what is an error."""

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hw3
from hw3.errors import UserError
from hw3.verify.checking.results import Refuted

ROOT = Path(__file__).parents[3]
TEXT = r"""Let $x \in \mathbb{R}^n$ and $A \in \mathbb{R}^{n \times n}$.

$$
\begin{align}
\nabla_x x^\top A x &= (A + A^\top) x \tag{1} \\
\nabla_x x^\top A x &= 2 A x < 3 \tag{2}
\end{align}
$$

$$ p = A x $$ Then $\nabla_x \|B x\|^2 = B x$.
"""


def test_importing_is_light() -> None:
    program = (
        "import sys, time\nstart = time.perf_counter()\nimport hw3\nspent = time.perf_counter() - start\n"
        "heavy = {'torch', 'sympy', 'numpy', 'scipy', 'rich', 'lark'} & sys.modules.keys()\n"
        "assert not heavy, heavy\nassert spent < 0.1, spent\n"
        "assert {'check', 'derive', 'verify', 'testing'} <= set(dir(hw3))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_parts_are_there_when_they_are_asked_for() -> None:
    program = (
        "import hw3\nhw3.verify\nimport sys\nassert 'torch' not in sys.modules\n"
        "hw3.derivations\nassert 'torch' not in sys.modules\nassert callable(hw3.verify.kl)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        _ = hw3.chekc  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'klo'"):
        _ = hw3.verify.klo  # type: ignore[attr-defined]


def test_a_text() -> None:
    found = hw3.check(TEXT)
    by_label = {c.label: c for c in found.claims}
    assert by_label["1"].verdict == "proved"
    assert by_label["1"].holds
    assert (by_label["1"].line, by_label["1"].link) == (5, 1)
    wrong = next(c for c in found.refuted)
    assert wrong.label == "2"
    assert wrong.counterexample is not None
    assert found.undecided
    assert found.undecided[-1].line == 10
    assert [t.line for t in found.trusted] == [10]
    assert found.counts == {
        v: sum(c.verdict == v for c in found.claims) for v in ("proved", "confirmed", "refuted", "undecided")
    }
    assert not found.holds
    assert not found
    assert found.exit_code == 1
    assert any(d.startswith("B") for d in found.suggested())


def test_it_prints_what_the_command_prints(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text(TEXT, encoding="utf-8")
    found = hw3.check(str(file))
    from contextlib import redirect_stdout
    from io import StringIO

    from hw3.cli import main

    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "TERMINAL_WIDTH"):
            patch.delenv(name, raising=False)
        patch.setenv("COLUMNS", "80")
        patch.setenv("NO_COLOR", "1")
        assert main(["check", str(file), "--read-as", "--suggest"]) == found.exit_code
    seconds = re.compile(r"\(\d+\.\d s\)")
    assert (
        seconds.sub("", out.getvalue()).rstrip() == seconds.sub("", found.report(read_as=True, suggest=True)).rstrip()
    )
    assert str(found) == found.report()
    assert json.loads(json.dumps(found.json()))["path"] == str(file)


def test_what_holds_is_true() -> None:
    found = hw3.check(ROOT / "examples/least-squares.md")
    assert found
    assert found.exit_code == 0
    assert found.raise_for_refuted() is found
    assert repr(found).endswith(f"least-squares.md: {found.counts['proved']} proved>")


def test_nothing_claimed_does_not_hold() -> None:
    found = hw3.check(r"Let $x \in \mathbb{R}^n$.")
    assert not found.claims
    assert not found.holds
    assert repr(found) == "<text: no claims>"


def test_refuted_raises_the_report() -> None:
    found = hw3.check(r"Let $x \in \mathbb{R}^n$. Then $\nabla_x \|x\|^2 = x$.")
    with pytest.raises(Refuted, match="did you mean") as caught:
        found.raise_for_refuted()
    assert isinstance(caught.value, AssertionError)
    assert str(found.claims[0]).splitlines()[0] == "1:33 refuted: ∇ₓ ‖x‖² = x"
    assert str(found.claims[0]).splitlines()[-1] == "    did you mean ∇ₓ ‖x‖² = 2 x ?"


def test_kinds_preambles_and_seeds(tmp_path: Path) -> None:
    tex = "\\documentclass{article}\\begin{document}Let $x \\in \\mathbb{R}^n$. Then $x + x = 2x$.\\end{document}"
    assert hw3.check(tex).holds
    assert hw3.check(r"Let $x \in \mathbb{R}$. \[x + x = 2 x\] % not \[x = 1\]", kind="tex").holds
    preamble = tmp_path / "names.md"
    preamble.write_text(r"Let $x \in \mathbb{R}^n$.")
    wrong = r"We have $\nabla_x \|x\|^2 = x$."
    assert hw3.check(wrong).undecided
    assert hw3.check(wrong, preamble=preamble).refuted
    one, other = (hw3.check(wrong, preamble=preamble, seed=s).claims[0] for s in (1, 1))
    assert one.counterexample == other.counterexample


def test_errors() -> None:
    for source, said in [
        ("no formula here", "there is no formula in this text"),
        ("no-such-file.md", "there is no file no-such-file.md"),
        (Path("no-such-file"), "there is no file no-such-file"),
        (ROOT / "docs", "is a folder"),
    ]:
        with pytest.raises(UserError, match=said):
            hw3.check(source)


def test_notebooks_get_tables_and_formulas() -> None:
    found = hw3.check(TEXT)
    shown = found._repr_html_()
    assert shown.count("<tr>") == len(found.claims)
    assert html.escape(r"2 A x < 3") in shown
    assert "< 3" not in shown  # a formula is no markup
    assert "<script" not in shown
    for word, number in found.counts.items():
        assert len(re.findall(rf">{word}</b>", shown)) == number
    assert found.claims[0]._repr_html_().count("<tr>") == 1
    assert found.claims[0]._repr_latex_().endswith(r"\text{(proved)}$")
    assert "taken on trust" in shown


def test_derive_reads_latex() -> None:
    let = [
        r"x \in \mathbb{R}^n",
        r"W \in \mathbb{R}^{m \times n}",
        r"b \in \mathbb{R}^m",
        r"a : \mathbb{R} \to \mathbb{R}",
    ]
    found = hw3.derive(r"\|x - W^\top a(Wx+b)\|^2", wrt="W", let=let)
    assert found.check().proved
    assert found._repr_latex_().startswith("$$")
    assert str(hw3.derive(r"\|x\|^2", "x", let=r"x \in \mathbb{R}^n").result) == "2 x"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"expression": r"x^\top A x", "wrt": "x", "let": r"x \in \mathbb{R}^n"}, r"add let=\[r\"A \\in"),
        ({"expression": "x", "wrt": "x", "let": "nonsense ="}, "^let 'nonsense ='"),
        ({"expression": "(x", "wrt": "x"}, "in '\\(x' at column"),
        ({"expression": "x", "wrt": ["x"]}, 'such as wrt="x"'),
        ({"expression": "x", "wrt": "x", "order": 2}, "second derivatives are for expressions"),
    ],
)
def test_derive_says_what_is_missing(call: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        hw3.derive(**call)  # type: ignore[arg-type]
    assert "--" not in str(caught.value)


def test_names_are_for_latex() -> None:
    from hw3.derivations.operations import vector

    x = vector("x", "n")
    with pytest.raises(UserError, match="are for LaTeX"):
        hw3.derive(x.T @ x, wrt="x")
    with pytest.raises(UserError, match="are for LaTeX"):
        hw3.derive(x.T @ x, wrt=x, let=[r"x \in \mathbb{R}^n"])
