"""The contractive penalty against automatic differentiation: value and every gradient."""

import pytest
import torch
from torch.func import functional_call, jacrev, vmap

from ae_core import build
from ae_core.jacobian import probed_jacobian_norm, squared_jacobian_norm, squared_product

ACTIVATIONS = ["silu", "relu", "tanh", "sigmoid"]
NETWORKS = {
    "one layer": {"hidden_sizes": ()},
    "two layers": {"hidden_sizes": (11,)},
    "two layers, wide code": {"hidden_sizes": (6,), "latent_dim": 24},
    "three layers": {"hidden_sizes": (13, 9)},
    "three layers, wide code": {"hidden_sizes": (10, 9), "latent_dim": 24},
    "conv": {"architecture": "conv", "hidden_sizes": (3,)},
    "deep conv": {"architecture": "conv", "hidden_sizes": (3, 4), "latent_dim": 5},
    "maps": {"architecture": "fully_conv", "hidden_sizes": (3,), "latent_dim": 8},
    "one layer of maps": {"architecture": "fully_conv", "hidden_sizes": (), "latent_dim": 32},
    "residual": {"architecture": "conv", "hidden_sizes": (3,), "residual_layers": 2},
    "residual code": {
        "architecture": "fully_conv",
        "hidden_sizes": (3,),
        "residual_layers": 2,
        "latent_dim": 8,
        "code_activation": "silu",
    },
    "tied": {"hidden_sizes": (12,), "tied": True},
}
networks = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def contractive(seed=3, **settings):
    model = build("contractive", (1, 8, 8), seed=seed, **settings).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():  # biases and gates start at 0, where mistakes can hide
        for p in model.parameters():
            p += 0.2 * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return model


def reference(model, x, weight=None):
    """‖∂f/∂x‖²_F by automatic differentiation, and its gradient in every parameter."""
    parameters = {k: v.detach().clone().requires_grad_() for k, v in model.named_parameters()}

    class Encode(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, sample):
            return self.model.encode(sample[None], weight)[0]

    own = {f"model.{k}": v for k, v in parameters.items()}
    jacobians = vmap(jacrev(lambda sample: functional_call(Encode(), own, (sample,))))(x)
    value = jacobians.flatten(1).square().sum(1).mean()
    return value, torch.autograd.grad(value, list(parameters.values()), allow_unused=True)


def assert_equal_to_autograd(model, x, weight=None):
    penalty = model.objective(x, None, weight).penalty
    gradients = torch.autograd.grad(penalty, list(model.parameters()), allow_unused=True)
    value, expected = reference(model, x, weight)
    torch.testing.assert_close(penalty, value, rtol=1e-10, atol=0)
    reached = 0
    for (name, p), g, e in zip(model.named_parameters(), gradients, expected, strict=True):
        zero = torch.zeros_like(p)
        g, e = (zero if t is None else t for t in (g, e))
        torch.testing.assert_close(g, e, rtol=1e-8, atol=1e-10, msg=lambda m, n=name: f"{n}: {m}")
        reached += int(e.abs().sum() > 0) if name.endswith("weight") else 0
    assert reached == len(model.encoder.layers)  # the penalty pulls on every encoder matrix


@networks
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("code_activation", ["linear", "sigmoid"])
def test_value_and_gradients_equal_autograd(network, activation, code_activation, images):
    settings = {"latent_dim": 2, **network, "code_activation": code_activation}
    assert_equal_to_autograd(contractive(activation=activation, **settings), images[:5])


@networks
@pytest.mark.parametrize("weight", [0.1, 0.6, 10.0])
def test_conditioned_networks_too(network, weight, images):
    settings = {"latent_dim": 2, "activation": "tanh", **network}
    model = contractive(lambda_=(0.1, 10.0), **settings)
    assert_equal_to_autograd(model, images[:5], weight)


@networks
def test_each_route_gives_the_same_whatever_the_batch(network, images, monkeypatch):
    """One image, or many: the cost rule picks another route, the answer stays."""
    model = contractive(**{"latent_dim": 2, **network})
    with torch.no_grad():
        many = model.objective(images.repeat(30, 1, 1, 1)).penalty
        each = torch.stack([model.objective(x[None]).penalty for x in images]).mean()
    torch.testing.assert_close(many, each)


def test_every_route_is_taken(images, monkeypatch):
    """Closed form, Hadamard, product, Gram and convolution: none of the five is dead code here."""
    from ae_core import jacobian as module

    taken = set()
    for name in ("_gram", "squared_product", "_triangle"):
        original = getattr(module, name)

        def spy(*args, _name=name, _original=original):
            taken.add(_name)
            return _original(*args)

        monkeypatch.setattr(module, name, spy)

    def route(n, **settings):
        taken.clear()
        assert_equal_to_autograd(contractive(**settings), images.repeat(8, 1, 1, 1)[:n])
        return frozenset(taken)

    assert route(3, hidden_sizes=()) == frozenset()
    assert route(64, hidden_sizes=(8,), latent_dim=6) == {"_gram"}
    assert route(2, hidden_sizes=(20, 9), latent_dim=2) == {"squared_product"}
    assert route(64, hidden_sizes=(9, 7), latent_dim=24) == {"squared_product", "_triangle"}
    assert route(2, architecture="conv", hidden_sizes=(3,)) == frozenset()


@pytest.mark.parametrize(("rows", "n", "m"), [(3, 5, 7), (40, 6, 9)])
def test_squared_product_by_either_route_passes_gradgradcheck(rows, n, m, seeded):
    kind = {"dtype": torch.float64, "generator": seeded(0), "requires_grad": True}
    c, w = torch.randn(rows, n, **kind), torch.randn(n, m, **kind)
    assert torch.autograd.gradcheck(squared_product, (c, w))
    assert torch.autograd.gradgradcheck(squared_product, (c, w), fast_mode=True)


@networks
def test_finite_differences(network, images):
    """Central differences of f over every pixel: the value needs no automatic derivative."""
    model, x, h = contractive(activation="silu", **{"latent_dim": 2, **network}), images[:2], 1e-5
    with torch.no_grad():
        steps = h * torch.eye(64, dtype=x.dtype).reshape(64, 1, 8, 8)
        columns = [(model.encode(x + s) - model.encode(x - s)) / (2 * h) for s in steps]
        expected = torch.stack(columns).square().sum((0, 2)).mean()
        torch.testing.assert_close(model.objective(x).penalty, expected, rtol=1e-7, atol=0)


def test_works_without_gradients(images):
    model = contractive(hidden_sizes=(7,))
    with_gradient = model.objective(images).penalty
    with torch.no_grad():
        assert torch.equal(model.objective(images).penalty, with_gradient)
    with torch.inference_mode():
        assert torch.equal(model.objective(images).penalty, with_gradient)


def test_the_objective_passes_gradcheck():
    """Total objective, x's own gradient included."""
    model = build("contractive", (4,), hidden_sizes=(3,), lambda_=0.7, activation="tanh").double()
    x = torch.rand(2, 4, dtype=torch.float64, requires_grad=True)
    weights = tuple(model.parameters())

    def total(x, *values):
        names = [f"m.{n}" for n, _ in model.named_parameters()]
        return functional_call(Objective(model), dict(zip(names, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(total, (x, *weights))


class Objective(torch.nn.Module):
    """The total as a module's forward, for functional_call."""

    def __init__(self, m):
        super().__init__()
        self.m = m

    def forward(self, x):
        return self.m.objective(x).total


@networks
def test_probes_are_unbiased(network, images, seeded):
    """The mean of many random probes lies within four standard errors of the exact value."""
    model, x = contractive(**{"latent_dim": 6, **network}), images[:4]
    with torch.no_grad():
        _, slopes = model.encoder.linearise(x)
        exact = squared_jacobian_norm(model.encoder, slopes)
        _, slopes = model.encoder.linearise(x.repeat(600, 1, 1, 1))
        draws = probed_jacobian_norm(model.encoder, slopes, 1, seeded(0)).reshape(600, 4)
    error = (draws.mean(0) - exact).abs()
    assert (error < 4 * draws.std(0) / 600**0.5).all()
    assert (draws.std(0) > 0).all()  # a probe is an estimate


def test_probes_while_training_exact_when_reported(images, seeded):
    model = contractive(hidden_sizes=(9,), latent_dim=6, jacobian="hutchinson", probes=2)
    exact = contractive(hidden_sizes=(9,), latent_dim=6).objective(images).penalty
    assert torch.equal(model.eval().objective(images).penalty, exact)
    model.train()
    first = model.objective(images, seeded(0)).penalty
    assert torch.equal(first, model.objective(images, seeded(0)).penalty)
    assert not torch.equal(first, model.objective(images, seeded(1)).penalty)
    assert not torch.isclose(first, exact, rtol=1e-6)
    spread = [
        torch.stack([model.objective(images, seeded(i)).penalty for i in range(60)]).std()
        for model.config in (model.config, _with_probes(model.config, 64))
    ]
    assert spread[1] < 0.4 * spread[0]  # 32 times the probes: √32 times calmer


def _with_probes(config, n):
    return type(config).from_mapping({**config.to_mapping(), "probes": n})


def test_probe_gradients_are_unbiased(images, seeded):
    model = contractive(hidden_sizes=(5,), latent_dim=3, jacobian="hutchinson", probes=200)
    weights = [layer.weight for layer in model.encoder.layers]
    exact = torch.autograd.grad(model.objective(images).penalty, weights)
    model.train()
    probed = torch.autograd.grad(model.objective(images, seeded(0)).penalty, weights)
    for g, e in zip(probed, exact, strict=True):
        assert torch.cosine_similarity(g.flatten(), e.flatten(), 0) > 0.99


@torch.no_grad()
def test_a_silent_start_is_flat_and_a_loaded_code_bias_is_only_a_start(small, images):
    silent = small("contractive", code_activation="sigmoid", code_bias=-6.0)
    usual = small("contractive", code_activation="sigmoid")
    flat, steep = (float(m.objective(images.float()).penalty) for m in (silent, usual))
    assert flat < 1e-3 * steep  # φ′(−6)² is 1e-4 of φ′(0)²
    usual.load_state_dict(silent.state_dict())
    assert float(usual.objective(images.float()).penalty) == flat
