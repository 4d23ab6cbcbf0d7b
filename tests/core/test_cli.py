"""The command line as people and scripts meet it: exit codes, one-line errors, true figures."""

import contextlib
import csv
import dataclasses
import http.server
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import ae_core
from ae_core import VARIANTS, PCACodec, build, load_dataset, load_model, save_model
from ae_core.__main__ import main
from ae_core.cli.train import thinned
from ae_core.metrics import evaluate
from ae_core.records import EpochRecord, Recipe, Terms, TrainingState
from ae_core.store import load_state, read_card

Output = tuple[int, str, str]
QUICK = ["--epochs", "2", "--hidden-sizes", "16,8"]


@pytest.fixture(autouse=True)
def _home(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home of its own, and no colours or widths from the terminal that runs the tests."""
    monkeypatch.setenv("BOTTLENECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AE_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
    monkeypatch.delenv("AE_DATA_DIR", raising=False)
    for name in ("FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Output]:
    def run(*argv: object) -> Output:
        code = main([str(a) for a in argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small untrained model of the digits."""
    return save_model(
        build("variational", (1, 8, 8), hidden_sizes=(8,), beta=(0.1, 10.0)),
        tmp_path / "small.safetensors", dataset=load_dataset("digits"),
        test_figures={"squared_error_per_image": 4.5},
    )  # fmt: skip


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
    slow = json.loads(cli("evaluate", model, "--trustworthiness", 60, "--json")[1])
    assert 0 < slow["test"]["trustworthiness_10"] < 1
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


def test_resume_ends_where_an_unbroken_run_ends(cli: Callable[..., Output], tmp_path: Path) -> None:
    command = ["train", "denoising", "--data", "rings", "--epochs", 4, "--hidden-sizes", "8"]
    run, whole, broken = (tmp_path / name for name in ("run", "whole", "broken"))
    assert cli(*command, "--out", whole)[0] == 0
    with interrupted_after(2):
        code, stdout, stderr = cli(*command, "--out", broken, "--save-state", run)
    assert (code, stdout) == (130, "")
    assert stderr.count("\n") == 1
    assert "interrupted after epoch 2 of 4; saved to" in stderr
    assert not broken.exists()
    assert load_state(run)[1].epoch == 2
    # The recipe is the kept run's; nothing but the data has to be said again.
    assert cli("train", "denoising", "--data", "rings", "--resume", run, "--out", broken)[0] == 0
    for key, tensor in load_model(whole).state_dict().items():
        assert torch.equal(tensor, load_model(broken).state_dict()[key])
    assert len(load_model(broken).history) == 4
    for extra, text in (
        (("--epochs", 9), "epochs must be 4"),
        (("--seed", 9), "seed must be 0"),
        (("--hidden-sizes", 9), "hidden_sizes must be (8,)"),
    ):
        code, _, stderr = cli("train", "denoising", "--data", "rings", "--resume", run, *extra)
        assert code == 2
        assert text in stderr


@contextlib.contextmanager
def interrupted_after(epochs: int) -> Iterator[None]:
    """Ctrl-C in the middle of the epoch after these."""
    objective, steps = VARIANTS["denoising"].objective, [0]

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        steps[0] += self.training
        if steps[0] == epochs * -(-len(load_dataset("rings").train) // 128) + 3:
            raise KeyboardInterrupt
        return objective(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VARIANTS["denoising"], "objective", counted)
        yield


def test_an_interrupted_run_goes_on_by_its_name(cli: Callable[..., Output], tmp_path: Path) -> None:
    command = ["train", "denoising", "--data", "rings", "--epochs", 4, "--hidden-sizes", 8]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert cli(*command, "--out", whole)[0] == 0
    with interrupted_after(2):
        code, stdout, stderr = cli(*command, "--out", broken)
    assert (code, stdout, broken.exists()) == (130, "", False)
    said = re.fullmatch(r"interrupted after epoch 2 of 4; go on with .* --resume (\S+)\n", stderr)
    assert said
    finished, kept = json.loads(cli("list", "--runs", "--json")[1])["runs"]
    assert (finished["state"], kept["state"]) == ("finished", "interrupted")
    assert (kept["run"], kept["epoch"], kept["epochs"]) == (said[1], 2, 4)
    for extra, text in ((["--seed", 9], "seed must be 0"), (["--data", "moons"], "is on rings")):
        code, _, stderr = cli("train", "--resume", said[1], *extra)
        assert code == 2
        assert text in stderr
    assert cli("train", "--resume", said[1], "--out", broken)[0] == 0
    for key, tensor in load_model(whole).state_dict().items():
        assert torch.equal(tensor, load_model(broken).state_dict()[key])
    code, _, stderr = cli("train", "--resume", said[1])
    assert code == 2
    assert "finished, there is nothing to go on with" in stderr
    table = cli("list", "--runs")[1]
    assert len(re.findall(r"denoising │ rings │ finished │ +4/4", table)) == 2


def test_interrupted_in_the_first_epoch(cli: Callable[..., Output], tmp_path: Path) -> None:
    command = ["train", "denoising", "--data", "rings", "--epochs", 4, "--out", tmp_path / "m"]
    with interrupted_after(0):
        code, _, stderr = cli(*command)
    assert code == 130
    assert stderr.startswith("interrupted after epoch 0 of 4; go on with")
    with interrupted_after(0):
        _, _, stderr = cli(*command, "--save-state", tmp_path / "run")
    assert "no epoch was complete" in stderr
    assert list(tmp_path.iterdir()) == []


def test_the_history_of_a_run_for_other_programs(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    trained = cli("train", "sparse", "--data", "rings", *QUICK, "--out", tmp_path / "m", "--json")
    (row,) = json.loads(cli("list", "--runs", "--json")[1])["runs"]
    told = json.loads(cli("history", row["run"], "--json")[1])["epochs"]
    assert [line["epoch"] for line in told] == [1, 2]
    assert told[-1]["valid_total"] == row["valid"]["total"]
    assert told[-1]["valid_reconstruction"] == json.loads(trained[1])["valid"]["reconstruction"]
    assert row["test"] == pytest.approx(json.loads(trained[1])["test"])
    assert cli("history", row["folder"], "--csv", tmp_path / "h.csv")[0] == 0
    with (tmp_path / "h.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [float(line["train_total"]) for line in lines] == [e["train_total"] for e in told]
    assert cli("history", "../" + row["run"])[0] == 2
    assert cli("history", "20990101-000000-0123456789")[2].count("no such run") == 1


def test_a_very_long_history_still_fits_the_file(tmp_path: Path) -> None:
    """A run must not fail at its last step, the writing, because it was long."""
    numbers = torch.rand(9001, 9, generator=torch.Generator().manual_seed(0)).double().sqrt()
    history = [
        EpochRecord(i + 1, Terms(*n[:3]), Terms(*n[3:6]), *n[6:9], 9000)
        for i, n in enumerate(numbers.tolist())
    ]
    state = TrainingState(Recipe(epochs=9001), history=history)
    model = build("sparse", (2,), hidden_sizes=(4,))
    kept = load_model(save_model(model, tmp_path / "m", state=thinned(state))).history
    assert (kept[0].epoch, kept[-1].epoch) == (1, 9001)
    assert 2000 < len(kept) <= 4001
    assert thinned(replace(state, history=history[:4000])).history == history[:4000]


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
        ["train", "sparse", "--data", "digits", "--resume", __file__], "test_cli.py",
    ),
    "one file for two": (
        ["train", "sparse", "--data", "digits", "--out", "m", "--save-state", "./m"], "two files",
    ),
    "missing model": (["evaluate", "nothing.safetensors"], "no such model file"),
    "not a model": (["evaluate", __file__], "test_cli.py"),
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


def test_list_shows_models_and_broken_files(
    cli: Callable[..., Output], model: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken [red].safetensors").write_bytes(b"not a model at all")
    code, stdout, _ = cli("list", tmp_path, "--json")
    broken, small = json.loads(stdout)["models"]
    assert code == 0
    assert broken["name"] == "broken [red]"
    assert "not a model file" in broken["error"]
    assert (small["variant"], small["data"], small["weight"]) == (
        "variational",
        "digits",
        [0.1, 10],
    )
    assert small["test"]["squared_error_per_image"] == 4.5
    table = cli("list", tmp_path)[1]
    assert re.search(r"broken \[red\] +│ cannot be read", table)
    assert re.search(r"small +│ variational +│ digits +│ +2 │ +0.1 to 10 │ +4.5 ", table)


def test_models_trained_without_a_name_are_listed_and_found_by_name(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    assert cli("train", "sparse", "--data", "rings", "--lambda", 2, *QUICK)[0] == 0
    name = "sparse-rings-d2-lambda2-seed0"
    models = json.loads(cli("list", "--json")[1])["models"]
    own = [m for m in models if Path(m["file"]).is_relative_to(tmp_path)]
    assert [m["name"] for m in own] == [name]
    assert cli("evaluate", name)[0] == 0


def test_data_sets_are_listed_with_what_is_here(cli: Callable[..., Output]) -> None:
    told = {row["name"]: row for row in json.loads(cli("list", "--data", "--json")[1])["data"]}
    assert list(told) == list(ae_core.data.DATASETS)
    assert told["digits"]["available"]
    assert not told["kmnist"]["available"]
    assert cli("data", "--json")[1] == cli("list", "--data", "--json")[1]
    assert "python -m ae_core data kmnist" in cli("data")[1]
    assert "nothing to download" in cli("data", "digits")[2]


@pytest.fixture
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server that has nothing of what is asked for."""
    folder = tmp_path_factory.mktemp("web")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_download_that_fails_names_every_mirror(
    cli: Callable[..., Output], mirror: str, tmp_path: Path
) -> None:
    code, _, stderr = cli("data", "mnist", "--dir", tmp_path / "sets", "--mirror", f"{mirror}/one",
                          "--mirror", f"{mirror}/two")  # fmt: skip
    assert code == 2
    assert stderr.count("\n") == 1
    assert "/one/" in stderr
    assert "/two/" in stderr
    assert "404" in stderr
    assert not any(p.is_file() for p in tmp_path.rglob("*"))


def child(*argv: object, **settings: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ae_core", *(os.fsencode(str(a)) for a in argv)]
    return subprocess.Popen(command, cwd=Path(ae_core.__file__).parents[1], **settings)


def test_a_process_takes_any_file_name_and_keeps_stdout_pure(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 [bold]\n.safetensors")
    process = child(
        "train", "pca", "--data", "digits", "--out", name, "--json",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUTF8": "0"},
    )  # fmt: skip
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(stdout)["variant"] == "pca"
    assert stderr.count(b"\n") == 1
    assert read_card(name).variant == "pca"


def test_ctrl_c_in_a_terminal_keeps_the_run(tmp_path: Path) -> None:
    run, (terminal, end) = tmp_path / "run", pty.openpty()
    process = child(
        "train", "sparse", "--data", "rings", "--epochs", 100_000, "--hidden-sizes", 8,
        "--save-state", run, "--out", tmp_path / "m", stdout=subprocess.PIPE, stderr=end,
    )  # fmt: skip
    os.close(end)
    seen = read_until(terminal, rb" (?:[3-9]|\d\d+)/100000 epochs")
    assert b" valid " in seen  # the bar is drawn while it runs
    process.send_signal(signal.SIGINT)
    rest = read_until(terminal, rb"--resume \S+")
    stdout, _ = process.communicate(timeout=30)
    os.close(terminal)
    assert (process.returncode, stdout) == (130, b"")
    assert b"interrupted after epoch" in rest
    assert load_state(run)[1].epoch >= 3
    assert not (tmp_path / "m").exists()


def read_until(terminal: int, pattern: bytes, seconds: float = 60) -> bytes:
    """What a terminal shows until the pattern has appeared."""
    seen, end = b"", time.monotonic() + seconds
    while not re.search(pattern, re.sub(rb"\x1b\[[0-9;?]*\w|[\r\n]", b"", seen)):
        assert time.monotonic() < end, seen[-2000:]
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
    return re.sub(rb"\x1b\[[0-9;?]*\w|[\r\n]", b"", seen)


def test_a_reader_that_leaves_early_is_no_error() -> None:
    process = child("list", "--data", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1
