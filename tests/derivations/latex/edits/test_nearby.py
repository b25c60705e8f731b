"""What stands near a link: names, function values and sizes, in it and in the definitions that it uses."""

import pytest

from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.edits import Words, nearby
from hw3.derivations.latex.reading import Link, read
from hw3.derivations.latex.spelling import spell

CONTEXT = (
    r"Let $x, t \in \mathbb{R}^n$, $W \in \mathbb{R}^{m \times n}$, $q \in \mathbb{R}^n$, $a : \mathbb{R} \to "
    r"\mathbb{R}$. Define $$z = W x, \quad h = a(z), \quad S = \frac{1}{\sqrt{n}} x^{\mathsf T} q.$$"
)


def words(claim: str) -> Words:
    document = read_text(f"{CONTEXT}\n\nThen\n\n$$\n{claim}\n$$\n", kind="markdown")
    return nearby([e for e in read(document).entries if isinstance(e, Link)][-1])


def spelt(nodes) -> set[str]:
    return set(map(spell, nodes))


def test_names_of_the_line_and_of_its_definitions():
    found = words(r"\mathbf{1}^\top h = \mathbf{1}^\top a(W x)")
    assert {"x", "W", "h", "z"} <= spelt(found.names)
    assert "q" not in spelt(found.names)
    assert {"a (W x)", "a (z)", "a' (z)"} <= spelt(found.applied)
    assert "a" in found.functions


def test_sizes_factors_and_the_spelling_of_a_transpose():
    found = words(r"\nabla_x S = q")
    assert spelt(found.scalars) == {r"\frac{1}{\sqrt{n}}"}
    assert "n" in spelt(found.sizes)
    assert spell(found.top) == r"\mathsf{T}"


@pytest.mark.parametrize(("claim", "told"), [(r"\sum_{i=1}^n x_i t_i = x_i", {"i"}), (r"x = t", set())])
def test_indices(claim, told):
    assert spelt(words(claim).indices) == told


def test_euler_number_is_near_where_pi_is():
    assert "e" in spelt(words(r"\log(2 \pi) = \frac{1}{2} \log(2 \pi)").scalars)
    assert "e" not in spelt(words(r"x = t").scalars)
