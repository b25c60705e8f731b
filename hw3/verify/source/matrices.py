"""Matrices, entries and sums over indices, and Gaussian laws as code."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import ONE, Size
from hw3.derivations.operations import product
from hw3.errors import UserError
from hw3.verify.source.code import ATOM, Code, is_row
from hw3.verify.source.writer import Writer, rule


@rule("transpose")
def _transpose(w: Writer, node: Expr) -> Code:
    inner = w(node.args[0])
    return Code(f"{inner.at(ATOM)}.T") if len(node.shape) == 2 and len(node.args[0].shape) == 2 and not is_row(
        node.shape
    ) and not is_row(node.args[0].shape) else inner  # fmt: skip


@rule("inverse")
def _inverse(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.linalg.inv({w(node.args[0]).text})")


@rule("det")
def _det(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.linalg.det({w(node.args[0]).text})")


@rule("logdet")
def _logdet(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.linalg.slogdet({w(node.args[0]).text})[1]")


@rule("trace")
def _trace(w: Writer, node: Expr) -> Code:
    inner = w(node.args[0])
    return Code(f"{w.np}.trace({inner.text})") if node.args[0].shape else inner


@rule("diag", "diagonal")
def _diag(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.diag({w(node.args[0]).text})")


@rule("norm")
def _norm(w: Writer, node: Expr) -> Code:
    inner = w(node.args[0]).text
    if not node.args[0].shape:
        return Code(f"abs({inner})")
    return Code(f"torch.linalg.vector_norm({inner})" if w.library == "torch" else f"np.linalg.norm({inner})")


@rule("cholesky")
def _cholesky(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.linalg.cholesky({w(node.args[0]).text})")


@rule("eigenvalues")
def _eigenvalues(w: Writer, node: Expr) -> Code:
    return Code(f"{w.np}.linalg.eigvalsh({w(node.args[0]).text})")


@rule("stack")
def _stack(w: Writer, node: Expr) -> Code:
    inside = ", ".join(w(a).text for a in node.args)
    return Code(f"torch.cat([{inside}])" if w.library == "torch" else f"np.concatenate([{inside}])")


@rule("blockdiag")
def _blockdiag(w: Writer, node: Expr) -> Code:
    inside = ", ".join(w(a).text for a in node.args)
    return Code(f"torch.block_diag({inside})" if w.library == "torch" else f"{w.helper('block_diag')}({inside})")


# --- indices --------------------------------------------------------------------------------------------


@rule("position")
def _position(w: Writer, node: Expr) -> Code:
    return Code(str(node.data[0]))


@rule("bound")
def _bound(w: Writer, node: Expr) -> Code:
    return Code(w.bound[-1 - node.data[0]])


@rule("entry")
def _entry(w: Writer, node: Expr) -> Code:
    array, *at = node.args
    if not array.shape:
        return w(array)
    return Code(f"{w(array).at(ATOM)}[{_place(w, array, at)}]")


def _place(w: Writer, array: Expr, at: list[Expr]) -> str:
    """Indices for the axes that are not literal ones; a row has one axis."""
    rest = iter(at)
    return ", ".join(
        "0" if n is ONE else w(next(rest)).text for n in array.shape if not (is_row(array.shape) and n is ONE)
    )


@rule("sum")
def _sum(w: Writer, node: Expr) -> Code:
    name = w.ids.of(str(node.data[0]))
    w.bound.append(name)
    body = w(node.args[0]).text
    w.bound.pop()
    return Code(f"sum({body} for {name} in range({w.size(node.data[1]).text}))")


@rule("derivative")
def _derivative(w: Writer, node: Expr) -> Code:
    """The 0/1 arrays: of an entry, and of a part of a stack."""
    body = node.args[1]
    if body.operation.name == "entry" and body.args[0].operation.name == "bound":
        array, *at = body.args
        w.bound.append("_")
        place = _place(w, array, at)
        w.bound.pop()
        return Code(f"{w.helper('unit')}({w.like()}, {w.extent(array.shape)}, ({place},))")
    if body.operation.name == "stack":
        before = Size.of(0)
        for part in body.args:
            if part.operation.name == "bound":
                end = before + part.shape[0]
                start = "" if before is Size.of(0) else w.size(before).text
                eye = w.made(f"{w.np}.eye({w.size(body.shape[0]).text})").text
                return Code(f"{eye}[:, {start}:{w.size(end).text}]")
            before = before + part.shape[0]
    if body.operation.name == "maxpool" and body.args[0].operation.name == "add":
        a, moved = body.args[0].args
        if moved.operation.name == "product" and moved.args[0].operation.name == "bound":
            rest = moved.args[1:]
            d = w(rest[0] if len(rest) == 1 else product(*rest))
            window = body.data[0]
            return Code(
                f"{w.helper('chosen')}({d.text}, {w(a).text}, "
                f"{w.size(window.width).text}, {w.size(window.stride).text})"
            )
    raise UserError("a derivative is not written as code: write it out")


# --- laws -----------------------------------------------------------------------------------------------


@rule("logdensity", "kl")
def _law(w: Writer, node: Expr) -> Code:
    if not node.args[0].shape:
        raise UserError("a law of a number is not written as code: write its density out")
    if node.operation.name == "kl":
        parts = [w(a).text for law in node.args for a in law.args]
    else:
        parts = [w(node.args[1]).text, *(w(a).text for a in node.args[0].args)]
    return Code(f"{w.helper({'kl': 'kl', 'logdensity': 'log_density'}[node.operation.name])}({', '.join(parts)})")
