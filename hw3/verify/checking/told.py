"""What is told of a document's links to people: plain data, made where the file is checked, and its print."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from hw3.derivations.language.printing import unicode_name
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.documents.normal import normal
from hw3.derivations.latex.documents.pieces import Document
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.tokens import ReadingError, tokens
from hw3.verify.checking.check import Checked
from hw3.verify.checking.formulas import formula, shortened
from hw3.verify.checking.links import Judged
from hw3.verify.checking.suggestions import declarations
from hw3.verify.reports.terminal import COLOURS, lines_of

_UNDECLARED = " is not declared"
_CONVENTIONS = (" read as ", " taken ", " assumed ", " norm ")
_VERDICT = 11  # columns that a verdict takes, with the space behind it


@dataclass(frozen=True)
class Marked:
    """A line of the source, and what of it is marked: `first` and `last` are columns, from 0."""

    where: str  # file:line:column, as terminals and editors open it
    text: str
    first: int
    last: int


@dataclass(frozen=True)
class Block:
    """A link: where it is, its verdict, the formula in Unicode, and what there is to say of it."""

    where: str
    verdict: str
    formula: str
    label: str = ""
    marked: Marked | None = None
    says: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """All that is told of one file."""

    path: str
    blocks: tuple[Block, ...] = ()
    trusted: tuple[tuple[str, str], ...] = ()  # where, what
    set_aside: tuple[tuple[str, str], ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    suggested: tuple[str, ...] = ()


def page(checked: Checked, read_as: bool = False, suggested: Sequence[str] = ()) -> Page:
    """What is told of a document."""
    document = checked.document

    def aside(place: int, end: int) -> str:
        return _written(document, place, end)

    told: set[str] = set()
    return Page(
        document.path,
        tuple(_block(document, j, read_as, told) for j in checked.judged),
        tuple((_place(document, t.place), aside(t.place, t.end)) for t in checked.trusted),
        tuple((_place(document, t.place), f"{aside(t.place, t.end)}: {t.why}") for t in checked.set_aside),
        tuple((_place(document, p.place), p.message) for p in checked.problems),
        tuple(suggested),
    )


def unicode_latex(text: str) -> str:
    r"""LaTeX for the terminal, through its surface tree; as it is written where it isn't read.

    >>> unicode_latex(r"\frac{\partial L}{\partial W} = 2 \left(\hat{x} - x\right) h^{\top}")
    '∂L/∂W = 2 (x̂ - x) hᵀ'
    """
    text = " ".join(text.split())
    try:
        return formula(parse([t for t in normal(tokens(text), text) if t.text != "&"]))
    except (ReadingError, RecursionError):
        return unicode_name(text.replace("&", "")) if len(text) < 400 else text


def _written(document: Document, place: int, end: int) -> str:
    """What stands there, its macros expanded."""
    for each in document.formulas():
        if each.place <= place <= end <= each.end:
            inside = [t for row in each.rows for t in row.tokens if place <= t.place < end and t.text != "&"]
            with contextlib.suppress(ReadingError, RecursionError):
                return formula(parse(inside))
    return unicode_latex(document.source[place:end])


def _place(document: Document, place: int) -> str:
    path, line, column = document.line_of(place)
    return f"{line}:{column}" if path == document.path else f"{path}:{line}:{column}"


def _block(document: Document, j: Judged, read_as: bool, told: set[str]) -> Block:
    link = j.link
    left = "" if link.number > 1 else f"{formula(link.left)} "
    says = []
    if j.reason:
        says.append(f"{unicode_prose(j.reason)}")
    if j.counterexample and j.counterexample not in j.reason:
        example = "for example at" if j.verdict == "refuted" else "it would not hold at"
        says.append(f"{example} {unicode_prose(j.counterexample)}")
    if j.did_you_mean:
        says.append(f"did you mean {unicode_latex(j.did_you_mean)} ?")
    says.extend(_remedies(j))
    aside = _given(j.conditions, told)
    if j.verdict == "confirmed" and j.trials and " draws" not in j.reason:
        worst = "" if j.worst_error is None else f", worst error {j.worst_error:.0e}"
        aside.append(f"the sides agree at {j.trials} draws{worst}")
    if read_as and j.read_as:
        aside.append(f"read as {unicode_latex(j.read_as)}")
    return Block(
        _place(document, link.place),
        j.verdict,
        f"{left}{link.op} {formula(link.right)}",
        f"({link.label})" if link.label else "",
        _marked(document, j) if j.verdict in ("refuted", "undecided") else None,
        tuple(says),
        tuple(aside),
    )


def _remedies(j: Judged) -> list[str]:
    """What the author of an undecided link can do."""
    if j.verdict != "undecided" or not (j.undeclared or any(g.endswith(_UNDECLARED) for g in j.guesses)):
        return []
    missing = declarations([j.link])
    return [f"declare what is missing, such as: Let {', '.join(f'${d}$' for d in missing)}."] if missing else []


def _given(conditions: Sequence[str], told: set[str]) -> list[str]:
    """Under what a link holds; a convention that it was read by only where the document first needs it."""
    conventions = [c for c in conditions if c.endswith(_UNDECLARED) or any(w in c for w in _CONVENTIONS)]
    stated = [c for c in conditions if c not in conventions]
    fresh = [c for c in conventions if c not in told]
    told.update(fresh)
    missing = [c.removesuffix(_UNDECLARED) for c in fresh if c.endswith(_UNDECLARED)]
    fresh = [c for c in fresh if not c.endswith(_UNDECLARED)]
    lines = ["given " + "; ".join(map(unicode_prose, stated))] if stated else []
    if fresh:
        lines.append("; ".join(map(unicode_prose, fresh)))
    if missing:
        lines.append(f"not declared, and read as the lines allow: {', '.join(map(unicode_name, missing))}")
    return lines


def unicode_prose(text: str) -> str:
    """A sentence with LaTeX in it, for the terminal."""
    return "".join(unicode_name(part) if "\\" in part or "_" in part else part for part in _words(text))


def _words(text: str) -> list[str]:
    """The text cut at spaces, which stay."""
    return [w for word in text.split(" ") for w in (word, " ")][:-1]


def _marked(document: Document, j: Judged) -> Marked | None:
    """The line with the part of a link that is wrong; of an undeclared name, the name."""
    link = j.link
    first, last = getattr(j, "mark", None) or (link.right.place, link.right.end)
    if j.verdict == "undecided":
        key = j.undeclared
        found = [n for n in (*s.walk(link.left), *s.walk(link.right)) if key is not None and s.key(n) == key]
        if not found:
            return None
        first, last = found[0].place, found[0].end
    path, line, column = document.line_of(first)
    begin = document.source.rfind("\n", 0, first) + 1
    end = document.source.find("\n", begin)
    text = document.source[begin : end if end >= 0 else None]
    return Marked(f"{path}:{line}:{column}", text, first - begin, max(min(last - begin, len(text)), first - begin + 1))


# --- printing -----------------------------------------------------------------------------------------


def print_page(to: Console, told: Page) -> None:
    """Prints a page: a heading, a block for each link, and what was not judged."""
    to.print(Text(told.path, style="bold"), soft_wrap=True)
    if told.blocks:
        to.print()
    if not told.blocks and not told.trusted and not told.set_aside and not told.problems:
        to.print("  no relations found")
    column = max((len(b.where) for b in told.blocks), default=0) + 4
    for k, block in enumerate(told.blocks, 1):
        _print_block(to, block, column)
        if block.marked is not None and k < len(told.blocks):
            to.print()
    for title, entries in (
        ("taken on trust", told.trusted),
        ("set aside", told.set_aside),
        ("not read", told.problems),
    ):
        _print_list(to, title, entries)
    if told.suggested:
        to.print()
        to.print("  declarations to add, guessed from letters and use: correct what is wrong", style="bold")
        text = "Let " + ", ".join(f"${d}$" for d in told.suggested) + "."
        for line in lines_of(text, to.width - 4):
            to.print(Text("    " + line), soft_wrap=True)
    to.print()


def _print_block(to: Console, block: Block, column: int) -> None:
    indent = " " * (column + _VERDICT)
    width = max(to.width - len(indent), 24)
    head = Text(f"  {block.where:<{column - 2}}")
    head.append(f"{block.verdict:<{_VERDICT}}", style=COLOURS[block.verdict])
    head.append(shortened(block.formula, width))
    if len(block.formula) + len(block.label) + 2 <= width:
        head.append(f"  {block.label}" if block.label else "", style="dim")
    to.print(head, soft_wrap=True)
    inner = " " * column
    if block.marked is not None:
        to.print()
        _print_marked(to, block.marked, inner)
    for text, style in [*((t, "") for t in block.says), *((t, "dim") for t in block.aside)]:
        for line in lines_of(text, to.width - column):
            to.print(Text(inner + line, style=style), soft_wrap=True)


def _print_marked(to: Console, marked: Marked, inner: str) -> None:
    """The line and carets below it; of a long line the part about the mark."""
    room = to.width - len(inner) - 2
    text = marked.text.replace("\t", " ")
    first, last = marked.first, marked.last
    begin = len(text) - len(text.lstrip())
    if cell_len(text[begin:]) > room:
        begin = max(begin, min(first - room // 3, len(text) - room + 2))
    end = begin + room - 2 if cell_len(text[begin:]) > room else len(text)
    before = "…" if text[:begin].strip() else ""
    after = "…" if text[end:].strip() else ""
    shown = text[begin:end].rstrip()
    to.print(Text(f"{inner}{marked.where}", style="dim"), soft_wrap=True)
    to.print(Text(f"{inner}  {before}{shown}{after}"), soft_wrap=True)
    offset = cell_len(before + text[begin:first])
    carets = max(cell_len(text[first : min(last, begin + len(shown))]), 1)
    to.print(Text(f"{inner}  {' ' * offset}{'^' * carets}", style="bold red"), soft_wrap=True)


def _print_list(to: Console, title: str, entries: Sequence[tuple[str, str]]) -> None:
    if not entries:
        return
    to.print()
    to.print(Text(f"  {title}", style="bold"))
    column = max(len(where) for where, _ in entries) + 6
    for where, what in entries:
        first, *more = lines_of(shortened(what, 2 * (to.width - column)), to.width - column)
        to.print(Text(f"    {where:<{column - 4}}{first}"), soft_wrap=True)
        for line in more:
            to.print(Text(" " * column + line), soft_wrap=True)


def summary(counts: dict[str, int], pages: Sequence[Page], unreadable: int, seconds: float) -> str:
    """The counts over all files in one line."""
    links = sum(counts.values())
    told = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    more = [
        f"{n} {name}"
        for name, n in (
            ("taken on trust", sum(len(p.trusted) for p in pages)),
            ("set aside", sum(len(p.set_aside) for p in pages)),
            ("not read", sum(len(p.problems) for p in pages)),
            (f"{_files(unreadable)} not judged".removeprefix(f"{unreadable} "), unreadable),
        )
        if n
    ]
    head = f"{_files(len(pages))}, {links} {'link' if links == 1 else 'links'}"
    return f"{head}{': ' + told if told else ''}{'; ' + ', '.join(more) if more else ''} ({seconds:.1f} s)"


def _files(n: int) -> str:
    return f"{n} file" if n == 1 else f"{n} files"
