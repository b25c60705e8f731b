r"""Gradients, Jacobians and Hessians by the reverse sweep, as derivations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.gradients.adjoints import Context, NoAdjoint
from hw3.derivations.gradients.derivation import Derivation, Step, frozen
from hw3.derivations.gradients.expand import expanded
from hw3.derivations.gradients.linear import Matrices, turned_matrix
from hw3.derivations.gradients.naming import Named, Names, name_of, named, subscripted
from hw3.derivations.gradients.simplify import turned, zero
from hw3.derivations.gradients.sums import without_indices
from hw3.derivations.gradients.sweep import Backward, Words, told
from hw3.derivations.language.expression import Expr, Fresh, ShapeError
from hw3.derivations.operations import abbreviation, derivative, number, symbol
from hw3.derivations.operations.leaves import ABBREVIATION

Given = tuple[Fact, ...]


def gradient(loss: Expr, wrt: Expr | Sequence[Expr], given: Given = ()) -> Derivation:
    r"""The gradients of a scalar by symbols or named expressions, with named cotangents.

    >>> from hw3.derivations.operations import apply, matrix, square, norm, transpose, vector
    >>> x, b, W = vector("x", "n"), vector("b", "m"), matrix("W", "m", "n")
    >>> found = gradient(square(norm(x - transpose(W) @ apply("a", W @ x + b))), (W, b))
    >>> print(found)
    u₁ = W x + b
    u₂ = x - Wᵀ a(u₁)
    L = ‖u₂‖²
    ...
    >>> found.check().proved
    True

    Raises:
        NoAdjoint: an operation on the way has no adjoint; the message says why.
        ShapeError: the loss is no scalar, or wrt is neither a symbol nor a named expression.
    """
    variables = _variables(loss, wrt)
    if loss.shape:
        raise ShapeError("a gradient is that of a scalar; of a column there is the Jacobian")
    names = Names(loss)
    tree = named(_prepared(loss, variables), variables, names)
    swept = _sweep(tree, number(1), given, names)
    return _derivation("gradient", loss, variables, tree, swept, given)


def jacobian(f: Expr, wrt: Expr, given: Given = ()) -> Derivation:
    """The Jacobian of a column (or a scalar) by a column (or a scalar): rows are outputs.

    Raises:
        NoAdjoint: an operation on the way has no adjoint, or no matrix is found.
        ShapeError: f or wrt is neither a scalar nor a column.
    """
    (variable,) = _variables(f, wrt)
    for shape in (f.shape, variable.shape):
        if len(shape) > 1:
            raise ShapeError("a Jacobian in matrix form is that of a column by a column")
    if not f.shape:
        return gradient(f, variable, given)
    names = Names(f)
    tree = named(_prepared(f, (variable,)), (variable,), names, ("f", "g", "F"))
    swept = _jacobian(tree, variable, given, names)
    return _derivation("Jacobian", f, (variable,), tree, swept, given)


def hessian(loss: Expr, wrt: Expr, given: Given = ()) -> Derivation:
    """The matrix of second derivatives of a scalar by a column (or a scalar): the Jacobian of its gradient.

    Raises:
        NoAdjoint, ShapeError: as `gradient` and `jacobian`.
    """
    (variable,) = _variables(loss, wrt)
    if len(variable.shape) > 1:
        raise ShapeError("a Hessian in matrix form is that by a column")
    first = gradient(loss, variable, given)
    names = Names(loss, *first.names, *first.lets)
    tree = named(first.result, (variable,), names, ("g", "G"))
    second = _jacobian(tree, variable, given, names) if variable.shape else _sweep(tree, number(1), given, names)
    result = second.values[tree.wrt[0]]
    told_before = {*first.lets, *first.names}
    lines = (*first.lines, *(a for a in tree.lets if a not in told_before), *second.steps)
    return Derivation(loss, first.whole, (variable,), lines, frozen({variable: result}), given, "Hessian")


def _prepared(e: Expr, wrt: tuple[Expr, ...]) -> Expr:
    return without_indices(expanded(e, wrt), wrt)


def _derivation(kind: str, e: Expr, wrt: tuple[Expr, ...], tree: Named, swept: _Swept, given: Given) -> Derivation:
    results = {w: swept.values[inner] for w, inner in zip(wrt, tree.wrt, strict=True)}
    return Derivation(e, tree.root, wrt, (*tree.lets, *swept.steps), frozen(results), given, kind)


def _variables(e: Expr, wrt: Expr | Sequence[Expr]) -> tuple[Expr, ...]:
    variables = tuple(dict.fromkeys((wrt,) if isinstance(wrt, Expr) else wrt))
    for v in variables:
        if v.operation.name not in ("symbol", "abbreviation"):
            raise ShapeError(f"a derivative by {v}: only a symbol or a named expression is differentiated by")
    if e.loose or not variables:
        raise ShapeError("nothing to differentiate by" if not variables else "the expression must stand alone")
    return variables


@dataclass
class _Swept:
    """The steps of a sweep, and the values (or their names) that it ends in."""

    steps: list[Step] = field(default_factory=list)
    values: dict[Expr, Expr] = field(default_factory=dict)


def _context(tree: Named, given: Given) -> Context:
    known = {f.lhs: f.rhs for f in given if f.rhs is not None}
    return Context({a.args[0]: a for a in tree.lets}, known)


def _letter(names: Names, letter: str, of: Expr) -> str:
    r"""\delta_z for z; for a name that was made here its number alone, \delta_1 for u_1."""
    name = name_of(of)
    return names.free(subscripted(letter, names.number.get(name, name)))


def _sweep(tree: Named, seed: Expr, given: Given, names: Names) -> _Swept:
    swept = _Swept()
    ends = set(tree.wrt)
    unnamed = tree.covariances - ends

    def reached(node: Expr, cotangent: Expr, words: Words) -> Expr | None:
        if node is tree.root:
            if node in ends:
                swept.values[node] = cotangent
            return cotangent
        if node in unnamed or (node.operation is not ABBREVIATION and node not in ends):
            return None
        short = cotangent.operation is ABBREVIATION or not cotangent.args
        name = None
        if node.operation is ABBREVIATION and not short:
            name = abbreviation(_letter(names, r"\delta", node), cotangent)
        swept.steps.append(Step(tree.root, node, cotangent, told(words), name))
        if node in ends:
            swept.values[node] = cotangent
        return cotangent if name is None else name

    sweep = Backward(_context(tree, given), tree.wrt, reached, kept=frozenset(ends))
    sweep.run(tree.root, seed)
    for end in tree.wrt:  # what the loss does not depend on
        if end not in swept.values:
            nothing = zero(end.shape)
            swept.values[end] = nothing
            swept.steps.append(Step(tree.root, end, nothing, "it does not occur"))
    return swept


def _jacobian(tree: Named, variable: Expr, given: Given, names: Names) -> _Swept:
    """The cotangent for a column v that stands for any, and the matrices that are read off."""
    v = symbol(Fresh("v"), tree.root.shape)
    matrices = Matrices(v)
    swept = _Swept()
    (end,) = tree.wrt

    def reached(node: Expr, cotangent: Expr, words: Words) -> Expr | None:
        if node is tree.root or (node.operation is not ABBREVIATION and node is not end) or len(node.shape) > 1:
            return None
        matrix = turned_matrix(matrices.of(cotangent), tree.root, node)
        name = None
        if node is not end and matrix.args and matrix.operation is not ABBREVIATION:
            name = abbreviation(_letter(names, "J", node), matrix)
        swept.steps.append(Step(tree.root, node, matrix, told(words), name))
        if node is end:
            swept.values[node] = matrix
        if name is None:
            return None
        # From here on the cotangent is a letter whose matrix is known.
        letter = symbol(Fresh("d"), cotangent.shape)
        matrices.known[letter] = turned(name)
        return letter

    sweep = Backward(_context(tree, given), tree.wrt, reached, frozenset(tree.wrt), frozenset(tree.wrt))
    sweep.run(tree.root, v)
    if end not in swept.values:
        nothing = zero(derivative(tree.root, end).shape)
        swept.values[end] = nothing
        swept.steps.append(Step(tree.root, end, nothing, "it does not occur"))
    return swept


__all__ = ["NoAdjoint", "gradient", "hessian", "jacobian"]
