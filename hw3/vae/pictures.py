"""Pictures as the network takes them: from (n, s, s, c) bytes to (n, c, s, s) numbers in [0, 1]."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from hw3.errors import UserError
from hw3.vae.config import Config

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: how bright red, green and blue look


def to_tensor(
    images: npt.NDArray[np.uint8] | Tensor, config: Config, device: torch.device | str = "cpu", mirrored: bool = False
) -> Tensor:
    """Pictures (n, h, h, c) uint8 as (n, channels, image_size, image_size) float32 in [0, 1].

    The bytes go to the device, a quarter of what floats would be. Colour becomes grey by its brightness, grey
    becomes colour by repetition; other sizes are scaled with what lies between averaged.

    Raises:
        UserError: the pictures are not square, or have neither 1 nor 3 channels.
    """
    bytes_ = images if isinstance(images, Tensor) else torch.from_numpy(np.ascontiguousarray(images))
    if bytes_.ndim != 4 or bytes_.shape[1] != bytes_.shape[2] or bytes_.shape[3] not in (1, 3):
        raise UserError(f"pictures are (n, s, s, 1 or 3), not {tuple(bytes_.shape)}: crop them to squares first")
    if bytes_.dtype is not torch.uint8:
        raise UserError(f"pictures are bytes (uint8), not {bytes_.dtype}: scale them to 0 ... 255 first")
    x = bytes_.to(device, non_blocking=True).permute(0, 3, 1, 2)  # channels_last as it lies
    if mirrored:
        x = x.flip(3)
    x = x.float().div_(255)
    if x.shape[1] != config.channels:
        x = _grey(x) if config.channels == 1 else x.expand(-1, 3, -1, -1)
    if x.shape[2] != config.image_size:
        size = (config.image_size, config.image_size)
        x = F.interpolate(x, size, mode="bilinear", align_corners=False, antialias=True).clamp_(0, 1)
    return x.contiguous(memory_format=torch.channels_last)


def _grey(x: Tensor) -> Tensor:
    return (x * torch.tensor(LUMA, device=x.device)[:, None, None]).sum(1, keepdim=True)
