"""Reading LaTeX: tokens, the surface tree, documents, and what they mean."""
