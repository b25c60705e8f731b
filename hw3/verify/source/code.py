"""Pieces of Python code: text with how tightly it holds together, and identifiers for mathematical names."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass

from hw3.derivations.language.sizes import ONE, Shape

SUM, MATMUL, MUL, UNARY, POWER, ATOM = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True)
class Code:
    """Text of an expression, and how tightly it holds together."""

    text: str
    tightness: int = ATOM

    def at(self, tightness: int) -> str:
        """In parentheses if it holds together less tightly than this."""
        return self.text if self.tightness >= tightness else f"({self.text})"


def is_row(shape: Shape) -> bool:
    return len(shape) == 2 and shape[0] is ONE


class Identifiers:
    r"""Python names for LaTeX ones: \hat{x} is x_hat, \delta_{z_1} is delta_z_1, W^* is W_star."""

    def __init__(self, library: str) -> None:
        self.taken = {"torch", "np", "F", "math", *keyword.kwlist, *dir(builtins)}
        self._sizes: dict[str, str] = {}

    def plain(self, name: str) -> str:
        text = re.sub(r"\\(hat|bar|tilde|widehat|widetilde|overline)\{?(\\?\w+)\}?", r"\2_\1", name)
        text = text.replace("wide", "").replace("^*", "_star").replace("'", "_prime")
        text = text.replace(r"^{\top}", "_T").replace(r"^\top", "_T")
        text = re.sub(r"[^A-Za-z0-9_]+", "_", text.replace("\\", "")).strip("_")
        text = re.sub(r"__+", "_", text)
        return text if text and not text[0].isdigit() else f"v_{text}"

    def of(self, name: str) -> str:
        """A new identifier for the name."""
        plain = text = self.plain(name)
        count = 1
        while text in self.taken:
            count += 1
            text = f"{plain}_" if count == 2 and plain in (*keyword.kwlist, *dir(builtins)) else f"{plain}_{count}"
        self.taken.add(text)
        return text

    def of_size(self, size: str) -> str:
        """The identifier of a named size, always the same."""
        if size not in self._sizes:
            self._sizes[size] = self.of(size)
        return self._sizes[size]
