"""Affine 0/1 tensors: [sum_k c_k i_k + c = 0] over indices counted from 0.

A convolution's window is one, [i = s y + d u - p], and so are flipping, dilating, padding and cropping. The
coefficients are sizes, so strides and paddings may be symbolic. A tensor is named by its coefficients, so
the order in which its indices are written does not matter, nor the sign of the equation.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from hw3.derivations.calculus.tables import HEADS, SIZES, Factor, described, head_number
from hw3.derivations.language.sizes import Size

ZERO = Size.of(0)


def affine_factor(terms: Sequence[tuple[int, Size]], constant: Size, sizes: Mapping[int, int]) -> Factor | bool:
    """The factor [sum of coefficient * index + constant = 0], or whether it is 1 (True) or 0 (False).

    `sizes` has the sizes of the summed indices; free indices bring theirs.
    """
    combined: dict[int, Size] = {}
    for i, c in terms:
        position = described(i).position if i < 0 else None
        if position is not None:
            constant = constant + c * position
        else:
            combined[i] = combined.get(i, ZERO) + c
    kept = [(i, c) for i, c in combined.items() if c is not ZERO]
    if not kept and constant.is_literal:
        return constant is ZERO
    extent = {i: sizes[i] if i >= 0 else described(i).size for i, _ in kept}
    if len(kept) == 2 and constant is ZERO and kept[0][1] is -kept[1][1] and kept[0][1].is_literal:
        (i, _), (j, _) = kept
        if extent[i] == extent[j]:
            n = extent[i]
            return head_number("delta", n, (n, n), ((0, 1), (1, 0))), 1, (i, j)
    forms = []
    for sign in (1, -1):
        ordered = sorted(((sign * c).terms, extent[i], i) for i, c in kept)
        coefficients = tuple(t for t, _, _ in ordered)
        extents = tuple(n for _, n, _ in ordered)  # [i - j = 0] over unequal ranges is told apart by these
        forms.append(((coefficients, (sign * constant).terms, extents), tuple(i for _, _, i in ordered)))
    (coefficients, last, extents), at = min(forms, key=lambda f: f[0])
    name = tuple(Size(dict(t)) for t in coefficients), Size(dict(last))
    return affine_head(name, extents), 1, at


def affine_head(name: tuple[tuple[Size, ...], Size], extents: tuple[int, ...]) -> int:
    """The head with these coefficients and sizes; indices with equal ones may change places."""
    coefficients, _ = name
    same: dict[tuple[Size, int], list[int]] = {}
    for k, key in enumerate(zip(coefficients, extents, strict=True)):
        same.setdefault(key, []).append(k)
    symmetries = []
    groups = list(same.values())
    for choice in itertools.product(*(itertools.permutations(g) for g in groups)):
        p = list(range(len(extents)))
        for group, image in zip(groups, choice, strict=True):
            for k, target in zip(group, image, strict=True):
                p[k] = target
        symmetries.append(tuple(p))
    return head_number("affine", name, extents, tuple(symmetries))


def terms_of(factor: Factor) -> tuple[list[tuple[int, Size]], Size]:
    """The terms and the constant of an affine factor or a delta."""
    h, _, at = factor
    if HEADS[h].kind == "delta":
        return [(at[0], Size.of(1)), (at[1], Size.of(-1))], ZERO
    coefficients, constant = HEADS[h].payload
    return list(zip(at, coefficients, strict=True)), constant


def solved(factor: Factor, index: int, sizes: Mapping[int, int]) -> tuple[list[tuple[int, Size]], Size] | None:
    """The equation solved for a summed index, if it has exactly one solution, in range, for all values of the
    others: (terms, constant) of index = sum of terms + constant."""
    terms, constant = terms_of(factor)
    mine = [c for i, c in terms if i == index]
    if len(mine) != 1 or not mine[0].is_literal or abs(mine[0].literal) != 1:
        return None
    sign = -mine[0].literal
    others = [(i, sign * c) for i, c in terms if i != index]
    constant = sign * constant
    ends = _ends(others, constant, sizes)
    if ends is None:
        return None
    low, high = ends
    last = SIZES[sizes[index]] - 1
    return (others, constant) if is_nonnegative(low) and is_nonnegative(last - high) else None


def _ends(terms: Sequence[tuple[int, Size]], constant: Size, sizes: Mapping[int, int]) -> tuple[Size, Size] | None:
    """The least and the greatest value of a form; None if a coefficient may have either sign."""
    low = high = constant
    for i, c in terms:
        top = SIZES[sizes[i] if i >= 0 else described(i).size] - 1
        if is_nonnegative(c):
            high = high + c * top
        elif is_nonnegative(-c):
            low = low + c * top
        else:
            return None
    return low, high


def is_empty(terms: Sequence[tuple[int, Size]], constant: Size, sizes: Mapping[int, int]) -> bool:
    """Whether the form is above 0 or below 0 for all values of its indices (sufficient)."""
    ends = _ends(terms, constant, sizes)
    return ends is not None and (is_nonnegative(ends[0] - 1) or is_nonnegative(-1 - ends[1]))


Equation = tuple[list[tuple[int, Size]], Size]


def split(terms: Sequence[tuple[int, Size]], constant: Size, sizes: Mapping[int, int]) -> list[Equation] | None:
    """[i - j + M (...) = 0] as [i = j] [(...) = 0], for i and j below M: digits in a mixed radix are unique.

    None if the equation has no such form.
    """
    if constant is not ZERO:
        return None
    for (i, c), (j, d) in itertools.combinations(terms, 2):
        rest = [(k, e) for k, e in terms if k not in (i, j)]
        if c is not -d or not c.is_literal or abs(c.literal) != 1 or not rest:
            continue
        extents = [SIZES[sizes[k] if k >= 0 else described(k).size] for k in (i, j)]
        for radix in (s for _, r in rest for s in (r, -r)):
            divided = [(k, divided_by(e, radix)) for k, e in rest]
            if all(is_nonnegative(radix - n) for n in extents) and all(q is not None for _, q in divided):
                return [([(i, c), (j, d)], ZERO), ([(k, q) for k, q in divided if q is not None], ZERO)]
    return None


def divided_by(size: Size, by: Size) -> Size | None:
    """The quotient, where it is seen to be one: of equal sizes up to a sign, or by a single product."""
    if size is by or size is -by:
        return Size.of(1 if size is by else -1)
    if len(by.terms) != 1:
        return None
    ((powers, c),) = by.terms
    terms: dict[tuple[tuple[str, int], ...], int] = {}
    for theirs, d in size.terms:
        left = dict(theirs)
        for name, power in powers:
            left[name] = left.get(name, 0) - power
        if d % c or any(power < 0 for power in left.values()):
            return None
        terms[tuple(sorted((name, power) for name, power in left.items() if power))] = d // c
    return Size(terms)


def is_nonnegative(size: Size) -> bool:
    """Whether a size is >= 0 for all values >= 0 of its names (sufficient: no negative coefficient)."""
    return all(c >= 0 for _, c in size.terms)
