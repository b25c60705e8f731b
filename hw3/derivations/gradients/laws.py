r"""Adjoints of Gaussian densities and divergences; the cotangents go to means and covariances.

d log N(x | m, S) = (S^-1 (x - m))^T (dm - dx) + 1/2 tr((S^-1 r r^T S^-1 - S^-1) dS),    r = x - m
d KL[p || q] by the closed form, for S_0, S_1 that are symmetric as they are written
"""

from __future__ import annotations

from hw3.derivations.gradients.adjoints import Context, adjoint, over_square
from hw3.derivations.gradients.simplify import minus, over, plus, times, turned
from hw3.derivations.language.expression import Expr
from hw3.derivations.operations import HALF, inverse, square

_DENSITY = "the derivative of the log density"
_CLOSED = "the derivative of the closed form of the divergence"


@adjoint("logdensity")
def _logdensity(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    mean, cov, x = (*map(c.called, node.args[0].args), c.called(node.args[1]))
    r = x - mean
    if not x.shape:
        if k == 1:
            return times(d, HALF, plus(over_square(square(r), cov), minus(over(_one(), cov)))), _DENSITY
        toward = over(times(d, r), cov)
    else:
        back = inverse(cov)
        if k == 1:
            spread = times(turned(back), r, turned(r), turned(back))
            return times(d, HALF, spread - turned(back)), _DENSITY
        toward = times(d, back, r)
        if turned(back) is not back:  # a quadratic form sees the symmetric part
            toward = times(d, HALF, plus(times(back, r), times(turned(back), r)))
    return (toward if k == 0 else minus(toward)), _DENSITY


def _one() -> Expr:
    from hw3.derivations.operations import number

    return number(1)


@adjoint("kl")
def _kl(node: Expr, d: Expr, k: int, c: Context) -> tuple[Expr, str]:
    m0, s0, m1, s1 = (c.called(a) for law in node.args for a in law.args)
    r = m0 - m1
    if not node.args[0].shape:
        if k in (0, 2):
            toward = over(times(d, r), s1)
        elif k == 1:
            toward = times(d, HALF, over(_one(), s1) - over(_one(), s0))
        else:
            toward = times(d, HALF, over(_one(), s1) - over_square(s0 + square(r), s1))
    else:
        back = inverse(s1)
        if k in (0, 2):
            toward = times(d, back, r)
        elif k == 1:
            toward = times(d, HALF, turned(back) - turned(inverse(s0)))
        else:
            # Symmetric where S_0 and S_1 are, and they are: they are covariances.
            toward = times(d, HALF, back - times(back, s0, back) - times(back, r, turned(r), back))
    return (minus(toward) if k == 2 else toward), _CLOSED
