"""Roles: what a relation in a document is for, by the words before it and by its left side.

A declaration or an assumption is taken; a definition defines; an equation that the author sets is a condition; every
other relation is a claim, link by link along a chain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.vocabulary import WORDS

Cue = Literal["declaring", "defining", "concluding", "conditional", "setting", "stating", "where", "given", ""]

_DECLARING = {
    "let", "assume", "assuming", "assumes", "suppose", "supposing", "given", "consider", "considering", "having",
    "take", "fix",
}  # fmt: skip
_DEFINING = {
    "define", "redefine", "redefined", "defines", "defined", "definition", "denote", "denotes", "denoted",
    "denoting", "where", "write", "writing", "put", "introduce", "abbreviate", "letting", "call", "notation",
    "short", "shorthand",
}  # fmt: skip
_CONCLUDING = {
    "then", "hence", "thus", "therefore", "so", "yields", "yield", "gives", "give", "obtain", "obtains",
    "obtained", "get", "gets", "becomes", "become", "implies", "imply", "follows", "follow", "conclude",
    "concludes", "shows", "show", "proves", "prove", "claim", "equals", "equal", "consequently", "finally",
    "derive", "derived", "result", "results", "proof", "theorem", "lemma", "corollary", "proposition",
    "calculate", "compute", "simplifies", "rewritten", "expressed", "reads", "have", "find", "finds",
    "substituting", "using", "applying", "gradient", "derivative", "solution", "estimator", "know", "recall",
    "note", "verify", "check", "see", "namely", "because", "since", "as",
}  # fmt: skip
_CONDITIONAL = {
    "with", "at", "under", "case", "for", "if", "when", "whenever", "unless", "such", "subject", "iff", "provided",
}  # fmt: skip
_SETTING = {
    "satisfies", "satisfy", "fulfils", "fulfills", "setting", "set", "solve", "solving", "solves", "equating",
    "requiring", "require", "vanish", "vanishes", "hypothesis", "assumption", "stationarity", "maximum",
    "slackness", "minimum", "optimum", "stationary", "zero", "system", "update", "updates", "iterate",
    "iteration", "contradiction", "constraint", "constraints", "optimality", "normal", "equation", "equations",
}  # fmt: skip
_GIVEN = {"since", "because", "using", "by", "from", "substituting", "inserting", "assumption", "hypothesis"}
_STATING = {"is", "are", "was", "were"}
_SET = {"condition", "conditions", "equation", "equations", "system", "optimum", "minimum", "maximum", "constraint",
        "constraints", "update", "hypothesis", "requirement"}  # fmt: skip
_KINDS: tuple[tuple[Cue, set[str]], ...] = (
    ("declaring", _DECLARING), ("defining", _DEFINING), ("concluding", _CONCLUDING),
    ("conditional", _CONDITIONAL), ("setting", _SETTING),
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]+")
_NO_PLACE = re.compile(r"\bat (?:first(?! order)|last|most|least|once)\b", re.IGNORECASE)  # an "at" that names no place


_CONDITIONS = re.compile(
    r"\b(?:if|when|whenever|unless|case|cases|provided|suppose for contradiction|contradiction|in the event|iff|"
    r"(?:for|at|from|under|with|in|given) (?:the )?(?:case|example|instance|assumption|hypothesis|condition)|at)\b",
    re.IGNORECASE,
)


def is_placed(words: str) -> bool:
    """Whether a sentence speaks of a place where something holds: on the circle, along the path."""
    return bool(re.match(r"\s*(?:On|Along|Within|Inside|Near|At) (?:the|a|this|that|each|such)\b", words))


def is_negated(words: str) -> bool:
    """Whether a sentence denies what stands in it, or names an exception, or another course of things."""
    return bool(_NEGATED.search(words))


_NEGATED = re.compile(
    r"\b(?:unless|except|cannot|can.t|not true|not hold|not equal|not the case|is false|(?:is|be) wrong|wrong that|"
    r"common (?:mistake|error)|absurd|incorrect|not correct|to first order|neglecting|negligible|approximately|modulo|"
    r"asymptotically|commuting|differs?|contradiction|impossible|isn.t|doesn.t|if [^.]*\bhad|otherwise|else|held|"
    r"holding|keeping|hold fixed|in this example|never|beware|nobody|mistaken?|might think|fails?|false|"
    r"leading order|small angles?|roughly|lineari[sz]\w+|ignoring|dropping|in the limit|rescaling|arithmetic mod|"
    r"characteristic (?:2|two)|other than|anything but|not be|"
    r"we want|we need|we would like|impose|told|suitable|choose [^.]*(?:so|such) that|zeroth|it happens|not matter|"
    r"constraint reads|up to (?:an?|constants?|scal\w+|signs?|order))\b|^wrong\b|\?\s*$|~~",
    re.IGNORECASE,
)


def restricts_unnamed(marked: str) -> bool:
    """Whether a sentence puts a condition in words on what it does not name; a formula is marked by a square.

    >>> restricts_unnamed("For orthogonal vectors, □"), restricts_unnamed("For a symmetric matrix □ we have □")
    (True, False)
    """
    return bool(_RESTRICTING.search(marked))


_RESTRICTING = re.compile(
    r"\b(?:(?:orthogonal vectors|(?:symmetric|orthogonal|diagonal) matri(?:x|ces))(?!\w| ?□)|"
    r"(?:non-?negative|positive) (?:numbers|values)|"
    r"perpendicular|commutes?|(?:by|using|uses) (?:the )?symmetry|inner product vanish\w*|"
    r"matri(?:x|ces) (?:is|are) (?:\w+ )?(?:symmetric|orthogonal|diagonal|positive)|as long as|in one dimension|"
    r"(?:numbers?|vectors?|values?|entries|it|they|two) (?:is|are) (?:positive|non-?negative|negative|orthogonal)|"
    r"to the (?:right|left) of|only positive)\b|□ implies □",
    re.IGNORECASE,
)


def alters(behind: str) -> bool:
    """Whether the text behind a definition changes what it says: clipped, without its diagonal, as long as x > 0."""
    return bool(_ALTERS.search(behind))


_ALTERS = re.compile(
    r"^\W*(?:or|and \d)\b|\b(?:almost|only if|with probability|excluded|(?:integer|fractional) part|rounding)\b|"
    r"\b(?:as long as|in case|unless|except|apart from|clipped|rounded|modulo|up to (?:an?|constants?)|extend\w*|"
    r"periodic\w*|set to|removed|without (?:its|any|the (?:first|last|diagonal))|left out|"
    r"(?:even|odd) (?:numbers|indices)|"
    r"to the (?:right|left)|elsewhere|truncated|restricted to|dropped|replaced|otherwise|else|zeroed)\b",
    re.IGNORECASE,
)


def renames(words: str) -> bool:
    """Whether a sentence gives a notation a meaning of its own: logarithms to base 2, rows for vectors."""
    return bool(_RENAMES.search(words))


_RENAMES = re.compile(
    r"\bbase (?:2|two|10|ten)\b|\bdecimal\b|\bdegrees\b|\brepeated indices\b|\beinstein|"
    r"\brow vectors?\b|"
    r"\b(?:vectors|gradients|derivatives) are (?:all )?(?:written as )?(?:rows|columns of)|"
    r"\bproducts? [^.]*\bentry by entry\b|"
    r"\b(?:a|the) (?:prime|dot|star|hat|bar|circle|cross|times) (?:sign )?(?:denotes|means|stands|is)\b|"
    r"\bsum(?:s|mation)? (?:runs|run|means|is over|starts)\b",
    re.IGNORECASE,
)


def releases(words: str) -> bool:
    """Whether a sentence says that what was assumed for a while is assumed no more."""
    return bool(_RELEASES.search(words))


_RELEASES = re.compile(
    r"^\W*(?:otherwise|in general|generally|quite generally)\b|"
    r"\b(?:drop|dropping|dropped|lift|lifting|remove|removing) "
    r"(?:the|this|that|our|these) (?:assumption|condition|restriction)s?|without (?:the|this|that|these|any|our) "
    r"(?:assumption|condition|restriction)|\bgeneral case|\bfor (?:every|any|all) real\b|\bno longer\b|"
    r"\breturn to\b|\bis (?:now )?(?:general|arbitrary) (?:again|now)|now [^.]* is (?:general|arbitrary)\b",
    re.IGNORECASE,
)


def begins_example(words: str) -> bool:
    """Whether a sentence begins an example, in which names are something special.

    >>> begins_example("As an example, let"), begins_example("Let us give an example")
    (True, False)
    """
    return bool(_EXAMPLE.match(words))


_EXAMPLE = re.compile(
    r"\W*(?:(?:as|for|in) (?:an?|one|another|this|the following|a simple|a special) ?(?:example|instance|case)?|"
    r"for example|e\.\s?g\.|consider the (?:example|special case)|for instance|example)\b",
    re.IGNORECASE,
)


def ends_example(words: str) -> bool:
    """Whether a sentence says that it is about the general case again."""
    return bool(
        re.search(
            r"\b(?:in general|generally|always|arbitrary|in any case|without th(?:is|at))\b", words, re.IGNORECASE
        )
    )


def lets_be_arbitrary(behind: str) -> bool:
    """Whether the text behind a name that is let be something says: anything."""
    return bool(re.match(r"\s*(?:be|are|is)\b[\w\s]{0,20}?\b(?:arbitrary|any|free|general|unrestricted)\b", behind))


def is_under_condition(behind: str) -> bool:
    """Whether the text behind a definition puts it under a condition: if x > 0, for i other than j."""
    return bool(
        re.match(r"\W*(?:if|when|whenever|unless|otherwise|provided|except|for(?! (?:all|every|each|any)\b))\b", behind)
    ) and not re.match(r"\W*for\W*$", behind)


def is_a_case(words: str) -> bool:
    """Whether a sentence puts a case, and nothing else."""
    return bool(
        re.search(r"\b(?:case|cases|if|when|whenever|unless|suppose for|contradiction)\b", words, re.IGNORECASE)
    )


def is_conditional(words: str) -> bool:
    """Whether a sentence says what holds under a condition, so that what it assumes holds in it alone."""
    words = _EXAMPLE.sub(" ", words, count=1) if begins_example(words) else words
    if re.match(r"\s*For\b", words) or re.search(r"\bfor (?:all|every|each|any|some)\b", words):
        return True
    place = _CONDITIONS.search(_NO_PLACE.sub(" ", words))
    return bool(place or re.search(r"\bfor\W*$|\bfor\s+(?=we|the|it)", words))


def cue(before: str) -> Cue:
    """What the text before a formula says of it: the nearest word that says something.

    >>> cue("Let us define"), cue("Then the gradient is given by"), cue("Setting the gradient to zero"), cue("of")
    ('defining', 'concluding', 'setting', '')
    >>> cue("wrong at first"), cue("to hold at first order"), cue("at all"), cue("at")
    ('', '', 'conditional', 'conditional')
    """
    words = [w.lower() for w in _WORD.findall(_NO_PLACE.sub(" ", before))]
    text = " ".join(words)
    if re.search(r"\b(given|obtained|expressed) (by|as)$", text):
        return "concluding"
    if re.search(r"\b(defined|denoted) (as|by|to be|via|through)?$", text) or text.endswith("definition of"):
        return "defining"
    if re.search(r"\b(setting|set|equating)\b.*\b(zero|equal to|derivative|gradient)\b", text):
        return "setting"
    for k, word in enumerate(reversed(words)):
        if word == "where":
            return "where"
        if word in _GIVEN and k < 3 and "," not in before.lower().rpartition(word)[2]:
            return "given"
        if word in _STATING:
            return "setting" if _SET & set(words[-10:]) else "stating"
        for kind, cues in _KINDS:
            if word in cues and (kind != "conditional" or k < 2):
                return kind
    return ""


@dataclass(frozen=True)
class Left:
    """The left side of an equation as something that could be defined: a name, its arguments, its indices."""

    key: str
    params: tuple[s.Node, ...] = ()
    indices: tuple[s.Node, ...] = ()
    place: int = 0


def _is_mark(node: s.Script, known: object) -> bool:
    """Whether a superscript is part of a name: w^*, W^{(1)}, or sigma^2 where sigma is not known."""
    assert callable(known)
    sup = s.label(node.sup)
    if sup in ("*", "\\ast", "\\star", "+", "-", "\\dagger", "'"):
        return True
    if isinstance(node.sup, s.Fence):
        return True
    bare = node.base if node.sub is None else s.Script(node.place, node.end, node.base, node.sub, None, node.primes)
    constant = isinstance(node.base, s.Name) and node.base.text in ("e", "\\pi", "\\exp")
    if known(s.key(bare)) or known(s.key(node.base)) or constant or sup in ("T", "\\top", "-1", "\\intercal"):
        return False
    return sup is not None


def _is_free_letter(node: s.Node, known: object) -> bool:
    """Whether a subscript is a letter that can be an index: of nothing else, as the h of delta_h may be."""
    assert callable(known)
    letter = isinstance(node, s.Name) and node.text.isalpha() and len(node.text) == 1 and node.text.islower()
    return letter and isinstance(node, s.Name) and not node.font and not known(node.text)


def definable(node: s.Node, known: object) -> Left | None:
    """The name that a left side consists of, or None.

    `known` says whether a key is bound.
    """
    assert callable(known)
    key = s.key(node)
    if isinstance(node, s.Juxt) and len(node.items) == 2:
        head, bracket = node.items
        name = None if isinstance(head, s.Script) and head.primes else s.key(head)
        if isinstance(head, s.Name) and head.font in ("op", "spelt") and head.text in _KNOWN_FUNCTIONS:
            return None
        if name is None or not isinstance(bracket, s.Fence) or bracket.open not in ("(", "["):
            return None
        items = bracket.body.items if isinstance(bracket.body, s.Sequence) else (bracket.body,)
        if isinstance(bracket.body, s.Sequence) and set(bracket.body.seps) - {",", ";", "|", "‖"}:
            return None
        if any(s.key(n) is None for n in items):
            return None
        return Left(name, tuple(items), (), node.place)
    if (
        isinstance(node, s.Script)
        and node.sub is not None
        and not known(key)
        and (node.sup is None or _is_mark(node, known))
    ):
        base = node.base if node.sup is None else s.Script(node.place, node.end, node.base, None, node.sup, node.primes)
        name = s.key(base)
        items = node.sub.items if isinstance(node.sub, s.Juxt | s.Sequence) else (node.sub,)
        letters = not s.is_word(node.sub) and all(_is_free_letter(n, known) for n in items)
        if name is not None and letters and len({s.key(n) for n in items}) == len(items):
            return Left(name, (), tuple(items), node.place)
    if isinstance(node, s.Name) and node.text in WORDS and node.font in ("op", "spelt"):
        return None
    if isinstance(node, s.Script) and node.sup is not None and not known(key) and not _is_mark(node, known):
        return None  # a power or a transpose, and no name
    if key is not None and not (isinstance(node, s.Name) and node.text.startswith("\\") and node.text in _SIGNS):
        return Left(key, (), (), node.place)
    return None


_KNOWN_FUNCTIONS = WORDS - {"KL", "conv", "maxpool", "Maxpool", "MaxPool", "sigmoid", "relu", "softmax", "arg", "Pr"}
_SIGNS = {"\\sum", "\\prod", "\\int", "\\nabla", "\\partial", "\\dots", "\\cdots", "\\ldots", "\\vdots", "\\infty"}


def is_gradient(node: s.Node) -> bool:
    """Whether a side is a bare derivative: what an author sets to zero."""
    if isinstance(node, s.Fraction):
        above = node.above.items[0] if isinstance(node.above, s.Juxt) else node.above
        return isinstance(above, s.Name) and above.text in ("\\partial", "d")
    if isinstance(node, s.Juxt):
        head = node.items[0]
        base = head.base if isinstance(head, s.Script) else head
        if isinstance(base, s.Name) and base.text == "\\nabla":
            return len(node.items) <= 3
        return len(node.items) == 2 and is_gradient(head)
    return False


def is_zero(node: s.Node) -> bool:
    return s.label(node) in ("0", "\\mathbf{0}")
