"""Codes to decode that belong to no image."""

import torch
from torch import Tensor

from ae_core.errors import InvalidInput


def sample_prior(n: int, latent_dim: int, generator: torch.Generator) -> Tensor:
    """z ~ N(0, I), the variational prior: -> (n, d)."""
    return torch.randn(n, latent_dim, generator=generator, device=generator.device)


def sample_codes(z_train: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """z ~ N(mean, covariance) of the given codes: (N, d) -> (n, d).

    The simplest distribution a codec without a prior can be sampled from: one Gaussian with full
    covariance, fitted to the train codes. It fills the gaps between clusters, as the prior does.
    """
    if z_train.dim() != 2 or len(z_train) < 2:
        raise InvalidInput(f"expected at least two codes (N, d), got {tuple(z_train.shape)}")
    z = z_train.detach().double().cpu()
    covariance = torch.cov(z.t()).reshape(z.shape[1], z.shape[1])
    # Not Cholesky: a unit that never moves makes the covariance singular.
    variances, axes = torch.linalg.eigh(covariance)
    eps = sample_prior(n, z.shape[1], generator).to(z)
    codes: Tensor = z.mean(0) + (eps * variances.clamp_min(0).sqrt()) @ axes.t()
    return codes.to(z_train)
