r"""A gradient as it is claimed in LaTeX, read with the names and shapes that are given from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr, ShapeError
from hw3.derivations.language.printing import unicode
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.elaboration import Elaborator, Undeclared
from hw3.derivations.latex.reading import Link, Trouble, read
from hw3.derivations.latex.roles import is_gradient
from hw3.derivations.latex.scope import Scope
from hw3.derivations.latex.spelling import read as parsed
from hw3.derivations.latex.tokens import ReadingError
from hw3.errors import UserError
from hw3.testing.names import Names, spellings
from hw3.verify.checking.elaborated import Conflict, Elaborated, readings
from hw3.verify.numeric.draw import Invalid, NotEvaluable
from hw3.verify.numeric.evaluate import evaluate


@dataclass(frozen=True)
class Side:
    """One claimed value of a gradient: its text, its tree, and what it is at the numbers that were given.

    `conflict` says why it does not type; then there are no numbers. `magnitude` is that of what was added.
    """

    text: str
    link: Link
    conflict: str = ""
    value: Tensor | None = None
    magnitude: Tensor | None = None


def formula(text: str, what: str) -> s.Node:
    """The surface tree of a formula.

    Raises:
        UserError: it can't be read.
    """
    try:
        return parsed(text)
    except ReadingError as error:
        raise UserError(f"{what} is not read: {error}, in {text!r}") from error


def claimed(text: str, node: s.Node) -> list[s.Node]:
    r"""The values that a claim gives: the formula, or of `\nabla_W L = A = B` both right sides.

    Raises:
        UserError: it is a relation of another kind.
    """
    if not isinstance(node, s.Relation):
        return [node]
    if set(node.ops) == {"="} and is_gradient(node.items[0]):
        return list(node.items[1:])
    raise UserError(f"the claim is no gradient: write its value, or an equation with it on the left, not {text!r}")


def define(names: Names, where: Sequence[str]) -> Scope:
    """The scope with what is defined, one after another.

    Raises:
        UserError: one of them defines nothing.
    """
    scope = names.scope
    for text in where:
        found = read(read_text(f"Define ${text.strip().strip('$')}$."), outer=scope)
        for entry in found.entries:
            told = entry.message if isinstance(entry, Trouble) else r"write, say, h = a(W x + b)"
            raise UserError(f"where={text!r} defines nothing: {told}")
        scope = found.scopes[-1]
    return scope


def value_of(names: Names, scope: Scope, by: str, text: str, node: s.Node) -> Side:
    """A claimed value, read and evaluated.

    Raises:
        UserError: it is not read, a name in it is not given, it can be read in two ways with different values, or it
            has no value at these numbers.
    """
    left = parsed(names.keys[by])
    link = Link(left, "=", node, scope, node.place, node.end, 1, "", True)
    own = text[node.place : node.end]
    try:
        Elaborator(scope)(node)
    except Undeclared as error:
        wanted = sorted(spellings(error.key), key=len)
        give = f"give {wanted[-1]}=..., or define it in where=[...]" if wanted else "define it in where=[...]"
        raise UserError(f"the claim is not read: {error}: {give}") from error
    except (ReadingError, ShapeError):
        pass  # it is read again, as one side of an equation
    try:
        ways = readings(link)
    except (ReadingError, ShapeError, RecursionError) as error:
        raise UserError(f"the claim is not read: {error}, in {own!r}") from error
    sides = [_evaluated(names, own, link, way) for way in ways]
    first = sides[0]
    if any(not _same(first, other) for other in sides[1:]):
        told = " or ".join(dict.fromkeys(unicode(w.rhs) for w in ways if isinstance(w, Elaborated)))
        raise UserError(f"the claim can be read in {len(ways)} ways, {told}: add brackets or \\cdot")
    return first


def _evaluated(names: Names, text: str, link: Link, way: Elaborated | Conflict) -> Side:
    if isinstance(way, Conflict):
        return Side(text, link, way.message)
    value, magnitude = at_numbers(names, way.rhs)
    return Side(text, link, "", value, magnitude)


def at_numbers(names: Names, expression: Expr) -> tuple[Tensor, Tensor]:
    """The value of an expression at the numbers, and the magnitude of what was added.

    Raises:
        UserError: it has none.
    """
    try:
        found = evaluate(expression, names.draw())
    except (Invalid, NotEvaluable) as error:
        raise UserError(f"the claim has no value at these numbers: {error}") from error
    return found.value, found.magnitude


def _same(one: Side, other: Side) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value
    return one.value.shape == other.value.shape and torch.allclose(one.value, other.value, rtol=1e-9, atol=1e-12)


def edited(link: Link, tree: s.Node) -> Link:
    """The link with another right side."""
    return replace(link, right=tree)
