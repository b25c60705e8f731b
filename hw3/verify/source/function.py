r"""A derivation as a Python function: source text, one line for each name, that runs on torch or NumPy.

    def gradient(x, W, b, c, a, da):
        u_1 = W @ x + b
        ...
        return L, grad_W, grad_b

Columns and rows are arrays with one axis. Generic functions are arguments, a and its derivative da. A size that
no argument has as an axis is an argument too. Nothing here imports torch: what runs is what is printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hw3.derivations.gradients import Derivation
from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.printing import unicode
from hw3.derivations.language.sizes import Shape, show_shape
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.errors import UserError
from hw3.verify.source import arithmetic, functions, layers, matrices, places
from hw3.verify.source.code import Code, Identifiers, is_row
from hw3.verify.source.helpers import HELPERS
from hw3.verify.source.writer import Writer

# Importing the rules registers them.
__all__ = ["arithmetic", "functions", "layers", "matrices", "places", "python_source"]

# What is cheap enough, or short enough, to be written out each time.
_CHEAP = {"symbol", "number", "size", "constant", "filled", "identity", "index", "position", "bound", "abbreviation",
          "negative", "transpose", "entry", "diag", "broadcast", "normal", "add", "reindex"}  # fmt: skip
_OUTPUT = {"gradient": "grad", "Jacobian": "jac", "Hessian": "hess"}


def python_source(derivation: Derivation, library: str = "torch") -> str:
    """The function of a derivation's symbols to the expression's value and the derivatives, in their order.

    Args:
        library: "torch" or "numpy".

    Raises:
        UserError: the library is another one, or an operation is not written in it.
    """
    if library not in HELPERS:
        raise UserError(f"no code is written for {library!r}: choose torch or numpy")
    return _Function(derivation, library).text()


class _Function:
    def __init__(self, derivation: Derivation, library: str) -> None:
        self.derivation, self.library = derivation, library
        self.outputs = [derivation.whole, *derivation.results.values()]
        order = list(dict.fromkeys(n for e in self.outputs for n in walk(e)))
        self.order = order
        self.arguments = self._arguments(order)
        self.functions = self._functions(order)
        self.ids = Identifiers(library)
        self.variables: dict[Expr, str] = {}
        for a in self.arguments:
            self.variables[a] = self.ids.of(str(a.data[0]))
        self.function_names = {name: self.ids.of(name) for name in dict.fromkeys(n for n, _ in self.functions)}
        self.writer = Writer(library, self.ids, self.variables, self.function_names)

    def _arguments(self, order: Iterable[Expr]) -> list[Expr]:
        """The symbols, in the order in which the expression has them."""
        found = {n: None for n in walk(self.derivation.expression) if n.operation.name == "symbol"}
        found.update(dict.fromkeys(n for n in order if n.operation.name == "symbol"))
        return [n for n in found if isinstance(n.data[0], str)]

    def _functions(self, order: Iterable[Expr]) -> list[tuple[str, int]]:
        used = {n.data for n in order if n.operation.name == "apply" and n.data[0] not in FUNCTIONS}
        return sorted(used)

    def text(self) -> str:
        body = self._body()
        sizes, extra, placed = self._sizes(body)
        parameters = [self.variables[a] for a in self.arguments]
        parameters += [self.writer.function(name, k) for name, k in self.functions]
        parameters += extra
        name = self.derivation.kind.lower()
        lines = [f"def {name}({', '.join(parameters)}):", f'    """{self._documented()}"""']
        lines += [f"    {line}" for line in sizes]
        rows = [a for a in self.arguments if is_row(a.shape)]
        lines += [f"    {self.variables[a]} = {self.variables[a]}.reshape(-1)" for a in rows]
        for line, _ in placed:
            lines.append(f"    {line}")
        helpers = [HELPERS[self.library][h] for h in self.writer.helpers]
        own = "import torch" if self.library == "torch" else "import numpy as np"
        imports = sorted({own, *self.writer.imports}, key=_import_order)
        return "\n\n\n".join(["\n".join(imports), *helpers, "\n".join(lines)]) + "\n"

    def _documented(self) -> str:
        e = self.derivation
        shown = unicode(e.expression)
        what = f"{shown if len(shown) < 60 else 'The value'}, and its {e.kind} by "
        told = ", ".join(self.variables.get(w, unicode(w)) for w in e.wrt)
        shapes = [f"{self.variables[a]} {_shown(a.shape)}" for a in self.arguments if a.shape]
        return (
            what.replace("\\", "") + told + ("" if not shapes else ".\n\n    Shapes: " + ", ".join(shapes) + ".\n    ")
        )

    # --- the lines ------------------------------------------------------------------------------------------

    def _body(self) -> list[tuple[str, Expr | None]]:
        """Assignments, each with the node that it assigns; the last line returns."""
        hoisted = self._shared()
        lines: list[tuple[str, Expr | None]] = []
        for node in self.order:
            named = node.operation.name == "abbreviation" and not node.loose
            if not named and node not in hoisted:
                continue
            code = self.writer(node.args[0] if named else node)
            name = self.ids.of(str(node.data[0])) if named else self.ids.of("t")
            self.variables[node] = name
            lines.append((f"{name} = {code.text}", node))
        returned = []
        for wrt, result in zip((None, *self.derivation.wrt), self.outputs, strict=True):
            code = self.writer(result)
            if wrt is not None and result not in self.variables:
                name = self.ids.of(f"{_OUTPUT[self.derivation.kind]}_{self._called(wrt)}")
                lines.append((f"{name} = {code.text}", result))
                code = Code(name)
            returned.append(f"{code.text}.reshape(1, -1)" if is_row(result.shape) else code.text)
        lines.append((f"return {', '.join(returned)}", None))
        return lines

    def _called(self, wrt: Expr) -> str:
        return self.variables.get(wrt) or self.ids.plain(str(wrt.data[0]))

    def _shared(self) -> set[Expr]:
        """What is used more than once and worth a line of its own."""
        uses: Counter[Expr] = Counter()
        for node in self.order:
            uses.update(set(node.args))
        uses.update(self.outputs)
        return {n for n, k in uses.items() if k > 1 and not n.loose and n.operation.name not in _CHEAP}

    def _sizes(self, body: list[tuple[str, Expr | None]]) -> tuple[list[str], list[str], list[tuple[str, Expr | None]]]:
        """Lines that give sizes their values, sizes that are to be arguments, and the body with the other lines."""
        top: list[str] = []
        extra: list[str] = []
        placed = list(body)
        for size in self.writer.sizes:
            name = self.ids.of_size(size)
            source = next((a for a in self.arguments if _axis(a.shape, size) is not None), None)
            if source is not None:
                top.append(f"{name} = {self.variables[source]}.shape[{_axis(source.shape, size)}]")
                continue
            at = self._first(placed, size, name)
            if at is None:
                extra.append(name)
            else:
                node = placed[at][1]
                assert node is not None
                placed.insert(at + 1, (f"{name} = {self.variables[node]}.shape[{_axis(node.shape, size)}]", None))
        return top, extra, placed

    def _first(self, body: list[tuple[str, Expr | None]], size: str, name: str) -> int | None:
        """The first line that makes an array with this axis, if the size is not needed before or in it."""
        for k, (line, node) in enumerate(body):
            if name in self.writer.sizes_in(line):
                return None
            if node is not None and _axis(node.shape, size) is not None and not is_row(node.shape):
                return k
        return None


def _import_order(line: str) -> tuple[bool, bool, str]:
    """The standard library first, then what is imported whole."""
    return line != "import math", line.startswith("from"), line


def _axis(shape: Shape, size: str) -> int | None:
    return next((k for k, n in enumerate(shape) if str(n) == size), None)


def _shown(shape: Shape) -> str:
    return "(" + show_shape(shape).replace(" x ", ", ") + ("," if len(shape) == 1 else "") + ")"
