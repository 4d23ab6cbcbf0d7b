"""How many images an epoch shows: once each, or more to a network for a whole slider."""

import math

import pytest
import torch

from ae_core import build, fit
from ae_core.passes import MORE_PASSES, PASSES, RAMPED_PASSES, Passes


@pytest.fixture
def shown(digits, small, monkeypatch):
    """The images of every batch of two epochs, by epoch, for a model built with some settings."""

    def watch(variant, **settings):
        model = small(variant, **settings)
        batches, objective = [], model.objective

        def record(x, generator=None, weight=None):
            if model.training:
                batches.append(x)
            return objective(x, generator, weight)

        monkeypatch.setattr(model, "objective", record)
        epochs = []
        for _ in fit(model, digits, epochs=2, batch_size=64, device="cpu"):
            epochs.append(torch.cat(batches))
            batches.clear()
        return epochs

    return watch


def counts(images, of):
    """How often each image of `of` is among `images`."""
    same = (images.flatten(1)[:, None] == of.flatten(1)[None]).all(2)
    return same.sum(0)


def test_a_plain_network_sees_every_image_once_an_epoch(shown, digits):
    for images in shown("denoising", noise_std=0.3):
        assert len(images) == len(digits.train)
        assert (counts(images, digits.train) == 1).all()


@pytest.mark.parametrize(
    ("variant", "settings", "passes"),
    [("denoising", {"noise_std": (0.0, 1.0)}, RAMPED_PASSES),
     ("sparse", {"lambda_": (0.1, 1.0)}, PASSES)],
)  # fmt: skip
def test_a_conditioned_network_sees_every_image_before_any_again(
    shown, digits, variant, settings, passes
):
    n = len(digits.train)
    first, second = shown(variant, **settings)
    for images in (first, second):
        assert len(images) == math.ceil(passes * n / 64) * 64 > n
        assert (counts(images[:n], digits.train) == 1).all()
        assert counts(images[n:], digits.train).max() == 1
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    ("hidden", "passes", "opening"),
    [((512, 256), MORE_PASSES, 5 / 12),  # most weights touch pixels and stay
     ((192, 64), RAMPED_PASSES, 3 / 8),  # the others move whole
     ((64, 512, 256), RAMPED_PASSES, 3 / 8)],  # the others are more
)  # fmt: skip
def test_a_network_of_low_rank_that_mostly_stays_takes_more_steps(hidden, passes, opening):
    model = build("denoising", (1, 28, 28), noise_std=(0.0, 1.0), hidden_sizes=hidden)
    found = Passes(model, 1000, 50, 10)
    assert found.images == math.ceil(passes * 1000 / 50) * 50
    assert found.opening == round(opening * 10 * found.steps)


def test_the_rate_falls_to_the_end_over_all_passes(digits, small):
    settings = {"epochs": 3, "batch_size": 50, "learning_rate": 1e-3, "device": "cpu"}
    *_, record = fit(small("sparse", lambda_=(0.1, 10.0)), digits, **settings)
    *_, plain = fit(small("sparse", lambda_=0.1), digits, **settings)
    # The last of n steps runs at rate · ½ (1 + cos(π (n − 1) / n)): more steps end lower.
    assert 0 < record.learning_rate < plain.learning_rate
