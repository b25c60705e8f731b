"""Kills runs at every moment that can be told apart, lets them go on, and prints what their weights are.

    python killing.py FOLDER EVENTS DELAYS

A parent that never computes forks a child for each run, so that torch is imported once. A child dies by
SIGKILL at the k-th event of writing (before a file is opened, half written, before it is on the disk, before
and after it is renamed), or after a delay.
"""

from __future__ import annotations

import builtins
import importlib.util
import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorboardX  # noqa: F401 - once, before the forks

from hw3.vae import weights

_spec = importlib.util.spec_from_file_location("discs", Path(__file__).with_name("discs.py"))
assert _spec is not None
assert _spec.loader is not None
discs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(discs)


class Halves(io.FileIO):
    """A file whose contents arrive in two halves, with an event between them."""

    event: Callable[[], None]

    def write(self, content: Any) -> int:
        view = memoryview(content)
        super().write(view[: len(view) // 2])
        self.event()
        super().write(view[len(view) // 2 :])
        return len(view)


def watched(event: Callable[[], None]) -> None:
    """Calls `event` at each moment of each atomic write of this process."""
    replace, fsync = os.replace, os.fsync

    def opened(file: Any, mode: str = "r", **options: Any) -> Any:
        if mode != "wb":
            return builtins.open(file, mode, **options)
        event()
        stream = Halves(str(file), "w")
        stream.event = event
        return stream

    def replaced(*arguments: Any) -> None:
        event()
        replace(*arguments)
        event()

    def synced(handle: int) -> None:
        event()
        fsync(handle)

    weights.open = opened  # type: ignore[attr-defined]
    os.replace, os.fsync = replaced, synced


def child(out: Path, at: int | None = None, settings: dict[str, Any] | None = None) -> int:
    """Forks a run that dies at event `at`; gives the child's id. Its count of events is in out.events."""
    pid = os.fork()
    if pid:
        return pid
    seen = 0

    def event() -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        watched(event)
        discs.run(out, resume=True, **(settings or {}))
        out.with_suffix(".events").write_text(str(seen))
        code = 0
    finally:
        os._exit(code)


def killed(pid: int) -> bool:
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def main(folder: Path, points: int, delays: int) -> None:
    discs.proof()
    whole = folder / "whole"
    start = time.perf_counter()
    assert not killed(child(whole))
    seconds = time.perf_counter() - start
    events = int(whole.with_suffix(".events").read_text())
    results = []
    for at in sorted({1 + round(k * (events - 1) / max(points - 1, 1)) for k in range(points)}):
        out = folder / f"event-{at}"
        died = killed(child(out, at))
        if at % 2:
            killed(child(out, 7))  # and once more while it goes on
        killed(child(out))
        results.append({"what": f"event {at} of {events}", "died": died, "weights": discs.digest(out)})
    for k in range(delays):
        delay = seconds * (k + 1) / (delays + 1)
        out = folder / f"delay-{k}"
        pid = child(out)
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        died = killed(pid)
        killed(child(out))
        results.append({"what": f"after {delay:.2f} s", "died": died, "weights": discs.digest(out)})
    print(json.dumps({"whole": discs.digest(whole), "events": events, "killed": results}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
