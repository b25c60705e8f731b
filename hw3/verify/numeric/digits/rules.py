"""What every operation computes, at many digits: one rule for each, by the operation's name.

Values are numpy arrays of mpmath numbers of the shape that the language gives them (of 0 axes for a
scalar). A rule takes (node, frame, array of each argument); it raises Invalid where the operation is
undefined. Nothing here is shared with the evaluation in torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw3.derivations.language.sizes import Shape
from hw3.verify.numeric.smooth import Smooth

Digits = NDArray[np.object_]
Rule = Callable[..., Digits]
RULES: dict[str, Rule] = {}


@dataclass(frozen=True)
class Frame:
    """Sizes, functions, and the mpmath context in which everything is computed."""

    sizes: Mapping[str, int]
    functions: Mapping[str, Smooth]
    mp: Any

    def extent(self, shape: Shape) -> tuple[int, ...]:
        return tuple(n.value(self.sizes) for n in shape)

    def array(self, nested: Any) -> Digits:
        """Numbers as they are, in an array."""
        return np.array(nested, dtype=object)

    def full(self, shape: tuple[int, ...], value: Any) -> Digits:
        result = np.empty(shape, dtype=object)
        result.fill(self.mp.mpf(value))
        return result

    def matrix(self, a: Digits) -> Any:
        return self.mp.matrix(a.tolist())

    def unmatrix(self, m: Any) -> Digits:
        return self.array(m.tolist())


def entries(a: Digits) -> list[Any]:
    """All entries in one list."""
    flat: list[Any] = a.reshape(-1).tolist()
    return flat


def rule(*names: str) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return register
