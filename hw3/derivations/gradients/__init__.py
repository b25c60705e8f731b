"""Gradients by the differential: an adjoint for every operation, a reverse sweep with named cotangents.

Clever and untrusted: what is found here is checked by the kernel like a person's line (`Derivation.check`).
"""

from hw3.derivations.gradients.adjoints import NoAdjoint
from hw3.derivations.gradients.derivation import Derivation, Step
from hw3.derivations.gradients.derive import gradient, hessian, jacobian

__all__ = ["Derivation", "NoAdjoint", "Step", "gradient", "hessian", "jacobian"]
