"""The demonstration of `hw3 verify cnn --train`: the network learns digits by the derived gradients.

Two copies start from the same parameters; one steps along the gradients that were derived and proved, the
other along autograd's. Their losses are the same curve.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hw3.errors import UserError
from hw3.verify.network import Architecture, Backpropagation, torch_loss

ARCHITECTURE = Architecture(28, 28, (1, 8, 16), 5)
BATCH, RATE, MOMENTUM = 64, 0.5, 0.9


Gradient = Callable[[Mapping[str, Tensor], Tensor, Tensor], tuple[Tensor, dict[str, Tensor]]]


@dataclass(frozen=True)
class Trained:
    """What the demonstration found: the two loss curves, the largest difference between the parameters in
    the end (relative), the accuracy on digits that were held out, and the seconds of each copy."""

    derived: list[float]
    autograd: list[float]
    apart: float
    accuracy: float
    held_out: int
    seconds: tuple[float, float]


def digits(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's 8 x 8 digits, drawn larger to 28 x 28: (x, y, held-out x, held-out y), y one-hot.

    Raises:
        UserError: scikit-learn isn't installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise UserError("the digits come with scikit-learn: pip install 'hw3[digits]'") from error
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float64)[:, None] / 16
    large = torch.nn.functional.interpolate(images, size=(28, 28), mode="bilinear", align_corners=False)
    labels = torch.eye(10, dtype=torch.float64)[torch.tensor(data.target)]
    order = torch.randperm(len(large), generator=torch.Generator().manual_seed(seed))
    held, kept = order[:360], order[360:]
    return large[kept] - 0.3, labels[kept], large[held] - 0.3, labels[held]


def train(steps: int = 200, seed: int = 0, progress: Callable[[int], None] = lambda step: None) -> Trained:
    """Trains both copies side by side by SGD with momentum, in float64."""
    x, y, held_x, held_y = digits(seed)
    g = torch.Generator().manual_seed(seed)
    mine = ARCHITECTURE.parameters(seed)
    theirs = {k: v.clone() for k, v in mine.items()}
    backward = Backpropagation(ARCHITECTURE, BATCH)
    velocities = [{k: torch.zeros_like(v) for k, v in mine.items()} for _ in range(2)]
    copies: tuple[tuple[dict[str, Tensor], Gradient], ...] = ((mine, backward), (theirs, _autograd))
    curves: tuple[list[float], list[float]] = ([], [])
    seconds = [0.0, 0.0]
    for step in range(steps):
        rows = torch.randint(len(x), (BATCH,), generator=g)
        batch = x[rows], y[rows]
        for k, (parameters, gradient) in enumerate(copies):
            start = time.perf_counter()
            loss, gradients = gradient(parameters, *batch)
            _move(parameters, gradients, velocities[k])
            seconds[k] += time.perf_counter() - start
            curves[k].append(float(loss))
        progress(step)
    apart = max(float((mine[k] - theirs[k]).norm() / theirs[k].norm()) for k in mine)
    scores = Backpropagation(ARCHITECTURE, len(held_x)).predict(mine, held_x)
    accuracy = float((scores.argmax(1) == held_y.argmax(1)).double().mean())
    return Trained(*curves, apart, accuracy, len(held_x), (seconds[0], seconds[1]))


def _autograd(parameters: Mapping[str, Tensor], x: Tensor, y: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    leaves = {k: v.clone().requires_grad_() for k, v in parameters.items()}
    loss = torch_loss(leaves, x, y)
    return loss.detach(), dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))


def _move(parameters: dict[str, Tensor], gradients: Mapping[str, Tensor], velocity: dict[str, Tensor]) -> None:
    """One step of SGD with momentum, in place."""
    for k, gradient in gradients.items():
        velocity[k].mul_(MOMENTUM).add_(gradient.reshape(parameters[k].shape))
        parameters[k].sub_(RATE * (1 - MOMENTUM) * velocity[k])


def plot(trained: Trained, file: Path) -> None:
    """The two loss curves, one over the other."""
    from hw3.verify.reports.figures import save_figure

    def draw(axes: Any) -> None:
        axes.semilogy(trained.autograd, color="#9ecae1", lw=4, label="autograd")
        axes.semilogy(trained.derived, color="#08306b", lw=1.2, label="the derived gradients")
        axes.set_xlabel("step")
        axes.set_ylabel("loss")
        axes.set_title(f"Digits: {trained.accuracy:.1%} of {trained.held_out} held out are read rightly")
        axes.legend(frameon=False)

    save_figure(file, draw)
