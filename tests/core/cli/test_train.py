"""`train` and `evaluate`: true figures, the weights of Python, every field an option."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import ae_core
from ae_core import VARIANTS, PCACodec, build, load_dataset, load_model, save_model
from ae_core.metrics import evaluate

Output = tuple[int, str, str]


QUICK = ["--epochs", "2", "--hidden-sizes", "16,8"]


def test_train_saves_a_model_whose_figures_can_be_recomputed(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    out = tmp_path / "new folder" / "model.safetensors"
    code, stdout, _ = cli(
        "train", "variational", "--data", "digits", "--latent-dim", 3, "--beta", 4, "--seed", 7,
        *QUICK, "--out", out, "--json",
    )  # fmt: skip
    told, data = json.loads(stdout), load_dataset("digits")
    assert code == 0
    loaded = load_model(out)
    assert loaded.config.beta == 4
    assert loaded.config.hidden_sizes == (16, 8)
    assert loaded.config.output == "sigmoid"  # what suits pixels, as the data set says
    assert (loaded.recipe["seed"], loaded.recipe["init_seed"], loaded.recipe["epochs"]) == (7, 7, 2)
    assert told["test"] == pytest.approx(evaluate(loaded, data), rel=1e-5)
    assert told["test"] == pytest.approx(loaded.test_figures)
    assert told["pca_test"] == pytest.approx(evaluate(PCACodec(3).fit(data.train), data), rel=1e-5)
    kept = loaded.history[-1].valid.reconstruction
    assert kept == pytest.approx(told["valid"]["reconstruction"], rel=1e-5)
    assert told["config"] == loaded.config.to_mapping()
    assert Path(told["file"]) == out


def test_train_gives_the_weights_that_python_gives(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        cli("train", "sparse", "--data", "rings", "--lambda", "0.01", "--seed", 3, *QUICK,
            "--out", tmp_path / name)  # fmt: skip
    data = load_dataset("rings")
    model = build("sparse", data.sample_shape, seed=3, lambda_=0.01, hidden_sizes=(16, 8))
    list(ae_core.fit(model, data, epochs=2, seed=3, device="cpu"))
    for name in ("a", "b"):
        for key, tensor in load_model(tmp_path / name).state_dict().items():
            assert torch.equal(tensor, model.state_dict()[key])


def test_the_table_shows_pca_beside_the_model(cli: Callable[..., Output], tmp_path: Path) -> None:
    code, stdout, stderr = cli(
        "train", "denoising", "--data", "digits", *QUICK, "--out", tmp_path / "m.safetensors"
    )
    assert code == 0
    assert "denoising, d = 2, noise_std = 0.5: digits, test split" in stdout
    assert re.search(r"figure +┃ +denoising ┃ +pca", stdout)
    assert re.search(r"squared_error_per_image +│ +[\d.]+ │ +3\.441", stdout)
    # Both repaired the identical damaged digits.
    noisy = re.search(r"noisy_psnr_db +│ +([\d.]+) │ +([\d.]+)", stdout)
    assert noisy
    assert noisy[1] == noisy[2]
    assert "valid" not in stdout
    assert len(stderr.splitlines()) == 1


def test_where_pca_is_impossible_the_table_says_so(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    code, stdout, _ = cli("train", "undercomplete", "--data", "rings", "--latent-dim", 3, *QUICK,
                          "--out", tmp_path / "m")  # fmt: skip
    assert code == 0
    assert "no pca with 3 values" in stdout


def test_pca_is_a_model_too(cli: Callable[..., Output], tmp_path: Path) -> None:
    out = tmp_path / "pca.safetensors"
    assert cli("train", "pca", "--data", "digits", "--latent-dim", 5, "--out", out)[0] == 0
    code, stdout, _ = cli("evaluate", out, "--json")
    data = load_dataset("digits")
    expected = evaluate(PCACodec(5).fit(data.train), data)
    assert code == 0
    assert json.loads(stdout)["test"] == pytest.approx(expected, rel=1e-5)
    assert json.loads(stdout)["weight"] is None
    assert "pca" not in cli("evaluate", out)[1].replace("pca", "", 2)  # one column, no twin


def test_every_field_of_every_config_is_an_option(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    code, stdout, _ = cli("train", "--help")
    assert code == 0
    for cls in VARIANTS.values():
        for field in dataclasses.fields(cls.Config):
            assert f"--{field.name.rstrip('_').replace('_', '-')}" in stdout
    settings = [
        "--tied", "--activation", "relu", "--reconstruction", "absolute", "--corruption",
        "masking", "--mask-fraction", "0.1:0.6", "--clip", "--hidden-sizes", "9", "--no-linear",
    ]  # fmt: skip
    out = tmp_path / "m"
    code, *_ = cli("train", "denoising", "--data", "digits", *settings, "--epochs", 1, "--out", out)
    config = load_model(out).config
    assert code == 0
    assert (config.tied, config.activation, config.clip) == (True, "relu", True)
    assert config.mask_fraction == (0.1, 0.6)
    assert config.hidden_sizes == (9,)


def test_evaluate_reads_the_weight_and_the_split(cli: Callable[..., Output], model: Path) -> None:
    data = load_dataset("digits")
    code, stdout, stderr = cli("evaluate", model, "--split", "valid", "--weight", 3, "--json")
    told = json.loads(stdout)
    assert (code, stderr) == (0, "")
    assert told["valid"] == pytest.approx(evaluate(load_model(model).at(3.0), data, "valid"))
    assert told["trained_on_this_data"]
    assert "test" not in told
    middle = json.loads(cli("evaluate", model, "--json")[1])
    assert middle["weight"] == pytest.approx(1.0)
    _, stdout, stderr = cli("evaluate", model, "--trustworthiness", 60, "--json")
    slow = json.loads(stdout)
    assert stderr == ""
    assert 0 < slow["test"]["trustworthiness_10"] < 1
    held = len(data.test)
    _, stdout, stderr = cli("evaluate", model, "--trustworthiness", 100_000, "--json")
    assert f"the test split holds {held} samples, 100000 were asked for" in stderr
    assert stdout == cli("evaluate", model, "--trustworthiness", held, "--json")[1]
    assert "trustworthiness_10" not in middle["test"]


def test_evaluate_notes_other_data(cli: Callable[..., Output], tmp_path: Path) -> None:
    file = save_model(
        build("sparse", (2,), hidden_sizes=(4,)), tmp_path / "m", dataset=load_dataset("moons")
    )
    code, stdout, stderr = cli("evaluate", file, "--data", "rings", "--json")
    assert code == 0
    assert not json.loads(stdout)["trained_on_this_data"]
    assert json.loads(stdout)["weight"] == 0.1
    assert "trained on other data (moons" in stderr
