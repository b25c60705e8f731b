"""Index polynomials in numbers: what the kernel's meaning of an expression is worth at a draw.

The meaning test of an operation compares this with the operation's own evaluation: the two share the
expression and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.special
import torch

from hw3.derivations.calculus.polynomial import CLOSED, HEADS, SIZES, Head, Poly, described
from hw3.verify.numeric.draw import Draw, NotEvaluable

Array = np.ndarray
_KNOWN: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "relu": lambda x: x * (x > 0),
    "step": lambda x: (x > 0).astype(float),
    "arctan": np.arctan,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "erf": scipy.special.erf,
}


def polynomial_value(poly: Poly, at: Sequence[int], draw: Draw) -> Array:
    """The polynomial as an array with an axis for each of the free indices `at`.

    Raises:
        NotEvaluable: it holds an expectation that could not be computed, which has no numbers here.
    """
    shape = tuple(_extent(described(i).size, draw) for i in at)
    total = np.zeros(shape)
    for (factors, sizes), coefficient in poly.terms.items():
        names = {i: k for k, i in enumerate(at)}
        names.update({d: len(at) + d for d in range(len(sizes))})
        operands: list[Any] = [np.ones(()), []]
        for h, power, indices in factors:
            values = _head_value(HEADS[h], draw)
            values, indices = _at_positions(values, indices)
            operands += [np.power(values, float(power)) if power != 1 else values, [names[i] for i in indices]]
        # A sum or an axis without a factor of its own has a factor of ones.
        for k, n in enumerate([*shape, *(_extent(s, draw) for s in sizes)]):
            operands += [np.ones(n), [k]]
        total = total + float(coefficient) * np.einsum(*operands, list(range(len(at))))
    return total


def _at_positions(values: Array, indices: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    """The values with literal positions put in, and the indices that are left."""
    fixed = [described(i).position if i < 0 else None for i in indices]
    chosen = values[tuple(slice(None) if p is None else p for p in fixed)]
    return chosen, tuple(i for i, p in zip(indices, fixed, strict=True) if p is None)


def _extent(size: int, draw: Draw) -> int:
    return SIZES[size].value(draw.sizes)


def _closed_value(number: int, draw: Draw) -> Array:
    """A closed polynomial as an array over its slots."""
    terms, sizes = CLOSED[number]
    poly = Poly(dict(terms))
    slots = {described(i).name[1]: i for i in poly.free() if isinstance(described(i).name, tuple)}
    present = sorted(slots)
    values = polynomial_value(poly, [slots[k] for k in present], draw)
    shape = [_extent(s, draw) for s in sizes]
    spread = values.reshape([shape[k] if k in slots else 1 for k in range(len(sizes))])
    return np.broadcast_to(spread, shape)


def _head_value(head: Head, draw: Draw) -> Array:
    """A head as an array over its indices."""
    rule = _HEADS.get(head.kind)
    if rule is None:
        raise NotEvaluable(f"{head.kind} in an index polynomial has no numbers here")
    return rule(head, draw)


def _symbol(head: Head, draw: Draw) -> Array:
    value = np.asarray(draw.values[head.payload], dtype=float)
    return value.reshape([_extent(s, draw) for s in head.sizes])


def _block(head: Head, draw: Draw) -> Array:
    parts, which = head.payload
    extents = [_extent(s, draw) for s in parts]
    whole = np.zeros((sum(extents), extents[which]))
    whole[sum(extents[:which]) :][: extents[which]] = np.eye(extents[which])
    return whole


def _function(head: Head, draw: Draw) -> Array:
    name, order, number = head.payload
    argument = _closed_value(number, draw)
    if isinstance(name, str):
        return _KNOWN[name](argument)
    return draw.functions[name[1]].at(torch.tensor(argument), order).numpy()


def _matrices(number: int, draw: Draw) -> Array:
    """A matrix that depends on further slots, as a stack of matrices."""
    return np.moveaxis(_closed_value(number, draw), (0, 1), (-2, -1))


def _inverse(head: Head, draw: Draw) -> Array:
    return np.moveaxis(np.linalg.inv(_matrices(head.payload, draw)), (-2, -1), (0, 1))


def _cholesky(head: Head, draw: Draw) -> Array:
    return np.moveaxis(np.linalg.cholesky(_matrices(head.payload, draw)), (-2, -1), (0, 1))


def _eigenvalue(head: Head, draw: Draw) -> Array:
    return np.moveaxis(np.linalg.eigvalsh(_matrices(head.payload, draw)), -1, 0)


def _affine(head: Head, draw: Draw) -> Array:
    coefficients, constant = head.payload
    total = np.full([_extent(s, draw) for s in head.sizes], constant.value(draw.sizes))
    for position, c in zip(np.indices(total.shape), coefficients, strict=True):
        total = total + position * c.value(draw.sizes)
    return (total == 0).astype(float)


def _selection(head: Head, draw: Draw) -> Array:
    window, number = head.payload
    array = _closed_value(number, draw)  # at the two places, then at the further slots
    width, stride = window.width.value(draw.sizes), window.stride.value(draw.sizes)
    chosen = np.zeros([_extent(s, draw) for s in head.sizes])
    for y, z, *rest in np.ndindex(*chosen.shape[:2], *array.shape[2:]):
        top, left = stride * y, stride * z
        inside = array[(slice(top, top + width), slice(left, left + width), *rest)]
        if inside.size:
            i, j = np.unravel_index(int(inside.argmax()), inside.shape)
            chosen[(y, z, top + i, left + j, *rest)] = 1.0
    return chosen


_HEADS: dict[str, Callable[[Head, Draw], Array]] = {
    "delta": lambda h, d: np.eye(_extent(h.payload, d)),
    "block": _block,
    "affine": _affine,
    "order": lambda h, d: np.triu(np.ones((_extent(h.payload, d),) * 2), 1),
    "place": lambda h, d: np.arange(1.0, _extent(h.payload, d) + 1),
    "selection": _selection,
    "symbol": _symbol,
    "size": lambda h, d: np.asarray(float(d.sizes[h.payload])),
    "prime": lambda h, d: np.asarray(float(h.payload)),
    "constant": lambda h, d: np.asarray(math.pi),
    "base": lambda h, d: _closed_value(h.payload, d),
    "exp": lambda h, d: np.exp(_closed_value(h.payload, d)),
    "log": lambda h, d: np.log(_closed_value(h.payload, d)),
    "function": _function,
    "inverse": _inverse,
    "det": lambda h, d: np.linalg.det(_matrices(h.payload, d)),
    "logdet": lambda h, d: np.linalg.slogdet(_matrices(h.payload, d))[1],
    "cholesky": _cholesky,
    "eigenvalue": _eigenvalue,
}
