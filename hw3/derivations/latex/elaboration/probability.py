r"""Laws, densities, expectations, variances, divergences, entropies, integrals of a density times a function."""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.language.expression import Expr, Fresh, substitute, walk
from hw3.derivations.language.sizes import ONE, Shape, Size, axes, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator, literal_value
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict
from hw3.derivations.latex.scope import Definition, LawName, Scope, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    entry,
    exp,
    expectation,
    index,
    kl,
    log_density,
    normal,
    number,
    ones,
    product,
    sample,
    sum_over,
    symbol,
    transpose,
    zeros,
)

_NORMAL = {"\\mathcal{N}", "N", "\\mathcal{N}_{n}", "\\N", "\\Normal", "\\normal", "\\mathscr{N}", "Normal"}
_EXPECTATIONS = {"\\mathbb{E}", "E", "\\E", "\\mathbf{E}", "\\Exp", "\\mathcal{E}", "\\EE"}
_BERNOULLI = {"Bernoulli", "Ber", "Bern", "\\mathcal{B}"}
_DIVERGENCES = {"KL", "D_{KL}", "D_{\\mathrm{KL}}", "\\mathrm{KL}", "\\KL", "D_{K L}", "\\mathbb{KL}", "d_{KL}", "D"}
_VARIANCES = {"Var", "var", "\\mathbb{V}", "\\Var", "V", "\\mathrm{Var}"}
_COVARIANCES = {"Cov", "cov", "\\Cov", "\\mathbb{C}"}
_ENTROPIES = {"h", "H", "\\mathbb{H}", "\\mathcal{H}"}


OPERATORS = _EXPECTATIONS | _VARIANCES | _COVARIANCES | _DIVERGENCES | _NORMAL


def application(e: Elaborator, nodes: Sequence[s.Node], k: int, rest: object) -> tuple[Expr, int] | None:
    """The value of what probability knows, applied to the bracket behind it; None if it is none of that."""
    node = nodes[k]
    bracket = nodes[k + 1] if k + 1 < len(nodes) else None
    fence = bracket.base if isinstance(bracket, s.Script) else bracket
    key = s.key(node)
    found: Expr | None = None
    if isinstance(fence, s.Fence) and fence.open in ("(", "[", "{"):
        if key is not None and _is(e, key, _NORMAL):
            found = _density(e, fence, node)
        elif key is not None and _is(e, key, _DIVERGENCES):
            found = _divergence(e, fence, node)
        elif (sub := _expectation_of(e, node)) is not None:
            found = expected(e, fence.body, sub[0], node)
        elif key is not None and _is(e, key, _VARIANCES | _COVARIANCES):
            found = _variance(e, fence, node)
        elif key is not None and _is(e, key, _ENTROPIES) and _law_in(e, fence.body) is not None:
            found = _entropy(e, fence, node)
        elif key is not None and (law := _named_law(e, node)) is not None:
            point = e(fence.body)
            found = exp(log_density(_fitted(e, law, point), e.holes.settle(point)))
        elif (spread := _variance_over(e, node)) is not None:
            found = _variance_of(e, fence.body, spread, node)
    elif (sub := _expectation_of(e, node)) is not None and bracket is not None and sub[0] is not None:
        rest = s.Juxt(bracket.place, nodes[-1].end, tuple(nodes[k + 1 :])) if k + 2 < len(nodes) else bracket
        return expected(e, rest, sub[0], node), -1
    if found is None:
        return None
    if isinstance(bracket, s.Script):
        from hw3.derivations.latex.elaboration.products import with_script

        found = with_script(e, found, bracket)
    return found, k + 2


def _is(e: Elaborator, key: str, names: set[str]) -> bool:
    return key in names and not e.known(key)


# --- laws ---------------------------------------------------------------------------------------------


def law(e: Elaborator, node: s.Node) -> Expr:
    """The law that a node names: N(mu, Sigma), P, p, p(x).

    Raises:
        ReadingError: it names none.
    """
    found = _try_law(e, node)
    if found is None:
        raise ReadingError("this is not known as a law: normal laws are, N(mu, Sigma)", node.place)
    return found


def _try_law(e: Elaborator, node: s.Node) -> Expr | None:
    if isinstance(node, s.Juxt) and len(node.items) == 2:
        head, bracket = node.items
        key = s.key(head)
        if isinstance(bracket, s.Fence) and bracket.open in ("(", "["):
            if key is not None and (_is(e, key, _NORMAL) or key.startswith("\\mathcal{N}_")):
                return _normal(e, bracket, node)
            return _named_law(e, head)
        return None
    if isinstance(node, s.Fence) and node.open in ("(", "["):
        return _try_law(e, node.body)
    return _named_law(e, node)


def _named_law(e: Elaborator, node: s.Node) -> Expr | None:
    key = s.key(node)
    if key is None or key in e.local:
        return None
    found = e.find(key)
    if isinstance(found, LawName):
        e.lookup(key)
        inner = e.within(found.scope)
        value = law(inner, found.law)
        e.used.update(inner.used)
        e.guesses.update(inner.guesses)
        return e.holes.settle(value)
    if isinstance(found, Variable) and found.law is not None and found.random:
        e.lookup(key)
        return law(e, found.law)
    if isinstance(found, Definition) and not found.params and not found.indices and _is_law(found.body):
        e.lookup(key)
        inner = e.within(found.scope)
        value = law(inner, found.body)
        e.used.update(inner.used)
        return e.holes.settle(value)
    for f in e.scope.functions(key):
        if len(f.params) == 1:
            return _density_law(e, f)
    return None if found is not None or e.scope.functions(key) else _twin(e, node, key)


def _twin(e: Elaborator, node: s.Node, key: str) -> Expr | None:
    """The law that p stands for where P is one; f_X for the law of X; p where there is but one random variable."""
    if isinstance(node, s.Script) and node.sub is not None and node.sup is None and s.key(node.base) in ("f", "p"):
        named = e.find(s.label(node.sub) or "")
        if isinstance(named, Variable) and named.law is not None:
            e.lookup(named.key)
            return law(e, named.law)
        return None
    if len(key) != 1 or not key.islower():
        return None
    if isinstance(e.find(key.upper()), LawName):
        e.guess(f"{key} is read as the density of {key.upper()}")
        return _named_law(e, s.Name(node.place, node.end, key.upper()))
    variable = e.find(key.upper())
    if isinstance(variable, Variable) and variable.law is not None:  # h(x) for h(X)
        e.lookup(variable.key)
        e.guess(f"{key} is read as a value of {variable.key}")
        return law(e, variable.law)
    random = [b for b in e.scope.all_names().values() if isinstance(b, Variable) and b.law is not None]
    if key in ("p", "f", "q") and len(random) == 1 and not e.scope.laws_of(random[0].key):
        assert random[0].law is not None
        e.lookup(random[0].key)
        e.guess(f"{key} is read as the density of {random[0].key}")
        return law(e, random[0].law)
    return None


def _is_law(node: s.Node) -> bool:
    """Whether a node is written as a law: N(mu, Sigma)."""
    if not (isinstance(node, s.Juxt) and len(node.items) == 2 and s.key(node.items[0]) in _NORMAL):
        return False
    bracket = node.items[1]
    return isinstance(bracket, s.Fence) and isinstance(bracket.body, s.Sequence) and len(bracket.body.items) == 2


def _density_law(e: Elaborator, f: Definition) -> Expr | None:
    """The law of which f(x) = N(x; mu, Sigma) is the density, or None."""
    body = f.body
    if not (isinstance(body, s.Juxt) and len(body.items) == 2 and s.key(body.items[0]) in _NORMAL):
        return None
    bracket = body.items[1]
    if not isinstance(bracket, s.Fence):
        return None
    parts = _parameters(bracket)
    if parts is None or s.key(parts[0]) != s.key(f.params[0]):
        return None
    e.lookup(f.key)
    inner = e.within(f.scope)
    value = _made(inner, parts[1], parts[2], body)
    e.used.update(inner.used)
    return e.holes.settle(value)


def _normal(e: Elaborator, bracket: s.Fence, node: s.Node) -> Expr:
    """N(mu, Sigma) as a law; in N(x; mu, Sigma) the x is its variable."""
    items = bracket.body.items if isinstance(bracket.body, s.Sequence) else ()
    if len(items) == 3:
        items = items[1:]
    if len(items) != 2:
        raise ReadingError("a normal law has a mean and a covariance: N(mu, Sigma)", node.place)
    return _made(e, items[0], items[1], node)


def _made(e: Elaborator, mean_node: s.Node, covariance_node: s.Node, node: s.Node) -> Expr:
    mean, covariance = e(mean_node), e(covariance_node)
    if not mean.shape and len(covariance.shape) == 2 and literal_value(mean) == 0:
        e.holes.unify(*covariance.shape)
        covariance = e.holes.settle(covariance)
        mean = zeros(covariance.shape[0])
    mean, covariance = e.holes.settle(mean), e.holes.settle(covariance)
    if len(mean.shape) == 1 and len(covariance.shape) == 2:
        n = mean.shape[0]
        if not (e.holes.unify(n, covariance.shape[0]) and e.holes.unify(n, covariance.shape[1])):
            told = f"a mean of {show_shape(mean.shape)} and a covariance of {show_shape(covariance.shape)}"
            raise ShapeConflict(told, node.place, (mean.shape, covariance.shape))
    return normal(e.holes.settle(mean), e.holes.settle(covariance))


def _parameters(bracket: s.Fence) -> tuple[s.Node, s.Node, s.Node] | None:
    """x, mu, Sigma of N(x; mu, Sigma) or N(x | mu, Sigma)."""
    body = bracket.body
    if isinstance(body, s.Sequence) and len(body.items) == 3 and body.seps[0] in (";", "|", ","):
        return body.items[0], body.items[1], body.items[2]
    return None


def _density(e: Elaborator, bracket: s.Fence, node: s.Node) -> Expr:
    parts = _parameters(bracket)
    if parts is None:
        raise ReadingError("a density is read as N(x; mu, Sigma)", node.place)
    point, found = e(parts[0]), _made(e, parts[1], parts[2], node)
    found = _fitted(e, found, point)
    point = e.holes.settle(point)
    if literal_value(point) is not None and found.shape:
        point = e.spread(point, found.shape, node)
    return exp(log_density(found, point))


def _fitted(e: Elaborator, found: Expr, point: Expr) -> Expr:
    if axes(found.shape) and axes(point.shape):
        e.holes.unify_shapes(found.shape, point.shape)
    return e.holes.settle(found)


# --- expectations -------------------------------------------------------------------------------------


def _expectation_of(e: Elaborator, node: s.Node) -> tuple[s.Node | None] | None:
    """The subscript of an expectation sign (in a tuple of one), or None if the node is none."""
    base, sub = (node.base, node.sub) if isinstance(node, s.Script) else (node, None)
    key = s.key(base)
    if key not in _EXPECTATIONS or e.known(key) or e.known(s.key(node)):
        return None
    if isinstance(node, s.Script) and (node.sup is not None or node.primes):
        raise ReadingError("a superscript on an expectation is not read", node.place)
    return (sub,)


def expected(e: Elaborator, body: s.Node, sub: s.Node | None, node: s.Node) -> Expr:
    """The expectation of a body; `sub` says over what, else the one random variable in it."""
    if isinstance(body, s.Sequence) and "|" in body.seps:
        raise ReadingError("a conditional expectation is not read", node.place)
    if sub is None:
        return _implied(e, e(body), node)
    name, found = _over(e, sub, node)
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


def _over(e: Elaborator, sub: s.Node, node: s.Node) -> tuple[s.Node, Expr]:
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


def _implied(e: Elaborator, value: Expr, node: s.Node) -> Expr:
    """The expectation over the random variables that occur."""
    value = e.holes.settle(value)
    names = {n.data[0] for n in walk(value) if n.operation.name == "symbol" and isinstance(n.data[0], str)}
    random = [b for k, b in e.scope.all_names().items() if isinstance(b, Variable) and k in names and b.law is not None]
    if not random:
        generic = [
            b
            for k, b in e.scope.all_names().items()
            if isinstance(b, Variable) and k in names and b.random and not e.scope.laws_of(k)
        ]
        if len(generic) == 1:
            return _over_atoms(e, generic[0], value)
    if not random:
        governed = [k for k in sorted(names) if e.scope.laws_of(k)]
        if len(governed) == 1:
            first = min(e.scope.laws_of(governed[0]))
            e.guess(f"an expectation without a law is read as over {first}")
            variable = e.find(governed[0])
            stated = law(e, s.Name(node.place, node.end, first))
            assert isinstance(variable, Variable)
            return expectation(e.variable(variable), stated, value)
    if len(random) > 1:
        raise Ambiguous("several random variables are in this expectation: say over which it is", node.place)
    if not random:
        laws = [b for b in e.scope.all_names().values() if isinstance(b, Variable) and b.law is not None]
        if len(laws) == 1 or any(isinstance(b, Variable) and b.random for b in e.scope.all_names().values()):
            return value  # the expectation of a constant
        raise ReadingError("over which law is this expectation? write E_{x \\sim N(mu, Sigma)}", node.place)
    found = random[0]
    e.lookup(found.key)
    assert found.law is not None
    chance = _bernoulli(e, found.law)
    if chance is not None:
        at0, at1 = (substitute(value, e.variable(found), number(v)) for v in (0, 1))
        return product(number(1) - chance, at0) + product(chance, at1)
    x, stated = e.variable(found), law(e, found.law)
    if stated.shape != x.shape and not _same_place(e, stated, x):
        raise ShapeConflict(f"{found.key} has another shape than its law", node.place, (stated.shape, x.shape))
    return expectation(x, e.holes.settle(stated), e.holes.settle(value))


def _over_atoms(e: Elaborator, variable: Variable, value: Expr) -> Expr:
    """The expectation over a random variable of which no law is known: sum_a w_a f(x_a) for any values and weights.

    What holds for every law with finitely many values holds for all that have the moments in it.
    """
    key = variable.key
    n = Size.symbol(f"N_{{{key}}}")
    weights = symbol(f"w_{{{key}}}", (n,), "positive")
    atoms = symbol(f"{key}^{{\\ast}}", (n, *variable.shape))
    a = index(Fresh("a"), n)
    at = sample(atoms, a) if variable.shape else entry(atoms, a)
    body = substitute(value, e.variable(variable), at)
    fact = ("equation", product(transpose(ones(n)), weights), number(1))
    if fact not in e.reading.facts:
        e.reading.facts.append(fact)
    e.lookup(key)
    e.reading.told[f"{key} takes finitely many values"] = None
    return sum_over(a, product(entry(weights, a), body))


def _same_place(e: Elaborator, stated: Expr, x: Expr) -> bool:
    """Whether a law is one of the variable: of N(0, I) the size is the variable's."""
    if len(stated.shape) == len(x.shape) == 1:
        return e.holes.unify_shapes(stated.shape, x.shape)
    return False


def _bernoulli(e: Elaborator, stated: s.Node) -> Expr | None:
    """The chance of a 1 under Bernoulli(p), or None for another law."""
    if not (isinstance(stated, s.Juxt) and len(stated.items) == 2 and s.key(stated.items[0]) in _BERNOULLI):
        return None
    bracket = stated.items[1]
    return e(bracket.body) if isinstance(bracket, s.Fence) else None


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


def _variance(e: Elaborator, fence: s.Fence, node: s.Node) -> Expr:
    """Var(X) and Cov(X) = E[(X - E X)(X - E X)^T], Cov(X, Y) = E[(X - E X)(Y - E Y)^T]."""
    items = fence.body.items if isinstance(fence.body, s.Sequence) else (fence.body,)
    if len(items) > 2 or (isinstance(fence.body, s.Sequence) and fence.body.seps != (",",)):
        raise ReadingError("a covariance is read of one or two", node.place)
    values = [e(n) for n in items]
    if len(values) == 1:
        values = values * 2
    left, right = (e.holes.settle(v) - _implied(e, v, node) for v in values)
    outer = product(left, transpose(right)) if axes(left.shape) or axes(right.shape) else product(left, right)
    return _implied(e, outer, node)


# --- divergences and entropies --------------------------------------------------------------------------


def _variance_over(e: Elaborator, node: s.Node) -> s.Node | None:
    """The subscript of Var_{x ~ p}, or None."""
    if isinstance(node, s.Script) and node.sub is not None and node.sup is None and not node.primes:
        key = s.key(node.base)
        if key is not None and _is(e, key, _VARIANCES | _COVARIANCES) and not e.known(s.key(node)):
            return node.sub
    return None


def _variance_of(e: Elaborator, body: s.Node, sub: s.Node, node: s.Node) -> Expr:
    """Var_{x ~ p}[f(x)] = E[(f - E f)(f - E f)^T]."""
    if isinstance(body, s.Sequence):
        raise ReadingError("a variance with a law at its foot is read of one", node.place)
    name, found = _over(e, sub, node)
    mean = over(e, name, found, body)
    key = s.key(name) or "x"
    x = symbol(Fresh(key), e.holes.settle(found).shape)
    with e.binding():
        e.local[key] = x
        value = e(body)
    apart = e.holes.settle(value) - e.holes.settle(mean)
    outer = product(apart, transpose(apart)) if axes(apart.shape) else product(apart, apart)
    return expectation(e.holes.settle(x), e.holes.settle(found), outer)


def _divergence(e: Elaborator, fence: s.Fence, node: s.Node) -> Expr:
    body = fence.body
    if not isinstance(body, s.Sequence) or len(body.items) != 2:
        raise ReadingError("a divergence is between two laws: KL[p \\| q]", node.place)
    if body.seps[0] not in ("‖", "|", ",", ";", ":"):
        raise ReadingError("a divergence is between two laws: KL[p \\| q]", node.place)
    p, q = (law(e, n) for n in body.items)
    if axes(p.shape) and axes(q.shape):
        e.holes.unify_shapes(p.shape, q.shape)
    return kl(e.holes.settle(p), e.holes.settle(q))


def _law_in(e: Elaborator, node: s.Node) -> Expr | None:
    try:
        return _try_law(e, node)
    except ReadingError:
        return None


def _entropy(e: Elaborator, fence: s.Fence, node: s.Node) -> Expr:
    """h(X) = -E log p(X)."""
    found = law(e, fence.body)
    x = symbol(Fresh("x"), found.shape)
    return -expectation(x, found, log_density(found, x))


# --- integrals ------------------------------------------------------------------------------------------


def integral(e: Elaborator, node: s.Node, rest: object) -> Expr:
    r"""\int p(x) f(x) dx: the expectation of f over the law with the density p."""
    from hw3.derivations.latex.elaboration.products import Groups, read

    assert isinstance(rest, Groups)
    _require_everywhere(node)
    groups = [list(g) for g in rest.groups]
    name = _differential(groups)
    if name is None:
        raise ReadingError("this integral has no dx", node.place)
    key = s.key(name)
    for g, group in enumerate(groups):
        for k, item in enumerate(group):
            found, width = _density_at(e, group, k, key)
            if found is None:
                continue
            before = rest.ops[g - 1] if g else "·"
            if before not in ("·", "×", "*"):
                break
            del item
            group[k : k + width] = []
            left = Groups(tuple(tuple(x) for x in groups if x), tuple("·" for x in groups if x)[1:], rest.node)
            x = symbol(Fresh(key or "x"), found.shape)
            with e.binding():
                e.local[key or "x"] = x
                value = number(1) if left.empty else read(e, left)
            return expectation(e.holes.settle(x), e.holes.settle(found), e.holes.settle(value))
    raise ReadingError("an integral is read of a normal density times a function", node.place)


def _require_everywhere(node: s.Node) -> None:
    r"""Raises unless an integral is over all of the space: no limits, a space at its foot, -\infty to \infty."""
    if not isinstance(node, s.Script) or (node.sub is None and node.sup is None):
        return
    sub, sup = s.label(node.sub) or "", s.label(node.sup) or ""
    space = node.sub.base if isinstance(node.sub, s.Script) else node.sub
    if sup == "" and (s.key(space) if space is not None else "") in _SPACES:
        return
    if sub.replace(" ", "") == "-\\infty" and sup.lstrip("+") == "\\infty":
        return
    raise ReadingError("an integral is read over all of the space alone", node.place)


_SPACES = {"\\mathbb{R}", "\\R", "\\mathcal{X}", "\\mathcal{Y}", "\\mathcal{Z}", "\\Omega", "\\mathbf{R}"}


def _differential(groups: list[list[s.Node]]) -> s.Node | None:
    """Takes the dx at the end (or the beginning) of an integral, and gives its x."""
    for group in (groups[-1], groups[0]):
        for k in (len(group) - 2, 0):
            if 0 <= k < len(group) - 1:
                d, name = group[k], group[k + 1]
                if isinstance(d, s.Name) and d.text in ("d", "\\d", "\\dd") and s.key(name) is not None:
                    del group[k : k + 2]
                    return name
    return None


def _density_at(e: Elaborator, group: list[s.Node], k: int, key: str | None) -> tuple[Expr | None, int]:
    """The law whose density at the variable stands at the k-th thing of a group, and how many things it takes."""
    if k + 1 >= len(group) or not isinstance(group[k + 1], s.Fence):
        return None, 0
    head, bracket = group[k], group[k + 1]
    assert isinstance(bracket, s.Fence)
    if s.key(head) in _NORMAL and not e.known(s.key(head)):
        parts = _parameters(bracket)
        if parts is not None and s.key(parts[0]) == key:
            return _made(e, parts[1], parts[2], head), 2
        return None, 0
    if s.key(bracket.body) != key:
        return None, 0
    return _named_law(e, head), 2


__all__ = ["angled", "application", "expected", "integral", "law", "substitute"]


def known_operator(e: Elaborator, key: str, bracket: s.Node) -> bool:
    """Whether name(...) is an expectation, a variance, an entropy, a density of what is known here."""
    if not isinstance(bracket, s.Fence):
        return False
    if _is(e, key, _EXPECTATIONS | _DIVERGENCES | _VARIANCES | _COVARIANCES | _NORMAL):
        if key in _DIVERGENCES and isinstance(bracket.body, s.Sequence):
            return any(_law_in(e, n) is not None for n in bracket.body.items)
        if key in _NORMAL:
            return isinstance(bracket.body, s.Sequence) and len(bracket.body.items) == 3
        if key in ("E", "V", "D") and isinstance(bracket.body, s.Sequence):
            return False
        return key not in ("V", "N", "D", "E") or _speaks_of_law(e, bracket)
    if key.startswith(("f_{", "p_{")) and not e.known(key):
        named = e.find(key[3:-1])
        return isinstance(named, Variable) and named.law is not None
    return _is(e, key, _ENTROPIES) and _law_in(e, bracket.body) is not None


def _speaks_of_law(e: Elaborator, bracket: s.Fence) -> bool:
    names = {s.key(n) for n in s.walk(bracket.body)}
    return any(isinstance(b, Variable) and b.law is not None and k in names for k, b in e.scope.all_names().items())


def shapes_of_law(scope: Scope, name: s.Node | None, stated: s.Node) -> None:
    """Gives the names in a law the shapes that it fixes: of X in R^n with the law N(mu, Sigma), mu is in R^n.

    Raises:
        ReadingError: the law is not read.
    """
    if not (isinstance(stated, s.Juxt) and len(stated.items) == 2 and isinstance(stated.items[1], s.Fence)):
        raise ReadingError("laws other than N(mu, Sigma) are not read", stated.place)
    head, bracket = stated.items
    assert isinstance(bracket, s.Fence)
    if s.key(head) in _BERNOULLI:
        known = s.key(name) if name is not None else None
        if name is not None and known is not None and scope.find(known) is None:
            scope.bind(Variable(known, name.place, "law", law=stated, random=True))
        return
    items = bracket.body.items if isinstance(bracket.body, s.Sequence) else ()
    if s.key(head) not in _NORMAL or len(items) not in (2, 3):
        raise ReadingError("laws other than N(mu, Sigma) are not read", stated.place)
    mean, covariance = items[-2:]
    key = s.key(name) if name is not None else None
    found = scope.find(key) if key is not None else None
    shape = found.shape if isinstance(found, Variable) else _known_shape(scope, mean, covariance)
    if shape is None:
        if key is not None:
            scope.suspect.add(key)
        return
    if key is not None and found is None and name is not None:
        several = bool(scope.laws_of(key))  # P: X ~ ..., Q: X ~ ...: it has no law of its own
        scope.bind(Variable(key, name.place, "law", shape=shape, law=None if several else stated, random=True))
    if isinstance(found, Variable) and found.law is None and key is not None and not scope.laws_of(key):
        found.law, found.random = stated, True
    for node, its_shape, assumption in ((mean, shape, ""), (covariance, shape * 2, "positive")):
        base = node
        if isinstance(node, s.Script) and s.label(node.sup) == "2" and scope.find(s.key(node) or "") is None:
            base = node.base if node.sub is None else s.Script(node.place, node.end, node.base, node.sub, None, 0)
        unknown = s.key(base)
        if unknown is None or unknown in ("0", "I") or scope.find(unknown) is not None or base is None:
            continue
        if _is_identity(base):
            continue
        kinds = {"positive_definite" if its_shape else "positive"} if assumption else set()
        scope.bind(Variable(unknown, base.place, "law", shape=its_shape, assumptions=kinds))


def _is_identity(node: s.Node) -> bool:
    """Whether a covariance is I, I_k, sigma^2 I."""
    base = node.base if isinstance(node, s.Script) else node
    return isinstance(base, s.Name) and base.text == "I"


def _known_shape(scope: Scope, mean: s.Node, covariance: s.Node) -> Shape | None:
    """The shape of a law by what is known of its mean or covariance; a variance sigma^2 is a scalar's."""
    for node, rank in ((mean, 1), (covariance, 2)):
        try:
            value = Elaborator(scope)(node)
        except ReadingError:
            continue
        if literal_value(value) is None:
            if rank == 1:
                return value.shape
            return value.shape[:1] if len(value.shape) == 2 and "?" not in str(value.shape[0]) else ()
    if isinstance(covariance, s.Script) and s.label(covariance.sup) == "2":
        return ()
    if _number_like(mean) and _number_like(covariance):
        return ()
    if isinstance(covariance, s.Script) and _is_identity(covariance) and covariance.sub is not None:
        try:
            from hw3.derivations.latex.elaboration.indices import size_of

            return (size_of(Elaborator(scope), covariance.sub),)
        except ReadingError:
            return None
    return None


def _number_like(node: s.Node) -> bool:
    """Whether a parameter is a plain number."""
    return isinstance(node, s.Number) or (isinstance(node, s.Sum | s.Fraction) and all(map(_number_like, node.parts())))
