r"""A surface tree written as LaTeX: `read(spell(tree))` is the tree again, up to places.

What binds looser than its place allows goes into braces {...}, which show nothing; who wants brackets that are seen
puts them into the tree. With the source of a tree at hand, what is as it was written is copied from there, so that
an author's `\boldsymbol`, `\tfrac` and `\left(` stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.documents.normal import normal
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.tokens import ReadingError, tokens
from hw3.derivations.latex.vocabulary import WORDS

# What a place takes, loosest first.
ANY, SEQUENCE, RELATION, SUM, PRODUCT, JUXT, SCRIPTED, ATOM = range(8)
LEVELS: dict[type[s.Node], int] = {
    s.Implication: ANY, s.Sequence: SEQUENCE, s.Relation: RELATION, s.Sum: SUM, s.Product: PRODUCT, s.Juxt: JUXT,
    s.Script: SCRIPTED, s.At: SCRIPTED,
}  # fmt: skip

_ARROWS = {"⇒": "\\Rightarrow", "⇔": "\\Leftrightarrow", "⇐": "\\Leftarrow"}
_RELATIONS = {
    "=": "=", ":=": "\\coloneqq", "≡": "\\equiv", ":": ":", "∈": "\\in", "∋": "\\ni", "∉": "\\notin", "~": "\\sim",
    "≈": "\\approx", "≅": "\\cong", "∝": "\\propto", "<": "<", ">": ">", "≤": "\\le", "≥": "\\ge", "≠": "\\ne",
    "≪": "\\ll", "≫": "\\gg", "≻": "\\succ", "⪰": "\\succeq", "≺": "\\prec", "⪯": "\\preceq", "⊂": "\\subset",
    "→": "\\to", "↦": "\\mapsto", "⊥": "\\perp", "←": "\\leftarrow", "!": "\\overset{!}{=}",
    "~iid": "\\overset{iid}{\\sim}",
}  # fmt: skip
_PRODUCTS = {
    "·": "\\cdot", "×": "\\times", "*": "*", "/": "/", "⊙": "\\odot", "∘": "\\circ", "⊗": "\\otimes",
    "⊘": "\\oslash", "⋆": "\\star", "⊕": "\\oplus", "∧": "\\wedge", "∨": "\\vee", "∖": "\\setminus",
}  # fmt: skip
_BRACKETS = {
    "{": "\\{", "}": "\\}", "⟨": "\\langle", "⟩": "\\rangle", "⌊": "\\lfloor", "⌋": "\\rfloor", "⌈": "\\lceil",
    "⌉": "\\rceil",
}  # fmt: skip
_BARS = {"|": ("\\lvert", "\\rvert"), "‖": ("\\lVert", "\\rVert")}
_ACCENTS = {"ring": "mathring"}
_FONTS = {"bf": "mathbf", "rm": "mathrm", "it": "mathit", "sf": "mathsf", "cal": "mathcal", "frak": "mathfrak",
          "bb": "mathbb"}  # fmt: skip
# The words that LaTeX itself has commands for.
_COMMANDS = {"exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "max", "min", "det", "arg",
             "lim", "Pr"}  # fmt: skip
_SIGNS = ("*", "\\ast", "+", "-", "\\top", "\\prime", "\\circ", "\\dagger", "\\star", "\\perp")

Copy = Callable[[s.Node], str | None]


def read(text: str) -> s.Node:
    r"""The surface tree of a formula that stands alone.

    Raises:
        ReadingError: it can't be read.
    """
    return parse([t for t in normal(tokens(text), text) if t.text != "\\\\" or "\\begin" in text])


def same(a: Any, b: Any) -> bool:
    """Whether two trees are one up to their places."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if not isinstance(a, s.Node):
        return bool(a == b)
    return type(a) is type(b) and all(same(getattr(a, name), getattr(b, name)) for name in s.contents(type(a)))


def spell(node: s.Node, copy: Copy | None = None) -> str:
    r"""The tree as LaTeX. `copy` gives the text of a node that is as it was written, or None.

    >>> spell(read(r"\frac{1}{2} x^{\top} (A+A^T) \odot \mathbf{y}_i"))
    '\\frac{1}{2} x^\\top (A + A^T) \\odot \\mathbf{y}_i'
    """
    return _Speller(copy).at(node, ANY)


def copied(source: str, original: s.Node) -> Copy:
    """Gives the source text of the parts of the original tree, where it reads as that part."""
    known: dict[s.Node, str | None] = dict.fromkeys(s.walk(original))
    tried: set[s.Node] = set()

    def copy(node: s.Node) -> str | None:
        if node not in known:
            return None
        if node not in tried:
            tried.add(node)
            text = source[node.place : node.end]
            try:
                known[node] = text if text and same(read(text), node) else None
            except ReadingError:
                known[node] = None  # of a macro, or only readable where it stands
        return known[node]

    return copy


class _Speller:
    def __init__(self, copy: Copy | None) -> None:
        self.copy = copy

    def at(self, node: s.Node, level: int) -> str:
        """The node where only what binds as tightly as `level` may stand."""
        if isinstance(node, s.Empty):
            return "" if level == ANY else "{}"
        text = self.copy(node) if self.copy is not None else None
        if text is None:
            text = self.written(node)
        return text if LEVELS.get(type(node), ATOM) >= level else f"{{{text}}}"

    def argument(self, node: s.Node) -> str:
        return f"{{{self.at(node, ANY)}}}"

    def written(self, node: s.Node) -> str:
        match node:
            case s.Number():
                return node.text
            case s.Name():
                return self.name(node)
            case s.Words():
                return f"\\text{{{node.text}}}"
            case s.Accent():
                return f"\\{_ACCENTS.get(node.kind, node.kind)}{self.argument(node.body)}"
            case s.Fraction():
                return f"\\frac{self.argument(node.above)}{self.argument(node.below)}"
            case s.Root():
                index = f"[{{{self.at(node.index, ANY)}}}]" if node.index is not None else ""
                return f"\\sqrt{index}{self.argument(node.body)}"
            case s.Script():
                return self.script(node)
            case s.Fence():
                return self.fence(node)
            case s.At():
                below, above = self.argument(node.condition), node.above
                told = f"\\left. {self.barred(node.body)} \\right|_{below}"
                return told + (f"^{self.argument(above)}" if above is not None else "")
            case s.Grid():
                rows = " \\\\ ".join(" & ".join(self.at(c, ANY) for c in row) for row in node.rows)
                columns = f"{{{'c' * max(map(len, node.rows), default=1)}}}" if node.kind == "array" else ""
                return f"\\begin{{{node.kind}}}{columns} {rows} \\end{{{node.kind}}}"
            case _:
                return self.joined(node)

    def joined(self, node: s.Node) -> str:
        match node:
            case s.Juxt():
                return " ".join(self.at(n, SCRIPTED) for n in node.items)
            case s.Product():
                return self.between([_braced_empty(self, n, k) for k, n in enumerate(node.items)],
                                    [_PRODUCTS[op] for op in node.ops])  # fmt: skip
            case s.Sum():
                terms = (f"{sign} {self.at(n, PRODUCT)}" for sign, n in zip(node.signs, node.items, strict=True))
                text = " ".join(terms).strip()
                return f"{text[0]}{text[2:]}" if text[:2] in ("- ", "+ ") else text
            case s.Relation():
                items = ["" if isinstance(n, s.Empty) else self.at(n, SUM) for n in node.items]
                return self.between(items, [_RELATIONS[op] for op in node.ops])
            case s.Sequence():
                items = [self.at(n, RELATION) for n in node.items]
                return self.between(items, [_separator(sep) for sep in node.seps]).replace(" ,", ",").replace(" ;", ";")
            case s.Implication():
                items = ["" if isinstance(n, s.Empty) else self.at(n, SEQUENCE) for n in node.items]
                return self.between(items, [_ARROWS[op] for op in node.ops])
        raise TypeError(f"{type(node).__name__} is not written")

    def between(self, items: list[str], signs: list[str]) -> str:
        parts = [items[0], *(p for sign, item in zip(signs, items[1:], strict=True) for p in (sign, item))]
        return " ".join(p for p in parts if p)

    def name(self, node: s.Name) -> str:
        if node.font == "op":
            return f"\\{node.text}" if node.text in _COMMANDS else f"\\operatorname{{{node.text}}}"
        if node.font in _FONTS:
            font = "boldsymbol" if node.font == "bf" and node.text.startswith("\\") else _FONTS[node.font]
            return f"\\{font}{{{node.text}}}"
        return node.text

    def script(self, node: s.Script) -> str:
        text = ("{}" if isinstance(node.base, s.Empty) else self.at(node.base, ATOM)) + "'" * node.primes
        if node.sub is not None:
            text += "_" + self.raised(node.sub)
        if node.sup is not None:
            text += "^" + self.raised(node.sup)
        return text

    def raised(self, node: s.Node) -> str:
        """A subscript or a superscript, without braces if it is one sign."""
        if isinstance(node, s.Name) and not node.font and node.text in _SIGNS:
            return node.text
        if isinstance(node, s.Name) and node.font == "" and len(node.text) == 1 and node.text.isalpha():
            return node.text
        if isinstance(node, s.Number) and len(node.text) == 1:
            return node.text
        return self.argument(node)

    def barred(self, body: s.Node) -> str:
        """What stands between bars: bars of its own that separate go into braces."""
        text = self.at(body, ANY)
        return f"{{{text}}}" if isinstance(body, s.Sequence | s.Implication) else text

    def fence(self, node: s.Fence) -> str:
        if node.open == ".":
            return f"\\left. {self.barred(node.body)} \\right{_CLOSED[node.close]}"
        if node.open in _BARS:
            opened, closed = _BARS[node.open]
            body = self.barred(node.body)
            return f"{opened} {body} {closed}"
        body = self.at(node.body, ANY)
        opened = _BRACKETS.get(node.open, node.open)
        closed = "\\right." if node.close == "right." else _BRACKETS.get(node.close, node.close)
        if node.close == "right.":
            return f"\\left{opened} {body} \\right."
        return f"{opened} {body} {closed}" if opened.startswith("\\") else f"{opened}{body}{closed}"


_CLOSED = {"|": "|", "]": "]", ")": ")", "}": "\\}"}


def _braced_empty(speller: _Speller, node: s.Node, k: int) -> str:
    """A group of a product: nothing before the first sign is nothing."""
    return "" if k == 0 and isinstance(node, s.Empty) else speller.at(node, JUXT)


def _separator(sep: str) -> str:
    return {",": ",", ";": ";", "|": "\\mid", "‖": "\\middle\\|"}.get(sep, f"\\text{{ {sep} }}")


assert set(_COMMANDS) <= WORDS
