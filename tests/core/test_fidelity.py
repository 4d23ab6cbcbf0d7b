"""The published-figure table: its arithmetic, its memory, its verdicts."""

import json
import pickle
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ae_core import PRESETS, DataUnavailable, InvalidInput, load_dataset, metrics
from benchmarks.fidelity import __main__ as command
from benchmarks.fidelity import measuring, table
from benchmarks.fidelity.job import QUICK_EPOCHS, Job
from benchmarks.fidelity.measuring import measured
from benchmarks.fidelity.neighbours import trustworthiness_and_continuity
from benchmarks.fidelity.results import Record, Results
from benchmarks.fidelity.row import Figure, Row
from benchmarks.fidelity.rows import ROWS

ROOT = Path(__file__).resolve().parents[2]
TINY = {"hidden_sizes": (8,), "latent_dim": 2}


def measure(job: Job) -> dict[str, float]:
    model = job.train("paper-vae-2d", load_dataset("digits"), **TINY)
    return {"error": float(model.encoder.layers[0].weight.detach().norm())}


ROW = Row("row", "how", measure, ("paper-vae-2d",), (Figure("error", "someone 3", 2.0, 1.0),))


@pytest.fixture
def short(monkeypatch):
    preset = PRESETS["paper-vae-2d"]
    monkeypatch.setitem(PRESETS, "paper-vae-2d", replace(preset, fit={**preset.fit, "epochs": 1}))
    monkeypatch.setattr(command, "ROWS", {"row": ROW})
    monkeypatch.setattr(measuring, "_mnist", lambda _: load_dataset("digits"))


def record(row: Row, value: float, seed: int = 0, quick: bool = False) -> Record:
    return Record(row.name, seed, quick, row.recipe(), {"error": value}, 12.0, "cpu")


@pytest.mark.parametrize("k", [1, 5, 40])
def test_neighbourhoods_are_those_of_the_library(k):
    g = torch.Generator().manual_seed(0)
    x = torch.rand(120, 5, generator=g)
    z = x[:, :2] + 0.3 * torch.rand(120, 2, generator=g)
    trust, continuity = trustworthiness_and_continuity(x, z, (3, k))
    assert trust[1] == pytest.approx(metrics.trustworthiness(x, z, k), abs=1e-12)
    assert continuity[1] == pytest.approx(metrics.continuity(x, z, k), abs=1e-12)
    assert trust[0] != continuity[0]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_names_its_presets_and_what_is_asked(row):
    assert ROWS[row.name] is row
    assert pickle.dumps(row)  # it can go to a process of its own
    assert set(row.presets) <= set(PRESETS)
    assert json.loads(row.recipe())[0] == row.version
    assert any(f.at_least is not None or f.inside for f in row.figures)
    for f in row.figures:
        if None not in (f.at_least, f.aim):
            assert f.aim != f.at_least
            assert (f.aim > f.at_least) == f.higher


def test_verdicts():
    low, high = Figure("a", "", 2.0, 1.0), Figure("a", "", 2.0, 3.0, higher=True)
    band, told = Figure("a", inside=(1.0, 2.0)), Figure("a")
    assert [low.met(v) for v in (1.0, 2.0, 2.1)] == [True, True, False]
    assert [high.met(v) for v in (1.9, 2.0, 2.1)] == [False, True, True]
    assert [band.met(v) for v in (0.9, 1.0, 2.0, 2.1)] == [False, True, True, False]
    assert (low.aim_met(1.1), high.aim_met(3.0)) == (False, True)
    assert told.met(5.0) is told.aim_met(5.0) is band.aim_met(1.5) is None


def test_the_table_gives_median_spread_and_verdict():
    cells = table.line(ROW, ROW.figures[0], [record(ROW, v, s) for s, v in enumerate((9, 1.5, 1))])
    assert cells[3:] == ("2.00", "1.00", "1.50", "1.00 to 9.00", "3", "12", "met")
    missed = table.lines([(ROW, [record(ROW, 2.5)])])
    assert missed[1].endswith("MISS")
    assert missed[1].startswith("row  error   someone 3")
    best = table.markdown([(ROW, [record(ROW, 0.5)])])
    assert best[2].endswith("| met, aim too |")
    (_, command_line, *_), row = table.notes([(ROW, [record(ROW, 1, 2)])], False), ROW
    assert command_line.strip() == f"python -m benchmarks.fidelity {row.name} --seeds 3"


def test_results_are_kept_apart_by_row_seed_mode_and_recipe(tmp_path):
    file = tmp_path / "r.json"
    results = Results(file)
    for value, seed, quick in ((1.0, 0, False), (2.0, 1, False), (3.0, 0, True), (4.0, 0, False)):
        results.add(record(ROW, value, seed, quick))
    again = Results(file)
    assert [r.figures["error"] for r in again.of(ROW, range(2), False)] == [2.0, 4.0]
    assert [r.figures["error"] for r in again.of(ROW, [0], True)] == [3.0]
    assert again.of(replace(ROW, version=2), range(2), False) == []


def test_models_are_trained_once_and_kept(tmp_path, short):
    data = load_dataset("digits")
    job = Job(data, seed=1, device="cpu", models=tmp_path)
    first = job.train("paper-vae-2d", **TINY)
    assert job.train("paper-vae-2d", **TINY) is first
    assert job.train("paper-vae-2d", **{**TINY, "latent_dim": 3}) is not first
    spent = Job(data, seed=1, device="cpu", models=tmp_path)
    again = spent.train("paper-vae-2d", **TINY)
    assert again.recipe["seed"] == 1
    assert 0 < spent.seconds < job.seconds
    for name, weight in first.state_dict().items():
        assert weight.equal(again.state_dict()[name])
    other = Job(data, seed=2, device="cpu", models=tmp_path).train("paper-vae-2d", **TINY)
    assert not other.encoder.layers[0].weight.equal(first.encoder.layers[0].weight)


@pytest.mark.parametrize(("threads", "slept"), [(1, False), (2, True)])
def test_the_clock_counts_the_processor_of_one_thread_and_the_wall_of_several(threads, slept):
    job = Job(None, device="cpu", threads=threads)
    with job.clock():
        time.sleep(0.2)
    assert (job.seconds >= 0.2) == slept


def test_quick_caps_the_epochs():
    assert Job(None, quick=True).epochs(40) == QUICK_EPOCHS
    assert Job(None, quick=True).epochs(3) == 3
    assert Job(None).epochs(40) == 40
    dense, maps = PRESETS["paper-30d"], PRESETS["paper-denoise-gaussian"]
    for job, epochs in ((Job(None, quick=True), (10, 2)), (Job(None), (150, 24))):
        assert tuple(job._fit(preset)["epochs"] for preset in (dense, maps)) == epochs


def test_a_run_is_taken_up_where_it_stopped(tmp_path, short, capsys):
    file = tmp_path / "r.json"
    for seeds in ("1", "2"):
        command.main(["row", "--seeds", seeds, "--device", "cpu", "--out", str(file)])
    said = capsys.readouterr()
    assert re.findall(r"row, seed (\d)", said.err) == ["0", "1"]
    command.main(["--seeds", "2", "--from", str(file)])
    assert capsys.readouterr().out == said.out[said.out.rindex("row  figure") :]
    with pytest.raises(SystemExit):
        command.main(["rou"])
    assert "choose from row" in capsys.readouterr().err


@pytest.mark.mnist
@pytest.mark.slow
def test_rows_side_by_side_are_those_one_after_the_other():
    try:
        load_dataset("mnist")
    except DataUnavailable:
        pytest.skip("the MNIST files are not here (AE_DATA_DIR or ../shared/data)")
    rows = [replace(ROW, name=name, presets=(name,)) for name in ("paper-vae-2d", "paper-30d")]
    args = command.parser().parse_args(["--quick", "--device", "cpu"])
    alone, beside = (
        {r.row: r.figures for r in measured([(row, 1) for row in rows], args)}
        for args.jobs in (1, 2)
    )
    assert alone == beside
    assert set(alone) == {"paper-vae-2d", "paper-30d"}


def test_neighbours_refuse_too_few():
    with pytest.raises(InvalidInput, match="n_neighbors"):
        metrics.trustworthiness(torch.rand(9, 2), torch.rand(9, 2), 5)
    with pytest.raises(InvalidInput, match="half the samples"):
        trustworthiness_and_continuity(torch.rand(9, 2), torch.rand(9, 2), (2, 5))


def test_the_document_has_the_table_of_the_stored_results(capsys):
    stored = ROOT / "benchmarks" / "fidelity" / "results.json"
    command.main(["--from", str(stored), "--markdown"])
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(table) > 20
    text = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    assert "\n".join(table) in text
