r"""hw3, a spelling checker for derivations: it reads mathematics and judges every equality.

    hw3.check("notes.md")                                 a document, line by line
    hw3.derive(r"x^\top A x", wrt="x", let=[...])         a gradient, step by step
    hw3.verify.kl()                                       the claims that hw3 itself proves
    hw3.testing.assert_gradient(loss, W=W, claim=r"...")  a gradient on paper against one in code

Each equality is *proved*, *confirmed*, *refuted* or *undecided*. The parts import one way only:

- ``hw3.derivations`` says what is claimed and why (symbols, no torch);
- ``hw3.verify`` says whether it is true (numbers, with torch);
- ``hw3.cli`` is the command.
"""

TYPE_CHECKING = False  # typing's own, without importing it
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike
    from types import ModuleType
    from typing import Literal

    from hw3 import testing as testing
    from hw3 import verify as verify
    from hw3.derivations.calculus.kernel import Fact
    from hw3.derivations.language.expression import Expr
    from hw3.verify.checking.results import CheckResult
    from hw3.verify.derived import Derived

__version__ = "0.1.0"

_PARTS = ("derivations", "testing", "verify")  # imported when they are first asked for


def check(
    source: "str | PathLike[str]",
    *,
    kind: "Literal['markdown', 'tex'] | None" = None,
    preamble: "str | PathLike[str] | None" = None,
    seed: "int | None" = None,
) -> "CheckResult":
    r"""Every equality in a text or a file, judged.

    >>> found = check(r"Let $x \in \mathbb{R}^n$. Then $\nabla_x \|x\|^2 = x$.")
    >>> found.counts["refuted"]
    1
    >>> found.claims[0].did_you_mean
    '\\nabla_x \\|x\\|^2 = 2 x'

    Args:
        source: a path to a .md, .tex or .ipynb file, or the text itself. One line that ends like such a file's name is
            a path.
        kind: how a text is read; without it, what has `\documentclass` or `\begin{document}` is TeX, else Markdown.
        preamble: a file whose declarations hold here, too.
        seed: of what is drawn; without it that of the front matter, else 0.

    Raises:
        UserError: there is no such file, it can't be read, or a text has no formula in it.
    """
    from hw3.verify.checking import results  # imported when it is called: `import hw3` imports nothing else

    return results.check(source, kind, preamble, seed)


def derive(
    expression: "Expr | str",
    wrt: "Expr | Sequence[Expr] | str",
    given: "Sequence[Fact]" = (),
    order: int = 1,
    *,
    let: "Sequence[str] | str" = (),
) -> "Derived":
    r"""The derivative of an expression, with its steps, its LaTeX and its Python.

    >>> found = derive(r"x^\top A x", wrt="x", let=[r"x \in \mathbb{R}^n", r"A \in \mathbb{R}^{n \times n}"])
    >>> found.result
    Aᵀ x + A x
    >>> found.check().proved
    True

    Args:
        expression: LaTeX, or an expression of `hw3.derivations`.
        wrt: the name, or for an expression the symbol or symbols, to differentiate by.
        given: facts that the steps may use.
        order: 2 for the matrix of second derivatives.
        let: in LaTeX, what each name is.

    Raises:
        UserError: it is not read, a name is not declared, or no derivative is known; the message says which.
    """
    if isinstance(expression, str):
        from hw3.verify.checking import deriving

        return deriving.from_python(expression, wrt, let, given, order)
    from hw3.errors import UserError
    from hw3.verify import derived

    if let or isinstance(wrt, str):
        raise UserError("names and `let` are for LaTeX: an expression has its symbols, and wrt is one of them")
    return derived.derive(expression, wrt, given, order)


def __getattr__(name: str) -> "ModuleType":
    if name in _PARTS:
        import importlib

        return importlib.import_module(f"hw3.{name}")
    raise AttributeError(f"module 'hw3' has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *_PARTS})
