"""What is compared: something that trains for so many epochs, and how it is timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core import DataUnavailable, load_dataset

BATCH, SIZES = 128, (784, 512, 256)


@dataclass(frozen=True)
class Contender:
    """Trains epochs of the same steps; `prepares` where every call first sets itself up."""

    run: Callable[[int], object]
    prepares: bool = False

    def seconds(self, epochs: int, clock: Callable[[], float]) -> float:
        """Of `epochs` epochs, the time before the first one left out."""
        if self.prepares:
            return self._spent(epochs + 1, clock) - self._spent(1, clock)
        return self._spent(epochs, clock)

    def _spent(self, epochs: int, clock: Callable[[], float]) -> float:
        start = clock()
        self.run(epochs)
        return clock() - start


def pixels(n: int) -> Tensor:
    """n training images, real ones where MNIST is found: (n, 1, 28, 28)."""
    try:
        return load_dataset("mnist").train[:n].clone()
    except DataUnavailable:
        generator = torch.Generator().manual_seed(0)
        x = torch.rand(n, 1, 28, 28, generator=generator)
        return x * (torch.rand(x.shape, generator=generator) < 0.19)


def products(d: int, variational: bool, steps: int) -> Contender:
    """The floor: forward and backward matrix products of the same shapes, nothing else."""
    shapes = [(784, 512), (512, 256), (256, d), (d, 256), (256, 512), (512, 784)]
    shapes += [(256, d)] if variational else []
    layers = [(torch.randn(BATCH, a), torch.randn(b, a), torch.randn(BATCH, b)) for a, b in shapes]

    def run(epochs: int) -> None:
        for _ in range(epochs * steps):
            for h, w, _ in layers:
                torch.mm(h, w.t())
            for i, (h, w, g) in enumerate(layers):
                torch.mm(g.t(), h)
                if i:  # nobody asks for the gradient of the pixels
                    torch.mm(g, w)

    return Contender(run)


CLOCKS = {1: time.process_time, 2: time.perf_counter}
