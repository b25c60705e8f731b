"""`hw3 verify autoencoder`: the claims on the tied-weight autoencoder, judged."""

from __future__ import annotations

import time
from collections.abc import Callable

from hw3.derivations.autoencoder import claims
from hw3.verify.entry import callable_module
from hw3.verify.judge import Settings, judge
from hw3.verify.verdicts import Report

TITLE = "The tied-weight autoencoder"


def verify(settings: Settings, progress: Callable[[str], None] = lambda title: None) -> Report:
    """Judges every claim of `hw3.derivations.autoencoder`."""
    start = time.perf_counter()
    verdicts = []
    for claim in claims():
        progress(claim.title)
        verdicts.append(judge(claim, settings))
    return Report("autoencoder", tuple(verdicts), time.perf_counter() - start)


def count() -> int:
    """How many claims `verify` judges."""
    return len(claims())


callable_module(__name__)
