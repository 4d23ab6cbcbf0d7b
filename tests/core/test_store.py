"""One model, one file: what goes in comes out, bit for bit, with its whole recipe."""

import json
import struct

import pytest
import torch

from ae_core import (
    DataSet,
    ModelFileError,
    PCACodec,
    TrainingState,
    build,
    fit,
    load_model,
    load_state,
    save_model,
    save_state,
)
from ae_core.card import FORMAT_VERSION
from ae_core.store import list_models, model_digest, read_card

RUN = {"epochs": 2, "batch_size": 64, "seed": 3, "device": "cpu"}
NETWORKS = [{}, {"architecture": "conv"}, {"tied": True}, {"linear": True, "hidden_sizes": ()}]


def equal_weights(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(
        torch.equal(a[k], b[k]) and a[k].dtype == b[k].dtype for k in a
    )


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("weight", [0.3, (0.1, 0.9)], ids=["one weight", "a range"])
def test_round_trip(variant, network, weight, small, digits, knob, tmp_path):
    model, state = small(variant, seed=9, **network, **knob(variant, weight)), TrainingState()
    list(fit(model, digits, state=state, **RUN))
    path = save_model(
        model, tmp_path / "model.safetensors", dataset=digits, state=state,
        test_figures={"mse_per_pixel": 0.125, "psnr_db": 9.0},
    )  # fmt: skip
    twin = load_model(path)
    assert type(twin) is type(model)
    assert not twin.training
    assert equal_weights(model, twin)
    assert twin.config == model.config
    assert twin.sample_shape == model.sample_shape
    assert twin.seed == 9
    x = digits.test
    assert torch.equal(twin.reconstruct(x), model.reconstruct(x))
    assert len(twin.history) == len(state.history)
    for kept, own in zip(twin.history, state.history, strict=True):
        assert (kept.epoch, kept.best_epoch) == (own.epoch, own.best_epoch)
        for split in ("train", "valid"):
            assert vars(getattr(kept, split)) == pytest.approx(vars(getattr(own, split)), rel=1e-5)
    assert twin.test_figures == {"mse_per_pixel": 0.125, "psnr_db": 9.0}
    for name, value in RUN.items():
        assert name == "device" or twin.recipe[name] == value
    assert twin.recipe["init_seed"] == 9
    card = twin.card
    assert (card.variant, card.dataset, card.dataset_digest) == (variant, "digits", digits.digest)
    assert card == read_card(path)
    assert set(card.versions) == {"python", "torch", "numpy", "scikit-learn"}
    assert card.versions["torch"] == torch.__version__
    assert model_digest(twin) == model_digest(model)
    if twin.conditioned:
        assert torch.equal(twin.at(0.2).reconstruct(x), model.at(0.2).reconstruct(x))


def test_round_trip_of_pca(digits, tmp_path):
    codec = PCACodec(5).fit(digits.train)
    path = save_model(codec, tmp_path / "pca.safetensors", dataset=digits, recipe={"rows": 200})
    twin = load_model(path)
    assert isinstance(twin, PCACodec)
    assert equal_weights(codec, twin)
    assert torch.equal(twin.reconstruct(digits.test), codec.reconstruct(digits.test))
    assert (twin.latent_dim, twin.sample_shape) == (5, (1, 8, 8))
    assert twin.recipe == {"rows": 200}
    with pytest.raises(ModelFileError):
        load_state(path)


def test_a_loaded_model_keeps_its_card_and_can_be_trained_on(digits, small, tmp_path):
    model, state = small("sparse"), TrainingState()
    list(fit(model, digits, state=state, **RUN))
    first = save_model(model, tmp_path / "a.safetensors", dataset=digits, state=state)
    again = load_model(save_model(load_model(first), tmp_path / "b.safetensors"))
    assert again.card == read_card(first)
    list(fit(again, digits, epochs=1, device="cpu"))
    assert not equal_weights(again, model)
    assert model_digest(again) != model_digest(model)


def test_the_header_is_plain_and_names_its_version(digits, small, tmp_path):
    """Any safetensors reader can tell what the file is."""
    path = save_model(small("variational"), tmp_path / "m.safetensors", dataset=digits)
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    metadata = json.loads(raw[8 : 8 + length])["__metadata__"]
    assert metadata["format"] == "bottleneck-model"
    assert metadata["format_version"] == str(FORMAT_VERSION)
    assert set(metadata) == {
        "format", "format_version", "variant", "sample_shape", "config", "dataset", "recipe",
        "history", "test_figures", "versions",
    }  # fmt: skip
    assert json.loads(metadata["dataset"])["sha256"] == digits.digest


def test_the_digest_sees_every_weight_and_setting(small):
    one = model_digest(small("sparse"))
    assert len(one) == 12
    assert one == model_digest(small("sparse"))
    assert one != model_digest(small("sparse", lambda_=0.2))
    moved = small("sparse")
    with torch.no_grad():
        moved.decoder.layers[-1].bias[7] += 1e-6
    assert one != model_digest(moved)


def test_list_models_shows_the_bad_ones_too(small, tmp_path):
    (tmp_path / "deep").mkdir()
    good = save_model(small("sparse"), tmp_path / "deep" / "good.safetensors")
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"nonsense")
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "notes.txt").write_text("not listed")
    found = list_models(tmp_path)
    assert set(found) == {good, bad, tmp_path / "folder.safetensors"}
    assert found[good].variant == "sparse"
    assert isinstance(found[bad], ModelFileError)
    assert list_models(tmp_path / "nowhere") == {}


def test_folders_are_made_and_names_kept(small, tmp_path):
    path = tmp_path / "a" / "b" / "naïve λ.safetensors"
    assert save_model(small("sparse"), str(path)) == path
    assert load_model(str(path)).name == "sparse"


UNFIT = {
    "float64": lambda: build("sparse", (4,)).double(),
    "float16": lambda: build("sparse", (4,)).half(),
    "double PCA": lambda: PCACodec(1).fit(torch.rand(9, 3).double()),
    "unfitted PCA": lambda: PCACodec(2),
    "five axes": lambda: build("sparse", (1, 2, 2, 2, 2)),
    "NaN": lambda: _poisoned(float("nan")),
    "infinity": lambda: _poisoned(float("inf")),
    "no codec": dict,
}


def _poisoned(value):
    model = build("sparse", (4,))
    with torch.no_grad():
        model.encoder.layers[0].weight[0, 0] = value
    return model


@pytest.mark.parametrize("make", UNFIT.values(), ids=UNFIT)
def test_what_could_not_be_loaded_is_not_written(make, tmp_path):
    old = save_model(build("sparse", (4,)), tmp_path / "m.safetensors").read_bytes()
    with pytest.raises(ModelFileError):
        save_model(make(), tmp_path / "m.safetensors")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [old]


@pytest.mark.parametrize(
    "card",
    [
        {"test_figures": {"psnr_db": float("inf")}}, {"test_figures": {"x": float("nan")}},
        {"test_figures": {"x": "much"}}, {"test_figures": {"x": None}},
        {"recipe": {"x": float("nan")}}, {"recipe": {"x": torch.ones(2)}},
        {"recipe": {"x": "y" * (1 << 21)}}, {"recipe": {"x": {1, 2}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_card_that_could_not_be_read_is_not_written(card, tmp_path):
    with pytest.raises(ModelFileError, match=r"m\.safetensors: not saved"):
        save_model(build("sparse", (4,)), tmp_path / "m.safetensors", **card)
    assert list(tmp_path.iterdir()) == []


def test_odd_names_in_the_card_survive(digits, tmp_path):
    odd = DataSet("naïve \ud800 \x00 “λ”", "image", digits.train, digits.valid, digits.test)
    path = save_model(build("sparse", (1, 8, 8)), tmp_path / "m.safetensors", dataset=odd)
    assert load_model(path).card.dataset == odd.name


def test_a_state_is_the_same_after_the_disk(small, digits, tmp_path):
    model, state = small("variational", beta=(0.1, 10.0)), TrainingState()
    run = fit(model, digits, state=state, patience=3, **RUN)
    next(run)
    twin, copy = load_state(save_state(model, state, tmp_path / "run.safetensors"))
    assert equal_weights(model, twin)
    for group in ("weights", "moments", "generators", "best_weights"):
        a, b = getattr(state, group), getattr(copy, group)
        assert a.keys() == b.keys()
        assert all(torch.equal(a[k], b[k]) for k in a)
    for name in (
        "recipe",
        "data_digest",
        "epoch",
        "best_epoch",
        "best_total",
        "history",
        "finished",
        "variant",
        "config",
    ):
        assert getattr(state, name) == getattr(copy, name), name
