"""Files are whole or as they were, whatever fails, and what was changed in them is noticed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import torch

from hw3.errors import UserError
from hw3.vae import weights
from hw3.vae.config import load_json
from hw3.vae.weights import load_into, read_tensors, write_json, write_tensors


def test_tensors_come_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "t.safetensors"
    written = {"a": torch.randn(3, 4).T, "b": torch.tensor(7), "c": torch.zeros(0), "d": torch.randn(5).bfloat16()}
    found = read_tensors(file, write_tensors(file, written))
    assert found.keys() == written.keys()
    for name, value in written.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value)
    assert [f.name for f in tmp_path.iterdir()] == ["t.safetensors"]


@pytest.mark.parametrize("what", ["open", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, code: int
) -> None:
    file = tmp_path / "state.json"
    write_json(file, {"step": 1})

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        if what == "open":
            patched.setattr(weights, "open", fail, raising=False)
        else:
            patched.setattr(weights.os, what, fail)
        full = code != errno.EIO
        with pytest.raises(UserError if full else OSError, match="the disk is full" if full else os.strerror(code)):
            write_json(file, {"step": 2})
    assert load_json(file) == {"step": 1}
    assert [f.name for f in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_disk_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "open", lambda file, mode: open("/dev/full", mode), raising=False)  # noqa: SIM115
    with pytest.raises(UserError, match=r"the disk is full: .*state.json needs 0.0 MB and was not written"):
        write_json(tmp_path / "state.json", {"step": 2})


@pytest.mark.parametrize("change", ["a bit", "an end", "everything"])
def test_damage_is_noticed(tmp_path: Path, change: str) -> None:
    file = tmp_path / "t.safetensors"
    sha256 = write_tensors(file, {"a": torch.randn(100)})
    content = bytearray(file.read_bytes())
    if change == "a bit":
        content[-3] ^= 16
    file.write_bytes({"a bit": bytes(content), "an end": bytes(content[:-8]), "everything": b""}[change])
    with pytest.raises(UserError, match=r"t\.safetensors is damaged"):
        read_tensors(file, sha256)


def test_what_is_missing_or_no_json_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"t\.safetensors is missing"):
        read_tensors(tmp_path / "t.safetensors", "")
    with pytest.raises(UserError, match=r"config\.json is missing"):
        load_json(tmp_path / "config.json")
    (tmp_path / "config.json").write_text('{"epochs": ')
    with pytest.raises(UserError, match=r"config\.json is damaged"):
        load_json(tmp_path / "config.json")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no weight of shape \(2, 3\): it belongs to another network"):
        load_into(torch.nn.Linear(3, 2), {"weight": torch.zeros(2, 4), "bias": torch.zeros(2)}, tmp_path)
