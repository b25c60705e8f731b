"""Took and kept are counted as they are defined, by a judge whose answers are known."""

import math

import numpy as np

from hw3.vae.judging.judge import Look
from hw3.vae.judging.scores import odds, score

NAMES = ("Male", "Mouth_Slightly_Open", "No_Beard", "Smiling")


def shown(*rows: str, features: int = 0) -> Look:
    """Each row has a 1 where an attribute is seen; each picture has a feature of its own."""
    said = np.array([[c == "1" for c in row] for row in rows])
    return Look(np.where(said, 3.0, -2.0), np.roll(np.eye(len(rows)), features, 1))


def test_took_counts_those_that_lacked_it_and_kept_the_others() -> None:
    before = shown("1010", "1010", "0010", "1011")
    after = shown("1111", "1010", "1011", "0011")
    scored = score(NAMES, before, after, "Smiling", ("Mouth_Slightly_Open",))
    assert scored.n == 4
    assert scored.took == 2 / 3  # the last smiled before
    assert scored.kept_of == {"Male": 0.5, "No_Beard": 1.0}  # not the mouth, which may open
    assert scored.kept == 0.75
    assert score(NAMES, before, after, "Smiling", ()).kept_of["Mouth_Slightly_Open"] == 0.75


def test_a_beard_is_no_no_beard() -> None:
    before, after = shown("1010", "1010"), shown("1000", "1010")
    assert score(NAMES, before, after, "Beard", ()).took == 0.5
    assert score(NAMES, after, before, "Beard", (), present=False).took == 1
    assert "No_Beard" not in score(NAMES, before, after, "Beard", ()).kept_of
    assert odds(NAMES, after, "Beard").tolist() == [2.0, -3.0]


def test_identity_is_being_nearest_to_oneself() -> None:
    before = shown("1010", "0010", "1000")
    same = score(NAMES, before, before, "Smiling", ())
    assert same.identity == 1
    assert same.distance < 1e-6
    other = score(NAMES, before, shown("1010", "0010", "1000", features=1), "Smiling", ())
    assert other.identity == 0
    assert abs(other.distance - 1) < 0.01  # as far as two people are


def test_where_all_have_it_before_nothing_can_take() -> None:
    smiling = shown("1011", "0011")
    scored = score(NAMES, smiling, smiling, "Smiling", ())
    assert math.isnan(scored.took)
    assert scored.json()["took"] is None
