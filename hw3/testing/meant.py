"""What a wrong gradient was meant to be: the transpose, a factor, or the smallest edit that agrees with the code."""

from __future__ import annotations

import time
from fractions import Fraction

from torch import Tensor

from hw3.derivations.language.expression import ShapeError
from hw3.derivations.latex.edits import Edit, edits, nearby
from hw3.derivations.latex.spelling import copied, spell
from hw3.derivations.latex.tokens import ReadingError
from hw3.errors import UserError
from hw3.testing.claims import Side, at_numbers, edited
from hw3.testing.names import Names
from hw3.verify.checking.elaborated import Elaborated, readings

MOST_SECONDS = 2.0
AGREE = 1e-9


def relation(gradient: Tensor, value: Tensor, tolerance: float) -> str:
    """How a wrong value is related to the gradient, in words; "" if in no way that has a name.

    >>> import torch
    >>> relation(torch.tensor([2.0, 4.0]), torch.tensor([1.0, 2.0]), 1e-9)
    'off by a factor: it is 1/2 of the gradient'
    """
    scale = max(float(gradient.abs().amax()), float(value.abs().amax()))
    close = tolerance * scale * max(gradient.numel(), 1)
    if gradient.ndim == 2 and gradient.shape == value.mT.shape and float((gradient - value.mT).abs().amax()) <= close:
        return "this is the transpose"
    ratio = float((gradient * value).sum()) / (float((gradient * gradient).sum()) or 1.0)
    if abs(ratio) < 1e-6 or float((value - ratio * gradient).abs().amax()) > close:
        return ""
    if abs(ratio + 1) < max(tolerance, 1e-9):
        return "the sign is wrong"
    near = Fraction(ratio).limit_denominator(100)
    told = str(near) if abs(float(near) - ratio) < max(tolerance, 1e-9) * abs(ratio) else f"{ratio:.6g}"
    return f"off by a factor: it is {told} {'of' if '/' in told else 'times'} the gradient"


def correction(names: Names, side: Side, gradient: Tensor, tolerance: float, source: str) -> tuple[Edit, str] | None:
    """The smallest edit of the claim whose value is the gradient here, with the claim as it then reads."""
    until = time.thread_time() + MOST_SECONDS
    link = side.link
    for edit in edits(link.right, nearby(link)):
        if time.thread_time() > until:
            return None
        try:
            ways = readings(edited(link, edit.tree))
            if len(ways) != 1 or not isinstance(ways[0], Elaborated) or ways[0].guesses:
                continue
            value, magnitude = at_numbers(names, ways[0].rhs)
        except (UserError, ReadingError, ShapeError, ValueError, KeyError, RecursionError):
            continue
        if value.shape == gradient.shape and agree(gradient, value, magnitude, tolerance):
            return edit, spell(edit.tree, copied(source, link.right))
    return None


def agree(gradient: Tensor, value: Tensor, magnitude: Tensor, tolerance: float) -> bool:
    """Whether every entry agrees, measured against what was added."""
    return not bool(apart(gradient, value, magnitude, tolerance).any())


def apart(gradient: Tensor, value: Tensor, magnitude: Tensor, tolerance: float) -> Tensor:
    """The entries that differ by more than rounding."""
    size = magnitude + gradient.abs()
    if size.numel():
        size = size + 1e-3 * size.amax()
    return (gradient - value).abs() > tolerance * size
