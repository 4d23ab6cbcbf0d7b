"""Bad input: one line, exit code 2, nothing half-written."""

from collections.abc import Callable
from pathlib import Path

import pytest

Output = tuple[int, str, str]


BAD: dict[str, tuple[list[str], str]] = {
    "no command": ([], "COMMAND"),
    "unknown command": (["trian"], "invalid choice: 'trian'"),
    "unknown variant": (["train", "gan", "--data", "digits"], "unknown variant 'gan'"),
    "no data": (["train", "sparse"], "--data"),
    "unknown data": (["train", "sparse", "--data", "digit"], "unknown data set 'digit'"),
    "near option": (
        ["train", "sparse", "--data", "digits", "--latent-dm", "3"], "did you mean --latent-dim?",
    ),
    "abbreviated": (["train", "sparse", "--data", "digits", "--lat", "3"], "'--lat'"),
    "other's option": (["train", "sparse", "--data", "digits", "--beta", "1"], "'beta'"),
    "below": (["train", "sparse", "--data", "digits", "--lambda", "-4"], "at least 0, got -4"),
    "above": (
        ["train", "denoising", "--data", "digits", "--corruption", "masking", "--mask-fraction",
         "1.5"], "at most 1, got 1.5",
    ),
    "not a number": (["train", "sparse", "--data", "digits", "--lambda", "abc"], "got 'abc'"),
    "nan": (["train", "variational", "--data", "digits", "--beta", "nan"], "finite"),
    "range upside down": (["train", "variational", "--data", "digits", "--beta", "2:1"], "low < "),
    "range of three": (["train", "variational", "--data", "digits", "--beta", "1:2:3"], "two"),
    "range from 0": (["train", "variational", "--data", "digits", "--beta", "0:1"], "above 0"),
    "range of ints": (["train", "sparse", "--data", "digits", "--latent-dim", "1:2"], "'1:2'"),
    "sizes": (["train", "sparse", "--data", "digits", "--hidden-sizes", "abc"], "'abc'"),
    "sizes, zero": (["train", "sparse", "--data", "digits", "--hidden-sizes", "9,0"], "got 0"),
    "choice": (["train", "sparse", "--data", "digits", "--activation", "gelu"], "'gelu'"),
    "seed nan": (["train", "sparse", "--data", "digits", "--seed", "nan"], "'nan'"),
    "seed below": (["train", "sparse", "--data", "digits", "--seed", "-1"], "'-1'"),
    "seed huge": (["train", "sparse", "--data", "digits", "--seed", "9" * 30], "whole number"),
    "epochs below": (["train", "sparse", "--data", "digits", "--epochs", "-3"], "got -3"),
    "epochs text": (["train", "sparse", "--data", "digits", "--epochs", "many"], "'many'"),
    "rate": (["train", "sparse", "--data", "digits", "--learning-rate", "nan"], "got nan"),
    "schedule": (["train", "sparse", "--data", "digits", "--schedule", "step"], "'step'"),
    "batch": (["train", "sparse", "--data", "digits", "--batch-size", "0"], "got 0"),
    "idle nan": (["work", "--idle", "nan"], "--idle"),
    "idle below": (["work", "--idle", "-1"], "--idle"),
    "threads": (["train", "sparse", "--data", "digits", "--threads", "0"], "'0'"),
    "device": (["train", "sparse", "--data", "digits", "--device", "abacus"], "'abacus'"),
    "device meta": (["train", "sparse", "--data", "digits", "--device", "meta"], "'meta'"),
    "conv on points": (
        ["train", "sparse", "--data", "rings", "--architecture", "conv"], "'conv' needs images",
    ),
    "bernoulli": (
        ["train", "sparse", "--data", "cbf", "--reconstruction", "bernoulli"], "[0, 1]",
    ),
    "pca too wide": (["train", "pca", "--data", "digits", "--latent-dim", "65"], "at most 64"),
    "pca with beta": (["train", "pca", "--data", "digits", "--beta", "1"], "--beta"),
    "pca trained": (
        ["train", "pca", "--data", "digits", "--epochs", "5", "--patience", "3", "--binarise"],
        "pca takes only --latent-dim, got --epochs, --patience, --binarise",
    ),
    "pca seeded": (["train", "pca", "--data", "digits", "--seed", "1"], "got --seed"),
    "pca elsewhere": (["train", "pca", "--data", "digits", "--device", "cuda"], "got --device"),
    "pca resumed": (["train", "pca", "--data", "digits", "--resume", "x"], "--resume"),
    "out is a folder": (["train", "sparse", "--data", "digits", "--out", "."], "is a folder"),
    "out below a file": (
        ["train", "sparse", "--data", "digits", "--out", f"{__file__}/m"], "cannot be written",
    ),
    "out too long": (
        ["train", "sparse", "--data", "digits", "--out", "m" * 300], "cannot be written",
    ),
    "state is a folder": (
        ["train", "sparse", "--data", "digits", "--save-state", "."], "is a folder",
    ),
    "resume what is no run": (
        ["train", "sparse", "--data", "digits", "--resume", __file__], "test_refusals.py",
    ),
    "one file for two": (
        ["train", "sparse", "--data", "digits", "--out", "m", "--save-state", "./m"], "two files",
    ),
    "missing model": (["evaluate", "nothing.safetensors"], "no such model file"),
    "not a model": (["evaluate", __file__], "test_refusals.py"),
    "a folder as model": (["evaluate", "."], "cannot be read"),
    "split": (["evaluate", __file__, "--split", "train"], "'train'"),
    "samples": (["evaluate", __file__, "--importance-samples", "-1"], "got -1"),
    "few neighbours": (["evaluate", __file__, "--trustworthiness", "5"], "at least 21"),
    "no folder": (["list", "nowhere"], "no such folder"),
    "export format": (["export", __file__, "--format", "h5", "--out", "x"], "'h5'"),
    "export nothing": (["export", "nothing", "--out", "x"], "no such model file"),
    "unknown download": (["data", "cifar"], "unknown data set 'cifar'"),
    "mirror": (["data", "mnist", "--mirror", "not-a-url", "--dir", "."], "not a usable address"),
    "no weight": (["sweep", "undercomplete", "--data", "rings", "--weights", "1"], "no weight"),
    "bad weight": (["sweep", "sparse", "--data", "rings", "--weights", "1,x"], "'x'"),
    "bad axis": (["sweep", "sparse", "--data", "rings", "--grid", "colour=1"], "'colour'"),
    "no values": (["sweep", "sparse", "--data", "rings", "--grid", "epochs"], "got ''"),
    "seed axis": (["sweep", "sparse", "--data", "rings", "--grid", "seed=1"], "'seed'"),
    "axis twice": (
        ["sweep", "sparse", "--data", "rings", "--weights", "1", "--grid", "lambda=2"], "twice",
    ),
    "same seeds": (["sweep", "sparse", "--data", "rings", "--seeds", "1,1"], "once"),
    "bad seeds": (["sweep", "sparse", "--data", "rings", "--seeds", "1,a"], "'a'"),
    "bad jobs": (["sweep", "sparse", "--data", "rings", "--jobs", "0"], "got 0"),
    "bad point": (["sweep", "sparse", "--data", "rings", "--grid", "epochs=1,0"], "got 0"),
    "bad figure": (["sweep", "sparse", "--data", "rings", "--figure", "loss"], "'loss'"),
    "figure of one point": (
        ["sweep", "undercomplete", "--data", "moons", "--grid", "latent-dim=2,1",
         "--figure", "hoyer_sparsity"], "latent_dim = 1 lacks",
    ),
    "bad recipe point": (
        ["sweep", "undercomplete", "--data", "moons", "--grid", "deform=0,0.5"], "needs images",
    ),
    "pca swept": (["sweep", "pca", "--data", "rings"], "unknown variant 'pca'"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_is_one_line_and_exit_code_2(
    case: str, cli: Callable[..., Output], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv, expected = BAD[case]
    monkeypatch.chdir(tmp_path)
    code, stdout, stderr = cli(*argv)
    assert (code, stdout) == (2, "")
    assert stderr.count("\n") == 1
    assert stderr.startswith("error: ")
    assert expected in stderr
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert not (tmp_path / "home").exists()


def test_a_likelihood_of_what_has_none_is_refused(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    pca = tmp_path / "pca.safetensors"
    assert cli("train", "pca", "--data", "digits", "--out", pca)[0] == 0
    code, stdout, stderr = cli("evaluate", pca, "--importance-samples", 5)
    assert (code, stdout) == (2, "")
    assert "needs a model with a likelihood (variational), pca.safetensors is pca" in stderr


def test_a_model_of_another_shape_is_refused(cli: Callable[..., Output], model: Path) -> None:
    code, _, stderr = cli("evaluate", model, "--data", "rings")
    assert code == 2
    assert "samples of shape (2,), the model was built for (1, 8, 8)" in stderr
    code, _, stderr = cli("evaluate", model, "--weight", 11)
    assert code == 2
    assert "beta must lie in [0.1, 10]" in stderr


def test_a_diverged_run_leaves_no_model(cli: Callable[..., Output], tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    code, stdout, stderr = cli("train", "variational", "--data", "digits", "--learning-rate", 10,
                               "--epochs", 3, "--out", out)  # fmt: skip
    assert (code, stdout) == (2, "")
    assert stderr.startswith("error: the ")
    assert "epoch 1" in stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["json", "npz"])
def test_an_export_does_not_overwrite_its_model(cli: Callable[..., Output], model: Path, form: str):
    before = model.read_bytes()
    code, _, said = cli("export", model, "--format", form, "--out", model)
    assert (code, model.read_bytes()) == (2, before)
    assert "the model itself" in said
