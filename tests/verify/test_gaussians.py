"""The user's own Gaussians: what is read, and what is said of what can't be."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from hw3.errors import UserError
from hw3.verify.gaussians import load_gaussian

COVARIANCE = np.array([[2.0, 0.5], [0.5, 1.0]])


class Files:
    """Files of a folder: each is an array for numpy.save, or a text, or bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, content: object) -> Path:
        path = self.folder / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with path.open("wb") as file:
                np.save(file, content)
        return path


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.chdir(tmp_path)  # so that messages name the file, not where it is
    return Files(Path())


@pytest.mark.parametrize(
    ("mean_name", "mean", "name", "covariance"),
    [
        ("m.npy", np.array([1.0, -2.0]), "c.npy", COVARIANCE),
        ("m.npy", np.array([[1], [-2]]), "c.npy", COVARIANCE.astype(np.float32)),
        ("m.csv", "1,-2\n", "c.csv", "2,0.5\n0.5,1\n"),
        ("m.csv", "1\n-2\n", "c.csv", "# a comment\n\n2, 5e-1 \n.5,1 # and another"),
        ("m.csv", "\ufeff1\r\n-2\r\n", "c.CSV", "2,.5\r\n.5,1\r\n"),
    ],
    ids=["npy", "integers, float32", "rows", "a column, comments", "Windows"],
)
def test_what_is_read(files: Files, mean_name: str, mean: object, name: str, covariance: object) -> None:
    found = load_gaussian(files(mean_name, mean), files(name, covariance))
    assert found.k == 2
    assert found.mean.tolist() == [1.0, -2.0]
    assert np.allclose(found.covariance, COVARIANCE)


def test_one_dimension(files: Files) -> None:
    assert load_gaussian(files("m.csv", "3"), files("c.csv", "4")).covariance.tolist() == [[4.0]]
    assert load_gaussian(files("m.npy", np.array(3.0)), files("c.npy", np.array(4.0))).mean.tolist() == [3.0]


def test_rounding_is_no_asymmetry(files: Files) -> None:
    c = COVARIANCE + np.array([[0, 1e-12], [0, 0]])
    covariance = load_gaussian(files("m.csv", "0,0"), files("c.npy", c)).covariance
    assert np.array_equal(covariance, covariance.T)


def damaged(array: np.ndarray, folder: Path) -> bytes:
    np.save(folder / "whole.npy", array)
    return (folder / "whole.npy").read_bytes()[:-8]


HTML = "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "c.csv",
            "2,0.5\n0.25,1\n",
            "c.csv is not symmetric: entry (1, 2) is 0.5 and entry (2, 1) is 0.25, apart by 0.25: a covariance equals "
            "its transpose",
        ),
        (
            "c.csv",
            "1,2\n2,1\n",
            "c.csv is not positive definite: its least eigenvalue is -1, in a direction that is mostly coordinate 1: a "
            "covariance has positive eigenvalues only",
        ),
        (
            "c.csv",
            "4,0\n0,0\n",
            "c.csv is not positive definite: its least eigenvalue is 0, in a direction that is mostly coordinate 2: a "
            "covariance has positive eigenvalues only",
        ),
        ("c.csv", "1,nan\n0,1\n", "c.csv has nan at entry (1, 2): every entry must be a finite number"),
        ("c.npy", np.diag([1, -np.inf]), "c.npy has -inf at entry (2, 2): every entry must be a finite number"),
        ("c.npy", np.eye(3), "m.csv has 2 entries, but c.npy is 3 x 3: give a mean and a covariance of one dimension"),
        ("c.npy", np.ones((2, 3)), "c.npy holds 2 x 3 numbers: a covariance is a square matrix"),
        ("c.npy", np.ones(4), "c.npy holds 4 numbers: a covariance is a square matrix"),
        ("c.npy", np.ones((2, 2, 2)), "c.npy holds 2 x 2 x 2 numbers: a covariance is a square matrix"),
        ("c.npy", np.ones((0, 0)), "c.npy holds no numbers: save at least one"),
        ("c.npy", np.eye(2) * 1j, "c.npy holds values of type complex128: save real numbers"),
        ("c.npy", np.array(["a", "b"]), "c.npy holds values of type <U1: save real numbers"),
        ("c.npy", "2,0.5\n0.5,1\n", "c.npy is not a .npy file, whatever its name: save the array with numpy.save"),
        ("c.npy", "", "c.npy is not a .npy file, whatever its name: save the array with numpy.save"),
        (
            "c.csv",
            HTML,
            "c.csv has '<!DOCTYPE html><html>...' in row 1, column 1: write numbers with commas between them",
        ),
        ("c.csv", "2,0.5\n0.5,one\n", "c.csv has 'one' in row 2, column 2: write numbers with commas between them"),
        ("c.csv", "2,0.5,\n", "c.csv has nothing in row 1, column 3: write numbers with commas between them"),
        ("c.csv", "2;0\n0;1\n", "c.csv has '2;0' in row 1, column 1: write numbers with commas between them"),
        ("c.csv", "1_0\n", "c.csv has '1_0' in row 1, column 1: write numbers with commas between them"),
        ("c.csv", "2,0\n\n1\n", "c.csv has 1 numbers in row 3, but 2 in the first: write rows of one length"),
        ("c.csv", b"\xff\xfe\x00", "c.csv is not a text file: write rows of numbers with commas between them"),
        ("c.csv", "# nothing\n", "c.csv holds no numbers: save at least one"),
        ("c.mat", "1", "c.mat is neither .npy nor .csv: save the array as one of them"),
    ],
)
def test_what_is_said_of_a_covariance(files: Files, name: str, content: object, said: str) -> None:
    mean, path = files("m.csv", "1,2"), files(name, content)
    with pytest.raises(UserError) as error:
        load_gaussian(mean, path)
    assert str(error.value) == said


def test_what_is_said_of_a_mean(files: Files) -> None:
    good = files("c.npy", COVARIANCE)
    for content, said in (
        (np.eye(2), "m.npy holds 2 x 2 numbers: a mean is one row or one column"),
        (np.array([0.0, np.nan]), "m.npy has nan at entry 2: every entry must be a finite number"),
        (np.ones(3), "m.npy has 3 entries, but c.npy is 2 x 2: give a mean and a covariance of one dimension"),
    ):
        with pytest.raises(UserError) as error:
            load_gaussian(files("m.npy", content), good)
        assert str(error.value) == said


def test_what_is_said_of_no_file(files: Files, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^there is no file missing\.npy: check the path$"):
        load_gaussian(Path("missing.npy"), Path("missing.csv"))
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(UserError, match=r"^folder\.npy is a folder: give a \.npy or \.csv file$"):
        load_gaussian(Path("folder.npy"), Path("missing.csv"))


def test_a_file_that_is_cut_short(files: Files, tmp_path: Path) -> None:
    path = files("m.npy", damaged(np.ones(4), tmp_path))
    with pytest.raises(UserError, match=r"^m\.npy is a \.npy file that is damaged or cut short: save it again$"):
        load_gaussian(path, path)


class Trap:
    """Unpickled, it writes a file."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, ("sprung", "w")


def test_a_pickle_is_never_executed(files: Files, tmp_path: Path) -> None:
    objects = np.empty(2, dtype=object)
    objects[:] = [Trap(), Trap()]
    np.save(tmp_path / "objects.npy", objects, allow_pickle=True)
    with pytest.raises(UserError, match=r"^objects\.npy holds Python objects, which are not loaded: save an array"):
        load_gaussian(Path("objects.npy"), Path("objects.npy"))
    bare = files("bare.npy", pickle.dumps(Trap()))
    with pytest.raises(UserError, match=r"^bare\.npy is not a \.npy file"):
        load_gaussian(bare, bare)
    assert not (tmp_path / "sprung").exists()
