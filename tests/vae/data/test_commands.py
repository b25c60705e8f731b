"""``hw3 data`` as a person types it."""

from pathlib import Path

import hw3_test_layouts as layouts
import pytest
from PIL import Image

from hw3.cli import main
from hw3.vae.data import load


def test_prepare_then_train_from_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = layouts.kaggle(tmp_path / "data"), tmp_path / "prepared"
    command = ["data", "prepare", str(root), "--out", str(out), "--size", "16", "--jobs", "1"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert f"{root}: 40 pictures of 16 x 16 in colour (30 train, 4 validation, 6 test), 6 attributes" in said
    assert f"wrote {out}; train on it with: hw3 run-vae --data {out}" in said
    first = load(out, size=16).fingerprint
    assert main(command) == 0  # a second time there is nothing to do
    assert load(out, size=16).fingerprint == first


def test_prepare_into_the_cache_is_what_a_path_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = layouts.official(tmp_path / "data")
    assert main(["data", "prepare", str(root), "--size", "16", "--jobs", "1"]) == 0
    assert f"hw3 run-vae --data {root}" in capsys.readouterr().out
    (folder,) = (p for p in (tmp_path / "cache" / "prepared").iterdir() if p.is_dir())
    assert load(root, size=16, jobs=1).fingerprint == load(folder, size=16).fingerprint


def test_nothing_of_anybodys_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = layouts.official(tmp_path / "data")
    assert main(["data", "prepare", str(root), "--out", str(root), "--jobs", "1"]) == 2
    assert "is there already and isn't a prepared data set: name a new folder" in capsys.readouterr().err
    assert (root / "list_attr_celeba.txt").exists()


def test_trouble_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "prepare", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err == f"hw3: there is nothing at {tmp_path / 'nowhere'}: check the path\n"
    assert main(["data", "show", "--channels", "2"]) == 2
    assert "3 for colour or 1 for grey" in capsys.readouterr().err


def test_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, figure = layouts.official(tmp_path / "data"), tmp_path / "faces.png"
    assert main(["data", "show", str(root), "--size", "16", "--jobs", "1", "--figure", str(figure)]) == 0
    said = capsys.readouterr().out
    bald = layouts.attributes()[:, 0].mean()
    assert f"Bald {bald:22.1%}".split() in [line.split() for line in said.splitlines()]
    with Image.open(figure) as sheet:
        assert sheet.size == (16 * 16, 8 * 16)
        middle = sheet.getpixel((8, 8))
    assert isinstance(middle, tuple)
    assert max(abs(a - b) for a, b in zip(middle, layouts.colour(0), strict=True)) <= 4
