"""A run that was interrupted, saved and taken up again ends exactly as one that was not."""

import dataclasses

import pytest
import torch

from ae_core import (
    InvalidConfig,
    InvalidInput,
    ModelFileError,
    TrainingState,
    fit,
    load_state,
    save_state,
)
from ae_core.runs import keeper

RUN = {"epochs": 4, "batch_size": 64, "seed": 7, "device": "cpu"}
SETTINGS = [
    ({}, 0.3),
    ({"patience": 2, "learning_rate": 0.3, "epochs": 9, "schedule": "constant"}, 0.3),
    ({"pretrain_epochs": 1, "epochs": 3}, (0.1, 0.9)),
]


def facts(records):
    """Records without the clock."""
    return [dataclasses.replace(r, seconds=0, images_per_second=0) for r in records]


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize(("settings", "weight"), SETTINGS, ids=str)
def test_resume_at_every_epoch(variant, settings, weight, small, digits, knob, tmp_path):
    run = {**RUN, **settings}
    whole = small(variant, **knob(variant, weight))
    unbroken = list(fit(whole, digits, **run))
    assert (len(unbroken) < run["epochs"]) == ("patience" in run)
    for stop in range(1, len(unbroken) + 1):
        model, state = small(variant, **knob(variant, weight)), TrainingState()
        for record in fit(model, digits, state=state, **run):
            if record.epoch == stop:
                break
        path = save_state(model, state, tmp_path / "run.safetensors")
        del model, state
        model, state = load_state(path)
        assert not model.training
        rest = list(fit(model, digits, state=state, **run))
        assert same(model, whole), stop
        assert facts(state.history) == facts(unbroken)
        assert facts(rest) == facts(unbroken[stop:])


def test_resume_many_times_and_in_memory(small, digits, tmp_path):
    whole = small("variational")
    list(fit(whole, digits, **RUN))
    model, state = small("variational"), TrainingState()
    for _ in range(4):
        next(iter(fit(model, digits, state=state, **RUN)))
    assert state.finished
    assert same(model, whole)
    assert list(fit(model, digits, state=state, **RUN)) == []


@pytest.mark.parametrize("step", range(10))
def test_an_interruption_inside_an_epoch_loses_that_epoch_only(step, small, digits, monkeypatch):
    """Ctrl-C at any step, the look at valid included; then on, to the unbroken result."""
    run = {**RUN, "epochs": 2}
    whole = small("denoising")
    list(fit(whole, digits, **run))
    model, state, calls = small("denoising"), TrainingState(), []
    original = type(model).objective

    def interrupted(self, *args, **kw):
        calls.append(0)
        if len(calls) == step + 1:
            raise KeyboardInterrupt
        return original(self, *args, **kw)

    monkeypatch.setattr(type(model), "objective", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(fit(model, digits, state=state, **run))
    assert state.epoch == len(state.history) == (1 if step >= 5 else 0)
    list(fit(model, digits, state=state, **run))
    assert same(model, whole)


def test_a_run_that_never_started_can_be_taken_up(small, digits, tmp_path):
    whole = small("sparse")
    list(fit(whole, digits, **RUN))
    model, state = small("sparse"), TrainingState()
    fit(model, digits, state=state, **RUN)
    path = save_state(model, state, tmp_path / "run.safetensors")
    model, state = load_state(path)
    list(fit(model, digits, state=state, **RUN))
    assert same(model, whole)


def begun(small, digits, variant="variational", **settings):
    model, state = small(variant), TrainingState()
    next(iter(fit(model, digits, state=state, **{**RUN, **settings})))
    return model, state


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 5), ("batch_size", 32), ("seed", 8), ("learning_rate", 0.01), ("patience", 3),
        ("schedule", "constant"), ("pretrain_epochs", 1),
    ],
)  # fmt: skip
def test_other_settings_are_refused(name, value, small, digits):
    model, state = begun(small, digits)
    with pytest.raises(InvalidConfig, match=f"{name} must be .* got {value!r}.*new run"):
        fit(model, digits, state=state, **{**RUN, name: value})


def test_other_data_is_refused(small, digits):
    model, state = begun(small, digits)
    train = digits.train.clone()
    train[3, 0, 4, 4] += 1 / 16
    with pytest.raises(InvalidInput, match="other data than 'digits'"):
        fit(model, dataclasses.replace(digits, train=train), state=state, **RUN)


@pytest.mark.parametrize(
    "other", [{"latent_dim": 2}, {"hidden_sizes": (4,)}, {"tied": True}, {"architecture": "conv"}]
)
def test_another_model_is_refused(other, small, digits):
    _, state = begun(small, digits)
    with pytest.raises(InvalidInput, match="another model"):
        fit(small("variational", **other), digits, state=state, **RUN)
    with pytest.raises(InvalidInput, match="another model"):
        fit(small("sparse"), digits, state=state, **RUN)


@pytest.mark.parametrize(
    ("variant", "settings", "words"),
    [
        ("undercomplete", {}, "it was sparse"),
        ("contractive", {}, "it was sparse"),
        ("sparse", {"activation": "tanh"}, "its activation was 'silu', not 'tanh'"),
        ("sparse", {"lambda_": (0.1, 1.0)}, r"its lambda_ was 0\.1, not \(0\.1, 1\.0\)"),
    ],
)
def test_another_model_with_the_same_weights_is_refused(
    variant, settings, words, small, digits, tmp_path
):
    model, state = begun(small, digits, "sparse")
    _, loaded = load_state(save_state(model, state, tmp_path / "run.safetensors"))
    other = small(variant, **settings)
    for kept in (state, loaded):
        with pytest.raises(InvalidInput, match=f"the {variant} one given: {words}; take model"):
            fit(other, digits, state=kept, **RUN)
    assert same(other, small(variant, **settings))


def test_a_weight_that_changed_meanwhile_counts_and_a_state_without_a_config_goes_on(small, digits):
    model, state = begun(small, digits, "sparse")
    assert list(fit(small("sparse", lambda_=0.5), digits, state=state, **RUN))
    model, state = begun(small, digits, "sparse")
    state.variant, state.config = "", {}
    assert list(fit(model, digits, state=state, **RUN))


def test_an_unstarted_state_is_not_saved(small, tmp_path):
    with pytest.raises(ModelFileError, match="not been through fit"):
        save_state(small("sparse"), TrainingState(), tmp_path / "run.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("generator", ["order", "noise"])
@pytest.mark.parametrize("damage", ["short", "empty", "noise"])
def test_damaged_generators_are_refused(generator, damage, small, digits, tmp_path):
    model, state = begun(small, digits)
    good = state.generators[generator]
    state.generators[generator] = {
        "short": good[:100].clone(), "empty": good[:0].clone(), "noise": torch.full_like(good, 255),
    }[damage]  # fmt: skip
    path = save_state(model, state, tmp_path / "run.safetensors")
    with pytest.raises((ModelFileError, InvalidInput), match="generator"):  # noqa: PT012
        model, state = load_state(path)
        fit(model, digits, state=state, **RUN)


def test_a_run_file_is_no_model_and_a_model_no_run(small, digits, tmp_path):
    from ae_core import load_model, save_model

    model, state = begun(small, digits)
    run = save_state(model, state, tmp_path / "run.safetensors")
    with pytest.raises(ModelFileError, match=r"expected format 'bottleneck-model'.*bottleneck-run"):
        load_model(run)
    saved = save_model(model, tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match=r"expected format 'bottleneck-run'.*bottleneck-model"):
        load_state(saved)


def test_a_run_whose_long_history_was_thinned_goes_on(small, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "MAX_HISTORY", 2)
    run = {**RUN, "epochs": 6}
    whole, model, state = small("sparse"), small("sparse"), TrainingState()
    list(fit(whole, digits, **run))
    for record in fit(model, digits, state=state, **run):
        if record.epoch == 5:
            break
    state.best_epoch = 2
    path = save_state(model, keeper.thinned(state), tmp_path / "run.safetensors")
    model, state = load_state(path)
    assert [r.epoch for r in state.history] == [1, 2, 4, 5]  # every third, the best, the last
    assert [r.epoch for r in fit(model, digits, state=state, **run)] == [6]
    assert same(model, whole)


def test_a_state_that_is_not_where_its_history_ends_is_refused(small, digits, tmp_path):
    model, state = begun(small, digits)
    state.epoch = 2
    path = save_state(model, state, tmp_path / "run.safetensors")
    with pytest.raises(ModelFileError, match="epoch 2, but the last recorded one is 1"):
        load_state(path)
