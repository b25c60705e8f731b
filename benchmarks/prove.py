"""The time that proofs take: to find them, to check them, and the whole command from a cold start.

    python benchmarks/prove.py [--repeats 30] [--markdown FILE]

All runs are in one process, so that a figure is the mathematics and not the imports; the median. "closed
form" is KL[N(mu0, S0) || N(mu1, S1)] = its closed form in one step, from the definition, for symbolic k. Of
each claim of `hw3 verify kl`, what is timed is every line of its derivation. The command is timed as a
subprocess, the best of three.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hw3.derivations.calculus.kernel import Equation, check
from hw3.derivations.calculus.search import prove
from hw3.derivations.claims import prove_claim, prove_link
from hw3.derivations.kl import claims
from hw3.derivations.kl.definition import closed_form_claim


def closed_form(repeats: int) -> tuple[float, float]:
    """Median seconds to find a proof of the closed form, and to check it."""
    claim = closed_form_claim()
    equation = Equation(claim.lhs, claim.rhs, claim.given)
    prove(equation)  # the lemmas and the tables are filled once
    found, checked = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        proof = prove(equation)
        middle = time.perf_counter()
        check(equation, proof.certificate)
        end = time.perf_counter()
        checked.append(end - middle)
        found.append(middle - start)
    return statistics.median(found), statistics.median(checked)


def chains(repeats: int) -> Iterator[tuple[str, int, float]]:
    """Of each derived claim: name, lines, median seconds to find and check all of them."""
    for claim in claims():
        if claim.relation == "exists" or claim.expected == "refuted":
            continue
        proof = prove_claim(claim)
        assert proof.proved, claim.name
        times = []
        for _ in range(repeats):
            prove_link.cache_clear()
            start = time.perf_counter()
            prove_claim(claim)
            times.append(time.perf_counter() - start)
        yield claim.name, len(proof.links), statistics.median(times)


def cold() -> float:
    """Seconds of `hw3 verify kl` as a process of its own, the best of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hw3", "verify", "kl"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--repeats", type=int, default=30)
    arguments = parser.parse_args()
    find, check_ = closed_form(arguments.repeats)
    table = [
        ("closed form in one step: find and check", "1", f"{find * 1e3:.1f} ms"),
        ("closed form in one step: check", "1", f"{check_ * 1e3:.1f} ms"),
    ]
    table += [(name, str(lines), f"{seconds * 1e3:.1f} ms") for name, lines, seconds in chains(arguments.repeats)]
    table.append(("hw3 verify kl, from a cold start", "", f"{cold():.1f} s"))
    lines = ["| what | lines | time |", "|---|---|---|", *("| " + " | ".join(row) + " |" for row in table)]
    print("\n".join(lines))
    if arguments.markdown is not None:
        about = f"`python benchmarks/prove.py`, Python {platform.python_version()}"
        text = "# The time that proofs take\n\n" + "\n".join(lines) + f"\n\nMeasured by {about}.\n"
        arguments.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
