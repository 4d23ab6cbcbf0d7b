"""Greedy layer-wise pre-training trains one pair of layers after the other, and all of them."""

import pytest
import torch

from ae_core import fit
from ae_core import pretraining as module
from ae_core.records import Recipe

QUICK = {"batch_size": 64, "device": "cpu"}


def layers(model):
    """Every layer's own values, encoder then decoder."""
    stacks = (*model.encoder.layers, *model.decoder.layers)
    return [[p.detach().clone() for p in layer.parameters()] for layer in stacks]


def changed(before, after):
    return [
        any(not torch.equal(a, b) for a, b in zip(x, y, strict=True))
        for x, y in zip(before, after, strict=True)
    ]


def pretrain(model, data, epochs=1, seed=0):
    order, noise = (torch.Generator().manual_seed(seed + i) for i in (0, 1))
    recipe = Recipe(pretrain_epochs=epochs, batch_size=64)
    module.pretrain(model, data.train, recipe, order, noise)


def test_levels_are_trained_one_after_the_other(variant, small, digits, monkeypatch):
    """While a level trains no other layer moves; the pairs are outermost first."""
    model = small(variant)
    start = layers(model)
    seen = []
    original = torch.optim.Adam

    class Watched(original):
        def step(self, *args, **kw):
            before = layers(model)
            result = super().step(*args, **kw)
            seen.append(changed(before, layers(model)))
            return result

    monkeypatch.setattr(module.torch.optim, "Adam", Watched)
    pretrain(model, digits)
    per_level = 4  # 200 images in batches of 64
    assert len(seen) == 3 * per_level
    for level in range(3):
        expected = [False] * 6
        expected[level] = expected[5 - level] = True
        assert seen[level * per_level : (level + 1) * per_level] == [expected] * per_level
    assert changed(start, layers(model)) == [True] * 6


@pytest.mark.parametrize(
    "settings",
    [{}, {"tied": True}, {"architecture": "conv"}, {"architecture": "conv", "tied": True},
     {"architecture": "conv", "residual_layers": 1}, {"linear": True},
     {"reconstruction": "bernoulli"}, {"hidden_sizes": ()}],
    ids=str,
)  # fmt: skip
def test_it_helps_and_is_repeatable(variant, settings, small, digits):
    models = [small(variant, **settings) for _ in range(2)]
    for model in models:
        before = layers(model)
        pretrain(model, digits, epochs=2)
        assert all(changed(before, layers(model)))
    a, b = (m.state_dict() for m in models)
    assert all(torch.equal(a[k], b[k]) for k in a)
    plain = list(fit(small(variant, **settings), digits, epochs=1, **QUICK))
    ahead = list(fit(small(variant, **settings), digits, epochs=1, pretrain_epochs=6, **QUICK))
    assert ahead[0].train.reconstruction < plain[0].train.reconstruction


def test_each_level_learns_to_answer_its_own_input(small, digits):
    """Longer pre-training, smaller error of the outermost pair."""
    errors = []
    for epochs in (1, 10):
        model = small("undercomplete", hidden_sizes=(32, 8))
        pretrain(model, digits, epochs=epochs)
        first, last = model.encoder.steps[0], model.decoder.steps[-1]
        with torch.no_grad():
            h = first[1].apply(first[0](digits.train.flatten(1)))
            errors.append((last[0](h) - digits.train.flatten(1)).square().sum(1).mean().item())
    assert errors[1] < 0.6 * errors[0]


def test_denoising_levels_see_damage_and_answer_with_clean(small, digits, monkeypatch):
    calls = []
    original = module.CORRUPTIONS["gaussian"]

    def spy(x, level, generator=None):
        calls.append(level)
        return original(x, level, generator)

    monkeypatch.setitem(module.CORRUPTIONS, "gaussian", spy)
    pretrain(small("denoising", noise_std=0.4), digits)
    assert calls == [0.4] * 12  # every step of every level (Vincent et al. 2010)


def test_a_layer_of_samples_sees_them_clipped_as_the_variant_does(small, digits):
    first = {}
    for clip in (False, True):
        model = small("denoising", noise_std=0.8, clip=clip)
        pretrain(model, digits)
        first[clip] = model.encoder.layers[0].weight.detach().clone()
    assert not torch.equal(first[False], first[True])
    seen = module._damaged(model, digits.train, torch.Generator().manual_seed(0), True)
    assert seen.min() >= 0
    assert seen.max() <= 1
    codes = module._damaged(model, digits.train - 0.5, torch.Generator().manual_seed(0), False)
    assert codes.min() < 0
