"""The user's own two Gaussians, from files: means and covariances as .npy or .csv, checked before use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from hw3.errors import UserError
from hw3.verify.monte_carlo import Gaussian

Array = np.ndarray


def load_gaussian(mean: Path, covariance: Path) -> Gaussian:
    """N(mean, covariance) from two files.

    Raises:
        UserError: a file is missing or isn't what its name says, a number is not finite, the sizes do not
            fit, or the covariance isn't symmetric and positive definite; the message says where and by how much.
    """
    m, c = _read(mean), _read(covariance)
    if m.ndim == 2 and 1 in m.shape:
        m = m.reshape(-1)
    if m.ndim != 1:
        raise UserError(f"{mean} holds an array of {_shape(m)}; a mean is one row or one column of numbers.")
    if c.size == 1:
        c = c.reshape(1, 1)
    if c.ndim != 2 or c.shape[0] != c.shape[1]:
        raise UserError(f"{covariance} holds an array of {_shape(c)}; a covariance is a square matrix.")
    if c.shape[0] != m.shape[0]:
        raise UserError(
            f"{mean} has {m.shape[0]} entries and {covariance} is {_shape(c)}; they must be of one dimension."
        )
    _symmetric(covariance, c)
    _definite(covariance, c)
    return Gaussian(torch.from_numpy(m), torch.from_numpy((c + c.T) / 2))


def _shape(array: Array) -> str:
    return " x ".join(map(str, array.shape)) if array.ndim else "one number"


def _read(path: Path) -> Array:
    if not path.exists():
        raise UserError(f"There is no file {path}; give a .npy or .csv file.")
    try:
        if path.suffix == ".npy":
            array = np.load(path, allow_pickle=False)
        elif path.suffix in (".csv", ".txt"):
            array = np.loadtxt(path, delimiter="," if path.suffix == ".csv" else None, ndmin=1)
        else:
            raise UserError(f"{path} is neither .npy nor .csv; save the array as one of them.")
    except (ValueError, EOFError, UnicodeDecodeError, OSError) as error:
        what = "a .npy file of numbers" if path.suffix == ".npy" else "rows of numbers between commas"
        detail = str(error).splitlines()[0] if str(error) else "it is empty"
        raise UserError(f"{path} isn't {what}: {detail}.") from error
    if array.dtype.kind not in "fiu":
        raise UserError(f"{path} holds values of type {array.dtype}; save real numbers.")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        at = tuple(int(i) + 1 for i in np.argwhere(~np.isfinite(array))[0])
        raise UserError(f"{path} has a value that is not finite at entry {_place(at)}; every entry must be a number.")
    if array.size == 0:
        raise UserError(f"{path} holds no numbers.")
    return array


def _place(at: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, at))})" if len(at) > 1 else str(at[0])


def _symmetric(path: Path, c: Array) -> None:
    apart = np.abs(c - c.T)
    if apart.max() <= 1e-10 * np.abs(c).max():
        return
    i, j = (int(x) for x in np.unravel_index(apart.argmax(), c.shape))
    raise UserError(
        f"{path} isn't symmetric: entry ({i + 1}, {j + 1}) is {c[i, j]:.6g} and entry ({j + 1}, {i + 1}) is "
        f"{c[j, i]:.6g}, apart by {apart[i, j]:.3g}; a covariance equals its transpose."
    )


def _definite(path: Path, c: Array) -> None:
    values, vectors = np.linalg.eigh((c + c.T) / 2)
    if values[0] > len(values) * np.finfo(np.float64).eps * abs(values[-1]):
        return
    direction = int(np.abs(vectors[:, 0]).argmax())
    raise UserError(
        f"{path} isn't positive definite: its least eigenvalue is {values[0]:.3g}, in a direction that is mostly "
        f"coordinate {direction + 1}; a covariance has positive eigenvalues only."
    )
