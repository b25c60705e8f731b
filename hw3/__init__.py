"""hw3, a spelling checker for derivations: it reads mathematics and judges every equality.

Each is *proved*, *confirmed*, *refuted* or *undecided*. The parts import one way only:

- ``hw3.derivations`` says what is claimed and why (symbols, no torch);
- ``hw3.verify`` says whether it is true (numbers, with torch);
- ``hw3.cli`` is the command.
"""

TYPE_CHECKING = False  # typing's own, without importing it
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hw3.derivations.calculus.kernel import Fact
    from hw3.derivations.language.expression import Expr
    from hw3.verify.derived import Derived

__version__ = "0.1.0"


def derive(
    expression: "Expr | str", wrt: "Expr | Sequence[Expr]", given: "Sequence[Fact]" = (), order: int = 1
) -> "Derived":
    """The derivative of an expression, with its steps, its LaTeX and its Python; see `hw3.verify.derived.derive`."""
    from hw3.verify import derived  # imported when it is called: `import hw3` imports nothing else

    return derived.derive(expression, wrt, given, order)
