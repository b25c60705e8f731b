"""Derivatives under which an integrand jumps, which neither nodes nor autograd can see.

    d/dm E_{x ~ N(m, 1)}[sign x] = 2 phi(m)

though the derivative of sign x is 0 wherever it has one: the nodes of a quadrature never meet the jump, and
autograd gives 0 at each. Once differentiated, a kink jumps too.
"""

from __future__ import annotations

from functools import lru_cache

from hw3.derivations.language.expression import Expr, children
from hw3.verify.numeric.draw import NotEvaluable, references
from hw3.verify.numeric.kinks import kinks


def without_jumps(expr: Expr) -> None:
    """Sees to it that no integrand with a kink or a jump in its variable is differentiated.

    Raises:
        NotEvaluable: one is.
    """
    if _jumps(expr):
        raise NotEvaluable("a derivative under an expectation of what has a kink or a jump in its variable")


@lru_cache(maxsize=1024)
def _jumps(expr: Expr) -> bool:
    bent = kinks(expr)
    if not bent:
        return False
    stack: list[tuple[Expr, tuple[bool, ...], bool]] = [(expr, (), False)]
    seen = set(stack)
    while stack:
        # The binders about a node, from the innermost: whether what each binds moves with an expectation's variable.
        node, binders, differentiated = stack.pop()
        if node in bent and differentiated and _moves(node, binders):
            return True
        name = node.operation.name
        for arg, inner in children(node):
            moves = name == "expectation" or (name == "derivative" and _moves(node.args[0], binders))
            within = differentiated or (name == "derivative" and inner == 1)
            state = (arg, (moves, *binders) if inner else binders, within)
            if state not in seen:
                seen.add(state)
                stack.append(state)
    return False


def _moves(node: Expr, binders: tuple[bool, ...]) -> bool:
    return any(isinstance(r, int) and r < len(binders) and binders[r] for r in references(node))
