"""Verdicts: what each claim's witnesses weigh, and that no witness is believed for what it can't show."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import hw3.derivations.operations as o
from hw3.derivations.calculus.inequalities import Term
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim, Link, Proof
from hw3.derivations.kl.definition import closed_form_claim
from hw3.derivations.kl.forms import MU0, MU1, P0, P1, S0, S1, closed_form
from hw3.derivations.kl.symmetry import symmetry_claim, witness_claim
from hw3.verify import judge as judging
from hw3.verify.judge import Settings, judge

QUICK = Settings(dims=(2,), samples=20_000)
A, B = o.matrix("A", "n", "n"), o.matrix("B", "n", "n")
x, y = o.vector("x", "n"), o.vector("y", "n")
CYCLIC = Claim("cyclic", "", o.trace(A @ B), o.trace(B @ A))
COMMUTES = Claim("commutes", "", A @ B, B @ A)


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that accepts everything."""
    monkeypatch.setattr(judging, "prove_claim", lambda claim: Proof(claim, ()))


@pytest.fixture
def unproved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that finds nothing."""
    nothing = Link(x, x, "", failure="no certificate")
    monkeypatch.setattr(judging, "prove_claim", lambda claim: Proof(claim, (nothing,), "no certificate"))


def of(verdict: judging.Verdict, kind: str) -> judging.Evidence:
    (found,) = (e for e in verdict.evidence if e.kind == kind)
    return found


def test_proved() -> None:
    verdict = judge(CYCLIC, QUICK)
    assert (verdict.verdict, verdict.reason) == ("proved", "")
    assert verdict.as_expected
    assert of(verdict, "proof").says == "1 line, by expansion alone"
    assert of(verdict, "modular").holds
    assert of(verdict, "float").says.startswith("equal at 6 draws, worst error ")
    assert verdict.worst_error is not None
    assert verdict.worst_error < 1e-14


@pytest.mark.usefixtures("unproved")
def test_confirmed() -> None:
    verdict = judge(CYCLIC, QUICK)
    assert verdict.verdict == "confirmed"
    assert verdict.reason == "Not proved (no certificate); the two sides agree at 6 draws."
    assert verdict.as_expected


def test_refuted_by_a_drawn_counterexample() -> None:
    verdict = judge(COMMUTES, QUICK)
    assert verdict.verdict == "refuted"
    assert verdict.reason.startswith("Counterexample: n = 2, A = [[")
    assert verdict.worst_error is None
    assert verdict.contrary
    assert not verdict.as_expected
    assert replace(verdict, claim=replace(COMMUTES, expected="refuted")).as_expected


def test_what_is_expected_to_be_refuted_and_holds_is_contrary() -> None:
    verdict = judge(replace(CYCLIC, expected="refuted"), QUICK)
    assert verdict.verdict == "proved"
    assert verdict.contrary


@pytest.mark.usefixtures("believed")
@pytest.mark.parametrize("claim", [COMMUTES, symmetry_claim()], ids=lambda c: c.name)
def test_engines_that_disagree_are_a_bug_and_no_verdict(claim: Claim) -> None:
    verdict = judge(claim, QUICK)
    assert verdict.verdict == "undecided"
    assert verdict.reason == "A proof and a witness disagree: this is a bug in hw3, please report it."
    assert not verdict.contrary
    assert not verdict.as_expected


def test_a_proof_about_nothing_is_undecided() -> None:
    """z z^T has no inverse for z of two entries and more, so that its inverse times itself is no identity."""
    for z, few in ((x, "too few draws meet"), (o.stack(x, o.vector("b", "m")), "no draw meets")):
        square = z @ z.T
        verdict = judge(Claim("void", "", o.inverse(square) @ square, o.identity(z.shape[0])), QUICK)
        assert verdict.verdict == "undecided"
        assert verdict.proof.proved
        assert verdict.reason.startswith(f"Proved, but {few} its conditions: ")
        given = (Fact("invertible", square),)
        assert judge(replace(verdict.claim, given=given), QUICK).verdict == "undecided"


def test_a_divergence_under_conditions_that_nothing_meets_is_undecided() -> None:
    given = (Fact("positive", o.product(o.number(-1), o.square(o.norm(MU0)))),)
    verdict = judge(replace(closed_form_claim(), given=given), QUICK)
    assert verdict.verdict == "undecided"
    assert verdict.monte_carlo is None


@pytest.mark.usefixtures("unproved")
def test_an_inequality_is_never_confirmed_by_draws() -> None:
    verdict = judge(Claim("square", "", o.square(o.norm(x)), o.number(0), relation=">="), QUICK)
    assert verdict.verdict == "undecided"
    assert verdict.reason == "Not proved (no certificate); no counterexample was found."


def test_a_false_inequality_is_refuted() -> None:
    claim = Claim("inner", "", x.T @ y, o.number(0), relation=">=", terms=(Term(o.HALF, "squared-norm", (x,)),))
    assert judge(claim, QUICK).verdict == "refuted"


# --- exact witnesses ----------------------------------------------------------------------------------


def test_the_exact_counterexample_is_printed() -> None:
    verdict = judge(symmetry_claim(), QUICK)
    assert verdict.verdict == "refuted"
    assert verdict.as_expected
    assert verdict.reason == (
        "At μ₀ = (0), μ₁ = (0), Σ₀ = [[1]], Σ₁ = [[4]]: left -3/8 + log(2) ≈ 0.318147, right 3/2 - log(2) ≈ 0.806853."
    )
    exact = of(verdict, "exact")
    assert exact.holds is False
    assert exact.figures == {"left": "-3/8 + log(2)", "right": "3/2 - log(2)"}


def with_value(claim: Claim, node: o.Expr, value: object) -> Claim:
    return replace(claim, witness=tuple((n, value if n is node else v) for n, v in claim.witness))


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (S1, ((Fraction(-4),),)),
        (S1, ((Fraction(0),),)),
        (MU1, (Fraction(0), Fraction(1))),
    ],
    ids=["not positive definite", "singular", "of another size"],
)
def test_a_counterexample_that_breaks_the_assumptions_is_none(node: o.Expr, value: object) -> None:
    verdict = judge(with_value(symmetry_claim(), node, value), QUICK)
    assert "exact" not in {e.kind for e in verdict.evidence}
    assert verdict.reason.startswith("Counterexample: k = ")


def test_a_counterexample_at_which_the_sides_agree_is_none() -> None:
    one = ((Fraction(1),),)
    true = Claim("true", "", o.kl(P0, P1), closed_form(MU0, S0, MU1, S1), expected="refuted")
    for claim in (with_value(symmetry_claim(), S1, one), replace(true, witness=symmetry_claim().witness)):
        assert "exact" not in {e.kind for e in judge(claim, QUICK).evidence}


def test_an_inequality_needs_a_counterexample_on_the_wrong_side() -> None:
    """2 >= 0 is no counterexample, though 2 is not 0."""
    node = o.vector("x", "n")
    claim = Claim(
        "square",
        "",
        o.square(o.norm(node)),
        o.number(0),
        ">=",
        expected="refuted",
        witness=((node, (Fraction(1), Fraction(1))),),
    )
    assert judge(claim, QUICK).verdict != "refuted"


def test_a_witness_proves_what_it_is_a_witness_of() -> None:
    verdict = judge(witness_claim())
    assert verdict.verdict == "proved"
    assert verdict.reason.endswith("Σ₀ = [[4, 0], [0, 1/4]], Σ₁ = [[1, 0], [0, 1]]: both are 9/8.")


def test_a_witness_that_fails_refutes_nothing() -> None:
    identity = ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1)))
    other = ((Fraction(4), Fraction(0)), (Fraction(0), Fraction(1)))
    negative = ((Fraction(-4), Fraction(0)), (Fraction(0), Fraction(-1, 4)))
    said = {
        other: "The witness gives ",
        identity: "The witness makes equal what should differ",
        negative: "The witness cannot be put in: ",
        ((Fraction(1),),): "The witness cannot be put in: ",
    }
    for value, reason in said.items():
        verdict = judge(with_value(witness_claim(), S0, value))
        assert verdict.verdict == "undecided"
        assert verdict.reason.startswith(reason)


# --- Monte Carlo --------------------------------------------------------------------------------------


@pytest.fixture
def samples_say_no(monkeypatch: pytest.MonkeyPatch) -> None:
    real = judging.monte_carlo.estimate

    def estimate(*arguments: object) -> object:
        return replace(real(*arguments), z=7.5, outcome="fails")

    monkeypatch.setattr(judging.monte_carlo, "estimate", estimate)


@pytest.mark.usefixtures("samples_say_no", "unproved")
def test_samples_alone_never_refute() -> None:
    verdict = judge(closed_form_claim(), QUICK)
    assert verdict.verdict == "undecided"
    assert verdict.reason == "Samples speak against it, which alone refutes nothing."
    assert of(verdict, "Monte Carlo").holds is False
    assert "z = 7.5, which speaks against it" in of(verdict, "Monte Carlo").says


@pytest.mark.usefixtures("samples_say_no")
def test_samples_against_a_proof_are_a_bug() -> None:
    verdict = judge(closed_form_claim(), QUICK)
    assert verdict.verdict == "undecided"
    assert "this is a bug in hw3" in verdict.reason


def test_a_claim_is_sampled_at_every_dimension_and_the_worst_is_told() -> None:
    verdict = judge(closed_form_claim(), Settings(dims=(1, 3), samples=20_000, seed=4))
    runs = of(verdict, "Monte Carlo").figures["runs"]
    assert [r["dim"] for r in runs] == [1, 3]
    assert verdict.monte_carlo is not None
    assert verdict.monte_carlo["z"] == max((r["z"] for r in runs), key=abs)
    said = of(verdict, "Monte Carlo").says
    assert said.startswith("20,000 samples, false alarms below 1e-6; dimension 1: ")
    assert " ± " in said
    assert " against " in said
