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
  3  none refuted, but something is undecided or not read
No verdict: 70 a bug in hw3, 130 an interrupt, 141 output closed early.
"""


def register(app: typer.Typer) -> None:
    """Adds the commands to the app."""
    app.command("check", epilog=_EXIT_CODES)(check)


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
    from hw3.verify.reports.terminal import console, print_json, progress

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
        to.print(summary(together(told)["counts"], pages, unreadable, perf_counter() - start), style="bold")
    for each in told:
        if each.unreadable:
            print(f"hw3: {each.unreadable}", file=sys.stderr)
    return exit_code(told)
