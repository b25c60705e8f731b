"""The signs and words that LaTeX mathematics is written with."""

from __future__ import annotations

RELATIONS = {
    "=": "=", "\\eq": "=", ":=": ":=", "\\coloneqq": ":=", "\\coloneq": ":=", "\\defeq": ":=", "\\triangleq": ":=",
    "\\equiv": "≡", "\\doteq": ":=", "\\stackrel": "=", ":": ":", "\\colon": ":", "\\in": "∈", "\\ni": "∋",
    "\\notin": "∉", "\\sim": "~", "\\thicksim": "~", "\\approx": "≈", "\\simeq": "≈", "\\cong": "≅",
    "\\propto": "∝", "<": "<", ">": ">", "\\lt": "<", "\\gt": ">", "\\le": "≤", "\\leq": "≤", "\\leqslant": "≤",
    "\\ge": "≥", "\\geq": "≥", "\\geqslant": "≥", "\\ne": "≠", "\\neq": "≠", "\\not": "not", "\\ll": "≪",
    "\\gg": "≫", "\\succ": "≻", "\\succeq": "⪰", "\\prec": "≺", "\\preceq": "⪯", "\\subset": "⊂",
    "\\subseteq": "⊂", "\\to": "→", "\\rightarrow": "→", "\\longrightarrow": "→", "\\mapsto": "↦",
    "\\perp": "⊥", "\\leftarrow": "←", "\\gets": "←", "\\overset{iid}{\\sim}": "~iid",
}  # fmt: skip

ARROWS = {
    "\\Rightarrow": "⇒", "\\Longrightarrow": "⇒", "\\implies": "⇒", "\\Leftrightarrow": "⇔", "\\iff": "⇔",
    "\\Longleftrightarrow": "⇔", "\\Leftarrow": "⇐", "\\Longleftarrow": "⇐", "\\impliedby": "⇐",
    "\\therefore": "⇒",
}  # fmt: skip

PRODUCT_SIGNS = {
    "\\cdot": "·", "\\times": "×", "*": "*", "\\ast": "*", "/": "/", "\\div": "/", "\\odot": "⊙", "\\circ": "∘",
    "\\otimes": "⊗", "\\oslash": "⊘", "\\star": "⋆", "\\bullet": "·", "\\oplus": "⊕", "\\wedge": "∧",
    "\\vee": "∨", "\\setminus": "∖", "\\smallsetminus": "∖",
}  # fmt: skip

OPENERS = {
    "(": "(", "[": "[", "\\{": "{", "\\lbrace": "{", "\\lparen": "(", "\\lbrack": "[", "\\langle": "⟨",
    "\\lfloor": "⌊", "\\lceil": "⌈", "\\lvert": "|", "\\lVert": "‖", "\\left.": ".",
}  # fmt: skip
CLOSERS = {
    ")": ")", "]": "]", "\\}": "}", "}": "}", "\\rbrace": "}", "\\rparen": ")", "\\rbrack": "]", "\\rangle": "⟩",
    "\\rfloor": "⌋", "\\rceil": "⌉", "\\rvert": "|", "\\rVert": "‖", "\\right.": "right.", "&": "&",
    "\\\\": "\\\\", "\\end": "\\end",
}  # fmt: skip
BAR_SPELLINGS = {
    "|": "|", "\\vert": "|", "\\mid": "|", "\\middle|": "|", "\\|": "‖", "\\Vert": "‖", "||": "‖",
    "\\parallel": "‖", "\\middle\\|": "‖", "\\middle\\Vert": "‖", "\\middle\\vert": "|",
}  # fmt: skip

ACCENTS = {
    "\\hat": "hat", "\\widehat": "hat", "\\bar": "bar", "\\overline": "bar", "\\tilde": "tilde",
    "\\widetilde": "tilde", "\\vec": "vec", "\\dot": "dot", "\\ddot": "ddot", "\\check": "check",
    "\\breve": "breve", "\\underline": "underline", "\\mathring": "ring", "\\acute": "acute", "\\grave": "grave",
}  # fmt: skip

FONTS = {
    "\\mathbf": "bf", "\\boldsymbol": "bf", "\\bm": "bf", "\\pmb": "bf", "\\symbf": "bf", "\\mathbfit": "bf",
    "\\mathrm": "rm", "\\mathit": "it", "\\mathnormal": "it", "\\mathsf": "sf", "\\mathtt": "sf",
    "\\mathcal": "cal", "\\mathscr": "cal", "\\mathfrak": "frak", "\\mathbb": "bb", "\\mathds": "bb",
    "\\mathbbm": "bb", "\\symup": "rm", "\\textup": "rm",
}  # fmt: skip
SWITCHES = {
    "\\rm": "rm",
    "\\bf": "bf",
    "\\it": "it",
    "\\cal": "cal",
    "\\sf": "sf",
    "\\bfseries": "bf",
    "\\boldmath": "bf",
}

# Words that stand for functions and operators, with or without a backslash.
WORDS = frozenset({
    "exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "atan", "erf", "sqrt", "max", "min",
    "det", "tr", "Tr", "trace", "Trace", "diag", "Diag", "blockdiag", "vec", "Vec", "rank", "softmax", "Softmax",
    "sigmoid", "Sigmoid", "relu", "ReLU", "softplus", "logsumexp", "LSE", "sign", "sgn", "abs", "KL", "Var", "var",
    "Cov", "cov", "Corr", "Pr", "argmax", "argmin", "arg", "lim", "maxpool", "Maxpool", "MaxPool", "conv", "chol",
    "logit", "grad", "Hess", "xmlog1p", "expm1mx",
})  # fmt: skip

JOINING_WORDS = frozenset({"and", "or", "where", "with", "for", "if", "when", "so that", "such that", "s.t.", "for all",
                           "otherwise", "for some", "i.e.", "if and only if", "then", "hence", "thus"})  # fmt: skip

# Of a list whose members are not all written.
DOTS = frozenset({"\\dots", "\\ldots", "\\cdots", "\\vdots", "\\ddots", "\\dotsc", "…"})
