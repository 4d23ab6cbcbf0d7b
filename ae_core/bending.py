"""Images shown bent and asked for straight: damage that a variant may add to its objective."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core.base import Autoencoder
from ae_core.config import Config, hyper
from ae_core.deformation import deformed
from ae_core.errors import InvalidConfig


@dataclass(frozen=True, kw_only=True)
class BendingConfig(Config):
    """How far images are bent."""

    bend: float = hyper(
        0.0, symbol="κ", help="Images are shown bent and stretched, each in its own way, and "
        "asked for straight; 1: as by another hand.", minimum=0.0, maximum=5.0, fixed=True,
    )  # fmt: skip


class Bending(Autoencoder):
    """An autoencoder whose encoder may see bent images.

    What the decoder must answer stays straight, so that the code need not say how an image was
    bent: Vincent's criterion (2008, section 2.3) with another hand as the damage.
    """

    config: BendingConfig

    def __init__(self, sample_shape: tuple[int, ...], config: BendingConfig) -> None:
        super().__init__(sample_shape, config)
        if config.bend and len(sample_shape) != 3:
            raise InvalidConfig(
                f"bend {config.bend:g} needs images (C, H, W), got samples of shape "
                f"{sample_shape}; use bend 0"
            )

    def shown(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """What the encoder sees of x, but for the noise: (B, *sample_shape) -> the same shape."""
        strength = self.config.bend
        return deformed(self._checked(x), generator, strength) if strength else x
