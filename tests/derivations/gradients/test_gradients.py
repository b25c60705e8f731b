"""Derivations: every operation has an adjoint or a reason, lines read as they should, and all are proved."""

import importlib
import pkgutil
from fractions import Fraction

import pytest

import hw3.derivations.operations as operations
from hw3.derivations.autoencoder.forms import Autoencoder, Backward, C
from hw3.derivations.calculus.kernel import Equation, Fact, difference
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.cnn import Network
from hw3.derivations.cnn.gradients import Backward as NetworkBackward
from hw3.derivations.gradients import NoAdjoint, gradient, hessian, jacobian
from hw3.derivations.gradients.adjoints import ADJOINTS, BINDERS, LEAVES, WITHOUT
from hw3.derivations.gradients.functions import SLOPES
from hw3.derivations.language.expression import Operation, ShapeError, walk
from hw3.derivations.language.printing import latex, unicode
from hw3.derivations.operations import (
    abbreviation,
    apply,
    blockdiag,
    cholesky,
    derivative,
    det,
    diag,
    diagonal,
    dot,
    eigenvalues,
    exp,
    expectation,
    hadamard,
    identity,
    index,
    inverse,
    kl,
    log,
    log_density,
    logdet,
    logsumexp,
    matrix,
    norm,
    normal,
    number,
    ones,
    position,
    power,
    quotient,
    relu,
    scalar,
    size,
    softmax,
    square,
    stack,
    sum_over,
    trace,
    transpose,
    vector,
)
from hw3.derivations.operations.functions import FUNCTIONS

x, y, m, b, z = vector("x", "n"), vector("y", "n"), vector("m", "n"), vector("b", "m"), vector("z", "K")
A, B, L, X = matrix("A", "n", "n"), matrix("B", "n", "n"), matrix("L", "n", "n", "invertible"), matrix("X", "n", "p")
S, W = matrix("S", "n", "n", "positive_definite"), matrix("W", "m", "n")
s, t = scalar("s", "positive"), scalar("t")
i, j, k = index("i", "n"), index("j", "n"), index("k", "n")
labels = vector("y", "K")
ADD_TO_ONE = (Fact("equation", dot(ones("K"), labels), number(1)),)


def test_every_operation_has_an_adjoint_or_a_reason_why_not() -> None:
    for module in pkgutil.iter_modules(operations.__path__):
        importlib.import_module(f"hw3.derivations.operations.{module.name}")
    known = {*ADJOINTS, *BINDERS, *LEAVES, *WITHOUT}
    missing = {o.name for o in Operation.__subclasses__()} - known
    assert not missing, f"no adjoint and no reason: {missing}"
    assert not set(WITHOUT) & set(ADJOINTS)


def test_every_known_function_has_a_slope() -> None:
    assert set(SLOPES) == set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_slope_of_every_function_is_the_kernels(name: str) -> None:
    for argument in (vector("v", "n", "positive"), scalar("s", "positive")):
        value = apply(name, argument)
        loss = dot(y, value) if argument.shape else t * value
        assert gradient(loss, argument).check().proved


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (trace(cholesky(S)), "a Cholesky factor sees one half"),
        (dot(y, eigenvalues(S)), "eigenvalues are sorted"),
        (expectation(t, normal(s, number(1)), relu(t)), "must be smooth everywhere"),
    ],
)
def test_what_has_no_adjoint_says_why(loss, reason: str) -> None:
    wrt = next(n for n in walk(loss) if n in (S, s))
    with pytest.raises(NoAdjoint, match=reason):
        gradient(loss, wrt)


# What a textbook has, as it is printed.
READABLE = [
    (x.T @ A @ x, x, "Aᵀ x + A x"),
    (x.T @ A @ x, A, "x xᵀ"),
    (x.T @ S @ x, x, "2 S x"),
    (dot(y, A @ x), x, "Aᵀ y"),
    (trace(A @ B), A, "Bᵀ"),
    (trace(A), A, "Iₙ"),
    (t * trace(A), A, "t Iₙ"),
    (trace(inverse(A) @ B), A, "-A⁻ᵀ Bᵀ A⁻ᵀ"),
    (logdet(A), A, "A⁻ᵀ"),
    (logdet(S), S, "S⁻¹"),
    (det(A), A, "L A⁻ᵀ"),
    (square(norm(x - y)), x, "δ₁"),
    (norm(x), x, "x/L"),
    (trace(A.T @ A), A, "2 A"),
    (logsumexp(z), z, "softmax(z)"),
    (dot(y, diagonal(A)), A, "diag(y)"),
    (trace(diag(x) @ A), x, "diag(A)"),
    (-dot(labels, log(softmax(z))), z, "u₁ - y"),
    (sum_over(i, sum_over(j, x[i] * A[i, j] * y[j])), A, "x yᵀ"),
    (sum_over(i, sum_over(j, x[i] * A[i, j] * y[j])), x, "A y"),
    (sum_over(i, square(x[i])), x, "2 x"),
    (x.T @ x / 2, x, "x"),
    (norm(A @ x) ** 2 / size("n"), x, "Aᵀ δ₁"),
]


@pytest.mark.parametrize(("loss", "wrt", "shown"), READABLE, ids=[unicode(r[0]) for r in READABLE])
def test_gradients_read_as_in_a_textbook(loss, wrt, shown: str) -> None:
    found = gradient(loss, wrt, ADD_TO_ONE)
    assert unicode(found.result) == shown
    checked = found.check()
    assert checked.proved, checked.failures


PROVED = [
    (logdet(X @ X.T + s * identity("n")), (X, s)),
    (log(det(L)) * norm(x), (L, x)),
    (trace(power(A, 3) @ B), (A, B)),
    (dot(y, inverse(A) @ x), (A, x, y)),
    (kl(normal(m, L @ L.T), normal(x, L.T @ L)), (m, x, L)),
    (kl(normal(t, s), normal(number(1), square(t) + 1)), (t, s)),
    (log_density(normal(m, L @ L.T), x), (m, x, L)),
    (log_density(normal(t, s), s * t), (t, s)),
    (expectation(x, normal(m, L @ L.T), dot(x, A @ x) * dot(y, x)), (m, L, A, y)),
    (expectation(t, normal(s, s), t**3), (s,)),
    (square(norm(stack(x, b))) + dot(stack(x, b), stack(exp(x), b)), (x, b)),
    (trace(blockdiag(A, B) @ blockdiag(B, A)), (A, B)),
    (x[position(2, "n")] * x[i] * A[i, j], (x, A)),
    (sum_over(i, apply("f", x[i]) * x[i] / (1 + square(x[i]))), (x,)),
    (sum_over(i, sum_over(j, sum_over(k, A[i, j] * B[j, k] * A[k, i]))), (A, B)),
    (sum_over(i, square(x[i] - sum_over(j, A[i, j] * y[j]))), (x, A, y)),
    (sum_over(i, norm(x[i] * y + A @ x)), (x, y, A)),
    (dot(derivative(x.T @ A @ x, x), y), (x, A, y)),
    (-dot(labels, log(softmax(z))), (z,)),
    (dot(labels, softmax(z)), (z, labels)),
    (dot(hadamard(x, apply("f", A @ x)), y), (x, A)),
    (quotient(dot(x, A @ x), dot(x, x)), (x, A)),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "wrt"), PROVED, ids=[unicode(p[0])[:60] for p in PROVED])
def test_every_line_is_proved(loss, wrt) -> None:
    found = gradient(loss, wrt)
    checked = found.check()
    assert checked.proved, [(link.lhs, link.rhs, link.failure) for link in checked.failures]
    assert set(found.results) == set(wrt)


def test_a_wrong_line_is_not_proved() -> None:
    """The check is the kernel's, whatever the derivation says."""
    from dataclasses import replace

    found = gradient(x.T @ A @ x, x)
    wrong = replace(found, lines=tuple(
        replace(line, value=line.value + x) if not hasattr(line, "operation") else line for line in found.lines
    ))  # fmt: skip
    assert not wrong.check().proved


def same(left, right) -> bool:
    return difference(Meaning(), Equation(left, right)).is_zero


def test_the_autoencoder_is_found_as_it_is_told() -> None:
    net = Autoencoder()
    found = gradient(net.loss, (net.w, net.b, C))
    assert found.check().proved
    back = Backward(net)
    told = {layer.data[0]: cotangent for layer, cotangent in back.cotangents}
    seen = {step.of.data[0]: step.value for step in found.steps if step.of.data[0] in told}
    assert set(seen) == set(told)
    assert all(same(value, told[name]) for name, value in seen.items())
    assert same(found.results[net.w], back.by_w)


def test_the_network_is_found_as_it_is_told() -> None:
    net = Network()
    found = gradient(net.loss, (*net.parameters, net.x), net.given)
    told = {unicode(wrt): cotangent for wrt, cotangent in NetworkBackward(net).gradients.items()}
    assert {unicode(w) for w in found.results} == set(told)
    (first,) = [s for s in found.steps if s.of is net.z3]
    assert latex(first.value) == r"\frac{\hat{y} - y}{N}"
    for wrt, value in found.results.items():
        assert value.operation is told[unicode(wrt)].operation
        assert same(value, told[unicode(wrt)])


def test_a_named_part_is_cut_out() -> None:
    u = abbreviation("u", A @ x)
    found = gradient(dot(u, u) + dot(x, y), (u, x))
    assert [unicode(v) for v in found.results.values()] == ["2 u", "y + Aᵀ δ_u"]
    assert found.check().proved


def test_what_does_not_occur_has_the_gradient_zero() -> None:
    found = gradient(dot(x, x), (x, y, A))
    assert [unicode(v) for v in found.results.values()] == ["2 x", "𝟎", "𝟎"]
    assert found.check().proved


@pytest.mark.parametrize(
    ("f", "wrt", "shown"),
    [
        (A @ x, x, "A"),
        (softmax(z), z, "diag(f) - f fᵀ"),
        (apply("g", W.T @ apply("a", W @ x + b)), x, "J₁ W"),
        (hadamard(x, A @ x), x, None),
        (x / norm(x), x, None),
        (x * dot(x, y), x, None),
        (s * x, s, "x"),
        (exp(x), x, "diag(f)"),
        (diag(x) @ A @ x, x, None),
        (sum_over(i, x[i] * A @ x), x, None),
    ],
    ids=str,
)
def test_jacobians(f, wrt, shown: str | None) -> None:
    found = jacobian(f, wrt)
    assert shown is None or unicode(found.result) == shown
    checked = found.check()
    assert checked.proved, [(link.lhs, link.rhs, link.failure) for link in checked.failures]


@pytest.mark.parametrize(
    ("loss", "wrt", "shown"),
    [
        (x.T @ A @ x, x, "A + Aᵀ"),
        (x.T @ S @ x / 2, x, "S"),
        (logsumexp(z), z, "diag(g) - g gᵀ"),
        (square(norm(x - apply("g", W.T @ apply("a", W @ x + b)))), x, None),
        (log(exp(dot(y, x)) + 1), x, None),
        (power(t, 4), t, None),
    ],
    ids=str,
)
def test_hessians(loss, wrt, shown: str | None) -> None:
    found = hessian(loss, wrt)
    assert shown is None or unicode(found.result) == shown
    checked = found.check()
    assert checked.proved, [(link.lhs, link.rhs, link.failure) for link in checked.failures]


def test_shapes_that_have_no_derivative_in_matrix_form() -> None:
    with pytest.raises(ShapeError, match="column by a column"):
        jacobian(A @ x, A)
    with pytest.raises(ShapeError, match="scalar"):
        gradient(A @ x, x)
    with pytest.raises(ShapeError, match="only a symbol"):
        gradient(x.T @ x, A @ x)


def perceptron(layers: int):
    """A loss of many layers, none of them named, and its weights."""
    h, weights = vector("x", "n_0"), []
    for n in range(1, layers + 1):
        weight = matrix(f"W_{n}", f"n_{n}", f"n_{n - 1}")
        h = apply("a", weight @ h + vector(f"b_{n}", f"n_{n}"))
        weights.append(weight)
    return square(norm(h - vector("y", f"n_{layers}"))), tuple(weights)


def test_the_derivation_grows_with_the_layers_and_not_with_their_paths() -> None:
    counts = []
    for layers in (10, 20, 50):
        loss, weights = perceptron(layers)
        found = gradient(loss, weights)
        nodes = {n for s in found.steps for n in walk(s.value)}
        counts.append((len(found.steps), len(nodes)))
    assert [c[0] for c in counts] == [2 * n + 1 for n in (10, 20, 50)]
    assert counts[1][1] - counts[0][1] == Fraction(counts[2][1] - counts[1][1], 3)


def test_ten_layers_are_proved() -> None:
    loss, weights = perceptron(10)
    assert gradient(loss, weights).check().proved


def test_shared_parts_are_swept_once() -> None:
    """Forty doublings: 2^40 paths, two steps for each."""
    e = x
    for _ in range(40):
        e = e + apply("f", e)
    found = gradient(dot(y, e), x)
    assert len(found.steps) <= 81


def test_latex_and_text() -> None:
    found = gradient(square(norm(x - transpose(W) @ apply("a", W @ x + b))), (W, b))
    lines = found.latex().splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert r"\delta_1 = \frac{\partial L}{\partial u_1} &= -W \delta_2 \odot a'(u_1) && \text{" in found.latex()
    assert found._repr_latex_().startswith("$$")
    assert str(found).count("\n") == len(found.lines) - 1
