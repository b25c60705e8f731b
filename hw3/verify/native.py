"""Layers by torch's own functions, where the meaning of an expression is exactly what one of them computes.

    W * x + b                       conv2d with a bias
    maxpool(a) and unpool_a(d)      one max_pool2d, whose choices the unpooling reads
    d o a o (1 - a)                 sigmoid_backward
    log softmax(z)                  log_softmax

and the adjoints of a convolution. No autograd is used: these are kernels that autograd calls too. What has no
such form is left to the general rules. A plan holds for tensors without batch axes of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from hw3.derivations.language.expression import Expr
from hw3.derivations.operations.convolution import Geometry
from hw3.verify.geometry import check_windows
from hw3.verify.numeric.tensors import RULES, Frame

aten = torch.ops.aten
Choice = tuple[str, Expr, Any]  # the choices of a max pooling: which array, which windows
Wanted = Expr | Choice
Known = dict[Any, Any]


@dataclass(frozen=True)
class Step:
    """`compute` makes what is `wanted` from `parts`; with none, it is left to who runs the plan."""

    wanted: Wanted
    compute: Callable[..., Any] | None = None
    parts: tuple[Wanted, ...] = ()


@dataclass
class Plan:
    """The steps to the values of some expressions, in order, each once."""

    frame: Frame
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def of(cls, expressions: Sequence[Expr], frame: Frame) -> Plan:
        """The plan at these sizes.

        Raises:
            Invalid: windows do not fit.
        """
        plan, done = cls(frame), set[Wanted]()
        stack: list[tuple[Wanted, Step | None]] = [(e, None) for e in reversed(expressions)]
        while stack:
            wanted, step = stack.pop()
            if step is not None:
                plan.steps.append(step)
            elif wanted not in done:
                done.add(wanted)
                step = _step(wanted, frame)
                stack.append((wanted, step))
                stack.extend((part, None) for part in reversed(step.parts))
        return plan

    def run(self, known: Known, otherwise: Callable[[Expr], Tensor]) -> None:
        """Fills in the values; `otherwise` computes what is left to it."""
        for step in self.steps:
            wanted = step.wanted
            if wanted in known:
                continue
            if step.compute is None:
                assert isinstance(wanted, Expr)
                known[wanted] = otherwise(wanted)
            else:
                known[wanted] = step.compute(*[known[part] for part in step.parts])


Builder = Callable[[Expr, Frame], Step | None]
BUILDERS: dict[str, Builder] = {}


def builder(name: str) -> Callable[[Builder], Builder]:
    def register(function: Builder) -> Builder:
        BUILDERS[name] = function
        return function

    return register


def _step(wanted: Wanted, frame: Frame) -> Step:
    if not isinstance(wanted, Expr):
        return _choose(wanted, frame)
    name = wanted.operation.name
    found = BUILDERS[name](wanted, frame) if name in BUILDERS else None
    if found is not None:
        return found
    if name in RULES and not wanted.loose and not wanted.operation.binds and name not in LEFT:
        return Step(wanted, partial(RULES[name], wanted, frame), wanted.args)
    return Step(wanted)


# Symbols are given; a product chooses its own order, and what a sum binds is known inside it only.
LEFT = {"symbol", "product", "power", "sum", "add"}


def meant(node: Expr) -> Expr:
    """What a name stands for."""
    while node.operation.name == "abbreviation":
        node = node.args[0]
    return node


@builder("abbreviation")
def _named(node: Expr, frame: Frame) -> Step:
    return Step(node, lambda value: value, node.args)


# --- sums and products ----------------------------------------------------------------------------------


@builder("add")
def _added(node: Expr, frame: Frame) -> Step | None:
    convolved = _with_bias(node, frame)
    if convolved is not None:
        return convolved
    signs = tuple(-1 if a.operation.name == "negative" else 1 for a in node.args)
    if signs[0] < 0 or len({a.shape for a in node.args}) > 1:
        return None
    parts = tuple(a if s > 0 else a.args[0] for a, s in zip(node.args, signs, strict=True))
    if len(parts) == 2:
        return Step(node, torch.add if signs[1] > 0 else torch.sub, parts)

    def total(first: Tensor, *others: Tensor) -> Tensor:
        for sign, other in zip(signs[1:], others, strict=True):
            first = first + other if sign > 0 else first - other
        return first

    return Step(node, total, parts)


@builder("hadamard")
def _multiplied(node: Expr, frame: Frame) -> Step | None:
    """d o a o (1 - a), as in the adjoint of the sigmoid."""
    args = node.args
    for k, slope in enumerate(args):
        for j, a in enumerate(args):
            if j == k or not _is_one_minus(slope, a):
                continue
            rest = [b for i, b in enumerate(args) if i not in (j, k)]
            if len(rest) == 1 and rest[0].shape == a.shape:
                return Step(node, aten.sigmoid_backward, (rest[0], a))
    return None


def _is_one_minus(e: Expr, a: Expr) -> bool:
    e = meant(e)
    if e.operation.name != "add" or len(e.args) != 2 or e.args[1].operation.name != "negative":
        return False
    one, minus = e.args
    ones = (one.operation.name == "filled" and one.data[0] == 1) or (one.operation.name == "number" and one.data == 1)
    return ones and one.shape == a.shape and meant(minus.args[0]) is meant(a)


@builder("apply")
def _applied(node: Expr, frame: Frame) -> Step | None:
    inside = meant(node.args[0])
    if node.data[0] == "log" and inside.operation.name == "softmax":
        return Step(node, partial(F.log_softmax, dim=-1), inside.args)
    plain = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "exp": torch.exp, "log": torch.log, "relu": torch.relu}
    return Step(node, plain[node.data[0]], node.args) if node.data[0] in plain else None


# --- convolution ----------------------------------------------------------------------------------------


def _numbers(g: Geometry, frame: Frame) -> dict[str, int]:
    return {
        "stride": frame.size(g.stride), "padding": frame.size(g.padding), "dilation": frame.size(g.dilation)
    }  # fmt: skip


def _with_bias(node: Expr, frame: Frame) -> Step | None:
    """W * x + b, with b spread along the channels."""
    if len(node.args) != 2:
        return None
    for first, second in (node.args, node.args[::-1]):
        spread = second.operation.name == "broadcast" and second.data[1] == len(node.shape) - 3
        if first.operation.name == "conv" and spread:
            check_windows(first, frame.sizes)
            given = _numbers(first.data[0], frame)

            def convolved(x: Tensor, w: Tensor, b: Tensor, given: dict[str, int] = given) -> Tensor:
                return F.conv2d(x, w, b.reshape(-1), **given)

            return Step(node, convolved, (*first.args, second.args[0]))
    return None


@builder("conv")
def _convolved(node: Expr, frame: Frame) -> Step:
    check_windows(node, frame.sizes)
    return Step(node, partial(F.conv2d, **_numbers(node.data[0], frame)), node.args)


@builder("conv_input")
def _convolved_input(node: Expr, frame: Frame) -> Step:
    return _backward(node, frame, (True, False, False))


@builder("conv_kernel")
def _convolved_kernel(node: Expr, frame: Frame) -> Step:
    return _backward(node, frame, (False, True, False))


def _backward(node: Expr, frame: Frame, mask: tuple[bool, bool, bool]) -> Step:
    """The adjoint in the input, or in the kernel: of the other one, the shape alone is asked."""
    check_windows(node, frame.sizes)
    own, rank = frame.extent(node.shape), len(node.args[0].shape)
    geometry = [[n, n] for n in _numbers(node.data[0], frame).values()]
    which = mask.index(True)

    def adjoint(delta: Tensor, other: Tensor) -> Tensor:
        wanted = delta.new_empty(1).expand(own if which == 1 or rank == 4 else (1, *own))
        cotangent = delta if rank == 4 else delta.unsqueeze(0)
        image, kernel = (wanted, other) if which == 0 else (other if rank == 4 else other.unsqueeze(0), wanted)
        return aten.convolution_backward(cotangent, image, kernel, None, *geometry, False, [0, 0], 1, mask)[
            which
        ].reshape(own)

    return Step(node, adjoint, node.args)


# --- pooling --------------------------------------------------------------------------------------------


@builder("maxpool")
def _pooled(node: Expr, frame: Frame) -> Step | None:
    if not _fills(node, node.args[0], frame):
        return None
    return Step(node, lambda chosen: chosen[0], (("choice", meant(node.args[0]), node.data),))


@builder("maxunpool")
def _unpooled(node: Expr, frame: Frame) -> Step | None:
    delta, a = node.args
    if not _fills(node, a, frame):
        return None
    width, stride = _window(node.data, frame)
    given = ([width, width], [stride, stride], [0, 0], [1, 1], False)

    def unpooled(cotangent: Tensor, array: Tensor, chosen: tuple[Tensor, Tensor]) -> Tensor:
        return aten.max_pool2d_with_indices_backward(cotangent, array, *given, chosen[1])

    return Step(node, unpooled, (delta, a, ("choice", meant(a), node.data)))


def _choose(wanted: Choice, frame: Frame) -> Step:
    _, a, data = wanted
    width, stride = _window(data, frame)
    return Step(wanted, lambda array: aten.max_pool2d_with_indices(array, [width, width], [stride, stride]), (a,))


def _window(data: Any, frame: Frame) -> tuple[int, int]:
    return frame.size(data[0].width), frame.size(data[0].stride)


def _fills(node: Expr, a: Expr, frame: Frame) -> bool:
    """Whether the windows are as many as fit, as torch has them, on images with channels."""
    check_windows(node, frame.sizes)
    width, stride = _window(node.data, frame)
    fits = tuple((n - width) // stride + 1 for n in frame.extent(a.shape[-2:]))
    return len(a.shape) in (3, 4) and fits == frame.extent(node.data[1:])
