"""The trusted base: every part of it is tested, every operation has a part, and a false axiom is found out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import hw3.derivations.operations as o
from hw3.derivations.calculus.inequalities import BOUNDS
from hw3.derivations.calculus.rules import RULES
from hw3.derivations.language.expression import Expr, Operation, walk
from hw3.verify import trusted
from hw3.verify.trusted import Trusted

WITHOUT_MEANING = {
    "bound", "index", "position", "normal",
    "maximum_of", "matrix_exponential", "matrix_sqrt",  # judged by numbers alone
}  # fmt: skip


def operations() -> set[str]:
    def below(kind: type[Operation]) -> list[type[Operation]]:
        return [s for k in kind.__subclasses__() for s in (k, *below(k))]

    return {kind.name for kind in below(Operation) if kind.__module__.startswith("hw3.")}


@pytest.fixture(scope="module")
def base() -> tuple[Trusted, ...]:
    return trusted.trusted_base()


def test_every_part_passes_its_own_test(base: tuple[Trusted, ...]) -> None:
    assert [(t.kind, t.name, t.test) for t in base if not t.passed] == []
    assert trusted.exit_code(base) == 0


def test_every_operation_has_a_meaning_that_is_tested() -> None:
    examples = {node.operation.name for node in trusted.meaning_examples()}
    assert examples == operations() - WITHOUT_MEANING


def test_every_kind_is_there(base: tuple[Trusted, ...]) -> None:
    assert {t.name for t in base if t.kind in ("axiom", "lemma")} == set(RULES)
    assert {t.name for t in base if t.kind == "lemma"} == {r.name for r in RULES.values() if r.is_lemma}
    assert {t.name for t in base if t.kind == "bound"} == set(BOUNDS)
    assert {t.name for t in base if t.kind == "moment"} == {f"degree {n}" for n in (1, 2, 3, 4)}
    assert len({(t.kind, t.name) for t in base}) == len(base)
    for part in base:
        assert part.statement
        assert part.latex
        assert part.test
        if part.kind in ("axiom", "bound", "lemma", "moment"):
            assert part.reference


def test_titles_are_for_people(base: tuple[Trusted, ...]) -> None:
    for part in base:
        assert "data is" not in part.title
        assert "args are" not in part.title
        assert part.title == "" or part.title.endswith(".")


def test_as_json(base: tuple[Trusted, ...]) -> None:
    told = json.loads(json.dumps(trusted.to_json(base), allow_nan=False))
    assert told["version"] == 1
    assert told["counts"] == {"passed": len(base), "failed": 0}
    assert told["trusted"][0].keys() == base[0].__dict__.keys()


def doubled(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    return o.logdet(a @ b), o.product(o.number(2), o.logdet(a))


def test_a_false_axiom_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "logdet-product", replace(RULES["logdet-product"], sides=doubled))
    base = trusted.trusted_base()
    (failed,) = (t for t in base if not t.passed)
    assert failed.name == "logdet-product"
    assert failed.test.startswith("a counterexample: ")
    assert trusted.exit_code(base) == 1
    assert trusted.to_json(base)["counts"]["failed"] == 1


def test_a_false_bound_is_found_out() -> None:
    square = BOUNDS["square"]
    wrong = {
        "never negative": replace(square, value=lambda x: x),
        "zero there": replace(square, value=lambda x: o.square(x) + o.number(1)),
    }
    for bound in wrong.values():
        part = trusted._bound(bound, 0)
        assert not part.passed
        assert trusted.exit_code([part]) == 1


def test_examples_contain_what_they_are_examples_of() -> None:
    for kind, _, node, wrt in trusted.derivative_examples():
        assert any(n is wrt for n in walk(node)), kind
