"""Convolutions, poolings and layers as their definitions say, index by index: slow, and knowing nothing else.

Arrays are numpy's, of numbers of any kind: floats, complex numbers, whole numbers, dual ones. Windows may hang
over: what lies outside an array is 0.
"""

import itertools

import numpy as np


def _images(a):
    return a.reshape(-1, *a.shape[-3:])


def _zeros(shape, *like):
    return np.zeros(shape, dtype=np.result_type(*like, float))


def conv(x, w, s, d, p, out):
    """[b, o, y, z] = sum over c, u, v of W[o, c, u, v] x[b, c, s y + d u - p, s z + d v - p]."""
    images = _images(x)
    result = _zeros((len(images), w.shape[0], *out), x, w)
    height, width = x.shape[-2:]
    for b, o, y, z in np.ndindex(result.shape):
        for c, u, v in np.ndindex(w.shape[1:]):
            i, j = s * y + d * u - p, s * z + d * v - p
            if 0 <= i < height and 0 <= j < width:
                result[b, o, y, z] += w[o, c, u, v] * images[b, c, i, j]
    return result.reshape(*x.shape[:-3], *result.shape[1:])


def conv_input(delta, w, s, d, p, size):
    """[b, c, i, j] = sum over o, y, z, u, v of delta[b, o, y, z] W[o, c, u, v] [i = s y + d u - p] [j = ...]."""
    cotangents = _images(delta)
    result = _zeros((len(cotangents), w.shape[1], *size), delta, w)
    for (i, j), (y, z), (u, v) in itertools.product(
        np.ndindex(*size), np.ndindex(delta.shape[-2:]), np.ndindex(w.shape[-2:])
    ):
        if i == s * y + d * u - p and j == s * z + d * v - p:
            result[:, :, i, j] += cotangents[:, :, y, z] @ w[:, :, u, v]
    return result.reshape(*delta.shape[:-3], *result.shape[1:])


def conv_kernel(delta, x, s, d, p, size):
    """[o, c, u, v] = sum over b, y, z, i, j of delta[b, o, y, z] x[b, c, i, j] [i = s y + d u - p] [j = ...]."""
    cotangents, images = _images(delta), _images(x)
    result = _zeros((delta.shape[-3], x.shape[-3], *size), delta, x)
    for (u, v), (y, z), (i, j) in itertools.product(
        np.ndindex(*size), np.ndindex(delta.shape[-2:]), np.ndindex(x.shape[-2:])
    ):
        if i == s * y + d * u - p and j == s * z + d * v - p:
            result[:, :, u, v] += cotangents[:, :, y, z].T @ images[:, :, i, j]
    return result


def _window(shape, k, s, y, z):
    return [(i, j) for i in range(s * y, s * y + k) for j in range(s * z, s * z + k) if i < shape[-2] and j < shape[-1]]


def margin(a, k, s, out):
    """The least distance between the two greatest entries of a window."""
    found = [np.inf]
    for at in np.ndindex(a.shape[:-2]):
        for y, z in np.ndindex(*out):
            entries = sorted(np.real(a[(*at, i, j)]) for i, j in _window(a.shape, k, s, y, z))
            if len(entries) > 1:
                found.append(entries[-1] - entries[-2])
    return min(found)


def maxpool(a, k, s, out):
    """The greatest entry (by its real part) of each window; 0 where a window lies outside."""
    result = _zeros((*a.shape[:-2], *out), a)
    for at in np.ndindex(a.shape[:-2]):
        for y, z in np.ndindex(*out):
            inside = [a[(*at, i, j)] for i, j in _window(a.shape, k, s, y, z)]
            if inside:
                result[(*at, y, z)] = max(inside, key=np.real)
    return result


def maxunpool(delta, a, k, s):
    """Each cotangent at the greatest entry of its window, the first of them at a tie."""
    result = _zeros(a.shape, delta, a)
    for at in np.ndindex(a.shape[:-2]):
        for y, z in np.ndindex(delta.shape[-2:]):
            inside = _window(a.shape, k, s, y, z)
            if inside:
                i, j = max(inside, key=lambda p: np.real(a[(*at, *p)]))
                result[(*at, i, j)] += delta[(*at, y, z)]
    return result


def avgpool(a, k, s, out):
    result = _zeros((*a.shape[:-2], *out), a)
    for y, z in np.ndindex(*out):
        for i, j in _window(a.shape, k, s, y, z):
            result[..., y, z] += a[..., i, j] / k**2
    return result


def avgunpool(delta, k, s, size):
    result = _zeros((*delta.shape[:-2], *size), delta)
    for y, z in np.ndindex(delta.shape[-2:]):
        for i, j in _window(result.shape, k, s, y, z):
            result[..., i, j] += delta[..., y, z] / k**2
    return result


def reindex(a, scale, shifts, sizes):
    """out[y, z] = sum over i, j of a[i, j] [y = scale i + shift] [z = scale j + shift]."""
    result = _zeros((*a.shape[:-2], *sizes), a)
    for (y, z), (i, j) in itertools.product(np.ndindex(*sizes), np.ndindex(a.shape[-2:])):
        if y == scale * i + shifts[0] and z == scale * j + shifts[1]:
            result[..., y, z] += a[..., i, j]
    return result


def dense(w, h):
    """[b, o] = sum over f of W[o, f] h[b, f]."""
    features = w.ndim - 1
    rows = h.reshape(-1, *w.shape[1:])
    result = _zeros((len(rows), len(w)), w, h)
    for b, o in np.ndindex(result.shape):
        result[b, o] = np.sum(w[o] * rows[b])
    return result.reshape(*h.shape[: h.ndim - features], len(w))


def dense_input(delta, w):
    """[b, f] = sum over o of delta[b, o] W[o, f]."""
    rows = delta.reshape(-1, len(w))
    result = _zeros((len(rows), *w.shape[1:]), delta, w)
    for b, o in np.ndindex(rows.shape):
        result[b] += rows[b, o] * w[o]
    return result.reshape(*delta.shape[:-1], *w.shape[1:])


def dense_kernel(delta, h):
    """[o, f] = sum over b of delta[b, o] h[b, f]."""
    rows = delta.reshape(-1, delta.shape[-1])
    features = h.reshape(len(rows), *h.shape[delta.ndim - 1 :])
    result = _zeros((rows.shape[1], *features.shape[1:]), delta, h)
    for b, o in np.ndindex(rows.shape):
        result[o] += rows[b, o] * features[b]
    return result


def broadcast(b, shape, axis):
    result = _zeros(shape, b)
    for at in np.ndindex(*shape):
        result[at] = b.reshape(-1)[at[axis]]
    return result


def sum_axes(a, keep):
    result = _zeros((a.shape[keep],) if keep is not None else (), a)
    for at in np.ndindex(a.shape):
        result[at[keep] if keep is not None else ()] += a[at]
    return result


def softmax(z):
    e = np.exp(z)
    return e / e.sum(-1, keepdims=True)


def logsumexp(z):
    return np.log(np.exp(z).sum(-1))


__all__ = [
    "avgpool", "avgunpool", "broadcast", "conv", "conv_input", "conv_kernel", "dense", "dense_input", "dense_kernel",
    "logsumexp", "margin", "maxpool", "maxunpool", "reindex", "softmax", "sum_axes",
]  # fmt: skip
