"""Did you mean: each kind of mistake finds its correction, which reads, holds, and says something."""

import time
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hw3.derivations.latex.documents import read_text
from hw3.derivations.latex.edits import edits, nearby
from hw3.derivations.latex.reading import Link
from hw3.derivations.latex.reading import read as read_document
from hw3.derivations.latex.spelling import read, same, spell
from hw3.verify.checking.check import SETTINGS, check_text
from hw3.verify.checking.links import judge_link
from hw3.verify.checking.meant import meant

VECTORS = r"Let $x, y, b, c \in \mathbb{R}^n$, $A, B, V \in \mathbb{R}^{n \times n}$, $V$ invertible."
REGRESSION = (
    r"Let $X \in \mathbb{R}^{n \times p}$, $\beta \in \mathbb{R}^p$, $y \in \mathbb{R}^n$. "
    r"Define $$J(\beta) = \frac{1}{2} \|y - X\beta\|^2.$$"
)
NETWORK = (
    r"Let $x \in \mathbb{R}^n$, $W \in \mathbb{R}^{m \times n}$, $b \in \mathbb{R}^m$, $t \in \mathbb{R}^m$, "
    r"$a : \mathbb{R} \to \mathbb{R}$. Define $$z = W x + b, \quad h = a(z), \quad L = \frac{1}{2} \|h - t\|^2.$$"
)
SIZED = r"Let $\Sigma, \Lambda \in \mathbb{S}_{++}^k$, $\mu, m \in \mathbb{R}^k$."
SAMPLES = r"Let $x_1, \dots, x_n \in \mathbb{R}^d$, $\mu \in \mathbb{R}^d$."
LOGISTIC = (
    r"Let $w, x \in \mathbb{R}^d$, $s \in \{-1, 1\}$. "
    r"Define $$\ell(w) = \log\left(1 + \exp(-s\, w^\top x)\right).$$"
)
SCALARS = r"Let $s, t, u > 0$ and $f : \mathbb{R} \to \mathbb{R}$."


def written(context: str, claim: str) -> tuple[Link, str]:
    """The last link of a claim in its context, with the source that its places count in."""
    document = read_text(f"{context}\n\nThen\n\n$$\n{claim}\n$$\n", kind="markdown")
    return [e for e in read_document(document).entries if isinstance(e, Link)][-1], document.source


MISTAKES = [
    (REGRESSION, r"\nabla_\beta J = X^\top (y - X\beta)", r"-X^\top (y - X\beta)", "the sign"),
    (REGRESSION, r"\nabla_\beta J = -2 X^\top (y - X\beta)", r"- X^\top (y - X\beta)", "a factor 2"),
    (REGRESSION, r"\nabla_\beta J = -X (y - X\beta)", r"-X^\top (y - X\beta)", "a transpose"),
    (REGRESSION, r"\nabla_\beta J = X^\top X\beta + X^\top y", r"X^\top X\beta - X^\top y", "the sign"),
    (REGRESSION, r"\nabla_\beta J = X^\top X\beta - y", r"X^\top (X \beta - y)", "a bracket"),
    (REGRESSION, r"\nabla_\beta J = (X\beta - y) X^\top", r"X^\top (X\beta - y)", "the order"),
    (NETWORK, r"\frac{\partial L}{\partial W} = x \left( (h - t) \odot a'(z) \right)^\top", None, "the order"),
    (NETWORK, r"\frac{\partial L}{\partial b} = (h - t) \odot a(z)", r"(h - t) \odot a' (z)", "a prime"),
    (NETWORK, r"\frac{\partial L}{\partial b} = (h - t) \odot a'(h)", r"(h - t) \odot a' (z)", None),
    (NETWORK, r"\frac{\partial L}{\partial b} = (h - t)^\top a'(z)", r"(h - t) \odot a' (z)", "the product"),
    (NETWORK, r"\frac{\partial L}{\partial b} = (z - t) \odot a'(z)", r"(h - t) \odot a'(z)", "the name"),
    (NETWORK, r"\frac{\partial L}{\partial b} = h - t", r"(h - t) \odot a' (z)", "a factor"),
    (VECTORS, r"\nabla_x (x^\top A x) = 2 A x", r"(A + A^\top) x", "the transposed term"),
    (VECTORS, r"\operatorname{tr}(A B V) = \operatorname{tr}(A V B)", None, "the order"),
    (VECTORS, r"\operatorname{tr}(A B) = \det(B A)", r"\operatorname{tr} (B A)", "trace or determinant"),
    (VECTORS, r"(V A)^\top = V^\top A^\top", r"A^\top V^\top", "the order"),
    (VECTORS, r"V^{-1} (V x) = V^{-1} x + b - b", None, None),
    (VECTORS, r"\nabla_x \left( b^\top V^{-1} x \right) = V^{-1} b", r"V^{-\top} b", "a transpose"),
    (
        SIZED,
        r"\nabla_\mu \left( (\mu - m)^\top \Lambda^{-1} (\mu - m) \right) = 2 \Lambda (\mu - m)",
        None,
        "an inverse",
    ),
    (SIZED, r"\log |2 \Sigma| = \log 2 + \log |\Sigma|", r"k \log 2 + \log |\Sigma|", "a factor k"),
    (SIZED, r"\operatorname{tr}(\Sigma^{-1} \Sigma) = 1", r"k", None),
    (LOGISTIC, r"\nabla_w \ell = -\frac{s\, x}{1 + \exp(-s\, w^\top x)}", None, "the sign"),
    (SAMPLES, r"\nabla_\mu \sum_{i=1}^n \|x_i - \mu\|^2 = 2 \left( \mu - \sum_{i=1}^n x_i \right)", None, "a factor n"),
    (SCALARS, r"\log(s t) = \log(s) - \log(t)", r"\log(s) + \log(t)", "the sign"),
    (SCALARS, r"\log \sqrt{s} = 2 \log s", r"\frac{1}{2} \log s", None),
    (SCALARS, r"(s + t)^2 = s^2 + s t + t^2", r"s^2 + 2 s t + t^2", "a factor 2"),
    (SCALARS, r"(s + t) u = s u + t", r"s u + u t", "a factor"),
    (SCALARS, r"\frac{s u}{t} = \frac{t}{s} u", r"\frac{s}{t} u", "above and below the line"),
]


@pytest.mark.parametrize(("context", "claim", "corrected", "told"), MISTAKES)
def test_each_kind_of_mistake_finds_its_correction(context, claim, corrected, told):
    link, source = written(context, claim)
    assert judge_link(link, SETTINGS, suggest=False).verdict == "refuted"
    found = meant(link, SETTINGS, 8.0, source=source)
    assert found is not None
    assert_holds(found, context)
    if corrected is not None:
        assert same(read(found.latex), read(corrected))
    if told is not None:
        assert found.told == told
    start, end = found.mark
    assert link.place <= start < end <= link.end


def assert_holds(found, context):
    """A suggestion, typed in where the line stood, is judged to hold."""
    again = check_text(f"{context}\n\nThen\n\n$$\n{found.link}\n$$\n").judged[-1]
    assert again.verdict == found.verdict
    assert again.verdict in ("proved", "confirmed")


def test_the_spelling_of_the_author_is_kept():
    context = r"Let $\boldsymbol{x}, \boldsymbol{y} \in \mathbb{R}^n$."
    link, source = written(
        context, r"\|\boldsymbol{x}\|^2 = -\tfrac12 \left( 2\,\boldsymbol{x}^{\mathsf T} \boldsymbol{x} \right)"
    )
    found = meant(link, SETTINGS, 8.0, source=source)
    assert found is not None
    assert found.latex == r"\tfrac12 \left( 2\,\boldsymbol{x}^{\mathsf T} \boldsymbol{x} \right)"
    bare = meant(link, SETTINGS, 8.0)
    assert bare is not None
    assert bare.told == found.told
    assert "\\tfrac" not in bare.latex


def test_the_left_side_is_mended_only_where_the_right_one_is_not():
    link, source = written(VECTORS, r"\operatorname{tr}(A B) = \sum_{i=1}^n \sum_{j=1}^n A_{ij} B_{ij}")
    found = meant(link, SETTINGS, 8.0, source=source)
    assert found is not None
    assert found.link == rf"{found.latex} = \sum_{{i=1}}^n \sum_{{j=1}}^n A_{{ij}} B_{{ij}}"
    assert same(read(found.latex), read(r"\operatorname{tr}(A^\top B)"))


@pytest.mark.parametrize(
    ("context", "claim"),
    [
        (VECTORS, r"\det(A B) = \det(A + B)"),
        (SCALARS, r"f(s t) = f(s)"),
        (SCALARS, r"\exp(s) = 1 + s"),
        (VECTORS, r"x = y"),
    ],
)
def test_nothing_is_offered_where_nothing_near_says_anything(context, claim):
    link, source = written(context, claim)
    start = time.thread_time()
    found = meant(link, SETTINGS, 8.0, source=source)
    assert time.thread_time() - start < 2
    assert found is None


def test_an_edit_is_never_a_copy_of_the_left_side():
    for claim in (r"A x = B x", r"f(s) = f(t)", r"\nabla_x (c^\top x) = b"):
        link, source = written(VECTORS + SCALARS, claim)
        found = meant(link, SETTINGS, 8.0, source=source)
        assert found is None or not same(link.left, read(found.latex))


def test_a_refuted_link_says_what_was_meant_and_where():
    checked = check_text(f"{REGRESSION}\n\nThen\n\n$$\n\\nabla_\\beta J = X^\\top (y + X\\beta)\n$$\n")
    judged = checked.judged[-1]
    assert judged.verdict == "refuted"
    assert judged.did_you_mean is not None
    assert judged.mark is not None
    assert checked.json()["claims"][-1]["did_you_mean"] == judged.did_you_mean
    true = check_text(f"{REGRESSION}\n\nThen\n\n$$\n{judged.did_you_mean}\n$$\n").judged[-1]
    assert (true.verdict, true.did_you_mean, true.mark) == ("proved", None, None)


TRUE = [
    (REGRESSION, r"\nabla_\beta J = X^\top X \beta - X^\top y"),
    (REGRESSION, r"\nabla_\beta J = -X^\top (y - X \beta)"),
    (NETWORK, r"\frac{\partial L}{\partial W} = ((h - t) \odot a'(z)) x^\top"),
    (VECTORS, r"\nabla_x (x^\top A x + b^\top x) = (A + A^\top) x + b"),
    (VECTORS, r"\operatorname{tr}(A^\top B) = \operatorname{tr}(B A^\top)"),
    (VECTORS, r"(V A)^\top V^{-\top} = A^\top"),
    (SIZED, r"\nabla_\mu \left( \mu^\top \Sigma \mu \right) = 2 \Sigma \mu"),
    (SCALARS, r"\log \frac{s}{t} = \log s - \log t"),
    (SCALARS, r"(s - t) (s + t) = s^2 - t^2"),
]
UNDONE = ("the sign", "a transpose", "the order", "a factor 2", "a factor 1/2", "an inverse", "the product")


@given(which=st.sampled_from(TRUE), seed=st.integers(0, 2**32))
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_slip_in_a_true_line_is_found_out(which, seed):
    context, claim = which
    link, _ = written(context, claim)
    edit = Random(seed).choice([e for e in edits(link.right, nearby(link)) if e.told in UNDONE])
    wrong = replace(link, right=read(spell(edit.tree)))
    assume(judge_link(wrong, SETTINGS, suggest=False).verdict == "refuted")
    found = meant(wrong, SETTINGS, budget_s=8)
    assert found is not None
    assert_holds(found, context)
