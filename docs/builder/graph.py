"""What rests on what: the claims of a page and the rules that they use, drawn from left to right as SVG."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from itertools import pairwise

_CLAIM = re.compile(r"^## (?P<title>.*?) \{#(?P<name>[^}]+)\}\n(?P<body>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_RULE = re.compile(r"^- ([a-z0-9]+(?:-[a-z0-9]+)*): ", re.MULTILINE)
_CALLED = re.compile(r"\$(\\(?:delta|Delta|epsilon)_(?:\w|\{[^$]*\}))\$")
_LEMMA = re.compile(r"^### .*? \{#(?P<name>[^}]+)\}\n(?P<body>.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
_REFUTED = re.compile(r"\n\*\*Refuted")
_BY = re.compile(r"Its test: proved by (.*?);")
_ROW, _LETTER, _GAP = 24, 6.65, 80  # pixels: from label to label, a letter's width, the room for edges

Edges = dict[str, tuple[str, ...]]


def with_graph(page: str, base: str) -> str:
    """The page with a list of its claims before them and the graph after them; `base` is docs/trusted.md."""
    first = page.find("\n## ")
    if first < 0:
        return page
    claims = "\n".join(
        f"- [{title}](#{name})" + (f" *{verdict[1].lower()}*{{ .{verdict[1].lower()} }}" if verdict else "")
        for claim in _CLAIM.finditer(page)
        for title, name in [(claim["title"], claim["name"])]
        for verdict in [re.match(r"\n\*\*(\w+)", claim["body"])]
    )
    edges = dependencies(page, base)
    drawn = ""
    if edges:
        names = {claim["name"] for claim in _CLAIM.finditer(page)}
        drawn = (
            "\n## What rests on what {#dependencies}\n\nEach claim with the named gradients and the rules that its "
            "proof uses, from left to right; what follows by way of another is not drawn twice. Every name is a "
            "link.\n\n"
            f'<div class="graph">{svg(edges, lambda n: f"#{n}" if n in names else f"../trusted.html#{n}")}</div>\n'
        )
    return f'{page[:first]}\n<div class="claims" markdown="1">\n\n{claims}\n\n</div>\n{page[first:]}{drawn}'


def dependencies(page: str, base: str) -> Edges:
    r"""For each claim or lemma that rests on something here, what that is.

    >>> page = "## The gradient in $z$, called $\\delta_z$ {#z}\n\n## In $W$ {#w}\n\n$\\delta_z x$\n"
    >>> dependencies(page, "")
    {'w': ('z',)}
    """
    claims = {claim["name"]: claim for claim in _CLAIM.finditer(page) if not _REFUTED.match(claim["body"])}
    called = {c[1]: name for name, claim in claims.items() if (c := _CALLED.search(claim["title"]))}
    found: Edges = {}
    for name, claim in claims.items():
        rules = _RULE.findall(claim["body"].partition("Rules used:")[2].partition("Witnesses:")[0])
        symbols = [to for symbol, to in called.items() if to != name and symbol in claim["body"]]
        if uses := tuple(dict.fromkeys([*symbols, *rules])):
            found[name] = uses
    lemmas = {lemma["name"]: by[1] for lemma in _LEMMA.finditer(base) if (by := _BY.search(lemma["body"]))}
    for name in [n for uses in found.values() for n in uses]:
        if name in lemmas and name not in found:
            found[name] = tuple(re.findall(r"\(#([^)]+)\)", lemmas[name]))
    return _reduced(_acyclic(found))


def _acyclic(edges: Edges) -> Edges:
    """Without what leads back: two names that are defined by one another say nothing of who comes first."""
    order: dict[str, int] = {}
    kept: Edges = {}

    def visit(name: str, above: frozenset[str]) -> None:
        if name in order:
            return
        uses = tuple(n for n in edges.get(name, ()) if n not in above and n != name)
        for n in uses:
            visit(n, above | {name})
        order[name] = len(order)
        if uses:
            kept[name] = uses

    for name in edges:
        visit(name, frozenset())
    return kept


def _reduced(edges: Edges) -> Edges:
    """Without what is reached by way of another."""

    def below(name: str) -> set[str]:
        return {name}.union(*(below(n) for n in edges.get(name, ())))

    return {
        name: tuple(n for n in uses if not any(n in below(other) for other in uses if other != n))
        for name, uses in edges.items()
    }


def svg(edges: Edges, address: Callable[[str], str]) -> str:
    """The drawing: columns by how long a chain a name rests on, each ordered to keep edges short."""
    columns = _ordered(_columns(edges), edges)
    place: dict[str, tuple[float, float]] = {}
    x = 0.0
    for column in columns:
        for k, name in enumerate(column):
            place[name] = (x, _ROW * (k + 0.5 + (max(map(len, columns)) - len(column)) / 2))
        x += max(len(name) for name in column) * _LETTER + _GAP
    width, height = x - _GAP + 8, _ROW * max(map(len, columns))
    lines = [
        _curve(place[used][0] + len(used) * _LETTER + 3, place[used][1], place[name][0] - 4, place[name][1])
        for name, uses in edges.items()
        for used in uses
    ]
    labels = [
        f'<a href="{html.escape(address(name))}"><text x="{px:.0f}" y="{py + 4:.0f}">{html.escape(name)}</text></a>'
        for name, (px, py) in place.items()
    ]
    told = "Dependencies: " + "; ".join(f"{name} rests on {', '.join(uses)}" for name, uses in edges.items())
    return (
        f'<svg role="img" aria-label="{html.escape(told)}" viewBox="-4 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}">{"".join(lines)}{"".join(labels)}</svg>'
    )


def _columns(edges: Edges) -> list[list[str]]:
    names = list(dict.fromkeys([*edges, *(n for uses in edges.values() for n in uses)]))
    depth: dict[str, int] = {}

    def deep(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((deep(n) for n in edges.get(name, ())), default=-1)
        return depth[name]

    columns: list[list[str]] = [[] for _ in range(1 + max(map(deep, names)))]
    for name in names:
        columns[depth[name]].append(name)
    return columns


def _ordered(columns: list[list[str]], edges: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """A few sweeps that put each name at the mean height of its neighbours in the columns beside it."""
    near: dict[str, set[str]] = {}
    for name, uses in edges.items():
        for used in uses:
            near.setdefault(name, set()).add(used)
            near.setdefault(used, set()).add(name)
    for _ in range(8):
        for those, fixed in [*pairwise(reversed(columns)), *pairwise(columns)]:
            height = {name: k / max(1, len(those) - 1) for k, name in enumerate(those)}
            own = {name: k / max(1, len(fixed) - 1) for k, name in enumerate(fixed)}
            mean = {
                n: sum(height[m] for m in near[n] & height.keys()) / c
                if (c := len(near[n] & height.keys()))
                else own[n]
                for n in fixed
            }
            fixed.sort(key=mean.__getitem__)
    return columns


def _curve(x0: float, y0: float, x1: float, y1: float) -> str:
    bend = max(20.0, (x1 - x0) / 2)
    return f'<path d="M{x0:.0f} {y0:.0f}C{x0 + bend:.0f} {y0:.0f} {x1 - bend:.0f} {y1:.0f} {x1:.0f} {y1:.0f}"/>'
