r"""Names for what a derivation speaks of: what is used more than once, and what a derivative is taken at.

    \| x - W^\top a(W x + b) \|^2     becomes     u_1 = W x + b,   u_2 = x - W^\top a(u_1),   L = \| u_2 \|^2

An abbreviation means its value, so the expression keeps its meaning, entry by entry.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hw3.derivations.gradients.functions import IN_THE_VALUE
from hw3.derivations.language.expression import Expr, Fresh, make, walk
from hw3.derivations.operations import abbreviation
from hw3.derivations.operations.leaves import ABBREVIATION

# Operations whose derivative is written with their argument, and with their value.
_AT_ARGUMENT = {"logsumexp", "maxpool", "inverse", "det", "logdet", "norm", "power", "softmax"}
_AT_VALUE = {"softmax"}
_LETTERS = {0: "s", 1: "u", 2: "U"}


@dataclass(frozen=True)
class Named:
    """An expression with names in it: `root` is an abbreviation; `wrt` are the variables in it."""

    root: Expr
    wrt: tuple[Expr, ...]

    @property
    def covariances(self) -> set[Expr]:
        """What laws have as covariances: a derivative by one of them, which moves freely, there is not."""
        return {n.args[1] for n in walk(self.root) if n.operation.name == "normal"}

    @property
    def lets(self) -> tuple[Expr, ...]:
        """The names that stand alone, each after those that it is made of."""
        return tuple(n for n in walk(self.root) if n.operation is ABBREVIATION and not n.loose)


def active_nodes(root: Expr, wrt: tuple[Expr, ...]) -> set[Expr]:
    """The nodes that depend on the variables."""
    found: set[Expr] = set()
    for node in walk(root):
        if node in wrt or any(a in found for a in node.args):
            found.add(node)
    return found


class Names:
    """Names that nothing in some expressions has."""

    def __init__(self, *expressions: Expr) -> None:
        self.taken = {name_of(n) for e in expressions for n in walk(e) if n.operation.name in _NAMED}
        self.number: dict[str, str] = {}  # of the names that were made here
        self._count = 0

    def free(self, *wanted: str) -> str:
        """The first of the names that is free, or the last with a star."""
        name = next((w for w in wanted if w not in self.taken), wanted[-1])
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        return name

    def numbered(self, rank: int) -> str:
        """u_1, U_2, u_3, ...: a letter by the number of axes, and the next number."""
        letter = _LETTERS.get(rank, "T")
        while True:
            self._count += 1
            name = subscripted(letter, str(self._count))
            if name not in self.taken:
                self.taken.add(name)
                self.number[name] = str(self._count)
                return name


def subscripted(letter: str, low: str) -> str:
    return f"{letter}_{low}" if len(low) == 1 else f"{letter}_{{{low}}}"


_NAMED = ("symbol", "index", "abbreviation")


def name_of(node: Expr) -> str:
    name = node.data[0]
    return name.hint if isinstance(name, Fresh) else str(name)


def named(root: Expr, wrt: tuple[Expr, ...], names: Names, roots: tuple[str, ...] = ("L", r"\ell", "J")) -> Named:
    """The expression with names; one that has names already keeps them."""
    active = active_nodes(root, wrt)
    wanted = _wanted(root, active, wrt)
    rebuilt: dict[Expr, Expr] = {}
    for node in walk(root):
        if node not in active or (node in wrt and node.operation is not ABBREVIATION):
            rebuilt[node] = node
            continue
        new = make(node.operation, tuple(rebuilt[a] for a in node.args), node.data)
        rebuilt[node] = abbreviation(names.numbered(len(node.shape)), new) if node in wanted else new
    top = rebuilt[root]
    if top.operation is not ABBREVIATION:
        top = abbreviation(names.free(*roots), top)
    return Named(top, tuple(rebuilt.get(v, v) for v in wrt))


def _wanted(root: Expr, active: set[Expr], wrt: tuple[Expr, ...]) -> set[Expr]:
    """The nodes that are to have a name."""
    uses: Counter[Expr] = Counter()
    wanted: set[Expr] = set()
    has_one = {root, *wrt}
    for node in walk(root):
        if node not in active:
            continue
        operation = node.operation.name
        uses.update(a for a in node.args if a in active)
        if operation == "abbreviation":
            has_one.update((node, node.args[0]))
        elif operation == "apply":
            wanted.add(node if node.data[0] in IN_THE_VALUE else node.args[0])
        elif operation == "quotient":
            wanted.add(node.args[1])
        elif operation == "normal":
            wanted.add(node.args[0])  # by a covariance there is no derivative: it does not move freely
        elif operation == "power" and node.args[0].operation.name == "norm":
            pass  # the square of a norm is differentiated at once
        else:
            if operation in _AT_ARGUMENT:
                wanted.add(node.args[0])
            if operation in _AT_VALUE:
                wanted.add(node)
    wanted |= {n for n, times in uses.items() if times > 1}
    return {n for n in wanted - has_one if n in active and not n.loose and _is_long(n)}


def _is_long(node: Expr) -> bool:
    """Whether writing it out again is worth a name."""
    if node.operation.name in ("transpose", "negative", "entry", "inverse", "diag"):
        return bool(node.args[0].args) and _is_long(node.args[0])
    return bool(node.args) and node.operation.name not in ("normal", "abbreviation")
