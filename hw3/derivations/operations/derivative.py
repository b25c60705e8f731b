"""Derivatives: gradients, Jacobians, Hessians, at a point."""

from __future__ import annotations

from typing import Any

from hw3.derivations.calculus.differential import differentiate, substituted
from hw3.derivations.calculus.meaning import Meaning, symbol_head
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, abstract, make, substitute
from hw3.derivations.language.printing import BIG, Printer
from hw3.derivations.language.sizes import Shape, Size, axes, show_shape


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
        before, smooth_before = set(m.obligations), set(m.smooth)
        poly = m(body, at[:n])
        needed = {c: m.obligations.pop(c) for c in list(m.obligations) if c not in before}
        needed |= {c: m.smooth[c] for c in m.smooth if c not in smooth_before}
        for (kind, _), argument in needed.items():
            # What the body needs, to be defined and to be smooth, is needed at the point.
            moved = substitute(argument, v, point)
            m.obligations.setdefault(m.condition(kind, moved), moved)
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
    """d body / d wrt, at wrt itself or at another point of its shape.

    `wrt` is a symbol, or an abbreviation: that is cut out of the body and moves freely.

    Raises:
        ShapeError: it is neither, or the point has another shape.
    """
    if wrt.operation.name not in ("symbol", "abbreviation"):
        raise ShapeError(f"a derivative by {wrt}: only a symbol or a named expression is differentiated by")
    point = wrt if at is None else at
    if point.shape != wrt.shape:
        raise ShapeError(f"a derivative by {show_shape(wrt.shape)} at {show_shape(point.shape)}")
    name = wrt.data[0]
    return make(DERIVATIVE, (point, abstract(body, wrt)), name if isinstance(name, str) else name.hint)
