"""Codecs of two given functions, and seeded codes to put through them."""

from collections.abc import Callable

import torch
from torch import Tensor


class Maps:
    """A codec of two given functions."""

    name, formula, reference = "maps", "", ""

    def __init__(
        self,
        encode: Callable[[Tensor], Tensor],
        decode: Callable[[Tensor], Tensor],
        sample_shape: tuple[int, ...] = (2,),
        latent_dim: int = 2,
    ) -> None:
        self.encode, self.decode = encode, decode
        self.sample_shape, self.latent_dim = sample_shape, latent_dim

    def reconstruct(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def codes(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=rng(seed), dtype=torch.float64)


def doubling() -> Maps:
    """x = (2 z, laid out as a 1×1×d picture): every decoded value tells its code."""
    return Maps(lambda x: x.flatten(1) / 2, lambda z: 2 * z[:, None, None, :], (1, 1, 3), 3)
