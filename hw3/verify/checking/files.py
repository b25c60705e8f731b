"""Files checked, in one process or several: what is told of each is plain data, in the order of the files."""

from __future__ import annotations

import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hw3.derivations.latex.documents import read_document
from hw3.derivations.latex.documents.pieces import Block, Document, Problem, Segment
from hw3.derivations.latex.reading import read
from hw3.derivations.latex.scope import Scope
from hw3.errors import UserError
from hw3.verify.checking.check import SETTINGS, check_document, report
from hw3.verify.checking.suggestions import declarations
from hw3.verify.checking.told import Page, page

SUFFIXES = (".md", ".markdown", ".tex", ".ltx", ".latex", ".ipynb", ".txt")


@dataclass(frozen=True)
class Asked:
    """How the files are to be checked: `seed` before that of a document's front matter."""

    preamble: str | None = None
    seed: int | None = None
    people: bool = False  # whether it is told to people, too
    read_as: bool = False
    suggest: bool = False


@dataclass(frozen=True)
class Told:
    """What is told of one file: its entry in the report, its page, and why it could not be opened, if it couldn't."""

    entry: dict[str, Any]
    counts: dict[str, int]
    unreadable: str = ""
    page: Page | None = None
    bug: str = ""  # the traceback, where hw3 itself failed


def outer_scope(preamble: str) -> Scope:
    """The scope that a preamble's declarations make.

    Raises:
        UserError: it can't be opened, or something in it is not read.
    """
    document = opened(preamble)
    found = read(document)
    if document.problems:
        problem = document.problems[0]
        path, line, column = document.line_of(problem.place)
        raise UserError(f"the preamble is not read: {path}:{line}:{column}: {problem.message}")
    return found.scopes[0]


def opened(path: str) -> Document:
    """The document of a file, under the path as it was typed.

    Raises:
        UserError: it is no file that can be read; the sentence says what to do.
    """
    file = Path(path)
    if file.is_dir():
        kinds = ", ".join(f"{path.rstrip('/')}/*{s}" for s in (".md", ".tex"))
        raise UserError(f"{path} is a folder: name the files in it, such as {kinds}")
    if not file.exists():
        raise UserError(f"there is no file {path}: check the path")
    if file.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path} is of no kind that is read: name a .md, .tex or .ipynb file")
    with file.open("rb") as stream:
        if b"\0" in stream.read(4096):
            raise UserError(f"{path} is a binary file, not a text: name a .md, .tex or .ipynb file")
    document = read_document(file)
    if not document.source and document.problems:
        raise UserError(f"{path} is not read: {document.problems[0].message}")
    segments = tuple(replace(s, path=path) if s.path == str(file) else s for s in document.segments)
    return replace(document, path=path, segments=segments)


def check_path(path: str, asked: Asked, outer: Scope | None) -> Told:
    """What is told of one file; whatever goes wrong with it stops no other."""
    try:
        return _told(path, asked, outer)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        sentence = f"{path} is not judged, as hw3 fails on it ({type(error).__name__})"
        return replace(_unreadable(path, sentence), bug=traceback.format_exc())


def _told(path: str, asked: Asked, outer: Scope | None) -> Told:
    try:
        document = opened(path)
        settings = replace(SETTINGS, seed=seed_of(document, asked))
    except (UserError, OSError) as error:
        return _unreadable(path, _sentence(error))
    checked = check_document(document, outer, settings)
    entry = checked.json()
    if asked.suggest:
        entry["suggested"] = declarations([j.link for j in checked.judged])
    shown = page(checked, asked.read_as, entry.get("suggested", ())) if asked.people else None
    return Told(entry, checked.counts, page=shown)


def _sentence(error: UserError | OSError) -> str:
    if isinstance(error, UserError):
        return str(error)
    return f"{error.filename} can't be opened: {(error.strerror or type(error).__name__).lower()}"


def seed_of(document: Document, asked: Asked) -> int:
    if asked.seed is not None:
        return asked.seed
    said = document.front.get("hw3.seed", "0")
    if not said.isdecimal() or len(said) > 18:
        raise UserError(f"{document.path}: the seed in its front matter is no natural number: {said[:40]!r}")
    return int(said)


def _unreadable(path: str, sentence: str) -> Told:
    body = Block("section", "", 0, ())
    document = Document(path, "", {}, body, (Problem(0, sentence),), (Segment(0, path),))
    checked = check_document(document)
    return Told(checked.json(), checked.counts, sentence)


def check_paths(
    paths: Sequence[str], asked: Asked, jobs: int = 1, step: Callable[[str], None] = lambda path: None
) -> Iterator[Told]:
    """What is told of each file, in their order; `step` is called before each.

    Raises:
        UserError: the preamble can't be read.
    """
    outer = outer_scope(asked.preamble) if asked.preamble is not None else None
    if jobs == 1 or len(paths) == 1:
        one_thread()
        for path in paths:
            step(path)
            yield check_path(path, asked, outer)
        return
    # spawned, not forked: a child of a process that has threads may inherit a lock that nobody opens
    pool = ProcessPoolExecutor(min(jobs, len(paths)), get_context("spawn"), _start, (asked,))
    try:
        for path, told in zip(paths, pool.map(_check, paths), strict=True):
            step(path)
            yield told
    finally:
        pool.shutdown(cancel_futures=True)


_worker: tuple[Asked, Scope | None] = (Asked(), None)


def _start(asked: Asked) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops them
    one_thread()
    _worker = asked, outer_scope(asked.preamble) if asked.preamble is not None else None


def _check(path: str) -> Told:
    return check_path(path, *_worker)


def one_thread() -> None:
    """Judging works on small arrays, where a second thread costs more than it brings."""
    import torch

    torch.set_num_threads(1)


def together(told: Sequence[Told]) -> dict[str, Any]:
    """The report over all files, as `hw3 check --json` prints it."""
    whole = report([])
    counts: Counter[str] = Counter()
    for each in told:
        counts.update(each.counts)
    return {**whole, "files": [t.entry for t in told], "counts": {k: counts.get(k, 0) for k in whole["counts"]}}


def exit_code(told: Sequence[Told]) -> int:
    """The exit code: 70 if hw3 failed on a file, 1 if anything is refuted, 2 if a file can't be read, 3 if anything is
    undecided or not read, else 0.
    """
    if any(t.bug for t in told):
        return 70
    if any(t.counts.get("refuted") for t in told):
        return 1
    if any(t.unreadable for t in told):
        return 2
    return 3 if any(t.counts.get("undecided") or t.entry["problems"] for t in told) else 0
