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
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.operations.convolution import Geometry
from hw3.verify.geometry import check_windows
from hw3.verify.numeric.tensors import RULES, Frame

aten = torch.ops.aten
Extra = tuple[str, Expr, Any]  # what several nodes read: a pooling's choices, all that a convolution's adjoint gives
Wanted = Expr | Extra


@dataclass(frozen=True)
class Step:
    """`compute` makes what is `wanted` from `parts`. With none, it is the value of its one part, or (if there is
    none) left to who runs the plan."""

    wanted: Wanted
    compute: Callable[..., Any] | None = None
    parts: tuple[Wanted, ...] = ()


class Plan:
    """How the values of some expressions come about at given sizes: steps in order, each once.

    A step is (where its value goes, what computes it, where its parts are), on a list of values.
    """

    def __init__(self, expressions: Sequence[Expr], arguments: Sequence[Expr], frame: Frame) -> None:
        """Raises Invalid if windows do not fit."""
        self.frame = frame
        self.adjoints = Adjoints(expressions)
        self._slots: dict[Wanted, int] = {a: k for k, a in enumerate(arguments)}
        self._steps: list[tuple[Any, ...]] = []
        self._constants: list[Any] = [None] * len(arguments)
        self._targets = set(expressions)
        stack: list[tuple[Wanted, Step | None]] = [(e, None) for e in reversed(expressions)]
        while stack:
            wanted, step = stack.pop()
            if step is not None:
                self._append(step)
            elif wanted not in self._slots:
                self._slots[wanted] = -1
                step = self._step(wanted)
                stack.append((wanted, step))
                stack.extend((part, None) for part in reversed(step.parts))
        self._results = [self._slots[e] for e in expressions]
        self._release()

    def _append(self, step: Step) -> None:
        if step.compute is None and step.parts:  # a name, for a value that there is
            self._slots[step.wanted] = self._slots[step.parts[0]]
            return
        where = self._slots[step.wanted] = len(self._constants)
        constant = not step.parts and step.compute is not None and step.wanted not in self._targets
        with torch.inference_mode(False):  # what is kept must serve calls that are differentiated, too
            self._constants.append(step.compute() if constant and step.compute is not None else None)
        if not constant:
            self._steps.append((where, step.compute, [self._slots[part] for part in step.parts], step.wanted))

    def _release(self) -> None:
        """Lets each step forget what no later one reads: for large batches, memory is time."""
        kept = {*self._results, *(k for k, value in enumerate(self._constants) if value is not None)}
        if any(compute is None for _, compute, _, _ in self._steps):
            return  # who computes the rest may read anything
        for n in reversed(range(len(self._steps))):
            where, compute, parts, wanted = self._steps[n]
            gone = [k for k in dict.fromkeys((where, *parts)) if k not in kept]
            kept.update(gone)
            self._steps[n] = where, compute, parts, wanted, gone

    def _step(self, wanted: Wanted) -> Step:
        if not isinstance(wanted, Expr):
            return EXTRA[wanted[0]](wanted, self)
        name = wanted.operation.name
        found = BUILDERS[name](wanted, self) if name in BUILDERS else None
        if found is not None:
            return found
        if name in RULES and not wanted.loose and not wanted.operation.binds and name not in LEFT:
            return Step(wanted, partial(RULES[name], wanted, self.frame), wanted.args)
        return Step(wanted)

    def __call__(self, tensors: Sequence[Tensor], otherwise: Callable[[dict[Expr, Tensor], Expr], Tensor]) -> list[Any]:
        """The values of the expressions; `otherwise` computes what is left to it, from what is known."""
        values = self._constants.copy()
        values[: len(tensors)] = tensors
        for where, compute, parts, wanted, *gone in self._steps:
            if compute is None:
                known = {e: values[k] for e, k in self._slots.items() if isinstance(e, Expr) and values[k] is not None}
                values[where] = otherwise(known, wanted)
            else:
                values[where] = compute(*[values[k] for k in parts])
            for k in gone[0] if gone else ():
                values[k] = None
        return [values[k] for k in self._results]


class Adjoints:
    """The adjoints of convolutions in a calculation, and which of them one call of torch's gives together."""

    def __init__(self, expressions: Sequence[Expr]) -> None:
        nodes = list(dict.fromkeys(n for e in expressions for n in walk(e)))
        self.convolutions = [n for n in nodes if n.operation.name == "conv"]
        self.wanted: dict[tuple[Expr, Expr], set[int]] = {}  # (cotangent, convolution): input 0, kernel 1, bias 2
        for node in nodes:
            if node.operation.name in ("conv_input", "conv_kernel"):
                conv = self.of(node)
                if conv is not None:
                    which = 0 if node.operation.name == "conv_input" else 1
                    self.wanted.setdefault((meant(node.args[0]), conv), set()).add(which)
        for node in nodes:
            key = self.bias(node)
            if key is not None:
                self.wanted[key].add(2)

    def of(self, node: Expr) -> Expr | None:
        """The convolution that the node is an adjoint of."""
        delta, other = node.args
        which = 1 if node.operation.name == "conv_input" else 0  # the argument that both have
        for conv in self.convolutions:
            same = conv.data == (node.data[0], *delta.shape[-2:]) and meant(conv.args[which]) is meant(other)
            if same and conv.args[1 - which].shape == node.shape:
                return conv
        return None

    def bias(self, node: Expr) -> tuple[Expr, Expr] | None:
        """The cotangent and the convolution whose bias the node is the gradient in."""
        if node.operation.name != "sum_axes" or node.data != len(node.args[0].shape) - 3:
            return None
        delta = meant(node.args[0])
        return next((key for key in self.wanted if key[0] is delta and key[1].shape == delta.shape), None)


Builder = Callable[[Expr, Plan], Step | None]
BUILDERS: dict[str, Builder] = {}


def builder(name: str) -> Callable[[Builder], Builder]:
    def register(function: Builder) -> Builder:
        BUILDERS[name] = function
        return function

    return register


# Symbols are given; a product chooses its own order, and what a sum binds is known inside it only.
LEFT = {"symbol", "product", "power", "sum", "add"}


def meant(node: Expr) -> Expr:
    """What a name stands for."""
    while node.operation.name == "abbreviation":
        node = node.args[0]
    return node


@builder("abbreviation")
def _named(node: Expr, plan: Plan) -> Step:
    return Step(node, None, node.args)


# --- sums and products ----------------------------------------------------------------------------------


@builder("add")
def _added(node: Expr, plan: Plan) -> Step | None:
    convolved = _with_bias(node, plan)
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
def _multiplied(node: Expr, plan: Plan) -> Step | None:
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
def _applied(node: Expr, plan: Plan) -> Step | None:
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


def _with_bias(node: Expr, plan: Plan) -> Step | None:
    """W * x + b, with b spread along the channels."""
    if len(node.args) != 2:
        return None
    for first, second in (node.args, node.args[::-1]):
        spread = second.operation.name == "broadcast" and second.data[1] == len(node.shape) - 3
        if first.operation.name == "conv" and spread:
            check_windows(first, plan.frame.sizes)
            given = _numbers(first.data[0], plan.frame)

            def convolved(x: Tensor, w: Tensor, b: Tensor, given: dict[str, int] = given) -> Tensor:
                return F.conv2d(x, w, b.reshape(-1), **given)

            return Step(node, convolved, (*first.args, second.args[0]))
    return None


@builder("conv")
def _convolved(node: Expr, plan: Plan) -> Step:
    check_windows(node, plan.frame.sizes)
    return Step(node, partial(F.conv2d, **_numbers(node.data[0], plan.frame)), node.args)


@builder("conv_input")
def _convolved_input(node: Expr, plan: Plan) -> Step | None:
    return _adjoint(node, plan, 0)


@builder("conv_kernel")
def _convolved_kernel(node: Expr, plan: Plan) -> Step | None:
    return _adjoint(node, plan, 1)


@builder("sum_axes")
def _summed(node: Expr, plan: Plan) -> Step | None:
    key = plan.adjoints.bias(node)
    if key is None or len(node.args[0].shape) != 4:
        return None
    own = plan.frame.extent(node.shape)
    return Step(node, lambda together: together[2].reshape(own), (("adjoint", *key),))


def _adjoint(node: Expr, plan: Plan, which: int) -> Step | None:
    """The adjoint of a convolution in its input (0) or its kernel (1)."""
    conv = plan.adjoints.of(node)
    check_windows(node, plan.frame.sizes)
    if conv is None or len(node.args[0].shape) != 4:
        return None
    return Step(node, lambda together: together[which], (("adjoint", meant(node.args[0]), conv),))


def _together(wanted: Extra, plan: Plan) -> Step:
    """All that is asked of one convolution's adjoint: in the input, the kernel, the bias."""
    _, delta, conv = wanted
    mask = [k in plan.adjoints.wanted[delta, conv] for k in range(3)]
    biases = [plan.frame.size(conv.shape[-3])] if mask[2] else None
    geometry = [[n, n] for n in _numbers(conv.data[0], plan.frame).values()]

    def adjoint(cotangent: Tensor, image: Tensor, kernel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return aten.convolution_backward(cotangent, image, kernel, biases, *geometry, False, [0, 0], 1, mask)

    return Step(wanted, adjoint, (delta, *conv.args))


# --- pooling --------------------------------------------------------------------------------------------


@builder("maxpool")
def _pooled(node: Expr, plan: Plan) -> Step | None:
    if not _fills(node, node.args[0], plan.frame):
        return None
    return Step(node, lambda chosen: chosen[0], (("choice", meant(node.args[0]), node.data),))


@builder("maxunpool")
def _unpooled(node: Expr, plan: Plan) -> Step | None:
    delta, a = node.args
    if not _fills(node, a, plan.frame):
        return None
    width, stride = _window(node.data, plan.frame)
    given = ([width, width], [stride, stride], [0, 0], [1, 1], False)

    def unpooled(cotangent: Tensor, array: Tensor, chosen: tuple[Tensor, Tensor]) -> Tensor:
        return aten.max_pool2d_with_indices_backward(cotangent, array, *given, chosen[1])

    return Step(node, unpooled, (delta, a, ("choice", meant(a), node.data)))


MANY = 20_000  # entries, from which on it pays to move them


def _choose(wanted: Extra, plan: Plan) -> Step:
    _, a, data = wanted
    width, stride = _window(data, plan.frame)

    def choose(array: Tensor) -> tuple[Tensor, Tensor]:
        # With the channels last torch compares them at once: on a core, ten times as fast for a large batch.
        if array.ndim == 4 and array.numel() > MANY:
            array = array.contiguous(memory_format=torch.channels_last)
        greatest, places = aten.max_pool2d_with_indices(array, [width, width], [stride, stride])
        return greatest.contiguous(), places.contiguous()

    return Step(wanted, choose, (a,))


def _window(data: Any, frame: Frame) -> tuple[int, int]:
    return frame.size(data[0].width), frame.size(data[0].stride)


def _fills(node: Expr, a: Expr, frame: Frame) -> bool:
    """Whether the windows are as many as fit, as torch has them, on images with channels."""
    check_windows(node, frame.sizes)
    width, stride = _window(node.data, frame)
    fits = tuple((n - width) // stride + 1 for n in frame.extent(a.shape[-2:]))
    return len(a.shape) in (3, 4) and fits == frame.extent(node.data[1:])


EXTRA: dict[str, Callable[[Extra, Plan], Step]] = {"choice": _choose, "adjoint": _together}
