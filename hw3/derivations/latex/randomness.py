r"""What is said of random variables: "random vectors $X$ and $Y$ in $\mathbb{R}^n$", "independent", E[X] = \mu.

Of a random variable without a law nothing is known but what is said of it: its shape, its mean, its variance, and of
which others it is independent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hw3.derivations.language.sizes import Shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.probability_names import COVARIANCES, EXPECTATIONS, VARIANCES
from hw3.derivations.latex.scope import Definition, Scope, Variable
from hw3.derivations.latex.sets import families, set_of
from hw3.derivations.latex.tokens import ReadingError

_F = r"⟦\d+⟧"
_NAMES = rf"{_F}(?:(?:,? and |, ){_F})*"
_ADJECTIVES = r"(?:[\w.\-]+,? ){0,6}?"
_KIND = r"random (?P<kind>variables?|vectors?|scalars?|numbers?)(?![\w-])"
_WHERE = rf"(?: (?:in|on|with values in|taking values in|from) (?P<set>{_F}))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<names>{_NAMES}) (?:is|be|are|denotes?) (?:an? |any |the )?(?P<adj>{_ADJECTIVES}){_KIND}{_WHERE}",
        rf"(?P<any>(?:any|every|each|all|an arbitrary) )?(?P<adj>{_ADJECTIVES}){_KIND} (?P<names>{_NAMES}){_WHERE}",
    )
)
_INDEPENDENT = re.compile(
    rf"(?P<names>{_NAMES}) (?:is|be|are)(?P<adj>(?: mutually| all)?) independent(?: of (?P<others>{_NAMES}))?(?![\w-])"
)
_IN_WORDS = re.compile(rf" ?(?:is |are )?(?:an? )?(?P<adj>{_ADJECTIVES}){_KIND}(?P<in> in| with values in)?[ ,.]*")
_KNOWN = re.compile(
    r"\b(?:independent|identically|distributed|i\.i\.d|iid|random|any|all|two|three|continuous)\b", re.I
)
_ANY = re.compile(r"\b(?:any|every|each|all|arbitrary)\b")
_DENIED = re.compile(r"\b(?:not|non|necessarily|pairwise|dependent|conditionally|un)\b|\bnon-", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What a passage of a sentence says of random variables: what it does to a scope, and where it stands."""

    take: Callable[[Scope, s.Node], None]
    start: int
    end: int
    names: tuple[s.Node, ...]
    words: str  # what else it says of them


def said_of_random(text: str, nodes: Sequence[s.Node | None]) -> Iterator[Said]:
    """What a sentence says of random variables; its formulas stand as ⟦k⟧ in the text."""
    for form in _FORMS:
        for match in form.finditer(text):
            named = _named(match["names"], nodes)
            stated = nodes[int(match["set"][1:-1])] if match["set"] else None
            if named is None or (match["set"] and stated is None) or _DENIED.search(match["adj"]):
                continue
            words = f"{match['adj']}{match['kind']}"
            anew = match.groupdict().get("any") is not None or _ANY.search(match["adj"]) is not None
            adjectives = _KNOWN.sub(" ", match["adj"])
            yield Said(_declaring(named, words, stated, anew), *match.span(), tuple(named), adjectives)
    for match in _INDEPENDENT.finditer(text):
        named, others = _named(match["names"], nodes), _named(match["others"] or "", nodes)
        if named and others is not None and (len(named) + len(others)) > 1:
            yield Said(_independent([*named, *others]), *match.span(), (*named, *others), "")


def _named(text: str, nodes: Sequence[s.Node | None]) -> list[s.Node] | None:
    found = [nodes[int(k)] for k in re.findall(r"\d+", text)]
    return None if any(n is None for n in found) else [n for n in found if n is not None]


def declared_in_words(scope: Scope, pending: Sequence[s.Node], node: s.Juxt) -> bool:
    r"""Takes X, Y \text{ random vectors in } \mathbb{R}^n."""
    name, words, *where = node.items
    if not isinstance(words, s.Words) or "random" not in words.text or len(where) > 1 or _DENIED.search(words.text):
        return False
    kind = re.fullmatch(
        rf" ?(?:is |are )?(?:an? )?(?P<adj>{_ADJECTIVES}){_KIND}(?P<in> in| with values in)?[ ,.]*", words.text
    )
    if kind is None or bool(kind["in"]) != bool(where):
        return False
    _declaring([*pending, name], kind["adj"] + kind["kind"], where[0] if where else None)(scope, name)
    return True


def _declaring(
    named: Sequence[s.Node], words: str, stated: s.Node | None, anew: bool = False
) -> Callable[[Scope, s.Node], None]:
    words = words.lower().replace(" ", "")
    together = "independent" in words or "i.i.d" in words or "iid" in words

    def take(scope: Scope, _: s.Node) -> None:
        names: list[s.Node] = []
        where = stated
        for node in named:
            if isinstance(node, s.Relation) and node.ops == ("∈",):
                node, where = node.items
            elif isinstance(node, s.Relation) and node.ops == ("~",):
                continue  # it has its law
            names += node.items if isinstance(node, s.Sequence) else (node,)
        if not names:
            return
        shape = _shape(scope, where, "vector" in words)
        keys = []
        for group in families(scope, names, names[0]):
            name, count = (group[0], (group[1],)) if isinstance(group, tuple) else (group, ())
            keys.append(_bind(scope, name, shape if shape is None else (*count, *shape), bool(count), anew))
        if together:
            scope.independent.append(frozenset(keys))
        if "i.i.d" in words or "iid" in words or "identically" in words:
            scope.identical.append(frozenset(keys))

    return take


def _shape(scope: Scope, stated: s.Node | None, vector: bool) -> Shape | None:
    """The shape that is stated; None if it is a vector's and not stated.

    Raises:
        ReadingError: the set is not known.
    """
    if stated is None:
        return None if vector else ()
    domain = set_of(scope, stated)
    if domain.values or domain.index is not None or domain.size:
        raise ReadingError("random variables over this set are not read", stated.place)
    return domain.shape


def _bind(scope: Scope, name: s.Node, shape: Shape | None, family: bool, anew: bool) -> str:
    """Binds a random variable: what "any" is said of is another one than what had the name before."""
    key = s.key(name)
    if key is None:
        raise ReadingError("what is random here is no name", name.place)
    old = scope.find(key)
    if isinstance(old, Variable) and anew:
        scope.names.pop(key, None)
        shape = old.shape if shape is None else shape
        scope.bind(Variable(key, name.place, shape=shape, random=True, family=family))
    elif isinstance(old, Variable):
        scope.own(old).random = True
    elif shape is None:
        scope.vectors.append(key)
    else:
        scope.bind(Variable(key, name.place, shape=shape, random=True, family=family))
    return key


def _independent(named: Sequence[s.Node]) -> Callable[[Scope, s.Node], None]:
    def take(scope: Scope, _: s.Node) -> None:
        names = [n for node in named for n in (node.items if isinstance(node, s.Sequence) else (node,))]
        found = [g[0] if isinstance(g, tuple) else g for g in families(scope, names, names[0])]
        scope.independent.append(frozenset(filter(None, map(s.key, found))))

    return take


# --- moments ------------------------------------------------------------------------------------------


def is_moment(scope: Scope, left: s.Node, right: s.Node) -> bool:
    r"""Takes E[X] = \mu, Cov(X) = \Sigma, Var(X_i) = \sigma^2 of a random variable without a law; False if it is none.

    A name that nothing else is said of is defined so. Another mean is one that the variable has.
    """
    kind = _kind_of_moment(left)
    found, member = _variable(scope, left) if kind else (None, "")
    if found is None or not found.random or found.law is not None:
        return False
    if found.family and (not member or len(found.shape) > 1):
        return False
    key = s.key(right)
    old = scope.find(key) if key is not None else None
    free = key is not None and not _is_constant(right) and (old is None or _is_mere(old))
    own = scope.own(found)
    if found.family:
        own.member = member
        if kind == "mean":
            own.mean = right
        else:
            own.variance = right
        if free and old is None:
            _bind_moment(scope, right, own, kind == "variance")
        return True
    if free and key is not None:
        scope.bind(Definition(key, right.place, body=left, scope=scope))
        return True
    if kind == "mean":
        own.mean = right
    return kind == "mean"


def _kind_of_moment(left: s.Node) -> str:
    if not (isinstance(left, s.Juxt) and len(left.items) == 2 and isinstance(left.items[1], s.Fence)):
        return ""
    key = s.key(left.items[0])
    return "mean" if key in EXPECTATIONS else "variance" if key in VARIANCES | COVARIANCES else ""


def _variable(scope: Scope, left: s.Node) -> tuple[Variable | None, str]:
    """The variable in a bracket; of a member X_i of a family the i too."""
    assert isinstance(left, s.Juxt)
    fence = left.items[1]
    assert isinstance(fence, s.Fence)
    body = fence.body
    found = scope.find(s.key(body) or "")
    if isinstance(found, Variable):
        return found, ""
    if isinstance(body, s.Script) and isinstance(body.sub, s.Name) and body.sup is None:
        found = scope.find(s.key(body.base) or "")
        if isinstance(found, Variable) and found.family:
            return found, s.key(body.sub) or ""
    return None, ""


def _is_constant(node: s.Node) -> bool:
    base = node.base if isinstance(node, s.Script) else node
    return s.key(base) in ("I", "\\mathbf{I}", "0", "1", "\\mathbf{0}", "e", "\\pi")


def _is_mere(old: object) -> bool:
    """Whether a name is declared, and nothing else is said of it."""
    return isinstance(old, Variable) and not old.random and old.law is None and not old.family


def _bind_moment(scope: Scope, node: s.Node, of: Variable, positive: bool) -> None:
    r"""Binds \sigma of \sigma^2, or the family of \sigma_i^2."""
    base = node
    if isinstance(node, s.Script) and s.label(node.sup) == "2":
        base = node.base if node.sub is None else s.Script(node.place, node.end, node.base, node.sub, None, 0)
    each = isinstance(base, s.Script) and base.sub is not None and s.key(base.sub) == of.member
    name = s.key(base.base if each and isinstance(base, s.Script) else base)
    if name is not None and scope.find(name) is None:
        kinds = {"positive"} if positive else set()
        shape = of.shape if each else ()
        scope.bind(Variable(name, base.place, "law", shape=shape, family=each, assumptions=kinds))
