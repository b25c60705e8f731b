r"""A gradient on paper against one in code: `assert_gradient`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from hw3.errors import UserError
from hw3.testing.claims import Side, claimed, define, formula, value_of
from hw3.testing.meant import apart, correction, relation
from hw3.testing.names import Given, Names, taken
from hw3.verify.checking.told import unicode_latex

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}


def assert_gradient(
    loss: Callable[..., Any],
    /,
    *,
    claim: str | Mapping[str, str],
    where: str | Sequence[str] = (),
    tolerance: float | None = None,
    **given: Any,
) -> None:
    r"""Asserts that a gradient as it stands on paper is that of a loss in code.

    The loss is called with those of the tensors that its parameters are named after, and differentiated by autograd.
    The claim is read as `hw3 check` reads it, with the shapes that the tensors have, and evaluated at them in float64.

    >>> g = torch.Generator().manual_seed(0)
    >>> W, x, y = (torch.randn(*n, generator=g, dtype=torch.float64) for n in [(3, 2), (2,), (3,)])
    >>> def loss(W):
    ...     return ((W @ x - y) ** 2).sum()
    >>> assert_gradient(loss, W=W, claim=r"2 (W x - y) x^\top", x=x, y=y)
    >>> assert_gradient(loss, W=W, claim=r"(W x - y) x^\top", x=x, y=y)
    Traceback (most recent call last):
        ...
    AssertionError: the gradient by W is refuted: (W x - y) xᵀ
    <BLANKLINE>
        (W x - y) x^\top
        ^^^^^^^^^^^^^^^^
        left 1.83513..., right 0.91756... in entry (1, 2), where left is autograd's; 6 of 6 entries differ
        off by a factor: it is 1/2 of the gradient
        did you mean 2 (W x - y) xᵀ ?

    Args:
        loss: a function of tensors to a scalar tensor.
        claim: the gradient by the first tensor that is given, in LaTeX: its value, or an equation with it on the left
            (`\nabla_W L = ...`). Or several: {"W": r"...", "b": r"..."}.
        where: definitions that the claim uses, in order: [r"h = a(W x + b)", ...].
        tolerance: of the difference, as a share of what was added; 1e-9, and 1e-4 if a tensor is in float32.
        given: tensors, arrays and numbers; whole numbers, which are sizes too; and functions that work entry by entry
            (`a=torch.tanh`). `x_hat` is \hat{x}, `W1` is W_1, `sigma` is \sigma.

    It looks at one point alone. Draw the tensors at random, of unequal sizes and without symmetry: at W = 0, at equal
    sizes or at a symmetric W a wrong gradient may agree. To have it judged for all sizes, use `hw3.check`.

    Raises:
        AssertionError: the claim does not hold; the message says where, and what was meant.
        UserError: the claim is not read, a name in it is not given, or these tensors tell nothing.
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    values = {name: taken(name, value) for name, value in given.items()}
    claims = {_first(values): claim} if isinstance(claim, str) else dict(claim)
    for name in claims:
        if not isinstance(values.get(name), Tensor):
            raise UserError(f"the gradient is by {name}, which is no tensor that is given: add {name}=...")
    lets = [where] if isinstance(where, str) else list(where)
    nodes = {name: formula(text, "the claim") for name, text in claims.items()}
    names = Names.of(values, [*nodes.values(), *(formula(text, "where") for text in lets)])
    scope = define(names, lets)
    gradients, dtype = _gradients(loss, values, tuple(claims))
    allowed = TOLERANCE.get(dtype, 1e-2) if tolerance is None else tolerance
    for name, text in claims.items():
        for node in claimed(text, nodes[name]):
            side = value_of(names, scope, name, text, node)
            gradient = gradients[name].reshape(names.values[names.variable(name)].shape)
            if told := _failure(names, name, side, gradient, allowed, text):
                raise AssertionError(told)


def _first(values: Mapping[str, Given]) -> str:
    found = next((name for name, value in values.items() if isinstance(value, Tensor)), None)
    if found is None:
        raise UserError("no tensor is given: name the one that the gradient is by first, such as W=W")
    return found


def _gradients(loss: Callable[..., Any], values: Mapping[str, Given], by: Sequence[str]) -> tuple[
    dict[str, Tensor], torch.dtype
]:  # fmt: skip
    """Autograd's gradients in float64, and the dtype that they were computed in, the coarsest that occurs."""
    leaves: dict[str, Tensor] = {}
    for name in by:
        value = values[name]
        assert isinstance(value, Tensor)
        if not value.is_floating_point():
            raise UserError(f"{name} has whole numbers: a gradient is by a floating tensor, such as {name}.double()")
        leaves[name] = value.detach().clone().requires_grad_()
    with torch.enable_grad():
        result = loss(**_arguments(loss, {**values, **leaves}, by))
        if not isinstance(result, Tensor) or result.numel() != 1:
            what = f"a tensor of shape {tuple(result.shape)}" if isinstance(result, Tensor) else type(result).__name__
            raise UserError(f"the loss is {what}: return a scalar tensor")
        if not result.requires_grad:
            raise UserError(
                f"the loss does not depend on {', '.join(by)}: compute it from the tensors it is called with"
            )
        found = torch.autograd.grad(result.reshape(()), [leaves[name] for name in by], allow_unused=True)
    gradients = {
        name: (torch.zeros_like(leaves[name]) if g is None else g).detach().to("cpu", torch.float64)
        for name, g in zip(by, found, strict=True)
    }
    for name, g in gradients.items():
        if not bool(g.isfinite().all()):
            raise UserError(f"the gradient by {name} is not finite here: choose other tensors")
    dtypes = [result.dtype, *(t.dtype for t in leaves.values())]
    return gradients, max(dtypes, key=lambda d: torch.finfo(d).eps)


def _arguments(loss: Callable[..., Any], values: Mapping[str, Any], by: Sequence[str]) -> dict[str, Any]:
    """What the loss is called with: what its parameters are named after."""
    try:
        parameters = inspect.signature(loss).parameters.values()
    except (TypeError, ValueError):
        return {name: values[name] for name in by}
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return dict(values)
    missing = [
        p.name for p in parameters if p.default is p.empty and p.name not in values and p.kind is not p.VAR_POSITIONAL
    ]
    if missing:
        raise UserError(f"the loss takes {missing[0]}, which is not given: add {missing[0]}=...")
    return {p.name: values[p.name] for p in parameters if p.name in values}


def _failure(names: Names, name: str, side: Side, gradient: Tensor, tolerance: float, source: str) -> str:
    """What is wrong with a claim, as `hw3 check` says it; "" if nothing is."""
    says: list[str] = []
    if side.value is None or side.magnitude is None:
        says.append(f"it does not type: {side.conflict}")
    else:
        wrong = apart(gradient, side.value, side.magnitude, tolerance)
        if not bool(wrong.any()):
            if float(side.magnitude.abs().amax()) > 0 and not bool(gradient.any()):
                raise UserError(f"the gradient by {name} is 0 at these tensors, which tells nothing: choose others")
            return ""
        says.append(_worst(gradient, side.value, wrong))
        if how := relation(gradient, side.value, tolerance):
            says.append(how)
    mark = (side.link.right.place, side.link.right.end)
    if (found := correction(names, side, gradient, tolerance, source)) is not None:
        mark = found[0].mark
        says.append(f"did you mean {unicode_latex(found[1])} ?")
    head = f"the gradient by {name} is refuted: {unicode_latex(side.text)}"
    return "\n    ".join([head + "\n", *_marked(source, mark), *says])


def _worst(gradient: Tensor, value: Tensor, wrong: Tensor) -> str:
    """The entry that differs most."""
    difference = (gradient - value).abs()
    if not gradient.ndim:
        return f"left {float(gradient):.10g}, right {float(value):.10g}, where left is autograd's"
    flat = int(difference.argmax())
    place = torch.unravel_index(torch.tensor(flat), gradient.shape)
    told = ", ".join(str(int(k) + 1) for k in place)
    left, right = float(gradient.flatten()[flat]), float(value.flatten()[flat])
    return (
        f"left {left:.10g}, right {right:.10g} in entry ({told}), where left is autograd's; "
        f"{int(wrong.sum())} of {wrong.numel()} entries differ"
    )


def _marked(source: str, mark: tuple[int, int]) -> list[str]:
    """The line of the claim with carets under the part that is wrong."""
    begin = source.rfind("\n", 0, mark[0]) + 1
    end = source.find("\n", begin)
    line = source[begin : end if end >= 0 else None]
    first, last = mark[0] - begin, min(mark[1] - begin, len(line))
    while first < last - 1 and line[first].isspace():
        first += 1
    return [line, " " * first + "^" * max(last - first, 1)]
