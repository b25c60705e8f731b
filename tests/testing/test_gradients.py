"""`assert_gradient`: true gradients pass, wrong ones fail with what is wrong, and what tells nothing is an error."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

import hw3
from hw3.errors import UserError
from hw3.testing import assert_gradient
from hw3.testing.names import latex_name, spellings


def draw(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=dtype)


W, x, b, c, y = draw(3, 5), draw(5), draw(3, seed=1), draw(5, seed=2), draw(3, seed=3)
WHERE = [r"z = W x + b", r"h = a(z)", r"\hat{x} = W^\top h + c", r"L = \|x - \hat{x}\|^2"]
TIED = {"W": W, "b": b, "c": c, "x": x, "a": torch.tanh, "where": WHERE}


def tied(W: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """The loss of a tied autoencoder; x is closed over."""
    return ((x - (W.T @ torch.tanh(W @ x + b) + c)) ** 2).sum()


def failure(loss: Callable[..., Tensor], **given: object) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_gradient(loss, **given)  # type: ignore[arg-type]
    return str(caught.value)


def error(loss: Callable[..., object], **given: object) -> str:
    with pytest.raises(UserError) as caught:
        assert_gradient(loss, **given)  # type: ignore[arg-type]
    return str(caught.value)


# --- what holds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        r"2 (W (\hat x - x) \odot a'(z)) x^\top + 2 h (\hat x - x)^\top",
        r"2 \operatorname{diag}(a'(z)) W (\hat x - x) x^\top + 2 h (\hat x - x)^\top",
        r"\nabla_W L = \frac{\partial L}{\partial z} x^\top + 2 h (\hat x - x)^\top",
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial W} = -2 (W (x - \hat x) \odot a'(z)) x^\top "
        r"- 2 h (x - \hat x)^\top",
    ],
)
def test_the_tied_autoencoder(claim: str) -> None:
    assert_gradient(tied, claim=claim, **TIED)


def test_several_gradients_at_once() -> None:
    claims = {"b": r"2 W (\hat x - x) \odot a'(z)", "c": r"2 (\hat x - x)"}
    assert_gradient(tied, claim=claims, **TIED)
    assert "the gradient by c is refuted" in failure(tied, claim={**claims, "c": r"2 (x - \hat x)"}, **TIED)


def test_numbers_sizes_arrays_and_transcendental_functions() -> None:
    X, t = draw(7, 2), draw(7, seed=5)

    given = {"w": draw(2, seed=6), "X": X.numpy(), "t": t.tolist(), "n": 7, "lambda": 0.25}

    def loss(w: Tensor) -> Tensor:
        return ((X @ w - t) ** 2).sum() / 7 + 0.25 * (w**2).sum()

    assert_gradient(loss, claim=r"\frac{2}{n} X^\top (X w - t) + 2 \lambda w", **given)
    assert "left" in failure(loss, claim=r"\frac{1}{n} X^\top (X w - t) + 2 \lambda w", **given)


def test_numbered_and_accented_names() -> None:
    W1, W2 = draw(4, 5), draw(3, 4)

    def loss(W1: Tensor, W2: Tensor) -> Tensor:
        return ((W2 @ torch.sigmoid(W1 @ x) - y) ** 2).sum()

    assert_gradient(
        loss,
        claim={
            "W1": r"2 \left( W_2^\top (\hat{y} - y) \odot \sigma'(z_1) \right) x^\top",
            "W2": r"2 (\hat{y} - y) \sigma(z_1)^\top",
        },
        where=[r"z_1 = W_1 x", r"\hat{y} = W_2 \sigma(z_1)"],
        W1=W1,
        W2=W2,
        x=x,
        y=y,
        sigma=torch.sigmoid,
    )
    assert latex_name("x_hat") == r"\hat{x}"
    assert "x_hat" in spellings(r"\hat{x}")
    assert "W_1" in spellings("W^{(1)}")
    assert spellings("W^{2}") == set()  # a power


def test_a_power_is_not_taken_for_a_name() -> None:
    u = draw(5, seed=9)
    assert_gradient(lambda x, x2: (x**2).sum() + 0 * x2.sum(), claim=r"2 x", x=u, x2=u + 1)


def test_softmax_cross_entropy() -> None:
    z, target = draw(4, seed=3), torch.tensor([0.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    loss = lambda z: -(target * torch.log_softmax(z, 0)).sum()  # noqa: E731
    assert_gradient(loss, z=z, y=target, claim=r"\operatorname{softmax}(z) - y")
    assert "the sign is wrong" in failure(loss, z=z, y=target, claim=r"y - \operatorname{softmax}(z)")


def test_float32_has_its_own_tolerance() -> None:
    w, v = draw(40, seed=1, dtype=torch.float32), draw(40, seed=2, dtype=torch.float32)
    loss = lambda w: torch.exp((w * v).sum() / 10)  # noqa: E731
    assert_gradient(loss, w=w, v=v, claim=r"\frac{1}{10} e^{w^\top v / 10} v")
    assert "refuted" in failure(loss, w=w, v=v, claim=r"\frac{1.001}{10} e^{w^\top v / 10} v")
    with pytest.raises(AssertionError):
        assert_gradient(loss, w=w, v=v, claim=r"\frac{1}{10} e^{w^\top v / 10} v", tolerance=1e-14)


def test_scalars_and_rows() -> None:
    s = torch.tensor(0.7, dtype=torch.float64)
    assert_gradient(lambda s: torch.log(s) * 3, s=s, claim=r"\frac{3}{s}")
    assert "left 4.28571" in failure(lambda s: torch.log(s) * 3, s=s, claim=r"\frac{2}{s}")
    row = draw(1, 4)
    assert_gradient(lambda r: (r**2).sum(), r=row, claim="2 r")


def test_the_users_tensors_are_left_alone() -> None:
    weights = draw(3, 5).requires_grad_()
    assert_gradient(lambda W: (W @ x).sum(), W=weights, x=x, claim=r"\mathbf{1} x^\top")
    assert weights.grad is None
    with torch.no_grad():
        assert_gradient(lambda W: (W @ x).sum(), W=weights, x=x, claim=r"\mathbf{1} x^\top")


# --- what does not hold ---------------------------------------------------------------------------------


def loss(W: Tensor) -> Tensor:
    return ((W @ x - y) ** 2).sum()


def test_the_message_is_that_of_hw3_check() -> None:
    told = failure(loss, W=W, x=x, y=y, claim=r"(W x - y) x^\top").splitlines()
    assert told[0] == "the gradient by W is refuted: (W x - y) xᵀ"
    assert told[2:4] == [r"    (W x - y) x^\top", "    ^^^^^^^^^^^^^^^^"]
    found = re.fullmatch(
        r"    left (\S+), right (\S+) in entry \((\d), (\d)\), where left is autograd's; 15 of 15 entries differ",
        told[4],
    )
    assert found is not None
    i, j = int(found[3]) - 1, int(found[4]) - 1
    expected = (2 * (W @ x - y)[i] * x[j]).item()
    assert float(found[1]) == pytest.approx(expected, rel=1e-9)
    assert float(found[2]) == pytest.approx(expected / 2, rel=1e-9)
    assert told[5:] == ["    off by a factor: it is 1/2 of the gradient", "    did you mean 2 (W x - y) xᵀ ?"]


def test_the_transpose() -> None:
    told = failure(loss, W=W, x=x, y=y, claim=r"2 x (W x - y)^\top")
    assert "it does not type: the two sides are 3 x 5 and 5 x 3: this is the transpose" in told
    square, v = draw(4, 4), draw(4)
    told = failure(lambda W: ((W @ v) ** 2).sum(), W=square, v=v, claim=r"2 v (W v)^\top")
    assert "this is the transpose" in told
    assert "left" in told


def test_one_entry_that_differs() -> None:
    def odd(W: Tensor) -> Tensor:
        return loss(W) + W[1, 2]

    told = failure(odd, W=W, x=x, y=y, claim=r"2 (W x - y) x^\top")
    assert "in entry (2, 3), where left is autograd's; 1 of 15 entries differ" in told


def test_shapes_that_do_not_type() -> None:
    told = failure(loss, W=W, x=x, y=y, claim=r"2 x^\top (W x - y)")
    assert "it does not type" in told


def test_the_argument_of_a_derivative_is_marked() -> None:
    told = failure(tied, claim={"b": r"2 W (\hat x - x) \odot a'(h)"}, **TIED)
    lines = told.splitlines()
    assert lines[3].index("^") == lines[2].index("h)")
    assert lines[-1] == "    did you mean 2 W(x̂ - x) ⊙ a′(z) ?"


@pytest.mark.parametrize("slip", ["0.999 * 2", "2.001", "-2", "1", "2 n"])
def test_small_slips_fail_in_float64(slip: str) -> None:
    failure(loss, W=W, x=x, y=y, n=5, claim=rf"{slip.replace('*', chr(92) + 'cdot')} (W x - y) x^\top")


# --- what tells nothing ---------------------------------------------------------------------------------


def test_errors_say_what_to_do() -> None:
    given = {"W": W, "x": x, "y": y}
    assert error(loss, claim=r"2 q x^\top", **given) == (
        "the claim is not read: q is not declared: give q=..., or define it in where=[...]"
    )
    assert "give x_hat=" in error(loss, claim=r"2 \hat{x} x^\top", **given)
    assert "is not read" in error(loss, claim=r"2 (W x", **given)
    assert "write its value" in error(loss, claim=r"W = 2 x", **given)
    assert "defines nothing" in error(loss, claim="x", where=["W x = y"], **given)
    assert "add V=..." in error(loss, claim={"V": "x"}, **given)
    assert "add V=..." in error(lambda W, V: loss(W), claim="x", **given)
    assert "return a scalar tensor" in error(lambda W: W @ x, claim="x", **given)
    assert "return a scalar tensor" in error(lambda W: 1.0, claim="x", **given)
    assert "does not depend on W" in error(lambda W: (x**2).sum(), claim="x", **given)
    assert "entry by entry" in error(loss, claim=r"x", a=lambda t: torch.softmax(t, 0), **given)
    assert "can't be applied" in error(loss, claim=r"x", a=np.linalg.inv, **given)
    assert "give a tensor" in error(loss, claim=r"x", a="tanh", **given)
    assert "whole numbers" in error(lambda k: k.sum(), k=torch.arange(3), claim="k")
    assert "no tensor is given" in error(lambda: x.sum(), claim="x", a=torch.tanh)
    assert "not finite" in error(lambda s: torch.log(s).sum(), s=torch.zeros(3), claim=r"\mathbf 1")


def test_a_gradient_that_is_zero_tells_nothing() -> None:
    at_rest = {"W": W, "x": x, "y": W @ x}
    told = error(lambda W: ((W @ x - W.detach() @ x) ** 2).sum(), claim=r"17 (W x - y) x^\top", **at_rest)
    assert "is 0 at these tensors" in told
    assert_gradient(lambda W, b: (b**2).sum() + 0 * W.sum(), W=W, b=b, claim="0")  # is what is claimed


def test_it_is_reached_from_the_package() -> None:
    assert hw3.testing.assert_gradient is assert_gradient


def test_slips_of_the_pen_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each claim that differs from a true one by one slip fails, or is the same gradient in other words.

    The latter pass at every other point, too.
    """
    from hw3.derivations.latex.edits import edits
    from hw3.derivations.latex.spelling import read, spell

    monkeypatch.setattr(
        "hw3.testing.gradients.correction", lambda *_: None
    )  # the search takes time, and is tested above
    true = r"2 (W (\hat x - x) \odot a'(z)) x^\top + 2 h (\hat x - x)^\top"

    def passes(claim: str, seed: int) -> bool:
        u = draw(5, seed=seed + 100)
        V, d, e = draw(3, 5, seed=seed), draw(3, seed=seed + 7), draw(5, seed=seed + 13)

        def loss(W: Tensor) -> Tensor:
            return ((u - (W.T @ torch.tanh(W @ u + d) + e)) ** 2).sum()

        try:
            assert_gradient(loss, claim=claim, W=V, x=u, b=d, c=e, a=torch.tanh, where=WHERE)
        except (AssertionError, UserError):
            return False
        return True

    assert passes(true, 1)
    slips = [spell(edit.tree) for edit in edits(read(true))][:120]
    assert len(slips) > 60
    passed = [slip for slip in slips if passes(slip, 1)]
    assert len(passed) < len(slips) / 10, passed
    assert all(passes(slip, 2) and passes(slip, 3) for slip in passed)
