"""The guide says what is so: every command of it is run, and prints what the page says; every snippet runs."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))
TRAINS = "celeba.md"  # its figures depend on the machine


def load(path: Path, name: str) -> object:
    """A module that stands beside the tests (under importlib mode they can't import their neighbours)."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


guide = load(Path(__file__).with_name("guide.py"), "hw3_test_guide")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def celeba(folder: Path) -> None:
    """40 flat pictures in CelebA's layout."""
    layouts = load(ROOT / "tests" / "vae" / "data" / "layouts.py", "hw3_test_layouts_of_guide")
    layouts.pictures(folder / "celeba" / "img_align_celeba")
    (folder / "celeba" / "list_attr_celeba.txt").write_text(layouts.attr_txt())
    (folder / "celeba" / "list_eval_partition.txt").write_text(layouts.partition())


SHOWN = [pytest.param(page, marks=[pytest.mark.slow] if page.name == TRAINS else [], id=page.name) for page in PAGES]


@pytest.mark.parametrize("page", SHOWN)
def test_the_page_is_so(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HW3_CACHE", str(tmp_path / "cache"))
    if page.name == TRAINS:
        celeba(tmp_path)
    runner, ran = guide.Runner(tmp_path), 0
    for step in guide.steps(page.read_text(encoding="utf-8")):
        if step.kind == "file":
            (tmp_path / step.title).write_text(step.body, encoding="utf-8")
        elif step.kind == "python":
            assert runner.python(step, page.name) == ""
            ran += 1
        else:
            for typed, printed in guide.commands(step.body):
                numbers = page.name != TRAINS
                said = guide.same_everywhere(runner.output(typed), numbers)
                said = [line.replace(str(tmp_path), "~") for line in said]
                assert said == guide.same_everywhere(printed, numbers), f"{page.name}: $ {typed}"
                ran += 1
    assert ran > 0, "a page of the guide shows how it is done"


def test_the_guide_is_whole() -> None:
    names = {"celeba.md", "derive.md", "in-print.md", "index.md", "python.md", "undecided.md"}
    assert {page.name for page in PAGES} == names
    first = (GUIDE / "index.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.name == "index.md" or f"({page.name})" in first


def test_blocks_are_told_apart() -> None:
    page = '```markdown title="a.md"\nLet $x$.\n```\n\n```console\n$ hw3 check a.md\n```\n'
    kinds = [step.kind for step in guide.steps(page)]
    assert kinds == ["file", "console"]
    assert list(guide.commands("$ hw3 check a.md\nout\nput\n$ echo $?\n0\n")) == [
        ("hw3 check a.md", "out\nput\n"),
        ("echo $?", "0\n"),
    ]
    assert list(guide.commands("$ hw3 derive x \\\n>     --wrt x\nout\n")) == [("hw3 derive x      --wrt x", "out\n")]
    with pytest.raises(AssertionError, match="what is a block"):
        list(guide.steps("```bash\nls\n```\n"))


CONVENTION = re.compile(r"^\| (?P<written>.*?) \| (?P<means>.*?) \| (?P<line>\$.*\$) \|$", re.MULTILINE)
LETS = r"""Let $x, y \in \mathbb{R}^n$, $A, B \in \mathbb{R}^{m \times n}$, $S \in \mathbb{R}^{n \times n}$,
$f : \mathbb{R} \to \mathbb{R}$ and $t \in \mathbb{R}$. Let $S$ be invertible.

"""


def test_the_conventions_are_so() -> None:
    """Each row of the table has a line that holds by the convention it states."""
    import hw3

    rows = CONVENTION.findall((GUIDE / "index.md").read_text(encoding="utf-8"))
    assert len(rows) >= 12
    for written, _, line in rows:
        found = hw3.check(LETS + f"Then {line}.")
        assert found.holds, f"{written}: {found}"


DECLARED = (
    (r"$x \in \mathbb{R}_{>0}^n$", r"$\nabla_x \mathbf{1}^\top \log(x) = 1/x$"),
    (r"$\sigma > 0$", r"$\frac{d}{d\sigma} \log \sigma = 1/\sigma$"),
    (r"$n \in \mathbb{N}$ and $x \in \mathbb{R}^n$", r"$\mathbf{1}^\top (x + \mathbf{1}) = \mathbf{1}^\top x + n$"),
    (
        r"$x_1, \dots, x_N \in \mathbb{R}^d$ and $w \in \mathbb{R}^d$",
        r"$\nabla_w \sum_{i=1}^N w^\top x_i = \sum_i x_i$",
    ),
    (r"$S \in \mathbb{R}^{n \times n}$, $S = S^\top$, $x \in \mathbb{R}^n$", r"$\nabla_x x^\top S x = 2 S x$"),
    (r"$\Sigma \in \mathbb{R}^{k \times k}$, $\Sigma \succ 0$", r"$\Sigma^{-1} \Sigma = I$"),
    (r"$\Sigma \in \mathbb{S}_{++}^k$", r"$\Sigma^{-1} \Sigma^\top = I$"),
    (r"$D \in \mathbb{R}^{k \times k}$, $\det D \ne 0$", r"$D^{-1} D = I$"),
    (r"$D \in \mathbb{R}^{k \times k}$. Let $D$ be invertible", r"$D^{-1} D = I$"),
    (r"$Q \in \mathbb{R}^{k \times k}$, $Q^\top Q = I$, $x \in \mathbb{R}^k$", r"$\|Q x\|^2 = \|x\|^2$"),
    (r"$p \in \mathbb{R}^K$, $\sum_k p_k = 1$", r"$\mathbf{1}^\top p = 1$"),
    (r"$p \in (0, 1)$", r"$\log \frac{p}{1-p} = \log p - \log(1 - p)$"),
    (r"$y \in \{-1, 1\}$", r"$y^2 = 1$"),
    (
        r"$\mu \in \mathbb{R}^k$, $\Sigma \in \mathbb{S}_{++}^k$, $X \sim \mathcal{N}(\mu, \Sigma)$",
        r"$\mathbb{E}[X] = \mu$",
    ),
    (
        r"$X$ be an $n \times p$ matrix, and let $b \in \mathbb{R}^p$",
        r"$\nabla_b \mathbf{1}^\top X b = X^\top \mathbf{1}$",
    ),
    (r"$b \in \mathbb{R}^p$, where $M$ is an $p \times p$ matrix", r"$\nabla_b b^\top M b = M b + M^\top b$"),
    (
        r"$\Sigma \in \mathbb{R}^{k \times k}$, $x \in \mathbb{R}^k$, where $\Sigma$ is symmetric",
        r"$\nabla_x x^\top \Sigma x = 2 \Sigma x$",
    ),
    (
        r"$K \in \mathbb{N}$, $i \in \{1, \dots, K\}$, $x \in \mathbb{R}^K$",
        r"$\frac{\partial}{\partial x_i} \|x\|^2 = 2 x_i$",
    ),
    (
        r"$a : \mathbb{R} \to \mathbb{R}$, $x \in \mathbb{R}^n$",
        r"$\frac{\partial a(x)}{\partial x} = \operatorname{diag}(a'(x))$",
    ),
)


@pytest.mark.parametrize(("let", "claim"), DECLARED)
def test_the_forms_declare(let: str, claim: str) -> None:
    """Each form of the table says what the name is: a line that needs it holds."""
    import hw3

    found = hw3.check(f"Let {let}.\n\nThen {claim}.")
    assert found.holds, str(found)
    assert not any("not declared" in c for claimed in found.claims for c in claimed.conditions)
