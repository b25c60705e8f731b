"""Marks: where headings, theorems, proofs, lists and items begin and end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# "turn" begins a block that lasts until the next turn or heading, as Markdown's "**Proof:**" does.
Action = Literal["heading", "turn", "open", "close", "item", "unlist", "stop"]


@dataclass(frozen=True)
class Mark:
    """What stands at `place` to `end` and says how the text is divided; `title` are places too."""

    place: int
    end: int
    action: Action
    kind: str = ""
    word: str = ""
    title: tuple[int, int] = (0, 0)
    level: int = 0


_KINDS = {
    "theorem": ("theorem", "thm", "theo", "lemma", "lem", "proposition", "prop", "corollary", "cor", "claim",
                "conjecture", "fact", "result", "observation"),
    "definition": ("definition", "defn", "def", "defi", "assumption", "assumptions", "notation", "setup", "setting"),
    "proof": ("proof", "pf", "solution", "sol", "answer", "derivation"),
    "example": ("example", "eg", "exercise", "problem", "question", "remark", "rem", "note"),
    "list": ("itemize", "enumerate", "description", "compactitem", "compactenum"),
}  # fmt: skip
_OF_WORD = {word: kind for kind, words in _KINDS.items() for word in words}
WORDS = "|".join(sorted((w for w in _OF_WORD if len(w) > 4 and _OF_WORD[w] != "list"), key=len, reverse=True))


def kind_of(word: str) -> str:
    """The kind of block that a word or an environment's name announces, or ""."""
    return _OF_WORD.get(word.lower().rstrip("*"), "")


_SPACE = re.compile(r"\s+")
_BEFORE = re.compile(r" (?=[,.;:)])")


def plain(text: str) -> str:
    """Text as a reader sees it: nothing hidden, spaces collapsed."""
    text = _SPACE.sub(" ", text.replace("\0", ""))
    return _BEFORE.sub("", text).strip()
