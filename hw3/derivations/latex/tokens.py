"""Tokens of LaTeX mathematics, each with its place in the source.

Spacing commands, comments and sizes of delimiters say nothing and are dropped here; what is kept says where it
stood, so that every verdict can point at what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["command", "letter", "number", "symbol", "text"]


class ReadingError(ValueError):
    """What was written can't be read; `place` is the offset in the source at which it stands."""

    def __init__(self, message: str, place: int | None = None) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Token:
    r"""One token: `text` is `\alpha`, `x`, `12.5`, `{`, `^`, `&`, `\\`, or the content of \text{...}.

    `place` and `end` are offsets in the source; what a macro expands to stands where the macro was called.
    """

    kind: Kind
    text: str
    place: int
    end: int

    def at(self, place: int, end: int) -> Token:
        return replace(self, place=place, end=end)


# Commands that take text, which is kept as one token. \operatorname's is a name.
TEXT = ("\\text", "\\textrm", "\\textit", "\\textbf", "\\textsf", "\\texttt", "\\textnormal", "\\mbox", "\\hbox")
_TEXT_COMMANDS = "|".join(sorted((re.escape(t) for t in TEXT), key=len, reverse=True))

_TOKEN = re.compile(
    rf"""
      (?P<space>\s+|%[^\n]*(?:\n|$)|[\u200b\u200c\u200d\ufeff\u2060])
    | (?P<text>(?:{_TEXT_COMMANDS})\s*(?=\{{))
    | (?P<command>\\(?:operatorname|tag|[hv]space)\*|\\[A-Za-z]+|\\.)
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<letter>[^\W\d_])
    | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)

# What only moves or scales ink.
SPACING = {
    "\\,", "\\;", "\\:", "\\!", "\\>", "\\ ", "\\/", "\\\n", "\\quad", "\\qquad", "\\enspace", "\\thinspace",
    "\\medspace", "\\thickspace", "\\negthinspace", "\\negmedspace", "\\negthickspace", "\\nobreak",
    "\\allowbreak", "\\displaystyle", "\\textstyle", "\\scriptstyle", "\\scriptscriptstyle", "\\limits",
    "\\nolimits", "\\big", "\\Big", "\\bigg", "\\Bigg", "\\bigl", "\\Bigl", "\\biggl", "\\Biggl", "\\bigr",
    "\\Bigr", "\\biggr", "\\Biggr", "\\bigm", "\\Bigm", "\\biggm", "\\Biggm", "\\nonumber", "\\notag",
    "\\hfill", "\\hfil", "\\null", "\\relax", "\\noindent", "\\mathstrut", "\\strut", "\\smallskip",
    "\\medskip", "\\bigskip", "\\protect",
}  # fmt: skip

_UNICODE = {
    "−": "-", "–": "-", "×": "\\times", "·": "\\cdot", "⋅": "\\cdot", "∗": "*", "≤": "\\le", "≥": "\\ge",
    "≠": "\\ne", "∈": "\\in", "∼": "\\sim", "→": "\\to", "∂": "\\partial", "∇": "\\nabla", "∑": "\\sum",
    "∏": "\\prod", "∫": "\\int", "√": "\\sqrt", "⊙": "\\odot", "⊗": "\\otimes", "∘": "\\circ", "∞": "\\infty",
    "⊤": "\\top", "ᵀ": "\\top", "‖": "\\|", "∥": "\\|", "⟨": "\\langle", "⟩": "\\rangle", "≈": "\\approx",
    "≡": "\\equiv", "⇒": "\\Rightarrow", "⟹": "\\Longrightarrow", "±": "\\pm", "…": "\\dots", "⋯": "\\cdots",
    "′": "'", "’": "'", "ℝ": "\\R", "ℓ": "\\ell", "𝔼": "\\E", "½": "\\half", "≔": "\\coloneqq",
    "α": "\\alpha", "β": "\\beta", "γ": "\\gamma", "δ": "\\delta", "ε": "\\varepsilon", "ϵ": "\\epsilon",
    "ζ": "\\zeta", "η": "\\eta", "θ": "\\theta", "ϑ": "\\vartheta", "ι": "\\iota", "κ": "\\kappa",
    "λ": "\\lambda", "μ": "\\mu", "µ": "\\mu", "ν": "\\nu", "ξ": "\\xi", "π": "\\pi", "ρ": "\\rho",
    "σ": "\\sigma", "ς": "\\varsigma", "τ": "\\tau", "υ": "\\upsilon", "φ": "\\varphi", "ϕ": "\\phi",
    "χ": "\\chi", "ψ": "\\psi", "ω": "\\omega", "Γ": "\\Gamma", "Δ": "\\Delta", "Θ": "\\Theta",
    "Λ": "\\Lambda", "Ξ": "\\Xi", "Π": "\\Pi", "Σ": "\\Sigma", "Φ": "\\Phi", "Ψ": "\\Psi", "Ω": "\\Omega",
}  # fmt: skip


def tokens(source: str, start: int = 0, end: int | None = None) -> list[Token]:
    r"""The tokens of `source[start:end]`, spaces and comments left out, places counted in `source`.

    >>> [t.text for t in tokens(r"\alpha x^{12} \text{ if } y% why")]
    ['\\alpha', 'x', '^', '{', '12', '}', ' if ', 'y']

    Raises:
        ReadingError: a \text{...} is not closed.
    """
    return list(_scan(source, start, len(source) if end is None else end))


def _scan(source: str, start: int, end: int) -> Iterator[Token]:
    at = start
    while at < end:
        found = _TOKEN.match(source, at, end)
        assert found is not None  # the last alternative takes any character
        kind, text = found.lastgroup, found.group()
        at = found.end()
        if kind == "space":
            continue
        if kind == "text":
            inside, at = braced(source, at, end)
            yield Token("text", inside, found.start(), at)
        elif kind == "symbol" or (kind == "letter" and text in _UNICODE):
            told = _UNICODE.get(text, text)
            yield Token("command" if told.startswith("\\") else "symbol", told, found.start(), at)
        else:
            yield Token(kind, text, found.start(), at)  # type: ignore[arg-type]


def braced(source: str, at: int, end: int) -> tuple[str, int]:
    """The content of the {...} that opens at `at`, and the place after it.

    Raises:
        ReadingError: it is not closed.
    """
    depth, k = 0, at
    while k < end:
        if source[k] == "\\":
            k += 1
        elif source[k] == "{":
            depth += 1
        elif source[k] == "}":
            depth -= 1
            if depth == 0:
                return source[at + 1 : k], k + 1
        k += 1
    raise ReadingError("the '{' here is not closed", at)
