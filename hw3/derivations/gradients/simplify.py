r"""Writing products, sums and transposes so that they read well.

    scaled parts come to the front,    2 (\hat x - x) / N     and not     -(x - \hat x) \cdot 2 \cdot \frac{1}{N}
    (A B)^T is B^T A^T, I A is A, A + A is 2 A, 1 o a is a, s / s is 1

Every rewriting is harmless: what is written with them is checked by the kernel like anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hw3.derivations.language.expression import Expr, make
from hw3.derivations.language.sizes import Shape
from hw3.derivations.operations import hadamard, number, product, sum_axes, trace, transpose
from hw3.derivations.operations.arithmetic import ADD, HADAMARD, NEGATIVE, PRODUCT_, QUOTIENT
from hw3.derivations.operations.leaves import FILLED, IDENTITY, NUMBER
from hw3.derivations.operations.matrices import DIAG, INVERSE, TRANSPOSE

_SYMMETRIC = {"symmetric", "positive_definite"}


@dataclass(frozen=True)
class Scaled:
    """coefficient * (product of the scalars above) / (product of those below) * core; no core is 1."""

    coefficient: Fraction
    above: tuple[Expr, ...] = ()
    below: tuple[Expr, ...] = ()
    core: Expr | None = None

    @property
    def scale(self) -> Expr:
        """All but the core, as a number."""
        return written(Scaled(self.coefficient, self.above, self.below), ())


def ones(shape: Shape) -> Expr:
    return make(FILLED, (), (1, shape)) if shape else number(1)


def ones_like(a: Expr) -> Expr:
    """1, or an array of ones of the shape of a."""
    return ones(a.shape)


def zero(shape: Shape) -> Expr:
    return make(FILLED, (), (0, shape)) if shape else number(0)


def is_zero(a: Expr) -> bool:
    return a is number(0) or (a.operation is FILLED and a.data[0] == 0)


def is_ones(a: Expr) -> bool:
    return a.operation is FILLED and a.data[0] == 1


def runs(factors: Sequence[Expr]) -> tuple[list[list[int]], list[int]]:
    """The factors of a product that make scalars of their own, such as x^T A y, and those that are left."""
    closed: list[list[int]] = []
    current: list[int] = []
    first: Shape = ()
    for k, f in enumerate(factors):
        if not f.shape:
            closed.append([k])
            continue
        if not current:
            first = f.shape
        current.append(k)
        last = f.shape
        if len(current) > 1 and _is_row(first) and len(last) == 1:
            closed.append(current)
            current = []
    return closed, current


def _is_row(shape: Shape) -> bool:
    return len(shape) == 2 and shape[0].is_literal and shape[0].literal == 1


def parted(e: Expr) -> Scaled:
    """An expression as its scalar parts and what they scale."""
    operation = e.operation
    if operation is NUMBER:
        return Scaled(e.data)
    if is_zero(e):
        return Scaled(Fraction(0))
    if operation is NEGATIVE:
        inner = parted(e.args[0])
        return Scaled(-inner.coefficient, inner.above, inner.below, inner.core)
    if operation is QUOTIENT:
        return _divided(parted(e.args[0]), parted(e.args[1]))
    if operation is PRODUCT_:
        return _multiplied(e.args)
    if operation is HADAMARD:
        return _elementwise(e.args)
    if operation is TRANSPOSE and e.shape:
        inner = parted(e.args[0])
        if inner.core is not e.args[0] and inner.core is not None:
            return Scaled(inner.coefficient, inner.above, inner.below, turned(inner.core))
    if not e.shape:
        return Scaled(Fraction(1), (e,))
    return Scaled(Fraction(1), core=e)


def _divided(a: Scaled, s: Scaled) -> Scaled:
    if not s.coefficient:
        return Scaled(a.coefficient, a.above, (*a.below, number(0)), a.core)
    return Scaled(a.coefficient / s.coefficient, (*a.above, *s.below), (*a.below, *s.above), a.core)


def _multiplied(factors: Iterable[Expr]) -> Scaled:
    """The scalars of a product to the front, identities out, nested products flat."""
    coefficient = Fraction(1)
    above: list[Expr] = []
    below: list[Expr] = []
    cores: list[Expr] = []
    for f in factors:
        part = parted(f)
        coefficient *= part.coefficient
        above += part.above
        below += part.below
        if part.core is not None:
            cores += part.core.args if part.core.operation is PRODUCT_ else (part.core,)
    if not coefficient:
        return Scaled(coefficient)
    cores = _without_identities(cores)
    closed, left = runs(cores)
    above += [product(*(cores[k] for k in run)) for run in closed]
    rest = [cores[k] for k in left]
    if len(rest) == 2 and len(rest[0].shape) == 1 and is_ones(rest[0]) and is_ones(turned(rest[1])):
        rest = [ones((rest[0].shape[0], rest[1].shape[1]))]  # a column of ones times a row of ones
    core = None if not rest else rest[0] if len(rest) == 1 else make(PRODUCT_, tuple(rest))
    return Scaled(coefficient, tuple(above), tuple(below), core)


def _without_identities(cores: list[Expr]) -> list[Expr]:
    kept = [c for c in cores if c.operation is not IDENTITY]
    return kept or cores[:1]


def _elementwise(factors: Iterable[Expr]) -> Scaled:
    coefficient = Fraction(1)
    above: list[Expr] = []
    below: list[Expr] = []
    cores: list[Expr] = []
    for f in factors:
        part = parted(f)
        coefficient *= part.coefficient
        above += part.above
        below += part.below
        if part.core is not None:
            cores += part.core.args if part.core.operation is HADAMARD else (part.core,)
    if not coefficient:
        return Scaled(coefficient)
    kept = [c for c in cores if not is_ones(c)] or cores[:1]
    core = None if not kept else kept[0] if len(kept) == 1 else hadamard(*kept)
    return Scaled(coefficient, tuple(above), tuple(below), core)


def written(s: Scaled, shape: Shape) -> Expr:
    """The scaled parts as an expression of this shape."""
    if not s.coefficient:
        return zero(shape)
    above, below = _cancelled(s.above, s.below)
    magnitude = abs(s.coefficient)
    # What is a product itself goes last, where it is parenthesised.
    plain = [a for a in above if a.operation not in (PRODUCT_, ADD)]
    last = [a for a in above if a.operation in (PRODUCT_, ADD)]
    top: list[Expr] = [number(magnitude)] if magnitude != 1 else []
    top += plain
    if s.core is not None:
        top += s.core.args if s.core.operation is PRODUCT_ else (s.core,)
    top += last
    if not top:
        top = [number(1)]
    e = top[0] if len(top) == 1 else product(*top)
    if below:
        e = e / (below[0] if len(below) == 1 else product(*below))
    return -e if s.coefficient < 0 else e


def _cancelled(above: tuple[Expr, ...], below: tuple[Expr, ...]) -> tuple[list[Expr], list[Expr]]:
    left = list(below)
    kept = []
    for a in above:
        if a in left:
            left.remove(a)
        else:
            kept.append(a)
    return kept, left


# --- what cotangents are written with -------------------------------------------------------------------


def times(*factors: Expr) -> Expr:
    """The product from left to right; scalars may stand anywhere."""
    shape = _shape(factors)
    return written(_multiplied(factors), shape)


def _shape(factors: Sequence[Expr]) -> Shape:
    left = runs(factors)[1]
    if not left:
        return ()
    return product(*(factors[k] for k in left)).shape if len(left) > 1 else factors[left[0]].shape


def elementwise(*factors: Expr) -> Expr:
    """The product of entries."""
    shape = factors[0].shape
    return written(_elementwise(factors), shape) if shape else times(*factors)


def over(a: Expr, s: Expr) -> Expr:
    return written(_divided(parted(a), parted(s)), a.shape)


def minus(a: Expr) -> Expr:
    part = parted(a)
    return written(Scaled(-part.coefficient, part.above, part.below, part.core), a.shape)


def plus(*terms: Expr) -> Expr:
    """The sum, like terms together and what scales all of them in front."""
    if len(terms) == 1:
        return terms[0]
    shape = terms[0].shape
    like: dict[tuple[tuple[Expr, ...], tuple[Expr, ...], Expr | None], Fraction] = {}
    for term in terms:
        for t in term.args if term.operation is ADD else (term,):
            part = parted(t)
            above, below = _cancelled(part.above, part.below)
            key = (tuple(above), tuple(below), part.core)
            like[key] = like.get(key, Fraction(0)) + part.coefficient
    parts = [Scaled(c, *key) for key, c in like.items() if c]
    if len(parts) < 2:
        return written(parts[0], shape) if parts else zero(shape)
    parts.sort(key=lambda p: p.coefficient < 0)  # a sum begins with what is added
    first = parts[0]
    common = abs(first.coefficient) if len({abs(p.coefficient) for p in parts}) == 1 else Fraction(1)
    shared = len({(p.above, p.below) for p in parts}) == 1 and bool(shape)
    if shared and (common != 1 or first.above or first.below):
        inner = [written(Scaled(p.coefficient / common, core=p.core), shape) for p in parts]
        return written(Scaled(common, first.above, first.below, make(ADD, tuple(inner))), shape)
    return make(ADD, tuple(written(p, shape) for p in parts))


def turned(a: Expr) -> Expr:
    """The transpose; of a product the product of the transposes."""
    if not a.shape or _reads_alike(a):
        return a
    if a.operation is TRANSPOSE:
        return a.args[0]
    if a.operation in (NEGATIVE, QUOTIENT, PRODUCT_):
        part = parted(a)
        if part.core is None or not part.coefficient:
            return transpose(a)
        core = part.core
        if core.operation is PRODUCT_:
            flipped = make(PRODUCT_, tuple(turned(f) for f in reversed(core.args)))
        else:
            flipped = turned(core) if core is not a else transpose(a)
        return written(Scaled(part.coefficient, part.above, part.below, flipped), flipped.shape)
    if a.operation is FILLED or a.operation is ADD or len(a.shape) != 2:
        return transpose(a)
    if a.operation is INVERSE and a.args[0].operation is TRANSPOSE:
        return make(INVERSE, (a.args[0].args[0],))
    return transpose(a)


def _reads_alike(a: Expr) -> bool:
    """Whether a is its own transpose by the way it is written."""
    if len(a.shape) != 2 or a.shape[0] is not a.shape[1]:
        return False
    if a.operation in (IDENTITY, DIAG, FILLED):
        return True
    if a.operation in (INVERSE, NEGATIVE, QUOTIENT) or a.operation.name == "abbreviation":
        return _reads_alike(a.args[0])
    if a.operation is ADD:
        return all(map(_reads_alike, a.args))
    if a.operation is PRODUCT_:
        matrices = [f for f in a.args if f.shape]
        return all(
            f is (turned(g) if k != len(matrices) - 1 - k else g)
            for k, (f, g) in enumerate(zip(matrices, reversed(matrices), strict=True))
        ) and (len(matrices) % 2 == 0 or _reads_alike(matrices[len(matrices) // 2]))
    return a.operation.name == "symbol" and bool(_SYMMETRIC & set(a.data[2]))


def inner(a: Expr, b: Expr) -> Expr:
    """<a, b>, the sum of the products of their entries."""
    if not a.shape:
        return times(a, b)
    left, right = parted(a), parted(b)
    if not left.coefficient or not right.coefficient:
        return number(0)
    scale = Scaled(left.coefficient * right.coefficient, left.above + right.above, left.below + right.below)
    x, y = left.core, right.core
    assert x is not None
    assert y is not None
    if len(a.shape) == 1:
        core = product(transpose(x), y)
    elif _is_row(a.shape):
        core = product(x, turned(y))
    elif is_ones(x) or is_ones(y):
        core = sum_axes(y if is_ones(x) else x)
    elif len(a.shape) == 2:
        core = _trace(turned(x), y)
    else:
        core = sum_axes(hadamard(x, y))
    return times(written(scale, ()), core)


def _trace(x: Expr, y: Expr) -> Expr:
    """tr(x y), as a number where one of them is a column times a row."""
    factors = [*(x.args if x.operation is PRODUCT_ else (x,)), *(y.args if y.operation is PRODUCT_ else (y,))]
    factors = _without_identities(factors)
    for k, f in enumerate(factors):
        if k and _is_row(f.shape) and len(factors[k - 1].shape) == 1:
            return product(*factors[k:], *factors[:k])
    if x.operation is IDENTITY or y.operation is IDENTITY or len(factors) == 1:
        (factor,) = factors if len(factors) == 1 else (product(*factors),)
        return trace(factor.args[0] if factor.operation is TRANSPOSE else factor)
    return trace(product(*factors))
