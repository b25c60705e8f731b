"""What pages print as proved is read back and holds; and no slip in a printed line goes unseen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hw3_test_printed import all_slips, claims, outcome, page, report

from hw3.cli import main
from hw3.verify import targets
from hw3.verify.reports import pages
from hw3.verify.reports.read_back import HOLDS, UNREAD, Printed, complaint, read_claim, section, summary
from hw3.verify.verdicts import Report, Verdict

NAMES = {t: [c.name for c in claims(t)] for t in ("kl", "autoencoder", "cnn")}
QUICK = {"kl": NAMES["kl"], "autoencoder": NAMES["autoencoder"][::4], "cnn": NAMES["cnn"][:4]}


def lines(target: str, names: list[str]) -> Iterator[Printed]:
    for verdict in report(target).verdicts:
        if verdict.claim.name in names:
            yield from read_claim(verdict, section(page(target), verdict.claim.name))


def faults(found: list[Printed]) -> list[str]:
    return [f"{x.claim} {x.part} {x.number}: {x.verdict} ({x.reason}) {x.latex}" for x in found if x.fault]


@pytest.mark.parametrize("target", NAMES)
def test_what_is_printed_as_proved_holds_when_it_is_read(target: str) -> None:
    assert not faults(list(lines(target, QUICK[target])))


@pytest.mark.slow
@pytest.mark.parametrize("target", NAMES)
def test_all_that_is_printed_as_proved_holds_when_it_is_read(target: str) -> None:
    found = list(lines(target, NAMES[target]))
    assert not faults(found)
    assert not any(x.verdict == "refuted" for x in found)
    if target != "cnn":
        assert sum(x.holds for x in found) >= 0.9 * len(found)


def test_little_is_not_read() -> None:
    """Of the divergence: the inequality, what it implies, and the claim of existence; nothing else."""
    unread = [x for x in lines("kl", NAMES["kl"]) if not x.holds]
    relations = {v.claim.name: v.claim.relation for v in report("kl").verdicts}
    assert len(unread) <= 6
    assert all(relations[x.claim] in UNREAD for x in unread)


def named(name: str) -> Verdict:
    return next(v for v in report("kl").verdicts if v.claim.name == name)


def test_a_page_that_prints_something_else_is_complained_about() -> None:
    verdict = named("gradient-mean-1")
    text = section(page("kl"), "gradient-mean-1")
    assert complaint(list(read_claim(verdict, text)), "kl.md") == ""
    wrong = text.replace(r"= \Sigma_1^{-1} (\mu_1 - \mu_0) \quad", r"= \Sigma_1^{-1} (\mu_0 - \mu_1) \quad")
    assert wrong != text
    said = complaint(list(read_claim(verdict, wrong)), "kl.md")
    assert said.startswith("what is printed is not what was proved: line 1 of gradient-mean-1 in kl.md is refuted (at ")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (r"\begin{aligned}" + "\n" + r"\frac{\partial D}", r"\begin{aligned}" + "\n" + r"\frac{\partial F}", "line"),
        (
            r"\boxed{\frac{\partial D}{\partial \mu_1} = ",
            r"\boxed{\frac{\partial D}{\partial \mu_1} \approx ",
            "result",
        ),
        ("Then\n", "It seems that\n", "line"),
    ],
)
def test_a_line_that_is_not_read_is_a_fault(old: str, new: str, part: str) -> None:
    text = section(page("kl"), "gradient-mean-1")
    assert old in text
    found = [x for x in read_claim(named("gradient-mean-1"), text.replace(old, new)) if x.fault]
    assert [(x.part, x.verdict in HOLDS) for x in found] == [(part, False)]


def test_what_is_refuted_is_not_excused() -> None:
    line = Printed("a", "result", 1, "", "refuted", "", excused=UNREAD["=>"])
    assert line.fault
    assert not replace(line, verdict="undecided").fault
    assert replace(line, verdict="undecided", excused="").fault
    assert (
        summary([line, replace(line, verdict="proved")], "a.md") == "read back a.md: 1 of 2 lines hold; 1 is not read"
    )


@pytest.mark.parametrize("slip", [False, True])
def test_the_command_fails_where_a_page_does_not_hold(
    slip: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = Report("kl", (named("gradient-mean-1"),))
    markdown = pages.markdown
    old, new = (r"= \Sigma_1^{-1} (\mu_1 - \mu_0)", r"= \Sigma_1^{-1} (\mu_1 + \mu_0)") if slip else ("", "")
    monkeypatch.setattr(targets, "verify_all", lambda settings, step: (small,))
    monkeypatch.setattr(pages, "markdown", lambda r, title: markdown(r, title).replace(old, new))
    assert main(["docs", "--out", str(tmp_path)]) == int(slip)
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == f"read back kl.md: {0 if slip else 2} of 2 lines hold"
    assert said.err.startswith("hw3: what is printed is not what was proved: ") == slip
    assert said.err.count("\n") == slip


def test_cotangents_are_printed_as_the_derivatives_that_they_are() -> None:
    text = section(page("autoencoder"), "gradient-w")
    assert r"\delta_y = \frac{\partial L}{\partial y} = \delta_{\hat{x}} \odot \hat{a}'(y)" in text
    assert r"$\hat{a}, a : \mathbb{R} \to \mathbb{R}$ applied entry by entry" in text


def test_a_name_that_means_something_else_here_is_written_out() -> None:
    text = section(page("autoencoder"), "tying")
    assert r"\ell = (x - \hat{a}(W^* h + c))^{\top} (x - \hat{a}(W^* h + c))" in text


SLIPPED = ("kl", "autoencoder")


def test_slips_of_every_kind_are_tried() -> None:
    found = [all_slips(target) for target in SLIPPED]
    assert len({slip.kind for slips in found for slip in slips}) >= 14
    assert min(map(len, found)) > 400


def outcomes(target: str, count: int | None = None) -> Counter[str]:
    slips = all_slips(target)
    return Counter(map(outcome, slips if count is None else random.Random(20).sample(slips, count)))


@pytest.mark.parametrize("target", SLIPPED)
def test_slips_are_caught(target: str) -> None:
    found = outcomes(target, 30)
    assert set(found) <= {"caught", "equivalent"}
    assert found["caught"] >= 24


@pytest.mark.slow
@pytest.mark.parametrize("target", SLIPPED)
def test_all_slips_are_caught(target: str) -> None:
    found = outcomes(target)
    assert set(found) <= {"caught", "equivalent"}
    assert found["equivalent"] < 0.1 * found.total()
