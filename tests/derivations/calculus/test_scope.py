"""A proof speaks of what its claim speaks of: no sizes, entries or indices of its own, no vouching by the shell."""

from __future__ import annotations

import pytest

import hw3.derivations.calculus.polynomial as P
from hw3.derivations.calculus.inequalities import Term, check_nonnegative
from hw3.derivations.calculus.kernel import Certificate, Equation, Fact, NotProved, Use, check, place
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.claims import Claim, Line, prove_claim
from hw3.derivations.language.expression import Fresh, ShapeError, abstract
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    add,
    apply,
    exp,
    expectation,
    identity,
    index,
    log,
    matrix,
    norm,
    normal,
    number,
    ones,
    position,
    product,
    scalar,
    size,
    square,
    stack,
    sum_over,
    trace,
    transpose,
    vector,
)

s, t, u = scalar("s"), scalar("t"), scalar("u")
x = vector("x", "n")
A, I, E = matrix("A", "n", "n"), identity("n"), ones("n", "n")
i, j, first, second = index("i", "n"), index("j", "n"), position(0, "n"), position(1, "n")
n, m = Size.symbol("n"), Size.symbol("m")
APART = trace(identity(n - m))  # n - m, if there is such a size
GAP = size(n) - size(m)


def equal(a, b):
    return Fact("equation", a, b)


def refused(equation: Equation, certificate: Certificate) -> bool:
    try:
        check(equation, certificate)
    except NotProved:
        return True
    return False


@pytest.mark.parametrize(
    "build", [lambda: identity(-1), lambda: ones(0), lambda: vector("x", 0), lambda: index("i", -1)]
)
def test_an_axis_has_entries(build) -> None:
    with pytest.raises(ShapeError, match="at least one"):
        build()


def test_a_size_that_need_not_be_is_not_divided_by() -> None:
    equation = Equation(s, t, (equal(GAP * s, GAP * t),))
    assert refused(equation, Certificate((Use("given:0", (), P.UNITY),), cleared=((APART, 1),)))
    lines = (Line(APART * s / APART, ""), Line(APART * t / APART, ""), Line(t, ""))
    assert not prove_claim(Claim("a", "", s, t, lines=lines, given=equation.given)).proved


def test_a_size_that_need_not_be_is_no_weight() -> None:
    terms = (Term(APART, "square", (s,)),)
    with pytest.raises(NotProved):
        check_nonnegative(GAP * square(s), terms, Certificate())
    assert not prove_claim(Claim("a", "", GAP * square(s), number(0), ">=", terms=terms)).proved


def test_a_block_has_one_number() -> None:
    sizes = (n + m, n + m)
    parts = P.SIZES.number(n), P.SIZES.number(m)
    head = P.head_number("block", (parts, -1), (P.SIZES.number(n + m), parts[1]))
    cofactor = P.factor(head, (place(0, sizes), P.fresh_index(m))) * (Meaning()(s) - Meaning()(t)).scaled(-1)
    use = Use("blocks-identity", (identity("n"), identity("m")), cofactor)
    assert refused(Equation(s, t), Certificate((use,)))


def test_what_a_delta_joins_is_not_known_of_the_other() -> None:
    for here, there in ((i, j), (first, i)):
        equation = Equation(
            s + 0 * (I[i, here if here is first else j] / x[there]), t, (equal(x[here] * s, x[here] * t),)
        )
        assert refused(equation, Certificate((Use("given:0", (), Meaning()(1 / x[here])),)))


def test_a_second_entry_is_not_taken_for_granted() -> None:
    sizes = E.shape
    reading = Meaning()
    at = [P.delta(place(k, sizes), reading.index(p), n) for k, p in enumerate((first, second))]
    cofactor = at[0] * at[1] * (reading(s) - reading(t))
    assert refused(Equation(s, t, (equal(E, I),)), Certificate((Use("given:0", (), cofactor),)))


def test_an_index_without_a_name_is_refused() -> None:
    nameless = index(Fresh("i"), "n")
    equation = Equation(s + x[nameless] / x[nameless], t + 1, (equal(x[second] * s, x[second] * t),))
    assert refused(equation, Certificate((Use("given:0", (), P.UNITY),), cleared=((x[second], 1),)))


def test_a_context_does_not_bring_sizes() -> None:
    context = abstract(exp(u) * s, u)
    inner = Certificate((Use("log-product", (APART, APART), P.rational(-1)),))
    assert refused(Equation(-s, s), Certificate((Use("congruence", (context, log(APART), number(0)), P.UNITY, inner),)))


def test_a_claim_is_what_its_relation_says() -> None:
    with pytest.raises(ValueError, match="implication"):
        Claim("a", "", s, number(0), hypothesis=equal(t, t))
    with pytest.raises(ValueError, match="no relation"):
        Claim("a", "", s, number(0), "<=")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="existence"):
        Claim("a", "", s, s + 1, "exists")
    witnessed = Claim("a", "", s, s, "exists", distinct=(s, t))
    assert not prove_claim(witnessed).proved


def test_the_conclusion_prints_its_conditions() -> None:
    at_least = Claim("a", "", s / s * square(t), number(0), ">=", terms=(Term(number(1), "square", (t,)),))
    assert prove_claim(at_least).conditions == ("s ≠ 0",)
    implied = Claim(
        "a", "", t * (1 / s), number(0), "=>", hypothesis=equal(square(t), number(0)),
        terms=(Term(number(1), "square", (t,)),),
    )  # fmt: skip
    proof = prove_claim(implied)
    assert not proof.proved or proof.conditions == ("s ≠ 0",)


@pytest.mark.parametrize(
    "build",
    [
        add,
        product,
        stack,
        lambda: apply("f", i),
        lambda: apply("f", s, -1),
        lambda: sum_over(first, s),
        lambda: expectation(x, normal(s, scalar("p", "positive")), product(transpose(x), A, x)),
        lambda: Equation(i, j),
        lambda: Equation(normal(s, s), normal(s, s)),
        lambda: norm(normal(s, s)),
        lambda: Fact("invertible", x),
    ],
)
def test_what_is_no_number_is_refused_where_it_is_built(build) -> None:
    with pytest.raises(ShapeError):
        build()


def test_a_long_chain_of_products_ends_in_time() -> None:
    from hw3.derivations.calculus.search import NotFound, prove

    chain = A
    for _ in range(12):
        chain = chain.T @ chain
    with pytest.raises(NotFound):
        prove(Equation(chain, A))
