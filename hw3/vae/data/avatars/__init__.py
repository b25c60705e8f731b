"""Cartoon faces with CelebA's names for what is drawn: the data set that is always at hand."""

from hw3.vae.data.avatars.parts import NAMES
from hw3.vae.data.avatars.person import Person, counterfactual, labels, sample

__all__ = ["NAMES", "Person", "counterfactual", "labels", "sample"]
