"""What pixels say of a reconstruction: mean squared error, PSNR, SSIM, and how sharp a picture is."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def mean_squared_error(x: Tensor, y: Tensor) -> Tensor:
    """(n,) of pictures (n, s, s, c) in [0, 1]: the mean over pixels and channels."""
    return (x - y).square().flatten(1).mean(1)


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in decibels, -10 log10 MSE, of pictures in [0, 1].

    >>> psnr(0.01)
    20.0
    """
    return -10 * math.log10(mse) if mse > 0 else math.inf


def ssim(x: Tensor, y: Tensor) -> Tensor:
    r"""(n,) structural similarity of pictures (n, s, s, c) in [0, 1], the mean over pixels and channels.

        (2 m_x m_y + c_1)(2 s_xy + c_2) / ((m_x^2 + m_y^2 + c_1)(s_x^2 + s_y^2 + c_2)),    c_i = (0.01, 0.03)^2

    Means and variances are under a Gaussian window of 11 pixels and deviation 1.5, where it fits in the picture (Z.
    Wang and others, Image Quality Assessment, 2004).
    """
    x, y = (_planes(t).double() for t in (x, y))
    mx, my = _blur(x), _blur(y)
    sx, sy, sxy = _blur(x * x) - mx * mx, _blur(y * y) - my * my, _blur(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return (((2 * mx * my + c1) * (2 * sxy + c2)) / ((mx**2 + my**2 + c1) * (sx + sy + c2))).flatten(1).mean(1)


def sharpness(x: Tensor) -> Tensor:
    """(n,) of pictures (n, s, s, c): the mean square of the discrete Laplacian, which blur takes away first."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=torch.float64, device=x.device)
    planes = _planes(x).double()
    return (
        F.conv2d(planes.flatten(0, 1)[:, None], kernel[None, None]).square().flatten(1).mean(1).view(len(x), -1).mean(1)
    )


def halved(x: Tensor) -> Tensor:
    """Pictures (n, s, s, c) at half the resolution, back at their size: what a blurred truth looks like."""
    planes = x.permute(0, 3, 1, 2)
    small = F.interpolate(planes, scale_factor=0.5, mode="bilinear", align_corners=False, antialias=True)
    large = F.interpolate(small, size=planes.shape[2:], mode="bilinear", align_corners=False)
    return large.permute(0, 2, 3, 1)


def _planes(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)


def _blur(planes: Tensor) -> Tensor:
    along = torch.arange(-5, 6, dtype=planes.dtype, device=planes.device)
    window = torch.exp(-(along**2) / (2 * 1.5**2))
    window = window / window.sum()
    flat = planes.flatten(0, 1)[:, None]
    blurred = F.conv2d(F.conv2d(flat, window[None, None, None]), window[None, None, :, None])
    return blurred.view(*planes.shape[:2], *blurred.shape[2:])
