"""A loaded model that is saved again says what it is now, not what it was."""

import pytest
import torch

from ae_core import (
    PCACodec,
    TrainingState,
    build,
    fit,
    load_dataset,
    load_model,
    load_state,
    save_model,
    save_state,
)
from ae_core.__main__ import main
from ae_core.store import model_digest

RUN = {"epochs": 1, "batch_size": 64, "device": "cpu"}


@pytest.fixture
def made(small, digits, tmp_path):
    """A network for a range, trained, saved with its figures and loaded."""
    model, state = small("sparse", seed=9, lambda_=(0.1, 1.0)), TrainingState()
    list(fit(model, digits, state=state, **RUN))
    path = tmp_path / "made.safetensors"
    save_model(model, path, dataset=digits, state=state, test_figures={"psnr_db": 9.0})
    return load_model(path)


def test_pca_fitted_anew_is_another_model(digits, tmp_path):
    path = tmp_path / "pca.safetensors"
    save_model(PCACodec(2).fit(digits.train), path, dataset=digits, test_figures={"psnr_db": 9.0})
    x = load_dataset("moons").train
    codec = load_model(path).fit(x)
    twin = load_model(save_model(codec, path))
    assert torch.equal(twin.reconstruct(x), codec.reconstruct(x))
    assert (twin.card.dataset, twin.test_figures) == ("", {})


def test_figures_go_with_the_weights_and_data_that_made_them(made, digits, tmp_path):
    path, state = tmp_path / "m.safetensors", TrainingState()
    assert load_model(save_model(made, path, dataset=digits)).test_figures == {"psnr_db": 9.0}
    other = digits.binarised()
    assert load_model(save_model(made, path, dataset=other)).test_figures == {}
    list(fit(made, digits, seed=4, state=state, **RUN))
    twin = load_model(save_model(made, path, dataset=digits, state=state))
    assert twin.test_figures == {}
    assert (twin.seed, twin.recipe["seed"]) == (9, 4)
    assert load_state(save_state(made, state, path))[0].test_figures == {}


def test_the_seed_of_the_first_weights_is_always_kept(tmp_path):
    path = tmp_path / "m.safetensors"
    model = load_model(save_model(build("sparse", (4,), seed=5), path))
    assert model.seed == 5
    model.initialise(6)
    assert load_model(save_model(model, path)).seed == 6


def test_a_changed_setting_is_saved(made, tmp_path):
    made.config = type(made.config)(**{**made.config.to_mapping(), "lambda_": (0.2, 1.0)})
    assert load_model(save_model(made, tmp_path / "m")).config == made.config


def test_a_file_older_than_a_setting_keeps_its_name(small, tmp_path):
    path = tmp_path / "m.safetensors"
    model = load_model(save_model(small("contractive"), path))
    del model.card.config["code_bias"]
    name = model_digest(model)
    assert name != model_digest(small("contractive"))
    assert model_digest(load_model(save_model(model, path))) == name


def test_a_folded_network_knows_where_it_comes_from(made, tmp_path, capsys):
    plain, path = made.at(0.3), tmp_path / "plain.safetensors"
    assert (plain.recipe, plain.history) == (made.recipe, made.history)
    twin = load_model(save_model(plain, path))
    assert (twin.seed, twin.config.lambda_, twin.card.dataset) == (9, 0.3, "digits")
    assert (twin.recipe, twin.history, twin.test_figures) == (made.recipe, made.history, {})
    assert main(["evaluate", str(path), "--json"]) == 0
    assert "mse_per_pixel" in capsys.readouterr().out


def test_weights_that_were_trained_on_leave_their_history(made, digits, tmp_path):
    same = load_model(save_model(made, tmp_path / "same.safetensors"))
    assert same.test_figures
    assert same.history
    assert len(same.recipe) > 1
    list(fit(same, digits, **RUN))
    again = load_model(save_model(same, tmp_path / "again.safetensors", dataset=digits))
    assert (again.test_figures, again.history) == ({}, ())
    assert again.recipe == {"init_seed": 9}
