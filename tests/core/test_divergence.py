"""A term that leaves the numbers is named, with its epoch and split."""

import dataclasses
import math

import pytest
import torch

from ae_core import InvalidInput, TrainingDiverged, TrainingState, fit

QUICK = {"batch_size": 64, "device": "cpu"}


@pytest.mark.parametrize(
    ("variant", "settings", "scale", "term"),
    [
        ("undercomplete", {}, 1e30, "reconstruction"),
        ("denoising", {}, 1e30, "reconstruction"),
        ("contractive", {"activation": "relu"}, 1.0, "penalty"),
        ("variational", {}, 1.0, "penalty"),
    ],
)
def test_divergence_names_term_epoch_and_split(variant, settings, scale, term, small, digits):
    model = small(variant, **settings)
    data = dataclasses.replace(digits, train=digits.train * scale)
    if term == "penalty":
        with torch.no_grad():  # exp(log_var) and ‖J‖² overflow long before the reconstruction does
            target = (
                model.log_var.bias if variant == "variational" else model.encoder.layers[0].weight
            )
            target.fill_(100.0 if variant == "variational" else 1e15)
            if variant == "variational":
                model.decoder.layers[0].weight.zero_()
            else:
                model.encoder.layers[-1].weight.fill_(1e15)
                model.decoder.layers[0].weight.zero_()
    with pytest.raises(
        TrainingDiverged, match=f"the {term} term became .* in epoch 1, train batch"
    ):
        list(fit(model, data, epochs=2, **QUICK))
    assert not model.training


def test_divergence_in_a_later_epoch_is_dated(small, digits):
    model = small("undercomplete")
    run = fit(model, digits, epochs=3, **QUICK)
    next(run)
    with torch.no_grad():
        model.decoder.layers[-1].bias[0] = math.nan
    with pytest.raises(TrainingDiverged, match="reconstruction term became nan in epoch 2"):
        next(run)


def test_divergence_on_valid_is_said(small, digits):
    bad = dataclasses.replace(digits, valid=digits.valid * 1e30)
    with pytest.raises(TrainingDiverged, match="inf in epoch 1, valid batch 1"):
        list(fit(small("undercomplete"), bad, epochs=2, **QUICK))


def copied(model):
    return {name: t.clone() for name, t in model.state_dict().items()}


def same(model, weights):
    return all(torch.equal(t, weights[name]) for name, t in model.state_dict().items())


@pytest.mark.parametrize("kept", [False, True], ids=["no state", "a state"])
def test_the_last_whole_epoch_is_put_back(kept, small, digits):
    model, state = small("undercomplete"), TrainingState() if kept else None
    first = copied(model)
    with pytest.raises(TrainingDiverged, match=r"scale the data; the model is as it began$"):
        list(fit(model, dataclasses.replace(digits, valid=digits.valid * 1e30), **QUICK))
    assert same(model, first)
    run = fit(model, digits, epochs=4, state=state, **QUICK)
    next(run)
    next(run)
    second = copied(model)
    with torch.no_grad():
        model.decoder.layers[-1].bias[0] = math.nan
    with pytest.raises(TrainingDiverged, match=r"epoch 3.*the model is as after epoch 2$"):
        next(run)
    assert same(model, second)
    assert state is None or (state.epoch == 2 and same(model, state.weights))


def test_with_patience_the_best_epoch_is_put_back(small, digits):
    model = small("undercomplete")
    run = fit(model, digits, epochs=9, patience=5, learning_rate=1.0, schedule="constant", **QUICK)
    best = {}
    for record in run:
        best[record.epoch] = copied(model)
        if record.best_epoch < record.epoch:
            break
    with torch.no_grad():
        model.decoder.layers[-1].bias[0] = math.nan
    with pytest.raises(TrainingDiverged, match=f"as after epoch {record.best_epoch}$"):
        next(run)
    assert same(model, best[record.best_epoch])


@pytest.mark.parametrize("split", ["train", "valid"])
@pytest.mark.parametrize("value", [math.nan, -math.inf])
@pytest.mark.parametrize("reconstruction", ["squared", "bernoulli"])
def test_data_without_numbers_is_at_fault_itself(split, value, reconstruction, small, digits):
    x = getattr(digits, split).clone()
    x[7, 0, 3, 3] = value
    bad = dataclasses.replace(digits, **{split: x})
    model = small("undercomplete", reconstruction=reconstruction)
    with pytest.raises(
        InvalidInput, match=f"the {split} split of .*'digits' holds NaN or infinity"
    ):
        fit(model, bad, **QUICK)
