"""One of several processes of a run on discs: `python sharing.py OUT`, with a launcher's environment."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("discs", Path(__file__).with_name("discs.py"))
assert _spec is not None
assert _spec.loader is not None
discs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(discs)

import torch.distributed  # noqa: E402

from hw3.vae.folder import Asked, begin  # noqa: E402
from hw3.vae.running import train  # noqa: E402

if __name__ == "__main__":
    asked = Asked(Path(sys.argv[1]), device="cpu", resume=True)
    config = begin(asked, {**discs.SETTINGS, "precision": "fp32", "prior": "normal"})
    train(asked, config, lambda config: discs.discs(), discs.proof())
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
