r"""From tokens to the surface tree: a parser by precedence.

Loosest first: implications; separators (commas, "and"); relations; sums; products by a sign (\odot, \cdot, /);
juxtaposition; scripts. Only bars need a look ahead: at a place for an operand one opens, behind an operand it
closes the innermost bar that is open, opens a factor if bars pair up to the end of the bracket, or separates.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.tokens import SPACING, ReadingError, Token
from hw3.derivations.latex.vocabulary import (
    ACCENTS,
    ARROWS,
    BAR_SPELLINGS,
    CLOSERS,
    FONTS,
    JOINING_WORDS,
    OPENERS,
    PRODUCT_SIGNS,
    RELATIONS,
    SWITCHES,
    WORDS,
)

DEEPEST = 60  # brackets within brackets
_FRACTIONS = {"\\frac", "\\dfrac", "\\tfrac", "\\cfrac", "\\nicefrac", "\\sfrac"}
_GRIDS = ("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "cases", "dcases",
          "rcases", "aligned", "split", "gathered", "alignedat")  # fmt: skip
_END = Token("symbol", "", -1, -1)


def parse(tokens: Seq[Token], unclosed: list[Token] | None = None) -> s.Node:
    """The surface tree of one row of a formula.

    Brackets that are still open at its end raise, unless `unclosed` is given: then they are closed there and listed.

    Raises:
        ReadingError: with the place of what can't be read.
    """
    return _Parser([t for t in tokens if t.text not in SPACING], unclosed).whole()


class _Parser:
    def __init__(self, tokens: Seq[Token], unclosed: list[Token] | None = None) -> None:
        self.tokens = _joined(tokens)
        self.at = 0
        self.unclosed = unclosed
        self.nested = 0
        self.fences: list[str] = []  # what closes the brackets that are open

    # --- tokens ---------------------------------------------------------------------------------------

    @property
    def next(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def peek(self, k: int = 1) -> Token:
        return self.tokens[self.at + k] if self.at + k < len(self.tokens) else _END

    def take(self) -> Token:
        token = self.next
        self.at = min(self.at + 1, len(self.tokens))
        return token

    @property
    def place(self) -> int:
        if self.at < len(self.tokens):
            return self.tokens[self.at].place
        return self.tokens[-1].end if self.tokens else 0

    @property
    def last(self) -> int:
        return self.tokens[self.at - 1].end if self.at else self.place

    def fail(self, message: str, place: int | None = None) -> ReadingError:
        return ReadingError(message, self.place if place is None else place)

    # --- levels ---------------------------------------------------------------------------------------

    def whole(self) -> s.Node:
        node = self.implication()
        if self.at < len(self.tokens):
            raise self.fail(f"{_shown(self.next)} is not expected here")
        return node

    def implication(self) -> s.Node:
        start = self.place
        items: list[s.Node] = [s.Empty(start, start) if self.next.text in ARROWS else self.sequence()]
        ops: list[str] = []
        while self.next.text in ARROWS:
            ops.append(ARROWS[self.take().text])
            items.append(self.sequence())
        return items[0] if not ops else s.Implication(start, self.last, tuple(items), tuple(ops))

    def sequence(self) -> s.Node:
        start = self.place
        items: list[s.Node] = [self.relation()]
        seps: list[str] = []
        while (sep := self.separator()) is not None:
            if self.ends() and sep in ",;":
                break  # a comma at the end
            items.append(self.relation())
            seps.append(sep)
        return items[0] if not seps else s.Sequence(start, self.last, tuple(items), tuple(seps))

    def separator(self) -> str | None:
        """The separator here, taken, or None."""
        token = self.next
        if token.text in (",", ";"):
            self.take()
            if self.next.kind == "text" and self.next.text.strip(" ,").lower() in JOINING_WORDS:
                return self.take().text.strip(" ,").lower()
            return token.text
        if token.kind == "text" and token.text.strip(" ,").lower() in JOINING_WORDS:
            return self.take().text.strip(" ,").lower()
        if token.text == "\\colon" or (token.text == ":" and self.fences):
            return None
        if token.text in BAR_SPELLINGS and not self.closes(token):
            if self.fences[-1:] in (["|"], ["‖"]) or self.peek().text == "_":
                return None
            self.take()
            return BAR_SPELLINGS[token.text]
        return None

    def relation(self) -> s.Node:
        start = self.place
        items: list[s.Node] = [s.Empty(start, start) if self.operator() else self.sum()]
        ops: list[str] = []
        places: list[int] = []
        while (op := self.operator()) is not None:
            places.append(self.place)
            self.take()
            while self.next.text == "=" and op in (":", "=", "!"):  # := written as two, = doubled at a row's end
                self.take()
                op = ":=" if op == ":" else op
            if op == "not":
                op = "≠" if self.next.text == "=" else "∉"
                self.take()
            ops.append(op)
            empty = self.ends() or self.next.text in (",", ";") or self.next.text in ARROWS
            items.append(s.Empty(self.place, self.place) if empty else self.sum())
        return items[0] if not ops else s.Relation(start, self.last, tuple(items), tuple(ops), tuple(places))

    def operator(self) -> str | None:
        r"""The relation here, if it is one; \overset{!}{=} and the like are demands."""
        text = self.next.text
        return RELATIONS.get(text, "!" if text.startswith("\\overset{") else None)

    def ends(self) -> bool:
        return self.at >= len(self.tokens) or self.next.text in CLOSERS or self.closes(self.next)

    def sum(self) -> s.Node:
        start = self.place
        signs, items = [self.sign()], [self.product()]
        while self.next.text in ("+", "-", "\\pm", "\\mp"):
            signs.append(self.sign())
            items.append(self.product())
        if signs == [""]:
            return items[0]
        return s.Sum(start, self.last, tuple(signs), tuple(items))

    def sign(self) -> str:
        """The sign here: several in a row are one."""
        sign = ""
        while self.next.text in ("+", "-", "\\pm", "\\mp"):
            text = self.take().text
            if text.startswith("\\") or sign.startswith("\\"):
                sign = text
            else:
                sign = "-" if (sign == "-") != (text == "-") else "+"
        return sign

    def product(self) -> s.Node:
        start = self.place
        items: list[s.Node] = [s.Empty(start, start) if self.next.text in PRODUCT_SIGNS else self.juxtaposition()]
        ops: list[str] = []
        while self.next.text in PRODUCT_SIGNS:
            ops.append(PRODUCT_SIGNS[self.take().text])
            before = self.place
            sign = self.sign()
            factor = self.juxtaposition()
            items.append(factor if sign in ("", "+") else s.Sum(before, self.last, (sign,), (factor,)))
        return items[0] if not ops else s.Product(start, self.last, tuple(items), tuple(ops))

    def juxtaposition(self) -> s.Node:
        start = self.place
        items: list[s.Node] = []
        while self.starts_operand(first=not items):
            token = self.next
            if items and token.text in BAR_SPELLINGS and self.peek().text == "_":
                break
            items.append(self.scripted())
        if not items:
            if self.at >= len(self.tokens):
                raise self.fail("the formula breaks off here: something is expected behind it", self.last)
            raise self.fail(f"{_shown(self.next)} stands where a number or a name is expected")
        node = items[0] if len(items) == 1 else s.Juxt(start, self.last, tuple(items))
        while self.next.text in BAR_SPELLINGS and self.peek().text == "_" and not self.closes(self.next):
            self.take()
            node = self.evaluated(start, node)
        return node

    def evaluated(self, start: int, body: s.Node) -> s.Node:
        sub, sup, primes = self.scripts()
        if sub is None or primes:
            raise self.fail("the bar here has no point at its foot, such as |_{x = 0}")
        return s.At(start, self.last, body, sub, sup)

    # --- operands -------------------------------------------------------------------------------------

    def starts_operand(self, first: bool) -> bool:
        token = self.next
        if token is _END or token.text in CLOSERS or self.operator() or token.text in ARROWS:
            return False
        if token.text in (",", ";", "+", "-", "\\pm", "\\mp", "&", "\\\\", "^", "_", "\\over", "\\choose"):
            return token.text in ("^", "_") and first
        if token.text in PRODUCT_SIGNS:
            return False
        if token.kind == "text":
            return first or token.text.strip(" ,").lower() not in JOINING_WORDS
        if token.text in BAR_SPELLINGS:
            return first or (not self.closes(token) and self.pairs_up(token))
        return True

    def closes(self, token: Token) -> bool:
        """Whether a bar closes the innermost bracket that is open."""
        if not self.fences or token.text not in BAR_SPELLINGS:
            return False
        return self.fences[-1] == BAR_SPELLINGS[token.text] or (self.fences[-1] == "|" and token.text == "||")

    def pairs_up(self, token: Token) -> bool:
        """Whether the bars of this kind from here to the end of the bracket are even in number."""
        depth, count = 0, 0
        for other in self.tokens[self.at :]:
            if other.text in OPENERS or other.text == "{":
                depth += 1
            elif other.text in CLOSERS:
                depth -= 1
                if depth < 0:
                    break
            elif depth == 0 and BAR_SPELLINGS.get(other.text) == BAR_SPELLINGS[token.text]:
                count += 1
            elif depth == 0 and other.text in (",", ";"):
                break
        return count % 2 == 0 and token.text not in ("\\mid", "\\middle|", "\\middle\\|")

    def scripted(self) -> s.Node:
        start = self.place
        base = s.Empty(start, start) if self.next.text in ("^", "_") else self.atom()
        sub, sup, primes = self.scripts()
        if sub is None and sup is None and not primes:
            return base
        if isinstance(base, s.Fence) and base.open == ".":
            return s.At(start, self.last, base.body, sub if sub is not None else s.Empty(start, start), sup)
        return s.Script(start, self.last, base, sub, sup, primes)

    def scripts(self) -> tuple[s.Node | None, s.Node | None, int]:
        sub: s.Node | None = None
        sup: s.Node | None = None
        primes = 0
        while self.next.text in ("_", "^", "'"):
            token = self.take()
            if token.text == "'":
                primes += 1
            elif token.text == "_":
                if sub is not None:
                    raise self.fail("a second subscript: write {x_a}_b", token.place)
                sub = self.argument()
            else:
                raised = self.argument()
                count = _primes(raised)
                if count:
                    primes += count
                elif sup is not None:
                    raise self.fail("a second superscript: write {x^a}^b", token.place)
                else:
                    sup = raised
        return sub, sup, primes

    def argument(self) -> s.Node:
        """The argument of a command or a script: a group, or one token (one digit of a number)."""
        token = self.next
        if token.kind == "number" and len(token.text) > 1 and token.text[0] != ".":
            first = Token("number", token.text[0], token.place, token.place + 1)
            rest = Token("number", token.text[1:], token.place + 1, token.end)
            self.tokens[self.at : self.at + 1] = [first, rest]
            token = first
        if token.text == "{":
            return self.group()
        if token is _END or token.text in CLOSERS or token.text in ("&", "\\\\", "^", "_"):
            raise self.fail("something is missing behind this", self.last)
        if token.text in ("*", "\\ast", "+", "-", "\\top", "\\prime", "\\circ", "\\dagger", "\\star", "\\perp"):
            self.take()
            return s.Name(token.place, token.end, token.text)
        if token.kind == "text":
            self.take()
            return s.Words(token.place, token.end, token.text)
        return self.atom()

    def group(self) -> s.Node:
        """{...}, as one thing; a font switch inside it holds to its end."""
        opening = self.take()
        self.deeper(opening, "}")
        font = ""
        while self.next.text in SWITCHES:
            font = SWITCHES[self.take().text]
        if self.next.text == "}" or self.at >= len(self.tokens):
            node: s.Node = s.Empty(opening.place, self.place)
        elif (signs := self.signs()) is not None:
            node = signs
        else:
            node = self.implication()
            if self.next.text in ("\\over", "\\choose"):
                if self.take().text == "\\choose":
                    raise self.fail("binomial coefficients are not read", self.tokens[self.at - 1].place)
                node = s.Fraction(opening.place, self.place, node, self.implication())
        self.close(opening, "}")
        return in_font(node, font) if font else node

    def signs(self) -> s.Node | None:
        """The signs that a group consists of, as in x^{*} and S_{++}, or None."""
        k = 0
        while self.peek(k).text in ("*", "\\ast", "+", "-", "\\star", "\\dagger"):
            k += 1
        if not k or self.peek(k).text != "}":
            return None
        taken = [self.take() for _ in range(k)]
        return s.Name(taken[0].place, taken[-1].end, "".join(t.text for t in taken))

    def deeper(self, opening: Token, closing: str) -> None:
        if len(self.fences) >= DEEPEST:
            raise self.fail(f"brackets stand more than {DEEPEST} deep here", opening.place)
        self.fences.append(closing)

    def close(self, opening: Token, *closing: str) -> str:
        """Takes what closes the bracket."""
        self.fences.pop()
        text = CLOSERS.get(self.next.text, BAR_SPELLINGS.get(self.next.text, ""))
        if text in closing:
            self.take()
            return text
        if self.next.text == "||" and "|" in closing:
            # |a||b|: the first bar closes, the second is left.
            token = self.next
            self.tokens[self.at] = Token("symbol", "|", token.place + 1, token.end)
            return "|"
        if self.at >= len(self.tokens) and self.unclosed is not None:
            self.unclosed.append(opening)
            return closing[0]
        if self.at >= len(self.tokens):
            raise self.fail(f"{_shown(opening)} is opened here and not closed", opening.place)
        raise self.fail(f"{_shown(opening)}, opened before, is not closed when {_shown(self.next)} comes here")

    def fenced(self) -> s.Node:
        opening = self.take()
        kind = OPENERS.get(opening.text, BAR_SPELLINGS.get(opening.text, ""))
        closing: str = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⌊": "⌋", "⌈": "⌉", "|": "|", "‖": "‖", ".": "|"}[kind]
        self.deeper(opening, closing)
        if self.next.text in CLOSERS and CLOSERS[self.next.text] == closing:
            body: s.Node = s.Empty(self.place, self.place)
        else:
            body = self.implication()
        # [0, 1) and (0, 1] are intervals.
        ends: tuple[str, ...] = (closing,)
        if kind in ("(", "[") and isinstance(body, s.Sequence):
            ends = (")", "]")
        if kind == "{":
            ends = ("}", "right.")
        elif kind == ".":
            ends = ("|", "}", "]", ")")
        found = self.close(opening, *ends)
        return s.Fence(opening.place, self.last, kind, found, body)

    def atom(self) -> s.Node:
        self.nested += 1  # of arguments within arguments: \\hat\\hat x
        if self.nested > DEEPEST:
            raise self.fail(f"things stand more than {DEEPEST} deep here")
        node = self._atom()
        self.nested -= 1
        return node

    def _is_thousand(self, token: Token) -> bool:
        """Whether a comma and three digits follow a number without a space: 1,000."""
        comma, digits = self.next, self.peek()
        close = comma.text == "," and comma.place == token.end and digits.place == comma.end
        return close and digits.kind == "number" and len(digits.text) == 3 and len(token.text) <= 3

    def _atom(self) -> s.Node:
        token = self.next
        text = token.text
        if text == "{":
            return self.group()
        if text in OPENERS or text in BAR_SPELLINGS:
            return self.fenced()
        if token.kind == "number":
            self.take()
            if not self.fences and self.nested == 1 and self._is_thousand(token):
                raise self.fail("is this one number, or are these two? write 1000 for 1,000", token.place)
            return s.Number(token.place, token.end, text)
        if token.kind == "text":
            self.take()
            word = text.strip()
            if word in WORDS:
                return s.Name(token.place, token.end, word, "op")
            return s.Words(token.place, token.end, text)
        if token.kind == "letter":
            return self.letters()
        if token.kind == "command":
            return self.command()
        if text == "*" or text == "!":
            raise self.fail("factorials are not read" if text == "!" else "'*' stands where an operand is expected")
        if text in ("/", ".", ":", "?", "`", '"', "@", "#", "$", "~", "'"):
            raise self.fail(f"{_shown(token)} stands where a number or a name is expected")
        self.take()
        return s.Name(token.place, token.end, text)

    def letters(self) -> s.Node:
        """A letter, or a word that is known, spelt without a backslash: softmax(z)."""
        first = self.next
        run = [first]
        while (t := self.peek(len(run))).kind == "letter" and t.place == run[-1].end and len(run) < 10:
            run.append(t)
        before = self.tokens[self.at - 1] if self.at else _END
        whole = before.kind != "letter" or before.end != first.place
        for n in range(len(run), 1, -1):
            word = "".join(t.text for t in run[:n])
            if whole and n == len(run) and word in WORDS:
                self.at += n
                return s.Name(first.place, run[n - 1].end, word, "spelt")
        self.take()
        return s.Name(first.place, first.end, first.text)

    def command(self) -> s.Node:
        token = self.take()
        text, start = token.text, token.place
        if text in _FRACTIONS:
            above, below = self.argument(), self.argument()
            return s.Fraction(start, self.last, above, below)
        if text == "\\sqrt":
            index = None
            if self.next.text == "[":
                opening = self.take()
                self.deeper(opening, "]")
                index = self.implication()
                self.close(opening, "]")
            body = self.argument()
            return s.Root(start, self.last, body, index)
        if text in ACCENTS:
            body = self.argument()
            return s.Accent(start, self.last, ACCENTS[text], body)
        if text in FONTS:
            return in_font(self.argument(), FONTS[text])
        if text in ("\\operatorname", "\\operatorname*", "\\mathop", "\\DeclareMathOperator"):
            return self.operator_name(token)
        if text in SWITCHES:
            return in_font(self.juxtaposition(), SWITCHES[text])
        if text == "\\begin":
            return self.grid(token)
        if text in ("\\cancel", "\\bcancel", "\\xcancel", "\\sout"):
            raise self.fail("something is crossed out here: write the line without it", start)
        if text in ("\\binom", "\\dbinom", "\\tbinom"):
            raise self.fail("binomial coefficients are not read", start)
        if text in ("\\end", "\\\\", "\\item"):
            raise self.fail(f"{text} is not expected here", start)
        word = text.removeprefix("\\")
        return s.Name(start, token.end, word, "op") if word in WORDS else s.Name(start, token.end, text)

    def operator_name(self, token: Token) -> s.Node:
        """\\operatorname{name}: the letters of the argument, spelt as they stand."""
        if self.next.text != "{":
            return in_font(self.argument(), "op")
        opening = self.take()
        word = ""
        while self.at < len(self.tokens) and self.next.text != "}":
            word += self.take().text
        if self.at >= len(self.tokens):
            raise self.fail("'{' is opened here and not closed", opening.place)
        self.take()
        return s.Name(token.place, self.last, word.strip().removeprefix("\\"), "op")

    def grid(self, begin: Token) -> s.Node:
        name = self.environment()
        kind = name.rstrip("*")
        if kind not in _GRIDS:
            raise self.fail(f"the environment {name!r} is not read inside a formula", begin.place)
        if kind == "array" and self.next.text == "{":
            depth = 0
            while self.at < len(self.tokens):
                depth += {"{": 1, "}": -1}.get(self.take().text, 0)
                if depth == 0:
                    break
        self.deeper(begin, "\\end")
        rows: list[tuple[s.Node, ...]] = []
        cells: list[s.Node] = []
        while True:
            here = self.place
            blank = self.next.text in ("&", "\\\\", "\\end")
            if self.at >= len(self.tokens):
                raise self.fail(f"\\begin{{{name}}} is not closed", begin.place)
            cells.append(s.Empty(here, here) if blank else self.implication())
            token = self.take()
            if token.text == "&":
                continue
            if not (len(cells) == 1 and isinstance(cells[0], s.Empty)):
                rows.append(tuple(cells))
            cells = []
            if token.text == "\\\\":
                continue
            if token.text == "\\end" and self.environment().rstrip("*") == kind:
                break
            raise self.fail(f"\\begin{{{name}}} is not closed here", token.place if token.place >= 0 else begin.place)
        self.fences.pop()
        return s.Grid(begin.place, self.last, kind, tuple(rows))

    def environment(self) -> str:
        word = ""
        if self.next.text == "{":
            self.take()
            while self.at < len(self.tokens) and self.next.text != "}":
                word += self.take().text
            self.take()
        return word


def _joined(tokens: Seq[Token]) -> list[Token]:
    r"""Two single bars that touch as one ||, and an environment's \begin{name} apart."""
    joined: list[Token] = []
    for t in tokens:
        if t.text.startswith(("\\begin{", "\\end{")):
            command, name = t.text.removesuffix("}").split("{", 1)
            parts = (command, "{", name, "}")
            joined.extend(Token("command" if p is command else "symbol", p, t.place, t.end) for p in parts)
        elif t.text == "|" and joined and joined[-1].text == "|" and joined[-1].end == t.place:
            joined[-1] = Token("symbol", "||", joined[-1].place, t.end)
        else:
            joined.append(t)
    return joined


def _primes(node: s.Node) -> int:
    match node:
        case s.Name(text="\\prime" | "'"):
            return 1
        case s.Juxt() if all(isinstance(n, s.Name) and n.text in ("\\prime", "'") for n in node.items):
            return len(node.items)
        case _:
            return 0


def in_font(node: s.Node, font: str) -> s.Node:
    """The node with its letters in a font: several letters in roman are one word."""
    match node:
        case s.Name(font="" | "spelt"):
            return s.Name(node.place, node.end, node.text, font)
        case s.Juxt() if all(isinstance(n, s.Name) and n.font in ("", "spelt", "op") for n in node.items):
            if font in ("rm", "op", "sf", "tt", "bf", "it") and not any(
                isinstance(n, s.Name) and n.text.startswith("\\") for n in node.items
            ):
                word = "".join(n.text for n in node.items if isinstance(n, s.Name))
                return s.Name(node.place, node.end, word, "op" if word in WORDS else font)
            return s.Juxt(node.place, node.end, tuple(in_font(n, font) for n in node.items))
        case s.Juxt():
            return s.Juxt(node.place, node.end, tuple(in_font(n, font) for n in node.items))
        case s.Script():
            return s.Script(node.place, node.end, in_font(node.base, font), node.sub, node.sup, node.primes)
        case s.Accent():
            return s.Accent(node.place, node.end, node.kind, in_font(node.body, font))
        case s.Sum():
            return s.Sum(node.place, node.end, node.signs, tuple(in_font(n, font) for n in node.items))
        case s.Number():
            return s.Name(node.place, node.end, node.text, font) if font in ("bf", "bb") else node
        case _:
            return node


def _shown(token: Token) -> str:
    return f"'{token.text}'" if token.text else "the end"
