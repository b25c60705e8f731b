"""Sizes as numbers: a size of several terms is a sum, and is parenthesised like one."""

import pytest

import hw3.derivations.operations as o
from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import latex, unicode

SUM = o.size(o.stack(o.vector("a", "k"), o.vector("b", "l")).shape[0])
TWICE = o.size(o.stack(o.vector("a", "k"), o.vector("b", "k")).shape[0])
x = o.scalar("x")


@pytest.mark.parametrize(
    ("node", "written"),
    [
        (x - SUM, "x - (k + l)"),
        (-SUM, "-(k + l)"),
        (x + SUM, "x + k + l"),
        (o.product(o.number(3), SUM), "3 (k + l)"),
        (o.power(SUM, 2), "(k + l)²"),
        (o.power(TWICE, 2), "(2k)²"),
        (x - TWICE, "x - 2k"),
        (o.power(o.size("k"), 2), "k²"),
    ],
    ids=str,
)
def test_a_size_of_several_terms_is_written_as_a_sum(node: Expr, written: str) -> None:
    assert unicode(node) == written
    assert latex(node) == written.replace("²", "^{2}")
