"""The documents in examples/ get the verdicts that were worked out for them by hand and by autograd."""

import json
from pathlib import Path

import pytest

from hw3.verify.checking.files import Asked, check_path

ROOT = Path(__file__).parents[3]
EXPECTED = json.loads((ROOT / "examples/expected.json").read_text())


@pytest.mark.parametrize("path", EXPECTED)
def test_every_line_of_an_example_is_judged_as_it_is_in_truth(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    entry = check_path(path, Asked(), None).entry
    holds = {"proved": "holds", "confirmed": "holds"}
    found = [[c["line"], c["link"], holds.get(c["verdict"], c["verdict"])] for c in entry["claims"]]
    assert found == EXPECTED[path]
    assert entry["problems"] == []


def test_there_are_right_and_wrong_ones() -> None:
    verdicts = [{verdict for _, _, verdict in lines} for lines in EXPECTED.values()]
    assert len(verdicts) >= 8
    assert sum(v == {"holds"} for v in verdicts) >= 4
    assert sum("refuted" in v for v in verdicts) >= 4
