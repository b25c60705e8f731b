"""Printing expressions, as they were written: LaTeX for pages, Unicode for the terminal.

Each operation knows how it is written (`Operation.show`); the printer knows the notation, places the
parentheses, and names bound variables so that no name is captured.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hw3.derivations.language.expression import Expr, Fresh, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

# How tightly a node holds together when written; an argument that holds less tightly is parenthesised.
SUM, BIG, PRODUCT, TIGHT, ATOM = 10, 15, 20, 30, 100

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "partial": "∂", "top": "ᵀ", "mapsto": "↦", "times": "×", "cdot": "·",
    "odot": "⊙",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("0123456789+-()niTkᵀ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵀᵏᵀ")
_SUBSCRIPTS = str.maketrans("0123456789+-()aeijkmnpx", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₘₙₚₓ")

# The same read backwards: a character of the terminal's notation as LaTeX.
LETTERS = {character: f"\\{name}" for name, character in _GREEK.items()}
RAISED = {chr(high): chr(plain) for plain, high in _SUPERSCRIPTS.items()}
LOWERED = {chr(low): chr(plain) for plain, low in _SUBSCRIPTS.items()}


def _translated(text: str, table: dict[int, int], otherwise: str) -> str:
    plain = text.replace(" ", "")
    if plain and all(ord(c) in table for c in plain):
        return plain.translate(table)
    return f"{otherwise}{text}" if len(text) == 1 else f"{otherwise}({text})"


def superscript(text: str) -> str:
    """The text raised, in Unicode: superscript digits where they exist, `^(...)` where not."""
    return _translated(text, _SUPERSCRIPTS, "^")


def subscript(text: str) -> str:
    """The text lowered, in Unicode."""
    return _translated(text, _SUBSCRIPTS, "_")


def unicode_name(name: str) -> str:
    r"""A LaTeX name for the terminal: `\hat{x}` is x̂, `\Sigma_0` is Σ₀, `W^{(1)}` is W⁽¹⁾."""
    text = re.sub(r"\\(?:hat|widehat)\{?(\\?[A-Za-z]+)\}?", lambda m: unicode_name(m[1]) + "\u0302", name)
    text = re.sub(r"\\(?:bar|overline)\{?(\\?[A-Za-z]+)\}?", lambda m: unicode_name(m[1]) + "\u0304", text)
    text = re.sub(r"\\(?:tilde|widetilde)\{?(\\?[A-Za-z]+)\}?", lambda m: unicode_name(m[1]) + "\u0303", text)
    text = re.sub(r"\\(?:mathrm|mathbf|mathcal|boldsymbol|mathsf|operatorname|text)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: _GREEK.get(m[1], m[1]), text)
    text = text.replace(r"\|", "‖").replace("∂ ", "∂")
    text = re.sub(r"_\{([^{}]*)\}|_(.)", lambda m: subscript(m[1] or m[2]), text)
    text = re.sub(r"\^\{([^{}]*)\}|\^(.)", lambda m: superscript(m[1] or m[2]), text)
    return text.replace("{", "").replace("}", "")


def unicode_text(text: str) -> str:
    r"""Text whose formulae stand between dollar signs, for the terminal.

    >>> unicode_text(r"with $P = L^{-1} \Sigma_0 L^{-\top}$ as above")
    'with P = L⁻¹ Σ₀ L⁻ᵀ as above'
    """
    parts = text.split("$")
    return "".join(unicode_name(p) if k % 2 else p for k, p in enumerate(parts))


DEEPEST = 200  # how deep a formula is nested that is still written out: nobody reads more, nor can Python


class Printer:
    """One printing of one expression in one notation: `latex` True or False (Unicode)."""

    def __init__(self, latex: bool) -> None:
        self.latex = latex
        self._bound: list[str] = []
        self._left = 20_000
        self._depth = 0

    def __call__(self, node: Expr, tightness: int = 0) -> str:
        """The node, in parentheses if it holds together less tightly than `tightness`."""
        self._left -= 1
        if self._left < 0 or self._depth >= DEEPEST:
            return r"\dots" if self.latex else "…"  # shared parts are written out each time
        self._depth += 1
        try:
            text = node.operation.show(node, self)
        finally:
            self._depth -= 1
        return self.parenthesised(text) if self.tightness(node) < tightness else text

    def tightness(self, node: Expr) -> int:
        given = getattr(node.operation, "tightness", ATOM)
        return int(given(node, self) if callable(given) else given)

    def parenthesised(self, text: str) -> str:
        return rf"\left({text}\right)" if self.latex and _is_tall(text) else f"({text})"

    def bracketed(self, text: str) -> str:
        return rf"\left[{text}\right]" if self.latex and _is_tall(text) else f"[{text}]"

    def name(self, name: object) -> str:
        text = name.hint if isinstance(name, Fresh) else str(name)
        return text if self.latex else unicode_name(text)

    def sub(self, base: str, low: str) -> str:
        return f"{base}_{{{low}}}" if self.latex else base + subscript(low)

    def sup(self, base: str, high: str) -> str:
        if self.latex:
            # A second superscript on one base is a TeX error: a^b^c.
            guarded = "{" + base + "}" if "^" in base and not base.endswith(")") else base
            return f"{guarded}^{{{high}}}"
        return base + superscript(high)

    def word(self, name: str) -> str:
        r"""An operator's name: \operatorname{tr}, or \log where LaTeX has it."""
        if not self.latex:
            return name
        known = {"log", "exp", "det", "sin", "cos", "tan", "tanh", "max", "min", "sinh", "cosh"}
        return f"\\{name}" if name in known else rf"\operatorname{{{name}}}"

    def call(self, name: str, *args: str) -> str:
        return name + self.parenthesised(", ".join(args))

    def bound(self, depth: int) -> str:
        """The name of the variable that the binder `depth` levels out binds."""
        return self._bound[-1 - depth] if depth < len(self._bound) else f"#{depth}"

    def fresh_name(self, hint: str, *bodies: Expr) -> str:
        """The hint as a printed name, changed if something in the bodies already has it."""
        taken = set(self._bound)
        for body in bodies:
            for node in walk(body):
                if node.operation.name in ("symbol", "index", "abbreviation"):
                    taken.add(self.name(node.data[0]))
        name = self.name(hint)
        while name in taken:
            name = self.sub(name, "*") if self.latex else name + "*"
        return name

    @contextmanager
    def binding(self, name: str) -> Iterator[str]:
        """Within it, the innermost bound variable is called `name` (as printed)."""
        self._bound.append(name)
        try:
            yield name
        finally:
            self._bound.pop()


def _is_tall(text: str) -> bool:
    """Whether brackets about this LaTeX must grow."""
    return any(word in text for word in (r"\frac", r"\sum", r"\begin", r"\left"))


def latex(node: Expr) -> str:
    r"""The expression in LaTeX that KaTeX and amsmath both read.

    >>> from hw3.derivations.operations import matrix, vector
    >>> A, x = matrix("A", "n", "n"), vector("x", "n")
    >>> print(latex(x.T @ A @ x))
    x^{\top} A x
    """
    return Printer(latex=True)(node)


def unicode(node: Expr) -> str:
    """The expression in Unicode for a terminal.

    >>> from hw3.derivations.operations import matrix, vector
    >>> x = vector("x", "n")
    >>> unicode((x - vector("\\\\mu", "n")).T @ x)
    '(x - μ)ᵀ x'
    """
    return Printer(latex=False)(node)
