"""Laws and densities: N(mu, Sigma), N(x; mu, Sigma), P where P: X ~ N(mu, Sigma), p(x), and the shapes they fix."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import Shape, axes, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator, literal_value
from hw3.derivations.latex.elaboration.errors import ShapeConflict
from hw3.derivations.latex.elaboration.grids import is_zero_column
from hw3.derivations.latex.elaboration.probability_names import (
    BERNOULLI,
    NORMAL,
    is_free,
)
from hw3.derivations.latex.scope import Definition, LawName, Scope, Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    exp,
    log_density,
    normal,
    number,
    zeros,
)


def law(e: Elaborator, node: s.Node) -> Expr:
    """The law that a node names: N(mu, Sigma), P, p, p(x).

    Raises:
        ReadingError: it names none.
    """
    found = try_law(e, node)
    if found is None:
        raise ReadingError("this is not known as a law: normal laws are, N(mu, Sigma)", node.place)
    return found


def try_law(e: Elaborator, node: s.Node) -> Expr | None:
    if isinstance(node, s.Juxt) and len(node.items) == 2:
        head, bracket = node.items
        key = s.key(head)
        if isinstance(bracket, s.Fence) and bracket.open in ("(", "["):
            if key is not None and (is_free(e, key, NORMAL) or key.startswith("\\mathcal{N}_")):
                return _normal(e, bracket, node)
            return named_law(e, head)
        return None
    if isinstance(node, s.Fence) and node.open in ("(", "["):
        return try_law(e, node.body)
    return named_law(e, node)


def named_law(e: Elaborator, node: s.Node) -> Expr | None:
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
        return named_law(e, s.Name(node.place, node.end, key.upper()))
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
    if not (isinstance(node, s.Juxt) and len(node.items) == 2 and s.key(node.items[0]) in NORMAL):
        return False
    bracket = node.items[1]
    return isinstance(bracket, s.Fence) and isinstance(bracket.body, s.Sequence) and len(bracket.body.items) == 2


def _density_law(e: Elaborator, f: Definition) -> Expr | None:
    """The law of which f(x) = N(x; mu, Sigma) is the density, or None."""
    body = f.body
    if not (isinstance(body, s.Juxt) and len(body.items) == 2 and s.key(body.items[0]) in NORMAL):
        return None
    bracket = body.items[1]
    if not isinstance(bracket, s.Fence):
        return None
    parts = parameters(bracket)
    if parts is None or s.key(parts[0]) != s.key(f.params[0]):
        return None
    e.lookup(f.key)
    inner = e.within(f.scope)
    value = normal_of(inner, parts[1], parts[2], body)
    e.used.update(inner.used)
    return e.holes.settle(value)


def _normal(e: Elaborator, bracket: s.Fence, node: s.Node) -> Expr:
    """N(mu, Sigma) as a law; in N(x; mu, Sigma) the x is its variable."""
    items = bracket.body.items if isinstance(bracket.body, s.Sequence) else ()
    if len(items) == 3:
        items = items[1:]
    if len(items) != 2:
        raise ReadingError("a normal law has a mean and a covariance: N(mu, Sigma)", node.place)
    return normal_of(e, items[0], items[1], node)


def normal_of(e: Elaborator, mean_node: s.Node, covariance_node: s.Node, node: s.Node) -> Expr:
    mean, covariance = number(0) if is_zero_column(mean_node) else e(mean_node), e(covariance_node)
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


def parameters(bracket: s.Fence) -> tuple[s.Node, s.Node, s.Node] | None:
    """x, mu, Sigma of N(x; mu, Sigma) or N(x | mu, Sigma)."""
    body = bracket.body
    if isinstance(body, s.Sequence) and len(body.items) == 3 and body.seps[0] in (";", "|", ","):
        return body.items[0], body.items[1], body.items[2]
    return None


def density(e: Elaborator, bracket: s.Fence, node: s.Node) -> Expr:
    parts = parameters(bracket)
    if parts is None:
        raise ReadingError("a density is read as N(x; mu, Sigma)", node.place)
    point, found = e(parts[0]), normal_of(e, parts[1], parts[2], node)
    found = fitted(e, found, point)
    point = e.holes.settle(point)
    if literal_value(point) is not None and found.shape:
        point = e.spread(point, found.shape, node)
    return exp(log_density(found, point))


def fitted(e: Elaborator, found: Expr, point: Expr) -> Expr:
    if axes(found.shape) and axes(point.shape):
        e.holes.unify_shapes(found.shape, point.shape)
    return e.holes.settle(found)


def bernoulli(e: Elaborator, stated: s.Node) -> Expr | None:
    """The chance of a 1 under Bernoulli(p), or None for another law."""
    if not (isinstance(stated, s.Juxt) and len(stated.items) == 2 and s.key(stated.items[0]) in BERNOULLI):
        return None
    bracket = stated.items[1]
    return e(bracket.body) if isinstance(bracket, s.Fence) else None


def shapes_of_law(scope: Scope, name: s.Node | None, stated: s.Node) -> None:
    """Gives the names in a law the shapes that it fixes: of X in R^n with the law N(mu, Sigma), mu is in R^n.

    Raises:
        ReadingError: the law is not read.
    """
    if not (isinstance(stated, s.Juxt) and len(stated.items) == 2 and isinstance(stated.items[1], s.Fence)):
        raise ReadingError("laws other than N(mu, Sigma) are not read", stated.place)
    head, bracket = stated.items
    assert isinstance(bracket, s.Fence)
    if s.key(head) in BERNOULLI:
        known = s.key(name) if name is not None else None
        if name is not None and known is not None and scope.find(known) is None:
            scope.bind(Variable(known, name.place, "law", law=stated, random=True))
        return
    items = bracket.body.items if isinstance(bracket.body, s.Sequence) else ()
    if s.key(head) not in NORMAL or len(items) not in (2, 3):
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
