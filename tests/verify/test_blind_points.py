"""What draws in float64 can't see: small terms, kinks out of reach, poles, jumps under derivatives, large sizes."""

from __future__ import annotations

import time
from fractions import Fraction

import mpmath
import pytest

import hw3.derivations.operations as o
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations.leaves import PI
from hw3.verify.judge import Settings, judge
from hw3.verify.numeric.assurance import hidden
from hw3.verify.numeric.bounds import bounds
from hw3.verify.numeric.compare import Comparison, compare
from hw3.verify.numeric.cost import cost
from hw3.verify.numeric.counterexample import _shown
from hw3.verify.numeric.draw import Draw, NotEvaluable
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.kinks import unseen
from hw3.verify.numeric.precise import evaluate_precisely

ALONE = Settings(dims=(), samples=0)
x, y, m = o.scalar("x"), o.scalar("y"), o.scalar("m")
p, r = o.scalar("p", "fraction"), o.scalar("r", "positive")
v, A, L = o.vector("v", "n"), o.matrix("A", "n", "n"), o.matrix("L", "n", "n")
i, n = o.index("i", "n"), o.size("n")
STANDARD, MOVED = o.normal(o.number(0), o.number(1)), o.normal(m, o.number(1))


def tiny(digits: int) -> Expr:
    return o.number(Fraction(1, 10**digits))


def tanh(e: Expr) -> Expr:
    return o.tanh(e)


def step(e: Expr) -> Expr:
    return o.apply("step", e)


def sine(e: Expr) -> Expr:
    return o.apply("sin", e)


def assured(lhs: Expr, rhs: Expr, given: tuple[Fact, ...] = ()) -> Comparison:
    return compare(lhs, rhs, draws([lhs, rhs], given), given, assured=True)


ROOT_163 = o.exp(o.product(PI, o.sqrt(o.number(163))))
SMALL = {
    "Ramanujan": (ROOT_163, o.number(262537412640768744)),
    "rationals": (o.number(1) + tiny(30), o.number(1)),
    "rationals beyond any digits": (o.number(1) + tiny(300), o.number(1)),
    "exp": (1 + o.exp(o.number(-50)), o.number(1)),
    "exp, at no digits": (1 + o.exp(o.number(-1000)), o.number(1)),
    "tanh": (tanh(o.number(60)), o.number(1)),
    "tanh, at no digits": (tanh(o.number(1000)), o.number(1)),
    "log": (o.log(1 + o.exp(o.number(-60))), o.number(0)),
    "cosine": (o.expectation(x, STANDARD, o.apply("cos", 10 * x)), o.number(0)),
    "a term": (x + o.exp(o.number(-50)), x),
    "a term, at no digits": (x + tiny(300), x),
    "saturated": (tanh(x + 100), o.number(1)),
    "softplus": (o.log(1 + o.exp(x - 80)), o.number(0)),
    "under a root": (o.sqrt(x**2 + tiny(24)), o.absolute(x)),
    "in an array": ((1 + tiny(25)) * v, v),
    "under a derivative": (o.derivative(x**2 + tiny(25) * x, x), 2 * x),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_term_is_no_agreement(name: str) -> None:
    lhs, rhs = SMALL[name]
    assert compare(lhs, rhs, draws([lhs, rhs])).verdict == "agrees"  # in float64 it can't be seen
    assert assured(lhs, rhs).verdict in ("unclear", "differs")  # far out it may be seen
    assert judge(Claim("small", "", lhs, rhs), ALONE).verdict in ("undecided", "refuted")


@pytest.mark.parametrize("digits", [11, 12])
def test_a_small_term_that_50_digits_show_refutes(digits: int) -> None:
    for lhs, rhs in ((x + tiny(digits), x), ((1 + tiny(digits)) * A, A)):
        verdict = judge(Claim("small", "", lhs, rhs), ALONE)
        assert verdict.verdict == "refuted", verdict.reason


KINKS = {
    "abs": (o.absolute(x - 100), 100 - x),
    "sign": (o.sign(x + 100), o.number(1)),
    "max": (o.max2(x, o.number(-50)), x),
    "root of a square": (o.sqrt((x + 30) ** 2), x + 30),
    "root of a square that was multiplied out": (o.sqrt(x**2 + 60 * x + 900), x + 30),
    "exp": (o.max2(o.exp(x), tiny(6)), o.exp(x)),
    "near 0": (o.sqrt((x - o.number(Fraction(1, 100))) ** 2 * x**2), x * (x - o.number(Fraction(1, 100)))),
    "ramp": (o.relu(v - 40 * o.ones("n")), o.zeros("n")),
    "step": (step(r - 20), o.number(0)),
    "a size": (o.absolute(n - 20), 20 - n),
    "the greater size": (o.max2(n, o.number(10)), o.number(10)),
    "indices": (o.sum_over(i, o.relu(o.index_value(i) - 8)), o.number(0)),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_out_of_the_draws_reach_are_looked_for(name: str) -> None:
    lhs, rhs = KINKS[name]
    assert compare(lhs, rhs, draws([lhs, rhs])).verdict == "agrees"  # on the side that is drawn
    assert judge(Claim("kink", "", lhs, rhs), ALONE).verdict == "refuted"


def test_a_kink_of_which_one_side_is_never_drawn_is_undecided() -> None:
    for lhs, rhs in (
        (o.absolute(x - 10**6), 10**6 - x),
        (o.expectation(x, STANDARD, o.absolute(x - 100)), o.number(100)),
        (step(n - 10**5), o.number(0)),
    ):
        verdict = judge(Claim("kink", "", lhs, rhs), ALONE)
        assert verdict.verdict == "undecided"
        assert "only one side of the kink of " in verdict.reason


def test_what_has_one_sign_as_declared_has_no_other_side() -> None:
    for e in (r, 1 - p, x**2, o.norm(v), 2 + sine(x), o.exp(x) + 1, v.T @ v, n, r * p, 1 / (1 + o.exp(x))):
        assert not unseen([o.absolute(e)], {}, ()), e
        assert assured(o.absolute(e), e).verdict == "agrees"
    for e in (x, r - 1, p - o.HALF, x * r, A[i, i], n - 2, sine(x), o.log(r)):
        assert unseen([o.absolute(e)], {}, ()), e


def test_a_sign_that_is_given_is_one() -> None:
    given = (Fact("positive", x - y),)
    for lhs, rhs in ((o.absolute(y - x), x - y), (o.max2(x, y), x), (o.min2(x, y), y)):
        assert assured(lhs, rhs, given).verdict == "agrees"
        assert assured(lhs, rhs).verdict == "differs"


def test_bounds_hold_at_draws() -> None:
    for e in (1 - p, 2 + sine(x), r * p, 1 / (1 + o.exp(x)), tanh(x) - o.exp(x), o.max2(x, p), -(x**2), p / r, v.T @ v):
        low, high = bounds(e)
        for draw in draws([e]):
            assert low <= float(evaluate(e, draw).value) <= high


POLES = {
    "1/x": (STANDARD, 1 / x),
    "1/x^3": (STANDARD, x**-3),
    "tan": (STANDARD, o.apply("tan", x)),
    "at the mean": (MOVED, 1 / (x - m)),
    "x/x^2": (STANDARD, x / x**2),
}


@pytest.mark.parametrize("name", POLES)
def test_what_has_a_pole_has_no_expectation(name: str) -> None:
    law, body = POLES[name]
    e = o.expectation(x, law, body)
    for draw in draws([e]):
        with pytest.raises(NotEvaluable, match="two quadrature orders"):
            evaluate(e, draw)
    assert judge(Claim("pole", "", e, o.number(0)), ALONE).verdict == "undecided"


def test_what_has_no_pole_keeps_its_expectation() -> None:
    e = o.expectation(x, STANDARD, sine(x) / (1 + o.exp(x)) + 1 / (60 + x + x**2))
    for draw in draws([e]):
        assert abs(float(evaluate(e, draw).value) - float(evaluate_precisely(e, draw)[()])) < 1e-12


def test_an_expectation_is_not_differentiated_through_jumps() -> None:
    jumps = (
        o.derivative(o.expectation(x, MOVED, o.sign(x)), m),
        o.derivative(o.expectation(x, STANDARD, o.sign(x + m)), m),
        o.derivative(o.expectation(x, MOVED, step(x)), m),
        o.derivative(o.derivative(o.expectation(x, MOVED, o.relu(x)), m), m),
        o.derivative(o.expectation(x, MOVED, x / o.absolute(x)), m),
        o.expectation(x, STANDARD, o.derivative(o.sign(x), x)),
    )
    for e in jumps:
        for draw in draws([e]):
            for value in (evaluate, evaluate_precisely):
                with pytest.raises(NotEvaluable, match="a kink or a jump"):
                    value(e, draw)
        assert judge(Claim("jump", "", e, o.number(0)), ALONE).verdict != "confirmed"


def test_what_jumps_elsewhere_is_differentiated() -> None:
    for e, value in (
        (o.derivative(o.sign(m) * o.expectation(x, MOVED, x**2), m), o.sign(m) * 2 * m),
        (o.derivative(o.expectation(x, MOVED, sine(x)), m), o.exp(-o.HALF) * o.apply("cos", m)),
    ):
        assert assured(e, value).verdict == "agrees"


@pytest.mark.parametrize("value", [0, 1, -3])
def test_whole_numbers_are_shown(value: int) -> None:
    assert _shown(value) == str(value) == _shown(mpmath.mpf(value))


def test_a_determinant_that_is_no_constant_is_refuted() -> None:
    verdict = judge(Claim("det", "", o.det(L), o.number(1)), ALONE)
    assert verdict.verdict == "refuted"
    assert verdict.reason.startswith("Counterexample: ")


def test_sizes_in_the_thousands_are_undecided_within_seconds() -> None:
    big = o.matrix("A", 9999, 9999)
    inverse = Claim("big", "", o.inverse(big) @ big, o.identity(9999))
    j, k, q = (o.index(name, 9999) for name in "jkq")
    term = o.sqrt(o.index_value(j) * o.index_value(k) * o.index_value(q))
    roots = Claim("sum", "", o.sum_over(j, o.sum_over(k, o.sum_over(q, term))), o.number(0))
    middle = o.matrix("B", 784, 784)
    square = Claim("square", "", middle @ middle, middle)
    start = time.process_time()
    said = [judge(claim, ALONE) for claim in (inverse, roots, square)]
    assert [s.verdict for s in said] == ["undecided"] * 3
    assert time.process_time() - start < 20
    assert "99,980,001 entries" in said[0].reason
    assert "too large to be evaluated" in said[1].reason


def test_costs_count_bound_indices_and_products() -> None:
    assert cost([A @ A], {"n": 10}).numbers >= 1000
    assert cost([o.sum_over(i, v[i] ** 2)], {"n": 50}).largest == 50
    k = o.index("k", "n")
    assert cost([o.sum_over(i, o.sum_over(k, v[i] * v[k]))], {"n": 50}).largest == 2500
    assert cost([o.sum_over(i, v[i] ** 2) * o.sum_over(k, v[k])], {"n": 50}).largest == 50


def test_truths_are_still_confirmed() -> None:
    truths = (
        (o.expectation(x, MOVED, sine(x)), o.exp(-o.HALF) * sine(m)),
        (o.logdet(A @ L), o.logdet(A) + o.logdet(L)),
        (sine(2 * x), 2 * sine(x) * o.apply("cos", x)),
        (tanh(x), (o.exp(x) - o.exp(-x)) / (o.exp(x) + o.exp(-x))),
        (o.derivative(o.apply("f", x**2), x), 2 * x * o.apply("f", x**2, 1)),
        (v[i] * sine(x) ** 2, v[i] - v[i] * o.apply("cos", x) ** 2),
    )
    for lhs, rhs in truths:
        assert assured(lhs, rhs).verdict == "agrees"


def test_equations_that_are_given_hold_up_to_rounding() -> None:
    W = o.matrix("W", "k", "n")
    given = (Fact("equal", W @ W.T, o.identity("k")),)
    lhs = W @ (W.T @ (W @ v))
    assert assured(lhs, W @ v, given).verdict == "agrees"
    assert assured(lhs + tiny(11) * (W @ v), W @ v, given).verdict == "unclear"


def test_constants_are_compared_exactly() -> None:
    at = [(Draw({}, {}), 1.0, ())]
    third = o.number(1) / 3
    assert hidden(third + third + third, o.number(1), at, [1.0], ()) is None
    assert hidden(third, o.number(Fraction(333_333, 10**6)), at, [1.0], ()) is not None
