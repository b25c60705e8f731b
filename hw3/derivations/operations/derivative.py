"""Derivatives: gradients, Jacobians, Hessians, at a point."""

from __future__ import annotations

from typing import Any

from hw3.derivations.calculus.atoms import differentiate, substituted
from hw3.derivations.calculus.meaning import Meaning, symbol_head
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, abstract, make, substitute
from hw3.derivations.language.printing import BIG, Printer
from hw3.derivations.language.sizes import Shape, Size, axes


class Derivative(Operation):
    """d body / d v at v = point; args are the point and the body; data is the hint for v.

    The derivative of a scalar has the shape of v; of a vector by a vector it is the Jacobian, rows = outputs;
    in general the body's axes come first, then v's. v is a free variable of its shape: what is assumed of
    the point (that it is symmetric, say) holds at the point and not along the way.
    """

    name = "derivative"
    binds = 1
    tightness = BIG

    def variable(self, args: tuple[Expr, ...], data: Any) -> Shape | Size:
        return args[0].shape

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        point, body = args
        if not body.shape or not point.shape:
            return body.shape or point.shape
        return axes(body.shape) + axes(point.shape)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        point = node.args[0]
        body, v = m.opened(node)
        n = len(axes(body.shape))
        before = set(m.obligations)
        poly = m(body, at[:n])
        for condition in [c for c in m.obligations if c not in before]:
            # What the body needs is needed at the point: these conditions hold near where they hold.
            argument = m.obligations.pop(condition)
            moved = substitute(argument, v, point)
            m.obligations.setdefault((condition[0], m.key(moved)), moved)
        derivative = differentiate(poly, symbol_head(v), at[n:])
        return substituted(derivative, symbol_head(v), lambda i: m(point, i))

    def show(self, node: Expr, p: Printer) -> str:
        point, body = node.args
        shown = p(point)
        plain = point.operation.name in ("symbol", "abbreviation") and p.name(node.data) == shown
        # d f / d x at x is written without its point, unless the body has an x that is held fixed.
        name = shown if plain and p.fresh_name(node.data, body) == shown else p.fresh_name(node.data, body, point)
        with p.binding(name):
            inner = p(body, BIG)
            if p.latex:
                short = len(inner) < 40 and "frac" not in inner
                text = rf"\frac{{\partial {inner}}}{{\partial {name}}}"
                if not short:
                    text = rf"\frac{{\partial}}{{\partial {name}}} {p(body, BIG + 1)}"
                return text if name == shown else rf"\left. {text} \right|_{{{name} = {shown}}}"
            text = f"∂{inner}/∂{name}" if len(inner) < 4 else f"∂/∂{name} {p(body, BIG + 1)}"
            return text if name == shown else f"({text} at {name} = {shown})"


DERIVATIVE = Derivative()


def derivative(body: Expr, wrt: Expr, at: Expr | None = None) -> Expr:
    """d body / d wrt, at wrt itself or at another point.

    `wrt` is a symbol, or any other part of the body (an abbreviation, say): what is differentiated by is cut
    out of the body and moves freely.
    """
    name = wrt.data[0] if wrt.operation.name in ("symbol", "abbreviation") else "u"
    return make(DERIVATIVE, (wrt if at is None else at, abstract(body, wrt)), name)
