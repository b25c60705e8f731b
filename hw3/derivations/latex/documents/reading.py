r"""Reading a document: Markdown, TeX or a notebook, to blocks, sentences, prose and formulas.

A document is always returned. What can't be read in it is listed as problems, each with its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from hw3.derivations.latex.documents import limits, markdown, tex
from hw3.derivations.latex.documents.assemble import Assembler
from hw3.derivations.latex.documents.front import front_matter
from hw3.derivations.latex.documents.layout import Layout, theorems
from hw3.derivations.latex.documents.macros import Macros, definitions
from hw3.derivations.latex.documents.marks import Mark
from hw3.derivations.latex.documents.mask import FORMULA, NOTHING, hide, nothing
from hw3.derivations.latex.documents.normal import normal
from hw3.derivations.latex.documents.notebook import cells
from hw3.derivations.latex.documents.pieces import Block, Document, Formula, Problem, Segment
from hw3.derivations.latex.documents.rows import DISPLAYS, INNER_DISPLAYS, rows
from hw3.derivations.latex.documents.spans import Finder, Span
from hw3.derivations.latex.tokens import ReadingError, tokens
from hw3.errors import UserError

Kind = Literal["markdown", "tex"]
_OUTERMOST = (*DISPLAYS, *INNER_DISPLAYS, "cases", "dcases", "rcases")
_KINDS = {".tex": "tex", ".ltx": "tex", ".latex": "tex", ".ipynb": "notebook"}


def read_document(path: Path) -> Document:
    """The document in a file: `.tex`, `.ipynb`, or Markdown by any other name.

    Raises:
        UserError: there is no such file, or it can't be opened.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UserError(f"{path} is not a file: name a .md, .tex or .ipynb file")
        if size > limits.MOST_BYTES:
            return _unread(str(path), f"the file has {size:,} bytes, and at most {limits.MOST_BYTES:,} are read")
        text = tex.lines(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"{path} can't be opened: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        return _unread(str(path), f"the file is not UTF-8 (byte {error.start}): save it as UTF-8")
    kind = _KINDS.get(path.suffix.lower(), "markdown")
    if kind == "notebook":
        try:
            source, segments = cells(text, str(path))
        except ReadingError as error:
            return _unread(str(path), str(error))
        return _read(source, str(path), "markdown", segments, [])
    if kind == "tex":
        return _read_tex(text, str(path), path.parent, (path.resolve(),))
    return _read(text, str(path), "markdown", (Segment(0, str(path)),), [])


def read_text(text: str, name: str = "<text>", kind: Kind = "markdown") -> Document:
    """The document that a text is; whatever the text, this returns one."""
    if len(text) > limits.MOST_BYTES:
        return _unread(name, f"the text has {len(text):,} characters, and at most {limits.MOST_BYTES:,} are read")
    text = tex.lines(text)
    if kind == "tex":
        return _read_tex(text, name, None, ())
    return _read(text, name, kind, (Segment(0, name),), [])


def _unread(name: str, message: str) -> Document:
    body = Block("section", "", 0, ())
    return Document(name, "", {}, body, (Problem(0, message),), (Segment(0, name),))


def _read_tex(text: str, name: str, folder: Path | None, chain: tuple[Path, ...]) -> Document:
    problems: list[Problem] = []
    splicer = tex.Splicer(folder, problems)
    splicer.splice(text, name, chain)
    return _read("".join(splicer.parts), name, "tex", tuple(splicer.segments), problems)


def _read(source: str, name: str, kind: Kind, segments: tuple[Segment, ...], problems: list[Problem]) -> Document:
    in_markdown = kind == "markdown"
    front, end = front_matter(source, "" if in_markdown else "%")
    shown = nothing(source[:end]) + source[end:]
    # a formula's sign is no text's, nor is nothing's
    shown = shown.replace(FORMULA, NOTHING)
    if in_markdown:
        shown = markdown.hidden(shown)
        macros, shown = definitions(shown, problems)
        named, shown = theorems(shown)
    else:
        whole, shown = tex.hidden(shown, problems)
        macros, _ = definitions(whole, problems)
        named, _ = theorems(whole)
        _, shown = definitions(shown, [])
        _, shown = theorems(shown)
    finder = Finder(shown, markdown=in_markdown, macros=macros.environments(), problems=problems)
    spans, end = _few(finder.find(0, len(shown)), len(shown), problems)
    shown = shown[:end] + nothing(shown[end:])
    prose = hide(shown, [(s.first, s.last) for s in spans], lambda text: FORMULA * len(text))
    marks, prose = _marks(prose, named, problems, in_markdown)
    reader = _Formulas(shown.replace(NOTHING, " "), source, macros, problems, in_markdown)
    body = _assembled(prose, source, spans, marks, reader, problems)
    return Document(name, source, front, body, _told(problems), segments)


def _told(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems in order; of very many, the first."""
    problems = sorted(problems, key=lambda p: p.place)
    more = len(problems) - limits.MOST_PROBLEMS
    if more <= 0:
        return tuple(problems)
    rest = problems[limits.MOST_PROBLEMS]
    return (*problems[: limits.MOST_PROBLEMS], Problem(rest.place, f"and {more:,} more problems from here on"))


def _few(found: Iterator[Span], end: int, problems: list[Problem]) -> tuple[list[Span], int]:
    """The formulas up to the limits, and where reading ends."""
    spans, length = list[Span](), 0
    for span in found:
        length += span.end - span.place
        if len(spans) >= limits.MOST_PIECES or length > limits.MOST_MATHEMATICS:
            much = f"{limits.MOST_PIECES:,} formulas, or {limits.MOST_MATHEMATICS:,} characters of them"
            problems.append(Problem(span.first, f"a document is read up to {much}: what follows here is not read"))
            return spans, span.first
        spans.append(span)
    return spans, end


def _marks(prose: str, named: dict[str, str], problems: list[Problem], in_markdown: bool) -> tuple[list[Mark], str]:
    """Where a text whose formulas are hidden is divided, and its prose without markup."""
    marks: list[Mark] = []
    if in_markdown:
        marks, away = markdown.marks(prose)
        prose = markdown.unmarked(hide(prose, away))
    more, prose = Layout(prose, markdown=in_markdown, named=named, problems=problems).run()
    return sorted([*marks, *more], key=lambda m: (m.place, m.end)), prose


class _Formulas:
    """Reads formulas: tokens, macros, what they mean, rows."""

    def __init__(self, text: str, source: str, macros: Macros, problems: list[Problem], in_markdown: bool) -> None:
        self.text = text
        self.source = source
        self.macros = macros
        self.problems = problems
        self.in_markdown = in_markdown
        self.spent = False

    def read(self, span: Span) -> tuple[Formula | None, bool, bool]:
        """A formula (None if it is empty), whether a full stop ends it, and whether it only ends a proof."""
        place, end = span.place, span.end
        latex = self.source[place:end]
        environment = span.environment
        try:
            if end - place > limits.LONGEST_FORMULA:
                raise ReadingError(f"it is longer than {limits.LONGEST_FORMULA:,} characters")
            written = self.macros.expand(tokens(self.text, place, end))
            meant = normal(written, self.text, markdown=self.in_markdown)
        except ReadingError as error:
            if not self.spent:
                self.problems.append(Problem(place, f"this formula is not read: {error}"))
            self.spent = self.macros.left < 0  # said once for all formulas that follow
            return Formula((), span.display, environment, place, end, latex), False, False
        opened = next((t.text for t in meant if not t.text.startswith(("\\label{", "\\tag{"))), "")
        if not environment and opened[7:-1] in _OUTERMOST and opened.startswith("\\begin{"):
            environment = opened[7:-1]
        first = next((t.text for t in written), "")
        if not first:
            return None, False, False
        found, stopped = rows(meant, self.source, place, end, environment)
        if not found:
            proved = all(t.text in ("\\square", "\\blacksquare", "\\Box", "\\qed", "\\qedsymbol") for t in written)
            return None, False, proved
        return Formula(found, span.display, environment, place, end, latex), stopped, False


def _assembled(
    prose: str, source: str, spans: list[Span], marks: list[Mark], reader: _Formulas, problems: list[Problem]
) -> Block:
    assembler = Assembler(prose, source, problems)
    at, k = 0, 0
    events: list[Span | Mark] = sorted([*spans, *marks], key=lambda e: e.first if isinstance(e, Span) else e.place)
    for event in events:
        k += 1
        if k > 2 * limits.MOST_PIECES or assembler.count > limits.MOST_PIECES:
            message = f"a document is read up to {limits.MOST_PIECES:,} pieces: what follows here is not read"
            problems.append(Problem(at, message))
            return assembler.finish()
        if isinstance(event, Mark):
            if event.place < at:
                continue
            assembler.text(at, event.place, event)
            assembler.mark(event)
            at = max(at, event.end)
            continue
        if event.first < at:  # in a heading
            continue
        formula, stopped, proved = reader.read(event)
        assembler.text(at, event.first, formula)
        if formula is not None:
            assembler.formula(formula, stopped)
        elif proved:
            assembler.proved()
        at = event.last
    assembler.text(at, len(prose), None)
    return assembler.finish()
