"""The derived gradients as they run: forward and backward of the network on tensors, without autograd.

What is computed are the expressions of `hw3.derivations.cnn`, each node once, cotangents and layers shared
between the gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from hw3.derivations.cnn import Backward, Network
from hw3.derivations.language.expression import Expr
from hw3.verify.compiled import compile_together

PARAMETERS = ("w1", "b1", "w2", "b2", "w3", "b3")


@dataclass(frozen=True)
class Architecture:
    """Sizes of a network in numbers: images of `channels[0]` channels, `height` x `width`."""

    height: int = 28
    width: int = 28
    channels: tuple[int, int, int] = (1, 8, 16)
    kernel: int = 5
    stride: int = 1
    padding: int = 0
    classes: int = 10

    def network(self, batch: int) -> Network:
        """The network for a batch of this size."""
        first = self._convolved((self.height, self.width))
        pooled = _halved(first)
        second = self._convolved(pooled)
        return Network(
            batch, self.channels, self.height, self.width, self.kernel, self.stride, self.padding,
            first, pooled, second, _halved(second), self.classes,
        )  # fmt: skip

    def _convolved(self, size: tuple[int, int]) -> tuple[int, int]:
        h, w = ((n + 2 * self.padding - self.kernel) // self.stride + 1 for n in size)
        return h, w

    def parameters(self, seed: int, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
        """Random parameters, scaled by the number of inputs of each unit."""
        g = torch.Generator().manual_seed(seed)
        net = self.network(1)
        found = {}
        for name in PARAMETERS:
            shape = tuple(n.literal for n in getattr(net, name).shape)
            inputs = max(1, int(torch.tensor(shape[1:]).prod())) if len(shape) > 1 else 1
            scale = inputs**-0.5 if len(shape) > 1 else 0.1
            found[name] = torch.randn(shape, generator=g, dtype=torch.float64).mul(scale).to(dtype)
        return found


def _halved(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] // 2, size[1] // 2


class Backpropagation:
    """Loss and gradients of the network by the derived formulae: no autograd is used.

    >>> step = Backpropagation(Architecture(height=12, width=12, channels=(1, 2, 3), kernel=3), batch=2)
    >>> x, y = torch.randn(2, 1, 12, 12), torch.eye(10)[:2]
    >>> loss, gradients = step(Architecture(12, 12, (1, 2, 3), 3).parameters(0, torch.float32), x, y)
    >>> gradients["w1"].shape
    torch.Size([2, 1, 3, 3])
    """

    def __init__(self, architecture: Architecture, batch: int, image: bool = False) -> None:
        self.net = architecture.network(batch)
        back = Backward(self.net)
        self.names = (*PARAMETERS, *(("x",) if image else ()))
        wanted = [back.gradients[getattr(self.net, name)] for name in self.names]
        arguments = (*self.net.parameters, self.net.x, self.net.y)
        self._compiled = compile_together((self.net.loss, *wanted), arguments)

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, y: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The mean loss over the batch, and its gradients by name.

        Args:
            parameters: w1 (c1, c0, k, k), b1 (c1,), w2 (c2, c1, k, k), b2 (c2,), w3 (classes, c2, h, w), b3.
            x: images (batch, c0, height, width).
            y: one row for each image, (batch, classes), adding to one.
        """
        with torch.no_grad():
            ordered = [self._of(name, parameters[name]) for name in PARAMETERS]
            loss, *gradients = self._compiled(*ordered, x, y)
        return loss, dict(zip(self.names, gradients, strict=True))

    def predict(self, parameters: Mapping[str, Tensor], x: Tensor) -> Tensor:
        """The probabilities of the classes, (batch, classes)."""
        arguments = (*self.net.parameters, self.net.x)
        with torch.no_grad():
            ordered = [self._of(name, parameters[name]) for name in PARAMETERS]
            return compile_together((self.net.prediction,), arguments)(*ordered, x)[0]

    def _of(self, name: str, tensor: Tensor) -> Tensor:
        symbol: Expr = getattr(self.net, name)
        return tensor.reshape(()) if not symbol.shape else tensor


def torch_loss(parameters: Mapping[str, Tensor], x: Tensor, y: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """The same loss by torch's own layers, for autograd to differentiate."""
    h = x
    for w, b in (("w1", "b1"), ("w2", "b2")):
        h = F.conv2d(h, parameters[w], parameters[b].reshape(-1), stride=stride, padding=padding)
        h = F.max_pool2d(torch.sigmoid(h), 2)
    scores = h.flatten(1) @ parameters["w3"].flatten(1).T + parameters["b3"]
    return -(y * F.log_softmax(scores, 1)).sum() / len(x)
