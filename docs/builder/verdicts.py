"""The generated pages made anew, and held against those that are there: a changed verdict ends the build."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from docs.builder import trusted
from docs.builder.failure import Failure

_CLAIM = re.compile(r"^## .*? \{#(?P<name>[^}]+)\}\n\n\*\*(?P<verdict>\w+)", re.MULTILINE)


def generate(root: Path, folder: Path) -> None:
    """Writes docs/proofs and docs/trusted.md anew, from what hw3 says now.

    Raises:
        Failure: a claim's verdict is another than its page had, a test of the base fails, or hw3 does not run.
    """
    _hw3(root, "docs", "--out", str(folder))
    changed = [
        f"{page.stem} {name}: {before}, now {now.get(name, 'gone')}"
        for page in sorted((root / "docs" / "proofs").glob("*.md"))
        if (folder / page.name).is_file() and (now := _verdicts(folder / page.name)) is not None
        for name, before in _verdicts(page).items()
        if now.get(name) != before
    ]
    if changed:
        raise Failure(
            f"verdicts have changed ({'; '.join(changed)}): mend what is wrong, or delete the page in docs/proofs "
            "if the change is meant, and make docs again"
        )
    base = json.loads(_hw3(root, "rules", "--json"))
    if failed := [entry["name"] for entry in base["trusted"] if not entry["passed"]]:
        raise Failure(f"tests of the trusted base fail ({', '.join(failed)}): see hw3 rules")
    for file in sorted(folder.iterdir()):
        if file.suffix in {".md", ".tex"}:
            shutil.copy(file, root / "docs" / "proofs" / file.name)
    (root / "docs" / "trusted.md").write_text(trusted.page(base["trusted"]), encoding="utf-8")


def _verdicts(page: Path) -> dict[str, str]:
    return {claim["name"]: claim["verdict"] for claim in _CLAIM.finditer(page.read_text(encoding="utf-8"))}


def _hw3(root: Path, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "hw3", *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise Failure(f"hw3 {arguments[0]} ends with code {run.returncode}: {run.stderr.strip()}")
    return run.stdout
