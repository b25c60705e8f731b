"""Sizes that are not stated: the n of an I, of a vector of ones, of an index that ranges over something.

A hole is a size with a name that nobody can write. Where two shapes meet that must be one, the hole takes the
size that makes them so; what was built with it is built again.
"""

from __future__ import annotations

from typing import Any

from hw3.derivations.language.expression import Expr, make
from hw3.derivations.language.sizes import ONE, Shape, Size


def is_hole(name: str) -> bool:
    return name.startswith("?")


class Holes:
    """The holes of one document, and what they have been found to be."""

    def __init__(self) -> None:
        self.solved: dict[str, Size] = {}
        self._count = 0
        self._built: dict[Expr, Expr] = {}

    def fresh(self) -> Size:
        self._count += 1
        return Size.symbol(f"?{self._count}")

    def size(self, size: Size) -> Size:
        """The size with what is known put in."""
        if not any(n in self.solved for n in size.names):
            return size
        total = Size.of(0)
        for powers, c in size.terms:
            term = Size.of(c)
            for name, p in powers:
                factor = self.size(self.solved[name]) if name in self.solved else Size.symbol(name)
                for _ in range(p):
                    term = term * factor
            total = total + term
        return total

    def shape(self, shape: Shape) -> Shape:
        return tuple(self.size(s) for s in shape)

    def unify(self, a: Size, b: Size) -> bool:
        """Whether the two sizes are one, or are made one by a hole in them."""
        a, b = self.size(a), self.size(b)
        if a is b:
            return True
        apart = a - b
        for powers, c in apart.terms:
            if len(powers) == 1 and powers[0][1] == 1 and is_hole(powers[0][0]) and abs(c) == 1:
                name = powers[0][0]
                rest = Size({p: -c * d for p, d in apart.terms if p != powers})
                if name in rest.names or rest is ONE or not rest.terms:
                    continue
                self.solved[name] = rest
                self._built.clear()
                return True
        return False

    def unify_shapes(self, a: Shape, b: Shape) -> bool:
        """Whether two shapes are one; none of their holes is filled if they are not."""
        if len(a) != len(b):
            return False
        before = dict(self.solved)
        if all(self.unify(x, y) for x, y in zip(a, b, strict=True)):
            return True
        self.solved = before
        self._built.clear()
        return False

    def settle(self, expr: Expr) -> Expr:
        """The expression with what is known of its holes put in.

        Raises:
            ShapeError: it does not fit then.
        """
        if not self.solved:
            return expr
        found = self._built.get(expr)
        if found is None:
            args = tuple(self.settle(a) for a in expr.args)
            data = self._data(expr.data)
            same = data == expr.data and all(a is b for a, b in zip(args, expr.args, strict=True))
            found = expr if same else make(expr.operation, args, data)
            self._built[expr] = found
        return found

    def _data(self, data: Any) -> Any:
        if isinstance(data, Size):
            return self.size(data)
        if isinstance(data, tuple):
            return tuple(self._data(d) for d in data)
        return data


def has_holes(expr: Expr) -> bool:
    """Whether a size in the expression is still open."""
    return any(is_hole(n) for s in sizes_in(expr) for n in s.names)


def sizes_in(expr: Expr) -> set[Size]:
    """Every size that the expression speaks of."""
    from hw3.derivations.language.expression import walk

    found: set[Size] = set()

    def collect(data: Any) -> None:
        if isinstance(data, Size):
            found.add(data)
        elif isinstance(data, tuple):
            for d in data:
                collect(d)

    for node in walk(expr):
        found.update(node.shape)
        collect(node.data)
    return found
