"""Ten thousand random gradients: the calculus's derivative, read as numbers, against the complex step.

Im f(x + i h d) / h is the derivative along d to machine precision, for it subtracts nothing. f is evaluated
by numpy as it is written, so nothing is shared with the calculus but the expression.
"""

import random
from collections import Counter

import numpy as np
import pytest

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import Undefined
from hw3.derivations.calculus.differential import NotDifferentiable
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.language.expression import walk
from hw3.derivations.language.sizes import axes
from hw3.derivations.operations import derivative, hadamard, sum_axes

NORMAL, FULL, SECOND, WINDOWS = 1_500, 10_000, 150, 500
STARTS = {"normal": 0, "second": 10**6, "full": 2 * 10**6, "windows": 3 * 10**6}


def _along(numbers, draw, node, x, direction):
    """The derivative of the node along a direction in the symbol x, by the complex step."""
    moved = numbers.Numbers(draw.sizes, draw.rng, draw.where)
    moved.symbols = {**draw.symbols, x: draw.symbol(x) + 1j * numbers.TINY * direction}
    return np.imag(moved(node)) / numbers.TINY


def _meaning(node, names="claim"):
    at = tuple(P.free_index((names, k), n) for k, n in enumerate(axes(node.shape)))
    with P.Budget(4_000, 80_000):
        return Meaning()(node, at), at


def _outcome(seed, numbers, polynomials, random_expressions, order=1, windows=False):
    """One random gradient: why it isn't compared, or the relative error."""
    rng, choose = np.random.default_rng(seed), random.Random(seed)
    grower = random_expressions.Grower(choose.randrange, smooth=True)
    if windows:
        grower.focus = grower.symbol(grower.image())
        inner = grower.image()
        body = sum_axes(hadamard(grower.symbol(inner), grower.grow(inner, 3)))
    else:
        grower.focus = grower.symbol(grower.shape())
        body = grower.grow(grower.shape(), 3 if order == 1 else 2)
    x, node = grower.focus, body
    if x not in set(walk(body)):
        return "independent"
    if order == 2:
        if body.shape or len(axes(x.shape)) > 1:
            return "not a scalar's"
        node = derivative(body, x)
    try:
        sizes = random_expressions.draw_sizes(rng)
        where = {i: int(rng.integers(i.data[1].value(sizes))) for i in numbers.free_indices(body)}
        draw = numbers.Numbers(sizes, rng, where)
        draw(body)
        direction = rng.uniform(0.5, 1.5, draw.symbol(x).shape)
        expected = _along(numbers, draw, node, x, direction)
    except (numbers.OutOfRange, np.linalg.LinAlgError):
        return "out of range"
    try:
        poly, at = _meaning(derivative(node, x))
    except (NotDifferentiable, Undefined, P.BudgetError, ZeroDivisionError) as reason:
        return f"declined: {type(reason).__name__}"
    try:
        with np.errstate(all="ignore"):
            value = polynomials.PolynomialNumbers(draw)(poly, at)
    except np.linalg.LinAlgError:
        # d det M is read as det M tr(M^-1 dM), which has no value where M is singular.
        return "out of range"
    flat = value.reshape(expected.size, -1) @ direction.reshape(-1)
    error = np.max(np.abs(flat - expected.reshape(-1)), initial=0)
    return float(error / max(draw.scale, np.max(np.abs(expected), initial=0)))


def _compare(start, wanted, tolerance, *modules, **kind):
    outcomes = Counter()
    seed = start
    while outcomes["compared"] < wanted:
        outcome = _outcome(seed, *modules, **kind)
        if isinstance(outcome, float):
            assert outcome < tolerance, f"seed {seed} is off by {outcome}"
            outcomes["compared"] += 1
        else:
            outcomes[outcome] += 1
        seed += 1
    declined = sum(n for kind, n in outcomes.items() if kind.startswith("declined"))
    assert declined < 0.03 * wanted, outcomes
    return outcomes


def test_gradients(numbers, polynomials, random_expressions):
    _compare(STARTS["normal"], NORMAL, 1e-8, numbers, polynomials, random_expressions)


def test_gradients_through_windows(numbers, polynomials, random_expressions):
    """By images and kernels, through convolutions, poolings and what is moved."""
    _compare(STARTS["windows"], WINDOWS, 1e-8, numbers, polynomials, random_expressions, windows=True)


def test_second_derivatives(numbers, polynomials, random_expressions):
    """The inner derivative is a central difference here, so the tolerance is wider."""
    _compare(STARTS["second"], SECOND, 1e-5, numbers, polynomials, random_expressions, order=2)


@pytest.mark.slow
def test_ten_thousand_gradients(numbers, polynomials, random_expressions):
    _compare(STARTS["full"], FULL, 1e-8, numbers, polynomials, random_expressions)
