"""One network for a whole range of weights: gates, folding, and what may be asked of it."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch

from ae_core import InvalidConfig, build, fit
from ae_core.config import MIN_LOG
from ae_core.gate import Gate
from tests.core.stirred import stir

SHAPES = [("mlp", False), ("mlp", True), ("conv", False), ("conv", True)]
shapes = pytest.mark.parametrize(("architecture", "tied"), SHAPES)


def test_an_untrained_gate_is_neutral_and_a_gate_follows_its_formula():
    gate = Gate(3).double()
    g, c = gate(0.7)
    assert torch.equal(g, torch.ones(1, 3, dtype=torch.float64))
    assert torch.equal(c, torch.zeros(1, 3, dtype=torch.float64))
    p, q = stir(gate).coefficients.detach().numpy().reshape(4, 2, 3).transpose(1, 0, 2)
    places = torch.tensor([-0.5, 0.0, 0.8], dtype=torch.float64)
    polynomial = np.polynomial.polynomial.polyval
    for i, (g, c) in enumerate(zip(*gate(places), strict=True)):
        np.testing.assert_allclose(g.detach(), np.exp(polynomial(places[i].item(), p)))
        np.testing.assert_allclose(c.detach(), polynomial(places[i].item(), q))


@shapes
def test_folding_equals_the_conditioned_network(ranged, architecture, tied, small, images, seeded):
    """At both ends, the middle and anywhere: same codes, reconstructions and objectives."""
    variant, (low, high) = ranged
    kinds = {"sparse": [{"penalty": "l1"}, {"penalty": "kl"}], "denoising": [
        {"corruption": "gaussian"}, {"corruption": "salt_pepper"}, {"corruption": "masking"},
    ]}.get(variant, [{}])  # fmt: skip
    for kind in kinds:
        name = build(variant, (4,), **kind).config.weight_field
        setting = {name: (low, high), "architecture": architecture, "tied": tied, **kind}
        model, x = stir(small(variant, **setting)).double(), images
        middle = model.position(None)
        assert middle == pytest.approx(0)
        for weight in (low, high, model.config.middle_weight, low + 0.23 * (high - low)):
            plain = model.at(weight)
            assert not plain.conditioned
            assert not plain.training
            assert plain.config.weight == weight
            assert not any("gate" in n or "ramps" in n for n, _ in plain.named_parameters())
            torch.testing.assert_close(plain.encode(x), model.encode(x, weight))
            torch.testing.assert_close(plain.reconstruct(x), model.reconstruct(x, weight))
            one, two = plain.objective(x, seeded(1)), model.objective(x, seeded(1), weight)
            torch.testing.assert_close(one.total, two.total, rtol=1e-4, atol=1e-4)
            assert one.weight == two.weight
            if variant == "variational":
                for a, b in zip(plain.posterior(x), model.posterior(x, weight), strict=True):
                    torch.testing.assert_close(a, b)


def test_the_weight_matters_once_gates_have_moved(ranged, small, images):
    variant, (low, high) = ranged
    name = build(variant, (4,)).config.weight_field
    model = stir(small(variant, **{name: (low, high)}))
    x = images.float()
    assert not torch.allclose(model.encode(x, low), model.encode(x, high), atol=1e-2)
    assert torch.equal(model.encode(x), model.encode(x, model.config.middle_weight))


def test_positions_on_the_slider(ranged, small):
    variant, (low, high) = ranged
    name = build(variant, (4,)).config.weight_field
    model = small(variant, **{name: (low, high)})
    assert model.position(low) == pytest.approx(-1)
    assert model.position(high) == pytest.approx(1)
    if low:  # logarithmic
        assert model.position((low * high) ** 0.5) == pytest.approx(0)
    else:
        assert model.position((low + high) / 2) == pytest.approx(0)


def test_training_draws_weights_over_the_whole_slider(ranged, small, seeded):
    variant, (low, high) = ranged
    name = build(variant, (4,)).config.weight_field
    model, generator = small(variant, **{name: (low, high)}), seeded(0)
    drawn = [model.draw_weight(generator) for _ in range(2000)]
    places = torch.tensor([model.position(w) for w in drawn], dtype=torch.float64)
    assert low <= min(drawn) < max(drawn) <= high
    quarters = torch.histc(places, 4, -1, 1) / len(places)
    assert (quarters - 0.25).abs().max() < 0.04  # four standard deviations
    again = seeded(0)
    assert drawn[:5] == [model.draw_weight(again) for _ in range(5)]


def test_weights_outside_the_range_are_refused(ranged, small, images):
    variant, (low, high) = ranged
    name = build(variant, (4,)).config.weight_field
    model = small(variant, **{name: (low, high)})
    x = images.float()
    for wrong in (
        low - 0.01,
        high * 1.01,
        torch.tensor(high * 1.01),
        float("nan"),
        float("inf"),
        -1.0,
    ):
        for verb in (model.at, lambda w: model.encode(x, w), lambda w: model.objective(x, None, w)):
            with pytest.raises(InvalidConfig, match=rf"{name} must .*({low:g}, {high:g}|finite)"):
                verb(wrong)


def test_a_plain_model_serves_only_its_own_weight(variant, small, images, knob):
    model = small(variant, **knob(variant, 0.5))
    own = model.config.weight
    twin = model.at(own)
    assert twin is not model
    assert torch.equal(twin.reconstruct(images.float()), model.reconstruct(images.float()))
    with pytest.raises(InvalidConfig, match=r"0\.75") as caught:
        model.at(0.75)
    assert "None" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["x", [], (0.1, 1.0), 1j])
def test_a_weight_must_be_a_number(wrong, small):
    with pytest.raises(InvalidConfig, match="beta"):
        small("variational", beta=(0.1, 10.0)).at(wrong)


def test_folded_models_keep_the_seed_and_leave_the_source_alone(small, images):
    model = stir(small("variational", beta=(0.1, 10.0), seed=5))
    before = [p.clone() for p in model.parameters()]
    plain = model.at(1.0)
    assert plain.seed == 5
    with torch.no_grad():
        for p in plain.parameters():
            p.zero_()
    assert all(torch.equal(a, b) for a, b in itertools.zip_longest(before, model.parameters()))


MAPS = {"architecture": "fully_conv", "hidden_sizes": (3,), "latent_dim": 8}
GROUPED = [
    ("sparse", {"penalty": "l1"}), ("sparse", {"penalty": "kl"}), ("contractive", {}),
    ("contractive", {"hidden_sizes": ()}), ("contractive", {"hidden_sizes": (9,)}),
    ("contractive", {"architecture": "conv", "hidden_sizes": (3,)}),
    ("contractive", {**MAPS}), ("contractive", {**MAPS, "hidden_sizes": (), "latent_dim": 16}),
    ("contractive", {**MAPS, "jacobian": "hutchinson"}),
    ("variational", {**MAPS, "latent_dim": 16}),
    ("variational", {**MAPS, "latent_dim": 16, "residual_layers": 2}),
    ("contractive", {**MAPS, "residual_layers": 1, "tied": True}),
    ("variational", {"latent_dim": 16}),
    ("variational", {"latent_dim": 16, "architecture": "conv", "hidden_sizes": (3,), "tied": True}),
    ("denoising", {"corruption": "gaussian"}), ("denoising", {"corruption": "masking"}),
    ("denoising", {"corruption": "salt_pepper", "architecture": "conv", "hidden_sizes": (3,)}),
]  # fmt: skip


@pytest.mark.parametrize(("variant", "kind"), GROUPED, ids=str)
def test_several_weights_in_one_batch_are_as_many_batches(variant, kind, small, images, seeded):
    name = small(variant, **kind).config.weight_field
    model = stir(small(variant, **{name: (0.1, 1.0)}, **kind)).double()
    weights = torch.tensor([0.1, 0.3, 0.55, 1.0], dtype=torch.float64)
    together, source = model.objective(images, seeded(1), weights), seeded(1)
    assert together.total.shape == (4,)
    for i, part in enumerate(images.split(3)):  # one source: the noise goes on where it stopped
        alone = model.objective(part, source, float(weights[i]))
        torch.testing.assert_close(together.reconstruction[i], alone.reconstruction)
        torch.testing.assert_close(together.penalty[i], alone.penalty)
        torch.testing.assert_close(together.total[i], alone.total)


def test_a_position_that_is_kept_follows_tensor_and_range(small):
    model = small("sparse", lambda_=(0.1, 10.0))
    weights = torch.tensor([0.1, 1.0])
    place = model.position(weights)
    assert model.position(weights) is place  # encoder and decoder ask for the same
    torch.testing.assert_close(place, torch.tensor([-1.0, 0.0]))
    weights.mul_(10)
    torch.testing.assert_close(model.position(weights), torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(model.position(torch.tensor([1.0])), torch.tensor([0.0]))
    model.config = dataclasses.replace(model.config, lambda_=(1.0, 10.0))
    torch.testing.assert_close(model.position(weights), torch.tensor([-1.0, 1.0]))


def test_training_draws_its_weights_from_the_range(ranged, small, knob, seeded):
    variant, (low, high) = ranged
    model = small(variant, **knob(variant, (low, high)))
    drawn = model.draw_weights(2000, 4, seeded(0))
    assert low * (1 - 1e-6) <= drawn.min() < drawn.max() <= high * (1 + 1e-6)
    assert torch.equal(drawn, model.draw_weights(2000, 4, seeded(0)))


@pytest.mark.parametrize("hidden", [(12,), (100, 200)])
@pytest.mark.parametrize("variant", ["denoising", "variational", "sparse"])
def test_training_spreads_its_weights_evenly_and_visits_the_ends(
    variant, hidden, small, knob, seeded
):
    model = small(variant, hidden_sizes=hidden, **knob(variant, (0.1, 1.0)))
    places = (model.position(model.draw_weights(2000, 4, seeded(0))) + 1) / 2
    low, high = -0.2, 1.2  # the interval that is drawn from, the slider from 0 to 1
    if model.ramped:
        high, power = (1.25, 0.65) if len(hidden) > 1 else (1.1, 0.7)  # low rank inside or none
        low, places = -0.1, places ** (1 / power)
    quarter = (high - low) / 4  # one for each part of a batch
    for i in range(4):
        a, b = (min(max(low + j * quarter, 0), 1) for j in (i, i + 1))
        assert (places[:, i] > a - 1e-5).all()
        assert (places[:, i] < b + 1e-5).all()
    for end, beyond, column in ((0, -low, 0), (1, high - 1, 3)):
        share = ((places[:, column] - end).abs() < 1e-5).double().mean()
        assert share == pytest.approx(beyond / quarter, abs=0.04)
    inner = places[(places - 0.5).abs() < 0.4999]
    quarters = torch.histc(inner, 4, 0, 1) / len(inner)
    assert (quarters - 0.25).abs().max() < 0.03


@pytest.mark.parametrize(("variant", "beyond"), [("denoising", 0.25), ("variational", 0.32)])
def test_a_large_network_sees_more_of_the_high_end(variant, beyond, knob, seeded):
    model = build(variant, (1, 28, 28), hidden_sizes=(512, 256), **knob(variant, (0.1, 1.0)))
    places = (model.position(model.draw_weights(2000, 4, seeded(0))) + 1) / 2
    for end, share in ((0, 0.1), (1, beyond)):
        found = ((places - end).abs() < 1e-5).double().mean()
        assert found == pytest.approx(share / (1.1 + beyond), abs=0.01)


@pytest.mark.parametrize(("variant", "kind"), [("contractive", {}), ("sparse", {"penalty": "kl"})])
def test_what_calms_a_code_is_mostly_trained_at_low_weights(variant, kind, small, seeded):
    model = small(variant, lambda_=(0.01, 10.0), **kind)
    drawn = model.draw_weights(2000, 4, seeded(0))
    places = (model.position(drawn) + 1) / 2
    edges = torch.tensor([0, 0.2, 0.5, 0.8, 1]) ** 6
    for i in range(4):  # every batch has its share of each stretch
        assert (places[:, i] > edges[i] - 1e-5).all()
        assert (places[:, i] < edges[i + 1] + 1e-5).all()
    beyond = (drawn[:, 3] == 10.0).double().mean()  # a third of the outer stretch
    assert beyond == pytest.approx(1 / 3, abs=0.05)
    assert (places < 1 / 64).double().mean() == pytest.approx(0.5, abs=0.01)


def test_the_widest_range_there_is_trains(ranged, small, digits, knob):
    """Its ends are numbers of float32, where denormals count as 0, and so is their ratio."""
    variant, (low, _) = ranged
    if low:  # logarithmic
        model = small(variant, **knob(variant, (MIN_LOG, 1e6)))
        run = fit(model, digits, epochs=1, learning_rate=1e-4, device="cpu")
        assert math.isfinite(next(run).train.total)


def test_without_a_weight_the_middle_acts_but_objective_and_corrupt_draw(
    ranged, small, digits, knob, seeded
):
    model, x = stir(small(ranged[0], **knob(*ranged))), digits.valid
    middle = model.config.middle_weight
    assert torch.equal(model.reconstruct(x), model.reconstruct(x, middle))
    assert len({model.objective(x).weight for _ in range(5)}) > 1
    if hasattr(model, "corrupt"):
        levels = [float((model.corrupt(x, seeded(i)) - x).std()) for i in (0, 1)]
        assert levels[0] != pytest.approx(levels[1], rel=0.05)
