"""What a cofactor may be made of: what the claim and the instances of rules hold, and nothing that need not exist."""

from __future__ import annotations

from hw3.derivations.calculus.heads import positive_head, total_head, within
from hw3.derivations.calculus.meaning import Meaning, place_of
from hw3.derivations.calculus.polynomial import HEADS, Poly
from hw3.derivations.language.expression import Expr, walk

Part = tuple[int, bool, bool, tuple[int, ...]]  # head, whether divided by, whether a root of it, places


def _pattern(at: tuple[int, ...]) -> tuple[int, ...]:
    """The places of a factor: indices that stand for themselves, and 1, 2, ... for those that range over all
    values, so that the diagonal A_ii is (1, 1) and all of A is (1, 2)."""
    ranging: dict[int, int] = {}
    return tuple(place_of(i) if i < 0 and place_of(i) else ranging.setdefault(i, len(ranging) + 1) for i in at)


def _sure(h: int, vanishing: frozenset[int]) -> bool:
    """Whether every value of the head is positive, sizes that may be 0 included."""
    return positive_head(h) and not within(h) & vanishing


def _total(h: int, vanishing: frozenset[int]) -> bool:
    return total_head(h) and (h in vanishing or not within(h) & vanishing)


def parts(poly: Poly, anywhere: bool, vanishing: frozenset[int] = frozenset()) -> set[Part]:
    """The factors of a polynomial that are not defined for all values of the symbols: all of them, or those
    that stand in no product with a 0/1 tensor."""
    return {
        (h, e < 0, not isinstance(e, int), _pattern(at))
        for factors, _ in poly.terms
        # Under a 0/1 tensor an index may have been put in the place of another: x_i d_ij is x_j d_ij.
        if anywhere or not any(HEADS[h].kind in ("delta", "block", "affine", "order") for h, _, _ in factors)
        for h, e, at in factors
        if not (_total(h, vanishing) and (_sure(h, vanishing) or (isinstance(e, int) and e > 0)))
    }


def held_by(meaning: Meaning, node: Expr, vanishing: frozenset[int]) -> set[Part]:
    """The parts of everything that the node is made of, cancelled terms too."""
    held: set[Part] = set()
    for part in walk(node):
        if not part.loose and part.operation.name not in ("normal", "index", "position"):
            held |= parts(meaning.generic(part)[0], False, vanishing)
    return held


def is_held(part: Part, held: set[Part], vanishing: frozenset[int] = frozenset()) -> bool:
    """Whether the part is defined wherever what is held is: the same head at the same indices or at every one,
    divided by or under a root only if it is so there."""
    h, divided, rooted, places = part
    everywhere = tuple(range(1, len(places) + 1))
    same = [p for p in held if p[0] == h and p[3] in (places, everywhere)]
    return (
        (bool(same) or _total(h, vanishing))
        and (not divided or _sure(h, vanishing) or any(p[1] for p in same))
        and (not rooted or _sure(h, vanishing) or any(p[2] for p in same))
    )
