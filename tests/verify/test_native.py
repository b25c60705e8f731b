"""Layers by torch's own functions: equal to the general rules, whatever is asked for together."""

from __future__ import annotations

import itertools
import random

import pytest
import torch

from hw3.derivations.language.expression import Expr, make, walk
from hw3.derivations.language.sizes import Size
from hw3.derivations.operations import (
    abbreviation,
    array,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    geometry,
    hadamard,
    log,
    maxpool,
    maxunpool,
    relu,
    sigmoid,
    softmax,
    sum_axes,
    vector,
    window,
)
from hw3.derivations.operations.leaves import FILLED
from hw3.verify.compiled import compile_together
from hw3.verify.native import BUILDERS, Plan
from hw3.verify.numeric.draw import Draw
from hw3.verify.numeric.evaluate import evaluate
from hw3.verify.numeric.tensors import Frame


def one_minus(a: Expr) -> Expr:
    return make(FILLED, (), (1, a.shape)) - a


def layers(batch: tuple[int, ...], channels: int, stride: int, padding: int, dilation: int, width: int) -> list[Expr]:
    """Forward and backward through a convolution and a pooling, each layer and each adjoint."""
    h, w, k = 9, 11, 3
    out = tuple((n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n in (h, w))
    g = geometry(stride, dilation, padding)
    x, kernel = array("x", *batch, channels, h, w), array("W", 2, channels, k, k)
    b = vector("b", 2)
    plain = conv(x, kernel, g, out)
    z = abbreviation("z", plain + broadcast(b, plain.shape, len(batch)))
    a = abbreviation("a", sigmoid(z))
    fits = tuple(Size.of((n - width) // 2 + 1) for n in out)
    fewer = fits[0] - 1 if fits[0].literal > 1 else fits[0], fits[1]
    window_ = window(width, 2)
    found = [plain, z, broadcast(b, plain.shape, len(batch)) + plain, a, relu(z) - z + a, hadamard(a, z)]
    for number, pooled in enumerate({fits, fewer}):
        c = array(f"c{number}", *plain.shape[:-2], *pooled)
        e = abbreviation("e", maxunpool(c, a, window_))
        d = abbreviation("d", hadamard(e, a, one_minus(a)))
        found += [maxpool(a, window_, pooled), e, d, hadamard(one_minus(a), e, a), hadamard(e, one_minus(a))]
        found += [conv_kernel(d, x, kernel.shape[-2:], g), conv_input(d, kernel, x.shape[-2:], g)]
        found += [sum_axes(d, len(batch)), sum_axes(d), sum_axes(d, len(batch) + 1)]
        found += [conv_kernel(d, x + x, kernel.shape[-2:], g), log(softmax(z)) + softmax(z)]
    return found


CASES = list(itertools.product([(3,), (1,), ()], [1, 2], [1, 2], [0, 1], [1, 2], [1, 2, 3]))


@pytest.mark.parametrize("case", random.Random(0).sample(CASES, 14), ids=str)
def test_native_layers_are_the_general_ones(case: tuple) -> None:
    expressions = layers(*case)
    arguments = [array("x", *case[0], case[1], 9, 11), array("W", 2, case[1], 3, 3), vector("b", 2)]
    names = {n for e in expressions for n in symbols(e)}
    arguments += sorted(names - set(arguments), key=lambda s: s.data[0])
    g = torch.Generator().manual_seed(0)
    shapes = [tuple(n.literal for n in a.shape) for a in arguments]
    tensors = [torch.randn(*shape, generator=g, dtype=torch.float64) for shape in shapes]
    draw = Draw({}, dict(zip(arguments, [t.numpy() for t in tensors], strict=True)), {})
    wanted = [evaluate(e, draw).value for e in expressions]
    rng = random.Random(str(case))
    for some in (range(len(expressions)), *(rng.sample(range(len(expressions)), 3) for _ in range(4))):
        found = compile_together([expressions[k] for k in some], arguments)(*tensors)
        for k, value in zip(some, found, strict=True):
            torch.testing.assert_close(value, wanted[k].reshape(value.shape), rtol=1e-11, atol=1e-11)


def symbols(e: Expr) -> set[Expr]:
    return {n for n in walk(e) if n.operation.name == "symbol"}


def test_a_plan_shares_what_several_nodes_read() -> None:
    x, kernel = array("x", 2, 3, 8, 8), array("W", 4, 3, 3, 3)
    z = conv(x, kernel, geometry(), (6, 6))
    pooled = maxpool(z, window(2), (Size.of(3), Size.of(3)))
    d = maxunpool(pooled, z, window(2))
    expressions = [pooled, d, conv_kernel(d, x, kernel.shape[-2:]), conv_input(d, kernel, x.shape[-2:]), sum_axes(d, 1)]
    plan = Plan(expressions, [x, kernel], Frame({}, {}))
    wanted = [step[3] for step in plan._steps]
    assert sum(not isinstance(w, Expr) and w[0] == "choice" for w in wanted) == 1
    assert sum(not isinstance(w, Expr) and w[0] == "adjoint" for w in wanted) == 1


def test_every_builder_is_tried() -> None:
    tried = {n for case in CASES[:4] for e in layers(*case) for n in names_in(e)}
    assert set(BUILDERS) <= tried


def names_in(e: Expr) -> set[str]:
    return {n.operation.name for n in walk(e)}


def test_a_large_batch_is_pooled_as_a_small_one() -> None:
    """Large arrays are moved to another order in memory, and back."""
    a = array("a", 40, 5, 12, 12)
    c = array("c", 40, 5, 6, 6)
    size = Size.of(6), Size.of(6)
    f = compile_together([maxpool(a, window(2), size), maxunpool(c, a, window(2))], [a, c])
    g = torch.Generator().manual_seed(1)
    values = torch.randn(40, 5, 12, 12, generator=g), torch.randn(40, 5, 6, 6, generator=g)
    pooled, back = f(*values)
    assert pooled.is_contiguous()
    assert back.is_contiguous()
    leaf = values[0].clone().requires_grad_()
    theirs = torch.nn.functional.max_pool2d(leaf, 2)
    (gradient,) = torch.autograd.grad(theirs, leaf, values[1])
    torch.testing.assert_close(pooled, theirs.detach())
    torch.testing.assert_close(back, gradient)


def test_what_is_kept_serves_differentiation_after_inference() -> None:
    x = vector("x", 3)
    f = compile_together([hadamard(make(FILLED, (), (1, x.shape)), x), 2 * x], [x])
    with torch.inference_mode():
        f(torch.ones(3))
    leaf = torch.ones(3).requires_grad_()
    (gradient,) = torch.autograd.grad(f(leaf)[0].sum(), leaf)
    torch.testing.assert_close(gradient, torch.ones(3))
