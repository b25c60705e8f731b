r"""Macros: \newcommand, \def, \let, \DeclareMathOperator and their kin, defined anywhere, with arguments.

No programming: a definition that tests, loops or builds names is reported and left alone. Expansion has a budget,
so that a few lines that would stand for gigabytes cost one Problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from hw3.derivations.latex.documents.limits import DEEPEST_MACRO, LONGEST_FORMULA, MOST_EXPANDED
from hw3.derivations.latex.documents.mask import hide
from hw3.derivations.latex.documents.pieces import Problem
from hw3.derivations.latex.tokens import ReadingError, Token, braced, tokens

_HEAD = re.compile(
    r"""\\(?P<how>(?:re|provide)?newcommand|(?:re|provide)command|DeclareRobustCommand|DeclareMathOperator
        |DeclarePairedDelimiter|[gex]?def|let)(?![A-Za-z])(?P<star>\*?)\s*+
        (?:\{\s*+(?P<braced>\\[A-Za-z@]+|\\.)\s*+\}|(?P<bare>\\[A-Za-z@]+|\\.))\s*+""",
    re.VERBOSE,
)
_ARITY = re.compile(r"\[\s*+(\d)\s*+\]\s*+")
_DEFAULT = re.compile(r"\[([^\[\]{}]*)\]\s*+")
_PARAMETERS = re.compile(r"(?:#\d\s*+)*+")
_LET = re.compile(r"=?\s*+(\\[A-Za-z@]+|\\.|[^\s\\])")
_PROGRAM = re.compile(
    r"\\(?:if[a-z@]*|else|fi|loop|csname|expandafter|futurelet|@\w+|write|input|openin|read)(?![A-Za-z])"
)
_MOST_BROKEN = 20
_ENVIRONMENT = re.compile(r"\s*+\\(begin|end)\s*+\{([A-Za-z]+)\*?\}\s*+")


@dataclass(frozen=True)
class Macro:
    """A macro: `#1` .. `#arity` in `body` are its arguments, the first optional if it has a default."""

    place: int
    arity: int
    default: tuple[Token, ...] | None
    body: tuple[Token, ...]
    latex: str


@dataclass
class Macros:
    """The macros of a document and what is left to spend on them.

    A name that is defined again means the last definition before the formula.
    """

    table: dict[str, list[Macro]] = field(default_factory=dict)
    left: int = MOST_EXPANDED

    def define(self, name: str, macro: Macro) -> None:
        self.table.setdefault(name, []).append(macro)

    def get(self, name: str, place: int) -> Macro | None:
        """What a name means at a place."""
        known = self.table.get(name)
        if not known:
            return None
        return next((m for m in reversed(known) if m.place <= place), known[0])

    def environments(self) -> dict[str, tuple[str, str]]:
        r"""Macros that only begin or end an environment: `\be` is ("begin", "equation")."""
        found = {name: _ENVIRONMENT.fullmatch(known[-1].latex) for name, known in self.table.items()}
        return {name: (m[1], m[2]) for name, m in found.items() if m}

    def expand(self, written: list[Token]) -> list[Token]:
        """The tokens with every macro replaced by what it stands for, placed where it was called.

        Raises:
            ReadingError: an argument is missing, or the budget is spent.
        """
        if not self.table or not any(t.text in self.table for t in written):
            return written
        out: list[Token] = []
        todo = [(t, 0) for t in reversed(written)]
        spent = 0
        while todo:
            token, depth = todo.pop()
            macro = self.get(token.text, token.place) if token.kind == "command" else None
            if macro is None:
                out.append(token)
                continue
            if depth >= DEEPEST_MACRO:
                raise ReadingError(f"the macro {token.text} calls macros more than {DEEPEST_MACRO} deep", token.place)
            end, arguments = _arguments(token, macro, todo)
            body = _filled(macro, arguments)
            spent += len(body) + 1
            self.left -= len(body) + 1
            if spent > LONGEST_FORMULA or self.left < 0:
                many = LONGEST_FORMULA if spent > LONGEST_FORMULA else MOST_EXPANDED
                whole = "this formula" if spent > LONGEST_FORMULA else "the document's formulas"
                raise ReadingError(f"the macros in {whole} stand for more than {many} tokens", token.place)
            todo += [(t.at(token.place, end), depth + 1) for t in reversed(body)]
        return out


def _arguments(call: Token, macro: Macro, todo: list[tuple[Token, int]]) -> tuple[int, list[tuple[Token, ...]]]:
    """Take a call's arguments off the stack: where the call ends, and what they are."""
    end, found = call.end, list[tuple[Token, ...]]()
    if macro.default is not None:
        given = macro.default
        if todo and todo[-1][0].text == "[":
            todo.pop()
            inside, depth = list[Token](), 0
            while todo:
                token = todo.pop()[0]
                if token.text == "]" and depth == 0:
                    end = max(end, token.end)
                    break
                depth += (token.text == "{") - (token.text == "}")
                inside.append(token)
            given = tuple(inside)
        found.append(given)
    while len(found) < macro.arity:
        if not todo or todo[-1][0].text in ("}", "&", "\\\\"):
            raise ReadingError(f"the macro {call.text} takes {macro.arity} arguments, and here are fewer", call.place)
        token = todo.pop()[0]
        end = max(end, token.end)
        if token.text != "{" or token.kind == "text":
            found.append((token,))
            continue
        inside, depth = [], 1
        while depth and todo:
            token = todo.pop()[0]
            depth += (token.text == "{") - (token.text == "}")
            inside.append(token)
        if depth:
            raise ReadingError("the '{' of a macro's argument is not closed", call.place)
        end = max(end, token.end)
        found.append(tuple(inside[:-1]))
    return end, found


def _filled(macro: Macro, arguments: list[tuple[Token, ...]]) -> list[Token]:
    """The body with its arguments put in; as TeX does, without brackets around them."""
    if macro.arity == 0:
        return list(macro.body)
    out: list[Token] = []
    body = iter(macro.body)
    for token in body:
        if token.kind == "text" and "#" in token.text:
            out.append(replace(token, text=_filled_text(token.text, arguments)))
        elif token.text != "#":
            out.append(token)
        else:
            which = next(body, None)
            if which is None or which.text[0] not in "123456789" or int(which.text[0]) > len(arguments):
                raise ReadingError("a macro's body names an argument that it doesn't have", macro.place)
            out += arguments[int(which.text[0]) - 1]
            if which.text[1:]:
                out.append(replace(which, text=which.text[1:]))
        if len(out) > LONGEST_FORMULA:
            raise ReadingError(f"a macro stands for more than {LONGEST_FORMULA} tokens", macro.place)
    return out


def _filled_text(text: str, arguments: list[tuple[Token, ...]]) -> str:
    def fill(found: re.Match[str]) -> str:
        which = int(found[1])
        return "".join(t.text for t in arguments[which - 1]) if 1 <= which <= len(arguments) else found[0]

    return re.sub(r"#([1-9])", fill, text[:LONGEST_FORMULA])[:LONGEST_FORMULA]


def definitions(text: str, problems: list[Problem]) -> tuple[Macros, str]:
    """The macros that a text defines, and the text with their definitions hidden."""
    macros, spans, at, broken = Macros(), list[tuple[int, int]](), 0, 0
    while found := _HEAD.search(text, at):
        name = found["braced"] or found["bare"]
        try:
            macro, at = _definition(text, found)
            spans.append((found.start(), at))
            if found["how"].startswith("provide") and name in macros.table:
                continue
            macros.define(name, macro)
        except ReadingError as error:
            at = found.end()
            spans.append((found.start(), at))
            problems.append(Problem(found.start(), f"the macro {name} is not read: {error}"))
            broken += 1
            if broken > _MOST_BROKEN:
                problems.append(Problem(at, f"more than {_MOST_BROKEN} macros are not read: the rest is not tried"))
                break
    return macros, hide(text, spans)


def _definition(text: str, found: re.Match[str]) -> tuple[Macro, int]:
    at, how, arity, default = found.end(), found["how"], 0, None
    if how == "let":
        other = _LET.match(text, at)
        if not other:
            raise ReadingError("it is not said what it means")
        return Macro(found.start(), 0, None, tuple(tokens(other[1])), other[1]), other.end()
    if how == "DeclarePairedDelimiter":
        left, at = _body(text, at)
        right, at = _body(text, at)
        body = f"{left} #1 {right}"
        return Macro(found.start(), 1, None, tuple(tokens(body)), body), at
    if how.endswith("def"):
        parameters = _PARAMETERS.match(text, at)
        assert parameters is not None
        arity, at = parameters.group().count("#"), parameters.end()
        if not text.startswith("{", at):
            raise ReadingError("its arguments are delimited by more than braces")
    elif how != "DeclareMathOperator" and (number := _ARITY.match(text, at)):
        arity, at = int(number[1]), number.end()
        if given := _DEFAULT.match(text, at):
            default, at = tuple(tokens(given[1])), given.end()
    latex, at = _body(text, at)
    if how == "DeclareMathOperator":
        latex = f"\\operatorname{found['star']}{{{latex}}}"
    if _PROGRAM.search(latex):
        raise ReadingError("it is a program")
    return Macro(found.start(), arity, default, tuple(tokens(latex)), latex), at


def _body(text: str, at: int) -> tuple[str, int]:
    """A {...}, or a single command or character, and the place after it and the spaces that follow."""
    at = _spaces(text, at)
    if text.startswith("{", at):
        if len(text) - at > LONGEST_FORMULA:
            latex, at = braced(text, at, at + LONGEST_FORMULA)
        else:
            latex, at = braced(text, at, len(text))
    elif single := _LET.match(text, at):
        latex, at = single.group(), single.end()
    else:
        raise ReadingError("it is not said what it means")
    return latex, at


def _spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
