r"""Text for LaTeX: formulae between dollar signs stay, and the rest is escaped, mathematical letters included.

>>> tex(r"50% of $\Sigma_0$ at μ₀ ≥ 1")
'50\\% of $\\Sigma_0$ at $\\mu _{0}$ $\\ge $ 1'
"""

from __future__ import annotations

import re

_SPECIAL = str.maketrans(
    {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "{": r"\{", "}": r"\}"}
    | {sign: "\\" + sign for sign in "_&%#"}
)
# fmt: off
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}
_SIGNS = {
    "ℓ": "ell", "∂": "partial", "×": "times", "·": "cdot", "±": "pm", "≥": "ge", "≤": "le", "≠": "ne", "≈": "approx",
    "∞": "infty", "∑": "sum", "√": "surd", "⊙": "odot", "‖": "Vert", "⟹": "Longrightarrow", "∈": "in", "↦": "mapsto",
    "…": "dots",
}
# fmt: on
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
_ACCENTED = re.compile(rf"([^\W\d_])([{''.join(_ACCENTS)}])")
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵏ", "0123456789+-()nik", strict=True)) | {"ᵀ": r"\top"}
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑᵢⱼₖₘₙₚₓ", "0123456789+-()aeijkmnpx", strict=True))
_MATHEMATICAL = {letter: f"\\{name} " for letter, name in (_GREEK | _SIGNS).items()}
_MATHEMATICAL |= {"½": r"\frac{1}{2}", "𝟏": r"\mathbf{1}", "𝟎": r"\mathbf{0}"}
_RAISED_RUN, _LOWERED_RUN, _SIGN = (f"[{''.join(table)}]" for table in (_RAISED, _LOWERED, _MATHEMATICAL))
_PIECES = re.compile(f"(?P<raised>{_RAISED_RUN}+)|(?P<lowered>{_LOWERED_RUN}+)|(?P<sign>{_SIGN})")
_RUN = re.compile(f"[{''.join([*_RAISED, *_LOWERED, *_MATHEMATICAL])}]+")


def tex(text: str) -> str:
    """The text for LaTeX. What pdfTeX has no letter for becomes a question mark, so that the page compiles."""
    parts = _ACCENTED.sub(_accent, text).split("$")
    return "".join(f"${part}$" if k % 2 else _plain(part) for k, part in enumerate(parts))


def _accent(found: re.Match[str]) -> str:
    """A letter with a combining accent, as the terminal shows x-hat, as a formula."""
    letter = f"\\{_GREEK[found[1]]}" if found[1] in _GREEK else found[1]
    return rf"$\{_ACCENTS[found[2]]}{{{letter}}}$"


def _plain(text: str) -> str:
    escaped = text.translate(_SPECIAL)
    written = _RUN.sub(lambda run: f"${_PIECES.sub(_piece, run[0])}$", escaped)
    return "".join(c if ord(c) < 0x180 else "?" for c in written)


def _piece(piece: re.Match[str]) -> str:
    if piece["raised"]:
        return f"^{{{''.join(map(_RAISED.__getitem__, piece['raised']))}}}"
    if piece["lowered"]:
        return f"_{{{''.join(map(_LOWERED.__getitem__, piece['lowered']))}}}"
    return _MATHEMATICAL[piece["sign"]]
