"""Runs that were interrupted, and their history for other programs."""

import contextlib
import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ae_core import VARIANTS, build, load_dataset, load_model, save_model
from ae_core.cli.train import thinned
from ae_core.records import EpochRecord, Recipe, Terms, TrainingState
from ae_core.runs.folder import find_run
from ae_core.runs.making import branch_runs
from ae_core.store import load_state

Output = tuple[int, str, str]


QUICK = ["--epochs", "2", "--hidden-sizes", "16,8"]


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
    assert len(re.findall(r"denoising │ noise_std [\d.]+ │ rings │ finished │ +4/4", table)) == 2


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


def test_a_thinned_past_is_taken_up_twice(
    cli: Callable[..., Output], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["train", "denoising", "--data", "rings", "--epochs", 9, "--hidden-sizes", 8]
    state, whole, broken = (tmp_path / name for name in ("state", "whole", "broken"))
    assert cli(*command, "--out", whole)[0] == 0
    monkeypatch.setattr("ae_core.runs.keeper.MAX_HISTORY", 2)
    with interrupted_after(5):
        assert cli(*command, "--out", broken, "--save-state", state)[0] == 130
    assert [record.epoch for record in load_state(state)[1].history] == [1, 4, 5]
    with interrupted_after(2):  # of those that are left
        _, _, stderr = cli(*command, "--resume", state, "--out", broken)
    said = re.fullmatch(r"interrupted after epoch 7 of 9; go on with .* --resume (\S+)\n", stderr)
    assert said
    assert [e.record.epoch for e in find_run(said[1]).history()] == [1, 4, 5, 6, 7]
    branch, *_ = branch_runs([find_run(said[1])], 5, "another")
    assert [e.record.epoch for e in branch.history()] == [1, 4, 5]
    monkeypatch.setattr("ae_core.runs.keeper.MAX_HISTORY", 4000)
    assert cli("train", "--resume", said[1], "--out", broken)[0] == 0
    for key, tensor in load_model(whole).state_dict().items():
        assert torch.equal(tensor, load_model(broken).state_dict()[key])
    assert [r.epoch for r in load_model(broken).history] == [1, 4, 5, 6, 7, 8, 9]


def test_a_kept_run_that_is_finished_has_nothing_to_go_on_with(
    cli: Callable[..., Output], tmp_path: Path
) -> None:
    command = ["train", "undercomplete", "--data", "rings", *QUICK]
    run, first, again = (tmp_path / name for name in ("run", "first", "again"))
    assert cli(*command, "--out", first, "--save-state", run)[0] == 0
    code, _, said = cli(*command, "--resume", run, "--out", again)
    assert code == 2
    assert "is finished" in said
    assert not again.exists()
