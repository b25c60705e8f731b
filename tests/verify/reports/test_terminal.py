"""Reports in a terminal of eighty columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import hw3.derivations.operations as o
from hw3.derivations.claims import Claim, Link, Proof
from hw3.verify import kl, trusted
from hw3.verify.reports.terminal import lines_of, print_report, print_trusted
from hw3.verify.verdicts import Evidence, Report, Verdict


@pytest.fixture
def terminal() -> Console:
    """Eighty columns, written to a string."""
    return Console(width=80, file=io.StringIO(), markup=False, highlight=False, emoji=False)


def text(terminal: Console) -> str:
    assert isinstance(terminal.file, io.StringIO)
    return terminal.file.getvalue()


def small() -> Report:
    a, b = o.matrix("A", "n", "n"), o.matrix("B", "n", "n")
    cyclic = Claim(
        "cyclic", r"A trace is cyclic, whatever the matrices $A$ and $\Sigma_0$ are", o.trace(a @ b), o.trace(b @ a)
    )
    wrong = Claim("commute", "Matrices commute", a @ b, b @ a)
    proof = Proof(cyclic, (Link(cyclic.lhs, cyclic.rhs, "the sum in the other order", failure="not tried"),))
    return Report(
        "small",
        (
            Verdict(
                cyclic,
                "proved",
                "",
                proof,
                (Evidence("proof", True, "1 line, by expansion alone"),),
                conditions=("A is invertible",),
            ),
            Verdict(wrong, "refuted", "Counterexample: n = 2.", Proof(wrong, ()), (Evidence("exact", False, "n = 2"),)),
        ),
        0.25,
    )


EXPECTED = """\
Small

 1  proved    A trace is cyclic, whatever the matrices A and Σ₀ are
              tr(A B) = tr(B A)
              given A is invertible
              proof: 1 line, by expansion alone

 2  refuted   Matrices commute
              A B = B A
              Counterexample: n = 2.
              exact: n = 2

2 claims: 1 proved, 1 refuted; not as expected: commute (0.2 s)
"""


def test_a_small_report(terminal: Console) -> None:
    print_report(small(), "Small", to=terminal)
    assert text(terminal) == EXPECTED


def test_proofs_are_printed_where_they_are_wanted(terminal: Console) -> None:
    print_report(small(), "Small", proofs=True, to=terminal)
    assert "              (1) = tr(B A)\n" in text(terminal)
    assert "the sum in the other order [not proved]" in text(terminal)


def test_the_whole_report_fits_eighty_columns(terminal: Console, report: Report) -> None:
    print_report(report, kl.TITLE, proofs=True, to=terminal)
    assert max(map(len, text(terminal).splitlines())) <= 80
    assert "22 claims: 21 proved, 1 refuted, all as expected (" in text(terminal)


def test_the_trusted_base_fits_eighty_columns(terminal: Console) -> None:
    print_trusted(trusted.trusted_base(), terminal)
    lines = text(terminal).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Meanings: ")
    assert lines[-1].endswith(" parts, none failed their test")
    assert not any("FAILED" in line for line in lines)


@pytest.mark.parametrize(
    ("formula", "width", "lines"),
    [
        ("a = b", 20, ["a = b"]),
        ("f(x + y, x - y) = g(x) + h(y)", 24, ["f(x + y, x - y)", "= g(x) + h(y)"]),
        ("KL[p ‖ q] = 0  ⟹  p = q", 18, ["KL[p ‖ q] = 0", "⟹  p = q"]),
        (
            "where A = [[1, 2], [3, 4]], B = [[5, 6], [7, 8]]",
            40,
            ["where A = [[1, 2], [3, 4]],", "B = [[5, 6], [7, 8]]"],
        ),
        ("unbreakable", 4, ["unbreakable"]),
    ],
)
def test_lines_break_where_a_reader_would(formula: str, width: int, lines: list[str]) -> None:
    assert lines_of(formula, width) == lines
