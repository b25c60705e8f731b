r"""The reverse sweep: from the cotangent of a result to those of everything that it depends on, each once.

What has a name gets a name for its cotangent, \delta_z = dL/dz, and only that name goes on; so the derivation
grows with the number of names and not with the number of paths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hw3.derivations.gradients import arrays, functions, laws, layers, matrices, places
from hw3.derivations.gradients.adjoints import ADJOINTS, LEAVES, WITHOUT, Context, NoAdjoint, operands
from hw3.derivations.gradients.arrays import log_softmax
from hw3.derivations.gradients.naming import active_nodes
from hw3.derivations.gradients.simplify import is_zero, over, plus, times
from hw3.derivations.language.expression import Expr, Fresh, instantiate, walk
from hw3.derivations.operations import HALF, array_of, expectation, index, number, size, sum_over, symbol

# Importing them registers the adjoints.
__all__ = ["Backward", "arrays", "functions", "laws", "layers", "matrices", "places", "told"]

Words = tuple[str, ...]
# What makes an integrand of a Gaussian kinked or jump: cotangents do not pass through such an expectation.
_KINKS = {"norm", "extremum", "product_over", "maxpool", "maxunpool", "cholesky", "eigenvalues", "det", "logdet"}
_KINKED_FUNCTIONS = {"relu", "step", "sqrt", "log", "reciprocal", "xmlog1p", "abs", "sign", "tan"}


@dataclass
class Backward:
    """One sweep over the expression below a root.

    `stops` end it, `reached` is asked at each node, with its cotangent and what was done, for what is to go on.
    """

    context: Context
    wrt: tuple[Expr, ...]
    reached: Callable[[Expr, Expr, Words], Expr | None]
    stops: frozenset[Expr] = frozenset()
    kept: frozenset[Expr] = frozenset()  # nodes whose cotangents are wanted, so that none is passed over

    def run(self, root: Expr, seed: Expr) -> None:
        self.active = active_nodes(root, self.wrt)
        self.got: dict[Expr, list[tuple[Expr, Words]]] = {root: [(seed, ())]}
        for node in reversed(list(walk(root))):
            if node.loose or node not in self.got:
                continue
            parts = self.got.pop(node)
            cotangent = plus(*(c for c, _ in parts))
            words = _joined([w for _, w in parts])
            on = self.reached(node, cotangent, words)
            if on is None:
                on = cotangent
            else:
                words = ()
            if node not in self.stops and not is_zero(on):
                self._pass_on(node, on, words)

    def _give(self, node: Expr, cotangent: Expr, words: Words) -> None:
        self.got.setdefault(node, []).append((cotangent, words))

    def _pass_on(self, node: Expr, d: Expr, words: Words) -> None:
        name = node.operation.name
        if name == "sum":
            self._through_sum(node, d, words)
            return
        if name == "array_of":
            self._through_array(node, d, words)
            return
        if name == "product_over":
            self._through_product(node, d, words)
            return
        if name == "expectation":
            self._through_expectation(node, d, words)
            return
        if name in LEAVES:
            return
        if name in WITHOUT or name not in ADJOINTS:
            raise NoAdjoint(WITHOUT.get(name, f"no adjoint of {name} is known"))
        if name == "apply" and node.data == ("log", 0) and (product := self._product_of(node.args[0])) is not None:
            self._through_product(product, d, words, logarithm=True)
            return
        if (inside := self._softmax_of(node)) is not None:
            z, y = inside
            made, why = log_softmax(z, y, d, self.context)
            self._give(z, made, (*words, why))
            return
        if name == "power" and node.data == 2 and node.args[0].operation.name == "norm":
            a = node.args[0].args[0]
            if node.args[0] not in self.kept:
                self._give(
                    a, times(number(2), d, self.context.called(a)), (*words, "the derivative of a sum of squares")
                )
                return
        for k, argument in enumerate(operands(node)):
            if argument in self.active:
                made, why = ADJOINTS[name](node, d, k, self.context)
                self._give(argument, made, (*words, why) if why else words)

    def _product_of(self, e: Expr) -> Expr | None:
        """The product over an index that e is, whose logarithm is a sum."""
        while e.operation.name == "abbreviation" and e not in self.kept:
            e = e.args[0]
        return e if e.operation.name == "product_over" and e not in self.kept else None

    def _softmax_of(self, node: Expr) -> tuple[Expr, Expr] | None:
        """For the logarithm of a softmax: the softmax's argument and how the softmax is called."""
        if node.operation.name != "apply" or node.data != ("log", 0):
            return None
        y = inner = node.args[0]
        while inner.operation.name == "abbreviation" and inner not in self.kept:
            inner = inner.args[0]
        if inner.operation.name != "softmax" or inner.args[0] not in self.active or inner in self.kept:
            return None
        return inner.args[0], y if y is not inner else self.context.called(inner)

    # --- binders --------------------------------------------------------------------------------------------

    def _inside(self, body: Expr, opened: Expr, variable: Expr, d: Expr) -> dict[Expr, tuple[Expr, Words]]:
        """The cotangents, inside a binder that was opened, of what stands alone in its body and of its variable."""
        alone = frozenset(_alone(body, self.active))
        found: dict[Expr, tuple[Expr, Words]] = {}

        def reached(node: Expr, cotangent: Expr, words: Words) -> Expr | None:
            if node in alone or node is variable:
                found[node] = cotangent, words
            return None

        moving = () if variable.operation.name == "index" else (variable,)
        inner = Backward(self.context, (*alone, *moving), reached, alone)
        inner.run(opened, d)
        return found

    def _through_sum(self, node: Expr, d: Expr, words: Words) -> None:
        hint, n = node.data
        i = index(Fresh(hint), n)
        for target, (c, why) in self._inside(node.args[0], instantiate(node.args[0], i), i, d).items():
            self._give(target, _over(i, c), (*words, *why, "the sum over the index"))

    def _through_array(self, node: Expr, d: Expr, words: Words) -> None:
        """Every part has the part of the cotangent that stands where it does."""
        hint, n = node.data
        i, body = index(Fresh(hint), n), node.args[0]
        here = places.part_at(d, i, not body.shape)
        if here.shape != body.shape:
            raise NoAdjoint("an array with an axis of one entry at its end")
        for target, (c, why) in self._inside(body, instantiate(body, i), i, here).items():
            self._give(target, _over(i, c), (*words, *why, "each entry in turn, summed"))

    def _through_product(self, node: Expr, d: Expr, words: Words, logarithm: bool = False) -> None:
        """A product of factors that are not 0 has the derivative sum_i (product / factor_i) d factor_i, and its
        logarithm sum_i d factor_i / factor_i."""
        hint, n = node.data
        i = index(Fresh(hint), n)
        body = instantiate(node.args[0], i)
        here = over(d if logarithm else times(d, self.context.called(node)), body)
        for target, (c, why) in self._inside(node.args[0], body, i, here).items():
            self._give(target, _over(i, c), (*words, *why, "the product without each factor in turn"))

    def _through_expectation(self, node: Expr, d: Expr, words: Words) -> None:
        law, body = node.args
        x = symbol(Fresh(node.data), law.shape)
        opened = instantiate(body, x)
        by_law = [a in self.active for a in law.args]
        if any(by_law):
            _require_smooth(opened, x)
        found = self._inside(body, opened, x, d)
        if x in found and any(by_law):
            slope = found[x][0]
            if by_law[0]:
                self._give(law.args[0], _expected(x, law, slope), (*words, "with the mean the integrand moves"))
            if by_law[1]:
                curved = times(HALF, second(slope, x))
                price = "half the expected second derivative (Price's theorem)"
                self._give(law.args[1], _expected(x, law, curved), (*words, price))
        for target, (c, why) in found.items():
            if target is not x:
                self._give(target, _expected(x, law, c), (*words, *why, "differentiated under the expectation"))


def _over(i: Expr, c: Expr) -> Expr:
    """The sum of c over the index i."""
    if i not in walk(c):
        return times(size(i.data[1]), c)
    whole = places.gathered(i, c)
    if whole is None and c.operation.name == "array_of":
        row = index(Fresh(c.data[0]), c.data[1])
        return array_of(row, _over(i, instantiate(c.args[0], row)))
    return sum_over(i, c) if whole is None else whole


def _expected(x: Expr, law: Expr, c: Expr) -> Expr:
    return expectation(x, law, c) if x in walk(c) else c


def second(slope: Expr, x: Expr) -> Expr:
    """The derivative of a gradient, as a matrix."""
    from hw3.derivations.gradients.linear import jacobian_of

    return jacobian_of(slope, x, Context())


def _alone(body: Expr, active: set[Expr]) -> set[Expr]:
    """The largest parts of a binder's body that do not depend on its variable, and do on what is differentiated by."""
    found: set[Expr] = set()
    seen: set[Expr] = set()
    stack = [body]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if not node.loose:
            if node in active and node.operation.name != "normal":
                found.add(node)
            elif node in active:
                stack.extend(node.args)
        else:
            stack.extend(node.args)
    return found


def _require_smooth(body: Expr, x: Expr) -> None:
    for node in active_nodes(body, (x,)):
        name = node.operation.name
        kinked = name in _KINKS or (name == "apply" and node.data[0] in _KINKED_FUNCTIONS)
        rooted = name == "power" and (node.data.denominator != 1 or node.data < 0)
        if kinked or rooted or (name == "quotient" and x in walk(node.args[1])):
            raise NoAdjoint(
                "the gradient of an expectation in its law is taken by moving the integrand, "
                "which must be smooth everywhere"
            )


def _joined(parts: list[Words]) -> Words:
    words = tuple(dict.fromkeys(w for part in parts for w in part))
    if len(parts) > 1:
        return (f"it is used {_times(len(parts))}: the sum of", *words) if words else ()
    return words


def _times(n: int) -> str:
    return {2: "twice", 3: "three times", 4: "four times"}.get(n, f"{n} times")


def told(words: Words) -> str:
    """What was done, in one line."""
    kept = [w for w in words if w]
    if not kept:
        return "added as it is"
    heads = [w for w in kept if w.startswith("it is used")]
    rest = [w for w in dict.fromkeys(kept) if not w.startswith("it is used")]
    text = "; ".join(rest)
    return f"{heads[-1].removesuffix(' the sum of')} {text}" if heads and text else text or "the sum over its uses"
