"""The plain autoencoder: nothing but a narrow code."""

import torch
from torch import Tensor

from ae_core.base import Autoencoder
from ae_core.config import Config
from ae_core.objective import Objective, Weights


class Undercomplete(Autoencoder):
    """Hinton & Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks"."""

    name = "undercomplete"
    formula = r"J = \lVert x - g(f(x)) \rVert^2"
    reference = "Hinton & Salakhutdinov, Science 313 (2006)"
    Config = Config

    def objective(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Objective:
        """‖x − g(f(x))‖²; the knob is d."""
        w = self.draw_weight(generator, weight)
        reconstruction = self.reconstruction_term(x, self.decode_raw(self.encode(x))).mean()
        return Objective(reconstruction, torch.zeros_like(reconstruction), w)
