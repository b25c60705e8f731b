"""Random expressions of windows: those that the kernel takes for equal are equal, at strides above the width,
paddings of 0 and images of one entry, by loops that share no line with it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.language.expression import Expr, ShapeError
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    apply,
    array,
    avgpool,
    avgunpool,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    crop,
    derivative,
    dilate,
    exp,
    flip,
    geometry,
    hadamard,
    logsumexp,
    matrix,
    maxpool,
    maxunpool,
    pad,
    softmax,
    sum_axes,
    window,
)

n, m, p, s, k = (Size.symbol(name) for name in "nmpsk")
A, B, S = matrix("A", n, n), matrix("B", m, m), matrix("S", n, n, "symmetric")
X, W, U = array("X", 1, n, n), array("W", 1, 1, k, k), array("U", 1, m, m)
LEAVES = (A, B, S, X, W, U)
EXTENTS = (n, m, n + 2 * p, s * (n - 1) + 1, Size.of(2), n + 1, 2 * m)
WINDOWS = (window("k", "s"), window("k"), window(2), window(2, 1), window(1), window(1, "s"), window(3, 2))
GEOMETRIES = (
    geometry(),
    geometry(1, 1, "p"),
    geometry("s"),
    geometry("s", 1, "p"),
    geometry(2, 1, 1),
    geometry(1, "s"),
)
PADDINGS = ("p", 0, 1, "s")
AT = (
    {"n": 5, "m": 2, "p": 0, "s": 1, "k": 2},
    {"n": 4, "m": 3, "p": 1, "s": 3, "k": 2},
    {"n": 3, "m": 1, "p": 2, "s": 2, "k": 3},
    {"n": 1, "m": 4, "p": 1, "s": 2, "k": 1},
    {"n": 6, "m": 2, "p": 0, "s": 2, "k": 4},
)
Build = Callable[[], Expr]


def of_one(a: Expr) -> Iterator[Build]:
    """What one operation makes of an expression."""
    rank = len(a.shape)
    if rank < 2:
        yield from (lambda f=f: f(a) for f in (exp, sum_axes, logsumexp, softmax) if rank or f is exp)
        yield from (lambda v=v: derivative(a, v) for v in (A, B) if not rank)
        yield from (lambda e=e, x=x: broadcast(a, (e, e), x) for e in (n, m) for x in (0, 1) if rank)
        return
    yield from (lambda f=f: f(a) for f in (flip, exp, softmax, sum_axes, logsumexp, lambda b: apply("f", b)))
    yield from (lambda f=f: f(a) for f in (lambda b: -b, lambda b: 2 * b, lambda b: sum_axes(b, 1), lambda b: b + b))
    yield from (lambda q=q: pad(a, q) for q in PADDINGS[:1] + PADDINGS[2:])
    yield from (lambda q=q: dilate(a, q) for q in ("s", 2))
    yield from (lambda q=q, e=e: crop(a, q, (e, e)) for q in PADDINGS[:3] for e in EXTENTS)
    for f in (avgpool, avgunpool, maxpool):
        yield from (lambda f=f, w=w, e=e: f(a, w, (e, e)) for w in WINDOWS for e in EXTENTS)
    yield from (lambda b=b, w=w: maxunpool(a, b, w) for b in (A, S, -A, flip(A), X) for w in WINDOWS)
    yield from (lambda g=g, e=e: conv(a, W, g, (e, e)) for g in GEOMETRIES for e in (n, m, n + 2 * p - k + 1))
    yield from (lambda g=g: conv_input(a, W, (n, n), g) for g in GEOMETRIES)
    yield from (lambda g=g: conv_kernel(U, a, (k, k), g) for g in GEOMETRIES)


def of_two(a: Expr, b: Expr) -> Iterator[Build]:
    yield from (lambda: a + b, lambda: hadamard(a, b), lambda: sum_axes(hadamard(a, b))) if a.shape else ()


def built(of: Iterable[Build]) -> Iterator[Expr]:
    for build in of:
        try:
            yield build()
        except ShapeError:
            continue


def expressions(seed: int, few: int) -> list[Expr]:
    rng = random.Random(seed)
    first = list(built(itertools.chain.from_iterable(map(of_one, LEAVES))))

    def grown(from_: list[Expr], each: int) -> list[Expr]:
        options = (list(of_one(e)) for e in rng.sample(from_, min(few, len(from_))))
        return list(built(itertools.chain.from_iterable(rng.sample(o, min(each, len(o))) for o in options)))

    second = grown(first, 4)
    found = [*LEAVES, *first, *second, *grown(second, 2)]
    alike: dict[tuple, list[Expr]] = {}
    for e in found:
        alike.setdefault(e.shape, []).append(e)
    pairs = ((e, rng.choice(alike[e.shape])) for e in rng.sample(found, min(few, len(found))))
    return list(dict.fromkeys([*found, *built(b for pair in pairs for b in of_two(*pair))]))


def test_no_wrong_merge(numbers):
    meaning, classes = Meaning(), {}
    for e in expressions(seed=1, few=200):
        classes.setdefault((meaning.key(e), e.shape), []).append(e)
    merged = [c for c in classes.values() if len(c) > 1]
    assert len(classes) > 1000
    assert len(merged) > 60
    compared = 0
    for members, (seed, sizes) in itertools.product(merged, enumerate(AT)):
        draw, values = numbers.Numbers(sizes, np.random.default_rng(seed)), []
        for symbol in LEAVES:
            draw.symbol(symbol)
        for e in members[:6]:
            try:
                values.append((e, draw(e)))
            except (numbers.OutOfRange, ValueError, IndexError):
                continue  # a tie, a number that is too large, windows that do not fit
        for e, value in values[1:]:
            compared += 1
            assert np.allclose(value, values[0][1], rtol=1e-8, atol=1e-8 * draw.scale), (sizes, values[0][0], e)
    assert compared > 400
