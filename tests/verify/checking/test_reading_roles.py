"""What each relation of a document is taken for, and where it holds: declared, defined, trusted, set aside, judged."""

from __future__ import annotations

import pytest

from hw3.verify.checking import check as checking
from hw3.verify.checking.check import Checked, check_text
from hw3.verify.checking.links import judge_link

HOLDS = ("proved", "confirmed")
REAL = r"Let $s, t \in \mathbb{R}$. "


@pytest.fixture(autouse=True)
def _without_suggestions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roles are what is tested here; what was meant is tested in test_meant."""
    monkeypatch.setattr(checking, "judge_link", lambda link, settings, **_: judge_link(link, settings, suggest=False))


def said(found: Checked) -> list[str]:
    """The verdicts in order; what is proved or confirmed "holds"."""
    return ["holds" if j.verdict in HOLDS else j.verdict for j in found.judged]


def aside(found: Checked) -> list[tuple[str, str]]:
    return [(entry["latex"], entry["why"]) for entry in found.json()["set_aside"]]


def trusted(found: Checked) -> list[str]:
    return [entry["latex"] for entry in found.json()["trusted"]]


# --- what is declared ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declaration", "claim"),
    [
        (r"$W \in \mathbb{R}^{m \times n}$ and $u \in \mathbb{R}^n$", r"(W u)^T = u^T W^T"),
        (r"$V \in \mathbb{S}_{++}^k$", r"V^{-1} V^T = I"),
        (r"$f : \mathbb{R} \to \mathbb{R}$ and $t \in \mathbb{R}$", r"\frac{d}{dt} f(2t) = 2 f'(2t)"),
        (r"$X \sim \mathcal{N}(\mu, \sigma^2)$", r"E[X] = \mu"),
        (r"$M$ be a symmetric $n \times n$ matrix", r"M^T = M"),
        (r"$p \in \Delta^{K-1}$", r"\sum_{k=1}^K p_k = 1"),
        (r"$Q \in \mathbb{R}^{n \times n}$ with $Q^T Q = I$ and $v \in \mathbb{R}^n$", r"\|Q v\|^2 = \|v\|^2"),
        (r"$y \in \{0, 1\}$", r"y^2 = y"),
        (r"$y_1, \dots, y_N \in \mathbb{R}^d$", r"\sum_{i=1}^N y_i^T y_i = \sum_{i=1}^N \|y_i\|^2"),
        (r"$t > 0$", r"\log t^2 = 2 \log t"),
        (r"$M \in \mathbb{R}^{n \times n}$ with $M = M^T$", r"M - M^T = 0"),
    ],
)
def test_it_is_declared_and_believed(declaration: str, claim: str) -> None:
    found = check_text(f"Let {declaration}. Then ${claim}$.\n")
    assert said(found) == ["holds"]
    assert not trusted(found)
    assert not found.problems


def test_an_equation_of_no_such_form_is_not_believed_and_refutes_nothing() -> None:
    found = check_text(r"Let $M \in \mathbb{R}^{n \times n}$ with $M M = 2 M$. Then $M^3 = 4 M$." + "\n")
    assert said(found) == ["undecided"]
    (aside,) = found.set_aside
    assert aside.why == "it is assumed, and not of a form that is believed"


def test_what_is_said_behind_holds_before() -> None:
    found = check_text(r"We have $u^T M u = u^T M^T u$, where $M \in \mathbb{R}^{n \times n}$, $u \in \mathbb{R}^n$.")
    assert said(found) == ["holds"]


def test_what_is_assumed_later_proves_nothing_before_and_refutes_nothing() -> None:
    found = check_text(r"Let $M \in \mathbb{R}^{n \times n}$. Then $M^T = M$. Here $M$ is symmetric." + "\n")
    assert said(found) == ["undecided"]
    assert "later" in found.judged[0].reason


def test_a_name_that_is_two_things_at_once_is_neither() -> None:
    found = check_text(r"Let $u \in \mathbb{R}^n$ and $u \in \mathbb{R}$. Then $u + u = 2 u$." + "\n")
    assert said(found) == ["undecided"]
    assert "two things" in found.judged[0].reason


# --- what is defined, and what is trusted -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "listed"),
    [
        ("Define $q = t^2$.", []),
        ("Let $q = t^2$.", []),
        ("We write $q := t^2$.", []),
        ("$$\nq = t^2\n$$\n", ["q = t^2"]),
    ],
)
def test_a_definition_that_no_word_announces_is_listed(definition: str, listed: list[str]) -> None:
    found = check_text(f"{REAL}{definition} Then $q + 1 = t^2 + 1$.\n")
    assert said(found) == ["holds"]
    assert trusted(found) == listed


def test_where_defines() -> None:
    found = check_text(REAL + "We have $q + 1 = t^2 + 1$, where $q = t^2$.\n")
    assert said(found) == ["holds"]


def test_what_is_trusted_refutes_nothing() -> None:
    found = check_text(REAL + "\n$$\nq = t^2\n$$\n\nThen $q + 1 = t^2$.\n")
    assert said(found) == ["undecided"]
    assert "on trust" in found.judged[0].reason


def test_what_holds_by_what_is_trusted_says_so() -> None:
    found = check_text(REAL + "The sum is\n$$\ns = t\n$$\nand so $s - t = 0$.\n")
    assert said(found) == ["holds"]
    assert trusted(found) == ["s = t"]
    assert "the definition of s is taken on trust" in found.judged[0].conditions


@pytest.mark.parametrize("word", ["Then", "Hence", "It follows that"])
def test_behind_a_word_that_concludes_a_new_name_is_asked_for(word: str) -> None:
    found = check_text(f"{REAL}{word}\n$$\nq = t^2.\n$$\n")
    assert said(found) == ["undecided"]
    assert "what is q?" in found.judged[0].reason


@pytest.mark.parametrize("word", ["With", "If", "For"])
def test_a_condition_defines_nothing(word: str) -> None:
    found = check_text(f"{REAL}{word} $s = t^2$ we have $s + 1 = t^2 + 1$. Then $s + 1 = t^2 + 1$.\n")
    assert "refuted" not in said(found)[:2]
    assert "holds" not in said(found)


def test_a_name_may_be_defined_again() -> None:
    found = check_text(REAL + "Define $q = t^2$. Then $q t = t^3$.\n\nNow define $q = t^3$. Then $q t = t^4$.\n")
    assert said(found) == ["holds", "holds"]


def test_a_name_may_be_declared_again() -> None:
    found = check_text(r"Let $t > 0$. Then $|t| = t$. Now let $t \in \mathbb{R}$. Then $|t| = t$." + "\n")
    assert said(found) == ["holds", "refuted"]


# --- what is set aside --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (r"t \approx s", "an approximation"),
        (r"t \propto s", "a proportionality"),
        (r"t \to 0", "a limit"),
        (r"s \overset{!}{=} t", "a demand"),
        (r"t = s \iff s = t", "an implication"),
        (r"\exists s: s = t", "a statement for some, or for all"),
        (r"t \ne s", "an inequality that holds for some"),
        (r"t + s", "it states nothing"),
        (r"= t + s", "it continues nothing"),
    ],
)
def test_what_is_no_identity_is_set_aside_and_says_why(row: str, why: str) -> None:
    found = check_text(f"{REAL}Then\n$$\n{row}\n$$\n")
    assert aside(found) == [(row, why)]
    assert not found.judged


@pytest.mark.parametrize(
    "words",
    ["Setting the gradient to zero gives", "The optimality condition is", "We solve the equation"],
)
def test_an_equation_that_the_author_sets_is_no_claim(words: str) -> None:
    found = check_text(f"{REAL}{words}\n$$\n2 (s - t) = 0.\n$$\n")
    assert [why for _, why in aside(found)] == ["an equation that is set"]
    assert not found.judged


def test_an_update_is_no_claim() -> None:
    found = check_text(REAL + "Gradient descent is $t = t - 2 s$.\n")
    assert aside(found) == [("t = t - 2 s", "an equation that is set")]


def test_an_order_in_passing_is_neither_assumed_nor_judged() -> None:
    found = check_text(REAL + "Since $t \\ge s$, we see $|t - s| = t - s$.\n")
    assert said(found) == ["undecided"]
    assert aside(found) == [(r"t \ge s", "said in passing: neither assumed nor judged")]


def test_an_order_in_a_display_is_judged() -> None:
    assert said(check_text(REAL + "Then\n$$\nt^2 + s^2 < 0.\n$$\n")) == ["refuted"]


# --- sentences and rows under a condition ------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "If $t > 0$, then $|t| = t$.",
        "When $t > 0$ we have $|t| = t$.",
        "Then $|t| = t$ for $t > 0$.",
        "We have $|t| = t$, provided that $t > 0$.",
        "Then\n$$\n|t| = t \\quad \\text{if } t > 0.\n$$\n",
        "Then\n$$\n|t| = t, \\qquad t > 0.\n$$\n",
        "Then\n$$\n\\begin{aligned} |t| &= t & \\text{for } t > 0 \\end{aligned}\n$$\n",
    ],
)
def test_a_condition_holds_in_its_sentence_and_not_beyond(sentence: str) -> None:
    found = check_text(f"{REAL}{sentence}\n\nIn general $|t| = t$.\n")
    assert said(found) == ["holds", "refuted"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Suppose $t > 0$.",
        "From now on let $t > 0$.",
        "Let us assume that $t$ is positive.",
        "For simplicity, let $t > 0$.",
        "Assume $t > 0$ for the rest of this section.",
        "At first, let $t > 0$.",
    ],
)
def test_what_is_supposed_without_a_claim_holds_in_what_follows(sentence: str) -> None:
    assert said(check_text(f"{REAL}{sentence} Then $|t| = t$.\n")) == ["holds"]


def test_each_row_has_its_own_condition() -> None:
    rows = r"\begin{aligned} |t| &= t & \text{if } t > 0 \\ |t| &= t & \text{if } s > 0 \end{aligned}"
    found = check_text(f"{REAL}Then\n$$\n{rows}\n$$\n")
    assert said(found) == ["holds", "refuted"]


def test_a_supposition_holds_up_to_the_end_of_its_section() -> None:
    one = "# One\n\n{real}Suppose $t > 0$.\n\nThen $|t| = t$. Hence\n$$\n\\sqrt{{t^2}} = t.\n$$\n"
    text = one + "# Two\n\n{real}Then $|t| = t$.\n"
    assert said(check_text(text.format(real=REAL))) == ["holds", "holds", "refuted"]


def test_what_a_theorem_assumes_is_its_own() -> None:
    text = (
        r"Let $M \in \mathbb{R}^{n \times n}$. \begin{theorem} Let $M$ be symmetric. Then $M - M^T = 0$. \end{theorem}"
        r" Without that, $M - M^T = 0$."
    )
    assert said(check_text(text, kind="tex")) == ["holds", "refuted"]


# --- chains -------------------------------------------------------------------------------------------------


def test_a_display_that_begins_with_its_sign_goes_on_with_the_last() -> None:
    found = check_text(
        r"Let $u, v \in \mathbb{R}^n$."
        "\n$$\n\\|u + v\\|^2 = (u + v)^T (u + v)\n$$\nwhich, since $u^T v = v^T u$, is\n"
        "$$\n= u^T u + 2 u^T v + v^T v\n$$\n$$\n= \\|u\\|^2 + 2 u^T v + v^T v.\n$$\n"
    )
    displayed = [j for j in found.judged if j.link.display]
    assert [j.link.number for j in displayed] == [1, 2, 3]
    assert said(found) == ["holds"] * 4


def test_a_chain_does_not_go_on_behind_a_heading() -> None:
    found = check_text(
        r"Let $u \in \mathbb{R}^n$." "\n$$\n\\|u\\|^2 = u^T u\n$$\n# Next\n\n$$\n= \\sum_{i=1}^n u_i^2\n$$\n"
    )
    assert said(found) == ["holds"]
    assert aside(found) == [(r"= \sum_{i=1}^n u_i^2", "it continues nothing")]


def test_rows_with_left_sides_of_their_own_are_equations_and_others_go_on() -> None:
    square = r"(s + t)^2 &= s^2 + 2 s t + t^2 \\ &= t^2 + 2 t s + s^2"
    rows = rf"\begin{{aligned}} {square} \\ s t &= t s \\ &= s t + 1 \end{{aligned}}"
    found = check_text(f"{REAL}\n$$\n{rows}\n$$\n")
    assert [j.link.number for j in found.judged] == [1, 2, 1, 2]
    assert said(found) == ["holds", "holds", "holds", "refuted"]


def test_a_wrong_link_does_not_spoil_the_next() -> None:
    found = check_text(REAL + "Then\n$$\ns + t = t + s = s + t + 1 = t + s + 1.\n$$\n")
    assert said(found) == ["holds", "refuted", "holds"]


def test_labels_are_those_of_the_row_or_of_the_display() -> None:
    found = check_text(
        REAL + "Then\n$$\n\\begin{align} s + t &= t + s \\label{eq:sum} \\\\ s t &= t s \\tag{7} \\end{align}\n$$\n"
        "\n$$\ns - t = -(t - s) \\tag{8}\n$$\n\n\\begin{equation} t - t = 0 \\label{eq:zero} \\end{equation}\n"
    )
    assert [j.link.label for j in found.judged] == ["eq:sum", "7", "8", "eq:zero"]


# --- layouts ------------------------------------------------------------------------------------------------

GRADIENTS = {
    "numerator": (r"\frac{\partial M u}{\partial u} = M", r"\frac{\partial v^T u}{\partial u} = v"),
    "denominator": (r"\frac{\partial M u}{\partial u} = M^T", r"\frac{\partial v^T u}{\partial u} = v"),
    "rows": (r"\frac{\partial M u}{\partial u} = M", r"\frac{\partial v^T u}{\partial u} = v^T"),
}
SHAPES = r"Let $M \in \mathbb{R}^{m \times n}$ and $u, v \in \mathbb{R}^n$. "


@pytest.mark.parametrize("layout", GRADIENTS)
@pytest.mark.parametrize("written", GRADIENTS)
def test_the_layout_that_the_front_matter_says_is_how_gradients_are_read(layout: str, written: str) -> None:
    front = f"---\nhw3:\n  layout: {layout}\n---\n"
    for right, gradient in zip(GRADIENTS[layout], GRADIENTS[written], strict=True):
        found = check_text(f"{front}{SHAPES}Then ${gradient}$.\n")
        assert said(found) == ["holds" if gradient == right else "refuted"]


def test_a_layout_that_is_not_known_is_told() -> None:
    found = check_text(f"---\nhw3:\n  layout: diagonal\n---\n{SHAPES}Then $M u = M u$.\n")
    assert any("'diagonal'" in p.message for p in found.problems)
    assert said(found) == ["holds"]


def test_two_gradients_that_hold_in_another_layout_are_not_refuted() -> None:
    found = check_text(
        SHAPES + r"Then $\frac{\partial v^T u}{\partial u} = v^T$ and $\frac{\partial u^T u}{\partial u} = 2 u^T$." "\n"
    )
    assert said(found) == ["undecided", "undecided"]
    assert all("'rows'" in j.reason for j in found.judged)


# --- what can't be read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (r"t + = t", "stands where a number or a name is expected"),
        (r"(t + 1] = t", "is not closed"),
        (r"t! = t", "factorials are not read"),
        (r"t + \cancel{s} = t", "crossed out"),
    ],
)
def test_a_row_that_is_not_read_is_a_problem_and_the_next_is_judged(row: str, part: str) -> None:
    found = check_text(f"{REAL}Then\n$$\n{row}\n$$\nand $t + s = s + t$.\n")
    assert any(part in p.message for p in found.problems)
    assert said(found) == ["holds"]


def test_a_set_that_is_not_known_proves_nothing_of_its_members() -> None:
    found = check_text(r"Let $q \in \mathbb{H}$. Then $q q = q^2$." + "\n")
    assert said(found) == ["undecided"]
    assert [p.message for p in found.problems] == ["this set is not known"]


def test_code_and_comments_say_nothing() -> None:
    text = REAL + "Code: `$t = 1$`.\n\n```\n$t = 2$\n```\n\n<!-- $t = 3$ -->\n\nThen $t = t$.\n"
    found = check_text(text)
    assert said(found) == ["holds"]
    assert not aside(found)
    assert not trusted(found)


def test_a_claim_in_a_bracket_that_is_not_closed_is_not_lost() -> None:
    found = check_text(REAL + "Then $(s + t = t + s + 1)$ and $2 (s + t = 2 s + 2 t$.\n")
    assert said(found)[0] == "refuted"
