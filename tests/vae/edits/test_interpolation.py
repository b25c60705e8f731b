"""Paths start and end where they should, and the arc keeps its distance from the middle."""

import pytest
import torch

from hw3.vae.edits.interpolation import PATHS, linear, spherical


def pair(n: int = 20, d: int = 50) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return torch.randn(n, d, generator=draw), torch.randn(n, d, generator=draw)


@pytest.mark.parametrize("name", PATHS)
def test_ends_are_the_ends_and_the_way_back_is_the_same(name: str) -> None:
    a, b = pair()
    way = PATHS[name](a, b, 10)
    assert way.shape == (10, 20, 50)
    torch.testing.assert_close(way[0], a)
    torch.testing.assert_close(way[-1], b)
    torch.testing.assert_close(PATHS[name](b, a, 10).flip(0), way)
    torch.testing.assert_close(PATHS[name](a[0], b[0], 10), way[:, 0])


def test_the_line_is_evenly_spaced() -> None:
    a, b = pair()
    way = linear(a, b, 7)
    torch.testing.assert_close(way.diff(dim=0), ((b - a) / 6).expand(6, -1, -1), atol=1e-5, rtol=1e-5)


def test_the_arc_turns_evenly_and_keeps_the_length() -> None:
    a, b = pair()
    a, b = a / a.norm(dim=-1, keepdim=True), b / b.norm(dim=-1, keepdim=True)
    way = spherical(a, b, 9)
    torch.testing.assert_close(way.norm(dim=-1), torch.ones(9, 20))
    turns = torch.acos((way[1:] * way[:-1]).sum(-1).clamp(-1, 1))
    torch.testing.assert_close(turns, turns.mean(0).expand(8, -1), atol=1e-3, rtol=1e-3)
    assert (linear(a, b, 9)[4].norm(dim=-1) < 0.85).all()


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [2.0, 4.0]), ([1.0, 2.0], [-1.0, -2.0]), ([0.0, 0.0], [1.0, 0.0]), ([1.0, 1.0], [1.0, 1.0])],
)
def test_where_no_arc_is_singled_out_it_is_the_line(a: list[float], b: list[float]) -> None:
    way = spherical(torch.tensor(a), torch.tensor(b), 5)
    torch.testing.assert_close(way, linear(torch.tensor(a), torch.tensor(b), 5))
