"""Batches as functions of the seed and the step: an interrupted run needs no loader's state to go on.

    order(seed, epoch)       the pictures of an epoch, shuffled
    noise(seed, step)        the standard normal numbers of a step; a process takes the rows of its pictures

Neither depends on how many processes share a batch, so that one and several processes train alike.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hw3.errors import UserError
from hw3.vae.config import Config
from hw3.vae.data.faces import Bytes, Faces, Indices
from hw3.vae.pictures import to_tensor

ORDER, NOISE, FLOW = 1, 2, 3  # streams of random numbers, apart from one another
RESIDENT = 0.25  # the share of a GPU's free memory that the pictures may take


def generator(seed: int, *place: int) -> torch.Generator:
    """A generator of the random numbers at a place, such as (NOISE, step), in the run of a seed."""
    state = np.random.SeedSequence([seed % 2**64, *place]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state) % 2**63)


def order(seed: int, epoch: int, n: int) -> Tensor:
    """The order of n pictures in an epoch, (n,)."""
    return torch.randperm(n, generator=generator(seed, ORDER, epoch))


class Batches:
    """The training pictures of a run, batch by batch, for one of several processes.

    Arguments:
        faces: the data set; its training split is used.
        rank, processes: which share of each batch this process takes.

    Raises:
        UserError: there are no training pictures, or the processes do not share a batch evenly.
    """

    def __init__(
        self, faces: Faces, config: Config, device: torch.device | str = "cpu", rank: int = 0, processes: int = 1
    ) -> None:
        self.config, self.device, self.rank = config, torch.device(device), rank
        self.images: Bytes | Tensor = faces.images
        self.indices: Indices = faces.of("train")
        self.shown = torch.from_numpy(faces.attributes[self.indices].astype(np.uint8))
        if not len(self.indices):
            raise UserError(f"{faces.source} has no training pictures: its split is empty")
        self.batch = min(config.batch_size, len(self.indices))
        if self.batch % processes:
            raise UserError(f"{processes} processes cannot share a batch of {self.batch} evenly: change --batch-size")
        self.share = self.batch // processes
        self.steps_per_epoch = len(self.indices) // self.batch
        self._epoch, self._order = -1, torch.empty(0)
        if self.device.type == "cuda" and faces.images.nbytes < RESIDENT * torch.cuda.mem_get_info(self.device)[0]:
            self.images = torch.from_numpy(np.ascontiguousarray(faces.images[self.indices])).to(self.device)

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.config.epochs * self.steps_per_epoch

    def pictures(self, step: int) -> Tensor:
        """This process's pictures of a step, (share, channels, s, s) in [0, 1]."""
        epoch, k = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, order(self.config.seed, epoch, len(self.indices))
        first = k * self.batch + self.rank * self.share
        chosen = self._order[first : first + self.share]
        mirrored = self.config.mirror and epoch % 2 == 1
        return to_tensor(self._bytes(chosen), self.config, self.device, mirrored)

    def noise(self, step: int) -> Tensor:
        """This process's noise of a step, (share, latent_dim)."""
        whole = torch.randn(self.batch, self.config.latent_dim, generator=generator(self.config.seed, NOISE, step))
        return whole[self.rank * self.share : (self.rank + 1) * self.share].to(self.device, non_blocking=True)

    def first(self, n: int) -> Tensor:
        """n training pictures that are spread over all of them, on the processor; the same for every process."""
        chosen = order(self.config.seed, 0, len(self.indices))[:n]
        return to_tensor(self._bytes(chosen), self.config)

    def _bytes(self, chosen: Tensor) -> Tensor | Bytes:
        if isinstance(self.images, Tensor):
            return self.images[chosen.to(self.images.device)]
        rows = self.indices[chosen.numpy()]
        along = np.argsort(rows, kind="stable")  # in the order of the file, where it is a file
        found = np.empty((len(rows), *self.images.shape[1:]), np.uint8)
        found[along] = self.images[rows[along]]
        if self.device.type != "cuda":
            return found
        return torch.from_numpy(found).pin_memory()
