"""−ELBO and importance weighting against closed forms, torch.distributions and quadrature."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch import Tensor, distributions
from torch.nn import functional as F

from ae_core import metrics
from ae_core.errors import InvalidInput
from ae_core.losses import RECONSTRUCTIONS
from ae_core.metrics.likelihood import log_weights
from ae_core.variants import build
from tests.core.draws import normal, rng, uniform


class LinearModel:
    """p(x given z) around W z + b; q(z given x) = N(A x + m, s²): anything but the posterior."""

    def __init__(self, reconstruction: str, values: int, latent_dim: int, s: float = 0.8) -> None:
        self.config: Any = SimpleNamespace(reconstruction=reconstruction)
        self.w, self.b = normal(values, latent_dim), 0.3 * normal(values, seed=1)
        self.a = 0.3 * normal(latent_dim, values, seed=2)
        self.m, self.log_var = torch.tensor(0.2), 2 * math.log(s)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu = x @ self.a.t() + self.m
        return mu, torch.full_like(mu, self.log_var)

    def decode_raw(self, z: Tensor) -> Tensor:
        return z @ self.w.t() + self.b

    def reconstruction_term(self, x: Tensor, raw: Tensor) -> Tensor:
        return RECONSTRUCTIONS[self.config.reconstruction](x, raw)

    def density(self, z: Tensor) -> distributions.Distribution:
        """p(x given z), as torch.distributions has it."""
        raw = self.decode_raw(z)
        if self.config.reconstruction == "squared":
            return distributions.Independent(distributions.Normal(raw, math.sqrt(0.5)), 1)
        if self.config.reconstruction == "absolute":
            return distributions.Independent(distributions.Laplace(raw, 1.0), 1)
        return distributions.Independent(distributions.Bernoulli(logits=raw), 1)

    def marginal(self) -> distributions.MultivariateNormal:
        """p(x) of the Gaussian model: N(b, W Wᵀ + I / 2)."""
        cov = self.w @ self.w.t() + 0.5 * torch.eye(len(self.b), dtype=torch.float64)
        return distributions.MultivariateNormal(self.b, cov)

    def kl_to_true_posterior(self, x: Tensor) -> Tensor:
        precision = torch.eye(self.w.shape[1], dtype=torch.float64) + 2 * self.w.t() @ self.w
        mean = torch.linalg.solve(precision, 2 * self.w.t() @ (x - self.b).t()).t()
        mu, log_var = self.posterior(x)
        q = distributions.MultivariateNormal(mu, torch.diag_embed(log_var.exp()))
        p = distributions.MultivariateNormal(mean, precision_matrix=precision)
        return distributions.kl_divergence(q, p)


def test_negative_elbo_is_minus_log_p_plus_the_gap_to_the_posterior() -> None:
    model = LinearModel("squared", values=5, latent_dim=2)
    x = 1.5 * normal(4, 5, seed=7)
    elbo = metrics.negative_elbo(model, x, rng(), samples=20_000)
    expected = -model.marginal().log_prob(x) + model.kl_to_true_posterior(x)
    torch.testing.assert_close(elbo.total, expected, rtol=0, atol=0.4)
    # What is left over is Monte Carlo: the exact E_q ‖x − Wz − b‖² settles it to float precision.
    mu, log_var = model.posterior(x)
    spread = (log_var.exp() @ model.w.square().sum(0)[:, None])[:, 0]
    exact = (x - model.decode_raw(mu)).square().sum(1) + spread
    torch.testing.assert_close(exact + elbo.constant + elbo.kl, expected)
    torch.testing.assert_close(elbo.reconstruction, exact, rtol=0.02, atol=0)


def test_kl_at_sigma_2_equals_torch_distributions() -> None:
    model = LinearModel("squared", values=4, latent_dim=3, s=2.0)
    x = normal(6, 4, seed=3)
    mu, log_var = model.posterior(x)
    q = distributions.Normal(mu, (log_var / 2).exp())
    expected = distributions.kl_divergence(q, distributions.Normal(0.0, 1.0)).sum(1)
    assert float(mu.abs().min()) > 0
    torch.testing.assert_close(metrics.negative_elbo(model, x, rng()).kl, expected)


@pytest.mark.parametrize("reconstruction", sorted(RECONSTRUCTIONS))
def test_objective_and_likelihood_differ_by_the_constant_alone(reconstruction: str) -> None:
    model = LinearModel(reconstruction, values=5, latent_dim=2)
    x = (normal(6, 5, seed=4) > 0).double()
    z = normal(6, 2, seed=5)
    lacking = metrics.likelihood_constant(model, x)
    term = model.reconstruction_term(x, model.decode_raw(z))
    torch.testing.assert_close(term + lacking, -model.density(z).log_prob(x))
    elbo = metrics.negative_elbo(model, x, rng())
    assert elbo.constant == lacking
    torch.testing.assert_close(
        elbo.total - elbo.kl - elbo.reconstruction, torch.full((6,), lacking).double()
    )


@pytest.mark.parametrize("reconstruction", sorted(RECONSTRUCTIONS))
def test_log_weights_equal_torch_distributions(reconstruction: str) -> None:
    model = LinearModel(reconstruction, values=5, latent_dim=2, s=2.0)
    x, eps = (normal(6, 5, seed=4) > 0).double(), normal(3, 6, 2, seed=6)
    mu, log_var = model.posterior(x)
    sigma = (log_var / 2).exp()
    z = mu + sigma * eps
    log_p = model.density(z).log_prob(x) + distributions.Normal(0.0, 1.0).log_prob(z).sum(2)
    log_q = distributions.Normal(mu, sigma).log_prob(z).sum(2)
    found = log_weights(model, x, mu, log_var, eps) - metrics.likelihood_constant(model, x)
    torch.testing.assert_close(found, log_p - log_q)


def test_importance_weighting_converges_to_the_gaussian_marginal_from_below() -> None:
    model = LinearModel("squared", values=5, latent_dim=2)
    x = 1.5 * normal(64, 5, seed=7)
    truth = model.marginal().log_prob(x)

    def gap(samples: int) -> Tensor:
        bound = metrics.importance_weighted_log_likelihood(model, x, samples, rng(), chunk=500)
        return truth - bound

    few, some, many = (float(gap(k).mean()) for k in (1, 10, 200))
    assert few > some > many > -0.05
    elbo = metrics.negative_elbo(model, x, rng(), samples=500)
    assert few == pytest.approx(float((elbo.total + truth).mean()), rel=0.3)  # k = 1 is the ELBO
    close = model.marginal().log_prob(x[:6]) - metrics.importance_weighted_log_likelihood(
        model, x[:6], 20_000, rng(1), chunk=5000
    )
    torch.testing.assert_close(close, torch.zeros_like(close), rtol=0, atol=0.1)


@pytest.mark.parametrize("reconstruction", sorted(RECONSTRUCTIONS))
def test_importance_weighting_converges_to_quadrature(reconstruction: str) -> None:
    model = LinearModel(reconstruction, values=3, latent_dim=1, s=1.2)
    x = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]], dtype=torch.float64)

    def joint(z: float, sample: Tensor) -> float:
        code = torch.tensor([[z]], dtype=torch.float64)
        return float(model.density(code).log_prob(sample).exp()) * stats.norm.pdf(z)

    expected = [math.log(integrate.quad(joint, -9, 9, args=(sample,))[0]) for sample in x]
    found = metrics.importance_weighted_log_likelihood(model, x, 20_000, rng(), chunk=10_000)
    np.testing.assert_allclose(found.numpy(), expected, atol=0.02)


def test_likelihoods_do_not_depend_on_how_the_work_is_cut() -> None:
    model = build("variational", (1, 6, 6), seed=1, latent_dim=3, hidden_sizes=(12,), beta=4.0)
    x = uniform(10, 1, 6, 6)
    whole = metrics.negative_elbo(model, x, rng(3), samples=3)
    cut = metrics.negative_elbo(model, x, rng(3), samples=3, batch_size=4)
    torch.testing.assert_close(whole.total, cut.total)
    assert not whole.total.requires_grad
    assert not torch.equal(whole.total, metrics.negative_elbo(model, x, rng(4), samples=3).total)
    iw = [
        metrics.importance_weighted_log_likelihood(model, x, 30, rng(3), chunk=chunk)
        for chunk in (7, 1000)
    ]
    torch.testing.assert_close(iw[0], iw[1])
    settled = metrics.negative_elbo(model, x, rng(3), samples=500).total.mean()
    assert float(iw[0].mean()) > -float(settled)
    for call in (
        lambda: metrics.negative_elbo(model, x, rng(), samples=0),
        lambda: metrics.importance_weighted_log_likelihood(model, x, 0, rng()),
    ):
        with pytest.raises(InvalidInput, match="samples must be at least 1, got 0"):
            call()


@pytest.mark.parametrize("reconstruction", sorted(RECONSTRUCTIONS))
def test_negative_elbo_without_the_constant_is_the_objective_at_beta_1(reconstruction: str) -> None:
    model = build(
        "variational", (8,), seed=1, latent_dim=2, hidden_sizes=(6,), reconstruction=reconstruction
    )
    x = uniform(4000, 8)
    elbo = metrics.negative_elbo(model, x, rng())
    objective = model.objective(x, rng(1))
    assert float(elbo.kl.mean()) == pytest.approx(float(objective.penalty.detach()), rel=1e-5)
    assert float(elbo.reconstruction.mean()) == pytest.approx(
        float(objective.reconstruction.detach()), rel=0.02
    )


def test_bernoulli_floor_is_the_least_cross_entropy() -> None:
    x = uniform(5, 1, 4, 4)
    expected = distributions.Bernoulli(probs=x).entropy().flatten(1).sum(1)
    torch.testing.assert_close(metrics.bernoulli_floor(x), expected)
    torch.testing.assert_close(
        metrics.bernoulli_floor(x),
        F.binary_cross_entropy(x, x, reduction="none").flatten(1).sum(1),
    )
    assert float(metrics.bernoulli_floor((x > 0.5).float()).max()) == 0
    with pytest.raises(InvalidInput, match=r"values in \[0, 1\], got -1 to"):
        metrics.bernoulli_floor(torch.tensor([[0.5, -1.0]]))
