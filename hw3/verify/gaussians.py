"""The user's own two Gaussians, from files: means and covariances as .npy or .csv, checked before use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from hw3.errors import UserError
from hw3.verify.monte_carlo import Gaussian

Array = np.ndarray
MAGIC = b"\x93NUMPY"


def load_gaussian(mean: Path, covariance: Path) -> Gaussian:
    """N(mean, covariance) from two files.

    Raises:
        UserError: a file is missing or isn't what its name says, a number is not finite, the sizes do not
            fit, or the covariance isn't symmetric and positive definite; the message says where and by how much.
    """
    m, c = _read(mean), _read(covariance)
    if m.size == 1 or (m.ndim == 2 and 1 in m.shape):
        m = m.reshape(-1)
    if m.ndim != 1:
        raise UserError(f"{mean} holds {_shape(m)} numbers: a mean is one row or one column")
    if c.size == 1:
        c = c.reshape(1, 1)
    if c.ndim != 2 or c.shape[0] != c.shape[1]:
        raise UserError(f"{covariance} holds {_shape(c)} numbers: a covariance is a square matrix")
    if c.shape[0] != m.shape[0]:
        raise UserError(
            f"{mean} has {m.shape[0]} entries, but {covariance} is {_shape(c)}: give a mean and a covariance of one "
            "dimension"
        )
    _symmetric(covariance, c)
    _definite(covariance, c)
    return Gaussian(torch.from_numpy(m), torch.from_numpy(c / 2 + c.T / 2))


def _shape(array: Array) -> str:
    return " x ".join(map(str, array.shape)) if array.ndim else "1"


def _read(path: Path) -> Array:
    """The finite float64 array in a file, of any shape."""
    if path.is_dir():
        raise UserError(f"{path} is a folder: give a .npy or .csv file")
    if not path.exists():
        raise UserError(f"there is no file {path}: check the path")
    reader = {".npy": _npy, ".csv": _csv}.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"{path} is neither .npy nor .csv: save the array as one of them")
    array = reader(path)
    if array.size == 0:
        raise UserError(f"{path} holds no numbers: save at least one")
    if not np.isfinite(array).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f" at entry {_place(tuple(i + 1 for i in at))}" if at else ""
        raise UserError(f"{path} has {array[at]}{where}: every entry must be a finite number")
    return array


def _npy(path: Path) -> Array:
    """The numbers of a file that numpy.save wrote; Python objects in it are never loaded."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise UserError(f"{path} is not a .npy file, whatever its name: save the array with numpy.save")
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, MemoryError) as error:
        if "allow_pickle" in str(error):
            raise UserError(f"{path} holds Python objects, which are not loaded: save an array of numbers") from error
        raise UserError(f"{path} is a .npy file that is damaged or cut short: save it again") from error
    if array.dtype.kind not in "fiu":
        raise UserError(f"{path} holds values of type {array.dtype}: save real numbers")
    return array.astype(np.float64)


def _csv(path: Path) -> Array:
    """The rows of numbers of a text file, separated by commas; what follows a # is a comment."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text file: write rows of numbers with commas between them") from error
    rows: list[list[float]] = []
    for row, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        rows.append([_number(path, row, column, field) for column, field in enumerate(text.split(","), 1)])
        if len(rows[-1]) != len(rows[0]):
            raise UserError(
                f"{path} has {len(rows[-1])} numbers in row {row}, but {len(rows[0])} in the first: "
                "write rows of one length"
            )
    return np.array(rows, dtype=np.float64)


def _number(path: Path, row: int, column: int, field: str) -> float:
    try:
        return float(field.replace("_", "?"))  # Python takes 1_000 for a number; no other program does
    except ValueError as error:
        text = field.strip()
        what = repr(text if len(text) <= 24 else text[:21] + "...") if text else "nothing"
        raise UserError(
            f"{path} has {what} in row {row}, column {column}: write numbers with commas between them"
        ) from error


def _place(at: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, at))})" if len(at) > 1 else str(at[0])


def _symmetric(path: Path, c: Array) -> None:
    apart = np.abs(c - c.T)
    if apart.max() <= 1e-10 * np.abs(c).max():
        return
    i, j = (int(x) for x in np.unravel_index(apart.argmax(), c.shape))
    raise UserError(
        f"{path} is not symmetric: entry ({i + 1}, {j + 1}) is {c[i, j]:.6g} and entry ({j + 1}, {i + 1}) is "
        f"{c[j, i]:.6g}, apart by {apart[i, j]:.3g}: a covariance equals its transpose"
    )


def _definite(path: Path, c: Array) -> None:
    values, vectors = np.linalg.eigh(c / 2 + c.T / 2)
    if values[0] > len(values) * np.finfo(np.float64).eps * abs(values[-1]):
        return
    direction = int(np.abs(vectors[:, 0]).argmax())
    raise UserError(
        f"{path} is not positive definite: its least eigenvalue is {values[0]:.3g}, in a direction that is mostly "
        f"coordinate {direction + 1}: a covariance has positive eigenvalues only"
    )
