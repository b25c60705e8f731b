"""`hw3 check`: what it prints, for people and for programs, and what can't be opened."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hw3 import cli
from hw3.verify.checking import files

RIGHT = r"""Let $A \in \mathbb{R}^{n \times n}$ and $x \in \mathbb{R}^n$. Then

$$
\nabla_x x^\top A x = (A + A^\top) x
$$
"""
WRONG = RIGHT.replace("(A + A^\\top) x", "2 A x")
UNDECLARED = r"We have $\nabla_x \|A x - b\|^2 = A^\top (A x - b)$."


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)


def called(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["check", *arguments])
    captured = capfd.readouterr()
    return code, captured.out, captured.err


def write(**texts: str) -> list[str]:
    for name, text in texts.items():
        Path(f"{name}.md").write_text(text)
    return [f"{name}.md" for name in texts]


def test_help_has_an_example_and_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom hw3.cli import main\n"
        "for command in ('check', 'derive'):\n    assert main([command, '--help']) == 0\n"
        "heavy = {'torch', 'sympy', 'numpy', 'scipy', 'matplotlib', 'mpmath'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8")
    assert (result.returncode, result.stderr) == (0, "")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "Example: hw3 check" in result.stdout
    assert "Example: hw3 derive" in result.stdout


def test_json_has_every_file_in_order_under_its_path_as_typed(capfd: pytest.CaptureFixture[str]) -> None:
    write(right=RIGHT, wrong=WRONG)
    code, out, err = called(capfd, "--json", "./wrong.md", "right.md", "./right.md")
    told = json.loads(out)
    assert (code, err) == (1, "")
    assert list(told) == ["version", "files", "counts"]
    assert [f["path"] for f in told["files"]] == ["./wrong.md", "right.md", "./right.md"]
    assert [[c["verdict"] for c in f["claims"]] for f in told["files"]] == [["refuted"], ["proved"], ["proved"]]
    assert told["counts"] == {"proved": 2, "confirmed": 0, "refuted": 1, "undecided": 0}
    claim = told["files"][0]["claims"][0]
    assert (claim["line"], claim["column"], claim["link"]) == (4, 1, 1)
    assert claim["latex"] == r"\nabla_x x^\top A x = 2 A x"


@pytest.mark.parametrize(
    ("texts", "code"), [([RIGHT], 0), ([RIGHT, WRONG], 1), ([RIGHT, UNDECLARED], 3), ([UNDECLARED, WRONG], 1)]
)
def test_exit_codes(capfd: pytest.CaptureFixture[str], texts: list[str], code: int) -> None:
    paths = write(**{f"f{k}": text for k, text in enumerate(texts)})
    assert called(capfd, *paths)[0] == code


def test_what_people_read(capfd: pytest.CaptureFixture[str]) -> None:
    write(right=RIGHT, wrong=WRONG)
    code, out, err = called(capfd, "right.md", "wrong.md")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in out
    assert lines[0] == "right.md"
    assert "  4:1  proved     ∇ₓ xᵀ A x = (A + Aᵀ) x" in lines
    at = lines.index("  4:1  refuted    ∇ₓ xᵀ A x = 2 A x")
    assert lines[at + 2].strip().startswith("wrong.md:4:2")
    assert lines[at + 3].strip() == r"\nabla_x x^\top A x = 2 A x"
    first = lines[at + 3].index("2 A x")
    marked = [k for k, c in enumerate(lines[at + 4]) if c == "^"]  # in the side that is wrong
    assert set(marked) <= set(range(first, first + 5))
    assert marked
    assert lines[at + 5].startswith("       at n = ")
    assert lines[-1].startswith("2 files, 2 links: 1 proved, 1 refuted (")


def test_a_long_line_is_shown_about_its_mark(capfd: pytest.CaptureFixture[str]) -> None:
    text = WRONG.replace("\\nabla_x", "\\nabla_x" + " " * 100).replace("2 A x", "2 A x" + " " * 90 + "% the end of it")
    write(long=text)
    _, out, _ = called(capfd, "long.md")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    marks = next(k for k, line in enumerate(lines) if set(line.strip()) == {"^"})
    first = lines[marks - 1].index("2 A x")
    assert first <= lines[marks].index("^") < first + 5
    assert lines[marks - 1].strip().startswith("…")
    assert lines[marks - 1].endswith("…")


def test_read_as(capfd: pytest.CaptureFixture[str]) -> None:
    write(right=RIGHT)
    _, out, _ = called(capfd, "--read-as", "right.md")
    assert "read as " in out
    _, out, _ = called(capfd, "right.md")
    assert "read as " not in out


def test_chains_trust_and_what_is_not_read(capfd: pytest.CaptureFixture[str]) -> None:
    text = RIGHT.replace("(A + A^\\top) x", "A x + A^\\top x = A^\\top x + A x")
    write(chain=text + "\n\nThe loss is\n\n$$\nJ = x^\\top x\n$$\n\n$$\nx = = (\n$$\n")
    _, out, _ = called(capfd, "chain.md")
    lines = [line.strip() for line in out.splitlines()]
    assert any(line.startswith("4:") and line.endswith("proved     = Aᵀ x + A x") for line in lines)
    assert lines[lines.index("taken on trust") + 1] == "11:1  J = xᵀ x"
    assert lines[lines.index("not read") + 1].startswith("15:")
    assert "1 taken on trust" in lines[-1]
    assert "1 not read" in lines[-1]


def test_what_is_undeclared_is_suggested_and_settles_the_verdict(capfd: pytest.CaptureFixture[str]) -> None:
    write(notes=UNDECLARED)
    code, out, _ = called(capfd, "--suggest", "--json", "notes.md")
    suggested = json.loads(out)["files"][0]["suggested"]
    assert code == 3
    assert len(suggested) == 3
    Path("notes.md").write_text("Let " + ", ".join(f"${d}$" for d in suggested) + ".\n" + UNDECLARED)
    code, out, _ = called(capfd, "--suggest", "notes.md")
    assert code == 1
    assert "declarations to add" not in out
    write(notes=UNDECLARED)
    _, out, _ = called(capfd, "--suggest", "notes.md")
    assert r"Let $x \in \mathbb{R}^{" in out


@pytest.mark.parametrize("suffix", [".md", ".tex"])
def test_a_preamble_declares_for_every_file(capfd: pytest.CaptureFixture[str], suffix: str) -> None:
    Path(f"letters{suffix}").write_text(
        r"Let $A \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$ and $b \in \mathbb{R}^m$."
    )
    paths = write(one=UNDECLARED, two=UNDECLARED.replace("= A", "= 2 A"))
    code, out, _ = called(capfd, "--json", "--preamble", f"letters{suffix}", *paths)
    told = json.loads(out)
    assert code == 1
    assert told["counts"]["refuted"] == 1
    assert told["files"][1]["claims"][0]["verdict"] == "proved"
    code, out, err = called(capfd, "--preamble", "nowhere.md", *paths)
    assert (code, out) == (2, "")
    assert err == "hw3: there is no file nowhere.md: check the path\n"


def test_files_that_cannot_be_read_stop_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    write(right=RIGHT)
    Path("folder").mkdir()
    Path("binary.md").write_bytes(b"\x00\x01\x02")
    Path("latin.md").write_bytes("é".encode("latin-1"))
    Path("picture.png").write_bytes(b"x")
    paths = ["missing.md", "folder", "binary.md", "latin.md", "picture.png", "right.md"]
    code, out, err = called(capfd, "--json", *paths)
    told = json.loads(out)
    assert code == 2
    assert [f["path"] for f in told["files"]] == paths
    assert [len(f["claims"]) for f in told["files"]] == [0, 0, 0, 0, 0, 1]
    sentences = err.splitlines()
    assert sentences[0] == "hw3: there is no file missing.md: check the path"
    assert sentences[1] == "hw3: folder is a folder: name the files in it, such as folder/*.md, folder/*.tex"
    assert sentences[2].startswith("hw3: binary.md is a binary file")
    assert "UTF-8" in sentences[3]
    assert sentences[4].startswith("hw3: picture.png is of no kind that is read")
    assert len(sentences) == 5
    for file, sentence in zip(told["files"], sentences, strict=False):
        assert file["problems"] == [{"line": 1, "message": sentence.removeprefix("hw3: ")}]


def test_an_empty_document_has_no_relations(capfd: pytest.CaptureFixture[str]) -> None:
    write(empty="")
    code, out, err = called(capfd, "empty.md")
    assert (code, err) == (0, "")
    assert "no relations found" in out


def test_a_bug_in_one_file_is_no_verdict_and_stops_no_other(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(one=RIGHT, two=RIGHT)
    real = files.check_document

    def fails(document, *rest):
        if document.path == "one.md":
            raise ZeroDivisionError("oops")
        return real(document, *rest) if rest else real(document)

    monkeypatch.setattr(files, "check_document", lambda d, *rest: real(d) if not d.source else fails(d, *rest))
    code, out, err = called(capfd, "--json", *paths)
    assert code == 70
    assert [len(f["claims"]) for f in json.loads(out)["files"]] == [0, 1]
    assert "ZeroDivisionError: oops" in err
    assert err.endswith("hw3: one.md is not judged, as hw3 fails on it (ZeroDivisionError)\n")


def test_the_seed_is_the_command_lines_or_the_documents(capfd: pytest.CaptureFixture[str]) -> None:
    write(plain=WRONG, mine=f"---\nhw3: {{seed: 5}}\n---\n{WRONG}", bad=f"---\nhw3: {{seed: five}}\n---\n{WRONG}")

    def found(*arguments: str) -> str:
        return json.loads(called(capfd, "--json", *arguments)[1])["files"][0]["claims"][0]["counterexample"]

    assert found("plain.md") == found("--seed", "0", "plain.md") == found("--seed", "0", "mine.md")
    assert found("mine.md") == found("--seed", "5", "plain.md")
    assert len({found("--seed", str(seed), "plain.md") for seed in range(4)}) > 1
    code, _, err = called(capfd, "bad.md")
    assert code == 2
    assert err == "hw3: bad.md: the seed in its front matter is no natural number: 'five'\n"


def test_processes_share_the_files_and_keep_their_order(capfd: pytest.CaptureFixture[str]) -> None:
    paths = [*write(one=WRONG, two=RIGHT, three=UNDECLARED), "missing.md"]
    code, out, err = called(capfd, "--json", *paths)
    command = [sys.executable, "-m", "hw3", "check", "--json", "--jobs", "2", *paths]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (code, err) == (1, "hw3: there is no file missing.md: check the path\n")
    assert (result.returncode, result.stderr) == (code, err)
    told = [json.loads(out), json.loads(result.stdout)]
    for whole in told:
        for file in whole["files"]:
            for claim in file["claims"]:
                del claim["seconds"]
    assert told[0] == told[1]
    assert [f["path"] for f in told[1]["files"]] == paths
