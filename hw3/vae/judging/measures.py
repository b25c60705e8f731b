"""The numbers that don't concern edits: reconstructions, bits per dimension, distances of distributions, paths."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from hw3.vae.data.faces import Bytes, Faces
from hw3.vae.edits.coder import Coder
from hw3.vae.edits.interpolation import PATHS
from hw3.vae.judging.frechet import frechet_distance
from hw3.vae.judging.judge import Judge
from hw3.vae.judging.pixels import halved, mean_squared_error, psnr, sharpness, ssim
from hw3.vae.loss import bits_per_dimension
from hw3.verify.divergence import kl_standard

PAIRS = 200
MOST = 2000  # pictures in each sample of a distance
CHUNK = 256


class Sampler(Coder, Protocol):
    """A coder with a posterior and a prior."""

    def encode_law(self, images: Bytes) -> tuple[Tensor, Tensor]: ...

    def sample(self, n: int, seed: int) -> Tensor: ...


def as_floats(images: Bytes) -> Tensor:
    """(n, s, s, c) float32 in [0, 1]."""
    return torch.from_numpy(np.array(images)).float() / 255


def reconstruction(run: Sampler, faces: Faces, judge: Judge, seed: int = 0) -> tuple[dict[str, Any], Tensor]:
    """How near reconstructions of the test split are, and the reconstructions, (n, s, s, c).

    MSE, PSNR and SSIM are of the decoded mean; the bits, which are a bound, of a decoded sample of the posterior, with
    the noise of the decoder set to what is left then.
    """
    rows = faces.of("test")
    images = faces.images[rows]
    mean, log_variance = run.encode_law(images)
    again = run.decode(mean).cpu()
    real = as_floats(images)
    errors = mean_squared_error(real, again)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(seed)).to(mean.device)
    sampled = run.decode(mean + torch.exp(0.5 * log_variance) * noise).cpu()
    mse, kl = errors.mean().item(), kl_standard(mean, log_variance).mean().item()
    mse_sampled = mean_squared_error(real, sampled).mean().item()
    likeness = torch.cat([ssim(a, b) for a, b in zip(real.split(CHUNK), again.split(CHUNK), strict=True)])
    agreement = (judge.says(images) == judge.says(again)).mean(0)
    sharp = sharpness(again).mean().item() / max(sharpness(real).mean().item(), 1e-12)
    told = {
        "n": len(rows),
        "mse": round(mse, 6),
        "psnr": round(psnr(mse), 2),
        "ssim": round(likeness.mean().item(), 4),
        "sharpness": round(sharp, 4),
        "kl": round(kl, 1),
        "mse_of_a_sample": round(mse_sampled, 6),
        "bits_per_dimension": round(bits_per_dimension(mse_sampled, kl, images[0].size), 3),
        "judged_alike": {name: round(float(share), 4) for name, share in zip(judge.names, agreement, strict=True)},
        "mse_where": _mse_where(faces, errors.numpy()),
    }
    return told, again


def _mse_where(faces: Faces, errors: np.ndarray) -> dict[str, float]:
    """The error of the pictures with each attribute, and on each skin where pictures are drawn."""
    rows = faces.of("test")
    groups = {name: faces.attributes[rows, j] for j, name in enumerate(faces.names)}
    if faces.people is not None:
        from hw3.vae.data.avatars import sample

        skins = np.array([sample(int(i)).skin for i in faces.people[rows]])
        groups |= {f"skin {skin}": skins == skin for skin in sorted(set(skins.tolist()))}
    return {name: round(float(errors[of].mean()), 6) for name, of in groups.items() if of.any()}


def distances(run: Sampler, faces: Faces, judge: Judge, again: Tensor, seed: int = 0) -> dict[str, Any]:
    """Frechet distances to the test split, all of equally many pictures.

    The floor is training pictures against test pictures. Those at half resolution show what a distance means.
    """
    test = faces.of("test")[:MOST]
    training = faces.of("train")
    n = min(len(test), len(training) // 2)
    test = test[:n]
    chosen = np.random.default_rng(seed).choice(training, 2 * n, replace=False)
    reference = judge.looks(faces.images[test]).features

    def far(pictures: Bytes | Tensor) -> float:
        return round(frechet_distance(judge.looks(pictures).features, reference), 3)

    return {
        "n": n,
        "features": "means over pixels of the judge's last three stages",
        "real": far(faces.images[np.sort(chosen[:n])]),
        "real_at_half_resolution": far(halved(as_floats(faces.images[np.sort(chosen[n:])]))),
        "reconstructions": far(again[:n]),
        "samples": far(run.sample(n, seed)),
    }


def paths(run: Coder, faces: Faces) -> dict[str, Any]:
    """How sharp the picture half way between two is, measured by the reconstructions of the two."""
    rows = faces.of("test")
    pairs = min(PAIRS, len(rows) // 2)
    z = run.encode(faces.images[rows[: 2 * pairs]])
    a, b = z[:pairs], z[pairs:]
    ends = (sharpness(run.decode(a)) + sharpness(run.decode(b))) / 2
    told: dict[str, Any] = {"pairs": pairs}
    for name, path in PATHS.items():
        told[name] = round((sharpness(run.decode(path(a, b, 3)[1])) / ends.clamp_min(1e-12)).mean().item(), 3)
    return {"sharpness_half_way": told}
