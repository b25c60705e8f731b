"""Leaves, sums, products and powers as code; a column is an array with one axis, and so is a row."""

from __future__ import annotations

from fractions import Fraction

from hw3.derivations.gradients.simplify import runs
from hw3.derivations.language.expression import Expr
from hw3.verify.source.code import ATOM, MATMUL, MUL, POWER, SUM, UNARY, Code, is_row
from hw3.verify.source.writer import Writer, rule


@rule("number")
def _number(w: Writer, node: Expr) -> Code:
    value: Fraction = node.data
    if value.denominator == 1:
        return Code(str(value.numerator), ATOM if value >= 0 else UNARY)
    if value.denominator & (value.denominator - 1) == 0 and value.denominator < 1025:
        return Code(repr(float(value)), ATOM if value >= 0 else UNARY)
    return Code(f"{value.numerator} / {value.denominator}", MUL)


@rule("size")
def _size(w: Writer, node: Expr) -> Code:
    return w.size(node.data)


@rule("constant")
def _constant(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.pi")


@rule("identity")
def _identity(w: Writer, node: Expr) -> Code:
    return w.made(f"{w.np}.eye({w.size(node.data).text})") if node.shape else Code("1")


@rule("filled")
def _filled(w: Writer, node: Expr) -> Code:
    if not node.shape:
        return Code(str(node.data[0]))
    return w.made(f"{w.np}.{'ones' if node.data[0] else 'zeros'}({w.extent(node.shape)})")


@rule("abbreviation")
def _abbreviation(w: Writer, node: Expr) -> Code:
    return w(node.args[0])


# --- sums and products ----------------------------------------------------------------------------------


@rule("add")
def _add(w: Writer, node: Expr) -> Code:
    text = ""
    for arg in node.args:
        minus = arg.operation.name == "negative"
        part = _spread(w, arg.args[0] if minus else arg, node).at(MATMUL if minus else SUM)
        text += ((" - " if minus else " + ") if text else ("-" if minus else "")) + part
    return Code(text, SUM)


def _spread(w: Writer, arg: Expr, within: Expr) -> Code:
    """A broadcast column beside arrays of the full shape needs its axes only."""
    full = any(a.operation.name not in ("broadcast", "filled") for a in within.args if a is not arg)
    if arg.operation.name == "broadcast" and full:
        return column(w, arg)
    if arg.operation.name == "filled" and full and within.operation.name == "add" and arg.data[0]:
        return Code("1")
    return w(arg)


def column(w: Writer, node: Expr) -> Code:
    """The column with an axis of one for each axis after its own."""
    after = len(node.shape) - node.data[1] - 1
    own = w(node.args[0])
    return Code(f"{own.at(ATOM)}[:, {', '.join(['None'] * after)}]") if after and node.args[0].shape else own


@rule("negative")
def _negative(w: Writer, node: Expr) -> Code:
    return Code(f"-{w(node.args[0]).at(MUL)}", MUL)


@rule("hadamard")
def _hadamard(w: Writer, node: Expr) -> Code:
    return Code(" * ".join(_spread(w, a, node).at(UNARY if k else MUL) for k, a in enumerate(node.args)), MUL)


@rule("quotient")
def _quotient(w: Writer, node: Expr) -> Code:
    return Code(f"{w(node.args[0]).at(MUL)} / {w(node.args[1]).at(POWER)}", MUL)


@rule("power")
def _power(w: Writer, node: Expr) -> Code:
    (base,) = node.args
    if node.shape:
        return Code(f"{w.np}.linalg.matrix_power({w(base).text}, {int(node.data)})")
    if base.operation.name == "norm" and node.data == 2 and base not in w.variables:
        inside = w(base.args[0]).at(ATOM)
        return Code(f"({inside} ** 2).sum()") if base.args[0].shape else Code(f"{inside} ** 2", POWER)
    exponent = str(node.data) if node.data.denominator == 1 else repr(float(node.data))
    return Code(f"{w(base).at(ATOM)} ** {exponent}", POWER)


@rule("product")
def _product(w: Writer, node: Expr) -> Code:
    closed, left = runs(node.args)
    scalars = [_chained(w, [node.args[k] for k in run]) for run in closed]
    if not left:
        return _multiplied(scalars)
    return _multiplied([*scalars, _chained(w, [node.args[k] for k in left])])


def _multiplied(parts: list[Code]) -> Code:
    if len(parts) == 1:
        return parts[0]
    return Code(" * ".join(p.at(UNARY if k else MUL) for k, p in enumerate(parts)), MUL)


def _chained(w: Writer, factors: list[Expr]) -> Code:
    """A matrix product; a column before a row begins an outer product."""
    pieces: list[list[Expr]] = [[]]
    for f in factors:
        if pieces[-1] and is_row(f.shape) and len(pieces[-1][-1].shape) == 1:
            pieces.append([])
        pieces[-1].append(f)
    parts = [_matrix_product(w, p) for p in pieces]
    if len(parts) == 1:
        return parts[0]
    # u (v^T w) (y^T Z): what stands between is a number, the last piece too if it ends in a column.
    ends_in_column = len(factors[-1].shape) == 1 and len(pieces[-1]) > 1
    if ends_in_column:
        return _multiplied([parts[0], *parts[1:]])
    outer = Code(f"{w.np}.outer({parts[0].text}, {parts[-1].text})")
    return _multiplied([*parts[1:-1], outer])


def _matrix_product(w: Writer, factors: list[Expr]) -> Code:
    codes = [w(f).at(POWER) for f in factors]
    if len(codes) == 1:
        return w(factors[0])
    if len(factors[-1].shape) == 1 and not is_row(factors[0].shape):
        text = codes[-1]
        for k, code in enumerate(reversed(codes[:-1])):
            text = f"{code} @ ({text})" if k else f"{code} @ {text}"
        return Code(text, MATMUL)
    return Code(" @ ".join(codes), MATMUL)
