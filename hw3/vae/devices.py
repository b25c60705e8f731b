"""Where a run computes: Accelerate chooses the device, the precision and the processes.

One process on the processor or one GPU needs nothing. Several GPUs or machines: `accelerate launch
--num_processes 4 -m hw3 run-vae ...` (or torchrun), and the same command on each machine.
"""

from __future__ import annotations

import os

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import set_seed

from hw3.errors import UserError
from hw3.vae.config import Config


def accelerator(config: Config, device: str = "auto") -> Accelerator:
    """Accelerate's handle for a run, with results that can be repeated.

    Arguments:
        device: auto (a GPU if there is one), cpu, cuda, cuda:1, mps.

    Raises:
        UserError: there is no such device here.
    """
    place = torch.device(_chosen(device))
    if place.type != "cpu":
        _check(place)
    # cuBLAS sums in a fixed order only with a workspace of fixed size; it reads this when it starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.set_num_threads(config.threads)
    if place.type == "cuda" and place.index is not None:
        os.environ["ACCELERATE_TORCH_DEVICE"] = str(place)
    if PartialState._shared_state:  # an accelerator of before, of another precision
        AcceleratorState._reset_state()
    made = Accelerator(
        cpu=place.type == "cpu", mixed_precision="bf16" if config.precision == "bf16" else "no", device_placement=False
    )
    set_seed(config.seed % 2**32)  # for what torch initialises; batches and noise have generators of their own
    return made


def _chosen(device: str) -> str:
    if device != "auto":
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _check(place: torch.device) -> None:
    try:
        torch.zeros(1, device=place)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UserError(f"torch cannot compute on {str(place)!r} here: use --device cpu") from error
