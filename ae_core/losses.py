"""Every term of every objective, one pure function each.

Terms are per image: summed over pixels and code units, never averaged over them, so that
reconstruction and penalty add in the same unit whatever the image and code size.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F


def squared(x: Tensor, x_hat: Tensor) -> Tensor:
    """‖x − x̂‖²: (B, *), (B, *) -> (B,)."""
    return F.mse_loss(x_hat, x, reduction="none").flatten(1).sum(1)


def absolute(x: Tensor, x_hat: Tensor) -> Tensor:
    """‖x − x̂‖₁: (B, *), (B, *) -> (B,)."""
    return (x_hat - x).abs().flatten(1).sum(1)


def bernoulli(x: Tensor, logits: Tensor) -> Tensor:
    """−Σ x log p + (1 − x) log(1 − p), p = sigmoid(logits), in nats: (B, *), (B, *) -> (B,)."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


RECONSTRUCTIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squared": squared,
    "absolute": absolute,
    "bernoulli": bernoulli,
}


def l1(z: Tensor) -> Tensor:
    """‖z‖₁: (B, d) -> (B,)."""
    return z.abs().sum(1)


def bernoulli_kl(rho: float, rho_hat: Tensor) -> Tensor:
    """Σ_j ρ log(ρ / ρ̂_j) + (1 − ρ) log((1 − ρ) / (1 − ρ̂_j)): (..., d) -> (...)."""
    # A saturated sigmoid is exactly 0 or 1 in float32, where the logarithm has no gradient.
    # Not clamped sooner: the term must still call back a unit that has all but died.
    rho_hat = rho_hat.clamp(1e-30, 1 - 1e-7)
    on = rho * (torch.log(rho_hat.new_tensor(rho)) - rho_hat.log())
    off = (1 - rho) * (torch.log1p(rho_hat.new_tensor(-rho)) - torch.log1p(-rho_hat))
    return (on + off).sum(-1)


def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, I)) = ½ Σ μ² + σ² − 1 − log σ², in nats: (B, d), (B, d) -> (B,)."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(1)


def reparameterise(mu: Tensor, log_var: Tensor, eps: Tensor) -> Tensor:
    """z = μ + σ ⊙ ε with σ = exp(log σ² / 2): three times (B, d) -> (B, d)."""
    return mu + (0.5 * log_var).exp() * eps
