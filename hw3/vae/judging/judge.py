"""The judge: a classifier of all attributes, trained on the training split's real pictures and on nothing else.

    p(attribute j | x) = 1 / (1 + exp(-l_j(x)))

It says whether an edit took and what else it changed, and its features are what the Frechet distance compares. Its own
accuracy on the test split stands beside every number that it gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hw3.vae.data.faces import Bools, Bytes, Faces

SIZE = 64  # pixels along a side; other pictures are scaled
WIDTHS = (32, 64, 128, 192)
POOLED = sum(WIDTHS[1:])
BATCH, EPOCHS, MOST_STEPS, RATE = 128, 3, 900, 2e-3
CHUNK = 256

Pictures = Bytes | Tensor  # (n, s, s, c): bytes, or floats in [0, 1]


class Network(nn.Module):
    """Pictures (n, 3, 64, 64) -> log-odds (n, attributes), and the features of every stage."""

    def __init__(self, attributes: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.SiLU())
            for before, after in zip((3, *WIDTHS), WIDTHS, strict=False)
        )
        # Not pooled before it: where a mark is says what it is.
        self.head = nn.Sequential(nn.Linear(16 * WIDTHS[-1], 256), nn.SiLU(), nn.Linear(256, attributes))

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return self.head(x.flatten(1)), features


@dataclass(frozen=True, eq=False)
class Look:
    """What the judge sees in n pictures.

    Arguments:
        odds: (n, a) float64, the log-odds of every attribute.
        features: (n, POOLED) float64, the mean over pixels of each stage but the first, which says little but colours.
    """

    odds: np.ndarray
    features: np.ndarray

    @property
    def said(self) -> Bools:
        """(n, a) bool: which attributes it sees."""
        return self.odds > 0


@dataclass(frozen=True, eq=False)
class Judge:
    """A trained classifier and the names of what it tells."""

    names: tuple[str, ...]
    network: Network
    device: torch.device

    def says(self, pictures: Pictures) -> Bools:
        """(n, a) bool: which attributes it sees."""
        return self.looks(pictures).said

    @torch.no_grad()
    def looks(self, pictures: Pictures) -> Look:
        """What it sees in pictures (n, s, s, c)."""
        odds, features = [np.zeros((0, len(self.names)))], [np.zeros((0, POOLED))]
        for k in range(0, len(pictures), CHUNK):
            found, stages = self.network(as_input(pictures[k : k + CHUNK], self.device))
            odds.append(found.double().cpu().numpy())
            features.append(torch.cat([stage.mean((2, 3)) for stage in stages[1:]], 1).double().cpu().numpy())
        return Look(np.concatenate(odds), np.concatenate(features))


def as_input(pictures: Pictures, device: torch.device) -> Tensor:
    """(n, 3, 64, 64) float32 about 0, of pictures (n, s, s, c)."""
    # np.array copies: torch warns of a mapped file, which can't be written to.
    x = pictures if isinstance(pictures, Tensor) else torch.from_numpy(np.array(pictures))
    x = x.to(device)
    x = x.float() / 255 if x.dtype == torch.uint8 else x.float()
    x = x.permute(0, 3, 1, 2).expand(-1, 3, -1, -1)
    if x.shape[-1] != SIZE:
        x = F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False, antialias=x.shape[-1] > SIZE)
    return (2 * x - 1).contiguous(memory_format=torch.channels_last)


def train(faces: Faces, device: torch.device | str = "cpu", seed: int = 0) -> Judge:
    """A judge of the data set's attributes: three passes over the training split, mirrored at random.

    Balanced cross-entropy would raise false alarms on rare attributes, which would count as changes of an edit: it is
    plain.
    """
    place = torch.device(device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(len(faces.names)).to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    draw = np.random.default_rng([seed, 2])
    indices = faces.of("train")
    batch = min(BATCH, len(indices))
    steps = min(MOST_STEPS, EPOCHS * (len(indices) // batch))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    order = np.empty(0, np.intp)
    network.train()
    for _ in range(steps):
        if len(order) < batch:
            order = draw.permutation(indices)
        chosen, order = np.sort(order[:batch]), order[batch:]
        images = faces.images[chosen]
        if draw.random() < 0.5:
            images = images[:, :, ::-1]
        truth = torch.from_numpy(faces.attributes[chosen]).to(place, torch.float32)
        with torch.autocast(place.type, torch.bfloat16):
            odds, _ = network(as_input(images, place))
        loss = F.binary_cross_entropy_with_logits(odds.float(), truth)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
    return Judge(faces.names, network.eval(), place)


def accuracy(judge: Judge, faces: Faces, split: str = "test") -> dict[str, float]:
    """The mean of sensitivity and specificity for each attribute on real pictures; nan where one kind is absent."""
    rows = faces.of(split)
    said, truth = judge.says(faces.images[rows]), faces.attributes[rows]
    found = {}
    for j, name in enumerate(faces.names):
        kinds = [said[truth[:, j] == kind, j] == kind for kind in (True, False)]
        found[name] = float(np.mean([kind.mean() for kind in kinds])) if all(len(k) for k in kinds) else float("nan")
    return found
