"""A file of named tensors: written whole or not at all, never a pickle, its contents checked when it is read."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from hw3.errors import UserError


def write_bytes(file: Path, content: bytes) -> None:
    """Writes a file so that, whatever happens, there is the old content or the new, and on the disk.

    Raises:
        UserError: the disk is full.
    """
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, file)
        _sync_folder(file.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            need = f"{len(content) / 1e6:,.1f} MB"
            raise UserError(
                f"the disk is full: {file} needs {need} and was not written; what was saved before is whole, "
                "so make room and go on with --resume"
            ) from error
        raise


def write_json(file: Path, value: Any) -> None:
    """Writes JSON as `write_bytes` does."""
    write_bytes(file, (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


def write_tensors(file: Path, tensors: Mapping[str, Tensor]) -> str:
    """Writes a safetensors file; returns the SHA-256 of its bytes."""
    content = save({name: t.detach().cpu().contiguous() for name, t in tensors.items()})
    write_bytes(file, content)
    return hashlib.sha256(content).hexdigest()


def read_tensors(file: Path, sha256: str) -> dict[str, Tensor]:
    """The tensors in a file that `write_tensors` wrote.

    Raises:
        UserError: it is missing, or its bytes are not those that were written.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{file} is missing: restore it, or begin a new run") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"{file} is damaged (its SHA-256 is not the one that was recorded): {_remedy(file)}")
    try:
        return load(content)
    except SafetensorError as error:
        raise UserError(f"{file} is no safetensors file ({error}): {_remedy(file)}") from error


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Copies tensors into a module's parameters and buffers of the same names.

    Raises:
        UserError: names or shapes differ.
    """
    own = module.state_dict()
    for name, value in own.items():
        if name not in tensors or tensors[name].shape != value.shape:
            raise UserError(f"{source} holds no {name} of shape {tuple(value.shape)}: it belongs to another network")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(tensors[name])


def _remedy(file: Path) -> str:
    other = "delete it, and --resume goes on from the checkpoint before it"
    return other if file.parent.name == "checkpoints" else "restore it, or begin a new run"


def _sync_folder(folder: Path) -> None:
    """Makes a rename last through a power cut, where the system has a way to say so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
