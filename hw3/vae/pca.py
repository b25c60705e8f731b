r"""Principal components as a frozen layer: the best linear autoencoder, which training starts from.

    encode(x) = s^-1 V^T (pool(x) - m)          decode(z) = enlarge(m + V (s z))

V holds the leading eigenvectors of the covariance of the pooled pictures and s the standard deviations along
them, so that the latents of the training set have mean 0 and variance 1 in every entry. That no linear
encoder and decoder have a smaller error is proved in `hw3.derivations.autoencoder`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 32  # the pooled pictures are at most this large: finer structure is the convolutions' to learn
FITTED_ON = 4000  # pictures; more change the components' order and nothing that is seen


class PCA(nn.Module):
    """Whitened principal components of pooled pictures; nothing in it is trained.

    Arguments:
        latent_dim: how many components.
        image_size, channels: of the pictures, (n, channels, image_size, image_size) in [0, 1].
    """

    mean: Tensor  # (pixels,)
    components: Tensor  # (pixels, latent_dim), orthonormal columns
    deviation: Tensor  # (latent_dim,)
    residual: Tensor  # (), the variance of a pooled pixel that the components leave

    def __init__(self, latent_dim: int, image_size: int, channels: int) -> None:
        super().__init__()
        self.side, self.image_size, self.channels = min(SIDE, image_size // 2), image_size, channels
        pixels = channels * self.side**2
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("components", torch.zeros(pixels, latent_dim))
        self.register_buffer("deviation", torch.ones(latent_dim))
        self.register_buffer("residual", torch.ones(()))

    def pool(self, x: Tensor) -> Tensor:
        """(n, channels, image_size, image_size) -> (n, pixels)."""
        return F.avg_pool2d(x, self.image_size // self.side).flatten(1)

    def encode(self, x: Tensor) -> Tensor:
        """(n, channels, image_size, image_size) -> (n, latent_dim), white on the pictures of `fit`."""
        return (self.pool(x) - self.mean) @ (self.components / self.deviation)

    def draft(self, z: Tensor) -> Tensor:
        """(n, latent_dim) -> (n, channels, side, side), the pooled picture that the components give."""
        flat = self.mean + (z * self.deviation) @ self.components.T
        return flat.unflatten(1, (self.channels, self.side, self.side))

    def enlarge(self, draft: Tensor) -> Tensor:
        """(n, channels, side, side) -> (n, channels, image_size, image_size)."""
        return F.interpolate(draft, scale_factor=self.image_size // self.side, mode="bilinear", align_corners=False)

    @torch.no_grad()
    def fit(self, x: Tensor, seed: int = 0) -> None:
        """Sets the components to those of the pictures x (n, channels, image_size, image_size).

        A randomised singular value decomposition with seeded draws. Where the pictures have fewer directions
        than there are components, the remaining ones are zero, and so are their latents.
        """
        y = self.pool(x.float().cpu())
        mean = y.mean(0)
        y = y - mean
        wanted = self.components.shape[1]
        rank = min(wanted, *y.shape)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            _, s, v = torch.svd_lowrank(y, q=min(rank + 16, *y.shape), niter=3)
        variance = s[:rank] ** 2 / len(y)
        meant = variance > 1e-7 * variance[0].clamp_min(1e-12)
        components, deviation = torch.zeros(y.shape[1], wanted), torch.ones(wanted)
        components[:, :rank] = v[:, :rank] * meant
        deviation[:rank] = torch.where(meant, variance, torch.ones_like(variance)).sqrt()
        left = (y.square().sum() / len(y) - variance.sum()).clamp_min(0) / y.shape[1]
        self.mean.copy_(mean)
        self.components.copy_(components)
        self.deviation.copy_(deviation)
        self.residual.copy_(left.clamp_min(1e-6))
