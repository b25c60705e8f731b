"""Proofs for people: each result as a LaTeX fragment, a document that compiles, and a Markdown page.

All three are made from the claims and their verdicts, so that what is printed is what was checked. The
formulae keep to the commands that KaTeX and amsmath share. Text (titles, reasons, notes) has its formulae
between dollar signs, in all three.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from hw3.derivations.calculus.atoms import Window
from hw3.derivations.calculus.inequalities import BOUNDS
from hw3.derivations.calculus.rules import RULES
from hw3.derivations.claims import Claim, Line, Link, prove_link
from hw3.derivations.language.expression import Expr, instantiate, substitute, walk
from hw3.derivations.language.printing import latex
from hw3.derivations.language.sizes import ONE, Shape
from hw3.derivations.operations import abbreviation, derivative
from hw3.derivations.operations.convolution import Geometry
from hw3.derivations.operations.functions import FUNCTIONS
from hw3.errors import UserError
from hw3.verify.reports.displays import BOXED, WIDTH, aligned, width_of, wrapped
from hw3.verify.reports.text import tex
from hw3.verify.verdicts import Report, Verdict, given, statement

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[a4paper, margin=25mm]{geometry}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{microtype}
\usepackage{mathtools, amssymb, amsthm}
\renewcommand{\labelenumi}{(\theenumi)}
\newtheorem{claim}{Claim}
\allowdisplaybreaks
\begin{document}
"""

_CLOSE = r"  \setlength{\itemsep}{0pt}"


def write_pages(report: Report, title: str, folder: Path) -> tuple[Path, ...]:
    """Writes `NAME.tex` (a fragment), `NAME-document.tex` (which compiles) and `NAME.md` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        folder / f"{report.target}.tex": fragment(report, title),
        folder / f"{report.target}-document.tex": document(report, title),
        folder / f"{report.target}.md": markdown(report, title),
    }
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return tuple(files)


def typeset(document: Path) -> str:
    """Makes the PDF of a document beside it, and says where it is, or why there is none."""
    program = shutil.which("latexmk")
    if program is None:
        packages = "latexmk texlive-latex-recommended lmodern"
        return f"skipped the PDF of {document.name}: latexmk is not here (apt-get install {packages})"
    command = [program, "-pdf", "-interaction=nonstopmode", "-halt-on-error", document.name]
    run = subprocess.run(command, cwd=document.parent, capture_output=True, text=True, timeout=300, check=False)
    if run.returncode:
        complaint = next((line for line in run.stdout.splitlines() if line.startswith("!")), "see its log")
        raise UserError(f"latexmk cannot typeset {document}: {complaint}")
    subprocess.run([program, "-c", document.name], cwd=document.parent, capture_output=True, timeout=60, check=False)
    return f"wrote {document.with_suffix('.pdf')}"


def document(report: Report, title: str) -> str:
    """A stand-alone LaTeX document: the fragment between a preamble and an end."""
    return f"{_PREAMBLE}{fragment(report, title)}\\end{{document}}\n"


def fragment(report: Report, title: str) -> str:
    """The result's claims and proofs in LaTeX, to be \\input where amsthm's `claim` is defined."""
    parts = [f"\\section*{{{tex(title)}}}\n"]
    parts.extend(_tex_claim(v) for v in report.verdicts)
    return "\n".join(parts)


def markdown(report: Report, title: str) -> str:
    """The result's claims and proofs as a Markdown page with LaTeX between dollar signs."""
    counts = ", ".join(f"{n} {name}" for name, n in report.counts.items() if n)
    parts = [f"# {title}\n", f"Made by `hw3 docs`; judged by `hw3 verify {report.target}`: {counts}.\n"]
    parts.extend(_markdown_claim(v) for v in report.verdicts)
    return "\n".join(parts)


# --- what is said of one claim ------------------------------------------------------------------------


def assumptions(verdict: Verdict) -> list[str]:
    """What the symbols of a claim and its derivation are, in LaTeX: one line for all symbols of a kind."""
    kinds: dict[tuple[Shape, tuple[str, ...]], list[str]] = {}
    for node in symbols(verdict):
        kinds.setdefault((node.shape, node.data[2]), []).append(latex(node))
    told = [
        f"${', '.join(sorted(names))} {_membership(shape)}${_words(what, shape)}"
        for (shape, what), names in kinds.items()
    ]
    arrays: dict[Shape, list[str]] = {}  # of many axes; a convolution's stride does not tell its output's size
    for w in _abbreviations(verdict):
        if len(w.shape) > 2:
            arrays.setdefault(w.shape, []).append(latex(w))
    told += [f"${', '.join(names)} {_membership(shape)}$" for shape, names in arrays.items()]
    if lengths := geometries(verdict):
        told.append(rf"${', '.join(lengths)} \in \mathbb{{N}}$")
    if generic := functions(verdict):
        entry_by_entry = "applied entry by entry"
        told.append(rf"${', '.join(generic)} : \mathbb{{R}} \to \mathbb{{R}}$ {entry_by_entry}")
    return told


def _given(claim: Claim) -> str:
    facts = given(claim, latex=True)
    return " Given " + "; ".join(f"${fact}$" for fact in facts) + "." if facts else ""


def _nodes(verdict: Verdict) -> list[Expr]:
    """What occurs in the claim, in its abbreviations and in its derivation, in the order in which it is read."""
    claim = verdict.claim
    roots = [claim.lhs, claim.rhs, *(e for f in claim.given for e in (f.lhs, f.rhs) if e is not None)]
    if claim.hypothesis is not None and claim.hypothesis.rhs is not None:
        roots = [claim.hypothesis.lhs, claim.hypothesis.rhs, *roots]
    roots += [*claim.where, *(link.rhs for link in verdict.proof.links)]
    return list(dict.fromkeys(n for root in roots for n in walk(root)))


def symbols(verdict: Verdict) -> list[Expr]:
    """The claim's free symbols in the order in which they are read."""
    return [n for n in _nodes(verdict) if n.operation.name == "symbol" and isinstance(n.data[0], str)]


def geometries(verdict: Verdict) -> list[str]:
    """The names of strides, dilations, paddings and windows."""
    found: set[str] = set()
    for node in _nodes(verdict):
        for part in node.data if isinstance(node.data, tuple) else ():
            if isinstance(part, Geometry):
                found |= {*part.stride.names, *part.dilation.names, *part.padding.names}
            elif isinstance(part, Window):
                found |= {*part.width.names, *part.stride.names}
    shapes = {name for node in symbols(verdict) for n in node.shape for name in n.names}
    return sorted(found - shapes)


def functions(verdict: Verdict) -> list[str]:
    """The names of the functions of which nothing is known."""
    applied = (n.data[0] for n in _nodes(verdict) if n.operation.name == "apply")
    return sorted({name for name in applied if name not in FUNCTIONS})


def _membership(shape: Shape) -> str:
    sizes = r" \times ".join(f"({n})" if len(shape) > 1 and " " in str(n) else str(n) for n in shape)
    return r"\in \mathbb{R}" + (f"^{{{sizes}}}" if shape else "")


def _words(what: tuple[str, ...], shape: Shape) -> str:
    words = {
        "positive_definite": "symmetric positive definite",
        "positive": "positive" if not shape or ONE in shape else "with positive entries",
        "symmetric": "symmetric",
        "invertible": "invertible",
        "nonzero": "not zero",
    }
    return (" " if what else "") + ", ".join(words[w] for w in what)


def _verdict_in_words(verdict: Verdict) -> str:
    given = f", given {'; '.join(verdict.conditions)}" if verdict.conditions else ""
    expected = " (as it should be)" if verdict.claim.expected == "refuted" and verdict.as_expected else ""
    return f"{verdict.verdict}{given}{expected}"


def _link_in_words(link: Link) -> str:
    return f"proved {link.told}" if link.proved else "not proved"


def _told(verdict: Verdict) -> bool:
    """Whether there is a derivation to tell: none of what is refuted, none without reasons."""
    return verdict.verdict != "refuted" and any(link.reason for link in verdict.proof.links)


def _chain(verdict: Verdict) -> list[str]:
    """The derivation as lines to align, numbered."""
    claim, links = verdict.claim, verdict.proof.links
    first = latex(links[0].lhs)
    short = width_of(first) < 12
    lines = [] if short else wrapped(first, "& ")
    for k, link in enumerate(links, 1):
        start = "& = " if short else r"& \quad = "
        lines += wrapped(rf"{latex(link.rhs)} \quad ({k})", first + " " + start if short and k == 1 else start)
    if claim.relation == ">=":
        lines.append(r"& \quad \ge 0")
    return lines


def displayed(claim: Claim, width: int = WIDTH) -> str:
    """The statement as a display, on several lines if one is too short for it."""
    formula = statement(claim, latex=True)
    if width_of(formula) <= width or " = " not in formula:
        return formula
    if claim.relation == "=>":
        return aligned(wrapped(formula, "& ", width))
    left, right = formula.rsplit(" = ", 1)
    return aligned([*wrapped(left, "& ", width), *wrapped(right, r"& \quad = ", width)])


def definitions(verdict: Verdict) -> list[str]:
    """The abbreviations of a claim as lines to align, each with what it stands for."""
    claim = verdict.claim
    lines = []
    for w in _abbreviations(verdict):
        of = _differentiated(w, claim)
        start = f"& {latex(w)} = " + (f"{latex(of)} = " if of is not None else "")
        lines += wrapped(latex(w.args[0]), start)
    return lines


def _abbreviations(verdict: Verdict) -> list[Expr]:
    """Those that the claim spells out, and others that occur in its statement.

    Of the others, what stands under a name that means something else here is written out.
    """
    claim = verdict.claim
    known = {w.data[0]: w for w in claim.where}
    found = list(claim.where)
    if claim.relation == "shape":
        return found
    for node in dict.fromkeys(n for e in claim.stated() for n in _outermost(e)):
        if node.data[0] not in known:
            body = node.args[0]
            while inner := next((n for n in _names_in(body) if known.get(n.data[0], n) is not n), None):
                body = substitute(body, inner, inner.args[0])
            known[node.data[0]] = node
            found.append(abbreviation(node.data[0], body))
    return found


def _outermost(node: Expr) -> Iterator[Expr]:
    """The abbreviations in an expression that stand in no other."""
    if node.operation.name == "abbreviation":
        if not node.loose:
            yield node
        return
    if node.operation.name == "derivative":
        point, body = node.args
        yield from _outermost(point)
        yield from _outermost(instantiate(body, point))  # what it is differentiated by is free to be read
        return
    for child in node.args:
        yield from _outermost(child)


def _names_in(body: Expr) -> list[Expr]:
    """The abbreviations in a body, those that use others before these."""
    return [n for n in reversed(list(walk(body))) if n.operation.name == "abbreviation"]


_COTANGENT = re.compile(r"\\(?:delta|Delta|epsilon)_")


def _differentiated(name: Expr, claim: Claim) -> Expr | None:
    """The derivative of a loss that a cotangent's name stands for, if the kernel proves that it is one."""
    if not _COTANGENT.match(str(name.data[0])):
        return None
    losses = [v for v in claim.where if not v.shape]
    for loss in losses:
        reached = set(walk(loss))
        for layer in claim.where:
            if layer.shape != name.shape or layer not in reached or layer is loss:
                continue
            of = derivative(loss, layer)
            if prove_link(of, Line(name.args[0], ""), claim.given).proved:
                return of
    return None


def _used(verdict: Verdict) -> list[str]:
    """The rules that a proof uses, each with its statement."""
    known = [(name, RULES[name].title, RULES[name].reference) for name in verdict.proof.rules]
    known += [(name, BOUNDS[name].title, BOUNDS[name].reference) for name in verdict.proof.bounds]
    return [f"{name}: {title} ({reference})" for name, title, reference in known]


def _evidence(verdict: Verdict) -> Iterable[str]:
    return (f"{e.kind}: {e.says}" for e in verdict.evidence if e.kind != "proof")


# --- the two notations --------------------------------------------------------------------------------


def _tex_claim(verdict: Verdict) -> str:
    claim = verdict.claim
    lines = [
        rf"\begin{{claim}}[{{{tex(claim.title)}}}]",
        rf"\[ {displayed(claim)} \]",
        r"\end{claim}",
        "Here " + "; ".join(assumptions(verdict)) + "." + _given(claim),
    ]
    if written := definitions(verdict):
        lines += ["Write", f"\\[\n{aligned(written)}\n\\]"]
    if _told(verdict):
        # align* may go over pages where aligned may not
        lines += [r"\begin{proof}", aligned(_chain(verdict), "align*"), r"\begin{enumerate}", _CLOSE]
        lines += [rf"  \item {tex(k.reason)} \emph{{({tex(_link_in_words(k))})}}" for k in verdict.proof.links]
        lines += [r"\end{enumerate}", *([tex(claim.note)] if claim.note else [])]
        lines += [rf"\[ \boxed{{{displayed(claim, BOXED)}}} \qedhere \]", r"\end{proof}"]
    elif claim.note:
        lines += [r"\par\noindent", tex(claim.note)]
    lines.append(rf"\par\noindent\textbf{{Verdict:}} {tex(_verdict_in_words(verdict))}. {tex(verdict.reason)}".rstrip())
    if used := _used(verdict):
        lines += [
            r"Rules used:",
            r"\begin{itemize}",
            _CLOSE,
            *(rf"  \item {tex(u)}" for u in used),
            r"\end{itemize}",
        ]
    return "\n".join(line for line in lines if line) + "\n"


def _markdown_claim(verdict: Verdict) -> str:
    claim = verdict.claim
    judged = _verdict_in_words(verdict)
    lines = [
        f"## {claim.title} {{#{claim.name}}}\n",
        f"**{judged[0].upper() + judged[1:]}.** {verdict.reason}\n",
        f"Here {'; '.join(assumptions(verdict))}.{_given(claim)}\n",
    ]
    if written := definitions(verdict):
        lines.append(f"Write\n\n$$\n{aligned(written)}\n$$\n")
    if _told(verdict):
        lines.append(f"Then\n\n$$\n{aligned(_chain(verdict))}\n$$\n")
        lines += [f"{k}. {link.reason} *({_link_in_words(link)})*" for k, link in enumerate(verdict.proof.links, 1)]
        lines += ["", *([claim.note + "\n"] if claim.note else [])]
        lines.append(f"Hence\n\n$$\n\\boxed{{{displayed(claim)}}}\n$$\n")
    else:
        said = "It is false that" if verdict.verdict == "refuted" else "Then"
        lines.append(f"{said}\n\n$$\n{displayed(claim)}\n$$\n")
        if claim.note:
            lines.append(claim.note + "\n")
    if used := _used(verdict):
        lines += ["Rules used:\n", *(f"- {u}" for u in used), ""]
    if evidence := list(_evidence(verdict)):
        lines += ["Witnesses:\n", *(f"- {e}" for e in evidence), ""]
    return "\n".join(lines)
