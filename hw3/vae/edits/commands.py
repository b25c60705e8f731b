"""``hw3 edit`` and ``hw3 interpolate``; what they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path, typer.Option("--run", help="The folder that hw3 run-vae wrote.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda or mps.")]


def edit(
    images: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Photographs of faces; the first pictures of the test split if not given.", show_default=False
        ),
    ] = None,
    run: Run = Path("out/vae"),
    attribute: Annotated[
        str, typer.Option("--attribute", help="Beard, Smiling, Eyeglasses, or any label.")
    ] = "Smiling",
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength", help="How much; what was set on the validation split if not given.", show_default=False
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take it off.")] = False,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="transported, conditional, least_squares or mean_difference; what did best on the validation split if "
            "not given.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The PNG to write; into the run's figures if not given.", show_default=False),
    ] = None,
    device: Device = "cpu",
) -> int:
    """Put a beard, a smile, glasses or another attribute on faces, or take it off.

    Example: hw3 edit --run out/vae --attribute Beard me.jpg
    """
    from hw3.vae.edits.editing import edit_pictures

    edited = edit_pictures(run, images or [], attribute, strength, remove, method, out, device)
    typer.echo(f"wrote {edited.file}: {edited.told}")
    return 0


def interpolate(
    first: Annotated[str, typer.Argument(metavar="A", help="A photograph, or a number: a picture of the test split.")],
    last: Annotated[str, typer.Argument(metavar="B", help="Where the path ends, likewise.")],
    run: Run = Path("out/vae"),
    steps: Annotated[int, typer.Option("--steps", min=2, max=1000, help="Pictures from A to B.")] = 10,
    path: Annotated[str, typer.Option("--path", help="spherical or linear.")] = "spherical",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The .png or .gif to write; into the run's figures if not given.", show_default=False
        ),
    ] = None,
    device: Device = "cpu",
) -> int:
    """Go from one face to another.

    Example: hw3 interpolate --run out/vae 0 1 --steps 10
    """
    from hw3.vae.edits.editing import interpolate_pictures

    file = interpolate_pictures(run, first, last, steps, path, out, device)
    typer.echo(f"wrote {file}: {steps} steps, {path}")
    return 0
