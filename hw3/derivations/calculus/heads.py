"""What a head is made of: the heads inside it, whether it is positive, whether it has a value everywhere."""

from __future__ import annotations

from functools import cache
from typing import Any

from hw3.derivations.calculus.polynomial import CLOSED, HEADS, Poly

# Kinds of atoms that are named by one closed polynomial, their payload.
NAMED = {"base", "exp", "log", "inverse", "det", "logdet", "cholesky", "eigenvalue"}


def named_by(h: int) -> tuple[int, ...]:
    """The closed polynomials that a head is named by."""
    head = HEADS[h]
    if head.kind == "function":
        return (head.payload[2],)
    if head.kind == "selection":
        return (head.payload[1],)
    if head.kind == "expectation":
        return head.payload[1:]
    return (head.payload,) if head.kind in NAMED else ()


@cache
def heads_within(number: int) -> frozenset[int]:
    """All heads in a closed polynomial, at any depth."""
    found: set[int] = set()
    for (factors, _), _ in CLOSED[number][0]:
        for h, _, _ in factors:
            found |= {h, *(inner for n in named_by(h) for inner in heads_within(n))}
    return frozenset(found)


def heads(poly: Poly) -> frozenset[int]:
    """All heads in a polynomial, at any depth."""
    found: set[int] = set()
    for h, _, _ in poly.factors():
        found |= {h, *(inner for n in named_by(h) for inner in heads_within(n))}
    return frozenset(found)


def within(h: int) -> frozenset[int]:
    """The head and all heads inside it."""
    return frozenset({h}.union(*(heads_within(n) for n in named_by(h))))


def depends(h: int, on: int) -> bool:
    return h == on or any(on in heads_within(n) for n in named_by(h))


# Heads of eigenvalues and determinants of matrices that are positive definite by declaration alone. What is
# declared is part of a symbol, so this holds for the head once and for all.
_positive_heads: set[int] = set()


def mark_positive(h: int) -> None:
    """Says once and for all that the head is positive: only of what is so by declaration."""
    _positive_heads.add(h)


def positive_head(h: int) -> bool:
    """Whether every value of the head is positive wherever it is defined."""
    head = HEADS[h]
    if h in _positive_heads:
        return True
    if head.kind in ("exp", "size", "prime", "constant", "place"):
        return True
    if head.kind == "symbol":
        return "positive" in head.payload.data[2] and head.payload.operation.name == "symbol"
    if head.kind == "function":
        return head.payload[0] in POSITIVE_FUNCTIONS and head.payload[1] == 0
    if head.kind == "base":
        return positive(Poly(dict(CLOSED[head.payload][0])))
    return False


POSITIVE_FUNCTIONS: set[Any] = set()


@cache
def total_head(h: int) -> bool:
    """Whether the head has a value for all values of the symbols, at all indices."""
    head = HEADS[h]
    if head.kind in ("symbol", "delta", "block", "affine", "order", "place", "size", "prime", "constant"):
        return True
    if head.kind not in ("exp", "function", "base", "det"):
        return False
    return all(
        total_head(g) and ((isinstance(e, int) and e > 0) or positive_head(g))
        for n in named_by(h)
        for (factors, _), _ in CLOSED[n][0]
        for g, e, _ in factors
    )


def positive(poly: Poly) -> bool:
    """Whether the polynomial is a sum of positive terms, at least one (sufficient, not necessary)."""
    strict = False
    for (factors, _), c in poly.terms.items():
        if c < 0 or not all(positive_head(h) or (isinstance(e, int) and e % 2 == 0 and e > 0) for h, e, _ in factors):
            return False
        strict |= all(positive_head(h) for h, _, _ in factors)
    return strict
