"""Draws keep to assumptions, sizes and given facts, and are generic otherwise."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    apply,
    entry,
    identity,
    matrix,
    norm,
    number,
    ones,
    position,
    scalar,
    size,
    symbol,
    trace,
    vector,
)
from hw3.verify.numeric.draw import references
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.smooth import Smooth, generic, simple

A, W, x = matrix("A", "n", "n"), matrix("W", "m", "n"), vector("x", "n")
n, k = Size.symbol("n"), Size.symbol("k")


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_values_meet_their_assumptions(seed: int) -> None:
    S, P = matrix("S", "n", "n", "symmetric"), matrix("P", "n", "n", "positive_definite")
    V, p = matrix("V", "n", "n", "invertible"), vector("p", "m", "positive")
    q, both = scalar("q", "nonzero"), matrix("B", "n", "n", "symmetric", "invertible", "positive")
    found = draws([S, P, V, p, q, both, A], seed=seed)
    assert len(found) == 6
    for draw in found:
        value = draw.values
        assert (value[S] == value[S].T).all()
        assert (value[P] == value[P].T).all()
        assert np.linalg.eigvalsh(value[P])[0] > 0.05
        assert np.linalg.cond(value[V]) < 200
        assert (value[p] > 0.29).all()
        assert value[q]
        assert (value[both] > 0).all()
        assert (value[both] == value[both].T).all()
        assert (np.abs(value[A]) > 0.29).all()
        if draw.sizes["n"] > 1:
            assert (value[A] != value[A].T).any()


def test_sizes_are_unequal_large_and_equal_in_turn() -> None:
    found = draws([W, vector("z", "k")])
    sizes = [list(d.sizes.values()) for d in found]
    assert all(len(set(s)) == 3 for s in (sizes[0], sizes[1], sizes[3], sizes[5]))
    assert min(sizes[1]) >= 4
    assert min(sizes[5]) >= 4
    assert len(set(sizes[2])) == 1
    assert min(sizes[4]) == 1


def test_composite_sizes_are_positive() -> None:
    kernel, image = vector("w", k), vector("z", n)
    out = symbol("y", (n - k + 1,))
    less = symbol("u", (n - 2 * k,))
    for draw in draws([kernel, image, out, less]):
        assert draw.sizes["n"] - 2 * draw.sizes["k"] > 0
    assert draws([symbol("y", (n - k,)), symbol("z", (k - n,))]) == []


def test_a_draw_is_the_same_again_and_another_for_another_seed() -> None:
    first, again, other = (draws([A], seed=seed)[0] for seed in (1, 1, 2))
    assert first.sizes == again.sizes
    assert (first.values[A] == again.values[A]).all()
    assert other.sizes != first.sizes or (other.values[A] != first.values[A]).any()


def test_given_conditions_hold() -> None:
    facts = (Fact("positive", trace(A)), Fact("invertible", W.T @ W), Fact("positive", x))
    found = draws([A, W, x], facts)
    assert len(found) >= 4  # W^T W is singular where m < n
    for draw in found:
        assert np.trace(draw.values[A]) > 0
        assert draw.sizes["m"] >= draw.sizes["n"]
        assert (draw.values[x] > 0).all()
    assert draws([size(n)], (Fact("positive", size(n - 3)),))[0].sizes["n"] > 3
    assert draws([x], (Fact("positive", -(x.T @ x)),)) == []
    with pytest.raises(ValueError, match="no condition"):
        draws([x], (Fact("lucky", x),))


def test_given_equations_hold_by_construction() -> None:
    Q, p, u, y = matrix("Q", "n", "m"), vector("p", "n"), vector("u", "n"), vector("y", "n")
    facts = (
        Fact("equal", Q.T @ Q, identity("m")),
        Fact("equal", ones("n").T @ p, number(1)),
        Fact("equal", norm(u), number(1)),
        Fact("equal", y, A @ x),
    )
    found = draws([Q, p, u, y], facts)
    assert len(found) >= 4
    for draw in found:
        value = draw.values
        np.testing.assert_allclose(value[Q].T @ value[Q], np.eye(draw.sizes["m"]), atol=1e-14)
        assert value[p].sum() == pytest.approx(1)
        assert np.linalg.norm(value[u]) == pytest.approx(1)
        np.testing.assert_allclose(value[y], value[A] @ value[x], rtol=1e-14)
    assert draws([A], (Fact("equal", A @ A, A),)) == []  # no random draw meets it: none is pretended to


def test_generic_functions_are_generic() -> None:
    t = torch.linspace(-3, 3, 601, dtype=torch.float64)
    for seed in range(20):
        f, g = generic("f", seed).at(t), generic("g", seed).at(t)
        assert (f - g).abs().max() > 0.1
        for parity in (1, -1):
            assert (f - parity * f.flip(0)).abs().max() > 0.1
        steps = f.diff()
        assert (steps > 0).any()
        assert (steps < 0).any()


@pytest.mark.parametrize("f", [generic("f", 3), simple("f", 3), Smooth()])
def test_derivatives_of_functions_are_autograds(f: Smooth) -> None:
    t = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    for order in range(4):
        (slope,) = torch.autograd.grad(f.at(t, order).sum(), t)
        torch.testing.assert_close(f.at(t, order + 1).detach(), slope, rtol=1e-12, atol=1e-12)


def test_functions_are_drawn_by_name() -> None:
    draw = draws([apply("f", x), apply("g", x, 2), apply("exp", x)])[0]
    assert draw.functions.keys() == {"f", "g"}
    assert draw.functions["f"] != draw.functions["g"]
    assert references(apply("f", x)) == frozenset()


def test_a_position_is_within_its_size() -> None:
    expr = entry(x, position(3, "n"))
    assert all(draw.sizes["n"] > 3 for draw in draws([expr]))
