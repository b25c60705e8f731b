"""Two processes that share every batch train as one does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hw3.vae.config import load_json
from hw3.vae.normalisation import BatchNorm
from hw3.vae.processes import mean_over_processes, processes

SHARING = Path(__file__).with_name("sharing.py")


def launch(out: Path, world: int) -> None:
    """The run in `out`, trained by `world` processes as a launcher starts them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    started = []
    for rank in range(world):
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world)}
        address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"}
        environment = {**os.environ, **address, **(place if world > 1 else {})}
        command = [sys.executable, str(SHARING), str(out)]
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    for process in started:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said


def test_two_processes_train_as_one_does(tmp_path: Path) -> None:
    launch(tmp_path / "one", 1)
    launch(tmp_path / "two", 2)
    assert load_json(tmp_path / "two" / "run.json")["processes"] == 2
    one, two = (load_file(tmp_path / name / "weights.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name, value in one.items():
        if value.is_floating_point():  # sums in another order, over twelve steps of Adam
            assert (two[name] - value).norm() <= 1e-3 * value.norm() + 1e-6, name
        else:
            assert torch.equal(two[name], value)


def test_alone_a_mean_is_the_value_itself() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    assert processes() == 1
    assert mean_over_processes(x) is x


def test_the_shared_normalisation_is_torchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The formula that several processes use, with the whole batch in each of them."""
    mine, theirs = BatchNorm(3), torch.nn.BatchNorm2d(3)
    x = torch.randn(8, 3, 5, 5)
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    monkeypatch.setattr("hw3.vae.normalisation.processes", lambda: 2)
    weights = torch.randn_like(x)
    found, wanted = mine(a), theirs(b)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
    (found * weights).sum().backward()
    (wanted * weights).sum().backward()
    torch.testing.assert_close(a.grad, b.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(mine.running_mean, theirs.running_mean)
    torch.testing.assert_close(mine.running_var, theirs.running_var, atol=1e-3, rtol=1e-3)  # n - 1 of twice as many
    assert mine.num_batches_tracked == theirs.num_batches_tracked
