"""Formulas from the grammar: random surface trees, the LaTeX that they are, and the same with slips in it.

Everything is drawn from a `random.Random`, so that a seed gives the same formula again. A tree is one that the parser
can give: places are 0, and what the parser would read in another way is not made.
"""

from __future__ import annotations

from random import Random

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.spelling import spell

LETTERS = "abcdfghkmnpqrstuvwxyzABCDKLMNQRSTUVWXYZ"
GREEK = ("\\alpha", "\\beta", "\\mu", "\\sigma", "\\theta", "\\Sigma", "\\Lambda", "\\epsilon", "\\ell", "\\hbar")
OPERATORS = ("\\partial", "\\nabla", "\\sum", "\\prod", "\\int", "\\infty", "\\dots", "\\pi")
FUNCTIONS = ("log", "exp", "tr", "det", "max", "softmax", "diag", "vec", "KL", "erf")
FONTS = ("bf", "rm", "it", "sf", "cal", "frak", "bb")
ACCENTS = ("hat", "bar", "tilde", "vec", "dot", "ddot", "check", "breve", "underline", "ring", "acute", "grave")
RELATIONS = ("=", ":=", "≡", "∈", "~", "≈", "<", ">", "≤", "≥", "≠", "≻", "⪰", "⊂", "→", "↦", "∝", "∉", "⊥")
PRODUCTS = ("·", "×", "*", "/", "⊙", "∘", "⊗", "⊘", "⋆", "⊕")
SUPERSCRIPTS = ("*", "\\top", "T", "\\circ", "\\dagger", "+", "-", "\\star")
BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("|", "|"), ("‖", "‖"), ("⟨", "⟩"), ("⌊", "⌋"), ("⌈", "⌉"))
PROSE = ("it is odd", "no", "rank one", "of them")


class Grammar:
    """Trees of the grammar, from a level of binding on."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def formula(self, depth: int = 4) -> s.Node:
        """A whole formula: an implication, a list, a relation, or less."""
        if self.seldom(0.1):
            items = tuple(self.listed(depth - 1) for _ in range(self.random.randint(2, 3)))
            if self.seldom(0.3):
                items = (s.Empty(0, 0), *items[1:])
            return s.Implication(0, 0, items, tuple(self.random.choice("⇒⇔⇐") for _ in items[1:]))
        return self.listed(depth)

    def listed(self, depth: int) -> s.Node:
        if depth <= 0 or not self.seldom(0.15):
            return self.relation(depth)
        items = tuple(self.relation(depth - 1) for _ in range(self.random.randint(2, 3)))
        return s.Sequence(
            0, 0, items, tuple(self.random.choice((",", ";", "|", "‖", "and", "where")) for _ in items[1:])
        )

    def relation(self, depth: int) -> s.Node:
        if depth <= 0 or not self.seldom(0.35):
            return self.total(depth)
        items = tuple(self.total(depth - 1) for _ in range(self.random.randint(2, 3)))
        ops = tuple(self.random.choice(RELATIONS) for _ in items[1:])
        return s.Relation(0, 0, items, ops, tuple(0 for _ in ops))

    def total(self, depth: int) -> s.Node:
        if depth <= 0 or not self.seldom(0.4):
            return self.product(depth)
        items = tuple(self.product(depth - 1) for _ in range(self.random.randint(1, 3)))
        first = self.random.choice(("", "-", "+", "\\pm") if len(items) > 1 else ("-", "+", "\\mp"))
        return s.Sum(0, 0, (first, *(self.random.choice(("+", "-", "\\pm", "\\mp")) for _ in items[1:])), items)

    def product(self, depth: int) -> s.Node:
        if depth <= 0 or not self.seldom(0.25):
            return self.side_by_side(depth)
        items = tuple(self.side_by_side(depth - 1) for _ in range(self.random.randint(2, 3)))
        return s.Product(0, 0, items, tuple(self.random.choice(PRODUCTS) for _ in items[1:]))

    def side_by_side(self, depth: int) -> s.Node:
        if depth <= 0 or not self.seldom(0.5):
            return self.scripted(depth)
        return s.Juxt(0, 0, tuple(self.scripted(depth - 1) for _ in range(self.random.randint(2, 4))))

    def scripted(self, depth: int) -> s.Node:
        if depth > 0 and self.seldom(0.05):
            above = self.formula(depth - 2) if self.seldom(0.3) else None
            return s.At(0, 0, self.formula(depth - 1), self.formula(depth - 2), above)
        if depth <= 0 or not self.seldom(0.4):
            return self.atom(depth)
        sub = self.formula(depth - 2) if self.seldom(0.5) else None
        sup = self.superscript(depth) if self.seldom(0.5) else None
        primes = self.random.choice((0, 0, 0, 1, 2))
        if sub is None and sup is None and not primes:
            primes = 1
        return s.Script(0, 0, self.atom(depth - 1), sub, sup, primes)

    def superscript(self, depth: int) -> s.Node:
        if self.seldom(0.5):
            return s.Name(0, 0, self.random.choice(SUPERSCRIPTS))
        return self.formula(depth - 2)

    def atom(self, depth: int) -> s.Node:
        """A leaf, or something that needs no brackets; sometimes anything at all, in braces."""
        if depth <= 0 or self.seldom(0.5):
            return self.leaf()
        kind = self.random.choice(("fence", "fence", "fence", "fraction", "fraction", "root", "accent", "grid", "any"))
        inner = self.formula(depth - 1)
        if kind == "fraction":
            return s.Fraction(0, 0, inner, self.formula(depth - 1))
        if kind == "root":
            return s.Root(0, 0, inner, self.formula(0) if self.seldom(0.3) else None)
        if kind == "accent":
            return s.Accent(0, 0, self.random.choice(ACCENTS), inner)
        if kind == "grid":
            rows = tuple(tuple(self.cell(depth) for _ in range(2)) for _ in range(self.random.randint(1, 2)))
            if spell(rows[0][0]).startswith("["):  # an option of the environment
                rows = ((self.leaf(), *rows[0][1:]), *rows[1:])
            return s.Grid(0, 0, self.random.choice(("pmatrix", "bmatrix", "cases", "vmatrix", "smallmatrix")), rows)
        if kind == "any":
            return inner
        if isinstance(inner, s.Sequence) and self.seldom(0.2):
            return s.Fence(0, 0, *self.random.choice((("(", "]"), ("[", ")"))), inner)
        return s.Fence(0, 0, *self.random.choice(BRACKETS), inner)

    def cell(self, depth: int) -> s.Node:
        return s.Empty(0, 0) if self.seldom(0.1) else self.formula(depth - 2)

    def leaf(self) -> s.Node:
        kind = self.random.random()
        if kind < 0.15:
            return s.Number(0, 0, self.random.choice(("1", "2", "0", "12", "0.5", "3.25")))
        if kind < 0.5:
            return s.Name(0, 0, self.random.choice(LETTERS))
        if kind < 0.65:
            return s.Name(0, 0, self.random.choice(GREEK))
        if kind < 0.8:
            font = self.random.choice(FONTS)
            word = font in ("rm", "sf", "it") and self.seldom(0.3)
            return s.Name(0, 0, "foo" if word else self.random.choice(LETTERS), font)
        if kind < 0.85:
            return s.Name(0, 0, self.random.choice(OPERATORS))
        if kind < 0.97:
            return s.Name(0, 0, self.random.choice(FUNCTIONS), self.random.choice(("op", "op", "spelt")))
        return s.Words(0, 0, self.random.choice(PROSE))

    def seldom(self, chance: float) -> bool:
        return self.random.random() < chance


def tree(random: Random, depth: int = 4) -> s.Node:
    """A random surface tree."""
    return Grammar(random).formula(depth)


def latex(random: Random, depth: int = 4) -> str:
    """A random formula."""
    return spell(tree(random, depth))


SLIPS = ("{", "}", "(", ")", "[", "]", "|", "\\|", "^", "_", "&", "\\\\", "\\left(", "\\right)", "\\left.", "\\right|",
         "\\frac", "\\sqrt", "\\begin{pmatrix}", "\\end{pmatrix}", "=", ",", "'", "\\text{", "\\hat", "\\mathbf", "%",
         "\\middle|", "\\over", "\\label{", "\\overset{a}", "$", "#1", "~", "½", "\x00", "𝔼", "\\")  # fmt: skip


def mangled(random: Random, text: str) -> str:
    """A formula with slips of the hand: characters lost, doubled, put in, parts exchanged."""
    for _ in range(random.randint(1, 4)):
        at, to = sorted(random.randint(0, len(text)) for _ in range(2))
        kind = random.random()
        if kind < 0.35:
            text = text[:at] + random.choice(SLIPS) + text[at:]
        elif kind < 0.6:
            text = text[:at] + text[at + 1 :]
        elif kind < 0.75:
            text = text[:at] + text[at : at + 8] * 2 + text[at + 8 :]
        elif kind < 0.9:
            text = text[:at] + text[to:]
        else:
            text = text[at:to] + text[:at] + text[to:]
    return text
