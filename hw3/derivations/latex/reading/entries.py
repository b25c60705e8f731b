"""The entries of a document: its links, and what else was said; and a relation on its way to be one of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.documents.pieces import Document, Formula, Row
from hw3.derivations.latex.roles import Cue
from hw3.derivations.latex.scope import Scope
from hw3.derivations.latex.tokens import ReadingError


@dataclass(frozen=True)
class Link:
    """One link of a chain, a claim: `left op right` in its scope."""

    left: s.Node
    op: str
    right: s.Node
    scope: Scope
    place: int
    end: int
    number: int  # in its chain, from 1
    label: str
    display: bool
    sets: bool = False  # it may be an equation that the author sets, such as a gradient that is 0
    notes: tuple[str, ...] = ()
    undecided: str = ""  # why it is not judged
    layout: str = "numerator"  # how its document writes Jacobians and gradients


@dataclass(frozen=True)
class Trusted:
    """A definition that no word announces."""

    place: int
    end: int


@dataclass(frozen=True)
class SetAside:
    """A relation that is no identity, and why."""

    place: int
    end: int
    why: str


@dataclass(frozen=True)
class Trouble:
    """What can't be read."""

    place: int
    message: str


Entry = Link | Trusted | SetAside | Trouble


@dataclass
class Read:
    """The entries of a document in order, and its scopes."""

    document: Document
    entries: list[Entry] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    def trouble(self, error: ReadingError, place: int) -> None:
        """Tells what can't be read; an error that names no place stands at `place`."""
        self.entries.append(Trouble(place if error.place is None else error.place, str(error)))

    def aside(self, first: s.Node, last: s.Node, why: str) -> None:
        """Sets a relation aside."""
        self.entries.append(SetAside(first.place, last.end, why))


@dataclass(frozen=True)
class Relation:
    """A relation of the document that is not a declaration, with what was said before it."""

    node: s.Node
    scope: Scope
    row: Row
    formula: Formula
    cue: Cue
    notes: tuple[str, ...] = ()
    sentence: int = 0  # where its sentence begins
    placed: bool = False  # in a sentence that speaks of a place where it holds
    negated: bool = False  # in a sentence that denies
    behind: str = ""  # the text behind it
    rest: str = ""  # all text behind it in its sentence
    believed: bool = True  # whether what its sentence assumes can be believed
    column: int | None = None  # in which column of its row it stands, where there are any
