"""Input that has no answer is refused by name; nothing plausible is made of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ae_core import DataSet, InvalidConfig, InvalidInput, PCACodec, build, fit, metrics
from ae_core.binary import as_binary
from ae_core.errors import ModelFileError
from ae_core.geometry import jacobian
from ae_core.latent import attribute_direction, hole_share, slerp
from ae_core.linear_family import LinearFamily
from ae_core.sklearn import AutoencoderTransformer

NAN = torch.full((9,), math.nan)
CODES = torch.arange(18.0).reshape(9, 2)


def refused(kind, words, act):
    with pytest.raises(kind, match=words):
        act()


@pytest.mark.parametrize("kind", ["mean", "linear"])
def test_directions_of_what_is_no_number(kind):
    mask = torch.arange(9) > 4
    refused(InvalidInput, "finite", lambda: attribute_direction(NAN[:, None], mask, kind))
    refused(InvalidInput, "finite", lambda: attribute_direction(CODES, NAN, "linear"))


def test_holes_of_what_is_no_code():
    model = build("variational", (12,), hidden_sizes=(4,))
    z = torch.randn(9, 2)
    for bad in (z * math.nan, z[:0]):
        refused(InvalidInput, "z_prior", lambda bad=bad: hole_share(model, bad, z))
        refused(InvalidInput, "z_data", lambda bad=bad: hole_share(model, z, bad))


def test_bytes_are_no_pixels():
    a, b = torch.tensor([[[12]], [[10]]], dtype=torch.uint8)
    for measure in (metrics.absolute_error_per_image, metrics.squared_error_per_image):
        refused(InvalidInput, "uint8", lambda measure=measure: measure(a, b))


def test_measures_of_nothing_and_of_no_number():
    refused(InvalidInput, "resamples", lambda: metrics.bootstrap_interval([1.0], 0, resamples=0))
    refused(InvalidInput, "negative", lambda: metrics.psnr_db_of_mse(-1.0))
    assert metrics.psnr_db_of_mse(1.0, 1e200) == pytest.approx(4000)
    refused(InvalidInput, "at least one", lambda: metrics.bernoulli_floor(torch.rand(0, 3)))
    refused(InvalidInput, r"\[0, 1\]", lambda: metrics.bernoulli_floor(NAN[None]))
    refused(InvalidInput, "finite", lambda: metrics.auroc(NAN, CODES[:, 0]))
    refused(InvalidInput, "at least one", lambda: jacobian(lambda x: x, CODES[:0]))
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    for fewer in (0, -3):
        refused(InvalidInput, "max_samples", lambda fewer=fewer: metrics.continuity(x, x, 5, fewer))


@pytest.mark.parametrize("weights", [(-1.0, 0.5), (0.02, 50.0), (0.5, math.nan)])
def test_weights_of_parts_lie_on_the_slider(weights):
    model = build("contractive", (2,), lambda_=(0.01, 1.0), hidden_sizes=(8,))
    x, z = torch.rand(2, 2), torch.rand(2, 2)
    for act in (model.encode, model.decode):
        given = x if act == model.encode else z
        refused(InvalidConfig, "must lie in", lambda a=act, g=given: a(g, torch.tensor(weights)))
    model.encode(x, torch.tensor([0.01, 1.0]))


def test_a_batch_has_as_many_parts_as_weights():
    model = build("variational", (2,), beta=(0.01, 1.0), hidden_sizes=(8,))
    weights = torch.tensor([0.1, 0.2])
    for act in (model.encode, model.posterior, model.decode):
        refused(InvalidInput, "3 samples", lambda act=act: act(torch.rand(3, 2), weights))


def test_a_slider_has_two_ends():
    ends = (0.1, 0.1 + 1.4e-17)
    refused(InvalidConfig, "low < high", lambda: build("variational", (4,), beta=ends))
    close = (0.1, np.nextafter(0.1, 1))
    refused(InvalidConfig, "low < high", lambda: build("variational", (4,), beta=close))


def test_sixteen_bits_end_somewhere():
    model = build("undercomplete", (4,), hidden_sizes=(4,))
    with torch.no_grad():
        model.encoder.layers[0].weight.mul_(1e6)
    refused(ModelFileError, "16-bit numbers end at", lambda: as_binary(model, half=True))
    as_binary(model)


@pytest.mark.parametrize("levels", [1, 2, 16])
def test_parabolas_need_odd_levels(levels):
    x = torch.rand(20, 4)
    refused(InvalidConfig, "odd", lambda: LinearFamily(x, "gaussian", 1.0, levels=levels))


def test_a_family_takes_doubles():
    x = torch.rand(50, 4, generator=torch.Generator().manual_seed(0))
    one, other = (LinearFamily(x.to(kind), "masking", 0.9) for kind in (torch.float, torch.double))
    torch.testing.assert_close(other(x.double(), 0.5), one(x, 0.5))


def test_great_circles_of_very_long_and_very_short_codes():
    for size in (1e20, 1e-23):
        a, b = torch.tensor([[size, 0.0], [0.0, size]])
        torch.testing.assert_close(slerp(a, b, 0.5) / size, torch.full((2,), math.sqrt(0.5)))


def test_training_reads_no_test_split(digits):
    empty = replace(digits, test=digits.test[:0], test_labels=None)
    weights = []
    for data in (digits, empty):
        model = build("undercomplete", data.sample_shape, hidden_sizes=(8,), output="sigmoid")
        list(fit(model, data, epochs=1, device="cpu"))
        weights.append(model.encoder.layers[0].weight)
    assert torch.equal(*weights)
    assert empty.suggested_config == digits.suggested_config


def test_a_layout_needs_samples_that_differ_and_room_for_the_code():
    def laid(x, d):
        model = build("undercomplete", tuple(x.shape[1:]), latent_dim=d, hidden_sizes=(8,))
        list(fit(model, DataSet("c", "points", x, x, x), epochs=1, layout_images=60, device="cpu"))

    same = torch.ones(70, 4)
    same[65:] = 0
    refused(InvalidConfig, "all the same", lambda: laid(same, 2))
    refused(InvalidConfig, "at most 2 numbers", lambda: laid(torch.rand(70, 2), 3))


def test_numpy_numbers_are_numbers_to_pca_and_the_transformer():
    assert PCACodec(np.int64(2)).latent_dim == 2
    refused(InvalidConfig, "whole number", lambda: PCACodec(True))
    x = np.random.default_rng(0).random((40, 8))

    def fitted(**settings):
        return AutoencoderTransformer(epochs=1, hidden_sizes=(4,), **settings).fit(x)

    fitted(validation_fraction=np.float32(0.5), patience=1)
    fitted(random_state=2**40)
    refused(InvalidConfig, "sample_shape", lambda: fitted(sample_shape=8))
    refused(InvalidConfig, "has no lambda_", lambda: fitted(lambda_=np.array([0.1, 0.2])))
