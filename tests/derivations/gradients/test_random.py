"""Random gradients: what the reverse sweep finds against the kernel's forward derivative, and against numbers.

The kernel differentiates by entries, forward; the sweep writes matrices, backward. Where their normal forms
differ (an inverse has many), the complex step or torch's autograd decides.
"""

import importlib.util
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import Undefined
from hw3.derivations.calculus.differential import NotDifferentiable
from hw3.derivations.calculus.kernel import Equation, difference
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.gradients import NoAdjoint, gradient, jacobian
from hw3.derivations.language.expression import walk
from hw3.derivations.operations import derivative
from hw3.verify.numeric.draw import Invalid, NotEvaluable
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate

NORMAL, ARRAYS, COLUMNS, FULL = 2_000, 600, 500, 10_000


def _load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


random_arrays = _load("random_arrays")


def _agrees_exactly(asked, found):
    """Whether the two are one polynomial; a word where the kernel does not differentiate it."""
    try:
        with P.Budget(4_000, 80_000):
            return difference(Meaning(), Equation(asked, found)).is_zero
    except (NotDifferentiable, Undefined, P.BudgetError, ZeroDivisionError) as reason:
        return f"declined: {type(reason).__name__}"


def _by_complex_step(body, x, found, seed, numbers, sizes_of):
    rng = np.random.default_rng(seed)
    try:
        sizes = sizes_of(rng)
        where = {i: int(rng.integers(i.data[1].value(sizes))) for i in numbers.free_indices(body)}
        draw = numbers.Numbers(sizes, rng, where)
        draw(body)
        direction = rng.uniform(0.5, 1.5, draw.symbol(x).shape)
        moved = numbers.Numbers(draw.sizes, draw.rng, draw.where)
        moved.symbols = {**draw.symbols, x: draw.symbol(x) + 1j * numbers.TINY * direction}
        expected = np.imag(moved(body)) / numbers.TINY
        value = np.sum(draw(found) * direction)
    except (numbers.OutOfRange, np.linalg.LinAlgError):
        return "out of range"
    except AttributeError:
        return "no numbers"  # numpy's evaluator knows no derivatives inside
    assert abs(value - expected) < 1e-8 * max(draw.scale, abs(expected)), f"seed {seed}: {body} by {x} is not {found}"
    return "compared"


def _symbol_of(body, choose):
    symbols = sorted({n for n in walk(body) if n.operation.name == "symbol" and isinstance(n.data[0], str)}, key=repr)
    return choose.choice(symbols) if symbols else None


def _scalar(seed, numbers, random_expressions):
    choose = random.Random(seed)
    grower = random_expressions.Grower(choose.randrange, smooth=True)
    body = grower.grow((), 4)
    x = _symbol_of(body, choose)
    if x is None:
        return "no variable"
    try:
        found = gradient(body, x)
    except NoAdjoint as reason:
        return f"no adjoint: {reason}"
    same = _agrees_exactly(derivative(body, x), found.result)
    if same is not False:
        return "equal" if same is True else same
    return _by_complex_step(body, x, found.result, seed, numbers, random_expressions.draw_sizes)


def _many(start, wanted, outcome):
    outcomes = Counter()
    seed = start
    while outcomes["equal"] + outcomes["compared"] < wanted:
        outcomes[outcome(seed)] += 1
        seed += 1
    assert outcomes["equal"] > 0.85 * wanted, outcomes
    return outcomes


def test_gradients_of_scalars(numbers, random_expressions):
    outcomes = _many(0, NORMAL, lambda seed: _scalar(seed, numbers, random_expressions))
    refused = sum(n for kind, n in outcomes.items() if kind.startswith("no adjoint"))
    assert refused < 0.01 * NORMAL, outcomes


@pytest.mark.slow
def test_ten_thousand_gradients_of_scalars(numbers, random_expressions):
    _many(10**6, FULL, lambda seed: _scalar(seed, numbers, random_expressions))


def _array(seed):
    choose = random.Random(seed)
    body = random_arrays.Grower(choose.randrange).loss(3)
    x = _symbol_of(body, choose)
    try:
        found = gradient(body, x).result
    except NoAdjoint as reason:
        return f"no adjoint: {reason}"
    asked = derivative(body, x)
    same = _agrees_exactly(asked, found)
    if same is True:
        return "equal"
    for draw in draws([asked, found], (), seed, 1):
        try:
            left, right = evaluate(asked, draw), evaluate(found, draw)
        except (Invalid, NotEvaluable):
            return "out of range"
        error = (left.value - right.value).abs() / (left.magnitude + right.magnitude)
        assert error.max() < 1e-10, f"seed {seed}: {body} by {x} is not {found}"
        return "compared"
    return "no draw"


def test_gradients_of_arrays():
    outcomes = _many(0, ARRAYS, _array)
    refused = [kind for kind in outcomes if kind.startswith("no adjoint")]
    assert not refused, outcomes


@pytest.mark.slow
def test_many_gradients_of_arrays():
    _many(10**6, 3_000, _array)


def _column(seed, numbers, random_expressions):
    """A Jacobian: its product with a row is the gradient of the row times the column."""
    choose = random.Random(seed)
    grower = random_expressions.Grower(choose.randrange, smooth=True)
    body = grower.grow((random_expressions.N,), 3)
    columns = [
        n for n in walk(body) if n.operation.name == "symbol" and len(n.shape) < 2 and isinstance(n.data[0], str)
    ]
    if not columns:
        return "no variable"
    x = choose.choice(sorted(set(columns), key=repr))
    try:
        found = jacobian(body, x).result
    except NoAdjoint as reason:
        return f"no matrix: {reason}"
    same = _agrees_exactly(derivative(body, x), found)
    if same is not False:
        return "equal" if same is True else same
    for draw in draws([body, found], (), seed, 1):
        try:
            left, right = evaluate(derivative(body, x), draw), evaluate(found, draw)
        except (Invalid, NotEvaluable):
            return "out of range"
        error = (left.value - right.value).abs() / (left.magnitude + right.magnitude)
        assert error.max() < 1e-9, f"seed {seed}: {body} by {x} is not {found}"
        return "compared"
    return "no draw"


def test_jacobians_of_columns(numbers, random_expressions):
    outcomes = _many(0, COLUMNS, lambda seed: _column(seed, numbers, random_expressions))
    refused = sum(n for kind, n in outcomes.items() if kind.startswith("no matrix"))
    assert refused < 0.25 * COLUMNS, outcomes
