"""Samples, entries at shifted places, and the 0/1 numbers of indices, at many digits."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Size, axes
from hw3.verify.numeric.digits.rules import Digits, Frame, rule
from hw3.verify.numeric.draw import Invalid


@rule("sample")
def _sample(node: Expr, frame: Frame, array: Digits, i: int) -> Digits:
    return frame.array(array[i]).reshape(frame.extent(node.shape))


def _affine(frame: Frame, form: tuple[tuple[Size, ...], Size], indices: tuple[int, ...]) -> int:
    coefficients, constant = form
    terms = (c.value(frame.sizes) * i for c, i in zip(coefficients, indices, strict=True))
    return sum(terms, constant.value(frame.sizes))


@rule("coincide")
def _coincide(node: Expr, frame: Frame, *indices: int) -> Digits:
    return frame.array(frame.mp.mpf(int(_affine(frame, node.data, indices) == 0)))


@rule("shifted_entry")
def _shifted_entry(node: Expr, frame: Frame, array: Digits, *indices: int) -> Digits:
    own = frame.extent(axes(node.args[0].shape))
    places = tuple(_affine(frame, form, indices) for form in node.data)
    if any(not 0 <= at < n for at, n in zip(places, own, strict=True)):
        raise Invalid("an entry beyond the array")
    return frame.array(array.reshape(own)[places])


@rule("less")
def _less(node: Expr, frame: Frame, i: int, j: int) -> Digits:
    return frame.array(frame.mp.mpf(int(i < j if node.data else i <= j)))


@rule("index_value")
def _index_value(node: Expr, frame: Frame, i: int) -> Digits:
    return frame.array(frame.mp.mpf(i + 1))
