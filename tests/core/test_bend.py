"""Variants on bent images: what they are shown, what they must answer, and why."""

import pytest
import torch

from ae_core import InvalidConfig, bending, build, fit, pretraining
from ae_core.batches import in_batches
from ae_core.corruption import CORRUPTIONS
from ae_core.deformation import deformed
from ae_core.records import Recipe


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_images_are_bent_before_the_noise_and_the_goal_is_straight(kind, images, small, seeded):
    model = small("denoising", corruption=kind, bend=2.0, clip=True).double()
    draws = seeded(2)
    bent = deformed(images, draws, 2.0)
    expected = CORRUPTIONS[kind](bent, model.config.weight, draws).clamp(0, 1)
    assert torch.equal(model.corrupt(images, seeded(2)), expected)
    goal = (images - model.reconstruct(expected)).square().flatten(1).sum(1).mean()
    torch.testing.assert_close(model.objective(images, seeded(2)).reconstruction, goal)


@pytest.mark.parametrize("penalty", ["l1", "kl"])
def test_a_sparse_code_is_that_of_the_bent_image(penalty, images, small, seeded):
    settings = {"penalty": penalty, "lambda_": 0.7, "code_activation": "sigmoid"}
    model = small("sparse", bend=2.0, **settings).double()
    x_tilde = deformed(images, seeded(2), 2.0)
    objective, plain = model.objective(images, seeded(2)), small("sparse", **settings).double()
    plain.load_state_dict(model.state_dict())
    goal = (images - model.reconstruct(x_tilde)).square().flatten(1).sum(1).mean()
    torch.testing.assert_close(objective.reconstruction, goal)
    assert torch.equal(objective.penalty, plain.objective(x_tilde).penalty)


def test_a_network_for_a_range_of_noise_is_shown_bent_images_too(small, images, seeded):
    ranged = small("denoising", bend=1.0, noise_std=(0.0, 1.0)).double()
    plain = small("denoising", bend=1.0, noise_std=0.25).double()
    both = (model.corrupt(images, seeded(1), 0.25) for model in (ranged, plain))
    assert torch.equal(*both)


def test_a_sparse_network_for_a_range_is_shown_bent_images_too(small, images, seeded):
    ranged = small("sparse", bend=1.5, lambda_=(0.01, 1.0)).double()
    weights = torch.tensor([0.02, 0.5], dtype=torch.float64)
    found = ranged.objective(images, seeded(1), weights)
    bent, half = deformed(images, seeded(1), 1.5), len(images) // 2
    for i, (x, shown) in enumerate(zip(images.split(half), bent.split(half), strict=True)):
        goal = (x - ranged.reconstruct(shown, weights[i].item())).square().flatten(1).sum(1).mean()
        torch.testing.assert_close(found.reconstruction[i], goal)


def test_without_bending_every_draw_is_as_it_was(small, images, seeded):
    model = small("denoising", noise_std=0.5, bend=0.0).double()
    assert torch.equal(
        model.corrupt(images, seeded(4)), CORRUPTIONS["gaussian"](images, 0.5, seeded(4))
    )


@pytest.mark.parametrize("variant", ["denoising", "sparse"])
def test_images_alone_are_bent_before_training_not_their_codes(variant, small, digits, monkeypatch):
    bent = []

    def spy(x, generator, strength):
        bent.append((tuple(x.shape[1:]), strength))
        return deformed(x, generator, strength)

    monkeypatch.setattr(bending, "deformed", spy)
    model = small(variant, hidden_sizes=(16,), bend=1.5)
    recipe = Recipe(epochs=1, batch_size=len(digits.train), pretrain_epochs=3)
    pretraining.pretrain(model, digits.train, recipe, *(torch.Generator() for _ in range(2)))
    assert bent == [((1, 8, 8), 1.5)] * 3  # one batch an epoch, of the first of two levels


@pytest.mark.parametrize("variant", ["denoising", "sparse"])
@pytest.mark.parametrize("shape", [(2,), (128,), (4, 4)])
def test_what_is_no_image_cannot_be_bent(shape, variant):
    with pytest.raises(InvalidConfig, match=r"bend 0\.5 needs images .*use bend 0"):
        build(variant, shape, hidden_sizes=(8,), bend=0.5)


@pytest.mark.parametrize("bend", [-1.0, 6.0, float("nan"), "much"])
def test_a_strength_out_of_range_is_named(bend):
    with pytest.raises(InvalidConfig, match="bend"):
        build("denoising", (1, 8, 8), bend=bend)


def test_it_learns_to_straighten(digits):
    bent, errors = deformed(digits.valid, torch.Generator().manual_seed(3), 3.0), []
    for bend in (0.0, 3.0):
        settings = {"latent_dim": 16, "hidden_sizes": (128,), "noise_std": 0.0, "bend": bend}
        model = build("denoising", (1, 8, 8), **settings)
        for _ in fit(model, digits, epochs=80, learning_rate=3e-3, seed=1):
            pass
        repaired = in_batches(model.reconstruct, bent)
        errors.append(float((repaired - digits.valid).square().flatten(1).sum(1).mean()))
    assert errors[1] < 0.9 * errors[0]
