"""Index polynomials in text: sum_j A_ij x_j. For the list of meanings, and for what a failed proof leaves."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hw3.derivations.calculus.heads import named_by
from hw3.derivations.calculus.polynomial import CLOSED, HEADS, Factor, Monomial, Poly, Power, described
from hw3.derivations.language.printing import subscript, superscript, unicode

_LETTERS = "ijklmpqrsuvw"
_WORDS = {"logdet": "log|det|", "cholesky": "chol", "eigenvalue": "λ", "expectation": "E"}


def show_polynomial(poly: Poly, at: Sequence[int] = ()) -> str:
    """The polynomial in Unicode, its free indices `at` named i, j, ... in order, summed ones by the next letters.

    >>> from hw3.derivations.calculus.meaning import Meaning
    >>> from hw3.derivations.operations import matrix, trace
    >>> A, B = matrix("A", "m", "n"), matrix("B", "n", "m")
    >>> show_polynomial(Meaning()(trace(A @ B)))
    '∑ᵢⱼ Aᵢⱼ Bⱼᵢ'
    """
    names = dict(zip(at, _LETTERS, strict=False))
    for i in poly.free():
        position = described(i).position
        names.setdefault(i, str(position + 1) if position is not None else _LETTERS[len(names)])
    text = ""
    for monomial, c in sorted(poly.terms.items()):
        body = _monomial(monomial, names)
        size = "" if abs(c) == 1 and body else str(abs(c))
        sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
        text += sign + " ".join(part for part in (size, body) if part)
    return text or "0"


def _monomial(monomial: Monomial, names: dict[int, str]) -> str:
    factors, sizes = monomial
    free = (x for x in _LETTERS if x not in names.values())
    # Neither the order of the factors nor the names of what is summed may depend on what was read before.
    ordered = sorted(factors, key=lambda f: (HEADS[f[0]].kind, _factor(f, dict.fromkeys(f[2], ""))))
    met = dict.fromkeys(i for _, _, at in ordered for i in at if i >= 0)
    local = {**names, **dict(zip(met, free, strict=False))}
    total = "∑" + subscript("".join(local[d] for d in met)) + " " if sizes else ""
    return total + " ".join(_factor(f, local) for f in ordered)


def _factor(factor: Factor, names: dict[int, str]) -> str:
    h, power, at = factor
    head = HEADS[h]
    low = "".join(names[i] for i in at)
    if head.kind == "symbol":
        text = unicode(head.payload)
    elif head.kind == "affine":
        return _equation(head.payload, at, names)
    elif head.kind in ("delta", "block"):
        text = "δ" if head.kind == "delta" else f"[block {head.payload[1] + 1}]"
    elif head.kind == "order":
        return f"[{names[at[0]]} < {names[at[1]]}]"
    elif head.kind == "place":
        return _raised(names[at[0]], power)
    elif head.kind in ("size", "prime"):
        text = str(head.payload)
    elif head.kind == "constant":
        text = "π"
    else:
        return _raised(_atom(h, at, names), power)
    return _raised(text + (subscript(low) if low else ""), power)


def _equation(payload: tuple, at: tuple[int, ...], names: dict[int, str]) -> str:
    coefficients, constant = payload
    terms = [f"{'' if str(c) == '1' else f'({c})'}{names[i]}" for c, i in zip(coefficients, at, strict=True)]
    return f"[{' + '.join([*terms, str(constant)])} = 0]"


def _raised(text: str, power: Power) -> str:
    return text if power == 1 else text + superscript(str(Fraction(power)))


def _atom(h: int, at: tuple[int, ...], names: dict[int, str]) -> str:
    head = HEADS[h]
    roles = {"inverse": 2, "cholesky": 2, "eigenvalue": 1, "selection": 4}.get(head.kind, 0)
    inner = " | ".join(_closed(n, at[roles:], names, head.kind) for n in named_by(h))
    low = subscript("".join(names[i] for i in at[:roles])) if roles else ""
    if head.kind == "base":
        return f"({inner})"
    if head.kind == "inverse":
        return f"({inner})⁻¹{low}"
    if head.kind == "function":
        name, order, _ = head.payload
        return f"{name if isinstance(name, str) else name[1]}{'′' * order}({inner})"
    word = _WORDS.get(head.kind, head.kind)
    return f"{word}({inner}){low}"


def _closed(number: int, at: tuple[int, ...], names: dict[int, str], kind: str) -> str:
    """A closed polynomial, its slots named as the atom's indices are; a matrix has slots of its own first."""
    terms, sizes = CLOSED[number]
    poly = Poly(dict(terms))
    own = len(sizes) - len(at)
    letters = [x for x in _LETTERS if x not in names.values()]
    slots = [*letters[:own], *(names[i] for i in at)]
    named = {i: slots[described(i).name[1]] for i in poly.free() if isinstance(described(i).name, tuple)}
    shown = []
    for monomial, c in sorted(poly.terms.items()):
        body = _monomial(monomial, {**names, **named})
        sign = "-" if c < 0 else ""
        shown.append(sign + " ".join(p for p in ("" if abs(c) == 1 and body else str(abs(c)), body) if p))
    return " + ".join(shown).replace("+ -", "- ") or "0"
