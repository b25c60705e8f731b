"""The report on the divergence, made once for all tests of reports."""

import pytest

from hw3.verify import kl
from hw3.verify.judge import Settings
from hw3.verify.verdicts import Report


@pytest.fixture(scope="session")
def report() -> Report:
    return kl.verify(Settings(dims=(2,), samples=20_000))
