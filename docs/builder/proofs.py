"""A page of proofs laid out for reading: each line with its reason and verdict beside it, each rule linked."""

from __future__ import annotations

import html
import re

# hw3 docs prints a derivation as one aligned display, its lines numbered (1), (2), ..., and the reasons as a list.
_CHAIN = re.compile(
    r"^\$\$\n\\begin\{aligned\}\n(?P<chain>(?:(?!\$\$).)*?)\n\\end\{aligned\}\n\$\$\n\n"
    r"(?P<reasons>(?:\d+\. [^\n]*\n)+)",
    re.DOTALL | re.MULTILINE,
)
_REASON = re.compile(r"^\d+\. (?P<says>.*?)(?: \*\((?P<judged>[^*]*)\)\*)?$", re.MULTILINE)
_NUMBER = re.compile(r" \\quad \((\d+)\)$")
_BREAK = re.compile(r" \\\\(?:\[2pt\])?\n")
_FIRST = re.compile(r"^(?P<left>.*?)& (?P<equal>(?:\\quad )?=)")
_VERDICT = re.compile(
    r"^\*\*(?P<verdict>Proved|Confirmed|Refuted|Undecided)(?P<more>[^*\n]*?)\.?\*\*[.:]?", re.MULTILINE
)
_RESULT = re.compile(r"^\$\$\n(\\boxed\{(?:(?!\$\$).)*?)\n\$\$$", re.DOTALL | re.MULTILINE)
_USED = re.compile(r"^Rules used:\n\n(?P<rules>(?:- .*\n)+)", re.MULTILINE)
_WITNESSES = re.compile(r"^Witnesses:\n\n(?P<witnesses>(?:- .*\n)+)", re.MULTILINE)
_BASE = "../trusted.md"


def laid_out(page: str) -> str:
    """The page with its chains as rows; what does not look like one stays as it is.

    >>> print(laid_out("**Proved.** Yes."))
    ---
    hide: [toc]
    ---
    <BLANKLINE>
    **Proved**{ .verdict .proved } Yes.
    """
    page = with_verdicts(page)
    page = _CHAIN.sub(_rows, page)
    page = _RESULT.sub(r'<div class="result" markdown="1">\n\n$$\n\1\n$$\n\n</div>', page)
    page = _USED.sub(_linked, page)
    page = _WITNESSES.sub(_folded, page)
    return "---\nhide: [toc]\n---\n\n" + page


def with_verdicts(page: str) -> str:
    """The page with the verdict that begins a paragraph marked as one, for its colour."""
    return _VERDICT.sub(_chip, page)


def _chip(found: re.Match[str]) -> str:
    return f"**{found['verdict']}{found['more']}**{{ .verdict .{found['verdict'].lower()} }}"


def _rows(found: re.Match[str]) -> str:
    """A chain as one row for each numbered line, its reason beside it; all formulae begin at one margin."""
    lines = _BREAK.split(found["chain"])
    reasons = [(reason["says"], reason["judged"]) for reason in _REASON.finditer(found["reasons"])]
    groups: list[tuple[list[str], int]] = [([], 0)]
    for line in lines:
        if not groups[0][0] and line.startswith("& ") and _FIRST.match(line) is None and not _NUMBER.search(line):
            groups[0][0].append(line)  # the left side, on a line of its own
            continue
        numbered = _NUMBER.search(line)
        groups[-1][0].append(_NUMBER.sub("", line)) if groups[-1][1] == -1 else groups.append(
            ([_NUMBER.sub("", line)], -1)
        )
        if numbered:
            groups[-1] = (groups[-1][0], int(numbered[1]))
    if [k for _, k in groups if k > 0] != list(range(1, len(reasons) + 1)):
        return found[0]
    left = _FIRST.match(lines[0])
    phantom = left["left"].strip() if left else ""
    copied = html.escape("\\begin{aligned}\n" + found["chain"] + "\n\\end{aligned}", quote=True).replace("\n", "&#10;")
    rows = [f'<div class="proof" markdown="1" data-latex="{copied}">\n']
    for shown, k in groups:
        if shown:
            says, judged = reasons[k - 1] if k > 0 else ("", None)
            rows.append(_row(shown, k, says, judged, phantom))
    return "\n".join([*rows, "</div>\n\n"])


def _row(lines: list[str], k: int, says: str, judged: str | None, phantom: str) -> str:
    if phantom and lines[0].startswith("& "):  # what stands left of the sign in the first row keeps its room here
        lines = [f"\\phantom{{{phantom}}} {lines[0]}", *lines[1:]]
    formula = "\\begin{aligned}\n" + " \\\\[2pt]\n".join(lines) + "\n\\end{aligned}"
    row = f'<div class="line" markdown="1">\n\n$$\n{formula}\n$$\n\n</div>\n'
    if k > 0:
        reason = f'<span class="number">({k})</span> {says} {_judged(judged)}'
        row += f'<div class="reason" markdown="1">\n\n{reason}\n\n</div>\n'
    return f'<div class="step" markdown="1">\n{row}</div>\n'


def _judged(told: str | None) -> str:
    """`proved by a, b` with each rule linked to where it is stated."""
    if not told:
        return ""
    verdict = "proved" if told.startswith("proved") else "undecided"
    by = told.removeprefix("proved by ")
    if by == told or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(, [a-z0-9]+(-[a-z0-9]+)*)*", by) or by == "expansion":
        return f"*{told}*{{ .by .{verdict} }}"
    return f"*proved by {', '.join(f'[{name}]({_BASE}#{name})' for name in by.split(', '))}*{{ .by .{verdict} }}"


def _linked(found: re.Match[str]) -> str:
    rules = re.sub(r"^- ([a-z0-9-]+): ", rf"- [\1]({_BASE}#\1): ", found["rules"], flags=re.MULTILINE)
    return f'<div class="rules" markdown="1">\n\n**Rules used**\n\n{rules}\n</div>\n'


def _folded(found: re.Match[str]) -> str:
    """The witnesses behind one click: they matter to who doubts, and are long. It opens without a script."""
    items = "".join(f"    {line}\n" for line in found["witnesses"].splitlines())
    return f'??? note "Witnesses"\n\n{items}\n'
