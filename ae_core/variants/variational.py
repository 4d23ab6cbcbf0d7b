"""The variational autoencoder: codes are small clouds that together fill a Gaussian."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ae_core.affine import Affine
from ae_core.base import Autoencoder
from ae_core.config import Config, Weight, hyper
from ae_core.errors import InvalidConfig
from ae_core.losses import gaussian_kl, reparameterise
from ae_core.objective import Objective, Weights, batch_mean
from ae_core.spread import mostly_high


@dataclass(frozen=True, kw_only=True)
class VariationalConfig(Config):
    """β, the weight of the KL term."""

    beta: Weight = hyper(
        1.0, symbol="β", help="KL weight: higher means a smoother, fuller, blurrier latent space.",
        minimum=0.0, maximum=1e6, log=True, ranged=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.code_activation != "linear":
            raise InvalidConfig(
                "the variational code is a mean and needs code_activation 'linear', "
                f"got {self.code_activation!r}"
            )

    @property
    def weight_field(self) -> str:
        return "beta"


class Variational(Autoencoder):
    """Kingma & Welling 2014, eq. 10; β after Higgins et al. 2017, eq. 4.

    p(x | z) is Bernoulli(g(z)) for `bernoulli`; N(g(z), I / 2) for `squared` and
    Laplace(g(z), 1) for `absolute`, both without their constants.
    """

    name = "variational"
    formula = (
        r"J = -\log p(x \mid z) + \beta\,\mathrm{KL}(q(z \mid x) \,\Vert\, \mathcal N(0, I)),"
        r"\quad z = \mu + \sigma \odot \varepsilon"
    )
    reference = "Kingma & Welling, ICLR (2014); Higgins et al., ICLR (2017)"
    Config = VariationalConfig
    rise, openings = 2.0, (1 / 5, 1 / 5)
    config: VariationalConfig

    def __init__(self, sample_shape: tuple[int, ...], config: VariationalConfig) -> None:
        super().__init__(sample_shape, config)
        # Made last: encoder and decoder then start as every other variant's do from this seed.
        head = self.encoder.steps[-1][0]
        self.log_var = Affine(
            head.in_shape, head.out_shape, gated=self.conditioned and not self.ramped
        )
        if self.ramped:
            self.encoder.add_ramps(self.rise, 0, self.log_var)

    def spread(self, u: Tensor) -> Tensor:
        """Where there are more steps, still more of them at the high end."""
        return mostly_high(u, 1.42, 0.55) if self.more_steps else super().spread(u)

    def posterior(self, x: Tensor, weight: Weights | None = None) -> tuple[Tensor, Tensor]:
        """mu and log_var of q(z | x) = N(mu, exp(log_var)): -> (B, d), (B, d)."""
        return self.encoder.fork(self._checked(x, weight), self.log_var, self.position(weight))

    def objective(
        self, x: Tensor, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Objective:
        """−log p(x | z) + β KL(q(z | x) ‖ N(0, I)), one z = μ + σ ⊙ ε per image.

        At β = 0 nothing rewards a posterior of any width; the objective's limit, z = μ, is used,
        which is the undercomplete autoencoder.
        """
        beta = self.draw_weight(generator, weight)
        mu, log_var = self.posterior(x, beta)
        z = mu
        if isinstance(beta, Tensor) or beta > 0:
            eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device, generator=generator)
            z = reparameterise(mu, log_var, eps)
        reconstruction = batch_mean(self.reconstruction_term(x, self.decode_raw(z, beta)), beta)
        return Objective(reconstruction, batch_mean(gaussian_kl(mu, log_var), beta), beta)

    def sample(
        self, n: int, generator: torch.Generator | None = None, weight: Weights | None = None
    ) -> Tensor:
        """n draws of the decoder's mean at z ~ N(0, I): -> (n, *sample_shape)."""
        parameter = next(self.parameters())
        z = torch.randn(
            n, self.latent_dim, dtype=parameter.dtype, device=parameter.device, generator=generator
        )
        return self.decode(z, weight)
