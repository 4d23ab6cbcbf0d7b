"""What is compared: something that trains for so many epochs, and how it is timed."""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core import DataUnavailable, load_dataset
from ae_core.products import product

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


def products(
    widths: Sequence[int],
    steps: int,
    *,
    heads: int = 1,
    rows: int = BATCH,
    backward: bool = True,
    mkl: bool = False,
) -> Contender:
    """The floor: the matrix products of a mirror `widths` and its way back, nothing else.

    By the faster of PyTorch's two libraries on this processor, or by MKL alone (`torch.mm`).
    heads: layers at the narrow end that read the same features; 2 for mean and log-variance.
    Without `backward` the way out only, as decoding needs it.
    """
    there, back = list(itertools.pairwise(widths)), list(itertools.pairwise(widths[::-1]))
    shapes = there + there[-1:] * (heads - 1) + back if backward else back
    layers = [(torch.randn(rows, a), torch.randn(b, a), torch.randn(rows, b)) for a, b in shapes]

    def times(x: Tensor, w: Tensor) -> Tensor:
        return torch.mm(x, w.t()) if mkl else product(x, w)

    @torch.no_grad()
    def run(epochs: int) -> None:
        for _ in range(epochs * steps):
            for h, w, _ in layers:
                times(h, w)
            for i, (h, w, g) in enumerate(layers if backward else ()):
                times(g.t(), h.t())
                if i:  # nobody asks for the gradient of the pixels
                    times(g, w.t())

    return Contender(run)


CLOCKS = {1: time.process_time, 2: time.perf_counter}
