"""All numbers and figures of a finished run: what `hw3 run-vae` does last."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch

from hw3.vae.data.faces import Faces
from hw3.vae.edits import kept
from hw3.vae.edits.figures import edit_figures
from hw3.vae.judging import measures
from hw3.vae.judging.edited import judged, strengths_set
from hw3.vae.judging.failures import failure_figure
from hw3.vae.judging.judge import accuracy
from hw3.vae.judging.kept import judge_of
from hw3.vae.prior import Prior


class Trained(measures.Sampler, Protocol):
    """A trained run, as `hw3.vae.runs.Run` is."""

    @property
    def folder(self) -> Path: ...

    @property
    def device(self) -> torch.device: ...

    @property
    def prior(self) -> Prior: ...


def evaluate(run: Trained, faces: Faces, tell: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Measures a run on the test split, and writes its directions and its figures of edits into its folder.

    Arguments:
        tell: called with what begins now.

    Returns:
        Plain data for metrics.json, with the figures' paths under "figures".
    """
    start = time.perf_counter()
    tell("the judge")
    judge = judge_of(faces, run.device)
    told: dict[str, Any] = {"judge": {"balanced_accuracy": accuracy_told(accuracy(judge, faces))}}
    tell("reconstructions")
    told["reconstruction"], again = measures.reconstruction(run, faces, judge)
    tell("directions")
    directions = strengths_set(run, faces, kept.fitted(run, faces), judge)
    kept.save(directions, run.folder, faces.crop)
    tell("edits")
    told["edits"] = judged(run, faces, directions, judge)
    told["interpolation"] = measures.paths(run, faces)
    tell("samples")
    told["frechet"] = measures.distances(run, faces, judge, again)
    tell("figures")
    folder = run.folder / "figures"
    figures = edit_figures(run, faces, directions, folder)
    figures += failure_figure(run, faces, directions, judge, folder)
    told["figures"] = [str(figure) for figure in figures]
    told["seconds_to_evaluate"] = round(time.perf_counter() - start, 1)
    return told


def accuracy_told(by_name: dict[str, float]) -> dict[str, float | None]:
    """Rounded; None for nan, which JSON hasn't."""
    return {name: round(value, 4) if value == value else None for name, value in by_name.items()}


def summary(told: dict[str, Any]) -> list[tuple[str, str]]:
    """What a person wants to see of it, in lines of a table."""
    again, frechet = told["reconstruction"], told["frechet"]
    lines = [
        ("reconstruction: MSE", f"{again['mse']:.5f}"),
        ("PSNR, SSIM", f"{again['psnr']:.1f} dB, {again['ssim']:.3f}"),
        ("bits per dimension (bound)", f"{again['bits_per_dimension']:.2f}"),
        ("Frechet distance: samples", f"{frechet['samples']:.2f}"),
        ("of reconstructions; of real pictures", f"{frechet['reconstructions']:.2f}; {frechet['real']:.2f}"),
        ("of real pictures at half resolution", f"{frechet['real_at_half_resolution']:.2f}"),
    ]
    for name, about in told["edits"].items():
        if added := about.get("add"):
            mine, true = added[about["best"]["add"]], added.get("counterfactual")
            beside = f" (drawn so: {true['took']:.1%} / {true['kept']:.1%})" if true else ""
            if mine["took"] is not None:
                lines.append((f"{name}: took / others kept", f"{mine['took']:.1%} / {mine['kept']:.1%}{beside}"))
    return lines
