"""A document read: its relations in their roles, link by link, each in its scope.

First all declarations of a scope are taken, then its equations in order: definitions define, the rest are claims.
Nothing is judged here, and nothing that a claim says is believed.
"""

from __future__ import annotations

from dataclasses import replace

from hw3.derivations.latex.documents.pieces import Document
from hw3.derivations.latex.reading.assigning import Assigner
from hw3.derivations.latex.reading.collecting import Collector
from hw3.derivations.latex.reading.entries import Entry, Link, Read, SetAside, Trouble, Trusted
from hw3.derivations.latex.reading.settling import settle
from hw3.derivations.latex.scope import Scope

__all__ = ["LAYOUTS", "Entry", "Link", "Read", "SetAside", "Trouble", "Trusted", "read"]

LAYOUTS = ("numerator", "denominator", "rows")


def read(document: Document, outer: Scope | None = None) -> Read:
    """Reads a document; `outer` has the declarations of a preamble."""
    found = Read(document)
    collector = Collector(document, found)
    collector.collect(document.body, Scope(outer))
    settle(found, collector.relations)
    Assigner(found, collector.relations, collector.breaks).assign()
    found.entries.extend(Trouble(p.place, p.message) for p in document.problems)
    found.entries.sort(key=lambda x: x.place)
    layout = next((document.front[k] for k in ("hw3.layout", "layout") if k in document.front), "")
    if layout in LAYOUTS:
        found.entries = [replace(x, layout=layout) if isinstance(x, Link) else x for x in found.entries]
    elif layout and "hw3.layout" in document.front:
        told = f"the layout {layout!r} is not known: choose from {', '.join(LAYOUTS)}"
        found.entries.insert(0, Trouble(0, told))
    return found
