"""The classic mistakes, planted: hand-computed values must reject every one of them."""

import math

import pytest
import torch

from ae_core import build
from ae_core import jacobian as jacobian_module
from ae_core.variants import contractive, denoising, sparse, variational

F64 = {"dtype": torch.float64}
X = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 0.0]], **F64)


def identity(variant, **settings):
    model = build(variant, (3,), latent_dim=3, linear=True, **settings).double()
    with torch.no_grad():
        for stack in (model.encoder, model.decoder):
            stack.layers[0].weight.copy_(torch.eye(3))
    return model


def close(a, b):
    return math.isclose(float(a.detach()), b, rel_tol=1e-9)


def variational_is_right():
    """μ = x, σ = 2: KL = ½ Σ μ² + 4 − 1 − ln 4, and the term is ‖2 ε‖² for the known ε."""
    model = identity("variational", beta=3.0)
    with torch.no_grad():
        model.log_var.weight.zero_()
        model.log_var.bias.fill_(math.log(4))
    objective = model.objective(X, torch.Generator().manual_seed(1))
    eps = torch.randn(2, 3, generator=torch.Generator().manual_seed(1), **F64)
    kl = 0.5 * (14.25 / 2 + 3 * (3 - math.log(4)))
    noise = float(4 * eps.square().sum(1).mean())
    return (
        close(objective.penalty, kl)
        and close(objective.reconstruction, noise)
        and close(objective.total, noise + 3 * kl)
    )


def sparse_is_right():
    """‖z‖₁ = (3.5 + 3) / 2; and KL(0.2 ‖ ½) for a code of zero weights."""
    kl_model = build("sparse", (3,), hidden_sizes=(), latent_dim=3, penalty="kl", rho=0.2).double()
    with torch.no_grad():
        kl_model.encoder.layers[0].weight.zero_()
        kl_model.encoder.layers[0].bias.fill_(math.log(1 / 3))  # sigmoid = ¼
    kl = 3 * (0.2 * math.log(0.2 / 0.25) + 0.8 * math.log(0.8 / 0.75))
    return close(identity("sparse").objective(X).penalty, 3.25) and close(
        kl_model.objective(X).penalty, kl
    )


def contractive_is_right():
    """‖diag(1, 2, 3)‖²_F = 14, and its derivative in W is 2 W."""
    model = identity("contractive")
    w = model.encoder.layers[0].weight
    with torch.no_grad():
        w.copy_(torch.diag(torch.tensor([1.0, 2.0, 3.0])))
    penalty = model.objective(X).penalty
    if not penalty.requires_grad:
        return False
    gradient = torch.autograd.grad(penalty, w)[0]
    return close(penalty, 14.0) and torch.allclose(gradient, 2 * w.detach())


def denoising_is_right():
    """x̂ = x_tilde, so against the clean x the term is ‖σ ε‖²."""
    objective = identity("denoising", noise_std=0.5).objective(X, torch.Generator().manual_seed(2))
    eps = torch.randn(2, 3, generator=torch.Generator().manual_seed(2), **F64)
    return close(objective.reconstruction, float((0.5 * eps).square().sum(1).mean()))


MISTAKES = {
    "no ½ in the KL": (variational_is_right, variational, "gaussian_kl",
        lambda f: lambda mu, lv: 2 * f(mu, lv)),
    "no square on μ": (variational_is_right, variational, "gaussian_kl",
        lambda f: lambda mu, lv: 0.5 * (mu.abs() + lv.exp() - 1 - lv).sum(1)),
    "mean over the code": (variational_is_right, variational, "gaussian_kl",
        lambda f: lambda mu, lv: f(mu, lv) / mu.shape[1]),
    "log_var taken for log σ": (variational_is_right, variational, "gaussian_kl",
        lambda f: lambda mu, lv: f(mu, 2 * lv)),
    "σ² in place of σ": (variational_is_right, variational, "reparameterise",
        lambda f: lambda mu, lv, eps: mu + lv.exp() * eps),
    "log σ² in place of σ": (variational_is_right, variational, "reparameterise",
        lambda f: lambda mu, lv, eps: mu + lv * eps),
    "never samples": (variational_is_right, variational, "reparameterise",
        lambda f: lambda mu, lv, eps: mu),
    "shared heads": (variational_is_right, variational.Variational, "posterior",
        lambda f: lambda self, x, weight=None: (f(self, x, weight)[0],) * 2),
    "ρ and ρ̂ exchanged": (sparse_is_right, sparse, "bernoulli_kl",
        lambda f: lambda rho, r: sum(f(r_j.item(), torch.full_like(r_j, rho)[None]) for r_j in r)),
    "only one half of the KL": (sparse_is_right, sparse, "bernoulli_kl",
        lambda f: lambda rho, r: (rho * (rho / r).log()).sum()),
    "mean over the units": (sparse_is_right, sparse, "l1", lambda f: lambda z: z.abs().mean(1)),
    "squares for magnitudes": (sparse_is_right, sparse, "l1",
        lambda f: lambda z: z.square().sum(1)),
    "norm not squared": (contractive_is_right, contractive, "squared_jacobian_norm",
        lambda f: lambda *a: f(*a).sqrt()),
    "frozen weights": (contractive_is_right, jacobian_module, "_row_norms",
        lambda f: lambda *a: f(*a).detach()),
    "corrupted target": (denoising_is_right, denoising.Denoising, "reconstruction_term",
        lambda f: lambda self, x, raw: f(self, raw, raw)),
    "no noise": (denoising_is_right, denoising.Denoising, "corrupt",
        lambda f: lambda self, x, generator=None, weight=None: x),
    "stray ½": (denoising_is_right, denoising.Denoising, "reconstruction_term",
        lambda f: lambda self, x, raw: 0.5 * f(self, x, raw)),
    "mean over the pixels": (denoising_is_right, denoising.Denoising, "reconstruction_term",
        lambda f: lambda self, x, raw: f(self, x, raw) / 3),
}  # fmt: skip


@pytest.mark.parametrize(("oracle", "where", "name", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_a_planted_mistake_is_seen(oracle, where, name, wrong, monkeypatch):
    assert oracle()
    monkeypatch.setattr(where, name, wrong(getattr(where, name)))
    assert not oracle()
