r"""Prose in TeX: what divides it becomes marks, what only formats it is hidden. Markdown may hold such commands too."""

from __future__ import annotations

import re

from hw3.derivations.latex.documents.marks import Mark, kind_of
from hw3.derivations.latex.documents.mask import hide_matches, nothing
from hw3.derivations.latex.documents.pieces import Problem
from hw3.derivations.latex.tokens import ReadingError, braced

_LEVELS = {
    "part": 1,
    "chapter": 1,
    "section": 1,
    "subsection": 2,
    "subsubsection": 3,
    "paragraph": 4,
    "subparagraph": 5,
}
_COMMAND = re.compile(
    r"""
      \\(?P<heading>part|chapter|(?:sub){0,2}section|(?:sub)?paragraph)\*?(?![A-Za-z])\s*+
        (?:\[[^\]\n]{0,300}\]\s*+)?(?=\{)
    | \\(?P<edge>begin|end)\s*+\{(?P<name>[A-Za-z]+)\*?\}(?:\s*+\[(?P<title>[^\]\n]{0,200})\])?
        (?P<arguments>(?:\{[^{}\n]{0,200}\}){0,3})
    | \\(?P<item>item)(?![A-Za-z])\s*+(?:\[[^\]\n]{0,200}\])?
    | \\(?P<par>par)(?![A-Za-z])
    | \\(?:label|(?:eq|page|auto|name|[cC])?ref|cite[a-z]*|no?cite|[vh]space|includegraphics|usepackage|url
        |bibliography(?:style)?|color|href|input|include|setcounter|addtocounter|setlength|documentclass|caption
        |hypersetup|graphicspath|pagestyle|thispagestyle|vskip|hskip)\*?(?![A-Za-z])\s*+
        (?:\[[^\]\n]{0,200}\]\s*+){0,2}(?P<told>\{[^{}]{0,2000}\})?
    | \\textcolor\s*+\{[^{}\n]{0,60}\}
    | \\\\\*?(?:\[[^\]\n]{0,20}\])?
    | \\[A-Za-z@]+\*?
    | \\(?P<sign>[^A-Za-z])
    """,
    re.VERBOSE,
)
_THEOREM = re.compile(
    r"\\newtheorem\*?\s*+\{(\w{1,60}+)\}\s*+(?:\[\w{0,60}\]\s*+)?\{([^{}\n]{1,100})\}\s*+(?:\[\w{0,60}\])?"
)
_BRACES = (("{", "\0"), ("}", "\0"))
_SIGNS = (*_BRACES, ("~", " "), ("``", "\0\0"), ("''", "\0\0"))
_IN_TITLE = re.compile(r"\\(?:label|(?:eq)?ref|cite[a-z]*)\s*+\{[^{}]*+\}|\\[A-Za-z]+|[{}~\\]")
_MOST_BROKEN = 20


def theorems(text: str) -> tuple[dict[str, str], str]:
    r"""What \newtheorem calls its environments, and the text without it."""
    return {m[1]: m[2] for m in _THEOREM.finditer(text)}, hide_matches(_THEOREM, text)


class Layout:
    """The marks of a text whose formulas are hidden, and the prose that remains, as long as the text."""

    def __init__(self, text: str, *, markdown: bool, named: dict[str, str], problems: list[Problem]) -> None:
        self.text = text
        self.markdown = markdown
        self.named = named
        self.problems = problems
        self.marks: list[Mark] = []
        self.parts: list[str] = []
        self.at = 0
        self.broken = 0

    def run(self) -> tuple[list[Mark], str]:
        """The marks and the prose."""
        while found := _COMMAND.search(self.text, self.at):
            self.parts.append(self.text[self.at : found.start()])
            self.at = found.end()
            self.parts.append(self.told(found))
        self.parts.append(self.text[self.at :])
        prose = "".join(self.parts)
        for sign, remains in _BRACES if self.markdown else _SIGNS:
            prose = prose.replace(sign, remains)
        return self.marks, prose

    def told(self, found: re.Match[str]) -> str:
        """What remains in the prose of a command; a mark may come of it."""
        said = found.group()
        if found["heading"]:
            return self.heading(found)
        if found["edge"]:
            return self.edge(found)
        if found["item"]:
            self.marks.append(Mark(found.start(), found.end(), "item"))
        elif found["par"]:
            return "\n\n" + nothing(said[2:])
        elif said.startswith("\\\\"):
            return " " * len(said) if "\n" not in said else nothing(said)
        elif found["sign"]:
            return (
                "\0" + found["sign"]
                if found["sign"] not in "\"'`^~=.()[]"
                else "\0" + (found["sign"] if self.markdown else "\0")
            )
        return nothing(said)

    def heading(self, found: re.Match[str]) -> str:
        r"""\section{title}"""
        start = found.start()
        try:
            if self.broken > _MOST_BROKEN:
                return nothing(found.group())
            after = braced(self.text, found.end(), min(len(self.text), found.end() + 1000))[1]
        except ReadingError:
            self.broken += 1
            self.problems.append(Problem(start, f"the title of this \\{found['heading']} is not closed"))
            return nothing(found.group())
        self.at = after
        title, level = (found.end() + 1, after - 1), _LEVELS[found["heading"]]
        self.marks.append(Mark(start, after, "heading", "section", "", title, level))
        return self.shown(start, after, title)

    def shown(self, start: int, end: int, title: tuple[int, int]) -> str:
        """Nothing but a title, without commands and braces."""
        if title == (0, 0):
            return nothing(self.text[start:end])
        inner = hide_matches(_IN_TITLE, self.text[title[0] : title[1]])
        return nothing(self.text[start : title[0]]) + inner + nothing(self.text[title[1] : end])

    def edge(self, found: re.Match[str]) -> str:
        r"""\begin{theorem}[title], \end{theorem}"""
        name = found["name"]
        word = self.named.get(name, name)
        kind = kind_of(word) or kind_of(word.split(" ")[0])
        known = self.named.get(name, name if kind != "list" else "")
        if kind:
            title = found.span("title") if found["title"] else (0, 0)
            action = "open" if found["edge"] == "begin" else "close"
            end = found.end()
            if found["arguments"] and action == "close":
                self.at = end = found.start("arguments")
            self.marks.append(Mark(found.start(), end, action, kind, _full(known), title))  # type: ignore[arg-type]
            return self.shown(found.start(), end, title)
        if found["edge"] == "end" and (found["title"] or found["arguments"]):
            self.at = found.end("name") + 1
            if self.text.startswith("*", self.at - 1):
                self.at += 1
            return nothing(self.text[found.start() : self.at])
        return nothing(found.group())


_FULL = {"thm": "Theorem", "theo": "Theorem", "lem": "Lemma", "prop": "Proposition", "cor": "Corollary",
         "defn": "Definition", "def": "Definition", "defi": "Definition", "pf": "Proof", "sol": "Solution",
         "rem": "Remark", "eg": "Example"}  # fmt: skip


def _full(name: str) -> str:
    name = name.rstrip("*")
    return _FULL.get(name.lower(), name[:1].upper() + name[1:])
