r"""The formula of the loss is the one that was proved: checked before a run's first step, and put on its record.

    KL[N(mu, diag(e^l)) || N(0, I)] = 1/2 1^T (mu o mu + expm1mx(l))

The claim and its proof are `hw3.derivations.kl`'s; what runs is compiled from the claim's right side.
"""

from __future__ import annotations

import hashlib
from typing import Any

from hw3.derivations.claims import Claim
from hw3.derivations.kl import claims
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import latex, unicode
from hw3.errors import UserError
from hw3.verify import divergence
from hw3.verify.judge import Settings, judge

NAME = "standard-log-variance"
SAMPLES = 20_000  # of the Monte Carlo witness: enough to see a wrong factor, and a few milliseconds


def claim() -> Claim:
    """The claim that the loss rests on."""
    return next(c for c in claims() if c.name == NAME)


def checked() -> dict[str, Any]:
    """The formula's record: its LaTeX, its hash, its verdict with every line of the proof and every witness.

    Raises:
        UserError: the proof is not accepted, a witness speaks against it, or what the loss computes is not
            the right side of the claim. Training must not begin.
    """
    stated = claim()
    verdict = judge(stated, Settings(samples=SAMPLES))
    if verdict.verdict != "proved":
        raise UserError(
            f"the KL term of the loss is {verdict.verdict}, not proved ({verdict.reason.rstrip('.')}): "
            "no step was taken; see hw3 verify kl, and mend hw3/derivations/kl"
        )
    if divergence.standard_form() is not stated.rhs:
        raise UserError(
            f"the loss computes {unicode(divergence.standard_form())}, which is not what was proved "
            f"({unicode(stated.rhs)}): no step was taken; mend hw3/verify/divergence.py"
        )
    return {
        "latex": latex(stated.rhs),
        "text": unicode(stated.rhs),
        "sha256": digest(stated.rhs),
        "verdict": verdict.verdict,
        "judged": verdict.json(),
    }


def digest(expression: Expr) -> str:
    """SHA-256 of an expression's tree, which two expressions share if and only if they are the same."""
    return hashlib.sha256(_spelt(expression).encode()).hexdigest()


def _spelt(node: Expr) -> str:
    inside = ",".join(map(_spelt, node.args))
    return f"{node.operation.name}[{node.data!r}:{','.join(map(str, node.shape))}]({inside})"
