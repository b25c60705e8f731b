"""Rows that span eigenspaces, A C = M A for orthonormal rows A, and eigenvectors, C u = m u, met by construction.

C is evaluated at the draw; the rows of A become eigenvectors of it, and M, which is a symmetric symbol or
diag(v) of one, the matrix that C is on them. Several such equations about one C share its eigenvectors out; those
about single ones may also have the same. An eigenvector keeps the length that was drawn. A C that is any matrix gets
the eigenvector that was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.numeric.conditions import Fact
from hw3.verify.numeric.draw import Array, Draw, Invalid, NotEvaluable
from hw3.verify.numeric.evaluate import evaluate


def on_eigenspaces(draw: Draw, given: Sequence[Fact]) -> Draw | None:
    """The draw with the rows and their values moved; None where there are more rows than eigenvectors.

    The greatest eigenvalues go first where something is said of order, else they are shared out at random.
    """
    equations = [e for f in given if f.rhs is not None and (e := _eigen_equation(f.lhs, f.rhs)) is not None]
    ordered = any(f.rhs is None and f.kind in ("positive", "nonnegative") for f in given)
    g = np.random.default_rng([draw.seed, 2])
    for c in dict.fromkeys(c for _, c, _ in equations):
        try:
            value = evaluate(c, draw).value.numpy()
        except (Invalid, NotEvaluable):
            return None
        values, vectors = np.linalg.eigh((value + value.T) / 2)
        order = np.arange(len(values))[::-1] if ordered else g.permutation(len(values))
        shared: Any = None  # the eigenvalue that nobody said was another one
        for rows, at, m in equations:
            if at is not c:
                continue
            if len(rows.shape) == 1 and not np.allclose(value, value.T):
                draw = _with_eigenvector(draw, rows, c, m)
                continue
            count = 1 if len(rows.shape) == 1 else draw.extent(rows.shape)[0]
            if len(rows.shape) == 1 and shared is not None and not ordered and g.random() < 0.5:
                mine = shared
            else:
                mine, order = order[:count], order[count:]
            if len(mine) < count:
                return None
            if len(rows.shape) == 1:
                shared = mine
                vector = vectors[:, mine[0]] * np.linalg.norm(draw.values[rows])
                draw = replace(draw, values={**draw.values, rows: vector, m: np.array(values[mine[0]])})
                continue
            turn = _rotation(g, count) if m.operation.name == "symbol" else np.eye(count)
            moved = {rows: turn @ vectors[:, mine].T, **_as_values(m, turn, values[mine])}
            draw = replace(draw, values={**draw.values, **moved})
    return draw


def _eigen_equation(left: Expr, right: Expr) -> tuple[Expr, Expr, Expr] | None:
    """(A, C, M) of an equation A C = M A, if it is one."""
    if not all(e.operation.name == "product" and len(e.args) == 2 for e in (left, right)):
        return None
    (a, c), (m, again) = left.args, right.args
    if c is again and len(c.shape) == 1 and not m.shape and len(a.shape) == 2:  # C u = m u
        symbols = c.operation.name == m.operation.name == "symbol"
        return (c, a, m) if symbols and all(n not in (c, m) for n in walk(a)) else None
    of = m.args[0] if m.operation.name == "diag" else m
    free = all(n not in (a, of) for n in walk(c))
    fits = a is again and a.operation.name == of.operation.name == "symbol" and free and c.shape == c.shape[::-1]
    return (a, c, m) if fits else None


def _with_eigenvector(draw: Draw, u: Expr, c: Expr, m: Expr) -> Draw:
    """The draw with C + (m u - C u) u' / (u' u) for a C that is a symbol."""
    if c not in draw.values:
        return draw
    value, vector = draw.values[c], draw.values[u]
    missing = draw.values[m] * vector - value @ vector
    return replace(draw, values={**draw.values, c: value + np.outer(missing, vector) / (vector @ vector)})


def _as_values(m: Expr, turn: Array, values: Array) -> dict[Expr, Array]:
    if m.operation.name == "diag":
        return {m.args[0]: values}
    matrix = turn @ np.diag(values) @ turn.T
    return {m: (matrix + matrix.T) / 2}


def _rotation(g: np.random.Generator, n: int) -> Array:
    q, r = np.linalg.qr(g.normal(size=(n, n)))
    return np.asarray(q * np.sign(np.diag(r)))
