r"""Images read as they are printed: convolutions with their geometry, pooling, layers, biases, sums; assumed forms."""

from __future__ import annotations

import pytest

from hw3.derivations.language.expression import Expr
from hw3.derivations.language.printing import latex
from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.reading import Link, read
from hw3.derivations.latex.tokens import ReadingError
from hw3.derivations.operations import (
    array,
    avgpool,
    broadcast,
    conv,
    conv_input,
    conv_kernel,
    dense,
    dense_input,
    geometry,
    matrix,
    maxpool,
    maxunpool,
    sum_axes,
    vector,
    window,
)
from hw3.verify.checking.elaborated import Conflict, Elaborated, readings

LET = r"""Let $x \in \mathbb{R}^{N \times c \times n \times l}$, $W \in \mathbb{R}^{o \times c \times k \times j}$,
$u \in \mathbb{R}^{N \times o \times m \times q}$, $F \in \mathbb{R}^{K \times o \times m \times q}$,
$P \in \mathbb{R}^{N \times o \times r \times t}$, $y \in \mathbb{R}^{N \times K}$, $b \in \mathbb{R}^{o}$,
$s, p \in \mathbb{N}$. """

X, W, U = array("x", "N", "c", "n", "l"), array("W", "o", "c", "k", "j"), array("u", "N", "o", "m", "q")
P = array("P", "N", "o", "r", "t")
F, Y = array("F", "K", "o", "m", "q"), matrix("y", "N", "K")
G = geometry("s", 1, "p")


def link(text: str) -> Link:
    (found,) = (e for e in read(read_text(LET + f"Then $${text}$$", kind="markdown")).entries if isinstance(e, Link))
    return found


def read_as(text: str) -> Elaborated | Conflict:
    return readings(link(text))[0]


def fits(text: str) -> bool:
    try:
        return isinstance(read_as(text), Elaborated)
    except ReadingError:
        return False


@pytest.mark.parametrize(
    ("other", "printed"),
    [
        ("u", conv(X, W, G, ("m", "q"))),
        ("x", conv_input(U, W, X.shape[-2:], G)),
        ("W", conv_kernel(U, X, W.shape[-2:], G)),
        ("y", dense(F, U)),
        ("u", dense_input(Y, F)),
        ("b", sum_axes(U, 1)),
        ("1", sum_axes(X)),
        ("u", maxunpool(P, U, window(2))),
        ("P", maxpool(U, window(2), P.shape[-2:])),
        ("P", avgpool(U, window("s", "p"), P.shape[-2:])),
    ],
)
def test_what_is_printed_is_read_as_it_was(other: str, printed: Expr) -> None:
    found = read_as(f"{other} = {latex(printed)}")
    assert isinstance(found, Elaborated)
    assert found.rhs is printed


def test_a_bias_is_added_along_the_axis_of_its_size() -> None:
    found = read_as("u = u + b")
    assert isinstance(found, Elaborated)
    assert found.rhs is U + broadcast(vector("b", "o"), U.shape, 1)


@pytest.mark.parametrize("text", [r"u = W \ast_{s,p} u", "u = u + y", r"b = \operatorname{sum}_{N \times o}(u)"])
def test_what_does_not_fit_is_no_image(text: str) -> None:
    assert not fits(text)


def test_a_sign_that_says_no_geometry_refutes_nothing() -> None:
    found = read_as(r"\operatorname{sum}(W \ast x) = 0")
    assert isinstance(found, Elaborated)
    assert found.guesses


@pytest.mark.parametrize(
    ("assumed", "believed"),
    [
        (r"V V^\top = I, V A = D V", 2),
        (r"V^\top V + A^\top A = I", 1),
        (r"A \mathbf{1} = 0", 1),
        (r"A V = V A", 0),
        (r"V A = D", 0),
    ],
)
def test_assumptions_of_these_forms_are_believed(assumed: str, believed: int) -> None:
    text = rf"Let $A, D, V \in \mathbb{{R}}^{{n \times n}}$. Given ${assumed}$."
    found = read(read_text(text, kind="markdown"))
    assert sum(len(scope.constraints) for scope in found.scopes) == believed


def test_a_matrix_that_is_tied_to_another_stays_a_variable() -> None:
    text = r"Let $U, V \in \mathbb{R}^{n \times n}$. Given $U = V^\top$. Then $$ \operatorname{tr}(U V) = \|V\|_F^2 $$"
    found = read(read_text(text, kind="markdown"))
    (claim,) = (e for e in found.entries if isinstance(e, Link))
    (one,) = readings(claim)
    assert isinstance(one, Elaborated)
    assert len(one.given) == 1
    assert one.guesses
