"""The pages before a browser sees them: proofs laid out, links followed, failures said in one sentence."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.builder import graph, katex, npm, offline, pages, proofs, reference, trusted, verdicts
from docs.builder.failure import Failure

ROOT = Path(__file__).parents[2]
PROOFS = sorted((ROOT / "docs" / "proofs").glob("*.md"))
CHAIN = r"""## A claim {#claim}

**Proved.** 

$$
\begin{aligned}
& L = a b \quad (1) \\[2pt]
& \quad = b a \quad (2)
\end{aligned}
$$

1. the definition *(proved by expansion)*
2. scalars commute *(proved by inverse-left, square)*

"""  # noqa: W291 (hw3 docs writes the space)


@pytest.mark.parametrize("page", PROOFS, ids=lambda page: page.stem)
def test_every_reason_stands_in_the_row_of_its_line(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    laid_out = proofs.laid_out(text)
    reasons = re.findall(r"^\d+\. (.*?) \*\(", text, re.MULTILINE)
    assert len(reasons) > 20
    shown = re.findall(r'<div class="reason".*?<span class="number">\(\d+\)</span> (.*?) \*', laid_out, re.DOTALL)
    assert shown == reasons
    assert not re.search(r"^\d+\. ", laid_out, re.MULTILINE), "a list of reasons was left"


@pytest.mark.parametrize("page", PROOFS, ids=lambda page: page.stem)
def test_what_is_copied_is_the_chain_as_hw3_printed_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    copied = re.findall(r'data-latex="([^"]*)"', proofs.laid_out(text))
    assert copied
    assert all(html.unescape(latex) in text for latex in copied)


def test_rules_link_to_where_they_are_stated() -> None:
    laid_out = proofs.laid_out(CHAIN)
    assert "[inverse-left](../trusted.md#inverse-left), [square](../trusted.md#square)" in laid_out
    assert "#expansion" not in laid_out
    assert "**Proved**{ .verdict .proved }" in laid_out


def test_a_list_that_does_not_fit_the_lines_is_left_as_it_is() -> None:
    page = CHAIN.replace("2. scalars commute *(proved by inverse-left, square)*\n", "")
    assert 'class="step"' not in proofs.laid_out(page)


def test_the_graph_shows_what_a_claim_rests_on_once() -> None:
    page = (
        "## In $z$, called $\\delta_z$ {#z}\n\n"
        "## In $h$, called $\\epsilon_h$ {#h}\n\n$\\delta_z$\n\n"
        "## In $W$ {#w}\n\n$\\epsilon_h + \\delta_z$\n\nRules used:\n\n- square: A square.\n\n"
    )
    assert graph.dependencies(page, "") == {"h": ("z",), "w": ("h", "square")}  # z by way of h
    drawn = graph.svg({"h": ("z",)}, lambda name: f"#{name}")
    assert drawn.count("<path") == 1
    assert 'href="#z"' in drawn


def test_names_that_lead_in_a_circle_end() -> None:
    page = "## $\\delta_a$ {#a}\n\n$\\delta_b$\n\n## $\\delta_b$ {#b}\n\n$\\delta_a$\n"
    found = graph.dependencies(page, "")
    assert sum(map(len, found.values())) == 1


def test_links_go_to_pages_files_and_headings(tmp_path: Path) -> None:
    pages.prepare(ROOT, tmp_path)
    contributing = (tmp_path / "contributing.md").read_text(encoding="utf-8")
    assert "(kernel.md)" in contributing
    assert "(index.md)" in (tmp_path / "index.md").read_text(encoding="utf-8")  # the README is the first page here
    assert (tmp_path / "proofs" / "kl.tex").is_file()


def test_a_dead_link_ends_the_build_with_its_page(tmp_path: Path) -> None:
    root = a_house(tmp_path)
    (root / "docs" / "index.md").write_text(
        "[gone](nowhere.md), [`here`](kernel.md), `[x](y.md)`, $[f](x)$\n\n```\n[z](z.md)\n```\n"
    )
    with pytest.raises(Failure, match=r"docs/index\.md to nowhere\.md$"):
        pages.prepare(root, tmp_path / "out")


def test_the_navigation_has_the_pages_that_are_there(tmp_path: Path) -> None:
    root = a_house(tmp_path)
    (root / "docs" / "guide").mkdir()
    (root / "docs" / "guide" / "first.md").write_text("# First\n")
    (root / "docs" / "guide" / "in-print.md").write_text("# In print\n")
    pages.prepare(root, tmp_path / "out")
    made = pages.configuration(root, tmp_path / "out")
    assert '{ "Guide" = "guide/first.md" }' in made
    assert made.count("guide/in-print.md") == 1
    assert "gallery.md" not in made


def test_a_changed_verdict_ends_the_build_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = a_house(tmp_path)
    before = "## A claim {#claim}\n\n**Proved.** \n"
    (root / "docs" / "proofs" / "kl.md").write_text(before)

    def hw3(_: Path, *arguments: str) -> str:
        new = tmp_path / "new"
        new.mkdir(exist_ok=True)
        (new / "kl.md").write_text(before.replace("Proved", "Undecided"))
        return '{"trusted": []}'

    monkeypatch.setattr(verdicts, "_hw3", hw3)
    with pytest.raises(Failure, match=r"kl claim: Proved, now Undecided"):
        verdicts.generate(root, tmp_path / "new")
    assert (root / "docs" / "proofs" / "kl.md").read_text() == before


def test_a_rule_that_fails_its_test_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = '{"trusted": [{"name": "square", "passed": false}]}'
    monkeypatch.setattr(verdicts, "_hw3", lambda *_: failing)
    with pytest.raises(Failure, match="square"):
        verdicts.generate(a_house(tmp_path), tmp_path / "new")


def test_without_node_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docs.builder", "--as-they-are", "--out", str(tmp_path / "site")]
    environment = {**os.environ, "PATH": str(tmp_path)}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("docs: node is missing")
    assert "apt-get install nodejs npm" in run.stderr
    assert run.stderr.count("\n") == 1


def test_latex_that_does_not_parse_ends_the_build_with_its_page(tmp_path: Path) -> None:
    modules = ROOT / "build" / "npm" / "node_modules"
    if any(npm._version(modules / name) != version for name, version in npm.PACKAGES.items()):
        pytest.skip("katex is not here: make docs fetches it")
    page = tmp_path / "page.html"
    page.write_text(r'<span class="arithmatex">\(x^2\)</span><div class="arithmatex">\[\frac{1}{\]</div>')
    with pytest.raises(Failure, match=r"page\.html: \\frac\{1\}\{"):
        katex.typeset(tmp_path, modules / "katex")
    page.write_text(r'<span class="arithmatex">\(a &lt; b\)</span>')
    assert katex.typeset(tmp_path, modules / "katex") == 1
    assert "arithmatex" not in page.read_text()


def test_the_base_is_stated_as_hw3_rules_says_it() -> None:
    lemma = {
        "kind": "lemma", "name": "inverse-product", "title": "Of a * b.", "latex": "(A B)^{-1}", "conditions": ["c"],
        "reference": "A [book]", "test": "proved by inverse-left; worst error 0", "statement": "", "passed": True,
    }  # fmt: skip
    axiom = {**lemma, "kind": "axiom", "name": "inverse-left", "test": "worst error 0"}
    page = trusted.page([lemma, axiom])
    assert "### inverse-product {#inverse-product}\n\nOf a \\* b. Given: c.\n\n$$\n(A B)^{-1}\n$$" in page
    assert "proved by [inverse-left](#inverse-left); worst error 0" in page
    assert "| [Axioms](#axioms) | 1 | 1 |" in page


def test_the_page_of_the_base_names_every_rule() -> None:
    from hw3.derivations.calculus.inequalities import BOUNDS
    from hw3.derivations.calculus.rules import RULES

    stated = re.findall(r"^### .* \{#(.*)\}$", (ROOT / "docs" / "trusted.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(stated) == sorted([*RULES, *BOUNDS]), "run make docs"


def test_the_first_page_states_what_was_proved_and_refuted() -> None:
    first = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    proved, refuted = re.findall(r"\$\$\n(.*?)\n\$\$", first, re.DOTALL)
    page = (ROOT / "docs" / "proofs" / "kl.md").read_text(encoding="utf-8")
    claims = dict(re.findall(r"^## .*?\{#(.*?)\}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    assert claims["closed-form"].startswith("\n**Proved.")
    assert f"\\boxed{{{proved}}}" in claims["closed-form"]
    assert claims["symmetric"].startswith("\n**Refuted")
    assert refuted in claims["symmetric"]


def test_the_reference_has_signatures_sections_and_examples(tmp_path: Path) -> None:
    package = tmp_path / "hw3"
    package.mkdir()
    (package / "__init__.py").write_text(
        '"""Errors."""\n\n\ndef f(self, a: "int", *, b: str = "x") -> "bool":\n    """It does.\n\n    >>> f(1)\n'
        '    True\n\n    Args:\n        a: this,\n            and that.\n    """\n\n\n'
        'def _hidden() -> None:\n    """No."""\n'
    )
    page = reference.page(tmp_path)
    assert "f(a: int, *, b: str = 'x') -> bool" in page
    assert "```pycon\n>>> f(1)\nTrue\n```" in page
    assert "- `a`: this, and that." in page
    assert "_hidden" not in page


def test_the_reference_has_every_name_that_it_lists() -> None:
    page = reference.page(ROOT)
    for module, names in reference.MODULES.items():
        assert f"\n## {module}\n" in page
        for name in names:
            assert f"{{#{module}.{name}}}" in page


def test_what_is_loaded_from_elsewhere_ends_the_build(tmp_path: Path) -> None:
    shim = tmp_path / "modules" / "iframe-worker" / "shim" / "index.js"
    shim.parent.mkdir(parents=True)
    shim.write_text("")
    site = tmp_path / "site"
    (site / "assets").mkdir(parents=True)
    (site / "search.json").write_text('{"items": [{"text": "<p>\\\\(\\\\Sigma\\\\)</p> \\\\[x\\\\]", "title": "t"}]}')
    (site / "page.html").write_text('<script src="https://unpkg.com/iframe-worker/shim"></script>')
    offline.mend(site, tmp_path / "modules")
    assert 'src="assets/iframe-worker.js"' in (site / "page.html").read_text()
    assert "<p>Sigma</p> " in (site / "search.js").read_text()
    (site / "page.html").write_text('<img alt="" src="https://example.org/x.png">')
    with pytest.raises(Failure, match=r"page\.html loads something from elsewhere"):
        offline.mend(site, tmp_path / "modules")


def a_house(folder: Path) -> Path:
    """The files that every build reads, and nothing else."""
    root = folder / "house"
    (root / "docs" / "proofs").mkdir(parents=True)
    (root / "benchmarks").mkdir()
    for name in (
        "docs/index.md",
        "docs/kernel.md",
        "docs/trusted.md",
        *(n for n in pages.OUTSIDE if n.endswith(".md")),
    ):
        (root / name).write_text(f"# {name}\n")
    return root
