r"""A .tex file: what it includes put in place, what is no text hidden (comments, verbatim, preamble, footnotes)."""

from __future__ import annotations

import re
from pathlib import Path

from hw3.derivations.latex.documents.limits import DEEPEST_INPUT, MOST_BYTES, MOST_INPUTS
from hw3.derivations.latex.documents.mask import hide, nothing
from hw3.derivations.latex.documents.pieces import Problem, Segment
from hw3.derivations.latex.tokens import ReadingError, braced

_VERBATIM = "verbatim|Verbatim|lstlisting|minted|comment|filecontents"
_INPUT = re.compile(
    rf"""(?P<input>\\(?:input|include|subfile)(?![A-Za-z])\s*+(?:\{{(?P<name>[^{{}}\n]*+)\}}|(?P<bare>[^\s{{}}\\%]++)))
    |\\verb\*?(?P<delimiter>[^A-Za-z\s*])|\\begin\s*+\{{(?P<verbatim>{_VERBATIM})\*?\}}|\\.|%[^\n]*+""",
    re.VERBOSE | re.DOTALL,
)
_HIDDEN = re.compile(
    rf"""(?P<comment>%[^\n]*+)|\\verb\*?(?P<delimiter>[^A-Za-z\s*])
    |\\begin\s*+\{{(?P<environment>{_VERBATIM}|tikzpicture|thebibliography)\*?\}}
    |(?P<aside>\\(?:footnote|footnotetext|thanks|marginpar|todo)(?![A-Za-z])\s*+(?:\[[^\]\n]{{0,100}}\]\s*+)?(?=\{{))
    |(?P<edge>\\(?:begin|end)\s*+\{{document\}})|\\.""",
    re.VERBOSE | re.DOTALL,
)
_LONGEST_VERB = 500


class Splicer:
    r"""Puts the files that \input and \include name in their places; they must lie in the document's own folder."""

    def __init__(self, folder: Path | None, problems: list[Problem]) -> None:
        self.folder = folder.resolve() if folder else None
        self.problems = problems
        self.parts: list[str] = []
        self.segments: list[Segment] = []
        self.length = 0
        self.files = 0

    def add(self, text: str, name: str, line: int, column: int) -> None:
        self.segments.append(Segment(self.length, name, line, column))
        self.parts.append(text)
        self.length += len(text)

    def splice(self, text: str, name: str, chain: tuple[Path, ...]) -> None:
        """Add a file's text, with what it includes."""
        start, line, column, at = 0, 1, 1, 0
        while found := _INPUT.search(text, at):
            at = found.end()
            if found["input"]:
                included = self.included(
                    (found["name"] or found["bare"] or "").strip(), self.length + at - start, chain
                )
                if included is None:
                    continue
                path, inner = included
                before = text[start : found.start()]
                self.add(before, name, line, column)
                self.splice(inner if inner.endswith("\n") else inner + "\n", self.told(path), (*chain, path))
                newlines = text.count("\n", start, at)
                column = at - text.rfind("\n", 0, at) if newlines else column + at - start
                line, start = line + newlines, at
            else:
                at = _past(text, found, found["verbatim"])
        self.add(text[start:], name, line, column)

    def told(self, path: Path) -> str:
        assert self.folder is not None
        return str(path.relative_to(self.folder))

    def included(self, name: str, place: int, chain: tuple[Path, ...]) -> tuple[Path, str] | None:
        """A file that may be included and its text; else a problem."""
        try:
            return self.checked(name, chain)
        except (ReadingError, OSError, ValueError) as error:
            why = error if isinstance(error, ReadingError) else "it can't be opened"
            self.problems.append(Problem(place, f"the file {name[:100]!r} is not included: {why}"))
            return None

    def checked(self, name: str, chain: tuple[Path, ...]) -> tuple[Path, str]:
        if self.folder is None:
            raise ReadingError("the document is no file, so it has no folder")
        if not name or "\0" in name or len(name) > 300:
            raise ReadingError("this names no file")
        given = Path(name)
        if given.is_absolute() or ".." in given.parts or name.startswith(("~", "|")):
            raise ReadingError("only files in the document's own folder are")
        path = (self.folder / (name if given.suffix == ".tex" else f"{name}.tex")).resolve()
        if not path.is_relative_to(self.folder):
            raise ReadingError("only files in the document's own folder are")
        if not path.is_file():
            raise ReadingError(f"there is no file {path.name} in the document's folder")
        if path in chain:
            raise ReadingError("it includes itself")
        if len(chain) > DEEPEST_INPUT:
            raise ReadingError(f"files are included at most {DEEPEST_INPUT} deep")
        self.files += 1
        if self.files > MOST_INPUTS:
            raise ReadingError(f"a document includes at most {MOST_INPUTS} files")
        if self.length + path.stat().st_size > MOST_BYTES:
            raise ReadingError(f"with it the document has more than {MOST_BYTES:,} bytes")
        try:
            return path, lines(path.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ReadingError("it is not UTF-8") from None


def lines(text: str) -> str:
    """The text with its line ends as one character each."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _past(text: str, found: re.Match[str], environment: str | None) -> int:
    r"""The place after \verb|..| or a verbatim environment that begins here; after its opener if nothing closes it."""
    if found["delimiter"]:
        stop = text.find("\n", found.end(), found.end() + _LONGEST_VERB)
        stop = min(len(text), found.end() + _LONGEST_VERB) if stop < 0 else stop
        close = text.find(found["delimiter"], found.end(), stop)
        return close + 1 if close >= 0 else found.end()
    if environment:
        close = text.find(f"\\end{{{environment}", found.end())
        return text.find("}", close) + 1 if close >= 0 and text.find("}", close) >= 0 else len(text)
    return found.end()


def hidden(source: str, problems: list[Problem]) -> tuple[str, str]:
    """The source with what is no text hidden, and the preamble (where macros are defined), comments hidden."""
    spans, begins, ends, at, asides = list[tuple[int, int]](), -1, len(source), 0, True
    while found := _HIDDEN.search(source, at):
        at = found.end()
        if found["comment"] is not None or found["delimiter"] or found["environment"]:
            at = _past(source, found, found["environment"])
            spans.append((found.start(), at))
        elif found["aside"] and asides:
            try:
                at = braced(source, found.end(), len(source))[1]
                spans.append((found.start(), at))
            except ReadingError:
                asides = False
                problems.append(Problem(found.start(), "this footnote is not closed"))
        elif found["edge"]:
            spans.append((found.start(), at))
            if "begin" in found["edge"] and begins < 0:
                begins = at
            elif "end" in found["edge"] and ends == len(source):
                ends = found.start()
                break
    shown = hide(source, spans)
    shown = shown[:ends] + nothing(shown[ends:])
    return shown, shown if begins < 0 else nothing(shown[:begins]) + shown[begins:]
