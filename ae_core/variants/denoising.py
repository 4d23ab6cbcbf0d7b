"""The denoising autoencoder: sees damage, must answer with the clean sample."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core.bending import Bending, BendingConfig
from ae_core.config import Weight, hyper
from ae_core.corruption import CORRUPTIONS, LEVEL_FIELD
from ae_core.errors import InvalidConfig
from ae_core.objective import Objective, Weights, batch_mean


@dataclass(frozen=True, kw_only=True)
class DenoisingConfig(BendingConfig):
    """The kind of damage and its level; only the chosen kind's level is used."""

    corruption: str = hyper(
        "gaussian", symbol="", help="Kind of noise.",
        choices=("gaussian", "salt_pepper", "masking"),
    )  # fmt: skip
    noise_std: Weight = hyper(
        0.5, symbol="σ", help="Gaussian noise: standard deviation added to every pixel.",
        minimum=0.0, maximum=100.0, ranged=True,
    )  # fmt: skip
    flip_fraction: Weight = hyper(
        0.25, symbol="p", help="Salt and pepper: share of pixels set to black or white.",
        minimum=0.0, maximum=1.0, ranged=True,
    )  # fmt: skip
    mask_fraction: Weight = hyper(
        0.5, symbol="ν", help="Masking: share of pixels set to black.",
        minimum=0.0, maximum=1.0, ranged=True,
    )  # fmt: skip
    clip: bool = hyper(False, symbol="", help="Clamp the damaged image to [0, 1].")

    def __post_init__(self) -> None:
        super().__post_init__()
        for corruption, field_name in LEVEL_FIELD.items():
            level = getattr(self, field_name)
            if corruption != self.corruption and isinstance(level, tuple):
                raise InvalidConfig(
                    f"{field_name} may be a range only with corruption {corruption!r}, "
                    f"got {level} with corruption {self.corruption!r}"
                )

    @property
    def weight_field(self) -> str:
        return LEVEL_FIELD[self.corruption]


class Denoising(Bending):
    """Vincent et al. 2008, "Extracting and composing robust features"; 2010 for the noises."""

    name = "denoising"
    formula = r"J = \lVert x - g(f(\tilde x)) \rVert^2, \quad \tilde x \sim q(\tilde x \mid x)"
    reference = "Vincent et al., ICML (2008), JMLR 11 (2010)"
    Config = DenoisingConfig
    rise, openings = 1.0, (3 / 8, 5 / 12)
    config: DenoisingConfig

    def corrupt(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Tensor:
        """x_tilde, bent and damaged as in training: (B, *sample_shape) -> the same shape.

        A conditioned network draws the level that it is not given.
        """
        x, level = self._checked(x), self.draw_weight(generator, weight)
        x = self.shown(x, generator)
        if isinstance(level, Tensor):  # one level per image
            level = level.repeat_interleave(len(x) // len(level)).view(-1, *(1,) * (x.dim() - 1))
        x_tilde = CORRUPTIONS[self.config.corruption](x, level, generator)
        return x_tilde.clamp(0, 1) if self.config.clip else x_tilde

    def objective(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Objective:
        """‖x − g(f(x_tilde))‖² with the clean x; the knob is the noise, so there is no penalty."""
        level = self.draw_weight(generator, weight)
        x_tilde = self.corrupt(x, generator, level)
        raw = self.decode_raw(self.encode(x_tilde, level), level)
        reconstruction = batch_mean(self.reconstruction_term(x, raw), level)
        return Objective(reconstruction, torch.zeros_like(reconstruction), level)
