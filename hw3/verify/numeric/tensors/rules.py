"""What every operation computes, on torch tensors: one rule for each, by the operation's name.

A tensor is its node's own axes, literal ones included, behind batch axes on the left that broadcast. A rule
takes (node, frame, tensor of each argument) and returns the node's tensor; it checks nothing. Leaves that
have values, laws and what binds a variable are the evaluator's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Shape, Size
from hw3.verify.numeric.smooth import Smooth


@dataclass(frozen=True)
class Frame:
    """What rules need beside their arguments: sizes, generic functions, and where numbers are to live."""

    sizes: Mapping[str, int]
    functions: Mapping[str, Smooth]
    dtype: torch.dtype = torch.float64
    device: torch.device | None = None

    def size(self, n: Size) -> int:
        return n.value(self.sizes)

    def extent(self, shape: Shape) -> tuple[int, ...]:
        return tuple(self.size(n) for n in shape)

    def number(self, value: float) -> Tensor:
        return torch.full((), value, dtype=self.dtype, device=self.device)


Rule = Callable[..., Tensor]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Registers the rule of an operation."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


def batch_of(tensor: Tensor, node: Expr) -> tuple[int, ...]:
    """The batch axes of the node's tensor."""
    return tuple(tensor.shape[: tensor.ndim - len(node.shape)])
