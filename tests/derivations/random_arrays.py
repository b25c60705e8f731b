"""Random expressions of arrays: images, kernels, features, layers; all sizes literal, none of them one.

`pick(n)` chooses one of n possibilities, as in `random_expressions`.
"""

from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    add,
    apply,
    array,
    avgpool,
    avgunpool,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    crop,
    dense,
    dense_input,
    dense_kernel,
    dilate,
    flip,
    geometry,
    hadamard,
    log,
    logsumexp,
    maxpool,
    maxunpool,
    negative,
    number,
    pad,
    product,
    softmax,
    sum_axes,
    window,
)

KNOWN = ("sigmoid", "tanh", "sin", "exp", "relu")


class Grower:
    """Grows arrays of a given shape (a tuple of ints) from the outside in."""

    def __init__(self, pick):
        self.pick = pick

    def one(self, options):
        return options[self.pick(len(options))]

    def leaf(self, shape):
        return array(f"{self.one('xyz')}_{'.'.join(map(str, shape))}", *shape)

    def loss(self, depth):
        shape = self.one([(2, 3, 4, 4), (2, 2, 3, 5), (2, 2, 2, 2), (3, 2, 6, 4), (2, 3), (3, 4), (3,)])
        grown = self.grow(shape, depth)
        return sum_axes(hadamard(grown, array("u", *shape)) if self.pick(3) else grown)

    def grow(self, shape, depth):
        if depth <= 0:
            return self.leaf(shape)

        def more(*other):
            return self.grow(other or shape, depth - 1)

        options = [
            lambda: add(more(), more()),
            lambda: negative(more()),
            lambda: hadamard(more(), more()),
            lambda: product(number(self.pick(3) + 2), more()),
            lambda: apply(self.one(KNOWN), more()),
            lambda: apply(self.one("fg"), more(), self.pick(2)),
        ]
        options += {4: self.images, 2: self.features, 1: self.columns}[len(shape)](shape, more)
        return self.one(options)()

    def geometry(self):
        return geometry(1 + self.pick(2), 1 + self.pick(2), self.pick(2))

    def images(self, shape, more):
        n, c, h, w = shape
        g, k, other = self.geometry(), 1 + self.pick(3), 2 + self.pick(2)
        s, d, p = (v.literal for v in (g.stride, g.dilation, g.padding))
        half = window(2)

        def before(out):  # an input whose windows are `out`
            return s * (out - 1) + d * (k - 1) + 1 - 2 * p

        def after(size):
            return (size + 2 * p - d * (k - 1) - 1) // s + 1

        options = [
            lambda: maxpool(more(n, c, 2 * h, 2 * w), half, (Size.of(h), Size.of(w))),
            lambda: avgpool(more(n, c, 2 * h, 2 * w), half, (Size.of(h), Size.of(w))),
            lambda: avgpool(more(n, c, h + 1, w + 1), window(2, 1), (Size.of(h), Size.of(w))),
            lambda: flip(more()),
            lambda: crop(more(n, c, h + 2, w + 2), 1, (Size.of(h), Size.of(w))),
            lambda: broadcast(self.leaf((shape[1],)), tuple(map(Size.of, shape)), 1),
            lambda: dense_input(more(n, other), self.leaf((other, c, h, w))),
            lambda: dense_kernel(self.leaf((other, n)), more(other, c, h, w)),
        ]
        if k > 1 and min(before(h), before(w)) > 1:
            kernel = self.leaf((c, other, k, k))
            options += [
                lambda: conv(more(n, other, before(h), before(w)), kernel, g, (h, w)),
                lambda: conv(self.leaf((n, other, before(h), before(w))), more(c, other, k, k), g, (h, w)),
            ]
        if k > 1 and min(after(h), after(w)) > 1:
            options += [
                lambda: conv_input(
                    more(n, other, after(h), after(w)), self.leaf((other, c, k, k)), (Size.of(h), Size.of(w)), g
                ),
            ]
        if h == w and h < 4:
            size = s * 2 + d * (h - 1) + 1 - 2 * p
            if size > 1:
                cotangent = (2, n, 3, 3)
                options += [
                    lambda: conv_kernel(more(*cotangent), self.leaf((2, c, size, size)), (Size.of(h), Size.of(w)), g),
                    lambda: conv_kernel(self.leaf(cotangent), more(2, c, size, size), (Size.of(h), Size.of(w)), g),
                ]
        if h % 2 == 0 and w % 2 == 0 and min(h, w) > 2:
            options += [
                lambda: maxunpool(more(n, c, h // 2, w // 2), self.leaf(shape), half),
                lambda: avgunpool(more(n, c, h // 2, w // 2), half, (Size.of(h), Size.of(w))),
                lambda: pad(more(n, c, h - 2, w - 2), 1),
            ]
        if h % 2 and w % 2 and min(h, w) > 2:
            options.append(lambda: dilate(more(n, c, (h + 1) // 2, (w + 1) // 2), 2))
        return options

    def features(self, shape, more):
        n, k = shape
        f = self.one([(2,), (3,), (2, 3, 2), (2, 2, 3)])
        return [
            lambda: dense(more(k, *f), self.leaf((n, *f))) if len(f) > 1 else product(more(n, *f), more(*f, k)),
            lambda: dense(self.leaf((k, *f)), more(n, *f)),
            lambda: dense_input(more(n, 3), self.leaf((3, k))),
            lambda: dense_kernel(more(3, n), self.leaf((3, k))),
            lambda: softmax(more()),
            lambda: log(softmax(more())),
            lambda: broadcast(more(n), tuple(map(Size.of, shape)), 0),
            lambda: broadcast(more(k), tuple(map(Size.of, shape)), 1),
        ]

    def columns(self, shape, more):
        (n,) = shape
        return [
            lambda: sum_axes(more(2, n), 1),
            lambda: sum_axes(more(n, 3), 0),
            lambda: sum_axes(more(2, n, 3, 4), 1),
            lambda: logsumexp(more(n, 3)),
            lambda: softmax(more()),
            lambda: log(softmax(more())),
            lambda: dense(self.leaf((n, 2)), more(2)),
        ]
