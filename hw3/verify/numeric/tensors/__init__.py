"""What every operation computes, on torch tensors: one rule for each, by the operation's name."""

from hw3.verify.numeric.tensors import arithmetic, images, layers, matrices
from hw3.verify.numeric.tensors.rules import RULES, Frame, Rule, batch_of, rule

__all__ = ["RULES", "Frame", "Rule", "arithmetic", "batch_of", "images", "layers", "matrices", "rule"]
