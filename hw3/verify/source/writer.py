"""The writer of code: a rule for each operation, and notes of what the code needs."""

from __future__ import annotations

import re
from collections.abc import Callable

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Shape, Size
from hw3.errors import UserError
from hw3.verify.source.code import ATOM, MUL, SUM, Code, Identifiers, is_row
from hw3.verify.source.helpers import HELPERS

RULES: dict[str, Callable[[Writer, Expr], Code]] = {}


def rule(*names: str) -> Callable[[Callable[[Writer, Expr], Code]], Callable[[Writer, Expr], Code]]:
    def register(function: Callable[[Writer, Expr], Code]) -> Callable[[Writer, Expr], Code]:
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


class Writer:
    """Writes expressions; notes which sizes, helpers and imports they need."""

    def __init__(self, library: str, ids: Identifiers, variables: dict[Expr, str], functions: dict[str, str]) -> None:
        self.library, self.ids, self.variables, self.functions = library, ids, variables, functions
        self.np = "torch" if library == "torch" else "np"
        self.sizes: dict[str, None] = {}
        self.helpers: dict[str, None] = {}
        self.imports: set[str] = set()
        self.bound: list[str] = []

    def __call__(self, node: Expr) -> Code:
        if node in self.variables:
            return Code(self.variables[node])
        rule = RULES.get(node.operation.name)
        if rule is None:
            raise UserError(f"{node.operation.name} is not written as code: leave it out, or write it out")
        return rule(self, node)

    def function(self, name: str, order: int) -> str:
        """a, da, d2a for a function and its derivatives."""
        return {0: "", 1: "d"}.get(order, f"d{order}") + self.functions[name]

    def size(self, n: Size) -> Code:
        """A size as an integer."""
        text, tightness = "", ATOM
        for powers, c in n._ordered():
            factors = [name if p == 1 else f"{name}**{p}" for name, p in ((self._size(m), p) for m, p in powers)]
            if abs(c) != 1 or not factors:
                factors.insert(0, str(abs(c)))
            tightness = SUM if text else min(tightness, MUL if len(factors) > 1 else ATOM)
            sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
            text += sign + " * ".join(factors)
        return Code(text or "0", SUM if text.startswith("-") else tightness)

    def _size(self, name: str) -> str:
        self.sizes.setdefault(name)
        return self.ids.of_size(name)

    def sizes_in(self, line: str) -> set[str]:
        return set(re.findall(r"[A-Za-z_]\w*", line))

    def extent(self, shape: Shape) -> str:
        """A shape as a tuple; a row has one axis."""
        own = shape[1:] if is_row(shape) else shape
        inside = ", ".join(self.size(n).text for n in own)
        return f"({inside},)" if len(own) == 1 else f"({inside})"

    def helper(self, name: str) -> str:
        if name not in HELPERS[self.library]:
            raise UserError(f"{name} is written for torch only: choose library='torch'")
        self.helpers.setdefault(name)
        if "F." in HELPERS[self.library][name]:
            self.imports.add("import torch.nn.functional as F")
        if "math." in HELPERS[self.library][name]:
            self.imports.add("import math")
        return name

    def layer(self, name: str) -> str:
        """A function of torch.nn.functional."""
        if self.library != "torch":
            raise UserError("images are written for torch only: choose library='torch'")
        self.imports.add("import torch.nn.functional as F")
        return f"F.{name}"

    def adjoint(self, name: str) -> None:
        """A function of torch.nn.grad."""
        if self.library != "torch":
            raise UserError("images are written for torch only: choose library='torch'")
        self.imports.add(f"from torch.nn.grad import {name}")

    def like(self) -> str:
        """Some array whose dtype and device new ones take."""
        return next((v for a, v in self.variables.items() if a.operation.name == "symbol"), "torch.zeros(())")

    def made(self, text: str) -> Code:
        return Code(f"{text}.to({self.like()})" if self.library == "torch" else text)
