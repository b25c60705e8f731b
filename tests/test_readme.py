"""The README and the pages say what is so: transcript, examples, links, proofs, the length of the kernel."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    if path.name != "CHANGELOG.md"
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


WITNESS = re.compile(r" {14}(proof|exact|modular|float|autograd|50 digits|Monte Carlo): ")
NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?")


def same_everywhere(text: str) -> list[str]:
    """The lines, a witness's joined into one, without the figures that depend on the machine: seconds, and all
    numbers of the witnesses (the modular one draws its sizes and its prime anew at every run)."""
    lines: list[str] = []
    for line in re.sub(r"\(\d+\.\d s\)", "(SECONDS)", text).splitlines():
        if line.startswith(" " * 14) and lines and WITNESS.match(lines[-1]) and not WITNESS.match(line):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return [without_numbers(line) for line in lines]


def without_numbers(line: str) -> str:
    found = WITNESS.match(line)
    if found is None or found[1] == "proof":
        return line
    return found[0] + NUMBER.sub("N", line[found.end() :])


def printed(*arguments: str, code: int = 0) -> list[str]:
    """What a command prints at 80 columns."""
    dropped = {"FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    result = subprocess.run(
        [sys.executable, "-m", "hw3", *arguments],
        capture_output=True,
        cwd=ROOT,
        encoding="utf-8",
        env=environment | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"},
    )
    assert result.returncode == code, result.stderr
    return same_everywhere(result.stdout.rstrip("\n"))


TRANSCRIPTS = [(["check", "examples/tied-autoencoder-wrong.md"], 1), (["verify", "kl"], 0)]


def test_the_readme_has_these_transcripts() -> None:
    assert len(transcripts()) == len(TRANSCRIPTS)
    assert all(" ".join(["hw3", *typed]) in read("README.md") for typed, _ in TRANSCRIPTS)


def transcripts() -> list[str]:
    found: list[str] = re.findall(r"```text\n(.*?)\n```", read("README.md"), re.DOTALL)
    return found


@pytest.mark.parametrize("k", range(len(TRANSCRIPTS)), ids=[" ".join(typed) for typed, _ in TRANSCRIPTS])
def test_a_transcript_is_what_the_command_prints(k: int) -> None:
    typed, code = TRANSCRIPTS[k]
    told, transcript = printed(*typed, code=code), transcripts()[k]
    at, anywhere, lines = 0, False, same_everywhere(transcript)
    for k, line in enumerate(lines):
        if line == "...":  # what follows stands further on
            anywhere = True
            continue
        if anywhere and not line:
            continue
        if anywhere:
            assert line in told[at:], line
            at, anywhere = told.index(line, at), False
        assert told[at] == line, f"line {k + 1}"
        at += 1
    assert at == len(told), "the transcript ends where the output ends"


def test_the_proof_is_the_one_that_is_printed() -> None:
    """The README's proof, with the reasons of its lines, stands in docs/proofs, which is what `hw3 docs` writes."""
    (proof,) = re.findall(r"^\$\$\n[^$]*\n\$\$\n\n(?:\d\. [^\n]*\n)+", read("README.md"), re.MULTILINE)
    section = read("docs/proofs/kl.md").split("{#closed-form}")[1].split("\n## ")[0]
    assert proof in section
    assert proof.count("proved") == 6


def test_the_examples_in_python_run() -> None:
    examples = doctest.DocTestParser().get_doctest(read("README.md"), {}, "README.md", "README.md", 0)
    assert len(examples.examples) > 3
    assert doctest.DocTestRunner().run(examples).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^()\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"https?:|mailto:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_the_kernel_has_as_many_lines_as_its_page_says() -> None:
    page = read("docs/kernel.md")
    (names,) = re.findall(r"wc -l hw3/derivations/calculus/\{(.*?)\}\.py", page, re.DOTALL)
    (said,) = re.findall(r"about ([\d,]+) lines", page)
    lines = sum(read(f"hw3/derivations/calculus/{name}.py").count("\n") for name in re.findall(r"\w+", names))
    assert lines == pytest.approx(int(said.replace(",", "")), rel=0.1)


def without_witnesses(text: str) -> str:
    """A generated page without the lines of its witnesses, whose figures depend on the machine."""
    return re.sub(r"^- (modular|float|autograd|50 digits|exact|Monte Carlo): .*\n", "", text, flags=re.MULTILINE)


def test_the_proofs_are_those_that_the_command_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hw3", "docs", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONUTF8": "1"})
    for written in tmp_path.iterdir():
        kept = read(f"docs/proofs/{written.name}")
        assert without_witnesses(kept) == without_witnesses(written.read_text(encoding="utf-8")), (
            f"docs/proofs/{written.name} is not what `hw3 docs` writes: run it, and commit the folder"
        )
