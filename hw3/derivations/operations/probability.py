"""Gaussian laws: densities, expectations, the Kullback-Leibler divergence."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hw3.derivations.calculus import atoms
from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.conditions import Conditions
from hw3.derivations.calculus.differential import NotDifferentiable
from hw3.derivations.calculus.meaning import Meaning, symbol_head
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.calculus.wick import expectation as wick
from hw3.derivations.language.expression import Expr, Fresh, Operation, ShapeError, abstract, make, walk
from hw3.derivations.language.printing import Printer
from hw3.derivations.language.sizes import Shape, Size, show_shape
from hw3.derivations.operations.leaves import symbol


class Normal(Operation):
    """The law N(mean, covariance) of a column, or N(mean, variance) of a scalar; its shape is its mean's."""

    name = "normal"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        mean, covariance = args[0].shape, args[1].shape
        if len(mean) > 1 or covariance != mean * 2:
            wanted = show_shape(mean * 2) if len(mean) <= 1 else "a column with a square matrix"
            raise ShapeError(
                f"a normal law with mean {show_shape(mean)} and covariance {show_shape(covariance)}: "
                f"the covariance must be {wanted}"
            )
        return mean

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return (("positive_definite" if node.shape else "positive", node.args[1]),)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        raise ValueError("a law is not a number")

    def show(self, node: Expr, p: Printer) -> str:
        return p.call(r"\mathcal{N}" if p.latex else "N", p(node.args[0]), p(node.args[1]))


def _law_obligations(node: Expr) -> tuple[tuple[str, Expr], ...]:
    return tuple(o for a in node.args if a.operation is NORMAL for o in NORMAL.obligations(a))


class LogDensity(Operation):
    """log N(x | mean, S) = -1/2 (x - mean)^T S^-1 (x - mean) - 1/2 log |S| - k/2 log 2 pi; args law, x."""

    name = "logdensity"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if args[0].operation is not NORMAL or args[0].shape != args[1].shape:
            raise ShapeError(f"the density of a law of {show_shape(args[0].shape)} at {show_shape(args[1].shape)}")
        return ()

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return _law_obligations(node)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        mean, covariance = node.args[0].args
        x, half = node.args[1], Fraction(1, 2)
        log_two_pi = atoms.log(atoms.pi().scaled(2))
        if not x.shape:
            d = m(x) - m(mean)
            spread = m(covariance)
            square = d * d * atoms.power(spread, Fraction(-1))
            return (square + atoms.log(spread) + log_two_pi).scaled(-half)
        i, j = m.fresh(x.shape[0]), m.fresh(x.shape[0])
        matrix, (row, col) = m.generic(covariance)
        d = m(x, (i,)) - m(mean, (i,))
        square = (d * atoms.inverse(matrix, row, col, i, j) * d.renamed({i: j})).summed(i, j)
        k = P.size_poly(x.shape[0])
        return (square + atoms.logdet(matrix, row, col) + k * log_two_pi).scaled(-half)

    def show(self, node: Expr, p: Printer) -> str:
        law = node.args[0]
        bar = r" \mid " if p.latex else " | "
        inside = p(node.args[1]) + bar + f"{p(law.args[0])}, {p(law.args[1])}"
        letter = r"\mathcal{N}" if p.latex else "N"
        return p.word("log") + " " + letter + p.parenthesised(inside)


class Expectation(Operation):
    """E of a body over x ~ law; args law, body; data is the hint for x."""

    name = "expectation"
    binds = 1

    def variable(self, args: tuple[Expr, ...], data: Any) -> Shape | Size:
        return args[0].shape

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if args[0].operation is not NORMAL:
            raise ShapeError("an expectation needs a law")
        return args[1].shape

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return _law_obligations(node)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        law = node.args[0]
        before = set(m.obligations)
        body, x = m.opened(node)
        poly = m(body, at)
        for condition in [c for c in m.obligations if c not in before]:
            argument = m.obligations[condition]
            if x in walk(argument):
                # A Gaussian reaches every number: what the integrand needs must hold of them all.
                if not Conditions(m, set()).holds(condition[0], argument):
                    raise atoms.Undefined("an expectation of what isn't defined everywhere")
                del m.obligations[condition]
        return expect(law, poly, x, m)

    def show(self, node: Expr, p: Printer) -> str:
        law = node.args[0]
        shown = p(law)
        with p.binding(p.fresh_name(node.data, node.args[1], law)) as x:
            inner = p.bracketed(p(node.args[1]))
            return (rf"\mathbb{{E}}_{{{x} \sim {shown}}}" if p.latex else f"E[{x} ~ {shown}]") + inner


def expect(law: Expr, poly: Poly, x: Expr, m: Meaning) -> Poly:
    """The expectation of a polynomial in the fresh symbol x under a normal law.

    Raises:
        NotDifferentiable: the covariance does not read the same both ways (a free matrix under d/dS), or
            the law differs from entry to entry.
    """
    mean, covariance = law.args
    c, at = m.generic(covariance)
    if at and c != c.renamed({at[0]: at[1], at[1]: at[0]}):
        raise NotDifferentiable("the covariance of an expectation must be symmetric as it is written")
    m0, own = m.generic(mean)
    if set(c.free()) - set(at) or set(m0.free()) - set(own):
        raise NotDifferentiable("a law that differs from index to index")

    def mean_at(i: tuple[int, ...]) -> Poly:
        return m(mean, i)

    def covariance_at(i: tuple[int, ...], j: tuple[int, ...]) -> Poly:
        return m(covariance, i + j)

    return wick(poly, symbol_head(x), x.shape, mean_at, covariance_at, (m.key(mean)[0], m.key(covariance)[0]))


class Divergence(Operation):
    """KL[p || q] = E over x ~ p of (log p(x) - log q(x)); args the two laws."""

    name = "kl"

    def shape(self, args: tuple[Expr, ...], data: Any) -> Shape:
        if any(a.operation is not NORMAL for a in args) or args[0].shape != args[1].shape:
            raise ShapeError("a divergence needs two laws of one shape")
        return ()

    def obligations(self, node: Expr) -> tuple[tuple[str, Expr], ...]:
        return _law_obligations(node)

    def meaning(self, node: Expr, at: tuple[int, ...], m: Meaning) -> Poly:
        p, q = node.args
        x = symbol(Fresh("x"), p.shape)
        return expect(p, m(log_density(p, x)) - m(log_density(q, x)), x, m)

    def show(self, node: Expr, p: Printer) -> str:
        a, b = (p(law) for law in node.args)
        if p.latex:
            return rf"\operatorname{{KL}}[{a} \,\|\, {b}]"
        return f"KL[{a} ‖ {b}]"


NORMAL, LOGDENSITY, EXPECTATION, KL = Normal(), LogDensity(), Expectation(), Divergence()


def normal(mean: Expr, covariance: Expr) -> Expr:
    """The law N(mean, covariance)."""
    return make(NORMAL, (mean, covariance))


def log_density(law: Expr, x: Expr) -> Expr:
    """log p(x) for a normal law p."""
    return make(LOGDENSITY, (law, x))


def expectation(x: Expr, law: Expr, body: Expr) -> Expr:
    """E[body] over the symbol x with the given law."""
    if x.operation.name != "symbol" or x.shape != law.shape:
        raise ShapeError(f"{x} does not have the law {law}: they are of different shapes")
    name = x.data[0]
    return make(EXPECTATION, (law, abstract(body, x)), name if isinstance(name, str) else name.hint)


def kl(p: Expr, q: Expr) -> Expr:
    """KL[p || q]."""
    return make(KL, (p, q))
