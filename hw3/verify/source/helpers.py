"""Functions that the written code calls where the library has none: text, put before the code that needs it."""

from __future__ import annotations

_UNPOOL = '''def unpool(delta, a, width, stride):
    """Each entry of delta goes to the greatest entry of its window of a."""
    images = a.reshape(-1, 1, *a.shape[-2:])
    chosen = F.max_pool2d(images, width, stride, return_indices=True)[1]
    flat = torch.zeros_like(images).flatten(1)
    return flat.scatter_add(1, chosen.flatten(1), delta.reshape(len(images), -1)).reshape(a.shape)'''
_CHOSEN = '''def chosen(d, a, width, stride):
    """The entries of d at the greatest entry of each window of a."""
    images = a.reshape(-1, 1, *a.shape[-2:])
    pooled, place = F.max_pool2d(images, width, stride, return_indices=True)
    picked = d.reshape(len(images), -1).gather(1, place.flatten(1))
    return picked.reshape(*a.shape[:-2], *pooled.shape[-2:])'''
_AVERAGED = '''def avgunpool(delta, width, stride, size):
    """Each entry of delta is spread evenly over its window."""
    images = delta.reshape(-1, 1, *delta.shape[-2:])
    full = F.conv_transpose2d(images, torch.full((1, 1, width, width), width**-2.0).to(delta), stride=stride)
    full = F.pad(full, (0, size[1] - full.shape[-1], 0, size[0] - full.shape[-2]))
    return full.reshape(*delta.shape[:-2], *size)'''
_DILATED = '''def dilate(a, scale, size):
    """Zeros between the entries along the last two axes."""
    out = a.new_zeros(*a.shape[:-2], *size)
    out[..., ::scale, ::scale] = a
    return out'''
_UNIT_TORCH = '''def unit(like, shape, place):
    """1 at a place, 0 elsewhere."""
    out = torch.zeros(shape).to(like)
    out[place] = 1
    return out'''
_UNIT_NUMPY = '''def unit(like, shape, place):
    """1 at a place, 0 elsewhere."""
    out = np.zeros(shape)
    out[place] = 1
    return out'''
_SOFTMAX = '''def softmax(z):
    """Along the last axis."""
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)'''
_LOGSUMEXP = '''def logsumexp(z):
    """Along the last axis."""
    most = z.max(-1)
    return most + np.log(np.exp(z - most[..., None]).sum(-1))'''
_SIGMOID = '''def sigmoid(z):
    """1 / (1 + exp(-z)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))'''
_BLOCKS = """def block_diag(*blocks):
    n = sum(len(b) for b in blocks)
    out, before = np.zeros((n, n)), 0
    for b in blocks:
        out[before : before + len(b), before : before + len(b)] = b
        before += len(b)
    return out"""
_DENSITY = '''def log_density(x, mean, covariance):
    """log N(x | mean, covariance), for columns."""
    r = x - mean
    square = r @ {np}.linalg.solve(covariance, r)
    return -0.5 * (square + {np}.linalg.slogdet(covariance)[1] + len(r) * math.log(2 * math.pi))'''
_KL = '''def kl(mean0, covariance0, mean1, covariance1):
    """KL[N(mean0, covariance0) || N(mean1, covariance1)], for columns."""
    r = mean1 - mean0
    ratio = {np}.linalg.solve(covariance1, covariance0)
    square = r @ {np}.linalg.solve(covariance1, r)
    return 0.5 * ({np}.trace(ratio) - len(r) + square - {np}.linalg.slogdet(ratio)[1])'''


def _gaussian(np: str) -> dict[str, str]:
    return {"log_density": _DENSITY.format(np=np), "kl": _KL.format(np=np)}


HELPERS: dict[str, dict[str, str]] = {
    "torch": {
        "unpool": _UNPOOL,
        "chosen": _CHOSEN,
        "avgunpool": _AVERAGED,
        "dilate": _DILATED,
        "unit": _UNIT_TORCH,
        **_gaussian("torch"),
    },
    "numpy": {
        "softmax": _SOFTMAX,
        "logsumexp": _LOGSUMEXP,
        "sigmoid": _SIGMOID,
        "block_diag": _BLOCKS,
        "unit": _UNIT_NUMPY,
        **_gaussian("np"),
    },
}
