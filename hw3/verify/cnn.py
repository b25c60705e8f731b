"""`hw3 verify cnn`: the lemmas and the backward pass of the network, judged.

Beside the witnesses of every claim, the derived gradients are compiled and compared with torch's autograd,
tensor by tensor, at fixed architectures: the homework's 28 x 28, images that are not square, stride 2,
padding, three channels, batches of 1 and 7.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch

from hw3.derivations.cnn import claims
from hw3.verify.entry import callable_module
from hw3.verify.judge import Settings, judge
from hw3.verify.network import PARAMETERS, Architecture, Backpropagation, torch_loss
from hw3.verify.verdicts import Evidence, Report, Verdict

TITLE = "Backpropagation through a convolutional network"
ARCHITECTURES: tuple[tuple[Architecture, int], ...] = (
    (Architecture(28, 28, (1, 4, 8), 5), 7),
    (Architecture(28, 28, (1, 2, 3), 5), 1),
    (Architecture(20, 26, (3, 4, 5), 3, padding=1), 7),
    (Architecture(31, 27, (3, 2, 4), 3, stride=2, padding=1), 2),
)
AGREE = 1e-12
BUG = "A proof and torch disagree: this is a bug in hw3, please report it."


def count() -> int:
    """How many claims `verify` judges."""
    return len(claims())


def verify(settings: Settings, progress: Callable[[str], None] = lambda title: None) -> Report:
    """Judges every claim of `hw3.derivations.cnn`."""
    start = time.perf_counter()
    apart = autograd_differences(settings.seed)
    verdicts = []
    for claim in claims():
        progress(claim.title)
        verdicts.append(_with_autograd(judge(claim, settings), apart))
    return Report("cnn", tuple(verdicts), time.perf_counter() - start)


def autograd_differences(seed: int) -> dict[str, float]:
    """For each parameter and the image, the largest difference between the derived gradient and autograd's
    over the architectures, relative to the gradient's norm."""
    worst = dict.fromkeys((*PARAMETERS, "x"), 0.0)
    for k, (architecture, batch) in enumerate(ARCHITECTURES):
        g = torch.Generator().manual_seed(seed + k)
        parameters = architecture.parameters(seed + k)
        image = (batch, architecture.channels[0], architecture.height, architecture.width)
        x = torch.randn(image, generator=g, dtype=torch.float64)
        y = torch.rand(batch, architecture.classes, generator=g, dtype=torch.float64)
        y = y / y.sum(1, keepdim=True)
        _, derived = Backpropagation(architecture, batch, image=True)(parameters, x, y)
        leaves = {name: t.clone().requires_grad_() for name, t in (parameters | {"x": x}).items()}
        loss = torch_loss(leaves, leaves["x"], y, architecture.stride, architecture.padding)
        for name, theirs in zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True):
            error = (derived[name].reshape(theirs.shape) - theirs).norm() / theirs.norm()
            worst[name] = max(worst[name], float(error))
    return worst


def _with_autograd(verdict: Verdict, apart: dict[str, float]) -> Verdict:
    """The verdict with what the compiled gradient of its variable says."""
    name = verdict.claim.name.removeprefix("gradient-")
    if name not in apart:
        return verdict
    worst = apart[name]
    says = f"the compiled gradient is within {worst:.0e} of torch's at {len(ARCHITECTURES)} architectures"
    evidence = Evidence("compiled", worst < AGREE, says, {"worst_error": worst})
    found = replace(verdict, evidence=(*verdict.evidence, evidence))
    if worst < AGREE:
        return found
    return replace(
        found, verdict="undecided", reason="A proof and torch disagree: this is a bug in hw3, please report it."
    )


callable_module(__name__)
