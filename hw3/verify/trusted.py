"""The trusted base: what every proof rests on, and the result of each part's own test.

- the meaning of each operation as an index polynomial, tested against the operation's evaluation;
- the derivative of each kind of atom, tested against autograd;
- the Gaussian moments, tested against quadrature;
- the axioms, whose two sides are compared at draws that meet their conditions;
- the bounds (what is never negative), sampled, and tested to be zero where they say;
- the lemmas, which are not trusted: the kernel checks their proofs, and they are compared too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import hw3.derivations.operations as o
from hw3.derivations.calculus.conditions import WORDS
from hw3.derivations.calculus.inequalities import BOUNDS, Bound
from hw3.derivations.calculus.kernel import Fact, NotProved, check, lemma_equation
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.rules import RULES, Rule
from hw3.derivations.calculus.search import NotFound, lemma_certificate
from hw3.derivations.calculus.showing import show_polynomial
from hw3.derivations.language.expression import Expr, substitute
from hw3.derivations.language.printing import latex, subscript, unicode
from hw3.derivations.language.sizes import Size
from hw3.verify.numeric.compare import compare
from hw3.verify.numeric.degrees import degree
from hw3.verify.numeric.draw import Invalid, NotEvaluable, free_indices
from hw3.verify.numeric.draws import draws
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.polynomials import polynomial_value


@dataclass(frozen=True)
class Trusted:
    """One part of the base: `kind` (meaning, derivative, moment, axiom, bound, lemma), its statement, the
    conditions it needs, where it is shown, and whether its own test passed."""

    kind: str
    name: str
    statement: str
    latex: str
    passed: bool
    test: str
    title: str = ""
    conditions: tuple[str, ...] = ()
    reference: str = ""


def trusted_base(seed: int = 0) -> tuple[Trusted, ...]:
    """Every part of the trusted base, tested now; about two seconds."""
    return (
        *(_meaning(node, seed) for node in meaning_examples()),
        *(_derivative(kind, law, node, wrt, seed) for kind, law, node, wrt in derivative_examples()),
        *(_moment(node, seed) for node in moment_examples()),
        *(_rule(r, seed) for r in RULES.values() if not r.is_lemma),
        *(_bound(b, seed) for b in BOUNDS.values()),
        *(_rule(r, seed) for r in RULES.values() if r.is_lemma),
    )


def exit_code(base: Iterable[Trusted]) -> int:
    """0 if every test passed, else 1."""
    return 0 if all(t.passed for t in base) else 1


def to_json(base: Iterable[Trusted]) -> dict[str, Any]:
    entries = [dict(t.__dict__) for t in base]
    counts = {"passed": sum(e["passed"] for e in entries), "failed": sum(not e["passed"] for e in entries)}
    return {"version": 1, "trusted": entries, "counts": counts}


# --- examples: one expression for each operation ---------------------------------------------------------


def meaning_examples() -> tuple[Expr, ...]:
    """One expression for each operation of the language that has a meaning of its own."""
    a, b = o.matrix("A", "m", "n"), o.matrix("B", "n", "p")
    c = o.matrix("C", "n", "n")
    s = o.matrix("S", "n", "n", "positive_definite")
    x, y, w = o.vector("x", "n"), o.vector("y", "n"), o.vector("w", "m")
    t, u = o.scalar("t"), o.scalar("u", "positive")
    i = o.index("i", "n")
    law = o.normal(x, s)
    z = o.vector("z", "n")
    return (
        o.number("3/8"),
        a,
        o.size("n"),
        o.PI,
        o.identity("n"),
        o.ones("n"),
        o.abbreviation("r", x + y),
        x + y,
        -x,
        a @ b,
        o.hadamard(x, y),
        x / u,
        o.power(u, "1/2"),
        a.T,
        o.inverse(s),
        o.trace(c),
        o.det(c),
        o.logdet(c),
        o.diag(x),
        o.diagonal(c),
        o.norm(a),
        o.stack(x, w),
        o.blockdiag(c, o.matrix("D", "m", "m")),
        o.cholesky(s),
        o.eigenvalues(s),
        o.apply("f", x),
        *(o.apply(name, x) for name in ("exp", "expm1mx", "sigmoid", "tanh", "sin", "cos", "relu", "step")),
        *(o.apply(name, x) for name in ("abs", "sign", "sinh", "cosh", "tan", "arctan", "softplus", "erf")),
        *(o.apply(name, u) for name in ("log", "xmlog1p", "reciprocal", "sqrt")),
        c[i, o.position(0, "n")],
        o.sum_over(i, x[i] * t),
        o.log_density(law, y),
        o.expectation(z, law, o.product(o.transpose(z), c, z)),
        o.kl(law, o.normal(y, o.identity("n"))),
        o.derivative(o.product(o.transpose(x), c, x), x),
        *image_examples(),
        *place_examples(),
    )


def place_examples() -> tuple[Expr, ...]:
    """One expression for each operation that has indices in the place of numbers, or makes matrices of others."""
    n, k = Size.symbol("n"), Size.symbol("k")
    a, b, x, y = o.matrix("A", "m", "n"), o.matrix("B", "p", "q"), o.vector("x", "n"), o.vector("y", "n")
    i, j, row = o.index("i", "n"), o.index("j", "n"), o.index("h", "m")
    window, inside, w = o.index("u", n - k + 1), o.index("v", "k"), o.vector("w", "k")
    return (
        o.sample(a, row),
        o.delta(i, j),
        o.shifted_entry(x, o.place([(window, 1), (inside, 1)], -1)),
        o.less(i, j, strict=False),
        o.index_value(i),
        o.array_of(window, o.sum_over(inside, w[inside] * o.shifted_entry(x, o.place([(window, 1), (inside, 1)], -1)))),
        o.product_over(i, o.exp(x[i])),
        o.vec(a),
        o.kron(a, b),
        o.block([[a, o.vector("u", "m")], [x.T, o.number(1)]]),
        o.max2(x, y),
    )


def image_examples() -> tuple[Expr, ...]:
    """One expression for each operation on arrays of any rank."""
    g = o.geometry("s", 1, "p")
    x, w = o.array("X", "N", "c", "h", "w"), o.array("W", "o", "c", "k", "k")
    out = Size.of("m"), Size.of("q")
    u = o.array("U", "N", "o", *out)
    windows, pooled = o.window(2), o.array("V", "N", "c", *out)
    y = o.array("Y", "K", "c", "h", "w")
    d, z = o.matrix("D", "N", "K"), o.matrix("Z", "N", "K")
    return (
        o.conv(x, w, g, out),
        o.conv_input(u, w, x.shape[-2:], g),
        o.conv_kernel(u, x, w.shape[-2:], g),
        o.flip(w),
        o.maxpool(x, windows, out),
        o.maxunpool(pooled, x, windows),
        o.avgpool(x, windows, out),
        o.avgunpool(pooled, windows, x.shape[-2:]),
        o.dense(y, x),
        o.dense_input(d, y),
        o.dense_kernel(d, x),
        o.broadcast(o.vector("b", "c"), x.shape, 1),
        o.sum_axes(x, 1),
        o.softmax(z),
        o.logsumexp(z),
    )


def derivative_examples() -> tuple[tuple[str, str, Expr, Expr], ...]:
    """For each kind of atom: its name, its rule, an expression with it, and what it is differentiated by."""
    x, m = o.scalar("x", "positive"), o.matrix("M", "n", "n", "invertible")
    v = o.vector("v", "n")
    return (
        ("symbol", "∂Xᵢⱼ/∂Xₖₗ = δᵢₖ δⱼₗ", o.product(o.transpose(v), m, v), m),
        ("power", "d s^q = q s^(q-1) ds", o.power(x, "5/2"), x),
        ("exp", "d exp(s) = exp(s) ds", o.exp(x * x), x),
        ("log", "d log(s) = ds / s", o.log(x * x + 1), x),
        ("function", "d f⁽ᵏ⁾(s) = f⁽ᵏ⁺¹⁾(s) ds", o.apply("f", x * x), x),
        ("sigmoid", "d σ(s) = σ(s) (1 - σ(s)) ds", o.sigmoid(x * x), x),
        ("tanh", "d tanh(s) = (1 - tanh(s)²) ds", o.tanh(x * x), x),
        ("sin", "d sin(s) = cos(s) ds", o.apply("sin", x * x), x),
        ("cos", "d cos(s) = -sin(s) ds", o.apply("cos", x * x), x),
        ("inverse", "d M⁻¹ = -M⁻¹ dM M⁻¹", o.product(o.transpose(v), o.inverse(m), v), m),
        ("det", "d det(M) = det(M) tr(M⁻¹ dM)", o.det(m), m),
        ("logdet", "d log|det M| = tr(M⁻¹ dM)", o.logdet(m), m),
    )


def moment_examples() -> tuple[Expr, ...]:
    """Gaussian expectations of polynomials of degree one to four."""
    m, s, z = o.vector("m", "n"), o.matrix("S", "n", "n", "positive_definite"), o.vector("z", "n")
    a, b = o.matrix("A", "n", "n"), o.vector("b", "n")
    law = o.normal(m, s)
    quadratic = o.product(o.transpose(z), a, z)
    return (
        o.expectation(z, law, z),
        o.expectation(z, law, o.product(z, o.transpose(z))),
        o.expectation(z, law, o.product(o.transpose(b), z, quadratic)),
        o.expectation(z, law, o.square(quadratic)),
    )


# --- the tests -------------------------------------------------------------------------------------------


def _agrees(node: Expr, seed: int, trials: int = 3) -> tuple[bool, str]:
    """Whether the meaning of a node, in numbers, is its value, at draws of unequal sizes."""
    worst, tried = 0.0, 0
    free = free_indices(node)
    m = Meaning()
    poly, at = m.generic(node)
    places = [m.index(i) for i in free]
    for draw in draws([node], seed=seed, count=6):
        if tried == trials:
            break
        try:
            value = evaluate(node, draw, free)
        except (Invalid, NotEvaluable):
            continue
        theirs = polynomial_value(poly, [*places, *at], draw)
        mine = value.value.detach().numpy().reshape(theirs.shape)
        scale = value.magnitude.detach().numpy().reshape(theirs.shape).clip(1e-300)
        worst = max(worst, float((np.abs(mine - theirs) / scale).max(initial=0.0)))
        tried += 1
    return tried == trials and worst < 1e-10, f"worst error {_error(worst)} at {tried} draws"


def _error(value: float) -> str:
    return f"{value:.0e}" if value else "0"


def _entry(node: Expr, at: Sequence[int]) -> str:
    """An entry of an expression, as the meanings write it: [A B]ᵢⱼ."""
    low = "ijkl"[: len(at)]
    return f"[{unicode(node)}]{subscript(low)}" if low else unicode(node)


def _meaning(node: Expr, seed: int) -> Trusted:
    poly, at = Meaning().generic(node)
    passed, test = _agrees(node, seed)
    name = node.operation.name if node.operation.name != "apply" else f"apply {node.data[0]}"
    title = re.split(r"[;:] (?:data|args)|\n", type(node.operation).__doc__ or "")[0].rstrip(".") + "."
    return Trusted(
        "meaning", name, f"{_entry(node, at)} = {show_polynomial(poly, at)}", latex(node), passed, test, title
    )


def _derivative(kind: str, law: str, node: Expr, wrt: Expr, seed: int) -> Trusted:
    derivative = o.derivative(node, wrt)
    passed, test = _agrees(derivative, seed)
    return Trusted("derivative", kind, law, latex(derivative), passed, f"against autograd: {test}")


def _moment(node: Expr, seed: int) -> Trusted:
    poly, at = Meaning().generic(node)
    passed, test = _agrees(node, seed)
    reference = "Isserlis, Biometrika 12 (1918); Petersen and Pedersen, The Matrix Cookbook (2012), 8.2"
    statement = f"{_entry(node, at)} = {show_polynomial(poly, at)}"
    return Trusted(
        "moment", f"degree {degree(node.args[1], 0)}", statement, latex(node), passed, test, reference=reference
    )


def _rule(rule: Rule, seed: int) -> Trusted:
    lhs, rhs = rule.sides(*rule.example())
    needs = rule.needs(*rule.example())
    result = compare(lhs, rhs, draws([lhs, rhs], [Fact(k, e) for k, e in needs], seed))
    passed, test = result.verdict == "agrees", f"worst error {_error(result.worst)} at {result.valid} draws"
    if not passed:
        test = result.reason or f"a counterexample: {result.counterexample}"
    if rule.is_lemma:
        try:
            certificate = lemma_certificate(rule.name)
            check(lemma_equation(rule.name), certificate)
            test = f"proved by {', '.join(certificate.rules)}; {test}"
        except (NotProved, NotFound) as error:
            passed, test = False, f"not proved: {error}"
    return Trusted(
        "lemma" if rule.is_lemma else "axiom",
        rule.name,
        f"{unicode(lhs)} = {unicode(rhs)}",
        f"{latex(lhs)} = {latex(rhs)}",
        passed,
        test,
        rule.title,
        tuple(WORDS[kind].format(unicode(e)) for kind, e in needs),
        rule.reference,
    )


def _bound(bound: Bound, seed: int) -> Trusted:
    parameters = bound.example()
    tried = bound.tried() if bound.tried is not None else parameters
    value, drawn = bound.value(*parameters), bound.value(*tried)
    given = [Fact(kind, e) for kind, e in bound.needs(*tried)]
    result = compare(drawn, o.number(0), draws([drawn], given, seed, 12), given, ">=")
    passed = result.verdict == "unrefuted" and _zero_where_it_says(bound, parameters)
    needs = tuple(WORDS[kind].format(unicode(e)) for kind, e in bound.needs(*parameters))
    left, right = bound.zero(*parameters)
    statement = f"{unicode(value)} ≥ 0, and 0 only where {unicode(left)} = {unicode(right)}"
    test = f"no counterexample in {result.valid} draws" if passed else str(result.counterexample or result.reason)
    return Trusted(
        "bound", bound.name, statement, f"{latex(value)} \\ge 0", passed, test, bound.title, needs, bound.reference
    )


def _zero_where_it_says(bound: Bound, parameters: tuple[Expr, ...]) -> bool:
    """Whether the value is 0 where the first parameter is put equal to what it must equal."""
    _, right = bound.zero(*parameters)
    value = substitute(bound.value(*parameters), parameters[0], right)
    return compare(value, o.number(0), draws([value])).verdict == "agrees"
