"""Hiding parts of a text without moving the rest: what is hidden becomes as many characters of NOTHING.

All places stay offsets in the source, whatever is taken out before mathematics and sentences are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

NOTHING = "\0"  # nothing stands here
FORMULA = "\1"  # a formula stands here

_SEEN = re.compile(r"[^\n]")


def nothing(text: str) -> str:
    """As many characters of nothing, line ends kept."""
    return _SEEN.sub(NOTHING, text)


def hide(text: str, spans: Iterable[tuple[int, int]], fill: Callable[[str], str] = nothing) -> str:
    """The text with its spans (in order, apart) filled: as long as before."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], fill(text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def hide_matches(pattern: re.Pattern[str], text: str) -> str:
    """The text with every match of the pattern hidden."""
    return pattern.sub(lambda found: nothing(found.group()), text)


def regions(text: str, opener: re.Pattern[str], closer: Callable[[re.Match[str]], str]) -> Iterable[tuple[int, int]]:
    """Where an opener and what it is closed with stand; an opener that nothing closes stands alone.

    Linear: that a closer doesn't occur any more is found out once.
    """
    at, missing = 0, set[str]()
    while found := opener.search(text, at):
        close = closer(found)
        end = -1 if close in missing else text.find(close, found.end())
        if end < 0:
            missing.add(close)
            at = found.end()
        else:
            at = end + len(close)
        yield found.start(), at
