"""Formulae on several lines: where a display that is too wide is broken, for LaTeX and for KaTeX alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

WIDTH = 67  # letters that fit on a line of the pages,
BOXED = 64  # and within a box with the end of the proof beside it


def wrapped(formula: str, start: str, width: int = WIDTH) -> list[str]:
    """A formula as lines of an aligned display, broken before plus and minus signs, the outermost first."""
    lines, rest = [], formula
    while width_of(rest) > width and (at := _best_break(rest, width)):
        line, rest = _split(rest, at)
        lines.append(start + line.rstrip())
        start = r"& \qquad {}"
    return [*lines, start + rest]


def _best_break(formula: str, width: int) -> int:
    """The last fitting break of those that stand in the fewest brackets and leave no stump; 0 if there is none."""
    fitting = [(depth, at) for at, depth in _breaks(formula) if width_of(formula[:at]) <= width]
    long = [(depth, at) for depth, at in fitting if width_of(formula[:at]) >= width / 3]
    return max(long or fitting, key=lambda place: (-place[0], place[1]), default=(0, 0))[1]


_TOKENS = re.compile(r"\\(?:left|right)(?:\\[A-Za-z]+|\\.|.)|\\[A-Za-z]+|\\.|.", re.DOTALL)


def _breaks(formula: str) -> list[tuple[int, int]]:
    """Where a plus, a minus or an arrow stands outside all braces, and in how many brackets."""
    places, braces, brackets = [], 0, 0
    for token in _TOKENS.finditer(formula):
        text, at = token[0], token.start()
        braces += (text == "{") - (text == "}")
        brackets += (text in "([" or text.startswith("\\left")) - (text in ")]" or text.startswith("\\right"))
        binary = text in "+-" and formula[at - 1 : at] == " " == formula[at + 1 : at + 2]
        if at and not braces and (binary or text == r"\Longrightarrow"):
            places.append((at, brackets))
    return places


def _split(formula: str, at: int) -> tuple[str, str]:
    r"""The two parts; a \left( whose \right) is in the other part becomes a bracket of its own."""
    opened: list[int] = []
    for token in _TOKENS.finditer(formula[:at]):
        if token[0].startswith("\\left"):
            opened.append(token.start())
        elif token[0].startswith("\\right"):
            opened.pop()
    before, after, depth = formula[:at], formula[at:], 0
    for start in opened:
        before = f"{before[:start]}\\Bigl{before[start + 5 :]}"  # as long as \left, so that the places stay
    closing = []
    for token in _TOKENS.finditer(after):
        depth += token[0].startswith("\\left")
        if token[0].startswith("\\right"):
            depth -= 1
            if depth < 0:
                closing.append(token.start())
                depth = 0
    for start in reversed(closing):
        after = f"{after[:start]}\\Bigr{after[start + 6 :]}"
    return before, after


def width_of(formula: str) -> float:
    """Roughly how many letters wide the formula is when it is set."""
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", lambda m: max(m[1], m[2], key=len), formula)
    text = re.sub(r"\\(left|right|Bigl|Bigr|operatorname|mathcal|mathbb|mathbf|lVert|rVert)", "", text)
    text = re.sub(r"\\(,|;|quad|qquad)", "x", text)
    text = re.sub(r"\\[A-Za-z]+ ?", "x", text)
    scripts = sum(len(s) for s in re.findall(r"[_^](\{[^{}]*\}|.)", text))
    return len(re.sub(r"[{}^_ ]", "", text)) - 0.4 * scripts + 1.5 * len(re.findall(r" [-+=] ", text))


def aligned(lines: Iterable[str], environment: str = "aligned") -> str:
    """The lines as a display."""
    return f"\\begin{{{environment}}}\n" + " \\\\[2pt]\n".join(lines) + f"\n\\end{{{environment}}}"
