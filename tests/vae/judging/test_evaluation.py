"""Every number and figure of a run, on a few faces: they are there, and they are what they say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from hw3.cli import main
from hw3.errors import UserError
from hw3.vae.data.faces import Faces
from hw3.vae.edits import kept
from hw3.vae.edits.directions import METHODS
from hw3.vae.judging.edited import counterfactuals, lacking
from hw3.vae.judging.evaluation import summary
from hw3.vae.runs import Run

FIGURES = [f"{verb}-{name}.png" for name in ("beard", "smiling", "eyeglasses") for verb in ("edit", "remove")]


def test_reconstructions_are_measured_on_the_test_split(evaluated: dict[str, Any], few: tuple[Path, Faces]) -> None:
    folder, faces = few
    told = evaluated["reconstruction"]
    images = faces.images[faces.of("test")]
    run = Run.load(folder)
    mse = np.square(run.decode(run.encode(images)).numpy() - images / 255).mean()
    assert told["mse"] == pytest.approx(mse, abs=2e-6)
    assert told["psnr"] == pytest.approx(-10 * np.log10(mse), abs=0.01)
    assert 0 < told["ssim"] < 1
    assert told["mse_of_a_sample"] > told["mse"]
    assert {"skin #614335", "Eyeglasses"} <= told["mse_where"].keys()
    assert 0 < told["sharpness"] < 1.1


def test_distances_have_their_floor_and_their_yardstick(evaluated: dict[str, Any]) -> None:
    told = evaluated["frechet"]
    assert told["n"] == 120
    assert 0 < told["real"] < told["real_at_half_resolution"]
    assert told["samples"] > told["real"]


def test_edits_are_judged_beside_counterfactuals(evaluated: dict[str, Any]) -> None:
    assert set(evaluated["edits"]) == {"Beard", "Smiling", "Eyeglasses"}
    for name, about in evaluated["edits"].items():
        assert all(s <= 1.25 for method, s in about["strengths"].items() if method.startswith("remove"))
        for way in ("add", "remove"):
            assert set(about[way]) == {*METHODS, "counterfactual"}
            assert about["best"][way] in METHODS
            assert all("mse_to_counterfactual" in about[way][method] for method in METHODS)
            for scored in about[way].values():
                assert 0 <= scored["kept"] <= 1
                assert name not in scored["kept_of"]
    assert evaluated["edits"]["Beard"]["companions"] == ["Mustache"]
    assert "Mustache" not in evaluated["edits"]["Beard"]["add"]["counterfactual"]["kept_of"]


def test_the_summary_has_a_line_for_each_edit_that_can_be_judged(evaluated: dict[str, Any]) -> None:
    lines = dict(summary(evaluated))
    assert lines["reconstruction: MSE"] == f"{evaluated['reconstruction']['mse']:.5f}"
    for name, about in evaluated["edits"].items():
        line = lines.get(f"{name}: took / others kept")
        took = about["add"][about["best"]["add"]]["took"]
        assert (line is None) == (took is None)


def test_figures_are_written_and_show_pictures(evaluated: dict[str, Any]) -> None:
    files = {Path(f).name: Path(f) for f in evaluated["figures"]}
    assert {*FIGURES, "strengths.png", "interpolation.png", "interpolation.gif"} <= set(files)
    for file in files.values():
        with Image.open(file) as picture:
            assert min(picture.size) > 60
            assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 20


def test_a_counterfactual_differs_where_it_should(few: tuple[Path, Faces]) -> None:
    _, faces = few
    rows = lacking(faces, "test", "Eyeglasses")[:20]
    true = counterfactuals(faces, rows, "Eyeglasses", True)
    assert true is not None
    changed = (np.abs(true.astype(int) - faces.images[rows]).max(-1) > 20).mean((0, 2))
    assert changed[10:18].mean() > 5 * changed[22:].mean()  # about the eyes, not the chin
    beards = lacking(faces, "test", "Beard")
    assert faces.shows("Male")[beards].all()
    assert not faces.shows("Beard")[beards].any()


def test_photographs_have_no_counterfactuals(few: tuple[Path, Faces]) -> None:
    _, faces = few
    plain = Faces(faces.images, faces.attributes, faces.names, faces.split, faces.fingerprint, "photographs")
    assert counterfactuals(plain, [0], "Smiling", True) is None


def test_an_edit_from_the_command_line_is_the_edit(
    evaluated: dict[str, Any], few: tuple[Path, Faces], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, faces = few
    mine = tmp_path / "me.png"
    Image.fromarray(np.repeat(np.repeat(faces.images[5], 3, 0), 3, 1)).save(mine)
    out = tmp_path / "edited.png"
    command = ["edit", str(mine), "--run", str(folder), "--attribute", "smiling", "--strength", "2", "--out", str(out)]
    assert main(command) == 0
    assert f"wrote {out}: 1 faces with a smile, strength +2" in capsys.readouterr().out
    run = Run.load(folder)
    directions, _ = kept.read(folder, run.prior)
    z = run.encode(faces.images[[5]])
    expected = run.decode(directions.edit(z, "Smiling", 2.0))[0]
    with Image.open(out) as sheet:
        shown = np.asarray(sheet.convert("RGB"))
    face = shown[-10 - 4 - 96 : -10 - 4, -10 - 4 - 96 : -10 - 4]  # the last row, enlarged three times
    small = np.asarray(Image.fromarray(face).resize((32, 32), Image.Resampling.BOX)) / 255
    assert np.abs(small - expected.numpy()).mean() < 0.02
    assert np.abs(small - run.decode(z)[0].numpy()).mean() > 2 * np.abs(small - expected.numpy()).mean()


@pytest.mark.parametrize("options", [[], ["--remove"], ["--method", "least_squares"]])
def test_without_pictures_it_takes_the_first_of_the_test_split(
    options: list[str], evaluated: dict[str, Any], few: tuple[Path, Faces], tmp_path: Path
) -> None:
    out = tmp_path / "edited.png"
    assert main(["edit", "--run", str(few[0]), "--attribute", "Eyeglasses", "--out", str(out), *options]) == 0
    with Image.open(out) as sheet:
        assert sheet.width > 10 * 96


def test_a_path_from_the_command_line(evaluated: dict[str, Any], few: tuple[Path, Faces], tmp_path: Path) -> None:
    folder, _ = few
    for name, options in (("a.png", []), ("b.png", ["--path", "linear"]), ("c.gif", ["--steps", "4"])):
        assert main(["interpolate", "0", "1", "--run", str(folder), "--out", str(tmp_path / name), *options]) == 0
    with Image.open(tmp_path / "c.gif") as gif:
        assert gif.n_frames == 6
    with Image.open(tmp_path / "a.png") as one, Image.open(tmp_path / "b.png") as other:
        assert one.width > 12 * 96
        assert np.asarray(one).shape == np.asarray(other).shape


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["edit", "--attribute", "Moustache"], "this run has no direction for 'Moustache': it has Arched_Eyebrows"),
        (["edit", "--method", "magic"], "--method is magic: it must be transported, conditional, least_squares"),
        (["edit", "nowhere.jpg"], "cannot open 'nowhere.jpg'"),
        (["edit", "--out", "edited.txt"], "edited.txt can't be written: name a file that ends in .png"),
        (["interpolate", "0", "120"], "there is no test picture 120: they go from 0 to 119"),
        (["interpolate", "0", "1", "--path", "scenic"], "--path is scenic: it must be spherical or linear"),
    ],
)
def test_what_cannot_be_done_is_said(
    command: list[str],
    said: str,
    evaluated: dict[str, Any],
    few: tuple[Path, Faces],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*command, "--run", str(few[0])]) == 2
    assert said in capsys.readouterr().err


def test_no_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["edit", "--run", str(tmp_path)]) == 2
    assert "config.json is missing" in capsys.readouterr().err


def test_directions_are_fitted_where_a_run_has_none(
    evaluated: dict[str, Any], few: tuple[Path, Faces], tmp_path: Path
) -> None:
    """As after a run that was stopped before its evaluation; the same directions, with usual strengths."""
    from hw3.vae.edits.editing import directions_of

    folder, _ = few
    for name in ("config.json", "run.json", "weights.json", "weights.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    run = Run.load(tmp_path)
    directions, crop = directions_of(run)
    before, _ = kept.read(folder, run.prior)
    assert crop == 1.0
    torch.testing.assert_close(directions.of("Beard").least_squares, before.of("Beard").least_squares)


def test_directions_of_another_version_are_said(
    evaluated: dict[str, Any], few: tuple[Path, Faces], tmp_path: Path
) -> None:
    folder, _ = few
    prior = Run.load(folder).prior
    (tmp_path / kept.FILE).write_bytes((folder / kept.FILE).read_bytes())
    told = json.loads((folder / "directions.json").read_text())
    for about in told["directions"].values():
        del about["best"]
    (tmp_path / "directions.json").write_text(json.dumps(told))
    with pytest.raises(UserError, match="has no 'best', it may be another version's: delete it"):
        kept.read(tmp_path, prior)
