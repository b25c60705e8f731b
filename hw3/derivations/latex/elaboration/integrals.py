"""Integrals of a density times a function: expectations."""

from __future__ import annotations

from hw3.derivations.language.expression import Expr, Fresh
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.laws import (
    named_law,
    normal_of,
    parameters,
)
from hw3.derivations.latex.elaboration.probability_names import (
    NORMAL,
)
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    expectation,
    number,
    symbol,
)


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
    if s.key(head) in NORMAL and not e.known(s.key(head)):
        parts = parameters(bracket)
        if parts is not None and s.key(parts[0]) == key:
            return normal_of(e, parts[1], parts[2], head), 2
        return None, 0
    if s.key(bracket.body) != key:
        return None, 0
    return named_law(e, head), 2


_SPACES = {"\\mathbb{R}", "\\R", "\\mathcal{X}", "\\mathcal{Y}", "\\mathcal{Z}", "\\Omega", "\\mathbf{R}"}
