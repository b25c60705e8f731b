"""The degree that decides which quadrature is exact: bounds that differences confirm."""

import pytest

from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    derivative,
    det,
    exp,
    expectation,
    index,
    inverse,
    kl,
    log_density,
    logdet,
    matrix,
    norm,
    normal,
    power,
    stack,
    sum_over,
    trace,
    vector,
)
from hw3.verify.numeric.degrees import degree
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate

x, y, m = vector("x", "n"), vector("y", "n"), vector("m", "n")
A, S = matrix("A", "n", "n"), matrix("S", "n", "n", "positive_definite")
M = matrix("M", 2, 2)
i = index("i", "n")
LAW = normal(m, S)

KNOWN = [
    (y, 0),
    (x, 1),
    (x.T @ A @ x + y.T @ x, 2),
    (trace(x @ x.T @ A) * x, 3),
    (power(x.T @ x, 3), 6),
    (norm(x) ** 2 / (y.T @ y), 2),
    (sum_over(i, x[i] ** 2 * (A @ x)[i]), 3),
    (stack(x, y), 1),
    (log_density(normal(x, S), y), 2),
    (log_density(LAW, A @ x), 2),
    (derivative(log_density(LAW, x), x), 3),  # a bound: it is 1
    (derivative(y.T @ A @ x, y), 1),
    (expectation(y, LAW, y.T @ A @ x), 1),
    (det(M * (x.T @ x)), 4),
    (norm(x), None),
    (x / norm(x), None),
    (exp(x), None),
    (inverse(A + x @ x.T), None),
    (logdet(A + x @ x.T), None),
    (power(x.T @ x, "1/2"), None),
    (log_density(normal(y, S + x @ x.T), y), None),
    (expectation(y, normal(x, S), y), None),
    (kl(normal(x, S), LAW), None),
]


@pytest.mark.parametrize(("body", "bound"), KNOWN, ids=str)
def test_degree(body: Expr, bound: int | None) -> None:
    inside = expectation(x, LAW, body).args[1]
    found = degree(inside)
    if body.operation.name == "derivative" and bound == 3:
        assert found is not None
        assert 1 <= found <= 4
    else:
        assert found == bound


@pytest.mark.parametrize(("body", "bound"), [k for k in KNOWN if k[1] is not None], ids=str)
def test_the_bound_holds(body: Expr, bound: int) -> None:
    # The (bound + 1)-th derivative along a line vanishes.
    from hw3.derivations.language.expression import substitute
    from hw3.derivations.operations import scalar

    t = scalar("t")
    line = substitute(body, x, m + t * y) if y not in (body,) else body
    high = line
    for _ in range(min(bound, 4) + 1):
        high = derivative(high, t)
    if bound <= 4:
        draw = draws([high, m, y])[0]
        result = evaluate(high, draw)
        assert (result.value.abs() <= 1e-10 * result.magnitude).all()
