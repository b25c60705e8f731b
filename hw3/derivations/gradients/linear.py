r"""Jacobians out of cotangents: e = J^T v is linear in v, and the matrix of that map is read off.

(A u) has A M,   c o u has diag(c) M,   (c^T u) w has w c^T M        where u = M v
"""

from __future__ import annotations

from collections.abc import Mapping

from hw3.derivations.gradients.adjoints import Context, NoAdjoint
from hw3.derivations.gradients.matrices import diagonal_of
from hw3.derivations.gradients.simplify import elementwise, ones_like, over, parted, plus, runs, times, turned, zero
from hw3.derivations.language.expression import Expr, Fresh, instantiate, walk
from hw3.derivations.language.sizes import shape_of
from hw3.derivations.operations import (
    array_of,
    diag,
    expectation,
    identity,
    index,
    number,
    product,
    sample,
    sum_over,
    symbol,
    transpose,
)


class Matrices:
    """The matrices of expressions that are linear in the column v; `known` are those of some."""

    def __init__(self, v: Expr, known: Mapping[Expr, Expr] | None = None) -> None:
        self.v = v
        self.known = dict(known or {})
        self._reached: dict[Expr, bool] = {}

    def reaches(self, e: Expr) -> bool:
        if e not in self._reached:
            for node in walk(e):
                if node not in self._reached:
                    mine = node is self.v or node in self.known
                    self._reached[node] = mine or any(self._reached[a] for a in node.args)
        return self._reached[e]

    def of(self, e: Expr) -> Expr:
        """The matrix M with e = M v: of a number a row, and where v is a number what it is multiplied by.

        Raises:
            NoAdjoint: it is not found.
        """
        if e in self.known:
            return self.known[e]
        if len(e.shape) == 2 and e.shape[0].is_literal and e.shape[0].literal == 1:
            return self.of(_stood_up(e))
        if not self.reaches(e):
            n = self.v.shape[0] if self.v.shape else 1
            return zero(shape_of(e.shape[0] if e.shape else 1, n))
        if len(e.shape) > 1:
            raise NoAdjoint("a Jacobian of more than two axes")
        if e is self.v:
            return identity(e.shape[0]) if e.shape else number(1)
        rule = getattr(self, f"_of_{e.operation.name}", None)
        if rule is None:
            raise NoAdjoint(f"no matrix is read off from {e.operation.name}")
        return rule(e)

    def _of_abbreviation(self, e: Expr) -> Expr:
        return self.of(e.args[0])

    def _of_add(self, e: Expr) -> Expr:
        return plus(*(self.of(a) for a in e.args if self.reaches(a)))

    def _of_negative(self, e: Expr) -> Expr:
        return times(number(-1), self.of(e.args[0]))

    def _of_quotient(self, e: Expr) -> Expr:
        if self.reaches(e.args[1]):
            raise NoAdjoint("a quotient that is not linear")
        return over(self.of(e.args[0]), e.args[1])

    def _of_transpose(self, e: Expr) -> Expr:
        inner = e.args[0]
        return self.of(_stood_up(inner)) if inner.shape else self.of(inner)

    def _of_hadamard(self, e: Expr) -> Expr:
        linear = [a for a in e.args if self.reaches(a)]
        others = [a for a in e.args if not self.reaches(a)]
        if len(linear) != 1:
            raise NoAdjoint("a product that is not linear")
        if linear[0].operation.name == "add":
            return plus(*(self.of(elementwise(*others, t)) for t in linear[0].args))
        scaled = parted(linear[0])
        if any(self.reaches(a) for a in scaled.above):
            return self.of(elementwise(*others, linear[0]))
        return times(diag(elementwise(*others)), self.of(linear[0]))

    def _of_product(self, e: Expr) -> Expr:
        closed, left = runs(e.args)
        groups = [[e.args[k] for k in run] for run in (*closed, *([left] if left else []))]
        linear = [g for g in groups if any(map(self.reaches, g))]
        if len(linear) != 1:
            raise NoAdjoint("a product that is not linear")
        (mine,) = linear
        scalars = [times(*g) for g in groups if g is not mine and not times(*g).shape]
        open_ = [times(*g) for g in groups if g is not mine and times(*g).shape]
        inside = self._of_run(mine)
        if open_:  # a number that depends on v times a column that doesn't
            return times(*scalars, *open_, inside)
        return times(*scalars, inside)

    def _of_run(self, factors: list[Expr]) -> Expr:
        """Of factors that are multiplied, one of which depends on v."""
        where = [k for k, f in enumerate(factors) if self.reaches(f)]
        if len(where) != 1:
            raise NoAdjoint("a product that is not linear")
        (k,) = where
        before, f, after = factors[:k], factors[k], factors[k + 1 :]
        if f.operation.name == "abbreviation" and len(f.shape) == 2 and f not in self.known:
            f = f.args[0]
        if not f.shape or (len(f.shape) == 1 and not after):
            return times(*before, self.of(f))
        if len(f.shape) == 1:  # a column and then a row: their product is a matrix, unless a column follows
            right = times(*after)
            if right.shape:
                raise NoAdjoint("a Jacobian of more than two axes")
            return times(*before, right, self.of(f))
        tail = times(*after) if after else None
        if f.shape[0].is_literal and f.shape[0].literal == 1:
            inside = self.of(f)
            return times(*before, inside) if tail is None else times(*before, times(turned(tail), inside))
        if tail is None or len(tail.shape) != 1:
            raise NoAdjoint("a Jacobian of more than two axes")
        return times(*before, self._times_column(f, tail))

    def _times_column(self, f: Expr, column: Expr) -> Expr:
        """Of f column, for a matrix f that depends on v."""
        name = f.operation.name
        if name == "diag":
            return self.of(elementwise(column, f.args[0]))
        if name == "add":
            return plus(*(self.of(product(t, column)) for t in f.args))
        if name in ("product", "negative", "quotient"):
            part = parted(f)
            if part.core is not None and part.core is not f:
                return self.of(times(f, column))
            if f.operation.name == "product":
                return self._of_run([*f.args, column])
        if name == "transpose":
            flipped = turned(f.args[0]) if f.args[0].operation.name == "product" else _turned_inside(f.args[0])
            return self._times_column(flipped, column)
        if name == "hadamard":  # (x y^T o A) z = x o (A (y o z))
            return self._masked(f, column)
        raise NoAdjoint(f"no matrix is read off from a {name} of matrices")

    def _masked(self, f: Expr, column: Expr) -> Expr:
        linear = [a for a in f.args if self.reaches(a)]
        others = [a for a in f.args if not self.reaches(a)]
        if len(linear) == 1 and linear[0].operation.name == "product" and len(linear[0].args) == 2:
            x, y = linear[0].args
            if len(x.shape) == 1:
                return self.of(elementwise(x, times(elementwise(*others), elementwise(turned(y), column))))
        raise NoAdjoint("no matrix is read off from an elementwise product of matrices")

    def _of_sum_axes(self, e: Expr) -> Expr:
        a = e.args[0]
        if len(a.shape) != 1 or e.data is not None:
            raise NoAdjoint("no matrix is read off from a sum over axes")
        return times(turned(ones_like(a)), self.of(a))

    def _of_trace(self, e: Expr) -> Expr:
        a = e.args[0]
        if not a.shape:
            return self.of(a)
        factors = list(a.args) if a.operation.name == "product" else [a]
        for k, f in enumerate(factors):
            if len(f.shape) == 1:  # begin with the row that follows a column
                turn = [*factors[k + 1 :], *factors[: k + 1]]
                return self.of(product(*turn))
        raise NoAdjoint("no matrix is read off from a trace")

    def _of_diagonal(self, e: Expr) -> Expr:
        read = diagonal_of(e.args[0])
        if read.operation.name == "diagonal":
            raise NoAdjoint("no matrix is read off from a diagonal")
        return self.of(read)

    def _of_dense(self, e: Expr) -> Expr:
        w, h = e.args
        if len(w.shape) != 2 or self.reaches(w):
            raise NoAdjoint("no matrix is read off from a layer of images")
        return times(w, self.of(h))

    def _of_dense_input(self, e: Expr) -> Expr:
        d, w = e.args
        if len(w.shape) != 2 or self.reaches(w):
            raise NoAdjoint("no matrix is read off from a layer of images")
        return times(transpose(w), self.of(d))

    def _of_sum(self, e: Expr) -> Expr:
        i = index(Fresh(e.data[0]), e.data[1])
        return sum_over(i, self.of(instantiate(e.args[0], i)))

    def _of_entry(self, e: Expr) -> Expr:
        """Of an entry of M v, the row of M."""
        column, *at = e.args
        if len(column.shape) != 1:
            raise NoAdjoint("no matrix is read off from an entry of a matrix")
        matrix = self.of(column)
        return turned(sample(matrix, at[0])) if self.v.shape else matrix[at[0]]

    def _of_array_of(self, e: Expr) -> Expr:
        """Of the column of the numbers r_i v, the rows r_i one above the other."""
        if e.args[0].shape or not e.shape:
            raise NoAdjoint("a Jacobian of more than two axes")
        i = index(Fresh(e.data[0]), e.data[1])
        row = self.of(instantiate(e.args[0], i))
        return array_of(i, turned(row))

    def _of_expectation(self, e: Expr) -> Expr:
        law, body = e.args
        if self.reaches(law):
            raise NoAdjoint("an expectation that is not linear")
        x = symbol(Fresh(e.data), law.shape)
        return expectation(x, law, self.of(instantiate(body, x)))


def _turned_inside(matrix: Expr) -> Expr:
    """The transpose of a sum or an elementwise product, of its parts."""
    if matrix.operation.name == "add":
        return plus(*map(turned, matrix.args))
    if matrix.operation.name == "hadamard":
        return elementwise(*map(turned, matrix.args))
    raise NoAdjoint(f"no matrix is read off from the transpose of a {matrix.operation.name}")


def _stood_up(row: Expr) -> Expr:
    """A row as a column, with the transpose as far in as it goes."""
    if row.operation.name == "add":
        return plus(*map(_stood_up, row.args))
    if row.operation.name == "hadamard":
        return elementwise(*map(_stood_up, row.args))
    column = turned(row)
    if column.operation.name == "transpose" and column.args[0].args:
        raise NoAdjoint(f"no matrix is read off from the transpose of a {row.operation.name}")
    return column


def jacobian_of(f: Expr, x: Expr, context: Context) -> Expr:
    """The Jacobian of f by x, unnamed: f a number or a column, x too."""
    from hw3.derivations.gradients.sweep import Backward, Words

    v = symbol(Fresh("v"), f.shape)
    found: list[Expr] = []

    def reached(node: Expr, cotangent: Expr, words: Words) -> Expr | None:
        if node is x:
            found.append(cotangent)
        return None

    Backward(context, (x,), reached, frozenset((x,))).run(f, v)
    if not found:
        return zero(shape_of(f.shape[0], x.shape[0]) if f.shape and x.shape else f.shape or x.shape)
    return turned_matrix(Matrices(v).of(found[0]), f, x)


def turned_matrix(m: Expr, f: Expr, x: Expr) -> Expr:
    """The Jacobian from the matrix of v -> J^T v, in the shape that a derivative has."""
    if not f.shape:  # v is a number: m is what it is multiplied by, of the shape of x
        return m
    if m.operation.name == "add":
        return plus(*map(turned, m.args))
    return turned(m)
