"""compare() refutes what is false with a counterexample that is one, and nothing that is true."""

import numpy as np
import pytest

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    apply,
    cholesky,
    derivative,
    det,
    diag,
    eigenvalues,
    exp,
    expectation,
    hadamard,
    identity,
    index,
    inverse,
    kl,
    log,
    logdet,
    matrix,
    norm,
    normal,
    number,
    ones,
    scalar,
    sigmoid,
    size,
    sqrt,
    sum_over,
    trace,
    vector,
    zeros,
)
from hw3.verify.numeric.compare import compare
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.precise import differ

A, B, C = (matrix(name, "n", "n") for name in "ABC")
S, T = matrix("S", "n", "n", "positive_definite"), matrix("T", "n", "n", "positive_definite")
P = matrix("P", "n", "n", "symmetric")
W, b = matrix("W", "m", "n"), vector("b", "m")
x, y, m = vector("x", "n"), vector("y", "n"), vector("m", "n")
s, u, v = scalar("s"), scalar("u"), scalar("v", "positive")
i, j = index("i", "n"), index("j", "n")
I, one = identity("n"), ones("n")
softmax = exp(x) / (one.T @ exp(x))
GAUSS = HALF * (trace(inverse(T) @ S) + (m - x).T @ inverse(T) @ (m - x) - size("n") + logdet(T) - logdet(S))

FALSE = {
    "missing transpose": (derivative(x.T @ A @ x, x), 2 * A @ x),
    "trace of another order": (trace(A @ B @ C), trace(A @ C @ B)),
    "Cayley-Hamilton at 2": (A @ A, trace(A) * A - det(A) * I),
    "true at n = 1 only": (size("n") * trace(A), trace(A)),
    "true at m = n only": (trace(W.T @ W) * size("m"), trace(W @ W.T) * size("n")),
    "2 x 2 determinant": (det(A), HALF * (trace(A) ** 2 - trace(A @ A))),
    "2 x 2 inverse": (inverse(S), (trace(S) * I - S) / det(S)),
    "transposed gradient": (derivative(logdet(A), A), inverse(A)),
    "missing half": (kl(normal(x, S), normal(m, S)), (x - m).T @ inverse(S) @ (x - m)),
    "KL both ways": (kl(normal(x, S), normal(m, T)), kl(normal(m, T), normal(x, S))),
    "sign of the log determinant": (kl(normal(x, S), normal(m, T)), GAUSS + logdet(S) - logdet(T)),
    "f for f'": (derivative(apply("f", W @ x + b), x), diag(apply("f", W @ x + b)) @ W),
    "a = f - f^2 is the sigmoid's": (derivative(apply("f", s), s), apply("f", s) - apply("f", s) ** 2),
    "power of a scale": (det(2 * A), 2 * det(A)),
    "off the diagonal": (derivative(x[i], x)[j], number(1)),
    "norm for its square": (derivative(norm(x), x), x / (x.T @ x)),
    "symmetric variable": (derivative(trace(A @ P), P), HALF * (A + A.T)),
    "Jensen": (expectation(u, normal(s, v), sigmoid(u)), sigmoid(s)),
    "the mean's alone": (expectation(x, normal(m, S), x.T @ A @ x), m.T @ A @ m),
    "fourth moment": (expectation(u, normal(s, v), u**4), s**4 + 6 * s**2 * v + v**2),
    "hidden by what was added": ((s + 10**10) - 10**10, s * (1 + number("1/10000000"))),
    "a small factor": (trace(A) * (1 + number("1/1000000")), trace(A)),
}
TRUE = {
    "quadratic form": (derivative(x.T @ A @ x, x), (A + A.T) @ x),
    "cyclic trace": (trace(A @ B @ C), trace(C @ A @ B)),
    "softmax adds to one": (derivative(softmax, x) @ one, zeros("n")),
    "softmax, the other way": (derivative(one.T @ softmax, x), zeros("n")),
    "log determinant": (derivative(logdet(A), A), inverse(A).T),
    "KL": (kl(normal(x, S), normal(m, T)), GAUSS),
    "KL of equal laws": (kl(normal(x, S), normal(x, S)), number(0)),
    "KL's gradient": (derivative(kl(normal(x, S), normal(m, T)), m), inverse(T) @ (m - x)),
    "chain rule": (derivative(apply("f", W @ x + b), x), diag(apply("f", W @ x + b, 1)) @ W),
    "second order": (
        derivative(derivative(apply("f", b.T @ W @ x), x), x),
        apply("f", b.T @ W @ x, 2) * ((W.T @ b) @ (b.T @ W)),
    ),
    "Cholesky": (cholesky(S) @ cholesky(S).T, S),
    "spectrum": (sum_over(i, log(eigenvalues(S)[i])), logdet(S)),
    "Kronecker": (derivative(x[i], x)[j], I[i, j]),
    "symmetric variable": (derivative(trace(A @ P), P), A.T),
    "inverse": (derivative(trace(inverse(A) @ B), A), -(inverse(A) @ B @ inverse(A)).T),
    "moment generating function": (
        expectation(x, normal(m, T / 4), exp(y.T @ x)),
        exp(y.T @ m + HALF * y.T @ T @ y / 4),
    ),
    "Stein": (
        expectation(u, normal(s, v), (u - s) * apply("f", u)),
        v * expectation(u, normal(s, v), apply("f", u, 1)),
    ),
    "heat": (
        derivative(expectation(u, normal(s, v), apply("f", u)), v),
        HALF * expectation(u, normal(s, v), apply("f", u, 2)),
    ),
    "score has mean zero": (
        expectation(y, normal(x, S), inverse(S) @ (y - x)),
        zeros("n"),
    ),
    "hadamard and trace": (x.T @ hadamard(A, B) @ y, trace(diag(x) @ A @ diag(y) @ B.T)),
    "cancels by ten digits": ((s + 10**10) - 10**10, s),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted_by_a_counterexample_that_stands(name: str) -> None:
    lhs, rhs = FALSE[name]
    result = compare(lhs, rhs, draws([lhs, rhs]))
    assert result.verdict == "differs", result
    example = result.counterexample
    assert example is not None
    if name.startswith("hidden"):
        return  # float64 can't see it
    # It can be typed, and it is a counterexample by the other engine too.
    assert len(str(example)) < 400
    left, right = evaluate(lhs, example.draw), evaluate(rhs, example.draw)
    difference = (left.value - right.value).abs()[example.entry]
    assert difference > 1e-8 * (left.magnitude + right.magnitude)[example.entry]
    assert float(example.lhs) == pytest.approx(float(left.value[example.entry]), rel=1e-9, abs=1e-12)
    assert float(example.rhs) == pytest.approx(float(right.value[example.entry]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_true_agrees(name: str, seed: int) -> None:
    lhs, rhs = TRUE[name]
    result = compare(lhs, rhs, draws([lhs, rhs], seed=seed))
    assert result.verdict == "agrees", result
    assert result.worst < 1e-12


def test_counterexamples_are_simple() -> None:
    result = compare(trace(A @ B), trace(A) * trace(B), draws([A, B]))
    assert result.counterexample is not None
    assert result.counterexample.draw.sizes == {"n": 2}
    assert all(set(np.abs(a).reshape(-1)) <= {0, 1, 2} for a in result.counterexample.draw.values.values())
    shown = str(compare(s + v, s * v, draws([s, v])).counterexample)
    assert "s = " in shown
    assert "left" in shown


def test_given_facts_hold_in_counterexamples() -> None:
    given = (Fact("positive", trace(A)), Fact("equal", W.T @ W, identity("n")))
    lhs, rhs = trace(A) * (W.T @ W @ x), trace(A) * 2 * x
    result = compare(lhs, rhs, draws([lhs, rhs], given), given)
    assert result.verdict == "differs"
    assert result.counterexample is not None
    w = result.counterexample.draw.values[W]
    np.testing.assert_allclose(w.T @ w, np.eye(w.shape[1]), atol=1e-12)
    assert np.trace(result.counterexample.draw.values[A]) > 0
    assert compare(lhs, trace(A) * x, draws([lhs, rhs], given), given).verdict == "agrees"


def test_inequalities() -> None:
    squares = x.T @ x + y.T @ y
    drawn = draws([x, y])
    assert compare(squares, 2 * x.T @ y, drawn, relation=">=").verdict == "unrefuted"
    assert compare(2 * x.T @ y, squares, drawn, relation="<=").verdict == "unrefuted"
    assert compare(kl(normal(x, S), normal(m, T)), number(0), draws([x, S, m, T]), relation=">=").verdict == "unrefuted"
    result = compare(squares, 3 * x.T @ y, draws([x, y], count=24), relation=">=")
    assert result.verdict == "differs"
    assert compare(x.T @ x, x.T @ x, drawn, relation=">=").verdict == "unrefuted"


def test_too_little_evidence_is_unclear() -> None:
    never = sqrt(-(x.T @ x))
    result = compare(never, never, draws([never]))
    assert (result.verdict, result.valid) == ("unclear", 0)
    assert "must be positive" in result.reason
    assert compare(x, x, []).verdict == "unclear"
    small = [d for d in draws([x], count=12) if d.sizes["n"] < 4]
    assert "at least 4" in compare(x, x, small).reason
    with pytest.raises(ValueError, match="one shape"):
        compare(x, s, draws([x, s]))
    unreached = compare(derivative(s * y, x), zeros("n", "n"), draws([x, y, s]))
    assert len(unreached.unreached) == 1


def test_noise_does_not_stand_at_50_digits() -> None:
    for lhs, rhs in (TRUE["softmax adds to one"], TRUE["KL of equal laws"], TRUE["Stein"], TRUE["second order"]):
        draw = min(draws([lhs, rhs]), key=lambda d: sum(d.sizes.values()))
        assert not any(differ(lhs, rhs, draw)[2].reshape(-1).tolist())


def test_what_float64_loses_is_judged_again() -> None:
    near = number(1) + number("1/1000000000000")
    lhs: Expr = derivative(log(1 + (v * near - v)) * 10**12, v)  # autograd cancels; the body's magnitude hides it
    result = compare(lhs, 1 / (1 + v / 10**12), draws([lhs]))
    assert result.verdict == "agrees"
    lost = (exp(s * number("1/10000000000000")) - 1) * 10**13
    assert compare(lost, s, draws([s])).verdict in ("agrees", "unclear")
