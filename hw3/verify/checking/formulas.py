r"""What was written, in one line for the terminal: `\frac{\partial L}{\partial W}` is ∂L/∂W."""

from __future__ import annotations

from hw3.derivations.language.printing import subscript, superscript, unicode_name
from hw3.derivations.latex import surface as s

_SIGNS = {
    "\\nabla": "∇", "\\sum": "∑", "\\prod": "∏", "\\int": "∫", "\\infty": "∞", "\\dots": "…", "\\ldots": "…",
    "\\cdots": "⋯", "\\vdots": "⋮", "\\ddots": "⋱", "\\forall": "∀", "\\exists": "∃", "\\top": "ᵀ", "\\intercal": "ᵀ",
    "\\prime": "′", "\\star": "⋆", "\\ast": "*", "\\circ": "∘", "\\dagger": "†", "\\partial": "∂", "\\perp": "⊥",
    "\\emptyset": "∅", "\\hbar": "ħ", "\\imath": "ı", "\\jmath": "ȷ",
}  # fmt: skip
_DOUBLE = {"R": "ℝ", "E": "𝔼", "N": "ℕ", "Z": "ℤ", "P": "ℙ", "1": "𝟏", "S": "𝕊", "I": "𝕀", "V": "𝕍"}
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308",
            "check": "\u030c", "breve": "\u0306", "underline": "\u0332", "ring": "\u030a"}  # fmt: skip
_TIGHT = ("∂", "∇", "d", "δ")  # what holds on to the name behind it
_BARE = (s.Name, s.Number, s.Script, s.Accent, s.Fence, s.Words, s.Empty)


def formula(node: s.Node) -> str:
    r"""The node in one line.

    >>> from hw3.derivations.latex.parse import parse
    >>> from hw3.derivations.latex.tokens import tokens
    >>> formula(parse(tokens(r"\frac{\partial L}{\partial W_1} = 2 (\hat{x} - x) x^\top")))
    '∂L/∂W₁ = 2 (x̂ - x) xᵀ'
    """
    match node:
        case s.Number():
            return node.text
        case s.Name():
            return _name(node)
        case s.Words():
            return node.text
        case s.Accent():
            body = formula(node.body)
            return body + _ACCENTS[node.kind] if len(body) == 1 and node.kind in _ACCENTS else f"{node.kind}({body})"
        case s.Script():
            return _script(node)
        case s.Fence():
            return (
                f"{'' if node.open == '.' else node.open}{formula(node.body)}{'' if node.close == '.' else node.close}"
            )
        case s.Juxt():
            return _side_by_side(node.items)
        case s.Product():
            first, *rest = node.items
            return formula(first) + "".join(
                f"/{_bare(b)}" if op == "/" else f" {op} {formula(b)}" for op, b in zip(node.ops, rest, strict=True)
            )
        case s.Sum():
            return _sum(node)
        case s.Relation():
            return _joined([formula(i) for i in node.items], [f" {op} " for op in node.ops]).strip()
        case s.Sequence():
            seps = [f"{p} " if p in ",;" else p if p in "|‖" else f" {p} " for p in node.seps]
            return _joined([formula(i) for i in node.items], seps)
        case s.Implication():
            return _joined([formula(i) for i in node.items], [f" {op} " for op in node.ops]).strip()
        case s.Fraction():
            return f"{_bare(node.above)}/{_bare(node.below)}"
        case s.Root():
            sign = "√" if node.index is None else superscript(formula(node.index)) + "√"
            return sign + _bare(node.body)
        case s.At():
            return f"{_bare(node.body)}|_({formula(node.condition)})"
        case s.Grid():
            return "[" + "; ".join(", ".join(formula(c) for c in row) for row in node.rows) + "]"
        case _:
            return ""


def shortened(text: str, width: int) -> str:
    """The text in `width` characters, what is too much left out in the middle.

    >>> shortened("L = a + b + c + d + e + abc def gh", 26)
    'L = a + b + c + … def gh'
    """
    if len(text) <= width:
        return text
    room = max(width - 3, 2)
    head, tail = text[: room - room // 3], text[len(text) - room // 3 :]
    cut, begins = head.rfind(" "), tail.find(" ")  # rather between two words
    if text[len(head)] != " " and cut > len(head) - 12 and cut > 0:
        head = head[:cut]
    if 0 <= begins < 12 and begins < len(tail) - 1:
        tail = tail[begins + 1 :]
    return f"{head.rstrip()} … {tail.lstrip()}"


def _joined(items: list[str], between: list[str]) -> str:
    return items[0] + "".join(b + i for b, i in zip(between, items[1:], strict=True))


def _name(node: s.Name) -> str:
    if node.text in _SIGNS:
        return _SIGNS[node.text]
    if node.font == "bb":
        return _DOUBLE.get(node.text, node.text)
    return unicode_name(node.text)


def _script(node: s.Script) -> str:
    base = formula(node.base) if isinstance(node.base, _BARE) else f"({formula(node.base)})"
    below = "" if node.sub is None else subscript(formula(node.sub))
    above = "" if node.sup is None else superscript(formula(node.sup))
    return base + "′" * node.primes + below + above


def _bare(node: s.Node) -> str:
    """An operand of a fraction: in brackets unless it holds together."""
    text = formula(node)
    if isinstance(node, _BARE) or not any(c in text for c in " /"):
        return text
    return f"({text})"


def _side_by_side(items: tuple[s.Node, ...]) -> str:
    text = ""
    for before, node in zip((None, *items), items, strict=False):
        shown = formula(node)
        tight = before is None or text.endswith(_TIGHT[:2])
        if isinstance(before, s.Name):
            word = before.text.lstrip("\\")
            tight = tight or word == "d" or (isinstance(node, s.Fence) and node.open in ("(", "["))
        elif isinstance(before, s.Script) and isinstance(node, s.Fence):
            tight = tight or node.open in ("(", "[")
        text += shown if tight or not shown else f" {shown}"
    return text


def _sum(node: s.Sum) -> str:
    text = ""
    for k, (sign, item) in enumerate(zip(node.signs, node.items, strict=True)):
        shown = {"\\pm": "±", "\\mp": "∓"}.get(sign, sign)
        text += f"{shown}{formula(item)}" if k == 0 else f" {shown} {formula(item)}"
    return text
