"""Indices, blocks and products over indices, modulo a prime."""

from __future__ import annotations

from functools import reduce

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE, Size, axes
from hw3.derivations.operations.blocks import in_rows
from hw3.verify.residues.arithmetic import Array, Jet, Undefined, as_array
from hw3.verify.residues.values import OPERATIONS, Abstains, Env, Evaluation, operation


def place(e: Evaluation, node: Expr, env: Env) -> int:
    """An index's position, from 0."""
    if node.operation.name == "position":
        return int(node.data[0])
    return int(env[node.data[0]] if node.operation.name == "bound" else e.where[node])


def _affine(e: Evaluation, form: tuple[tuple[Size, ...], Size], at: list[int]) -> int:
    coefficients, constant = form
    return sum((c.value(e.sizes) * i for c, i in zip(coefficients, at, strict=True)), constant.value(e.sizes))


@operation("sample")
def _sample(e: Evaluation, node: Expr, env: Env) -> Jet:
    array, i = node.args
    at = place(e, i, env)
    return e(array, env).each(lambda v: as_array(v[at]).reshape(e.shape(node.shape)))


@operation("coincide")
def _coincide(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.constant(int(_affine(e, node.data, [place(e, i, env) for i in node.args]) == 0))


@operation("shifted_entry")
def _shifted_entry(e: Evaluation, node: Expr, env: Env) -> Jet:
    array, *indices = node.args
    own = e.shape(axes(array.shape))
    places = [place(e, i, env) for i in indices]
    at = tuple(_affine(e, form, places) for form in node.data)
    if any(not 0 <= k < n for k, n in zip(at, own, strict=True)):
        raise Undefined("an entry beyond the array")
    return e(array, env).each(lambda v: v.reshape(own)[at])


@operation("less")
def _less(e: Evaluation, node: Expr, env: Env) -> Jet:
    i, j = (place(e, k, env) for k in node.args)
    return e.ring.constant(int(i < j if node.data else i <= j))


@operation("index_value")
def _index_value(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.constant(place(e, node.args[0], env) + 1)


@operation("array_of")
def _array_of(e: Evaluation, node: Expr, env: Env) -> Jet:
    parts = [e(node.args[0], (i, *env)) for i in range(node.data[1].value(e.sizes))]
    whole = e.ring.sum([_at(part, i, len(parts)) for i, part in enumerate(parts)])
    return whole.each(lambda v: v.reshape(e.shape(node.shape)))


def _at(part: Jet, i: int, n: int) -> Jet:
    """A part at its place in an array of zeros, so that all parts have one denominator."""

    def put(v: Array) -> Array:
        whole = np.zeros((n, *v.shape), dtype=object)
        whole[i] = v
        return whole

    return part.each(put)


@operation("product_over")
def _product_over(e: Evaluation, node: Expr, env: Env) -> Jet:
    return reduce(e.ring.product, [e(node.args[0], (i, *env)) for i in range(node.data[1].value(e.sizes))])


# --- blocks -----------------------------------------------------------------------------------------------


def _matrix(e: Evaluation, node: Expr, env: Env) -> Jet:
    shape = e.shape((*node.shape, ONE, ONE)[:2])
    return e(node, env).each(lambda v: v.reshape(shape))


@operation("vec")
def _vec(e: Evaluation, node: Expr, env: Env) -> Jet:
    return _matrix(e, node.args[0], env).each(lambda v: v.T.reshape(e.shape(node.shape)))


@operation("kron")
def _kron(e: Evaluation, node: Expr, env: Env) -> Jet:
    a, b = (_matrix(e, arg, env) for arg in node.args)
    return e.ring.product(a, b, np.kron).each(lambda v: v.reshape(e.shape(node.shape)))


@operation("block")
def _block(e: Evaluation, node: Expr, env: Env) -> Jet:
    rows = in_rows([_matrix(e, a, env) for a in node.args], node.data)
    height = sum(row[0].real.shape[0] for row in rows)
    width = sum(a.real.shape[1] for a in rows[0])
    parts, down = [], 0
    for row in rows:
        right = 0
        for a in row:
            h, w = a.real.shape
            inside = slice(down, down + h), slice(right, right + w)

            def put(v: Array, inside: tuple[slice, slice] = inside) -> Array:
                whole = np.zeros((height, width), dtype=object)
                whole[inside] = v
                return whole

            parts.append(a.each(put))
            right += w
        down += row[0].real.shape[0]
    return e.ring.sum(parts).each(lambda v: v.reshape(e.shape(node.shape)))


def _abstain(e: Evaluation, node: Expr, env: Env) -> Jet:
    raise Abstains(f"{node.operation.name} is not rational")


for _name in ("extremum", "maximum_of", "matrix_exponential", "matrix_sqrt"):
    OPERATIONS[_name] = _abstain
