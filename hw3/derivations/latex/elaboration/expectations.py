"""Expectations, variances and covariances, over a law that is named or over what is random in them."""

from __future__ import annotations

from collections.abc import Callable

from hw3.derivations.language.expression import Expr, Fresh, substitute, walk
from hw3.derivations.language.sizes import ONE, axes
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict, Undeclared
from hw3.derivations.latex.elaboration.generic_laws import over_atoms, over_family
from hw3.derivations.latex.elaboration.laws import (
    bernoulli,
    law,
)
from hw3.derivations.latex.elaboration.probability_names import (
    COVARIANCES,
    EXPECTATIONS,
    VARIANCES,
    is_free,
)
from hw3.derivations.latex.scope import Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    expectation,
    number,
    product,
    symbol,
    transpose,
)


def expectation_of(e: Elaborator, node: s.Node) -> tuple[s.Node | None] | None:
    """The subscript of an expectation sign (in a tuple of one), or None if the node is none."""
    base, sub = (node.base, node.sub) if isinstance(node, s.Script) else (node, None)
    key = s.key(base)
    if key not in EXPECTATIONS or e.known(key) or e.known(s.key(node)):
        return None
    if isinstance(node, s.Script) and (node.sup is not None or node.primes):
        raise ReadingError("a superscript on an expectation is not read", node.place)
    return (sub,)


def expected(e: Elaborator, body: s.Node, sub: s.Node | None, node: s.Node) -> Expr:
    """The expectation of a body; `sub` says over what, else the one random variable in it."""
    if isinstance(body, s.Sequence) and "|" in body.seps:
        raise ReadingError("a conditional expectation is not read", node.place)
    if sub is None:
        return implied(e, e(body), node)
    name, found = law_over(e, sub, node)
    return over(e, name, found, body)


def over(e: Elaborator, name: s.Node, found: Expr, body: s.Node) -> Expr:
    """E of a body over a name with a law."""
    key = s.key(name)
    if key is None:
        raise ReadingError("an expectation is over a name", name.place)
    declared = e.find(key)
    if isinstance(declared, Variable) and not declared.family and declared.shape == e.holes.settle(found).shape:
        x = declared.symbol(0)  # what is defined by x is then bound with it
        x = symbol(key, x.shape, *e.variable(declared).data[2])
    else:
        x = symbol(Fresh(key), found.shape)
    with e.binding():
        e.local[key] = x
        value = e(body)
    found, value = e.holes.settle(found), e.holes.settle(value)
    return expectation(e.holes.settle(x), found, value)


def law_over(e: Elaborator, sub: s.Node, node: s.Node) -> tuple[s.Node, Expr]:
    """The variable and the law that the foot of an expectation names."""
    match sub:
        case s.Relation(items=(name, stated), ops=("~",)):
            return name, law(e, stated)
        case s.Juxt(items=(head, s.Fence(open="(", body=name))):
            return name, law(e, head)
        case _:
            key = s.key(sub)
            found = e.find(key or "")
            if isinstance(found, Variable) and found.law is not None:
                e.lookup(key)
                return sub, law(e, found.law)
            raise ReadingError("over which law is this expectation? write E_{x \\sim N(mu, Sigma)}", node.place)


def implied(e: Elaborator, value: Expr, node: s.Node) -> Expr:
    """The expectation over the random variables that occur.

    Raises:
        Ambiguous: several occur, and how they depend on each other is not known.
    """
    value = e.holes.settle(value)
    names = {n.data[0] for n in walk(value) if n.operation.name == "symbol" and isinstance(n.data[0], str)}
    variables = [b for b in e.scope.all_names().values() if isinstance(b, Variable)]
    occurring = [b for b in variables if b.key in names and (b.law is not None or b.random)]
    governed = [b for b in occurring if b.law is None and e.scope.laws_of(b.key)]
    occurring = [b for b in occurring if b not in governed]
    if not occurring:
        if len(governed) == 1:
            first = min(e.scope.laws_of(governed[0].key))
            e.guess(f"an expectation without a law is read as over {first}")
            stated = law(e, s.Name(node.place, node.end, first))
            return expectation(e.variable(governed[0]), stated, value)
        if governed or not any(b.random or b.law is not None for b in variables):
            raise ReadingError("over which law is this expectation? write E_{x \\sim N(mu, Sigma)}", node.place)
        return value  # the expectation of a constant
    keys = [b.key for b in occurring]
    unknown = [k for k in e.reading.defaults if k in names and k[:1].isupper()]
    if unknown and not any(b.shape for b in occurring):
        raise Undeclared(unknown[0], node.place)  # beside a number that is random it may be random too
    if governed or (len(keys) > 1 and not e.scope.together(keys) and any(map(_has_own_law(e), occurring))):
        raise Ambiguous("several random variables are in this expectation: say over which it is", node.place)
    apart = len(keys) == 1 or e.scope.together(keys)
    for variable in occurring if apart else ():
        value = _over_one(e, variable, value, node)
    return value if apart else over_atoms(e, _dependent(e), value)


def _has_own_law(e: Elaborator) -> Callable[[Variable], bool]:
    """Whether a random variable has a law that is not part of the joint one of all about which nothing is said."""
    return lambda b: b.law is not None or b.family or b.key not in {other.key for other in _dependent(e)}


def _dependent(e: Elaborator) -> list[Variable]:
    """The random variables without a law that may depend on each other in any way."""
    return [
        b
        for b in e.scope.all_names().values()
        if isinstance(b, Variable)
        and b.random
        and b.law is None
        and not b.family
        and not e.scope.laws_of(b.key)
        and not any(b.key in found for found in e.scope.all_independent())
    ]


def _over_one(e: Elaborator, variable: Variable, value: Expr, node: s.Node) -> Expr:
    """The expectation over one random variable, of which the others are independent."""
    e.lookup(variable.key)
    if variable.law is None:
        if variable.family:
            return over_family(e, variable, value, node)
        joint = _dependent(e)
        return over_atoms(e, joint if variable.key in {b.key for b in joint} else [variable], value)
    chance = bernoulli(e, variable.law)
    if chance is not None:
        at0, at1 = (substitute(value, e.variable(variable), number(v)) for v in (0, 1))
        return product(number(1) - chance, at0) + product(chance, at1)
    x, stated = e.variable(variable), law(e, variable.law)
    if stated.shape != x.shape and not _same_place(e, stated, x):
        raise ShapeConflict(f"{variable.key} has another shape than its law", node.place, (stated.shape, x.shape))
    return expectation(x, e.holes.settle(stated), e.holes.settle(value))


def _same_place(e: Elaborator, stated: Expr, x: Expr) -> bool:
    """Whether a law is one of the variable: of N(0, I) the size is the variable's."""
    if len(stated.shape) == len(x.shape) == 1:
        return e.holes.unify_shapes(stated.shape, x.shape)
    return False


def angled(e: Elaborator, node: s.Fence, sub: s.Node | None) -> Expr:
    r"""\langle f \rangle_{p(x)}, an expectation, or \langle x, y \rangle, the inner product."""
    body = node.body
    if (
        isinstance(body, s.Sequence)
        and len(body.items) == 2
        and body.seps[0] in (",", "|")
        and (sub is None or s.label(sub) in ("F", "2"))
    ):
        a, b = e.alike([e(n) for n in body.items], node, "an inner product")
        if len(a.shape) == 2 and ONE not in a.shape:
            from hw3.derivations.operations import trace

            return trace(product(transpose(a), b))
        return product(transpose(a), b)
    return expected(e, body, sub, node)


def variance(e: Elaborator, fence: s.Fence, node: s.Node) -> Expr:
    """Var(X) and Cov(X) = E[(X - E X)(X - E X)^T], Cov(X, Y) = E[(X - E X)(Y - E Y)^T]."""
    items = fence.body.items if isinstance(fence.body, s.Sequence) else (fence.body,)
    if len(items) > 2 or (isinstance(fence.body, s.Sequence) and fence.body.seps != (",",)):
        raise ReadingError("a covariance is read of one or two", node.place)
    values = [e(n) for n in items]
    if len(values) == 1:
        values = values * 2
    left, right = (e.holes.settle(v) - implied(e, v, node) for v in values)
    outer = product(left, transpose(right)) if axes(left.shape) or axes(right.shape) else product(left, right)
    return implied(e, outer, node)


def variance_over(e: Elaborator, node: s.Node) -> s.Node | None:
    """The subscript of Var_{x ~ p}, or None."""
    if isinstance(node, s.Script) and node.sub is not None and node.sup is None and not node.primes:
        key = s.key(node.base)
        if key is not None and is_free(e, key, VARIANCES | COVARIANCES) and not e.known(s.key(node)):
            return node.sub
    return None


def variance_of(e: Elaborator, body: s.Node, sub: s.Node, node: s.Node) -> Expr:
    """Var_{x ~ p}[f(x)] = E[(f - E f)(f - E f)^T]."""
    if isinstance(body, s.Sequence):
        raise ReadingError("a variance with a law at its foot is read of one", node.place)
    name, found = law_over(e, sub, node)
    mean = over(e, name, found, body)
    key = s.key(name) or "x"
    x = symbol(Fresh(key), e.holes.settle(found).shape)
    with e.binding():
        e.local[key] = x
        value = e(body)
    apart = e.holes.settle(value) - e.holes.settle(mean)
    outer = product(apart, transpose(apart)) if axes(apart.shape) else product(apart, apart)
    return expectation(e.holes.settle(x), e.holes.settle(found), outer)
