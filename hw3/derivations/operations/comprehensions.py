"""Binders of an index beside the sum: the array of a body's values, and their product."""

from __future__ import annotations

from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.differential import NoMeaning
from hw3.derivations.calculus.heads import positive
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr, Operation, ShapeError, abstract, instantiate, make
from hw3.derivations.language.printing import BIG, Printer, subscript
from hw3.derivations.language.sizes import ONE, Shape, Size
from hw3.derivations.operations.leaves import position
from hw3.derivations.operations.positions import trimmed

LONGEST = 6  # a product of more factors than these is not multiplied out


class ArrayOf(Operation):
    """The array of a body's values at every index: [i, ...] = body_i[...]; data is (hint, size)."""

    name = "array_of"
    binds = 1

    def variable(self, args: tuple[Expr, ...], data: Any) -> Size:
        return data[1]

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return trimmed((data[1], *args[0].shape))

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        if node.data[1] is ONE:
            return m(instantiate(node.args[0], position(0, ONE)), at)
        body, i = m.opened(node)
        return m(body, at[1:]).renamed({m.index(i): at[0]})

    def show(self, node: Expr, p: Printer) -> str:
        hint, n = node.data
        with p.binding(p.fresh_name(hint, node.args[0])) as i:
            body = p(node.args[0])
            if p.latex:
                return rf"\left({body}\right)_{{{i}=1}}^{{{n}}}"
            return f"({body}){subscript(i)}"


class ProductOver(Operation):
    """The product of a scalar over an index; data is (hint, size)."""

    name = "product_over"
    binds = 1
    tightness = BIG

    def variable(self, args: tuple[Expr, ...], data: Any) -> Size:
        return data[1]

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if args[0].shape:
            raise ShapeError("a product over an index is one of scalars")
        return ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        """Multiplied out if it is short; of positive factors, e to the sum of their logarithms."""
        n = node.data[1]
        if n.is_literal and n.literal <= LONGEST:
            total = P.UNITY
            for k in range(n.literal):
                total = total * m(instantiate(node.args[0], position(k, n)))
            return total
        body, i = m.opened(node)
        poly = m(body)
        if not positive(poly):
            raise NoMeaning("a product over an index")
        return atoms.exp(atoms.log(poly).summed(m.index(i)))

    def show(self, node: Expr, p: Printer) -> str:
        hint, n = node.data
        with p.binding(p.fresh_name(hint, node.args[0])) as i:
            body = p(node.args[0], BIG)
            if p.latex:
                return rf"\prod_{{{i}=1}}^{{{n}}} {body}"
            return f"∏{subscript(i)} {body}"


ARRAY_OF, PRODUCT_OVER = ArrayOf(), ProductOver()


def _bound(operation: Operation, i: Expr, body: Expr, what: str) -> Expr:
    if i.operation.name != "index":
        raise ShapeError(f"{what} over {i}: it runs over an index")
    name, n = i.data
    return make(operation, (abstract(body, i),), (name if isinstance(name, str) else name.hint, n))


def array_of(i: Expr, body: Expr) -> Expr:
    """The array whose entry (or part) at i is `body`; nested, array_of(i, array_of(j, a_ij)) is a matrix."""
    return _bound(ARRAY_OF, i, body, "an array")


def product_over(i: Expr, body: Expr) -> Expr:
    """The product of the scalar `body` over the index `i`."""
    return _bound(PRODUCT_OVER, i, body, "a product")
