"""Windows in numbers: which sizes fit the convolutions and poolings of an expression, and sizes that do.

    convolution   n = s (m - 1) + d (k - 1) + 1 - 2 p + r,   0 <= r < s
    pooling       s (m - 1) + k <= n

for m windows of width k on an axis of n entries, with a stride s, a dilation d and a padding p.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hw3.derivations.language.expression import Expr, walk
from hw3.derivations.language.sizes import ONE, Size
from hw3.verify.numeric.draw import Invalid

Below = Callable[[int], int]  # a random natural number below another
ZERO = Size.of(0)


@dataclass(frozen=True)
class Windows:
    """`many` windows of a `width` on an axis of `whole` entries; `exact` if no further one may fit."""

    whole: Size
    width: Size
    many: Size
    stride: Size
    dilation: Size = ONE
    padding: Size = ZERO
    exact: bool = True

    def room(self, sizes: Mapping[str, int]) -> int:
        """How many entries are left behind the last window."""
        n, k, m, s, d, p = (x.value(sizes) for x in self.sizes)
        return n + 2 * p - d * (k - 1) - 1 - s * (m - 1)

    @property
    def sizes(self) -> tuple[Size, ...]:
        return self.whole, self.width, self.many, self.stride, self.dilation, self.padding

    def fit(self, sizes: Mapping[str, int]) -> bool:
        *positive, p = (x.value(sizes) for x in self.sizes)
        room = self.room(sizes)
        return min(positive) >= 1 and p >= 0 and room >= 0 and (room < positive[3] or not self.exact)


def _of(node: Expr) -> Iterator[Windows]:
    name, data = node.operation.name, node.data
    if name in ("conv", "conv_input", "conv_kernel"):
        first, second = (a.shape[-2:] for a in node.args)
        whole, width, many = {
            "conv": (first, second, data[1:]),
            "conv_input": (data[1:], second, first),
            "conv_kernel": (second, data[1:], first),
        }[name]
        g = data[0]
        for n, k, m in zip(whole, width, many, strict=True):
            yield Windows(n, k, m, g.stride, g.dilation, g.padding)
    elif name in ("maxpool", "avgpool", "maxunpool", "avgunpool"):
        whole, many = {
            "maxpool": lambda: (node.args[0].shape[-2:], data[1:]),
            "avgpool": lambda: (node.args[0].shape[-2:], data[1:]),
            "maxunpool": lambda: (node.shape[-2:], data[1:]),
            "avgunpool": lambda: (data[1:], node.args[0].shape[-2:]),
        }[name]()
        for n, m in zip(whole, many, strict=True):
            yield Windows(n, data[0].width, m, data[0].stride, exact=False)


@cache
def windows_of(node: Expr) -> tuple[Windows, ...]:
    """The windows of one node, along each axis."""
    return tuple(_of(node))


def windows(expressions: Iterable[Expr]) -> tuple[Windows, ...]:
    """All windows in the expressions, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(w for e in expressions for n in walk(e) for w in windows_of(n)))


def check_windows(node: Expr, sizes: Mapping[str, int]) -> None:
    """Whether the node's windows fit.

    Raises:
        Invalid: they do not.
    """
    for w in windows_of(node):
        if not w.fit(sizes):
            n, k, m, s, d, p = (x.value(sizes) for x in w.sizes)
            told = "".join(f", {word} {v}" for word, v, u in (("dilation", d, 1), ("padding", p, 0)) if v != u)
            raise Invalid(f"{m} windows of width {k} with stride {s}{told} are not what fits on {n}")


# --- sizes that fit -------------------------------------------------------------------------------------


def parameters(expressions: Iterable[Expr]) -> frozenset[str]:
    """The names that are strides, dilations or paddings and no axis: they may be small, a padding 0."""
    told = list(expressions)
    named = {name for w in windows(told) for s in (w.stride, w.dilation, w.padding) for name in s.names}
    return frozenset(named - {name for e in told for n in walk(e) for s in n.shape if (name := bare(s)) is not None})


def bare(size: Size) -> str | None:
    """The name that a size is."""
    return size.names[0] if len(size.names) == 1 and str(size) == size.names[0] else None


def fitted(
    found: Sequence[Windows], sizes: Mapping[str, int], below: Below, least: int, largest: int
) -> dict[str, int] | None:
    """The sizes with values for all names in the windows found, at which these fit; None if this try fails.

    Widths and numbers of windows are at least `least` where they are free; what windows are laid on follows,
    and is no larger than `largest` where it is not a number of its own.
    """
    values = dict(sizes)
    for w in reversed(found):  # a name's first role counts
        roles = (
            (w.whole, least, 4),
            (w.many, least, 3),
            (w.width, least, 2),
            (w.padding, 0, 3),
            (w.dilation, 1, 2),
            (w.stride, 1, 3),
        )
        for size, start, count in roles:
            for name in size.names:
                values[name] = start + below(count)
    wholes = {bare(w.whole) for w in found}
    known = {name for w in found for s in w.sizes for name in s.names} - wholes
    pending = list(found)
    forwards = derived(pending, values, known & {n for w in found for s in w.sizes[1:2] + w.sizes[3:] for n in s.names})
    values.update(forwards)
    known |= forwards.keys()
    while pending:
        ready = next((w for w in pending if {n for s in w.sizes[1:] for n in s.names} <= known), None)
        if ready is None:
            break  # sizes that depend on one another, such as n and n - k + 1: they fit, or not
        pending.remove(ready)
        laid = bare(ready.whole)
        if laid is not None and laid not in known:
            values[laid] = 0
            values[laid] = below(max(1, ready.stride.value(values))) - ready.room(values)
            known.add(laid)
    small = all(w.whole.is_literal or w.whole.value(values) <= largest for w in found)
    return values if small and all(w.fit(values) for w in found) else None


def derived(found: Sequence[Windows], sizes: Mapping[str, int], known: Iterable[str]) -> dict[str, int]:
    """The numbers of windows that follow from axes that are known, names by name."""
    values, have = dict(sizes), set(known)
    result: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for w in found:
            many = bare(w.many)
            others = {n for s in (w.whole, w.width, *w.sizes[3:]) for n in s.names}
            if many is not None and many not in have and others <= have:
                values[many] = 1
                values[many] = result[many] = 1 + w.room(values) // w.stride.value(values)
                have.add(many)
                changed = True
    return result
