"""The command `hw3 run-vae`; what it needs is imported when it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def run_vae(
    epochs: Annotated[
        int | None, typer.Option("--epochs", help="Passes over the training pictures. (default: 8)")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Pictures a step, of all processes together. (default: 128)")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", help="Adam's rate. (default: 0.001)")
    ] = None,
    beta: Annotated[float | None, typer.Option("--beta", help="Weight of the KL term. (default: 1)")] = None,
    latent_dim: Annotated[int | None, typer.Option("--latent-dim", help="Entries of a latent. (default: 128)")] = None,
    image_size: Annotated[
        int | None, typer.Option("--image-size", help="Pixels along a side: 16, 32, 64, 128. (default: 64)")
    ] = None,
    channels: Annotated[int | None, typer.Option("--channels", help="3 for colour, 1 for grey. (default: 3)")] = None,
    prior: Annotated[
        str | None, typer.Option("--prior", help="What samples come from: normal, or flow (fitted). (default: flow)")
    ] = None,
    precision: Annotated[str | None, typer.Option("--precision", help="bf16 or fp32. (default: bf16)")] = None,
    mirror: Annotated[
        bool | None,
        typer.Option("--mirror/--no-mirror", help="Mirror every second epoch, for few pictures. (default: no)"),
    ] = None,
    compile_: Annotated[
        bool | None, typer.Option("--compile/--no-compile", help="Use torch.compile.", show_default=False)
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of everything that is drawn. (default: 0)")] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")] = "auto",
    data: Annotated[
        Path | None,
        typer.Option("--data", help="CelebA in any layout, or a folder of faces; else the embedded cartoon faces."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The run's folder.")] = Path("out/vae"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, if there is one; its settings hold.")
    ] = False,
) -> int:
    """Train a variational autoencoder on faces, with the KL term that was proved; then edit and measure.

    Example: hw3 run-vae --epochs 8
    """
    # Threads that wait for one another in a spin lose whole seconds where other programs want the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from hw3.vae.folder import Asked
    from hw3.vae.pipeline import run

    options = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "beta": beta,
        "latent_dim": latent_dim,
        "image_size": image_size,
        "channels": channels,
        "prior": prior,
        "precision": precision,
        "mirror": mirror,
        "compile": compile_,
        "seed": seed,
    }
    run(Asked(out, data, device, resume), {k: v for k, v in options.items() if v is not None})
    return 0
