"""Documents: Markdown, TeX and notebooks, cut into scopes, sentences, prose and formulas."""
