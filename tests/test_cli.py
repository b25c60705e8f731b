"""The command: what it prints at 80 columns, what it imports, and its exit codes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

import hw3
from hw3 import cli
from hw3.errors import UserError

COMMANDS = [[], ["verify"], ["verify", "kl"], ["rules"], ["docs"]]
LEAVES = [["verify", "kl"], ["rules"], ["docs"]]


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


@pytest.mark.parametrize("command", [[], ["verify"]], ids=["hw3", "hw3 verify"])
def test_no_command_prints_the_help_and_is_no_verdict(command: list[str]) -> None:
    result = run(*command)
    assert result.returncode == 2
    assert "Usage: hw3" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["ruels"], "hw3: No such command 'ruels'. Did you mean 'rules'? (see 'hw3 --help')\n"),
        (["verify", "kll"], "hw3: No such command 'kll'. Did you mean 'kl'? (see 'hw3 verify --help')\n"),
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
