"""Bugs that are planted in the kernel are noticed.

Each is a change of one line that somebody could make. The detectors are the cheap checks of this suite; under
every bug at least one of them complains, and without a bug none does. A bug that no longer applies, since the
line has changed, is an error here: plant it anew.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from hw3.derivations.calculus import (
    conditions,
    inequalities,
    kernel,
    meaning,
    polynomial,
    search,
)
from hw3.derivations.calculus.kernel import Certificate, Equation, Use
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.rules import RULES, Rule
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import (
    HALF,
    add,
    apply,
    arithmetic,
    blockdiag,
    cholesky,
    derivative,
    det,
    diag,
    diagonal,
    eigenvalues,
    exp,
    expectation,
    hadamard,
    identity,
    index,
    inverse,
    kl,
    log,
    logdet,
    matrices,
    matrix,
    normal,
    number,
    ones,
    power,
    probability,
    product,
    scalar,
    sigmoid,
    size,
    sqrt,
    square,
    stack,
    sum_over,
    trace,
    vector,
)


def beside(name: str) -> ModuleType:
    """The module in this folder: tests are no package, so it is loaded from its file."""
    full = f"hw3_tests_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


X, holes, windows = beside("exact"), beside("test_holes"), beside("test_holes_of_windows")
derivatives = sys.modules["hw3.derivations.operations.derivative"]

A, B, C = matrix("A", "n", "n"), matrix("B", "n", "n"), matrix("C", "m", "n")
S, D = matrix("S", "n", "n", "symmetric"), matrix("D", "n", "n", "positive_definite")
V, W = matrix("V", "n", "n", "invertible"), matrix("W", "n", "n", "invertible")
x, y, z = (vector(v, "n") for v in "xyz")
s, t = scalar("s"), scalar("t")
p, q = scalar("p", "positive"), scalar("q", "positive")
I, i = identity("n"), index("i", "n")


# --- detectors: what they return is what they complain of -----------------------------------------------

TRUE: tuple[tuple[Expr, Expr], ...] = (
    ((A @ C.T).T, C @ A.T),
    (trace(A @ B @ S), trace(S @ A @ B)),
    (x.T @ S @ y, y.T @ S @ x),
    (hadamard(I, A), diag(diagonal(A))),
    (diag(x) @ diag(y), diag(hadamard(x, y))),
    (trace(identity("n")) + ones(1, "m") @ ones("m"), size("n") + size("m")),
    (sum_over(i, x[i]) * sum_over(i, x[i]), (ones(1, "n") @ x) * (x.T @ ones("n"))),
    (square(x.T @ y), x.T @ y @ x.T @ y),
    (stack(x, y).T @ stack(y, z), x.T @ y + y.T @ z),
    (blockdiag(A, B) @ blockdiag(B, A), blockdiag(A @ B, B @ A)),
    (blockdiag(A, I) @ stack(x, y), stack(A @ x, y)),
    (inverse(V @ W), inverse(W) @ inverse(V)),
    (inverse(2 * V.T), HALF * inverse(V).T),
    (inverse(inverse(V)), V),
    (logdet(V @ D), logdet(D) + logdet(V)),
    (logdet(p * D), size("n") * log(p) + logdet(D)),
    (log(p * q), log(p) + log(q)),
    (sqrt(p * q), sqrt(p) * sqrt(q)),
    (exp(s + 2 * log(p)), exp(s) * square(p)),
    (log(exp(s)), s),
    (cholesky(D) @ cholesky(D).T, D),
    (sum_over(i, eigenvalues(S)[i]), trace(S)),
    (derivative(x.T @ A @ x, x), (A + A.T) @ x),
    (derivative(power(s, 3), s), 3 * square(s)),
    (derivative(derivative(power(s, 4), s), s), 12 * square(s)),
    (derivative(sqrt(p), p), HALF / sqrt(p)),
    (derivative(logdet(V), V), inverse(V).T),
    (derivative(logdet(D), D), inverse(D)),
    (derivative(det(V), V), det(V) * inverse(V).T),
    (derivative(x.T @ inverse(V) @ y, V), -(inverse(V).T @ x @ y.T @ inverse(V).T)),
    (derivative(trace(S @ A), S), A.T),
    (derivative(apply("f", A @ x).T @ y, x), A.T @ hadamard(apply("f", A @ x, 1), y)),
    (derivative(sigmoid(x).T @ y, x), hadamard(y, hadamard(sigmoid(x), ones("n") - sigmoid(x)))),
    (derivative(exp(square(s)), s), 2 * s * exp(square(s))),
    (derivative(log(p), p), 1 / p),
    (derivative(stack(x, A @ x).T @ stack(y, z), x), y + A.T @ z),
    (expectation(x, normal(y, D), x @ x.T), D + y @ y.T),
    (expectation(x, normal(y, D), x.T @ A @ x), y.T @ A @ y + trace(A @ D)),
    (expectation(s, normal(number(0), p), power(s, 4)), 3 * square(p)),
    (expectation(s, normal(t, p), power(s, 3)), power(t, 3) + 3 * t * p),
    (expectation(s, normal(t, p), s * apply("f", s) + q), q + expectation(s, normal(t, p), apply("f", s) * s)),
    (
        kl(normal(x, D), normal(y, I)),
        HALF * (trace(D) + (x - y).T @ (x - y) - size("n") - logdet(D)),
    ),
)


def true_claims() -> Iterator[str]:
    """What is true is proved, and needs no condition."""
    for lhs, rhs in TRUE:
        conditions = holes.proved(lhs, rhs)
        if conditions != ():
            yield f"{lhs} = {rhs}: " + ("no proof" if conditions is None else f"given {conditions}")


def false_claims() -> Iterator[str]:
    """What is false is not proved."""
    # False where n is 1 and m is not.
    sides = {"det of ones in two sizes": (det(ones("n", "n")), det(ones("m", "m"))), **holes.FALSE}
    for name, (lhs, rhs) in sides.items():
        if name not in holes.OPEN and holes.proved(lhs, rhs, seconds=1.0) is not None:
            yield name


def insufficient() -> Iterator[str]:
    """What follows only given more than is given, is not proved."""
    for name, (lhs, rhs, facts) in holes.UNSUPPORTED.items():
        if name not in holes.OPEN and holes.proved(lhs, rhs, *facts, seconds=1.0) is not None:
            yield name


def printed_conditions() -> Iterator[str]:
    """Conditions are named."""
    for name, (lhs, rhs, wanted) in holes.CONDITIONS.items():
        if name not in holes.OPEN and (missed := holes.unprinted(lhs, rhs, wanted)):
            yield f"{name}: {missed}"


def opponents() -> Iterator[str]:
    """Certificates that try to prove what is false are rejected."""
    for name, (claim, certificate, hole) in holes.ATTACKS.items():
        if not hole and holes.accepted(claim, certificate):
            yield name


def rules_out_of_bounds() -> Iterator[str]:
    """Rules are not used where their conditions are not known to hold."""
    (mark,) = [m for m in holes.test_a_rule_needs_its_conditions.pytestmark if m.name == "parametrize"]
    for name, parameters in mark.args[1]:
        if holes.accepted(*holes.used_and_taken_back(name, parameters)):
            yield f"{name} at {parameters}"


def captures() -> Iterator[str]:
    """The names that rules bind are not the user's."""
    for name, (lhs, rhs, hints) in holes.CAPTURES.items():
        if name not in holes.OPEN and holes.proved(lhs, rhs, hints=hints) is not None:
            yield name


def inequalities_without_reason() -> Iterator[str]:
    """What is negative somewhere is not shown to be a sum of squares."""
    t_times_s = holes.equal(s * t, number(0))
    whole = product(square(s), t, 1 / t)
    try:
        inequalities.check_vanishing(
            t_times_s,
            whole,
            Certificate((Use("given:0", (), Meaning()(s / t)),)),
            (inequalities.Term(number(1), "square", (s,)),),
            Certificate(),
            Equation(s, number(0)),
            Certificate((Use("given:0", (), polynomial.UNITY),)),
        )
        yield "s = 0 where st = 0"
    except kernel.NotProved:
        pass
    for e, weight, root in ((s, number(1), sqrt(s)), (-square(s), number(-1), s), (s * square(t), s, t)):
        try:
            inequalities.check_nonnegative(e, (inequalities.Term(weight, "square", (root,)),), Certificate())
        except kernel.NotProved:
            continue
        yield f"{e} >= 0"


def an_axiom_of_our_own() -> Iterator[str]:
    """A rule's conditions are asked for, where its sides ask for nothing themselves."""
    RULES["own"] = replace(
        RULES["fraction"], sides=lambda a: (sqrt(square(a)), a), needs=lambda a: (("nonnegative", a),)
    )
    try:
        for e, wanted in ((s, False), (t - s, False), (p, True), (square(s), True)):
            if (
                holes.accepted(Equation(sqrt(square(e)), e), Certificate((Use("own", (e,), polynomial.UNITY),)))
                != wanted
            ):
                yield f"sqrt({e}^2) = {e}"
    finally:
        del RULES["own"]


def lemmas_without_proof() -> Iterator[str]:
    """A lemma needs a proof, and not its own."""
    cofactor = holes.same(A.shape)
    lemma = Rule("commute", "", "", lambda a, b: (a @ b, b @ a), lambda *_: (), lambda: (A, B), by=("inverse-left",))
    found = search.lemma_certificate
    itself = Certificate((Use("commute", (A, B), cofactor),))
    try:
        for certificate, example in ((Certificate(), (A, B)), (itself, (A, B)), (Certificate(), (A, A))):
            RULES["commute"] = replace(lemma, example=lambda e=example: e)
            search.lemma_certificate = lambda name, c=certificate: c
            if holes.accepted(Equation(A @ B, B @ A), itself):
                yield f"AB = BA by {certificate}"
    finally:
        search.lemma_certificate = found
        del RULES["commute"]
        kernel._proved_lemmas.discard("commute")


def claims_of_windows() -> Iterator[str]:
    """Adjoints, borders, ties and paddings: what is true of windows is proved, and what is false is not."""
    for name, (lhs, rhs) in windows.TRUE.items():
        if windows.proved(lhs, rhs) != ():
            yield f"not proved: {name}"
    for name, (lhs, rhs) in windows.FALSE.items():
        if windows.proved(lhs, rhs) is not None:
            yield f"proved: {name}"
    for test in (
        windows.test_each_pooling_that_is_differentiated_has_a_condition_of_its_own,
        windows.test_poolings_of_equal_values_do_not_share_their_ties,
        windows.test_ties_are_not_passed_on_by_equal_values,
        windows.test_a_padding_of_zero_cancels_nothing,
        windows.test_a_cofactor_does_not_divide_by_a_padding,
        windows.test_a_padding_of_zero_has_no_sign,
        windows.test_a_line_of_a_proof_knows_the_paddings_of_the_others,
    ):
        try:
            test()
        except (AssertionError, pytest.fail.Exception) as error:
            yield f"{test.__name__}: {error}"


SMALL = X.leaves()
FEW = [e for k, e in enumerate(X.expressions(SMALL, 2, analysed=40)) if k < 900 or k % 29 == 0]
OPEN_INDICES = X.expressions({k: e for k, e in X.open_leaves().items() if "A +" not in k and "A^T" not in k}, 1)


def few_expressions() -> Iterator[str]:
    """Among a few thousand small expressions, those of one class have one value."""
    for a, b in X.wrong_merges(X.grouped(FEW, Meaning().key), X.draws(3), X.draws(4, False)):
        yield f"{a} is not {b}"
    sizes = ({"n": 2}, {"n": 3}, {"n": 3})
    for a, b in X.wrong_merges(
        X.grouped(OPEN_INDICES, lambda e: Meaning()(e)), X.draws(5, True, sizes), X.draws(6, False, sizes)
    ):
        yield f"{a} is not {b}"


DETECTORS: tuple[Callable[[], Iterator[str]], ...] = (
    true_claims,
    opponents,
    rules_out_of_bounds,
    an_axiom_of_our_own,
    inequalities_without_reason,
    captures,
    lemmas_without_proof,
    printed_conditions,
    insufficient,
    false_claims,
    claims_of_windows,
    few_expressions,
)


def complaints(*detectors: Callable[[], Iterator[str]]) -> Iterator[str]:
    """What the detectors complain of; an exception is a complaint."""
    for detector in detectors:
        try:
            for complaint in detector():
                yield f"{detector.__name__}: {complaint}"
        except Exception as error:
            yield f"{detector.__name__} raised {error!r}"


# --- bugs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bug:
    """In the source of a function, `good` is replaced by `bad`. `where` is a class, or CALCULUS or OPERATIONS:
    in which of its modules the function stands does not matter."""

    where: Any
    function: str
    good: str
    bad: str

    def original(self) -> FunctionType:
        if inspect.isclass(self.where):
            return getattr(self.where, self.function)
        found = {
            value
            for name, module in list(sys.modules.items())
            if name.startswith(self.where)
            and inspect.isfunction(value := vars(module).get(self.function))
            and value.__module__ == name
            # Two modules may have a function of this name, and which are imported depends on the other tests.
            and self.good in textwrap.dedent(inspect.getsource(value))
        }
        if len(found) != 1:
            raise LookupError(f"there are {len(found)} functions {self.function}: plant this bug anew")
        return found.pop()


CALCULUS, OPERATIONS = "hw3.derivations.calculus.", "hw3.derivations.operations."


BUGS: dict[str, Bug] = {
    # Windows, ties, paddings.
    "ties are told by the value": Bug(Meaning, "condition", 'if kind != "untied":', "if True:"),
    "ties are passed on by the value": Bug(CALCULUS, "transfer", 'if kind == "untied":', "if False:"),
    "a padding has a sign": Bug(conditions.Conditions, "_may_be_known", "return kind", "return True or kind"),
    "a padding divides": Bug(CALCULUS, "_sure", "and not within(h) & vanishing", ""),
    "a padding is not told to the inside": Bug(CALCULUS, "_check", "above | scope.vanishing", "above"),
    "a window without its padding": Bug(
        sys.modules["hw3.derivations.operations.convolution"].Geometry, "window", "self.padding)", "NONE)"
    ),
    "a window with a step of one": Bug(
        sys.modules["hw3.derivations.operations.convolution"].Geometry, "window", "-self.stride", "-ONE"
    ),
    "a choice without its windows": Bug(CALCULUS, "selection", "(window, number)", "(None, number)"),
    "a mean over one axis": Bug(OPERATIONS, "_averaged", "Fraction(-2)", "Fraction(-1)"),
    "an index removed out of range": Bug(
        CALCULUS, "solved", "is_nonnegative(low) and is_nonnegative(last - high)", "True"
    ),
    "an index removed that others use": Bug(
        CALCULUS,
        "_affine_step",
        'if index < 0 or any(HEADS[work[j][0]].kind != "affine" for j in users):',
        "if index < 0:",
    ),
    # Derivatives.
    "d inverse without its sign": Bug(CALCULUS, "_derivative", "return -(left", "return (left"),
    "d inverse transposed": Bug(CALCULUS, "_derivative", "col, at[0], row)", "col, at[1], row)"),
    "d log det transposed": Bug(CALCULUS, "_derivative", "row, col, col, row)", "row, col, row, col)"),
    "d det without det": Bug(CALCULUS, "_derivative", "P.factor(h, at) * trace", "trace"),
    "the power rule without its factor": Bug(CALCULUS, "differentiate", "c * Fraction(e)", "c"),
    "the power rule with its old power": Bug(CALCULUS, "differentiate", "f - 1 if j == k", "f if j == k"),
    "the chain rule without the inner derivative": Bug(
        CALCULUS, "_derivative", "_outer(h, at, inner) * differentiate(inner, symbol, wrt)", "_outer(h, at, inner)"
    ),
    "f' is f": Bug(CALCULUS, "_outer", "order + 1", "order"),
    "the slope of the sigmoid": Bug(OPERATIONS, "_sigmoid_slope", "y - y * y", "y + y * y"),
    "a symmetric variable under d/dS": Bug(
        meaning.Meaning,
        "opened",
        "symbol(name, kind)",
        "symbol(name, kind, *(['symmetric'] if len(kind) == 2 and kind[0] is kind[1] else []))",
    ),
    "the conditions under a derivative are lost": Bug(
        derivatives.Derivative, "meaning", "m.obligations.setdefault(m.condition(kind, moved), moved)", "pass"
    ),
    "a root's slope at zero": Bug(arithmetic.Power, "smooth_where", "!= 1", "== 0"),
    # Gaussian expectations.
    "E of what is not defined": Bug(
        probability.Expectation, "meaning", "if not Conditions(m, set()).holds(condition[0], argument):", "if False:"
    ),
    "Wick without all pairings": Bug(CALCULUS, "moment", "in Counter(rest).items()", "in Counter(rest[:1]).items()"),
    "Wick without the mean": Bug(CALCULUS, "moment", "total = mean(first)", "total = ZERO"),
    "an expectation under any law": Bug(CALCULUS, "_atom", "*law", "0, 0"),
    "E of a nonlinear function at the mean": Bug(
        CALCULUS, "expectation", "inside, polynomial = inside * f, False", "inside = inside * f"
    ),
    # Index polynomials.
    "a free delta vanishes": Bug(CALCULUS, "_delta_step", "rest[k] =", "_ ="),
    "a delta keeps the wrong index's size": Bug(
        CALCULUS,
        "_delta_step",
        "sizes.pop(gone)",
        "sizes[kept] = sizes.pop(gone) if kept >= 0 else sizes.pop(gone) * 0",
    ),
    "summed indices collide": Bug(polynomial.Poly, "__mul__", "shift = len(left_sizes)", "shift = 0"),
    "a free sum gives 1": Bug(
        CALCULUS, "_normal", 'kept.extend((head_number("size", name), power, ()) for name, power in powers)', "pass"
    ),
    "closed polynomials without the sizes": Bug(
        CALCULUS, "closed", "for i in full)\n        if", "for i in full if i in poly.free())\n        if"
    ),
    "positions are one": Bug(CALCULUS, "_delta_step", "return None", "return work[:k] + work[k + 1 :]"),
    "blocks meet": Bug(CALCULUS, "_block_step", "if g != h:\n                return None", "pass"),
    "all blocks are the first": Bug(OPERATIONS, "_injection", "(parts, which)", "(parts, 0)"),
    "equal parts are one": Bug(
        CALCULUS, "canonical", "for part in parts)\n", "for part in parts)\n    named = sorted(set(named))\n"
    ),
    # Symmetries and transposes.
    "every square matrix is symmetric": Bug(
        CALCULUS, "symbol_head", "if symmetric else", "if len(sizes) == 2 and sizes[0] == sizes[1] else"
    ),
    "every inverse is symmetric": Bug(CALCULUS, "inverse", "(j, i) if turned else (i, j)", "(max(i, j), min(i, j))"),
    "a transpose forgets the indices": Bug(
        CALCULUS, "_oriented", "*(order.index(i) for i in there[1][2:])", "*range(2, len(order))"
    ),
    "a transposed inverse is not turned back": Bug(CALCULUS, "inverse", "(j, i) if turned", "(i, j) if turned"),
    "no transpose": Bug(matrices.Transpose, "meaning", "at[::-1]", "at"),
    # Atoms.
    "log splits whatever the signs": Bug(CALCULUS, "log", "if not unknown or", "if True or"),
    "roots distribute whatever the signs": Bug(
        CALCULUS, "power", "distributes = q.denominator == 1 or", "distributes = True or"
    ),
    "exp(c log t) is t": Bug(
        CALCULUS, "exp", "opened(HEADS[h].payload, at), c)", "opened(HEADS[h].payload, at), Fraction(1))"
    ),
    "a factor out of an inverse": Bug(CALCULUS, "inverse", "scaled(1 / content)", "scaled(content)"),
    "a square is positive": Bug(CALCULUS, "positive", "strict = False", "strict = True"),
    "exponentials do not add": Bug(CALCULUS, "_rebuilt", ".scaled(Fraction(e))", ""),
    # Conditions.
    "everything holds": Bug(conditions.Conditions, "holds", "= self._supposed", "= True or self._supposed"),
    "a product is invertible": Bug(CALCULUS, "_invertible", 'and c.all("invertible", *matrices)', ""),
    "a Gram matrix is definite": Bug(
        CALCULUS,
        "_definite",
        'c.holds("invertible", matrices[0]) and _is_transpose(c, *matrices)',
        "_is_transpose(c, *matrices)",
    ),
    "a sum is definite if one term is": Bug(CALCULUS, "_definite", "all(_semidefinite(c, a) for a in e.args)", "True"),
    "a negative weight is positive": Bug(CALCULUS, "_positive", 'c.all("nonnegative", *e.args)', "True"),
    # The kernel.
    "what is left is not looked at": Bug(CALCULUS, "_check", "if not left_over.is_zero:", "if False:"),
    "conditions are recorded only": Bug(
        CALCULUS, "_discharge", "if not conditions.holds", "if False and not conditions.holds"
    ),
    "cofactors hold anything": Bug(
        CALCULUS,
        "_check",
        "if not all(is_held(part, held, vanishing) for part in parts(cofactor, True, vanishing)):",
        "if False:",
    ),
    "cofactors are not validated": Bug(CALCULUS, "_check", "_validated(use.cofactor, scope)", "use.cofactor"),
    "cofactors may have loose indices": Bug(
        CALCULUS, "_validated", "set(range(len(sizes))) != {i for _, _, at in factors for i in at if i >= 0}", "False"
    ),
    "a cofactor's entry stands for all": Bug(CALCULUS, "is_held", "p[3] in (places, everywhere)", "True"),
    "a diagonal stands for the matrix": Bug(
        CALCULUS,
        "_pattern",
        "ranging.setdefault(i, len(ranging) + 1)",
        "ranging.setdefault(len(ranging), len(ranging) + 1)",
    ),
    "what vanishes is defined anywhere": Bug(CALCULUS, "check_vanishing", "in pivot.obligations.items()", "in ()"),
    "a lemma of one symbol": Bug(
        CALCULUS, "_lemma_is_proved", "len(set(rule.example())) < len(rule.example())", "False"
    ),
    "exponents may be anything": Bug(
        CALCULUS, "_multiplier", "not isinstance(exponent, int) or not 1 <= exponent <= P.LARGEST_POWER", "False"
    ),
    "what an instance needs is not discharged": Bug(CALCULUS, "_check", "in instance.obligations.items():", "in ():"),
    "denominators may be zero": Bug(CALCULUS, "_check", '_discharge(conditions, "nonzero", denominator)', "pass"),
    "a rule's conditions are skipped": Bug(CALCULUS, "_instance", "return lhs, rhs, needs", "return lhs, rhs, ()"),
    "a congruence without its proof": Bug(
        CALCULUS,
        "_instance",
        "check(Equation(a, b, equation.given), use.inside, proving, conditions.vanishing)",
        "Checked()",
    ),
    "a rule at any shapes": Bug(Rule, "at", "require_shapes(self.name, self.example(), parameters)", "pass"),
    "a condition vouches for itself": Bug(CALCULUS, "transfer", "_discharge(conditions, inner_kind, supposed)", "pass"),
    "a condition of one entry is one of all": Bug(CALCULUS, "place_of", "i if free else EVERY", "EVERY"),
    "a sum in a rule captures": Bug(CALCULUS, "_sum_of_entries", 'Fresh("i")', '"i"'),
    "an expectation in a rule captures": Bug(CALCULUS, "_mgf", 'Fresh("x")', '"x"'),
    "the terms of a bound suppose": Bug(CALCULUS, "check_nonnegative", "in stated.obligations.items()", "in ()"),
    "weights may be negative": Bug(
        CALCULUS, "check_nonnegative", 'if not conditions.holds("pos', 'if False and not conditions.holds("pos'
    ),
    "a lemma without its proof": Bug(CALCULUS, "_instance", "_lemma_is_proved(use.rule, proving)", "pass"),
    "a lemma by itself": Bug(
        CALCULUS,
        "_lemma_is_proved",
        "if name in proving:\n        raise",
        "if name in proving:\n        return\n        raise",
    ),
    "no conditions are printed": Bug(CALCULUS, "_check", "if not declared.holds(c[0], e)", "if False"),
}


def with_wrong_axiom() -> Rule:
    rule = RULES["logdet-scale"]
    return replace(rule, sides=lambda c, a: (logdet(product(c, a)), add(log(c), logdet(a))))


def plant(bug: Bug, patch: pytest.MonkeyPatch) -> None:
    """Replaces the function wherever the calculus holds it: as a name, in a table, in a class."""
    original = bug.original()
    source = textwrap.dedent(inspect.getsource(original))
    if source.count(bug.good) != 1:
        raise LookupError(f"{bug.function} has {source.count(bug.good)} times {bug.good!r}: plant this bug anew")
    scope: dict[str, Any] = {}
    exec(
        compile(source.replace(bug.good, bug.bad), f"<{bug.function}, with a bug>", "exec"), original.__globals__, scope
    )
    changed = scope[bug.function]
    if inspect.isclass(bug.where):
        patch.setattr(bug.where, bug.function, changed)
    for name, module in list(sys.modules.items()):
        if not name.startswith("hw3.derivations"):
            continue
        for key, value in list(vars(module).items()):
            if value is original:
                patch.setattr(module, key, changed)
            elif isinstance(value, dict):
                for k, v in list(value.items()):
                    if v is original:
                        patch.setitem(value, k, changed)
                    elif is_dataclass(v) and original in vars(v).values():
                        held = {f: changed for f, w in vars(v).items() if w is original}
                        patch.setitem(value, k, replace(v, **held))
            elif isinstance(value, list) and original in value:
                patch.setattr(module, key, [changed if v is original else v for v in value])


def forget(patch: pytest.MonkeyPatch) -> None:
    """Whatever the calculus remembers from one call to the next. Its tables of heads and closed polynomials
    hold contents, not results, and need no forgetting."""
    positive_heads: set[int] = set()
    patch.setattr(kernel, "_proved_lemmas", set())
    for name, module in list(sys.modules.items()):
        if name.startswith("hw3.derivations"):
            if hasattr(module, "_positive_heads"):
                patch.setattr(module, "_positive_heads", positive_heads)
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as context:
        forget(context)
        yield context
    with pytest.MonkeyPatch.context() as context:
        forget(context)


def test_without_a_bug_nothing_is_complained_of(patch: pytest.MonkeyPatch) -> None:
    assert list(complaints(*DETECTORS)) == []


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS.keys())
def test_a_planted_bug_is_noticed(bug: Bug, patch: pytest.MonkeyPatch) -> None:
    plant(bug, patch)
    assert next(complaints(*DETECTORS), None) is not None


def test_a_wrong_axiom_is_noticed(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RULES, "logdet-scale", with_wrong_axiom())
    assert next(complaints(*DETECTORS), None) is not None


# Bugs that make the kernel accept what is false, and cost no proof of what is true: without the checks that
# look for acceptance, nobody would see them.
SILENT = (
    "everything holds",
    "conditions are recorded only",
    "cofactors hold anything",
    "cofactors are not validated",
    "a rule at any shapes",
    "a condition vouches for itself",
    "a sum in a rule captures",
    "what an instance needs is not discharged",
    "denominators may be zero",
    "a rule's conditions are skipped",
    "a congruence without its proof",
    "a lemma without its proof",
    "a Gram matrix is definite",
    "a sum is definite if one term is",
    "closed polynomials without the sizes",
    "roots distribute whatever the signs",
    "what is left is not looked at",
)


@pytest.mark.parametrize("name", SILENT)
def test_true_claims_alone_would_not_notice(name: str, patch: pytest.MonkeyPatch) -> None:
    plant(BUGS[name], patch)
    assert list(complaints(true_claims)) == []
