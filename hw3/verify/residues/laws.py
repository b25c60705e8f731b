"""Whether a law of a function, which a table of random values doesn't obey, may relate the values in it.

log ab = log a + log b relates the values of log at arguments of which some whole powers multiply to 1; the
laws of exp, sigmoid, tanh, sin and cos relate values at arguments of which some whole multiples add up to a
whole number. Such relations are looked for with small coefficients. Finding none is no proof that there are
none, which is why a difference refutes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

FAMILIES = {"log": "log", "exp": "exp", "sigmoid": "sigmoid", "tanh": "tanh", "sin": "sin, cos", "cos": "sin, cos"}
HALF = 20_000  # how many combinations of one half of the arguments are looked at


def possible_law(met: Mapping[str, Sequence[int]], p: int, sizes: Sequence[int]) -> str | None:
    """Why the functions' values at the arguments met, modulo p, may be related; None if no reason is seen."""
    met = {name: arguments for name, arguments in met.items() if arguments}
    if {"relu", "step"} & set(met):
        return "values of ramps and steps may be related by order, which residues don't have"
    if {"arctan", "erf"} & set(met):
        return "values of arctan and erf may be related by laws that are not looked for"
    families = {FAMILIES[name] for name in met}
    if not families:
        return None
    if len(families) > 1 or len(met) > 1:
        return f"{' and '.join(sorted(met))} may be related"
    ((name, arguments),) = met.items()
    # Constants such as log 2 and e^1 stand in relations, too.
    helpers = [2, 3] if name == "log" else [1]
    every = [*arguments, *(h for h in helpers if h not in arguments)]
    for coefficients in ([0, 1, -1, 2, -2, 3, -3, *sizes, *(-n for n in sizes)], [0, 1, -1, 2, -2], [0, 1, -1]):
        if len(set(coefficients)) ** ((len(every) + 1) // 2) <= HALF:
            combine = _multiplied(p) if name == "log" else _added(p)
            related = _related(every, sorted(set(coefficients), key=abs), combine)
            return f"values of {name} may be related by its laws" if related else None
    return f"values of {name} at many arguments may be related by its laws"


Combine = Callable[[Sequence[int], Sequence[int]], int]


def _multiplied(p: int) -> Combine:
    def combine(arguments: Sequence[int], exponents: Sequence[int]) -> int:
        total = 1
        for a, k in zip(arguments, exponents, strict=True):
            total = total * pow(a, k, p) % p
        return min(total, p - total)  # log |.|

    return combine


def _added(p: int) -> Combine:
    return lambda arguments, factors: sum(a * k for a, k in zip(arguments, factors, strict=True)) % p


def _related(arguments: Sequence[int], coefficients: Sequence[int], combine: Combine) -> bool:
    """Whether a combination with coefficients that aren't all 0 is neutral: halves that meet in the middle."""
    half = len(arguments) // 2
    left, right = arguments[:half], arguments[half:]
    seen = set()
    for chosen in itertools.product(coefficients, repeat=len(left)):
        value = combine(left, chosen)
        if value in seen:
            return True
        seen.add(value)
    neutral = combine((), ())
    for chosen in itertools.product(coefficients, repeat=len(right)):
        # The coefficients lie symmetrically about 0, so signs need not be turned.
        if any(chosen):
            value = combine(right, chosen)
            if value in seen or value == neutral:
                return True
    return False
