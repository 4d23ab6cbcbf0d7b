"""How probable a generative codec finds the data, in nats per image.

An objective may drop what does not depend on the weights; a likelihood may not. The reconstruction
terms stand for these densities p(x given z), D values per sample:

    squared     N(x̂, ½ I)      −log p = ‖x − x̂‖² + (D/2) log π
    absolute    Laplace(x̂, 1)   −log p = ‖x − x̂‖₁ + D log 2
    bernoulli   Bernoulli(x̂)    −log p = cross-entropy + 0

so a bound on log p(x) is the objective's terms at weight 1 plus `likelihood_constant`. With grey
pixels the Bernoulli term is no likelihood at all: `bernoulli_floor` is the least it can be.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ae_core.batches import in_batches
from ae_core.config import Config
from ae_core.errors import InvalidInput
from ae_core.losses import gaussian_kl, reparameterise

CONSTANT_PER_VALUE = {"squared": 0.5 * math.log(math.pi), "absolute": math.log(2), "bernoulli": 0.0}


@runtime_checkable
class LatentVariableModel(Protocol):
    """p(z) = N(0, I), q(z given x) by `posterior`, p(x given z) by the reconstruction term."""

    @property
    def config(self) -> Config: ...

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]: ...

    def decode_raw(self, z: Tensor) -> Tensor: ...

    def reconstruction_term(self, x: Tensor, raw: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class NegativeElbo:
    """−ELBO(x) = reconstruction + constant + kl, each in nats per image."""

    reconstruction: Tensor  # (B,), the objective's term: −E_q log p(x given z) without its constant
    kl: Tensor  # (B,), at weight 1 whatever beta the model was trained with
    constant: float  # what the objective drops

    @property
    def total(self) -> Tensor:
        """An upper bound on −log p(x): (B,)."""
        return self.reconstruction + self.constant + self.kl


def likelihood_constant(model: LatentVariableModel, x: Tensor) -> float:
    """What the model's reconstruction term lacks to be −log p(x given z), in nats per image."""
    return CONSTANT_PER_VALUE[model.config.reconstruction] * x[0].numel()


def negative_elbo(
    model: LatentVariableModel,
    x: Tensor,
    generator: torch.Generator,
    samples: int = 1,
    batch_size: int = 1024,
) -> NegativeElbo:
    """−ELBO of each image, its reconstruction term averaged over `samples` draws of z.

    Kingma & Welling 2014, eq. 7. The result does not depend on `batch_size`.
    """
    _check_samples(samples)
    mu, log_var = _posterior(model, x, batch_size)

    def term(batch: Tensor, z: Tensor) -> Tensor:
        return model.reconstruction_term(batch, model.decode_raw(z))

    draws = (reparameterise(mu, log_var, _noise(mu, generator)) for _ in range(samples))
    terms = [in_batches(term, x, z, batch_size=batch_size) for z in draws]
    return NegativeElbo(
        torch.stack(terms).mean(0), gaussian_kl(mu, log_var), likelihood_constant(model, x)
    )


def importance_weighted_log_likelihood(
    model: LatentVariableModel,
    x: Tensor,
    samples: int,
    generator: torch.Generator,
    chunk: int = 50,
    batch_size: int = 16,
) -> Tensor:
    """log 1/k Σ p(x, z_i) / q(z_i given x), z_i ~ q, k = `samples`: (B, *) -> (B,) in nats.

    Burda et al. 2016, eq. 8: a lower bound on log p(x) that rises to it with k. `chunk` draws of
    `batch_size` images are decoded at once, few enough to stay in the processor's cache; the chunk
    does not change the result.
    """
    _check_samples(samples)
    constant = likelihood_constant(model, x)

    def log_mean_weight(batch: Tensor) -> Tensor:
        mu, log_var = model.posterior(batch)
        eps = _noise(mu, generator, samples)
        weights = [log_weights(model, batch, mu, log_var, part) for part in eps.split(chunk)]
        return torch.cat(weights).logsumexp(0) - math.log(samples)

    return in_batches(log_mean_weight, x, batch_size=batch_size) - constant


def log_weights(
    model: LatentVariableModel, x: Tensor, mu: Tensor, log_var: Tensor, eps: Tensor
) -> Tensor:
    """log p(x, z) − log q(z given x) without the likelihood's constant: eps (k, B, d) -> (k, B)."""
    z = reparameterise(mu, log_var, eps)  # (k, B, d)
    # log N(z; 0, I) − log N(z; μ, σ²): both carry (d/2) log 2π, which cancels.
    log_ratio = 0.5 * (eps.square() + log_var - z.square()).sum(2)
    repeated = x.expand(len(eps), *x.shape).flatten(0, 1)  # (k B, *)
    term = model.reconstruction_term(repeated, model.decode_raw(z.flatten(0, 1)))
    return log_ratio - term.reshape(len(eps), len(x))


def bernoulli_floor(x: Tensor) -> Tensor:
    """Σ −x log x − (1 − x) log(1 − x): (B, *) -> (B,) in nats.

    The cross-entropy of grey pixels with themselves, below which no reconstruction can score;
    0 for binary pixels.
    """
    if not x.numel():
        raise InvalidInput(f"expected at least one sample (B, ...), got shape {tuple(x.shape)}")
    if not (float(x.min()) >= 0 and float(x.max()) <= 1):
        raise InvalidInput(
            "bernoulli_floor needs values in [0, 1], "
            f"got {float(x.min()):g} to {float(x.max()):g}; rescale the data first"
        )
    entropy: Tensor = torch.special.entr(x) + torch.special.entr(1 - x)
    return entropy.flatten(1).sum(1)


def _posterior(model: LatentVariableModel, x: Tensor, batch_size: int) -> tuple[Tensor, Tensor]:
    both = in_batches(lambda batch: torch.cat(model.posterior(batch), 1), x, batch_size=batch_size)
    mu, log_var = both.chunk(2, 1)
    return mu, log_var


def _noise(like: Tensor, generator: torch.Generator, *leading: int) -> Tensor:
    # Drawn where the generator lives: the same numbers whatever device the model is on.
    shape = (*leading, *like.shape)
    eps = torch.randn(shape, generator=generator, device=generator.device, dtype=like.dtype)
    return eps.to(like)


def _check_samples(samples: int) -> None:
    if samples < 1:
        raise InvalidInput(f"samples must be at least 1, got {samples}")
