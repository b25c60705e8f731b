"""What every operation computes, at many digits: one rule for each, by the operation's name."""

from hw3.verify.numeric.digits import arithmetic, blocks, images, layers, matrices, positions
from hw3.verify.numeric.digits.rules import RULES, Digits, Frame, rule

__all__ = [
    "RULES", "Digits", "Frame", "arithmetic", "blocks", "images", "layers", "matrices", "positions", "rule",
]  # fmt: skip
