r"""What prose declares: "an $n \times p$ matrix $X$", "$b$ is an $m$-dimensional vector", "symmetric"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hw3.derivations.language.sizes import Size, shape_of
from hw3.derivations.latex import surface as s
from hw3.derivations.latex.declarations import assume, names_in
from hw3.derivations.latex.documents.pieces import Formula, Sentence, Text
from hw3.derivations.latex.elaboration.names import TRANSPOSES
from hw3.derivations.latex.plain import PLAIN, is_believed, strange
from hw3.derivations.latex.randomness import said_of_random
from hw3.derivations.latex.scope import OF_SOME, Scope, Variable
from hw3.derivations.latex.sets import size_named
from hw3.derivations.latex.tokens import ReadingError

Declare = Callable[[Scope, s.Node], None]
F = r"⟦(\d+)⟧"  # a formula in the sentence
_KINDS = r"(?P<adj>(?:[\w-]+ ){0,3}?)"
_PROPERTIES = {
    "symmetric": ("symmetric",), "invertible": ("invertible",), "nonsingular": ("invertible",),
    "non-singular": ("invertible",), "positive": ("positive",), "definite": (), "random": (), "nonzero": ("nonzero",),
    "lower_triangular": ("lower_triangular",), "upper_triangular": ("upper_triangular",), "diagonal": ("diagonal",),
}  # fmt: skip

_A = "(?:an?|the) "
_IS = "(?:is|be|are|as|denotes?) "
_MORE = r"(?P<adj2>(?:[\w-]+ ){0,3}?)"
_DEFINITE = (
    r"symmetric(?: and|,)? positive[- ]definite|positive[- ]definite|symmetric|invertible|nonsingular"
    r"|(?:lower|upper)[- ]triangular|diagonal"
)
_FORMS = {
    rf"{F} {_IS}{_A}?{_KINDS}{F} ?{_MORE}matri(?:x|ces)": "matrix of",
    rf"{_A}{_KINDS}{F} ?{_MORE}matrix {F}": "sized matrix",
    rf"{F} {_IS}{_A}?{_KINDS}{F}-? ?(?:dimensional {_MORE}vector|vector|dim)": "vector of",
    rf"{_A}{_KINDS}{F}-? ?dimensional {_MORE}vector {F}": "sized vector",
    rf"{_A}{F} {_MORE}vector (?:of [\w ]+ )?{F}": "sized vector",
    rf"{F} {_IS}(?:an? )?(?:real |positive )?(?:scalar|constant|real number)": "scalar",
    rf"{F} {_IS}(?:an? )?(?P<adj>random) variable": "scalar",
    rf"(?:scalar|real number) {F}": "scalar",
    rf"(?P<adj>random) variable {F}": "scalar",
    rf"{F} {_IS}{_A}?(?P<adj>[^⟦⟧]*?random) vector": "random",
    rf"(?P<adj>random) vector {F}": "random",
    rf"{F}(?:,| {_IS}| )?{_A}?one-hot(?: encod(?:ed|ing))?(?: label| target)?(?: vectors?)?(?=[ ,;.]|$)": "one-hot",
    rf"{_A}?one-hot (?:encoding|label|target|vector)(?: vector)? {F}": "one-hot",
    rf"mean (?:vector )?{F} and (?:co)?variance (?:matrix )?{F}": "moments",
    rf"mean (?:vector )?{F}, (?:co)?variance (?:matrix )?{F}": "moments",
    rf"{F} (?:[^⟦⟧]*?)multivariate normal": "random",
    rf"{F} {_IS}(?P<adj>{_DEFINITE}|(?:strictly )?positive|nonzero)(?![\\w-])": "property",
    rf"{F}(?: and |, ){F} are (?:both )?(?P<adj>{_DEFINITE}|(?:strictly )?positive|nonzero)(?![\\w-])": "both",
    rf"{F} {_IS}(?:an? )?(?P<adj>(?:strictly )?positive (?:real )?)(?:scalar|constant|number|parameter)": "scalar",
    rf"{F} (?P<adj>{_DEFINITE}|with positive entries|positive|nonzero|not zero)(?=[ ,;.]|$)": "property",
    rf"(?P<adj>{_DEFINITE}) matri(?:x|ces) {F}": "property",
    rf"(?<![\\w-])(?P<adj>{_DEFINITE}|(?:strictly )?positive|nonzero) {F}": "property",
}
_PATTERNS = tuple((re.compile(form), kind) for form, kind in _FORMS.items())


def declared_in_prose(sentence: Sentence, parsed: Mapping[int, s.Node]) -> Iterator[tuple[Declare, s.Node]]:
    """What the words around the formulas of a sentence declare: each what to do to the scope, and for what."""
    text = ""
    nodes: list[s.Node | None] = []
    written: list[str] = []
    for piece in sentence.pieces:
        if isinstance(piece, Text):
            text += " " + piece.text.strip() + " "
        elif isinstance(piece, Formula) and not piece.display:
            text += f" ⟦{len(nodes)}⟧ "
            nodes.append(parsed.get(id(piece)))
            written.append(piece.latex)
        else:
            text += " ⟧⟦ "
    text = re.sub(r"\s+", " ", text).replace("⟧ -", "⟧-").replace("⟧ ,", "⟧,")
    text = re.sub(r"(⟦\d+⟧)\s*-\s*", r"\1-", text)
    for said in list(said_of_random(text, nodes)):
        if unread := strange(said.words) or strange(_clause(text[said.end :]), PLAIN | OF_SOME):
            yield from ((_not_read(unread), n) for n in said.names)
        text = text[: said.start] + " " * (said.end - said.start) + text[said.end :]
        yield said.take, next(n for n in nodes if n is not None)
    told, believed = text, is_believed(text)
    for pattern, kind in _PATTERNS:
        for match in pattern.finditer(text):
            if kind in ("property", "both") and re.search(r"\b(?:whether|even if|or not)\b", text):
                continue
            if kind == "one-hot":
                believed = is_believed(text[: match.start()] + " " + text[match.end() :])
            if kind in ("property", "both", "one-hot") and (not believed or _PART_OF.search(text[: match.start()])):
                named = [nodes[int(g)] for g in match.groups() if g is not None and g.isdigit()]
                yield from ((_suspect, n) for n in named if n is not None)
                continue
            if _NEGATED.search(text[: match.start()][-40:]) or _NEGATED.search(" " + match.group()):
                negated = [nodes[int(g)] for g in match.groups() if g is not None and g.isdigit()]
                yield from ((_suspect, n) for n in negated if n is not None)
                if re.search("invertible|nonsingular", match.group()):
                    yield from ((_singular, n) for n in negated if n is not None)
                continue  # not symmetric
            told = told[: match.start()] + " " * (match.end() - match.start()) + told[match.end() :]
            found = [nodes[int(g)] for g in match.groups() if g is not None and g.isdigit()]
            if any(n is None for n in found):
                continue
            if unread := strange(_clause(text[match.end() :]), PLAIN | OF_SOME):
                yield from ((_not_read(unread), n) for n in found if n is not None)
            words = (match.groupdict().get("adj") or "") + " " + (match.groupdict().get("adj2") or "")
            yield from _declared(kind, [n for n in found if n is not None], words.lower())
    for k, node in enumerate(nodes):
        at = told.find(f"⟦{k}⟧")
        if at < 0:
            continue
        sign = _ONLY_SIGNS.fullmatch(written[k]) is not None if node is None else _is_notation(node)
        if sign and _MEANS.match(told[at + len(f"⟦{k}⟧") :]) and not _USUAL.search(text):
            yield _renaming(text), node or s.Empty(sentence.pieces[0].place, sentence.pieces[0].place)
        if node is None:
            continue
        declared = _LETS.search(told[:at]) is not None
        before, behind = _beside(told, at, at + len(f"⟦{k}⟧"), declared)
        if _DECLARES.search(text):
            if _RESTRICTS.search(f"{before} {behind}"):
                yield _suspect, node
            if _SINGULAR.search(f"{before} {behind}"):
                yield _singular, node
        if re.search(r"\bwhether\b|\bor not\b", text):
            continue
        if _is_of_names(node) and (unread := strange(f"{before} {behind}")):
            yield (_saying(unread) if set(unread) <= OF_SOME else _not_read(unread)), node
            if {"negative", "nonpositive", "sign"} & set(unread):
                yield _unsigned, node
    for pattern, word in ((_ROWS, "rows"), (_IS_OF, "of")):
        if pattern.search(text):
            yield from ((_not_read([word]), n) for n in nodes if n is not None)
    if _OF_ALL.search(text) and not nodes:
        yield _doubting, s.Empty(sentence.pieces[0].place, sentence.pieces[-1].end)


def _clause(text: str) -> str:
    """The text up to the next formula or the end of the clause."""
    return re.split(r"[⟦⟧.;:()!?]", text, maxsplit=1)[0]


def _beside(text: str, start: int, end: int, declared: bool) -> tuple[str, str]:
    """What is said right before and right behind a formula: its adjectives and nouns, and its predicate."""
    before = re.split(r"[⟦⟧,.;:()]|\b(?:of|to|in|by|from|on|at|that)\b", text[:start])[-1]
    behind = _clause(text[end:])
    if not _PREDICATE.match(behind) and not (declared and re.match(r"\s*[A-Za-z]", behind)):
        apposition = re.match(r"\s*,\s*(?:an?|the)\b[^,]*", behind)
        behind = apposition.group() if apposition else ""
    return before, behind


_LETS = re.compile(r"\b(?:let|assume|suppose|where|given|with|consider|stack)\b", re.IGNORECASE)
_PREDICATE = re.compile(
    r"\s*,?\s*(?:(?:which|that|who|both|all|each|now|then|we)\b\s*)*(?:is|be|are|was|were|has|have|having|had|being|"
    r"denotes?|lie|stand|do|can|may|must|with|of|on|where|[a-z]+s)\b"
)


def _is_of_names(node: s.Node) -> bool:
    """Whether a formula names things, or declares them."""
    items = node.items if isinstance(node, s.Sequence) else (node,)
    if any(isinstance(n, s.Relation) and n.ops[0] not in ("∈", ":", "~") for n in items):
        return False
    return all(s.key(n.items[0] if isinstance(n, s.Relation) else n) is not None for n in items)


def _is_notation(node: s.Node) -> bool:
    r"""Whether a formula is a sign rather than a name: \|\cdot\|, |A|, \circ, \log, \sum_i, A^T."""
    base = node.base if isinstance(node, s.Script) else node
    if isinstance(base, s.Fence):
        return base.open in ("‖", "|", "⟨")
    if isinstance(node, s.Script) and node.sub is None and node.sup is not None and s.key(node.sup) in TRANSPOSES:
        return True
    return isinstance(base, s.Name) and (base.text in _SIGNS or (base.text.startswith("\\") and base.font == "op"))


_SIGNS = {"\\circ", "\\cdot", "\\odot", "\\otimes", "\\oplus", "\\times", "\\ast", "*", "\\sum", "\\prod", "\\log",
          "\\ln", "\\exp", "\\nabla", "\\partial", "\\top", "log", "exp"}  # fmt: skip
_ONLY_SIGNS = re.compile(
    r"(?:\\(?:[lr]?[Vv]ert|\||left|right|langle|rangle|cdot|circ|odot|star|ast|times|otimes|oplus)|[\s{}|_0-9F,.()*])+"
)
_MEANS = re.compile(r"\s*(?:is|are|be|denotes?|means?|stands?|for|as|refers)\b")
_USUAL = re.compile(
    r"\b(?:euclidean|2-norm|l2|frobenius|usual|determinant|transpose|inner product|hadamard|elementwise|"
    r"entrywise product|natural logarithm|norm of|length of)\b",
    re.IGNORECASE,
)


def _renaming(text: str) -> Declare:
    told = " ".join(re.sub(r"⟦\d*⟧?|⟧", "…", text).split())

    def rename(scope: Scope, node: s.Node) -> None:
        scope.notation.append((scope.sentence, told))

    return rename


def _not_read(words: Sequence[str]) -> Declare:
    def suspect(scope: Scope, node: s.Node) -> None:
        _suspect(scope, node)
        for key in names_in(node):
            scope.unread.setdefault(key, next((w for w in words if w not in OF_SOME), words[0]))

    return suspect


def _saying(words: Sequence[str]) -> Declare:
    def say(scope: Scope, node: s.Node) -> None:
        items = node.items if isinstance(node, s.Sequence) else (node,)
        for n in items:
            head = n.items[0] if isinstance(n, s.Relation) else n
            for key in (s.key(head), s.key(head.base) if isinstance(head, s.Script) else None):
                if key is not None:
                    scope.said.setdefault(key, set()).update(words)

    return say


def _unsigned(scope: Scope, node: s.Node) -> None:
    scope.unsign(names_in(node))


def _doubting(scope: Scope, node: s.Node) -> None:
    scope.doubted.append(node.place)


# A sentence about all of something, without a name: "These vectors are orthogonal."
_OF_ALL = re.compile(
    r"\b(?:these|both|all|the|our|every|each|only(?: positive)?)\b(?: two| three)?(?: \w+)? ?"
    r"(?:vectors?|matri(?:x|ces)|numbers?|entries|scalars?|variables?|columns|rows)\b[^.]*"
    r"\b(?:is|are|have|has|sums?|adds?|commutes?|occurs?)\b[^.]*"
    r"\b(?:positive|negative|nonnegative|symmetric|orthogonal|orthonormal|perpendicular|parallel|unit|norm|length|diagonal|"
    r"triangular|integers?|zero|one|commutes?|independent|normali[sz]ed|whitened|cent(?:red|ered))\b",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"\b(?:of|in|to|by|from|under|about|unlike|instead of|besides|beyond)\s*$", re.IGNORECASE)
_NEGATIONS = "whether|even if|isn.t|aren.t|needn.t|not|non|skew|anti|unless|necessarily|neither|nor|never|no|without"
_NEGATED = re.compile(
    rf"(?:\b(?:{_NEGATIONS})\b[\w ,-]*|\b(?:non|skew|anti|in|un|semi|pre)-?)$"
    r"|\b(?:not|non|skew|anti|unless|neither|isn.t|aren.t)\b|\b(?:non|skew|anti)-",
    re.IGNORECASE,
)
_SINGULAR = re.compile(
    r"(?<!non-)(?<!non )\bsingular\b|\brank[- ]deficient|\bnon-?invertible|\bnilpotent|\beigenvalue(?: zero\b|\s*$)|"
    r"\bnon-?trivial (?:kernel|null ?space)|(?:\bnot|\bnon|n.t)\b[ -]?(?:\w+ )?invertible|\bno inverse",
    re.IGNORECASE,
)
_DECLARES = re.compile(r"\b(?:[Ll]et|[Aa]ssum\w+|[Ss]uppose|[Gg]iven|[Cc]onsider|[Hh]ere|[Ww]here|is|be|are|with)\b")
# What one name is of another: the inverse of A is B, write B for the inverse of A, the entries of x add up to 1.
_IS_OF = re.compile(
    r"\bthe [\w -]+ of (?:the [\w -]+ of )?⟦\d+⟧ "
    r"(?:be|is|are|by|is (?:denoted|called)(?: by)?|(?:adds? up|sums?) to) ⟦|"
    r"\b(?:[Ww]rite|[Cc]all|[Dd]enote by) ⟦\d+⟧ (?:for )?the [\w -]+ of ⟦|⟦\d+⟧ and ⟦\d+⟧ commute\b",
    re.IGNORECASE,
)
# What the rows of a matrix are said to be.
_ROWS = re.compile(
    r"\b(?:stack|collect|arrang|gather)\w*\b[^.]*\b(?:rows?|columns?)\b|⟧-?(?:th|st|nd|rd)? (?:row|column)\b|"
    r"\b(?:whose|its|the) (?:rows|columns) (?:are|of|be)\b",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    r"\b(?:triangular|diagonal|orthogonal|orthonormal|unitary|idempotent|nilpotent|stochastic|normali[sz]ed|unit|"
    r"centred|centered|zero-mean|mean zero|zero mean|unit variance|independent|binary|one-hot|distinct|nonnegative|"
    r"non-negative|increasing|decreasing|convex|concave|odd|even|skew|antisymmetric|hermitian|toeplitz|circulant|"
    r"projection|permutation|rotation|commut\w+|eigen\w+|semi-?definite|probabilit\w+|(?<!full )(?<!column )"
    r"(?<!row )rank|"
    r"identity|singular|zero matrix|zero vector|vanish\w*|sides|angle|triangle|circle|"
    r"positive entries|sum\w* to|adds? up|"
    r"satisf\w+|such that|subject to|simplex|negative|constant|"
    r"(?:linear|quadratic)(?! (?:form|term|model|regression|combination|layer|transformation))|"
    r"homogeneous|periodic|monotone|"
    r"small|large|optimal|minimi[sz]\w+|maximi[sz]\w+|uncorrelated|identical\w*|i\.i\.d|jointly|conditional\w*)\b",
    re.IGNORECASE,
)


def _suspect(scope: Scope, node: s.Node) -> None:
    for inner in s.walk(node):
        key = s.key(inner)
        if key is not None and len(key) < 60:
            scope.suspect.add(key)


def _singular(scope: Scope, node: s.Node) -> None:
    scope.singular.update(names_in(node))


def _declared(kind: str, nodes: list[s.Node], words: str) -> Iterator[tuple[Declare, s.Node]]:
    match kind, nodes:
        case "matrix of", [name, sizes]:
            yield _array(sizes, 2, words), name
        case "sized matrix", [sizes, name]:
            yield _array(sizes, 2, words), name
        case "vector of", [name, size]:
            yield _array(size, 1, words), name
        case "sized vector", [size, name]:
            yield _array(size, 1, words), name
        case "scalar", [name]:
            yield _scalar("random" in words, "positive" in words), name
        case "random", [name]:
            yield _random, name
        case "one-hot", [name]:
            yield _one_hot, name
        case "moments", [mean, covariance]:
            yield _moments(covariance), mean
        case "both", [one, other]:
            yield from _declared("property", [one], words)
            yield from _declared("property", [other], words)
        case "property", [name]:
            kinds = ("positive_definite",) if "definite" in words else _properties(words)
            if isinstance(name, s.Relation) and name.ops[:1] in (("∈",), (":",)):
                name = name.items[0]
            elif isinstance(name, s.Sequence) and isinstance(name.items[-1], s.Relation):
                last = name.items[-1]
                name = s.Sequence(name.place, name.end, (*name.items[:-1], last.items[0]), name.seps)
            yield _with(kinds), name


def _properties(words: str) -> tuple[str, ...]:
    words = re.sub(r"\b(lower|upper)[- ]triangular", r"\1_triangular", words)
    return tuple(k for w in words.split() for k in _PROPERTIES.get(w, ()))


def _names(node: s.Node) -> list[s.Node]:
    if isinstance(node, s.Relation) and node.ops[0] in ("~", "∈"):
        node = node.items[0]
    items = node.items if isinstance(node, s.Sequence) else (node,)
    return [n for n in items if s.key(n) is not None]


def _array(sizes: s.Node, rank: int, words: str) -> Declare:
    def declare(scope: Scope, node: s.Node) -> None:
        parts = sizes.items if isinstance(sizes, s.Product) and set(sizes.ops) == {"×"} else (sizes,)
        if len(parts) != rank and not (rank == 1 and len(parts) == 2):
            return
        shape: tuple[Size, ...] = shape_of(*(size_named(scope, p) for p in parts))
        for name in _names(node):
            key = s.key(name) or ""
            found = scope.find(key)
            if isinstance(found, Variable) and found.shape == shape:
                continue
            scope.bind(Variable(key, name.place, shape=shape, random="random" in words))
            kinds = ("positive_definite",) if "definite" in words else _properties(words)
            if kinds:
                assume(scope, name, kinds, node)

    return declare


def _scalar(random: bool, positive: bool) -> Declare:
    def declare(scope: Scope, node: s.Node) -> None:
        for name in _names(node):
            key = s.key(name) or ""
            old = scope.find(key)
            if old is None or (scope.kind == "sentence" and isinstance(old, Variable) and old.shape):
                scope.bind(Variable(key, name.place, shape=(), random=random))
            if positive:
                assume(scope, name, ("positive",), node)

    return declare


def _random(scope: Scope, node: s.Node) -> None:
    """A random vector, of a dimension that is stated elsewhere, or not at all."""
    for name in _names(node):
        key = s.key(name) or ""
        found = scope.find(key)
        if isinstance(found, Variable):
            found.random = True
        elif found is None:
            scope.vectors.append(key)


def _moments(covariance: s.Node) -> Declare:
    """With mean mu and covariance Sigma: of the one random variable here, they are E[X] and Cov(X)."""

    def declare(scope: Scope, node: s.Node) -> None:
        scope.moments.append((node, covariance))

    return declare


def _one_hot(scope: Scope, node: s.Node) -> None:
    """Entries 0 or 1, of which the sum is 1."""
    for name in _names(node):
        assume(scope, name, ("binary",), node)
        ones = s.Name(name.place, name.place, "1", s.BOLD)
        row = s.Script(name.place, name.place, ones, None, s.Name(name.place, name.place, "\\top"), 0)
        total = s.Juxt(name.place, name.end, (row, name))
        scope.constrain("equation", total, s.Number(name.place, name.place, "1"), node)


def _with(kinds: tuple[str, ...]) -> Declare:
    def declare(scope: Scope, node: s.Node) -> None:
        for name in _names(node):
            try:
                assume(scope, name, kinds, node)
            except ReadingError:
                continue

    return declare
