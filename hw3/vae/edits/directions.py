r"""Directions in the latent space that put an attribute on and leave the others as they are.

    least squares:   z_i = c + sum_j y_ij d_j + noise      d_j moves z as attribute j alone does
    mean difference: d_j = mean of z with j - mean without     the baseline; it drags along what goes with j

An edit is z + s d_j, with a strength s. An attribute's companions are what belongs to the edit itself: a smile may open
the mouth, a beard may have a moustache. They are left out of the regression, so the direction carries their share, and
they don't count as changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hw3.errors import UserError
from hw3.vae.data.faces import Bools, Faces, Indices

# In CelebA's names. What a data set doesn't label is passed over.
COMPANIONS: Mapping[str, tuple[str, ...]] = {
    "Beard": ("Mustache", "Goatee", "Sideburns", "5_o_Clock_Shadow"),
    "Mustache": ("No_Beard", "Goatee"),
    "Smiling": ("Mouth_Slightly_Open", "High_Cheekbones"),
    "Eyeglasses": (),
}
DEFAULT_STRENGTH = 1.5  # of attributes whose strength wasn't set on the validation split


@dataclass(frozen=True, eq=False)
class Direction:
    """Where an attribute lies.

    Arguments:
        least_squares, mean_difference: (d,) float32; a strength of 1 is the attribute's average.
        companions: attributes that may change with it.
        strength: what an edit uses unless told otherwise.
    """

    attribute: str
    least_squares: Tensor
    mean_difference: Tensor
    companions: tuple[str, ...] = ()
    strength: float = DEFAULT_STRENGTH


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions of a run, by attribute."""

    by_name: dict[str, Direction] = field(default_factory=dict)

    def of(self, attribute: str) -> Direction:
        """The direction of an attribute, however it is written."""
        wanted = _plain(attribute)
        for name, direction in self.by_name.items():
            if _plain(name) == wanted:
                return direction
        raise UserError(f"this run has no direction for {attribute!r}: it has {', '.join(sorted(self.by_name))}")


def fit(latents: Tensor, faces: Faces, rows: Indices, ridge: float = 1e-4) -> Directions:
    """The directions of every attribute that some have and some lack, and of Beard where No_Beard is labelled.

    Arguments:
        latents: (n, d), the means of the latents of the pictures in these rows of the data set.
        ridge: a share of n; it keeps directions finite where two attributes always go together.
    """
    attributes = faces.attributes[rows]
    found = {}
    for name in names(faces):
        column = _column(name, attributes, faces.names)
        if column.all() or not column.any():
            continue
        free = companions(name, faces.names)
        own = "No_Beard" if name == "Beard" and "Beard" not in faces.names else name
        others = [j for j, other in enumerate(faces.names) if other not in (own, *free)]
        found[name] = Direction(
            name,
            _regressed(latents, column, attributes[:, others], ridge),
            latents[torch.from_numpy(column)].mean(0) - latents[torch.from_numpy(~column)].mean(0),
            free,
        )
    return Directions(found)


def names(faces: Faces) -> tuple[str, ...]:
    """What can be edited: the labels, with Beard in the place of No_Beard."""
    return tuple("Beard" if name == "No_Beard" else name for name in faces.names)


def companions(attribute: str, labelled: tuple[str, ...]) -> tuple[str, ...]:
    """The labelled attributes that may change with this one."""
    return tuple(name for name in COMPANIONS.get(attribute, ()) if name in labelled)


def _column(name: str, attributes: Bools, labelled: tuple[str, ...]) -> Bools:
    if name == "Beard" and "Beard" not in labelled:
        return ~attributes[:, labelled.index("No_Beard")]
    return attributes[:, labelled.index(name)]


def _regressed(latents: Tensor, column: Bools, others: Bools, ridge: float) -> Tensor:
    """The coefficient of `column`: solves (X'X + n ridge I) B = X'Z in double precision, X with a column of ones."""
    x = torch.cat([torch.from_numpy(column)[:, None], torch.from_numpy(others)], 1).to(latents.device, torch.float64)
    x = x - x.mean(0)  # the column of ones, solved for
    z = latents.double()
    gram = x.T @ x + len(x) * ridge * torch.eye(x.shape[1], dtype=torch.float64, device=x.device)
    return torch.linalg.solve(gram, x.T @ (z - z.mean(0)))[0].float()


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
