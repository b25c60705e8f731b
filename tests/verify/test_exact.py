"""Exact evaluation: by hand, and against float64 at rational draws."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import hw3.derivations.operations as o
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.kl.forms import MU0, MU1, P0, P1, S0, S1, closed_form
from hw3.derivations.language.expression import Expr
from hw3.verify.exact import Exact, NotExact, exact_value, literal_sizes, require
from hw3.verify.numeric.draw import Draw
from hw3.verify.numeric.evaluate import evaluate

F = Fraction
A, S = o.matrix("A", "n", "n"), o.matrix("S", "n", "n", "positive_definite")
x, y, t = o.vector("x", "n"), o.vector("y", "n"), o.scalar("t", "positive")
i = o.index("i", "n")
VALUES = {
    A: ((F(1), F(2)), (F(3), F(5))),
    S: ((F(4), F(2)), (F(2), F(5))),
    x: (F(1, 2), F(-3)),
    y: (F(2), F(1, 3)),
    t: F(9, 4),
}
log = sympy.log

BY_HAND: list[tuple[Expr, object]] = [
    (o.trace(A @ A), 38),
    (o.det(A), -1),
    (o.logdet(A), 0),
    (o.logdet(S), 4 * log(2)),
    (x.T @ A @ y, sympy.Rational(1, 2) * (2 + sympy.Rational(2, 3)) - 3 * (6 + sympy.Rational(5, 3))),
    (x.T @ o.inverse(S) @ x, sympy.Rational(173, 64)),
    (o.square(o.norm(x)), sympy.Rational(37, 4)),
    (o.norm(y), sympy.sqrt(37) / 3),
    (o.power(t, "1/2"), sympy.Rational(3, 2)),
    (o.log(t), 2 * log(3) - 2 * log(2)),
    (o.xmlog1p(t), sympy.Rational(9, 4) - log(13) + 2 * log(2)),
    (o.sum_over(i, x[i] * y[i] * t), 0),
    (o.product(o.HALF, o.size("n"), o.PI), sympy.pi),
    (o.trace(o.diag(x) @ A), sympy.Rational(-29, 2)),
    (o.trace(o.cholesky(S)), 4),
    (o.sum_over(i, o.diagonal(A)[i]), 6),
    (o.quotient(o.number(1), t), sympy.Rational(4, 9)),
    (o.kl(o.normal(o.number(0), o.number(1)), o.normal(o.number(0), o.number(4))), log(2) - sympy.Rational(3, 8)),
    (o.kl(o.normal(o.number(0), o.number(4)), o.normal(o.number(0), o.number(1))), sympy.Rational(3, 2) - log(2)),
]  # fmt: skip


@pytest.mark.parametrize(("node", "value"), BY_HAND, ids=lambda v: str(v)[:40])
def test_values_by_hand(node: Expr, value: object) -> None:
    found = exact_value(node, literal_sizes(VALUES), VALUES)
    assert sympy.simplify(found - value) == 0


def test_equal_values_look_alike() -> None:
    sizes = literal_sizes(VALUES)
    assert str(exact_value(o.logdet(S), sizes, VALUES)) == str(exact_value(o.log(o.det(S)), sizes, VALUES))


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (o.inverse(x @ x.T), "a division by zero"),
        (o.logdet(x @ x.T), "a division by zero"),
        (o.log(x.T @ A @ y), "the logarithm of "),
        (o.power(o.det(A), "1/2"), "a root of -1"),
        (o.quotient(t, o.sum_over(i, x[i] * y[i])), "a division by zero"),
        (o.apply("f", t), "the function f has no values of its own"),
        (o.eigenvalues(S), "no exact evaluation of eigenvalues"),
        (o.derivative(t * t, t), "no exact evaluation of derivative"),
        (o.trace(o.matrix("B", "n", "n")), "no value for B"),
    ],
    ids=lambda v: str(v)[:40],
)
def test_what_has_no_exact_value(node: Expr, why: str) -> None:
    with pytest.raises(NotExact, match=why.replace("(", r"\(")):
        Exact(literal_sizes(VALUES), VALUES)(node)


def test_values_must_meet_the_assumptions() -> None:
    require((Fact("invertible", A), Fact("positive", o.det(S))), {"n": 2}, VALUES)
    for node, value in ((t, F(-1)), (S, ((F(1), F(2)), (F(2), F(1)))), (S, ((F(1), F(2)), (F(0), F(1))))):
        with pytest.raises(NotExact, match="is not met"):
            require((), {"n": 2}, {**VALUES, node: value})
    with pytest.raises(NotExact, match="does not fit its shape"):
        require((), {"n": 2}, {**VALUES, x: (F(1), F(2), F(3))})
    for fact in (Fact("positive", o.det(A)), Fact("invertible", x @ x.T), Fact("equation", t, o.number(1))):
        with pytest.raises(NotExact, match="is not met"):
            require((fact,), {"n": 2}, VALUES)


rational = st.builds(F, st.integers(-4, 4), st.integers(1, 4))


def matrices(k: int) -> st.SearchStrategy[tuple]:
    return st.tuples(*(st.tuples(*(rational for _ in range(k))) for _ in range(k)))


def definite(rows: tuple) -> tuple:
    """M M^T + I for the rows of M."""
    k = len(rows)
    return tuple(tuple(sum((rows[a][c] * rows[b][c] for c in range(k)), F(a == b)) for b in range(k)) for a in range(k))


TRIED = [
    closed_form(MU0, S0, MU1, S1),
    o.kl(P0, P1),
    o.log_density(P0, MU1),
    o.trace(o.cholesky(S0) @ S1 @ o.inverse(S0 + S1)),
    o.product(MU0.T, o.hadamard(S0, S1), MU1),
    o.sum_over(o.index("j", "k"), o.exp(o.product(o.number("1/9"), MU0[o.index("j", "k")]))),
    o.norm(o.blockdiag(S0, S1)),
    o.square(o.norm(o.stack(MU0, MU1))),
    *(o.norm(o.apply(f, MU0)) for f in ("abs", "sinh", "cosh", "tan", "arctan", "softplus", "erf")),
]


@pytest.mark.parametrize("node", TRIED, ids=lambda e: str(e)[:30])
@settings(max_examples=12)
@given(data=st.data())
def test_exact_values_agree_with_numbers(node: Expr, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, 2))
    vectors = st.tuples(*(rational for _ in range(k)))
    values = {MU0: data.draw(vectors), MU1: data.draw(vectors)}
    values |= {S0: definite(data.draw(matrices(k))), S1: definite(data.draw(matrices(k)))}
    exact = float(Exact({"k": k}, values)(node))
    drawn = Draw({"k": k}, {n: np.array(v, dtype=np.float64) for n, v in values.items()}, seed=0)
    found = evaluate(node, drawn)
    assert abs(exact - float(found.value)) <= 1e-12 * max(float(found.magnitude), 1e-300)
