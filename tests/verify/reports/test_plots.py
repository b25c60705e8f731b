"""The figure of the Monte Carlo error."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw3.errors import UserError
from hw3.verify import kl
from hw3.verify.judge import Settings


@pytest.mark.parametrize("seed", [0, 1])
def test_the_slope_is_minus_a_half(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "error.svg"
    slope = kl.plot(file, Settings(dims=(3,), samples=8_000, seed=seed), None)
    assert slope == pytest.approx(-0.5, abs=0.05)
    assert "<svg" in file.read_text()


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_other_formats(tmp_path: Path, ending: str, magic: bytes) -> None:
    file = tmp_path / f"error.{ending}"
    kl.plot(file, Settings(dims=(2,), samples=1000), None)
    assert file.read_bytes().startswith(magic)


def test_an_ending_that_is_no_format(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"error\.xyz has no ending that matplotlib writes: use \.png, \.svg or \.pdf$"):
        kl.plot(tmp_path / "error.xyz", Settings(samples=1000), None)
    assert not list(tmp_path.iterdir())
