r"""A derivation: steps from a loss back to its variables, each with its reason; found, and then checked.

Nothing here is trusted: `check` hands every line to the kernel, as it would a person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.claims import Line, Link, prove_link
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import latex, unicode, unicode_text
from hw3.derivations.operations import derivative


@dataclass(frozen=True)
class Step:
    """One line: the derivative of the `whole` by `of` is `value`, for a reason; a `name` stands for the value after."""

    whole: Expr
    of: Expr
    value: Expr
    reason: str
    name: Expr | None = None

    @cached_property
    def lhs(self) -> Expr:
        """The derivative that is the value."""
        return derivative(self.whole, self.of)


@dataclass(frozen=True)
class Checked:
    """What the kernel said of every line."""

    links: tuple[Link, ...]

    @property
    def proved(self) -> bool:
        return all(link.proved for link in self.links)

    @property
    def failures(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if not link.proved)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Under what all of it holds, in words."""
        return tuple(dict.fromkeys(c for link in self.links for c in link.conditions))


@dataclass(frozen=True)
class Derivation:
    """The derivative of an expression by some variables.

    `whole` is the expression by its name. `lines` are the names that it is told with (abbreviations) and the
    steps, in order; `results` are the derivatives of the expression, by variable; `given` are facts that the steps
    may use.
    """

    expression: Expr
    whole: Expr
    wrt: tuple[Expr, ...]
    lines: tuple[Expr | Step, ...]
    results: Mapping[Expr, Expr]
    given: tuple[Fact, ...] = ()
    kind: str = "gradient"

    @property
    def result(self) -> Expr:
        """The derivative, where one was asked for.

        Raises:
            ValueError: there are several: see `results`.
        """
        if len(self.results) != 1:
            raise ValueError(f"there are {len(self.results)} results: take one from `results`")
        return next(iter(self.results.values()))

    @cached_property
    def asked(self) -> Mapping[Expr, Expr]:
        """The derivatives of the expression as it was written, by variable."""
        twice = self.kind == "Hessian"
        once = {w: derivative(self.expression, w) for w in self.wrt}
        return {w: derivative(d, w) for w, d in once.items()} if twice else once

    @property
    def lets(self) -> tuple[Expr, ...]:
        """The names of parts of the expression."""
        return tuple(a for a in self.lines if isinstance(a, Expr))

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(s for s in self.lines if isinstance(s, Step))

    @property
    def names(self) -> tuple[Expr, ...]:
        """The named cotangents (for a Jacobian: the named factors of the chain rule), in their order."""
        return tuple(s.name for s in self.steps if s.name is not None)

    def check(self) -> Checked:
        """Every line, and what was asked for of the expression as it was written, proved by the kernel or not."""
        links = [prove_link(s.lhs, Line(s.value, s.reason), self.given) for s in self.steps]
        told = {s.lhs: s.value for s in self.steps}
        for wrt, lhs in self.asked.items():
            if told.get(lhs) is not self.results[wrt]:
                links.append(prove_link(lhs, Line(self.results[wrt], ""), self.given))
        return Checked(tuple(links))

    @cached_property
    def _rows(self) -> tuple[tuple[str, str, str], ...]:
        """Lines of LaTeX: left side, right side, reason."""
        return tuple(self._row(line) for line in self.lines)

    @staticmethod
    def _row(line: Expr | Step) -> tuple[str, str, str]:
        if isinstance(line, Expr):
            return latex(line), latex(line.args[0]), ""
        left = latex(line.lhs) if line.name is None else f"{latex(line.name)} = {latex(line.lhs)}"
        return left, latex(line.value), line.reason

    def latex(self) -> str:
        """The derivation as one display, a line for each name and each step; KaTeX and amsmath read it."""
        lines = [f"{a} &= {b}" + (rf" && \text{{{why}}}" if why else "") for a, b, why in self._rows]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def __str__(self) -> str:
        lines = []
        for s in self.lines:
            if isinstance(s, Expr):
                lines.append(f"{unicode(s)} = {unicode(s.args[0])}")
            else:
                named = "" if s.name is None else f"{unicode(s.name)} = "
                lines.append(f"{named}{unicode(s.lhs)} = {unicode(s.value)}    ({unicode_text(s.reason)})")
        return "\n".join(lines)


def frozen(found: Mapping[Expr, Expr]) -> Mapping[Expr, Expr]:
    return MappingProxyType(dict(found))
