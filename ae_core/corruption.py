"""Three ways to damage x: each (B, *) -> (B, *), independent per value.

Gaussian and masking noise: Vincent et al. 2008; salt-and-pepper: Vincent et al. 2010, section 3.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Level = float | Tensor  # of the damage; a tensor broadcasts against x


def _uniform(x: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(x.shape, dtype=x.dtype, device=x.device, generator=generator)


def gaussian(x: Tensor, noise_std: Level, generator: torch.Generator | None = None) -> Tensor:
    """x + σ ε, ε ~ N(0, 1); not clipped."""
    eps = torch.randn(x.shape, dtype=x.dtype, device=x.device, generator=generator)
    return x + noise_std * eps


def salt_pepper(
    x: Tensor, flip_fraction: Level, generator: torch.Generator | None = None
) -> Tensor:
    """A share p of the values becomes 0 or 1, each with probability ½."""
    u = _uniform(x, generator)
    # One draw decides both: [0, p/2) turns black, [p/2, p) white.
    x = torch.where(u < flip_fraction, torch.ones_like(x), x)
    return torch.where(u < flip_fraction / 2, torch.zeros_like(x), x)


def masking(x: Tensor, mask_fraction: Level, generator: torch.Generator | None = None) -> Tensor:
    """A share ν of the values becomes 0."""
    return torch.where(_uniform(x, generator) < mask_fraction, torch.zeros_like(x), x)


Corruption = Callable[[Tensor, Level, torch.Generator | None], Tensor]

CORRUPTIONS: dict[str, Corruption] = {
    "gaussian": gaussian,
    "salt_pepper": salt_pepper,
    "masking": masking,
}

LEVEL_FIELD: dict[str, str] = {
    "gaussian": "noise_std",
    "salt_pepper": "flip_fraction",
    "masking": "mask_fraction",
}
