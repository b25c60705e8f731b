"""How a run went: a line of JSON every few steps, and the same curves for TensorBoard.

A line that was cut short by a crash, and lines after the checkpoint that a run goes on from, are dropped; the
TensorBoard files are written anew from what is left, so that the two always tell the same.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from hw3.vae.checkpoints import STAGES
from hw3.vae.weights import write_bytes


class Journal:
    """log.jsonl and tensorboard/ in a run's folder; `at` is the checkpoint (stage, step) that the run goes on from."""

    def __init__(self, folder: Path, at: tuple[str, int] | None = None) -> None:
        from tensorboardX import SummaryWriter

        self.file = folder / "log.jsonl"
        kept = [line for line in read_journal(self.file) if at is not None and _place(line) <= _order(*at)]
        write_bytes(self.file, "".join(_line(entry) for entry in kept).encode())
        shutil.rmtree(folder / "tensorboard", ignore_errors=True)
        self._board = SummaryWriter(str(folder / "tensorboard"), flush_secs=10)
        self._stream = open(self.file, "a", encoding="utf-8")  # noqa: SIM115 - closed by close()
        for entry in kept:
            self._draw(entry)

    def write(self, entry: dict[str, Any]) -> None:
        """Adds a line; it has "stage", "step" and numbers."""
        self._stream.write(_line(entry))
        self._stream.flush()
        self._draw(entry)

    def close(self) -> None:
        self._stream.close()
        self._board.close()

    def _draw(self, entry: dict[str, Any]) -> None:
        for name, value in entry.items():
            if name not in ("stage", "step", "epoch"):
                self._board.add_scalar(f"{entry['stage']}/{name}", value, entry["step"])


def read_journal(file: Path) -> list[dict[str, Any]]:
    """The lines of a log.jsonl, up to one that was cut short."""
    if not file.exists():
        return []
    entries = []
    for line in file.read_bytes().split(b"\n"):
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
    return entries


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, allow_nan=False) + "\n"


def _place(entry: dict[str, Any]) -> tuple[int, int]:
    return _order(entry["stage"], entry["step"])


def _order(stage: str, step: int) -> tuple[int, int]:
    return STAGES.index(stage), step
