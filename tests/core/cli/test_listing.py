"""`list`: models, broken files, data sets."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import ae_core
from ae_core.runs.files import append_line
from ae_core.runs.folder import list_runs

Output = tuple[int, str, str]


QUICK = ["--epochs", "2", "--hidden-sizes", "16,8"]


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
    name = "sparse-rings-d2-lambda2-hidden-sizes16x8-epochs2-seed0"
    models = json.loads(cli("list", "--json")[1])["models"]
    own = [m for m in models if Path(m["file"]).is_relative_to(tmp_path)]
    assert [m["name"] for m in own] == [name]
    assert cli("evaluate", name)[0] == 0


def test_a_weight_changed_on_the_way_is_listed_with_what_it_was(
    cli: Callable[..., Output],
) -> None:
    assert cli("train", "sparse", "--data", "rings", "--lambda", 2, *QUICK)[0] == 0
    (run,) = list_runs()
    step = run.status().steps_per_epoch  # the first batch of the second epoch
    for line in ({"field": "lambda_", "value": 17.0}, {"field": "learning_rate", "value": 0.01}):
        append_line(run.path / "changes.jsonl", {"id": "x", "step": step, "time": 0.0, **line})
    assert "│ lambda 2 → 17 │" in cli("list", "--runs")[1]
    table = cli("history", run.id)[1]
    first, second = table[table.index("│     1 │") :].split("│     2 │")
    assert "lambda" not in first
    told = " ".join(line.split("│")[-2].strip() for line in second.splitlines()[:-1])
    assert told.strip() == "lambda 17, learning rate 0.01"


def test_data_sets_are_listed_with_what_is_here(cli: Callable[..., Output]) -> None:
    told = {row["name"]: row for row in json.loads(cli("list", "--data", "--json")[1])["data"]}
    assert list(told) == list(ae_core.data.DATASETS)
    assert told["digits"]["available"]
    assert not told["kmnist"]["available"]
    assert cli("data", "--json")[1] == cli("list", "--data", "--json")[1]
    assert "python -m ae_core data kmnist" in cli("data")[1]
    assert "nothing to download" in cli("data", "digits")[2]


def test_a_listed_name_is_what_other_commands_take(cli):
    models = json.loads(cli("list", "--json")[1])["models"]
    names = [row["name"] for row in models]
    assert len(set(names)) == len(names) > 20
    assert "digits/undercomplete-d2" in names
    assert cli("evaluate", "rings/pca-d1" if "rings/pca-d1" in names else names[0])[0] == 0
