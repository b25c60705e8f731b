"""`hw3.derive`: a derivative with its steps, its LaTeX, and its Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.gradients import Derivation, NoAdjoint, gradient, hessian, jacobian
from hw3.derivations.language.expression import Expr, ShapeError
from hw3.errors import UserError
from hw3.verify.source import python_source


class Derived(Derivation):
    """A derivation that is also code."""

    def python(self, library: str = "torch") -> str:
        """The source of a function that computes the value and the derivatives, on torch or NumPy arrays.

        Raises:
            UserError: it can't be written for that library; the message says why.
        """
        return python_source(self, library)


def derive(expression: Expr | str, wrt: Expr | Sequence[Expr], given: Sequence[Fact] = (), order: int = 1) -> Derived:
    r"""The derivative of an expression, step by step: gradients of a scalar, the Jacobian of a column.

    Args:
        expression: a scalar or a column.
        wrt: symbols or named expressions to differentiate by, one or several.
        given: facts that the steps may use, such as that probabilities add to one.
        order: 2 for the matrix of second derivatives of a scalar by one column.

    >>> from hw3.derivations.operations import matrix, vector
    >>> A, x = matrix("A", "n", "n"), vector("x", "n")
    >>> found = derive(x.T @ A @ x, wrt=x)
    >>> found.result
    Aᵀ x + A x
    >>> found.check().proved
    True
    >>> print(found.python("numpy"))
    import numpy as np
    ...
        grad_x = A.T @ x + A @ x
        return L, grad_x

    Raises:
        UserError: the expression is text, or has no derivative that is known; the message says why.
    """
    if not isinstance(expression, Expr):
        raise UserError(
            f"derive takes an expression, not {type(expression).__name__}: build it with hw3.derivations.operations "
            "(LaTeX is read by the reader, which is still to come)"
        )
    try:
        if order == 2:
            found = hessian(expression, _one(wrt, "a Hessian"), tuple(given))
        elif expression.shape:
            found = jacobian(expression, _one(wrt, "a Jacobian"), tuple(given))
        else:
            found = gradient(expression, wrt, tuple(given))
    except (NoAdjoint, ShapeError) as error:
        raise UserError(f"no derivative: {error}") from error
    return Derived(**{f.name: getattr(found, f.name) for f in fields(found)})


def _one(wrt: Expr | Sequence[Expr], what: str) -> Expr:
    if isinstance(wrt, Expr):
        return wrt
    if len(wrt) != 1:
        raise UserError(f"{what} is by one variable, not {len(wrt)}: take them one by one")
    return wrt[0]
