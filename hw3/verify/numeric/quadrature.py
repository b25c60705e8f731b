"""Nodes and weights for expectations under a standard normal law in k dimensions.

degree <= 3        the 2k points +-sqrt(k) e_i, each with weight 1 / (2k): exact
any other degree d the tensor Gauss-Hermite rule with d // 2 + 1 nodes an axis: exact
not a polynomial   tensor Gauss-Hermite of two orders, which must agree, up to k = 4, and if there may be poles, of
                   the higher order once more with its nodes moved: E f(z) = E f(z + d) exp(-d z - d^2 / 2)

Nodes that lie symmetrically about a pole cancel it, at every order (E[1/x] seems to be 0 for x ~ N(0, 1)); nodes
that were moved don't, and so what has no expectation is seen to have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from hw3.verify.numeric.draw import NotEvaluable

LARGEST = 400_000  # nodes
Order = Literal["low", "high", "moved"]
ORDERS: tuple[Order, ...] = get_args(Order)
SHIFT = 0.0731  # in each coordinate
# The two orders by dimension; a scalar law has dimension 1.
_ORDERS = {1: (72, 96), 2: (36, 48), 3: (22, 28), 4: (18, 24)}


@dataclass(frozen=True)
class Nodes:
    """Points z of shape (q, k), weights of shape (q,) that sum to 1, and whether the rule is exact."""

    points: Tensor
    weights: Tensor
    exact: bool


@lru_cache(maxsize=64)
def nodes(k: int, degree: int | None, rule: Order = "low") -> Nodes:
    """The rule for an integrand of this degree (None: not a polynomial) in k dimensions.

    Raises:
        NotEvaluable: it would take too many nodes.
    """
    if degree is not None and degree <= 3:
        points = np.sqrt(k) * np.concatenate([np.eye(k), -np.eye(k)])
        return Nodes(torch.from_numpy(points), torch.full((2 * k,), 0.5 / k, dtype=torch.float64), True)
    if degree is None and k not in _ORDERS:
        raise NotEvaluable(f"no quadrature in {k} dimensions for an integrand that is not a polynomial")
    order = degree // 2 + 1 if degree is not None else _ORDERS[k][rule != "low"]
    if order**k > LARGEST:
        raise NotEvaluable(f"a quadrature of degree {degree} in {k} dimensions takes too many nodes")
    axis, weight = np.polynomial.hermite_e.hermegauss(order)
    weight = weight / weight.sum()
    if degree is None and rule == "moved":
        weight = weight * np.exp(-SHIFT * axis - SHIFT**2 / 2)
        axis = axis + SHIFT
    grid = np.stack(np.meshgrid(*[axis] * k, indexing="ij"), -1).reshape(-1, k)
    weights = np.prod(np.meshgrid(*[weight] * k, indexing="ij"), axis=0).reshape(-1)
    return Nodes(torch.from_numpy(grid), torch.from_numpy(weights), degree is not None)
