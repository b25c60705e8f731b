"""The derived gradients as they run: autograd's at every architecture, and after a hundred steps of training."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from hw3.verify.cnn import AGREE, ARCHITECTURES, autograd_differences
from hw3.verify.network import PARAMETERS, Architecture, Backpropagation, torch_loss

SMALL = Architecture(12, 14, (2, 3, 4), 3, padding=1, classes=5)


def batches(architecture: Architecture, batch: int, seed: int = 0, dtype: torch.dtype = torch.float64):
    """Images of blobs whose place tells the class, so that there is something to learn."""
    g = torch.Generator().manual_seed(seed)
    shape = (batch, architecture.channels[0], architecture.height, architecture.width)
    while True:
        labels = torch.randint(architecture.classes, (batch,), generator=g)
        x = 0.3 * torch.randn(shape, generator=g, dtype=torch.float64)
        for image, label in zip(x, labels.tolist(), strict=True):
            image[:, 2 * label : 2 * label + 3, 2 * label : 2 * label + 3] += 2
        yield x.to(dtype), torch.eye(architecture.classes, dtype=dtype)[labels]


def autograd(parameters: dict[str, Tensor], x: Tensor, y: Tensor, a: Architecture) -> tuple[Tensor, dict[str, Tensor]]:
    leaves = {k: v.clone().requires_grad_() for k, v in parameters.items()}
    loss = torch_loss(leaves, x, y, a.stride, a.padding)
    return loss.detach(), dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_hundred_steps_side_by_side_end_in_one_place(momentum: float) -> None:
    mine, theirs = SMALL.parameters(1), SMALL.parameters(1)
    start = SMALL.parameters(1)
    step, rate = Backpropagation(SMALL, 16), 2.0 * (1 - momentum)
    moving: list[dict[str, Tensor]] = [{k: torch.zeros_like(v) for k, v in mine.items()} for _ in range(2)]
    losses = []
    for x, y in itertools.islice(batches(SMALL, 16), 100):
        loss, gradients = step(mine, x, y)
        _, wanted = autograd(theirs, x, y, SMALL)
        for parameters, found, velocity in ((mine, gradients, moving[0]), (theirs, wanted, moving[1])):
            for k, gradient in found.items():
                velocity[k] = momentum * velocity[k] + gradient
                parameters[k] = parameters[k] - rate * velocity[k]
        losses.append(float(loss))
    for k in PARAMETERS:
        assert float((mine[k] - theirs[k]).abs().max()) < 1e-10, k
        assert float((mine[k] - start[k]).abs().max()) > 1e-2, "it has moved"
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10]), "it has learnt"


def test_the_derived_gradients_are_autograds_at_the_architectures_of_the_command() -> None:
    assert {a.stride for a, _ in ARCHITECTURES} >= {1, 2}
    assert {a.padding for a, _ in ARCHITECTURES} >= {0, 1}
    assert {batch for _, batch in ARCHITECTURES} >= {1, 7}
    assert {a.channels[0] for a, _ in ARCHITECTURES} >= {1, 3}
    assert any(a.height != a.width for a, _ in ARCHITECTURES)
    worst = autograd_differences(seed=3)
    assert set(worst) == {*PARAMETERS, "x"}
    assert max(worst.values()) < AGREE


@pytest.mark.parametrize(
    "architecture",
    [
        SMALL,
        Architecture(12, 12, (1, 2, 3), 3),  # the second pooling leaves one entry
        Architecture(13, 17, (2, 1, 1), 4, stride=1, padding=2, classes=3),
        Architecture(36, 40, (1, 2, 2), 2, stride=3, padding=0, classes=2),  # strides beyond the kernel
        Architecture(15, 19, (1, 1, 2), 3, stride=2, padding=2),
    ],
    ids=str,
)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_loss_and_gradients(architecture: Architecture, batch: int, dtype: torch.dtype, bound: float) -> None:
    parameters = architecture.parameters(2, dtype)
    x, y = next(batches(architecture, batch, 5, dtype))
    loss, gradients = Backpropagation(architecture, batch)(parameters, x, y)
    wanted_loss, wanted = autograd(parameters, x, y, architecture)
    torch.testing.assert_close(loss, wanted_loss, rtol=bound, atol=bound)
    assert not loss.requires_grad
    for k in PARAMETERS:
        assert gradients[k].dtype == dtype
        scale = float(wanted[k].norm())
        assert float((gradients[k].reshape(wanted[k].shape) - wanted[k]).norm()) <= bound * scale, k


def test_the_prediction_is_the_forward_pass() -> None:
    parameters = SMALL.parameters(0)
    x, y = next(batches(SMALL, 4))
    step = Backpropagation(SMALL, 4)
    probabilities = step.predict(parameters, x)
    torch.testing.assert_close(probabilities.sum(1), torch.ones(4, dtype=torch.float64))
    loss, _ = step(parameters, x, y)
    torch.testing.assert_close(-(y * probabilities.log()).sum() / 4, loss)
