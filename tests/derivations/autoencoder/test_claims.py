"""The claims on the autoencoder: each is proved line by line, no line survives being changed, all are judged."""

from __future__ import annotations

import pytest

from hw3.cli import main
from hw3.derivations.autoencoder import claims
from hw3.derivations.claims import Claim, Line, prove_claim, prove_link
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import number, ones, product
from hw3.verify.judge import Settings, judge
from hw3.verify.verdicts import Verdict

DERIVED = [c for c in claims() if c.expected == "proved"]
REFUTED = [c for c in claims() if c.expected == "refuted"]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {c.name: judge(c, Settings()) for c in claims()}


@pytest.mark.parametrize("claim", DERIVED, ids=lambda c: c.name)
def test_every_line_is_proved(claim: Claim) -> None:
    proof = prove_claim(claim)
    assert proof.proved, proof.failure
    kinks = ("z ≠ 0", "y ≠ 0") if claim.name.startswith("relu") else ()
    assert proof.conditions == kinks, "what is declared suffices, off the kinks"


@pytest.mark.parametrize("claim", REFUTED, ids=lambda c: c.name)
def test_what_is_expected_to_be_refuted_is_not_proved(claim: Claim) -> None:
    """Of a line that does not type, the line that holds in its place is proved instead."""
    assert prove_claim(claim).proved == (claim.relation == "shape")


def _changed(claim: Claim, value: Expr) -> list[Expr]:
    added = value + (ones(*value.shape) if value.shape else number(1))
    # Twice nothing is nothing: where the claim is that a gradient vanishes, so do its lines.
    vanishing = claim.relation == "=" and claim.rhs.operation.name == "filled"
    return [added] if vanishing else [added, product(number(2), value)]


@pytest.mark.parametrize("claim", DERIVED, ids=lambda c: c.name)
def test_a_step_that_does_not_follow_is_not_proved(claim: Claim) -> None:
    before = claim.start()
    for line in claim.lines:
        for wrong in _changed(claim, line.value):
            assert not prove_link(before, Line(wrong, "", line.replacing, line.hints), claim.given).proved
        before = line.value


@pytest.mark.parametrize("claim", [c for c in DERIVED if c.given], ids=lambda c: c.name)
def test_what_is_given_is_needed(claim: Claim) -> None:
    without = Claim(
        claim.name, "", claim.lhs, claim.rhs, claim.relation, claim.lines, terms=claim.terms, hints=claim.hints
    )
    assert not prove_claim(without).proved


@pytest.mark.parametrize("claim", claims(), ids=lambda c: c.name)
def test_every_claim_comes_out_as_expected(claim: Claim, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[claim.name]
    assert verdict.verdict == claim.expected, verdict.reason


@pytest.mark.parametrize("claim", DERIVED, ids=lambda c: c.name)
def test_gradients_have_three_witnesses(claim: Claim, verdicts: dict[str, Verdict]) -> None:
    if claim.lhs.operation.name != "derivative":
        return
    found = {e.kind: e for e in verdicts[claim.name].evidence}
    for kind in ("proof", "autograd", "central differences"):
        assert found[kind].holds, found[kind].says
    assert found["autograd"].figures["tensorwise"] < 1e-12
    assert found["central differences"].figures["worst_error"] < 1e-12


def test_the_target_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "autoencoder", "--proofs"]) == 0
    told = capsys.readouterr().out
    assert f"{len(DERIVED)} proved, {len(REFUTED)} refuted, all as expected" in told
    assert "∂L/∂W = δ_z xᵀ + h δ_yᵀ" in told
    assert "It does not type" in told
