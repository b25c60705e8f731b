"""What every operation computes, at many digits: one rule for each, by the operation's name."""

from hw3.verify.numeric.digits import arithmetic, images, layers, matrices
from hw3.verify.numeric.digits.rules import RULES, Digits, Frame, rule

__all__ = ["RULES", "Digits", "Frame", "arithmetic", "images", "layers", "matrices", "rule"]
