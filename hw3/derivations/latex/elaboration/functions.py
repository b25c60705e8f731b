"""Functions applied: known ones, generic ones, and those that the document defines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hw3.derivations.language.expression import Expr, Fresh, substitute, walk
from hw3.derivations.language.sizes import ONE, Size, axes, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict
from hw3.derivations.latex.elaboration.lists import listed
from hw3.derivations.latex.elaboration.names import raised, resolve
from hw3.derivations.latex.elaboration.products import Groups, sequence, with_script
from hw3.derivations.latex.scope import Definition, Generic
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    apply,
    array_of,
    cholesky,
    derivative,
    det,
    diag,
    diagonal,
    eigenvalues,
    entry,
    exp,
    index,
    log,
    logdet,
    logsumexp,
    max2,
    maximum_of,
    min2,
    minimum_of,
    number,
    shifted_entry,
    softmax,
    symbol,
    trace,
    transpose,
    vec,
)
from hw3.derivations.operations.positions import place

ELEMENTWISE = {
    "exp": "exp", "log": "log", "ln": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh",
    "tanh": "tanh", "arctan": "arctan", "atan": "arctan", "erf": "erf", "sqrt": "sqrt", "relu": "relu",
    "ReLU": "relu", "sigmoid": "sigmoid", "Sigmoid": "sigmoid", "softplus": "softplus", "sign": "sign",
    "sgn": "sign", "abs": "abs", "xmlog1p": "xmlog1p", "expm1mx": "expm1mx",
    "step": "step", "reciprocal": "reciprocal",
}  # fmt: skip


def _softmax(e: Elaborator, x: Expr, node: s.Node) -> Expr:
    if len(axes(x.shape)) > 1:
        e.soft["softmax of a matrix is taken in each row"] = None
    return softmax(x)


def _diag(e: Elaborator, x: Expr, node: s.Node) -> Expr:
    return diag(x) if len(x.shape) == 1 else diagonal(x)


def _maxpool(e: Elaborator, x: Expr, node: s.Node) -> Expr:
    """The greater of the entries 2i - 1 and 2i of a vector of 2m entries, for i = 1, ..., m."""
    x = e.holes.settle(x)
    sizes = axes(x.shape)
    if len(sizes) != 1 or any(c % 2 for _, c in sizes[0].terms):
        raise ReadingError("max pooling is read of a vector or a row of 2m entries, in pairs", node.place)
    i = index(Fresh("i"), Size({p: c // 2 for p, c in sizes[0].terms}))
    first, second = (shifted_entry(x, place([(i, 2)], c)) for c in (-1, 0))
    pooled = array_of(i, max2(first, second))
    return transpose(pooled) if x.shape[0] is ONE else pooled


def _matrix(f: Callable[[Expr], Expr]) -> Callable[[Elaborator, Expr, s.Node], Expr]:
    def applied(e: Elaborator, x: Expr, node: s.Node) -> Expr:
        if len(x.shape) == 2:
            e.holes.unify(*x.shape)
            x = e.holes.settle(x)
        return f(x)

    return applied


NAMED: dict[str, Callable[[Elaborator, Expr, s.Node], Expr]] = {
    "tr": _matrix(trace), "Tr": _matrix(trace), "trace": _matrix(trace), "Trace": _matrix(trace),
    "det": _matrix(det), "diag": _diag, "Diag": _diag, "vec": lambda e, x, n: vec(x),
    "Vec": lambda e, x, n: vec(x), "softmax": _softmax, "Softmax": _softmax,
    "logsumexp": lambda e, x, n: logsumexp(x), "LSE": lambda e, x, n: logsumexp(x),
    "chol": _matrix(cholesky), "maxpool": _maxpool, "Maxpool": _maxpool, "MaxPool": _maxpool,
}  # fmt: skip
_UNREAD = {"rank", "argmax", "argmin", "arg", "lim", "conv", "Pr", "Corr", "grad",
           "Hess", "logit", "blockdiag"}  # fmt: skip


DEEPEST = 60  # functions of functions
_INDICATORS = {"\\mathbf{1}", "\\mathbb{1}", "\\mathbb{I}", "1", "\\indicator", "\\one", "I"}


def application(e: Elaborator, nodes: Sequence[s.Node], k: int, rest: Groups) -> tuple[Expr, int] | None:
    """The value of a function applied, and where what follows begins (-1: nothing is left); None if it is none."""
    from hw3.derivations.latex.elaboration import images, probability

    found = probability.application(e, nodes, k, rest) or images.applied(e, nodes, k)
    if found is not None:
        return found
    node = nodes[k]
    bracket = _bracket(nodes, k) if s.key(node) in _INDICATORS and not e.known(s.key(node)) else None
    if bracket is not None and isinstance(bracket.body, s.Relation):
        from hw3.derivations.latex.elaboration.grids import indicator

        after = nodes[k + 1]
        value = indicator(e, bracket.body)
        return (with_script(e, value, after) if isinstance(after, s.Script) else value), k + 2
    if _bracket(nodes, k) is not None:
        require_no_function_value(e, node)
    head = node.base if isinstance(node, s.Script) else node
    if isinstance(head, s.Name) and not e.known(s.key(node)) and not e.known(s.key(head)):
        if head.text in _UNREAD and head.font in ("op", "spelt"):
            raise ReadingError(f"{head.text} is not read", head.place)
        if head.text in ELEMENTWISE or head.text in NAMED or head.text in ("max", "min"):
            found = _known(e, head, node, nodes, k)
            if _bracket(nodes, k) is None and found[1] in (-1, len(nodes)) and rest.ops[:1] == ("/",):
                raise Ambiguous(f"where does the argument of {head.text} end? put it in brackets", head.place)
            return found
        if head.text == "\\lambda" and (bracket := _bracket(nodes, k)) is not None:
            value = e(bracket.body)
            if len(value.shape) == 2 and e.holes.unify(*value.shape):
                after = nodes[k + 1]
                spectrum = eigenvalues(e.holes.settle(value))
                return (with_script(e, spectrum, after) if isinstance(after, s.Script) else spectrum), k + 2
        if head.text == "\\sigma" and _bracket(nodes, k) is not None and not e.scope.functions("\\sigma"):
            return None
    return _declared(e, node, nodes, k)


def require_no_function_value(e: Elaborator, node: s.Node) -> None:
    """Raises where a derivative or a bracket of functions stands before a bracket: evaluated there, or times it?"""
    from hw3.derivations.latex.roles import is_gradient

    if isinstance(node, s.Fraction) and is_gradient(node):
        raise Ambiguous("a derivative before a bracket: is it evaluated there, or multiplied?", node.place)
    if isinstance(node, s.Fence) and node.open in ("(", "["):
        parts = [p for p in s.walk(node.body) if s.key(p) is not None]
        bare = [p for p in parts if isinstance(e.find(s.key(p) or ""), Generic) or e.scope.functions(s.key(p) or "")]
        applied = [
            j.items[i]
            for j in s.walk(node.body)
            if isinstance(j, s.Juxt)
            for i in range(len(j.items) - 1)
            if _bracket(j.items, i) is not None
        ]
        if any(all(p is not q for q in applied) for p in bare):
            raise Ambiguous("functions in a bracket before a bracket: a function of it, or a product?", node.place)


def is_function(e: Elaborator, node: s.Node) -> bool:
    """Whether a thing in a product is a function's name."""
    head = node.base if isinstance(node, s.Script) else node
    key = s.key(node) if e.known(s.key(node)) else s.key(head)
    if e.known(key):
        return isinstance(e.find(key or ""), Generic) or bool(e.scope.functions(key or ""))
    return isinstance(head, s.Name) and (head.text in ELEMENTWISE or head.text in NAMED or head.text in ("max", "min"))


# --- known functions ----------------------------------------------------------------------------------


def _known(e: Elaborator, head: s.Name, node: s.Node, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int]:
    power: s.Node | None = None
    order = 0
    if isinstance(node, s.Script) and head.text in ("max", "min") and node.sub is not None:
        return _over_index(e, head, node, nodes, k)
    if isinstance(node, s.Script):
        order = node.primes
        if order and head.text not in ELEMENTWISE:
            raise ReadingError(f"the derivative of {head.text} with a prime is not read", node.place)
        if node.sub is not None:
            _require_natural(e, head, node.sub)
        power = node.sup
        if power is not None and (s.label(power) or "").startswith("-"):
            raise Ambiguous(f"{head.text} with the exponent -1 is an inverse or a reciprocal", node.place)
    if head.text in ("max", "min"):
        value, after = _extreme(e, head, nodes, k)
        behind = nodes[k + 1]
        if isinstance(behind, s.Script):
            value = with_script(e, value, behind)
    else:
        argument, after, script = _argument(e, head, nodes, k)
        if order:
            t = symbol(Fresh("t"))
            body = known(e, head.text, t, head)
            lifted = _lifted(e, body, t, argument, order) if argument.shape else _derived(body, t, argument, order)
            value = lifted
        else:
            value = known(e, head.text, argument, head)
        if script is not None:
            value = with_script(e, value, script)
    return (raised(e, value, power, node) if power is not None else value), after


def _require_natural(e: Elaborator, head: s.Name, sub: s.Node) -> None:
    if head.text != "log":
        raise ReadingError(f"{head.text} with a subscript is not read", sub.place)
    base = e(sub)
    while base.operation.name == "abbreviation":
        base = base.args[0]
    if base is not exp(number(1)):
        raise ReadingError("logarithms are read to the base e alone", sub.place)


def known(e: Elaborator, name: str, x: Expr, node: s.Node) -> Expr:
    """A known function of a value."""
    if name in NAMED:
        if not x.shape and name not in ("tr", "Tr", "trace", "Trace"):
            raise ShapeConflict(f"{name} of a scalar", node.place, ())
        return NAMED[name](e, x, node)
    if len(x.shape) == 2 and x.shape[0] is x.shape[1] and name in ("exp", "log", "ln", "sqrt", "sin", "cos"):
        raise Ambiguous(f"{name} of a square matrix: say whether entry by entry", node.place)
    if name in ("log", "ln"):
        return _log(x)
    return apply(ELEMENTWISE[name], x)


def _log(x: Expr) -> Expr:
    """log x; of a determinant, and of densities, as the language writes it."""
    if x.operation.name == "det":
        return logdet(x.args[0])
    if x.operation.name == "apply" and x.data == ("exp", 0) and x.args[0].operation.name == "logdensity":
        return x.args[0]
    if x.operation.name == "quotient":
        a, b = (_log(y) for y in x.args)
        if a.operation.name == b.operation.name == "logdensity":
            return a - b
    return log(x)


def _bracket(nodes: Sequence[s.Node], k: int) -> s.Fence | None:
    """The bracket behind the k-th thing."""
    if k + 1 >= len(nodes):
        return None
    after = nodes[k + 1]
    base = after.base if isinstance(after, s.Script) else after
    return base if isinstance(base, s.Fence) and base.open in ("(", "[", "{") else None


def _argument(e: Elaborator, head: s.Name, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int, s.Script | None]:
    """The argument of a known function, where what follows begins, and the scripts on its bracket."""
    if e.deep >= DEEPEST:
        raise ReadingError(f"functions stand more than {DEEPEST} deep here", head.place)
    e.deep += 1
    try:
        return _argument_of(e, head, nodes, k)
    finally:
        e.deep -= 1


def _argument_of(e: Elaborator, head: s.Name, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int, s.Script | None]:
    """The argument of a known function, where what follows begins, and the scripts on its bracket."""
    from hw3.derivations.latex.elaboration.products import read

    bracket = _bracket(nodes, k)
    if bracket is not None:
        after = nodes[k + 1]
        script = after if isinstance(after, s.Script) else None
        ambiguous = script is not None and script.sup is not None and head.text in ("log", "ln")
        if ambiguous and script is not None and e.choose("power of a function", script, 2) == 1:
            return e(script), k + 2, None
        if isinstance(bracket.body, s.Sequence) and head.text in ("diag", "Diag"):
            return listed(e, bracket.body), k + 2, script
        return e(bracket.body), k + 2, script
    j = k + 1
    taken: list[s.Node] = []
    while j < len(nodes):
        node = nodes[j]
        base = node.base if isinstance(node, s.Script) else node
        if isinstance(base, s.Fence) and base.open in ("(", "[") and taken:
            raise Ambiguous(f"where does the argument of {head.text} end? put it in brackets", head.place)
        if not taken and _takes(e, node):
            return read(e, Groups((tuple(nodes[j:]),), (), head)), len(nodes), None
        found = application(e, nodes, j, Groups((), (), head)) if not taken else None
        if found is not None:
            return found[0], found[1] if found[1] >= 0 else len(nodes), None
        if taken and (is_function(e, node) or _takes(e, node)):
            break
        taken.append(node)
        j += 1
    if not taken:
        raise ReadingError(f"{head.text} stands here without an argument", head.place)
    return read(e, Groups((tuple(taken),), (), head)), j, None


def _takes(e: Elaborator, node: s.Node) -> bool:
    from hw3.derivations.latex.elaboration.operators import operator

    return operator(e, node) is not None


def _over_index(e: Elaborator, head: s.Name, node: s.Script, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int]:
    r"""\max_i of what follows, over an index."""
    from hw3.derivations.latex.elaboration.operators import ranges
    from hw3.derivations.latex.elaboration.products import read

    with e.binding():
        bound, masks = ranges(e, node.sub, node.sup, node)
        if len(bound) != 1 or masks or bound[0][2] is not None or k + 1 >= len(nodes):
            raise ReadingError(f"{head.text} is read over one index", node.place)
        key, i, _ = bound[0]
        e.local[key] = i
        body = read(e, Groups((tuple(nodes[k + 1 :]),), (), head))
    value = array_of(e.holes.settle(i), e.holes.settle(body))
    return (maximum_of if head.text == "max" else minimum_of)(value), -1


def _extreme(e: Elaborator, head: s.Name, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int]:
    bracket = _bracket(nodes, k)
    if bracket is None:
        raise ReadingError(f"{head.text} is read with its arguments in brackets", head.place)
    values = [e(n) for n in sequence(bracket.body)]
    if len(values) == 1:
        return (maximum_of if head.text == "max" else minimum_of)(values[0]), k + 2
    total = values[0]
    for v in values[1:]:
        total, v = e.alike([total, v], head, head.text)
        if head.text == "max" and v is number(0):
            total = apply("relu", total)
        elif head.text == "max" and total is number(0):
            total = apply("relu", v)
        else:
            total = (max2 if head.text == "max" else min2)(total, v)
    return total, k + 2


# --- functions of the document ------------------------------------------------------------------------


def _declared(e: Elaborator, node: s.Node, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int] | None:
    """A generic function or a defined one, applied to the bracket behind it."""
    head, sub, sup, primes = resolve(e, node) if isinstance(node, s.Script) else (node, None, None, 0)
    key = s.key(head)
    if key is None or key in e.local:
        return None
    found = e.find(key)
    functions = e.scope.functions(key)
    if not isinstance(found, Generic) and not functions:
        return None
    bracket = _bracket(nodes, k)
    if bracket is None:
        if isinstance(found, Generic):
            raise ReadingError(f"{key} is a function, and stands here without an argument", node.place)
        return None
    if sub is not None:
        raise ReadingError(f"{key} with a subscript and an argument is not read", node.place)
    order = primes + _order(sup)
    if sup is not None and not _order(sup):
        raise ReadingError(f"{key} with a power before its argument is not read", node.place)
    arguments = [e(n) for n in sequence(bracket.body)]
    e.lookup(key)
    if isinstance(found, Generic):
        if len(arguments) != 1:
            raise ReadingError(f"{key} takes one argument", node.place)
        value = apply(key, arguments[0], order)
    else:
        value = call(e, key, functions, arguments, order, node)
    after = nodes[k + 1]
    return (with_script(e, value, after) if isinstance(after, s.Script) else value), k + 2


def _order(sup: s.Node | None) -> int:
    """The order of the derivative that f^{(2)} names."""
    if isinstance(sup, s.Fence) and sup.open == "(" and isinstance(sup.body, s.Number) and sup.body.text.isdigit():
        return int(sup.body.text)
    return 0


def call(
    e: Elaborator, key: str, functions: Sequence[Definition], arguments: list[Expr], order: int, node: s.Node
) -> Expr:
    """A defined function of its arguments; one of a scalar is taken entry by entry."""
    fitting = [f for f in functions if len(f.params) == len(arguments)]
    if not fitting:
        raise ReadingError(f"{key} is not defined for {len(arguments)} arguments", node.place)
    f = fitting[0]
    e.lookup(f.key)
    known = e.definition(f, node)
    body, parameters = e.holes.settle(known.value), tuple(e.holes.settle(p) for p in known.arguments)
    if any(n in e.parameters and n not in parameters and str(n.data[0]) not in key for n in walk(body)):
        raise Ambiguous(f"a name is a parameter here and means something else in {key}", node.place)
    if len(parameters) == 1 and not parameters[0].shape and arguments[0].shape:
        return _lifted(e, body, parameters[0], arguments[0], order)
    if order:
        if len(parameters) != 1:
            raise ReadingError(f"a prime on {key}, which has several arguments", node.place)
        if parameters[0].shape or not _fits(e, parameters[0], arguments[0]):
            raise ReadingError(f"a prime on {key}, which is not defined for a scalar", node.place)
        return _derived(body, parameters[0], arguments[0], order)
    fresh = [_fresh_like(p) for p in parameters]  # all at once: an argument may speak of a parameter's name
    if not all(_fits(e, p, a) for p, a in zip(parameters, arguments, strict=True)):
        return _at_shapes(e, f, arguments, node)
    for p, q in zip(parameters, fresh, strict=True):
        body = substitute(body, p, q)
    for q, a in zip(fresh, arguments, strict=True):
        a = e.holes.settle(a)
        if not e.holes.unify_shapes(q.shape, a.shape):
            told = f"{key} of {show_shape(a.shape)}, where it is defined for {show_shape(q.shape)}"
            raise ShapeConflict(told, node.place, (q.shape, a.shape))
        body = substitute(e.holes.settle(body), e.holes.settle(q), e.holes.settle(a))
    return body


def _fits(e: Elaborator, p: Expr, a: Expr) -> bool:
    before = dict(e.holes.solved)
    fits = e.holes.unify_shapes(p.shape, e.holes.settle(a).shape)
    if not fits:
        e.holes.solved = before
    return fits


def _at_shapes(e: Elaborator, f: Definition, arguments: list[Expr], node: s.Node) -> Expr:
    """A function of arguments of other shapes than its parameters have: its definition read anew for them.

    Raises:
        ReadingError: it has no such reading. That is no mistake of the line: another f may be meant.
    """
    inner = e.within(f.scope)
    known = e.definition(f, node)
    written = {s.key(n) for n in s.walk(f.body)}
    for p, a in zip(known.arguments, arguments, strict=True):
        if any(n in written for z in e.holes.settle(p).shape for n in z.names if z not in e.holes.settle(a).shape):
            raise ReadingError(f"{f.key.split('/')[0]} is not defined for arguments of these shapes", node.place)
    fresh = [symbol(Fresh(s.key(p) or "x"), e.holes.settle(a).shape) for p, a in zip(f.params, arguments, strict=True)]
    inner.local.update((s.key(p) or "x", q) for p, q in zip(f.params, fresh, strict=True))
    try:
        body = inner(f.body)
    except ReadingError as error:
        name = f.key.split("/")[0]
        raise ReadingError(f"{name} is not defined for arguments of these shapes ({error})", node.place) from error
    e.used.update(inner.used)
    e.guesses.update(inner.guesses)
    for q, a in zip(fresh, arguments, strict=True):
        body = substitute(e.holes.settle(body), e.holes.settle(q), e.holes.settle(a))
    return body


def _fresh_like(p: Expr) -> Expr:
    hint = p.data[0]
    return symbol(Fresh(hint if isinstance(hint, str) else hint.hint), p.shape, *p.data[2])


def _derived(body: Expr, parameter: Expr, at: Expr, order: int) -> Expr:
    for _ in range(order - 1):
        body = derivative(body, parameter)
    return derivative(body, parameter, at)


def _lifted(e: Elaborator, body: Expr, parameter: Expr, argument: Expr, order: int) -> Expr:
    """A function of a scalar, entry by entry."""
    argument = e.holes.settle(argument)
    indices = [index(Fresh(h), n) for h, n in zip("ijk", axes(argument.shape), strict=False)]
    row = len(argument.shape) == 2 and argument.shape[0] is ONE
    if len(indices) != len(argument.shape) - row:
        raise ReadingError("a function of a scalar is taken of arrays of rank three at most", None)
    part = entry(argument, *indices)
    value = _derived(body, parameter, part, order) if order else substitute(body, parameter, part)
    for i in reversed(indices):
        value = array_of(i, value)
    return transpose(value) if row else value
