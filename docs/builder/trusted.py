"""The page of the trusted base: every part with its statement, where it is shown, and its own test's result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_HEAD = """# The trusted base

Made by `make docs` from `hw3 rules --json`: what every proof rests on, and the result of each part's own test.
[The kernel](kernel.md) says how a proof is checked against it.

"""
_CLAIMS = {
    "axiom": ("Axioms", "Not proved here. Each is short and in the books, and its two sides are compared at draws."),
    "bound": ("Bounds", "What is never negative, for inequalities: sampled, and zero only where it says."),
    "lemma": ("Lemmas", "Not trusted: the kernel checks their proofs, and their sides are compared too."),
}
_TABLES = {
    "meaning": ("Meanings", "What each operation means, entry by entry; tested against its evaluation by other code."),
    "derivative": ("Derivatives", "One law for each kind of atom, tested against automatic differentiation."),
    "moment": ("Gaussian moments", "Isserlis' theorem by degrees, tested against quadrature."),
}


def page(base: Iterable[Mapping[str, Any]]) -> str:
    """The page in Markdown, of the entries that `hw3 rules --json` lists under `trusted`."""
    entries = list(base)
    parts = [_HEAD, _summary(entries)]
    for kind, (title, says) in _CLAIMS.items():
        parts.append(f"## {title}\n\n{says}\n\n")
        parts += [_claim(entry, entries) for entry in entries if entry["kind"] == kind]
    for kind, (title, says) in _TABLES.items():
        parts.append(f"## {title}\n\n{says}\n\n| | it means | its test |\n|---|---|---|\n")
        parts += [_row(entry) for entry in entries if entry["kind"] == kind]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


def _summary(entries: list[Mapping[str, Any]]) -> str:
    rows = []
    for kind, (title, _) in (_CLAIMS | _TABLES).items():
        tested = [entry["passed"] for entry in entries if entry["kind"] == kind]
        anchor = title.lower().replace(" ", "-")
        rows.append(f"| [{title}](#{anchor}) | {len(tested)} | {sum(tested)} |\n")
    return "| part | entries | tests passed |\n|---|---|---|\n" + "".join(rows) + "\n"


def _claim(entry: Mapping[str, Any], entries: list[Mapping[str, Any]]) -> str:
    """A rule under its name, so that proofs can link to it."""
    given = f" Given: {', '.join(entry['conditions'])}." if entry["conditions"] else ""
    names = {e["name"] for e in entries if e["kind"] in _CLAIMS}
    test = entry["test"]
    if test.startswith("proved by "):
        by, _, rest = test.removeprefix("proved by ").partition("; ")
        linked = ", ".join(f"[{name}](#{name})" if name in names else name for name in by.split(", "))
        test = f"proved by {linked}; {rest}"
    return (
        f"### {entry['name']} {{#{entry['name']}}}\n\n{_escaped(entry['title'])}{given}\n\n$$\n{entry['latex']}\n$$\n\n"
        f"Shown in: {_escaped(entry['reference'])}. Its test: {test}.\n\n"
    )


def _row(entry: Mapping[str, Any]) -> str:
    statement = entry["statement"].replace("|", "\\|")
    return f"| {entry['name']} | `{statement}` | {entry['test']} |\n"


def _escaped(text: str) -> str:
    """Prose with the letters that Markdown would take for its own made plain."""
    for letter in "\\*_[]<":
        text = text.replace(letter, "\\" + letter)
    return text
