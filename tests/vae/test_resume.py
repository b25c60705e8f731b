"""A run that dies and goes on ends with the weights of one that didn't, bit for bit."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hw3_test_discs import digest, discs, run

from hw3.errors import Interrupted, UserError
from hw3.vae import training, weights
from hw3.vae.checkpoints import Checkpoints

KILLING = Path(__file__).with_name("killing.py")


def killed(folder: Path, events: int, delays: int) -> None:
    done = subprocess.run(
        [sys.executable, str(KILLING), str(folder), str(events), str(delays)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for result in found["killed"]:
        assert result["weights"] == found["whole"], result["what"]
    assert sum(result["died"] for result in found["killed"]) >= events


def test_killed_and_resumed(tmp_path: Path) -> None:
    killed(tmp_path, 5, 1)


@pytest.mark.slow
def test_killed_at_every_event(tmp_path: Path) -> None:
    killed(tmp_path, 10_000, 8)


def test_a_second_run_has_the_same_weights_and_another_seed_has_not(finished: Path, tmp_path: Path) -> None:
    run(tmp_path / "again")
    run(tmp_path / "other", seed=1)
    assert digest(tmp_path / "again") == digest(finished)
    assert digest(tmp_path / "other") != digest(finished)


def test_checkpoints_do_not_change_the_run(finished: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", checkpoint_every=1, log_every=3)
    assert digest(tmp_path / "run") == digest(finished)


@pytest.mark.parametrize("step", [1, 10])
def test_interrupted_and_resumed(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    gradient = training.Trainer._gradient

    def interrupted(self: training.Trainer, model: object, k: int, steps: int) -> object:
        if k == step:
            signal.raise_signal(signal.SIGINT)
        return gradient(self, model, k, steps)

    monkeypatch.setattr(training.Trainer, "_gradient", interrupted)
    with pytest.raises(Interrupted, match=rf"after step {step + 1} of 12, which is saved.*--resume"):
        run(tmp_path / "run")
    monkeypatch.undo()
    run(tmp_path / "run", resume=True)
    assert digest(tmp_path / "run") == digest(finished)


def test_a_full_disk_loses_nothing(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, calls = weights.os.fsync, 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 9:
            raise OSError(28, "No space left on device")
        replace(handle)

    monkeypatch.setattr(weights.os, "fsync", full)
    with pytest.raises(UserError, match=r"the disk is full: .* needs .* MB and was not written"):
        run(tmp_path / "run")
    monkeypatch.undo()
    assert not list((tmp_path / "run").rglob("*.partial"))
    run(tmp_path / "run", resume=True)
    assert digest(tmp_path / "run") == digest(finished)


def interrupted_run(out: Path, monkeypatch: pytest.MonkeyPatch, step: int = 9) -> None:
    """A run that stopped with checkpoints after steps 8 and 10."""
    with monkeypatch.context() as patched:
        gradient = training.Trainer._gradient

        def stop(self: training.Trainer, model: object, k: int, steps: int) -> object:
            self.interrupts.asked = k == step
            return gradient(self, model, k, steps)

        patched.setattr(training.Trainer, "_gradient", stop)
        with pytest.raises(Interrupted):
            run(out)


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_serves(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    interrupted_run(out, monkeypatch)
    files = sorted((out / "checkpoints").glob("*.safetensors"))
    assert [f.stem[-2:] for f in files] == ["08", "10"]
    content = bytearray(files[-1].read_bytes())
    content[len(content) // 2] ^= 1
    files[-1].write_bytes(content)
    with pytest.raises(UserError, match=f"{files[-1].name} is damaged .* delete it"):
        run(out, resume=True)
    files[-1].unlink()
    run(out, resume=True)
    assert digest(out) == digest(finished)


def test_other_settings_or_pictures_on_resume_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    interrupted_run(out, monkeypatch)
    with pytest.raises(UserError, match="begun with --latent-dim 6, not 7: leave --latent-dim out"):
        run(out, resume=True, latent_dim=7)
    with pytest.raises(UserError, match="begun with other pictures"):
        run(out, discs(seed=5), resume=True)
    with pytest.raises(UserError, match="holds a run already: go on with it by --resume"):
        run(out)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        run(tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_finished_run_is_not_trained_again(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.Trainer, "run", lambda self, first: pytest.fail("trained again"))
    run(finished, resume=True)
    assert Checkpoints(finished).latest({}) is None


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the loss is not a number at step \d+.*smaller --learning-rate"):
        run(tmp_path / "run", learning_rate=1e30)
