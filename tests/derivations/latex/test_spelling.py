"""A tree written as LaTeX reads as that tree again."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.derivations.latex import surface as s
from hw3.derivations.latex.spelling import copied, read, same, spell


@given(seed=st.integers(0, 2**32), depth=st.integers(0, 5))
@settings(max_examples=1500)
def test_what_is_written_reads_as_the_tree_it_was_written_from(generated, seed, depth):
    tree = generated.tree(Random(seed), depth)
    assert same(read(spell(tree)), tree)


@pytest.mark.slow
@given(seed=st.integers(0, 2**48))
@settings(max_examples=30_000)
def test_many_more_trees_read_as_what_they_were(generated, seed):
    tree = generated.tree(Random(seed), 6)
    assert same(read(spell(tree)), tree)


def test_the_generator_makes_every_kind_of_node(generated):
    random = Random(3)
    found = {type(n).__name__ for _ in range(400) for n in s.walk(generated.tree(random))}
    assert found == {kind.__name__ for kind in s.Node.__subclasses__()}


def test_a_seed_gives_the_same_formula_again(generated):
    assert generated.latex(Random(7)) == generated.latex(Random(7))
    assert len({generated.latex(Random(k)) for k in range(40)}) > 30


def test_slips_change_most_formulas(generated):
    changed = sum(generated.mangled(Random(k), r"x^\top (A + B) y") != r"x^\top (A + B) y" for k in range(100))
    assert changed > 80


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (r"x^T(A+A^\top)x", r"x^T (A + A^\top) x"),
        (r"\mathbf{W}_{ij}^{-1}", r"\mathbf{W}_{i j}^{-1}"),
        (r"\boldsymbol\mu'", r"\boldsymbol{\mu}'"),
        (r"\left|\Sigma\right|", r"\lvert \Sigma \rvert"),
        (r"\tr(AB)\odot\log x", r"\operatorname{tr} (A B) \odot \log x"),
        (r"{a+b}c", r"{a + b} c"),
        (r"f(x)|_{x=0}", r"\left. f (x) \right|_{x = 0}"),
        (r"{x_1}_2", r"{x_1}_2"),
        (r"KL(p \| q)", r"KL (p \middle\| q)"),
    ],
)
def test_spellings(written, told):
    assert spell(read(written)) == told
    assert same(read(told), read(written))


def test_trees_that_differ_are_not_the_same():
    tree = read(r"a^T b - c_i")
    for other in (r"a^T b + c_i", r"a^T b - c_j", r"a b - c_i", r"a^T b - c'_i", r"a^T b", r"\mathbf{a}^T b - c_i"):
        assert not same(read(other), tree)


def test_what_is_kept_is_copied_from_the_source():
    source = r"\tfrac12 \left( \boldsymbol{x}^{\mathrm T}\,y \right) + z"
    tree = read(source)
    assert isinstance(tree, s.Sum)
    turned = s.Sum(tree.place, tree.end, ("-", "+"), tree.items)
    assert spell(turned, copied(source, tree)) == r"-\tfrac12 \left( \boldsymbol{x}^{\mathrm T}\,y \right) + z"
    assert same(read(spell(turned, copied(source, tree))), turned)


def test_the_text_of_a_macro_is_not_taken_for_what_it_stands_for():
    tree = read("x + y")
    assert spell(tree, copied("Q + Q", tree)) == "x + y"
