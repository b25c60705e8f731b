"""The commands `hw3 check` and `hw3 derive`; what they need is imported when they run."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
import typer.core

_EXIT_CODES = """\b
[bold]Exit codes[/bold]
  0  every link holds
  1  a link is refuted
  2  usage, or a file that cannot be read
  3  none refuted, but something is undecided or not read
No verdict: 70 a bug in hw3, 130 an interrupt, 141 output closed early.
"""


class _WithMinus(typer.core.TyperCommand):
    """A command whose arguments may begin with a minus: `hw3 derive '-\\log p' ...` has no option -l."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {a}" if a[:1] == "-" and a[1:2] != "-" and a != "-h" else a for a in args])


def register(app: typer.Typer) -> None:
    """Adds the commands to the app."""
    app.command("check", epilog=_EXIT_CODES)(check)
    app.command("derive", cls=_WithMinus)(derive)


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Markdown, .tex or .ipynb.", show_default=False)],
    read_as: Annotated[bool, typer.Option("--read-as", help="Say how each link was read.")] = False,
    suggest: Annotated[bool, typer.Option("--suggest", help="Write the declarations that are missing.")] = False,
    preamble: Annotated[
        str | None, typer.Option("--preamble", metavar="FILE", help="Its declarations hold in every file.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Processes that share the files.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of what is drawn, before a file's own. (default: 0)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """Read documents and judge every equality in them, link by link.

    Example: hw3 check examples/least-squares.md
    """
    from time import perf_counter

    from hw3.verify.checking.files import Asked, check_paths, exit_code, together
    from hw3.verify.checking.told import print_page, summary
    from hw3.verify.reports.terminal import console, lines_of, print_json, progress

    start = perf_counter()
    asked = Asked(preamble, seed, not as_json, read_as, suggest)
    with progress(len(files)) as step:
        told = list(check_paths(files, asked, jobs, step))
    if as_json:
        print_json(together(told))
    else:
        to = console()
        pages = [each.page for each in told if each.page is not None]
        for page in pages:
            print_page(to, page)
        unreadable = sum(bool(each.unreadable) for each in told)
        for line in lines_of(summary(together(told)["counts"], pages, unreadable, perf_counter() - start), to.width):
            to.print(line, style="bold", soft_wrap=True)
    for each in told:
        if each.unreadable:
            print(f"{each.bug}hw3: {each.unreadable}", file=sys.stderr)
    return exit_code(told)


def derive(
    expression: Annotated[str, typer.Argument(metavar="EXPRESSION", help="What is differentiated, in LaTeX.")],
    wrt: Annotated[str, typer.Option("--wrt", metavar="NAME", help="What it is differentiated by.")],
    let: Annotated[
        list[str] | None, typer.Option("--let", metavar="DECLARATION", help="What a name is; may be repeated.")
    ] = None,
    python: Annotated[bool, typer.Option("--python", help="Print a function that computes it, in torch.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the derivation as JSON.")] = False,
) -> int:
    r"""Derive a gradient or a Jacobian step by step, each step with its reason and checked by the kernel.

    Example: hw3 derive 'x^\top A x' --wrt x --let 'x \in \mathbb{R}^n' --let 'A \in \mathbb{R}^{n \times n}'
    """
    import torch

    from hw3.verify.checking.deriving import Misread, derived
    from hw3.verify.checking.steps import print_derivation, to_json
    from hw3.verify.reports.terminal import console, print_json

    torch.set_num_threads(1)
    try:
        found = derived(expression, wrt, let or [])
    except Misread as error:
        print(error.pointed, file=sys.stderr)
        raise
    checked = found.check()
    if as_json:
        print_json(to_json(found, checked))
    elif python:
        print(found.python(), end="")
    else:
        print_derivation(console(), found, checked)
    return 0 if checked.proved else 3
