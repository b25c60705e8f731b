"""Markdown: code, quotes and comments hidden before formulas are looked for; then headings, theorems, lists, links."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hw3.derivations.latex.documents.marks import WORDS, Mark, kind_of
from hw3.derivations.latex.documents.mask import NOTHING, hide, nothing, regions
from hw3.derivations.latex.documents.rows import DISPLAYS

_HTML = re.compile(r"<!--|<(?P<name>script|style|pre|code|svg)\b[^<>\n]{0,300}>")
_FENCE = re.compile(r"[ \t]{0,12}(?:[-*+] +|\d{1,3}[.)] +)?(?P<fence>`{3,}+|~{3,}+)[ \t]*(?P<info>[^\n]*)$")
_QUOTE = re.compile(r"(?: {0,3}>)++ ?")
_NAMES = "|".join(DISPLAYS)
_BEGIN, _END = re.compile(rf"\\begin\{{(?:{_NAMES})\*?\}}"), re.compile(rf"\\end\{{(?:{_NAMES})\*?\}}")
_MATHEMATICS = ("math", "{math}", "latex-math")


def hidden(source: str) -> str:
    """The source without code, comments and quote signs; fenced mathematics stands between dollars."""
    text = hide(source, regions(source, _HTML, lambda m: f"</{m['name']}>" if m["name"] else "-->"))
    return _without_code("\n".join(_lines(text.split("\n"))))


def _lines(lines: list[str]) -> Iterator[str]:
    fence, mathematics, display, quoted = "", False, False, False
    for line in lines:
        if not line:
            display = False
            yield line
            continue
        if fence:
            closes = line.strip(" \t>")
            if closes.startswith(fence) and not closes.strip(fence[0]):
                yield "$$" + NOTHING * (len(line) - 2) if mathematics else nothing(line)
                fence = ""
            elif mathematics:
                yield _unquoted(line)
            else:
                yield nothing(line)
            continue
        bare = line if display and not quoted else _unquoted(line)
        found = _FENCE.match(bare) if "```" in bare or "~~~" in bare else None
        if found and not ("`" in found["info"] and found["fence"][0] == "`"):
            fence = found["fence"]
            mathematics = found["info"].strip().split(" ")[0].lower() in _MATHEMATICS
            yield nothing(bare[:-2]) + "$$" if mathematics else nothing(bare)
            continue
        if not bare.strip():
            display = False
        else:
            was = display
            turns = bare.count("$$") + len(_BEGIN.findall(bare)) - len(_END.findall(bare))
            turns += bare.count("\\[") - bare.count("\\]")
            display = display != bool(turns % 2)
            if display and not was:
                quoted = bare is not line and bare != line
        yield bare


def _unquoted(line: str) -> str:
    quote = _QUOTE.match(line)
    return " " * quote.end() + line[quote.end() :] if quote else line


_TICKS = re.compile(r"(?<!`)`++|\n[ \t]*+\n")


def _without_code(text: str) -> str:
    """The text without inline code; $`x`$ is a formula."""
    if "`" not in text:
        return text
    runs = list(_TICKS.finditer(text))
    following, last = [0] * len(runs), dict[int, int]()
    for k in range(len(runs) - 1, -1, -1):
        if runs[k].group()[0] == "\n":
            last.clear()
            continue
        length = len(runs[k].group())
        following[k] = last.get(length, 0)
        last[length] = k
    spans, k = list[tuple[int, int]](), 0
    while k < len(runs):
        close = following[k]
        start, end = runs[k].start(), runs[close].end() if close else 0
        if not close or text[start - 1 : start] == "\\" or (runs[k].group() == "``" and "''" in text[start:end]):
            k += 1
            continue
        if text[start - 1 : start] == "$" and text[end : end + 1] == "$":
            spans += [runs[k].span(), runs[close].span()]
        else:
            spans.append((start, end))
        k = close + 1
    return hide(text, spans)


_HEADING = re.compile(r"[ \t\0]{0,3}(?P<signs>#{1,6})(?:[ \t]++(?P<title>[^\n]*))?$")
_UNDERLINE = re.compile(r" {0,3}(?P<sign>=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM = re.compile(r"[ \t\0]*(?:[-*+]|\d{1,3}[.)]|\(\d{1,3}\))(?:[ \t\0]+|$)")
_TABLE = re.compile(r"[ \t]*\|")
_NOTE = re.compile(r" {0,3}\[[^\]\n]{1,100}\]:")
_DIV = re.compile(r" {0,3}:{3,}")
_TURN = re.compile(
    rf"[ \t\0]*(?:[*_]{{1,3}}(?P<word>{WORDS})\b(?P<more>[^*_\n]{{0,120}}?)[.:]?[*_]{{1,3}}[.:]?"
    rf"|(?P<plain>{WORDS})(?P<number>[ ]+\d[\d.]*\d|[ ]+\d)?(?P<name>[ ]*\([^()\n]{{0,100}}\))?[ ]*[.:](?=\s|$))",
    re.IGNORECASE,
)


def marks(prose: str) -> tuple[list[Mark], list[tuple[int, int]]]:
    """The marks in prose whose formulas are hidden, line by line, and the lines that are no prose."""
    found, away, at, above, listed = list[Mark](), list[tuple[int, int]](), 0, "", False
    start_above = 0
    for line in prose.split("\n"):
        if not line:
            above, start_above, at = "", at, at + 1
            continue
        end = at + len(line)
        content = line.replace(NOTHING, "").strip()
        if heading := _HEADING.match(line):
            title = heading.span("title") if heading["title"] is not None else (0, 0)
            word = (heading["title"] or "").replace(NOTHING, "").strip("*_ ").split(" ")[0].strip(".:")
            kind = kind_of(word) if len(word) > 4 else ""
            shift = (at + title[0], at + title[1])
            level = len(heading["signs"])
            found.append(Mark(at, end, "heading", kind or "section", "", shift, level))
            listed = False
        elif above and (under := _UNDERLINE.match(line)):
            while found and found[-1].place >= start_above:
                found.pop()
            level = 1 if under["sign"][0] == "=" else 2
            found.append(Mark(start_above, end, "heading", "section", "", (start_above, at - 1), level))
            listed = False
        elif _RULE.match(line):
            found.append(Mark(at, end, "stop"))
        elif _NOTE.match(line) or _DIV.match(line):
            away.append((at, end))
            found.append(Mark(at, end, "stop"))
        elif item := _ITEM.match(line):
            found.append(Mark(at, at + item.end(), "item"))
            listed = True
        elif _TABLE.match(line):
            found.append(Mark(at, at, "stop"))
        elif turn := _TURN.match(line) if not content[:1].islower() else None:
            found.append(_turn(turn, at))
            listed = False
        elif listed and not above and content[:1].isalpha() and content[:1].isupper() and line[:1] not in " \t":
            found.append(Mark(at, at, "unlist"))
            listed = False
        above, start_above, at = content, at, end + 1
    return found, away


def _turn(turn: re.Match[str], at: int) -> Mark:
    word = turn["word"] or turn["plain"]
    first = turn.start("word") if turn["word"] else turn.start("plain")
    last = turn.end("more") if turn["word"] else max(turn.end(g) for g in ("plain", "number", "name"))
    return Mark(at, at + turn.end(), "turn", kind_of(word), "", (at + first, at + last))


def _inner(found: re.Match[str]) -> str:
    """Only the first group remains."""
    start, end = found.span(1)
    text = found.group()
    start, end = start - found.start(), end - found.start()
    return nothing(text[:start]) + text[start:end] + nothing(text[end:])


def _whole(found: re.Match[str]) -> str:
    return nothing(found.group())


_URL = r"(?:[^()\s]|\([^()\s]{0,300}\)){0,1000}+"
_MARKUP: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"!\[[^\[\]]{{0,500}}\]\([ ]?{_URL}(?:\s+\"[^\"\n]{{0,200}}\")?\)"), _whole),
    (re.compile(rf"\[([^\[\]]{{0,500}})\]\([ ]?{_URL}(?:\s+\"[^\"\n]{{0,200}}\")?\)"), _inner),
    (re.compile(r"\[\^[^\]\s]{1,60}\]"), _whole),
    (re.compile(r"\[([^\[\]]{1,500})\]\[[^\[\]]{0,200}\]"), _inner),
    (re.compile(r"</?[A-Za-z][^<>\n]{0,500}>|<https?://[^<>\s]{1,500}>"), _whole),
    (re.compile(r"\{:?\s?[#.][^{}\n]{0,200}\}"), _whole),
    (re.compile(r"(?<!\s)\*{1,3}|\*{1,3}(?!\s)|~~"), _whole),
    (re.compile(r"(?<![^\W_])_{1,3}(?=\S)([^_\n]{1,300}?)(?<=\S)_{1,3}(?![^\W_])"), _inner),
)


def unmarked(prose: str) -> str:
    """The prose without links' targets, emphasis and tags, as long as before."""
    for pattern, remains in _MARKUP:
        prose = pattern.sub(remains, prose)
    return prose
