"""Derivatives by autograd at a free leaf: d body / d v at v = point, the body's axes first, then v's.

The leaf is a copy of the point that nothing else refers to, so that what is assumed of the point (that it is
symmetric, say) holds there and not along the way. With batch axes about it the leaf has a copy for each
batch element, and one backward pass gives a row of all their Jacobians.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr, walk
from hw3.verify.numeric.domain import Value
from hw3.verify.numeric.draw import Invalid, NotEvaluable, NotSymmetric, references

if TYPE_CHECKING:
    from hw3.verify.numeric.evaluate import Evaluation

_SYMMETRIC_ONLY = {"cholesky", "eigenvalues", "matrix_sqrt", "expectation", "kl"}


def jacobian(evaluation: Evaluation, node: Expr, batch: tuple[int, ...]) -> Value:
    """The derivative node's value, for every element of the batch that it can depend on.

    Raises:
        NotEvaluable: a Cholesky factor, a spectrum or a law of a matrix that leaves the symmetric ones.
    """
    point, body = node.args
    if 0 not in references(body):
        evaluation.unreached[node] = None
    at, rank, extent = evaluation(point), len(point.shape), evaluation.frame.extent
    own, out = extent(point.shape), extent(body.shape)
    leaf = at.value.expand(batch + own).clone()
    if not leaf.requires_grad:
        leaf.requires_grad_()
    if any(n.loose and n.operation.name in _SYMMETRIC_ONLY for n in walk(body)):
        _stay_symmetric(evaluation, body, leaf, at.magnitude, rank)
    evaluation.nested += 1
    try:
        with evaluation.binding(Value(leaf, at.magnitude.expand(leaf.shape)), rank):
            found = evaluation(body)
    finally:
        evaluation.nested -= 1
    flat = found.value.expand(batch + out).reshape(*batch, -1)
    rows = [_gradient(flat[..., k].sum(), leaf, evaluation.nested > 0) for k in range(flat.shape[-1])]
    shape = batch + extent(node.shape)
    value = torch.stack(rows, len(batch)).reshape(shape)
    with torch.no_grad():
        # The noise in a derivative is that of what was added in the body: values are of the order of 1.
        added = found.magnitude.expand(batch + out).reshape(*batch, -1, *[1] * rank)
        size = torch.stack(rows, len(batch)).abs() + added
    return Value(value, size.expand(*batch, flat.shape[-1], *own).reshape(shape))


def _gradient(scalar: Tensor, leaf: Tensor, again: bool) -> Tensor:
    if not scalar.requires_grad:
        return torch.zeros_like(leaf)
    (found,) = torch.autograd.grad(scalar, leaf, retain_graph=True, create_graph=again, allow_unused=True)
    return torch.zeros_like(leaf) if found is None else found


def _stay_symmetric(evaluation: Evaluation, body: Expr, leaf: Tensor, size: Tensor, rank: int) -> None:
    """Whether what must be symmetric is so when the leaf moves freely."""
    noise = torch.rand(leaf.shape, dtype=leaf.dtype, generator=torch.Generator().manual_seed(0))
    moved = leaf.detach() + 1e-5 * leaf.detach().abs() * noise + 1e-6 * noise
    before, evaluation.moving = evaluation.moving, True
    try:
        with evaluation.binding(Value(moved, size.expand(leaf.shape)), rank):
            evaluation(body)
    except NotSymmetric as error:
        raise NotEvaluable("a derivative through a matrix that must stay symmetric, and need not") from error
    except Invalid:
        pass
    finally:
        evaluation.moving = before
