"""Building a data set from chunks on all cores: resumable, one builder at a time, with a progress bar."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hw3.errors import UserError
from hw3.vae.data import store
from hw3.vae.data.faces import Bytes, Faces
from hw3.vae.data.store import Chunk, Plan, Writer

TOLERATED = 0.01  # of the pictures may be unreadable


class Work(Protocol):
    """Makes chunks; it is sent to every process, so it is small and can be pickled."""

    @property
    def plan(self) -> Plan: ...

    def make(self, rows: range) -> Chunk: ...


def build(
    folder: Path,
    work: Work,
    split: Bytes,
    *,
    what: str,
    people: np.ndarray | None = None,
    more: dict[str, Any] | None = None,
    jobs: int | None = None,
) -> Faces:
    """The data set in `folder`: read if it is there, else built from where an earlier build stopped.

    Arguments:
        split: (n,) uint8, as in Faces.
        what: the task in words, for the progress bar.
        more: what else meta.json is to say.
        jobs: processes; all cores if not given.
    """
    store.check_space(folder, work.plan)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(folder) + ".lock"):  # a second process waits here, and then finds it done
        if not _is_done(folder, work.plan):
            writer = Writer(folder, work.plan)
            _stop_if_too_many(writer)
            todo = [k for k in range(work.plan.chunks) if k not in writer.done]
            with _bar(what, work.plan, writer) as advance:
                for number, chunk in _made(work, todo, jobs or os.cpu_count() or 1):
                    writer.write(number, chunk)
                    _stop_if_too_many(writer)
                    advance(len(work.plan.rows(number)))
            writer.finish(split, people, more)
    return store.read(folder)


def _is_done(folder: Path, plan: Plan) -> bool:
    if not store.is_prepared(folder):
        return False
    meta = store.read_meta(folder)
    return bool(meta.get("key") == plan.key and meta.get("format") == store.FORMAT)


def _made(work: Work, todo: list[int], jobs: int) -> Iterator[tuple[int, Chunk]]:
    if jobs == 1 or len(todo) <= 1:
        for number in todo:
            yield number, work.make(work.plan.rows(number))
        return
    # spawn: a fork of a process that runs threads (torch's, BLAS's) may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(todo)), context, initializer=_start, initargs=(work,))
    try:
        waiting = {pool.submit(_make, number): number for number in todo[: 2 * jobs]}
        rest = iter(todo[2 * jobs :])
        while waiting:
            done: set[Future[Chunk]] = wait(waiting, return_when=FIRST_COMPLETED).done
            for future in done:
                yield waiting.pop(future), future.result()
                for number in itertools.islice(rest, 1):
                    waiting[pool.submit(_make, number)] = number
    except BrokenProcessPool as error:
        raise UserError(
            "a process that made pictures was killed, perhaps for want of memory: run it again with fewer (--jobs 1); "
            "what is made already is kept"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_work: Work


def _start(work: Work) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer


def _make(number: int) -> Chunk:
    return _work.make(_work.plan.rows(number))


def _stop_if_too_many(writer: Writer) -> None:
    unread, count = writer.unread, writer.plan.count
    if len(unread) > TOLERATED * count:
        some = "; ".join(f"{file} ({reason})" for _, file, reason in unread[:3])
        raise UserError(
            f"{len(unread)} of {count} pictures can't be read so far, more than 1%: {some}"
            f"{'; ...' if len(unread) > 3 else ''}: the copy is damaged, get it anew"
        )


class _bar:
    """A progress bar on stderr, where there is a terminal."""

    def __init__(self, what: str, plan: Plan, writer: Writer) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self.progress = Progress(*columns, console=console, disable=not console.is_terminal)
        already = sum(len(plan.rows(k)) for k in writer.done)
        self.task = self.progress.add_task(what, total=plan.count, completed=already)

    def __enter__(self) -> Callable[[int], None]:
        self.progress.start()
        return lambda n: self.progress.advance(self.task, n)

    def __exit__(self, *_: object) -> None:
        self.progress.stop()
