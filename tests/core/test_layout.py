"""A code that starts where t-SNE puts the samples, and then serves its own objective alone."""

from dataclasses import replace

import pytest
import torch

from ae_core import InvalidConfig, fit, load_model
from ae_core import layout as module
from ae_core.__main__ import main
from ae_core.layout import lay_out, tsne
from ae_core.metrics import continuity
from ae_core.records import RISE, Recipe
from tests.core.taken_up import check_same_weights_when_taken_up

RUN = {"epochs": 3, "batch_size": 50, "seed": 4, "device": "cpu", "layout_images": 150}


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    monkeypatch.setattr(module, "READING", 15_000)
    monkeypatch.setattr(module, "WRITING", 10_000)


def drawn(model, data, seed=4):
    recipe = Recipe(batch_size=50, seed=seed, layout_images=150)
    lay_out(model, data.train, recipe, torch.Generator().manual_seed(seed))
    return model


@torch.no_grad()
def error(model, x):
    return float(model.reconstruction_term(x, model.decode_raw(model.encode(x))).mean())


def test_the_map_is_centred_with_known_spread_and_keeps_neighbours(digits):
    z = tsne(digits.train.flatten(1), 2, seed=1)
    assert z.shape == (200, 2)
    assert z.dtype == torch.float32
    torch.testing.assert_close(z.mean(0), torch.zeros(2), atol=1e-5, rtol=0)
    assert float(z.square().mean().sqrt()) == pytest.approx(module.SPREAD, rel=0.01)
    assert continuity(digits.train, z, 10) > 0.93
    assert torch.equal(z, tsne(digits.train.flatten(1), 2, seed=1))


def test_the_encoder_learns_the_map_and_the_decoder_to_undo_it(variant, small, digits):
    model = small(variant, latent_dim=2)
    before = error(model, digits.train)
    drawn(model, digits)
    target = tsne(digits.train[:150].flatten(1), 2, seed=4)
    with torch.no_grad():
        z = model.encode(digits.train[:150])
    missed = float((z - target).square().sum(1).mean())
    assert missed < 0.1 * 2 * module.SPREAD**2
    assert error(model, digits.train) < before


def test_the_decoder_learns_from_codes_that_stay(small, digits, monkeypatch):
    monkeypatch.setattr(module, "WRITING", 0)  # the batches that teach the encoder are the same
    encoder = drawn(small("undercomplete", latent_dim=2), digits).encoder.state_dict()
    monkeypatch.setattr(module, "WRITING", 400)
    again = drawn(small("undercomplete", latent_dim=2), digits).encoder.state_dict()
    assert all(torch.equal(encoder[k], again[k]) for k in encoder)


def test_training_goes_on_from_the_map(small, digits):
    """What the layout kept together is still together after some epochs; a bare start is not."""
    laid, bare = (small("undercomplete", latent_dim=2, hidden_sizes=(32, 16)) for _ in range(2))
    list(fit(laid, digits, **RUN))
    list(fit(bare, digits, **{**RUN, "layout_images": 0}))
    with torch.no_grad():
        kept, other = (continuity(digits.train, m.encode(digits.train), 10) for m in (laid, bare))
    assert kept > other + 0.02


def test_the_rate_rises_from_a_layout_and_only_there():
    laid, bare = Recipe(learning_rate=0.5, layout_images=150), Recipe(learning_rate=0.5)
    assert [laid.rate(step, 10**9) / 0.5 for step in (0, 199, 399, 400)] == pytest.approx(
        [1 / RISE, 0.5, 1, 1]
    )
    assert laid.rate(1200, 2000) == bare.rate(1200, 2000)
    assert bare.rate(0, 2000) == 0.5


def test_a_run_resumes_to_the_same_weights(small, digits, tmp_path):
    recipe = check_same_weights_when_taken_up(
        lambda: small("undercomplete", latent_dim=2), digits, RUN, tmp_path
    )
    assert recipe.layout_images == 150


@pytest.mark.parametrize(
    ("config", "images", "message"),
    [
        ({}, 49, "lay out 50 training samples or more; it is 49, .* 'digits' has 200: 49"),
        ({}, 1.5, "layout_images must be a whole number"),
        ({"latent_dim": 4}, 100, "at most 3 numbers.* got latent_dim 4"),
        ({"code_activation": "tanh"}, 100, "needs code_activation 'linear'.* got 'tanh'"),
    ],
    ids=str,
)
def test_what_cannot_be_laid_out_is_refused_at_the_call(config, images, message, small, digits):
    model = small("undercomplete", **{"latent_dim": 2, **config})
    with pytest.raises(InvalidConfig, match=message):
        fit(model, digits, **{**RUN, "layout_images": images})


def test_more_than_there_are_means_all(small, digits):
    few, all_, more = (small("undercomplete", latent_dim=2) for _ in range(3))
    for model, images in ((few, 100), (all_, 200), (more, 10_000)):
        list(fit(model, digits, **{**RUN, "epochs": 1, "layout_images": images}))
    states = [m.encoder.layers[0].weight for m in (few, all_, more)]
    assert states[1].equal(states[2])
    assert not states[0].equal(states[1])
    tiny = replace(digits, train=digits.train[:40])
    with pytest.raises(InvalidConfig, match="has 40: 40"):
        fit(few, tiny, **RUN)


def test_the_command_line_has_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "map.safetensors"
    given = "train undercomplete --data digits --latent-dim 2 --layout-images 100 --epochs 1"
    assert main([*given.split(), "--hidden-sizes", "8", "--out", str(out)]) == 0
    assert load_model(out).recipe["layout_images"] == 100
