"""The two special functions against 400 digits, over the whole range of their formats."""

import math

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.verify.special import expm1mx, xmlog1p

mp = mpmath.MPContext()
mp.dps = 400
BOUND = {torch.float32: 2e-7, torch.float64: 4e-16}
SMALLEST = {torch.float32: 1e-18, torch.float64: 1e-153}  # the square of anything less is not a normal number


def error(found: float, x: float, true: object) -> float:
    return float(abs((mp.mpf(found) - true) / true)) if true else abs(found)


def signed(low: float, high: float) -> st.SearchStrategy[float]:
    exponents = st.floats(math.log10(low), math.log10(high))
    return st.builds(lambda e, s: s * 10**e, exponents, st.sampled_from([1, -1]))


@pytest.mark.parametrize("dtype", BOUND)
@settings(max_examples=400)
@given(data=st.data())
def test_expm1mx_is_accurate_wherever_its_value_is_a_number(dtype: torch.dtype, data: st.DataObject) -> None:
    top = 88.0 if dtype is torch.float32 else 709.0
    x = torch.tensor(data.draw(st.one_of(signed(SMALLEST[dtype], top), st.floats(-3, 3))), dtype=dtype)
    if abs(x) < SMALLEST[dtype]:
        return
    exact = mp.mpf(x.item())
    assert error(expm1mx(x).item(), x.item(), mp.exp(exact) - 1 - exact) < BOUND[dtype]


@pytest.mark.parametrize("dtype", BOUND)
@settings(max_examples=400)
@given(data=st.data())
def test_xmlog1p_is_accurate_wherever_its_value_is_a_number(dtype: torch.dtype, data: st.DataObject) -> None:
    near_minus_one = st.floats(1e-6, 1).map(lambda u: u - 1)
    drawn = st.one_of(signed(SMALLEST[dtype], 1e30), st.floats(-0.99, 3), near_minus_one)
    x = torch.tensor(data.draw(drawn), dtype=dtype)
    if x <= -1 or abs(x) < SMALLEST[dtype]:
        return
    exact = mp.mpf(x.item())
    assert error(xmlog1p(x).item(), x.item(), exact - mp.log(1 + exact)) < BOUND[dtype]


def test_borders() -> None:
    inf = math.inf
    assert expm1mx(torch.tensor([0.0, -inf, inf])).tolist() == [0, inf, inf]
    assert xmlog1p(torch.tensor([0.0, -1.0, inf])).tolist() == [0, inf, inf]
    assert torch.isnan(xmlog1p(torch.tensor([-1.5, math.nan]))).all()
    assert torch.isnan(expm1mx(torch.tensor(math.nan)))
    assert expm1mx(torch.tensor(-3e38)).item() == pytest.approx(3e38)
    assert expm1mx(torch.tensor(1e-3, dtype=torch.bfloat16)).dtype is torch.bfloat16
    with pytest.raises(TypeError, match="int64"):
        expm1mx(torch.tensor(1))


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # torch's own forward mode
@pytest.mark.parametrize("function", [expm1mx, xmlog1p])
def test_gradients_are_exact_to_second_order_in_every_mode(function) -> None:  # type: ignore[no-untyped-def]
    x = torch.tensor([-0.9, -0.3, -1e-9, 1e-9, 0.2, 1.05, 1.2, 30.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, x, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(function, x)
    slope = {expm1mx: torch.expm1, xmlog1p: lambda t: t / (1 + t)}[function]
    (found,) = torch.autograd.grad(function(x).sum(), x)
    assert torch.equal(found, slope(x.detach()))
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(function))(x.detach()), found, rtol=1e-15, atol=0)
