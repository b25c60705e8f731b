"""Draws at which rows span eigenspaces and scalars lie between bounds."""

from __future__ import annotations

import numpy as np

from hw3.derivations.autoencoder import best, pca
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.operations import matrix, product
from hw3.verify.numeric.conditions import satisfied
from hw3.verify.numeric.draws import draws


def test_an_orthogonal_matrix_of_eigenvectors_in_two_parts() -> None:
    found = draws([pca.W, pca.V], pca.SPECTRUM)
    assert len(found) == 6
    for draw in found:
        assert all(satisfied(f, draw) for f in pca.SPECTRUM)
    orders = {tuple(np.argsort(-np.concatenate([d.values[pca.KEPT], d.values[pca.LEFT_OUT]]))) for d in found}
    assert any(order != tuple(sorted(order)) for order in orders), "not the leading ones alone"


def test_the_leading_ones_where_an_order_is_given() -> None:
    for draw in draws([pca.W], best.GIVEN):
        kept, left_out, kappa = (draw.values[e] for e in (pca.KEPT, pca.LEFT_OUT, best.KAPPA))
        assert kept.min() >= kappa >= left_out.max()


def test_a_symmetric_matrix_on_an_eigenspace_is_not_diagonal() -> None:
    found = draws([pca.W], (pca.ORTHONORMAL, pca.INVARIANT))
    assert any(np.abs(d.values[pca.D] - np.diag(np.diag(d.values[pca.D]))).max() > 0.01 for d in found)


def test_more_rows_than_there_are_eigenvectors() -> None:
    a, c = matrix("A", 4, 3), matrix("C", 3, 3, "symmetric")
    d = matrix("D", 4, 4, "symmetric")
    assert not draws([a], (Fact("equation", product(a, c), product(d, a)),))
