r"""Arrays of three axes and more, as networks have them: convolution, pooling, layers, biases, sums over axes.

    W \ast_{s,p} x, W \ast^{\top}_{s,p} u, u \star_{s,p} x    with stride s, dilation d, padding p, or s=2, p=1
    \operatorname{maxpool}_{k,s}(a), \operatorname{unpool}_{k,s}(u; a), \operatorname{avgpool}, \operatorname{avgunpool}
    \operatorname{sum}(a), \operatorname{sum}_{N \times m}(a)
    W h over all axes of h but the batch; u W over one axis; a bias beside an image, along the axis of its size

A height and width that are not printed are those that let the relation type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hw3.derivations.calculus.atoms import Window
from hw3.derivations.language.expression import Expr, make
from hw3.derivations.language.sizes import Size, show_shape
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict
from hw3.derivations.latex.elaboration.indices import size_of
from hw3.derivations.latex.holes import is_hole
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    avgpool,
    avgunpool,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    dense,
    dense_input,
    geometry,
    maxpool,
    maxunpool,
    sum_axes,
    window,
)
from hw3.derivations.operations.convolution import Geometry

Parts = Sequence[Expr]


# --- convolution --------------------------------------------------------------------------------------


def sign_scripts(nodes: tuple[s.Node, ...]) -> tuple[s.Script | None, tuple[s.Node, ...]]:
    r"""The scripts on a sign such as \ast_{s,p}, which stand before what follows it; and what follows."""
    first = nodes[0]
    if isinstance(first, s.Script) and isinstance(first.base, s.Empty):
        return first, nodes[1:]
    return None, nodes


def convolved(e: Elaborator, op: str, a: Expr, b: Expr, scripts: s.Script | None, node: s.Node) -> Expr:
    """A convolution or one of its adjoints; the scripts say its geometry."""
    g = _geometry(e, scripts.sub if scripts is not None else None)
    raised = scripts.sup if scripts is not None else None
    if raised is not None and s.key(raised) not in ("\\top", "T"):
        raise ReadingError("this superscript of a convolution is not read", node.place)
    if not ({len(a.shape), len(b.shape)} <= {3, 4}):
        told = f"a convolution of {show_shape(a.shape)} and {show_shape(b.shape)}"
        raise ShapeConflict(told, node.place, (a.shape, b.shape))
    if scripts is None:
        e.guess("a product sign between images is a convolution with stride 1 and without padding")
    free = e.holes.fresh(), e.holes.fresh()
    if op == "⋆":
        return conv_kernel(a, b, free, g)
    if raised is not None:
        return conv_input(b, a, free, g)
    if a.shape[1:2] and not e.holes.unify(a.shape[1], b.shape[-3]):
        told = f"a kernel of {show_shape(a.shape)} and an image of {show_shape(b.shape)}"
        raise ShapeConflict(told, node.place, (a.shape, b.shape))
    a, b = e.holes.settle(a), e.holes.settle(b)
    return conv(b, a, g, None if g.stride is Size.of(1) else free)


def _geometry(e: Elaborator, sub: s.Node | None) -> Geometry:
    """s,d,p are stride, dilation and padding by name; s=2,p=1 says them."""
    found: dict[str, Size] = {}
    for item in () if sub is None else sub.items if isinstance(sub, s.Sequence) else (sub,):
        name, value = item, item
        if isinstance(item, s.Relation) and item.ops == ("=",):
            name, value = item.items
        key = s.key(name)
        if key not in ("s", "d", "p") or key in found:
            raise ReadingError("a convolution is read with s, d and p below its sign", item.place)
        found[key] = size_of(e, value)
    return geometry(found.get("s", 1), found.get("d", 1), found.get("p", 0))


# --- pooling and sums ---------------------------------------------------------------------------------


def _pooling(of: Callable[[Elaborator, Parts, Window], Expr], count: int) -> Callable[..., Expr]:
    def read(e: Elaborator, sub: s.Node | None, arguments: Parts, node: s.Node) -> Expr:
        if sub is None or len(arguments) != count:
            raise ReadingError("pooling is read with the width of its windows below it", node.place)
        items = sub.items if isinstance(sub, s.Sequence) else (sub,)
        stride = items[1] if len(items) == 2 else None
        if isinstance(stride, s.Relation) and stride.ops == ("=",) and s.key(stride.items[0]) == "s":
            stride = stride.items[1]
        if len(items) > 2 or any(len(a.shape) < 3 for a in arguments):
            raise ReadingError("this pooling is not read", node.place)
        return of(e, arguments, window(size_of(e, items[0]), None if stride is None else size_of(e, stride)))

    return read


def _free(e: Elaborator) -> tuple[Size, Size]:
    return e.holes.fresh(), e.holes.fresh()


def _summed(e: Elaborator, sub: s.Node | None, arguments: Parts, node: s.Node) -> Expr:
    """The sum of all entries, or over the axes of the sizes that stand below it, all but one."""
    (a,) = arguments
    if sub is None:
        return sum_axes(a)
    gone = [size_of(e, n) for n in (sub.items if isinstance(sub, s.Product) else (sub,))]
    kept = [k for k in range(len(a.shape)) if [n for i, n in enumerate(a.shape) if i != k] == gone]
    if len(kept) != 1:
        raise ReadingError(f"over which axes of {show_shape(a.shape)} is this summed?", node.place)
    return sum_axes(a, kept[0])


NAMED: dict[str, Callable[..., Expr]] = {
    "sum": _summed,
    "maxpool": _pooling(lambda e, a, w: maxpool(a[0], w, _free(e)), 1),
    "unpool": _pooling(lambda e, a, w: maxunpool(a[0], a[1], w), 2),
    "avgpool": _pooling(lambda e, a, w: avgpool(a[0], w, _free(e)), 1),
    "avgunpool": _pooling(lambda e, a, w: avgunpool(a[0], w, _free(e)), 1),
}


def applied(e: Elaborator, nodes: Sequence[s.Node], k: int) -> tuple[Expr, int] | None:
    """One of these functions with its bracket, and where what follows begins; None if it is none."""
    node = nodes[k]
    head = node.base if isinstance(node, s.Script) else node
    sub = node.sub if isinstance(node, s.Script) else None
    if not isinstance(head, s.Name) or head.font != "op" or head.text not in NAMED or e.known(s.key(head)):
        return None
    if k + 1 >= len(nodes) or not isinstance(bracket := nodes[k + 1], s.Fence) or bracket.open != "(":
        return None
    if isinstance(node, s.Script) and (node.sup is not None or node.primes):
        return None
    if sub is None and head.text != "sum":
        return None
    items = bracket.body.items if isinstance(bracket.body, s.Sequence) else (bracket.body,)
    return NAMED[head.text](e, sub, [e(n) for n in items], node), k + 2


# --- layers and biases --------------------------------------------------------------------------------


def layer(e: Elaborator, a: Expr, b: Expr, node: s.Node) -> Expr | None:
    """A product with an array of three axes or more: over all of its features, or over one axis; None if it is none."""
    if max(len(a.shape), len(b.shape)) < 3 or min(len(a.shape), len(b.shape)) < 2:
        return None
    if any(n.operation.name == "derivative" for n in (a, b)):
        return None  # a Jacobian is no layer
    features = len(a.shape) - 1
    whole = len(a.shape) >= 3 and len(b.shape) in (features, features + 1) and a.shape[1:] == b.shape[-features:]
    one = len(b.shape) >= 3 and a.shape[-1] is b.shape[0] and len(a.shape) == 2
    if whole and one:
        raise Ambiguous("a product over one axis, or over all of them?", node.place)
    if whole or one:
        e.guess("a product with an array of three axes or more sums over all features, or over the axes that meet")
    return dense(a, b) if whole else dense_input(a, b) if one else None


def spread_bias(values: Sequence[Expr]) -> list[Expr]:
    """A column beside an array of three axes or more, spread along the one axis that has its size; ones as it is."""
    shape = max((v.shape for v in values), key=len)
    if len(shape) < 3:
        return list(values)
    spread = []
    for v in values:
        if len(v.shape) == 1 and v.operation.name == "filled" and is_hole(str(v.shape[0])):
            v = make(v.operation, (), (v.data[0], shape))
        elif len(v.shape) == 1 and shape.count(v.shape[0]) == 1:
            v = broadcast(v, shape, shape.index(v.shape[0]))
        spread.append(v)
    return spread
