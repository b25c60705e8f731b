"""The places of a formula: each part with what its place takes, and brackets where something looser is put there."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw3.derivations.latex.positions import positions
from hw3.derivations.latex.spelling import read, same, spell


def put(written, part, new):
    """The formula with something else in the first place where the part stands."""
    at = next(p for p in positions(read(written)) if same(p.node, read(part)))
    return spell(at.put(read(new)))


@pytest.mark.parametrize(
    ("written", "part", "new", "told"),
    [
        ("a x", "x", "b + c", "a (b + c)"),
        ("a x", "x", "b c", "a b c"),
        ("a x", "x", r"b \odot c", r"a (b \odot c)"),
        ("a + x", "x", "b - c", "a + (b - c)"),
        ("a + x", "x", "b c", "a + b c"),
        (r"a \odot x", "x", "b c", r"a \odot b c"),
        ("x^2", "x", "b c", "(b c)^2"),
        ("x^2", "x", r"\frac{b}{c}", r"(\frac{b}{c})^2"),
        (r"\frac{x}{y}", "x", "b + c", r"\frac{b + c}{y}"),
        (r"e^{-x}", "x", "b + c", "e^{-(b + c)}"),
        ("f(x, y)", "y", "b + c", "f (x, b + c)"),
        (r"\begin{pmatrix} a & x \end{pmatrix}", "x", "b", r"\begin{pmatrix} a & b \end{pmatrix}"),
    ],
)
def test_what_is_put_somewhere_is_seen_to_be_one_thing(written, part, new, told):
    assert put(written, part, new) == told


def test_each_part_knows_what_its_place_takes():
    found = {spell(p.node): p.slot for p in positions(read(r"a_i b + \frac{c}{d} \odot f^2"))}
    assert found["a_i b"] == "term"
    assert found["a_i"] == "factor"
    assert found["a"] == "base"
    assert found["i"] == "script"
    assert found["c"] == "whole"
    assert found["f^2"] == "group"


def test_superscripts_that_are_signs_and_what_is_differentiated_have_no_places():
    assert {spell(p.node) for p in positions(read(r"A^\top"))} == {r"A^\top", "A"}
    assert [spell(p.node) for p in positions(read(r"\frac{\partial L}{\partial x}"))] == [
        r"\frac{\partial L}{\partial x}"
    ]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150)
def test_a_part_put_where_it_stood_changes_nothing(generated, seed):
    tree = generated.tree(Random(seed))
    for at in positions(tree):
        # What stood in braces that show nothing is in brackets now, or side by side with the rest.
        kept, whole = (spell(t).translate(str.maketrans("", "", "{}() ")) for t in (at.put(at.node), tree))
        assert kept == whole
