"""A derivation told: its steps with their reasons, its result, and what the kernel said of every line."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from hw3.derivations.gradients.derivation import Checked, Step
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import latex, unicode, unicode_text
from hw3.errors import UserError
from hw3.verify.derived import Derived
from hw3.verify.reports.terminal import lines_of

_INDENT = 5


def print_derivation(to: Console, found: Derived, checked: Checked) -> None:
    """Prints the steps in Unicode, each with its reason, and the result."""
    wrt = found.wrt[0]
    _print(to, f"The {found.kind} of {unicode(found.expression)} by {unicode(wrt)}", "bold")
    for k, line in enumerate(found.lines, 1):
        to.print()
        first, *more = lines_of(equation(line), to.width - _INDENT)
        to.print(Text(f"{k:3}  {first}"), soft_wrap=True)
        for each in more:
            to.print(Text(" " * _INDENT + each), soft_wrap=True)
        _print(to, unicode_text(reason(line)), "dim", " " * _INDENT)
    to.print()
    whole = next((s.lhs for s in found.steps if s.of is wrt and s.value is found.result), found.asked[wrt])
    _print(to, f"Result: {unicode(whole)} = {unicode(found.result)}", "bold")
    given = f", given {'; '.join(map(unicode_text, checked.conditions))}" if checked.conditions else ""
    if checked.proved:
        _print(to, f"Every line is proved, for all sizes{given}.")
    else:
        _print(to, f"Not proved: {len(checked.failures)} of {len(checked.links)} lines{given}.", "bold yellow")


def _print(to: Console, text: str, style: str = "", indent: str = "") -> None:
    for line in lines_of(text, to.width - len(indent)):
        to.print(Text(indent + line, style=style), soft_wrap=True)


def equation(line: Expr | Step, in_latex: bool = False) -> str:
    """A line of a derivation as an equation: a name and what it stands for, or a derivative and its value."""
    show = latex if in_latex else unicode
    if isinstance(line, Expr):
        return f"{show(line)} = {show(line.args[0])}"
    named = "" if line.name is None else f"{show(line.name)} = "
    return f"{named}{show(line.lhs)} = {show(line.value)}"


def reason(line: Expr | Step) -> str:
    """Why a line holds, in words."""
    return "a name for it" if isinstance(line, Expr) else line.reason


def to_json(found: Derived, checked: Checked) -> dict[str, Any]:
    """The report of `hw3 derive --json`; `python` is null where it can't be written."""
    try:
        python = found.python()
    except UserError:
        python = None
    return {
        "version": 1,
        "expression": latex(found.expression),
        "wrt": latex(found.wrt[0]),
        "steps": [{"latex": equation(line, in_latex=True), "reason": reason(line)} for line in found.lines],
        "result": latex(found.result),
        "conditions": list(checked.conditions),
        "proved": checked.proved,
        "python": python,
    }
