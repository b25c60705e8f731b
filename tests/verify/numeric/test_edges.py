"""A jump is found where the sides differ on it, and not where they don't."""

from __future__ import annotations

import pytest

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import apply, hadamard, number, relu, scalar, vector
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.edges import broken

s, t = scalar("s"), scalar("t")
x = vector("x", "n")


def step(u: Expr) -> Expr:
    return apply("step", u)


@pytest.mark.parametrize(
    ("lhs", "rhs", "given", "found"),
    [
        (apply("sign", t**2), number(1), (), "at t = 0"),
        (step(t), number(1) - step(-t), (), "at t = 0"),
        (step(s - t) + step(t - s), number(1), (), "at s = t"),
        (step(t - s), number(1) - step(s - t), (Fact("nonzero", t - s),), ""),
        (apply("sign", t), number(1), (Fact("nonnegative", t),), "at t = 0"),
        (apply("sign", t), number(1), (Fact("positive", t),), ""),
        (t * apply("sign", t), apply("abs", t), (), ""),
        (relu(x), hadamard(x, step(x)), (), ""),
        (t**2, t * t, (), ""),
    ],
)
def test_where_the_sides_differ_on_a_jump(lhs: Expr, rhs: Expr, given: tuple[Fact, ...], found: str) -> None:
    told = broken(lhs, rhs, draws([lhs, rhs], given), given)
    assert (told or "").startswith(found)
    assert bool(told) == bool(found)


def test_positive_by_declaration_is_never_zero() -> None:
    r = scalar("r", "positive")
    assert broken(apply("sign", r), number(1), draws([r]), ()) is None
