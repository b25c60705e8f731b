"""Batches and pictures: functions of the seed and the step, however many processes share them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hw3_test_discs import discs

from hw3.errors import UserError
from hw3.vae.batches import Batches, order
from hw3.vae.config import Config
from hw3.vae.pictures import to_tensor

CONFIG = Config(batch_size=8, image_size=16, latent_dim=5, epochs=3, mirror=True)


def test_an_epoch_is_every_picture_once_and_epochs_differ() -> None:
    faces = discs(60)
    batches = Batches(faces, Config(batch_size=8, image_size=16, mirror=False))
    assert (batches.steps_per_epoch, batches.steps) == (5, 40)
    x = torch.cat([batches.pictures(k) for k in range(5)])
    training = to_tensor(faces.images[faces.of("train")], CONFIG)
    found = [[torch.equal(a, b) for b in training].index(True) for a in x]
    assert len(set(found)) == 40
    assert not torch.equal(order(0, 0, 40), order(0, 1, 40))
    assert not torch.equal(order(0, 0, 40), order(1, 0, 40))


def test_a_step_is_the_same_whatever_came_before() -> None:
    one, other = Batches(discs(), CONFIG), Batches(discs(), CONFIG)
    for k in (11, 0, 7):
        other.pictures(k)
    assert torch.equal(one.pictures(9), other.pictures(9))
    assert torch.equal(one.noise(9), other.noise(9))
    assert not torch.equal(one.noise(9), one.noise(10))


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_share_the_batch_and_the_noise_of_one(processes: int) -> None:
    whole = Batches(discs(), CONFIG)
    shares = [Batches(discs(), CONFIG, rank=r, processes=processes) for r in range(processes)]
    for step in (0, 8, 13):
        assert torch.equal(torch.cat([s.pictures(step) for s in shares]), whole.pictures(step))
        assert torch.equal(torch.cat([s.noise(step) for s in shares]), whole.noise(step))


def test_every_second_epoch_is_mirrored() -> None:
    mirrored, plain = Batches(discs(), CONFIG), Batches(discs(), Config(batch_size=8, image_size=16, mirror=False))
    n = mirrored.steps_per_epoch
    assert torch.equal(mirrored.pictures(n - 1), plain.pictures(n - 1))
    assert torch.equal(mirrored.pictures(n), plain.pictures(n).flip(3))


def test_noise_is_standard_normal() -> None:
    batches = Batches(discs(), CONFIG)
    z = torch.cat([batches.noise(k) for k in range(2000)]).double()
    assert abs(z.mean()) < 5 / len(z) ** 0.5
    assert (torch.cov(z.T) - torch.eye(5)).abs().max() < 6 / len(z) ** 0.5


def test_errors() -> None:
    with pytest.raises(UserError, match="3 processes cannot share a batch of 8 evenly"):
        Batches(discs(), CONFIG, processes=3)
    faces = discs()
    faces.split[:] = 2
    with pytest.raises(UserError, match="no training pictures"):
        Batches(faces, CONFIG)


def test_fewer_pictures_than_a_batch_are_one_batch() -> None:
    assert Batches(discs(12), Config(batch_size=128, image_size=16)).pictures(0).shape == (8, 3, 16, 16)


def test_pictures_become_what_the_network_takes() -> None:
    images = discs(4, 32).images
    x = to_tensor(images, Config(image_size=32))
    assert x.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(x.permute(0, 2, 3, 1).mul(255).round().byte().numpy(), images)
    small = to_tensor(images, Config(image_size=16))
    averaged = torch.nn.functional.avg_pool2d(x, 2)
    assert (small - averaged).abs().mean() < 0.02
    grey = to_tensor(images, Config(image_size=32, channels=1))
    np.testing.assert_allclose(grey[:, 0], (images @ np.array([0.299, 0.587, 0.114])) / 255, atol=1e-5)
    assert torch.equal(to_tensor(images[..., :1], Config(image_size=32))[:, 0], x[:, 0])
    with pytest.raises(UserError, match="crop them to squares"):
        to_tensor(images[:, :20], CONFIG)
    with pytest.raises(UserError, match="pictures are bytes"):
        to_tensor(torch.from_numpy(images).float(), CONFIG)
