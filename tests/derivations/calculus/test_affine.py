"""Affine 0/1 tensors: products of equations, summed over some of their indices, against counting.

The calculus removes a summed index that an equation determines, if the solution is in range for all values of
the others. Here random products are contracted, their factors in any order, and both are counted out at
sizes from 0 on; strides and paddings of 0 among them.
"""

import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.affine import affine_factor, affine_head, is_nonnegative, solved, terms_of
from hw3.derivations.calculus.polynomial import HEADS, SIZES, described
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import symbol

n, m, p, s = (Size.symbol(name) for name in "nmps")
EXTENTS = (n, n, m, n + p, n + m, n + m - 1, n + 2 * p, s * (n - 1) + 1, Size.of(2), Size.of(3), p, s)
COEFFICIENTS = (*tuple(map(Size.of, (1, 1, 1, -1, -1, -1, 2, -2))), s, -s, p, s + 1)
CONSTANTS = (*tuple(map(Size.of, (0, 0, 0, 1, -1, 2, -2))), p, -p, n - 1, 1 - n, p - 1, s, m - n)
DRAWS = [{"n": a, "m": b, "p": c, "s": d} for a, b, c, d in itertools.product((1, 2, 3), (1, 3), (0, 1, 2), (0, 1, 2))]
DRAWS += [{"n": 0, "m": 2, "p": 1, "s": 1}, {"n": 2, "m": 0, "p": 0, "s": 2}]


class Product:
    """A random product: equations, deltas and columns at indices, some of them summed."""

    def __init__(self, pick):
        self.pick = pick
        self.extents = [self.one(EXTENTS) for _ in range(1 + pick(3))]
        self.parts = []
        for _ in range(pick(3)):
            self.determine()
        count = len(self.extents)
        self.summed = [k for k in range(count) if pick(4)]
        for _ in range(1 + pick(4)):
            places = [pick(count) for _ in range(1 + pick(3))]
            terms = tuple((k, self.one(COEFFICIENTS)) for k in places)
            self.parts.append(("affine", terms, self.one(CONSTANTS)))
        for a, b in itertools.combinations(range(count), 2):
            if self.extents[a] is self.extents[b] and not pick(3):
                self.parts.append(("delta", a, b))
        for k in range(count):
            if not pick(3):
                self.parts.append(("column", k))
        random.Random(pick(1000)).shuffle(self.parts)

    def determine(self):
        """Another index, with room for all values of its equation; often with a twin that a delta ties to it."""
        others = [self.pick(len(self.extents)) for _ in range(1 + self.pick(2))]
        terms = [(k, self.one((Size.of(1), Size.of(2), s, p))) for k in others]
        shift, room = self.one((Size.of(0), p, Size.of(1))), self.one((Size.of(0), p))
        index = len(self.extents)
        self.extents.append(sum((c * (self.extents[k] - 1) for k, c in terms), start=shift + room + 1))
        self.parts.append(("affine", ((index, Size.of(-1)), *terms), shift))
        if self.pick(2):
            self.extents.append(self.extents[index])
            self.parts.append(("delta", index, index + 1))
            both = [(k, self.one(COEFFICIENTS)) for k in (index, index + 1, self.pick(index))]
            self.parts.append(("affine", tuple(both), self.one(CONSTANTS)))

    def one(self, options):
        return options[self.pick(len(options))]

    def column(self, k):
        return symbol(f"x{self.extents[k]}", (self.extents[k],) if self.extents[k] is not Size.of(1) else ())

    def polynomial(self, at, how):
        """The product at free indices, then summed: multiplied out before (0), or contracted in one go (1)."""
        factors = []
        for kind, *data in self.parts:
            if kind == "affine":
                terms, constant = data
                factors.append(P.affine([(at[k], c) for k, c in terms], constant))
            elif kind == "delta":
                factors.append(P.delta(at[data[0]], at[data[1]], self.extents[data[0]]))
            else:
                factors.append(
                    P.factor(
                        P.head_number("symbol", self.column(data[0]), (SIZES.number(self.extents[data[0]]),)),
                        (at[data[0]],),
                    )
                )
        gone = [at[k] for k in self.summed]
        if how == 0:
            total = P.UNITY
            for f in factors:
                total = total * f
            return total.summed(*gone)
        if any(f.is_zero for f in factors):
            return P.ZERO
        dummies = {i: k for k, i in enumerate(gone)}
        raw = [(h, e, tuple(dummies.get(i, i) for i in bt)) for f in factors for h, e, bt in next(iter(f.terms))[0]]
        return P._normal(raw, {k: described(i).size for i, k in dummies.items()})

    def counted(self, sizes, columns):
        """Summed out by trying all indices."""
        extents = [e.value(sizes) for e in self.extents]
        free = [k for k in range(len(extents)) if k not in self.summed]
        result = np.zeros([extents[k] for k in free])
        for at in np.ndindex(*extents):
            value = 1.0
            for kind, *data in self.parts:
                if kind == "affine":
                    terms, constant = data
                    value *= sum(c.value(sizes) * at[k] for k, c in terms) + constant.value(sizes) == 0
                elif kind == "delta":
                    value *= at[data[0]] == at[data[1]]
                else:
                    value *= columns[str(self.extents[data[0]])][at[data[0]]]
            result[tuple(at[k] for k in free)] += value
        return result


def _numbers(extents, sizes, seed):
    rng = np.random.default_rng(seed)
    columns = {str(e): rng.uniform(0.5, 1.5, max(0, e.value(sizes))) for e in extents}
    return columns, SimpleNamespace(sizes=sizes, where={}, symbol=lambda node: columns[str(node.shape[0])])


def _check(seed, polynomials):
    choose = random.Random(seed)
    product = Product(choose.randrange)
    at = [P.fresh_index(e) for e in product.extents]
    free = [at[k] for k in range(len(at)) if k not in product.summed]
    found = [product.polynomial(at, how) for how in (0, 1)]
    removed = sum(len(product.summed) for _ in found) - sum(len(sizes) for f in found for (_, sizes) in f.terms)
    for sizes in choose.sample(DRAWS, 6):
        extents = [e.value(sizes) for e in product.extents]
        if min(extents) < 0 or np.prod(extents) > 4_000:
            continue
        columns, numbers = _numbers(product.extents, sizes, seed)
        wanted = product.counted(sizes, columns)
        for poly in found:
            value = polynomials.PolynomialNumbers(numbers)(poly, free)
            np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-12, err_msg=f"seed {seed} at {sizes}")
    return removed


def test_contracted_products_count_as_many(polynomials):
    removed = [_check(seed, polynomials) for seed in range(1_000)]
    assert sum(r > 0 for r in removed) > 500


@pytest.mark.slow
def test_many_contracted_products_count_as_many(polynomials):
    for seed in range(10**6, 10**6 + 30_000):
        _check(seed, polynomials)


# --- what may be removed ----------------------------------------------------------------------------------


def _summed(terms, constant, extents, over):
    at = [P.fresh_index(Size.of(e)) for e in extents]
    return P.affine([(i, Size.of(c)) for i, c in zip(at, terms, strict=True)], Size.of(constant)).summed(
        *(at[k] for k in over)
    )


@pytest.mark.parametrize(
    ("terms", "constant", "extents", "removed"),
    [
        ((1, -1), 0, (n + p, n), True),  # i = y, and i has room for all y
        ((1, -1), -p, (n + p, n), True),
        ((1, -1), 0, (n, n + p), False),  # y may be larger than any i
        ((1, -1), p, (n + p, n), False),  # i = y - p may be negative
        ((1, -1), -p, (n, n), False),  # i = y + p may be too large
        ((1, -s), 0, (s * (n - 1) + 1, n), True),  # where dilated entries come to lie
        ((1, -s), 0, (s * n, n), False),  # true, for s >= 1; with a stride of 0 there is no i
        ((s, -1), 0, (n, s * n), False),  # s does not divide every y
        ((2, -1), 0, (n, n), False),
        ((1, 1), 1 - n, (n, n), True),  # flipped
        ((1, 1), 1 - m, (n, m), False),
        ((1, s - 1), 0, (n, m), False),  # a coefficient of no certain sign
        ((1, -1), 0, (n * m, n), False),  # n m >= n only where m is not 0
        ((-1, 1), 0, (n + p, n), True),
        ((1,), -p, (n + p,), False),  # p is in range only where n is not 0
        ((1,), -2, (3,), True),
        ((1,), -3, (3,), True),  # it has none at all, so that the sum is 0
        ((1,), 1, (3,), True),
        ((1, -1), -n, (n, m), True),
    ],
)
def test_an_index_is_removed_where_its_equation_has_a_solution_in_range(terms, constant, extents, removed):
    poly = _summed(terms, constant, extents, [0])
    assert (not any(sizes for _, sizes in poly.terms)) is removed


def test_a_determined_index_may_stand_twice_in_another_equation(polynomials):
    """[i = y + u] [i + j = z] with j equal to i, summed over both, is [2 y + 2 u = z]: all orders of the factors."""
    four, three, two, nine = map(Size.of, (4, 3, 2, 9))
    i, j, y, u, z = map(P.fresh_index, (four, four, three, two, nine))
    one, minus, zero = map(Size.of, (1, -1, 0))
    first = P.affine([(i, one), (y, minus), (u, minus)], zero)
    second = P.affine([(i, one), (j, one), (z, minus)], zero)
    wanted = P.affine([(y, Size.of(2)), (u, Size.of(2)), (z, minus)], zero)
    for order in itertools.permutations((first, second, P.delta(i, j, four))):
        factors = [f for poly in order for f in next(iter(poly.terms))[0]]
        raw = [(h, e, tuple({i: 0, j: 1}.get(k, k) for k in at)) for h, e, at in factors]
        assert P._normal(raw, {0: SIZES.number(four), 1: SIZES.number(four)}) == wanted


def test_equations_are_told_by_what_they_say():
    i, j, k = P.fresh_index(n), P.fresh_index(m), P.fresh_index(n)
    one, minus, zero = map(Size.of, (1, -1, 0))
    assert P.affine([(i, one), (j, minus)], zero) == P.affine([(j, one), (i, minus)], zero)
    assert P.affine([(i, s), (j, -s)], p) == P.affine([(j, s), (i, -s)], -p)
    assert P.affine([(i, one), (j, minus)], zero) != P.affine([(k, one), (j, minus)], zero)
    assert P.affine([(i, one), (k, minus)], zero) == P.delta(i, k, n)
    assert P.affine([(i, one), (i, minus)], zero) == P.UNITY
    assert P.affine([(i, one), (i, minus)], one).is_zero
    assert P.affine([(i, s), (k, -s)], zero) != P.delta(i, k, n), "s may be 0"
    assert not P.affine([], p).is_zero, "p may be 0"
    assert P.affine([], p) != P.UNITY
    assert P.affine([(P.free_index(("position", 2), n, 2), one), (i, minus)], zero) == P.affine([(i, one)], Size.of(-2))


def test_only_indices_of_one_coefficient_and_one_range_change_places():
    sizes = SIZES.number(n), SIZES.number(n), SIZES.number(m)
    alike = HEADS[affine_head(((Size.of(1), Size.of(1), Size.of(1)), -p), sizes)].symmetries
    assert set(alike) == {(0, 1, 2), (1, 0, 2)}
    apart = HEADS[affine_head(((Size.of(1), Size.of(-1), Size.of(1)), -p), sizes)].symmetries
    assert set(apart) == {(0, 1, 2)}


def test_a_factor_says_its_terms_again():
    i, j = P.fresh_index(n), P.fresh_index(m)
    factor = affine_factor([(i, s), (j, -p)], n - 1, {})
    terms, constant = terms_of(factor)
    assert {(k, c) for k, c in terms} in ({(i, s), (j, -p)}, {(i, -s), (j, p)})
    assert constant in (n - 1, 1 - n)
    assert solved(factor, i, {}) is None, "s is not 1"


def test_signs_of_sizes():
    assert is_nonnegative(n * m + p)
    assert is_nonnegative(Size.of(0))
    assert not is_nonnegative(n - 1), "n may be 0"
    assert not is_nonnegative(p - m)


def test_no_entry_of_an_equation_is_divided_by():
    i, j = P.fresh_index(n), P.fresh_index(m)
    head = next(iter(P.affine([(i, Size.of(1)), (j, Size.of(-1))], p).terms))[0][0][0]
    with pytest.raises(ZeroDivisionError):
        P.factor(head, (i, j), -1)
