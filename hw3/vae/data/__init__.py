"""Faces to train on: the embedded cartoon faces, CelebA in every layout, or any folder with a table of attributes."""

from hw3.vae.data.faces import SPLITS, Faces
from hw3.vae.data.loading import cache_folder, load

__all__ = ["SPLITS", "Faces", "cache_folder", "load"]
