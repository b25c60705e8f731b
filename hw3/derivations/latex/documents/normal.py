r"""What a formula says without what only places, numbers or decorates it: the tokens that a parser is given.

pieces.py tells what becomes of what. Everything here is one pass over flat tokens, so that neither depth nor length
can exhaust anything.
"""

from __future__ import annotations

import re

from hw3.derivations.latex.tokens import SPACING, Token

RELATION_SIGNS = frozenset({
    "=", "<", ">", "\\le", "\\leq", "\\leqslant", "\\ge", "\\geq", "\\geqslant", "\\lt", "\\gt", "\\ne", "\\neq",
    "\\sim", "\\approx", "\\simeq", "\\cong", "\\equiv", "\\propto", "\\coloneqq", "\\coloneq", "\\triangleq",
    "\\defeq", "\\doteq", "\\ll", "\\gg", "\\succ", "\\succeq", "\\prec", "\\preceq", "\\implies", "\\iff",
    "\\Rightarrow", "\\Longrightarrow", "\\Leftrightarrow", "\\Longleftrightarrow", "\\to", "\\rightarrow",
    "\\longrightarrow", "\\gets", "\\leftarrow", "\\mapsto", "\\in", "\\notin", "\\ni", "\\subset", "\\subseteq",
    "\\perp", "\\stackrel", "\\Leftarrow", "\\impliedby", "\\therefore", "\\eq",
})  # fmt: skip
BINARY_SIGNS = frozenset({
    "+", "-", "\\pm", "\\mp", "\\cdot", "\\times", "\\odot", "\\otimes", "\\oplus", "\\circ", "*", "/", "\\ast",
    "\\star", "\\wedge", "\\vee", "\\oslash", "\\div", "\\bullet",
})  # fmt: skip

GAPS = frozenset({"\\quad", "\\qquad"})  # what may stand between two statements

# Names whose braces hold a name, in which an underscore is a character.
_NAMES = frozenset({"\\mathrm", "\\mathit", "\\mathsf", "\\mathtt", "\\operatorname", "\\operatorname*", "\\mathbf"})
# How many arguments go with what says nothing.
_SILENT = {
    "\\phantom": 1, "\\hphantom": 1, "\\vphantom": 1, "\\hspace": 1, "\\hspace*": 1, "\\vspace": 1, "\\vspace*": 1,
    "\\mspace": 1, "\\color": 1, "\\rule": 2, "\\cline": 1, "\\hline": 0, "\\xspace": 0, "\\qed": 0, "\\qedhere": 0,
    "\\blacksquare": 0, "\\vspace ": 1, "\\setlength": 2, "\\arraystretch": 0, "\\raggedright": 0,
    "\\centering": 0, "\\displaylimits": 0, "\\hskip": 0, "\\kern": 0, "\\mkern": 0, "\\newpage": 0,
}  # fmt: skip
# How many arguments come before the one that remains.
_SHOWN = {
    "\\boxed": 0, "\\fbox": 0, "\\textcolor": 1, "\\mathcolor": 1, "\\colorbox": 1, "\\smash": 0, "\\ensuremath": 0,
    "\\mathclap": 0, "\\mathllap": 0, "\\mathrlap": 0, "\\mathop": 0, "\\mathbin": 0, "\\mathrel": 0, "\\mathord": 0,
    "\\mathopen": 0, "\\mathclose": 0, "\\mathinner": 0, "\\mathpunct": 0, "\\bbox": 0, "\\vcenter": 0,
    "\\underbrace": 0, "\\overbrace": 0, "\\underbracket": 0, "\\overbracket": 0, "\\scalebox": 1,
}  # fmt: skip
_BRACES = ("\\underbrace", "\\overbrace", "\\underbracket", "\\overbracket")
_LABELS = ("\\label", "\\tag", "\\tag*", "\\eqref", "\\ref", "\\cite", "\\citep", "\\citet", "\\cref", "\\footnote")
_COLUMNS = ("array", "tabular", "alignat", "alignedat", "subarray", "xalignat", "darray")
_BARS = {"|": "|", "\\vert": "|", "\\|": "\\|", "\\Vert": "\\|"}
_PAIRED = {"|": ("\\lvert", "\\rvert"), "\\|": ("\\lVert", "\\rVert")}
_ANGLES = {"<": "\\langle", ">": "\\rangle"}
# Relations whose scripts are remarks; that of \succ_K is its meaning, that of V^\perp_k no part of it.
_INDEXED = frozenset({"=", "\\le", "\\leq", "\\ge", "\\geq", "\\sim", "\\approx", "\\propto", "\\equiv"})
_REASONED = _INDEXED | {"<", ">", "\\Rightarrow", "\\Longrightarrow", "\\iff", "\\Leftrightarrow", "\\implies"}
# What may be said above a relation without changing what it claims is any reason but these.
_MEANING = {"!", "?", "d", "D", "D.", "d.", "dist", "dist.", "L", "\\mathcalL", "\\mathcalD", "p", "P", "a.s.", "as",
            "a.e.", "w", "\\wedge", "H0", "H_0"}  # fmt: skip
_DEFINING = {"def", "def.", "Def", "Def.", "DEF", "\\Delta", "\\triangle", "\\vartriangle", "defn", "."}
_LENGTHS = {"pt", "em", "ex", "cm", "mm", "in", "sp", "mu", "bp", "pc"}


class Normal:
    """Tokens as written on the way to tokens as meant; `out` is what came of the ones up to `at`."""

    def __init__(self, written: list[Token], source: str, markdown: bool) -> None:
        self.tokens = written
        self.source = source
        self.markdown = markdown
        self.close, self.inside_name = self._braces()
        self.out: list[Token] = []
        self.dropped: set[int] = set()  # braces of what is unwrapped
        self.jumps: dict[int, int] = {}  # scripts of what is unwrapped
        self.left: list[tuple[int, str]] = []  # open \left: where in `out`, and what

    def _braces(self) -> tuple[dict[int, int], set[int]]:
        """Which } closes which {, and the underscores in the braces of a name."""
        close, opened, named = dict[int, int](), list[int](), set[int]()
        for k, token in enumerate(self.tokens):
            if token.kind == "text":
                continue
            if token.text == "{":
                opened.append(k)
            elif token.text == "}" and opened:
                close[opened.pop()] = k
            elif token.text == "\\_" and opened and opened[-1] and self.tokens[opened[-1] - 1].text in _NAMES:
                named.add(k)
        return close, named

    def argument(self, at: int) -> tuple[int, int, int] | None:
        """Where an argument's tokens begin and end, and where what follows it begins."""
        if at >= len(self.tokens) or self.tokens[at].text in ("}", "&", "\\\\"):
            return None
        if self.tokens[at].text != "{" or self.tokens[at].kind == "text":
            return at, at + 1, at + 1
        return (at + 1, self.close[at], self.close[at] + 1) if at in self.close else None

    def said(self, start: int, end: int) -> str:
        """Tokens put together."""
        return "".join(t.text for t in self.tokens[start:end])

    def run(self) -> list[Token]:
        """The tokens as meant."""
        at = 0
        while at < len(self.tokens):
            at = self.jumps.get(at) or self.step(at)
        return self.out

    def step(self, at: int) -> int:
        """Take the token at a place, and what belongs to it; where to go on."""
        token, text = self.tokens[at], self.tokens[at].text
        if at in self.dropped:
            return at + 1
        if token.kind == "command" and text in SPACING:
            if text in GAPS:
                self.out.append(token)  # rows.py drops it, or reads a comma
            return at + 1
        if token.kind == "text":
            self.out.append(Token("text", text.replace("\\_", "_"), token.place, token.end))
            return at + 1
        if token.kind == "symbol" and text in ("\0", "$"):
            return at + 1
        if text in ("^", "_") and self.out and self.out[-1].text in (_REASONED if text == "^" else _INDEXED):
            return self.scripted(at)
        if token.kind != "command":
            self.out.append(token)
            return at + 1
        return self.command(at, token)

    def command(self, at: int, token: Token) -> int:
        text = token.text
        if text in ("\\overset", "\\stackrel", "\\underset"):
            return self.stacked(at)
        if text in ("\\begin", "\\end"):
            return self.environment(at)
        if text in ("\\left", "\\right", "\\middle"):
            return self.delimiter(at)
        if text in ("\\\\", "\\newline", "\\cr", "\\tabularnewline"):
            return self.row_break(at)
        if text in _LABELS and (found := self.argument(at + 1)):
            start, end, after = found
            name = self.source[self.tokens[start - 1].end : self.tokens[end].place] if after > end else ""
            self.put(at, f"{text.rstrip('*')}{{{name.strip() or self.said(start, end)}}}", after)
            return after
        if text in _SILENT:
            return self.silent(at, text)
        if text in _SHOWN:
            return self.shown(at, text)
        if text == "\\_" and self.markdown and at not in self.inside_name:
            self.out.append(Token("symbol", "_", token.place, token.end))
        elif text == "\\*" and self.markdown:
            self.out.append(Token("symbol", "*", token.place, token.end))
        else:
            self.out.append(token)
        return at + 1

    def put(self, at: int, text: str, after: int) -> None:
        """One token for those from `at` up to `after`."""
        first, last = self.tokens[at], self.tokens[after - 1]
        self.out.append(Token("command", text, first.place, max(first.end, last.end)))

    def relation(self, at: int, reason: tuple[int, int], sign: str, after: int) -> None:
        """A relation with a reason on it."""
        words = self.said(*reason).replace("\\mathrm", "").replace("\\text", "").replace("{", "").replace("}", "")
        words = words.replace("\\rm", "").strip()
        if words in _DEFINING and sign in ("=", "\\equiv"):
            self.put(at, "\\coloneqq", after)
        elif re.search(r"[<>≤≥]|\\\\(?:ge|le|geq|leq|ne|neq|in)\b", words):
            self.put(at, f"\\overset{{?}}{{{sign}}}", after)  # under a condition
        elif words.replace(".", "").replace(" ", "").lower() == "iid" and sign in ("\\sim", "~"):
            self.put(at, "\\overset{iid}{\\sim}", after)
        elif words in _MEANING:
            self.put(at, f"\\overset{{{words}}}{{{sign}}}", after)
        else:
            first = self.tokens[at]
            kind = "command" if sign.startswith("\\") else "symbol"
            self.out.append(Token(kind, sign, first.place, max(first.end, self.tokens[after - 1].end)))  # type: ignore[arg-type]

    def stacked(self, at: int) -> int:
        """A relation under its reason, or over it."""
        reason = self.argument(at + 1)
        base = self.argument(reason[2]) if reason else None
        sign = self.said(*base[:2]) if base and base[1] - base[0] <= 3 else ""
        if not reason or not base or sign.strip("{}") not in RELATION_SIGNS:
            self.out.append(self.tokens[at])
            return at + 1
        self.relation(at, reason[:2], sign.strip("{}"), base[2])
        return base[2]

    def scripted(self, at: int) -> int:
        """A reason as a script of the relation before."""
        reason = self.argument(at + 1)
        if not reason:
            self.out.append(self.tokens[at])
            return at + 1
        before = self.out.pop()
        self.relation(at, reason[:2], before.text, reason[2])
        self.out[-1] = self.out[-1].at(before.place, max(before.end, self.out[-1].end))
        return reason[2]

    def environment(self, at: int) -> int:
        found = self.argument(at + 1)
        if not found or found[2] == found[1]:
            self.out.append(self.tokens[at])
            return at + 1
        name, after = self.said(found[0], found[1]), found[2]
        bare = name.rstrip("*")
        if self.tokens[at].text == "\\begin":
            if self.said(after, after + 1) == "[" and self.said(after + 2, after + 3) == "]":
                after += 3
            if bare in _COLUMNS and (columns := self.argument(after)):
                after = columns[2]
        self.put(at, f"{self.tokens[at].text}{{{bare}}}", after)
        return after

    def delimiter(self, at: int) -> int:
        if at + 1 >= len(self.tokens):
            return at + 1
        command, token = self.tokens[at], self.tokens[at + 1]
        text = token.text
        if command.text == "\\middle":
            self.put(at, f"\\middle{text}" if text in _BARS else text, at + 2)
            return at + 2
        if text.startswith(".") and token.kind in ("symbol", "number"):
            self.put(at, f"{command.text}.", at + 2)
            if text[1:]:
                self.out.append(Token("number", text[1:], token.place + 1, token.end))
            text = "."
        else:
            told = _ANGLES.get(text, _BARS.get(text, text))
            kind = "command" if told.startswith("\\") else "symbol"
            self.out.append(Token(kind, told, command.place, max(command.end, token.end)))  # type: ignore[arg-type]
            text = told
        here = len(self.out) - 1
        if command.text == "\\left":
            self.left.append((here, text))
        elif self.left:
            opened, other = self.left.pop()
            if text == other and text in _PAIRED:
                for place, name in zip((opened, here), _PAIRED[text], strict=True):
                    old = self.out[place]
                    self.out[place] = Token("command", name, old.place, old.end)
        return at + 2

    def row_break(self, at: int) -> int:
        r"""A break, without the distance that may follow it: `\\[2pt]`, `\\*`."""
        after = at + 1
        if (
            after < len(self.tokens)
            and self.tokens[after].text == "*"
            and self.tokens[after].place == self.tokens[at].end
        ):
            after += 1
        if self.said(after, after + 1) == "[":
            for end in range(after + 2, min(after + 8, len(self.tokens))):
                if self.tokens[end].text == "]":
                    distance = self.said(after + 1, end).lstrip("-+0123456789.")
                    known = distance in _LENGTHS or distance.startswith(("\\jot", "\\baselineskip"))
                    after = end + 1 if known and self.said(after + 1, end)[0] in "-+.0123456789\\" else after
                    break
        self.put(at, "\\\\", after)
        return after

    def silent(self, at: int, text: str) -> int:
        after = at + 1
        if text in ("\\hskip", "\\kern", "\\mkern"):
            while after < len(self.tokens) and self.said(after, after + 1)[:1] in "-.0123456789":
                after += 1
            return after + 2 if self.said(after, after + 2) in _LENGTHS else after
        for _ in range(_SILENT[text]):
            found = self.argument(after)
            after = found[2] if found else after
        if text == "\\phantom" or text == "\\hphantom":
            self.put(at, "\\phantom", after)  # whether it begins a row matters there
        return after

    def shown(self, at: int, text: str) -> int:
        """What remains of a box or a brace: its content, in braces where that tells its extent."""
        after = at + 1
        for _ in range(_SHOWN[text]):
            found = self.argument(after)
            after = found[2] if found else after
        found = self.argument(after)
        if not found:
            return at + 1
        start, end, then = found
        if then == end:  # a single token, without braces
            return start
        loose, related = self.loose(start, end)
        script = then
        while text in _BRACES and script < len(self.tokens) and self.tokens[script].text in ("_", "^"):
            note = self.argument(script + 1)
            if not note:
                break
            script = note[2]
        if related or not loose or self.apart(at, script):
            self.dropped |= {start - 1, end}
        elif text in _BRACES:
            # 2 \underbrace{a + b}: whether the brace is a bracket can't be told, so it stays, unread.
            self.out.append(self.tokens[at])
            return at + 1
        if script > then:
            self.jumps[then] = script
        return start - 1

    def loose(self, start: int, end: int) -> tuple[bool, bool]:
        """Whether tokens hold a sum, and a relation, outside of all brackets."""
        depth, loose, related, k = 0, False, False, start
        while k < end:
            text = self.tokens[k].text
            if text == "{" and k in self.close:
                k = self.close[k]
            elif text in ("(", "[", "\\{", "\\langle", "\\left"):
                depth += text != "\\left"
            elif text in (")", "]", "\\}", "\\rangle"):
                depth -= 1
            elif depth == 0 and text in ("+", "-", "\\pm"):
                loose = loose or k > start
            elif depth == 0 and text in RELATION_SIGNS:
                related = True
            k += 1
        return loose, related

    def apart(self, at: int, after: int) -> bool:
        """Whether what stands from `at` to `after` is a term of its own: adding or relating it on both sides."""
        ends = RELATION_SIGNS | {"+", "&", "\\\\", "(", "["}
        before = next((t.text for t in reversed(self.out) if t.text != "{"), "=")
        while after < len(self.tokens) and self.tokens[after].text in SPACING:
            after += 1
        then = self.tokens[after].text if after < len(self.tokens) else "="
        good = RELATION_SIGNS | {"+", "-", "&", "\\\\", ")", "]", ",", ".", ";", "\\end", "}"}
        return (before in ends or before.startswith("\\begin")) and then in good


def normal(written: list[Token], source: str, *, markdown: bool = False) -> list[Token]:
    r"""The tokens as meant. `source` is what their places count in; Markdown also writes `\_` for `_`.

    >>> from hw3.derivations.latex.tokens import tokens
    >>> text = r"\left\| x \right\| \overset{(a)}{=} \underbrace{y^T}_{row} z"
    >>> " ".join(t.text for t in normal(tokens(text), text))
    '\\lVert x \\rVert = y ^ T z'
    """
    return Normal(written, source, markdown).run()
