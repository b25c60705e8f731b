"""Whether heads are what their constructors make: a certificate may bring any number for one."""

from __future__ import annotations

from functools import cache

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus import wick  # noqa: F401 (fills the table of builders)
from hw3.derivations.calculus.affine import affine_head
from hw3.derivations.calculus.atoms import REBUILDERS
from hw3.derivations.calculus.meaning import symbol_head
from hw3.derivations.calculus.polynomial import HEADS


@cache
def genuine_head(h: int) -> bool:
    """Whether the head is as its constructor makes it: kind, sizes and symmetries belong together."""
    if type(h) is not int or not 0 <= h < len(HEADS.values):
        return False
    head = HEADS[h]
    if head.kind == "symbol":
        return symbol_head(head.payload) == h
    if head.kind == "delta":
        n = head.payload
        return h == P.head_number("delta", n, (n, n), ((0, 1), (1, 0)))
    if head.kind == "block":
        parts, which = head.payload
        if type(which) is not int or not 0 <= which < len(parts):
            return False
        whole = sum((P.SIZES[p] for p in parts[1:]), P.SIZES[parts[0]])
        return head.sizes == (P.SIZES.number(whole), parts[which]) and len(head.symmetries) == 1
    if head.kind == "affine":
        return h == affine_head(head.payload, head.sizes)
    if head.kind in ("order", "place"):
        n = head.payload
        return h == P.head_number(head.kind, n, (n, n) if head.kind == "order" else (n,))
    if head.kind in ("size", "prime", "constant"):
        genuine = {
            "size": isinstance(head.payload, str),
            "prime": type(head.payload) is int and head.payload > 1,
            "constant": head.payload == "pi",
        }
        return genuine[head.kind] and not head.sizes and len(head.symmetries) == 1
    if head.kind not in REBUILDERS:
        return False
    at = tuple(P.fresh_index(n) for n in head.sizes)
    built = REBUILDERS[head.kind](h, at, 1, lambda poly: poly)
    # A base to the first power multiplies out, so a base is compared to the power that keeps it.
    if head.kind == "base":
        built = REBUILDERS[head.kind](h, at, -1, lambda poly: poly)
        return built == P.factor(h, at, -1)
    return built == P.factor(h, at)
