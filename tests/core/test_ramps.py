"""Networks whose matrices move with the weight: the formula, who has them, how they are trained."""

import numpy as np
import pytest
import torch

from ae_core import InvalidConfig, build, fit, load_model, save_model
from ae_core.passes import Passes
from ae_core.ramps import FEWEST, LARGEST, RANK, Ramps
from ae_core.records import Recipe
from ae_core.run import Run
from tests.core.stirred import stir

RANGES = {"denoising": {"noise_std": (0.0, 1.0)}, "variational": {"beta": (0.1, 10.0)}}
ramped = pytest.mark.parametrize("variant", list(RANGES))


@pytest.fixture
def moving(small):
    """A small network of the variant with ramps, away from its start."""
    return lambda variant, **settings: stir(small(variant, **RANGES[variant], **settings))


def test_untrained_ramps_add_nothing_and_moved_ones_follow_their_formula(small):
    model = small("denoising", noise_std=(0.0, 1.0)).double()
    layers = [layer for layer, _ in model.encoder.steps]
    ramps = Ramps(layers, 2.5, layers[:1]).double()
    places = torch.tensor([-1.0, -0.8, 0.1, 1.0], dtype=torch.float64)
    for (w, b, more), layer in zip(ramps(places), layers, strict=True):
        assert more is None
        assert torch.equal(w, layer.weight.expand(4, -1, -1))
        assert torch.equal(b, layer.bias.expand(4, -1).unsqueeze(2))
    stir(ramps)
    t = (places.numpy() + 1) / 2
    heights = np.stack([2.5 * np.clip(3 * t - k, 0, 1) for k in range(3)], 1)
    first = ramps.added.detach().numpy()[:, : layers[0].weight.numel()]
    expected = layers[0].weight.detach().numpy().reshape(1, -1) + heights @ first
    np.testing.assert_allclose(ramps(places)[0].w.detach().flatten(1), expected)
    w, b = ramps.of(layers[-1])  # at the high end all of them count
    own = layers[-1]
    torch.testing.assert_close(own.weight + 2.5 * w.sum(0), ramps(1.0)[-1].w[0])
    torch.testing.assert_close(own.bias + 2.5 * b.sum(0)[:, 0], ramps(1.0)[-1].b[0, :, 0])


def check_parts_and_file(model, x, folder):
    """Each part of a batch has the folded network of its weight, and so has the loaded model."""
    again = load_model(save_model(model, folder / "m.safetensors"))
    assert torch.equal(again.reconstruct(x, 0.6), model.reconstruct(x, 0.6))
    model, x = model.double(), x.double()
    weights = torch.tensor([model.low_end, 0.6, 1.0], dtype=torch.float64)
    together = model.reconstruct(x, weights)
    for part, some, w in zip(together.chunk(3), x.chunk(3), weights, strict=True):
        torch.testing.assert_close(part, model.at(float(w)).reconstruct(some))


def low_rank(variant, **settings):
    """A network with one large layer inside, 100 × 200, that moves by matrices of low rank."""
    return stir(build(variant, (1, 8, 8), hidden_sizes=(100, 200), latent_dim=4,
                      **RANGES[variant], **settings), by=0.1)  # fmt: skip


@ramped
@pytest.mark.parametrize("tied", [False, True])
def test_a_large_layer_inside_moves_by_matrices_of_low_rank(variant, tied, images, tmp_path):
    model = low_rank(variant, tied=tied)
    low, high = (model.at(w) for w in model.config.weight)
    for side, i in (("encoder", 1), ("decoder", -2)):
        stack, *ends = (getattr(m, side) for m in (model, low, high))
        layer, here, there = (each.steps[i][0].matrix for each in (stack, *ends))
        moves, _ = stack.ramps.of(stack.steps[i][0])
        assert moves.shape == (3, *layer.shape)
        assert (torch.linalg.matrix_rank(moves) == 50).all()  # half of what it could be
        assert RANK > 50
        assert torch.equal(here, layer)
        torch.testing.assert_close(there, here + stack.ramps.rise * moves.sum(0))
    check_parts_and_file(model, images.float(), tmp_path)


def test_where_one_layer_reads_samples_its_twin_does_as_well():
    model = build("variational", (1, 28, 28), hidden_sizes=(), latent_dim=32, beta=(0.1, 1.0))
    for layer in model.encoder.ramps.layers:
        assert model.encoder.ramps.of(layer)[0] is None
    assert not model.low_rank


def test_matrices_of_low_rank_start_at_nothing_from_the_seed(images, digits):
    first, again, other = (
        build("variational", (1, 8, 8), hidden_sizes=(100, 200), beta=(0.1, 1.0), seed=seed)
        for seed in (1, 1, 2)
    )
    plain = build("variational", (1, 8, 8), hidden_sizes=(100, 200), beta=0.3, seed=1)
    x = images.float()
    torch.testing.assert_close(first.reconstruct(x, 1.0), plain.reconstruct(x))
    own, *shared = _factors(first)
    for t, same, differs in zip(shared, _factors(again)[1:], _factors(other)[1:], strict=True):
        assert torch.equal(t, same)
        assert not torch.equal(t, differs)
        assert t.std() > 0
    assert not own.any()
    list(fit(first, digits, epochs=1, batch_size=64, device="cpu"))
    assert _factors(first)[0].any((1, 2)).all()


def _factors(model):
    """What is each k's own, of 100 units: (6, 50, 100), and what all k share, of 200: twice."""
    into, back = model.encoder.ramps, model.decoder.ramps
    ((to_200,), (of_100,)), ((to_100,), (of_200,)) = ((r.up, r.down) for r in (into, back))
    assert to_200.shape == of_200.T.shape == (200, 50)
    return torch.stack([of_100, to_100.T]).view(6, 50, 100), to_200, of_200


@ramped
@pytest.mark.parametrize("tied", [False, True])
def test_of_a_large_outer_layer_the_bias_alone_moves(variant, tied, images, tmp_path):
    """Here those that touch pixels: 64 × 300; the other, 300 × 4, moves whole."""
    model = stir(build(variant, (1, 8, 8), hidden_sizes=(300,), latent_dim=4, tied=tied,
                       **RANGES[variant]))  # fmt: skip
    assert LARGEST < 64 * 300
    (first, _), (last, _) = model.encoder.steps[0], model.decoder.steps[-1]
    for ramps, layer in ((model.encoder.ramps, first), (model.decoder.ramps, last)):
        matrices, biases = ramps.of(layer)
        assert matrices is None
        assert biases.shape == (3, *layer.out_shape, 1)
    low, high = (model.at(w) for w in model.config.weight)
    assert torch.equal(low.encoder.steps[0][0].weight, high.encoder.steps[0][0].weight)
    assert not torch.equal(low.encoder.steps[0][0].bias, high.encoder.steps[0][0].bias)
    assert not torch.equal(low.decoder.steps[0][0].weight, high.decoder.steps[0][0].weight)
    small = sum(t.numel() for n, t in model.named_parameters() if n.endswith("ramps.added"))
    assert small < 4 * 64 * 300  # no M of theirs is kept
    check_parts_and_file(model, images.float(), tmp_path)


def test_dense_networks_of_some_variants_have_them():
    def has(variant, shape=(1, 8, 8), **settings):
        model = build(variant, shape, **settings)
        assert (
            model.ramped == (model.encoder.ramps is not None) == (model.decoder.ramps is not None)
        )
        gated = any("gate" in name for name, _ in model.named_parameters())
        assert model.conditioned == (gated or model.ramped)
        assert not (gated and model.ramped)
        return model.ramped

    for variant, knob in RANGES.items():
        assert has(variant, **knob, hidden_sizes=(LARGEST // 64 + 1,))
        assert not has(variant, **knob, hidden_sizes=(4,), architecture="conv")
        assert not has(variant, hidden_sizes=(4,))
        assert has(variant, (FEWEST,), **knob, hidden_sizes=(4,))
        assert not has(variant, (FEWEST - 1,), **knob, hidden_sizes=(4,))
    assert not has("sparse", lambda_=(0.1, 1.0), hidden_sizes=(4,))
    assert not has("contractive", lambda_=(0.1, 1.0), hidden_sizes=(4,))


@ramped
def test_at_the_low_end_they_are_silent(moving, variant, images):
    model, x = moving(variant), images.float()
    low = model.low_end
    plain = model.at(low)
    for mine, its in zip(model._affines(), plain._affines(), strict=True):
        assert torch.equal(mine.weight, its.weight)
        assert torch.equal(mine.bias, its.bias)
    assert torch.equal(model.reconstruct(x, low), plain.reconstruct(x))
    both = model.reconstruct(x, torch.tensor([low, low]))  # the general path
    torch.testing.assert_close(both, plain.reconstruct(x), rtol=1e-4, atol=1e-5)


@ramped
@pytest.mark.parametrize("tied", [False, True])
def test_each_part_of_a_batch_has_the_network_of_its_weight(moving, variant, tied, images):
    model = moving(variant, tied=tied).double()
    weights = torch.tensor([model.low_end, 0.6, 1.0], dtype=torch.float64)
    together = model.reconstruct(images, weights)
    for part, x, w in zip(together.chunk(3), images.chunk(3), weights, strict=True):
        torch.testing.assert_close(part, model.at(float(w)).reconstruct(x))


@ramped
@pytest.mark.parametrize("low", [False, True])
def test_gradients_reach_every_parameter(moving, variant, low, images, seeded):
    model = (low_rank(variant) if low else moving(variant)).double()
    weights = torch.tensor([0.3, 0.9], dtype=torch.float64)
    parameters = [p.detach().requires_grad_() for p in model.parameters()]
    names = [name for name, _ in model.named_parameters()]

    def objective(*values):
        given = dict(zip(names, values, strict=True))
        call = (images[:4], seeded(3), weights)
        return torch.func.functional_call(
            _Objective(model), {f"m.{k}": v for k, v in given.items()}, call
        )

    assert torch.autograd.gradcheck(objective, parameters, fast_mode=True)


class _Objective(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.m = model

    def forward(self, x, generator, weights):
        return self.m.objective(x, generator, weights).total


@ramped
def test_the_first_steps_are_all_at_the_low_end(variant, digits, small, seeded):
    model = small(variant, **RANGES[variant])
    passes = Passes(model, len(digits.train), 50, epochs=10)
    weights = [w for done in range(10) for w in passes.weights(done, seeded(done))]
    first = round(model.opening * len(weights))
    assert 0 < first < len(weights)
    assert all(w == model.low_end for w in weights[:first])
    assert all(len(w) == 2 for w in weights[first:])  # 50 in equal parts: two


@ramped
def test_ramps_wait_for_the_end_of_the_opening(variant, digits, small):
    model = small(variant, **RANGES[variant])
    run = Run(model, digits, Recipe(epochs=5, batch_size=50), torch.device("cpu"), None)
    start = model.encoder.steps[0][0].weight.detach().clone()
    run.epoch()
    assert not torch.equal(model.encoder.steps[0][0].weight, start)
    assert not model.encoder.ramps.added.any()
    run.epoch()
    run.epoch()
    assert model.encoder.ramps.added.any()
    assert model.decoder.ramps.added.any()


@ramped
def test_an_opening_that_ends_within_an_epoch_is_told_whole(variant, digits, small):
    (record,) = fit(
        small(variant, **RANGES[variant]), digits, epochs=1, batch_size=40, device="cpu"
    )
    assert np.isfinite([record.train.reconstruction, record.train.total]).all()


def test_a_jacobian_is_taken_of_the_folded_network(moving, images):
    model, x = moving("variational"), images.float()
    with pytest.raises(InvalidConfig, match=r"at\(a weight\)"):
        model.encoder.linearise(x, model.position(1.0))
    model.at(1.0).encoder.linearise(x)
