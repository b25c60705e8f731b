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
from hw3.derivations.operations.blocks import block, hstack, kron, vec, vstack
from hw3.derivations.operations.comprehensions import array_of, product_over
from hw3.derivations.operations.convolution import conv, conv_input, conv_kernel, crop, dilate, flip, geometry, pad
from hw3.derivations.operations.derivative import derivative
from hw3.derivations.operations.extremes import max2, maximum_of, min2, minimum_of
from hw3.derivations.operations.functions import (
    absolute,
    apply,
    exp,
    expm1mx,
    log,
    relu,
    sigmoid,
    sign,
    softplus,
    tanh,
    xmlog1p,
)
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
from hw3.derivations.operations.positions import (
    Place,
    coincide,
    delta,
    index_value,
    less,
    place,
    sample,
    shifted_entry,
)
from hw3.derivations.operations.probability import expectation, kl, log_density, normal
from hw3.derivations.operations.spectral import matrix_exponential, matrix_sqrt
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
    "HALF", "PI", "Place", "abbreviation", "absolute", "add", "apply", "array", "array_of", "avgpool", "avgunpool",
    "block", "blockdiag", "broadcast", "cholesky", "coincide", "conv", "conv_input", "conv_kernel", "crop", "delta",
    "dense", "dense_input", "dense_kernel", "derivative", "det", "diag", "diagonal", "dilate", "dot", "eigenvalues",
    "entry", "exp", "expectation", "expm1mx", "flip", "geometry", "hadamard", "hstack", "identity", "index",
    "index_value", "inverse", "kl", "kron", "less", "log", "log_density", "logdet", "logsumexp", "matrix",
    "matrix_exponential", "matrix_sqrt", "max2", "maximum_of", "maxpool", "maxunpool", "min2", "minimum_of",
    "negative", "norm", "normal", "number", "ones", "pad", "place", "position", "power", "product", "product_over",
    "quotient", "relu", "sample", "scalar", "shifted_entry", "sigmoid", "sign", "size", "softmax", "softplus", "sqrt",
    "square", "stack", "sum_axes", "sum_over", "symbol", "tanh", "trace", "transpose", "vec", "vector", "vstack",
    "window", "xmlog1p", "zeros",
]  # fmt: skip
