"""A link judged: every reading of it, every case, and what they say together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hw3.derivations.claims import Claim
from hw3.derivations.language.expression import ShapeError
from hw3.derivations.language.printing import latex, unicode
from hw3.derivations.latex.elaboration import Undeclared
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.tokens import ReadingError
from hw3.verify.checking.decimals import is_closed, printed, within
from hw3.verify.checking.elaborated import SECOND, Conflict, Elaborated, cases, readings
from hw3.verify.checking.meant import meant
from hw3.verify.judge import Settings, judge
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable
from hw3.verify.numeric.precise import evaluate_precisely
from hw3.verify.verdicts import Verdict, given

MOST_CASES = 16
_verdict = lru_cache(maxsize=256)(judge)  # documents say the same line again, and in a box
_RANK = {"proved": 0, "confirmed": 1, "undecided": 2, "refuted": 3}


@dataclass(frozen=True)
class Judged:
    """What is said of a link."""

    link: Link
    verdict: str
    reason: str
    read_as: str = ""
    conditions: tuple[str, ...] = ()
    counterexample: str | None = None
    did_you_mean: str | None = None
    trials: int = 0
    worst_error: float | None = None
    seconds: float = 0.0
    undeclared: str | None = None
    guesses: tuple[str, ...] = ()
    layout: bool = False
    squares: tuple[tuple[int, int], ...] = ()  # how each square of a vector in it is read: place, and which way
    mark: tuple[int, int] | None = None  # where the part stands that `did_you_mean` writes in another way


def judge_link(link: Link, settings: Settings, suggest: bool = True, source: str | None = None) -> Judged:
    """The verdict on a link; of one that is refuted what was meant, where that is found and `suggest` says so.

    `source` is what the places of the link count in: a suggestion keeps its spelling.
    """
    start = time.perf_counter()
    try:
        found = _judged(link, settings)
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError, RecursionError) as error:
        # Whatever else goes wrong with a line, the other lines of the document are judged.
        told = f"a bug in hw3, please report it: {type(error).__name__} ({error})"
        found = Judged(link, "undecided", told)
    if suggest and found.verdict == "refuted" and (instead := meant(link, settings, source=source)) is not None:
        found = replace(found, did_you_mean=instead.link, mark=instead.mark)
    return replace(found, seconds=time.perf_counter() - start)


def _judged(link: Link, settings: Settings) -> Judged:
    if link.undecided:
        return Judged(link, "undecided", link.undecided)
    try:
        read = readings(link)
    except Undeclared as error:
        return Judged(link, "undecided", str(error), undeclared=error.key)
    except ReadingError as error:
        return Judged(link, "undecided", str(error))
    except RecursionError:
        return Judged(link, "undecided", "it is nested too deep to be read")
    judged = [_reading(link, r, settings) for r in read]
    if judged[0].verdict in ("proved", "confirmed"):
        # The square of a vector is meant entry by entry where that holds; its length is another reading where not.
        judged = [j for j, r in zip(judged, read, strict=True) if not _is_second(r)] or judged[:1]
    if len({j.verdict for j in judged}) == 1:
        return judged[0]
    holding = [j for j in judged if j.verdict in ("proved", "confirmed")]
    if len(holding) == len(judged):
        return max(holding, key=lambda j: _RANK[j.verdict])
    if any(j.verdict == "refuted" for j in judged) and holding:
        reason = f"it can be read in {len(judged)} ways, and holds in {len(holding)} of them: {holding[0].read_as}"
        return replace(holding[0], verdict="undecided", reason=reason, counterexample=None)
    return next(j for j in judged if j.verdict == "undecided")


def _is_second(read: Elaborated | Conflict) -> bool:
    """Whether a reading is one that is thought of only where the first does not hold."""
    return isinstance(read, Elaborated) and any(what in SECOND and k for (what, _), k in read.choices)


def _reading(link: Link, read: Elaborated | Conflict, settings: Settings) -> Judged:
    if isinstance(read, Conflict):
        if read.certain and not link.sets and not link.notes:
            return Judged(link, "refuted", f"it does not type: {read.message}")
        why = f" ({read.guesses[0]})" if read.guesses else " (not all of these shapes are declared)"
        return Judged(link, "undecided", f"it does not type: {read.message}{why}", guesses=read.guesses)
    rounded = _rounded(link, read)
    if rounded is not None:
        return rounded
    try:
        parts = list(cases(read))
    except ReadingError as error:
        return Judged(link, "undecided", str(error))
    if len(parts) > MOST_CASES:
        return Judged(link, "undecided", "its variables over finite sets have too many values")
    try:
        verdicts = [_verdict(_claim(link, part), settings) for part in parts]
    except (ShapeError, ReadingError) as error:
        return Judged(link, "undecided", str(error))
    worst = max(verdicts, key=lambda v: _RANK[v.verdict])
    return _told(link, read, verdicts, worst)


def _rounded(link: Link, read: Elaborated) -> Judged | None:
    """A number against a printed decimal, which means half a unit of its last digit."""
    for node, other in ((link.right, read.lhs), (link.left, read.rhs)):
        decimal = printed(node)
        if decimal is None or link.op != "=" or other.shape or not is_closed(other):
            continue
        try:
            value = float(evaluate_precisely(other, Draw({}, {}))[()])
        except (Invalid, NotEvaluable) as error:
            return Judged(link, "undecided", str(error))
        told = f"{latex(read.lhs)} = {latex(read.rhs)}"
        if within(value, decimal):
            return Judged(link, "confirmed", f"up to rounding: it is {value:.10g}", told, trials=1)
        if read.guesses:
            return Judged(link, "undecided", f"it is {value:.10g} as it is read, but {read.guesses[0]}", told)
        return Judged(link, "refuted", f"it is {value:.10g}", told, counterexample=f"the value is {value:.10g}")
    return None


def _claim(link: Link, read: Elaborated) -> Claim:
    if link.op == "=":
        return Claim("link", "", read.lhs, read.rhs, given=read.given)
    lhs, rhs = (read.lhs, read.rhs) if link.op in ("≥", ">") else (read.rhs, read.lhs)
    return Claim("link", "", lhs, rhs, relation=">=", given=read.given)


def _told(link: Link, read: Elaborated, verdicts: Sequence[Verdict], worst: Verdict) -> Judged:
    verdict, reason = worst.verdict, worst.reason
    counterexample = None
    if verdict == "refuted":
        counterexample = reason.removeprefix("Counterexample: ").removesuffix(".")
        if read.guesses:
            verdict, reason = "undecided", f"it does not hold as it is read, but {read.guesses[0]}"
        elif link.notes:
            verdict, reason = "undecided", "so read it does not hold"
        elif link.sets:
            verdict, reason = "undecided", "an equation that is set, not an identity"
        else:
            reason = f"at {counterexample}"
    if verdict in ("proved", "confirmed") and read.singular and worst.conditions:
        verdict, reason = (
            "undecided",
            f"it holds if {worst.conditions[0]}, and {read.singular[0]} is said to be singular",
        )
    stated = [replace(v.claim, given=tuple(f for f in v.claim.given if f not in read.silent)) for v in verdicts]
    conditions = dict.fromkeys(c for v in verdicts for c in v.conditions)
    conditions.update((c, None) for claim in stated for c in given(claim, latex=False))
    if verdict in ("proved", "confirmed"):
        conditions.update(dict.fromkeys((*read.told, *read.guesses)))
    evidence = [e for v in verdicts for e in v.evidence if e.kind == "float"]
    trials = sum(int(e.figures.get("valid", 0)) for e in evidence)
    sign = {"=": "=", "≥": r"\ge", "≤": r"\le", ">": ">", "<": "<"}[link.op]
    return Judged(
        link,
        verdict,
        "; ".join([*link.notes, *([reason] if reason else [])]),
        f"{latex(read.lhs)} {sign} {latex(read.rhs)}",
        tuple(conditions),
        counterexample,
        None,
        trials,
        max((v.worst_error for v in verdicts if v.worst_error is not None), default=None),
        guesses=read.guesses,
        layout=read.layout,
        squares=read.squares,
    )


def shown(read: Elaborated) -> str:
    return f"{unicode(read.lhs)} = {unicode(read.rhs)}"
