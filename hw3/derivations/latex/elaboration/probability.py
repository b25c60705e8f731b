"""What probability applies to a bracket: a density, an expectation, a variance, a divergence, an entropy."""

from __future__ import annotations

from collections.abc import Sequence

from hw3.derivations.language.expression import Expr, Fresh
from hw3.derivations.language.sizes import axes
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.expectations import (
    expectation_of,
    expected,
    variance,
    variance_of,
    variance_over,
)
from hw3.derivations.latex.elaboration.laws import (
    density,
    fitted,
    law,
    named_law,
    try_law,
)
from hw3.derivations.latex.elaboration.probability_names import (
    COVARIANCES,
    DIVERGENCES,
    ENTROPIES,
    EXPECTATIONS,
    NORMAL,
    VARIANCES,
    is_free,
)
from hw3.derivations.latex.scope import Variable
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    exp,
    expectation,
    kl,
    log_density,
    symbol,
)


def application(e: Elaborator, nodes: Sequence[s.Node], k: int, rest: object) -> tuple[Expr, int] | None:
    """The value of what probability knows, applied to the bracket behind it; None if it is none of that."""
    node = nodes[k]
    bracket = nodes[k + 1] if k + 1 < len(nodes) else None
    fence = bracket.base if isinstance(bracket, s.Script) else bracket
    key = s.key(node)
    found: Expr | None = None
    if isinstance(fence, s.Fence) and fence.open in ("(", "[", "{"):
        if key is not None and is_free(e, key, NORMAL):
            found = density(e, fence, node)
        elif key is not None and is_free(e, key, DIVERGENCES):
            found = _divergence(e, fence, node)
        elif (sub := expectation_of(e, node)) is not None:
            found = expected(e, fence.body, sub[0], node)
        elif key is not None and is_free(e, key, VARIANCES | COVARIANCES):
            found = variance(e, fence, node)
        elif key is not None and is_free(e, key, ENTROPIES) and _law_in(e, fence.body) is not None:
            found = _entropy(e, fence, node)
        elif key is not None and (law := named_law(e, node)) is not None:
            point = e(fence.body)
            found = exp(log_density(fitted(e, law, point), e.holes.settle(point)))
        elif (spread := variance_over(e, node)) is not None:
            found = variance_of(e, fence.body, spread, node)
    elif (sub := expectation_of(e, node)) is not None and bracket is not None and sub[0] is not None:
        rest = s.Juxt(bracket.place, nodes[-1].end, tuple(nodes[k + 1 :])) if k + 2 < len(nodes) else bracket
        return expected(e, rest, sub[0], node), -1
    if found is None:
        return None
    if isinstance(bracket, s.Script):
        from hw3.derivations.latex.elaboration.products import with_script

        found = with_script(e, found, bracket)
    return found, k + 2


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
        return try_law(e, node)
    except ReadingError:
        return None


def _entropy(e: Elaborator, fence: s.Fence, node: s.Node) -> Expr:
    """h(X) = -E log p(X)."""
    found = law(e, fence.body)
    x = symbol(Fresh("x"), found.shape)
    return -expectation(x, found, log_density(found, x))


def known_operator(e: Elaborator, key: str, bracket: s.Node) -> bool:
    """Whether name(...) is an expectation, a variance, an entropy, a density of what is known here."""
    if not isinstance(bracket, s.Fence):
        return False
    if is_free(e, key, EXPECTATIONS | DIVERGENCES | VARIANCES | COVARIANCES | NORMAL):
        if key in DIVERGENCES and isinstance(bracket.body, s.Sequence):
            return any(_law_in(e, n) is not None for n in bracket.body.items)
        if key in NORMAL:
            return isinstance(bracket.body, s.Sequence) and len(bracket.body.items) == 3
        if key in ("E", "V", "D") and isinstance(bracket.body, s.Sequence):
            return False
        return key not in ("V", "N", "D", "E") or _speaks_of_law(e, bracket)
    if key.startswith(("f_{", "p_{")) and not e.known(key):
        named = e.find(key[3:-1])
        return isinstance(named, Variable) and named.law is not None
    return is_free(e, key, ENTROPIES) and _law_in(e, bracket.body) is not None


def _speaks_of_law(e: Elaborator, bracket: s.Fence) -> bool:
    names = {s.key(n) for n in s.walk(bracket.body)}
    return any(isinstance(b, Variable) and b.law is not None and k in names for k, b in e.scope.all_names().items())
