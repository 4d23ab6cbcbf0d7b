"""What a batch looks like is drawn apart from all other noise: the same for every variant."""

import pytest
import torch

from ae_core import InvalidInput, ModelFileError, TrainingState, fit, load_state, save_state
from ae_core.records import Recipe
from ae_core.run import Run
from tests.core.spies import batches_of

RUN = {"epochs": 2, "batch_size": 100, "seed": 5, "device": "cpu"}
LOOKS = [{"binarise": True}, {"deform": 0.5}, {"binarise": True, "deform": 0.5}]
NOISY = [
    ("denoising", {"noise_std": 0.0}),
    ("contractive", {"lambda_": 0.0, "jacobian": "hutchinson"}),
    ("sparse", {"lambda_": 0.0}),
    ("variational", {"beta": 0.0}),
]


def same(a, b):
    return all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize("looks", LOOKS, ids=str)
@pytest.mark.parametrize(("variant", "nothing"), NOISY)
def test_at_weight_0_it_is_the_undercomplete_autoencoder(variant, nothing, looks, small, digits):
    plain, other = small("undercomplete"), small(variant, **nothing)
    list(fit(plain, digits, **RUN, **looks))
    list(fit(other, digits, **RUN, **looks))
    own = dict(other.named_parameters())
    assert all(torch.equal(p, own[name]) for name, p in plain.named_parameters())


@pytest.mark.parametrize("looks", LOOKS, ids=str)
def test_every_variant_is_shown_the_same_images(variant, looks, small, digits, monkeypatch):
    shown = []
    for name in ("undercomplete", variant):
        model = small(name)
        with monkeypatch.context() as patched:
            batches = batches_of(model, patched)
            list(fit(model, digits, **{**RUN, "batch_size": 25}, **looks))
        shown.append(batches[True] + batches[False])
    assert all(torch.equal(a, b) for a, b in zip(*shown, strict=True))


def test_a_run_begun_with_one_stream_for_all_goes_on_with_it(small, digits, tmp_path, seeded):
    recipe, cpu = Recipe(epochs=2, batch_size=100, seed=5, deform=0.5), torch.device("cpu")
    whole, broken, state = small("denoising"), small("denoising"), TrainingState()
    for model, epochs, kept in ((whole, 2, None), (broken, 1, state)):
        run = Run(model, digits, recipe, cpu, kept)
        run.looks = run.noise = seeded(6)  # as it was
        for _ in range(epochs):
            run.epoch()
    assert set(state.generators) == {"order", "noise"}
    again, state = load_state(save_state(broken, state, tmp_path / "run.safetensors"))
    list(fit(again, digits, **RUN, deform=0.5, state=state))
    assert same(again, whole)


def test_its_damaged_stream_is_refused(small, digits, tmp_path):
    model, state = small("denoising"), TrainingState()
    next(fit(model, digits, **RUN, deform=0.5, state=state))
    state.generators["looks"] = state.generators["looks"][:9].clone()
    path = save_state(model, state, tmp_path / "run.safetensors")
    with pytest.raises((ModelFileError, InvalidInput), match="generator"):  # noqa: PT012
        model, state = load_state(path)
        fit(model, digits, **RUN, deform=0.5, state=state)
