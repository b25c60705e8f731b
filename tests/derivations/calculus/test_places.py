"""What the kernel proves of places, digits, blocks and functions with kinks, and what it must not."""

import random

import numpy as np
import pytest

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.kernel import Equation
from hw3.derivations.calculus.search import NotFound, prove
from hw3.derivations.language.expression import ShapeError
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    absolute,
    apply,
    array_of,
    block,
    coincide,
    delta,
    derivative,
    diag,
    entry,
    exp,
    hadamard,
    hstack,
    identity,
    index,
    index_value,
    kron,
    less,
    log,
    matrix,
    matrix_exponential,
    max2,
    maximum_of,
    min2,
    norm,
    number,
    place,
    position,
    product_over,
    relu,
    sample,
    scalar,
    shifted_entry,
    sigmoid,
    sign,
    softmax,
    softplus,
    sqrt,
    stack,
    sum_over,
    trace,
    vec,
    vector,
    vstack,
)

n, k, m = map(Size.symbol, "nkm")
A, X, B, C, D = (matrix(name, *shape) for name, shape in zip("AXBCD", ("mn", "np", "pq", "nk", "qr"), strict=True))
K, S, T, E = matrix("K", "p", "q"), matrix("S", "n", "n"), matrix("T", "m", "m"), matrix("E", "m", "k")
F, G, Z = matrix("F", "p", "n"), matrix("G", "p", "k"), matrix("Z", "N", "n")
x, y, w, u = vector("x", "n"), vector("y", "n"), vector("w", "k"), vector("u", "m")
p, s, t = vector("p", "n", "positive"), scalar("s"), scalar("t")
a, i, j, r, q = index("a", "N"), index("i", n - k + 1), index("j", "k"), index("r", "n"), index("q", "n")
WINDOW = place([(i, 1), (j, 1)], -1)
HELD = array_of(i, sum_over(j, w[j] * shifted_entry(x, WINDOW)))

TRUE = {
    "vec of a product": (vec(A @ X @ B), kron(B.T, A) @ vec(X)),
    "kron multiplies": (kron(A, K) @ kron(C, D), kron(A @ C, K @ D)),
    "kron is associative": (kron(kron(A, B), C), kron(A, kron(B, C))),
    "kron, transposed": (kron(A, B).T, kron(A.T, B.T)),
    "kron, its trace": (trace(kron(S, T)), trace(S) * trace(T)),
    "kron, its norm": (norm(kron(x, u)) ** 2, norm(x) ** 2 * norm(u) ** 2),
    "vec of an outer product": (vec(u @ x.T), kron(x, u)),
    "vec, elementwise": (vec(hadamard(A, 2 * A)), 2 * hadamard(vec(A), vec(A))),
    "samples": (sum_over(a, sample(Z, a) @ sample(Z, a).T), Z.T @ Z),
    "rows": (array_of(a, sample(Z, a).T @ x), Z @ x),
    "a convolution by its kernel": (derivative(HELD, w), array_of(i, array_of(j, shifted_entry(x, WINDOW)))),
    "a convolution, its gradient": (
        derivative(HELD.T @ HELD / 2, w),
        array_of(j, sum_over(i, HELD[i] * shifted_entry(x, WINDOW))),
    ),
    "delta": (sum_over(r, delta(r, q) * x[r]), x[q]),
    "identity": (array_of(r, array_of(q, delta(r, q))), identity("n")),
    "softmax": (derivative(softmax(x), x)[r, q], softmax(x)[r] * (delta(r, q) - softmax(x)[q])),
    "blocks multiply": (block([[A, E], [F, G]]) @ stack(x, w), stack(A @ x + E @ w, F @ x + G @ w)),
    "blocks, transposed": (block([[A, E], [F, G]]).T, block([[A.T, F.T], [E.T, G.T]])),
    "columns side by side": (hstack(x, y).T @ hstack(x, y), block([[x.T @ x, x.T @ y], [y.T @ x, y.T @ y]])),
    "a one below": (vstack(x, number(1)).T @ vstack(y, s), x.T @ y + s),
    "a part of a stack": (shifted_entry(stack(x, w), place([(j, 1)], n)), w[j]),
    "absolute value": (derivative(absolute(t), t), sign(t)),
    "absolute value, even": (absolute(-x), absolute(x)),
    "a root of a square": (sqrt(t**2), absolute(t)),
    "sign": (t * sign(t), absolute(t)),
    "hyperbolic": (apply("cosh", t) ** 2 - apply("sinh", t) ** 2, number(1)),
    "tangent": (derivative(apply("tan", t), t), 1 / apply("cos", t) ** 2),
    "softplus": (derivative(softplus(x), x), diag(sigmoid(x))),
    "softplus, written out": (softplus(t), log(1 + exp(t))),
    "greater and less": (hadamard(max2(x, y), min2(x, y)), hadamard(x, y)),
    "a ramp": (relu(t), max2(t, number(0))),
    "less or equal": (less(r, q, False), less(r, q) + delta(r, q)),
    "less than itself": (sum_over(r, less(r, r) * x[r]), number(0)),
    "weighted by the index": (sum_over(r, index_value(r) * x[r]), array_of(r, index_value(r)).T @ x),
    "the logarithm of a product": (log(product_over(r, p[r])), sum_over(r, log(p[r]))),
    "a product of two": (product_over(index("e", 2), s + t), (s + t) ** 2),
}
UNPROVED = {
    "kron commutes": (kron(S, matrix("R", "n", "n")), kron(matrix("R", "n", "n"), S)),
    "vec with the factors exchanged": (vec(S @ matrix("R", "n", "n") @ S), kron(S, S) @ vec(matrix("R", "n", "n"))),
    "vec by rows": (vec(S), vec(S.T)),
    "delta of others": (delta(r, q), number(1)),
    "order": (less(r, q), less(q, r)),
    "an entry beyond": (shifted_entry(x, place([(r, 1)], 1)), shifted_entry(x, place([(r, 1)], 1))),
    "an entry that may be beyond": (shifted_entry(x, place([(j, 1)])), shifted_entry(x, place([(j, 1)])) + 0),
    "blocks exchanged": (stack(x, y), stack(y, x)),
    "the other part of a stack": (shifted_entry(stack(x, y), place([(r, 1)], n)), x[r]),
    "an absolute value without its bars": (absolute(t), t),
    "a sign at 0": (sign(t - t), number(0)),
    "a product of any sign": (log(product_over(r, x[r])), sum_over(r, log(x[r]))),
    "the greatest entry": (maximum_of(x + y), maximum_of(x) + maximum_of(y)),
    "exponentials of matrices": (
        matrix_exponential(S + S.T),
        matrix_exponential(S) @ matrix_exponential(S.T),
    ),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_holds_is_proved(name):
    assert prove(Equation(*TRUE[name]))


@pytest.mark.parametrize("name", UNPROVED)
def test_what_does_not_hold_is_not_proved(name):
    with pytest.raises(NotFound):
        prove(Equation(*UNPROVED[name]))


def test_what_does_not_fit_is_told():
    for wrong, said in (
        (lambda: sample(s, r), "scalar"),
        (lambda: sample(Z, r), "index from 1 to n on an axis from 1 to N"),
        (lambda: x + r, "no number"),
        (lambda: less(r, j), "compared"),
        (lambda: coincide([x], [1]), "index"),
        (lambda: shifted_entry(x, x), "no index"),
        (lambda: block([[A, x]]), "height"),
        (lambda: block([[A], [K]]), "wide"),
        (lambda: max2(x, w), "one shape"),
        (lambda: array_of(x, x), "runs over an index"),
        (lambda: product_over(r, x), "scalars"),
        (lambda: shifted_entry(vector("v", 3), place([(position(2, 3), 1)], 1)), "index 4"),
    ):
        with pytest.raises(ShapeError, match=said):
            wrong()


def test_a_place_without_indices_is_an_entry():
    assert shifted_entry(x, place([(position(1, "n"), 1)], 1)) is entry(x, position(2, "n"))


# --- digits -----------------------------------------------------------------------------------------------

EXTENTS = (n, k, n + 1, Size.of(2), Size.of(3))
RADICES = (n, n + 1, k, n * k, 2 * n, Size.of(2), Size.of(3), n + k, Size.of(1))


def _random_product(rng):
    """[I = i + R j + c] [I = k + R' l + d], some of the indices shared; fits or not."""
    whole = P.fresh_index(rng.choice((n * k, n * k + n, n * (n + 1), Size.of(6), n)))
    low = [P.fresh_index(rng.choice(EXTENTS)) for _ in range(2)]
    high = [P.fresh_index(rng.choice(EXTENTS)) for _ in range(2)]
    radix = rng.choice(RADICES)
    other = radix if rng.random() < 0.7 else rng.choice(RADICES)
    if rng.random() < 0.2:
        low[1] = low[0]
    product = P.UNITY
    for i, j, c in ((low[0], high[0], radix), (low[1], high[1], other)):
        constant = Size.of(rng.choice((0, 0, 0, 1, -1)))
        product = product * P.affine([(whole, Size.of(1)), (i, Size.of(-1)), (j, -c)], constant)
    indices = list(dict.fromkeys((whole, *low, *high)))
    summed = [x for x in indices if rng.random() < 0.5]
    return product.summed(*summed), product, indices, summed


@pytest.mark.parametrize("sizes", [{"n": 3, "k": 2}, {"n": 2, "k": 4}, {"n": 1, "k": 1}, {"n": 4, "k": 3}])
def test_digits_count_out(sizes, numbers, polynomials):
    """Products of two equations, contracted, against all values of the indices."""
    rng = random.Random(str(sizes))
    for _ in range(400):
        state = rng.getstate()
        total, _, indices, summed = _random_product(rng)
        free = [x for x in indices if x not in summed]
        value = polynomials.PolynomialNumbers(numbers.Numbers(sizes, np.random.default_rng(0)))(total, tuple(free))
        rng.setstate(state)
        wanted = _counted(rng, sizes)
        np.testing.assert_array_equal(value, wanted.sum(tuple(k for k, x in enumerate(indices) if x in summed)))


def _counted(rng, sizes):
    """The same product by all values of its indices, without the calculus."""
    extents = [rng.choice((n * k, n * k + n, n * (n + 1), Size.of(6), n))]
    low = [rng.choice(EXTENTS) for _ in range(2)]
    high = [rng.choice(EXTENTS) for _ in range(2)]
    radix = rng.choice(RADICES)
    other = radix if rng.random() < 0.7 else rng.choice(RADICES)
    same = rng.random() < 0.2
    extents += [low[0], *([] if same else [low[1]]), *high]
    lows, highs = (1, 1 if same else 2), (len(extents) - 2, len(extents) - 1)
    at = np.indices([e.value(sizes) for e in extents])
    product = np.ones(at.shape[1:])
    for i, j, c in ((lows[0], highs[0], radix), (lows[1], highs[1], other)):
        constant = rng.choice((0, 0, 0, 1, -1))
        product = product * (at[0] - at[i] - c.value(sizes) * at[j] + constant == 0)
    for _ in extents:
        rng.random()
    return product
