"""Edits of faces in the latent space, and paths between two faces."""
