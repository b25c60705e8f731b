"""The search for certificates: clever and untrusted, since the kernel checks what it finds.

A claim's difference is rewritten with instances of the rules that the claim's own parts suggest: each
instance is an equation F = 0; one monomial of F is chosen to lead; wherever it occurs in the difference, F
times a cofactor is subtracted. What was subtracted is the certificate.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.atoms import Undefined, power
from hw3.derivations.calculus.differential import NotDifferentiable
from hw3.derivations.calculus.kernel import (
    Certificate,
    Checked,
    Equation,
    NotProved,
    Use,
    axis,
    check,
    contribution,
    difference,
    lemma_equation,
    place,
)
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Budget, BudgetError, Factor, Monomial, Poly, described
from hw3.derivations.calculus.rules import RULES
from hw3.derivations.language.expression import Expr, ShapeError, instantiate, walk
from hw3.derivations.language.sizes import Size, axes
from hw3.derivations.operations.arithmetic import PRODUCT_, QUOTIENT, product
from hw3.derivations.operations.leaves import number
from hw3.derivations.operations.matrices import inverse

SECONDS = 2.0  # after which a search gives up


@dataclass(frozen=True)
class Found:
    """A proof: its certificate, what the kernel said, and the seconds that finding and checking took."""

    certificate: Certificate
    checked: Checked
    found_in: float
    checked_in: float


class NotFound(Exception):
    """No certificate was found; `residual` is what was left of the difference, if it got that far."""

    def __init__(self, message: str, residual: Poly | None = None) -> None:
        super().__init__(message)
        self.residual = residual


def prove(
    equation: Equation,
    hints: tuple[tuple[str, tuple[Expr, ...]], ...] = (),
    only: tuple[str, ...] | None = None,
    seconds: float = SECONDS,
) -> Found:
    """A certificate for the equation, checked by the kernel.

    Args:
        hints: instances of rules, (name, parameters), to be tried beside those that the claim suggests.
        only: the rules that may be used; all if None.
        seconds: the time after which the search gives up; the expansions have budgets of their own.

    Raises:
        NotFound: there may be none, or the budget was too small. It says nothing against the equation.
    """
    start = time.thread_time()
    try:
        with Budget(seconds=seconds + 1):
            certificate = _Search(equation, hints, only, start + seconds).run()
        found = time.thread_time()
        checked = check(equation, certificate)
    except NotProved as error:
        raise NotFound(f"the certificate that was found is no proof: {error}") from error
    except (BudgetError, NotDifferentiable, Undefined, ZeroDivisionError) as error:
        raise NotFound(str(error)) from error
    except RecursionError as error:
        raise NotFound("the expression is nested too deeply") from error
    return Found(certificate, checked, found - start, time.thread_time() - found)


@cache
def lemma_certificate(name: str) -> Certificate:
    """A certificate for a lemma from the rules that it names."""
    equation = lemma_equation(name)
    with Budget():
        return _Search(equation, (), RULES[name].by, time.thread_time() + 5.0).run()


@dataclass(frozen=True)
class _Instance:
    """A rule at parameters, as F = rule.lhs - rule.rhs at its places, and the monomials that may lead."""

    rule: str
    parameters: tuple[Expr, ...]
    lhs: Expr
    rhs: Expr
    poly: Poly
    leading: tuple[Monomial, ...]


class _Search:
    def __init__(
        self,
        equation: Equation,
        hints: tuple[tuple[str, tuple[Expr, ...]], ...],
        only: tuple[str, ...] | None,
        deadline: float,
    ) -> None:
        self.equation, self.only, self.deadline = equation, only, deadline
        self.meaning = Meaning()
        self.instances: list[_Instance] = []
        self._seen: set[tuple[str, tuple[Expr, ...]]] = set()
        self._expanded: set[Expr] = set()
        self.denominators: dict[int, Expr] = {}
        for k, fact in enumerate(f for f in equation.given if f.rhs is not None):
            assert fact.rhs is not None
            self._add_instance(f"given:{k}", (), fact.lhs, fact.rhs)
        for name, parameters in hints:
            if name not in RULES:
                raise NotFound(f"no rule is called {name}")
            self._add(name, *parameters)

    def run(self) -> Certificate:
        first = difference(self.meaning, self.equation)
        if first.is_zero:
            return Certificate()
        for side in (self.equation.lhs, self.equation.rhs):
            # A claim about a spectrum wants traces and determinants as sums over it, and not taken apart.
            for part in walk(side):
                if part.operation.name == "eigenvalues" and not part.loose:
                    self._on_eigenvalues(part)
        self._suggest(self.equation.lhs)
        self._suggest(self.equation.rhs)
        for fact in self.equation.given:
            self._suggest(fact.lhs)
        cleared, multiplied = self._clear(first)
        best: Poly | None = None
        # Where two rules could rewrite one monomial, the later may be the one that leads on.
        orders = [self.instances, self.instances[::-1]][: max(1, len(self.instances))]
        for self.instances, choice in itertools.product(orders, range(3)):
            residual, uses = self._rewrite(first, choice)
            if residual.is_zero:
                return Certificate(tuple(uses))
            if cleared:
                rest, uses = self._rewrite(multiplied, choice)
                if rest.is_zero:
                    return Certificate(tuple(uses), cleared)
            if best is None or len(residual.terms) < len(best.terms):
                best = residual
        self.instances = orders[0]
        for depth, choice in itertools.product((1, 2), range(3)):
            inserted = self._insert(first, choice, depth)
            if inserted is not None:
                return Certificate(tuple(inserted))
        raise NotFound("the rules do not close the difference", best)

    # --- instances that the claim's parts suggest ---------------------------------------------------

    def _suggest(self, node: Expr) -> None:
        for part in walk(node):
            if part in self._expanded:
                continue
            self._expanded.add(part)
            if part.operation.name == "derivative" and not part.loose:
                # What the derivative of the body brings forth stands at the point.
                self._suggest(instantiate(part.args[1], part.args[0]))
            if part.operation.name == "normal" and not part.loose:
                cov = part.args[1]
                if cov.shape:
                    self._inverse(cov)
                    self._logdet(cov)
                else:
                    self._denominator(cov)
            if part.loose:
                continue
            suggest = getattr(self, f"_on_{part.operation.name}", None)
            if suggest is not None:
                suggest(part)

    def _on_inverse(self, node: Expr) -> None:
        self._inverse(node.args[0])

    def _on_logdet(self, node: Expr) -> None:
        self._logdet(node.args[0])

    def _on_quotient(self, node: Expr) -> None:
        self._denominator(node.args[1])

    def _on_power(self, node: Expr) -> None:
        if node.data < 0 and not node.shape:
            self._denominator(node.args[0])

    def _on_cholesky(self, node: Expr) -> None:
        self._add("cholesky", node.args[0])

    def _on_eigenvalues(self, node: Expr) -> None:
        self._add("spectrum-trace", node.args[0])
        self._add("spectrum-logdet", node.args[0])

    def _on_det(self, node: Expr) -> None:
        if (halves := _halves(node.args[0])) is not None:
            self._add("det-product", *halves)
        self._add("logdet-log", node.args[0])

    def _on_apply(self, node: Expr) -> None:
        name, argument = node.data[0], node.args[0]
        if name == "log" and not argument.shape:
            if argument.operation is PRODUCT_ and len(argument.args) > 1:
                self._add("log-product", argument.args[0], _product(argument.args[1:]))
            elif argument.operation is QUOTIENT:
                self._add("log-product", argument.args[0], number(1) / argument.args[1])
        elif name in ("sigmoid", "tanh", "softplus", "relu", "step", "sign") and not argument.shape:
            self._add(name, argument)
            if name == "relu":
                self._add("step", argument)  # its slope
        elif name in ("sin", "cos") and not argument.shape:
            self._add("circle", argument)

    def _inverse(self, a: Expr) -> None:
        name = a.operation.name
        self._add("inverse-left", a)
        self._add("inverse-right", a)
        if (scaled := _scaled(a)) is not None:
            self._add("inverse-scale", *scaled)
        elif (halves := _halves(a)) is not None:
            self._add("inverse-product", *halves)
        elif name == "diag":
            self._add("inverse-diagonal", a.args[0])
        elif name == "blockdiag" and len(a.args) == 2:
            self._add("inverse-blocks", *a.args)
            self._add("blocks-identity", *a.args)
        elif name == "identity":
            self._add("inverse-identity", a)
        elif name == "inverse":
            self._add("inverse-inverse", a.args[0])
        elif name == "abbreviation" or name == "transpose":
            self._inverse(a.args[0])

    def _logdet(self, a: Expr) -> None:
        name = a.operation.name
        if (scaled := _scaled(a)) is not None:
            self._add("logdet-scale", *scaled)
        elif (halves := _halves(a)) is not None:
            self._add("logdet-product", *halves)
        elif name == "diag":
            self._add("logdet-diagonal", a.args[0])
        elif name == "blockdiag" and len(a.args) == 2:
            self._add("logdet-blocks", *a.args)
        elif name == "inverse":
            self._add("logdet-inverse", a.args[0])
        elif name in ("abbreviation", "transpose"):
            self._logdet(a.args[0])

    def _denominator(self, s: Expr) -> None:
        poly = power(self.meaning(s), Fraction(-1))
        if len(poly.terms) == 1:
            ((factors, _), _) = next(iter(poly.terms.items()))
            for h, _, at in factors:
                if P.HEADS[h].kind == "base" and not at:
                    self.denominators.setdefault(h, s)
        self._add("fraction", s)

    def _add(self, name: str, *parameters: Expr) -> None:
        if self.only is not None and name not in self.only:
            return
        key = (name, parameters)
        if key in self._seen or len(self._seen) > 80:
            return
        self._seen.add(key)
        try:
            (lhs, rhs), _ = RULES[name].at(*parameters)
        except ShapeError:
            return  # a suggestion that does not fit
        self._add_instance(name, parameters, lhs, rhs)
        self._suggest(lhs)
        self._suggest(rhs)

    def _add_instance(self, name: str, parameters: tuple[Expr, ...], lhs: Expr, rhs: Expr) -> None:
        sizes = axes(lhs.shape)
        at = tuple(place(k, sizes) for k in range(len(sizes)))
        left = self.meaning(lhs, at)
        poly = left - self.meaning(rhs, at)
        candidates = [m for m in left.terms if m in poly.terms] or list(poly.terms)
        candidates.sort(key=lambda m: (-len(m[0]), m))
        if candidates:
            self.instances.append(_Instance(name, parameters, lhs, rhs, poly, tuple(candidates)))

    # --- rewriting ----------------------------------------------------------------------------------

    def _rewrite(self, residual: Poly, choice: int) -> tuple[Poly, list[Use]]:
        """The difference as far as the instances reduce it, with what was subtracted."""
        uses: list[Use] = []
        seen = {residual}
        longest = 2 * max(len(m[0]) for m in residual.terms) + 6
        most = 3 * len(residual.terms) + 12
        tries = iter(range(150))
        while not residual.is_zero and time.thread_time() < self.deadline:
            step = self._step(residual, choice, seen, longest, tries)
            if step is None or len(step[0].terms) > most:
                break
            residual, use = step
            seen.add(residual)
            uses.append(use)
        return residual, uses

    def _step(
        self, residual: Poly, choice: int, seen: set[Poly], longest: int, tries: Iterator[int]
    ) -> tuple[Poly, Use] | None:
        for monomial in sorted(residual.terms, key=lambda m: (-len(m[0]), m)):
            for instance in self.instances:
                leading = instance.leading[choice % len(instance.leading)]
                for cofactor in _cofactors(leading, monomial, axes(instance.lhs.shape)):
                    if next(tries, None) is None:
                        return None
                    scale = residual.terms[monomial] / instance.poly.terms[leading]
                    cofactor = cofactor.scaled(scale)
                    new = residual - contribution(self.meaning, instance.lhs, instance.rhs, cofactor)
                    grown = any(len(m[0]) > longest for m in new.terms)
                    if monomial not in new.terms and new not in seen and not grown:
                        return new, Use(instance.rule, instance.parameters, cofactor)
        return None

    def _clear(self, residual: Poly) -> tuple[tuple[tuple[Expr, int], ...], Poly]:
        """The difference times the denominators that stand in it, as far as they are single numbers."""
        worst: dict[int, int] = {}
        for h, e, _ in residual.factors():
            if h in self.denominators and e < 0:
                worst[h] = max(worst.get(h, 0), -int(e // 1))
        cleared = []
        for h, exponent in worst.items():
            # The denominator may be a multiple of the atom's own polynomial, which is all the same here.
            cleared.append((self.denominators[h], exponent))
            residual = residual * P.factor(h, (), exponent)
        return tuple(cleared), residual

    def _insert(self, first: Poly, choice: int, depth: int) -> list[Use] | None:
        """A proof of D = 0 by way of B D = 0 or D A = 0, where a rule says A B = I.

        D = A (B D) - (A B - I) D = (D A) B - D (A B - I): what proves the product zero proves D zero once it
        is multiplied back.
        """
        sizes = axes(self.equation.lhs.shape)
        for instance in list(self.instances):
            if instance.rule not in ("inverse-left", "inverse-right"):
                continue
            matrix = instance.parameters[0]
            for side, turned in itertools.product(range(len(sizes)), (False, True)):
                if matrix.shape[0] is not sizes[side] or time.thread_time() > self.deadline:
                    continue
                # At the side's axis, `there` multiplies and `back` undoes it. A row is multiplied by B, a
                # column by A; a transposed matrix is read the other way round.
                rows, columns = (
                    (inverse(matrix), matrix) if instance.rule == "inverse-left" else (matrix, inverse(matrix))
                )
                left = (side == 0) != turned
                there, back = (columns, rows) if left else (rows, columns)
                here, through = axis(side, sizes), P.fresh_index(sizes[side])
                moved = first.renamed({here: through})
                product = (self._through(there, here, through, left) * moved).summed(through)
                rest, uses = self._rewrite(product, choice)
                if not rest.is_zero:
                    deeper = self._insert(product, choice, depth - 1) if depth > 1 else None
                    if deeper is None:
                        continue
                    uses = deeper
                undo = self._through(back, here, through, left)
                p, q = (place(k, axes(matrix.shape)) for k in range(2))
                outer, inner = (p, q) if left else (q, p)
                insertion = first.renamed({here: inner}) * P.delta(outer, here, sizes[side])
                again = [
                    Use(u.rule, u.parameters, (undo * u.cofactor.renamed({here: through})).summed(through))
                    for u in uses
                ]
                return [*again, Use(instance.rule, instance.parameters, -insertion)]
        return None

    def _through(self, matrix: Expr, here: int, through: int, left: bool) -> Poly:
        return self.meaning(matrix, (here, through) if left else (through, here))


def _product(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else product(*factors)


def _scaled(a: Expr) -> tuple[Expr, Expr] | None:
    """A multiple of a matrix as (factor, matrix)."""
    if a.operation is QUOTIENT:
        return number(1) / a.args[1], a.args[0]
    if a.operation is PRODUCT_:
        scalars = tuple(f for f in a.args if not f.shape)
        if 0 < len(scalars) < len(a.args):
            return _product(scalars), _product(tuple(f for f in a.args if f.shape))
    return None


def _halves(a: Expr) -> tuple[Expr, Expr] | None:
    """A product of square matrices as a product of two."""
    if (
        a.operation is PRODUCT_
        and len(a.args) > 1
        and all(len(f.shape) == 2 and f.shape[0] is f.shape[1] for f in a.args)
    ):
        return a.args[0], _product(a.args[1:])
    return None


# --- matching ---------------------------------------------------------------------------------------


def _cofactors(pattern: Monomial, target: Monomial, sizes: tuple[Size, ...]) -> Iterator[Poly]:
    """What the pattern must be multiplied by, and its places set to, to be the target monomial."""
    places = [place(k, sizes) for k in range(len(sizes))]
    for assigned, rest in _matches(list(pattern[0]), list(target[0]), {}, set(places)):
        dummies = {i: t for i, t in assigned.items() if i >= 0}
        outside = {i for _, _, at in rest for i in at} | {t for i, t in assigned.items() if i < 0}
        if any(t < 0 or t in outside for t in dummies.values()) or len(set(dummies.values())) < len(dummies):
            continue
        if len(dummies) != len(pattern[1]) or set(assigned) & set(places) != set(places):
            continue
        freed = {t: P.fresh_index(n) for t, n in enumerate(target[1]) if t not in dummies.values()}
        cofactor = P.UNITY
        for h, e, at in rest:
            cofactor = cofactor * P.factor(h, tuple(freed.get(i, i) for i in at), e)
        for p in places:
            t = assigned[p]
            cofactor = cofactor * P.delta(p, freed.get(t, t), P.SIZES[described(p).size])
        yield cofactor.summed(*freed.values()) if freed else cofactor


def _matches(
    pattern: list[Factor], target: list[Factor], assigned: dict[int, int], places: set[int]
) -> Iterator[tuple[dict[int, int], list[Factor]]]:
    if not pattern:
        yield assigned, target
        return
    (h, e, at), *others = pattern
    for k, (g, f, bt) in enumerate(target):
        if g != h or not ((0 < e <= f) or (f <= e < 0)):
            continue
        rest = target[:k] + ([(g, f - e, bt)] if f != e else []) + target[k + 1 :]
        for symmetry in P.HEADS[h].symmetries:
            trial = dict(assigned)
            turned = tuple(bt[i] for i in symmetry)
            if all(_assign(trial, i, t, places) for i, t in zip(at, turned, strict=True)):
                yield from _matches(others, rest, trial, places)


def _assign(assigned: dict[int, int], i: int, t: int, places: set[int]) -> bool:
    if i < 0 and i not in places:
        return i == t
    return assigned.setdefault(i, t) == t
