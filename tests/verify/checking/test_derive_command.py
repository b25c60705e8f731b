"""`hw3 derive`: the steps, the function that runs, and what is not read, with a caret under it."""

import json
from typing import Any

import pytest
import torch

from hw3 import cli

LETS = [
    r"x \in \mathbb{R}^n",
    r"W \in \mathbb{R}^{m \times n}",
    r"b \in \mathbb{R}^m",
    r"a : \mathbb{R} \to \mathbb{R}",
]
LOSS = r"\|x - W^\top a(Wx+b)\|^2"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def called(
    capfd: pytest.CaptureFixture[str], expression: str, wrt: str, lets: list[str], *options: str
) -> tuple[int, str, str]:
    let = [part for each in lets for part in ("--let", each)]
    code = cli.main(["derive", expression, "--wrt", wrt, *let, *options])
    captured = capfd.readouterr()
    return code, captured.out, captured.err


def gradient(source: str) -> Any:
    """The function that the command printed."""
    names: dict[str, Any] = {}
    exec(source, names)
    return names["gradient"]


def test_the_tied_autoencoder_is_derived_step_by_step(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capfd, LOSS, "W", LETS)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert max(map(len, lines)) <= 80
    assert lines[0] == "The gradient of (x - Wᵀ a(W x + b))ᵀ (x - Wᵀ a(W x + b)) by W"
    assert "  6  ∂L/∂W = δ₁ xᵀ - a(u₁) δ₂ᵀ" in lines
    assert "Result: ∂L/∂W = δ₁ xᵀ - a(u₁) δ₂ᵀ" in lines
    assert "Every line is proved, for all sizes" in out


def test_the_function_that_is_printed_agrees_with_autograd(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capfd, LOSS, "W", LETS, "--python")
    assert (code, err) == (0, "")
    draw = torch.Generator().manual_seed(1)
    x, W, b = (torch.randn(*shape, generator=draw, dtype=torch.float64) for shape in ((5,), (3, 5), (3,)))
    W.requires_grad_()
    loss = ((x - W.T @ torch.tanh(W @ x + b)) ** 2).sum()
    (autograd,) = torch.autograd.grad(loss, W)
    value, derived = gradient(out)(x, W.detach(), b, torch.tanh, lambda t: 1 - torch.tanh(t) ** 2)
    assert torch.allclose(value, loss.detach(), rtol=1e-13, atol=0)
    assert torch.allclose(derived, autograd, rtol=1e-12, atol=1e-12)


def test_json(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capfd, r"x^\top A x", "x", [LETS[0], r"A \in \mathbb{R}^{n \times n}"], "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert list(told) == ["version", "expression", "wrt", "steps", "result", "conditions", "proved", "python"]
    assert (told["version"], told["wrt"], told["result"]) == (1, "x", r"A^{\top} x + A x")
    assert told["proved"] is True
    assert all(step["latex"] and step["reason"] for step in told["steps"])
    x, A = torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    value, derived = gradient(told["python"])(x=x, A=A)
    assert value == 27
    assert derived.tolist() == [12.0, 21.0]


@pytest.mark.parametrize(
    ("expression", "wrt", "lets", "result"),
    [
        (r"-y^\top \log \operatorname{softmax}(z)", "z", [r"z \in \mathbb{R}^k", r"y \in \mathbb{R}^k"], "softmax"),
        (r"A x", "x", [LETS[0], r"A \in \mathbb{R}^{m \times n}"], "A"),
        (r"h^\top h", "W", ["h = W x", *LETS[:2]], r"\delta_h x^{\top}"),
        (r"\log\det \Sigma", r"\Sigma", [r"\Sigma \in \mathbb{R}^{k \times k}", r"\Sigma \succ 0"], r"\Sigma^{-1}"),
        (r"\frac{1}{2} t^2", "t", [r"$t \in \mathbb{R}$"], "t"),
    ],
    ids=["begins with a minus", "a Jacobian", "a definition", "an assumption", "dollars"],
)
def test_what_can_be_asked(
    capfd: pytest.CaptureFixture[str], expression: str, wrt: str, lets: list[str], result: str
) -> None:
    code, out, err = called(capfd, expression, wrt, lets, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["proved"] is True
    assert result in (told["result"] if result != "softmax" else str(told["steps"]))


@pytest.mark.parametrize(
    ("expression", "wrt", "lets", "caret", "said"),
    [
        (r"x^\top A x", "x", LETS[:1], 7, r"A is not declared: add --let 'A \in \mathbb{R}^{n \times n}'"),
        (r"x^\top x", "z", LETS[:1], 0, r"z is not declared: add --let 'z \in \mathbb{R}'"),
        (r"x^\top (W x", "x", LETS[:2], 7, "'(' is opened here and not closed"),
        (r"L = x^\top x", "x", LETS[:1], 0, "this is no expression but a relation or a list: give one side of it"),
        (r"x^\top x", "b", LETS[:3], 0, "b does not occur in the expression, so its derivative is zero"),
        (r"x^\top W x", "x", LETS[:2], 0, "no product of"),
        (r"x^\top x", "x", ["x x"], 0, r"--let 'x x' declares nothing: write, say, x \in \mathbb{R}^n"),
        (r"x^\top x", "x^2", LETS[:1], 0, "a derivative is by a name: declare it with --let, and give it as --wrt"),
    ],
)
def test_what_is_not_read_gets_a_sentence_and_a_caret(
    capfd: pytest.CaptureFixture[str], expression: str, wrt: str, lets: list[str], caret: int, said: str
) -> None:
    code, out, err = called(capfd, expression, wrt, lets)
    text, pointed, sentence = err.splitlines()
    assert (code, out) == (2, "")
    assert text.strip() in (expression, wrt, *lets)
    assert pointed.index("^") == caret + 2
    assert sentence.startswith(f"hw3: {said}")
