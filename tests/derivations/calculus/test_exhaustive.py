"""All small expressions: those that the kernel takes for equal are equal.

Random tests missed a kernel that took I o I for a matrix of ones, 9,500 times out of 9,500; enumerating all
expressions with one or two operations found it at once. Here every class of the kernel's canonical form is
compared with exact values (`exact.py`), which share no line with the kernel.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hw3.derivations.calculus.kernel import axis
from hw3.derivations.calculus.meaning import Meaning
from hw3.derivations.calculus.polynomial import Poly
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.sizes import axes


def beside(name: str) -> ModuleType:
    """The module in this folder: tests are no package, so it is loaded from its file."""
    full = f"hw3_tests_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


X = beside("exact")


@pytest.fixture(scope="module")
def two_operations() -> dict:
    return X.grouped(X.expressions(X.leaves(), analysed=3), Meaning().key)


def test_there_are_many(two_operations: dict) -> None:
    assert sum(map(len, two_operations.values())) > 25_000
    assert len(two_operations) > 8_000
    seen = {e.operation.name for members in two_operations.values() for e in members}
    assert seen >= {
        "add", "apply", "blockdiag", "derivative", "det", "diag", "diagonal", "expectation", "hadamard", "inverse",
        "kl", "logdensity", "logdet", "negative", "power", "product", "quotient", "stack", "sum", "trace",
        "transpose",
    }  # fmt: skip


def test_no_wrong_merge(two_operations: dict) -> None:
    assert X.wrong_merges(two_operations, X.draws(), X.draws(exact=False)) == []


# The equalities that need a rule (I^-1 = I, det I = 1, (A^-1)^-1 = A, det(AB), (cA)^-1) or that no rule says
# (nested stacks and blocks, det(-S)). It may shrink; it must not grow.
MISSED = 362


def test_missed_merges_do_not_grow(two_operations: dict) -> None:
    assert sum(len(g) - 1 for g in X.missed_merges(two_operations, X.draws(seed=5))) <= MISSED


def template(e: Expr) -> Poly:
    """The meaning at the axes of a claim, free indices by their names."""
    sizes = axes(e.shape)
    return Meaning()(e, tuple(axis(k, sizes) for k in range(len(sizes))))


def free_index_classes() -> dict:
    leaf = X.open_leaves()
    matrices = {name: e for name, e in leaf.items() if len(e.shape) == 2 or name in ("x_i", "y")}
    return X.grouped(X.expressions(leaf, 1) + X.expressions(matrices), template)


SIZES_AND_INDICES = ({"n": 2}, {"n": 2}, {"n": 3}, {"n": 3}, {"n": 4})  # i and j meet in some, in others not


def test_no_wrong_merge_with_free_indices() -> None:
    classes = free_index_classes()
    assert sum(map(len, classes.values())) > 1_000
    assert X.wrong_merges(classes, X.draws(1, True, SIZES_AND_INDICES), X.draws(2, False, SIZES_AND_INDICES)) == []


@pytest.mark.slow
def test_no_wrong_merge_with_three_operations() -> None:
    leaf = X.leaves()
    small = {name: leaf[name] for name in ("A", "S", "x", "s")}
    classes = X.grouped(X.expressions(small, 3, analysed=10), Meaning().key)
    assert sum(map(len, classes.values())) > 50_000
    assert X.wrong_merges(classes, X.draws(7), X.draws(8, False)) == []


@pytest.mark.slow
def test_no_wrong_merge_in_all_of_what_is_differentiated_or_averaged() -> None:
    classes = X.grouped(X.expressions(X.leaves(), analysed=1), Meaning().key)
    assert X.wrong_merges(classes, X.draws(9), X.draws(10, False)) == []
    assert X.wrong_merges(classes, X.draws(11, True, ({"n": 3, "m": 3}, {"n": 3, "m": 2})), X.draws(12, False)) == []
