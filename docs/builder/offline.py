"""What zensical leaves to a network or to a script, mended in the finished pages."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

from docs.builder.failure import Failure

_SHIM = "https://unpkg.com/iframe-worker/shim"
_ELSEWHERE = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?//[^"]*\"""")
_FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", re.DOTALL)


def mend(site: Path, modules: Path) -> None:
    """Puts what a page loads beside it, and words for formulae into the search.

    Raises:
        Failure: a page still loads something from elsewhere.
    """
    shim = site / "assets" / "iframe-worker.js"
    shutil.copy(modules / "iframe-worker" / "shim" / "index.js", shim)
    for path in site.rglob("*.html"):
        up = "../" * (len(path.relative_to(site).parts) - 1)
        text = path.read_text(encoding="utf-8").replace(_SHIM, f"{up}assets/iframe-worker.js")
        if found := _ELSEWHERE.search(text):
            raise Failure(f"{path.relative_to(site)} loads something from elsewhere: {found[0]}")
        path.write_text(text, encoding="utf-8")
    index: dict[str, Any] = json.loads((site / "search.json").read_text(encoding="utf-8"))
    for item in index["items"]:
        item["text"], item["title"] = _FORMULA.sub(_told, item["text"]), _FORMULA.sub(_told, item["title"])
    said = json.dumps(index, ensure_ascii=False)
    (site / "search.json").write_text(said, encoding="utf-8")
    (site / "search.js").write_text(f"var __index = {said}", encoding="utf-8")  # for a page opened as a file


def _told(found: re.Match[str]) -> str:
    return html.escape(in_words(html.unescape(found[1]))) if found[1] else ""  # a display is no sentence


def in_words(tex: str) -> str:
    r"""An inline formula as it may stand in a list of search results.

    >>> in_words(r"\operatorname{tr}(\Sigma_1^{-1} x)")
    'tr(Sigma_1^-1 x)'
    """
    plain = re.sub(r"\\(?:operatorname|mathbb|mathcal|mathbf|mathrm|text|left|right)\b|[{}]|\\[,;!|]", "", tex)
    return re.sub(r"\\(?=[a-zA-Z])", "", plain).replace("\\", "")
