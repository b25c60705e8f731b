"""Derivations as Python: the source is run, and its gradients are autograd's at random shapes."""

import ast
import subprocess
import sys

import numpy as np
import pytest
import torch

import hw3
from hw3.derivations.autoencoder.forms import RELU, SIGMOID, TANH, Autoencoder, C
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.cnn import Network
from hw3.derivations.language.expression import walk
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    apply,
    array,
    array_of,
    avgpool,
    block,
    blockdiag,
    broadcast,
    coincide,
    conv,
    conv_input,
    conv_kernel,
    delta,
    dense,
    det,
    diag,
    diagonal,
    dilate,
    dot,
    exp,
    expectation,
    expm1mx,
    flip,
    hadamard,
    identity,
    index,
    index_value,
    inverse,
    kl,
    kron,
    less,
    log,
    log_density,
    logdet,
    logsumexp,
    matrix,
    max2,
    maxpool,
    min2,
    norm,
    normal,
    ones,
    pad,
    place,
    position,
    power,
    product_over,
    relu,
    sample,
    scalar,
    shifted_entry,
    size,
    softmax,
    square,
    stack,
    sum_axes,
    sum_over,
    tanh,
    trace,
    vec,
    vector,
    vstack,
    window,
    xmlog1p,
)
from hw3.errors import UserError
from hw3.verify.compiled import compile_torch
from hw3.verify.numeric.smooth import generic

x, y, b, z = vector("x", "n"), vector("y", "n"), vector("b", "m"), vector("z", "K")
A, B, W, X = matrix("A", "n", "n"), matrix("B", "n", "n"), matrix("W", "m", "n"), matrix("X", "n", "p")
S = matrix(r"\Sigma", "n", "n", "positive_definite")
row = matrix("r", 1, "n")
s, t, lam = scalar("s", "positive"), scalar("t"), scalar(r"\lambda", "positive")
i, j = index("i", "n"), index("j", "n")
labels = matrix("y", "N", "K")
ROWS_ADD_TO_ONE = (Fact("equation", labels @ ones("K"), ones("N")),)
SIZES = {"n": 5, "m": 4, "K": 6, "p": 3, "N": 7, "h": 8, "c_0": 2, "q": 5}


def perceptron(layers=3):
    h, weights = array("X", "N", "n_0"), []
    for k in range(1, layers + 1):
        w, c = matrix(f"W_{k}", f"n_{k}", f"n_{k - 1}"), vector(f"b_{k}", f"n_{k}")
        v = abbreviation(f"z_{k}", dense(w, h) + broadcast(c, (Size.of("N"), Size.of(f"n_{k}")), 1))
        h = abbreviation(f"h_{k}", tanh(v))
        weights += [w, c]
    labels = matrix("y", "N", f"n_{layers}")
    return -sum_axes(hadamard(labels, log(softmax(h)))) / size("N"), tuple(weights)


def scores():
    w, c, h = matrix("W", "K", "n"), vector("b", "K"), array("X", "N", "n")
    made = abbreviation("Z", dense(w, h) + broadcast(c, (Size.of("N"), Size.of("K")), 1))
    return -sum_axes(hadamard(labels, log(softmax(made)))) / size("N"), (w, c, h)


V, c, h = matrix("V", "N", "n"), vector("c", "N"), index("h", "N")
w2, u2 = vector("w", 2), index("u", 2)
v2 = index("v", Size.of("n") - 1)
HELD = array_of(v2, sum_over(u2, w2[u2] * shifted_entry(x, place([(v2, 1), (u2, 1)], -1))))
MLP, WEIGHTS = perceptron()
SOFTMAX, SCORES = scores()
TIED = Autoencoder()
BOTH = [
    (TIED.loss, (TIED.w, TIED.b, C)),
    *((Autoencoder(encode=e, decode=d).loss, (TIED.w, TIED.b, C)) for e, d in ((SIGMOID, TANH), (RELU, SIGMOID))),
    (MLP, WEIGHTS),
    (SOFTMAX, SCORES),
    (x.T @ A @ x, (x, A)),
    (dot(x, A @ B @ y) * t, (x, y, A, B, t)),
    (dot(y, A @ x) / norm(A @ x), (A, x)),
    (row @ A @ x, (row, A, x)),
    (trace(power(A, 3) @ B), (A, B)),
    (logdet(X @ X.T + lam * identity("n")), (X, lam)),
    (logdet(S) + trace(inverse(S) @ A @ A.T), (S, A)),
    (det(A) * trace(inverse(A)), (A,)),
    (trace(diag(x) @ A) + dot(y, diagonal(A @ B)), (x, A, B)),
    (dot(labels.T @ ones("N"), softmax(z)) + logsumexp(z), (z,)),
    (sum_over(i, expm1mx(x[i]) * y[i]) + dot(y, xmlog1p(exp(x))), (x, y)),
    (sum_over(i, sum_over(j, x[i] * A[i, j] * apply("f", y[j]))), (x, y, A)),
    (sum_over(i, norm(x[i] * y + A @ x)), (x, y, A)),
    (x[position(2, "n")] * A[position(0, "n"), position(1, "n")] ** 2, (x, A)),
    (dot(stack(x, b), stack(exp(x), relu(b))) + norm(stack(x, b)), (x, b)),
    (trace(blockdiag(A, B) @ blockdiag(B, A)), (A, B)),
    (kl(normal(x, A @ A.T + identity("n")), normal(y, S)), (x, y, A)),
    (log_density(normal(y, S), x), (x, y, S)),
    (sum_over(h, (dot(sample(V, h), x) - c[h]) ** 2), (V, x, c)),
    (square(norm(HELD)), (w2, x)),
    (dot(vec(A @ B) + kron(x, y), vec(B)) + norm(kron(A, row)), (A, B, x, row)),
    (square(norm(block([[A, x], [row, s]]) @ vstack(y, t))), (A, x, row, s, t)),
    (dot(max2(x, y), min2(exp(x), y)) + max2(s, t), (x, s, t)),
    (log(product_over(i, 1 + x[i] ** 2)) + product_over(i, x[i] + t), (x, t)),
    (square(norm(array_of(i, array_of(j, less(i, j) * x[j] * index_value(i))))), (x,)),
    (sum_over(i, sum_over(j, (delta(i, j) + coincide([i, j], [1, -1], 1)) * A[i, j] * x[i])), (A, x)),
    *((ones("n").T @ hadamard(y, apply(f, x)), (x,)) for f in ("abs", "sinh", "cosh", "arctan", "softplus", "erf")),
    (dot(apply("sign", x), hadamard(x, x)) + dot(y, apply("tan", apply("sigmoid", x))), (x,)),
    (dot(apply("reciprocal", ones("n") + hadamard(x, x)), apply("sin", x)) + t**4 / (1 + s), (x, t, s)),
]  # fmt: skip
IMAGE, KERNEL = array("x", "N", "c_0", "h", "h"), array("W", "m", "c_0", 3, 3)


def images():
    z1 = abbreviation("z", conv(IMAGE, KERNEL) + broadcast(b, (Size.of("N"), Size.of("m"), H, H), 1))
    yield sum_axes(power_of(maxpool(tanh(z1), window(2), (Size.of(3), Size.of(3))))), (IMAGE, KERNEL, b)
    yield sum_axes(power_of(avgpool(tanh(z1), window(2), (Size.of(3), Size.of(3))))), (IMAGE, KERNEL, b)
    yield sum_axes(power_of(flip(pad(tanh(z1), 1)))), (IMAGE, KERNEL)
    yield sum_axes(power_of(dilate(tanh(z1), 2))), (IMAGE, KERNEL)
    delta = array("d", "N", "m", H, H)
    q = Size.of("q")
    small = array("d", "N", "m", q, q)
    yield sum_axes(power_of(conv_input(small, KERNEL, (q + 2, q + 2)))), (small, KERNEL)
    yield sum_axes(power_of(conv_kernel(delta, IMAGE, KERNEL.shape[-2:]))), (delta, IMAGE)


H = Size.of("h") - 2


def power_of(a):
    return hadamard(a, a)


def at(expression, wrt, sizes, seed=0):
    """Values for the symbols, as float64 tensors."""
    g = torch.Generator().manual_seed(seed)
    values = {}
    for node in sorted(set(walk_symbols(expression, wrt)), key=repr):
        shape = tuple(n.value(sizes) for n in node.shape)
        value = torch.randn(shape, generator=g, dtype=torch.float64)
        if "positive_definite" in node.data[2]:
            value = value @ value.T + torch.eye(len(value))
        elif "positive" in node.data[2]:
            value = value.abs() + 0.5
        values[node] = value
    return values


def walk_symbols(expression, wrt):

    return [
        n for e in (expression, *wrt) for n in walk(e) if n.operation.name == "symbol" and isinstance(n.data[0], str)
    ]


def run(source, values, functions, extra=()):
    """The source's function, called with what its signature asks for."""
    space = {}
    exec(compile(source, "<derived>", "exec"), space)
    name = next(n.name for n in ast.parse(source).body[::-1] if isinstance(n, ast.FunctionDef))
    parameters = [a.arg for n in ast.parse(source).body if getattr(n, "name", "") == name for a in n.args.args]
    plain = {str(k.data[0]).replace("\\", "").replace("^*", "_star"): v for k, v in values.items()}
    given = {**plain, "lambda_": plain.get("lambda"), **functions, **dict(extra)}
    return space[name](*(given[p] for p in parameters))


def smooth(library):
    """Generic functions and their derivatives, by the names that the source gives them."""
    found = {}
    for name in ("a", "f", r"\hat{a}"):
        function = generic(name, 0)
        for order, prefix in enumerate(("", "d", "d2")):
            plain = name.replace(r"\hat{a}", "a_hat")

            def call(v, function=function, order=order):
                value = function.at(torch.as_tensor(v), order)
                return value if library == "torch" else value.numpy()

            found[prefix + plain] = call
    return found


def sizes_for(expression, wrt):
    known = dict(SIZES)
    for node in walk_symbols(expression, wrt):
        for n in node.shape:
            for name in n.names:
                known.setdefault(name, 3 + len(known) % 4)
    return known


def expected(expression, wrt, values):
    """Value and gradients by autograd, of the expression as it is written."""
    leaves = {k: v.clone().requires_grad_() for k, v in values.items()}
    functions = {name: generic(name, 0) for name in ("a", "f", r"\hat{a}")}
    if any(n in repr(expression) for n in ("KL[", "log N(")):
        return None
    value = compile_torch(expression, tuple(leaves), functions)(*leaves.values())
    return value, torch.autograd.grad(value, [leaves[w] for w in wrt], allow_unused=True)


def gaussian(expression, wrt, values):
    """The same for densities and divergences, by torch.distributions."""
    leaves = {k: v.clone().requires_grad_() for k, v in values.items()}
    law = torch.distributions.MultivariateNormal
    if expression.operation.name == "kl":
        cov = leaves[A] @ leaves[A].T + torch.eye(len(leaves[A]))
        value = torch.distributions.kl_divergence(law(leaves[x], cov), law(leaves[y], leaves[S]))
    else:
        r, cov = leaves[x] - leaves[y], leaves[S]
        value = -0.5 * (r @ torch.linalg.solve(cov, r) + torch.logdet(cov) + len(r) * np.log(2 * np.pi))
    return value, torch.autograd.grad(value, [leaves[w] for w in wrt])


def close(found, reference):
    value, gradients = reference
    assert np.allclose(np.asarray(found[0]), value.detach().numpy(), rtol=1e-11, atol=1e-11)
    assert len(found) == 1 + len(gradients)
    for mine, theirs in zip(found[1:], gradients, strict=True):
        assert tuple(mine.shape) == tuple(theirs.shape)
        assert np.allclose(np.asarray(mine), theirs.numpy(), rtol=1e-9, atol=1e-9 * (1 + float(theirs.abs().max())))


@pytest.mark.parametrize("library", ["torch", "numpy"])
@pytest.mark.parametrize(("loss", "wrt"), BOTH, ids=[repr(e[0])[:50] for e in BOTH])
def test_the_source_runs_and_its_gradients_are_autograds(loss, wrt, library: str) -> None:
    source = hw3.derive(loss, wrt).python(library)
    values = at(loss, wrt, sizes_for(loss, wrt))
    given = values if library == "torch" else {k: v.numpy() for k, v in values.items()}
    found = run(source, given, smooth(library))
    close(found, expected(loss, wrt, values) or gaussian(loss, wrt, values))
    assert "autograd" not in source


@pytest.mark.parametrize("k", range(6))
def test_images_in_torch(k: int) -> None:
    loss, wrt = list(images())[k]
    values = at(loss, wrt, SIZES)
    source = hw3.derive(loss, wrt).python()
    found = run(source, values, {}, extra={"h": SIZES["h"]}.items())
    close(found, expected(loss, wrt, values))
    with pytest.raises(UserError, match="torch only"):
        hw3.derive(loss, wrt).python("numpy")


@pytest.mark.parametrize(
    ("stride", "padding", "height", "width", "batch", "channels"),
    [(1, 0, 28, 28, 7, 1), (2, 1, 29, 31, 1, 3), (1, 2, 16, 20, 3, 2)],
)
def test_the_network_in_torch(stride: int, padding: int, height: int, width: int, batch: int, channels: int) -> None:
    """One source, made for symbolic sizes, at several shapes."""
    from torch.nn import functional as F

    n = Network(width="l", first=("m_1", "l_1"), pooled_first=("q_1", "r_1"), second=("m_2", "l_2"),
                pooled_second=("q_2", "r_2"))  # fmt: skip
    found = hw3.derive(n.loss, (*n.parameters, n.x), n.given)
    source = found.python()
    g = torch.Generator().manual_seed(0)

    def drawn(*shape):
        return torch.randn(shape, generator=g, dtype=torch.float64) / 4

    def pooled(size):
        return ((size + 2 * padding - 3) // stride + 1) // 2

    last = (pooled(pooled(height)), pooled(pooled(width)))
    values = {
        n.x: drawn(batch, channels, height, width), n.w1: drawn(4, channels, 3, 3), n.b1: drawn(4),
        n.w2: drawn(5, 4, 3, 3), n.b2: drawn(5), n.w3: drawn(10, 5, *last), n.b3: drawn(10),
        n.y: torch.softmax(drawn(batch, 10), -1),
    }  # fmt: skip
    leaves = {k: v.clone().requires_grad_() for k, v in values.items()}
    h = leaves[n.x]
    for w, c in ((n.w1, n.b1), (n.w2, n.b2)):
        h = F.max_pool2d(torch.sigmoid(F.conv2d(h, leaves[w], leaves[c], stride=stride, padding=padding)), 2)
    logits = h.flatten(1) @ leaves[n.w3].flatten(1).T + leaves[n.b3]
    loss = -(values[n.y] * torch.log_softmax(logits, 1)).sum() / batch
    reference = torch.autograd.grad(loss, [leaves[w] for w in found.wrt])
    close(run(source, values, {}, extra={"s": stride, "p": padding}.items()), (loss, reference))


@pytest.mark.parametrize("library", ["torch", "numpy"])
@pytest.mark.parametrize(
    ("f", "wrt", "order"),
    [
        (apply("f", W.T @ apply("a", W @ x + b)), x, 1),
        (softmax(x), x, 1),
        (hadamard(x, A @ x) / norm(x), x, 1),
        (logsumexp(A @ x), x, 2),
        (square(norm(x - apply("f", W.T @ apply("a", W @ x + b)))), x, 2),
        (t**3 * s, t, 2),
    ],
    ids=str,
)
def test_jacobians_and_hessians_run(f, wrt, order: int, library: str) -> None:
    values = at(f, (wrt,), SIZES)
    functions = {name: generic(name, 0) for name in ("a", "f")}

    def of(v):
        point = {**values, wrt: v}
        return compile_torch(f, tuple(point), functions)(*point.values())

    take = torch.autograd.functional.jacobian if order == 1 else torch.autograd.functional.hessian
    given = values if library == "torch" else {k: v.numpy() for k, v in values.items()}
    found = run(hw3.derive(f, wrt, order=order).python(library), given, smooth(library))
    close(found, (of(values[wrt]), (take(of, values[wrt]),)))


def test_the_code_reads_well() -> None:
    source = hw3.derive(square(norm(x - W.T @ apply("a", W @ x + b))), (W, b)).python()
    assert (
        source
        == '''import torch


def gradient(x, W, b, a, da):
    """‖x - Wᵀ a(W x + b)‖², and its gradient by W, b.

    Shapes: x (n,), W (m, n), b (m,).
    """
    u_1 = W @ x + b
    t = a(u_1)
    u_2 = x - W.T @ t
    L = (u_2 ** 2).sum()
    delta_2 = 2 * u_2
    delta_1 = -(W @ delta_2) * da(u_1)
    grad_W = torch.outer(delta_1, x) - torch.outer(t, delta_2)
    return L, grad_W, delta_1
'''
    )


def test_the_dtype_is_the_arguments() -> None:
    source = hw3.derive(trace(A) + logdet(A @ A.T + identity("n")), A).python()
    value, grad = run(source, {A: torch.randn(4, 4, dtype=torch.float32)}, {})
    assert value.dtype == grad.dtype == torch.float32


def test_names_of_mathematics_are_names_of_python() -> None:
    w = vector("W^*", "n")
    names = [vector(n, "n") for n in (r"\hat{x}", r"\delta_{z_1}", r"\lambda", "x'", "sum")]
    loss = dot(w, w)
    for v in names:
        loss = loss + dot(v, v)
    source = hw3.derive(loss, tuple(names)).python()
    assert "def gradient(W_star, x_hat, delta_z_1, lambda_, x_prime, sum_):" in source
    ast.parse(source)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: hw3.derive(r"\|x\|^2", x), "derived by one name"),
        (lambda: hw3.derive(dot(x, x), A @ x), "only a symbol"),
        (lambda: hw3.derive(A @ x, (x, A)), "by one variable"),
        (lambda: hw3.derive(dot(x, x), x).python("jax"), "choose torch or numpy"),
        (lambda: hw3.derive(expectation(t, normal(s, s), t**3), s).python(), "expectation is not written as code"),
        (lambda: hw3.derive(softmax(array("z", "N", "c", "K")), x), "no derivative"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(call, said: str) -> None:
    with pytest.raises(UserError, match=said):
        call()


def test_deriving_imports_no_torch() -> None:
    program = (
        "import sys, hw3; from hw3.derivations.operations import matrix, vector; "
        "A, x = matrix('A', 'n', 'n'), vector('x', 'n'); found = hw3.derive(x.T @ A @ x, x); "
        "assert found.check().proved; found.python(); found.latex(); "
        "assert not {'torch', 'sympy', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_in_a_notebook() -> None:
    found = hw3.derive(x.T @ A @ x, x)
    assert found._repr_latex_() == (
        "$$\n\\begin{aligned}\nL &= x^{\\top} A x \\\\\n\\frac{\\partial L}{\\partial x} &= A^{\\top} x + A x && "
        "\\text{it is used twice: the other factors of the product go over, transposed; transposed back}\n"
        "\\end{aligned}\n$$"
    )
