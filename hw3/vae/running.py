"""The training of a run from beginning to end: the network, the prior, the weights."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hw3.vae.batches import Batches
from hw3.vae.checkpoints import Checkpoint, Checkpoints, restore, tensors_of
from hw3.vae.config import Config
from hw3.vae.data.faces import Faces
from hw3.vae.devices import accelerator
from hw3.vae.display import Line, progress
from hw3.vae.fitting import Fitter, latents
from hw3.vae.folder import Asked, locked, record, require_same_data
from hw3.vae.interrupts import Interrupts
from hw3.vae.journal import Journal
from hw3.vae.model import VAE
from hw3.vae.prior import Flow, Prior, make_prior
from hw3.vae.runs import Run
from hw3.vae.training import Trainer
from hw3.vae.weights import write_json, write_tensors


def train(
    asked: Asked, config: Config, load: Callable[[Config], Faces], proof: dict[str, Any]
) -> tuple[Run, Faces] | None:
    """Trains what is left to train, and gives the run and its data; None in a process that is not the main one.

    `load` gives the data set; of the processes on a machine one calls it first, and the others find it made.

    Raises:
        UserError: whatever a user can mend; what was saved before is whole.
        Interrupted: Ctrl-C; the state was saved.
    """
    handle = accelerator(config, asked.device)
    main = handle.is_main_process
    with handle.local_main_process_first():
        faces = load(config)
    require_same_data(asked.out, faces)
    handle.wait_for_everyone()  # all have looked at the folder before it is written to
    if main:
        asked.out.mkdir(parents=True, exist_ok=True)
    with locked(asked.out) if main else contextlib.nullcontext():
        if main:
            write_json(asked.out / "config.json", config.json())
            write_json(asked.out / "run.json", record(asked, faces, proof, handle.device, handle.num_processes))
        handle.wait_for_everyone()
        if not (asked.out / "weights.safetensors").exists():
            torch.manual_seed(config.seed)
            network, prior = VAE(config), make_prior(config, len(faces.names))
            batches = Batches(faces, config, handle.device, handle.process_index, handle.num_processes)
            at = Checkpoints(asked.out).latest({"data": faces.fingerprint})
            journal = Journal(asked.out, (at.stage, at.step) if at is not None else None) if main else None
            try:
                with Interrupts() as interrupts:
                    keep = _Keeper(asked.out, faces, journal, at)
                    _network(
                        Trainer(network, batches, config, handle, interrupts, keep.save, keep.tell), at, keep, main
                    )
                    if main:
                        prior = _prior(prior, network, batches, config, handle.device, interrupts, at, keep)
            finally:
                if journal is not None:
                    journal.close()
            if main:
                _finish(asked.out, network, prior, keep.seconds())
        handle.wait_for_everyone()
    return (Run.load(asked.out, str(handle.device)), faces) if main else None


def _network(trainer: Trainer, at: Checkpoint | None, keep: _Keeper, shown: bool) -> None:
    steps = trainer.batches.steps
    if at is not None and at.stage == "prior":  # which holds the network too
        restore(at, "network", trainer.network)
        return
    done = 0 if at is None else at.step
    if at is None:
        trainer.start()
    else:
        trainer.resume(at)
    with progress("network", steps, done, shown) as keep.line:
        trainer.run(done)


def _prior(
    prior: Prior,
    network: VAE,
    batches: Batches,
    config: Config,
    device: torch.device,
    interrupts: Interrupts,
    at: Checkpoint | None,
    keep: _Keeper,
) -> Prior:
    if not isinstance(prior, Flow):
        return prior
    keep.beside = tensors_of("network", network)
    keep.begin("prior")
    fitter = Fitter(prior, config, device, interrupts, keep.save, keep.tell)
    done = 0
    if at is not None and at.stage == "prior":
        fitter.resume(at)
        done = at.step
    with progress("prior", config.flow_steps, done) as keep.line:
        return fitter.run(latents(network, batches), batches.shown, done)


def _finish(out: Path, network: VAE, prior: Prior, seconds: dict[str, float]) -> None:
    """The weights, and then no checkpoints: their file is what says that the training is finished."""
    tensors = {**tensors_of("network", network), **tensors_of("prior", prior)}
    sha256 = write_tensors(out / ".weights.safetensors", tensors)
    write_json(out / "weights.json", {"sha256": sha256, "seconds": seconds})
    os.replace(out / ".weights.safetensors", out / "weights.safetensors")
    shutil.rmtree(out / "checkpoints", ignore_errors=True)


class _Keeper:
    """Where a run's state and figures go: checkpoints, the log and the progress line."""

    def __init__(self, out: Path, faces: Faces, journal: Journal | None, at: Checkpoint | None) -> None:
        self.checkpoints, self.journal, self.data = Checkpoints(out), journal, faces.fingerprint
        self.beside: dict[str, Tensor] = {}
        self.line: Line | None = None
        self._before = dict(at.seconds) if at is not None else {}
        self._stage, self._begun = "network", time.perf_counter()

    def begin(self, stage: str) -> None:
        """From now on the time is another stage's."""
        self._before = self.seconds()
        self._stage, self._begun = stage, time.perf_counter()

    def seconds(self) -> dict[str, float]:
        """What each stage has taken, in this process and in those that it goes on from."""
        now = round(self._before.get(self._stage, 0.0) + time.perf_counter() - self._begun, 2)
        return {**self._before, self._stage: now}

    def save(self, stage: str, step: int, tensors: dict[str, Tensor]) -> None:
        self.checkpoints.save(stage, step, {**tensors, **self.beside}, {"data": self.data, "seconds": self.seconds()})

    def tell(self, entry: dict[str, Any]) -> None:
        if self.journal is not None:
            self.journal.write(entry)
        if self.line is not None:
            self.line.show(entry["step"], shown(entry))


def shown(entry: dict[str, Any]) -> dict[str, str]:
    """What the progress line shows of an entry of the log.

    >>> shown({"stage": "prior", "step": 50, "loss": 0.5})
    {'loss': '0.5000'}
    """
    if entry["stage"] == "prior":
        return {"loss": f"{entry['loss']:.4f}"}
    return {
        "ELBO": f"{entry['elbo']:,.0f}",
        "reconstruction": f"{entry['mse']:.5f}",
        "KL": f"{entry['kl']:.0f}",
        "images/s": f"{entry['images_per_second']:.0f}",
    }
