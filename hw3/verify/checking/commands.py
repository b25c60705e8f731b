"""The commands `hw3 check` and `hw3 derive`; what they need is imported when they run."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

_EXIT_CODES = """\b
[bold]Exit codes[/bold]
  0  every link holds
  1  a link is refuted
  2  usage, or a file that cannot be read
  3  none refuted, but something is undecided
No verdict: 70 a bug in hw3, 130 an interrupt, 141 output closed early.
"""


def register(app: typer.Typer) -> None:
    """Adds the commands to the app."""
    app.command("check", epilog=_EXIT_CODES)(check)


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Markdown, .tex or .ipynb.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Processes that share the files.")] = 1,
    preamble: Annotated[
        str | None, typer.Option("--preamble", metavar="FILE", help="Its declarations hold in every file.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of what is drawn, before a file's own. (default: 0)")
    ] = None,
) -> int:
    """Read documents and judge every equality in them, link by link.

    Example: hw3 check examples/least-squares.md
    """
    from hw3.verify.checking.files import Asked, check_paths, exit_code, together
    from hw3.verify.reports.terminal import print_json, progress

    told = []
    with progress(len(files)) as step:
        for each in check_paths(files, Asked(preamble, seed), jobs, step):
            told.append(each)
    for each in told:
        if each.unreadable:
            print(f"hw3: {each.unreadable}", file=sys.stderr)
    if as_json:
        print_json(together(told))
    return exit_code(told)
