"""Prose as words, and what is said right before a formula."""

from __future__ import annotations

import re

from hw3.derivations.latex.documents.pieces import Sentence, Text

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def words(text: str | Text) -> list[str]:
    """The words of a text, lower-cased.

    >>> words("Let's say: the M-step, if 2 hold")
    ["let's", 'say', 'the', 'm-step', 'if', 'hold']
    """
    return [w.lower() for w in _WORD.findall(text.text if isinstance(text, Text) else text)]


def cue(sentence: Sentence, index: int) -> str:
    """What a sentence says right before its piece `index`: "" if a formula stands there, or nothing."""
    before = sentence.pieces[index - 1] if index > 0 else None
    return before.text if isinstance(before, Text) else ""
