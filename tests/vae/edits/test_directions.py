"""Directions recover what latents were made of."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hw3.errors import UserError
from hw3.vae.data.faces import Faces
from hw3.vae.edits import kept
from hw3.vae.edits.directions import (
    BESIDE,
    DEFAULT_REMOVAL,
    DEFAULT_STRENGTH,
    METHODS,
    Direction,
    Directions,
    companions,
    fit,
    transporting,
)
from hw3.vae.prior import Flow, Prior

NAMES = ("Black_Hair", "Male", "Mouth_Slightly_Open", "No_Beard", "Smiling", "Nobody")


def faces(n: int = 4000, seed: int = 0) -> Faces:
    """Men have most of the beards, smiles open the mouth; nobody has the last attribute."""
    draw = np.random.default_rng(seed)
    black, male = draw.random(n) < 0.4, draw.random(n) < 0.5
    beard = draw.random(n) < np.where(male, 0.5, 0.05)
    smile = draw.random(n) < 0.5
    mouth = draw.random(n) < np.where(smile, 0.9, 0.1)
    attributes = np.stack([black, male, mouth, ~beard, smile, np.zeros(n, bool)], 1)
    return Faces(np.zeros((n, 1, 1, 3), np.uint8), attributes, NAMES, np.zeros(n, np.uint8), "0" * 64, "made up")


def latents(of: Faces, by_hair: float = 0.0, noise: float = 0.1) -> torch.Tensor:
    """An axis for each attribute; a beard moves the first axis by `by_hair` more where hair is black."""
    y = torch.from_numpy(of.attributes).float()
    z = torch.cat([y, torch.zeros(len(y), 2)], 1)
    z[:, 6] += by_hair * (1 - y[:, 3]) * y[:, 0]
    return z + noise * torch.randn(z.shape, generator=torch.Generator().manual_seed(0))


def test_least_squares_leaves_alone_what_goes_together_and_mean_difference_does_not() -> None:
    of = faces()
    beard = fit(latents(of), of, of.of("train")).of("beard")
    axis = torch.zeros(8)
    axis[3] = -1  # No_Beard
    torch.testing.assert_close(beard.least_squares, axis, atol=0.02, rtol=0)
    assert beard.mean_difference[1] > 0.4  # it makes men


def test_companions_go_along() -> None:
    of = faces()
    smile = fit(latents(of), of, of.of("train")).of("Smiling")
    assert smile.companions == ("Mouth_Slightly_Open",)
    assert abs(smile.least_squares[2] - 0.8) < 0.05  # P(open | smile) - P(open | none)
    assert companions("Beard", NAMES) == ()


def test_the_conditional_move_depends_on_the_face() -> None:
    of = faces()
    z = latents(of, by_hair=2.0)
    directions = fit(z, of, of.of("train"))
    shaved = of.shows("No_Beard")
    moved = directions.edit(z, "Beard", 1.0)[:, 6] - z[:, 6]
    black = torch.from_numpy(of.shows("Black_Hair"))
    # Beards on black hair move it by 2, others by 0, and 40% have black hair: least squares moves all by 0.8.
    assert abs(moved[black & torch.from_numpy(shaved)].mean() - (2 + 0.8) / 2) < 0.1
    assert abs(moved[~black & torch.from_numpy(shaved)].mean() - (0 + 0.8) / 2) < 0.1
    same = directions.edit(z, "Beard", 1.0, "least_squares")[:, 6] - z[:, 6]
    assert same.std() < 1e-6


def test_a_move_taken_back_is_no_move_and_strength_is_linear() -> None:
    of = faces()
    z = latents(of)
    directions = fit(z, of, of.of("train"))
    for method in ("conditional", "least_squares", "mean_difference"):
        torch.testing.assert_close(directions.edit(z, "Smiling", 0.0, method), z)
        once = directions.edit(z, "Smiling", 1.0, method) - z
        torch.testing.assert_close(directions.edit(z, "Smiling", -2.0, method) - z, -2 * once, atol=1e-4, rtol=1e-4)
        usual = directions.edit(z, "Smiling", method=method) - z
        torch.testing.assert_close(usual, DEFAULT_STRENGTH * once, atol=1e-4, rtol=1e-4)


def test_what_nobody_has_has_no_direction() -> None:
    of = faces()
    directions = fit(latents(of), of, of.of("train"))
    with pytest.raises(UserError, match="no direction for 'Nobody': it has Beard, Black_Hair, Male"):
        directions.of("Nobody")


def test_attributes_that_always_go_together_give_finite_moves() -> None:
    of = faces()
    twice = Faces(
        of.images, np.repeat(of.attributes, 2, 1), tuple(f"{n}{k}" for n in NAMES for k in "ab"), of.split, "1" * 64, ""
    )
    directions = fit(latents(of), twice, of.of("train"))
    assert all(d.least_squares.abs().max() < 2 and d.base.abs().max() < 2 for d in directions.by_name.values())


def test_directions_are_kept(tmp_path: Path) -> None:
    of = faces()
    z = latents(of, by_hair=1.0)
    directions = fit(z, of, of.of("train"))
    chosen = {"strengths": {"least_squares": 2.5}, "best": {"add": "least_squares"}}
    changed = {n: Direction(**{**vars(d), **chosen}) for n, d in directions.by_name.items()}
    assert not kept.are_kept(tmp_path)
    kept.save(Directions(changed, directions.guess, directions.offset, directions.means), tmp_path, 0.8)
    again, crop = kept.read(tmp_path, Prior(8))
    assert crop == 0.8
    assert again.method("Beard") == "least_squares"
    assert again.method("Beard", present=False) == "conditional"
    assert again.strength("Beard") == 2.5
    assert again.strength("Beard", False) == -DEFAULT_REMOVAL
    assert again.of("smiling").companions == ("Mouth_Slightly_Open",)
    torch.testing.assert_close(again.edit(z, "Beard"), directions.edit(z, "Beard", 2.5, "least_squares"))
    torch.testing.assert_close(again.of("Beard").shows, directions.of("Beard").shows, equal_nan=True)


class Told(Flow):
    """A flow whose transport is plain to see: every label that changes moves its own axis by one."""

    def transported(
        self, z: torch.Tensor, shown: torch.Tensor, wanted: torch.Tensor, start: float = 0.6, steps: int = 8
    ) -> torch.Tensor:
        self.asked = shown, wanted
        return torch.cat([z[:, : shown.shape[1]] + wanted - shown, z[:, shown.shape[1] :]], 1)


def test_transport_changes_the_label_and_what_most_such_faces_show() -> None:
    of = faces()
    z = latents(of)
    flow = Told(8, len(NAMES), 8)
    directions = fit(z, of, of.of("train"), flow)
    assert directions.methods == METHODS
    assert directions.method("Smiling") == "transported"
    move = directions.move(z, "Smiling", True, "transported")
    shown, wanted = flow.asked
    smiling, mouth = NAMES.index("Smiling"), NAMES.index("Mouth_Slightly_Open")
    assert (shown[:, smiling] == 0).all()
    assert (wanted[:, [smiling, mouth]] == 1).all()  # nine of ten smiles open the mouth
    others = [k for k in range(len(NAMES)) if k not in (smiling, mouth)]
    assert torch.equal(shown[:, others], wanted[:, others])
    assert (shown[:, 0] == torch.from_numpy(of.attributes[:, 0]).float()).float().mean() > 0.95  # black hair is seen
    linear = directions.move(z, "Smiling", True, "conditional")
    torch.testing.assert_close(move, flow.transported(z, shown, wanted) - z + BESIDE * linear)


def test_a_removal_by_transport_goes_the_other_way() -> None:
    of = faces()
    z = latents(of)
    flow = Told(8, len(NAMES), 8)
    directions = fit(z, of, of.of("train"), flow)
    away = directions.edit(z, "Beard", -1.0, "transported")
    shown, wanted = flow.asked
    column = NAMES.index("No_Beard")
    assert (shown[:, column] == 0).all()
    assert (wanted[:, column] == 1).all()
    torch.testing.assert_close(away - z, directions.move(z, "Beard", False, "transported"))


def test_a_prior_that_is_no_flow_or_is_told_nothing_does_not_transport() -> None:
    of = faces()
    directions = fit(latents(of), of, of.of("train"))
    assert directions.methods == METHODS[1:]
    assert directions.method("Beard") == "conditional"
    with pytest.raises(UserError, match="prior is no flow, which transports: conditional, least_squares"):
        directions.edit(latents(of), "Beard", 1.0, "transported")
    assert transporting(Prior(8)) is None
    assert transporting(Flow(8, 0, 8)) is None
