"""The speed of the divergence against the standard normal, forward and backward.

    python benchmarks/kl_speed.py [--markdown FILE]

`kl_standard` of hw3, compiled from the proved form, beside torch.distributions and the plain closed form
1/2 sum (mu^2 + e^l - 1 - l), which loses everything to cancellation near zero. float32, on the processor.
Methods take turns, so that other work on the machine falls on all alike; a figure is the median. "unchecked"
is torch.distributions told not to validate its arguments.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from hw3.verify.divergence import kl_standard

Method = Callable[[Tensor, Tensor], Tensor]
SHAPES = ((128, 20), (128, 128), (1024, 1024))


def torch_distributions(mean: Tensor, log_variance: Tensor, checked: bool | None = None) -> Tensor:
    law = Normal(mean, torch.exp(0.5 * log_variance), validate_args=checked)
    standard = Normal(torch.zeros_like(mean), torch.ones_like(mean), validate_args=checked)
    return kl_divergence(law, standard).sum(-1)


def unchecked(mean: Tensor, log_variance: Tensor) -> Tensor:
    return torch_distributions(mean, log_variance, checked=False)


def plain(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean * mean + log_variance.exp() - 1 - log_variance).sum(-1)


METHODS: dict[str, Method] = {
    "hw3": kl_standard,
    "torch.distributions": torch_distributions,
    "torch.distributions, unchecked": unchecked,
    "plain": plain,
}


def step(method: Method, mean: Tensor, log_variance: Tensor) -> float:
    """Seconds of one forward and one backward pass."""
    mean.grad = log_variance.grad = None
    start = time.perf_counter()
    method(mean, log_variance).sum().backward()
    return time.perf_counter() - start


def medians(shape: tuple[int, int], repeats: int) -> dict[str, float]:
    """The median seconds of each method, the methods taking turns."""
    g = torch.Generator().manual_seed(0)
    mean, log_variance = (torch.randn(shape, generator=g).requires_grad_() for _ in range(2))
    times: dict[str, list[float]] = {name: [] for name in METHODS}
    for turn in range(repeats + repeats // 10):
        for name, method in METHODS.items():
            seconds = step(method, mean, log_variance)
            if turn >= repeats // 10:
                times[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def rows(repeats: int) -> Iterator[tuple[str, ...]]:
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for shape in SHAPES:
            found = medians(shape, max(30, repeats // (1 + shape[0] * shape[1] // 50_000)))
            ratio = found["torch.distributions"] / found["hw3"]
            figures = (f"{seconds * 1e6:,.0f}" for seconds in found.values())
            yield ("x".join(map(str, shape)), str(threads), *figures, f"{ratio:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    parser.add_argument("--repeats", type=int, default=2000, help="passes of each method, fewer for large shapes")
    arguments = parser.parse_args()
    header = ("shape", "threads", *(f"{name}, µs" for name in METHODS), "torch.distributions / hw3")
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    print(*header, sep="\t")
    for row in rows(arguments.repeats):
        lines.append("| " + " | ".join(row) + " |")
        print(*row, sep="\t", flush=True)
    if arguments.markdown is not None:
        about = f"`python benchmarks/kl_speed.py`, torch {torch.__version__}, Python {platform.python_version()}"
        arguments.markdown.write_text(PAGE.format(table="\n".join(lines), about=about), encoding="utf-8")


PAGE = """# The speed of the divergence

Microseconds for one forward and one backward pass of KL[N(μ, diag(exp ℓ)) ‖ N(0, I)] in float32, the median
of many passes in which the methods take turns. "unchecked" is torch.distributions with validate_args=False;
"plain" is the closed form as it is written. Neither of the two is accurate near zero.

{table}

Measured by {about}.
"""


if __name__ == "__main__":
    main()
