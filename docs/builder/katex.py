"""Formulae typeset while the site is built, so that a page needs no script and no network to show them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from docs.builder.failure import Failure

_PROGRAM = Path(__file__).with_name("katex.mjs")
# What pymdownx.arithmatex (generic) leaves: \( \) inline, \[ \] displayed, HTML's characters escaped.
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def copy_styles(package: Path, folder: Path) -> None:
    """KaTeX's style sheet and its woff2 fonts, which every browser of today reads, and its licence."""
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    shutil.copy(package / "dist" / "katex.min.css", folder)
    shutil.copy(package / "LICENSE", folder / "LICENSE.txt")
    for font in (package / "dist" / "fonts").glob("*.woff2"):
        shutil.copy(font, folder / "fonts")


def typeset(site: Path, package: Path) -> int:
    """Puts KaTeX's HTML for every formula of every page of the site; gives the number of formulae.

    Raises:
        Failure: a formula does not parse; each is named with its page.
    """
    files = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    where: dict[tuple[str, bool], Path] = {}
    for path, text in files.items():
        for found in _FORMULA.finditer(text):
            where.setdefault(_formula(found), path)
    made = dict(zip(where, _typeset(list(where), package), strict=True))
    wrong = [f"{where[f].relative_to(site)}: {f[0].strip()}: {m['error']}" for f, m in made.items() if "error" in m]
    if wrong:
        raise Failure("KaTeX cannot read " + "; ".join(wrong))
    for path, text in files.items():
        path.write_text(_FORMULA.sub(lambda found: _element(found, made[_formula(found)]["html"]), text), "utf-8")
    return len(made)


def _formula(found: re.Match[str]) -> tuple[str, bool]:
    return html.unescape(found[3]), found[2] == "["


def _element(found: re.Match[str], formula: str) -> str:
    return f'<{found[1]} class="formula">{formula}</{found[1]}>'


def _typeset(formulae: list[tuple[str, bool]], package: Path) -> list[dict[str, str]]:
    command = ["node", str(_PROGRAM), str(package.resolve())]
    run = subprocess.run(command, input=json.dumps(formulae), capture_output=True, text=True, check=False)
    if run.returncode:
        raise Failure(f"node cannot run {_PROGRAM.name}: {run.stderr.strip()}")
    answers: list[dict[str, str]] = json.loads(run.stdout)
    return answers
