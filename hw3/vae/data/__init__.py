"""Faces to train on: the embedded cartoon faces, CelebA in every layout, or any folder with a table of attributes."""

from hw3.vae.data.faces import SPLITS, Faces

__all__ = ["SPLITS", "Faces"]
