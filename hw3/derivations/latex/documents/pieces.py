r"""What a document is made of: blocks that hold sentences, which hold prose and formulas, which hold rows of tokens.

Places are offsets in `Document.source`; `Document.line_of` says where that is in the files that were read.

How tokens differ from what was written:

- macros are expanded; what spaces, sizes, labels or numbers a row is gone, and so is punctuation at its end;
- `\begin{cases}` and `\end{cases}` are one token each (a command of just that text), column descriptions dropped;
  inside, `&` and `\\` stay. Outer environments (align, split, aligned ...) are gone: they became rows;
- `\left` and `\right` are gone. A pair of bars `\left| \right|` reads `\lvert \rvert`, `\left\| \right\|` reads
  `\lVert \rVert`, `\left< \right>` reads `\langle \rangle`; what delimits nothing stays as one token `\left.` or
  `\right.` (and then the bar on the other side is a plain `|`), as does `\middle|`;
- reasons on a relation are gone: `\overset{(a)}{=}` and `=^{(a)}` read `=`; `\overset{\text{def}}{=}` reads
  `\coloneqq`; decorations that change the meaning stay in one token: `\overset{!}{=}` (required), `\overset{d}{=}`
  (in distribution), `\overset{a.s.}{=}`, `\overset{?}{=}`;
- a comma stands between statements that only space or a column keeps apart: `a = b \quad c = d`, `a &= b & c &= d`;
- `\underbrace{x}_{..}`, `\boxed{x}`, `\textcolor{red}{x}` read `x`, or `{x}` where brackets tell its extent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from hw3.derivations.latex.tokens import Token


@dataclass(frozen=True)
class Text:
    """Prose, its markup removed, white space collapsed: "[expectation](/D/mean)" reads "expectation"."""

    text: str
    place: int
    end: int


@dataclass(frozen=True)
class Row:
    r"""A row of a display, or a whole inline formula; `&` stays as Token("symbol", "&").

    `label` is from \tag, else from \label (one that numbers the whole display is every row's), else "".
    """

    tokens: tuple[Token, ...]
    label: str
    place: int
    end: int
    latex: str


@dataclass(frozen=True)
class Formula:
    """What stands between dollars, or an environment: `latex` is `source[place:end]`, without the dollars.

    `rows` is empty if it could not be read; a Problem then says why. `environment` is the outermost one, unstarred.
    """

    rows: tuple[Row, ...]
    display: bool
    environment: str
    place: int
    end: int
    latex: str


@dataclass(frozen=True)
class Sentence:
    """Prose and formulas up to a full stop, a blank line or a new block; a display stands in its sentence."""

    pieces: tuple[Text | Formula, ...]


@dataclass(frozen=True)
class Block:
    """A part of a document: kind is "section", "theorem", "proof", "definition", "list", "item", "example" or
    "paragraph".

    `title` is what its heading says ("Lemma 2 (Stein)"); of a list it is the text that introduces it ("where:").
    The whole document is a section of level 0. Lists and paragraphs group; they delimit nothing that is declared.
    """

    kind: str
    title: str
    level: int
    children: tuple[Block | Sentence, ...]

    def sentences(self) -> Iterator[Sentence]:
        """The sentences in it, in order."""
        for child in self.children:
            if isinstance(child, Sentence):
                yield child
            else:
                yield from child.sentences()


@dataclass(frozen=True)
class Problem:
    """What could not be read, in one sentence, and where."""

    place: int
    message: str


@dataclass(frozen=True)
class Segment:
    """From `start` on, the source is `path`'s text, from its `line` and `column` on (both from 1)."""

    start: int
    path: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Document:
    """A document that was read. `front` is its front matter, flat: `hw3: {layout: numerator}` is "hw3.layout"."""

    path: str
    source: str
    front: dict[str, str]
    body: Block
    problems: tuple[Problem, ...]
    segments: tuple[Segment, ...] = field(default=(), repr=False)

    @cached_property
    def _lines(self) -> list[int]:
        """The offset at which each line of the source begins."""
        starts, at = [0], self.source.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.source.find("\n", at + 1)
        return starts

    def line_of(self, place: int) -> tuple[str, int, int]:
        """The file, line and column (from 1) of a place; an included file's own, or "book.ipynb, cell 3"."""
        place = max(0, min(place, len(self.source)))
        at = bisect_right(self.segments, place, key=lambda s: s.start) - 1
        segment = self.segments[at] if at >= 0 else Segment(0, self.path)
        first = bisect_right(self._lines, segment.start) - 1
        line = bisect_right(self._lines, place) - 1
        if line == first:
            return segment.path, segment.line, segment.column + place - segment.start
        return segment.path, segment.line + line - first, place - self._lines[line] + 1

    def formulas(self) -> Iterator[Formula]:
        """Every formula, in order."""
        for sentence in self.body.sentences():
            yield from (p for p in sentence.pieces if isinstance(p, Formula))
