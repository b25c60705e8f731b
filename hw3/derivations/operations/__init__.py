"""The operations of the language: one class for each, which says everything that the calculus knows of it.

Shape, meaning as an index polynomial, conditions, printing stand together; how an atom is differentiated
stands in `hw3.derivations.calculus.atoms`; how an operation is evaluated in `hw3.verify`.
"""

from hw3.derivations.language.expression import SUGAR, Expr
from hw3.derivations.operations.arithmetic import (
    add,
    flattened_add,
    hadamard,
    negative,
    power,
    product,
    quotient,
    sqrt,
    square,
)
from hw3.derivations.operations.convolution import conv, conv_input, conv_kernel, crop, dilate, flip, geometry, pad
from hw3.derivations.operations.derivative import derivative
from hw3.derivations.operations.functions import apply, exp, expm1mx, log, relu, sigmoid, tanh, xmlog1p
from hw3.derivations.operations.indexed import entry, sum_over
from hw3.derivations.operations.leaves import (
    HALF,
    PI,
    abbreviation,
    identity,
    index,
    matrix,
    number,
    ones,
    position,
    scalar,
    size,
    symbol,
    vector,
    zeros,
)
from hw3.derivations.operations.matrices import (
    blockdiag,
    cholesky,
    det,
    diag,
    diagonal,
    eigenvalues,
    inverse,
    logdet,
    norm,
    stack,
    trace,
    transpose,
)
from hw3.derivations.operations.pooling import avgpool, avgunpool, maxpool, maxunpool, window
from hw3.derivations.operations.probability import expectation, kl, log_density, normal
from hw3.derivations.operations.tensors import (
    array,
    broadcast,
    dense,
    dense_input,
    dense_kernel,
    logsumexp,
    softmax,
    sum_axes,
)


def dot(a: Expr, b: Expr) -> Expr:
    """a^T b."""
    return product(transpose(a), b)


SUGAR.update(
    add=flattened_add,
    negative=negative,
    product=product,
    quotient=quotient,
    power=power,
    transpose=transpose,
    entry=entry,
    number=number,
)

__all__ = [
    "HALF", "PI", "abbreviation", "add", "apply", "array", "avgpool", "avgunpool", "blockdiag", "broadcast",
    "cholesky", "conv", "conv_input", "conv_kernel", "crop", "dense", "dense_input", "dense_kernel", "derivative",
    "det", "diag", "diagonal", "dilate", "dot", "eigenvalues", "entry", "exp", "expectation", "expm1mx", "flip",
    "geometry", "hadamard", "identity", "index", "inverse", "kl", "log", "log_density", "logdet", "logsumexp",
    "matrix", "maxpool", "maxunpool", "negative", "norm", "normal", "number", "ones", "pad", "position", "power",
    "product", "quotient", "relu", "scalar", "sigmoid", "size", "softmax", "sqrt", "square", "stack", "sum_axes",
    "sum_over", "symbol", "tanh", "trace", "transpose", "vector", "window", "xmlog1p", "zeros",
]  # fmt: skip
