"""The surface tree: what stands in a formula, before anything is known of what it means.

A dozen kinds of node, each with its place in the source. The elaborator consumes every field or raises: what is
dropped silently turns a true line into a false one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a formula; `place` and `end` are offsets in the source."""

    place: int
    end: int

    def parts(self) -> Iterator[Node]:
        """The nodes directly inside this one."""
        for name in contents(type(self)):
            value = getattr(self, name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Node):
                    yield part
                elif isinstance(part, tuple):
                    yield from (p for p in part if isinstance(p, Node))


_CONTENTS: dict[type[Node], tuple[str, ...]] = {}


def contents(kind: type[Node]) -> tuple[str, ...]:
    """What a kind of node holds, by name, its places aside."""
    if kind not in _CONTENTS:
        _CONTENTS[kind] = tuple(f.name for f in fields(kind) if f.name not in ("place", "end", "places"))
    return _CONTENTS[kind]


@dataclass(frozen=True, slots=True)
class Number(Node):
    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    r"""A letter, a Greek letter or other command, or a word (`\log`, \operatorname{tr}); `font` is "bf", "rm", ..."""

    text: str
    font: str = ""


@dataclass(frozen=True, slots=True)
class Words(Node):
    r"""\text{...}."""

    text: str


@dataclass(frozen=True, slots=True)
class Accent(Node):
    r"""\hat{x}: `kind` is "hat"."""

    kind: str
    body: Node


@dataclass(frozen=True, slots=True)
class Script(Node):
    """base with a subscript, a superscript and primes."""

    base: Node
    sub: Node | None
    sup: Node | None
    primes: int


@dataclass(frozen=True, slots=True)
class Fence(Node):
    """open body close, as "(", "[", "{", "|", "‖", "⟨", "⌊", "⌈"; "." where nothing is drawn."""

    open: str
    close: str
    body: Node


@dataclass(frozen=True, slots=True)
class Juxt(Node):
    """Things side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Product(Node):
    r"""Groups joined by \odot, \otimes, \cdot, \times, /, *, ...: `ops` stand between the `items`."""

    items: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum(Node):
    r"""Terms with a sign each: "", "+", "-", "\pm"."""

    signs: tuple[str, ...]
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Relation(Node):
    r"""A chain: `ops` (=, \in, \sim, \le, :, \to, ...) stand between the `items`, at `places`."""

    items: tuple[Node, ...]
    ops: tuple[str, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """Items with separators between them: ",", ";", "|", "‖", or the words of a text ("and")."""

    items: tuple[Node, ...]
    seps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Implication(Node):
    r"""Parts joined by \Rightarrow, \Leftrightarrow, ..."""

    items: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fraction(Node):
    above: Node
    below: Node


@dataclass(frozen=True, slots=True)
class Root(Node):
    body: Node
    index: Node | None


@dataclass(frozen=True, slots=True)
class At(Node):
    r"""body |_{condition}: `above` is the upper limit, if there is one."""

    body: Node
    condition: Node
    above: Node | None


@dataclass(frozen=True, slots=True)
class Grid(Node):
    """A matrix or cases environment: rows of cells; `kind` is its name."""

    kind: str
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Empty(Node):
    """Nothing, where something might stand: the left side of a display that begins with =."""


def same(a: Node, b: Node) -> bool:
    """Whether two trees are one, wherever they stand; brackets about all of it say nothing."""
    a, b = _bare(a), _bare(b)
    if type(a) is not type(b):
        return False
    for name in contents(type(a)):
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, Node) and isinstance(y, Node):
            if not same(x, y):
                return False
        elif isinstance(x, tuple) and isinstance(y, tuple):
            if len(x) != len(y) or not all(_alike(p, q) for p, q in zip(x, y, strict=True)):
                return False
        elif x != y:
            return False
    return True


def _alike(a: object, b: object) -> bool:
    if isinstance(a, Node) and isinstance(b, Node):
        return same(a, b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_alike(p, q) for p, q in zip(a, b, strict=True))
    return a == b


def _bare(node: Node) -> Node:
    while isinstance(node, Fence) and node.open in ("(", "["):
        node = node.body
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, outermost first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(list(top.parts())))


BOLD = "bf"


def key(node: Node) -> str | None:
    r"""The canonical spelling of what can be a name, or None: `x`, `\hat{x}`, `W_{1}`, `h_{3in}`, `W^{(1)}`.

    Bold and calligraphic letters are names of their own; roman and italic ones are not.
    """
    match node:
        case Name():
            plain = node.font in ("", "it", "rm", "op", "sf", "spelt")
            return node.text if plain else rf"\math{node.font}{{{node.text}}}"
        case Accent():
            inner = key(node.body)
            return None if inner is None else rf"\{node.kind}{{{inner}}}"
        case Script():
            base = key(node.base)
            if base is None:
                return None
            sub, sup = label(node.sub), label(node.sup)
            if sub is None or sup is None:
                return None
            return base + (f"_{{{sub}}}" if sub else "") + (f"^{{{sup}}}" if sup else "") + "'" * node.primes
        case _:
            return None


_INDEX_LETTERS = frozenset("abcdhijklmnpqrstuv")
_SHORT_WORDS = frozenset({"in", "tr", "lin", "min", "int", "std", "dim", "bn", "cls", "hid", "nn"})


def is_word(sub: Node | None) -> bool:
    """Whether a subscript spells a word, as in h_{out}, rather than indices, as in a_{ij}."""
    if not isinstance(sub, Juxt) or not all(isinstance(n, Name) and len(n.text) == 1 for n in sub.items):
        return False
    text = "".join(n.text for n in sub.items if isinstance(n, Name))
    return len(text) > 3 or text in _SHORT_WORDS or not set(text) <= _INDEX_LETTERS


def label(node: Node | None) -> str | None:
    """A subscript or superscript as part of a name: "" for none, None where it can't be one."""
    match node:
        case None:
            return ""
        case Number():
            return node.text
        case Words():
            return node.text.strip()
        case Name() | Accent() | Script():
            return key(node)
        case Juxt():
            inside = [label(n) for n in node.items]
            return None if None in inside else "".join(map(str, inside))
        case Sequence():
            inside = [label(n) for n in node.items]
            return None if None in inside else ",".join(map(str, inside))
        case Fence(open="(", close=")"):
            inner = label(node.body)
            return None if inner is None else f"({inner})"
        case Sum() if len(node.items) > 1 or node.signs != ("",):
            inside = [label(n) for n in node.items]
            return None if None in inside else "".join(s + str(i) for s, i in zip(node.signs, inside, strict=True))
        case Product():
            return None
        case _:
            return None
