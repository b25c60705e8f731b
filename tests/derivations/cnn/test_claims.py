"""The network's claims: each is proved line by line, and no line survives being changed."""

from __future__ import annotations

import pytest

from hw3.derivations.claims import Claim, Line, prove_claim, prove_link
from hw3.derivations.cnn import Network, claims
from hw3.derivations.cnn.gradients import gradient_claims
from hw3.derivations.operations import number


@pytest.mark.parametrize("claim", claims(), ids=lambda c: c.name)
def test_every_line_is_proved(claim: Claim) -> None:
    proof = prove_claim(claim)
    assert proof.proved, proof.failure
    assert all("tie" in condition for condition in proof.conditions), proof.conditions


@pytest.mark.parametrize("claim", claims(), ids=lambda c: c.name)
def test_a_step_that_does_not_follow_is_not_proved(claim: Claim) -> None:
    before = claim.start()
    for line in claim.lines:
        for wrong in (number(2) * line.value, -line.value):
            assert not prove_link(before, Line(wrong, ""), claim.given).proved
        before = line.value


def test_the_backward_pass_has_a_gradient_for_each_parameter_and_the_image() -> None:
    net = Network()
    found = {c.lhs.args[0] for c in gradient_claims(net)}
    assert {*net.parameters, net.x, net.z1, net.h1, net.z2, net.h2, net.z3} == found


@pytest.mark.parametrize("channels", [(1, 8, 16), (3, "c_1", "c_2")])
def test_numbers_for_sizes_are_proved_too(channels: tuple) -> None:
    net = Network(channels=channels, height=28, width=28, kernel=5, stride=1, padding=0, first=(24, 24),
                  pooled_first=(12, 12), second=(8, 8), pooled_second=(4, 4), classes=10)  # fmt: skip
    for claim in gradient_claims(net)[:6]:
        assert prove_claim(claim).proved
