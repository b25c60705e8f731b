"""Pages: what they contain, and that LaTeX sets them, on lines that fit."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw3.derivations.calculus.rules import RULES
from hw3.errors import UserError
from hw3.verify import kl
from hw3.verify.reports import pages
from hw3.verify.reports.displays import WIDTH, width_of, wrapped
from hw3.verify.reports.text import tex
from hw3.verify.verdicts import Report, statement


@pytest.fixture(scope="module")
def written(report: Report, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The three pages by name."""
    folder = tmp_path_factory.mktemp("pages") / "proofs"
    paths = pages.write_pages(report, kl.TITLE, folder)
    assert [p.name for p in paths] == ["kl.tex", "kl-document.tex", "kl.md"]
    return {p.name: p.read_text(encoding="utf-8") for p in paths}


def test_the_document_is_the_fragment_between_a_preamble_and_an_end(written: dict[str, str]) -> None:
    assert written["kl.tex"] in written["kl-document.tex"]
    assert written["kl-document.tex"].startswith(r"\documentclass")
    assert written["kl-document.tex"].endswith("\\end{document}\n")


def flat(text: str) -> str:
    """Without what breaking lines adds and changes."""
    text = re.sub(
        r"\\\\\[2pt\]|\\qquad \{\}|\\quad|&|\\(left|right|Bigl|Bigr)\b|\\(begin|end)\{align(ed|\*)\}", "", text
    )
    return re.sub(r"\s+", "", text)


def test_every_claim_is_there_with_its_reasons_its_result_and_its_rules(
    report: Report, written: dict[str, str]
) -> None:
    latex, md = written["kl.tex"], written["kl.md"]
    for verdict in report.verdicts:
        claim = verdict.claim
        assert tex(claim.title) in latex
        assert f"## {claim.title} {{#{claim.name}}}" in md
        for page in (latex, md):
            assert flat(statement(claim, latex=True)) in flat(page)
        told = verdict.verdict != "refuted" and verdict.proof.links
        if told:
            boxed = "boxed{" + flat(statement(claim, latex=True)) + "}"
            assert boxed in flat(latex)
            assert boxed in flat(md)
            for link in verdict.proof.links:
                assert tex(link.reason) in latex
                assert link.reason in md
        for name in verdict.proof.rules:
            assert f"{name}: {tex(RULES[name].title)}" in latex
            assert f"{name}: {RULES[name].title}" in md


def test_what_is_refuted_has_no_proof_and_no_box(report: Report) -> None:
    (refuted,) = (v for v in report.verdicts if v.verdict == "refuted")
    alone = Report("kl", (refuted,))
    for page in (pages.fragment(alone, "T"), pages.markdown(alone, "T")):
        assert "proof}" not in page
        assert "boxed" not in page
        assert "efuted (as it should be)" in page
        assert "log(2)" in page


def test_braces_and_environments_are_balanced(written: dict[str, str]) -> None:
    for page in written.values():
        depth = 0
        for sign in re.findall(r"\\.|[{}]", page):
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0
        opened: list[str] = []
        for what, name in re.findall(r"\\(begin|end)\{([^}]*)\}", page):
            if what == "begin":
                opened.append(name)
            else:
                assert opened.pop() == name
        assert opened == []
        for display in re.findall(r"\$\$(.*?)\$\$|\\\[(.*?)\\\]", page, re.DOTALL):
            body = "".join(display)
            assert body.count(r"\left") == body.count(r"\right")
            assert body.count(r"\Bigl") == body.count(r"\Bigr")


def test_each_line_has_its_left_and_right_brackets(written: dict[str, str]) -> None:
    for line in written["kl.tex"].splitlines():
        if line.startswith("&"):
            assert line.count(r"\left") == line.count(r"\right"), line


def test_conditions_are_printed(report: Report) -> None:
    verdict = replace(report.verdicts[0], conditions=("A is invertible", "v > 0"))
    alone = Report("kl", (verdict,))
    assert "proved, given A is invertible; v > 0." in pages.fragment(alone, "T")
    assert "**Proved, given A is invertible; v > 0.**" in pages.markdown(alone, "T")


# --- breaking lines -----------------------------------------------------------------------------------


def test_a_short_formula_stays_on_its_line() -> None:
    assert wrapped("a + b", "& ") == ["& a + b"]


def test_lines_break_at_the_outermost_sign_that_fits() -> None:
    inner = " + ".join(f"x_{{{k}}}" for k in range(10))
    formula = rf"\left({inner}\right) - \left({inner}\right) + \left({inner}\right)"
    lines = wrapped(formula, "& ", 50)
    assert len(lines) == 3
    assert lines[1].startswith(r"& \qquad {}- \left(")


def test_brackets_that_are_broken_no_longer_stretch() -> None:
    inner = " + ".join(f"y_{{{k}}}" for k in range(30))
    lines = wrapped(rf"\frac{{1}}{{2}} \left({inner}\right)", "& ", 50)
    assert lines[0].startswith(r"& \frac{1}{2} \Bigl(y_{0} + ")
    assert lines[-1].endswith(r"y_{29}\Bigr)")
    assert all(width_of(line) < 58 for line in lines)


nested = st.recursive(
    st.sampled_from(["x", r"\mu_0", r"\Sigma_1^{-1}"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=6).map(" + ".join),
        inner.map(lambda t: rf"\left({t}\right)"),
        inner.map(lambda t: rf"\log \left|{t}\right|"),
        inner.map(lambda t: f"({t})"),
        inner.map(lambda t: rf"\frac{{{t}}}{{2}}"),
    ),
    max_leaves=40,
)


@given(formula=nested)
def test_nothing_is_lost_by_breaking(formula: str) -> None:
    lines = wrapped(formula, "", WIDTH // 2)
    assert flat("".join(lines)) == flat(formula)
    for line in lines:
        assert line.count("{") == line.count("}")
        assert line.count(r"\left") == line.count(r"\right")


# --- text ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        (r"with $a_1 & b$ and 5% of x_1", r"with $a_1 & b$ and 5\% of x\_1"),
        ("Σ₁⁻¹ ≥ 0", r"$\Sigma _{1}^{-1}$ $\ge $ 0"),
        ("½ ‖v‖²", r"$\frac{1}{2}$ $\Vert $v$\Vert ^{2}$"),
        ("{a} ~ \\b ^", r"\{a\} \textasciitilde{} \textbackslash{}b \textasciicircum{}"),
        ("é 漢", "é ?"),
    ],
)
def test_text_for_latex(text: str, set_as: str) -> None:
    assert tex(text) == set_as


# --- typesetting --------------------------------------------------------------------------------------


def test_without_latexmk_the_pdf_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    said = pages.typeset(tmp_path / "kl-document.tex")
    assert said.startswith("skipped the PDF of kl-document.tex: latexmk is not here (apt-get install ")


needs_latexmk = pytest.mark.skipif(shutil.which("latexmk") is None, reason="latexmk is not installed")


@needs_latexmk
def test_the_document_is_typeset_and_no_line_is_too_wide(written: dict[str, str], tmp_path: Path) -> None:
    document = tmp_path / "kl-document.tex"
    document.write_text(written["kl-document.tex"], encoding="utf-8")
    run = subprocess.run(
        ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", document.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert document.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    log = document.with_suffix(".log").read_text(errors="replace")
    assert not re.findall(r"^!.*", log, re.MULTILINE)
    assert "Missing character" not in log
    too_wide = [float(pt) for pt in re.findall(r"Overfull \\hbox \(([0-9.]+)pt too wide\)", log)]
    assert max(too_wide, default=0) < 20


@needs_latexmk
def test_typeset_leaves_the_pdf_and_says_so(tmp_path: Path) -> None:
    document = tmp_path / "d.tex"
    document.write_text("\\documentclass{article}\\begin{document}x\\end{document}\n")
    assert pages.typeset(document) == f"wrote {tmp_path / 'd.pdf'}"
    assert (tmp_path / "d.pdf").exists()
    assert not (tmp_path / "d.aux").exists()
    document.write_text("\\documentclass{article}\\begin{document}\\undefined\\end{document}\n")
    with pytest.raises(UserError, match=r"latexmk cannot typeset .*d\.tex: ! Undefined control sequence"):
        pages.typeset(document)
