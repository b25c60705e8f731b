"""What each operation of the language does to arrays of residues."""

from __future__ import annotations

from functools import partial

import numpy as np

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE, shape_of
from hw3.verify.residues.arithmetic import Array, Jet
from hw3.verify.residues.positions import place
from hw3.verify.residues.values import (
    OPERATIONS,
    Abstains,
    Env,
    Evaluate,
    Evaluation,
    at_least_one,
    coefficient,
    operation,
)


def _abstaining(reason: str) -> Evaluate:
    def evaluate(e: Evaluation, node: Expr, env: Env) -> Jet:
        raise Abstains(reason)

    return evaluate


OPERATIONS["norm"] = _abstaining("a norm, which is a square root")
OPERATIONS["cholesky"] = _abstaining("a Cholesky factor")
OPERATIONS["eigenvalues"] = _abstaining("eigenvalues")


@operation("number")
def _number(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.constant(e.ring.fraction(node.data.numerator, node.data.denominator))


@operation("symbol")
def _symbol(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.symbol(node)


@operation("size")
def _size(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.constant(node.data.value(e.sizes))


@operation("constant")
def _constant(e: Evaluation, node: Expr, env: Env) -> Jet:
    if node.data != "pi":
        raise Abstains(f"the constant {node.data}")
    return e.pi()


@operation("identity")
def _identity(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.constant(np.eye(node.data.value(e.sizes), dtype=int).reshape(e.shape(node.shape)))


@operation("filled")
def _filled(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.constant(np.full(e.shape(node.shape), node.data[0], dtype=object))


@operation("bound")
def _bound(e: Evaluation, node: Expr, env: Env) -> Jet:
    value: Jet = env[node.data[0]]
    return value


@operation("abbreviation")
def _abbreviation(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e(node.args[0], env)


@operation("add")
def _add(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.sum([e(a, env) for a in node.args])


@operation("negative")
def _negative(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.scaled(e(node.args[0], env), -1)


@operation("product")
def _product(e: Evaluation, node: Expr, env: Env) -> Jet:
    shape, done = node.args[0].shape, e(node.args[0], env)
    for arg in node.args[1:]:
        value = e(arg, env)
        if not shape or not arg.shape:
            done, shape = e.ring.product(done, value), shape or arg.shape
        else:
            (rows, _), (_, columns) = (*shape, ONE)[:2], (*arg.shape, ONE)[:2]
            shape = shape_of(rows, columns)
            done = e.ring.matmul(_as_matrix(done), _as_matrix(value)).each(partial(_reshaped, e.shape(shape)))
    return done


def _as_matrix(a: Jet) -> Jet:
    return a.each(lambda v: v.reshape(-1, 1)) if a.real.ndim == 1 else a


def _reshaped(shape: tuple[int, ...], a: Array) -> Array:
    return a.reshape(shape)


@operation("hadamard")
def _hadamard(e: Evaluation, node: Expr, env: Env) -> Jet:
    done = e(node.args[0], env)
    for arg in node.args[1:]:
        done = e.ring.product(done, e(arg, env))
    return done


@operation("quotient")
def _quotient(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.product(e(node.args[0], env), e.ring.inverted(e(node.args[1], env)))


@operation("power")
def _power(e: Evaluation, node: Expr, env: Env) -> Jet:
    base, q = node.args[0], node.data
    if base.operation.name == "norm" and q.denominator == 1 and q % 2 == 0:
        a = e(base.args[0], env)
        value, q = e.ring.product(a, a).each(np.sum), q / 2
    elif q.denominator != 1:
        raise Abstains("a power that is no whole number")
    else:
        value = e(base, env)
    if abs(q) > 64:
        raise Abstains("a power above 64")
    if q < 0:
        value = e.ring.inverted(value)
    multiply = e.ring.matmul if base.shape and node.shape else e.ring.product
    start = np.eye(value.real.shape[0], dtype=int) if value.real.ndim else 1
    done = e.ring.constant(start)
    for _ in range(int(abs(q))):
        done = multiply(done, value)
    return done


@operation("transpose")
def _transpose(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e(node.args[0], env).each(lambda v: v.T.reshape(e.shape(node.shape)))


@operation("inverse")
def _inverse(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.inverse(e(node.args[0], env))


@operation("trace")
def _trace(e: Evaluation, node: Expr, env: Env) -> Jet:
    value = e(node.args[0], env)
    return value.each(np.trace) if value.real.ndim else value


@operation("det")
def _det(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.determinant(e(node.args[0], env))


@operation("logdet")
def _logdet(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.logarithm(e.ring.determinant(e(node.args[0], env)))


@operation("diag")
def _diag(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e(node.args[0], env).each(np.diag)


@operation("diagonal")
def _diagonal(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e(node.args[0], env).each(np.diagonal)


@operation("stack")
def _stack(e: Evaluation, node: Expr, env: Env) -> Jet:
    return _placed(e, node, [e(a, env) for a in node.args], 1)


@operation("blockdiag")
def _blockdiag(e: Evaluation, node: Expr, env: Env) -> Jet:
    return _placed(e, node, [e(a, env) for a in node.args], 2)


def _placed(e: Evaluation, node: Expr, blocks: list[Jet], dimensions: int) -> Jet:
    """The blocks, each after the last along every axis, in zeros."""
    offset, parts = 0, []
    for block in blocks:
        inside = (slice(offset, offset + block.real.shape[0]),) * dimensions

        def put(v: Array, inside: tuple[slice, ...] = inside) -> Array:
            whole = np.zeros(e.shape(node.shape), dtype=object)
            whole[inside] = v
            return whole

        parts.append(block.each(put))
        offset += block.real.shape[0]
    return e.ring.sum(parts)


@operation("apply")
def _apply(e: Evaluation, node: Expr, env: Env) -> Jet:
    name, order = node.data
    return e.applied(name, order, e(node.args[0], env))


@operation("entry")
def _entry(e: Evaluation, node: Expr, env: Env) -> Jet:
    array, *indices = node.args
    given = iter(place(e, i, env) for i in indices)
    at = tuple(0 if size is ONE else next(given) for size in array.shape)
    return e(array, env).each(lambda v: v[at])


@operation("sum")
def _sum(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.ring.sum([e(node.args[0], (i, *env)) for i in range(node.data[1].value(e.sizes))])


@operation("derivative")
def _derivative(e: Evaluation, node: Expr, env: Env) -> Jet:
    point, body = node.args
    x = e(point, env)
    bit = e.direction()
    slopes: list[Jet] = []
    for i in np.ndindex(x.real.shape):
        unit = np.zeros(x.real.shape, dtype=object)
        unit[i] = 1
        slopes.append(coefficient(e(body, (Jet({**x.parts, bit: unit}, at_least_one(x.degree)), *env)), bit))
    e.released()
    masks = {m for s in slopes for m in s.parts}
    zero = np.zeros(slopes[0].real.shape, dtype=object)
    parts = {m: np.stack([s.parts.get(m, zero) for s in slopes], axis=-1).reshape(e.shape(node.shape)) for m in masks}
    return Jet(parts, slopes[0].degree)


def _law(e: Evaluation, law: Expr, env: Env) -> tuple[Jet, Jet]:
    return e(law.args[0], env), e(law.args[1], env)


@operation("logdensity")
def _logdensity(e: Evaluation, node: Expr, env: Env) -> Jet:
    return e.log_density(node.args[1].shape, e(node.args[1], env), *_law(e, node.args[0], env))


@operation("expectation")
def _expectation(e: Evaluation, node: Expr, env: Env) -> Jet:
    law, body = node.args
    return e.expectation(law.shape, *_law(e, law, env), lambda x: e(body, (x, *env)))


@operation("kl")
def _kl(e: Evaluation, node: Expr, env: Env) -> Jet:
    p, q = (_law(e, law, env) for law in node.args)
    shape = node.args[0].shape

    def log_ratio(x: Jet) -> Jet:
        below = e.ring.scaled(e.log_density(shape, x, *q), -1)
        return e.ring.add(e.log_density(shape, x, *p), below)

    return e.expectation(shape, *p, log_ratio)
