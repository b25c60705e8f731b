"""The command: what it prints at 80 columns, what it imports, and its exit codes."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import typer

import hw3
from hw3 import cli
from hw3.errors import UserError

TARGETS = [["verify", name] for name in ("all", "kl", "autoencoder", "cnn")]
LEAVES = [
    *TARGETS,
    *([name] for name in ("check", "derive", "rules", "docs", "run-vae", "edit", "interpolate")),
    *(["data", name] for name in ("prepare", "show")),
]
COMMANDS = [[], ["verify"], ["data"], *LEAVES]


def environment() -> dict[str, str]:
    """80 columns, no colour, UTF-8, whatever the machine that runs the tests prefers."""
    forced = {"FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"}
    kept = {name: value for name, value in os.environ.items() if name not in forced}
    return kept | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hw3", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment())


def one_sentence(stderr: str) -> bool:
    return stderr.startswith("hw3: ") and stderr.count("\n") == 1 and stderr.endswith("\n")


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Puts a body of the test's own in the place of ``hw3 rules``."""

    def put(body: Callable[[], object]) -> None:
        command = next(each for each in cli.app.registered_commands if each.name == "rules")
        monkeypatch.setattr(command, "callback", body)

    return put


def raises(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


def test_version() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"hw3 {hw3.__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_fits_80_columns_and_has_an_example(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.returncode == 0
    assert result.stderr == ""
    assert max(map(len, result.stdout.splitlines())) <= 80
    example = " ".join(["Example: hw3", *command])
    assert example in result.stdout


def test_help_lists_the_exit_codes_one_on_each_line() -> None:
    lines = [line.strip() for line in run("--help").stdout.splitlines()]
    assert "0  every claim came out as expected" in lines
    assert "1  a contrary verdict" in lines
    assert "2  usage, or input that cannot be read" in lines
    assert "3  none contrary, but something is undecided" in lines


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_imports_nothing_heavy(command: list[str]) -> None:
    program = (
        "import sys\nfrom hw3.cli import main\n"
        f"assert main({[*command, '--help']!r}) == 0\n"
        "heavy = {'torch', 'sympy', 'numpy', 'scipy', 'matplotlib', 'mpmath'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment())
    assert result.returncode == 0, result.stderr


def test_every_command_is_among_them() -> None:
    """A command that is added is tested for its help, its example and its imports."""
    group = typer.main.get_command(cli.app)
    assert isinstance(group, typer.core.TyperGroup)
    found = [
        [name, *inner]
        for name, command in group.commands.items()
        for inner in ([[n] for n in command.commands] if isinstance(command, typer.core.TyperGroup) else [[]])
    ]
    assert sorted(found) == sorted(LEAVES)


def test_no_command_prints_the_help_and_is_no_verdict() -> None:
    result = run()
    assert result.returncode == 2
    assert "Usage: hw3" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["ruels"], "hw3: No such command 'ruels'. Did you mean 'rules'? (see 'hw3 --help')\n"),
        (["verify", "kll"], "hw3: No such command 'kll'. Did you mean 'kl', 'all'? (see 'hw3 verify --help')\n"),
        (
            ["rules", "--hepl"],
            "hw3: No such option: --hepl (Possible options: --help) (see 'hw3 rules --help')\n",
        ),
        (["rules", "x"], "hw3: Got unexpected extra argument(s) (x) (see 'hw3 rules --help')\n"),
    ],
)
def test_usage_errors(typed: list[str], said: str) -> None:
    result = run(*typed)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", said)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_verdict_is_the_exit_code(code: int, rules: Callable[[object], None]) -> None:
    rules(lambda: code)
    assert cli.main(["rules"]) == code
    rules(raises(typer.Exit(code)))
    assert cli.main(["rules"]) == code


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UserError("line 3 does not close:\n add a '}'"), 2, "hw3: line 3 does not close: add a '}'\n"),
        (KeyboardInterrupt(), 130, "hw3: interrupted: nothing more was judged\n"),
        (
            typer.BadParameter("0 is no size"),
            2,
            "hw3: Invalid value: 0 is no size (see 'hw3 rules --help')\n",
        ),
        (
            BrokenPipeError(32, "Broken pipe"),
            141,
            "hw3: the output was closed before all of it was written\n",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_are_one_sentence(
    error: BaseException,
    code: int,
    said: str,
    rules: Callable[[object], None],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli.os, "dup2", lambda *_: None)  # pytest's stdout is not ours to close
    rules(raises(error))
    assert cli.main(["rules"]) == code
    assert capfd.readouterr().err == said


def test_files_that_cannot_be_opened(
    rules: Callable[[object], None], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = tmp_path / "missing.tex"
    rules(lambda: missing.read_text())
    assert cli.main(["rules"]) == 2
    said = capfd.readouterr().err
    assert said == f"hw3: cannot open {str(missing)!r} (no such file or directory): check the path\n"
    rules(lambda: tmp_path.read_text())
    assert cli.main(["rules"]) == 2
    assert one_sentence(capfd.readouterr().err)
    rules(raises(PermissionError(13, "Permission denied", "notes.tex")))
    assert cli.main(["rules"]) == 2
    said = capfd.readouterr().err
    assert said == "hw3: cannot open 'notes.tex' (permission denied): check the path\n"


def test_a_bug_is_never_taken_for_a_verdict(rules: Callable[[object], None], capfd: pytest.CaptureFixture[str]) -> None:
    rules(raises(ZeroDivisionError("oops")))
    assert cli.main(["rules"]) == 70
    said = capfd.readouterr().err
    assert "ZeroDivisionError: oops" in said
    assert said.endswith("hw3: this is a bug in hw3, not a verdict: please report the lines above\n")


STAND_IN = """
import sys, time
from hw3 import cli
def body():
    {body}
next(each for each in cli.app.registered_commands if each.name == "rules").callback = body
sys.exit(cli.main(["rules"]))
"""


def start(body: str, **encoding: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", STAND_IN.format(body=body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment() | encoding,
    )


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_an_interrupt_at_the_keyboard() -> None:
    with start("print('ready', flush=True); time.sleep(60)") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, b"hw3: interrupted: nothing more was judged\n")


@pytest.mark.parametrize("body", ["print('x' * 10**6)", "print('x')"], ids=["while writing", "at the end"])
def test_a_pipe_that_closes_early(body: str) -> None:
    with start(f"time.sleep(0.2); {body}") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        stderr = process.stderr.read()
    assert process.returncode == 141
    assert stderr == b"hw3: the output was closed before all of it was written\n"


def test_a_terminal_without_greek_still_gets_its_verdict() -> None:
    with start("print('\\u03a3 proved')", PYTHONUTF8="0", PYTHONIOENCODING="ascii") as process:
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout.split(), stderr) == (0, [b"?", b"proved"], b"")


# --- the commands themselves --------------------------------------------------------------------------

QUICK = ["verify", "kl", "--dim", "2", "--samples", "20000"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two claims in the place of all: one proved, one refuted."""
    from hw3.derivations.kl import claims
    from hw3.verify import kl

    chosen = tuple(c for c in claims() if c.name in ("closed-form", "symmetric"))
    monkeypatch.setattr(kl, "claims", lambda: chosen)


def called(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, in this process."""
    code = cli.main(list(arguments))
    captured = capfd.readouterr()
    return code, captured.out, captured.err


def test_verify_kl() -> None:
    result = run("verify", "kl")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "The Kullback-Leibler divergence of two Gaussians"
    assert re.fullmatch(r"22 claims: 21 proved, 1 refuted, all as expected \(\d+\.\d s\)", lines[-1])


@pytest.mark.usefixtures("few")
def test_verify_kl_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capfd, *QUICK, "--seed", "3", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert list(told) == ["version", "target", "claims", "counts"]
    assert told["counts"] == {"proved": 1, "confirmed": 0, "refuted": 1, "undecided": 0}
    assert {c["monte_carlo"]["n"] for c in told["claims"] if c["monte_carlo"]} == {20_000}


@pytest.mark.usefixtures("few")
def test_dimensions_and_seed(capfd: pytest.CaptureFixture[str]) -> None:
    def sampled(*options: str) -> list[tuple[int, float]]:
        _, out, _ = called(capfd, "verify", "kl", "--samples", "2000", "--json", *options)
        evidence = json.loads(out)["claims"][0]["evidence"]
        return [(r["dim"], r["estimate"]) for r in next(e for e in evidence if e["kind"] == "Monte Carlo")["runs"]]

    first = sampled("--dim", "1", "--dim", "4")
    assert [dim for dim, _ in first] == [1, 4]
    assert sampled("--dim", "1", "--dim", "4") == first
    assert sampled("--dim", "1", "--dim", "4", "--seed", "1") != first


@pytest.mark.usefixtures("few")
def test_proofs_are_printed(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capfd, *QUICK, "--proofs")
    assert code == 0
    assert "the definition of the divergence [by expansion]" in out


@pytest.mark.usefixtures("few")
def test_plot(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "error.png"
    code, out, err = called(capfd, *QUICK, "--json", "--plot", str(file))
    assert code == 0
    json.loads(out)
    assert re.fullmatch(r"wrote .*error\.png: the error falls with n to the power -0\.(4[5-9]|5[0-5])\n", err)
    assert file.stat().st_size > 10_000
    code, out, err = called(capfd, *QUICK, "--plot", str(tmp_path / "error.xyz"))
    assert code == 2
    assert one_sentence(err)
    code, out, err = called(capfd, *QUICK, "--plot", str(tmp_path / "no" / "error.png"))
    assert code == 2
    assert "cannot open" in err


def test_two_gaussians_of_the_users_own(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m0.csv").write_text("0\n")
    Path("c0.csv").write_text("1\n")
    np.save("m1.npy", np.zeros(1))
    np.save("c1.npy", np.array([[4.0]]))
    files = ["--mean0", "m0.csv", "--cov0", "c0.csv", "--mean1", "m1.npy", "--cov1", "c1.npy"]
    code, out, err = called(capfd, "verify", "kl", *files)
    assert (code, err) == (0, "")
    assert "Here it is 0.31814718056 nats." in out  # log 2 - 3/8
    assert "Here it is 0.80685281944 nats." in out  # 3/2 - log 2
    assert "2 claims: 2 proved, all as expected" in out
    code, out, _ = called(capfd, "verify", "kl", "--json", *files)
    values = [e["value"] for c in json.loads(out)["claims"] for e in c["evidence"] if e["kind"] == "value"]
    assert values == pytest.approx([np.log(2) - 3 / 8, 1.5 - np.log(2)], rel=1e-14)

    code, out, err = called(capfd, "verify", "kl", *files[:6])
    assert (code, out) == (2, "")
    assert err == "hw3: two Gaussians need four files: give --mean0, --cov0, --mean1 and --cov1\n"
    np.save("m1.npy", np.zeros(2))
    np.save("c1.npy", np.eye(2))
    code, out, err = called(capfd, "verify", "kl", *files)
    assert (code, out) == (2, "")
    assert err == ("hw3: m0.csv has dimension 1 and m1.npy has 2: a divergence needs two of one dimension\n")
    np.save("c1.npy", np.array([[1.0, 0.5], [0.25, 1.0]]))
    code, out, err = called(capfd, "verify", "kl", *files)
    assert (code, out) == (2, "")
    assert one_sentence(err)
    assert "is not symmetric" in err
    np.save("m1.npy", np.full(1, 1e200))
    np.save("c1.npy", np.eye(1))
    code, out, err = called(capfd, "verify", "kl", "--json", *files)
    assert (code, out) == (2, "")
    assert err == "hw3: the divergence of these two Gaussians is too large for float64: scale the data\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--device", "abacus"], "hw3: torch cannot compute on 'abacus' here: use --device cpu\n"),
        (
            ["--dim", "0"],
            "hw3: Invalid value for '--dim': Input should be greater than or equal to 1 (see 'hw3 verify kl --help')\n",
        ),
        (
            ["--samples", "7"],
            "hw3: Invalid value for '--samples': Input should be greater than or equal to 1000 "
            "(see 'hw3 verify kl --help')\n",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be_used(capfd: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert called(capfd, "verify", "kl", *options) == (2, "", said)


def test_rules(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capfd, "rules")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith(" parts, none failed their test")
    code, out, err = called(capfd, "rules", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["counts"]["failed"] == 0
    assert told["counts"]["passed"] == len(told["trusted"])


@pytest.mark.usefixtures("few")
def test_docs(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    code, out, err = called(capfd, "docs", "--out", "proofs", "--pdf")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:3] == ["wrote proofs/kl.tex", "wrote proofs/kl-document.tex", "wrote proofs/kl.md"]
    assert lines[3].startswith("skipped the PDF of kl-document.tex: latexmk is not here")
    targets = ("autoencoder", "cnn", "kl")
    written = [f"{t}{ending}" for t in targets for ending in ("-document.tex", ".md", ".tex")]
    assert sorted(p.name for p in Path("proofs").iterdir()) == written
