"""Verdicts for people: in a terminal, on pages, in figures."""
