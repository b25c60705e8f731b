"""What every operation computes, on torch tensors: one rule for each, by the operation's name."""

from hw3.verify.numeric.tensors import arithmetic, blocks, images, layers, matrices, positions
from hw3.verify.numeric.tensors.rules import RULES, Frame, Rule, batch_of, rule

__all__ = [
    "RULES", "Frame", "Rule", "arithmetic", "batch_of", "blocks", "images", "layers", "matrices", "positions", "rule",
]  # fmt: skip
