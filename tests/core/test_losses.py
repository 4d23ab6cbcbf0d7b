"""Every term against an independent source, at points where the usual wrong formulas disagree."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Laplace, Normal, kl_divergence

from ae_core import build, losses

F64 = {"dtype": torch.float64}


@pytest.fixture
def pair(seeded):
    x = torch.rand(4, 2, 3, generator=seeded(1), **F64)
    return x, torch.randn(4, 2, 3, generator=seeded(2), **F64) * 3


def identity(variant, d=3, **settings):
    """Encoder and decoder are the identity map of R^d: every term can be done by hand."""
    model = build(variant, (d,), latent_dim=d, linear=True, **settings).double()
    with torch.no_grad():
        for stack in (model.encoder, model.decoder):
            stack.layers[0].weight.copy_(torch.eye(d))
    return model


def test_reconstructions_by_hand():
    x = torch.tensor([[0.0, 1.0, 0.5], [1.0, 1.0, 1.0]], **F64)
    y = torch.tensor([[2.0, -1.0, 0.0], [1.0, 1.0, 4.0]], **F64)
    assert losses.squared(x, y).tolist() == [4 + 4 + 0.25, 9.0]
    assert losses.absolute(x, y).tolist() == [2 + 2 + 0.5, 3.0]
    nll = [
        sum(math.log1p(math.exp(b)) - a * b for a, b in zip(*rows, strict=True))
        for rows in zip(x.tolist(), y.tolist(), strict=True)
    ]
    torch.testing.assert_close(losses.bernoulli(x, y), torch.tensor(nll, **F64))


def test_reconstructions_against_torch(pair):
    x, y = pair
    expected = {
        "squared": ((x - y) ** 2).sum((1, 2)),
        "absolute": torch.cdist(x.flatten(1)[:, None], y.flatten(1)[:, None], p=1)[:, 0, 0],
        "bernoulli": nn.functional.binary_cross_entropy(
            torch.sigmoid(y), x, reduction="none"
        ).sum((1, 2)),
    }  # fmt: skip
    for name, term in losses.RECONSTRUCTIONS.items():
        torch.testing.assert_close(term(x, y), expected[name])


def test_likelihoods_behind_the_terms(pair):
    """squared is −log N(g, I/2), absolute −log Laplace(g, 1), both without constants."""
    x, y = pair
    normal = Normal(y, math.sqrt(0.5)).log_prob(x).sum((1, 2)) + 3 * math.log(math.pi)
    laplace = Laplace(y, 1.0).log_prob(x).sum((1, 2)) + 6 * math.log(2)
    bernoulli = Bernoulli(logits=y, validate_args=False).log_prob(x).sum((1, 2))
    torch.testing.assert_close(losses.squared(x, y), -normal)
    torch.testing.assert_close(losses.absolute(x, y), -laplace)
    torch.testing.assert_close(losses.bernoulli(x, y), -bernoulli)


def test_terms_sum_over_pixels(pair):
    """Twice the pixels, twice the term; an average over pixels would not move."""
    x, y = pair
    for term in losses.RECONSTRUCTIONS.values():
        doubled = term(torch.cat([x, x], 2), torch.cat([y, y], 2))
        torch.testing.assert_close(doubled, 2 * term(x, y))


def test_terms_sum_over_code_units(seeded):
    z = torch.randn(4, 3, generator=seeded(0), **F64)
    torch.testing.assert_close(losses.l1(torch.cat([z, z], 1)), 2 * losses.l1(z))
    torch.testing.assert_close(
        losses.gaussian_kl(torch.cat([z, z], 1), torch.cat([z, z], 1)), 2 * losses.gaussian_kl(z, z)
    )
    rho_hat = torch.tensor([0.2, 0.7], **F64)
    torch.testing.assert_close(
        losses.bernoulli_kl(0.1, rho_hat.repeat(2)), 2 * losses.bernoulli_kl(0.1, rho_hat)
    )


def test_bernoulli_logits_far_out_stay_finite():
    x = torch.tensor([[0.0, 1.0]])
    logits = torch.tensor([[300.0, -300.0]], requires_grad=True)
    term = losses.bernoulli(x, logits)
    assert term.tolist() == [600.0]
    assert torch.autograd.grad(term.sum(), logits)[0].tolist() == [[1.0, -1.0]]


@pytest.mark.parametrize("mu", [-1.5, 0.0, 2.0])
@pytest.mark.parametrize("sigma", [0.1, 1.0, 2.0])
def test_gaussian_kl_against_distributions(mu, sigma):
    means = torch.tensor([[mu, 0.5], [1.0, mu]], **F64)
    stds = torch.tensor([[sigma, 3.0], [0.7, sigma]], **F64)
    expected = kl_divergence(Normal(means, stds), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(losses.gaussian_kl(means, 2 * stds.log()), expected)


def test_gaussian_kl_by_hand():
    """μ = 1, σ = 2: ½ (1 + 4 − 1 − ln 4) = 2 − ln 2 nats."""
    kl = losses.gaussian_kl(torch.ones(1, 1, **F64), torch.full((1, 1), math.log(4), **F64))
    assert kl.item() == pytest.approx(2 - math.log(2), abs=1e-14)


@pytest.mark.parametrize(
    ("rho", "rho_hat"), [(r, h) for r in (0.05, 0.3, 0.9) for h in (0.01, 0.3, 0.8)]
)
def test_bernoulli_kl_against_distributions(rho, rho_hat):
    means = torch.tensor([rho_hat, 0.6, 0.02], **F64)
    expected = kl_divergence(Bernoulli(torch.full_like(means, rho)), Bernoulli(means)).sum()
    torch.testing.assert_close(losses.bernoulli_kl(rho, means), expected)


@pytest.mark.parametrize("exponent", [-5, -8, -20])
def test_a_dying_unit_is_still_called_back(exponent):
    """KL(ρ ‖ ρ̂) goes on rising, and pulling, long before float32 ends."""
    rho_hat = torch.tensor([10.0**exponent], requires_grad=True)
    kl = losses.bernoulli_kl(0.05, rho_hat)
    off = 0.95 * math.log(0.95)
    assert kl.item() == pytest.approx(0.05 * math.log(0.05 / 10.0**exponent) + off, rel=1e-4)
    pull = torch.autograd.grad(kl, rho_hat)[0].item()
    assert pull == pytest.approx(-0.05 / 10.0**exponent, rel=1e-2)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_saturated_unit_has_a_finite_term_and_gradient(value):
    rho_hat = torch.tensor([value], requires_grad=True)
    kl = losses.bernoulli_kl(0.05, rho_hat)
    assert kl.isfinite()
    assert torch.autograd.grad(kl, rho_hat)[0].isfinite().all()


def test_reparameterise_by_hand(seeded):
    """σ = 2: exp(log_var), exp(2 log_var) and log_var itself all give something else."""
    mu, log_var = torch.tensor([[3.0]], **F64), torch.tensor([[math.log(4)]], **F64)
    z = losses.reparameterise(mu, log_var, torch.tensor([[-1.5]], **F64))
    assert z.item() == pytest.approx(3 + 2 * -1.5)
    eps = torch.randn(200_000, 1, generator=seeded(3), **F64)
    z = losses.reparameterise(mu, log_var, eps)
    assert z.mean().item() == pytest.approx(3, abs=0.02)
    assert z.std().item() == pytest.approx(2, abs=0.02)


def test_terms_pass_gradcheck(pair):
    x, y = pair
    y.requires_grad_()
    for term in losses.RECONSTRUCTIONS.values():
        assert torch.autograd.gradcheck(lambda v, term=term: term(x, v), (y,))
    mu = torch.tensor([[0.5, -2.0]], requires_grad=True, **F64)
    log_var = torch.tensor([[1.4, -0.3]], requires_grad=True, **F64)
    assert torch.autograd.gradcheck(losses.gaussian_kl, (mu, log_var))
    assert torch.autograd.gradcheck(losses.reparameterise, (mu, log_var, mu.detach() + 1))
    means = torch.tensor([0.1, 0.6], requires_grad=True, **F64)
    assert torch.autograd.gradcheck(lambda r: losses.bernoulli_kl(0.05, r), (means,))


def test_identity_network_by_hand():
    """x̂ = x and z = x, so each penalty stands alone with its known value."""
    x = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 0.0]], **F64)
    plain = identity("undercomplete").objective(x)
    assert (plain.reconstruction.item(), plain.penalty.item()) == (0.0, 0.0)
    sparse = identity("sparse", lambda_=0.5).objective(x)
    assert sparse.penalty.item() == (3.5 + 3.0) / 2
    assert sparse.total.item() == 0.5 * 3.25
    contractive = identity("contractive", lambda_=2.0).objective(x)
    assert contractive.penalty.item() == 3.0  # ‖I‖²_F
    assert contractive.total.item() == 6.0


def test_identity_denoiser_pays_for_the_noise(seeded):
    """x̂ = x_tilde: the term is ‖noise‖² when compared with the clean x, 0 with the noisy one."""
    x = torch.rand(6, 3, generator=seeded(0), **F64)
    model = identity("denoising", noise_std=0.5)
    eps = torch.randn(6, 3, generator=seeded(8), **F64)
    objective = model.objective(x, seeded(8))
    expected = (0.5 * eps).square().sum(1).mean()
    torch.testing.assert_close(objective.reconstruction, expected)


def test_identity_variational_pays_for_its_width(seeded):
    """μ = x, σ = 2, x̂ = z: the term is ‖2 ε‖², the KL is ½ Σ μ² + 4 − 1 − ln 4."""
    x = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 0.0]], **F64)
    model = identity("variational", beta=4.0)
    with torch.no_grad():
        model.log_var.weight.zero_()
        model.log_var.bias.fill_(math.log(4))
    objective = model.objective(x, seeded(5))
    eps = torch.randn(2, 3, generator=seeded(5), **F64)
    torch.testing.assert_close(objective.reconstruction, 4 * eps.square().sum(1).mean())
    kl = 0.5 * ((5.25 + 9.0) / 2 + 3 * (4 - 1 - math.log(4)))
    assert objective.penalty.item() == pytest.approx(kl)
    assert objective.total.item() == pytest.approx(objective.reconstruction.item() + 4 * kl)
