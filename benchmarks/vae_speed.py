"""The speed of training: pictures a second, beside a bare loop of the same network and two other libraries' networks.

    python benchmarks/vae_speed.py [--markdown FILE] [--threads 2] [--turns 9] [--steps 8]

"hw3 run-vae" is the training as the command does it: Accelerate, checks, log, batches from bytes. "bare loop" is
the same network, loss and optimiser with nothing else, on pictures that lie ready. The other networks are the 64 x 64
models of PyTorch-VAE (VanillaVAE) and pythae (its convolutional CelebA networks), written anew from their tables of
layers; they are given the same bare loop, with bfloat16 and channels last, which their own trainers do not use.
Methods take turns, so that other work on the machine falls on all alike; a figure is the median of the turns. On one
thread seconds are the processor's, on several they are the clock's.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from torch import Tensor, nn

from hw3.vae.batches import Batches
from hw3.vae.checkpoints import Checkpoints
from hw3.vae.config import Config
from hw3.vae.data.faces import Faces
from hw3.vae.devices import accelerator
from hw3.vae.interrupts import Interrupts
from hw3.vae.journal import Journal
from hw3.vae.loss import loss_terms
from hw3.vae.model import VAE, Coded
from hw3.vae.training import Trainer, adam

BATCH = 128
Step = Callable[[], None]


def clock() -> float:
    """Seconds: of the processor on one thread, which other work doesn't lengthen; of the clock on several."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def faces(n: int = 1024) -> Faces:
    """Random pictures: speed doesn't depend on what they show."""
    images = np.random.default_rng(0).integers(0, 256, (n, 64, 64, 3), np.uint8)
    return Faces(images, np.zeros((n, 0), bool), (), np.zeros(n, np.uint8), "0" * 64, "noise")


class Coder(nn.Module):
    """An encoder, two heads, and a decoder: what both of the other networks are."""

    def __init__(self, encoder: nn.Module, features: int, decoder: nn.Module, latent_dim: int) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mean, self.log_variance = nn.Linear(features, latent_dim), nn.Linear(features, latent_dim)

    def forward(self, x: Tensor, noise: Tensor) -> Coded:
        h = self.encoder(x).flatten(1)
        mean, log_variance = self.mean(h).float(), self.log_variance(h).float()
        z = mean + torch.exp(0.5 * log_variance) * noise
        return Coded(self.decoder(z).float(), mean, log_variance)


def pytorch_vae(latent_dim: int = 128) -> Coder:
    """VanillaVAE: 3 x 3 convolutions of 32, 64, 128, 256 and 512 channels, down to 2 x 2 and back."""
    widths = (32, 64, 128, 256, 512)
    down, up = [], []
    for before, after in zip((3, *widths), widths, strict=False):
        down += [nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.LeakyReLU()]
    for before, after in zip(widths[::-1], (*widths[-2::-1], widths[0]), strict=True):
        up += [nn.ConvTranspose2d(before, after, 3, 2, 1, 1), nn.BatchNorm2d(after), nn.LeakyReLU()]
    head = (nn.Linear(latent_dim, 2048), nn.Unflatten(1, (512, 2, 2)))
    decoder = nn.Sequential(*head, *up, nn.Conv2d(32, 3, 3, padding=1), nn.Tanh())
    return Coder(nn.Sequential(*down), 2048, decoder, latent_dim)


def pythae(latent_dim: int = 128) -> Coder:
    """pythae's CelebA networks: 4 x 4 convolutions of 128 to 1024 channels, 5 x 5 back."""
    widths = (128, 256, 512, 1024)
    down = []
    for before, after in zip((3, *widths), widths, strict=False):
        down += [nn.Conv2d(before, after, 4, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
    decoder = nn.Sequential(
        nn.Linear(latent_dim, 65536),
        nn.Unflatten(1, (1024, 8, 8)),
        *(nn.ConvTranspose2d(1024, 512, 5, 2, 2), nn.BatchNorm2d(512), nn.ReLU()),
        *(nn.ConvTranspose2d(512, 256, 5, 2, 1), nn.BatchNorm2d(256), nn.ReLU()),
        *(nn.ConvTranspose2d(256, 128, 5, 2, 2, 1), nn.BatchNorm2d(128), nn.ReLU()),
        *(nn.ConvTranspose2d(128, 3, 5, 1, 1), nn.Sigmoid()),
    )
    return Coder(nn.Sequential(*down), 16384, decoder, latent_dim)


def bare(network: nn.Module, latent_dim: int, batch: int = BATCH) -> Step:
    """A step of a loop with nothing but the network, the loss and Adam."""
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = adam(network, 1e-3)
    x = torch.rand(batch, 3, 64, 64).contiguous(memory_format=torch.channels_last)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            coded = network(x, torch.randn(batch, latent_dim))
        optimizer.zero_grad(set_to_none=True)
        loss_terms(coded, x).loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 3e3)
        optimizer.step()

    return step


def as_run(folder: Path, config: Config, steps: int) -> Callable[[], float]:
    """Seconds for `steps` steps of the command's own training, and their share of the time of a checkpoint."""
    handle = accelerator(config, "cpu")
    torch.set_num_threads(config.threads)
    trainer_faces = faces()
    keep, journal = Checkpoints(folder), Journal(folder)
    network, saved = VAE(config), [0.0]

    def save(stage: str, step: int, tensors: dict[str, Tensor]) -> None:
        start = clock()
        keep.save(stage, step, tensors, {})
        saved[0] += clock() - start

    def timed() -> float:
        batches = Batches(trainer_faces, config)
        trainer = Trainer(
            network,
            batches,
            config,
            handle,
            Interrupts(),
            save,
            journal.write,
        )
        start, saved[0] = clock(), 0.0
        trainer.run(batches.steps - steps)
        # It saves after its last step: of that, these steps bear what they would in a long run.
        return clock() - start - saved[0] * (1 - steps / config.checkpoint_every)

    return timed


def timed(step: Step, steps: int) -> float:
    start = clock()
    for _ in range(steps):
        step()
    return clock() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--steps", type=int, default=8, help="steps of a method in a turn")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    config = Config(threads=arguments.threads, checkpoint_every=100, epochs=arguments.steps)
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        ours = as_run(Path(folder), config, arguments.steps)
        loops = {
            "bare loop": (bare(VAE(config), config.latent_dim), arguments.steps, BATCH),
            "PyTorch-VAE's network": (bare(pytorch_vae(), 128), arguments.steps, BATCH),
            "pythae's network": (bare(pythae(), 128, 32), 1, 32),
        }
        for turn in range(arguments.turns + 1):
            rates = {"hw3 run-vae": arguments.steps * BATCH / ours()}
            rates |= {name: steps * batch / timed(step, steps) for name, (step, steps, batch) in loops.items()}
            for name, rate in rates.items():
                if turn:  # the first one warms up
                    found.setdefault(name, []).append(rate)
    sizes = {"hw3 run-vae": VAE(config), "PyTorch-VAE's network": pytorch_vae(), "pythae's network": pythae()}
    millions = {name: sum(p.numel() for p in m.parameters()) / 1e6 for name, m in sizes.items()}
    millions["bare loop"] = millions["hw3 run-vae"]
    lines = ["| training of | parameters, millions | pictures a second: median | best |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {millions[name]:.1f} | {statistics.median(r):.0f} | {max(r):.0f} |" for name, r in found.items()
    ]
    share = statistics.median(a / b for a, b in zip(found["hw3 run-vae"], found["bare loop"], strict=True))
    lines += ["", f"The command's training runs at {share:.1%} of the bare loop's speed (median of the turns' ratios)."]
    print("\n".join(lines))
    if arguments.markdown is not None:
        one = arguments.threads == 1
        told = "one thread, seconds of the processor" if one else f"{arguments.threads} threads, seconds of the clock"
        about = (
            f"{told}, torch {torch.__version__}, Python {platform.python_version()}; "
            f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores when it ended"
        )
        arguments.markdown.write_text(PAGE.format(table="\n".join(lines), about=about), encoding="utf-8")


PAGE = """# The speed of training

64 x 64 pictures in batches of 128 (pythae's network: 32), bfloat16 and channels last on the processor, forward,
backward and Adam. The other libraries' networks are written anew from their tables of layers and run in the same
bare loop; their own trainers are not measured here.

{table}

Measured by `python benchmarks/vae_speed.py`, {about}.
"""


if __name__ == "__main__":
    main()
