"""How much was added to get a value: the running bound against which a rounding error is judged.

The magnitude M of a node is such that its rounding error is of the order of 1e-16 M, also where the value
itself cancels to 0: a sum adds magnitudes, a product of matrices multiplies them as |A| |B|, one of entries and
a convolution have |A| M(B) + M(A) |B|, and f(x) has |f(x)| + |f'(x)| M(x). A rule takes (node, frame, result,
values, magnitudes) and returns a nonnegative
tensor of the result's shape.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric.tensors import RULES, Frame

Values = tuple[Tensor, ...]
Magnitude = Callable[[Expr, Frame, Tensor, Values, Values], Tensor]

# Linear in each argument: an error in one of them is as large as the operation on it and the others' absolute
# values. In a deep chain these say far less than the product of all magnitudes.
LINEAR_IN_EACH = {"hadamard", "conv", "conv_input", "conv_kernel", "dense", "dense_input", "dense_kernel", "kron"}

# An entry or a part of the first argument, at places that the others say.
PICKED = {"entry", "sample", "shifted_entry"}
# Numbers that are made of indices have no rounding error.
EXACT = {"coincide", "less", "index_value"}

# Where no sign can cancel, the magnitude is the operation itself on the arguments' magnitudes.
MONOTONE = {
    "number", "size", "constant", "identity", "filled", "position", "abbreviation", "add", "product",
    "transpose", "trace", "diag", "diagonal", "norm", "stack", "blockdiag",
    "reindex", "maxpool", "avgpool", "avgunpool", "broadcast", "sum_axes",
    "vec", "block",
}  # fmt: skip


def magnitude(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    """The magnitude of a node from those of its arguments; nothing in it is differentiated."""
    name = node.operation.name
    with torch.no_grad():
        if name in EXACT:
            return result.detach()
        if name in PICKED:
            return RULES[name](node, frame, magnitudes[0], *values[1:])
        if name == "maxunpool":
            return RULES[name](node, frame, magnitudes[0], values[1])
        if name in LINEAR_IN_EACH:
            plain = [v.detach().abs() for v in values]
            parts = ([*plain[:k], m, *plain[k + 1 :]] for k, m in enumerate(magnitudes))
            return torch.stack(torch.broadcast_tensors(*(RULES[name](node, frame, *part) for part in parts))).sum(0)
        if name in MONOTONE:
            return RULES[name](node, frame, *magnitudes).abs()
        return _OTHERS[name](node, frame, result.detach(), tuple(v.detach() for v in values), magnitudes)


def _negative(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return magnitudes[0]


def _quotient(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    s = values[1]
    return RULES["quotient"](node, frame, magnitudes[0], s * s / magnitudes[1])


def _sloped(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    """|f(x)| + |f'(x)| M(x), the slope by autograd."""
    with torch.enable_grad():
        x = values[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(RULES[node.operation.name](node, frame, x).sum(), x)
    return result.abs() + slope.abs() * magnitudes[0]


def _power(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    if node.shape or (node.data.denominator == 1 and node.data >= 0):
        return RULES["power"](node, frame, magnitudes[0])
    return _sloped(node, frame, result, values, magnitudes)


def _inverse(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return result.abs() @ magnitudes[0] @ result.abs()


def _det(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return torch.linalg.vector_norm(magnitudes[0], dim=-1).prod(-1)  # Hadamard's bound


def _logdet(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return logdet_magnitude(torch.linalg.inv(values[0]), result, magnitudes[0])


def logdet_magnitude(inverse: Tensor, logdet: Tensor, magnitude: Tensor) -> Tensor:
    """|log det A| + sum |A^-T| o M."""
    return logdet.abs() + (inverse.abs().mT * magnitude).sum((-2, -1))


def _cholesky(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    inverse = torch.linalg.inv(result).abs()
    return result.abs() @ (inverse @ magnitudes[0] @ inverse.mT).tril()


def _eigenvalues(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return torch.linalg.matrix_norm(magnitudes[0]).unsqueeze(-1).expand(result.shape)  # Weyl's bound


def _softmax(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return result * (1 + magnitudes[0] + (result * magnitudes[0]).sum(-1, keepdim=True))


def _logsumexp(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return result.abs() + (torch.softmax(values[0], -1) * magnitudes[0]).sum(-1)


def _extremum(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    return torch.maximum(*torch.broadcast_tensors(*magnitudes))


def _maximum_of(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    rank = len(node.args[0].shape)
    return magnitudes[0].amax(tuple(range(-rank, 0))) if rank else magnitudes[0]


def _matrix_exponential(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    """The norm of e^M (1 + M): every entry's error is as large as the whole."""
    size = torch.linalg.matrix_norm(magnitudes[0])[..., None, None]
    return (size.exp() * (1 + size)).expand(result.shape)


def _matrix_sqrt(node: Expr, frame: Frame, result: Tensor, values: Values, magnitudes: Values) -> Tensor:
    """The root's derivative is at most 1 / (2 sqrt(least eigenvalue))."""
    least = torch.linalg.eigvalsh(values[0])[..., 0].sqrt()
    size = torch.linalg.matrix_norm(magnitudes[0]) / least + torch.linalg.matrix_norm(result)
    return size[..., None, None].expand(result.shape)


_OTHERS: dict[str, Magnitude] = {
    "negative": _negative,
    "quotient": _quotient,
    "power": _power,
    "apply": _sloped,
    "inverse": _inverse,
    "det": _det,
    "logdet": _logdet,
    "cholesky": _cholesky,
    "eigenvalues": _eigenvalues,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "extremum": _extremum,
    "maximum_of": _maximum_of,
    "matrix_exponential": _matrix_exponential,
    "matrix_sqrt": _matrix_sqrt,
}
