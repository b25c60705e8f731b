"""Plain words: those that say nothing about what stands beside them. What is said in other words is not understood.

An assumption is believed, and a line refuted, only where everything said of its names is understood. So a word that is
not known here costs a verdict; it never makes a wrong one.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GRAMMAR = _words(
    """
    a an the this that these those its their our his her each every both any arbitrary it they we us i you and
    of for with in on at to from by as is are be been being was let lets given assume assumed assuming assumes
    suppose supposed supposing consider considering considered take taking fix define defined defining denote
    denoted denotes denoting write written writing call called introduce where which who whose here there then
    hence thus so therefore now also moreover furthermore further additionally again throughout hereafter
    henceforth such have has having had may can will shall must do does if when whenever provided simplicity
    convenience rest hold holds since because more over into onto via per between using use used uses say
    meaning stand stands represent represents representing recall note see know known follows yields gives
    equals becomes reads depends describes collects following follow above below first second third last
    """
)
_MATHEMATICS = _words(
    """
    vector vectors matrix matrices scalar scalars number numbers tensor tensors array arrays real reals valued
    function functions map maps mapping variable variables parameter parameters quantity quantities value values
    element elements entry entries component components coordinate coordinates dimension dimensions dimensional
    dim size sizes lengths shape row column index indices set sets space domain range argument arguments
    expression expressions term terms formula formulas equation equations result results product products sum
    sums difference differences derivative derivatives differentiable differentiating differentiate
    differentiation smooth continuous jacobian jacobians partial total respect chain rule elementwise entrywise
    componentwise pointwise applied applies apply acts act acting generic general fixed expectation expected log
    logarithm entropy divergence kl leibler kullback full rank
    """
)
_TRADE = _words(
    """
    input inputs output outputs data dataset datum points sample samples sampled observation observations
    observed example examples image images target targets feature features classes batch minibatch size design
    response responses covariate covariates regressor regressors predictor predictors prediction predictions
    predicted predict fitted estimate estimates estimator estimators coefficient coefficients weight weights
    bias biases layer layers hidden unit units neuron neurons network networks activation activations
    nonlinearity score scores logit logits loss losses cost costs error errors residual residuals objective risk
    regularisation regularization regulariser regularizer penalty ridge model models linear regression
    classifier classification least encoder decoder autoencoder latent latents code codes reconstruction
    reconstructions embedding filter filters channel channels convolution convolutional pooling width height
    stride padding learning rate rates step steps time times temperature training trained train test noise
    signal signals state states system query queries key keys head heads token tokens sequence sequences pair
    pairs tuple list lists case cases family collection scale scales shift offset gain margin problem question
    exercise task theorem lemma proposition corollary claim proof line lines name names named author answer
    answers figure table page remark notation
    """
)
# What is said of a name by these is understood in the forms that `prose` and `randomness` know.
PROPERTIES = _words(
    """
    positive nonnegative negative nonzero zero definite semidefinite symmetric invertible nonsingular singular
    non strictly lower upper triangular diagonal orthogonal orthonormal integer integers natural square squared
    mean means average variance variances covariance covariances precision standard deviation moments random
    independent independently identically iid distributed distribution distributions multivariate univariate
    normal normally gaussian gaussians density densities law laws probability probabilities simplex identity
    transpose inverse unit norms constant some regular follow column columns row rows
    """
)
PLAIN = _GRAMMAR | _MATHEMATICS | _TRADE
_WORD = re.compile(r"[A-Za-z]+|\d+")
_PHRASES = re.compile(
    r"⟦\d+⟧"
    r"|\b(?:two|three|four|all|both)(?= (?:\w+ )?(?:vectors|matrices|numbers|scalars|variables|functions|points|names))"
    r"|\bnothing but\b|\bwithout loss of generality\b|\bw\.?l\.?o\.?g\b"
    r"|\bthe rest of (?:this|the) (?:section|chapter|note|document)\b"
    r"|\bin (?:this|the present|what) (?:section|chapter|note|document|follows)\b|\bfor (?:all|every|each)\b|\bat all\b"
    r"|\b(?:data|training|test) point\b|\b(?:softmax|sigmoid|logistic) (?:layer|regression|output layer)\b"
    r"|\b(?:first|second|third) (?:layer|order)\b",
    re.IGNORECASE,
)


def strange(text: str, known: frozenset[str] = PLAIN) -> list[str]:
    """The words of a text that are not plain.

    >>> strange("Let the weights be positive"), strange("It is tempting to assume")
    (['positive'], ['tempting'])
    """
    words = map(str.lower, _WORD.findall(_PHRASES.sub(" ", text)))
    return [w for w in words if (len(w) > 1 or w.isdigit()) and w not in known]


def is_believed(text: str) -> bool:
    """Whether what a sentence assumes can be believed: it says so in plain words, and denies or quotes nothing."""
    return not strange(text, PLAIN | PROPERTIES)
