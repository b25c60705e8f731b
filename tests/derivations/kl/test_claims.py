"""The claims on the divergence: each is proved line by line, and no line survives being changed."""

from __future__ import annotations

import pytest

from hw3.derivations.claims import Claim, Line, prove_claim, prove_link
from hw3.derivations.kl import claims
from hw3.derivations.kl.forms import stable_form, vae_form
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import number, ones, product

DERIVED = [c for c in claims() if c.expected == "proved" and c.relation != "exists"]


@pytest.mark.parametrize("claim", DERIVED, ids=lambda c: c.name)
def test_every_line_is_proved(claim: Claim) -> None:
    proof = prove_claim(claim)
    assert proof.proved, proof.failure
    assert not proof.conditions, "what is declared suffices"
    assert all(link.proved for link in proof.links)


def test_symmetry_is_not_proved() -> None:
    (claim,) = (c for c in claims() if c.expected == "refuted")
    assert not prove_claim(claim).proved


def _changed(claim: Claim, value: Expr) -> list[Expr]:
    added = value + (ones(*value.shape) if value.shape else number(1))
    # Twice nothing is nothing: the lines about a Gaussian and itself are all zero.
    return [added] if claim.name == "equal" else [added, product(number(2), value)]


@pytest.mark.parametrize("claim", DERIVED, ids=lambda c: c.name)
def test_a_step_that_does_not_follow_is_not_proved(claim: Claim) -> None:
    before = claim.start()
    for line in claim.lines:
        for wrong in _changed(claim, line.value):
            assert not prove_link(before, Line(wrong, "", line.replacing, line.hints)).proved
        before = line.value


def test_the_last_line_must_be_the_right_side() -> None:
    claim = DERIVED[0]
    cut = Claim("cut", "", claim.lhs, claim.rhs, lines=claim.lines[:-1])
    assert not prove_claim(cut).proved


def test_what_ships_is_what_is_proved() -> None:
    right_sides = {c.rhs for c in claims()}
    assert stable_form() in right_sides
    assert vae_form() in right_sides
