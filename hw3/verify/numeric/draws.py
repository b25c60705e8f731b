"""What is drawn: assignments at which a false claim is unlikely to look true.

Sizes are unequal in most draws, all at least 4 in one and all equal in one; values lie away from 0; matrices
are generic within their assumptions; functions are neither odd nor even nor monotone. Conditions that are
given are met by rejection; given equations that define a symbol, and a few familiar constraints, by
construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import log2, prod

import numpy as np

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.sizes import Size, axes
from hw3.derivations.operations import transpose
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.derivations.operations.positions import Form, extremes, forms_of
from hw3.verify.geometry import fitted, windows, windows_of
from hw3.verify.numeric.conditions import Fact, satisfied
from hw3.verify.numeric.constraints import constrained
from hw3.verify.numeric.draw import Array, Draw, NotEvaluable, leaves, name_of
from hw3.verify.numeric.smooth import Smooth, generic

Generator = np.random.Generator
Entries = Callable[[Generator, tuple[int, ...]], Array]
ATTEMPTS = 40  # for each draw
ENTRIES = 4_000_000  # of a value
ORDER = 128  # of a matrix that must be invertible: larger ones are seldom well enough conditioned


def draws(expressions: Sequence[Expr], given: Sequence[Fact] = (), seed: int = 0, count: int = 6) -> list[Draw]:
    """Up to `count` draws for what occurs in the expressions that meet what is given.

    There are fewer, perhaps none, where the given conditions or the sizes are not met in many attempts.

    Raises:
        NotEvaluable: a size that is written as a number is too large for values to be drawn.
    """
    found = []
    for k in range(count):
        for attempt in range(ATTEMPTS):
            g = np.random.default_rng([seed, k, attempt])
            sizes = draw_sizes(expressions, given, k, g)
            if sizes is None:
                break
            draw = assignment(expressions, given, sizes, g, generic, generic_entries, attempt)
            if draw is not None:
                found.append(draw)
                break
    return found


def told_of(expressions: Sequence[Expr], given: Sequence[Fact]) -> list[Expr]:
    """All expressions that are spoken of."""
    return [*expressions, *(e for f in given for e in (f.lhs, f.rhs) if e is not None)]


def assignment(
    expressions: Sequence[Expr],
    given: Sequence[Fact],
    sizes: dict[str, int],
    g: Generator,
    functions: Callable[[str, int], Smooth],
    entries: Entries,
    attempt: int = 0,
) -> Draw | None:
    """One draw at these sizes, or None if it does not meet what is given; what a block is beside the diagonal is drawn
    the smaller, the more attempts there were.

    Raises:
        NotEvaluable: a value would be too large.
    """
    told = told_of(expressions, given)
    seed = int(g.integers(2**31))
    names = dict.fromkeys(n.data[0] for e in told for n in walk(e) if n.operation.name == "apply")
    blank = Draw(sizes, {}, {n: functions(n, seed) for n in names if n not in FUNCTIONS}, seed)
    known = {f.lhs: f.kind for f in given if f.rhs is None}
    values, scales, tamed, beside = {}, _kernels(told), _in_exponents(told), _beside_diagonals(given)
    for node in leaves(told, "symbol"):
        kinds = {*node.data[2], *([known[node]] if node in known else [])}
        shape = blank.extent(node.shape)
        _drawable(node, shape, kinds)
        value = draw_value(shape, kinds, g, entries)
        if value is None:
            return None
        if node in scales and entries is generic_entries:
            value = value / 2 ** round(log2(max(1, prod(shape[1:]))) / 2)
        if node in tamed and entries is generic_entries:
            value = value / 2 ** round(log2(2 * max(1, prod(shape))) / 2)
        if node in beside:
            value = value / 2 ** min(6, attempt // 3)
        values[node] = value
    draw = constrained(Draw(sizes, values, blank.functions, seed), given)
    return draw if draw is not None and all(satisfied(f, draw) for f in given) else None


def _drawable(node: Expr, shape: tuple[int, ...], kinds: set[str]) -> None:
    if prod(shape) > ENTRIES:
        raise NotEvaluable(f"{name_of(node)} has {prod(shape):,} entries, which are too many to be drawn")
    if kinds & {"invertible", "positive_definite"} and shape and shape[0] > ORDER:
        word = "invertible" if "invertible" in kinds else "positive definite"
        raise NotEvaluable(
            f"{name_of(node)} is {shape[0]} x {shape[0]}, and no {word} matrix is drawn of more than {ORDER} rows"
        )


def _in_exponents(told: Sequence[Expr]) -> set[Expr]:
    """The symbols in what is exponentiated under an expectation. They are drawn smaller, the more entries they have:
    the variance of the exponent is what quadrature has to stand."""
    bodies = [n.args[1] for e in told for n in walk(e) if n.operation.name == "expectation"]
    powers = [n.args[0] for b in bodies for n in walk(b) if n.operation.name == "apply" and n.data[0] == "exp"]
    found = {n for p in powers for n in walk(p) if n.operation.name == "symbol"}
    return {n for n in found if not {"positive", "positive_definite"} & set(n.data[2])}


def _beside_diagonals(given: Sequence[Fact]) -> set[Expr]:
    """The symbols in blocks that are given to be positive definite, and are not so themselves."""
    blocks = [f.lhs for f in given if f.rhs is None and f.kind == "positive_definite" and f.lhs.args]
    return {n for b in blocks for n in leaves([b], "symbol") if not {"positive", "positive_definite"} & set(n.data[2])}


def _kernels(told: Sequence[Expr]) -> set[Expr]:
    """The symbols that are kernels of layers. They are drawn smaller the more they add up, or a sigmoid behind
    them would be 1 to the last digit, and its slope, which a claim may be about, nothing."""
    places = {"conv": 1, "conv_input": 1, "dense": 0, "dense_input": 1}
    nodes = (n for e in told for n in walk(e))
    return {n.args[places[n.operation.name]] for n in nodes if n.operation.name in places}


# --- values ---------------------------------------------------------------------------------------------


def generic_entries(g: Generator, shape: tuple[int, ...]) -> Array:
    """Entries of either sign with absolute values from 0.3 to 1.7."""
    return np.asarray(g.uniform(0.3, 1.7, shape) * g.choice([-1.0, 1.0], shape))


def draw_value(shape: tuple[int, ...], kinds: set[str], g: Generator, entries: Entries) -> Array | None:
    """A value that meets the assumptions `kinds`, or None if none was found."""
    for _ in range(ATTEMPTS if prod(shape) <= 1000 else 4):
        value = entries(g, shape)
        if kinds & {"positive", "nonnegative"}:
            value = np.abs(value)
        if "fraction" in kinds:
            value = value / 2 ** np.ceil(np.log2(np.maximum(value, 0.5) * 1.125))
        if "binary" in kinds:
            value = (value > 0).astype(float)
        if "sign" in kinds:
            value = np.where(value > 0, 1.0, -1.0)
        if "positive_diagonal" in kinds:
            np.fill_diagonal(value, np.abs(np.diag(value)))
        if kinds & {"lower_triangular", "diagonal"}:
            value = np.tril(value)
        if kinds & {"upper_triangular", "diagonal"}:
            value = np.triu(value)
        if "positive_definite" in kinds:
            value = value @ value.T / 2 ** round(np.log2(max(2, shape[0]))) + np.eye(shape[0]) / 2
        elif "symmetric" in kinds:
            value = np.tril(value) + np.tril(value, -1).T
        if fits(value, kinds):
            return value
    return None


def fits(value: Array, kinds: set[str]) -> bool:
    """Whether a value is well inside its assumptions.

    >>> fits(np.array([[1.0, 1.0], [1.0, 1.0]]), {"symmetric", "invertible"})
    False
    """
    if kinds & {"positive", "nonnegative"} and not (value > 0).all():
        return False
    if "nonzero" in kinds and not value.all():
        return False
    if "fraction" in kinds and not ((value > 0) & (value < 1)).all():
        return False
    if "sign" in kinds and not (np.abs(value) == 1).all():
        return False
    if "binary" in kinds and not ((value == 0) | (value == 1)).all():
        return False
    if "symmetric" in kinds and not (value == value.T).all():
        return False
    if "positive_definite" in kinds and not np.linalg.eigvalsh(value)[0] > 0.05:
        return False
    return not kinds & {"invertible", "positive_definite"} or bool(np.linalg.cond(value) < 200)


# --- sizes ----------------------------------------------------------------------------------------------


def draw_sizes(expressions: Sequence[Expr], given: Sequence[Fact], kind: int, g: Generator) -> dict[str, int] | None:
    """Values of the size names of the kind-th kind, at which every size that occurs is positive.

    The kinds are, in turn: unequal; unequal and all at least 4; equal; unequal; one of them 1; all at least
    4 again. Sizes that a law has come first, so that they are least: quadrature is dear in many dimensions.
    What windows are laid on has the sizes that fit them. What is given of sizes alone is met, and for a while there are
    so many rows that X'X has an inverse.
    """
    told = told_of(expressions, given)
    occurring, found = positive_sizes(told), windows(told)
    placed = {name for w in found for s in w.sizes for name in s.names}
    free = {name for s in occurring for name in s.names} - placed
    names = sorted(free, key=lambda n: (n not in _spread(told), n))
    grams, alone = _grams(told), [f for f in given if f.rhs is None and _is_of_sizes(f.lhs)]
    if not names and not placed:
        return {}
    for attempt in range(200):
        numbers = _numbers(kind % 6, len(names), attempt, g, bool(_spread(told))) if names else []
        sizes: dict[str, int] | None = dict(zip(names, numbers, strict=True))
        if found:
            sizes = fitted(found, sizes or {}, lambda n: int(g.integers(n)), LEAST[kind % 6], LARGEST + attempt // 4)
        if sizes is None or any(s.value(sizes) <= 0 for s in occurring):
            continue
        if attempt < 150 and any(few.value(sizes) > many.value(sizes) for few, many in grams):
            continue
        if all(satisfied(f, Draw(sizes, {}, {}, 0)) for f in alone):
            return sizes
    return None


def _grams(told: Sequence[Expr]) -> set[tuple[Size, Size]]:
    """The sizes p and n of each X'X or X X' of which an inverse or log det is taken, X with p columns or rows: with
    p > n it has none."""
    found = set()
    for node in (n for e in told for n in walk(e)):
        inner = node.args[0] if node.args else node
        while inner.operation.name == "abbreviation":
            inner = inner.args[0]
        if node.operation.name in ("inverse", "logdet") and inner.operation.name == "product":
            first, *_, last = inner.args
            if len(first.shape) == 2 and (first is transpose(last) or last is transpose(first)):
                found.add(first.shape)
    return found


def _is_of_sizes(expr: Expr) -> bool:
    """Whether an expression is a number that depends on sizes alone."""
    kinds = {n.operation.name for n in walk(expr)}
    return not expr.shape and kinds <= {"size", "number", "add", "negative", "product", "quotient", "power"}


LEAST = (2, 4, 3, 2, 1, 4)  # the least width and number of windows, by kind
LARGEST = 20  # entries of an axis that windows are laid on


def _numbers(kind: int, count: int, attempt: int, g: Generator, first_least: bool) -> list[int]:
    if kind == 2 and attempt < 4:
        return [3 + attempt % 3] * count
    least = 4 if kind in (1, 5) else 1 if kind == 4 else 2
    top = least + count + attempt // 8
    numbers = [int(v) for v in g.permutation(np.arange(least, max(top, least + count)))[:count]]
    if kind in (1, 4, 5) and least not in numbers:
        numbers[0] = least
    if first_least and attempt < 100:
        least_one = numbers.index(min(numbers))
        numbers[0], numbers[least_one] = numbers[least_one], numbers[0]
    return numbers


def positive_sizes(expressions: Sequence[Expr]) -> set[Size]:
    """The sizes that must be positive for the expressions to have a meaning."""
    return {s for e in expressions for n in walk(e) for s in _sizes_of(n)}


def _sizes_of(node: Expr) -> Iterator[Size]:
    yield from node.shape
    if node.operation.name in ("sum", "array_of", "product_over", "index"):
        yield node.data[1]
    if node.operation.name == "position":
        yield node.data[1] - node.data[0]
    if node.operation.name == "bound":
        yield from node.data[1] if isinstance(node.data[1], tuple) else (node.data[1],)
    for w in windows_of(node):
        yield from (w.whole, w.width, w.many, w.stride, w.dilation, w.padding + 1)
    if node.operation.name == "reindex":
        _, scale, shifts, _ = node.data
        yield from (Size.symbol(name) for name in scale.names)
        yield from (Size.symbol(name) + 1 for shift in shifts for name in shift.names)
    for form in forms_of(node):
        yield from (Size.symbol(name) + least for s, least in _named(form) for name in s.names)
    if node.operation.name == "shifted_entry":
        array, *indices = node.args
        for n, form in zip(axes(array.shape), node.data, strict=True):
            ends = extremes(indices, form)
            if ends is not None:  # what is read is on the array, where its sizes can see to that
                yield from (s for s in (ends[0] + 1, n - ends[1]) if not s.is_literal)
    if node.operation.name == "size":
        yield from (Size.symbol(name) for name in node.data.names)


def _named(form: Form) -> Iterator[tuple[Size, int]]:
    """The sizes in a form, with what is added to what must be positive: a constant may be 0."""
    coefficients, constant = form
    yield from ((c, 0) for c in coefficients)
    yield constant, 1


def _spread(expressions: Sequence[Expr]) -> set[str]:
    """The size names of laws under an expectation."""
    return {
        name
        for e in expressions
        for n in walk(e)
        if n.operation.name == "expectation"
        for s in n.args[0].shape
        for name in s.names
    }
