"""Which claim of a page rests on which rule, drawn."""

from __future__ import annotations


def with_graph(page: str) -> str:
    return page
