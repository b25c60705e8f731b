"""Leaves, sums, products, powers and functions on tensors with batch axes on the left."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Shape, Size, shape_of
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.verify.numeric.tensors.rules import Frame, rule
from hw3.verify.special import expm1mx, xmlog1p


@rule("number")
def _number(node: Expr, frame: Frame) -> Tensor:
    return frame.number(float(node.data))


@rule("size")
def _size(node: Expr, frame: Frame) -> Tensor:
    return frame.number(float(frame.size(node.data)))


@rule("constant")
def _constant(node: Expr, frame: Frame) -> Tensor:
    return frame.number({"pi": torch.pi}[node.data])


@rule("identity")
def _identity(node: Expr, frame: Frame) -> Tensor:
    if not node.shape:
        return frame.number(1.0)
    return torch.eye(frame.size(node.data), dtype=frame.dtype, device=frame.device)


@rule("filled")
def _filled(node: Expr, frame: Frame) -> Tensor:
    value = float(node.data[0])
    return torch.full(frame.extent(node.shape), value, dtype=frame.dtype, device=frame.device)


@rule("position")
def _position(node: Expr, frame: Frame) -> Tensor:
    return torch.tensor(node.data[0], device=frame.device)


@rule("abbreviation")
def _abbreviation(node: Expr, frame: Frame, value: Tensor) -> Tensor:
    return value


@rule("add")
def _add(node: Expr, frame: Frame, *terms: Tensor) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


@rule("negative")
def _negative(node: Expr, frame: Frame, a: Tensor) -> Tensor:
    return -a


@rule("hadamard")
def _hadamard(node: Expr, frame: Frame, *factors: Tensor) -> Tensor:
    total = factors[0]
    for factor in factors[1:]:
        total = total * factor
    return total


def scaled(a: Tensor, scalar: Tensor, rank: int) -> Tensor:
    """A batch of scalars times a batch of tensors that have `rank` axes of their own."""
    return a * scalar.reshape(scalar.shape + (1,) * rank)


def as_matrix(a: Tensor, shape: Shape) -> Tensor:
    """A column as a matrix of one column."""
    return a.unsqueeze(-1) if len(shape) == 1 else a


def multiplied(a: Tensor, left: Shape, b: Tensor, right: Shape) -> tuple[Tensor, Shape]:
    """The product of two factors, and its shape."""
    if not left or not right:
        product = scaled(b, a, len(right)) if not left else scaled(a, b, len(left))
        return product, left or right
    product = as_matrix(a, left) @ as_matrix(b, right)
    columns = right[1] if len(right) == 2 else Size.of(1)
    return trimmed(product, left[0], columns), shape_of(left[0], columns)


def trimmed(product: Tensor, rows: Size, columns: Size) -> Tensor:
    """A matrix as the shape that the language gives it: one column is a column, 1 x 1 a scalar."""
    own = len(shape_of(rows, columns))
    return product if own == 2 else product.squeeze(-1) if own == 1 else product.squeeze(-1).squeeze(-1)


@rule("product")
def _product(node: Expr, frame: Frame, *factors: Tensor) -> Tensor:
    done, shape = factors[0], node.args[0].shape
    for arg, factor in zip(node.args[1:], factors[1:], strict=True):
        done, shape = multiplied(done, shape, factor, arg.shape)
    return done


@rule("quotient")
def _quotient(node: Expr, frame: Frame, a: Tensor, s: Tensor) -> Tensor:
    return a / s.reshape(s.shape + (1,) * len(node.shape))


@rule("power")
def _power(node: Expr, frame: Frame, base: Tensor) -> Tensor:
    if node.shape:
        return torch.linalg.matrix_power(base, int(node.data))
    if node.data.denominator == 1:
        return base ** int(node.data)
    return base.sqrt() if node.data == Fraction(1, 2) else base ** float(node.data)


KNOWN: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "log": torch.log,
    "expm1mx": expm1mx,
    "xmlog1p": xmlog1p,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "sin": torch.sin,
    "cos": torch.cos,
    "relu": torch.relu,
    "step": lambda x: x.sign().clamp(min=0),
    "reciprocal": torch.reciprocal,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sign": torch.sign,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tan": torch.tan,
    "arctan": torch.arctan,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "erf": torch.erf,
}


@rule("apply")
def _apply(node: Expr, frame: Frame, x: Tensor) -> Tensor:
    name, order = node.data
    return KNOWN[name](x) if name in FUNCTIONS else frame.functions[name].at(x, order)
