"""Contractions: the summed indices that Kronecker deltas and block injections remove from a product."""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.calculus.tables import HEADS, Factor, described, head_number


def contract(factors: Sequence[Factor], sizes: dict[int, int]) -> list[Factor] | None:
    """Without the deltas and block injections that a substitution removes; None if the product is 0."""
    work = list(factors)
    settled: set[int] = set()  # free indices that are left in one delta alone
    k = 0
    while k < len(work):
        h, e, at = work[k]
        kind = HEADS[h].kind
        if kind not in ("delta", "block"):
            k += 1
            continue
        if e <= 0:
            raise ZeroDivisionError("a 0/1 tensor has no inverse entry by entry")
        work[k] = (h, 1, at)  # its entries are 0 and 1
        step = _delta_step(work, k, sizes, settled) if kind == "delta" else _block_step(work, k, sizes)
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


def _with_delta(work: list[Factor], k: int, i: int, j: int, size: int) -> list[Factor]:
    changed = list(work)
    changed[k] = (head_number("delta", size, (size, size), ((0, 1), (1, 0))), 1, (i, j))
    return changed


def _replaced(factors: Sequence[Factor], gone: int, kept: int) -> list[Factor]:
    return [(h, e, tuple(kept if x == gone else x for x in at)) for h, e, at in factors]
