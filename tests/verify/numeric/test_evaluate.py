"""Evaluation against numpy and differences; domains; batch axes of free indices; nested binders."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hw3_test_samples import DERIVATIVES, SAMPLES, A, S, T, W, i, j, operations, s, v, x, y

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.operations import (
    cholesky,
    derivative,
    exp,
    expectation,
    identity,
    index,
    inverse,
    kl,
    log,
    logdet,
    matrix,
    normal,
    number,
    ones,
    scalar,
    sigmoid,
    sqrt,
    sum_over,
    vector,
)
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.verify.numeric import precise
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import SPECIAL, Kept, evaluate
from hw3.verify.numeric.precise import evaluate_precisely
from hw3.verify.numeric.tensors import RULES

LAWS = {"normal"}  # has no value of its own


def by_name(expr: Expr, draw: Draw) -> dict[str, Any]:
    """Values, sizes and functions by name, for numpy."""
    values = {node.data[0]: value for node, value in draw.values.items()}
    functions = {
        name: lambda t, f=f: f.at(torch.as_tensor(t, dtype=torch.float64)).numpy() for name, f in draw.functions.items()
    }
    return {**draw.sizes, **values, **functions}


def trials(samples: list[Any]) -> list[Any]:
    return [pytest.param(expr, f, id=f"{k}-{expr.operation.name}") for k, (expr, f) in enumerate(samples)]


def test_every_operation_is_evaluated_and_sampled() -> None:
    assert operations() - LAWS == set(SPECIAL) | set(RULES)
    assert operations() - LAWS == set(precise.SPECIAL) | set(precise.RULES)
    sampled = {n.operation.name for e, _ in [*SAMPLES, *DERIVATIVES] for n in walk(e)}
    assert operations() <= sampled | {"index"}  # bound in every sum
    assert {n.data[0] for e, _ in SAMPLES for n in walk(e) if n.operation.name == "apply"} >= set(FUNCTIONS)


@pytest.mark.parametrize(("expr", "in_numpy"), trials(SAMPLES))
def test_values_are_those_of_numpy(expr: Expr, in_numpy: Any) -> None:
    found = draws([expr], count=4)
    assert len(found) == 4
    for draw in found:
        result, wanted = evaluate(expr, draw), np.asarray(in_numpy(by_name(expr, draw)))
        assert result.value.shape == wanted.shape == draw.extent(expr.shape)
        assert (np.abs(result.value.numpy() - wanted) <= 1e-12 * result.magnitude.numpy()).all()
        assert (result.magnitude.numpy() >= np.abs(wanted) * (1 - 1e-9)).all()


@pytest.mark.parametrize(("expr", "in_numpy"), trials(DERIVATIVES))
def test_derivatives_are_those_of_differences(expr: Expr, in_numpy: Any) -> None:
    for draw in draws([expr], count=2):
        result, wanted = evaluate(expr, draw), np.asarray(in_numpy(by_name(expr, draw)))
        assert result.value.shape == wanted.shape
        assert (np.abs(result.value.numpy() - wanted) <= 1e-5 * result.magnitude.numpy()).all()


@pytest.mark.parametrize(("expr", "in_numpy"), trials([*SAMPLES, *DERIVATIVES]))
def test_50_digits_agree_with_float64(expr: Expr, in_numpy: Any) -> None:
    draw = min(draws([expr], count=4), key=lambda d: sum(d.sizes.values()))
    result = evaluate(expr, draw)
    exact = np.array(evaluate_precisely(expr, draw), dtype=float)
    assert (np.abs(result.value.numpy() - exact) <= 1e-13 * result.magnitude.numpy()).all()


@pytest.mark.parametrize(
    "outside",
    [
        log(-(x.T @ x)),
        sqrt(-(x.T @ x)),
        1 / (s - s),
        inverse(x @ x.T),
        inverse(A @ A - A @ A),  # noise, however well conditioned
        logdet(x @ x.T),
        cholesky(-S),
        cholesky(A),
        (s - s) ** -1,
        (-(s**2)) ** Fraction(1, 3),
        exp(exp(exp(9 + s**2))),
        kl(normal(x, A), normal(y, S)),
    ],
    ids=str,
)
def test_outside_the_domain_is_invalid(outside: Expr) -> None:
    draw = draws([outside])[1]
    with pytest.raises(Invalid):
        evaluate(outside, draw)


def test_what_has_no_trustworthy_value() -> None:
    n5, five = vector("z", 5), matrix("Q", 5, 5, "positive_definite")
    for expr in (
        expectation(n5, normal(ones(5), five), exp(ones(5).T @ n5)),  # too many dimensions
        expectation(s, normal(number(0), number(1)), sigmoid(900 * s - 300)),  # two orders do not agree
        derivative(cholesky(S), S),  # S leaves the symmetric matrices
        derivative(kl(normal(x, S), normal(y, T)), S),
        S + matrix("never drawn", "n", "n"),
    ):
        draw = draws([S, T, x, y, s, five])[0]
        with pytest.raises(NotEvaluable):
            evaluate(expr, draw)


def test_a_symmetric_matrix_is_differentiated_as_a_free_one() -> None:
    expr = derivative(sum_over(i, sum_over(j, A[i, j] * S[i, j])), S)
    draw = draws([expr])[1]
    torch.testing.assert_close(evaluate(expr, draw).value, torch.tensor(draw.values[A]), rtol=0, atol=0)


def test_free_indices_are_leading_axes() -> None:
    k = index("k", "m")
    expr = derivative(W[k, i] * x[i], x)
    draw = draws([expr])[1]
    value = evaluate(expr, draw, (k, i)).value
    wanted = torch.diag_embed(torch.tensor(draw.values[W]))
    torch.testing.assert_close(value, wanted, rtol=0, atol=0)
    one = Draw(draw.sizes, {**draw.values, k: np.array(1), i: np.array(2)})
    torch.testing.assert_close(evaluate(expr, one).value, wanted[1, 2], rtol=0, atol=0)
    with pytest.raises(NotEvaluable, match="free"):
        evaluate(expr, draw)


def test_an_expectation_within_a_sum_within_a_derivative() -> None:
    u = scalar("u")
    expr = derivative(sum_over(i, expectation(u, normal(x[i], v), u**2 * y[i])), x)
    for draw in draws([expr]):
        wanted = 2 * draw.values[x] * draw.values[y]
        np.testing.assert_allclose(evaluate(expr, draw).value.numpy(), wanted, rtol=1e-13)


def test_a_variable_that_is_not_reached_is_told() -> None:
    expr = derivative(y.T @ y, x)
    result = evaluate(expr, draws([expr])[0])
    assert result.unreached == (expr,)
    assert not result.value.any()
    assert not evaluate(derivative(x.T @ y, x), draws([x, y])[0]).unreached


def test_what_cancels_is_measured_against_what_was_added() -> None:
    softmax = exp(x) / (ones("n").T @ exp(x))
    for expr in (
        derivative(softmax, x) @ ones("n"),
        derivative(ones("n").T @ softmax, x),
        A - A,
        inverse(A) @ A - identity("n"),
    ):
        for draw in draws([expr]):
            result = evaluate(expr, draw)
            assert (result.value.abs() <= 1e-13 * result.magnitude).all()
            assert (result.magnitude > 1e-3).all()


def test_what_several_expressions_share_is_computed_once_and_is_the_same() -> None:
    """One memory for all samples at a draw, each of them asked twice, in both orders."""
    expressions = [e for e, _ in [*SAMPLES, *DERIVATIVES] if e.operation.name not in LAWS]
    (draw,) = draws(expressions, count=1)
    kept: Kept = {}
    valued = 0
    for expr in [*expressions, *reversed(expressions)]:
        try:
            alone = evaluate(expr, draw)
        except (Invalid, NotEvaluable) as error:
            with pytest.raises(type(error)):
                evaluate(expr, draw, (), kept)
            continue
        shared = evaluate(expr, draw, (), kept)
        assert torch.equal(shared.value, alone.value)
        assert torch.equal(shared.magnitude, alone.magnitude)
        valued += 1
    assert valued > 100
