r"""What is given from Python, by its names in LaTeX: `x_hat` is \hat{x}, `W1` is W_1, `sigma` is \sigma.

Tensors are declared with the shapes that they have, functions as functions of one number, whole numbers as sizes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import LETTERS
from hw3.derivations.language.sizes import Size, shape_of
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.scope import Generic, Scope, SizeName, Variable
from hw3.errors import UserError
from hw3.verify.numeric.draw import Draw
from hw3.verify.source.code import Identifiers

Given = Tensor | int | Callable[..., Any]

_POWER = re.compile(r"\^\{(?![(*]|\\ast|\\star)")  # x^2 is no name
_FONT = re.compile(r"\\(?:mathbf|mathcal|mathrm|mathsf|mathbb|boldsymbol)\{([^{}]*)\}")
_ACCENTED = re.compile(r"(\w+)_(hat|bar|tilde)")
_NUMBERED = re.compile(r"([A-Za-z]+)_?(\d+)")


@dataclass(frozen=True)
class Entrywise:
    """A function of one number, from one of tensors that works entry by entry; its derivatives are autograd's."""

    function: Callable[[Tensor], Tensor]

    def at(self, t: Tensor, order: int = 0) -> Tensor:
        """The order-th derivative at every entry of t."""
        with torch.enable_grad():
            x = t if t.requires_grad else t.detach().requires_grad_()
            value = self.function(x)
            for _ in range(order):
                if not value.requires_grad:
                    return torch.zeros_like(t)
                (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True, allow_unused=True)
                value = torch.zeros_like(t) if slope is None else slope
        return value

    def check(self, name: str) -> None:
        """Raises a UserError if an entry of the result depends on another entry, or the result has another shape."""
        t = torch.tensor([0.3, 0.7, -0.4], dtype=torch.float64)
        try:
            whole = self.function(t)
            alone = [self.function(t[k : k + 1]) for k in range(3)]
            fits = whole.shape == t.shape and torch.allclose(whole, torch.cat(alone), rtol=1e-12, atol=1e-12)
        except (TypeError, RuntimeError, ValueError, IndexError, AttributeError) as error:
            raise UserError(f"{name} can't be applied to a tensor: {error}") from error
        if not fits:
            raise UserError(f"{name} does not work entry by entry: write it out in LaTeX instead of giving it")


@dataclass
class Names:
    """The scope in which a claim is read, and the numbers at which it is evaluated."""

    given: Mapping[str, Given]
    scope: Scope = field(default_factory=Scope)
    keys: dict[str, str] = field(default_factory=dict)  # Python's names, and LaTeX's
    values: dict[Expr, Any] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Given], nodes: Iterable[s.Node]) -> Names:
        """Everything that is given, under the names by which the formulas call it."""
        names = cls(given)
        wanted = [key for node in nodes for key in _keys(node)]
        for name, value in given.items():
            called = list(dict.fromkeys(k for k in wanted if name in spellings(k))) or [latex_name(name)]
            names.keys[name] = called[0]
            for key in called:
                names._bind(key, name, value)
        return names

    def variable(self, name: str) -> Expr:
        """The symbol of a tensor."""
        found = self.scope.find(self.keys[name])
        assert isinstance(found, Variable)
        return found.symbol()

    def draw(self) -> Draw:
        """The numbers."""
        return Draw({}, self.values, self.functions)

    def _bind(self, key: str, name: str, value: Given) -> None:
        if isinstance(value, Tensor):
            sizes = [Size.of(n) for n in value.shape]
            shape = shape_of(*sizes) if len(sizes) <= 2 else tuple(sizes)
            variable = Variable(key, 0, shape=shape)
            self.scope.bind(variable)
            numbers = value.detach().to("cpu", torch.float64).numpy()
            self.values[variable.symbol()] = np.array(numbers).reshape([n.value({}) for n in shape])
        elif isinstance(value, int):
            self.scope.bind(SizeName(key, 0, size=Size.of(value)))
        else:
            self.scope.bind(Generic(key, 0))
            self.functions[key] = Entrywise(value)
            self.functions[key].check(name)


def taken(name: str, value: Any) -> Given:
    """What a keyword argument gives: a tensor, a whole number or a function.

    Raises:
        UserError: it is none of these.
    """
    if isinstance(value, Tensor) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if callable(value):
        return value
    try:
        return torch.as_tensor(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError) as error:
        kind = type(value).__name__
        raise UserError(f"{name} is {kind}: give a tensor, an array, a number or a function") from error


def latex_name(name: str) -> str:
    r"""The name in LaTeX of a name in Python.

    >>> latex_name("W1"), latex_name("x_hat"), latex_name("sigma")
    ('W_{1}', '\\hat{x}', '\\sigma')
    """
    if accented := _ACCENTED.fullmatch(name):
        return rf"\{accented[2]}{{{latex_name(accented[1])}}}"
    if numbered := _NUMBERED.fullmatch(name):
        return f"{latex_name(numbered[1])}_{{{numbered[2]}}}"
    return rf"\{name}" if rf"\{name}" in LETTERS.values() else name


def spellings(key: str) -> set[str]:
    r"""The names that a LaTeX name may have in Python.

    >>> sorted(spellings(r"\mathbf{W}_{1}")), sorted(spellings(r"\hat{x}")), spellings("x^{2}")
    (['W1', 'W_1'], ['x_hat', 'xhat'], set())
    """
    if _POWER.search(key):
        return set()
    plain = Identifiers("torch").plain(_FONT.sub(r"\1", key))
    return {plain, plain.replace("_", "")}


def _keys(node: s.Node) -> Iterator[str]:
    return (key for n in s.walk(node) if (key := s.key(n)) is not None)
