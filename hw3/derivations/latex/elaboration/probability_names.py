"""The names that probability goes by, where they stand for nothing else."""

from __future__ import annotations

from hw3.derivations.latex.elaboration.elaborator import Elaborator

NORMAL = {"\\mathcal{N}", "N", "\\mathcal{N}_{n}", "\\N", "\\Normal", "\\normal", "\\mathscr{N}", "Normal"}
EXPECTATIONS = {"\\mathbb{E}", "E", "\\E", "\\mathbf{E}", "\\Exp", "\\mathcal{E}", "\\EE"}
BERNOULLI = {"Bernoulli", "Ber", "Bern", "\\mathcal{B}"}
DIVERGENCES = {"KL", "D_{KL}", "D_{\\mathrm{KL}}", "\\mathrm{KL}", "\\KL", "D_{K L}", "\\mathbb{KL}", "d_{KL}", "D"}
VARIANCES = {"Var", "var", "\\mathbb{V}", "\\Var", "V", "\\mathrm{Var}"}
COVARIANCES = {"Cov", "cov", "\\Cov", "\\mathbb{C}"}
ENTROPIES = {"h", "H", "\\mathbb{H}", "\\mathcal{H}"}


OPERATORS = EXPECTATIONS | VARIANCES | COVARIANCES | DIVERGENCES | NORMAL


def is_free(e: Elaborator, key: str, names: set[str]) -> bool:
    return key in names and not e.known(key)
