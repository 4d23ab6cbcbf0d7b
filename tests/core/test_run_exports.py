"""A run's history in other programs' formats, with the numbers it has here."""

import csv
import sys
from pathlib import Path
from typing import Any

import pytest

from ae_core import InvalidConfig
from ae_core.runs.execute import execute
from ae_core.runs.export import COLUMNS, csv_text, rows, write_events
from ae_core.runs.folder import RunFolder
from ae_core.runs.making import create_runs
from ae_core.runs.spec import RunSpec


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    spec = RunSpec("sparse", "rings", {"hidden_sizes": (8,)}, {"epochs": 3}, rewindable=True)
    runs = create_runs([spec], root=tmp_path / "runs")
    execute(runs)
    return runs[0]


def test_csv_has_every_digit(run: RunFolder) -> None:
    lines = list(csv.DictReader(csv_text(run).splitlines()))
    assert list(lines[0]) == list(COLUMNS)
    for line, entry in zip(lines, run.history(), strict=True):
        assert float(line["train_total"]) == entry.record.train.total
        assert float(line["valid_weighted_penalty"]) == entry.record.valid.weighted_penalty
        assert int(line["step"]) == entry.step == 16 * entry.record.epoch
        assert float(line["probe_squared_error_per_image"]) == entry.error


@pytest.mark.filterwarnings("ignore")
def test_event_files_are_what_tensorboard_reads(run: RunFolder, tmp_path: Path) -> None:
    reading: Any = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    write_events(run, tmp_path / "events")
    events = reading.EventAccumulator(str(tmp_path / "events" / run.id))
    events.Reload()
    for tag, column in (("total/train", "train_total"), ("penalty/valid", "valid_penalty"),
                        ("run/learning_rate", "learning_rate")):  # fmt: skip
        found = [(e.step, e.wall_time, e.value) for e in events.Scalars(tag)]
        assert found == [
            (row["epoch"], row["time"], pytest.approx(row[column], rel=1e-6)) for row in rows(run)
        ]


def test_without_tensorboard_it_says_what_to_install(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InvalidConfig, match="pip install tensorboard"):
        write_events(run, tmp_path / "events")
    assert not (tmp_path / "events").exists()
