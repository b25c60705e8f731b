"""Checking what people write: a document's links judged, told to people and to programs."""

from hw3.verify.checking.check import Checked, check_document, check_file, check_text

__all__ = ["Checked", "check_document", "check_file", "check_text"]
