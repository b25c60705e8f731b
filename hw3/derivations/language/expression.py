"""The expression: one interned, immutable tree that everything in hw3 reads and nothing rewrites.

An expression is an operation applied to arguments, with plain data beside them (a name, a number, a size).
Building one checks its shape and does nothing else: what was written stays as it was written. Bound
variables are locally nameless (de Bruijn): a binder's body refers to its variable by depth, so no name can
be captured, and opening a binder puts a *fresh* symbol there whose name no user can spell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

from hw3.derivations.language.sizes import Shape, Size

if TYPE_CHECKING:
    from hw3.derivations.calculus.meaning import Meaning
    from hw3.derivations.calculus.polynomial import Poly
    from hw3.derivations.language.printing import Printer


class ShapeError(ValueError):
    """An operation was applied to shapes that it does not fit; the message names both."""


class Operation(ABC):
    """Everything that hw3's calculus knows about one operation: shape, meaning, derivative, printing.

    An operation is a stateless singleton. `binds` counts the arguments, from the last, that are bodies of
    its one bound variable. Operations that introduce an atom also say how that atom is differentiated.
    """

    name: ClassVar[str]
    binds: ClassVar[int] = 0
    takes_indices: ClassVar[bool] = False  # whether an argument may be an index; elsewhere it is no number

    @abstractmethod
    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        """The shape of the result; raises ShapeError."""

    @abstractmethod
    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        """The entry at the indices `at` as an index polynomial."""

    @abstractmethod
    def show(self, node: Expr, p: Printer) -> str:
        """The node as text in the printer's notation."""

    def variable(self, args: tuple[Expr, ...], data: Any) -> Shape | Size:
        """What the bound variable is: a shape, or a size for an index. Binders only."""
        raise TypeError(f"{self.name} binds nothing")

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        """The conditions under which the node is defined, as (condition, argument) pairs."""
        return ()

    def borders(self, node: Expr) -> tuple[Size, ...]:
        """The sizes that the node is made with and that may be 0, such as a padding; an axis may not."""
        return ()

    def smooth_where(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        """The further conditions under which the node is differentiated by the calculus' rules."""
        return ()

    def __repr__(self) -> str:
        return self.name


class Fresh:
    """A name that nobody can write: equal to itself only."""

    __slots__ = ("hint",)

    def __init__(self, hint: str) -> None:
        self.hint = hint

    def __repr__(self) -> str:
        return f"{self.hint}~"


class Expr:
    """An interned expression node: `operation`, `args`, `data`, and the `shape` they give.

    Two expressions are equal exactly when they are the same object. `loose` is how many enclosing binders
    the node still refers to (0: it stands alone).
    """

    __slots__ = ("__weakref__", "args", "data", "loose", "operation", "shape")
    operation: Operation
    args: tuple[Expr, ...]
    data: Any
    shape: Shape
    loose: int

    def __init__(self) -> None:
        raise TypeError("expressions are made by make() and the functions of hw3.derivations.operations")

    # Sugar for writing derivations in Python; each calls one constructor and rewrites nothing.
    def __add__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("add", self, _lift(other))

    def __radd__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("add", _lift(other), self)

    def __sub__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("add", self, _sugar("negative", _lift(other)))

    def __rsub__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("add", _lift(other), _sugar("negative", self))

    def __neg__(self) -> Expr:
        return _sugar("negative", self)

    def __mul__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("product", self, _lift(other))

    def __rmul__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("product", _lift(other), self)

    def __matmul__(self, other: Expr) -> Expr:
        return _sugar("product", self, other)

    def __truediv__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("quotient", self, _lift(other))

    def __rtruediv__(self, other: Expr | int | Fraction) -> Expr:
        return _sugar("quotient", _lift(other), self)

    def __pow__(self, exponent: int | Fraction) -> Expr:
        return _sugar("power", self, Fraction(exponent))

    @property
    def T(self) -> Expr:
        return _sugar("transpose", self)

    def __getitem__(self, index: Expr | tuple[Expr, ...]) -> Expr:
        return _sugar("entry", self, *(index if isinstance(index, tuple) else (index,)))

    def __repr__(self) -> str:
        from hw3.derivations.language.printing import unicode

        return unicode(self)

    def _repr_latex_(self) -> str:
        from hw3.derivations.language.printing import latex

        return f"$\\displaystyle {latex(self)}$"

    def __reduce__(self) -> tuple[Callable[..., Expr], tuple[Any, ...]]:
        return make, (self.operation, self.args, self.data)


SUGAR: dict[str, Callable[..., Expr]] = {}  # filled by hw3.derivations.operations


def _sugar(name: str, *args: Any) -> Expr:
    return SUGAR[name](*args)


def _lift(value: Expr | int | Fraction) -> Expr:
    return value if isinstance(value, Expr) else SUGAR["number"](value)


_nodes: WeakValueDictionary[tuple[Operation, tuple[int, ...], Hashable], Expr] = WeakValueDictionary()


def make(operation: Operation, args: tuple[Expr, ...] = (), data: Any = ()) -> Expr:
    """The node with this operation, arguments and data; the one there is if it was made before.

    Raises:
        ShapeError: the arguments' shapes do not fit the operation.
    """
    # Arguments are interned and kept alive by the node, so their identities name them; numbers that
    # compare equal across types (1, True, Fraction(1)) must not share a node.
    key = (operation, tuple(map(id, args)), (type(data), data))
    found = _nodes.get(key)
    if found is None:
        _require_numbers(operation, args)
        found = object.__new__(Expr)
        found.operation, found.args, found.data = operation, args, data
        inside = len(args) - operation.binds
        loose = [a.loose if i < inside else a.loose - 1 for i, a in enumerate(args)]
        found.loose = max([0, *loose, data[0] + 1 if isinstance(operation, Bound) else 0])
        found.shape = operation.shape(args, data)
        _nodes[key] = found
    return found


def _require_numbers(operation: Operation, args: tuple[Expr, ...]) -> None:
    """Raises ShapeError where an index or a law stands in the place of a number."""
    for arg in args:
        if not operation.takes_indices and index_size(arg) is not None:
            raise ShapeError(f"{arg} is an index, and no number")
        if arg.operation.name == "normal" and operation.name not in ("expectation", "logdensity", "kl"):
            raise ShapeError(f"{arg} is a law, and no number")


class Bound(Operation):
    """A bound variable, by depth; data is (depth, kind), the kind a shape or (for an index) a size."""

    name = "bound"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        return data[1] if isinstance(data[1], tuple) else ()

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        raise ValueError("a bound variable has no meaning outside its binder")

    def show(self, node: Expr, p: Printer) -> str:
        return p.bound(node.data[0])


BOUND = Bound()


def children(node: Expr) -> Iterator[tuple[Expr, int]]:
    """The arguments, each with the number of variables that the node binds in it (0 or 1)."""
    inside = len(node.args) - node.operation.binds
    for i, arg in enumerate(node.args):
        yield arg, int(i >= inside)


def _rebuild(node: Expr, args: tuple[Expr, ...]) -> Expr:
    return node if all(a is b for a, b in zip(args, node.args, strict=True)) else make(node.operation, args, node.data)


def _mapped(body: Expr, depth: int, changed: Callable[[Expr, int], Expr | None]) -> Expr:
    """The body with each node under `depth` binders replaced by what `changed` gives; where that is None, built of
    its arguments so mapped. By a stack of its own: networks are deeper than Python's."""
    memo: dict[tuple[int, int], Expr] = {}
    stack = [(body, depth)]
    while stack:
        node, under = stack[-1]
        key = (id(node), under)
        if key in memo:
            stack.pop()
            continue
        found = changed(node, under)
        if found is None:
            parts = [(a, under + inner) for a, inner in children(node)]
            open_ = [part for part in parts if (id(part[0]), part[1]) not in memo]
            if open_:
                stack.extend(reversed(open_))
                continue
            found = _rebuild(node, tuple(memo[id(a), d] for a, d in parts))
        memo[key] = found
        stack.pop()
    return memo[id(body), depth]


def abstract(body: Expr, variable: Expr, depth: int = 0) -> Expr:
    """The body with the free leaf `variable` turned into the bound variable of a binder about it."""
    kind = index_size(variable) or variable.shape

    def changed(node: Expr, depth: int) -> Expr | None:
        if node is variable:
            return make(BOUND, (), (depth, kind))
        return None if node.args else node

    return _mapped(body, depth, changed)


def instantiate(body: Expr, value: Expr) -> Expr:
    """The body of a binder with `value`, which must stand alone, in the place of its variable."""

    def changed(node: Expr, depth: int) -> Expr | None:
        if node.loose <= depth:
            return node
        if node.operation is BOUND:
            # Deeper variables cannot occur: binders are opened from the outside in.
            return value if node.data[0] == depth else node
        return None

    return _mapped(body, 0, changed)


def substitute(body: Expr, old: Expr, new: Expr) -> Expr:
    """The body with every free occurrence of the leaf `old` replaced by `new`."""
    return instantiate(abstract(body, old), new)


def walk(node: Expr) -> Iterator[Expr]:
    """Every distinct node below and with this one, arguments before what uses them."""
    return iter(_below(node))


@lru_cache(maxsize=4096)
def _below(node: Expr) -> tuple[Expr, ...]:
    seen: set[int] = set()
    found: list[Expr] = []
    stack: list[tuple[Expr, bool]] = [(node, False)]
    while stack:
        top, done = stack.pop()
        if done:
            found.append(top)
        elif id(top) not in seen:
            seen.add(id(top))
            stack.append((top, True))
            stack.extend((a, False) for a in reversed(top.args))
    return tuple(found)


def index_size(node: Expr) -> Size | None:
    """The range of an index-valued expression (a free or bound index, a position), else None."""
    kind = getattr(node.operation, "index_size", None)
    if kind is not None:
        return kind(node)
    if node.operation is BOUND and isinstance(node.data[1], Size):
        return node.data[1]
    return None
