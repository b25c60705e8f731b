"""Canonical names for the summed indices of a monomial.

Two monomials that differ in the names of what is summed get one form: colours are refined by what an index
is connected to, and what is still tied is told apart by trial. Renaming summed indices injectively changes
nothing, so which name is canonical only decides how often equal things are seen to be equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hw3.derivations.calculus.tables import HEADS, BudgetError, Factor, Monomial, spend


def least(h: int, at: tuple[int, ...]) -> tuple[int, ...]:
    symmetries = HEADS[h].symmetries
    if len(symmetries) == 1:
        return at
    return min(tuple(at[k] for k in p) for p in symmetries)


def canonical(factors: Sequence[Factor], sizes: dict[int, int]) -> Monomial:
    """The factors with their dummies numbered canonically, connected part by connected part: (x^T y)^5 has
    five equal parts, and telling them apart by trial would cost 5! labelings."""
    if not sizes:
        return tuple(sorted(factors)), ()
    if len(sizes) == 1:
        return _numbered(factors, list(sizes), sizes)
    loose, parts = _parts(factors)
    if len(parts) == 1:
        return _canonical_part(factors, sizes)
    named = sorted(_canonical_part(part, _sizes_in(part, sizes)) for part in parts)
    moved = list(loose)
    all_sizes: list[int] = []
    for part, part_sizes in named:
        shift = len(all_sizes)
        moved.extend((h, e, least(h, tuple(i + shift if i >= 0 else i for i in at))) for h, e, at in part)
        all_sizes.extend(part_sizes)
    return tuple(sorted(moved)), tuple(all_sizes)


def _sizes_in(factors: Sequence[Factor], sizes: Mapping[int, int]) -> dict[int, int]:
    return {i: sizes[i] for _, _, at in factors for i in at if i >= 0}


def _parts(factors: Sequence[Factor]) -> tuple[list[Factor], list[list[Factor]]]:
    """The factors without dummies, and the others in parts that share no dummy."""
    loose: list[Factor] = []
    parts: list[tuple[set[int], list[Factor]]] = []
    for f in factors:
        dummies = {i for i in f[2] if i >= 0}
        if not dummies:
            loose.append(f)
            continue
        joined = [p for p in parts if p[0] & dummies]
        parts = [p for p in parts if not p[0] & dummies]
        merged = (dummies.union(*(p[0] for p in joined)), [g for p in joined for g in p[1]] + [f])
        parts.append(merged)
    return loose, [part for _, part in parts]


def _canonical_part(factors: Sequence[Factor], sizes: dict[int, int]) -> Monomial:
    dummies = list(sizes)
    if len(dummies) == 1:
        return _numbered(factors, dummies, sizes)
    occurrences: dict[int, list[tuple[int, int]]] = {d: [] for d in dummies}
    for k, (_, _, at) in enumerate(factors):
        for position, i in enumerate(at):
            if i >= 0:
                occurrences[i].append((k, position))
    colours = _ranked({d: (sizes[d],) for d in dummies})
    return min(_labelings(factors, sizes, occurrences, colours, [0]))


def _numbered(factors: Sequence[Factor], order: Sequence[int], sizes: Mapping[int, int]) -> Monomial:
    name = {d: k for k, d in enumerate(order)}
    renamed = [(h, e, least(h, tuple(name.get(i, i) for i in at))) for h, e, at in factors]
    return tuple(sorted(renamed)), tuple(sizes[d] for d in order)


def _ranked(colours: Mapping[int, tuple]) -> dict[int, int]:
    rank = {c: k for k, c in enumerate(sorted(set(colours.values())))}
    return {d: rank[c] for d, c in colours.items()}


def _refined(
    factors: Sequence[Factor], occurrences: Mapping[int, list[tuple[int, int]]], colours: dict[int, int]
) -> dict[int, int]:
    """The coarsest colouring that neighbours in the network cannot tell apart."""
    while True:
        spend(len(factors))
        signatures = []
        for h, e, at in factors:
            seen = tuple(colours[i] if i >= 0 else i for i in at)
            signatures.append((h, e, least(h, seen), seen))
        new: dict[int, tuple] = {}
        for d, places in occurrences.items():
            around = sorted((*signatures[k][:3], orbit(signatures[k][0], position)) for k, position in places)
            new[d] = (colours[d], tuple(around))
        ranked = _ranked(new)
        if len(set(ranked.values())) == len(set(colours.values())):
            return ranked
        colours = ranked


def orbit(h: int, position: int) -> int:
    return min(p.index(position) for p in HEADS[h].symmetries)


def _labelings(
    factors: Sequence[Factor],
    sizes: Mapping[int, int],
    occurrences: Mapping[int, list[tuple[int, int]]],
    colours: dict[int, int],
    count: list[int],
) -> Iterator[Monomial]:
    colours = _refined(factors, occurrences, colours)
    cells: dict[int, list[int]] = {}
    for d, c in colours.items():
        cells.setdefault(c, []).append(d)
    tied = [cell for _, cell in sorted(cells.items()) if len(cell) > 1]
    if not tied:
        yield _numbered(factors, sorted(colours, key=colours.__getitem__), sizes)
        return
    for chosen in tied[0]:
        spend(len(factors))
        count[0] += 1
        if count[0] > 2000:
            raise BudgetError("a product with too many interchangeable summed indices")
        split = {d: 2 * c + (0 if d == chosen else 1) for d, c in colours.items()}
        yield from _labelings(factors, sizes, occurrences, split, count)
