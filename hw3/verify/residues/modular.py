"""Exact evaluation modulo a random prime: a second witness beside the kernel, which shares no code with it.

Both sides of a claim are evaluated as they are written, at drawn sizes, with residues modulo a random
128-bit prime for the entries of symbols. A function is a table of random values, one for each argument that
it meets, so two sides that agree are equal whatever the function is. Derivatives are dual numbers, Gaussian
expectations second differences, both exact.

What it can say is one-sided. Agreement means that the sides are equal at the sizes drawn, except with a
chance below `ModularResult.error_bound`. A difference refutes nothing: the equality may rest on an
assumption (orthogonal, on a simplex), or on a law of a function (log ab = log a + log b) that tables don't
obey. Where such a law may be at work, and at square roots, norms, orders, Cholesky factors and
eigenvalues, which residues don't have, the answer is "abstains".
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hw3.derivations.language.expression import Expr, index_size, walk
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations.positions import forms_of
from hw3.verify.geometry import fitted, windows
from hw3.verify.residues import images, operations, positions  # noqa: F401 (they fill the table of operations)
from hw3.verify.residues.arithmetic import Undefined, random_prime
from hw3.verify.residues.values import Abstains, Evaluation

Outcome = Literal["agrees", "differs", "abstains"]
BITS = 128
DRAWS = 6  # how often a draw that divides by zero is drawn again
ENTRIES = 20_000  # the largest array that is evaluated


@dataclass(frozen=True)
class ModularResult:
    """What exact evaluation found.

    Attributes:
        outcome: "agrees", "differs" (which refutes nothing) or "abstains".
        error_bound: for "agrees", a bound on the chance that the sides differ at some of `sizes`; else 1.
        sizes: the sizes of each trial, by name.
        reason: for the other outcomes, where the sides differ or why nothing can be said.
    """

    outcome: Outcome
    error_bound: float
    sizes: tuple[dict[str, int], ...]
    reason: str = ""


def agree(lhs: Expr, rhs: Expr, trials: int = 2, seed: int | None = None, *, bits: int = BITS) -> ModularResult:
    """Whether lhs = rhs modulo random primes, each trial at a prime, sizes and values of its own.

    If the sides differ, as fractions of polynomials in what was drawn, then their difference N / D vanishes
    at a draw with a chance of at most

        2 (d + c a) / 2^(bits-1)  +  2^40 bits / 2^(bits-1)

    d bounds the degree of N (Schwartz and Zippel), c counts the pairs of arguments that one table met, and
    a bounds the degree of a difference of two such arguments, which would share a value if they collided. The
    factor 2 is for draws that divide by zero and are drawn again. The last term is for primes that divide
    all of N's coefficients, taken to have fewer than 2^40 binary digits. The bound that is given is the
    worst of the trials': one draw at each of the sizes. With the default it is about 2^-80.

    Args:
        trials: how many assignments of sizes are tried.
        seed: makes the draws repeatable; None draws from the operating system, so that no claim can know them.
        bits: the length of the prime; shorter ones are for showing what goes wrong with them.
    """
    if lhs.shape != rhs.shape:
        raise ValueError("the two sides must have one shape")
    rng = random.Random(seed) if seed is not None else random.SystemRandom()
    sizes: list[dict[str, int]] = []
    bound = 0.0
    try:
        for _ in range(trials):
            sizes.append(draw_sizes((lhs, rhs), rng, sizes))
            trial, difference = _trial(lhs, rhs, sizes[-1], bits, rng)
            if difference is not None:
                law = trial.possible_law()
                if law is not None:
                    return ModularResult("abstains", 1.0, tuple(sizes), law)
                return ModularResult("differs", 1.0, tuple(sizes), difference)
            bound = max(bound, trial.error(bits))
    except Abstains as reason:
        return ModularResult("abstains", 1.0, tuple(sizes), str(reason))
    return ModularResult("agrees", min(1.0, bound), tuple(sizes))


def _trial(lhs: Expr, rhs: Expr, sizes: dict[str, int], bits: int, rng: random.Random) -> tuple[Evaluation, str | None]:
    """One draw: the evaluation, and where the sides differ if they do."""
    for _ in range(DRAWS):
        trial = Evaluation(sizes, random_prime(bits, rng), rng)
        try:
            for where in _indices((lhs, rhs), sizes):
                trial.at(where)
                left, right = trial(lhs), trial(rhs)
                trial.compared(left, right)
                unequal = np.argwhere((left.real - right.real) % trial.p != 0)
                if len(unequal):
                    entry = f"entry {tuple(int(k) + 1 for k in unequal[0])}" if left.real.ndim else "the value"
                    at = ", ".join(f"{name} = {value}" for name, value in sizes.items())
                    return trial, f"{entry} differs" + (f" at {at}" if at else "")
            return trial, None
        except Undefined as error:
            reason = str(error)
    raise Abstains(f"{reason} at each of {DRAWS} draws")


def _indices(sides: tuple[Expr, ...], sizes: dict[str, int]) -> Iterator[dict[Expr, int]]:
    """All values of the free indices of the claim."""
    free = {n: None for side in sides for n in walk(side) if n.operation.name == "index"}
    ranges = [range(size.value(sizes)) for n in free if (size := index_size(n)) is not None]
    for values in itertools.product(*ranges):
        yield dict(zip(free, values, strict=True))


def draw_sizes(sides: tuple[Expr, ...], rng: random.Random, before: Sequence[dict[str, int]] = ()) -> dict[str, int]:
    """Values for the names in the sizes: unequal, 4 or more, not those `before`, such that every size is a size.

    Small sizes lie: with n = 1 matrices commute, with n = 2 they satisfy identities of degree 4. Under windows
    they are 2 or more, and what windows are laid on fits them.

    Raises:
        Abstains: nothing fits, or only arrays too large to evaluate.
    """
    found: set[Size] = set()
    at_least: list[tuple[Size, int]] = []
    shapes = set()
    for node in (n for side in sides for n in walk(side)):
        shapes.add(node.shape)
        data = node.data if isinstance(node.data, tuple) else (node.data,)
        if node.operation.name == "reindex":  # scales and shifts may be negative; their names are not
            data = tuple(Size.symbol(name) for s in (data[1], *data[2]) for name in s.names)
        if forms := forms_of(node):  # so may coefficients and constants
            data = tuple(Size.symbol(name) for c, last in forms for s in (*c, last) for name in s.names)
        found.update(size for size in (*node.shape, *data) if isinstance(size, Size))
        if node.operation.name == "position":
            at_least.append((node.data[1], node.data[0] + 1))
    laid = windows(sides)
    placed = {name for w in laid for size in w.sizes for name in size.names}
    names = sorted({name for size in found for name in size.names} - placed)
    least = 2 if laid else 4
    largest = max((least for _, least in at_least), default=0)
    for attempt in range(200):
        top = least + 3 + len(names) + largest + attempt // 20
        values: dict[str, int] | None = dict(zip(names, rng.sample(range(least, top), len(names)), strict=True))
        if laid:
            values = fitted(laid, values or {}, rng.randrange, 2, 8 + attempt // 10)
        if values is None or (values and values in before):
            continue
        if all(s.value(values) >= 1 for s in found) and all(s.value(values) >= k for s, k in at_least):
            if any(np.prod([s.value(values) for s in shape], dtype=float) > ENTRIES for shape in shapes):
                raise Abstains(f"an array with more than {ENTRIES} entries")
            return values
    raise Abstains("no sizes were found that fit the claim")
