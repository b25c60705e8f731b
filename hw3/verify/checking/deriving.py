r"""A derivative asked for in LaTeX: declarations, an expression and a name, read like a document's, then derived.

Nothing that is undeclared is guessed here: the error says which declaration to add.
"""

from __future__ import annotations

from collections.abc import Sequence

from hw3 import derive
from hw3.derivations.calculus.kernel import Fact
from hw3.derivations.language.expression import Expr, ShapeError, walk
from hw3.derivations.language.printing import unicode
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.documents.normal import normal
from hw3.derivations.latex.elaboration import Elaborator, Undeclared
from hw3.derivations.latex.parse import parse
from hw3.derivations.latex.reading import Link, Trouble, read
from hw3.derivations.latex.scope import Generic, Scope
from hw3.derivations.latex.tokens import ReadingError, tokens
from hw3.errors import UserError
from hw3.verify.checking.elaborated import Conflict, readings
from hw3.verify.checking.suggestions import declarations
from hw3.verify.derived import Derived

_NOTHING = r"declares nothing: write, say, x \in \mathbb{R}^n"


class Misread(UserError):
    """What can't be read, with the text and the place in it."""

    def __init__(self, message: str, text: str, place: int | None, missing: Sequence[str] = ()) -> None:
        options = " ".join(f"--let '{d}'" for d in missing)
        super().__init__(f"{message}: add {options}" if missing else message)
        self.told, self.missing = message, tuple(missing)  # the declarations to add
        self.text = text
        self.place = min(max(place or 0, 0), len(text))

    @property
    def pointed(self) -> str:
        """The text with a caret under the place."""
        head = "".join(" " if c.isspace() else c for c in self.text)
        return f"  {head}\n  {' ' * self.place}^"


def derived(expression: str, wrt: str, lets: Sequence[str]) -> Derived:
    r"""The derivative of an expression by a name.

    >>> lets = [r"x \in \mathbb{R}^n", r"A \in \mathbb{R}^{n \times n}"]
    >>> derived(r"x^\top A x", "x", lets).result
    Aᵀ x + A x

    Raises:
        Misread: something in it is not read, or not declared; the message says which.
        UserError: there is no derivative that is known.
    """
    scope = _scope(lets)
    node, by = _parsed(expression), _parsed(wrt)
    if isinstance(node, s.Relation | s.Sequence | s.Implication):
        raise Misread("this is no expression but a relation or a list: give one side of it", expression, node.place)
    value, variable = _elaborated(node, expression, scope), _elaborated(by, wrt, scope)
    if variable.operation.name not in ("symbol", "abbreviation"):
        raise Misread("a derivative is by a name: declare it with --let, and give it as --wrt", wrt, by.place)
    if not any(n is variable for n in walk(value)):
        raise Misread(f"{wrt} does not occur in the expression, so its derivative is zero", expression, 0)
    link = Link(node, "=", node, scope, node.place, node.end, 1, "", True)
    try:
        read_as = [r for r in readings(link) if not isinstance(r, Conflict)]
    except (ReadingError, ShapeError) as error:
        raise Misread(str(error), expression, getattr(error, "place", None)) from error
    if len({r.lhs for r in read_as}) != 1:
        ways = " or ".join(dict.fromkeys(unicode(r.lhs) for r in read_as))
        raise Misread(f"it can be read in {len(read_as)} ways, {ways}: add brackets or \\cdot", expression, 0)
    return derive(read_as[0].lhs, variable, read_as[0].given)


def from_python(
    expression: str, wrt: Expr | Sequence[Expr] | str, lets: Sequence[str] | str, given: Sequence[Fact], order: int
) -> Derived:
    """`hw3.derive` of LaTeX.

    Raises:
        UserError: as `derived`, in words for Python.
    """
    if not isinstance(wrt, str):
        raise UserError('an expression in LaTeX is derived by one name: give it as text, such as wrt="x"')
    if given or order != 1:
        raise UserError("facts and second derivatives are for expressions: for LaTeX, say what is assumed in let")
    try:
        return derived(expression, wrt, [lets] if isinstance(lets, str) else lets)
    except Misread as error:
        lets = [f'r"{d}"' for d in error.missing]
        add = f": add let=[{', '.join(lets)}]" if lets else ""
        told = error.told.replace("--let", "let").replace("--wrt", "wrt")
        raise UserError(f"{told}{add}, in {error.text!r} at column {error.place + 1}") from error


def _scope(lets: Sequence[str]) -> Scope:
    """The scope that the declarations make, put together as one sentence."""
    text, begins = "Let ", list[int]()
    for let in lets:
        alone = read(read_text(f"Let ${let.strip().strip('$')}$."))
        if not alone.entries and not any(c.names or c.constraints or c.later or c.laws for c in alone.scopes):
            raise Misread(f"--let {let!r} {_NOTHING}", let, 0)
        begins.append(len(text) + 1)
        text += f"${let.strip().strip('$')}$, "
    found = read(read_text(text[:-2] + "."))
    for entry in found.entries:
        k = max((k for k, begin in enumerate(begins) if begin <= entry.place), default=0)
        told = f"is not read: {entry.message}" if isinstance(entry, Trouble) else _NOTHING
        lead = len(lets[k]) - len(lets[k].lstrip(" $"))
        raise Misread(f"--let {lets[k]!r} {told}", lets[k], entry.place - begins[k] + lead)
    return found.scopes[-1]


def _parsed(text: str) -> s.Node:
    try:
        return parse(normal(tokens(text), text))
    except ReadingError as error:
        raise Misread(str(error), text, error.place) from error


def _elaborated(node: s.Node, text: str, scope: Scope) -> Expr:
    try:
        return Elaborator(scope)(node)
    except Undeclared as error:
        missing = declarations([Link(node, "=", node, scope, node.place, node.end, 1, "", True)])
        raise Misread(str(error), text, error.place, missing) from error
    except (ReadingError, ShapeError) as error:
        if (name := s.key(node)) is not None and isinstance(scope.find(name), Generic):
            raise Misread(f"{name} is a function: give what it is applied to", text, node.place) from error
        raise Misread(str(error), text, getattr(error, "place", None)) from error
