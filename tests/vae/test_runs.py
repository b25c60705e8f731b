"""A finished run: what is in its folder, and what it can do."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hw3_test_discs import SETTINGS, discs, run

from hw3.errors import UserError
from hw3.vae.figures import grid, training_figures
from hw3.vae.journal import Journal, read_journal
from hw3.vae.runs import Run


def test_it_codes_and_decodes_and_samples(finished: Path) -> None:
    loaded, faces = Run.load(finished), discs()
    z = loaded.encode(faces.images)
    assert z.shape == (96, 6)
    again = loaded.decode(z)
    assert again.shape == faces.images.shape
    assert 0 <= again.min() <= again.max() <= 1
    grey = np.full_like(faces.images, round(faces.images.mean())) / 255
    error = np.square(again.numpy() - faces.images / 255).mean()
    assert error < 0.5 * np.square(grey - faces.images / 255).mean()
    mean, log_variance = loaded.encode_law(faces.images)
    assert torch.equal(mean, z)
    assert (log_variance < 0).float().mean() > 0.9
    # One at a time as all at once: in evaluation a picture does not depend on its neighbours.
    torch.testing.assert_close(loaded.encode(faces.images[3:4]), z[3:4], atol=1e-5, rtol=1e-5)
    samples = loaded.sample(5, seed=3)
    assert samples.shape == (5, 16, 16, 3)
    assert torch.equal(samples, loaded.sample(5, seed=3))
    assert not torch.equal(samples, loaded.sample(5, seed=4))
    assert loaded.encode(faces.images[:0]).shape == (0, 6)
    assert loaded.decode(z[:0]).shape == (0, 16, 16, 3)


def test_its_folder_tells_how_it_went(finished: Path) -> None:
    assert json.loads((finished / "config.json").read_text())["latent_dim"] == 6
    entries = read_journal(finished / "log.jsonl")
    steps = [e["step"] for e in entries if e["stage"] == "network"]
    assert steps == list(range(2, 13, 2))
    assert all(math.isfinite(v) for e in entries for v in e.values() if isinstance(v, float))
    assert list((finished / "tensorboard").glob("events.*"))
    record = json.loads((finished / "run.json").read_text())
    assert record["data"]["fingerprint"] == discs().fingerprint
    assert record["versions"]["torch"] == torch.__version__
    assert not (finished / "checkpoints").exists()


def test_training_improves_on_the_linear_autoencoder(tmp_path: Path) -> None:
    trained = run(tmp_path / "run", epochs=60, prior="normal", precision="fp32", width=8, checkpoint_every=1000)
    entries = read_journal(tmp_path / "run" / "log.jsonl")
    first, last = entries[0], entries[-1]
    assert last["elbo"] > first["elbo"] + 20
    faces = discs()
    x = torch.from_numpy(faces.images[faces.of("train")]).float() / 255
    linear = trained.network.pca
    draft = linear.enlarge(linear.draft(linear.encode(x.permute(0, 3, 1, 2)))).permute(0, 2, 3, 1)
    again = trained.decode(trained.encode(faces.images[faces.of("train")]))
    assert (again - x).square().mean() < (draft - x).square().mean()


@pytest.mark.parametrize("settings", [{"channels": 1}, {"image_size": 32}, {"prior": "normal", "beta": 4.0}])
def test_other_settings(tmp_path: Path, settings: dict[str, object]) -> None:
    trained = run(tmp_path / "run", epochs=1, flow_steps=5, **settings)
    size, channels = trained.config.image_size, trained.config.channels
    assert trained.sample(2, 0).shape == (2, size, size, channels)
    assert Run.load(tmp_path / "run").config.json() == {
        **trained.config.json(),
        **SETTINGS,
        "epochs": 1,
        "flow_steps": 5,
        **settings,
    }


def test_a_folder_without_a_run_and_one_that_is_damaged(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no folder that hw3 run-vae wrote"):
        Run.load(tmp_path)
    shutil.copytree(finished, tmp_path / "run")
    file = tmp_path / "run" / "weights.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UserError, match="is damaged"):
        Run.load(tmp_path / "run")
    file.unlink()
    with pytest.raises(UserError, match=r"holds no finished training: go on with hw3 run-vae --out .* --resume"):
        Run.load(tmp_path / "run")


def test_figures(finished: Path) -> None:
    for file in training_figures(Run.load(finished), discs()):
        assert file.stat().st_size > 500
    images = np.zeros((3, 4, 4, 3))
    images[2] = 1.2  # brighter than white is white
    sheet = grid(images, 2)
    assert sheet.shape == (10, 10, 3)
    assert (sheet[:4, :4] == 0).all()
    assert (sheet[4:6] == 255).all()
    assert (sheet[6:, :4] == 255).all()


def test_a_log_that_was_cut_short_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for step in (2, 4, 6):
        journal.write({"stage": "network", "step": step, "mse": 1 / step})
    journal.close()
    with open(tmp_path / "log.jsonl", "a") as stream:
        stream.write('{"stage": "network", "st')
    assert [e["step"] for e in read_journal(tmp_path / "log.jsonl")] == [2, 4, 6]
    again = Journal(tmp_path, ("network", 4))
    again.write({"stage": "prior", "step": 1, "loss": 0.5})
    again.close()
    assert [(e["stage"], e["step"]) for e in read_journal(tmp_path / "log.jsonl")] == [
        ("network", 2),
        ("network", 4),
        ("prior", 1),
    ]
