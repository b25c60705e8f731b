"""Putting a document together: blocks from marks, sentences from prose and formulas."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from hw3.derivations.latex.documents.limits import DEEPEST_BLOCK, MOST_PIECES
from hw3.derivations.latex.documents.marks import Mark, plain
from hw3.derivations.latex.documents.pieces import Block, Formula, Problem, Sentence, Text

_ENDS = re.compile(r"(?P<stop>(?<![.!?])[.!?]++[)\]\"'”’»\0]*+(?=\s))|\n[ \t]*+\n\s*+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\0\1])(?:i\.\s?e|e\.\s?g|w\.\s?r\.\s?t|w\.\s?l\.\s?o\.\s?g|i\.\s?i\.\s?d|s\.\s?t|a\.\s?s|a\.\s?e|resp|cf|vs|viz"
    r"|al|eqs?|eqns?|figs?|secs?|sects?|ch|chap|thms?|lem|prop|cor|defs?|refs?|tab|pp?|approx|dist|distr|var|dim"
    r"|dr|mr|mrs|prof|st|wrt|iid|coeff|const)\.$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]")
_NEXT = re.compile(r"[\s\0*_]*+")


@dataclass
class _Open:
    """A block that is not closed yet."""

    kind: str
    title: str
    level: int
    word: str = ""
    turn: bool = False
    children: list[Block | Sentence] = field(default_factory=list)

    def block(self) -> Block:
        return Block(self.kind, self.title, self.level, tuple(self.children))


@dataclass
class Assembler:
    """Takes marks, formulas and prose in order; `finish` gives the document's body."""

    prose: str
    source: str
    problems: list[Problem]
    stack: list[_Open] = field(default_factory=lambda: [_Open("section", "", 0)])
    pieces: list[Text | Formula] = field(default_factory=list)
    stopped: bool = False  # the last piece is a formula that ends in a full stop
    ignored: int = 0  # blocks too deep to open
    cue: str = ""  # the last words before a list
    count: int = 0  # pieces so far

    def finish(self) -> Block:
        self.flush()
        while len(self.stack) > 1:
            self.pop()
        return self.stack[0].block()

    def flush(self) -> None:
        """End the sentence."""
        if any(isinstance(p, Formula) or _WORD.search(p.text) for p in self.pieces):
            self.stack[-1].children.append(Sentence(tuple(self.pieces)))
            last = self.pieces[-1]
            self.cue = ""
            if isinstance(last, Text) and not last.text.endswith((".", "!", "?")):
                self.cue = last.text if len(last.text) <= 80 else last.text[-80:].partition(" ")[2]
        self.pieces = []
        self.stopped = False

    def pop(self) -> None:
        done = self.stack.pop().block()
        if done.children or done.kind not in ("list", "item"):
            self.stack[-1].children.append(done)

    def push(self, block: _Open, place: int) -> None:
        if len(self.stack) >= DEEPEST_BLOCK:
            if not self.ignored:
                message = f"blocks stand in blocks more than {DEEPEST_BLOCK} deep: deeper ones are read as one"
                self.problems.append(Problem(place, message))
            self.ignored += 1
        else:
            self.stack.append(block)

    def title(self, mark: Mark) -> str:
        """What a mark's title says; formulas in it as written."""
        start, end = mark.title
        said = zip(self.prose[start:end], self.source[start:end], strict=True)
        written = plain("".join(s if p == "\1" else p for p, s in said))
        written = written.strip("#*_ ").rstrip(".:").strip()
        if mark.word:
            return f"{mark.word} ({written})" if written else mark.word
        return written

    def mark(self, mark: Mark) -> None:
        """Divide the text."""
        self.flush()
        if mark.action == "heading":
            while len(self.stack) > 1 and (self.stack[-1].level == 0 or self.stack[-1].level >= mark.level):
                self.pop()
            self.ignored = 0
            self.push(_Open(mark.kind, self.title(mark), mark.level), mark.place)
        elif mark.action == "turn":
            while len(self.stack) > 1 and self.stack[-1].level == 0:
                self.pop()
            self.ignored = 0
            self.push(_Open(mark.kind, self.title(mark), 0, turn=True), mark.place)
        elif mark.action == "open":
            title = self.cue if mark.kind == "list" else self.title(mark)
            self.push(_Open(mark.kind, title, 0, mark.word or mark.kind), mark.place)
        elif mark.action == "close":
            self.close(mark)
        elif mark.action == "item":
            if self.stack[-1].kind == "item":
                self.pop()
            if self.stack[-1].kind != "list":
                self.push(_Open("list", self.cue, 0), mark.place)
            self.push(_Open("item", "", 0), mark.place)
        elif mark.action in ("unlist", "stop"):
            if self.stack[-1].kind == "item" and not self.stack[-2].word:
                self.pop()
            if self.stack[-1].kind == "list" and not self.stack[-1].word:
                self.pop()

    def close(self, mark: Mark) -> None:
        if self.ignored:
            self.ignored -= 1
            return
        word = mark.word or mark.kind
        for k in range(len(self.stack) - 1, 0, -1):
            if self.stack[k].level:
                return
            if self.stack[k].word == word:
                while len(self.stack) > k:
                    self.pop()
                return

    def proved(self) -> None:
        """A sign that a proof ends here."""
        self.flush()
        if self.stack[-1].turn and self.stack[-1].kind == "proof":
            self.pop()

    def formula(self, formula: Formula, stopped: bool) -> None:
        self.count += 1
        self.pieces.append(formula)
        self.stopped = stopped
        if stopped and formula.display:
            self.flush()

    def text(self, start: int, end: int, then: Formula | Mark | None) -> None:
        """Prose up to a formula, a mark or the end."""
        if start < end and self.pieces and self._new_sentence(start, end):
            self.flush()
        at = start
        for found in _ENDS.finditer(self.prose, start, end):
            if found.start() < at:
                continue
            if self.count > MOST_PIECES:
                self.problems.append(Problem(at, f"a document is read up to {MOST_PIECES:,} pieces of prose"))
                return
            if found["stop"]:
                if not _ABBREVIATION.search(self.prose, max(at, found.start() - 12), found.start() + 1):
                    self.add(at, found.end())
                    at = found.end()
                    self.flush()
                continue
            self.add(at, found.start())
            at = found.end()
            if not self._goes_on(at, end, then):
                self.flush()
        self.add(at, end)

    def _new_sentence(self, start: int, end: int) -> bool:
        """Whether prose right after a formula begins a sentence, though no full stop says so."""
        last = self.pieces[-1]
        if not isinstance(last, Formula):
            return False
        after = _NEXT.match(self.prose, start, end)
        assert after is not None
        first = self.prose[after.end() : after.end() + 1] if after.end() < end else ""
        if not first or not after.group().strip("\0*_"):
            return False
        return first.isupper() and (last.display or self.stopped)

    def _goes_on(self, at: int, end: int, then: Formula | Mark | None) -> bool:
        """Whether the sentence goes on after a blank line: a display stands next to it."""
        if not self.pieces:
            return True
        after = _NEXT.match(self.prose, at, end)
        assert after is not None
        last = self.pieces[-1]
        after_display = isinstance(last, Formula) and last.display
        if after.end() == end:
            return isinstance(then, Formula) and then.display
        first = self.prose[after.end()]
        return after_display and not self.stopped and (first.islower() or first in ",;:")

    def add(self, start: int, end: int) -> None:
        """A piece of prose, if it says anything."""
        text = plain(self.prose[start:end])
        if not text:
            return
        if "&" in text:
            text = plain(html.unescape(text))
        self.count += 1
        before = _NEXT.match(self.prose, start, end)
        assert before is not None
        start = before.end() if before.end() < end else start
        length = len(self.prose[start:end].rstrip("\0 \t\n\r"))
        self.pieces.append(Text(text, start, start + length))
        self.stopped = False
