"""Between the two passes: what is known by laws, and what was said of names before they were declared."""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.language.sizes import Size
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import fitting
from hw3.derivations.latex.elaboration.laws import shapes_of_law
from hw3.derivations.latex.reading.entries import Read, Relation
from hw3.derivations.latex.scope import Definition, Generic, IndexName, Scope, SizeName, Variable
from hw3.derivations.latex.sets import kinds_of
from hw3.derivations.latex.spelling import read
from hw3.derivations.latex.tokens import ReadingError


def settle(found: Read, relations: Sequence[Relation]) -> None:
    """Gives names what is known of them by laws, and what was said before they were declared."""
    for scope in found.scopes:
        _gather(scope)
    for scope in found.scopes:
        for key, kinds, _ in scope.later:
            known = scope.find(key)
            if isinstance(known, Variable):
                said = [fitting(known, k) for k in kinds if k != "orthogonal"]
                known.assumptions.update(k for k in said if k)
                if None in said:
                    scope.suspect.add(key)
            elif isinstance(known, Generic) or not set(kinds) & {"positive_definite", "symmetric", "invertible"}:
                scope.suspect.add(key)
        for key, place in scope.later_scalars:
            if scope.find(key) is None:
                scope.bind(Variable(key, place, shape=()))
        _dimensions(scope, relations)
        for name, stated, within in scope.laws:
            try:
                shapes_of_law(within, name, stated)
            except ReadingError as error:
                found.trouble(error, stated.place)

        for mean, covariance in scope.moments:
            _moments(scope, mean, covariance)


_OF_EACH = {"positive", "nonzero", "fraction", "binary", "sign"}  # what may be assumed of every entry of a family


def _gather(scope: Scope) -> None:
    r"""x_i \in \mathbb{R}^d for i = 1, ..., n: the members of one family, and no name of its own."""
    for key, each in list(scope.names.items()):
        if not isinstance(each, Variable) or each.family or each.random or each.law is not None:
            continue
        named = _member(key)
        index = scope.find(named[1]) if named is not None else None
        if named is None or not isinstance(index, IndexName) or scope.knows(named[0]):
            continue
        kinds = set(each.assumptions)
        if each.values:
            kinds = set(kinds_of(each.values))
        if kinds <= _OF_EACH and (kinds or not each.values):
            del scope.names[key]
            shape = (index.range, *each.shape)
            scope.bind(Variable(named[0], each.place, each.certainty, shape=shape, assumptions=kinds, family=True))


def _member(key: str) -> tuple[str, str] | None:
    """The x and the i of a name x_i or x^{(i)}."""
    try:
        node = read(key)
    except ReadingError:
        return None
    match node:
        case s.Script(base=base, sub=s.Name() as letter, sup=None, primes=0):
            pass
        case s.Script(base=base, sub=None, sup=s.Fence(open="(", body=s.Name() as letter), primes=0):
            pass
        case _:
            return None
    name, index = s.key(base), s.key(letter)
    return None if name is None or index is None else (name, index)


def _dimensions(scope: Scope, relations: Sequence[Relation]) -> None:
    """Gives random vectors a dimension where none is stated: the first size-like name that nobody declared."""
    if not scope.vectors:
        return
    spoken = {s.key(n) for r in relations for n in s.walk(r.node)}
    for key in scope.vectors:
        if scope.find(key) is not None:
            continue
        free = (n for n in "nkdpDNm" if n in spoken and not scope.knows(n))
        size = next(free, "n" if not scope.knows("n") else f"n_{{{key}}}")
        if scope.find(size) is None:
            scope.bind(SizeName(size, 0, "default", size=Size.symbol(size)))
        scope.bind(Variable(key, 0, "default", shape=(Size.symbol(size),), random=True))


def _moments(scope: Scope, mean: s.Node, covariance: s.Node) -> None:
    """Defines mu as E[X] and Sigma as Cov(X), X the one random variable without a law."""
    random = [b for b in scope.all_names().values() if isinstance(b, Variable) and b.random and b.law is None]
    if len(random) != 1:
        return
    x = s.Name(mean.place, mean.end, random[0].key)
    for node, word in ((mean, "E"), (covariance, "Cov")):
        key = s.key(node)
        if key is not None and not scope.knows(key):
            call = (s.Name(x.place, x.end, word, "op"), s.Fence(x.place, x.end, "(", ")", x))
            body = s.Juxt(x.place, x.end, call)
            scope.bind(Definition(key, node.place, body=body, scope=scope))
