"""The sparse autoencoder: few code units speak at a time."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core.bending import Bending, BendingConfig
from ae_core.config import Weight, hyper
from ae_core.errors import InvalidConfig
from ae_core.losses import bernoulli_kl, l1
from ae_core.objective import Objective, Weights, batch_mean
from ae_core.spread import mostly_low


@dataclass(frozen=True, kw_only=True)
class SparseConfig(BendingConfig):
    """λ and the kind of sparsity."""

    penalty: str = hyper(
        "l1", symbol="", help="l1: ‖z‖₁. kl: each unit's mean activity is drawn to ρ.",
        choices=("l1", "kl"),
    )  # fmt: skip
    lambda_: Weight = hyper(
        0.1, symbol="λ", help="Sparsity weight: higher means fewer active code units.",
        minimum=0.0, maximum=1e6, log=True, ranged=True,
    )  # fmt: skip
    rho: float = hyper(
        0.05, symbol="ρ", help="Target mean activity of a code unit (penalty kl).",
        minimum=1e-4, maximum=0.9999,
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.penalty == "kl" and (
            self.linear or self.code_activation not in ("linear", "sigmoid")
        ):
            given = "linear=True" if self.linear else f"code_activation {self.code_activation!r}"
            raise InvalidConfig(f"penalty 'kl' needs a sigmoid code in (0, 1), got {given}")

    @property
    def weight_field(self) -> str:
        return "lambda_"


class Sparse(Bending):
    """Ng, CS294A lecture notes (2011), "Sparse autoencoder", section 3."""

    name = "sparse"
    formula = (
        r"J = \lVert x - g(z) \rVert^2 + \lambda\,\lVert z \rVert_1"
        r"\quad\text{or}\quad + \lambda \sum_j \mathrm{KL}(\rho \,\Vert\, \hat\rho_j)"
    )
    reference = "Ng, CS294A lecture notes (2011)"
    Config = SparseConfig
    config: SparseConfig

    def code_activation(self) -> str:
        """KL compares probabilities, so its code ends in a sigmoid."""
        return "sigmoid" if self.config.penalty == "kl" else super().code_activation()

    def spread(self, u: Tensor) -> Tensor:
        """Mostly low weights for KL, evenly for L1, which loses at high weights otherwise."""
        return mostly_low(u) if self.config.penalty == "kl" else super().spread(u)

    def objective(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Objective:
        """‖x − g(z)‖² + λ ‖z‖₁, or + λ Σ_j KL(ρ ‖ ρ̂_j) with ρ̂_j the batch mean of z_j.

        z is the code of what is `shown`, x itself unless `bend` is set.
        """
        lambda_ = self.draw_weight(generator, weight)
        z = self.encode(self.shown(x, generator), lambda_)
        each = self.reconstruction_term(x, self.decode_raw(z, lambda_))
        reconstruction = batch_mean(each, lambda_)
        if self.config.penalty == "l1":
            return Objective(reconstruction, batch_mean(l1(z), lambda_), lambda_)
        if isinstance(lambda_, Tensor):
            z = z.view(len(lambda_), -1, self.latent_dim).transpose(0, 1)
        return Objective(reconstruction, bernoulli_kl(self.config.rho, z.mean(0)), lambda_)
