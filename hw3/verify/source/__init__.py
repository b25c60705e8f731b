"""Derivations as Python functions: source text that runs on torch or NumPy."""

from hw3.verify.source.function import python_source

__all__ = ["python_source"]
