r"""Directions in the latent space that put an attribute on and leave the others as they are.

    mean difference:  d = mean of z with it - mean without          the baseline: it drags along what goes with it
    least squares:    z = c + y d + sum_k x_k e_k + noise           moves z as this attribute alone does
    conditional:      z = c + y (d + sum_k (x_k - m_k) f_k) + sum_k x_k e_k + noise
                      moves z half by d + sum_k (x_k(z) - m_k) f_k, as this attribute does on such a face, and half
                      by least squares
    transported:      z goes to where the prior's flow takes it, back as a face without the attribute and forward as one
                      with it (`Flow.transported`), and by half a conditional move

y is the attribute, x_k the others with means m_k. A beard has the hair's colour, so its direction depends on the face:
x_k(z) = clip(a_k + p_k.z, 0, 1) is a linear guess, fitted on the training split, for a face to be edited has no labels.
An edit is z + s times the move, with a strength s. The halves are shrinkages that were chosen on validation pictures:
the whole conditional move gave more colour, and rare faces (grey hair on dark skin) beards that nobody saw; transport
alone gave smiles that not every face kept. A flow knows where faces are, so it paints what was behind glasses or a
beard, which no straight line does. Each way of each edit has the method that did best on validation pictures.

An attribute's companions are what belongs to the edit itself: a smile may open the mouth, a beard may have a moustache.
They are left out of the regression, so the direction carries their share, and they don't count as changes. Transport
gives a face those that most pictures with the attribute have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hw3.errors import UserError
from hw3.vae.data.faces import Bools, Faces, Indices
from hw3.vae.prior import Flow, Prior

# In CelebA's names. What a data set doesn't label is passed over.
COMPANIONS: Mapping[str, tuple[str, ...]] = {
    "Beard": ("Mustache", "Goatee", "Sideburns", "5_o_Clock_Shadow"),
    "Mustache": ("No_Beard", "Goatee"),
    "Smiling": ("Mouth_Slightly_Open", "High_Cheekbones"),
    "Eyeglasses": (),
}
METHODS = ("transported", "conditional", "least_squares", "mean_difference")
DEFAULT_STRENGTH, DEFAULT_REMOVAL = 1.5, 1.0  # of what wasn't set on the validation split
SHARE = 0.5  # of the conditional move that depends on the face
BESIDE = 0.5  # of the conditional move that goes with transport
RIDGE = 1e-3  # a share of n; it keeps moves finite where two attributes always go together


@dataclass(frozen=True, eq=False)
class Direction:
    """How an attribute is put on.

    Arguments:
        least_squares, mean_difference, base: (d,) float32; a strength of 1 is the attribute's average. `base` is what
            is constant in the conditional move, and `by_face` (a, d) what x_k(z) - m_k multiplies, zero for the
            attribute itself and its companions.
        column: of its label among the attributes.
        shows: (2, a) float32, what a face without it and one with it shows: 1 or 0 for its label and its companions'
            labels, nan for the others.
        companions: attributes that may change with it.
        strengths: for each method, what an edit uses unless told otherwise; with "remove " before it, what a removal
            uses, which needs less: nothing is less than no beard.
        best: the method that an edit ("add") and a removal ("remove") use unless told otherwise.
    """

    attribute: str
    least_squares: Tensor
    mean_difference: Tensor
    base: Tensor
    by_face: Tensor
    column: int
    shows: Tensor
    companions: tuple[str, ...] = ()
    strengths: Mapping[str, float] = field(default_factory=dict)
    best: Mapping[str, str] = field(default_factory=dict)

    def strength(self, method: str, present: bool = True) -> float:
        """What puts the attribute on, or (negative) what takes it off."""
        if present:
            return self.strengths.get(method, 1.0 if method == "transported" else DEFAULT_STRENGTH)
        return -self.strengths.get(f"remove {method}", DEFAULT_REMOVAL)


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions of a run, by attribute.

    Arguments:
        guess, offset, means: (a, d), (a,) and (a,) float32: x(z) = clip(offset + guess z, 0, 1), about the means.
        flow: the run's prior, if it is a flow that is told attributes.
    """

    by_name: Mapping[str, Direction]
    guess: Tensor
    offset: Tensor
    means: Tensor
    flow: Flow | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """How this run can edit."""
        return METHODS if self.flow is not None else METHODS[1:]

    def of(self, attribute: str) -> Direction:
        """The direction of an attribute, however it is written."""
        wanted = _plain(attribute)
        for name, direction in self.by_name.items():
            if _plain(name) == wanted:
                return direction
        raise UserError(f"this run has no direction for {attribute!r}: it has {', '.join(sorted(self.by_name))}")

    def method(self, attribute: str, present: bool = True) -> str:
        """The method that did best on validation pictures; of what wasn't tried there, this run's first one."""
        return self.of(attribute).best.get("add" if present else "remove", self.methods[0])

    def strength(self, attribute: str, present: bool = True, method: str | None = None) -> float:
        """What puts the attribute on, or (negative) what takes it off."""
        return self.of(attribute).strength(method or self.method(attribute, present), present)

    def edit(self, z: Tensor, attribute: str, strength: float | None = None, method: str | None = None) -> Tensor:
        """The latents z (n, d) with the attribute put on; a negative strength takes it off."""
        strength = self.strength(attribute, method=method) if strength is None else strength
        return z + abs(strength) * self.move(z, attribute, strength >= 0, method)

    def move(self, z: Tensor, attribute: str, present: bool = True, method: str | None = None) -> Tensor:
        """What a strength of 1 adds to the latents z (n, d) to put the attribute on, or to take it off."""
        direction, sign = self.of(attribute), 1.0 if present else -1.0
        match method or self.method(attribute, present):
            case "least_squares":
                return sign * direction.least_squares.to(z.device)
            case "mean_difference":
                return sign * direction.mean_difference.to(z.device)
            case "conditional":
                return sign * self._conditional(z, direction)
        return self._transported(z, direction, present) + BESIDE * sign * self._conditional(z, direction)

    def _conditional(self, z: Tensor, direction: Direction) -> Tensor:
        return direction.base.to(z.device) + (self._seen(z) - self.means.to(z.device)) @ direction.by_face.to(z.device)

    def _transported(self, z: Tensor, direction: Direction, present: bool) -> Tensor:
        if self.flow is None:
            raise UserError("this run's prior is no flow, which transports: " + ", ".join(self.methods) + " are left")
        without, with_it = direction.shows.to(z.device)
        before, after = (without, with_it) if present else (with_it, without)
        shown = self._seen(z).round()
        shown[:, direction.column] = before[direction.column]
        return self.flow.transported(z, shown, torch.where(after.isnan(), shown, after)) - z

    def _seen(self, z: Tensor) -> Tensor:
        """x(z), (n, a)."""
        return (self.offset.to(z.device) + z @ self.guess.to(z.device).T).clamp(0, 1)


def transporting(prior: Prior) -> Flow | None:
    """The prior, if it is a flow that is told attributes."""
    return prior if isinstance(prior, Flow) and prior.known.shape[1] else None


def fit(latents: Tensor, faces: Faces, rows: Indices, flow: Flow | None = None) -> Directions:
    """The directions of every attribute that some have and some lack, and of Beard where No_Beard is labelled.

    Arguments:
        latents: (n, d), the means of the latents of the pictures in these rows of the data set.
        flow: the prior of the run, if it is one that is told attributes.
    """
    attributes = faces.attributes[rows]
    x, z = torch.from_numpy(attributes).to(latents.device, torch.float64), latents.double()
    means, centre = x.mean(0), z.mean(0)
    guess = _regressed(z - centre, x - means).T  # (a, d)
    found = {}
    for name in names(faces):
        column = _column(name, attributes, faces.names)
        if column.all() or not column.any():
            continue
        free = companions(name, faces.names)
        own = "No_Beard" if name == "Beard" and "Beard" not in faces.names else name
        others = [j for j, other in enumerate(faces.names) if other not in (own, *free)]
        y = torch.from_numpy(column).to(x.device)
        base, by_others = _conditional(z, y.double(), (x - means)[:, others])
        by_face = torch.zeros(len(faces.names), z.shape[1], dtype=z.dtype, device=z.device)
        by_face[others] = SHARE * by_others
        alone = _regressed(torch.cat([y.double()[:, None], x[:, others]], 1), z)[0]
        found[name] = Direction(
            name,
            alone.float().cpu(),
            (z[y].mean(0) - z[~y].mean(0)).float().cpu(),
            (SHARE * base + (1 - SHARE) * alone).float().cpu(),
            by_face.float().cpu(),
            faces.names.index(own),
            _shows(column, attributes, [faces.names.index(n) for n in (own, *free)]),
            free,
        )
    return Directions(found, guess.float().cpu(), (means - guess @ centre).float().cpu(), means.float().cpu(), flow)


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


def _shows(column: Bools, attributes: Bools, bound: list[int]) -> Tensor:
    """(2, a): what most pictures without and with the attribute show of these labels, nan elsewhere."""
    shows = torch.full((2, attributes.shape[1]), float("nan"))
    for row, chosen in enumerate((~column, column)):
        shows[row, bound] = torch.from_numpy(attributes[chosen][:, bound].mean(0)).float().round()
    return shows


def _conditional(z: Tensor, y: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """d (d,) and f (k, d) of the conditional move; `others` (n, k) have mean 0."""
    coefficients = _regressed(torch.cat([y[:, None], others, y[:, None] * others], 1), z)
    return coefficients[0], coefficients[1 + others.shape[1] :]


def _regressed(x: Tensor, z: Tensor) -> Tensor:
    """The coefficients B (k, d) of z = c + x B + noise: (X'X + n ridge I) B = X'Z about the means, in double."""
    x, z = x - x.mean(0), z - z.mean(0)
    gram = x.T @ x + len(x) * RIDGE * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    return torch.linalg.solve(gram, x.T @ z)


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
