"""One damaged array for everybody: bitwise, keyed by its id, and honest about who does best."""

import dataclasses

import numpy as np
import pytest
import torch

from ae_core import load_dataset
from ae_core.data import is_available
from ae_core.filters import LinearDenoiser, median, noise_moments
from ae_core.linear_family import LinearFamily
from app import services
from app.services import LINEAR, MEDIAN, NOISY, Damage, damage
from app.view import View

DIGITS = Damage("digits", (3, 1, 4), "gaussian", 0.5, 7)


class Spy:
    """A codec that keeps what it was given and answers with it."""

    latent_dim, sample_shape, seen = 2, (1, 8, 8), None

    def reconstruct(self, x):
        self.seen = x.clone()
        return x

    encode = decode = reconstruct


@pytest.fixture
def spied(monkeypatch):
    """Every codec and filter of the service notes the array it was handed."""
    spies = {}
    real = {"median": damage.median, "linear": LinearFamily.__call__}

    def filtered(name):
        def call(*arguments):
            array = next(a for a in arguments if isinstance(a, torch.Tensor))
            spies[name] = array.clone()
            return real[name](*arguments)

        return call

    def codec(which):
        return spies.setdefault(which.variant, Spy())

    monkeypatch.setattr(damage, "codec", codec)
    monkeypatch.setattr(damage, "median", filtered("median"))
    monkeypatch.setattr(LinearFamily, "__call__", filtered("linear"))
    damage.repaired.clear()
    damage.classical_repairs.clear()
    yield spies
    damage.repaired.clear()


@pytest.mark.parametrize("changes", [{}, {"kind": "salt_pepper"}, {"block": (0.5, 0.5, 0.4)}])
def test_codecs_and_filters_receive_the_identical_array(spied, changes):
    asked = dataclasses.replace(DIGITS, **changes)
    names = ("pca", "undercomplete", "denoising")
    refs = tuple(services.CodecRef("digits", name, 2, digest="spy") for name in names)
    tried = services.repairs(asked, refs)
    shown = services.damaged(asked).tobytes()
    assert tried[NOISY].tobytes() == shown
    assert set(spied) == {*names, "median", "linear"}
    for name, spy in spied.items():
        seen = spy.seen if isinstance(spy, Spy) else spy
        assert seen.numpy().tobytes() == shown, name


def test_an_equal_id_is_an_equal_array_and_any_other_id_another():
    first = services.damaged(DIGITS)
    damage._damaged.clear()
    assert services.damaged(dataclasses.replace(DIGITS)).tobytes() == first.tobytes()
    for changes in ({"seed": 8}, {"level": 0.4}, {"kind": "masking"}, {"clip": True},
                    {"block": (0.5, 0.5, 0.3)}, {"indices": (3, 1, 5)}):  # fmt: skip
        other = services.damaged(dataclasses.replace(DIGITS, **changes))
        assert other.tobytes() != first.tobytes(), changes


def test_nobody_can_write_into_what_everybody_shares():
    for array in (services.damaged(DIGITS), *services.classical_repairs(DIGITS).values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_clipping_holds_for_damage_and_repairs_alike():
    wide = dataclasses.replace(DIGITS, level=1.0)
    pca = (services.ref("digits", "pca", 16),)
    assert services.damaged(wide).min() < -0.5
    assert services.repairs(wide, pca)["pca"].min() < 0
    for x_hat in services.repairs(dataclasses.replace(wide, clip=True), pca).values():
        assert x_hat.min() >= 0
        assert x_hat.max() <= 1
    points = Damage("moons", (0, 1), "gaussian", 0.5, 0)
    assert services.damaged(points).min() < 0  # nothing to clip where values have no range


@pytest.mark.parametrize(
    ("block", "rows", "columns"),
    [((0.5, 0.5, 0.5), (2, 6), (2, 6)), ((0.0, 1.0, 0.25), (6, 8), (0, 2)),
     ((1.0, 0.0, 0.25), (0, 2), (6, 8)), ((0.5, 0.5, 1.0), (0, 8), (0, 8))],
)  # fmt: skip
def test_an_erased_block_is_zero_and_lies_inside(block, rows, columns):
    whole = services.damaged(DIGITS)
    erased = services.damaged(dataclasses.replace(DIGITS, block=block))
    expected = whole.copy()
    expected[..., slice(*rows), slice(*columns)] = 0
    np.testing.assert_array_equal(erased, expected)


def test_a_series_is_erased_along_time_and_points_never():
    series = Damage("cbf", (0, 1), "gaussian", 0.1, 0, block=(0.25, 0.9, 0.25))
    x = services.damaged(series)
    assert np.flatnonzero((x == 0).all(axis=0)).tolist() == list(range(16, 48))
    points = Damage("moons", (0, 1), "gaussian", 0.1, 0)
    erased = dataclasses.replace(points, block=(0.5, 0.5, 1.0))
    np.testing.assert_array_equal(services.damaged(erased), services.damaged(points))


def test_the_filters_are_the_cores():
    clipped = dataclasses.replace(DIGITS, clip=True)
    x_tilde = torch.tensor(services.damaged(clipped))
    found = services.classical_repairs(clipped)
    np.testing.assert_array_equal(found[MEDIAN], median(x_tilde).numpy())
    lines = LinearFamily(load_dataset("digits").train, "gaussian", 1.0, clip=True)
    np.testing.assert_array_equal(found[LINEAR], lines(x_tilde, 0.5).clamp(0, 1).numpy())
    exact = LinearDenoiser(load_dataset("digits").train, noise_moments("gaussian", 0.5, clip=True))
    np.testing.assert_allclose(found[LINEAR], exact(x_tilde).clamp(0, 1).numpy(), atol=0.01)
    assert MEDIAN not in services.classical_repairs(Damage("moons", (0,), "gaussian", 0.2, 0))


def test_the_linear_map_knows_the_erased_block():
    asked = Damage("digits", tuple(range(200)), "gaussian", 0.1, 0, True, (0.5, 0.5, 0.5))
    blind = LinearDenoiser(load_dataset("digits").train, noise_moments("gaussian", 0.1, clip=True))
    clean = services.originals(asked)
    x_hat = blind(torch.tensor(services.damaged(asked))).clamp(0, 1).numpy()
    own = services.classical_repairs(asked)[LINEAR]
    assert ((own - clean) ** 2).mean() < 0.6 * ((x_hat - clean) ** 2).mean()


@pytest.mark.parametrize(("data", "top"), [("digits", 1.0), ("moons", None)])
def test_scores_are_decibels_of_the_mean_error_not_mean_decibels(data, top):
    asked = dataclasses.replace(DIGITS, data=data)
    found = services.scores(asked, (services.ref(data, "pca", 1),))
    train = load_dataset(data).train
    top = top or float(train.max() - train.min())
    assert services.peak(data) == pytest.approx(top)
    clean = services.originals(asked).astype(float)
    for name, x_hat in services.repairs(asked, (services.ref(data, "pca", 1),)).items():
        mse = ((x_hat - clean) ** 2).reshape(3, -1).mean(1)
        assert found[name].each == pytest.approx(10 * np.log10(top**2 / mse), abs=1e-3)
        assert found[name].total == pytest.approx(10 * np.log10(top**2 / mse.mean()), abs=1e-3)


def test_a_perfect_copy_scores_infinity():
    none = Damage("digits", (0, 1), "masking", 0.0, 0)
    assert services.scores(none, ())[NOISY].total == np.inf


def test_the_curve_is_the_scores_of_its_samples(make_models):
    make_models("digits", 2)
    refs = tuple(services.ref("digits", codec, 2) for codec in ("pca", "sparse", "denoising"))
    curve = services.psnr_over_levels("digits", refs, "gaussian", (0.2, 0.7), 5)
    indices = tuple(range(min(damage.CURVE_SAMPLES, len(load_dataset("digits").test))))
    for place, level in enumerate((0.2, 0.7)):
        asked = Damage("digits", indices, "gaussian", level, 5)
        told = tuple(services.at_level(which, "gaussian", level) for which in refs)
        expected = {name: score.total for name, score in services.scores(asked, told).items()}
        assert {n: values[place] for n, values in curve.items()} == pytest.approx(expected)
    assert [told.weight for told in (services.at_level(refs[2], "gaussian", v) for v in (0.2, 9))] \
        == [0.2, 1.0]  # fmt: skip


def test_an_untold_denoiser_stays_at_its_level(make_models):
    make_models("digits", 2)
    which = services.ref("digits", "denoising", 2, 0.3)
    levels = (0.3, 0.9)
    told = services.psnr_over_levels("digits", (which,), "gaussian", levels, 0)["denoising"]
    fixed = services.psnr_over_levels("digits", (which,), "gaussian", levels, 0, told=False)
    assert fixed["denoising"][0] == told[0]
    assert fixed["denoising"][1] != told[1]
    assert services.at_level(which, "masking", 0.9) == which  # another noise has another knob


def test_only_codecs_that_saw_damage_were_trained_on_it(make_models):
    make_models("digits", 2)
    which = services.ref("digits", "denoising", 2)
    assert services.trained_on(which) == services.Training("gaussian", 0.0, 1.0, False)
    for codec in ("pca", "sparse", "variational"):
        assert services.trained_on(services.ref("digits", codec, 2)) is None


def test_salt_and_pepper_needs_values_between_black_and_white():
    assert list(services.noises("digits")) == ["gaussian", "salt_pepper", "masking"]
    assert list(services.noises("moons")) == list(services.noises("cbf")) == ["gaussian", "masking"]
    for data in ("digits", "moons", "cbf"):
        assert all(0 < span.usual <= span.highest <= 1 for span in services.noises(data).values())


@pytest.mark.parametrize(("data", "d"), [("digits", 16), ("shapes", 8), ("mnist", 32)])
def test_a_shipped_denoiser_repairs_better_than_any_linear_map(data, d):
    """In the noise that the page makes by itself."""
    if not is_available(data):
        pytest.skip(f"{data} is not on this machine (AE_DATA_DIR or ../shared/data)")
    which = services.ref(data, "denoising", d)
    found = services.psnr_over_levels(data, (which,), "gaussian", (0.5,), 0, View().clip)
    assert found["denoising"][0] > found[LINEAR][0] + 0.5
