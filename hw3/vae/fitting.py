r"""The training of the prior: a rectified flow on the latents of the training set.

    loss = E ||v(y_t, t, a) - (y_1 - y_0)||^2 / D        y_1: a standardised latent, y_0 ~ N(0, I)

Every process fits the same flow on the same numbers (it takes a minute, and its batches are small), so there
is nothing to share. The weights that are kept are a running mean of those along the way.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from hw3.errors import Interrupted, UserError
from hw3.vae.batches import FLOW, Batches, generator, order
from hw3.vae.checkpoints import Checkpoint, restore, tensors_of
from hw3.vae.config import Config
from hw3.vae.interrupts import Interrupts
from hw3.vae.model import VAE
from hw3.vae.pictures import to_tensor
from hw3.vae.prior import KNOWN, Flow

BATCH = 256
RATE = 1e-3
AVERAGE = 0.995  # of the running mean of the weights
EVERY = 5  # of these steps take as long as one of the network: a checkpoint is due so much less often


@torch.no_grad()
def latents(network: VAE, batches: Batches, progress: Callable[[int, int], None] = lambda k, n: None) -> Tensor:
    """The posterior means of the training pictures, (n, latent_dim) float32 on the processor."""
    network.eval()
    found = []
    for k in range(0, len(batches.indices), 256):
        images = batches.images[k : k + 256] if isinstance(batches.images, Tensor) else None
        chosen = images if images is not None else batches.images[batches.indices[k : k + 256]]
        x = to_tensor(chosen, batches.config, batches.device)
        with torch.autocast(batches.device.type, torch.bfloat16, enabled=batches.config.precision == "bf16"):
            found.append(network.encode(x)[0].cpu())
        progress(k, len(batches.indices))
    return torch.cat(found)


@dataclass
class Fitter:
    """The fit of a flow to latents (n, latent_dim); `save` and `tell` are as a Trainer's."""

    flow: Flow
    config: Config
    device: torch.device
    interrupts: Interrupts
    save: Callable[[str, int, dict[str, Tensor]], None]
    tell: Callable[[dict[str, Any]], None]

    def __post_init__(self) -> None:
        self.flow.to(self.device)
        self.average = copy.deepcopy(self.flow)
        self.optimizer = torch.optim.Adam(
            self.flow.parameters(), lr=RATE, betas=(0.9, 0.99), fused=self.device.type in ("cpu", "cuda")
        )

    def resume(self, checkpoint: Checkpoint) -> None:
        restore(checkpoint, "flow", self.flow, self.optimizer)
        restore(checkpoint, "prior", self.average)

    def run(self, z: Tensor, shown: Tensor, first: int = 0) -> Flow:
        """Takes the steps from `first` to the last, and gives the averaged flow.

        Arguments:
            z: the latents.
            shown: (n, attributes) of ones and zeros, what the picture of each latent shows.

        Raises:
            UserError: the loss is no longer a number.
            Interrupted: Ctrl-C; the state was saved.
        """
        for module in (self.flow, self.average):
            module.centre.copy_(z.mean(0))
            module.deviation.copy_(z.std(0).clamp_min(1e-4))
            module.known.copy_(shown[order(self.config.seed, 0, len(shown)).repeat(-(-KNOWN // len(shown)))[:KNOWN]])
        y = ((z - z.mean(0)) / z.std(0).clamp_min(1e-4)).to(self.device)
        shown = shown.to(self.device)
        steps = self.config.flow_steps
        for step in range(first, steps):
            done = step + 1
            loss = self._step(y, shown, step, steps)
            if not math.isfinite(loss):
                raise UserError(f"the prior's loss is not a number at step {done}: give --prior normal")
            if done % 50 == 0 or done == steps:
                self.tell({"stage": "prior", "step": done, "loss": loss.item()})
            stop = self.interrupts.asked
            if done % (EVERY * self.config.checkpoint_every) == 0 or stop or done == steps:
                kept = {**tensors_of("flow", self.flow, self.optimizer), **tensors_of("prior", self.average)}
                self.save("prior", done, kept)
            if stop and done < steps:
                raise Interrupted(f"interrupted in the prior, after step {done} of {steps}: go on with --resume")
        return self.average

    def _step(self, y: Tensor, shown: Tensor, step: int, steps: int) -> Tensor:
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / steps))
        g = generator(self.config.seed, FLOW, step)
        n = min(BATCH, len(y))
        chosen = torch.randint(len(y), (n,), generator=g).to(self.device)
        target = y[chosen]
        noise = torch.randn(n, y.shape[1], generator=g).to(self.device)
        t = torch.sigmoid(torch.randn(n, generator=g)).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bf16"):
            found = self.flow.velocity(noise + t[:, None] * (target - noise), t, shown[chosen])
        loss = (found - (target - noise)).square().mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.flow.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            weight = 1 - min(AVERAGE, (step + 1) / (step + 10))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.flow.parameters()), weight)
        return loss.detach()
