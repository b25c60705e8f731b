"""Compiled expressions: equal to evaluation, batched, differentiable, and accurate near zero."""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    HALF,
    apply,
    array_of,
    block,
    cholesky,
    delta,
    derivative,
    eigenvalues,
    exp,
    expm1mx,
    hadamard,
    index,
    index_value,
    inverse,
    kron,
    less,
    matrix,
    max2,
    norm,
    ones,
    place,
    product,
    product_over,
    sample,
    scalar,
    shifted_entry,
    square,
    sum_over,
    transpose,
    vec,
    vector,
    vstack,
    xmlog1p,
)
from hw3.verify.compiled import compile_torch
from hw3.verify.numeric.draw import NotEvaluable
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate

mp = mpmath.MPContext()
mp.dps = 80
mu, lv, mu0, mu1 = (vector(name, "k") for name in ("mu", "l", "mu0", "mu1"))
S0, S1 = (matrix(name, "k", "k", "positive_definite") for name in ("S0", "S1"))
A, c = matrix("A", "k", "k"), scalar("c")
i, j = index("i", "k"), index("j", "k")
L = cholesky(S1)
E = product(inverse(L), S0 - S1, transpose(inverse(L)))
VAE = product(HALF, transpose(ones("k")), hadamard(mu, mu) + expm1mx(lv))
WHITENED = HALF * (sum_over(i, xmlog1p(eigenvalues(E)[i])) + square(norm(inverse(L) @ (mu1 - mu0))))

FORMS = [
    VAE,
    WHITENED,
    mu.T @ inverse(L) @ A @ inverse(transpose(L)) @ lv - c,
    A @ inverse(L),
    inverse(L),
    c * transpose(inverse(L)) @ mu,
    transpose(ones("k")) @ A,
    transpose(ones("k")) @ A @ ones("k"),
    ones("k") @ transpose(ones("k")) @ A,
    sum_over(i, sum_over(j, A[i, j] * mu[i])) * lv,
    sum_over(i, c * 2),
    array_of(i, array_of(j, c * A[j, i] * mu[i])) @ lv,
    sum_over(i, array_of(j, exp(A[i, j] * mu[i]))) * c,
    array_of(i, lv) + product_over(i, 1 + mu[i] ** 2) * A + product_over(i, c) * A,
    sum_over(i, sample(c * A, i) * shifted_entry(mu, place([(i, -1)], Size.symbol("k") + 1))),
    kron(c * A, mu) @ lv + kron(lv, A) @ mu + vec(mu @ lv.T),
    block([[A, mu], [lv.T, c]]) @ vstack(lv, c),
    sum_over(i, sum_over(j, (less(i, j) + delta(i, j) * index_value(i)) * A[i, j] * max2(mu, lv))),
    norm(A) ** 2 + norm(c) ** 2,
    apply("sin", A) @ mu,
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_compiled_is_what_is_evaluated_and_batches_broadcast(form: Expr) -> None:
    arguments = (mu, lv, mu0, mu1, S0, S1, A, c)
    first, second = (draws(arguments, seed=seed)[1] for seed in (0, 1))
    second = draws(arguments, seed=1, count=6)[5]
    if first.sizes != second.sizes:
        second = next(d for s in range(50) for d in draws(arguments, seed=s + 5) if d.sizes == first.sizes)
    f = compile_torch(form, arguments)
    wanted = [evaluate(form, d).value for d in (first, second)]
    one = f(*(torch.tensor(first.values[a]) for a in arguments))
    torch.testing.assert_close(one.reshape(wanted[0].shape), wanted[0], rtol=1e-12, atol=1e-12)
    stacked = [torch.stack([torch.tensor(d.values[a]) for d in (first, second)]) for a in arguments]
    both = f(*stacked)
    torch.testing.assert_close(both, torch.stack(wanted), rtol=1e-12, atol=1e-12)
    # An argument without a batch broadcasts against those with one; two batch axes are as good as one.
    mixed = f(*(torch.tensor(first.values[a]) if a in (S1, A) else t for a, t in zip(arguments, stacked, strict=True)))
    if mixed.ndim > wanted[0].ndim:
        mixed = mixed[0]
    torch.testing.assert_close(mixed, wanted[0], rtol=1e-12, atol=1e-12)
    deep = f(*(t[None, :, ...].expand(3, *t.shape) for t in stacked))
    torch.testing.assert_close(deep[2], torch.stack(wanted), rtol=1e-12, atol=1e-12)


def test_gradients() -> None:
    g = torch.Generator().manual_seed(0)
    root, m = (torch.randn(*shape, generator=g, dtype=torch.float64) for shape in ((2, 3, 3), (2, 3)))
    kl = compile_torch(WHITENED, (mu0, S0, mu1, S1))

    def divergence(m: torch.Tensor, root: torch.Tensor) -> torch.Tensor:
        spread = root @ root.mT + torch.eye(3, dtype=root.dtype)
        return kl(m, spread, torch.zeros_like(m), torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=root.dtype)))

    assert torch.autograd.gradcheck(divergence, (m.requires_grad_(), root.requires_grad_()))
    vae = compile_torch(VAE, (mu, lv))
    batch = torch.randn(4, 3, generator=g, dtype=torch.float64)
    one_by_one = torch.func.vmap(torch.func.grad(vae, argnums=(0, 1)))(batch, batch)
    torch.testing.assert_close(one_by_one, (batch, torch.expm1(batch) / 2))


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 2e-7), (torch.float64, 4e-16)])
@settings(max_examples=60)
@given(exponent=st.floats(-7, 0), seed=st.integers(0, 10**6))
def test_the_diagonal_divergence_near_zero(dtype: torch.dtype, bound: float, exponent: float, seed: int) -> None:
    g = np.random.default_rng(seed)
    m, spread = (torch.tensor(g.normal(size=6) * 10**exponent, dtype=dtype) for _ in range(2))
    found = compile_torch(VAE, (mu, lv))(m, spread)
    true = (
        sum(
            mp.mpf(a) ** 2 + mp.exp(mp.mpf(b)) - 1 - mp.mpf(b) for a, b in zip(m.tolist(), spread.tolist(), strict=True)
        )
        / 2
    )
    assert found.dtype == dtype
    assert abs((mp.mpf(found.item()) - true) / true) < bound


@pytest.mark.parametrize(("condition", "bound"), [(1, 1e-15), (1e4, 1e-12), (1e8, 5e-9)])
@pytest.mark.parametrize("k", [1, 2, 6])
def test_the_full_divergence_near_zero(k: int, condition: float, bound: float) -> None:
    kl = compile_torch(WHITENED, (mu0, S0, mu1, S1))
    for seed in range(3):
        g = np.random.default_rng(seed)
        q, _ = np.linalg.qr(g.normal(size=(k, k)))
        s1 = (q * np.geomspace(1, condition, k)) @ q.T
        s1 = (s1 + s1.T) / 2
        root, e = np.linalg.cholesky(s1), g.normal(size=(k, k)) * 1e-6 / k
        s0 = s1 + root @ (e + e.T) @ root.T
        s0 = (s0 + s0.T) / 2
        m1 = g.normal(size=k)
        m0 = m1 + root @ g.normal(size=k) * 1e-6
        exact = [mp.matrix(a.tolist()) for a in (s0, s1, m1, m0)]
        d, p = exact[2] - exact[3], mp.inverse(exact[1])
        ratio = p * exact[0]
        true = (
            sum(ratio[t, t] - 1 for t in range(k)) + (d.T * p * d)[0] - mp.log(mp.det(exact[0]) / mp.det(exact[1]))
        ) / 2
        found = kl(*(torch.tensor(a) for a in (m0, s0, m1, s1))).item()
        assert abs((mp.mpf(found) - true) / true) < bound


def test_refusals_name_what_is_wrong() -> None:
    vae = compile_torch(VAE, (mu, lv))
    with pytest.raises(ValueError, match=r"l is k, here \(3,\): not the last axes of \(4,\)"):
        vae(torch.zeros(3), torch.zeros(4))
    with pytest.raises(ValueError, match="1 tensors for 2 arguments: mu: k, l: k"):
        vae(torch.zeros(3))
    with pytest.raises(ValueError, match="which no tensor of shape"):
        vae(torch.tensor(1.0), torch.zeros(3))
    for form in (derivative(mu.T @ mu, mu), mu[i], apply("f", mu), mu + lv):
        with pytest.raises(NotEvaluable):
            compile_torch(form, (mu,))
