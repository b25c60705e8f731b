"""Contractions: the summed indices that Kronecker deltas and block injections remove from a product."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hw3.derivations.calculus.affine import Equation, affine_factor, is_empty, solved, split, terms_of
from hw3.derivations.calculus.tables import HEADS, SIZES, Factor, described, head_number
from hw3.derivations.language.sizes import Size


def contract(factors: Sequence[Factor], sizes: dict[int, int]) -> list[Factor] | None:
    """Without the deltas and block injections that a substitution removes; None if the product is 0."""
    work = list(factors)
    settled: set[int] = set()  # free indices that are left in one delta alone
    k = 0
    while k < len(work):
        h, e, at = work[k]
        kind = HEADS[h].kind
        if kind not in ("delta", "block", "affine", "order"):
            k += 1
            continue
        if e <= 0:
            raise ZeroDivisionError("a 0/1 tensor has no inverse entry by entry")
        work[k] = (h, 1, at)  # its entries are 0 and 1
        if kind == "delta":
            step = _delta_step(work, k, sizes, settled)
        else:
            step = STEPS[kind](work, k, sizes)
        if step is None:
            return None
        k = k + 1 if step is work else 0
        work = step
    return work


def _delta_step(work: list[Factor], k: int, sizes: dict[int, int], settled: set[int]) -> list[Factor] | None:
    """One substitution by the delta at k; the same list if there is none to make."""
    i, j = work[k][2]
    if i == j:
        return work[:k] + work[k + 1 :]
    if i >= 0 or j >= 0:
        gone, kept = (i, j) if i >= 0 else (j, i)
        sizes.pop(gone)
        return _replaced(work[:k] + work[k + 1 :], gone, kept)
    # Both free: a literal position is kept, else the older index (the larger number).
    kept, gone = sorted((i, j), key=lambda x: (described(x).position is not None, x), reverse=True)
    if described(gone).position is not None:
        return None  # two different positions
    if gone in settled:
        return work
    settled.add(gone)
    rest = _replaced(work, gone, kept)
    rest[k] = (work[k][0], 1, (gone, kept))
    return rest


def _block_step(work: list[Factor], k: int, sizes: dict[int, int]) -> list[Factor] | None:
    """One simplification by the injection [i = offset + a] at k: each a has one i, each i one block and a."""
    h, _, (i, a) = work[k]
    for other, (g, _, at) in enumerate(work):
        if other == k or HEADS[g].kind != "block":
            continue
        if at[0] == i and HEADS[g].payload[0] == HEADS[h].payload[0]:
            if g != h:
                return None
            return _with_delta(work, other, at[1], a, HEADS[h].sizes[1])
        if g == h and at[1] == a:
            return _with_delta(work, other, at[0], i, HEADS[h].sizes[0])
    if i >= 0 and sum(x == i for _, _, at in work for x in at) == 1:
        sizes.pop(i)
        return work[:k] + work[k + 1 :]
    return work


def _affine_step(work: list[Factor], k: int, sizes: dict[int, int]) -> list[Factor] | None:
    """One simplification by the affine tensor at k: indices that have met are joined, and a summed index that
    it determines, and that stands in affine tensors only, is put in there."""
    factor = work[k]
    h, _, at = factor
    if not at and HEADS[h].payload[1].is_literal:
        return work[:k] + work[k + 1 :] if HEADS[h].payload[1] is Size.of(0) else None
    if len(set(at)) < len(at) or any(i < 0 and described(i).position is not None for i in at):
        return _put(work, k, affine_factor(*terms_of(factor), sizes))
    if _is_empty_head(h):
        return None
    for other, (g, _, bt) in enumerate(work):
        if HEADS[g].kind == "block" and bt[0] in at:
            return _put(work, k, _in_block(factor, work[other], sizes))
    for index in at:
        users = [j for j, (_, _, bt) in enumerate(work) if index in bt]
        if index < 0 or any(HEADS[work[j][0]].kind != "affine" for j in users):
            continue
        solution = solved(factor, index, sizes)
        if solution is None:
            continue
        for j in users:
            if j != k:
                terms, constant = terms_of(work[j])
                scale = sum((c for i, c in terms if i == index), start=Size.of(0))  # it may stand there twice
                moved = [(i, c) for i, c in terms if i != index] + [(i, scale * c) for i, c in solution[0]]
                put = _put(work, j, affine_factor(moved, constant + scale * solution[1], sizes), keep=True)
                if put is None:
                    return None
                work = put
        sizes.pop(index)
        # What became a one is left as an equation without indices, which goes next.
        return work[:k] + work[k + 1 :]
    return _digits_step(work, k, sizes)


def _in_block(factor: Factor, block: Factor, sizes: dict[int, int]) -> Factor | bool:
    """The affine tensor beside an injection [i = offset + a], with that in the place of i."""
    terms, constant = terms_of(factor)
    h, _, (i, a) = block
    parts, which = HEADS[h].payload
    offset = sum((SIZES[n] for n in parts[:which]), start=Size.of(0))
    scale = sum((c for x, c in terms if x == i), start=Size.of(0))
    return affine_factor([*((x, c) for x, c in terms if x != i), (a, scale)], constant + scale * offset, sizes)


def _digits_step(work: list[Factor], k: int, sizes: dict[int, int]) -> list[Factor] | None:
    """[I = i + m j] [I = k + m l] for i, k < m is [I = i + m j] [i = k] [j = l], also where I is free."""
    h, _, at = work[k]
    parts = _digits(h, h, tuple(range(len(at))), ())
    if parts is not None:
        return _several(work, k, parts, at, sizes)
    for other, (g, _, bt) in enumerate(work):
        if other == k or HEADS[g].kind != "affine" or not set(at) & set(bt):
            continue
        met = tuple(dict.fromkeys((*at, *bt)))
        parts = _digits(h, g, tuple(map(met.index, at)), tuple(map(met.index, bt)))
        if parts is not None:
            return _several(work, other, parts, met, sizes)
    return work


@cache
def _digits(h: int, g: int, at: tuple[int, ...], bt: tuple[int, ...]) -> list[Equation] | None:
    """What the equation h at `at` says of the digits of an index, alone (no `bt`) or put into g at `bt`."""
    mine, constant = terms_of((h, 1, at))
    sizes = dict(zip(at, HEADS[h].sizes, strict=True))
    if not bt:
        return split(mine, constant, sizes)
    theirs, last = terms_of((g, 1, bt))
    sizes.update(zip(bt, HEADS[g].sizes, strict=True))
    shared = dict(theirs)
    for index, c in mine:
        d = shared.get(index)
        if d is None or not c.is_literal or abs(c.literal) != 1:
            continue
        scale = -d * c.literal  # the equation h, so scaled, takes the index out of the other
        joined: dict[int, Size] = {}
        for i, e in [*theirs, *((i, scale * e) for i, e in mine)]:
            joined[i] = joined.get(i, Size.of(0)) + e
        kept = [(i, e) for i, e in joined.items() if e is not Size.of(0)]
        parts = split(kept, last + scale * constant, sizes)
        if parts is not None:
            return parts
    return None


@cache
def _is_empty_head(h: int) -> bool:
    """Whether the equation has no solution in the range of its indices."""
    at = tuple(range(len(HEADS[h].sizes)))
    return is_empty(*terms_of((h, 1, at)), dict(enumerate(HEADS[h].sizes)))


def _several(
    work: list[Factor], k: int, parts: list[Equation], met: Sequence[int], sizes: dict[int, int]
) -> list[Factor] | None:
    """The factors with the equations `parts`, of the indices `met`, in the place of the k-th."""
    changed = work[:k] + work[k + 1 :]
    for terms, constant in parts:
        factor = affine_factor([(met[i], c) for i, c in terms], constant, sizes)
        if factor is False:
            return None
        if factor is not True:
            changed.append(factor)
    return changed


def _order_step(work: list[Factor], k: int, sizes: dict[int, int]) -> list[Factor] | None:
    """[i < j] where i and j have met or are literal positions; else nothing is known of it."""
    i, j = work[k][2]
    if i == j:
        return None
    p, q = (described(x).position if x < 0 else None for x in (i, j))
    if p is None or q is None:
        return work
    return work[:k] + work[k + 1 :] if p < q else None


def _put(work: list[Factor], k: int, factor: Factor | bool, keep: bool = False) -> list[Factor] | None:
    """The factors with another in the place of the k-th; a one is left out, a zero makes all of it None."""
    if factor is False:
        return None
    changed = list(work)
    if factor is not True:
        changed[k] = factor
    elif keep:
        changed[k] = (head_number("affine", ((), Size.of(0)), ()), 1, ())
    else:
        changed.pop(k)
    return changed


def _with_delta(work: list[Factor], k: int, i: int, j: int, size: int) -> list[Factor]:
    changed = list(work)
    changed[k] = (head_number("delta", size, (size, size), ((0, 1), (1, 0))), 1, (i, j))
    return changed


def _replaced(factors: Sequence[Factor], gone: int, kept: int) -> list[Factor]:
    return [(h, e, tuple(kept if x == gone else x for x in at)) for h, e, at in factors]


STEPS = {"block": _block_step, "affine": _affine_step, "order": _order_step}
