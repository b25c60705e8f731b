"""What is seen while a run goes on: one progress line, and in the end a table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

QUIET = 30.0  # seconds between two lines where standard error is no terminal


class Line:
    """A stage's progress: call `show` after a step with figures such as {"ELBO": "18,938"}."""

    def __init__(self, console: Console, bar: Progress, title: str, steps: int, done: int) -> None:
        self._console, self._bar, self._title, self._steps = console, bar, title, steps
        self._task = bar.add_task(title, total=steps, completed=done, told="")
        self._begun, self._first, self._said = time.monotonic(), done, time.monotonic()

    def show(self, step: int, figures: dict[str, str]) -> None:
        told = "  ".join(f"{name} {value}" for name, value in figures.items())
        self._bar.update(self._task, completed=step, told=told)
        now = time.monotonic()
        if not self._console.is_terminal and (now - self._said > QUIET or step == self._steps):
            self._said = now
            left = (now - self._begun) / max(step - self._first, 1) * (self._steps - step)
            self._console.print(
                f"{self._title} {step}/{self._steps}  {told}  {timedelta(seconds=round(left))} left", soft_wrap=True
            )


@contextmanager
def progress(title: str, steps: int, done: int = 0, shown: bool = True) -> Iterator[Line]:
    """A progress line on standard error; a line of text now and then where that is no terminal."""
    console = Console(stderr=True, markup=False, highlight=False, quiet=not shown)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal or not shown,
    ) as bar:
        yield Line(console, bar, title, steps, done)


def say(text: str) -> None:
    """One line on standard error."""
    Console(stderr=True, markup=False, highlight=False).print(text, soft_wrap=True)


def table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A table of two columns on standard output."""
    made = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    made.add_column(no_wrap=True)
    made.add_column(justify="right")
    for row in rows:
        made.add_row(*row)
    Console(markup=False, highlight=False).print(made)
