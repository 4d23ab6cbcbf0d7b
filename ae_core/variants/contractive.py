"""The contractive autoencoder: the code hardly moves when the input does."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core.base import Autoencoder
from ae_core.config import Config, Weight, hyper
from ae_core.jacobian import probed_jacobian_norm, squared_jacobian_norm
from ae_core.objective import Objective, Weights, batch_mean
from ae_core.spread import mostly_low


@dataclass(frozen=True, kw_only=True)
class ContractiveConfig(Config):
    """λ and how the Jacobian is measured while training."""

    lambda_: Weight = hyper(
        0.1, symbol="λ", help="Contraction weight: higher means a flatter, calmer code.",
        minimum=0.0, maximum=1e6, log=True, ranged=True,
    )  # fmt: skip
    jacobian: str = hyper(
        "exact", symbol="", help="exact, or hutchinson: random probes, for wide codes.",
        choices=("exact", "hutchinson"),
    )  # fmt: skip
    probes: int = hyper(
        1, symbol="", help="Random probes per image (jacobian hutchinson).", minimum=1, maximum=256
    )
    code_bias: float = hyper(
        0.0, symbol="b₀", help="Where the code units' biases start: below 0, sigmoid units start "
        "silent and only some ever move at once.", minimum=-20.0, maximum=20.0, fixed=True,
    )  # fmt: skip
    code_gain: float = hyper(
        1.0, symbol="g₀", help="How far apart the code units' weights start, in Glorot's bounds; "
        "for sigmoid units 4 is usual.", minimum=0.01, maximum=20.0, fixed=True,
    )  # fmt: skip

    @property
    def weight_field(self) -> str:
        return "lambda_"


class Contractive(Autoencoder):
    """Rifai et al. 2011, "Contractive auto-encoders", eq. 4; exact for deep encoders too."""

    name = "contractive"
    formula = (
        r"J = \lVert x - g(f(x)) \rVert^2"
        r" + \lambda\,\lVert \partial f / \partial x \rVert_F^2"
    )
    reference = "Rifai et al., ICML (2011)"
    Config = ContractiveConfig
    config: ContractiveConfig

    def initialise(self, seed: int) -> None:
        """Draw fresh weights; the code's biases start at `code_bias`, its weights `code_gain` wide.

        Silent sigmoid units are flat already, and the penalty keeps them so where they need not
        move; from 0 it must first push them there, and pushes the code flat on the way. A sigmoid
        has a quarter of tanh's slope, for which Glorot's bound was made: hence the usual gain 4
        (Bengio 2012, "Practical recommendations for gradient-based training", section 3.1).
        """
        super().initialise(seed)
        code = self.encoder.steps[-1][0]
        with torch.no_grad():
            code.bias.fill_(self.config.code_bias)
            code.weight.mul_(self.config.code_gain)

    def spread(self, u: Tensor) -> Tensor:
        """Mostly low weights."""
        return mostly_low(u)

    def objective(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Objective:
        """‖x − g(f(x))‖² + λ ‖∂f/∂x‖²_F. Probes only while training: reported values are exact."""
        lambda_ = self.draw_weight(generator, weight)
        s = self.position(lambda_)
        z, slopes = self.encoder.linearise(self._checked(x), s)
        each = self.reconstruction_term(x, self.decode_raw(z, lambda_))
        if self.config.jacobian == "hutchinson" and self.training:
            norm = probed_jacobian_norm(self.encoder, slopes, self.config.probes, generator)
        else:
            norm = squared_jacobian_norm(self.encoder, slopes)
        return Objective(batch_mean(each, lambda_), batch_mean(norm, lambda_), lambda_)
