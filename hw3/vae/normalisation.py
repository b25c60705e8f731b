"""Batch normalisation over the pictures of all processes.

    y = w (x - m) / sqrt(v + eps) + b           m, v: of a channel, over the batch and the pixels

With several processes m and v are those of the whole batch, so that a run is the same run however many
processes share its batches. (torch's own SyncBatchNorm does that on GPUs only.)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hw3.vae.processes import mean_over_processes, processes


class BatchNorm(nn.BatchNorm2d):
    """torch's BatchNorm2d, whose statistics in training are those of all processes' pictures together."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or processes() == 1:
            return super().forward(x)
        wide = x.float()
        moments = torch.stack([wide.mean((0, 2, 3)), wide.square().mean((0, 2, 3))])
        mean, square = mean_over_processes(moments)
        variance = square - mean * mean
        n = x.numel() // x.shape[1] * processes()
        self._remember(mean.detach(), variance.detach() * n / max(n - 1, 1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shift = self.bias - mean * scale
        return (wide * scale[:, None, None] + shift[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
