"""What formulas are read as: each against the expression that it must be, built in Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import declare, index_range
from hw3.derivations.latex.elaboration import Ambiguous, Elaborator, ShapeConflict, Undeclared
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.scope import Definition, Scope
from hw3.derivations.latex.tokens import ReadingError, tokens
from hw3.derivations.operations import (
    PI,
    add,
    apply,
    delta,
    derivative,
    det,
    diag,
    entry,
    exp,
    expectation,
    hadamard,
    identity,
    index,
    inverse,
    kl,
    kron,
    log,
    log_density,
    logdet,
    matrix,
    negative,
    norm,
    normal,
    number,
    ones,
    position,
    power,
    product,
    quotient,
    sample,
    scalar,
    size,
    softmax,
    sqrt,
    sum_axes,
    sum_over,
    symbol,
    trace,
    transpose,
    vec,
    vector,
    zeros,
)

A, B = matrix("A", "m", "n"), matrix("B", "n", "m")
S = matrix("S", "n", "n", "positive_definite")
x, y, z, c = vector("x", "n"), vector("y", "n"), scalar("z"), scalar("c")
mu, W = vector(r"\mu", "n"), vector("w", "n")
STANDARD = normal(zeros("n"), identity("n"))
sigma = scalar(r"\sigma", "positive")
LET = (
    r"A \in \mathbb{R}^{m \times n}",
    r"B \in \mathbb{R}^{n \times m}",
    r"S \in \mathbb{S}_{++}^n",
    r"x, y, \mu \in \mathbb{R}^n",
    r"z, c \in \mathbb{R}",
    r"u_1, \dots, u_N \in \mathbb{R}^n",
    r"\sigma > 0",
    r"a : \mathbb{R} \to \mathbb{R}",
    r"i, j \in \{1, \dots, n\}",
    r"W_1 \in \mathbb{R}^{m \times n}",
)
U = symbol("u", (Size.of("N"), Size.of("n")))
i, j = index("i", "n"), index("j", "n")


def scope(*more: str) -> Scope:
    made = Scope()
    for text in (*LET, *more):
        node = parse(tokens(text))
        items = node.items if isinstance(node, s.Sequence) else (node,)
        assert index_range(made, items) or declare(made, node), text
    return made


def read(text: str, *more: str) -> Expr:
    e = Elaborator(scope(*more))
    return e.holes.settle(e(parse(tokens(text))))


def over(i: Expr, body: Expr) -> Expr:
    return sum_over(i, body)


READINGS: list[tuple[str, Callable[[], Expr]]] = [
    (r"A x", lambda: product(A, x)),
    (r"x^T A^\top", lambda: product(transpose(x), transpose(A))),
    (r"x^\mathrm{T} S x", lambda: product(transpose(x), S, x)),
    (r"S^{-1}", lambda: inverse(S)),
    (r"S^{-\top}", lambda: transpose(inverse(S))),
    (r"|S|", lambda: det(S)),
    (r"\det S", lambda: det(S)),
    (r"\log |S|", lambda: logdet(S)),
    (r"\ln\det(S)", lambda: logdet(S)),
    (r"\operatorname{tr}(A B)", lambda: trace(product(A, B))),
    (r"\mathrm{Tr}[ S ]", lambda: trace(S)),
    (r"\|x\|", lambda: norm(x)),
    (r"\|x - y\|_2^2", lambda: product(transpose(x - y), x - y)),
    (r"\lVert A \rVert_F^2", lambda: trace(product(transpose(A), A))),
    (r"\|x\|_1", lambda: sum_axes(apply("abs", x))),
    (r"|z|", lambda: apply("abs", z)),
    (r"x \odot y", lambda: hadamard(x, y)),
    (r"2 x \circ y", lambda: hadamard(product(number(2), x), y)),
    (r"1 - x", lambda: add(ones("n"), negative(x))),
    (r"\mathbf{1} - x", lambda: add(ones("n"), negative(x))),
    (r"\mathbf{1}^T x", lambda: product(transpose(ones("n")), x)),
    (r"S + \sigma^2 I", lambda: add(S, product(power(sigma, 2), identity("n")))),
    (r"I_n", lambda: identity("n")),
    (r"-x", lambda: negative(x)),
    (r"- x + y - \mu", lambda: add(negative(x), y, negative(mu))),
    (r"\frac{1}{2}", lambda: number("1/2")),
    (r"\tfrac12 z", lambda: product(number("1/2"), z)),
    (r"\frac{x}{z}", lambda: quotient(x, z)),
    (r"z / c", lambda: quotient(z, c)),
    (r"z^3", lambda: power(z, 3)),
    (r"\sqrt{\sigma}", lambda: sqrt(sigma)),
    (r"(2\pi)^{n/2}", lambda: exp(product(quotient(size("n"), number(2)), log(product(number(2), PI))))),
    (r"e^{-z}", lambda: exp(negative(z))),
    (r"\exp(x)", lambda: exp(x)),
    (r"\log \sigma", lambda: log(sigma)),
    (r"z \log \sigma", lambda: product(z, log(sigma))),
    (r"\log 2\pi", lambda: log(product(number(2), PI))),
    (r"a(A x)", lambda: apply("a", product(A, x))),
    (r"a'(z)", lambda: apply("a", z, 1)),
    (r"a''(z)", lambda: apply("a", z, 2)),
    (r"a(z)^2", lambda: power(apply("a", z), 2)),
    (r"a(x)^T y", lambda: product(transpose(apply("a", x)), y)),
    (r"z(z + c)", lambda: product(z, add(z, c))),
    (r"S_{ij}", lambda: entry(S, i, j)),
    (r"x_i", lambda: entry(x, i)),
    (r"x_1", lambda: entry(x, position(0, "n"))),
    (r"W_1 x", lambda: product(matrix("W_{1}", "m", "n"), x)),
    (r"u_1", lambda: sample(U, position(0, "N"))),
    (r"\sum_{k=1}^N u_k", lambda: over(index("k", "N"), sample(U, index("k", "N")))),
    (r"\sum_k x_k y_k", lambda: over(index("k", "n"), product(entry(x, index("k", "n")), entry(y, index("k", "n"))))),
    (r"\delta_{ij}", lambda: delta(i, j)),
    (r"\operatorname{diag}(x) S", lambda: product(diag(x), S)),
    (r"\operatorname{vec}(A)", lambda: vec(A)),
    (r"A \otimes B", lambda: kron(A, B)),
    (r"\operatorname{softmax}(x)", lambda: softmax(x)),
    (r"softmax(x)", lambda: softmax(x)),
    (r"B^T x^T x", lambda: product(transpose(B), product(transpose(x), x))),
    (r"\frac{\partial}{\partial x} x^T y", lambda: derivative(product(transpose(x), y), x)),
    (r"\frac{\partial z^2}{\partial z}", lambda: derivative(power(z, 2), z)),
    (r"\frac{\mathrm{d} z^2}{\mathrm{d} z}", lambda: derivative(power(z, 2), z)),
    (r"\nabla_x \|x\|^2", lambda: derivative(product(transpose(x), x), x)),
    (r"\nabla_x (x^T y) z", lambda: product(derivative(product(transpose(x), y), x), z)),
    (r"\frac{\partial (x^T y)}{\partial x_i}", lambda: entry(derivative(product(transpose(x), y), x), i)),
    (r"\frac{\partial^2 z^3}{\partial z^2}", lambda: derivative(derivative(power(z, 3), z), z)),
    (r"\mathcal{N}(x; \mu, S)", lambda: exp(log_density(normal(mu, S), x))),
    (r"\log \mathcal{N}(x \mid \mu, S)", lambda: log_density(normal(mu, S), x)),
    (r"\mathbb{E}_{w \sim \mathcal{N}(\mu, S)}[w]", lambda: expectation(W, normal(mu, S), W)),
    (r"D_{KL}(\mathcal{N}(\mu, S) \,\|\, \mathcal{N}(0, I))", lambda: kl(normal(mu, S), STANDARD)),
    (r"\mathrm{KL}[\mathcal{N}(\mu, S) || \mathcal{N}(y, S)]", lambda: kl(normal(mu, S), normal(y, S))),
    (r"\langle x, y \rangle", lambda: product(transpose(x), y)),
    (r"(x)(y)^T", lambda: product(x, transpose(y))),
    (r"z^2 |_{z = c}", lambda: power(c, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "made"), READINGS, ids=[t for t, _ in READINGS])
def test_a_formula_is_read_as(text: str, made: Callable[[], Expr]) -> None:
    # Bound names are the reader's own: what is bound is compared by what it prints.
    found, expected = read(text), made()
    assert found.shape == expected.shape
    assert str(found) == str(expected)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (r"A^{-1} A^{-T}", ReadingError),
        (r"A A", ShapeConflict),
        (r"x + A", ShapeConflict),
        (r"x + z", ShapeConflict),
        (r"z / S", ShapeConflict),
        (r"Q x", Undeclared),
        (r"e^{S}", Ambiguous),
        (r"\log z (1 - c)", Ambiguous),
        (r"a", ReadingError),
        (r"a + z", ReadingError),
        (r"z \pm c", Ambiguous),
        (r"\frac{\partial z}{\partial c}", ReadingError),  # nothing depends on c
        (r"\int z \, dz", ReadingError),
        (r"\mathbb{E}[z]", ReadingError),
        (r"\log_2 \sigma", ReadingError),
        (r"\sin^{-1} z", Ambiguous),
        (r"x \times y", Ambiguous),
        (r"\operatorname{rank}(A)", ReadingError),
        (r"z'", ReadingError),
        (r"S^{z}", ReadingError),
        (r"\|A\|_2", ReadingError),
    ],
)
def test_what_is_not_read_raises(text: str, error: type[ReadingError]) -> None:
    with pytest.raises(error) as caught:
        read(text)
    assert str(caught.value)


def test_the_longest_declared_name_wins() -> None:
    assert str(read(r"W_1")) == "W₁"
    assert read(r"\sigma^2") is power(sigma, 2)
    assert read(r"\sigma^2", r"\sigma^2 > 0").operation.name == "symbol"


def test_a_prime_is_never_dropped() -> None:
    assert read(r"a'(z)") is not read(r"a(z)")
    with pytest.raises(ReadingError):
        read(r"\operatorname{tr}'(S)")
    assert read(r"\tanh'(z)").operation.name == "derivative"


def defined(made: Scope, left: str, body: str, params: tuple[str, ...] = ()) -> None:
    key = f"{left}/{len(params)}" if params else left
    nodes = tuple(parse(tokens(p)) for p in params)
    made.bind(Definition(key, 0, params=nodes, body=parse(tokens(body)), scope=made))


def test_a_definition_is_differentiated_through_and_cut_by_its_name() -> None:
    made = scope()
    defined(made, "h", "a(A x)")
    defined(made, "L", r"\|h\|^2")
    e = Elaborator(made)
    through = e(parse(tokens(r"\frac{\partial L}{\partial x}")))
    assert through.shape == (Size.of("n"),)
    cut = Elaborator(made)(parse(tokens(r"\frac{\partial L}{\partial h}")))
    assert cut.shape == (Size.of("m"),)


def test_a_function_is_called_at_other_points_and_entry_by_entry() -> None:
    made = scope()
    defined(made, "f", r"t^2 + 1", ("t",))
    assert Elaborator(made)(parse(tokens("f(c)"))) is add(power(c, 2), number(1))
    assert Elaborator(made)(parse(tokens("f(x)"))).shape == (Size.of("n"),)
    assert Elaborator(made)(parse(tokens("f'(x)"))).shape == (Size.of("n"),)


def test_definitions_in_a_circle_are_refused() -> None:
    made = scope()
    defined(made, "p", "q + 1")
    defined(made, "q", "p - 1")
    with pytest.raises(ReadingError, match="circle"):
        Elaborator(made)(parse(tokens("p")))


def test_an_open_size_is_filled_where_shapes_meet() -> None:
    assert read(r"\mathbb{E}_{\epsilon \sim \mathcal{N}(0, I)}[\|\mu + \epsilon\|^2]").args[0].shape == (Size.of("n"),)


def test_a_sum_takes_the_rest_of_the_product_and_not_of_the_sum() -> None:
    inside = read(r"\sum_{k=1}^n x_k \cdot y_k + z")
    assert inside.operation.name == "add"
    assert inside.args[0].operation.name == "sum"
