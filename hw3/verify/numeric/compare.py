"""Whether two sides agree at draws, and a counterexample where they do not.

Each side is evaluated at each draw in float64; an error above 1e-10 of what was added is judged again at 50
digits, and only a difference that stands there is one. Where so much cancelled that float64 can't see the
result to ten digits, the smallest draw is judged at 50 digits too. Agreement is evidence, never a proof: it
needs enough valid draws, one of them with every size at least 4 (a stride, a dilation and a padding are none).
Where it is all the evidence that there is, it is `assured`: both sides of every kink were seen, if need be far
out, and the sides agree at many digits too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
import torch

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.geometry import parameters
from hw3.verify.numeric.assurance import hidden
from hw3.verify.numeric.conditions import Fact
from hw3.verify.numeric.cost import cost
from hw3.verify.numeric.counterexample import Counterexample, Found, Relation, certain, simplest, stands
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, free_indices
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.kinks import is_function, is_root, shown, unseen
from hw3.verify.numeric.wild import grown, scaled

AGREE = 1e-10
PLAIN = 1e-6  # relative errors above it are sought in simpler draws
CHEAP = 100_000  # numbers that a draw computes
_BRANCHED = ("tan", "arctan", "log")  # of one branch near 0, and of another one far out
Verdict = Literal["agrees", "unrefuted", "differs", "unclear"]


@dataclass(frozen=True, eq=False)
class Trial:
    """One valid draw: its worst error relative to what was added, relative to the result, and as a tensor,
    relative to the largest entry; where the sides differ most (the draw with index positions set, what was added
    there, the entry); what was added at every entry at these positions; the sides of kinks that were seen."""

    draw: Draw
    error: float
    lost: float
    tensorwise: float
    found: Found
    added: Any
    sides: Mapping[Expr, int]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the draws say of lhs = rhs (or >=, <=).

    agrees      equal at every valid draw, and there were enough
    unrefuted   for an inequality: no counterexample was found
    differs     `counterexample` stands at 50 digits
    unclear     anything else; `reason` says why

    `worst` is the largest relative error in float64 with the draw that gave it, `tensorwise` the largest difference
    against the left side's largest entry (or, where that is 0, what was added to give it); `rejudged` counts the draws
    whose float64 error was above 1e-10 and which are equal at 50 digits; `unreached` are the derivatives
    whose variable does not occur in what they differentiate.
    """

    verdict: Verdict
    valid: int
    worst: float = 0.0
    tensorwise: float = 0.0
    worst_draw: Draw | None = None
    rejudged: int = 0
    counterexample: Counterexample | None = None
    reason: str = ""
    unreached: tuple[Expr, ...] = ()


def compare(
    lhs: Expr,
    rhs: Expr,
    draws: Sequence[Draw],
    given: Sequence[Fact] = (),
    relation: Relation = "=",
    needed: int = 3,
    assured: bool = False,
) -> Comparison:
    """Compares the two sides at the draws; `given` is met by the simpler counterexamples that are tried. Sides that
    agree are looked at further if that is to be `assured`.

    Raises:
        ValueError: the sides have different shapes.
    """
    if lhs.shape != rhs.shape:
        raise ValueError(f"the sides of a relation have one shape, not {lhs.shape} and {rhs.shape}")
    trials, reasons, unreached = _trials(lhs, rhs, draws, relation)
    result = replace(_judged(lhs, rhs, trials, reasons, relation, given), unreached=unreached)
    if result.verdict == "differs" or result.reason:
        return result
    result = _agreement(lhs, rhs, trials, result, reasons, relation, needed, len(draws))
    return _assured(lhs, rhs, trials, result, given) if assured and result.verdict == "agrees" else result


def _trials(
    lhs: Expr, rhs: Expr, draws: Iterable[Draw], relation: Relation
) -> tuple[list[Trial], list[str], tuple[Expr, ...]]:
    """The valid trials, why the others are none, and the derivatives that were not reached."""
    trials: list[Trial] = []
    reasons: list[str] = []
    unreached: dict[Expr, None] = {}
    for draw in draws:
        try:
            trial, found = _trial(lhs, rhs, draw, relation)
        except (Invalid, NotEvaluable) as error:
            reasons.append(str(error))
            continue
        trials.append(trial)
        unreached.update(dict.fromkeys(found))
    return trials, reasons, tuple(unreached)


def _judged(
    lhs: Expr, rhs: Expr, trials: list[Trial], reasons: list[str], relation: Relation, given: Sequence[Fact]
) -> Comparison:
    """The trials whose float64 error is not small, judged at 50 digits; a reason says what could not be."""
    worst = max(trials, key=lambda t: t.error, default=None)
    result = Comparison(
        "unclear",
        len(trials),
        worst.error if worst else 0.0,
        max((t.tensorwise for t in trials), default=0.0),
        worst.draw if worst else None,
    )
    by_size = sorted(trials, key=lambda t: sum(t.draw.sizes.values()))
    suspects = [t for t in by_size if t.error > AGREE]
    cancelled = [t for t in by_size if t.error <= AGREE < t.lost][:1]
    for trial in suspects + cancelled:
        # A simple counterexample that stands makes it needless to judge the draw that led to it.
        plain = trial.error > PLAIN and cost([lhs, rhs], trial.draw.sizes).numbers < CHEAP
        simple = simplest(lhs, rhs, trial.found[0], given, relation, _worst_place) if plain else None
        if simple is not None:
            return replace(result, verdict="differs", counterexample=simple)
        try:
            found_one = stands(lhs, rhs, trial.found, relation, certain(given))
        except (Invalid, NotEvaluable) as error:
            if trial in suspects:
                reasons.append(f"an error of {trial.error:.1e} could not be judged at 50 digits: {error}")
            continue
        if found_one is not None:
            if not plain:
                simple = simplest(lhs, rhs, trial.found[0], given, relation, _worst_place)
            return replace(result, verdict="differs", counterexample=simple or found_one)
        result = replace(result, rejudged=result.rejudged + (trial in suspects))
    return replace(result, reason=reasons[-1]) if result.rejudged < len(suspects) else result


def _assured(lhs: Expr, rhs: Expr, trials: list[Trial], result: Comparison, given: Sequence[Fact]) -> Comparison:
    """Agreement that is looked at further: far out, if kinks or roots need it, and at many digits."""
    seen: dict[Expr, int] = {}
    for trial in trials:
        _add_sides(seen, trial)
    missing = unseen((lhs, rhs), seen, given)
    nodes = {n for e in (lhs, rhs) for n in walk(e)}
    far = bool(unseen((lhs, rhs), {}, given)) or any(is_root(n) or is_function(n, _BRANCHED) for n in nodes)
    large = bool(missing) or any(n.operation.name == "size" for n in nodes)  # what holds for small sizes alone
    if far or large:
        draws = [t.draw for t in trials]
        further_draws = (
            scaled(draws, (lhs, rhs), given) if far else (),
            grown(draws, (lhs, rhs), given) if large else (),
        )
        for draw in chain(*further_draws):
            further, reasons, _ = _trials(lhs, rhs, [draw], "=")
            judged = _judged(lhs, rhs, further, reasons, "=", given)
            if judged.verdict == "differs":
                return replace(result, verdict="differs", counterexample=judged.counterexample)
            for trial in further:
                if not judged.reason:
                    _add_sides(seen, trial)
        missing = unseen((lhs, rhs), seen, given)
    if missing:
        return replace(result, verdict="unclear", reason=f"only one side of the kink of {shown(missing[0])} was drawn")
    why = hidden(lhs, rhs, [t.found for t in trials], [t.added for t in trials], given)
    if why is None:
        return result
    for trial in trials:
        try:
            standing = stands(lhs, rhs, trial.found, "=", certain(given))
        except (Invalid, NotEvaluable):
            continue
        if standing is not None and standing.lhs != standing.rhs:
            return replace(result, verdict="differs", counterexample=standing)
        break
    return replace(result, verdict="unclear", reason=why)


def _add_sides(seen: dict[Expr, int], trial: Trial) -> None:
    for kink, sides in trial.sides.items():
        seen[kink] = seen.get(kink, 0) | sides


def _agreement(
    lhs: Expr,
    rhs: Expr,
    trials: list[Trial],
    result: Comparison,
    reasons: list[str],
    relation: Relation,
    needed: int,
    count: int,
) -> Comparison:
    """What it takes for draws without a difference to be evidence."""
    why = f": {reasons[0]}" if reasons else ""
    if len(trials) < needed:
        return replace(result, reason=f"{len(trials)} of {count} draws are valid, {needed} are needed{why}")
    small = parameters((lhs, rhs))
    if not any(all(n >= 4 for name, n in t.draw.sizes.items() if name not in small) for t in trials):
        return replace(result, reason=f"no valid draw has all sizes at least 4{why}")
    return replace(result, verdict="agrees" if relation == "=" else "unrefuted")


def _trial(lhs: Expr, rhs: Expr, draw: Draw, relation: Relation) -> tuple[Trial, tuple[Expr, ...]]:
    """Both sides at one draw, at every position of the free indices.

    Raises:
        Invalid, NotEvaluable: as `evaluate` does.
    """
    indices = tuple(i for i in free_indices(lhs, rhs) if i not in draw.values)
    left, right = evaluate(lhs, draw, indices), evaluate(rhs, draw, indices)
    added, result = left.magnitude + right.magnitude, torch.maximum(left.value.abs(), right.value.abs())
    difference = left.value - right.value
    against = {"=": difference.abs(), ">=": -difference, "<=": difference}[relation].clamp(min=0)
    error, lost = (torch.where(against > 0, against / size, 0.0) for size in (added, result))
    worst = error if error.max() > AGREE else lost
    place = np.unravel_index(int(worst.argmax()), worst.shape) if worst.ndim else ()
    largest, apart = float(left.value.abs().max()), float(difference.abs().max())
    tensorwise = apart / (largest if largest > 1e-12 else float(added.max())) if apart else 0.0
    positions = {i: np.array(float(k)) for i, k in zip(indices, place, strict=False)}
    at = replace(draw, values={**draw.values, **positions})
    entry = tuple(int(k) for k in place[len(indices) :])
    found = (at, float(added[place]), entry)
    sides = {kink: left.sides.get(kink, 0) | right.sides.get(kink, 0) for kink in {**left.sides, **right.sides}}
    there = added[tuple(int(k) for k in place[: len(indices)])].numpy()
    trial = Trial(draw, float(error.max()), float(lost.max()), tensorwise, found, there, sides)
    return trial, left.unreached + right.unreached


def _worst_place(lhs: Expr, rhs: Expr, draw: Draw, relation: Relation) -> Found | None:
    """For a simpler draw: where the sides differ most, if it looks like a counterexample too."""
    try:
        trial, _ = _trial(lhs, rhs, draw, relation)
    except (Invalid, NotEvaluable):
        return None
    return trial.found if trial.error > PLAIN else None
