"""e^x - 1 - x and x - log(1 + x) in torch, without the cancellation near 0.

In float64, by series near 0:

    expm1mx(x) = sum over k >= 2 of x^k / k!                              for |x| <= 1, expm1(x) - x beyond
    xmlog1p(x) = r (x - 2 r^2 (1/3 + r^2/5 + r^4/7 + ...)), r = x / (2 + x)  for -0.55 <= x <= 1.1,
                 x - log1p(x) beyond

In float32, by a difference in float64 that is kept above the cubic Taylor polynomial, a lower bound everywhere:

    expm1mx(x) = max(expm1(x) - x - c, x^2 (1/2 + x/6)),  xmlog1p(x) = max(x - log1p(x) - c, x^2 (1/2 - x/3))

With c = 1e-18 the polynomial is the larger one up to |x| of about 7e-5, where it is exact to 1e-9; beyond,
neither c nor the rounding of the difference is more than 1e-9 of the value.

Elementwise on floating tensors of any shape, with the exact gradients expm1(x) and x / (1 + x), to every
order. The relative error is below 2e-7 in float32 and 4e-16 in float64. Half precisions are computed in float32.
"""

from __future__ import annotations

import inspect
import math
from functools import cache
from typing import Any

import torch
from torch import Tensor

# As many terms as the format can tell from zero at the border of the series' interval.
_EXPONENTIAL = {
    torch.float32: [1 / math.factorial(k) for k in range(2, 12)],
    torch.float64: [1 / math.factorial(k) for k in range(2, 21)],
}
_LOGARITHM = {
    torch.float32: [1 / (2 * k + 3) for k in range(8)],
    torch.float64: [1 / (2 * k + 3) for k in range(17)],
}


@cache
def _numbers(dtype: torch.dtype, device: torch.device, exponential: bool) -> list[Tensor]:
    """The series' coefficients as tensors, the highest first: they are read at every call."""
    series = (_EXPONENTIAL if exponential else _LOGARITHM)[dtype]
    return [torch.full((), c, dtype=dtype, device=device) for c in reversed(series)]


def _horner(x: Tensor, exponential: bool) -> Tensor:
    highest, second, *rest = _numbers(x.dtype, x.device, exponential)
    total = torch.addcmul(second, highest, x)
    for c in rest:
        total = torch.addcmul(c, total, x)
    return total


_SHIFT, _HALF = 1e-18, torch.tensor(0.5, dtype=torch.float64)


def _in_double(x: Tensor, exponential: bool) -> Tensor:
    """The value of either function at a float32 tensor, as the module says."""
    if exponential:
        d = x.double().clamp_(max=100)  # the result is infinite beyond, and inf - inf would be none
        difference, slope = torch.expm1(d).sub_(d), 1 / 6
    else:
        d = x.double().clamp_(max=1e39)
        difference, slope = d - torch.log1p(d), -1 / 3
    bound = torch.add(_HALF, d, alpha=slope).mul_(d).mul_(d)
    return torch.maximum(difference.sub_(_SHIFT), bound).float()


_CHUNK = 1 << 16


def _value(x: Tensor, exponential: bool) -> Tensor:
    """The value of either function, for float32 and float64."""
    # The processor only: doubles are slow on graphics cards, and missing on some.
    if x.dtype is torch.float32 and x.device.type == "cpu":
        if x.numel() <= 2 * _CHUNK:
            return _in_double(x, exponential)
        # Piece by piece, so that what lies between stays in the cache.
        pieces = [_in_double(piece, exponential) for piece in x.reshape(-1).split(_CHUNK)]
        return torch.cat(pieces).reshape(x.shape)
    return _exponential(x) if exponential else _logarithm(x)


def _exponential(x: Tensor) -> Tensor:
    """expm1mx by its series.

    >>> x = torch.logspace(-18, 0, 100)
    >>> bool((_exponential(x) / _in_double(x, True) - 1).abs().max() < 3e-7)
    True
    """
    near = x.clamp(-1, 1)
    series = _horner(near, True).mul_(near).mul_(near)
    far = torch.where(torch.isposinf(x), x, torch.expm1(x) - x)
    return torch.where(x.abs() <= 1, series, far)


def _logarithm(x: Tensor) -> Tensor:
    """xmlog1p by its series.

    >>> x = torch.logspace(-18, 0, 100)
    >>> bool((_logarithm(x) / _in_double(x, False) - 1).abs().max() < 3e-7)
    True
    """
    near = x.clamp(-0.55, 1.1)
    r = near / (near + 2)
    square = r * r
    series = _horner(square, False).mul_(square).mul_(-2).add_(near).mul_(r)
    far = torch.where(torch.isposinf(x), x, x - torch.log1p(x))
    return torch.where((x >= -0.55) & (x <= 1.1), series, far)


class _Expm1mx(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return _value(x, True)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradients[0] * torch.expm1(x)

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return tangents[0] * torch.expm1(x)


class _Xmlog1p(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return _value(x, False)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradients[0] * (x / (1 + x))

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return tangents[0] * (x / (1 + x))


# torch looks at this signature at every call, which takes longer than the function if it has to be made anew.
for _function in (_Expm1mx, _Xmlog1p):
    _function.forward.__signature__ = inspect.signature(_function.forward)  # type: ignore[attr-defined]


def _apply(function: type[torch.autograd.Function], x: Tensor) -> Tensor:
    if x.dtype in (torch.float16, torch.bfloat16):
        return _apply(function, x.float()).to(x.dtype)
    if x.dtype not in _EXPONENTIAL:
        raise TypeError(f"{x.dtype} is not a floating type that is known: use float32 or float64")
    result: Tensor = function.apply(x)
    return result


def expm1mx(x: Tensor) -> Tensor:
    """e^x - 1 - x, entry by entry.

    >>> expm1mx(torch.tensor(1e-6, dtype=torch.float64)).item()
    5.00000166666...e-13
    """
    return _apply(_Expm1mx, x)


def xmlog1p(x: Tensor) -> Tensor:
    """x - log(1 + x), entry by entry, for x > -1; nan below.

    >>> xmlog1p(torch.tensor(-1e-6, dtype=torch.float64)).item()
    5.00000333333...e-13
    """
    return _apply(_Xmlog1p, x)
