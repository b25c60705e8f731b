"""Concrete smooth functions that stand for generic ones: f(t) = sum c_k t^k + sum a sin(w t + p).

A claim about any smooth f is tried at a function that is neither odd nor even nor monotone, whose
derivatives of every order are known in closed form, in torch and at 50 digits alike.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Smooth:
    """f(t) = sum c_k t^k + sum a sin(w t + p): `polynomial` holds c_k, `waves` holds (a, w, p).

    >>> f = Smooth((1.0, 0.0, 2.0))
    >>> print(f)
    1 + 2t^2
    >>> f.derivative(2)
    Smooth(polynomial=(4.0,), waves=())
    """

    polynomial: tuple[float, ...] = ()
    waves: tuple[tuple[float, float, float], ...] = ()

    def derivative(self, order: int) -> Smooth:
        """The order-th derivative of the polynomial part; waves are left to `at` and `at_precisely`."""
        coefficients = self.polynomial
        for _ in range(order):
            coefficients = tuple(k * c for k, c in enumerate(coefficients))[1:]
        return Smooth(coefficients, self.waves)

    def at(self, t: Tensor, order: int = 0) -> Tensor:
        """The order-th derivative at every entry of t; autograd goes through it."""
        total = 0 * t  # on the graph also where the function is constant
        for c in reversed(self.derivative(order).polynomial):
            total = total * t + c
        for a, w, p in self.waves:
            total = total + a * w**order * (w * t + (p + order * math.pi / 2)).sin()
        return total

    def at_precisely(self, t: Any, order: int, mp: Any) -> Any:
        """The order-th derivative at the number t of the mpmath context `mp`: the same function exactly."""
        coefficients, waves = _constants(self, order, mp)
        total = mp.mpf(0)
        for c in coefficients:
            total = total * t + c
        turned = (mp.cos, mp.sin)[order % 2 == 0]
        for a, w, p in waves:
            total += a * turned(w * t + p)
        return total

    def __str__(self) -> str:
        text = ""
        for k, c in enumerate(self.polynomial):
            if c:
                body = "" if k == 0 else "t" if k == 1 else f"t^{k}"
                digits = "" if abs(c) == 1 and body else f"{abs(c):g}"
                text += ((" - " if c < 0 else " + ") if text else ("-" if c < 0 else "")) + digits + body
        for a, w, p in self.waves:
            text += (" + " if text else "") + f"{a:g} sin({w:g}t + {p:g})"
        return text or "0"


@lru_cache(maxsize=256)
def _constants(f: Smooth, order: int, mp: Any) -> tuple[list[Any], list[tuple[Any, Any, Any]]]:
    """The coefficients of the order-th derivative, from the highest, and its waves, as numbers of the context."""
    powers = [math.perm(k, order) * mp.mpf(c) for k, c in enumerate(f.polynomial)][order:]
    sign = (1, 1, -1, -1)[order % 4]
    return powers[::-1], [(sign * mp.mpf(a) * mp.mpf(w) ** order, mp.mpf(w), mp.mpf(p)) for a, w, p in f.waves]


def _generator(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def generic(name: str, seed: int) -> Smooth:
    """The function that stands for `name` in the draw `seed`: another one for every name and seed."""
    g = _generator(name, seed)
    waves = tuple(
        (float(g.uniform(0.5, 1.0)), float(w * g.uniform(0.9, 1.1)), float(g.uniform(0.4, 2.7)))
        for w in (0.7, 1.1, 1.6)
    )
    return Smooth((float(g.uniform(0.4, 1.2)), float(g.uniform(0.2, 0.6))), waves)


def simple(name: str, seed: int) -> Smooth:
    """A function for `name` that a person can type: a cubic with small whole coefficients."""
    g = _generator(name, seed)
    c = [float(v) for v in g.integers(-2, 4, size=4)]
    return Smooth((c[0], c[1], c[2] or 1.0, *([c[3]] if c[3] else [])))
