r"""The training of the network: Adam on the negative evidence lower bound, from any step to the end.

    rate(k) = r min(1, (k+1)/30) (1 + cos(pi k / steps)) / 2

The state after a step is a function of the configuration, the data and the step alone, so that a run that is
interrupted and goes on ends with the same weights, bit for bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from hw3.errors import Interrupted, UserError
from hw3.vae.batches import Batches
from hw3.vae.checkpoints import Checkpoint, restore, tensors_of
from hw3.vae.config import Config
from hw3.vae.interrupts import Interrupts
from hw3.vae.loss import Terms, elbo, loss_terms
from hw3.vae.model import VAE
from hw3.vae.pca import FITTED_ON
from hw3.vae.processes import mean_over_processes

WARM_UP = 30  # steps until the rate is whole: Adam's second moments need some gradients first
BETAS = (0.9, 0.99)  # 500 to 1,500 steps are few: .999 would remember the warm-up
LONGEST = 3e3  # of a gradient, in nats a picture; most are longer, so that no batch moves the weights more than others

Save = Callable[[str, int, dict[str, Tensor]], None]
Tell = Callable[[dict[str, Any]], None]


def rate(config: Config, step: int, steps: int) -> float:
    """The learning rate of a step."""
    return config.learning_rate * min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def adam(module: torch.nn.Module, learning_rate: float) -> torch.optim.Adam:
    """The optimiser; one kernel for all parameters where torch has it."""
    kinds = {p.device.type for p in module.parameters()}
    return torch.optim.Adam(module.parameters(), lr=learning_rate, betas=BETAS, fused=kinds <= {"cpu", "cuda"})


@dataclass
class Trainer:
    """The training of a network.

    Arguments:
        save: called with ("network", step, tensors) when a checkpoint is due, in the main process.
        tell: called with an entry of the log every few steps, in the main process.
        interrupts: where Ctrl-C is heard.
    """

    network: VAE
    batches: Batches
    config: Config
    accelerator: Accelerator
    interrupts: Interrupts
    save: Save
    tell: Tell

    def __post_init__(self) -> None:
        device = self.accelerator.device
        self.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = adam(self.network, self.config.learning_rate)

    def start(self) -> None:
        """The state before the first step: the linear autoencoder, which every process fits alike."""
        self.network.start(self.batches.first(FITTED_ON), self.config.seed)

    def resume(self, checkpoint: Checkpoint) -> None:
        """The state of a checkpoint."""
        restore(checkpoint, "network", self.network, self.optimizer)

    def run(self, first: int = 0) -> None:
        """Takes the steps from `first` to the last.

        Raises:
            UserError: the loss or its gradient is no longer a number; the last checkpoint is whole.
            Interrupted: Ctrl-C; the state was saved.
        """
        compiled = torch.compile(self.network) if self.config.compile else self.network
        model = self.accelerator.prepare_model(compiled, device_placement=False)
        model.train()
        steps, clock = self.batches.steps, Clock(self.batches.batch, first)
        alone = self.accelerator.num_processes == 1
        # On a GPU, and among processes, to look at a number costs a wait: once every few steps is enough.
        cheap = alone and self.accelerator.device.type == "cpu"
        for step in range(first, steps):
            done = step + 1
            due = done % self.config.checkpoint_every == 0 or done == steps
            heard = done % self.config.log_every == 0 or due
            terms, length = self._gradient(model, step, steps)
            if heard or cheap:
                self._require_sound(terms, length, done)
            self.optimizer.step()
            stop = (heard or alone) and self._asked()
            if heard:
                self._log(terms, length, done, clock)
            if due or stop:
                self._checkpoint(done)
            if stop and done < steps:
                raise Interrupted(f"interrupted after step {done} of {steps}, which is saved: go on with --resume")

    def _gradient(self, model: torch.nn.Module, step: int, steps: int) -> tuple[Terms, Tensor]:
        """The loss of a step and the length of its gradient, which is then cut to `LONGEST`."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.config, step, steps)
        x = self.batches.pictures(step)
        terms = loss_terms(model(x, self.batches.noise(step)), x, self.config.beta)
        self.optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(terms.loss)
        terms = Terms(*(term.detach() for term in terms))
        return terms, torch.nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST)

    def _require_sound(self, terms: Terms, length: Tensor, done: int) -> None:
        """Raises a UserError in every process if the loss or the gradient of one is not a number."""
        if self._any(not (math.isfinite(length) and math.isfinite(terms.loss))):
            raise UserError(
                f"the loss is not a number at step {done}, which was not taken: begin a new run with "
                f"a smaller --learning-rate than {self.config.learning_rate:g}"
            )

    def _asked(self) -> bool:
        """Whether to stop, which all processes decide alike."""
        return self._any(self.interrupts.asked)

    def _any(self, value: bool) -> bool:
        if self.accelerator.num_processes == 1:
            return value
        return mean_over_processes(torch.tensor(float(value), device=self.accelerator.device)).item() > 0

    def _log(self, terms: Terms, length: Tensor, done: int, clock: Clock) -> None:
        mse, kl = terms.mse.item(), mean_over_processes(terms.kl).item()
        if self.accelerator.is_main_process:
            config = self.config
            self.tell(
                {
                    "stage": "network",
                    "step": done,
                    "epoch": round(done / self.batches.steps_per_epoch, 4),
                    "loss": terms.loss.item(),
                    "elbo": elbo(mse, kl, config.channels * config.image_size**2),
                    "mse": mse,
                    "kl": kl,
                    "gradient": length.item(),
                    "learning_rate": rate(config, done - 1, self.batches.steps),
                    "images_per_second": clock.rate(done),
                }
            )

    def _checkpoint(self, done: int) -> None:
        if self.accelerator.is_main_process:
            self.save("network", done, tensors_of("network", self.network, self.optimizer))
        self.accelerator.wait_for_everyone()


class Clock:
    """Pictures per second since the last time that it was asked."""

    def __init__(self, batch: int, step: int) -> None:
        self._batch, self._step, self._time = batch, step, time.perf_counter()

    def rate(self, step: int) -> float:
        now = time.perf_counter()
        found = (step - self._step) * self._batch / max(now - self._time, 1e-9)
        self._step, self._time = step, now
        return round(found, 1)
