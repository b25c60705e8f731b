"""From the surface tree to expressions, with what is known of the names in scope."""

from hw3.derivations.latex.elaboration import grids, names, products  # noqa: F401 (they register their rules)
from hw3.derivations.latex.elaboration.elaborator import Elaborator
from hw3.derivations.latex.elaboration.errors import Ambiguous, ShapeConflict, Undeclared

__all__ = ["Ambiguous", "Elaborator", "ShapeConflict", "Undeclared"]
