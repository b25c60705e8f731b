"""Building goes on where it stopped, whatever stopped it, and ends with the same bytes."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw3.errors import UserError
from hw3.vae.data import building, load, store
from hw3.vae.data.building import build
from hw3.vae.data.store import Chunk, Plan, Writer

PLAN = Plan(count=5 * store.CHUNK + 7, size=4, channels=3, names=("a", "b"), source="noise", key="one")
SPLIT = np.zeros(PLAN.count, np.uint8)


class Noise:
    """Chunks that depend on their rows alone; counts how many it made."""

    def __init__(self, plan: Plan = PLAN, stop_at: int | None = None, error: BaseException | None = None) -> None:
        self.plan, self.stop_at, self.error, self.made = plan, stop_at, error, 0

    def make(self, rows: range) -> Chunk:
        if self.made == self.stop_at and self.error is not None:
            raise self.error
        self.made += 1
        draw = np.random.default_rng(rows.start)
        images = draw.integers(0, 256, (len(rows), 4, 4, 3), np.uint8)
        return Chunk(images, draw.random((len(rows), 2)) < 0.5)


@pytest.fixture
def whole(tmp_path: Path) -> str:
    return build(tmp_path / "whole", Noise(), SPLIT, what="", jobs=1).fingerprint


@pytest.mark.parametrize("stop_at", range(6))
def test_an_interrupted_build_makes_only_what_is_missing(stop_at: int, tmp_path: Path, whole: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "data", Noise(stop_at=stop_at, error=KeyboardInterrupt()), SPLIT, what="", jobs=1)
    assert not store.is_prepared(tmp_path / "data")
    again = Noise()
    faces = build(tmp_path / "data", again, SPLIT, what="", jobs=1)
    assert again.made == PLAN.chunks - stop_at
    assert faces.fingerprint == whole
    assert not list((tmp_path / "data").glob("*.partial"))


def _cut_journal(folder: Path) -> None:
    path = folder / store.JOURNAL
    path.write_bytes(path.read_bytes()[:-20])


def _spoil_chunk(folder: Path) -> None:
    path = folder / f"{store.IMAGES}.partial"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)


def _lose_images(folder: Path) -> None:
    (folder / f"{store.IMAGES}.partial").unlink()


@pytest.mark.parametrize(("harm", "left"), [(_cut_journal, 3), (_spoil_chunk, 3), (_lose_images, 0)])
def test_what_a_crash_spoilt_is_made_again(harm: Callable[[Path], None], left: int, tmp_path: Path, whole: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "data", Noise(stop_at=4, error=KeyboardInterrupt()), SPLIT, what="", jobs=1)
    harm(tmp_path / "data")
    again = Noise()
    assert build(tmp_path / "data", again, SPLIT, what="", jobs=1).fingerprint == whole
    assert again.made == PLAN.chunks - left


def test_another_source_starts_anew(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "data", Noise(stop_at=4, error=KeyboardInterrupt()), SPLIT, what="", jobs=1)
    other = Noise(Plan(PLAN.count, 4, 3, ("a", "b"), "noise", key="two"))
    build(tmp_path / "data", other, SPLIT, what="", jobs=1)
    assert other.made == PLAN.chunks


@pytest.mark.parametrize("at", range(1, 12, 2))
def test_a_full_disk_is_said_and_nothing_is_lost(
    at: int, tmp_path: Path, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fsync fails as it does when the disk fills up: at any of the writes."""
    calls = 0
    real = os.fsync

    def full(file: int) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file)

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", full)
        with pytest.raises(UserError, match=r"cannot write to .*data \(no space left on device\): free some space"):
            build(tmp_path / "data", Noise(), SPLIT, what="", jobs=1)
    assert build(tmp_path / "data", Noise(), SPLIT, what="", jobs=1).fingerprint == whole


def test_a_disk_too_small_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, 1000))  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=r"needs 0 MB and its disk has 0 MB left: free some, or name a folder"):
        build(tmp_path / "data", Noise(), SPLIT, what="", jobs=1)
    assert not list(tmp_path.iterdir())


KILLED = """
import sys, time
from pathlib import Path
from hw3.vae.data import building, load
from hw3.vae.data import store
store.CHUNK = 8
real = store.Writer.write
def slow(self, number, chunk):
    real(self, number, chunk)
    print(number, flush=True)
    time.sleep(0.02)
store.Writer.write = slow
load(size=16, counts=(120, 8, 8), jobs=1, cache=Path(sys.argv[1]))
"""


def test_kill_9_while_faces_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHUNK", 8)
    whole = load(size=16, counts=(120, 8, 8), jobs=1, cache=tmp_path / "whole")
    command = [sys.executable, "-c", KILLED, str(tmp_path / "cut")]
    for wait_for in (1, 6):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(wait_for):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
    (folder,) = (p for p in (tmp_path / "cut" / "avatars").iterdir() if p.is_dir())
    done = [json.loads(line) for line in (folder / store.JOURNAL).read_text().splitlines() if line.endswith("}")]
    assert len(done) >= 7  # the head and six chunks
    assert load(size=16, counts=(120, 8, 8), jobs=1, cache=tmp_path / "cut").fingerprint == whole.fingerprint


def test_two_processes_at_once_build_it_once(tmp_path: Path) -> None:
    """The second waits for the first, and finds it done."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom hw3.vae.data import load\n"
        "print(load(size=16, counts=(60, 8, 8), jobs=1, cache=Path(sys.argv[1])).fingerprint)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1]


def test_several_processes_give_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHUNK", 8)
    one = load(size=16, counts=(30, 8, 8), jobs=1, cache=tmp_path / "one")
    program = (
        "import sys\nfrom pathlib import Path\nfrom hw3.vae.data import load, store\nstore.CHUNK = 8\n"
        "if __name__ == '__main__':\n"
        "    print(load(size=16, counts=(30, 8, 8), jobs=2, cache=Path(sys.argv[1])).fingerprint)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(program)
    other = subprocess.run([sys.executable, script, tmp_path / "two"], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == one.fingerprint


def test_a_killed_worker_is_said(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from hw3.vae.data.building import build\nfrom hw3.vae.data.store import Plan\n"
        "class Dying:\n"
        "    plan = Plan(2000, 4, 3, ('a',), 'noise', key='one')\n"
        "    def make(self, rows): os.kill(os.getpid(), signal.SIGKILL)\n"
        "if __name__ == '__main__': build(Path(sys.argv[1]), Dying(), np.zeros(2000, np.uint8), what='', jobs=2)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(program)
    ended = subprocess.run([sys.executable, script, tmp_path / "data"], capture_output=True, text=True)
    assert "UserError: a process that made pictures was killed, perhaps for want of memory" in ended.stderr


def test_a_chunk_of_another_shape_is_a_bug(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "data", PLAN)
    with pytest.raises(ValueError, match=r"chunk 0: images\.npy is"):
        writer.write(0, Chunk(np.zeros((3, 4, 4, 3), np.uint8), np.zeros((3, 2), bool)))
    with pytest.raises(ValueError, match="are missing"):
        writer.finish(SPLIT)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: _cut(folder / store.META), "meta.json can't be read .*: delete .* and prepare it again"),
        (lambda folder: _cut(folder / store.IMAGES), "data is damaged .*: delete it and prepare it again"),
        (lambda folder: (folder / store.SPLIT).unlink(), "data is damaged"),
    ],
)
def test_a_damaged_prepared_folder_is_said(harm: Callable[[Path], Any], said: str, tmp_path: Path) -> None:
    build(tmp_path / "data", Noise(), SPLIT, what="", jobs=1)
    harm(tmp_path / "data")
    with pytest.raises(UserError, match=said):
        load(tmp_path / "data", size=4)


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(tmp_path / "data", Noise(), SPLIT, what="drawing", jobs=1)
    assert capsys.readouterr() == ("", "")
    with building._bar("drawing", PLAN, Writer(tmp_path / "other", PLAN)) as advance:
        advance(1)
    assert capsys.readouterr() == ("", "")
