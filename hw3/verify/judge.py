"""Judging: a claim's proof and its witnesses, weighed into a verdict.

The kernel proves; the others witness. Agreement of numbers is never a proof, and a difference that the
proof leaves is never a refutation: a claim is refuted by a counterexample alone. Where a proof and a
counterexample meet, one of hw3's engines is wrong, and the verdict says so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from hw3.derivations.calculus.inequalities import total
from hw3.derivations.claims import Claim, Proof, prove_claim, uses_given
from hw3.derivations.language.expression import Expr, ShapeError, walk
from hw3.derivations.language.printing import unicode, unicode_text
from hw3.derivations.language.sizes import show_shape
from hw3.verify import monte_carlo
from hw3.verify.differences import autograd, central_differences, differentiates
from hw3.verify.exact import NotExact, exact_value, literal_sizes, require
from hw3.verify.numeric.compare import Comparison, compare
from hw3.verify.numeric.counterexample import Relation
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, leaves
from hw3.verify.numeric.draws import assignment, draws, generic_entries
from hw3.verify.numeric.edges import broken
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.precise import evaluate_precisely
from hw3.verify.numeric.smooth import generic
from hw3.verify.residues import modular
from hw3.verify.verdicts import Evidence, Verdict, statement

BRIEF = 0.2  # seconds in which most proofs are found: what a counterexample refutes is searched for no longer


@dataclass(frozen=True)
class Settings:
    """How much is drawn: the dimensions of the Monte Carlo witness, its samples (0: none), the seed, the device."""

    dims: tuple[int, ...] = (2, 5)
    samples: int = 100_000
    seed: int = 0
    device: str = "cpu"
    witnesses: bool = True  # whether all witnesses are heard where the proof or a counterexample decides


def judge(claim: Claim, settings: Settings = Settings()) -> Verdict:
    """The verdict on a claim, with its proof and every witness that applies."""
    start = time.perf_counter()
    if claim.relation == "exists":
        return _judge_witness(claim, start)
    if claim.relation == "shape":
        return _judge_shape(claim, start)
    brief = not settings.witnesses
    proof = prove_claim(claim, BRIEF) if brief else prove_claim(claim)
    lhs, rhs = _compared(claim)
    found: list[Draw] = []
    try:
        found = draws([lhs, rhs], claim.given, settings.seed)
        # Agreement is looked at further where nothing else speaks for the claim.
        relation: Relation = ">=" if claim.relation == ">=" else "="
        comparison = compare(lhs, rhs, found, claim.given, relation, assured=not proof.proved)
    except NotEvaluable as error:
        comparison = Comparison("unclear", 0, reason=str(error))
    if brief and not proof.proved and proof.seconds > BRIEF and comparison.verdict != "differs":
        proof = prove_claim(claim)
    evidence = [_proof_evidence(proof)]
    exact = _exact_counterexample(claim)
    if exact is not None:
        evidence.append(exact)
    decided = proof.proved or comparison.verdict == "differs"
    if claim.relation == "=" and (settings.witnesses or not decided):
        evidence.append(_modular_evidence(claim, lhs, rhs))
    if settings.witnesses:
        evidence += _number_evidence(claim, lhs, rhs, found, comparison)
    else:
        evidence.append(_float_evidence(comparison))
    runs = _monte_carlo(claim, settings)
    if runs:
        evidence.append(_monte_carlo_evidence(runs))
    verdict, reason = _weigh(claim, proof, comparison, evidence, runs)
    if verdict in ("proved", "confirmed") and claim.relation == "=":
        at = broken(lhs, rhs, found, claim.given)
        if at is not None:
            verdict, reason = "undecided", f"It holds but for where a step jumps: {at}."
    return Verdict(
        claim,
        verdict,
        reason,
        proof,
        tuple(evidence),
        proof.conditions,
        comparison.worst if comparison.valid and comparison.verdict != "differs" else None,
        _worst_run(runs),
        time.perf_counter() - start,
    )


def _compared(claim: Claim) -> tuple[Expr, Expr]:
    """The two sides that are evaluated: for an implication, those of the decomposition that it rests on."""
    return (claim.start(), total(claim.terms)) if claim.relation == "=>" else (claim.lhs, claim.rhs)


def _weigh(
    claim: Claim, proof: Proof, comparison: Comparison, evidence: Sequence[Evidence], runs: Sequence[dict[str, Any]]
) -> tuple[str, str]:
    exact = next((e for e in evidence if e.kind == "exact" and e.holds is False), None)
    refuted = comparison.verdict == "differs" or exact is not None
    if proof.proved and (refuted or any(e.holds is False and e.kind != "50 digits" for e in evidence)):
        return "undecided", "A proof and a witness disagree: this is a bug in hw3, please report it."
    if proof.proved:
        # What holds under a condition needs draws that meet it, of sizes that are not small; else one will do.
        conditional = bool(proof.conditions or claim.given)
        if not comparison.valid or (conditional and comparison.verdict == "unclear"):
            few = "too few draws meet" if comparison.valid else "no draw meets"
            return "undecided", f"Proved, but {few} its conditions: {comparison.reason}."
        return "proved", ""
    if refuted:
        return "refuted", exact.says if exact is not None else f"Counterexample: {comparison.counterexample}."
    if any(r["outcome"] == "fails" for r in runs):
        return "undecided", "Samples speak against it, which alone refutes nothing."
    if comparison.verdict == "agrees":
        return "confirmed", f"Not proved ({proof.failure}); the two sides agree at {comparison.valid} draws."
    if comparison.verdict == "unrefuted":
        return "undecided", f"Not proved ({proof.failure}); no counterexample was found."
    return "undecided", f"Not proved ({proof.failure}), and not judged by numbers: {comparison.reason}."


# --- the witnesses ------------------------------------------------------------------------------------


def _proof_evidence(proof: Proof) -> Evidence:
    rules = [*proof.rules, *proof.bounds]
    if not proof.proved:
        return Evidence("proof", None, f"none; {proof.failure}")
    lines = f"{len(proof.links)} line{'s' if len(proof.links) != 1 else ''}"
    if any(link.certificate is not None and uses_given(link.certificate) for link in proof.links):
        used = [*rules, "what is given"]
    else:
        used = rules or ["expansion alone"]
    told = f"{lines}, by {', '.join(used)}"
    return Evidence("proof", True, told, {"rules": rules})


def _number_evidence(
    claim: Claim, lhs: Expr, rhs: Expr, found: Sequence[Draw], comparison: Comparison
) -> Iterator[Evidence]:
    """What floats and many digits say: a gradient has witnesses of its own."""
    if claim.relation == ">=" or comparison.verdict != "agrees" or not differentiates(lhs):
        yield _float_evidence(comparison)
        if claim.relation != ">=" and comparison.verdict != "differs":
            yield from _reference_evidence(lhs, rhs, found)
        return
    yield autograd(comparison)
    differences = central_differences(lhs, rhs, found)
    if differences is not None:
        yield differences


def _modular_evidence(claim: Claim, lhs: Expr, rhs: Expr) -> Evidence:
    # The prime comes from the system and not from the seed: a claim must not be able to know it.
    result = modular.agree(lhs, rhs)
    if result.outcome == "agrees":
        exponent = int(np.floor(np.log2(result.error_bound)))
        says = f"equal modulo a random 128-bit prime, error below 2^{exponent}"
    elif result.outcome == "differs":
        # Not where: the sizes are drawn anew each time, and pages that are built twice would differ.
        why = "what is given does not hold there" if claim.given else "the sides differ"
        says = f"{why} modulo a random prime, which alone refutes nothing"
    else:
        says = f"abstains: {result.reason}"
    holds = True if result.outcome == "agrees" else None
    return Evidence("modular", holds, says, {"outcome": result.outcome, "sizes": list(result.sizes)})


def _float_evidence(comparison: Comparison) -> Evidence:
    kind = "float"
    figures = {"valid": comparison.valid, "worst_error": comparison.worst}
    if comparison.verdict == "differs":
        return Evidence(kind, False, f"the sides differ at {comparison.counterexample}", figures)
    if comparison.verdict == "agrees":
        return Evidence(
            kind, True, f"equal at {comparison.valid} draws, worst error {error_of(comparison.worst)}", figures
        )
    if comparison.verdict == "unrefuted":
        return Evidence(kind, None, f"no counterexample in {comparison.valid} draws", figures)
    return Evidence(kind, None, comparison.reason, figures)


def _reference_evidence(lhs: Expr, rhs: Expr, found: Sequence[Draw]) -> list[Evidence]:
    """The left side in float64 (quadrature, autograd) against the right side at 50 digits."""
    for draw in sorted(found, key=lambda d: sum(d.sizes.values())):
        try:
            reference = evaluate_precisely(rhs, draw)
            value = evaluate(lhs, draw)
        except (Invalid, NotEvaluable):
            continue
        exact = np.vectorize(float, otypes=[float])(reference)
        apart = np.abs(value.value.detach().numpy() - exact) / value.magnitude.detach().numpy().clip(1e-300)
        sizes = ", ".join(f"{n} = {k}" for n, k in sorted(draw.sizes.items()))
        worst = float(apart.max())
        at = f" at {sizes}" if sizes else ""
        return [Evidence("50 digits", worst < 1e-10, f"{error_of(worst)} from the reference{at}", {"error": worst})]
    return []


def _exact_counterexample(claim: Claim) -> Evidence | None:
    """Both sides of a claim at the rational values that it brings to be refuted by."""
    if claim.expected != "refuted" or not claim.witness or claim.relation not in ("=", ">="):
        return None
    try:
        left, right = _at_witness(claim)
    except NotExact:
        return None
    apart = sympy.N(right - left, 60)
    if (apart if claim.relation == ">=" else abs(apart)) < 1e-40 * (1 + abs(sympy.N(left))):
        return None
    says = f"At {_shown(claim)}: left {_number(left)}, right {_number(right)}."
    return Evidence("exact", False, says, {"left": str(left), "right": str(right)})


def _judge_witness(claim: Claim, start: float) -> Verdict:
    """A claim of existence: the witness is put in, exactly."""
    assert claim.distinct is not None
    values = dict(claim.witness)
    figures: dict[str, str] = {}
    holds: bool | None = None
    try:
        left, right = _at_witness(claim)
        figures = {"left": str(left), "right": str(right)}
        if sympy.simplify(left - right) != 0:
            says = f"The witness gives {_number(left)} and {_number(right)}; another one may do."
        elif values[claim.distinct[0]] == values[claim.distinct[1]]:
            says = "The witness makes equal what should differ; another one may do."
        else:
            holds, says = True, f"At {_shown(claim)}: both are {_number(left)}."
    except NotExact as error:
        says = f"The witness cannot be put in: {error}."
    evidence = Evidence("exact", holds, says, figures)
    verdict = "proved" if holds else "undecided"
    return Verdict(claim, verdict, says, Proof(claim, ()), (evidence,), seconds=time.perf_counter() - start)


def _judge_shape(claim: Claim, start: float) -> Verdict:
    """A line that does not type: the errors that writing it as an expression raises, however it is read."""
    errors = []
    for reading, build in claim.readings:
        try:
            build()
        except ShapeError as error:
            errors.append(f"{unicode_text(reading)}: {error}")
    if claim.readings and len(errors) == len(claim.readings):
        where = ", ".join(f"{unicode(n)} is {show_shape(n.shape)}" for n in leaves((claim.lhs, claim.rhs), "symbol"))
        verdict, reason = "refuted", f"It does not type, where {where}. {'; '.join(errors).capitalize()}."
    else:
        verdict, reason = "undecided", "It types, so its shapes say nothing against it."
    holds = prove_claim(claim)
    told = statement(replace(claim, relation="="), latex=False)
    instead = Evidence("the line that holds", holds.proved, f"{told}, proved" if holds.proved else holds.failure)
    seconds = time.perf_counter() - start
    return Verdict(claim, verdict, reason, Proof(claim, ()), (instead,), seconds=seconds)


def _at_witness(claim: Claim) -> tuple[sympy.Expr, sympy.Expr]:
    """Both sides, exactly, at the values that the claim brings.

    Raises:
        NotExact: there are no exact values, or those brought do not meet the assumptions.
    """
    values = dict(claim.witness)
    sizes = literal_sizes(values)
    require(claim.given, sizes, values)
    left, right = (exact_value(e, sizes, values) for e in (claim.lhs, claim.rhs))
    return left, right


def error_of(value: float) -> str:
    """An error for people: one digit, and 0 for none."""
    return f"{value:.0e}" if value else "0"


def _shown(claim: Claim) -> str:
    return ", ".join(f"{unicode(node)} = {_literal(value)}" for node, value in claim.witness)


def _literal(value: Any) -> str:
    if isinstance(value, Fraction | int):
        return str(value)
    if isinstance(value[0], tuple):
        return str([[_Plain(x) for x in row] for row in value])
    return f"({', '.join(map(str, value))})"


class _Plain(Fraction):
    """A fraction that shows as 1/4 inside a list too."""

    __repr__ = Fraction.__str__


def _number(value: sympy.Expr) -> str:
    text = sympy.sstr(value)
    return text if value.is_rational else f"{text} ≈ {float(value):.6g}"


# --- Monte Carlo --------------------------------------------------------------------------------------


def _monte_carlo(claim: Claim, settings: Settings) -> list[dict[str, Any]]:
    """The divergence on the left by samples against the value of the right side, at each dimension."""
    if claim.lhs.operation.name != "kl" or claim.relation != "=" or not settings.samples:
        return []
    names = _size_names(claim.lhs)
    runs = []
    for dim in settings.dims if names else (1,):
        try:
            draw = _drawn(claim, dim, settings.seed)
            p, q = (_gaussian(law, draw) for law in claim.lhs.args)
            claimed = float(evaluate(claim.rhs, draw).value)
        except (Invalid, NotEvaluable):
            continue
        estimate = monte_carlo.estimate(p, q, claimed, settings.samples, settings.seed + dim, settings.device)
        runs.append({"dim": dim, **estimate.json()})
    return runs


def drawn_pair(claim: Claim, dim: int, seed: int) -> tuple[monte_carlo.Gaussian, monte_carlo.Gaussian]:
    """The two laws of a claim KL[p || q] = ... at the draw that its Monte Carlo witness uses."""
    draw = _drawn(claim, dim, seed)
    p, q = (_gaussian(law, draw) for law in claim.lhs.args)
    return p, q


def _size_names(node: Expr) -> list[str]:
    return sorted({name for n in walk(node) for s in n.shape for name in s.names})


def _drawn(claim: Claim, dim: int, seed: int) -> Draw:
    g = np.random.default_rng([seed, dim])
    sizes = dict.fromkeys(_size_names(claim.lhs), dim)
    for _ in range(100):  # most assumptions are met by the first draw
        draw = assignment([claim.lhs, claim.rhs], claim.given, sizes, g, generic, generic_entries)
        if draw is not None:
            return draw
    raise Invalid("no draw meets the assumptions")


def _gaussian(law: Expr, draw: Draw) -> monte_carlo.Gaussian:
    mean, covariance = (evaluate(a, draw).value for a in law.args)
    return monte_carlo.Gaussian(mean.reshape(-1), covariance.reshape(mean.numel(), mean.numel()))


def _worst_run(runs: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if not runs:
        return None
    worst = max(runs, key=lambda r: abs(r["z"]))
    return {**worst, "runs": list(runs)}


def _run(run: dict[str, Any]) -> str:
    outcome = {"holds": "", "fails": ", which speaks against it", "inconclusive": ", too noisy to tell"}
    told = f"{run['estimate']:#.4g} ± {run['standard_error']:.1g} against {run['claimed']:#.4g}, z = {run['z']:.1f}"
    return f"dimension {run['dim']}: {told}{outcome[run['outcome']]}"


def _monte_carlo_evidence(runs: Sequence[dict[str, Any]]) -> Evidence:
    outcomes = {r["outcome"] for r in runs}
    says = f"{runs[0]['n']:,} samples, false alarms below 1e{math.log10(monte_carlo.FALSE_ALARM):.0f}; " + "; ".join(
        map(_run, runs)
    )
    holds = False if "fails" in outcomes else None if "inconclusive" in outcomes else True
    return Evidence("Monte Carlo", holds, says, {"runs": list(runs)})
