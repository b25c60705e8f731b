"""Two witnesses of a gradient that know nothing of each other: autograd, and central differences.

Autograd differentiates the left side as it is written, in float64, tensor by tensor. Central differences
evaluate what is differentiated a little to either side of the point,

    (f(x + h) - f(x - h)) / 2h,   h = 1e-20,

at 60 digits and more: an error of h^2, without a line of code in common with autograd or the calculus.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.numeric.compare import Comparison
from hw3.verify.numeric.digits import Digits
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, free_indices
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.precise import evaluate_precisely
from hw3.verify.verdicts import Evidence

AGREE = 1e-12
LARGEST = 40  # entries that are moved, in the draw for central differences


def differentiates(node: Expr) -> bool:
    return any(n.operation.name == "derivative" for n in walk(node))


def autograd(comparison: Comparison) -> Evidence:
    """What the comparison in float64, whose derivatives are autograd's, says of the two sides as tensors."""
    worst = comparison.tensorwise
    says = f"as tensors within {worst:.0e} of the largest entry, {comparison.valid} draws"
    # More than that is rounding, or the comparison would have found a difference.
    figures = {"valid": comparison.valid, "worst_error": comparison.worst, "tensorwise": worst}
    return Evidence("autograd", True if worst < AGREE else None, says, figures)


def central_differences(lhs: Expr, rhs: Expr, draws: Sequence[Draw]) -> Evidence | None:
    """The left side by differences at many digits against the right side, at the smallest draw with a size of 2
    or more."""
    for draw in sorted(draws, key=lambda d: (min(d.sizes.values(), default=2) < 2, sum(d.sizes.values()))):
        if free_indices(lhs, rhs) or _moved(lhs, draw) > LARGEST:
            continue
        try:
            left, right = evaluate_precisely(lhs, draw), evaluate_precisely(rhs, draw)
            scale = _largest(left)
            if scale <= AGREE:  # where a gradient vanishes, what was added to nothing is the measure
                scale = max(float(evaluate(e, draw).magnitude.max()) for e in (lhs, rhs))
        except (Invalid, NotEvaluable):
            continue
        apart = _largest(left - right)
        worst = apart / scale if apart else 0.0
        sizes = ", ".join(f"{n} = {k}" for n, k in sorted(draw.sizes.items()))
        says = f"within {worst:.0e} of the largest entry" + (f" at {sizes}" if sizes else "")
        return Evidence("central differences", worst < AGREE, says, {"worst_error": worst})
    return None


def _largest(values: Digits) -> float:
    return float(np.max(np.abs(np.asarray(values)))) if np.size(values) else 0.0


def _moved(node: Expr, draw: Draw) -> int:
    """How many entries the differences move."""
    points = (n.args[0].shape for n in walk(node) if n.operation.name == "derivative")
    return sum(int(np.prod(draw.extent(shape), dtype=int)) for shape in points)
