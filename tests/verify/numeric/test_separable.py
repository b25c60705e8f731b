"""What is separable is integrated in one dimension, to the value that the rule in all dimensions gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    apply,
    diag,
    exp,
    expectation,
    hadamard,
    identity,
    log,
    matrix,
    normal,
    ones,
    sigmoid,
    transpose,
    vector,
)
from hw3.verify.numeric import evaluate as evaluation
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.precise import evaluate_precisely
from hw3.verify.numeric.separable import is_separable

x, m, s = vector("x", "n"), vector("m", "n"), vector("s", "n", "positive")
A = matrix("A", "n", "n")
V = matrix("V", "n", "n", "positive_definite")
ONE = transpose(ones("n"))
APART, TOGETHER = normal(m, diag(s)), normal(m, V)


SEPARABLE = {
    "a sum of a function of each": ONE @ apply("f", x),
    "scaled and shifted": ONE @ apply("f", m + hadamard(s, x)),
    "weighted": transpose(m) @ sigmoid(x),
    "a product of functions of one coordinate": ONE @ hadamard(apply("f", x), apply("g", x)),
    "a linear map of functions of each": A @ apply("f", x),
    "a logarithm of each": ONE @ log(ones("n") + exp(x)),
}
NOT_SEPARABLE = {
    "a function of a sum": apply("f", transpose(m) @ x),
    "a product of two coordinates": (ONE @ sigmoid(x)) * (ONE @ sigmoid(x)),
    "a function of a linear map": ONE @ sigmoid(A @ x),
    "a quadratic form": transpose(sigmoid(x)) @ A @ sigmoid(x),
}


def value(law: Expr, body: Expr) -> Expr:
    return expectation(x, law, body)


@pytest.mark.parametrize("name", SEPARABLE)
def test_it_has_the_value_that_it_has_in_all_dimensions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = SEPARABLE[name]
    expr = value(APART, body)
    assert is_separable(*expr.args)
    draw = next(d for d in draws([expr], seed=3) if 2 <= d.sizes["n"] <= 3)
    found = evaluate(expr, draw)
    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "is_separable", lambda law, inner: False)
        whole = evaluate(expr, draw)
    torch.testing.assert_close(found.value, whole.value, rtol=1e-9, atol=1e-9)
    many = np.vectorize(float, otypes=[float])(evaluate_precisely(expr, draw))
    np.testing.assert_allclose(many, found.value.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NOT_SEPARABLE)
def test_what_mixes_coordinates_is_not(name: str) -> None:
    assert not is_separable(*value(APART, NOT_SEPARABLE[name]).args)


def test_coordinates_that_depend_on_each_other_are_not() -> None:
    body = SEPARABLE["a sum of a function of each"]
    assert not is_separable(*value(TOGETHER, body).args)
    assert is_separable(*value(normal(m, 2 * identity("n")), body).args)
    assert not is_separable(*value(normal(m, diag(s) + V), body).args)
