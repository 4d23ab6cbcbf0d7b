"""A term that leaves the numbers is named, with its epoch and split."""

import dataclasses
import math

import pytest
import torch

from ae_core import TrainingDiverged, fit

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
