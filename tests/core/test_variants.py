"""What makes each variant itself, and what all of them are at weight 0."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.func import functional_call

from ae_core import VARIANTS, InvalidConfig, build, fit
from ae_core.corruption import CORRUPTIONS, LEVEL_FIELD

AT_ZERO = [
    ("sparse", {}, {}),
    ("sparse", {"penalty": "kl"}, {"code_activation": "sigmoid"}),
    ("contractive", {}, {}),
    ("contractive", {"jacobian": "hutchinson"}, {}),
    ("denoising", {"corruption": "gaussian"}, {}),
    ("denoising", {"corruption": "salt_pepper"}, {}),
    ("denoising", {"corruption": "masking"}, {}),
    ("variational", {}, {}),
]
NETWORKS = [
    {},
    {"hidden_sizes": ()},
    {"architecture": "conv", "reconstruction": "bernoulli"},
    {"tied": True, "reconstruction": "absolute", "activation": "tanh"},
    {"linear": True},
]


def weights(model):
    """Everything that the undercomplete autoencoder has too."""
    return {k: v for k, v in model.state_dict().items() if not k.startswith("log_var")}


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize(("key", "kind", "shared"), AT_ZERO, ids=str)
def test_weight_zero_is_the_undercomplete_autoencoder_bit_for_bit(
    key, kind, shared, network, digits, small, knob
):
    if kind.get("penalty") == "kl" and network.get("linear"):
        pytest.skip("a KL code is a sigmoid")
    name = build(key, (4,), **kind).config.weight_field
    plain = small("undercomplete", seed=3, **network, **shared)
    other = small(key, seed=3, **network, **kind, **{name: 0.0})
    run = {"epochs": 2, "seed": 11, "batch_size": 64, "patience": 3, "device": "cpu"}
    histories = [[(r.train.total, r.valid.total) for r in fit(m, digits, **run)]
                 for m in (plain, other)]  # fmt: skip
    assert histories[0] == histories[1]
    a, b = weights(plain), weights(other)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[k], b[k]) for k in a)
    start = weights(small("undercomplete", seed=3, **network, **shared))
    assert not any(torch.equal(a[k], start[k]) for k in a)  # and they were trained


def test_weight_zero_survives_pretraining(digits, small):
    run = {"epochs": 1, "seed": 1, "pretrain_epochs": 1, "batch_size": 64, "device": "cpu"}
    models = [small(v, **k) for v, k in [
        ("undercomplete", {}), ("sparse", {"lambda_": 0}), ("contractive", {"lambda_": 0}),
        ("denoising", {"noise_std": 0}), ("variational", {"beta": 0}),
    ]]  # fmt: skip
    for model in models:
        list(fit(model, digits, **run))
    for other in models[1:]:
        a, b = weights(models[0]), weights(other)
        assert all(torch.equal(a[k], b[k]) for k in a), other.name


def test_a_weight_above_zero_changes_the_result(digits, small, knob):
    for variant, cls in VARIANTS.items():
        if cls.Config().weight_field is None:
            continue
        run = {"epochs": 1, "seed": 1, "batch_size": 64, "device": "cpu"}
        models = [small(variant, **knob(variant, w)) for w in (0.0, 0.3)]
        for model in models:
            list(fit(model, digits, **run))
        assert not torch.equal(
            models[0].encoder.layers[0].weight, models[1].encoder.layers[0].weight
        )


def test_sparse_l1(images, small):
    model = small("sparse", lambda_=0.3).double()
    z = model.encode(images)
    objective = model.objective(images)
    torch.testing.assert_close(objective.penalty, torch.linalg.vector_norm(z, 1, 1).mean())
    assert objective.weight == 0.3


def test_sparse_kl_against_distributions(images, small):
    """ρ is the target and comes first; ρ̂_j is the batch mean of one unit."""
    model = small("sparse", penalty="kl", rho=0.2).double()
    z = model.encode(images)
    assert 0 < z.min() < z.max() < 1
    rho_hat = z.mean(0)
    target = Bernoulli(torch.full_like(rho_hat, 0.2))
    expected = kl_divergence(target, Bernoulli(rho_hat)).sum()
    wrong_order = kl_divergence(Bernoulli(rho_hat), target).sum()
    torch.testing.assert_close(model.objective(images).penalty, expected)
    assert not torch.isclose(expected, wrong_order, rtol=1e-2)


@pytest.mark.parametrize("corruption", CORRUPTIONS)
@pytest.mark.parametrize("clip", [False, True])
def test_denoising_sees_damage_and_answers_with_the_clean_image(
    corruption, clip, images, small, seeded
):
    level = {LEVEL_FIELD[corruption]: 0.4}
    model = small("denoising", corruption=corruption, clip=clip, **level).double()
    x_tilde = model.corrupt(images, seeded(2))
    direct = CORRUPTIONS[corruption](images, 0.4, seeded(2))
    assert torch.equal(x_tilde, direct.clamp(0, 1) if clip else direct)
    assert not torch.equal(x_tilde, images)
    clean = (images - model.reconstruct(x_tilde)).square().flatten(1).sum(1).mean()
    objective = model.objective(images, seeded(2))
    torch.testing.assert_close(objective.reconstruction, clean)
    noisy_target = (x_tilde - model.reconstruct(x_tilde)).square().flatten(1).sum(1).mean()
    no_noise = (images - model.reconstruct(images)).square().flatten(1).sum(1).mean()
    for wrong in (noisy_target, no_noise):
        assert not torch.isclose(objective.reconstruction, wrong, rtol=1e-5)
    assert objective.penalty.item() == 0


def test_denoising_draws_new_noise_for_every_batch(images, small):
    model = small("denoising").double()
    generator = torch.Generator().manual_seed(0)
    first, second = (model.corrupt(images, generator) for _ in range(2))
    assert not torch.equal(first, second)


def test_variational_has_two_heads(images, small):
    model = small("variational").double()
    mu, log_var = model.posterior(images)
    assert mu.shape == log_var.shape == (12, 3)
    assert not torch.allclose(mu, log_var)
    assert torch.equal(mu, model.encode(images))
    with torch.no_grad():
        model.log_var.weight.add_(1)
    moved = model.posterior(images)
    assert torch.equal(moved[0], mu)
    assert not torch.allclose(moved[1], log_var)


@pytest.mark.parametrize("reconstruction", ["squared", "absolute", "bernoulli"])
def test_variational_objective_with_the_generators_own_noise(reconstruction, images, small, seeded):
    model = small("variational", beta=3.0, reconstruction=reconstruction).double()
    with torch.no_grad():
        model.log_var.bias.fill_(math.log(4))  # σ near 2
    mu, log_var = model.posterior(images)
    std = torch.sqrt(torch.exp(log_var))
    eps = torch.randn(12, 3, generator=seeded(9), dtype=torch.float64)
    x_hat = model.decode(mu + std * eps)
    if reconstruction == "bernoulli":
        each = torch.nn.functional.binary_cross_entropy(x_hat, images, reduction="none")
    else:
        each = (x_hat - images).abs() if reconstruction == "absolute" else (x_hat - images) ** 2
    objective = model.objective(images, seeded(9))
    torch.testing.assert_close(objective.reconstruction, each.flatten(1).sum(1).mean())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(Independent(Normal(mu, std), 1), Independent(prior, 1)).mean()
    torch.testing.assert_close(objective.penalty, kl)
    torch.testing.assert_close(objective.total, objective.reconstruction + 3 * kl)


def test_variational_really_samples(images, small, seeded):
    model = small("variational", beta=1.0).double()
    terms = torch.stack([model.objective(images, seeded(i)).reconstruction for i in range(30)])
    assert terms.std() > 1e-4
    with torch.no_grad():
        model.log_var.weight.zero_()
        model.log_var.bias.fill_(-200.0)  # σ = 0: nothing left to sample
    terms = torch.stack([model.objective(images, seeded(i)).reconstruction for i in range(3)])
    assert terms.std() == 0


def test_variational_noise_is_independent_per_image_and_unit(small, seeded):
    model = small("variational", beta=1.0, linear=True, latent_dim=2, hidden_sizes=()).double()
    seen = []
    model.decode_raw = lambda z, weight=None: (
        seen.append(z) or torch.zeros(len(z), 1, 8, 8).double()
    )
    x = torch.zeros(4000, 1, 8, 8, dtype=torch.float64)
    model.objective(x, seeded(0))
    mu, log_var = model.posterior(x)
    eps = (seen[0] - mu) / (log_var / 2).exp()
    covariance = torch.cov(eps.T)
    assert (covariance - torch.eye(2)).abs().max() < 0.08  # about four standard errors
    assert eps.mean(0).abs().max() < 0.07


def test_variational_gradient_reaches_both_heads_by_finite_differences(seeded):
    model = build("variational", (3,), hidden_sizes=(4,), latent_dim=2, beta=2.0).double()
    x = torch.rand(3, 3, dtype=torch.float64)

    class Total(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = model

        def forward(self):
            return self.m.objective(x, torch.Generator().manual_seed(4)).total

    names = [f"m.{n}" for n, _ in model.named_parameters()]

    def total(*values):
        return functional_call(Total(), dict(zip(names, values, strict=True)), ())

    assert torch.autograd.gradcheck(total, tuple(model.parameters()))


@pytest.mark.parametrize("key", [v for v in VARIANTS if v != "contractive"])
@pytest.mark.parametrize("reconstruction", ["squared", "absolute", "bernoulli"])
def test_objectives_pass_finite_differences(key, reconstruction, seeded):
    model = build(
        key, (4,), hidden_sizes=(3,), activation="sigmoid", reconstruction=reconstruction, seed=2
    ).double()
    x = torch.rand(3, 4, dtype=torch.float64, generator=seeded(0)).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: model.objective(v, seeded(1)).total, (x,))


def test_sample_decodes_the_prior(small, seeded):
    model = small("variational", reconstruction="bernoulli")
    drawn = model.sample(5, seeded(3))
    assert drawn.shape == (5, 1, 8, 8)
    z = torch.randn(5, 3, generator=seeded(3))
    assert torch.equal(drawn, model.decode(z))
    assert not torch.equal(drawn, model.sample(5, seeded(4)))
    assert model.sample(0, seeded(0)).shape == (0, 1, 8, 8)


def test_code_gain_widens_the_code_layers_weights_and_nothing_else():
    usual, wide = (
        build("contractive", (1, 8, 8), seed=2, latent_dim=7, code_gain=g).state_dict()
        for g in (1.0, 4.0)
    )
    code = max(k for k in usual if k.startswith("encoder") and k.endswith("weight"))
    assert torch.equal(wide.pop(code), 4 * usual.pop(code))
    assert all(torch.equal(wide[k], v) for k, v in usual.items())
    with pytest.raises(InvalidConfig, match="code_gain"):
        build("contractive", (1, 8, 8), code_gain=0.0)


@pytest.mark.parametrize("network", [{}, {"hidden_sizes": (), "tied": True}])
@pytest.mark.parametrize("lambda_", [0.1, (0.1, 1.0)], ids=["plain", "conditioned"])
def test_code_bias_moves_the_start_of_the_code_and_nothing_else(network, lambda_):
    settings = {"latent_dim": 7, "code_activation": "sigmoid", "lambda_": lambda_, **network}
    usual = build("contractive", (1, 8, 8), seed=2, **settings).state_dict()
    moved = build("contractive", (1, 8, 8), seed=2, code_bias=-4.5, **settings).state_dict()
    bias = max(k for k in usual if k.startswith("encoder") and k.endswith("bias"))
    assert torch.equal(moved.pop(bias), torch.full((7,), -4.5))
    assert torch.equal(usual.pop(bias), torch.zeros(7))
    assert all(torch.equal(moved[k], v) for k, v in usual.items())
