"""The transformer against scikit-learn's own checks and the core it wraps."""

import inspect
import pickle
from dataclasses import fields

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import ae_core.sklearn
from ae_core import VARIANTS, AECoreError, DataSet, InvalidConfig, InvalidInput, build, fit
from ae_core.records import Recipe
from ae_core.sklearn import AutoencoderTransformer

SIZES = (24, 12)


@pytest.fixture
def pixels(all_digits):
    """1,797 digits as rows of 64 values in [0, 1]."""
    return all_digits.flatten(1).double().numpy()


def quick(variant="undercomplete", **settings):
    defaults = {"hidden_sizes": SIZES, "epochs": 3, "random_state": 0}
    return AutoencoderTransformer(variant, **{**defaults, **settings})


# Few epochs, as scikit-learn caps max_iter in its own suite: the contract is not about accuracy.
@parametrize_with_checks([AutoencoderTransformer(variant, epochs=4) for variant in VARIANTS])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def test_arguments_are_the_core_s(variant):
    given = {
        name: p.default for name, p in inspect.signature(AutoencoderTransformer).parameters.items()
    }
    for f in fields(VARIANTS[variant].Config):
        assert given[f.name] == f.default, f.name
    assert {f.name for f in fields(Recipe)} - {"seed"} <= set(given)


def test_same_weights_as_the_core(variant, pixels):
    rows = pixels[:100]
    recipe = {"learning_rate": 1e-3, "schedule": "constant", "pretrain_epochs": 1, "batch_size": 25}
    mine = quick(variant, random_state=7, **recipe).fit(rows)
    x = torch.tensor(rows, dtype=torch.float32)
    model = build(variant, (64,), seed=7, hidden_sizes=SIZES)
    data = DataSet("rows", "points", x, x, x)
    records = list(fit(model, data, epochs=3, seed=7, **recipe))
    for name, weight in model.state_dict().items():
        assert torch.equal(mine.model_.state_dict()[name], weight.double()), name
    assert [r.train for r in mine.history_] == [r.train for r in records]
    codes = model.double().encode(torch.tensor(rows)).detach().numpy()
    np.testing.assert_allclose(mine.transform(rows), codes, rtol=1e-10, atol=1e-12)


def test_random_state_decides(pixels):
    rows = pixels[:60]

    def codes(state):
        return quick("variational", random_state=state).fit_transform(rows)

    assert np.array_equal(codes(3), codes(np.int64(3)))
    assert not np.allclose(codes(3), codes(4))
    assert np.array_equal(codes(np.random.RandomState(5)), codes(np.random.RandomState(5)))
    shared = np.random.RandomState(5)
    assert not np.allclose(codes(shared), codes(shared))
    np.random.seed(1)  # noqa: NPY002  None means NumPy's global generator, as in scikit-learn
    first = codes(None)
    assert not np.allclose(first, codes(None))
    np.random.seed(1)  # noqa: NPY002
    assert np.array_equal(first, codes(None))


def test_fit_leaves_the_process_as_it_was(variant, pixels):
    torch.manual_seed(11)
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), torch.get_num_threads()  # noqa: NPY002
    given = pixels[:80].copy()
    quick(variant, patience=1, pretrain_epochs=1).fit(given).score(given)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert torch.get_num_threads() == before[2]
    assert torch.get_default_dtype() == torch.float32
    assert np.array_equal(given, pixels[:80])


@pytest.mark.parametrize("tied", [False, True])
def test_pickle_gives_equal_answers(variant, tied, pixels):
    est = quick(variant, tied=tied).fit(pixels[:80])
    twin = pickle.loads(pickle.dumps(est))  # noqa: S301  our own bytes
    new = pixels[80:120]
    assert np.array_equal(est.transform(new), twin.transform(new))
    assert np.array_equal(est.score_samples(new), twin.score_samples(new))
    assert twin.history_ == est.history_


def test_clone_and_params_round_trip(pixels):
    est = quick("sparse", lambda_=(0.01, 1.0), penalty="kl", latent_dim=5, sample_shape=[1, 8, 8])
    params = est.get_params()
    assert params["lambda_"] == (0.01, 1.0)
    twin = clone(est.fit(pixels[:50]))
    assert twin.get_params() == params
    assert not hasattr(twin, "model_")
    assert clone(est).set_params(latent_dim=3).fit_transform(pixels[:50]).shape == (50, 3)


def test_a_range_of_weights_gives_one_network_for_all(pixels):
    est = quick("contractive", lambda_=(0.01, 1.0)).fit(pixels[:80])
    x = torch.tensor(pixels[:20]).reshape(-1, 64)
    middle = est.model_.at(0.1).double()
    np.testing.assert_allclose(est.transform(pixels[:20]), middle.encode(x).detach(), rtol=1e-5)
    assert not torch.allclose(est.model_.at(1.0).double().encode(x), middle.encode(x), rtol=1e-4)


def test_pandas_in_and_out():
    frame = load_iris(as_frame=True).data.iloc[::-1]
    pipe = make_pipeline(StandardScaler(), quick("denoising", latent_dim=3))
    plain = pipe.fit_transform(frame)
    codes = pipe.set_output(transform="pandas").fit_transform(frame)
    assert list(codes.columns) == [f"autoencodertransformer{i}" for i in range(3)]
    assert codes.index.equals(frame.index)
    assert np.array_equal(codes.to_numpy(), plain)
    assert list(pipe[-1].feature_names_in_) == list(frame.columns)
    assert np.array_equal(pipe.inverse_transform(codes), pipe.inverse_transform(plain))


def test_precision_follows_the_input(variant, pixels):
    est = quick(variant).fit(pixels[:100].astype(np.float32))
    wide = est.transform(pixels[100:130])
    narrow = est.transform(pixels[100:130].astype(np.float32))
    assert (wide.dtype, narrow.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(narrow, wide, rtol=1e-4, atol=1e-5)
    assert est.inverse_transform(narrow).dtype == np.float32
    assert get_tags(est).transformer_tags.preserves_dtype == ["float64", "float32"]
    one_by_one = np.vstack([est.transform(row[None]) for row in pixels[100:130]])
    np.testing.assert_allclose(one_by_one, wide, rtol=1e-10, atol=1e-12)


def test_numpy_scalars_of_a_grid_are_welcome(pixels):
    est = quick(
        "sparse", latent_dim=np.int64(3), epochs=np.int64(2), batch_size=np.int32(16),
        learning_rate=np.float32(1e-3), tied=np.bool_(True), penalty=np.str_("kl"),
    )  # fmt: skip
    est.fit(pixels[:40])
    assert est.n_epochs_ == 2
    assert est.model_.config.tied is True


def test_conv_reads_rows_as_images(variant, pixels):
    est = quick(variant, architecture="conv", hidden_sizes=(3, 4), sample_shape=(1, 8, 8))
    rows = pixels[:40]
    codes = est.fit_transform(rows)
    images = torch.tensor(rows).reshape(-1, 1, 8, 8)
    np.testing.assert_allclose(codes, est.model_.encode(images).detach(), rtol=1e-10, atol=1e-12)
    assert est.inverse_transform(codes).shape == (40, 64)


@pytest.fixture
def split(monkeypatch):
    """The data set that the last fit trained on."""
    seen = []

    def spy(model, data, **recipe):
        seen.append(data)
        return fit(model, data, **recipe)

    monkeypatch.setattr(ae_core.sklearn, "train", spy)
    return lambda: seen[-1]


def test_rows_are_held_out_only_to_stop_early(split, pixels):
    rows = pixels[:50]
    quick().fit(rows)
    assert len(split().train) == len(split().valid) == 50
    quick(patience=2, validation_fraction=0.3).fit(rows)
    assert (len(split().train), len(split().valid)) == (35, 15)
    together = torch.cat([split().train, split().valid]).numpy().tolist()
    assert sorted(together) == sorted(rows.astype(np.float32).tolist())
    quick(patience=2).fit(rows[:9])  # a tenth of nine is no row
    assert len(split().train) == len(split().valid) == 9


def test_patience_keeps_the_best_weights(split, pixels):
    est = quick(patience=2, epochs=200, learning_rate=0.1, schedule="constant").fit(pixels[:100])
    totals = [r.valid.total for r in est.history_]
    best = int(np.argmin(totals))
    assert est.n_epochs_ == best + 1 + 2 < 200
    held_out = split().valid.double().numpy()
    assert -est.score(held_out) == pytest.approx(totals[best], rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"variant": "beta"}, ["'beta'", "undercomplete", "variational"]),
        ({"latent_dim": 0}, ["latent_dim", "at least 1", "0"]),
        ({"lambda_": 0.5}, ["undercomplete", "lambda_", "0.5", "0.1", "sparse or contractive"]),
        ({"variant": "sparse", "beta": 4}, ["sparse", "beta", "4", "1.0", "variational"]),
        ({"architecture": "conv"}, ["sample_shape=(C, H, W)", "64", "mlp"]),
        ({"sample_shape": (1, 8, 9)}, ["sample_shape", "64", "(1, 8, 9)"]),
        ({"epochs": 0}, ["epochs", "whole number", "got 0"]),
        ({"validation_fraction": 1.0}, ["validation_fraction", "(0, 1)", "1.0"]),
        ({"device": "abacus"}, ["'abacus'", "cpu"]),
    ],
)  # fmt: skip
def test_errors_name_value_and_allowed(settings, parts, pixels):
    est = quick(**settings)
    with pytest.raises(AECoreError) as caught:
        est.fit(pixels[:20])
    for part in parts:
        assert part in str(caught.value)


def test_wrong_arrays_are_refused(pixels):
    est = quick().fit(pixels[:20])
    with pytest.raises(InvalidInput, match=r"shape \(B, 2\), got \(5, 3\)"):
        est.inverse_transform(np.zeros((5, 3)))
    with pytest.raises(InvalidInput, match=r"1\.8e\+19, got 1e\+25.*StandardScaler"):
        quick().fit(pixels[:20] * 1e25)
    with pytest.raises(InvalidConfig, match=r"in \[0, 1\]"):
        quick(reconstruction="bernoulli").fit(pixels[:20] * 16)
