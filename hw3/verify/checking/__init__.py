"""Checking what people write: a document's links judged, told to people and to programs.

`check` has what judges; it is imported by its own name, so that the command's help imports nothing heavy.
"""
