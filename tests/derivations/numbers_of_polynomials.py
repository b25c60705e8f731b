"""What an index polynomial is at given numbers: sums of products summed out by einsum, atoms by numpy.

Written from what heads are said to mean, not from how the calculus handles them.
"""

import numpy as np
from hw3_test_numbers_of_expressions import function

from hw3.derivations.calculus import polynomial as P
from hw3.derivations.calculus.polynomial import CLOSED, HEADS, SIZES, Poly, described


class PolynomialNumbers:
    """Values of polynomials where `numbers` says what symbols and sizes are."""

    def __init__(self, numbers):
        self.numbers = numbers
        self._closed = {}
        self._bound = {}  # values of bound variables, by head
        self._where = {("index", node.data[0]): k for node, k in numbers.where.items()}

    def __call__(self, poly, at=()):
        """An array with one axis for each of the free indices `at`."""
        total = np.zeros([self.size(described(i).size) for i in at])
        for (factors, sizes), c in poly.terms.items():
            total = total + float(c) * self._monomial(factors, sizes, at)
        return total

    def size(self, number):
        return SIZES[number].value(self.numbers.sizes)

    def _monomial(self, factors, sizes, at):
        """Summed over 0, 1, ..., each of the size that `sizes` says."""
        label, operands = {i: k for k, i in enumerate(at)}, []
        for h, e, places in factors:
            value = self.head(h)
            value = value ** int(e) if e == int(e) else np.power(value, float(e))
            inside = []
            for axis, i in reversed(list(enumerate(places))):
                fixed = self._fixed(i)
                if fixed is not None and i not in label:
                    value = np.take(value, fixed, axis=axis)
                else:
                    inside.insert(0, label.setdefault(i, len(label)))
            operands += [value, inside]
        seen = {k for labels in operands[1::2] for k in labels}
        for k, n in enumerate(sizes):
            assert label.get(k) in seen, "an index is summed that stands nowhere"
            assert all(n == HEADS[h].sizes[p] for h, _, places in factors for p, i in enumerate(places) if i == k)
        for i in at:
            if label[i] not in seen:
                operands += [np.ones(self.size(described(i).size)), [label[i]]]
        if not operands:
            return np.ones(())
        return np.einsum(*operands, [label[i] for i in at], optimize=len(operands) > 6)

    def _fixed(self, index):
        if index >= 0:
            return None
        free = described(index)
        return free.position if free.position is not None else self._where.get(free.name)

    def head(self, h):
        """The array of a head's entries, one axis for each index."""
        head = HEADS[h]
        if head.kind in self._atoms:
            return self._atoms[head.kind](self, head)
        return getattr(self, f"_{head.kind}")(h, head)

    def _symbol(self, h, head):
        return self.numbers.symbol(head.payload).reshape([self.size(n) for n in head.sizes])

    def _bound_variable(self, h, head):
        return self._bound[h]

    def _delta(self, h, head):
        return np.eye(self.size(head.payload))

    def _block(self, h, head):
        parts, which = head.payload
        widths = [self.size(n) for n in parts]
        value = np.zeros((sum(widths), widths[which]))
        value[sum(widths[:which]) :][: widths[which]] = np.eye(widths[which])
        return value

    def _affine(self, h, head):
        coefficients, constant = head.payload
        value = np.zeros([self.size(n) for n in head.sizes])
        for at in np.ndindex(value.shape):
            terms = (c.value(self.numbers.sizes) * i for c, i in zip(coefficients, at, strict=True))
            value[at] = sum(terms) + constant.value(self.numbers.sizes) == 0
        return value

    def _order(self, h, head):
        n = self.size(head.payload)
        return np.array([[float(i < j) for j in range(n)] for i in range(n)]).reshape(n, n)

    def _place(self, h, head):
        return 1.0 + np.arange(self.size(head.payload))

    def _selection(self, h, head):
        window, number = head.payload
        k, s = window.width.value(self.numbers.sizes), window.stride.value(self.numbers.sizes)
        array = self.closed(number)  # at the two places in the array, then at the further slots
        value = np.zeros([self.size(n) for n in head.sizes])
        for y, z, *rest in np.ndindex(*value.shape[:2], *array.shape[2:]):
            places = [
                (i, j) for i, j in np.ndindex(*array.shape[:2]) if s * y <= i < s * y + k and s * z <= j < s * z + k
            ]
            if places:
                chosen = max(places, key=lambda p: array[(*p, *rest)])
                value[(y, z, *chosen, *rest)] = 1
        return value

    def _size(self, h, head):
        return np.asarray(float(self.numbers.sizes[head.payload]))

    def _prime(self, h, head):
        return np.asarray(float(head.payload))

    def _constant(self, h, head):
        assert head.payload == "pi"
        return np.asarray(np.pi)

    def _function(self, h, head):
        name, order, number = head.payload
        return function(name[1] if isinstance(name, tuple) else name, order, self.closed(number))

    def _expectation(self, h, head):
        kind, mean, covariance, number = head.payload
        assert kind == "normal"
        (variable,) = set(self._variables(number)) - set(self._bound)

        def integrand(x):
            self._closed.pop(number, None)
            self._bound[variable] = x
            return self.closed(number)

        value = self.numbers.mean_of(integrand, self.closed(mean), self.closed(covariance), nodes=40)
        self._closed.pop(number)
        del self._bound[variable]
        return value

    def _variables(self, number):
        for (factors, _), _c in CLOSED[number][0]:
            for h, _e, _at in factors:
                if HEADS[h].kind == "bound":
                    yield h
                elif HEADS[h].kind == "function":
                    yield from self._variables(HEADS[h].payload[2])
                elif HEADS[h].kind in ("exp", "log", "base"):
                    yield from self._variables(HEADS[h].payload)

    def closed(self, number):
        """The array of a closed polynomial, one axis for each slot."""
        if self._bound or number not in self._closed:
            terms, sizes = CLOSED[number]
            at = tuple(P.slot(k, n) for k, n in enumerate(sizes))
            self._closed[number] = self(Poly(dict(terms)), at)
        return self._closed[number]

    def _matrix(self, head, of, count):
        """A function of the matrix at the first two slots, for each value of the others, which come last."""
        value = self.closed(head.payload)
        result = of(np.moveaxis(value, (0, 1), (-2, -1)))
        return np.moveaxis(result, tuple(range(-count, 0)), tuple(range(count))) if count else result

    _atoms = {  # noqa: RUF012
        "bound": lambda self, head: self._bound[HEADS.number(head)],
        "base": lambda self, head: self.closed(head.payload),
        "exp": lambda self, head: np.exp(self.closed(head.payload)),
        "log": lambda self, head: np.log(self.closed(head.payload)),
        "inverse": lambda self, head: self._matrix(head, np.linalg.inv, 2),
        "det": lambda self, head: self._matrix(head, np.linalg.det, 0),
        "logdet": lambda self, head: self._matrix(head, lambda a: np.linalg.slogdet(a)[1], 0),
        "cholesky": lambda self, head: self._matrix(head, np.linalg.cholesky, 2),
        "eigenvalue": lambda self, head: self._matrix(head, np.linalg.eigvalsh, 1),
    }


__all__ = ["PolynomialNumbers"]
