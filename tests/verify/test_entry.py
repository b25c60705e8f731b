"""hw3.verify from Python: modules that can be called, and verdicts that notebooks show."""

import hw3
from hw3.verify import kl
from hw3.verify.judge import Settings
from hw3.verify.reports import notebook


def test_calling_is_verifying() -> None:
    titles: list[str] = []
    called, verified = hw3.verify.kl(samples=0, seed=1, progress=titles.append), kl.verify(Settings((2, 5), 0, 1))
    assert [v.verdict for v in called.verdicts] == [v.verdict for v in verified.verdicts]
    assert titles == [v.claim.title for v in called.verdicts]
    assert called.exit_code == 0
    assert hw3.verify.kl is kl
    assert all(callable(target) for target in (hw3.verify.autoencoder, hw3.verify.cnn))


def test_claims_and_verdicts_are_shown() -> None:
    report = hw3.verify.kl(samples=0)
    refuted = next(v for v in report.verdicts if v.verdict == "refuted")
    assert str(refuted).startswith("refuted: KL[N(μ₀, Σ₀) ‖ N(μ₁, Σ₁)]")
    assert str(refuted.claim) in str(report)
    assert refuted.claim._repr_latex_().startswith(r"$\displaystyle \operatorname{KL}")
    assert refuted._repr_latex_().endswith(r"\text{(refuted)}$")
    shown = report._repr_html_()
    assert shown.count("<tr>") == len(report.verdicts)
    assert "21 proved, 1 refuted" in shown
    assert ">refuted</b>" in refuted._repr_html_()


def test_aligned_rows_stand_alone() -> None:
    assert notebook.aligned(r"a = b \\") == "a = b"
    assert notebook.aligned(r"\begin{pmatrix} a & b \end{pmatrix} = M.") == r"\begin{pmatrix} a & b \end{pmatrix} = M"
    assert notebook.aligned("a &= b,") == r"\begin{aligned}a &= b\end{aligned}"
    assert notebook.aligned(r"a \& b") == r"a \& b"
