"""Where an operation is defined, judged on numbers: outside, or within 1e-8 of the border, nothing counts.

Nearness is relative to the magnitude of what was added, so that a matrix that cancelled to noise is singular
however well conditioned the noise is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric.draw import Invalid, NotSymmetric
from hw3.verify.numeric.tensors import Frame
from hw3.verify.numeric.tensors.images import choice_margin

NEAR = 1e-8


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor (batch axes, then the node's own) and its magnitude, which broadcast together."""

    value: Tensor
    magnitude: Tensor


def _all(condition: Tensor, message: str) -> None:
    if not bool(condition.all()):
        raise Invalid(message)


def positive(x: Value) -> None:
    """x > 0, and not by rounding."""
    _all(x.value > NEAR * x.magnitude, "a number that must be positive is not")


def nonnegative(x: Value) -> None:
    """x >= 0, up to rounding."""
    _all(x.value >= -1e-12 * x.magnitude, "a number that must not be negative is")


def nonzero(x: Value) -> None:
    """x /= 0, and not by rounding."""
    _all(x.value.abs() > NEAR * x.magnitude, "a number that must not be 0 is")


def invertible(a: Value) -> None:
    """The least singular value is not small against the whole."""
    least = torch.linalg.svdvals(a.value)[..., -1]
    _all(least > NEAR * torch.linalg.matrix_norm(a.magnitude), "a matrix that must be invertible is singular")


def symmetric(a: Value) -> None:
    """A = A^T up to rounding."""
    if not bool(((a.value - a.value.mT).abs() <= 1e-10 * (a.magnitude + a.magnitude.mT)).all()):
        raise NotSymmetric("a matrix that must be symmetric is not")


def positive_definite(a: Value) -> None:
    """Symmetric, with eigenvalues that are positive and not small against the whole."""
    symmetric(a)
    least = torch.linalg.eigvalsh(a.value)[..., 0]
    norm = torch.linalg.matrix_norm(a.magnitude)
    _all(least > NEAR * norm, "a matrix that must be positive definite is not")


def untied(pooling: Expr, frame: Frame, a: Value) -> None:
    """The greatest entry of each window is above the others, and not by rounding."""
    size = a.magnitude.amax((-2, -1), keepdim=True)
    _all(choice_margin(pooling, frame, a.value) > NEAR * size, "two entries of a window that must not tie do")


CONDITIONS: dict[str, Callable[[Value], None]] = {
    "positive": positive,
    "nonnegative": nonnegative,
    "nonzero": nonzero,
    "invertible": invertible,
    "symmetric": symmetric,
    "positive_definite": positive_definite,
}
_OPERATIONS = {
    "inverse": invertible,
    "logdet": invertible,
    "cholesky": positive_definite,
    "eigenvalues": symmetric,
    "matrix_sqrt": positive_definite,
}
# A root has no derivative at 0, a ramp and |x| none at their kinks, and a step and a sign no value.
_FUNCTIONS = {
    "log": positive, "reciprocal": nonzero, "sqrt": positive, "relu": nonzero, "step": nonzero, "abs": nonzero,
    "sign": nonzero,
}  # fmt: skip


def check(node: Expr, frame: Frame, *arguments: Value) -> None:
    """Whether the node is defined at its arguments; where it is differentiated, whether it is smooth there.

    Raises:
        Invalid: it is not, or nearly not.
    """
    name = node.operation.name
    with torch.no_grad():
        x = Value(arguments[0].value.detach(), arguments[0].magnitude) if arguments else None
        if x is None:
            return
        smooth = arguments[0].value.requires_grad
        if name == "maxunpool" or (name == "maxpool" and smooth):
            array = arguments[-1]
            untied(node, frame, Value(array.value.detach(), array.magnitude))
        elif name == "apply" and node.data[0] in ("relu", "abs") and not smooth:
            return  # it has a value at its kink
        elif name in ("extremum", "maximum_of"):
            _apart(node, arguments)
        elif name == "apply" and node.data[0] == "tan":
            nonzero(Value(x.value.cos(), 1 + x.magnitude))
        elif name in _OPERATIONS:
            _OPERATIONS[name](x)
        elif name == "quotient":
            nonzero(Value(arguments[1].value.detach(), arguments[1].magnitude))
        elif name == "power" and not node.shape:
            _power(node, x)
        elif name == "apply" and node.data[0] in _FUNCTIONS:
            _FUNCTIONS[node.data[0]](x)
        elif name == "apply" and node.data[0] == "xmlog1p":
            positive(Value(1 + x.value, 1 + x.magnitude))


def _apart(node: Expr, arguments: tuple[Value, ...]) -> None:
    """Where the greater of two is differentiated, they are not equal; the greatest entry is above the next one."""
    if not any(a.value.requires_grad for a in arguments):
        return
    if len(arguments) == 2:
        a, b = arguments
        nonzero(Value(a.value.detach() - b.value.detach(), a.magnitude + b.magnitude))
    elif rank := len(node.args[0].shape):
        entries = arguments[0].value.detach().flatten(-rank)
        size = arguments[0].magnitude.flatten(-rank).amax(-1)
        if entries.shape[-1] > 1:
            two = entries.topk(2, -1, largest=node.data == "max").values
            nonzero(Value(two[..., 0] - two[..., 1], size))


def _power(node: Expr, x: Value) -> None:
    if node.data.denominator != 1:
        positive(x)  # 0 has a root, without a derivative
    elif node.data < 0:
        nonzero(x)


def finite(node: Expr, value: Tensor) -> None:
    """No nan and no infinity.

    Raises:
        Invalid: there is one.
    """
    if value.is_floating_point() and not bool(torch.isfinite(value.detach()).all()):
        raise Invalid(f"{node.operation.name} overflows or is undefined")
