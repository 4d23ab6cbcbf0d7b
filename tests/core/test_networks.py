"""Encoder and decoder builders."""

import pytest
import torch
from torch import nn

from ae_core import InvalidConfig, build
from ae_core.affine import Affine
from ae_core.chain import ACTIVATIONS
from ae_core.shapes import layer_shapes
from tests.core.stirred import stir


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_derivatives(name):
    a = torch.linspace(-6, 6, 101, dtype=torch.float64).requires_grad_()
    kinds = {
        "linear": nn.Identity(), "relu": nn.ReLU(), "tanh": nn.Tanh(), "sigmoid": nn.Sigmoid(),
        "silu": nn.SiLU(),
    }  # fmt: skip
    y = ACTIVATIONS[name].apply(a)
    torch.testing.assert_close(y, kinds[name](a))
    slope = torch.autograd.grad(kinds[name](a).sum(), a)[0]
    again, found = ACTIVATIONS[name].both(a)
    found = torch.ones_like(a) if found is None else found
    assert torch.equal(again, y)
    torch.testing.assert_close(found.detach(), slope)
    if name != "linear" and found.requires_grad:
        bend = torch.autograd.grad(found.sum(), a)[0]
        torch.testing.assert_close(ACTIVATIONS[name].curvature(a, y, found).detach(), bend)


def test_layer_shapes():
    assert layer_shapes("mlp", (1, 8, 8), (30, 20), 5) == [(64,), (30,), (20,), (5,)]
    assert layer_shapes("conv", (3, 9, 8), (4, 6), 5) == [(3, 9, 8), (4, 4, 4), (6, 2, 2), (5,)]
    assert layer_shapes("fully_conv", (3, 9, 8), (4,), 24) == [(3, 9, 8), (4, 4, 4), (6, 2, 2)]
    assert layer_shapes("fully_conv", (1, 8, 8), (), 32) == [(1, 8, 8), (2, 4, 4)]
    maps = [(1, 8, 8), *[(2, 4, 4)] * 3]
    assert layer_shapes("fully_conv", (1, 8, 8), (), 32, 2) == maps
    assert layer_shapes("conv", (1, 8, 8), (2,), 5, 2) == [*maps, (5,)]


def test_the_network_written_out_by_hand():
    """One MLP and one conv network against torch.nn with the same weights."""
    x = torch.rand(5, 1, 8, 8)
    model = stir(build("undercomplete", (1, 8, 8), hidden_sizes=(9, 7), activation="tanh"))
    linear = []
    for layer in (*model.encoder.layers, *model.decoder.layers):
        own = nn.Linear(layer.in_shape[0], layer.out_shape[0])
        own.weight, own.bias = layer.weight, layer.bias
        linear.append(own)
    a, b, c, d, e, f = linear
    encoder = nn.Sequential(nn.Flatten(), a, nn.Tanh(), b, nn.Tanh(), c)
    decoder = nn.Sequential(d, nn.Tanh(), e, nn.Tanh(), f, nn.Unflatten(1, (1, 8, 8)))
    torch.testing.assert_close(model.encode(x), encoder(x))
    torch.testing.assert_close(model.reconstruct(x), decoder(encoder(x)))

    model = stir(build("undercomplete", (1, 8, 8), architecture="conv", hidden_sizes=(3,)))
    (conv, dense), (undense, unconv) = model.encoder.layers, model.decoder.layers
    h = nn.functional.silu(nn.functional.conv2d(x, conv.weight, conv.bias, 2, 1))
    assert h.shape == (5, 3, 4, 4)
    z = nn.functional.linear(h.flatten(1), dense.weight, dense.bias)
    torch.testing.assert_close(model.encode(x), z)
    h = nn.functional.silu(nn.functional.linear(z, undense.weight, undense.bias))
    h = h.reshape(5, 3, 4, 4)
    y = nn.functional.conv_transpose2d(h, unconv.weight, unconv.bias, 2, 1)
    torch.testing.assert_close(model.decode(z), y)


def test_a_code_of_maps_written_out_by_hand():
    x = torch.rand(5, 1, 9, 8)
    settings = {"architecture": "fully_conv", "hidden_sizes": (3,), "latent_dim": 24}
    model = stir(build("undercomplete", (1, 9, 8), code_activation="tanh", **settings))
    (first, second), (back, last) = model.encoder.layers, model.decoder.layers
    h = nn.functional.silu(nn.functional.conv2d(x, first.weight, first.bias, 2, 1))
    maps = nn.functional.conv2d(h, second.weight, second.bias, 2, 1).tanh()
    assert maps.shape == (5, 6, 2, 2)
    z = model.encode(x)
    torch.testing.assert_close(z, maps.flatten(1))
    h = nn.functional.silu(nn.functional.conv_transpose2d(maps, back.weight, back.bias, 2, 1))
    y = nn.functional.conv_transpose2d(h, last.weight, last.bias, 2, 1, (1, 0))
    torch.testing.assert_close(model.decode(z), y)


def test_residual_layers_written_out_by_hand():
    x = torch.rand(5, 1, 9, 8)
    settings = {"architecture": "fully_conv", "hidden_sizes": (), "latent_dim": 32}
    model = build("undercomplete", (1, 9, 8), residual_layers=1, code_activation="tanh", **settings)
    (down, same), (back, up) = stir(model).encoder.layers, model.decoder.layers
    h = nn.functional.silu(nn.functional.conv2d(x, down.weight, down.bias, 2, 1))
    z = h + nn.functional.conv2d(h, same.weight, same.bias, 1, 1).tanh()
    torch.testing.assert_close(model.encode(x), z.flatten(1))
    h = z + nn.functional.silu(nn.functional.conv_transpose2d(z, back.weight, back.bias, 1, 1))
    y = nn.functional.conv_transpose2d(h, up.weight, up.bias, 2, 1, (1, 0))
    torch.testing.assert_close(model.decode(z.flatten(1)), y)


@pytest.mark.parametrize(
    ("shape", "settings", "words"),
    [
        ((1, 8, 8), {"latent_dim": 6}, ["6", "2×2", "multiple of 4"]),
        ((1, 8, 8), {"latent_dim": 4, "hidden_sizes": (3, 3, 3)}, ["(3, 3, 3)", "at most 2"]),
        ((7,), {"latent_dim": 4}, ["'fully_conv'", "(7,)", "mlp"]),
    ],
)
def test_a_code_that_maps_cannot_hold_is_refused(shape, settings, words):
    with pytest.raises(InvalidConfig) as caught:
        build("undercomplete", shape, architecture="fully_conv", **settings)
    assert all(word in str(caught.value) for word in words)


def test_strided_kernels_start_wider_where_residual_layers_follow():
    """A value of the larger maps meets a quarter of the kernel: its fan is 4, not 16, a channel."""
    settings = {"architecture": "fully_conv", "hidden_sizes": (12,), "latent_dim": 160, "seed": 1}
    model = build("undercomplete", (1, 16, 16), residual_layers=1, **settings)
    older = build("undercomplete", (1, 16, 16), **settings)
    bounds = [float(layer.weight.detach().abs().max()) for layer in model.encoder.layers]
    fans = [16 * 1 + 4 * 12, 16 * 12 + 4 * 10, 9 * (10 + 10)]
    assert bounds == pytest.approx([(6 / n) ** 0.5 for n in fans], rel=0.02)
    last = model.decoder.layers[-1].weight.detach().abs().max()
    assert float(last) == pytest.approx((6 / fans[0]) ** 0.5, rel=0.02)
    plain = float(older.encoder.layers[0].weight.detach().abs().max())
    assert plain == pytest.approx((6 / (16 * 13)) ** 0.5, rel=0.02)


def test_residual_layers_without_maps_are_refused():
    with pytest.raises(InvalidConfig, match="residual_layers 2 are convolutions; use 0 with"):
        build("undercomplete", (1, 8, 8), residual_layers=2)


def test_tied_decoder_applies_the_transposed_weights():
    for architecture, residual in (("mlp", 0), ("conv", 0), ("fully_conv", 0), ("conv", 2)):
        model = stir(
            build(
                "undercomplete", (1, 7, 9), tied=True, linear=True, latent_dim=4,
                architecture=architecture, hidden_sizes=(6,), residual_layers=residual,
            )
        ).double()  # fmt: skip
        with torch.no_grad():
            for layer in (*model.encoder.layers, *model.decoder.layers):
                layer.bias.zero_()
        x = torch.rand(3, 1, 7, 9, dtype=torch.float64)
        z = torch.randn(3, 4, dtype=torch.float64)
        # ⟨f(x), z⟩ = ⟨x, g(z)⟩ says that g is the transpose of f.
        left = (model.encode(x) * z).sum(1)
        torch.testing.assert_close(left, (x * model.decode(z)).flatten(1).sum(1))


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize(
    ("in_shape", "out_shape", "transposed"),
    [
        ((6,), (4,), False),
        ((2, 7, 6), (3, 3, 3), False),
        ((3, 3, 3), (2, 7, 6), True),
        ((3, 4, 5), (3, 4, 5), False),
        ((3, 4, 5), (3, 4, 5), True),
    ],
)
def test_pullback_is_the_transposed_jacobian(in_shape, out_shape, transposed, gated):
    layer = Affine(in_shape, out_shape, transposed=transposed, gated=gated).double()
    stir(layer)
    x = torch.rand(2, *in_shape, dtype=torch.float64)
    c = torch.randn(2, *out_shape, dtype=torch.float64)
    _, expected = torch.autograd.functional.vjp(lambda v: layer(v, 0.4), x, c)
    torch.testing.assert_close(layer.pullback(c, 0.4), expected)
