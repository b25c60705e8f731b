"""Edits of a formula: what one slip of the pen may have made of what was meant."""

from hw3.derivations.latex.edits.edit import Edit, Words
from hw3.derivations.latex.edits.every import edits, exchanged, pairs, substituted
from hw3.derivations.latex.edits.nearby import nearby

__all__ = ["Edit", "Words", "edits", "exchanged", "nearby", "pairs", "substituted"]
