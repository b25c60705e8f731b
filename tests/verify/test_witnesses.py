"""What the judge makes of its witnesses: equations that are given, lines that do not type, gradients."""

from __future__ import annotations

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Claim
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import derivative, identity, matrix, number, product, transpose, vector, zeros
from hw3.verify.differences import central_differences
from hw3.verify.judge import judge
from hw3.verify.numeric.compare import compare
from hw3.verify.numeric.counterexample import certain
from hw3.verify.numeric.draws import draws

W, X, A = matrix("W", "m", "n"), vector("x", "n"), matrix("A", "n", "n")
ORTHONORMAL = (Fact("equation", product(W, transpose(W)), identity("m")),)


def test_the_rounding_of_what_is_given_refutes_nothing() -> None:
    """W W^T = I holds at a draw to 16 digits; at 50 digits W W^T W - W is not zero there."""
    lhs, rhs = W @ W.T @ W - W, zeros("m", "n")
    assert compare(lhs, rhs, draws([lhs, rhs], ORTHONORMAL), ORTHONORMAL).verdict == "agrees"
    assert compare(lhs, rhs, draws([lhs, rhs], ORTHONORMAL)).verdict == "differs", "why the bound is needed"
    assert certain(ORTHONORMAL) > certain(())


def test_a_false_claim_under_what_is_given_is_refuted() -> None:
    claim = Claim("false", "", product(transpose(W), W), identity("n"), given=ORTHONORMAL)
    assert judge(claim).verdict == "refuted"


def _shape(build: Expr | None) -> Claim:
    def reading() -> Expr:
        return product(X, X) if build is None else build

    return Claim("shape", "", product(A, X), product(A, X), "shape", written="A x", readings=(("as written", reading),))


def test_a_line_that_does_not_type_is_refuted_by_its_shapes() -> None:
    verdict = judge(_shape(None))
    assert verdict.verdict == "refuted"
    assert "A is n x n, x is n" in verdict.reason
    assert "no product of n and n" in verdict.reason


def test_a_line_that_types_is_not_refuted_by_its_shapes() -> None:
    assert judge(_shape(A)).verdict == "undecided"


def test_central_differences_see_what_is_wrong_by_a_millionth() -> None:
    gradient = derivative(X.T @ A @ X, X)
    right = (A + A.T) @ X
    found = draws([gradient, right])
    assert (true := central_differences(gradient, right, found)) is not None
    assert true.holds
    wrong = central_differences(gradient, right + X / 1_000_000, found)
    assert wrong is not None
    assert wrong.holds is False


def test_sides_that_are_zero_throughout_are_compared() -> None:
    """A ReLU may be dead at a draw: there is nothing to measure a difference against, and no difference."""
    zero = product(number(0), X)
    assert judge(Claim("zero", "", zero, zeros("n"))).verdict == "proved"
