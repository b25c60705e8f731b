"""``hw3 data``: what is there to train on, made ready and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hw3.errors import UserError

data = typer.Typer(
    help="Make faces ready for training, and show them.\n\nExample: hw3 data prepare ~/celeba",
    short_help="Make faces ready for training, and show them.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    no_args_is_help=True,
)

Size = Annotated[int, typer.Option("--size", min=8, max=1024, help="Pixels along a side.")]
Channels = Annotated[int, typer.Option("--channels", min=1, max=3, help="3 for colour, 1 for grey.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Processes; all cores if not given.", show_default=False)
]


@data.command("prepare")
def prepare(
    path: Annotated[Path, typer.Argument(help="CelebA in any layout, or a folder of pictures with a .csv.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder to write; the cache if not given.", show_default=False)
    ] = None,
    size: Size = 64,
    channels: Channels = 3,
    crop: Annotated[
        float | None,
        typer.Option(
            "--crop",
            min=0.05,
            max=1,
            help="The centre square's share of the shorter side; 148/178 for CelebA's aligned pictures, else 1.",
            show_default=False,
        ),
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Decode pictures once into an array that training maps; go on where an interrupted run stopped.

    Example: hw3 data prepare ~/celeba --out celeba-64
    """
    from hw3.vae.data import cache_folder, store
    from hw3.vae.data.preparing import prepare

    _check_channels(channels)
    target = out or cache_folder() / "prepared"
    folder, faces = prepare(
        path, target, size=size, channels=channels, crop=crop, jobs=jobs, named_by_source=out is None
    )
    meta = store.read_meta(folder)
    for note in meta.get("notes", []):
        typer.echo(note)
    for bad in meta["unread"]:
        typer.echo(f"left out: {bad['file']} ({bad['reason']})")
    typer.echo(_summary(faces))
    typer.echo(f"wrote {folder}; train on it with: hw3 run-vae --data {path if out is None else folder}")


@data.command("show")
def show(
    path: Annotated[
        Path | None, typer.Argument(help="As for prepare; the embedded cartoon faces if not given.", show_default=False)
    ] = None,
    size: Size = 64,
    channels: Channels = 3,
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Write a PNG of the first pictures.", show_default=False)
    ] = None,
    jobs: Jobs = None,
) -> None:
    """Say what a data set has: how many pictures, and how often each attribute is seen.

    Example: hw3 data show --figure faces.png
    """
    from hw3.vae.data import load

    _check_channels(channels)
    faces = load(path, size=size, channels=channels, jobs=jobs)
    typer.echo(_summary(faces))
    shown = faces.attributes[faces.split <= 2].mean(axis=0)
    for name, share in zip(faces.names, shown, strict=True):
        typer.echo(f"  {name:<22}{share:7.1%}")
    if figure is not None:
        from hw3.vae.data.contact import contact_sheet

        contact_sheet(faces).save(figure)
        typer.echo(f"wrote {figure}")


def _summary(faces: object) -> str:
    from hw3.vae.data.faces import SPLITS, Faces

    assert isinstance(faces, Faces)
    counts = ", ".join(f"{len(faces.of(split)):,} {split}" for split in SPLITS)
    colour = "colour" if faces.channels == 3 else "grey"
    return (
        f"{faces.source}: {len(faces):,} pictures of {faces.size} x {faces.size} in {colour} ({counts}), "
        f"{len(faces.names)} attributes, fingerprint {faces.fingerprint[:12]}"
    )


def _check_channels(channels: int) -> None:
    if channels == 2:
        raise UserError("--channels is 3 for colour or 1 for grey")
