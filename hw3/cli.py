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
from pathlib import Path
from typing import Annotated

import typer

import hw3
from hw3.errors import Interrupted, UserError
from hw3.vae.commands import run_vae
from hw3.vae.data.commands import data
from hw3.vae.edits.commands import edit, interpolate
from hw3.verify.checking.commands import register

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
    help="Judge what is claimed: one result, or all of them.\n\nExample: hw3 verify kl",
    short_help="Judge what is claimed.",
    epilog=EXIT_CODES,
    context_settings=_settings,
    rich_markup_mode="rich",
    invoke_without_command=True,
)
app.add_typer(verify, name="verify")
app.add_typer(data, name="data")
app.command("run-vae", epilog=EXIT_CODES)(run_vae)
app.command("edit")(edit)
app.command("interpolate")(interpolate)
register(app)


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


Seed = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
File = Annotated[Path | None, typer.Option(help="A .npy or .csv file.", show_default=False)]


def _one_thread() -> None:
    """Judging works on small arrays, where a second thread costs more than it brings."""
    import torch

    torch.set_num_threads(1)


@verify.callback()
def _verify(context: typer.Context) -> int | None:
    return verify_all() if context.invoked_subcommand is None else None


@verify.command("all", epilog=EXIT_CODES)
def verify_all(seed: Seed = 0, as_json: Json = False) -> int:
    """Judge every result that hw3 proves; "hw3 verify" alone does the same.

    Example: hw3 verify all
    """
    from hw3.verify import targets
    from hw3.verify.judge import Settings
    from hw3.verify.reports.terminal import print_json, print_table, progress

    _one_thread()
    with progress(targets.count()) as step:
        reports = targets.verify_all(Settings(seed=seed), step)
    together = targets.together(reports)
    if as_json:
        print_json(together.json())
    else:
        print_table([(targets.TARGETS[r.target].TITLE, r) for r in reports], together)
    return together.exit_code


@verify.command("kl", epilog=EXIT_CODES)
def verify_kl(
    dim: Annotated[
        list[int] | None, typer.Option("--dim", min=1, max=200, help="Dimension of the samples; may be repeated.")
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=1000, help="Monte Carlo samples for each claim.")] = 100_000,
    seed: Seed = 0,
    device: Annotated[str, typer.Option("--device", help="Where torch samples: cpu, cuda, mps.")] = "cpu",
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write a figure of the Monte Carlo error.", show_default=False)
    ] = None,
    proofs: Annotated[bool, typer.Option("--proofs", help="Print every line of every proof.")] = False,
    as_json: Json = False,
    mean0: File = None,
    cov0: File = None,
    mean1: File = None,
    cov1: File = None,
) -> int:
    """Judge the KL divergence of two Gaussians, from its definition to the closed form.

    With --mean0 --cov0 --mean1 --cov1, judge it at two Gaussians of your own.

    Example: hw3 verify kl
    """
    from hw3.verify import kl
    from hw3.verify.judge import Settings
    from hw3.verify.reports.terminal import print_json, print_report, progress

    _one_thread()
    settings = Settings(tuple(dim or (2, 5)), samples, seed, kl.check_device(device))
    pair = kl.load_pair(mean0, cov0, mean1, cov1) if mean0 or cov0 or mean1 or cov1 else None
    if pair is not None:
        report = kl.verify_pair(*pair, settings)
    else:
        with progress(kl.count()) as step:
            report = kl.verify(settings, step)
    if as_json:
        print_json(report.json())
    else:
        print_report(report, kl.TITLE, proofs)
    if plot is not None:
        slope = kl.plot(plot, settings, pair)
        typer.echo(f"wrote {plot}: the error falls with n to the power {slope:.2f}", err=as_json)
    return report.exit_code


@verify.command("autoencoder", epilog=EXIT_CODES)
def verify_autoencoder(
    seed: Seed = 0,
    proofs: Annotated[bool, typer.Option("--proofs", help="Print every line of every proof.")] = False,
    as_json: Json = False,
) -> int:
    """Judge the gradients of the tied-weight autoencoder, and that the best linear one is PCA.

    Example: hw3 verify autoencoder
    """
    from hw3.verify import autoencoder
    from hw3.verify.judge import Settings
    from hw3.verify.reports.terminal import print_json, print_report, progress

    _one_thread()
    with progress(autoencoder.count()) as step:
        report = autoencoder.verify(Settings(seed=seed), step)
    if as_json:
        print_json(report.json())
    else:
        print_report(report, autoencoder.TITLE, proofs)
    return report.exit_code


@verify.command("cnn", epilog=EXIT_CODES)
def verify_cnn(
    train: Annotated[
        bool, typer.Option("--train", help="Then train the network on digits by the derived gradients.")
    ] = False,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of the training.")] = 200,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Write a figure of the two loss curves.", show_default=False)
    ] = None,
    seed: Seed = 0,
    proofs: Annotated[bool, typer.Option("--proofs", help="Print every line of every proof.")] = False,
    as_json: Json = False,
) -> int:
    """Judge backpropagation through a convolutional network, layer by layer.

    Example: hw3 verify cnn
    """
    from hw3.verify import cnn
    from hw3.verify.judge import Settings
    from hw3.verify.reports.terminal import print_json, print_report, progress

    if plot is not None and not train:
        raise UserError("--plot draws the training's loss curves: give --train too")
    _one_thread()
    with progress(cnn.count()) as step:
        report = cnn.verify(Settings(seed=seed), step)
    if as_json:
        print_json(report.json())
    else:
        print_report(report, cnn.TITLE, proofs)
    if train:
        _train_digits(steps, seed, plot, as_json)
    return report.exit_code


def _train_digits(steps: int, seed: int, plot: Path | None, quiet: bool) -> None:
    from hw3.verify import training
    from hw3.verify.reports.terminal import progress

    with progress(steps) as step:
        trained = training.train(steps, seed, lambda k: step(f"training, step {k + 1}"))
    mine, theirs = trained.seconds
    typer.echo(
        f"{steps} steps on digits: loss {trained.derived[0]:.3f} to {trained.derived[-1]:.3f}, "
        f"{trained.accuracy:.1%} of {trained.held_out} held out read rightly.\n"
        f"Autograd's run ends {trained.apart:.0e} away; the derived one took {mine:.1f} s, its own {theirs:.1f} s.",
        err=quiet,
    )
    if plot is not None:
        training.plot(trained, plot)
        typer.echo(f"wrote {plot}", err=quiet)


@app.command("rules")
def rules(as_json: Json = False, seed: Seed = 0) -> int:
    """List the trusted base: what every proof rests on, each with the result of its own test.

    Example: hw3 rules
    """
    from hw3.verify import trusted
    from hw3.verify.reports.terminal import print_json, print_trusted

    _one_thread()
    base = trusted.trusted_base(seed)
    if as_json:
        print_json(trusted.to_json(base))
    else:
        print_trusted(base)
    return trusted.exit_code(base)


@app.command("docs")
def docs(
    out: Annotated[Path, typer.Option("--out", help="The folder that the pages are written to.")] = Path("docs/proofs"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Typeset the proofs too, with latexmk.")] = False,
) -> int:
    """Write every proof as a LaTeX fragment, a document that compiles and a Markdown page.

    What a page prints as proved is then read back and judged: the exit code is 1 if a line of it does not hold.

    Example: hw3 docs
    """
    from hw3.verify import targets
    from hw3.verify.judge import Settings
    from hw3.verify.reports import pages
    from hw3.verify.reports.read_back import complaint, read_back, summary
    from hw3.verify.reports.terminal import progress

    _one_thread()
    with progress(targets.count()) as step:
        reports = targets.verify_all(Settings(), step)
    complaints = []
    for report in reports:
        for path in pages.write_pages(report, targets.TARGETS[report.target].TITLE, out):
            typer.echo(f"wrote {path}")
        if pdf:
            typer.echo(pages.typeset(out / f"{report.target}-document.tex"))
        page = out / f"{report.target}.md"
        lines = read_back(report, page.read_text(encoding="utf-8"))
        typer.echo(summary(lines, page.name))
        complaints += [told for told in (complaint(lines, page.name),) if told]
    for told in complaints:
        typer.echo(f"hw3: {told}", err=True)
    return CONTRARY if complaints else targets.together(reports).exit_code


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
    except Interrupted as stop:
        return _say(str(stop), INTERRUPTED)
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
        return _say(f"cannot open {os.fsdecode(error.filename)!r} ({_reason(error)}): check the path", UNUSABLE)
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
