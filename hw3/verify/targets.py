"""The results that hw3 proves, each a target of `hw3 verify`: all of them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

from hw3.verify import autoencoder, cnn, kl
from hw3.verify.judge import Settings
from hw3.verify.verdicts import Report

TARGETS: dict[str, ModuleType] = {"kl": kl, "autoencoder": autoencoder, "cnn": cnn}


def count() -> int:
    """How many claims there are."""
    return sum(target.count() for target in TARGETS.values())


def verify_all(settings: Settings, progress: Callable[[str], None] = lambda title: None) -> tuple[Report, ...]:
    """A report for each target, in order."""
    return tuple(target.verify(settings, progress) for target in TARGETS.values())


def together(reports: tuple[Report, ...]) -> Report:
    """One report of all claims, each named TARGET/NAME."""
    verdicts = tuple(
        replace(v, claim=replace(v.claim, name=f"{report.target}/{v.claim.name}"))
        for report in reports
        for v in report.verdicts
    )
    return Report("all", verdicts, sum(r.seconds for r in reports))
