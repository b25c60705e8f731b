"""hw3 run-vae as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hw3_test_discs import discs

from hw3 import cli
from hw3.errors import Interrupted
from hw3.vae import pipeline
from hw3.vae.journal import Journal

LITTLE = [
    *("--epochs", "2", "--batch-size", "16", "--latent-dim", "5", "--image-size", "16", "--prior", "normal"),
    *("--device", "cpu"),
]


@pytest.fixture
def _discs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Discs for faces, and no judge of them: what that finds has tests of its own."""
    monkeypatch.setattr(pipeline, "load", lambda path, size, channels: discs(96, size, channels))
    monkeypatch.setattr(pipeline, "evaluate", lambda run, faces, tell: {"reconstruction": {"mse": 0.5}, "figures": []})
    monkeypatch.setattr(pipeline, "summary", lambda told: [("MSE", f"{told['reconstruction']['mse']}")])


@pytest.mark.usefixtures("_discs")
def test_a_run_from_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert cli.main(["run-vae", *LITTLE, "--out", str(out)]) == 0
    printed = capfd.readouterr()
    assert "proved; checked in" in printed.err
    assert "ELBO" in printed.err
    for name in ("samples.png", "reconstructions.png", "loss.png"):
        assert f"{out}/figures/{name}\n" in printed.out
        assert (out / "figures" / name).exists()
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["seconds"]["network"] > 0
    assert cli.main(["run-vae", "--out", str(out)]) == 2
    assert "holds a run already: go on with it by --resume" in capfd.readouterr().err
    assert cli.main(["run-vae", "--out", str(out), "--resume", "--epochs", "3"]) == 2
    assert "was begun with --epochs 2, not 3" in capfd.readouterr().err
    assert cli.main(["run-vae", "--out", str(out), "--resume"]) == 0


@pytest.mark.usefixtures("_discs")
def test_a_finished_run_shows_what_was_measured_and_measures_no_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert cli.main(["run-vae", *LITTLE, "--out", str(out)]) == 0
    first = capfd.readouterr().out
    again = ["run-vae", "--resume", "--out", str(out)]

    def forbidden(*_: object) -> None:
        pytest.fail("measured again")

    evaluate = pipeline.evaluate
    monkeypatch.setattr(pipeline, "evaluate", forbidden)
    assert cli.main(again) == 0
    assert capfd.readouterr().out == first
    # The same where the run was moved.
    moved = out.rename(tmp_path / "nur")
    assert pipeline.measured(moved) is not None
    moved.rename(out)
    # Where a figure is gone, or the weights are others, it is measured anew.
    monkeypatch.setattr(pipeline, "evaluate", evaluate)
    (out / "figures" / "loss.png").unlink()
    assert pipeline.measured(out) is None
    assert cli.main(again) == 0
    assert (out / "figures" / "loss.png").exists()
    assert pipeline.measured(out) is not None
    told = json.loads((out / "metrics.json").read_text())
    (out / "metrics.json").write_text(json.dumps({**told, "weights": "of another run"}))
    assert pipeline.measured(out) is None


@pytest.mark.usefixtures("_discs")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--epochs", "0"], "epochs is 0: it must be at least 1"),
        (["--prior", "gaussian"], "prior is gaussian: it must be normal or flow"),
        (["--image-size", "50"], "image-size is 50: it must be a power of 2 from 16 on"),
        (["--device", "cuda:7"], "torch cannot compute on 'cuda:7' here: use --device cpu"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert cli.main(["run-vae", *LITTLE, *options, "--out", str(tmp_path / "run")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run" / "config.json").exists()


def test_an_interrupt_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(asked: object, given: object) -> None:
        raise Interrupted("interrupted after step 7 of 12, which is saved: go on with --resume")

    monkeypatch.setattr(pipeline, "run", interrupted)
    assert cli.main(["run-vae"]) == 130
    assert capsys.readouterr().err == "hw3: interrupted after step 7 of 12, which is saved: go on with --resume\n"


@pytest.mark.usefixtures("_discs")
def test_a_disk_that_fills_up_while_the_log_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Journal, entry: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "write", full)
    assert cli.main(["run-vae", *LITTLE, "--out", str(tmp_path / "run")]) == 2
    assert "run is full: make room and go on with --resume" in capsys.readouterr().err.replace("\n", " ")


def test_help_needs_no_torch() -> None:
    code = "import sys; from hw3.cli import main; main(['run-vae', '--help']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")
    assert "--resume" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_control_c_in_the_middle_saves_and_a_lock_keeps_others_out(tmp_path: Path) -> None:
    """A real process, a real SIGINT; and while it runs, nobody else writes to its folder."""
    script = Path(__file__).with_name("sharing.py")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    code = (
        "import sys, time, runpy; from hw3.vae.training import Trainer\n"
        "gradient = Trainer._gradient\n"
        "def held(self, model, step, steps):\n"
        "    while step == 5 and not self.interrupts.asked: time.sleep(0.05)\n"
        "    return gradient(self, model, step, steps)\n"
        "Trainer._gradient = held\n"
        f"sys.argv = ['sharing.py', {str(tmp_path / 'run')!r}]; runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)
    log = tmp_path / "run" / "log.jsonl"
    while not (log.exists() and log.stat().st_size) and process.poll() is None:
        time.sleep(0.1)
    other = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "run")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert "Interrupted: interrupted after step" in said
    assert other.returncode != 0
    assert "another hw3 is training in" in other.stderr
    assert "after step 6 of 12, which is saved" in said
    assert [f.stem[-2:] for f in sorted((tmp_path / "run" / "checkpoints").glob("*.safetensors"))] == ["04", "06"]
