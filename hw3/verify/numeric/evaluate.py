"""Evaluation of an expression as it is written, in float64: values, and the magnitudes that gave them.

Nothing is simplified and nothing is asked of the calculus: derivatives are autograd's at a free leaf,
expectations are quadrature, a divergence is the expectation of a log ratio of densities. A bound variable is
a batch axis: the sum over the innermost index sums the leftmost axis, so a node that does not depend on it
has no such axis and is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.verify.numeric import gaussian
from hw3.verify.numeric.cost import affordable
from hw3.verify.numeric.degrees import degree
from hw3.verify.numeric.differentiate import jacobian
from hw3.verify.numeric.domain import NEAR, Value, check, finite, positive, positive_definite
from hw3.verify.numeric.draw import Draw, Invalid, NotEvaluable, innermost, references
from hw3.verify.numeric.jumps import without_jumps
from hw3.verify.numeric.kinks import NEGATIVE, POSITIVE, kinks
from hw3.verify.numeric.magnitudes import magnitude
from hw3.verify.numeric.poles import may_have_poles
from hw3.verify.numeric.quadrature import LARGEST, ORDERS, Order, nodes
from hw3.verify.numeric.separable import is_separable
from hw3.verify.numeric.tensors import RULES, Frame

LOST = 1e6  # times the value, beside a pole, what was added is too much to tell


@dataclass(frozen=True, eq=False)
class Evaluated:
    """The value, with an axis for each index asked for and then the expression's own; its magnitude; whether
    an expectation was approximated; the derivatives whose variable does not occur in their body; for each kink
    that was met the sides of it that were (`kinks.POSITIVE`, `kinks.NEGATIVE`)."""

    value: Tensor
    magnitude: Tensor
    approximate: bool = False
    unreached: tuple[Expr, ...] = ()
    sides: Mapping[Expr, int] = field(default_factory=dict)


def evaluate(
    expr: Expr,
    draw: Draw,
    indices: tuple[Expr, ...] = (),
    kept: Kept | None = None,
) -> Evaluated:
    """The value of an expression at a draw; the free `indices` become leading axes of the result.

    With `kept`, a dictionary for this draw, what several expressions share is computed once. What is said besides value
    and magnitude then speaks of all of them.

    Raises:
        Invalid: the draw is outside the domain, or too near its border.
        NotEvaluable: no value could be trusted.
    """
    without_jumps(expr)
    affordable(expr, draw.sizes)
    bent = kinks(expr)

    def by(order: Order) -> Evaluated:
        if kept is None:
            return Evaluation(draw, indices, order, bent).result(expr)
        if (indices, order) not in kept:
            kept[indices, order] = Evaluation(draw, indices, order)
        return kept[indices, order].result(expr)

    first = by(ORDERS[0])
    if not first.approximate:
        return first
    # Nodes that lie symmetrically about a pole would cancel it.
    poles = may_have_poles(expr)
    orders = ORDERS[1:] if poles else ORDERS[1:2]
    high, *moved = map(by, orders)
    if any(bool(((high.value - other.value).abs() > 1e-12 * high.magnitude).any()) for other in (first, *moved)):
        raise NotEvaluable("two quadrature orders do not agree")
    if poles and bool((high.magnitude > LOST * high.value.abs()).any()):
        raise NotEvaluable("an expectation of what may have a pole, of which rounding leaves nothing")
    return high


@dataclass(frozen=True, eq=False)
class _Binding:
    value: Value
    rank: int  # how many axes of its own the variable has


class Evaluation:
    """One evaluation at one draw, by quadratures of one order; the sides of the kinks `bent` are kept."""

    def __init__(
        self,
        draw: Draw,
        indices: tuple[Expr, ...] = (),
        order: Order = ORDERS[0],
        bent: frozenset[Expr] = frozenset(),
    ) -> None:
        self.draw, self.order, self.indices, self.bent = draw, order, indices, bent
        self.sides: dict[Expr, int] = {}
        self.frame = Frame(draw.sizes, draw.functions)
        self.levels = len(indices)  # the batch axes in use: the next one goes to the left of them
        self.nested = 0  # derivatives about this point
        self.moving = False  # whether a leaf is moved off its point
        self.approximate = False
        self.unreached: dict[Expr, None] = {}
        self._bound: list[_Binding] = []
        self._known: list[dict[Expr, Value]] = [{}]  # what is known within each binding
        self._free = {node: self._axis(self.frame.size(node.data[1]), k) for k, node in enumerate(indices)}

    def result(self, expr: Expr) -> Evaluated:
        with torch.enable_grad():
            found = self(expr)
        batch = tuple(self.frame.size(node.data[1]) for node in reversed(self.indices))
        f = len(batch)
        turned = [*reversed(range(f)), *range(f, f + len(expr.shape))]
        own = self.frame.extent(expr.shape)
        value, size = (t.detach().expand(batch + own).permute(turned) for t in (found.value, found.magnitude))
        return Evaluated(value, size, self.approximate, tuple(self.unreached), self.sides)

    def __call__(self, node: Expr) -> Value:
        known = self._known[innermost(node, len(self._bound))]
        if node not in known:
            known[node] = self._evaluated(node)
            finite(node, known[node].value)
        return known[node]

    def _evaluated(self, node: Expr) -> Value:
        name = node.operation.name
        if name in SPECIAL:
            return SPECIAL[name](self, node)
        if name not in RULES:
            raise NotEvaluable(f"{name} has no value of its own")
        arguments = [self(a) for a in node.args]
        if node in self.bent:
            self._met(node, arguments)
        check(node, self.frame, *arguments)
        values = tuple(a.value for a in arguments)
        result = RULES[name](node, self.frame, *values)
        sizes = tuple(a.magnitude for a in arguments)
        return Value(result, magnitude(node, self.frame, result, values, sizes))

    def _met(self, kink: Expr, arguments: list[Value]) -> None:
        """Notes the sides of a kink that are met, beyond rounding."""
        value, size = arguments[0].value.detach(), arguments[0].magnitude
        if kink.operation.name == "extremum":
            value, size = value - arguments[1].value.detach(), size + arguments[1].magnitude
        for side, sign in ((POSITIVE, 1), (NEGATIVE, -1)):
            if bool((sign * value > NEAR * size).any()):
                self.sides[kink] = self.sides.get(kink, 0) | side

    # --- leaves and bound variables ---------------------------------------------------------------------

    def symbol(self, node: Expr) -> Value:
        if node not in self.draw.values:
            raise NotEvaluable(f"{node} has no value")
        value = torch.tensor(self.draw.values[node], dtype=torch.float64)
        return Value(value, value.abs())

    def index(self, node: Expr) -> Value:
        if node in self._free:
            return self._free[node]
        if node not in self.draw.values:
            raise NotEvaluable(f"the index {node} is free")
        position = torch.tensor(int(self.draw.values[node]))
        return Value(position, position)

    def bound(self, node: Expr) -> Value:
        return self._bound[-1 - node.data[0]].value

    @contextmanager
    def binding(self, value: Value, rank: int, levels: int = 0) -> Iterator[None]:
        """Within it, the innermost bound variable has this value, `levels` new batch axes among it."""
        self._bound.append(_Binding(value, rank))
        self._known.append({})
        self.levels += levels
        try:
            yield
        finally:
            self.levels -= levels
            self._bound.pop()
            self._known.pop()

    def _axis(self, n: int, level: int) -> Value:
        if n < 0:
            raise Invalid(f"an axis of {n} entries")
        position = torch.arange(n).reshape(n, *[1] * level)
        return Value(position, position)

    def _batch(self, node: Expr) -> tuple[int, ...]:
        """The batch axes that a node can depend on."""
        shapes: list[tuple[int, ...]] = []
        for r in references(node):
            if isinstance(r, int):
                value, rank = self._bound[-1 - r].value.value, self._bound[-1 - r].rank
                shapes.append(tuple(value.shape[: value.ndim - rank]))
            else:
                shapes.append(tuple(self.index(r).value.shape))
        return tuple(torch.broadcast_shapes(*shapes))

    def collapsed(self, found: Value, rank: int, weights: Tensor) -> Value:
        """The weighted sum over the leftmost batch axis, the one at the present level."""
        return Value(*(self._collapsed(t, rank, weights) for t in (found.value, found.magnitude)))

    def _collapsed(self, t: Tensor, rank: int, weights: Tensor) -> Tensor:
        if t.ndim - rank == self.levels + 1:
            total = (t * weights.reshape(-1, *[1] * (t.ndim - 1))).sum(0)
        else:
            total = t * weights.sum()
        while total.ndim > rank and total.shape[0] == 1:
            total = total.squeeze(0)  # an axis of one is none
        return total

    # --- what binds ---------------------------------------------------------------------------------------

    def sum(self, node: Expr) -> Value:
        n = self.frame.size(node.data[1])
        with self.binding(self._axis(n, self.levels), 0, levels=1):
            body = self(node.args[0])
        return self.collapsed(body, len(node.shape), torch.ones(n, dtype=torch.float64))

    def array_of(self, node: Expr) -> Value:
        """The index is a new leftmost batch axis, which becomes the first of the array's own."""
        n, rank = self.frame.size(node.data[1]), len(node.args[0].shape)
        with self.binding(self._axis(n, self.levels), 0, levels=1):
            body = self(node.args[0])
        return Value(*(self._gathered(t, rank, n, node) for t in (body.value, body.magnitude)))

    def _gathered(self, t: Tensor, rank: int, n: int, node: Expr) -> Tensor:
        if t.ndim - rank == self.levels + 1:
            t = t.movedim(0, self.levels)
        else:
            t = t.unsqueeze(t.ndim - rank)
        batch, own = t.shape[: t.ndim - rank - 1], t.shape[t.ndim - rank :]
        whole = t.expand(*batch, n, *own).reshape(*batch, *self.frame.extent(node.shape))
        while whole.ndim > len(node.shape) and whole.shape[0] == 1:
            whole = whole.squeeze(0)
        return whole

    def product_over(self, node: Expr) -> Value:
        n = self.frame.size(node.data[1])
        with self.binding(self._axis(n, self.levels), 0, levels=1):
            body = self(node.args[0])
        return Value(*(self._multiplied(t, n) for t in (body.value, body.magnitude)))

    def _multiplied(self, t: Tensor, n: int) -> Tensor:
        whole = t.prod(0) if t.ndim == self.levels + 1 else t**n
        while whole.ndim and whole.shape[0] == 1:
            whole = whole.squeeze(0)
        return whole

    def derivative(self, node: Expr) -> Value:
        return jacobian(self, node, self._batch(node))

    def law(self, node: Expr, sampled: bool = False) -> tuple[Value, Value]:
        """Mean and covariance, which must be one; a density extends to covariances off the symmetric ones."""
        mean, covariance = (self(a) for a in node.args)
        bare = covariance.value.detach()
        if node.shape and self.moving and not sampled:
            bare = (bare + bare.mT) / 2
        (positive_definite if node.shape else positive)(Value(bare, covariance.magnitude))
        return mean, covariance

    def logdensity(self, node: Expr) -> Value:
        return gaussian.log_density(self.law(node.args[0]), self(node.args[1]), len(node.args[1].shape))

    def sampled(self, law: Expr, d: int | None, separable: bool = False) -> tuple[Value, Tensor]:
        """The nodes of a law as a batch axis of their own, and the weights. Of what is separable the coordinates are
        moved together."""
        mean, covariance = self.law(law, sampled=True)
        rank = len(law.shape)
        k = self.frame.extent(law.shape)[0] if rank else 1
        rule = nodes(1 if separable else k, d, self.order)
        self.approximate |= not rule.exact
        if len(rule.weights) * max(1, covariance.value.shape[:-2].numel()) > LARGEST:
            raise NotEvaluable("an expectation within sums takes too many nodes")
        return gaussian.spread(mean, covariance, rule.points.expand(-1, k), self.levels, rank), rule.weights

    def expectation(self, node: Expr) -> Value:
        law, body = node.args
        x, weights = self.sampled(law, degree(body), is_separable(law, body))
        with self.binding(x, len(law.shape), levels=1):
            inside = self(body)
        return self.collapsed(inside, len(node.shape), weights)

    def kl(self, node: Expr) -> Value:
        p, q = node.args
        rank = len(p.shape)
        x, weights = self.sampled(p, 2)  # a log ratio of Gaussian densities is quadratic
        a, b = (gaussian.log_density(self.law(law), x, rank) for law in (p, q))
        return self.collapsed(Value(a.value - b.value, a.magnitude + b.magnitude), 0, weights)


# The evaluations at one draw, by free indices and quadrature.
Kept = dict[tuple[tuple[Expr, ...], Order], Evaluation]

SPECIAL: dict[str, Callable[[Evaluation, Expr], Value]] = {
    "symbol": Evaluation.symbol,
    "index": Evaluation.index,
    "bound": Evaluation.bound,
    "sum": Evaluation.sum,
    "array_of": Evaluation.array_of,
    "product_over": Evaluation.product_over,
    "derivative": Evaluation.derivative,
    "logdensity": Evaluation.logdensity,
    "expectation": Evaluation.expectation,
    "kl": Evaluation.kl,
}
