r"""Declarations for the names that a document leaves undeclared, guessed from their letters and their use.

Nothing is judged with them: they are printed for the author, who knows. Of each name the letter says first what it may
be (a capital a matrix, a bold small letter a vector, any other a scalar); what does not type then is tried otherwise,
and the sizes are those that make the lines type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from string import ascii_lowercase

from hw3.derivations.language.expression import ShapeError
from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration import Elaborator, Undeclared
from hw3.derivations.latex.elaboration.elaborator import Reading
from hw3.derivations.latex.holes import Holes
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.scope import Generic, Scope, SizeName, Variable
from hw3.derivations.latex.tokens import ReadingError

MOST_LINKS = 40
MOST_TRIES = 200
_FUNCTIONS = {"a", "f", "g", "h", "s", "\\sigma", "\\phi", "\\varphi", "\\psi", "\\rho"}
_SIZES = "nmkpqrdl" + ascii_lowercase
_FUNCTION, _SIZE = -1, -2
_SIZED = re.compile(r"(?:I|\\mathbf\{[I10]\}|\\mathbb\{[I1]\})_\{([A-Za-z])\}")  # constants whose subscript is a size
_NO_SIZE = " is not known to be a size"


def declarations(links: Sequence[Link]) -> list[str]:
    r"""A declaration for each undeclared name in the links, such as `A \in \mathbb{R}^{m \times n}`.

    >>> from hw3.verify.checking.check import check_text
    >>> declarations([j.link for j in check_text(r"We have $A x - b = 0$.").judged])
    ['A \\in \\mathbb{R}^{n \\times m}', 'x \\in \\mathbb{R}^{m}', 'b \\in \\mathbb{R}^{n}']
    """
    found = _Guesses()
    for link in links[:MOST_LINKS]:
        found.learn(link)
    return found.told()


def _ranks(key: str) -> tuple[int, ...]:
    """The ranks that a name may have, the likeliest first."""
    bold = "\\mathbf{" in key
    letter = key
    for sign in ("\\mathbf{", "\\mathcal{", "\\hat{", "\\bar{", "\\tilde{", "\\vec{"):
        letter = letter.replace(sign, "")
    capital = letter.lstrip("\\")[:1].isupper()
    if bold or key.startswith("\\vec"):
        return (2, 1) if capital else (1,)
    return (2, 0, 1) if capital else (0, 1)


def _declaration(key: str, sizes: Sequence[object]) -> str:
    power = " \\times ".join(map(str, sizes))
    return f"{key} \\in \\mathbb{{R}}" + (f"^{{{power}}}" if power else "")


@dataclass
class _Guesses:
    ranks: dict[str, int] = field(default_factory=dict)  # or _FUNCTION, _SIZE
    links: list[Link] = field(default_factory=list)  # those that type

    def learn(self, link: Link) -> None:
        """Adds what the link's names may be, so that it types if anything makes it."""
        if self.missing({}, link, alone=True) is None:
            return
        for begin in (self.ranks, dict[str, int]()):  # rather without changing what was found before
            found = self.search(begin, link)
            if found is not None:
                self.ranks = {**self.ranks, **found}
                self.links.append(link)
                return
        ranks = dict(self.ranks)
        while key := self.missing(ranks, link):
            key, options = self.options(key, link)
            if key in ranks:
                return
            ranks[key] = options[0]
            self.ranks.setdefault(key, options[0])

    def search(self, begin: dict[str, int], link: Link) -> dict[str, int] | None:
        """The likeliest ranks with which the link types, and all before it; None if there are none."""
        order = count()
        waiting: list[tuple[int, int, dict[str, int]]] = [(0, next(order), begin)]
        for _ in range(MOST_TRIES):
            if not waiting:
                return None
            cost, _, ranks = heappop(waiting)
            missing = self.missing(ranks, link)
            if missing is None:
                return ranks
            key, options = self.options(missing, link)
            if key and key not in ranks:
                dear = 4 if options[0] == 2 else 1  # a capital is seldom no matrix
                for k, rank in enumerate(options):
                    heappush(waiting, (cost + k * dear, next(order), {**ranks, key: rank}))
        return None

    def options(self, missing: str, link: Link) -> tuple[str, tuple[int, ...]]:
        """The name that is missing, and what it may be."""
        key = missing.removesuffix(_NO_SIZE)
        if key != missing:
            return key, (_SIZE,)
        if constant := _SIZED.fullmatch(key):
            return constant[1], (_SIZE,)
        nodes = (*s.walk(link.left), *s.walk(link.right))
        if key in _FUNCTIONS and any(_applies(n, key) for n in nodes):
            return key, (_FUNCTION, *_ranks(key))
        ranks = _ranks(key)
        return key, ranks[::-1] if ranks == (0, 1) and is_transposed(key, link.left, link.right) else ranks

    def missing(self, ranks: dict[str, int], link: Link, alone: bool = False) -> str | None:
        """The first name that the link still misses, or the size; None if it types, "" if it doesn't."""
        links = [link] if alone else [*self.links, link]
        with _Guessed(ranks, links) as guessed:
            try:
                for each in links:
                    guessed.type(each)
            except Undeclared as error:
                return error.key
            except ReadingError as error:
                return str(error) if str(error).endswith(_NO_SIZE) else ""
            except (ShapeError, ValueError, RecursionError):
                return ""
        return None

    def told(self) -> list[str]:
        with _Guessed(self.ranks, self.links) as guessed:
            for link in self.links:
                guessed.type(link)
            return list(guessed.told())


class _Guessed:
    """The guesses, bound outside all scopes while it lasts, their sizes open."""

    def __init__(self, ranks: dict[str, int], links: Sequence[Link]) -> None:
        self.holes, self.ranks = Holes(), ranks
        self.scope = Scope()
        self.tops = {id(top): top for link in links for top in [_outermost(link.scope)]}.values()
        self.shapes: dict[str, tuple[Size, ...]] = {}
        for key, rank in ranks.items():
            if rank == _FUNCTION:
                self.scope.bind(Generic(key, 0))
            elif rank == _SIZE:
                self.scope.bind(SizeName(key, 0, size=Size.symbol(key)))
            else:
                self.shapes[key] = tuple(self.holes.fresh() for _ in range(rank))
                self.scope.bind(Variable(key, 0, shape=self.shapes[key]))

    def __enter__(self) -> _Guessed:
        for top in self.tops:
            top.outer = self.scope
        return self

    def __exit__(self, *_: object) -> None:
        for top in self.tops:
            top.outer = None

    def type(self, link: Link) -> None:
        """Reads the link, and lets it teach sizes."""
        e = Elaborator(link.scope, Reading(holes=self.holes))
        left, right = e(link.left), e(link.right)
        left, right = self.holes.settle(left), self.holes.settle(right)
        if left.shape and right.shape and not self.holes.unify_shapes(left.shape, right.shape):
            raise ReadingError("the sides have different shapes", link.place)
        if bool(left.shape) != bool(right.shape) and not isinstance(link.right, s.Number):
            raise ReadingError("the sides have different shapes", link.place)

    def told(self) -> Iterator[str]:
        taken = {k for top in self.tops for k in top.all_names()} | set(self.ranks)
        free = iter([c for c in dict.fromkeys(_SIZES) if c not in taken])
        letters: dict[str, Size] = {}
        for key, rank in self.ranks.items():
            if rank < 0:
                yield f"{key} : \\mathbb{{R}} \\to \\mathbb{{R}}" if rank == _FUNCTION else f"{key} \\in \\mathbb{{N}}"
                continue
            sizes = []
            for size in self.holes.shape(self.shapes[key]):
                for name in size.names:
                    if name.startswith("?") and name not in letters:
                        letters[name] = self.holes.solved[name] = Size.symbol(next(free, "n"))
                sizes.append(self.holes.size(size))
            yield _declaration(key, sizes)


def _outermost(scope: Scope) -> Scope:
    while scope.outer is not None:
        scope = scope.outer
    return scope


def _applies(node: s.Node, key: str) -> bool:
    """Whether a name stands before a bracket here."""
    if not isinstance(node, s.Juxt):
        return False
    pairs = zip(node.items, node.items[1:], strict=False)
    return any(s.key(a) == key and isinstance(b, s.Fence) and b.open == "(" for a, b in pairs)


def is_transposed(key: str, *nodes: s.Node) -> bool:
    """Whether a name is transposed somewhere: then it is no scalar."""
    return any(
        isinstance(n, s.Script) and s.key(n.base) == key and s.label(n.sup) in ("\\top", "T", "\\intercal")
        for node in nodes
        for n in s.walk(node)
    )
