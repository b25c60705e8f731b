"""Builds the site from the Markdown pages of docs/: `python -m docs.builder`, or `make docs`.

The pages stay plain Markdown that GitHub shows too. Here they are copied, their links are resolved, proofs are laid out
line by line; zensical makes HTML of them, and KaTeX typesets the formulae before anybody opens a page.
"""
