r"""The rows of a display: where one statement ends and the next begins.

A row break is no full stop: a long right side goes on after it. Two rows are one if the break lies in a bracket, if
an operator stands at it, or if the second stands on the right of an empty left column and relates nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hw3.derivations.latex.documents.normal import BINARY_SIGNS, GAPS, RELATION_SIGNS
from hw3.derivations.latex.documents.pieces import Row
from hw3.derivations.latex.tokens import Token

# Environments that are rows of statements; `&` aligns, `\\` separates.
DISPLAYS = (
    "equation", "align", "alignat", "xalignat", "gather", "multline", "eqnarray", "flalign", "displaymath", "math",
    "dmath",
)  # fmt: skip
INNER_DISPLAYS = ("split", "aligned", "alignedat", "gathered", "multlined", "subequations")
_ONE_ROW = ("multline", "multlined")
_NUMBERED_ROWS = ("align", "alignat", "xalignat", "gather", "eqnarray", "flalign")
_OPEN = frozenset({"(", "[", "\\{", "\\langle", "\\lvert", "\\lVert", "\\left.", "\\lfloor", "\\lceil", "\\lbrace"})
_CLOSE = frozenset({")", "]", "\\}", "\\rangle", "\\rvert", "\\rVert", "\\right.", "\\rfloor", "\\rceil", "\\rbrace"})
# Environments whose every second & begins another statement.
_COLUMNS = ("align", "aligned", "alignat", "alignedat", "xalignat", "flalign")
_COLUMN_BEGINS = tuple(f"\\begin{{{name}}}" for name in _COLUMNS)
_STOPS = (",", ".", ";")
_ENDS = frozenset({"\\square", "\\Box", "\\qedsymbol", "\\phantom"})
_MOST_JOINED = 60  # rows that one bracket may span


@dataclass
class _Raw:
    """Tokens between two row breaks, `start` to `end` in the source."""

    start: int
    end: int = 0
    tokens: list[Token] = field(default_factory=list)
    label: str = ""
    tag: str = ""
    ends: str = ""  # the punctuation that ended it
    phantom: bool = False  # begins with something invisible
    column: bool = False  # begins right of an empty left column
    relates: bool = False  # holds a relation outside of brackets
    net: int = 0  # brackets that it leaves open


def rows(meant: list[Token], source: str, place: int, end: int, environment: str) -> tuple[tuple[Row, ...], bool]:
    """The rows of normal tokens that stand at `source[place:end]`, and whether they end in a full stop."""
    raw, common = _split(meant, place, end, environment)
    columns = environment in _COLUMNS or any(t.text.startswith(_COLUMN_BEGINS) for t in meant)
    for row in raw:
        _unnumber(row, source)
        row.tokens = _separated(row.tokens, columns)
        _begin(row)
    kept = [row for row in raw if row.tokens]
    if not kept:
        return (), False
    joined = _join(kept, left_aligned=kept[0].column and _first(kept[0]) not in RELATION_SIGNS)
    for row in joined:
        _finish(row)
    out = []
    for row in joined:
        if row.tokens:
            first, last = _trim(source, row.start, row.end)
            label = row.tag or row.label or common
            out.append(Row(tuple(row.tokens), label, first, last, source[first:last]))
    return tuple(out), joined[-1].ends == "."


def _split(meant: list[Token], place: int, end: int, environment: str) -> tuple[list[_Raw], str]:
    """Cut at the row breaks of outer environments; the label of the whole display with it."""
    partner = _partners(meant)
    unwrapped: list[str] = []
    until = -1  # end of an environment that is kept
    braces = brackets = 0
    row, found, common = _Raw(place), list[_Raw](), ""
    for k, token in enumerate(meant):
        text = token.text
        if token.kind == "text" or k <= until:
            if token.text not in GAPS:
                row.tokens.append(token)
            continue
        if text in GAPS and (braces or brackets):
            continue
        if text.startswith("\\begin{"):
            name = text[7:-1]
            apart = name in DISPLAYS or (braces == brackets == 0 and _ends_row(meant, partner.get(k)))
            if name in DISPLAYS + INNER_DISPLAYS and apart:
                unwrapped.append(name)
            else:
                row.tokens.append(token)
                until = max(until, partner.get(k, -1))
            continue
        if text.startswith("\\end{") and text[5:-1] in DISPLAYS + INNER_DISPLAYS:
            if unwrapped:
                unwrapped.pop()
            continue
        if text.startswith(("\\label{", "\\tag{")):
            said = text[text.index("{") + 1 : -1]
            if text.startswith("\\tag{"):
                row.tag = row.tag or said
            elif (unwrapped[-1] if unwrapped else environment) in _NUMBERED_ROWS:
                row.label = row.label or said
            else:
                common = common or said
            continue
        if text == "\\\\" and braces == 0:
            if not any(name in _ONE_ROW for name in (*unwrapped, environment)):
                row.end = token.place
                found.append(row)
                row, brackets = _Raw(token.end), 0
            continue
        if text == "&" and environment in _ONE_ROW:
            continue
        braces = max(0, braces + (text == "{") - (text == "}"))
        brackets = max(0, brackets + (text in _OPEN) - (text in _CLOSE))
        row.tokens.append(token)
    row.end = end
    found.append(row)
    for raw in found:
        raw.end = max(raw.start, raw.end)
    return found, common


def _partners(meant: list[Token]) -> dict[int, int]:
    r"""Which \end closes which \begin."""
    opened, partner = list[int](), dict[int, int]()
    for k, token in enumerate(meant):
        if token.kind == "command" and token.text.startswith("\\begin{"):
            opened.append(k)
        elif token.kind == "command" and token.text.startswith("\\end{") and opened:
            partner[opened.pop()] = k
    return partner


def _ends_row(meant: list[Token], at: int | None) -> bool:
    """Whether nothing but punctuation follows in the row that an environment ends in."""
    if at is None:
        return True
    for token in meant[at + 1 : at + 40]:
        if token.text == "\\\\" or token.text.startswith("\\end{"):
            return True
        if token.text not in _STOPS and not token.text.startswith(("\\label{", "\\tag{")):
            return False
    return True


def _separated(tokens: list[Token], columns: bool) -> list[Token]:
    r"""The tokens with a comma between statements that only space, or a column of align, keeps apart.

    `a = b \quad c = d` and `a &= b & c &= d` are two equations, not the product of b and c.
    """
    parts, gaps, ands = [list[Token]()], list[Token](), 0
    depth = 0
    for token in tokens:
        depth += token.kind != "text" and token.text.startswith("\\begin{")
        depth -= token.kind != "text" and token.text.startswith("\\end{")
        ands += token.text == "&" and depth == 0
        if token.text in GAPS or (columns and token.text == "&" and depth == 0 and ands % 2 == 0):
            gaps.append(token)
            parts.append([])
        else:
            parts[-1].append(token)
    out, related = parts[0], _relates(parts[0])
    following = [_relates(part) for part in parts]
    for gap, part, relates in zip(gaps, parts[1:], following[1:], strict=True):
        before = out[-1] if out else None
        first = next((t for t in part if t.text not in ("&", "\\phantom")), None)
        goes_on = (
            gap.text == "&" and [t.text for t in part[:1]] == ["&"] and first is not None
        )  # in a column of its own
        if related and relates and first and before and _apart(before) and (goes_on or _apart(first)):
            out.append(Token("symbol", ",", gap.place, gap.end))
        elif gap.text == "&":
            out.append(gap)
        related = related or relates
        out += part
    return out


def _apart(token: Token) -> bool:
    """Whether a statement may end, or begin, with a token."""
    text = token.text
    signs = text in RELATION_SIGNS or text in BINARY_SIGNS or text in _STOPS or text.startswith("\\overset{")
    return token.kind != "text" and not signs and text not in ("&", ":")


def _begin(row: _Raw) -> None:
    """Take off what a row begins with and doesn't say: an empty column, a phantom, {}."""
    at, tokens = 0, row.tokens
    while at < len(tokens):
        text = tokens[at].text
        if text == "&":
            row.column = True
        elif text == "\\phantom":
            row.phantom = True
        elif text == "{" and at + 1 < len(tokens) and tokens[at + 1].text == "}" and not _scripted(tokens, at + 2):
            at += 1
        else:
            break
        at += 1
    row.tokens = tokens[at:]
    if row.tokens:  # how many there are says in which column the row begins
        row.tokens[:0] = [t for t in tokens[:at] if t.text == "&"]
    while row.tokens and row.tokens[-1].text in ("&", "\\phantom"):
        row.tokens.pop()
    row.relates = _relates(row.tokens)
    row.net = sum((t.text in _OPEN) - (t.text in _CLOSE) for t in row.tokens)


def _scripted(tokens: list[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].text in ("^", "_")


def _join(raw: list[_Raw], *, left_aligned: bool) -> list[_Raw]:
    """Put the rows together that are one."""
    out = [raw[0]]
    sums = _Balances(raw)
    k = 1
    while k < len(raw):
        last, row = out[-1], raw[k]
        upto = sums.closed_by(k - 1)
        if upto:
            for other in raw[k : upto + 1]:
                _append(last, other)
            k = upto + 1
            continue
        if _same_relation(last, row):
            last.tokens.pop()
        if _goes_on(last, row, left_aligned):
            _append(last, row)
        else:
            out.append(row)
        k += 1
    return out


class _Balances:
    """How many brackets each row leaves open."""

    def __init__(self, raw: list[_Raw]) -> None:
        self.raw = raw
        self.nets = [row.net for row in raw]

    def closed_by(self, k: int) -> int:
        """The row that closes what row `k` leaves open, or 0: none does, or a new statement begins before."""
        depth = self.nets[k]
        if depth <= 0:
            return 0
        for j in range(k + 1, min(k + _MOST_JOINED, len(self.raw))):
            if _first(self.raw[j]) in RELATION_SIGNS:
                return 0
            depth += self.nets[j]
            if depth <= 0:
                return j
        return 0


def _first(row: _Raw) -> str:
    return next((t.text for t in row.tokens if t.text != "&"), "")


def _same_relation(last: _Raw, row: _Raw) -> bool:
    """Whether a relation is written twice, before and after the break."""
    return bool(last.tokens) and last.tokens[-1].text in RELATION_SIGNS and last.tokens[-1].text == _first(row)


def _goes_on(last: _Raw, row: _Raw, left_aligned: bool) -> bool:
    """Whether a row continues the last one."""
    ended = next((t.text for t in reversed(last.tokens) if t.text != "&"), "")
    first = _first(row)
    if first in RELATION_SIGNS or first.startswith("\\overset{") or ended in _STOPS:
        return False
    if ended in BINARY_SIGNS or ended in RELATION_SIGNS:
        if first == ended and ended in BINARY_SIGNS:
            last.tokens.pop()  # an operator written on both sides of a break
        return True
    right = (row.column and not left_aligned) or row.phantom
    if first in BINARY_SIGNS:
        return not row.relates or right or first not in ("-", "\\pm", "\\mp")
    if row.relates or any(t.kind == "text" for t in row.tokens[:2]) or not last.relates:
        return False
    return right or last.net > 0


def _relates(tokens: list[Token]) -> bool:
    """Whether a relation stands outside of all brackets."""
    depth = 0
    for token in tokens:
        if token.kind == "text":
            continue
        depth += (token.text in _OPEN or token.text == "{" or token.text.startswith("\\begin{")) - (
            token.text in _CLOSE or token.text == "}" or token.text.startswith("\\end{")
        )
        if depth <= 0 and (token.text in RELATION_SIGNS or token.text.startswith("\\overset{")):
            return True
    return False


def _append(last: _Raw, row: _Raw) -> None:
    r"""Make a row part of the last; an operator is written once, and `&` only on the left."""
    inside, remark = _inside(row.tokens), _remark(row.tokens)
    more = [t for k, t in enumerate(row.tokens) if t.text != "&" or inside or k >= remark]
    remark = _remark(last.tokens)
    remarked = last.tokens[remark:]  # stays at the end
    del last.tokens[remark:]
    if last.tokens and more and last.tokens[-1].text in BINARY_SIGNS and last.tokens[-1].text == more[0].text:
        more = more[1:]
    more += remarked
    last.tokens.extend(more)
    last.end, last.net, last.relates = row.end, last.net + row.net, last.relates or row.relates
    last.tag, last.label = last.tag or row.tag, last.label or row.label


def _remark(tokens: list[Token]) -> int:
    r"""Where the last columns begin that hold only text: `&& \text{by (1)}`; else the end."""
    at = len(tokens)
    while at > 1 and (tokens[at - 1].kind == "text" or tokens[at - 1].text == "&"):
        at -= 1
    return at if at < len(tokens) and tokens[at].text == "&" else len(tokens)


def _unnumber(row: _Raw, source: str) -> None:
    r"""Take off a number or a reason that stands far off at a row's end: `\quad (3)`, `\quad (\text{by 1})`."""
    tokens = row.tokens
    end = len(tokens)
    while end and (tokens[end - 1].text in (*_STOPS, "&") or tokens[end - 1].text in _ENDS):
        end -= 1
    if not end or tokens[end - 1].text not in (")", "]"):
        return
    at, depth = end, 0
    while at:
        at -= 1
        depth += (tokens[at].text in (")", "]")) - (tokens[at].text in ("(", "["))
        if depth == 0:
            break
    inside = tokens[at + 1 : end - 1]
    told = len(inside) == 1 and (inside[0].kind in ("number", "letter", "text") or inside[0].text in ("*", "\\ast"))
    told |= len(inside) == 2 and inside[0].kind == "number" and inside[1].kind in ("letter", "symbol")
    if depth or at < 1 or not told:
        return
    if _FAR.search(source[tokens[at - 1].place : tokens[at].place]):
        if inside[0].kind == "number" and not row.tag:
            row.tag = "".join(t.text for t in inside)
        row.tokens = tokens[:at] + tokens[end:]


def _inside(tokens: list[Token]) -> bool:
    r"""Whether a row holds an environment, whose `&` separate entries."""
    return any(t.text.startswith("\\begin{") for t in tokens)


def _finish(row: _Raw) -> None:
    """Take off the punctuation at a row's end."""
    while row.tokens:
        token = row.tokens[-1]
        said = token.text.strip() if token.kind == "text" else token.text
        if said in _STOPS:
            row.ends = row.ends or said
        elif token.text not in _ENDS and token.text != "&" and not (token.kind == "text" and not said):
            break
        row.tokens.pop()
    row.tokens = [t for t in row.tokens if t.text != "\\phantom"]
    if all(t.text == "&" for t in row.tokens):
        row.tokens = []


_FAR = re.compile(r"\\(?:q?quad(?![A-Za-z])|hfill|hspace\*?\{[^{}]*+\})[\s\0]*+\Z")
_NAME = r"(?:" + "|".join(DISPLAYS + INNER_DISPLAYS) + r")\*?\}"
_LEADING = re.compile(
    rf"(?:[\s\0&]|%[^\n]*+\n|\\begin\s*+\{{(?:[x]?alignat\*?\}}\s*+\{{[^{{}}]*+\}}|alignedat\}}\s*+\{{[^{{}}]*+\}}|{_NAME})"
    r"|\\(?:label|tag\*?)\s*+\{[^{}]*+\}|\\(?:nonumber|notag|displaystyle|q?quad)(?![A-Za-z])|\\[,;:!> ])++"
)
_TRAILING = re.compile(
    rf"(?:[\s\0&]|\\end\s*+\{{{_NAME}|\\(?:label|tag\*?)\s*+\{{[^{{}}]*+\}}|\\(?:nonumber|notag|q?quad)(?![A-Za-z])"
    r"|\\[,;:!> ]|(?<!\\right)[.,;])++\Z"
)


def _trim(source: str, start: int, end: int) -> tuple[int, int]:
    """The part of a row that says something: no environments, labels, spaces, punctuation around it."""
    if (leading := _LEADING.match(source, start, end)) and leading.end() < end:
        start = leading.end()
    tail = source[max(start, end - 200) : end]
    if (trailing := _TRAILING.search(tail)) and end - len(trailing.group()) > start:
        end -= len(trailing.group())
    return start, end
