"""Functions that act entry by entry, and softmax, as code."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.errors import UserError
from hw3.verify.source.code import MATMUL, MUL, POWER, SUM, Code
from hw3.verify.source.writer import Writer, rule

_KNOWN: dict[str, tuple[str, str]] = {
    "exp": ("torch.exp({})", "np.exp({})"),
    "log": ("torch.log({})", "np.log({})"),
    "sin": ("torch.sin({})", "np.sin({})"),
    "cos": ("torch.cos({})", "np.cos({})"),
    "tanh": ("torch.tanh({})", "np.tanh({})"),
    "sqrt": ("torch.sqrt({})", "np.sqrt({})"),
    "abs": ("torch.abs({})", "np.abs({})"),
    "sign": ("torch.sign({})", "np.sign({})"),
    "sinh": ("torch.sinh({})", "np.sinh({})"),
    "cosh": ("torch.cosh({})", "np.cosh({})"),
    "tan": ("torch.tan({})", "np.tan({})"),
    "arctan": ("torch.arctan({})", "np.arctan({})"),
    "softplus": ("torch.logaddexp({0}, torch.zeros_like({0}))", "np.logaddexp({}, 0)"),
    "erf": ("torch.erf({})", "erf({})"),
    "relu": ("torch.relu({})", "np.maximum({}, 0)"),
    "step": ("torch.relu(torch.sign({}))", "np.maximum(np.sign({}), 0)"),
}


@rule("apply")
def _apply(w: Writer, node: Expr) -> Code:
    name, order = node.data
    x = w(node.args[0])
    if name not in FUNCTIONS:
        return Code(f"{w.function(name, order)}({x.text})")
    if name == "reciprocal":
        return Code(f"1 / {x.at(POWER)}", MUL)
    inside = x.text
    if w.library == "torch" and not any(n.operation.name in ("symbol", "bound") for n in walk(node)):
        inside = f"torch.tensor(float({inside}), dtype=torch.float64)"
    if name == "sigmoid":
        return Code(f"torch.sigmoid({inside})" if w.library == "torch" else f"{w.helper('sigmoid')}({inside})")
    if name == "expm1mx":
        return Code(f"{w.np}.expm1({inside}) - {x.at(MATMUL)}", SUM)
    if name == "xmlog1p":
        return Code(f"{x.at(MATMUL)} - {w.np}.log1p({inside})", SUM)
    if name not in _KNOWN:
        raise UserError(f"the function {name} is not written as code")
    if name == "erf" and w.library != "torch":
        w.imports.add("from scipy.special import erf")
    return Code(_KNOWN[name][w.library != "torch"].format(inside))


@rule("softmax", "logsumexp")
def _softmax(w: Writer, node: Expr) -> Code:
    name = node.operation.name
    inside = w(node.args[0]).text
    return Code(f"torch.{name}({inside}, -1)" if w.library == "torch" else f"{w.helper(name)}({inside})")
