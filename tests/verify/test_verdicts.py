"""Reports: their exit codes, and the JSON form that every target of `hw3 verify` shares."""

from __future__ import annotations

import itertools
import json

import pytest

import hw3.derivations.operations as o
from hw3.derivations.claims import Claim, Proof
from hw3.derivations.kl.definition import closed_form_claim
from hw3.derivations.kl.symmetry import symmetry_claim, witness_claim
from hw3.verify.judge import Settings, judge
from hw3.verify.verdicts import VERDICTS, Report, Verdict, exit_code

KEYS = [
    "name", "latex", "verdict", "expected", "steps", "axioms", "conditions", "evidence", "worst_error", "monte_carlo",
    "seconds",
]  # fmt: skip


def verdict(found: str, expected: str = "proved") -> Verdict:
    x = o.scalar("x")
    claim = Claim("c", "", x, x, expected=expected)
    return Verdict(claim, found, "", Proof(claim, ()))


@pytest.mark.parametrize(
    ("found", "expected", "code"),
    [
        ("proved", "proved", 0),
        ("confirmed", "proved", 0),
        ("refuted", "proved", 1),
        ("undecided", "proved", 3),
        ("refuted", "refuted", 0),
        ("proved", "refuted", 1),
        ("confirmed", "refuted", 1),
        ("undecided", "refuted", 3),
    ],
)
def test_exit_code_of_one(found: str, expected: str, code: int) -> None:
    assert exit_code([verdict(found, expected)]) == code


def test_exit_code_of_several() -> None:
    codes = {(f, e): exit_code([verdict(f, e)]) for f in VERDICTS for e in ("proved", "refuted")}
    for several in itertools.product(codes, repeat=3):
        found = {codes[s] for s in several}
        assert exit_code(verdict(*s) for s in several) == (1 if 1 in found else 3 if 3 in found else 0)
    assert exit_code([]) == 0


@pytest.fixture(scope="module")
def report() -> Report:
    quick = Settings(dims=(2,), samples=100_000)
    found = tuple(judge(c, quick) for c in (closed_form_claim(), symmetry_claim(), witness_claim()))
    return Report("kl", (*found, verdict("undecided")), 1.5)


def test_json_has_the_keys_that_are_promised(report: Report) -> None:
    told = json.loads(json.dumps(report.json(), allow_nan=False))
    assert list(told) == ["version", "target", "claims", "counts"]
    assert (told["version"], told["target"]) == (1, "kl")
    assert told["counts"] == {"proved": 2, "confirmed": 0, "refuted": 1, "undecided": 1}
    for claim in told["claims"]:
        assert list(claim) == KEYS
        assert claim["verdict"] in VERDICTS
        assert claim["expected"] in ("proved", "refuted")
        assert claim["seconds"] >= 0
        for evidence in claim["evidence"]:
            assert {"kind", "holds", "says"} <= evidence.keys()
        for step in claim["steps"]:
            assert list(step) == ["latex", "reason", "verdict", "axioms"]


def test_json_of_the_closed_form(report: Report) -> None:
    told = report.json()["claims"][0]
    assert told["latex"].startswith(r"\operatorname{KL}[\mathcal{N}(\mu_0, \Sigma_0)")
    assert len(told["steps"]) == 6
    assert {s["verdict"] for s in told["steps"]} == {"proved"}
    assert told["axioms"] == ["inverse-left"]
    assert list(told["monte_carlo"]) == ["n", "estimate", "standard_error", "z"]
    (run,) = next(e for e in told["evidence"] if e["kind"] == "Monte Carlo")["runs"]
    assert run["false_alarm"] == 1e-6
    assert run["outcome"] == "holds"
    assert 0 <= told["worst_error"] < 1e-14


def test_json_tells_why_a_claim_is_refuted(report: Report) -> None:
    told = report.json()["claims"][1]
    assert told["evidence"][0]["kind"] == "verdict"
    assert "-3/8 + log(2)" in told["evidence"][0]["says"]
    assert told["worst_error"] is None
    assert {s["verdict"] for s in told["steps"]} == {"undecided"}


def test_json_of_a_claim_without_witnesses(report: Report) -> None:
    told = report.json()["claims"][3]
    assert (told["monte_carlo"], told["worst_error"], told["evidence"]) == (None, None, [])
