"""What a claim states, and what it is given, as formulas in LaTeX or in Unicode."""

from __future__ import annotations

from hw3.derivations.calculus.conditions import WORDS
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim
from hw3.derivations.language import printing


def statement(claim: Claim, latex: bool) -> str:
    """The claim as one formula, in LaTeX or in Unicode."""

    show = printing.latex if latex else printing.unicode
    if claim.relation == "shape":
        return claim.written if latex else printing.unicode_name(claim.written)
    lhs, rhs = show(claim.lhs), show(claim.rhs)
    if claim.relation == ">=":
        return f"{lhs} \\ge {rhs}" if latex else f"{lhs} ≥ {rhs}"
    if claim.relation == "=>":
        assert claim.hypothesis is not None
        assert claim.hypothesis.rhs is not None
        if_ = f"{show(claim.hypothesis.lhs)} = {show(claim.hypothesis.rhs)}"
        return f"{if_} \\;\\Longrightarrow\\; {lhs} = {rhs}" if latex else f"{if_}  ⟹  {lhs} = {rhs}"
    if claim.relation == "exists":
        assert claim.distinct is not None
        a, b = (show(e) for e in claim.distinct)
        some = f"\\exists\\, {a} \\ne {b} :\\; " if latex else f"for some {a} ≠ {b}: "
        return f"{some}{lhs} = {rhs}"
    return f"{lhs} = {rhs}"


_SIGNS = {"positive": (">", "0"), "nonnegative": (r"\ge", "0"), "nonzero": (r"\ne", "0")}


def given(claim: Claim, latex: bool) -> tuple[str, ...]:
    """What the claim is given, fact by fact, in LaTeX or in Unicode."""
    return tuple(_fact(f, latex) for f in claim.given)


def _fact(fact: Fact, latex: bool) -> str:
    show = printing.latex if latex else printing.unicode
    if fact.rhs is not None:
        return f"{show(fact.lhs)} = {show(fact.rhs)}"
    if not latex:
        return WORDS[fact.kind].format(show(fact.lhs))
    if fact.kind in _SIGNS:
        return " ".join((show(fact.lhs), *_SIGNS[fact.kind]))
    before, after = (rf"\text{{{part}}}" if part else "" for part in WORDS[fact.kind].split("{}"))
    return before + show(fact.lhs) + after
