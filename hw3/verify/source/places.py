"""Samples, shifted entries, comprehensions, blocks and extremes as code."""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.sizes import ONE, Size
from hw3.derivations.operations.blocks import in_rows
from hw3.derivations.operations.positions import Form
from hw3.verify.source.code import ATOM, MUL, Code, is_row
from hw3.verify.source.writer import Writer, rule

NONE = Size.of(0)


def _form(w: Writer, indices: Sequence[Expr], form: Form) -> str:
    """An affine form of indices, counted from 0."""
    coefficients, constant = form
    text = ""
    for i, c in zip(indices, coefficients, strict=True):
        below = str(c).startswith("-") and len(c.terms) == 1
        size = -c if below else c
        if size is NONE:
            continue
        term = w(i).text if size is ONE else f"{w.size(size).at(MUL)} * {w(i).text}"
        text += ((" - " if below else " + ") if text else ("-" if below else "")) + term
    if constant is NONE and text:
        return text
    below = str(constant).startswith("-") and len(constant.terms) == 1
    if not text:
        return w.size(constant).text
    return f"{text} - {w.size(-constant).at(MUL)}" if below else f"{text} + {w.size(constant).text}"


def _number(w: Writer, text: str) -> Code:
    """A number that is made of indices, as an array of none axes."""
    return w.made(f"torch.tensor(float({text}))") if w.library == "torch" else Code(f"float({text})")


@rule("coincide")
def _coincide(w: Writer, node: Expr) -> Code:
    return _number(w, f"{_form(w, node.args, node.data)} == 0")


@rule("less")
def _less(w: Writer, node: Expr) -> Code:
    i, j = (w(k).text for k in node.args)
    return _number(w, f"{i} {'<' if node.data else '<='} {j}")


@rule("index_value")
def _index_value(w: Writer, node: Expr) -> Code:
    return _number(w, f"{w(node.args[0]).text} + 1")


@rule("sample")
def _sample(w: Writer, node: Expr) -> Code:
    array, i = node.args
    if is_row(array.shape):
        return w(array)
    rest = ["0" if n is ONE else ":" for n in array.shape[1:]] if ONE in array.shape[1:] and len(node.shape) < 3 else []
    while rest and rest[-1] == ":":
        rest.pop()
    return Code(f"{w(array).at(ATOM)}[{', '.join([w(i).text, *rest])}]")


@rule("shifted_entry")
def _shifted_entry(w: Writer, node: Expr) -> Code:
    array, *indices = node.args
    if not array.shape:
        return w(array)
    forms = iter(node.data)
    places = [
        "0" if n is ONE else _form(w, indices, next(forms))
        for n in array.shape
        if not (is_row(array.shape) and n is ONE)
    ]
    return Code(f"{w(array).at(ATOM)}[{', '.join(places)}]")


@rule("array_of")
def _array_of(w: Writer, node: Expr) -> Code:
    body, n = node.args[0], node.data[1]
    if n is ONE:
        w.bound.append("0")
        code = w(body)
        w.bound.pop()
        return Code(f"{code.at(ATOM)}[None]") if len(node.shape) > 2 else code
    name = w.ids.of(str(node.data[0]))
    w.bound.append(name)
    text = w(body).text
    w.bound.pop()
    stacked = f"{w.np}.stack([{text} for {name} in range({w.size(n).text})])"
    return Code(f"{stacked}[:, None]" if is_row(body.shape) else stacked)


@rule("product_over")
def _product_over(w: Writer, node: Expr) -> Code:
    name = w.ids.of(str(node.data[0]))
    w.bound.append(name)
    text = w(node.args[0]).text
    w.bound.pop()
    w.imports.add("import math")
    return Code(f"math.prod({text} for {name} in range({w.size(node.data[1]).text}))")


# --- blocks and extremes ----------------------------------------------------------------------------------


@rule("vec")
def _vec(w: Writer, node: Expr) -> Code:
    (a,) = node.args
    flat = len(a.shape) < 2 or is_row(a.shape)
    return w(a) if flat else Code(f"{w(a).at(ATOM)}.T.reshape(-1)")


def _matrix(w: Writer, a: Expr) -> str:
    """As an array of two axes."""
    code = w(a)
    if not a.shape:
        text = f"torch.as_tensor({code.text})" if w.library == "torch" else f"np.reshape({code.text}, (1, 1))"
        return f"{w.made(text).text}.reshape(1, 1)" if w.library == "torch" else text
    if len(a.shape) == 1:
        return f"{code.at(ATOM)}[:, None]"
    return f"{code.at(ATOM)}[None]" if is_row(a.shape) else code.text


@rule("kron")
def _kron(w: Writer, node: Expr) -> Code:
    a, b = node.args
    if not a.shape or not b.shape:
        return Code(f"{w(a).at(MUL)} * {w(b).at(MUL)}", MUL)
    if len(node.shape) == 1 or is_row(node.shape):
        return Code(f"{w.np}.kron({w(a).text}, {w(b).text})")
    return Code(f"{w.np}.kron({_matrix(w, a)}, {_matrix(w, b)})")


@rule("block")
def _block(w: Writer, node: Expr) -> Code:
    cat = "torch.cat" if w.library == "torch" else "np.concatenate"
    rows = [f"{cat}([{', '.join(_matrix(w, a) for a in row)}], 1)" for row in in_rows(node.args, node.data)]
    whole = rows[0] if len(rows) == 1 else f"{cat}([{', '.join(rows)}])"
    if not node.shape:
        return Code(f"{whole}.reshape(())")
    return Code(f"{whole}.reshape(-1)" if len(node.shape) == 1 or is_row(node.shape) else whole)


@rule("extremum")
def _extremum(w: Writer, node: Expr) -> Code:
    inside = []
    for a in node.args:
        constant = not any(n.operation.name in ("symbol", "bound") for n in walk(a))
        text = w(a).text
        inside.append(w.made(f"torch.as_tensor({text})").text if constant and w.library == "torch" else text)
    return Code(f"{w.np}.{node.data}imum({', '.join(inside)})")


@rule("maximum_of")
def _maximum_of(w: Writer, node: Expr) -> Code:
    inner = w(node.args[0])
    return Code(f"{inner.at(ATOM)}.{node.data}()") if node.args[0].shape else inner


@rule("matrix_exponential")
def _matrix_exponential(w: Writer, node: Expr) -> Code:
    inner = w(node.args[0]).text
    if w.library == "torch":
        return Code(f"torch.linalg.matrix_exp({inner})")
    w.imports.add("from scipy.linalg import expm")
    return Code(f"expm({inner})")
