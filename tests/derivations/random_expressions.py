"""Random well-typed expressions of all operations, grown from the outside in.

`pick(n)` chooses one of n possibilities: a test gives hypothesis's draw or a generator of its own.
"""

from fractions import Fraction

from hw3.derivations.language.expression import ShapeError, make
from hw3.derivations.language.sizes import ONE, Size
from hw3.derivations.operations import (
    PI,
    abbreviation,
    add,
    apply,
    array_of,
    avgpool,
    avgunpool,
    block,
    blockdiag,
    broadcast,
    cholesky,
    coincide,
    conv,
    conv_input,
    conv_kernel,
    crop,
    delta,
    dense,
    dense_input,
    dense_kernel,
    derivative,
    det,
    diag,
    diagonal,
    dilate,
    eigenvalues,
    entry,
    expectation,
    flip,
    geometry,
    hadamard,
    identity,
    index,
    index_value,
    inverse,
    kl,
    kron,
    less,
    log_density,
    logdet,
    logsumexp,
    max2,
    maximum_of,
    maxpool,
    maxunpool,
    min2,
    norm,
    normal,
    number,
    pad,
    place,
    position,
    power,
    product,
    product_over,
    quotient,
    sample,
    shifted_entry,
    size,
    softmax,
    square,
    stack,
    sum_axes,
    sum_over,
    symbol,
    trace,
    transpose,
    vec,
    window,
)
from hw3.derivations.operations.leaves import FILLED

M, N = Size.symbol("m"), Size.symbol("n")
SUM = M + N
SIZES = (M, N, M, N, Size.of(2), SUM)
AXES = (M, N, N, Size.of(2), ONE)  # of an image or a kernel
S, P, D = (Size.symbol(name) for name in ("s", "p", "d"))  # stride, padding, dilation


class Grower:
    """Grows expressions. `smooth` keeps out what the calculus does not differentiate; `polynomial` what it
    can't take expectations of."""

    def __init__(self, pick, smooth=False):
        self.pick, self.smooth = pick, smooth
        self.polynomial = False
        self.bound = []  # symbols of expectations that are open
        self.focus = None  # the symbol that is to occur often
        self.indices = [index("p", M), index("q", N)] if pick(2) else []
        self.count = 0

    def one(self, options):
        return options[self.pick(len(options))]

    def name(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def shape(self):
        a, b = self.one(SIZES), self.one(SIZES)
        plain = [(), (), (a,), (a,), (ONE, a), (a, b), (a, a)]
        return self.one([*plain, *plain, self.image()])

    def image(self):
        """Channels, rows and columns; seldom a batch of these; often what is in focus."""
        if self.focus is not None and len(self.focus.shape) > 2 and self.pick(3):
            return self.focus.shape
        shape = (self.one((ONE, Size.of(2), M)), self.one(AXES), self.one(AXES))
        return shape if self.pick(4) else (Size.of(2), *shape)

    # --- leaves -----------------------------------------------------------------------------------------

    def symbol(self, shape, *assumptions):
        letter = ("s", "t", "u") if not shape else ("x", "y") if len(shape) == 1 else ("A", "B")
        tag = "".join(a[0] for a in assumptions)
        return symbol(f"{self.one(letter)}{tag}_{'.'.join(map(str, shape))}", shape, *assumptions)

    def leaf(self, shape):
        near = [v for v in (*self.bound, self.focus) if v is not None and v.shape == shape]
        if near and self.pick(3):
            return self.one(near)
        plain = [lambda: self.symbol(shape), lambda: self.symbol(shape), lambda: self.symbol(shape, "positive")]
        if not shape:
            plain += [
                lambda: number(Fraction(self.pick(9) - 4, 1 + self.pick(3))),
                lambda: size(self.one(SIZES)),
                lambda: PI,
            ]
        else:
            plain += [lambda: make(FILLED, (), (1, shape)), lambda: make(FILLED, (), (0, shape))]
        if self.is_square(shape):
            plain += [
                lambda: identity(shape[0]),
                lambda: self.symbol(shape, "symmetric"),
                lambda: self.symbol(shape, "positive_definite"),
                lambda: self.symbol(shape, "invertible"),
            ]
        return self.one(plain)()

    @staticmethod
    def is_square(shape):
        return len(shape) == 2 and shape[0] is shape[1]

    def index(self, n):
        fitting = [i for i in self.indices if i.data[1] is n]
        if fitting and self.pick(4):
            return self.one(fitting)
        return position(self.pick(n.literal) if n.is_literal else 0, n)

    # --- what has a sign, or an inverse -----------------------------------------------------------------

    def positive(self, depth):
        options = [
            lambda: self.symbol((), "positive"),
            lambda: number(1 + self.pick(6)),
            lambda: add(number(1), square(self.grow((), depth - 1))),
            lambda: apply("sigmoid", self.grow((), depth - 1)),
            lambda: product(self.symbol((), "positive"), self.symbol((), "positive")),
            lambda: square(self.grow((), depth - 1)),
            lambda: trace(self.definite(self.one(SIZES), depth - 1)),
            lambda: det(self.definite(self.one(SIZES), depth - 1)),
        ]
        return self.one(options if depth > 0 else options[:2])()

    def definite(self, n, depth):
        def spread():
            a = self.grow((n, self.one(SIZES)), depth - 1)
            return add(identity(n), product(a, transpose(a)))

        plain = self.symbol((n, n), "positive_definite")
        options = [
            lambda: plain,
            lambda: plain,
            lambda: spread(),
            lambda: inverse(self.definite(n, depth - 1)),
            lambda: product(self.positive(depth - 1), self.definite(n, depth - 1)),
            lambda: diag(self.symbol((n,), "positive")),
        ]
        return self.one(options if depth > 0 else options[:1])()

    def invertible(self, n, depth):
        options = [
            lambda: self.symbol((n, n), "invertible"),
            lambda: self.definite(n, depth),
            lambda: transpose(self.invertible(n, depth - 1)),
            lambda: product(self.invertible(n, depth - 1), self.invertible(n, depth - 1)),
            lambda: self.grow((n, n), depth - 1),
            lambda: add(self.grow((n, n), depth - 1), self.symbol((n, n), "invertible")),
        ]
        return self.one(options if depth > 0 else options[:1])()

    def law(self, shape, depth):
        if not shape:
            return normal(self.grow((), depth - 1), self.positive(depth - 1))
        return normal(self.grow(shape, depth - 1), self.definite(shape[0], min(1, depth - 1)))

    # --- growing ----------------------------------------------------------------------------------------

    def grow(self, shape, depth):
        if depth <= 0:
            return self.leaf(shape)
        options = [*self.any_shape(shape, depth)]
        if not shape:
            options += self.scalars(depth)
        elif len(shape) == 1:
            options += self.columns(shape, depth)
        elif len(shape) > 2:
            options += self.images(shape, depth)
        elif shape[0] is ONE:
            options += self.rows(shape, depth)
        else:
            options += self.matrices(shape, depth)
        return self.one(options)()

    def any_shape(self, shape, depth):
        def more(s=shape):
            return self.grow(s, depth - 1)

        options = [
            lambda: self.leaf(shape),
            lambda: add(more(), more()),
            lambda: add(more(), -more(), more()),
            lambda: -more(),
            lambda: product(more(()), more()),
            lambda: product(more(), more(())),
            lambda: hadamard(more(), more()),
            lambda: quotient(more(), self.denominator(depth - 1)),
            lambda: self.summed(shape, depth),
            lambda: abbreviation("a", more()),
        ]
        if len(shape) < 4:
            options.append(lambda: self.sampled(shape, depth))
        if shape and shape[0] is not ONE and (len(shape) != 3 or shape[2] is not ONE):
            options.append(lambda: self.comprehended(shape, depth))
        if len(shape) > 1:
            options += self.moved(shape, depth)
        if shape and shape[-1] is not ONE and not self.polynomial:
            options.append(lambda: softmax(more()))
        if not self.polynomial:
            known = ("sigmoid", "tanh", "sin", "cos", "exp", "expm1mx", "relu", "step")
            known += ("abs", "sign", "sinh", "cosh", "tan", "arctan", "softplus", "erf")
            options += [
                lambda: apply(self.one("fgh"), more(), self.pick(3)),
                lambda: apply(self.one(known), more()),
                lambda: max2(more(), more()),
                lambda: min2(more(), more()),
                lambda: apply("log", self.positives(shape, depth - 1)),
                lambda: apply("xmlog1p", self.positives(shape, depth - 1)),
                lambda: apply("reciprocal", more()),
                lambda: apply("sqrt", self.positives(shape, depth - 1)),
            ]
            if not self.smooth:
                options.append(lambda: self.differentiated(shape, depth))
            if len(shape) < 2:
                options.append(lambda: self.expected(shape, depth))
        return options

    def denominator(self, depth):
        if self.polynomial:
            return self.symbol(())
        return self.positive(depth) if self.pick(2) else self.leaf(())

    def positives(self, shape, depth):
        if not shape:
            return self.positive(depth)
        some = self.grow(shape, depth - 1)
        return (
            add(make(FILLED, (), (1, shape)), hadamard(some, some)) if self.pick(2) else self.symbol(shape, "positive")
        )

    def summed(self, shape, depth):
        i = index(self.name("i"), self.one(SIZES))
        self.indices.append(i)
        body = self.grow(shape, depth - 1)
        self.indices.remove(i)
        return sum_over(i, body)

    # --- indices ----------------------------------------------------------------------------------------

    def sampled(self, shape, depth):
        """Part of an array with one axis more; of two literal ones the shape would not be this one."""
        n = self.one((M, N, Size.of(2)))
        return sample(self.grow((n, *shape) if shape else (n,), depth - 1), self.index(n))

    def comprehended(self, shape, depth):
        """An array of what its index gives."""
        i = index(self.name("i"), shape[0])
        self.indices.append(i)
        body = self.grow(shape[1:], depth - 1)
        if self.pick(2):
            body = product(self.counting(i), body)
        self.indices.remove(i)
        return array_of(i, body)

    def counting(self, i):
        """A number made of indices."""
        n = i.data[1]
        other = self.index(n)
        options = [
            lambda: delta(i, other),
            lambda: coincide([i, self.index(M)], [self.one((1, 2, M)), -1], self.one((0, 1, -1))),
            lambda: less(i, other, bool(self.pick(2))),
            lambda: less(other, i),
            lambda: index_value(i),
            lambda: self.shifted(i),
        ]
        return self.one(options)()

    def shifted(self, i):
        """An entry at a form of indices that lies on the array: forwards, backwards, in steps, or of two indices."""
        n, j = i.data[1], self.index(N)
        options = [
            lambda: shifted_entry(self.symbol((n + 1,)), place([(i, 1)], 1)),
            lambda: shifted_entry(self.symbol((n,)), place([(i, -1)], n + 1)),
            lambda: shifted_entry(self.symbol((2 * n,)), place([(i, 2)], -self.pick(2))),
            lambda: shifted_entry(self.symbol((n + N - 1,)), place([(i, 1), (j, 1)], -1)),
            lambda: shifted_entry(self.symbol((n, N)), i, j),
        ]
        return self.one(options)()

    def multiplied(self, depth):
        i = index(self.name("i"), self.one((M, N, Size.of(2))))
        self.indices.append(i)
        positive = not i.data[1].is_literal
        body = self.positive(depth - 1) if positive else self.grow((), depth - 1)
        self.indices.remove(i)
        return product_over(i, body)

    def expected(self, shape, depth):
        x = symbol(self.name("z"), self.one([(), (), (N,), (Size.of(2),)]))
        indices, self.indices = self.indices, []  # a law that differs from index to index isn't read
        law = self.law(x.shape, min(2, depth - 1))
        self.indices = indices
        before, self.polynomial = self.polynomial, True
        self.bound.append(x)
        body = self.grow(shape, min(2, depth - 1))
        self.bound.remove(x)
        self.polynomial = before
        return expectation(x, law, body)

    def differentiated(self, shape, depth):
        """A derivative of this shape: of a scalar by what has the shape, or of what has it by a scalar."""
        before = self.focus
        if len(shape) == 2 and ONE not in shape and self.pick(2):
            body, wrt = (shape[0],), (shape[1],)
        else:
            body, wrt = ((), shape) if self.pick(2) else (shape, ())
        self.focus = self.symbol(wrt)
        smooth, self.smooth = self.smooth, True
        inner = self.grow(body, min(2, depth - 1))
        at = self.grow(wrt, 1) if self.pick(2) else None
        result = derivative(inner, self.focus, at)
        self.smooth, self.focus = smooth, before
        return result

    def scalars(self, depth):
        n, m = self.one(SIZES), self.one(SIZES)

        def more(*shape):
            return self.grow(shape, depth - 1)

        options = [
            lambda: product(more(ONE, n), more(n)),
            lambda: product(more(ONE, n), more(n, m), more(m)),
            lambda: trace(more(n, n)),
            lambda: trace(more()),
            lambda: transpose(more()),
            lambda: entry(more(n), self.index(n)),
            lambda: entry(more(n, m), self.index(n), self.index(m)),
            lambda: entry(more(ONE, m), self.index(m)),
            lambda: power(more(), self.pick(4)),
            lambda: self.summed((), depth),
            lambda: self.counting(self.one(self.indices)) if self.indices else self.leaf(()),
            lambda: sum_axes(self.grow(self.image(), depth - 1)),
            lambda: sum_axes(more(n, m)),
        ]
        if not self.polynomial:
            options += [
                lambda: det(self.invertible(n, depth - 1)),
                lambda: logdet(self.invertible(n, depth - 1)),
                lambda: logsumexp(more(n)),
                lambda: norm(more(n)),
                lambda: norm(more(n, m)),
                lambda: power(more(), -1 - self.pick(2)),
                lambda: power(self.positive(depth - 1), Fraction(self.one((1, 3, -1, -3)), 2)),
                lambda: self.gaussian(depth),
                lambda: self.multiplied(depth),
            ]
            if not self.smooth:
                options.append(lambda: maximum_of(more(n) if not self.pick(6) else more()))
        return options

    def gaussian(self, depth):
        shape = self.one([(), (N,), (Size.of(2),)])
        law = self.law(shape, min(2, depth - 1))
        indices, self.indices = self.indices, []
        other = self.law(shape, min(2, depth - 1))
        law = law if not indices else self.law(shape, 1)
        self.indices = indices
        return kl(law, other) if self.pick(2) else log_density(other, self.grow(shape, depth - 1))

    def columns(self, shape, depth):
        (n,) = shape
        m = self.one(SIZES)

        def more(*shape):
            return self.grow(shape, depth - 1)

        options = [
            lambda: product(more(n, m), more(m)),
            lambda: product(more(n, m), more(m), more()),
            lambda: product(more(n), more(ONE, m), more(m)),
            lambda: transpose(more(ONE, n)),
            lambda: diagonal(more(n, n)),
            lambda: sum_axes(more(n, m), 0),
            lambda: sum_axes(more(ONE, m, n), 2),
            lambda: dense(more(n, m), more(m)),
            lambda: dense(more(n, m, M), more(m, M)),
            lambda: dense_input(more(m), more(m, n)),
            lambda: vec(more(ONE, n)),
        ]
        if n is SUM:
            options.append(lambda: block([[more(M)], [more(N)]]))
        if n.is_literal:
            options += [lambda: vec(more(ONE, n)), lambda: block([[more()], [more()]]), lambda: kron(more(n), more())]
        if not self.polynomial:
            options.append(lambda: logsumexp(more(n, m)))
        if n is SUM:
            options += [lambda: stack(more(M), more(N)), lambda: stack(more(N), more(M))]
        if not self.smooth and not self.polynomial:
            options.append(lambda: eigenvalues(self.definite(n, depth - 1)))
        return options

    def rows(self, shape, depth):
        _, n = shape
        m = self.one(SIZES)

        def more(*shape):
            return self.grow(shape, depth - 1)

        return [
            lambda: transpose(more(n)),
            lambda: product(more(ONE, m), more(m, n)),
            lambda: product(more(ONE, m), more(m), more(ONE, n)),
        ]

    def matrices(self, shape, depth):
        n, m = shape
        k = self.one(SIZES)

        def more(*shape):
            return self.grow(shape, depth - 1)

        options = [
            lambda: product(more(n, k), more(k, m)),
            lambda: product(more(n), more(ONE, m)),
            lambda: product(more(n, k), more(k), more(ONE, m)),
            lambda: transpose(more(m, n)),
            lambda: dense(more(m, k), more(n, k)),
            lambda: dense_input(more(n, k), more(k, m)),
            lambda: dense_kernel(more(k, n), more(k, m)),
            lambda: dense_kernel(more(n), more(m)),
            lambda: broadcast(more(n), shape, 0),
            lambda: broadcast(more(m), shape, 1),
            lambda: kron(more(n), more(ONE, m)),
            lambda: kron(more(ONE, m), more(n)),
            lambda: self.vectorised(n, m, depth),
            lambda: block([[more(n, m)]]),
        ]
        if n is SUM:
            options.append(lambda: block([[more(M, m)], [more(N, m)]]))
        if m is SUM:
            options.append(lambda: block([[more(n, N), more(n, M)]]))
        if n is SUM and m is SUM:
            options.append(lambda: block([[more(M, M), more(M, N)], [more(N, SUM)]]))
        if n is m:
            options += [lambda: diag(more(n)), lambda: power(more(n, n), self.pick(4))]
            if n is SUM:
                options += [
                    lambda: blockdiag(more(M, M), more(N, N)),
                    lambda: blockdiag(more(N, N), more(M, M)),
                ]
            if not self.polynomial:
                options += [lambda: inverse(self.invertible(n, depth - 1))] * 2
                if not self.smooth:
                    options.append(lambda: cholesky(self.definite(n, depth - 1)))
        return options

    def vectorised(self, n, m, depth):
        """A product of Kronecker products and stacked columns, of this shape."""
        k = self.one((M, N, Size.of(2)))

        def more(*shape):
            return self.grow(shape, depth - 1)

        options = [
            lambda: product(kron(more(n, k), more(ONE, M)), kron(more(k, m), more(M))),
            lambda: product(kron(more(ONE, M), more(n, k)), kron(more(M), more(k, m))),
            lambda: product(vec(more(k, M)).T, vec(more(k, M)), more(n, m)),
            lambda: product(more(n, k * M), vec(more(k, M)), more(ONE, m)),
            lambda: product(more(n), vec(more(m, k)).T, kron(more(k), identity(m))),
        ]
        return self.one(options)()

    # --- windows: with a symbolic stride they need not fit, and what hangs over is 0 ------------------------

    def moved(self, shape, depth):
        """Arrays that are moved along their last two axes, and poolings."""
        *rest, h, w = shape
        *_, a, b = self.image()

        def more(*shape):
            return self.grow(shape, depth - 1)

        inner = (*rest, a, b)
        flat = len(inner) < 3 and (b is ONE or inner == (ONE, ONE))  # a column, which has no two axes
        options = [lambda: flip(more(*shape))]
        if not flat:
            options += [
                lambda: crop(more(*inner), self.one((P, 0, 1)), (h, w)),
                lambda: crop(pad(more(*inner), P), self.one((P, 1, 0)), (h, w)),
                lambda: crop(dilate(more(*inner), S), self.one((P, 0)), (h, w)),
                lambda: avgpool(more(*inner), self.window(), (h, w)),
                lambda: avgunpool(more(*inner), self.window(), (h, w)),
            ]
            if not self.polynomial and ONE not in (h, w, a, b):
                options += [
                    lambda: maxpool(self.symbol(inner), self.window(), (h, w)),
                    lambda: maxpool(more(*inner), self.window(), (h, w)),
                    lambda: maxunpool(more(*inner), self.symbol(shape), self.window()),
                    lambda: maxunpool(more(*inner), more(*shape), self.window()),
                ]
        return [lambda k=k: self.fitting(k, shape) for k in options]

    def fitting(self, build, shape):
        """What it builds, or a leaf where literal windows do not fit."""
        try:
            return build()
        except ShapeError:
            return self.leaf(shape)

    def window(self):
        return window(self.one((2, 1, N)), S)

    def geometry(self):
        return geometry(S, self.one((1, D)), self.one((0, P)))

    def images(self, shape, depth):
        """Images (batch, channels, rows, columns), or without the batch; of four axes also kernels."""
        *batch, c, h, w = shape
        *_, o, a, b = self.image()
        *_, k, j = self.image()

        def more(*shape):
            return self.grow(shape, depth - 1)

        options = [
            lambda: conv(more(*batch, o, a, b), more(c, o, k, j), self.geometry(), (h, w)),
            lambda: conv(more(*batch, o, a, b), self.leaf((c, o, k, j)), self.geometry(), (h, w)),
            lambda: conv_input(more(*batch, o, a, b), more(o, c, k, j), (h, w), self.geometry()),
            lambda: broadcast(more(c) if c is not ONE else more(), shape, len(batch)),
            lambda: broadcast(more(w) if w is not ONE else more(), shape, len(shape) - 1),
        ]
        if len(shape) == 4:
            first = shape[0]
            options += [
                lambda: conv_kernel(more(first, a, b), more(c, k, j), (h, w), self.geometry()),
                lambda: conv_kernel(more(o, first, a, b), more(o, c, k, j), (h, w), self.geometry()),
            ]
        elif shape[0] is not ONE:
            options += [lambda: dense_kernel(more(shape[0]), more(h, w))] if ONE not in (h, w) else []
        return [lambda k=k: self.fitting(k, shape) for k in options]


def draw_sizes(rng):
    """Values for m and n, equal ones and 1 among them, and for a stride, a padding and a dilation."""
    least = {"m": 1, "n": 1, "s": 1, "p": 0, "d": 1}
    most = {"m": 4, "n": 4, "s": 3, "p": 3, "d": 3}
    return {name: int(rng.integers(least[name], most[name])) for name in least}
