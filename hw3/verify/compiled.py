"""An expression as a torch function: the formula that was proved is the formula that runs.

    compile_torch(HALF * ones(k).T @ (mu o mu + expm1mx(l)), (mu, l))      (..., k), (..., k) -> (...)

What is computed is the tree as written, with three exceptions that only gain speed or accuracy: 1^T v is a
sum, the inverse of a Cholesky factor times a matrix is a triangular solve, and A - B is one subtraction. Without
batch axes, layers go by torch's own functions (`hw3.verify.native`).
Arguments may have batch axes on the left, which broadcast; the dtype and the device are theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.sizes import Shape, shape_of, show_shape
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.verify.native import Plan
from hw3.verify.numeric.draw import NotEvaluable, free_indices, innermost, leaves, name_of
from hw3.verify.numeric.tensors import RULES, Frame
from hw3.verify.numeric.tensors.arithmetic import as_matrix, multiplied, scaled


@dataclass(frozen=True)
class Together:
    """A function of tensors to the values of several `expressions`, whose common parts are computed once;
    `arguments` are the symbols in call order."""

    expressions: tuple[Expr, ...]
    arguments: tuple[Expr, ...]
    functions: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The expressions' values, with the broadcast of the arguments' batch axes on the left.

        Args:
            tensors: for each argument a floating tensor (..., *own), where own is the argument's shape.

        Raises:
            ValueError: a tensor does not fit its argument's shape; the message names both.
        """
        if len(tensors) != len(self.arguments):
            raise ValueError(f"{len(tensors)} tensors for {len(self.arguments)} arguments: {self.signature}")
        key = (*[t.shape for t in tensors], tensors[0].dtype, tensors[0].device)
        plan = self._plans.get(key)
        if plan is not None:
            return tuple(plan(tensors, lambda known, node: _Run(plan.frame, known, 0)(node)))
        sizes, levels = _fitted(self.arguments, tuple(tuple(t.shape) for t in tensors))
        frame = Frame(sizes, self.functions, tensors[0].dtype, tensors[0].device)
        if not levels:
            if len(self._plans) >= 256:  # as many as `_fitted` keeps
                self._plans.clear()
            self._plans[key] = Plan(self.expressions, self.arguments, frame)
            return self(*tensors)
        values = dict(zip(self.arguments, tensors, strict=True))
        return tuple(map(_Run(frame, values, levels), self.expressions))

    @cached_property
    def _plans(self) -> dict[tuple[Hashable, ...], Plan]:
        return {}

    @property
    def signature(self) -> str:
        """Names and shapes in call order."""
        return ", ".join(f"{name_of(a)}: {show_shape(a.shape)}" for a in self.arguments)


@dataclass(frozen=True)
class Compiled:
    """A function of tensors. `expression` is what it computes, `arguments` the symbols in call order."""

    expression: Expr
    arguments: tuple[Expr, ...]
    functions: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *tensors: Tensor) -> Tensor:
        """The expression's value; see `Together`."""
        return self._together(*tensors)[0]

    @cached_property
    def _together(self) -> Together:
        return Together((self.expression,), self.arguments, self.functions)

    @property
    def signature(self) -> str:
        """Names and shapes in call order."""
        return self._together.signature


def compile_torch(expression: Expr, arguments: Sequence[Expr], functions: dict[str, Any] | None = None) -> Compiled:
    """The function of `arguments` (symbols) that the expression is.

    `functions` gives generic functions their meaning, by name: objects with `at(tensor, order)`.

    Raises:
        NotEvaluable: the expression has a symbol or an index that is no argument, a function that is not
            given, or an operation that is only evaluated at draws (a derivative, an expectation).
    """
    compile_together((expression,), arguments, functions)
    return Compiled(expression, tuple(arguments), functions or {})


def compile_together(
    expressions: Sequence[Expr], arguments: Sequence[Expr], functions: dict[str, Any] | None = None
) -> Together:
    """The function of `arguments` to the values of several expressions; as `compile_torch`."""
    given = functions or {}
    for node in leaves(expressions, "symbol"):
        if node not in arguments:
            raise NotEvaluable(f"{name_of(node)} is neither an argument nor bound")
    for node in free_indices(*expressions):
        raise NotEvaluable(f"the index {name_of(node)} is free")
    for node in (n for e in expressions for n in walk(e)):
        name = node.operation.name
        if name not in RULES and name not in ("symbol", "bound", "sum", "array_of", "product_over"):
            raise NotEvaluable(f"{name} is not compiled: write it out")
        if name == "apply" and node.data[0] not in FUNCTIONS and node.data[0] not in given:
            raise NotEvaluable(f"the function {node.data[0]} is generic: give it in functions")
    return Together(tuple(expressions), tuple(arguments), given)


@lru_cache(maxsize=256)  # a training loop calls with the same shapes again and again
def _fitted(arguments: tuple[Expr, ...], shapes: tuple[tuple[int, ...], ...]) -> tuple[dict[str, int], int]:
    """What the sizes are, and how many batch axes there are, for tensors of these shapes."""
    sizes: dict[str, int] = {}
    for argument, shape in zip(arguments, shapes, strict=True):
        _learn(argument, shape, sizes)
    for argument, shape in zip(arguments, shapes, strict=True):
        _fit(argument, shape, sizes)
    return sizes, max((len(s) - len(a.shape) for a, s in zip(arguments, shapes, strict=True)), default=0)


def _learn(argument: Expr, shape: tuple[int, ...], sizes: dict[str, int]) -> None:
    """The sizes that an argument's axes are names of."""
    if len(shape) < len(argument.shape):
        raise ValueError(f"{name_of(argument)} is {show_shape(argument.shape)}, which no tensor of shape {shape} is")
    for size, n in zip(reversed(argument.shape), reversed(shape), strict=False):
        if len(size.names) == 1 and str(size) == size.names[0]:
            sizes.setdefault(size.names[0], n)


def _fit(argument: Expr, shape: tuple[int, ...], sizes: dict[str, int]) -> None:
    own = shape[len(shape) - len(argument.shape) :]
    missing = {name for s in argument.shape for name in s.names} - sizes.keys()
    if missing:
        raise ValueError(f"the size {sorted(missing)[0]} is an axis of no argument")
    wanted = tuple(s.value(sizes) for s in argument.shape)
    if own != wanted:
        raise ValueError(
            f"{name_of(argument)} is {show_shape(argument.shape)}, here {wanted}: not the last axes of {shape}"
        )


class _Run:
    """One call: values of nodes, each computed once within the bindings that it depends on."""

    def __init__(self, frame: Frame, values: dict[Expr, Tensor], levels: int) -> None:
        self.frame, self.levels = frame, levels
        self.bound: list[Tensor] = []
        self.known: list[dict[Expr, Tensor]] = [values]

    def __call__(self, node: Expr) -> Tensor:
        known = self.known[innermost(node, len(self.bound)) if self.bound else 0]
        if node not in known:
            special = _SPECIAL.get(node.operation.name)
            known[node] = (
                special(self, node)
                if special is not None
                else RULES[node.operation.name](node, self.frame, *map(self, node.args))
            )
        return known[node]

    def variable(self, node: Expr) -> Tensor:
        return self.bound[-1 - node.data[0]]

    def sum(self, node: Expr) -> Tensor:
        """A sum over an index, which is a new leftmost batch axis."""
        n, rank = self.frame.size(node.data[1]), len(node.shape)
        body = self._along(node, n)
        return body.sum(0) if body.ndim - rank == self.levels + 1 else body * n

    def product_over(self, node: Expr) -> Tensor:
        """A product over an index, likewise."""
        n = self.frame.size(node.data[1])
        body = self._along(node, n)
        return body.prod(0) if body.ndim == self.levels + 1 else body**n

    def array_of(self, node: Expr) -> Tensor:
        """The body at every index: its batch axis becomes the first of the array's own."""
        n, rank = self.frame.size(node.data[1]), len(node.args[0].shape)
        body = self._along(node, n)
        has = body.ndim - rank == self.levels + 1
        body = body.movedim(0, self.levels) if has else body.unsqueeze(body.ndim - rank)
        batch, own = body.shape[: body.ndim - rank - 1], body.shape[body.ndim - rank :]
        return body.expand(*batch, n, *own).reshape(*batch, *self.frame.extent(node.shape))

    def _along(self, node: Expr, n: int) -> Tensor:
        """A binder's body along the index, where it depends on it a new leftmost batch axis."""
        self.bound.append(torch.arange(n, device=self.frame.device).reshape((n,) + (1,) * self.levels))
        self.known.append({})
        self.levels += 1
        try:
            body: Tensor = self(node.args[0])
        finally:
            self.levels -= 1
            self.known.pop()
            self.bound.pop()
        return body

    def add(self, node: Expr) -> Tensor:
        total = self(node.args[0])
        for term in node.args[1:]:
            if term.operation.name == "negative":
                total = total - self(term.args[0])
            else:
                total = total + self(term)
        return total

    def power(self, node: Expr) -> Tensor:
        base = node.args[0]
        if base.operation.name == "norm" and node.data == 2:  # without the root, which has a kink at 0
            inside, rank = self(base.args[0]), len(base.args[0].shape)
            return (inside * inside).sum(tuple(range(-rank, 0))) if rank else inside * inside
        return RULES["power"](node, self.frame, self(base))

    def product(self, node: Expr) -> Tensor:
        """Scalars last; 1^T and L^-1 act on the factor that follows them, L^-1 on one that precedes it too."""
        scale: Tensor | float | None = None
        done: Tensor | None = None
        shape: Shape = ()
        pending: list[Expr] = []
        last = next((arg for arg in reversed(node.args) if arg.shape), None)
        for arg in node.args:
            if not arg.shape:
                factor = float(arg.data) if arg.operation.name == "number" else self(arg)
                scale = factor if scale is None else scale * factor
            elif done is not None and (solver := triangular(arg)) is not None and len(shape) == 2:
                done = self._solve(solver, done, left=False)
            elif done is None and arg is not last and (sums(arg) or triangular(arg) is not None):
                pending.append(arg)
            else:
                value, own = self(arg), arg.shape
                while pending:
                    value, own = self._acted(pending.pop(), value, own)
                done, shape = (value, own) if done is None else multiplied(done, shape, value, own)
        if scale is None:
            assert done is not None
            return done
        if done is None:
            return self.frame.number(scale) if isinstance(scale, float) else scale
        return done * scale if isinstance(scale, float) else scaled(done, scale, len(shape))

    def _acted(self, operator: Expr, value: Tensor, own: Shape) -> tuple[Tensor, Shape]:
        """1^T or L^-1 on a column or a matrix."""
        solver = triangular(operator)
        if solver is None:
            return (value.sum(-1), ()) if len(own) == 1 else (value.sum(-2, keepdim=True), shape_of(1, own[1]))
        solved = self._solve(solver, as_matrix(value, own), left=True)
        return solved if len(own) == 2 else solved.squeeze(-1), own

    def _solve(self, solver: tuple[Expr, bool], value: Tensor, left: bool) -> Tensor:
        factor, transposed = self(solver[0]), solver[1]
        matrix = factor.mT if transposed else factor
        return torch.linalg.solve_triangular(matrix, value, upper=transposed, left=left)


def sums(node: Expr) -> bool:
    """Whether a node is 1^T."""
    inner = node.args[0] if node.operation.name == "transpose" else node
    return node is not inner and inner.operation.name == "filled" and inner.data[0] == 1 and len(inner.shape) == 1


def triangular(node: Expr) -> tuple[Expr, bool] | None:
    """The Cholesky factor L that a node is the inverse of, and whether of L^T."""
    node = _meant(node)
    if node.operation.name == "transpose":
        inner = triangular(node.args[0])
        return None if inner is None else (inner[0], not inner[1])
    if node.operation.name != "inverse":
        return None
    of = _meant(node.args[0])
    transposed = of.operation.name == "transpose"
    factor = _meant(of.args[0]) if transposed else of
    return (factor, transposed) if factor.operation.name == "cholesky" else None


def _meant(node: Expr) -> Expr:
    while node.operation.name == "abbreviation":
        node = node.args[0]
    return node


_SPECIAL: dict[str, Callable[[_Run, Expr], Tensor]] = {
    "bound": _Run.variable,
    "sum": _Run.sum,
    "array_of": _Run.array_of,
    "product_over": _Run.product_over,
    "add": _Run.add,
    "power": _Run.power,
    "product": _Run.product,
}
