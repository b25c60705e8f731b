"""The formula that trains is the one that is proved, and a wrong one trains nothing."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hw3_test_discs import proof, run

from hw3.derivations import kl
from hw3.derivations.kl import diagonal, forms
from hw3.derivations.operations import HALF, add, exp, expm1mx, hadamard, ones, product, transpose
from hw3.errors import UserError
from hw3.vae import formula, training
from hw3.verify import divergence

mu, logvar = forms.MU, forms.LOGVAR
WRONG = {
    "no half": product(transpose(ones(forms.K)), add(hadamard(mu, mu), expm1mx(logvar))),
    "a sign": product(HALF, transpose(ones(forms.K)), add(hadamard(mu, mu), -expm1mx(logvar))),
    "the mean not squared": product(HALF, transpose(ones(forms.K)), add(mu, expm1mx(logvar))),
    "a lost log-variance": product(HALF, transpose(ones(forms.K)), add(hadamard(mu, mu), exp(logvar))),
    "the other direction": product(HALF, transpose(ones(forms.K)), add(hadamard(mu, mu), expm1mx(-logvar))),
}


@pytest.fixture
def _uncached() -> Iterator[None]:
    yield
    kl.claims.cache_clear()
    divergence._standard.cache_clear()


def test_the_record_says_what_was_proved(finished: Path) -> None:
    record = json.loads((finished / "run.json").read_text())["formula"]
    assert record["verdict"] == "proved"
    assert record["judged"]["name"] == "standard-log-variance"
    assert all(step["verdict"] == "proved" for step in record["judged"]["steps"])
    assert record["latex"] in record["judged"]["latex"]
    assert record["sha256"] == formula.digest(divergence.standard_form())
    assert record["sha256"] != formula.digest(WRONG["no half"])


def test_it_takes_less_than_a_second() -> None:
    assert formula.checked()["judged"]["seconds"] < 1


@pytest.mark.usefixtures("_uncached")
@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_formula_in_derivations_stops_the_run_before_its_first_step(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where the claim is stated, and where the loss takes it from: the mistake is made once, in derivations.
    for module in (forms, diagonal, divergence):
        monkeypatch.setattr(module, "vae_form", lambda: WRONG[mistake])
    kl.claims.cache_clear()
    divergence._standard.cache_clear()
    monkeypatch.setattr(training.Trainer, "_gradient", lambda *_: pytest.fail("a step was taken"))
    pipeline = importlib.import_module("hw3.vae.pipeline")
    with pytest.raises(
        UserError, match=r"the KL term of the loss is (refuted|undecided), not proved .*no step was taken"
    ):
        pipeline.run(pipeline.Asked(tmp_path / "run"), {})
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("_uncached")
def test_a_loss_that_is_not_the_claim_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(divergence, "vae_form", lambda: WRONG["no half"])
    divergence._standard.cache_clear()
    with pytest.raises(UserError, match="which is not what was proved"):
        formula.checked()


def test_runs_train_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The compiled expression is called at every step: there is no second copy of the formula."""
    calls = 0
    proof()  # judged once in a process, which is not counted, whichever tests came before
    compiled = divergence._standard()

    def counted() -> object:
        nonlocal calls
        calls += 1
        return compiled

    monkeypatch.setattr(divergence, "_standard", counted)
    run(tmp_path / "run", epochs=1, prior="normal")
    assert calls == 4
