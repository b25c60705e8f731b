"""The judge learns what is to be seen, and is kept."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hw3.vae.data.faces import Faces
from hw3.vae.judging import judge as judging
from hw3.vae.judging import kept
from hw3.vae.judging.judge import POOLED, Judge, accuracy, train
from hw3.vae.judging.kept import judge_of


def marked(n: int = 700, size: int = 16, channels: int = 3) -> Faces:
    """Pictures of noise with a bright patch for each of two attributes, in places of their own."""
    draw = np.random.default_rng(0)
    shown = draw.random((n, 2)) < 0.5
    images = draw.integers(60, 120, (n, size, size, channels), np.uint8)
    images[shown[:, 0], 1:6, 4:12] += 120
    images[shown[:, 1], 10:15, 4:12] += 120
    split = np.repeat(np.array([0, 1, 2], np.uint8), [n - 2 * (n // 5), n // 5, n // 5])
    return Faces(images, shown, ("Above", "Below"), split, f"{size}{channels}" * 16, "marks")


@pytest.fixture(scope="module")
def trained() -> Judge:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "BATCH", 32)
        return train(marked())


def test_it_learns_each_attribute_by_itself(trained: Judge) -> None:
    found = accuracy(trained, marked())
    assert min(found.values()) > 0.95
    said = trained.says(marked().images[-100:])
    assert said.shape == (100, 2)
    assert 20 < (said[:, 0] != said[:, 1]).sum() < 80


def test_bytes_and_floats_are_judged_alike_and_features_are_one_row_each(trained: Judge) -> None:
    images = marked().images[:40]
    one, other = trained.looks(images), trained.looks(torch.from_numpy(images).float() / 255)
    np.testing.assert_allclose(one.odds, other.odds, atol=1e-4)
    assert one.features.shape == (40, POOLED)
    assert one.features.std(0).max() > 0
    assert trained.looks(images[:0]).odds.shape == (0, 2)


def test_an_attribute_that_no_test_picture_has_has_no_accuracy(trained: Judge) -> None:
    faces = marked()
    faces.attributes[-140:, 0] = False
    found = accuracy(trained, faces)
    assert np.isnan(found["Above"])
    assert not np.isnan(found["Below"])


def test_it_is_trained_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces, calls = marked(200), []

    def counted(faces: Faces, device: object) -> Judge:
        calls.append(device)
        return train(faces)

    monkeypatch.setattr(kept, "train", counted)
    first = judge_of(faces, cache=tmp_path)
    again = judge_of(faces, cache=tmp_path)
    assert len(calls) == 1
    np.testing.assert_array_equal(first.looks(faces.images).odds, again.looks(faces.images).odds)
    (file,) = (tmp_path / "judges").glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-5])  # a damaged one is trained anew
    judge_of(faces, cache=tmp_path)
    assert len(calls) == 2


def test_its_training_depends_on_nothing_but_data_and_seed() -> None:
    faces = marked(200)
    torch.manual_seed(1)
    one = train(faces)
    torch.manual_seed(2)
    other = train(faces)
    assert torch.equal(one.network.head[0].weight, other.network.head[0].weight)
    before = torch.get_rng_state()
    train(faces)
    assert torch.equal(before, torch.get_rng_state())


def test_grey_pictures_are_judged() -> None:
    faces = marked(200, channels=1)
    assert train(faces).says(faces.images).shape == (200, 2)
