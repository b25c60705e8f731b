"""How the strength of an edit is chosen from what each strength does."""

import pytest

from hw3.vae.judging.edited import STRENGTHS, _strength


def chosen(sums: dict[float, float], certain: dict[float, float], sure: float) -> float:
    """Strengths that aren't named do badly."""
    return _strength(lambda s: (sums.get(s, 1.0), certain.get(s, -9.0)), sure)[0]


def test_the_one_with_the_most_taken_and_kept_is_chosen() -> None:
    assert chosen({1.0: 1.90, 1.25: 1.97, 1.5: 1.95}, {1.0: 5, 1.25: 5, 1.5: 5}, 4) == 1.25


def test_of_those_as_good_the_smallest_that_is_sure() -> None:
    sums = {1.0: 1.985, 1.25: 1.984, 1.5: 1.983, 1.75: 1.982}
    assert chosen(sums, {1.0: 1, 1.25: 3, 1.5: 5, 1.75: 7}, 4) == 1.5


def test_if_none_is_sure_the_surest_of_those_as_good() -> None:
    sums = {1.0: 1.985, 1.25: 1.984, 1.5: 1.90}
    assert chosen(sums, {1.0: 1, 1.25: 2, 1.5: 9}, 10) == 1.25


def test_it_stops_where_more_only_spoils() -> None:
    tried = []

    def falls(strength: float) -> tuple[float, float]:
        tried.append(strength)
        return 2 - 0.1 * len(tried), 0.0

    assert _strength(falls, 0.0) == (STRENGTHS[0], 1.9)
    assert tried == list(STRENGTHS[:2])


@pytest.mark.parametrize("best", STRENGTHS)
def test_every_strength_can_be_chosen(best: float) -> None:
    assert _strength(lambda s: (2 - 0.03 * abs(s - best), 0.0), 9.0) == (best, 2.0)
