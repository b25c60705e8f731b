"""The tree itself: expressions that are deep, and that share their parts."""

from __future__ import annotations

import pytest

from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.language.expression import Expr, abstract, instantiate, substitute, walk
from hw3.derivations.language.printing import latex, unicode
from hw3.derivations.operations import (
    derivative,
    index,
    matrix,
    norm,
    scalar,
    sigmoid,
    square,
    sum_over,
    vector,
)

A, x, y = matrix("A", "n", "n"), vector("x", "n"), vector("y", "n")


def deep(start: Expr, layers: int) -> Expr:
    h = start
    for _ in range(layers):
        h = sigmoid(A @ h)
    return h


def test_a_network_of_two_thousand_layers_is_opened_and_closed() -> None:
    h = deep(x, 2000)
    body = abstract(h, x)
    assert body.loose == 1
    assert instantiate(body, x) is h
    assert substitute(h, x, y) is deep(y, 2000)
    slope = derivative(square(norm(h)), x)
    assert slope.shape == x.shape
    assert slope.loose == 0


def test_shared_parts_are_visited_once() -> None:
    s, t = scalar("s"), scalar("t")
    doubled, wanted = s, t
    for _ in range(300):
        doubled, wanted = doubled + doubled, wanted + wanted
    assert substitute(doubled, s, t) is wanted
    assert len(list(walk(doubled))) < 1000


def test_what_is_bound_stays_bound() -> None:
    i, j = index("i", "n"), index("j", "n")
    inner = sum_over(i, A[i, j] * x[i])
    body = abstract(inner, j)
    meaning = Meaning()
    assert meaning(instantiate(body, i)) == meaning(sum_over(j, A[j, i] * x[j])) != meaning(inner)
    assert instantiate(abstract(A[i, j], i), i) is A[i, j]
    nested = sum_over(j, x[j] * inner)
    assert substitute(nested, x, y) is sum_over(j, y[j] * sum_over(i, A[i, j] * y[i]))
    assert substitute(nested, y, x) is nested


@pytest.mark.parametrize("show", [unicode, latex])
def test_what_is_too_deep_to_read_is_printed_with_dots(show) -> None:
    assert len(show(deep(x, 3000))) < 20_000
    assert ("…" if show is unicode else r"\dots") in show(deep(x, 3000))
    assert "dots" not in latex(deep(x, 50))
