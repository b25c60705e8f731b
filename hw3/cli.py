"""The ``hw3`` command: a thin app over the parts, which it imports only when a command needs them.

A verdict has exit code 0, 1 or 3; everything else that can happen has another, so that a script never takes a
mistyped option, an interrupt or a bug in hw3 for a verdict.
"""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

import hw3
from hw3.errors import UserError

AS_EXPECTED, CONTRARY, UNUSABLE, UNDECIDED = 0, 1, 2, 3
BUG, INTERRUPTED, OUTPUT_CLOSED = 70, 130, 141  # EX_SOFTWARE; 128 + SIGINT; 128 + SIGPIPE

# \b keeps the lines of a paragraph apart in help.
EXIT_CODES = """\b
[bold]Exit codes[/bold]
  0  every claim came out as expected
  1  a contrary verdict
  2  usage, or input that cannot be read
  3  none contrary, but something is undecided
No verdict: 70 a bug in hw3, 130 an interrupt, 141 output closed early.
"""

_settings = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    name="hw3",
    help="A spelling checker for derivations: reads mathematics and judges every equality.",
    epilog=EXIT_CODES,
    context_settings=_settings,
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
verify = typer.Typer(
    help="Judge what is claimed.\n\nExample: hw3 verify kl",
    short_help="Judge what is claimed.",
    epilog=EXIT_CODES,
    context_settings=_settings,
    rich_markup_mode="rich",
    no_args_is_help=True,
)
app.add_typer(verify, name="verify")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hw3 {hw3.__version__}")
        raise typer.Exit(AS_EXPECTED)


@app.callback(epilog="Example: hw3 verify kl\n\n" + EXIT_CODES)
def _hw3(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A spelling checker for derivations: reads mathematics and judges every equality."""


@verify.command("kl", epilog=EXIT_CODES)
def verify_kl() -> int:
    """Judge the KL divergence of two Gaussians, from its definition to the closed form.

    Example: hw3 verify kl
    """
    raise UserError("'hw3 verify kl' is not in this version yet: update hw3")


@app.command("rules")
def rules() -> int:
    """List the trusted base: what every proof rests on.

    Example: hw3 rules
    """
    raise UserError("'hw3 rules' is not in this version yet: update hw3")


@app.command("docs")
def docs() -> int:
    """Build the documentation.

    Example: hw3 docs
    """
    raise UserError("'hw3 docs' is not in this version yet: update hw3")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; whatever goes wrong is one sentence on stderr.

    >>> main(["--version"])
    hw3 0.1.0
    0
    """
    _survive_narrow_encodings()
    try:
        code = app(None if arguments is None else list(arguments), prog_name="hw3", standalone_mode=False)
        sys.stdout.flush()  # here, where a closed pipe is still ours to report
    except UserError as error:
        return _say(str(error), UNUSABLE)
    except typer.TyperException as error:
        message = error.format_message()  # empty if no command was given: the help is printed by now
        return _say(f"{message.rstrip('.')} (see {_help(error)})", UNUSABLE) if message else UNUSABLE
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as stop:  # typer's answer to a closed pipe is exit code 1, which is a verdict here
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        return _output_closed()
    except BrokenPipeError:
        return _output_closed()
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        if error.filename is None:
            return _bug()
        return _say(
            f"cannot open {os.fsdecode(error.filename)!r} ({_reason(error)}): check the path", UNUSABLE
        )
    except Exception:
        return _bug()
    if code == INTERRUPTED:
        return _say("interrupted: nothing more was judged", INTERRUPTED)
    return code if isinstance(code, int) else AS_EXPECTED


def _say(sentence: str, code: int) -> int:
    """One line on stderr; the exit code is handed through."""
    print("hw3:", " ".join(sentence.split()), file=sys.stderr)
    return code


def _help(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"'{context.command_path if context else 'hw3'} --help'"


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _output_closed() -> int:
    # What is still buffered goes nowhere, rather than into a second error while Python shuts down.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _say("the output was closed before all of it was written", OUTPUT_CLOSED)


def _bug() -> int:
    traceback.print_exc()
    return _say("this is a bug in hw3, not a verdict: please report the lines above", BUG)


def _survive_narrow_encodings() -> None:
    """A terminal that has no Σ gets a '?' for it; it must not lose the verdict."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
