"""The axioms: pairs of expressions that are equal under conditions, with where that is shown.

An axiom is not proved here. It is short, it is in the books, and a test of its own compares its sides at
random values. A lemma has the same form and a proof: its certificate is checked before it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hw3.derivations.language.expression import Expr, Fresh, ShapeError
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    HALF,
    add,
    blockdiag,
    cholesky,
    det,
    diag,
    eigenvalues,
    exp,
    expectation,
    identity,
    index,
    inverse,
    log,
    logdet,
    matrix,
    normal,
    number,
    ones,
    product,
    quotient,
    scalar,
    sigmoid,
    size,
    square,
    sum_over,
    tanh,
    trace,
    transpose,
    vector,
)
from hw3.derivations.operations.functions import apply
from hw3.derivations.operations.leaves import symbol

Sides = tuple[Expr, Expr]
Needs = tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Rule:
    """lhs = rhs for all parameters that meet the conditions.

    `example` gives the parameters as symbols of symbolic sizes, assumed to be what `needs` asks and no more:
    what `hw3 rules` prints, what the rule's test draws, and for a lemma what its proof is about.
    `by` is empty for an axiom; for a lemma it names the rules that its proof may use.
    """

    name: str
    title: str
    reference: str
    sides: Callable[..., Sides]
    needs: Callable[..., Needs]
    example: Callable[[], tuple[Expr, ...]]
    by: tuple[str, ...] = ()

    @property
    def is_lemma(self) -> bool:
        return bool(self.by)

    def at(self, *parameters: Expr) -> tuple[Sides, Needs]:
        """The sides and the conditions at parameters of the example's shapes.

        Raises:
            ShapeError: the parameters are not what the rule is stated of.
        """
        require_shapes(self.name, self.example(), parameters)
        return self.sides(*parameters), self.needs(*parameters)


def require_shapes(name: str, example: tuple[Expr, ...], parameters: tuple[Expr, ...]) -> None:
    """Raises ShapeError unless the parameters have the example's shapes, for some values of its sizes."""
    if len(example) != len(parameters):
        raise ShapeError(f"{name} has {len(example)} parameters, not {len(parameters)}")
    sizes: dict[Size, Size] = {}
    for stated, given in zip(example, parameters, strict=True):
        fits = len(stated.shape) == len(given.shape) and not given.loose
        if not fits or any(sizes.setdefault(a, b) is not b for a, b in zip(stated.shape, given.shape, strict=True)):
            raise ShapeError(f"{name} is stated of other shapes than those of {given}")


def _none(*_: Expr) -> Needs:
    return ()


def _n(a: Expr) -> Expr:
    return size(a.shape[0])


def _sum_of_entries(v: Expr, f: Callable[[Expr], Expr] = lambda x: x) -> Expr:
    i = index(Fresh("i"), v.shape[0])  # not a name that the parameter may have
    return sum_over(i, f(v[i]))


def _square(name: str, *assumptions: str) -> Expr:
    return matrix(name, "n", "n", *assumptions)


def _mgf(mean: Expr, covariance: Expr, t: Expr) -> Sides:
    x = symbol(Fresh("x"), mean.shape)
    mean_term = product(transpose(t), mean)
    spread = product(HALF, transpose(t), covariance, t)
    return (
        expectation(x, normal(mean, covariance), exp(product(transpose(t), x))),
        exp(add(mean_term, spread)),
    )


_COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook (2012)"
_HORN = "Horn and Johnson, Matrix Analysis (2nd ed.)"

RULES: dict[str, Rule] = {
    r.name: r
    for r in (
        Rule(
            "inverse-left",
            "A matrix times its inverse from the left is the identity.",
            f"{_HORN}, 0.5",
            lambda a: (product(inverse(a), a), identity(a.shape[0])),
            lambda a: (("invertible", a),),
            lambda: (_square("A", "invertible"),),
        ),
        Rule(
            "inverse-right",
            "A matrix times its inverse from the right is the identity.",
            f"{_HORN}, 0.5",
            lambda a: (product(a, inverse(a)), identity(a.shape[0])),
            lambda a: (("invertible", a),),
            lambda: (_square("A", "invertible"),),
        ),
        Rule(
            "logdet-product",
            "The log determinant of a product is the sum of the log determinants.",
            f"{_COOKBOOK}, eq. 21",
            lambda a, b: (logdet(product(a, b)), add(logdet(a), logdet(b))),
            lambda a, b: (("invertible", a), ("invertible", b)),
            lambda: (_square("A", "invertible"), _square("B", "invertible")),
        ),
        Rule(
            "logdet-inverse",
            "The log determinant of an inverse is minus the log determinant.",
            f"{_COOKBOOK}, eq. 22",
            lambda a: (logdet(inverse(a)), -logdet(a)),
            lambda a: (("invertible", a),),
            lambda: (_square("A", "invertible"),),
        ),
        Rule(
            "logdet-scale",
            "A positive factor comes out of an n x n log determinant as n times its logarithm.",
            f"{_COOKBOOK}, eq. 19",
            lambda c, a: (logdet(product(c, a)), add(product(_n(a), log(c)), logdet(a))),
            lambda c, a: (("positive", c), ("invertible", a)),
            lambda: (scalar("c", "positive"), _square("A", "invertible")),
        ),
        Rule(
            "logdet-diagonal",
            "The log determinant of a diagonal matrix with positive entries is the sum of their logarithms.",
            f"{_HORN}, 0.9.1",
            lambda v: (logdet(diag(v)), _sum_of_entries(v, log)),
            lambda v: (("positive", v),),
            lambda: (vector("v", "n", "positive"),),
        ),
        Rule(
            "logdet-blocks",
            "The log determinant of a block diagonal matrix is the sum over its blocks.",
            f"{_HORN}, 0.8.5",
            lambda a, b: (logdet(blockdiag(a, b)), add(logdet(a), logdet(b))),
            lambda a, b: (("invertible", a), ("invertible", b)),
            lambda: (matrix("A", "m", "m", "invertible"), _square("B", "invertible")),
        ),
        Rule(
            "logdet-log",
            "log |A| is the logarithm of the determinant where that is positive.",
            "definition",
            lambda a: (logdet(a), log(det(a))),
            lambda a: (("positive", det(a)),),
            lambda: (_square("A", "positive_definite"),),
        ),
        Rule(
            "det-product",
            "The determinant of a product is the product of the determinants.",
            f"{_COOKBOOK}, eq. 21",
            lambda a, b: (det(product(a, b)), product(det(a), det(b))),
            _none,
            lambda: (_square("A"), _square("B")),
        ),
        Rule(
            "blocks-identity",
            "Identities along the diagonal are the identity.",
            "definition",
            lambda a, b: (
                blockdiag(identity(a.shape[0]), identity(b.shape[0])),
                identity(a.shape[0] + b.shape[0]),
            ),
            _none,
            lambda: (matrix("A", "m", "m"), _square("B")),
        ),
        Rule(
            "cholesky",
            "A positive definite matrix is its Cholesky factor times the factor's transpose.",
            f"{_HORN}, 7.2.9",
            lambda s: (product(cholesky(s), transpose(cholesky(s))), s),
            lambda s: (("positive_definite", s),),
            lambda: (_square("S", "positive_definite"),),
        ),
        Rule(
            "spectrum-trace",
            "The trace of a symmetric matrix is the sum of its eigenvalues.",
            f"{_HORN}, 1.2.15",
            lambda s: (trace(s), _sum_of_entries(eigenvalues(s))),
            lambda s: (("symmetric", s),),
            lambda: (_square("S", "symmetric"),),
        ),
        Rule(
            "spectrum-logdet",
            "The log determinant of a positive definite matrix is the sum of its eigenvalues' logarithms.",
            f"{_HORN}, 1.2.15",
            lambda s: (logdet(s), _sum_of_entries(eigenvalues(s), log)),
            lambda s: (("positive_definite", s),),
            lambda: (_square("S", "positive_definite"),),
        ),
        Rule(
            "spectrum-shift",
            "Subtracting the identity subtracts one from every eigenvalue.",
            f"{_HORN}, 1.1.6",
            lambda s: (
                eigenvalues(s - identity(s.shape[0])),
                eigenvalues(s) - ones(s.shape[0]),
            ),
            lambda s: (("symmetric", s),),
            lambda: (_square("S", "symmetric"),),
        ),
        Rule(
            "fraction",
            "A number other than zero times its reciprocal is one.",
            "definition",
            lambda s: (product(s, quotient(number(1), s)), number(1)),
            lambda s: (("nonzero", s),),
            lambda: (scalar("s", "nonzero"),),
        ),
        Rule(
            "log-product",
            "The logarithm of a product of positive numbers is the sum of their logarithms.",
            "definition",
            lambda a, b: (log(product(a, b)), add(log(a), log(b))),
            lambda a, b: (("positive", a), ("positive", b)),
            lambda: (scalar("a", "positive"), scalar("b", "positive")),
        ),
        Rule(
            "sigmoid",
            "The logistic sigmoid, by its definition.",
            "definition",
            lambda x: (product(sigmoid(x), add(number(1), exp(-x))), number(1)),
            _none,
            lambda: (scalar("x"),),
        ),
        Rule(
            "tanh",
            "The hyperbolic tangent, by its definition.",
            "definition",
            lambda x: (product(tanh(x), add(exp(2 * x), number(1))), add(exp(2 * x), number(-1))),
            _none,
            lambda: (scalar("x"),),
        ),
        Rule(
            "circle",
            "The squares of sine and cosine add to one.",
            "definition",
            lambda x: (add(square(apply("sin", x)), square(apply("cos", x))), number(1)),
            _none,
            lambda: (scalar("x"),),
        ),
        Rule(
            "softplus",
            "The softplus, by its definition.",
            "definition",
            lambda x: (apply("softplus", x), log(add(number(1), exp(x)))),
            _none,
            lambda: (scalar("x"),),
        ),
        Rule(
            "relu",
            "A ramp is the greater of x and 0.",
            "definition",
            lambda x: (2 * apply("relu", x), add(x, apply("abs", x))),
            _none,
            lambda: (scalar("x"),),
        ),
        Rule(
            "step",
            "A step is 1 or 0 as the sign is 1 or -1.",
            "definition",
            lambda x: (2 * apply("step", x), add(number(1), apply("sign", x))),
            lambda x: (("nonzero", x),),
            lambda: (scalar("x", "nonzero"),),
        ),
        Rule(
            "sign",
            "A number times its sign is its absolute value.",
            "definition",
            lambda x: (product(x, apply("sign", x)), apply("abs", x)),
            lambda x: (("nonzero", x),),
            lambda: (scalar("x", "nonzero"),),
        ),
        Rule(
            "gaussian-exponential",
            "The moment generating function of a Gaussian.",
            "Petersen and Pedersen, The Matrix Cookbook (2012), 8.2.4",
            _mgf,
            lambda mean, covariance, t: (("positive_definite", covariance),),
            lambda: (vector("m", "n"), _square("S", "positive_definite"), vector("t", "n")),
        ),
        # --- lemmas: proved from the axioms before they are used -----------------------------------
        Rule(
            "inverse-product",
            "The inverse of a product is the product of the inverses in the other order.",
            f"{_COOKBOOK}, eq. 145",
            lambda a, b: (inverse(product(a, b)), product(inverse(b), inverse(a))),
            lambda a, b: (("invertible", a), ("invertible", b)),
            lambda: (_square("A", "invertible"), _square("B", "invertible")),
            by=("inverse-left", "inverse-right"),
        ),
        Rule(
            "inverse-inverse",
            "The inverse of an inverse is the matrix itself.",
            f"{_HORN}, 0.5",
            lambda a: (inverse(inverse(a)), a),
            lambda a: (("invertible", a),),
            lambda: (_square("A", "invertible"),),
            by=("inverse-left", "inverse-right"),
        ),
        Rule(
            "inverse-scale",
            "The inverse of a multiple is the inverse divided by the factor.",
            f"{_HORN}, 0.5",
            lambda c, a: (inverse(product(c, a)), quotient(inverse(a), c)),
            lambda c, a: (("nonzero", c), ("invertible", a)),
            lambda: (scalar("c", "nonzero"), _square("A", "invertible")),
            by=("inverse-left", "inverse-right"),
        ),
        Rule(
            "inverse-diagonal",
            "The inverse of a diagonal matrix has the reciprocal entries.",
            f"{_HORN}, 0.9.1",
            lambda v: (inverse(diag(v)), diag(apply("reciprocal", v))),
            lambda v: (("positive", v),),
            lambda: (vector("v", "n", "positive"),),
            by=("inverse-left", "inverse-right"),
        ),
        Rule(
            "inverse-identity",
            "The identity is its own inverse.",
            f"{_HORN}, 0.5",
            lambda a: (inverse(identity(a.shape[0])), identity(a.shape[0])),
            _none,
            lambda: (_square("A"),),
            by=("inverse-left",),
        ),
        Rule(
            "inverse-blocks",
            "The inverse of a block diagonal matrix has the inverse blocks.",
            f"{_HORN}, 0.8.5",
            lambda a, b: (inverse(blockdiag(a, b)), blockdiag(inverse(a), inverse(b))),
            lambda a, b: (("invertible", a), ("invertible", b)),
            lambda: (matrix("A", "m", "m", "invertible"), _square("B", "invertible")),
            by=("inverse-left", "inverse-right", "blocks-identity"),
        ),
    )
}
