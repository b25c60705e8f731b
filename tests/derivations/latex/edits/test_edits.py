"""Edits: each is another tree that reads as itself, says where the slip is, and can be undone by an edit."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.derivations.latex.edits import Words, edits, exchanged, pairs, substituted
from hw3.derivations.latex.spelling import read, same, spell

WORDS = Words(
    names=tuple(map(read, ("x", "y", "W_1", "h"))),
    applied=(read("a(h)"), read("a'(h)")),
    scalars=(read(r"\frac{1}{\sqrt{d}}"),),
    sizes=(read("n"),),
    indices=(read("i"), read("j")),
    functions=frozenset({"a"}),
)

SLIPS = [
    ("x - y", "y - x", "the sign"),
    ("x - y + h", "x + y + h", "the sign"),
    ("-x", "x", "the sign"),
    (r"\exp(-x)", r"\exp(x)", "the sign"),
    (r"1 + \frac{x}{1 - y}", r"1 + \frac{x}{1 + y}", "the sign"),
    ("2 x", "x", "a factor 2"),
    ("x", "2 x", "a factor 2"),
    (r"\frac{1}{2} x", "x", "a factor 1/2"),
    ("y + x", r"y + \frac{1}{2} x", "a factor 1/2"),
    ("x", r"\frac{1}{n} x", "a factor 1/n"),
    ("3 x", "4 x", "a number"),
    ("A x", r"A^\top x", "a transpose"),
    ("A^T x", "A x", "a transpose"),
    ("A^{-1} x", r"A^{-\top} x", "a transpose"),
    ("A^T B", r"A B^\top", "the place of the transpose"),
    ("A B", r"B^\top A^\top", "the transpose"),
    ("V^{-1} x", "V x", "an inverse"),
    ("V x", "V^{-1} x", "an inverse"),
    (r"\frac{x}{y}", r"\frac{y}{x}", "above and below the line"),
    ("x y^T", "y x^T", "the order"),
    ("A B C", "A C B", "the order"),
    (r"\log x \, y", r"y \log x", "the order"),
    (r"KL(p \| q)", r"KL(q \| p)", "the order"),
    ("x y", r"x \odot y", "the product"),
    (r"x \odot y", "x y", "the product"),
    (r"x \odot y", r"x^\top y", "the product"),
    ("x^T y", r"x \odot y", "the product"),
    ("A + B", "A B", "a product for a sum"),
    ("x + y + 1", "x + y", "a term"),
    ("A x + y", "A (x + y)", "a bracket"),
    ("A (x + y)", "A x + y", "a bracket"),
    (r"2 |\Sigma|", r"|2 \Sigma|", "a bracket"),
    ("A x", "A y", "the name"),
    ("A x^T", "A h^T", "the name"),
    ("a'(x)", "a(x)", "a prime"),
    ("a(x)", "a'(x)", "a prime"),
    ("a(x)", "a(h)", "the argument"),
    (r"\log x", "x", "a function too many"),
    ("x + y", r"x + \log(y)", "log"),
    (r"\operatorname{tr}(A)", r"\det(A)", "trace or determinant"),
    (r"\sqrt{x}", "x", "a root"),
    ("x^2", "x", "a square"),
    ("p_i x_j", "p_j x_j", "the index"),
    ("x_{i-j}", "x_{i+j}", "the sign of an index"),
    ("G K", r"\frac{1}{\sqrt{d}} G K", "a factor"),
    ("A B", "B", "a factor"),
    ("A B", r"A B \odot a'(h)", "a factor"),
    (r"2 X b c^\top", r"X (b c^\top + c b^\top)", "the transposed term"),
    (r"V^{-1} a V^{-1}", r"V^{-\top} a V^{-\top}", "the transposes"),
    (r"(x \odot y)(h \odot b)^T", r"(x \odot h)(y \odot b)^T", "two names"),
    ("g", r"\mathbf{1}^\top g", "a sum"),
]


@pytest.mark.parametrize(("written", "meant", "told"), SLIPS)
def test_each_slip_is_mended_by_an_edit_of_its_name(written, meant, told):
    names = [e.told for e in edits(read(written), WORDS) if same(e.tree, read(meant))]
    assert told in names


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_edits_of_any_formula_are_other_formulas_that_read_as_themselves(generated, seed):
    tree = read(spell(generated.Grammar(Random(seed)).total(3)))
    for edit in edits(tree, WORDS):
        assert same(read(spell(edit.tree)), edit.tree)
        assert tree.place <= edit.mark[0] <= edit.mark[1] <= tree.end


def test_edits_come_smallest_first_and_leave_the_tree_as_it_was():
    tree = read(r"A^T x - \log(y) \odot h")
    before = spell(tree)
    found = edits(tree, WORDS)
    assert [e.cost for e in found] == sorted(e.cost for e in found)
    assert spell(tree) == before
    assert all(not same(e.tree, tree) for e in found)


@pytest.mark.parametrize(
    ("written", "meant", "marked"),
    [
        ("A x - B y", "A x + B y", " - B y"),
        ("A B C x", "A C B x", "B C"),
        ("A x + y^T W", r"A x + y^T W^\top", "W"),
        ("A x + y - h", "A x - h", " + y"),
        ("x", "2 x", "x"),
    ],
)
def test_the_mark_is_under_what_differs(written, meant, marked):
    edit = next(e for e in edits(read(written), WORDS) if same(e.tree, read(meant)))
    assert written[slice(*edit.mark)] == marked


def test_nothing_inside_the_sign_of_a_derivative_is_edited():
    tree = read(r"\frac{\partial L}{\partial W} + \frac{\partial}{\partial x} y")
    for edit in edits(tree, WORDS):
        assert r"\frac{\partial L}{\partial W}" in spell(edit.tree) or edit.told in ("a term", "a product for a sum")
        assert r"\partial W}" in spell(edit.tree) or edit.told == "a term"


def test_two_slips_in_one_line():
    tree = read("2 x y^T")
    found = [e for e in pairs(edits(tree, WORDS), WORDS) if same(e.tree, read("y^T x"))]
    assert found
    assert found[0].mark == (tree.place, tree.end)


def test_names_are_exchanged_under_their_scripts_and_things_replaced_throughout():
    assert same(exchanged(read("x^T y_i"), read("x"), read("y")), read("y^T x_i"))
    assert same(substituted(read("A + A B"), read("A"), read("C")), read("C + C B"))
