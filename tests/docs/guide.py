r"""The guide's pages as something that runs: files to write, commands with their output, Python to try.

    ```markdown title="notes.md"     a file: it is written
    ```console                       `$ COMMAND` lines, each with all that it prints, errors too
    ```python                        with >>>: a doctest; without: it is only run

A page runs from top to bottom in one folder; names of Python are kept.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@dataclass(frozen=True)
class Step:
    """A block of a page: `kind` is "file", "console" or "python"; of a file `title` is its name."""

    kind: str
    body: str
    line: int
    title: str = ""


def steps(page: str) -> Iterator[Step]:
    """The blocks of a page that do something; every block must say what it is."""
    for match in FENCE.finditer(page):
        language, _, rest = match["info"].partition(" ")
        line = page.count("\n", 0, match.start()) + 1
        title = re.fullmatch(r'title="([\w./-]+)"', rest)
        if title:
            yield Step("file", match["body"], line, title[1])
        elif language in ("console", "python"):
            yield Step(language, match["body"], line)
        else:
            assert language in ("text", "latex"), f"line {line}: what is a block of {language!r}?"


def commands(body: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with its printed output. A line that ends in a backslash goes on."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        typed, _, printed = re.sub(r"\\\n> ", " ", part, count=5).partition("\n")
        yield typed, printed


@dataclass
class Runner:
    """Runs the steps of one page in a folder, which is the current one meanwhile."""

    folder: Path
    code: int = 0
    names: dict[str, Any] = field(default_factory=dict)

    def output(self, typed: str) -> str:
        """What a command prints."""
        program, *arguments = shlex.split(typed)
        if program == "hw3":
            return self._hw3(arguments)
        if typed == "echo $?":
            return f"{self.code}\n"
        assert program in ("pytest", "ls"), f"the guide runs hw3, pytest and ls, not {program}"
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"] if program == "pytest" else [program]
        result = subprocess.run(
            [*command, *arguments], cwd=self.folder, capture_output=True, encoding="utf-8", env=environment()
        )
        self.code = result.returncode
        return result.stdout + result.stderr

    def _hw3(self, arguments: list[str]) -> str:
        from hw3.cli import main

        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            self.code = main(arguments)
        return out.getvalue()

    def python(self, step: Step, page: str) -> str:
        """What goes wrong in a block of Python; "" if nothing does."""
        with contextlib.chdir(self.folder):
            if ">>>" not in step.body:
                exec(compile(step.body, page, "exec"), self.names)
                return ""
            test = doctest.DocTestParser().get_doctest(step.body, {}, page, page, step.line)
            test.globs = self.names
            out = io.StringIO()
            doctest.DocTestRunner(optionflags=FLAGS).run(test, out=out.write, clear_globs=False)
            return out.getvalue()


def environment() -> dict[str, str]:
    """80 columns and no colour, whatever the machine that runs the tests prefers."""
    forced = {"FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in forced}
    return kept | {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"}


SAME = (
    (re.compile(r"\(\d+\.\d s\)"), "(SECONDS)"),
    (re.compile(r"in \d+\.\d+s"), "in SECONDS"),
    (re.compile(r"worst error \d+e-\d+"), "worst error E"),
    (re.compile(r"^.*(?:/s | left|━).*\n", re.MULTILINE), ""),  # progress
    (re.compile(r" +$", re.MULTILINE), ""),
)
NUMBERS = (re.compile(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?"), "N")


def same_everywhere(text: str, numbers: bool = True) -> list[str]:
    """The lines without what depends on the machine: seconds, the last digits of an error, progress; if not `numbers`,
    all figures."""
    for pattern, instead in (*SAME, *(() if numbers else (NUMBERS,))):
        text = pattern.sub(instead, text)
    if not numbers:
        text = re.sub(r" {2,}", " ", text)
    return text.strip("\n").splitlines()
