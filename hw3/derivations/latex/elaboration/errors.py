"""What can go wrong when a formula is read, each with the place it goes wrong at."""

from __future__ import annotations

from hw3.derivations.language.sizes import Shape
from hw3.derivations.latex.tokens import ReadingError


class Undeclared(ReadingError):
    """A name of which nothing is known."""

    def __init__(self, key: str, place: int) -> None:
        super().__init__(f"{key} is not declared", place)
        self.key = key


class Ambiguous(ReadingError):
    """It can be read in two ways, and which is meant isn't said."""


class ShapeConflict(ReadingError):
    """Shapes that do not fit. Where they were declared, the line is wrong."""

    def __init__(self, message: str, place: int, shapes: tuple[Shape, ...] = ()) -> None:
        super().__init__(message, place)
        self.shapes = shapes
