r"""Where formulas stand in a text: dollars, \( \), \[ \] and environments.

Markdown follows Pandoc: a dollar opens a formula if no space follows it, and closes it if no space stands before
it and no digit after, so that "$5 and $6" is prose. Every search is linear: what isn't closed is found out once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hw3.derivations.latex.documents.pieces import Problem
from hw3.derivations.latex.documents.rows import DISPLAYS
from hw3.derivations.latex.tokens import TEXT, ReadingError, braced

_ENVIRONMENTS = frozenset({*DISPLAYS, "split", "aligned", "alignedat", "gathered", "multlined", "cases"})
_OPEN = re.compile(
    r"\$\$|\$|\\\\[(\[]|\\[(\[]|\\begin\s*+\{(?P<name>[A-Za-z]+)(?P<star>\*?)\}|(?P<macro>\\[A-Za-z@]+)|\\.", re.DOTALL
)
_DOLLARS = re.compile(r"\\.|\$\$", re.DOTALL)
_TEXT = "|".join(sorted((re.escape(t) for t in TEXT), key=len, reverse=True))
_INLINE = re.compile(rf"(?:{_TEXT})\s*+\{{[^{{}}\n]{{0,300}}\}}|\\.|\$|\n[ \t]*+\n", re.DOTALL)
_BLANK_LINE = re.compile(r"\n[ \t]*+\n")
_PROSE = re.compile(r"(?:(?<!\\)\b[A-Za-z]{2,30}[ ,]+){4}")
_INTERTEXT = re.compile(r"\\(?:short)?intertext\s*+(?=\{)")
_LOOKS_LIKE_MATHEMATICS = re.compile(r"[\\^_={}<>]")
_RELATION = re.compile(r"[=<>]|\\(?:le|ge|in|sim|approx|equiv|propto)(?![A-Za-z])|\\\\")


@dataclass(frozen=True)
class Span:
    """A formula's content, `text[place:end]`, and its extent with what delimits it."""

    place: int
    end: int
    first: int
    last: int
    display: bool
    environment: str


class Finder:
    """Finds the formulas of a text, in order, and collects what isn't closed."""

    def __init__(self, text: str, *, markdown: bool, macros: dict[str, tuple[str, str]], problems: list[Problem]):
        self.text = text
        self.markdown = markdown
        self.macros = macros
        self.problems = problems
        self.missing: set[str] = set()

    def find(self, start: int, stop: int) -> Iterator[Span]:
        """The formulas between two places."""
        at = start
        while found := _OPEN.search(self.text, at, stop):
            opener = found.group()
            span = None
            if opener == "$":
                span = self.inline(found, stop)
            elif opener == "$$":
                span = self.dollars(found, stop)
            elif opener in ("\\(", "\\[") or (self.markdown and opener in ("\\\\(", "\\\\[")):
                span = self.brackets(found, stop)
            elif found["name"] in _ENVIRONMENTS:
                span = self.environment(found, found["name"], found["star"], stop)
            elif found["macro"] and self.macros.get(found["macro"], ("", ""))[0] == "begin":
                span = self.environment(found, self.macros[found["macro"]][1], "", stop)
            if span is None:
                at = found.end()
                continue
            at = span.last
            yield from self.parts(span)

    def problem(self, place: int, message: str) -> None:
        self.problems.append(Problem(place, message))

    def inline(self, found: re.Match[str], stop: int) -> Span | None:
        text, start, at = self.text, found.end(), found.end()
        while close := _INLINE.search(text, at, stop):
            at = close.end()
            if close.group() != "$":
                if close.group()[0] == "\n":
                    break
                continue
            end = close.start()
            inside = text[start : min(end, start + 400)]
            tight = start < end and not text[start].isspace() and not text[end - 1].isspace()
            if self.markdown and not tight and not self.spaced(inside, end - start):
                return None
            if self.markdown and end + 1 < len(text) and text[end + 1].isdigit():
                return None
            return Span(start, end, found.start(), at, False, "")
        behind = re.match(r"[^$\n]{0,200}", text[start:stop])
        if not self.markdown or (behind is not None and re.search(r"\\[a-zA-Z|]|[=^_]", behind.group())):
            self.problem(found.start(), "the '$' here is not closed in its paragraph: close it, or write \\$")
        return None

    def spaced(self, inside: str, length: int) -> bool:
        """Whether what stands between dollars and spaces is mathematics all the same, as MathJax reads it."""
        if length > 300 or "\n" in inside or not inside.strip():
            return False
        return bool(_LOOKS_LIKE_MATHEMATICS.search(inside)) or (len(inside.strip()) == 1 and inside.strip().isalpha())

    def dollars(self, found: re.Match[str], stop: int) -> Span | None:
        close = self.closing(found, _DOLLARS, ("$$",), (), stop)
        if close is None:
            return None
        start, end = found.end(), close.start()
        display = True
        if "\n" not in self.text[start:end]:
            before = self.text[max(0, found.start() - 200) : found.start()].rpartition("\n")[2]
            after = self.text[close.end() : close.end() + 200].partition("\n")[0]
            around = [bool(re.search(r"[^\W_]", side)) for side in (before, after)]
            relates = bool(_RELATION.search(self.text, start, end))
            # kramdown writes inline formulas so
            display = not (all(around) or (any(around) and not relates))
        return Span(start, end, found.start(), close.end(), display, "")

    def brackets(self, found: re.Match[str], stop: int) -> Span | None:
        opener = found.group()
        closer = opener[:-1] + {"(": ")", "[": "]"}[opener[-1]]
        close = self.closing(found, _DOUBLE if len(opener) == 3 else _SINGLE, (closer,), (opener,), stop)
        if close is None:
            return None
        return Span(found.end(), close.start(), found.start(), close.end(), opener[-1] == "[", "")

    def environment(self, found: re.Match[str], name: str, star: str, stop: int) -> Span | None:
        r"""From \begin{name}, or a macro for it, to its \end."""
        begins = [re.escape(m) for m, told in self.macros.items() if told == ("begin", name)]
        ends = [re.escape(m) for m, told in self.macros.items() if told == ("end", name)]
        close = self.closing(
            found,
            re.compile(
                rf"(?P<begin>\\begin\s*+\{{{name}{re.escape(star)}\}}{_or(begins)})"
                rf"|(?P<end>\\end\s*+\{{{name}\*?\}}{_or(ends)})|\\\\"
            ),
            None,
            None,
            stop,
        )
        if close is None:
            return None
        return Span(found.start(), close.end(), found.start(), close.end(), True, name)

    def closing(
        self,
        found: re.Match[str],
        pattern: re.Pattern[str],
        closers: tuple[str, ...] | None,
        openers: tuple[str, ...] | None,
        stop: int,
    ) -> re.Match[str] | None:
        """The closer of an opener: not past another opener, nor past a blank line after which there is prose."""
        opener = found.group()
        if opener in self.missing:
            return None
        for close in pattern.finditer(self.text, found.end(), stop):
            said = close.group()
            closes = said in closers if closers is not None else close.lastgroup == "end"
            opens = said in openers if openers is not None else close.lastgroup == "begin"
            if closes:
                blank = _BLANK_LINE.search(self.text, found.end(), close.start())
                if blank and _PROSE.search(self.text, blank.start(), close.start()):
                    break
                return close
            if opens:
                break
        else:
            self.missing.add(opener)
        self.problem(found.start(), f"the {opener!r} here is not closed before the text goes on".replace("\\\\", "\\"))
        return None

    def parts(self, span: Span) -> Iterator[Span]:
        r"""A display in parts between which \intertext speaks."""
        start, first = span.place, span.first
        if span.display:
            at = start
            while found := _INTERTEXT.search(self.text, at, span.end):
                try:
                    end = braced(self.text, found.end(), span.end)[1]
                except ReadingError as error:
                    self.problem(found.start(), f"this \\intertext is not read: {error}")
                    break
                yield Span(start, found.start(), first, found.start(), True, span.environment)
                for inner in self.find(found.end() + 1, end - 1):
                    if not inner.display:
                        yield inner
                start = first = at = end
        yield Span(start, span.end, first, span.last, span.display, span.environment)


_SINGLE = re.compile(r"\\.", re.DOTALL)
_DOUBLE = re.compile(r"\\\\[\[\]()]|\\.", re.DOTALL)


def _or(macros: list[str]) -> str:
    return "".join(rf"|{m}(?![A-Za-z])" for m in macros)
