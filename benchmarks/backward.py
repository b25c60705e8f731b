"""How fast the derived gradients of the network run, beside torch's autograd.

    python benchmarks/backward.py [--markdown docs/derived-gradients.md] [--quick]

The loss and its six gradients, for 28 x 28 images, 8 and 16 channels, 5 x 5 kernels: by the formulae that
`hw3 verify cnn` proves, compiled, and by autograd through torch's own layers. One thread. The two take turns,
so that other work on the machine falls on both alike; a figure is the median.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import torch
from torch import Tensor

from hw3.verify.network import Backpropagation, torch_loss
from hw3.verify.training import ARCHITECTURE

BATCHES = (1, 8, 32, 128, 512)
Pass = Callable[[], dict[str, Tensor]]


def passes(batch: int, dtype: torch.dtype) -> tuple[Pass, Pass]:
    """One pass forward and backward: derived, and by autograd."""
    g = torch.Generator().manual_seed(batch)
    parameters = ARCHITECTURE.parameters(0, dtype)
    x = torch.randn(batch, 1, 28, 28, generator=g, dtype=torch.float64).to(dtype)
    y = torch.eye(10, dtype=dtype)[torch.randint(10, (batch,), generator=g)]
    step = Backpropagation(ARCHITECTURE, batch)

    def derived() -> dict[str, Tensor]:
        return step(parameters, x, y)[1]

    def autograd() -> dict[str, Tensor]:
        leaves = {k: v.detach().requires_grad_() for k, v in parameters.items()}
        return dict(zip(leaves, torch.autograd.grad(torch_loss(leaves, x, y), list(leaves.values())), strict=True))

    return derived, autograd


def apart(mine: dict[str, Tensor], theirs: dict[str, Tensor]) -> float:
    """The largest difference between the gradients, relative to their norm."""
    return max(float((mine[k] - theirs[k]).norm() / theirs[k].norm()) for k in theirs)


def seconds(one: Pass, other: Pass, repeats: int) -> tuple[list[float], list[float]]:
    """The seconds of each, the two taking turns; the first few of each are not counted."""
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(repeats + 3):
        for k, run in enumerate((one, other) if turn % 2 else (other, one)):
            start = time.perf_counter()
            run()
            if turn >= 3:
                found[k if turn % 2 else 1 - k].append(time.perf_counter() - start)
    return found


def rows(quick: bool) -> Iterator[tuple[str, ...]]:
    torch.set_num_threads(1)
    for dtype in (torch.float32, torch.float64):
        for batch in BATCHES:
            derived, autograd = passes(batch, dtype)
            difference = apart(derived(), autograd())
            repeats = max(15, (200 if quick else 2000) // (1 + batch))
            mine, theirs = seconds(derived, autograd, repeats)
            ratio = statistics.median(mine) / statistics.median(theirs)
            figures = (f"{1e3 * statistics.median(times):.2f}" for times in (mine, theirs))
            yield str(dtype).removeprefix("torch."), str(batch), *figures, f"{ratio:.2f}", f"{difference:.0e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    arguments = parser.parse_args()
    header = ("numbers", "batch", "derived, ms", "autograd, ms", "derived / autograd", "difference")
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    print(*header, sep="\t")
    for row in rows(arguments.quick):
        lines.append("| " + " | ".join(row) + " |")
        print(*row, sep="\t", flush=True)
    if arguments.markdown is not None:
        command = "python benchmarks/backward.py" + (" --quick" if arguments.quick else "")
        about = (
            f"`{command}`, {date.today()}, torch {torch.__version__}, Python {platform.python_version()}, one thread "
            f"of {os.cpu_count()} cores ({platform.machine()})"
        )
        arguments.markdown.write_text(PAGE.format(table="\n".join(lines), about=about), encoding="utf-8")


PAGE = """# The derived gradients at work

`hw3 verify cnn` proves the backward pass of a network, layer by layer. The same expressions are compiled to a function
on torch tensors that uses no autograd, and here that function races autograd: the loss and its six gradients, 28 x 28
images, 8 and 16 channels, 5 x 5 kernels. Milliseconds for one pass forward and backward, the median of passes in which
the two take turns; "difference" is the largest between their gradients, relative to the norm.

{table}

Measured by {about}.

Each node is computed once, and what several gradients read is shared: the choices of a pooling serve its forward pass
and its adjoint, and one call gives the adjoints of a convolution in input, kernel and bias. Where a part of the
expression is exactly what one of torch's functions computes, that function is called
(`hw3/verify/native.py` has the list); autograd calls the same ones. What is faster than autograd at large batches is
pooling: its input is moved to channels-last order first.

In training, a hundred steps along either end in parameters that agree to 1e-10 (`tests/verify/test_network.py`);
`hw3 verify cnn --train` shows it on digits. How long it takes to derive such gradients is on
[another page](derive.md).
"""


if __name__ == "__main__":
    main()
