"""Labelled claims as people write them: no false one passes, no true one is refuted, and most are judged.

`claims.jsonl` has a claim a line, true ones and mutants of them in 21 topics; each was checked by finite differences
and quadrature when it was written. In the normal run a sample of them is judged, with --run-slow all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hw3.verify.checking import check as checking
from hw3.verify.checking.check import check_text
from hw3.verify.checking.links import judge_link

CLAIMS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "claims.jsonl").read_text(encoding="utf-8").splitlines()
]
HOLDS = {"proved", "confirmed"}
SAMPLE = CLAIMS[::9]


@pytest.fixture(autouse=True)
def _without_suggestions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging is what is tested here; what was meant is tested in test_meant."""
    monkeypatch.setattr(checking, "judge_link", lambda link, settings, **_: judge_link(link, settings, suggest=False))


def document(claim: dict[str, Any]) -> str:
    lines = ["Let " + ", ".join(f"${c}$" for c in claim["context"]) + "."] if claim["context"] else []
    lines += [f"Define\n\n$$\n{definition}\n$$" for definition in claim["definitions"]]
    return "\n\n".join([*lines, f"Then\n\n$$\n{claim['claim']}\n$$"]) + "\n"


def outcome(claim: dict[str, Any]) -> str:
    """right, WRONG or unread."""
    verdicts = [j.verdict for j in check_text(document(claim)).judged]
    refuted = [k for k, v in enumerate(verdicts, 1) if v == "refuted"]
    holds = bool(verdicts) and set(verdicts) <= HOLDS
    if claim["truth"]:
        return "right" if holds else "WRONG" if refuted else "unread"
    link = claim.get("wrong_link")
    return "WRONG" if holds else "right" if refuted and (not link or refuted[0] == link) else "unread"


def told(claim: dict[str, Any]) -> str:
    return f"{claim['id']}: {claim['claim']}"


def test_a_sample_is_judged_rightly() -> None:
    found = {told(c): outcome(c) for c in SAMPLE}
    assert not [name for name, what in found.items() if what == "WRONG"]
    assert sum(what == "right" for what in found.values()) >= 0.95 * len(found), found


@pytest.mark.slow
def test_all_are_judged_and_none_wrongly() -> None:
    found = {told(c): outcome(c) for c in CLAIMS}
    assert not [name for name, what in found.items() if what == "WRONG"]
    assert sum(what == "right" for what in found.values()) >= 0.95 * len(found), found
