"""Documents: Markdown, TeX and notebooks, cut into scopes, sentences, prose and formulas."""

from hw3.derivations.latex.documents.pieces import Block, Document, Formula, Problem, Row, Segment, Sentence, Text
from hw3.derivations.latex.documents.reading import read_document, read_text
from hw3.derivations.latex.documents.words import cue, words

__all__ = [
    "Block",
    "Document",
    "Formula",
    "Problem",
    "Row",
    "Segment",
    "Sentence",
    "Text",
    "cue",
    "read_document",
    "read_text",
    "words",
]
